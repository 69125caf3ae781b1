"""Lines as pictures."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from canteen.printing.drawing.device import Device
from canteen.printing.drawing.encoder import encode
from canteen.printing.drawing.glyphs import Glyph, draw_box, width_of
from canteen.printing.drawing.lines import Pair, Qr, Rule, Text
from canteen.printing.drawing.raster import LEADING, Painter
from tests.printing.samples import RASTERS, Pen
from tests.printing.strict_decoder import Printed, decode

NARROW, WIDE = RASTERS
REAL_TIME = (b"\x10\x04", b"\x10\x05", b"\x10\x14")


def printed(device: Device, *lines: Text | Pair | Rule | Qr) -> Printed:
    pen = Pen()
    job = encode(lines, device, pen)
    return decode(job.data, width_mm=device.width_mm, encoding="gb18030", rom="gb2312", drawn=pen.drawn)


@pytest.mark.parametrize("device", RASTERS, ids=lambda device: str(device.width_mm))
@pytest.mark.parametrize("bold", [False, True])
def test_columns_sizes_and_alignment_are_those_of_text(device: Device, bold: bool) -> None:
    columns = device.columns
    paper = printed(
        device,
        Text("王A", bold=bold),
        Text("王A", align="center", bold=bold),
        Text("王A", align="right", bold=bold),
        Text("王A", scale=2, bold=bold),
        Pair("自付", "￥3.00", scale=2, bold=bold),
        Rule(),
    )

    half = (columns - 3) // 2
    pad = " " * (columns // 2 - 4 - 6)
    assert [line.text for line in paper.lines] == [
        "王A",
        " " * half + "王A",
        " " * (columns - 3) + "王A",
        "王A",
        f"自付{pad}￥3.00",
        "-" * columns,
    ]
    assert [rows for _, rows in paper.strips] == [24 + LEADING] * 3 + [48 + LEADING] * 2 + [24 + LEADING]


def test_a_strip_is_as_wide_as_its_text() -> None:
    widths = [width for width, _ in printed(WIDE, Text("王"), Text("王秀兰A"), Pair("a", "b")).strips]

    assert widths == [24, 88, 576]


def test_names_keep_their_size_whatever_the_rom_holds() -> None:
    paper = printed(NARROW, Text("王䶮𠮷", scale=2))

    assert [(line.text, line.height) for line in paper.lines] == [("王䶮𠮷", 48)]


def test_an_empty_line_is_fed() -> None:
    assert encode([Text(" \u3000")], Device(mode="raster", answers=False, has_cutter=True), Pen()).data == (
        b"\x1b@\x1c&\n\x1dVB\x00"
    )


def test_what_no_font_has_is_a_box_and_is_named() -> None:
    job = encode([Text("王 A", scale=2)], NARROW, draw_box)

    assert job.boxed == ("王", "A")


def test_a_qr_code_is_the_printers_own_and_moves_no_strip() -> None:
    paper = printed(NARROW, Qr("TEST-1"), Text("王"))

    assert (paper.qr_codes, paper.lines[-1].text) == ([b"TEST-1"], "王")


@settings(deadline=None, max_examples=40)
@given(st.lists(st.binary(min_size=72, max_size=72), min_size=1, max_size=16), st.booleans())
def test_a_strip_never_holds_a_real_time_command(pictures: list[bytes], bold: bool) -> None:
    text = "".join(chr(0x4E00 + place) for place in range(len(pictures)))
    strip = Painter(384, lambda char, _scale=1: Glyph(pictures[ord(char) - 0x4E00]), {}).strip(
        text, scale=1, bold=bold, align="left"
    )

    assert len(strip) == 8 + 30 * 3 * len(pictures)
    assert not any(sequence in strip for sequence in REAL_TIME)


def test_a_real_time_command_across_two_characters_is_broken_by_one_dot() -> None:
    """The last dots of one row of the first character are 10, the first of the second 04."""
    columns = bytearray(72)
    columns[19 * 3] = 0x80  # column 19 is bit 4 of a row's third byte
    other = bytearray(72)
    other[5 * 3] = 0x80
    draw = {"一": Glyph(bytes(columns)), "二": Glyph(bytes(other))}
    strip = Painter(384, lambda char, _scale=1: draw[char], {}).strip("一二", scale=1, bold=False, align="left")

    assert strip[8:14] == b"\x00\x00\x18\x04\x00\x00"


def test_a_character_takes_the_place_of_its_code() -> None:
    assert [width_of(char, 2) for char in "A王é"] == [24, 48, 48]
