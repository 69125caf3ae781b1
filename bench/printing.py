"""Making the bytes of a paper, against what there is: ratios in one run, in processor time.

*Text*: our lines of a ticket become bytes (cleaned, wrapped, checked against the ROM, aligned), and python-escpos is
given the same lines, already wrapped and aligned, with its modes changed only where they differ. *Raster*: the same
ticket as pictures, and as plain Pillow draws it: each line with ``ImageDraw.text``, packed with ``tobytes``.

    python -m bench.printing

The queue in front of the printers is measured in ``bench.printing_queue``.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import cycle
from pathlib import Path

from canteen.printing.drawing.device import Device
from canteen.printing.drawing.encoder import QR_MODULE_DOTS, encode
from canteen.printing.drawing.flow import clean, pair, wrap
from canteen.printing.drawing.glyphs import DOTS, USUAL_FONTS, DrawGlyph, draw_box, drawer
from canteen.printing.drawing.lines import Pair, PrintLine, Qr, Rule, Text
from canteen.printing.papers.facts import PayerShare
from canteen.printing.papers.kinds import Paper
from canteen.printing.papers.ticket import TicketFacts

#: Twenty lines and a QR code: what a ticket is when everything is on it.
TICKET = TicketFacts(
    site_name="枫林村助餐点",
    number="1121-017",
    day=date(2026, 11, 21),
    slot_name="午餐",
    person_name="王秀兰",
    set_name="A套餐",
    dishes=("红烧肉", "清炒青菜", "番茄炒蛋", "紫菜汤", "米饭"),
    way="堂食",
    price_fen=1200,
    own_fen=300,
    shares=(PayerShare("政府补助", 600, "六类 每餐补6元"), PayerShare("村集体", 300, "每餐补3元")),
    left_fen=3600,
    pay_way="现金",
    served_at="11:42",
    staff_name="李梅",
    outside_hours=True,
    qr="S1-1121-017",
)


def a_lunch() -> Iterator[TicketFacts]:
    """A thousand tickets: place, dishes and prices are the same, the person, the number and the rest are not. More lines
    than the encoder remembers, so that it never meets a ticket again."""
    for number in range(1000):
        name = "王李张刘陈杨赵黄"[number % 8] + "秀国建玉桂兰"[number % 6] + chr(0x4E00 + number)
        yield replace(
            TICKET,
            number=f"1121-{number:03d}",
            person_name=name,
            left_fen=360000 - number * 300,
            served_at=f"{10 + number // 300}:{number // 5 % 60:02d}",
            qr=f"S1-1121-{number:03d}",
        )


@dataclass(frozen=True, slots=True)
class Ratio:
    """A figure, what it must be, and what was measured on both sides (a second, or bytes)."""

    name: str
    must: str
    ratio: float
    ours: float
    theirs: float


@dataclass(frozen=True, slots=True)
class Set:
    """One finished line for python-escpos and Pillow."""

    text: str
    scale: int
    bold: bool
    align: str


def finished(lines: Iterable[PrintLine], columns: int) -> list[Set | Qr]:
    """The lines of a paper, wrapped and aligned: what a program that uses a library must make itself."""
    done: list[Set | Qr] = []
    for line in lines:
        match line:
            case Text():
                pieces = wrap(clean(line.text), columns // line.scale)
                done += [Set(piece, line.scale, line.bold, line.align) for piece in pieces]
            case Pair():
                pieces = pair(clean(line.left), clean(line.right), columns // line.scale)
                done += [Set(piece, line.scale, line.bold, "left") for piece in pieces]
            case Rule():
                done.append(Set(line.sign * columns, 1, False, "left"))
            case Qr():
                done.append(line)
    return done


def a_second(work: Callable[[], object], *, seconds: float, rounds: int = 3) -> float:
    """How often a second of processor time the work is done: the best of some rounds."""
    work()
    rates = []
    for _ in range(rounds):
        count, began = 0, time.process_time()
        while (spent := time.process_time() - began) < seconds:
            work()
            count += 1
        rates.append(count / spent)
    return max(rates)


def text_ratios(device: Device, *, seconds: float) -> list[Ratio]:
    """Rate and bytes of the text job against python-escpos."""
    from escpos.constants import QR_ECLEVEL_M
    from escpos.printer import Dummy

    tickets = [list(Paper(ticket).layout(device)) for ticket in a_lunch()]
    finished_tickets = [finished(lines, device.columns) for lines in tickets]
    next_of_ours, next_of_theirs = cycle(tickets), cycle(finished_tickets)

    def ours() -> bytes:
        return encode(next(next_of_ours), device, draw_box).data

    def theirs() -> bytes:
        printer = Dummy()
        printer.hw("INIT")
        now: tuple[int, bool, str] = (1, False, "left")
        for line in next(next_of_theirs):
            if isinstance(line, Qr):
                printer.qr(line.payload, ec=QR_ECLEVEL_M, size=QR_MODULE_DOTS, native=True)
                continue
            wanted = (line.scale, line.bold, line.align)
            if wanted != now:
                printer.set(
                    align=line.align,
                    bold=line.bold,
                    custom_size=line.scale > 1,
                    normal_textsize=line.scale == 1,
                    width=line.scale,
                    height=line.scale,
                )
                now = wanted
            printer.text(line.text + "\n")
        printer.print_and_feed(4)
        output: bytes = printer.output
        return output

    ours_a_second, theirs_a_second = a_second(ours, seconds=seconds), a_second(theirs, seconds=seconds)
    next_of_ours, next_of_theirs = cycle(tickets), cycle(finished_tickets)
    ours_bytes, theirs_bytes = len(ours()), len(theirs())
    return [
        Ratio(
            f"text jobs a second, {device.width_mm} mm",
            ">= 3",
            ours_a_second / theirs_a_second,
            ours_a_second,
            theirs_a_second,
        ),
        Ratio(
            f"bytes of a text job, {device.width_mm} mm", "<= 1.05", ours_bytes / theirs_bytes, ours_bytes, theirs_bytes
        ),
    ]


def glyph_bytes(device: Device) -> Ratio:
    """What two drawn characters in a name add to a ticket."""
    plain, rare = (
        len(encode(Paper(replace(TICKET, person_name=name)).layout(device), device, draw_box).data)
        for name in ("王秀兰", "王䶮𠮷")
    )
    return Ratio("bytes that two drawn characters add", "<= 200", rare - plain, rare, plain)


def raster_ratio(device: Device, *, draw: DrawGlyph, font_path: str, seconds: float) -> Ratio:
    """Rate of the ticket as pictures against Pillow drawing each line anew with the same font."""
    from PIL import Image, ImageDraw, ImageFont

    lines = [line for line in Paper(TICKET).layout(device) if not isinstance(line, Qr)]
    set_lines = finished(lines, device.columns)
    fonts = {scale: ImageFont.truetype(font_path, DOTS * scale) for scale in (1, 2, 3)}
    as_raster = replace(device, mode="raster")

    def ours() -> bytes:
        return encode(lines, as_raster, draw).data

    def theirs() -> bytes:
        out = bytearray(b"\x1b@")
        for line in set_lines:
            assert isinstance(line, Set)
            height = 30 * line.scale
            image = Image.new("1", (device.dots, height), 1)
            pen, font = ImageDraw.Draw(image), fonts[line.scale]
            x = 0.0 if line.align == "left" else (device.dots - pen.textlength(line.text, font)) / 2
            pen.text((x, 0), line.text, font=font, fill=0, stroke_width=int(line.bold))
            data = bytes(0xFF ^ byte for byte in image.tobytes())
            out += b"\x1dv0\x00" + (device.dots // 8).to_bytes(2, "little") + height.to_bytes(2, "little") + data
        return bytes(out)

    ours_a_second, theirs_a_second = a_second(ours, seconds=seconds), a_second(theirs, seconds=seconds)
    return Ratio(
        f"raster jobs a second, {device.width_mm} mm",
        ">= 5",
        ours_a_second / theirs_a_second,
        ours_a_second,
        theirs_a_second,
    )


def measure(*, seconds: float = 1.0) -> list[Ratio]:
    """All figures of this file."""
    narrow, wide = Device(), Device(width_mm=80)
    found = [*text_ratios(narrow, seconds=seconds), *text_ratios(wide, seconds=seconds), glyph_bytes(narrow)]
    font_path = next((path for path in USUAL_FONTS if Path(path).is_file()), "")
    if font_path:
        draw = drawer(font_path)
        found += [raster_ratio(device, draw=draw, font_path=font_path, seconds=seconds) for device in (narrow, wide)]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=1.0, help="of processor time for each of three rounds")
    found = measure(seconds=parser.parse_args().seconds)
    print(f"{'figure':<45}{'must':>9}{'measured':>10}{'ours':>12}{'theirs':>12}")
    for one in found:
        print(f"{one.name:<45}{one.must:>9}{one.ratio:>10.2f}{one.ours:>12,.0f}{one.theirs:>12,.0f}")
    if not any("raster" in one.name for one in found):
        print("raster: no font with Chinese characters here", file=sys.stderr)


if __name__ == "__main__":
    main()
