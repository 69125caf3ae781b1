"""Draws the pictures of papers in docs/pictures from the bytes that a printer would get.

python -m tests.printing.draw_papers docs/pictures
"""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path

from PIL import Image

from canteen.printing.drawing.device import Device
from canteen.printing.drawing.glyphs import drawer
from canteen.printing.papers.kinds import paper_bytes
from tests.printing.picture import paper_png
from tests.printing.samples import PAPERS

#: Pictures and what is on them: kinds of paper side by side.
PICTURES = {
    "test-page": (("test_page", 58), ("test_page", 80)),
    "papers-counter": (("ticket", 58), ("guest_ticket", 58), ("void_ticket", 58), ("closing_summary", 58)),
    "papers-kitchen": (("kitchen_count", 58), ("change_slip", 58), ("label", 58)),
    "papers-away": (("route_sheet", 58), ("day_sheet", 58)),
    "papers-80mm": (("ticket", 80), ("kitchen_count", 80), ("route_sheet", 80)),
}
DESK, GAP = 210, 24


def paper(kind: str, width_mm: int) -> Image.Image:
    device = Device(width_mm=width_mm)
    draw = drawer()
    job = paper_bytes(kind, PAPERS[kind].as_json(), device, draw)
    return Image.open(BytesIO(paper_png(job.data, device, draw))).convert("L")


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, shown in PICTURES.items():
        sheets = [paper(kind, width_mm) for kind, width_mm in shown]
        width = sum(sheet.width for sheet in sheets) + GAP * (len(sheets) + 1)
        desk = Image.new("L", (width, max(sheet.height for sheet in sheets) + 2 * GAP), DESK)
        x = GAP
        for sheet in sheets:
            desk.paste(sheet, (x, GAP))
            x += sheet.width + GAP
        desk.quantize(4).save(folder / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
