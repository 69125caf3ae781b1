"""A job's bytes as one picture of the paper, dot by dot: for documents, and for looking at a paper without a printer.

It paints what ``paper`` reads back, with the characters of a font of this machine in place of the printer's own, and
enlarges them as printers do: each dot becomes several.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from canteen.printing.drawing.device import Device
from canteen.printing.drawing.encoder import LEADING, QR_MODULE_DOTS
from canteen.printing.drawing.glyphs import DOTS, DrawGlyph, width_of
from canteen.printing.drawing.preview import PaperLine, Picture, TextRun, read_paper

if TYPE_CHECKING:
    from PIL.Image import Image

#: Usual feed of a line; one with taller characters is fed by their height. White paper around.
LINE_DOTS, MARGIN = 30, 24


def paper_png(data: bytes, device: Device, draw: DrawGlyph) -> bytes:
    """The paper a job makes, as a PNG. ValueError for bytes the encoder does not make."""
    from PIL import Image

    bands = [_band(line, device.dots, draw) for line in read_paper(data, device).lines]
    height = sum(band.height for band in bands)
    whole = Image.new("L", (device.dots + 2 * MARGIN, height + 2 * MARGIN), 255)
    top = MARGIN
    for band in bands:
        whole.paste(band, (MARGIN, top))
        top += band.height
    out = BytesIO()
    whole.convert("1").save(out, "PNG", optimize=True)
    return out.getvalue()


def _band(line: PaperLine, dots: int, draw: DrawGlyph) -> Image:
    from PIL import Image

    parts = [_picture(part, draw) if isinstance(part, Picture) else _text(part, draw) for part in line.parts]
    is_large = any(isinstance(part, TextRun) and part.scale > 1 for part in line.parts)
    height = max([LINE_DOTS, *(part.height for part in parts)]) + is_large * LEADING[2]
    band = Image.new("L", (dots, height), 255)
    width = sum(part.width for part in parts)
    x = {"left": 0, "center": (dots - width) // 2, "right": dots - width}[line.align]
    for part in parts:
        band.paste(part, (x, 0))
        x += part.width
    return band


def _text(run: TextRun, draw: DrawGlyph) -> Image:
    from PIL import Image

    width = sum(width_of(char) for char in run.text)
    image = Image.new("L", (width, DOTS), 255)
    x = 0
    for char in run.text:
        if not char.isspace():
            image.paste(_glyph(draw(char).columns, bold=run.bold), (x, 0))
        x += width_of(char)
    return image.resize((width * run.scale, DOTS * run.scale), Image.Resampling.NEAREST)


def _glyph(columns: bytes, *, bold: bool = False) -> Image:
    from PIL import Image

    width = len(columns) // 3
    image = Image.new("L", (width, DOTS), 255)
    for x in range(width):
        column = int.from_bytes(columns[x * 3 : x * 3 + 3], "big")
        for y in range(DOTS):
            if column >> (DOTS - 1 - y) & 1:
                image.putpixel((x, y), 0)
                if bold and x + 1 < width:
                    image.putpixel((x + 1, y), 0)
    return image


def _picture(part: Picture, draw: DrawGlyph) -> Image:
    from PIL import Image

    if part.kind == "glyph":
        return _glyph(part.raw)
    if part.kind == "strip":
        inked = bytes(0xFF ^ byte for byte in part.raw)
        return Image.frombytes("1", (part.stride * 8, len(part.raw) // part.stride), inked).convert("L")
    import segno

    rows = [list(row) for row in segno.make(part.words, error="m", micro=False).matrix]
    image = Image.new("L", (len(rows), len(rows)), 255)
    image.putdata([0 if dot else 255 for row in rows for dot in row])
    return image.resize((len(rows) * QR_MODULE_DOTS, len(rows) * QR_MODULE_DOTS), Image.Resampling.NEAREST)
