"""Bytes of a job, read back by a strict decoder that shares no code with the encoder."""

from __future__ import annotations

import subprocess
import sys

import pytest
from escpos import constants
from escpos.printer import Dummy
from hypothesis import given, settings
from hypothesis import strategies as st

from canteen.base.config import ROOT
from canteen.printing.drawing.device import Device
from canteen.printing.drawing.encoder import QR_BYTES, encode
from canteen.printing.drawing.flow import clean
from canteen.printing.drawing.glyphs import Glyph, draw_box, embolden
from canteen.printing.drawing.lines import Align, Gap, Kick, NoPaper, Pair, PrintLine, Qr, Rule, Text
from tests.printing.samples import ANY_TEXT, DEVICES, RASTERS, Pen
from tests.printing.strict_decoder import Misprint, Printed, decode

DOT = b"\x80" + bytes(71)
any_device = st.sampled_from(DEVICES + RASTERS)


def printed(device: Device, *lines: PrintLine) -> Printed:
    """What the lines are on the device's paper."""
    pen = Pen()
    job = encode(lines, device, pen)
    return decode(
        job.data,
        width_mm=device.width_mm,
        encoding=device.encoding,
        rom=device.rom,
        drawn=pen.drawn,
        has_drawer=device.has_drawer,
    )


def unspaced(text: str) -> str:
    """Without the spaces that lines begin and end with, and that a line break eats."""
    return text.replace(" ", "").replace("\u3000", "")


@settings(deadline=None, max_examples=60)
@given(ANY_TEXT, any_device, st.integers(1, 8), st.sampled_from(["left", "center", "right"]), st.booleans())
def test_any_text_comes_out_as_it_was_cleaned(text: str, device: Device, scale: int, align: Align, bold: bool) -> None:
    paper = printed(device, Text(text, scale=scale, align=align, bold=bold))

    assert unspaced("".join(line.text for line in paper.lines)) == unspaced(clean(text))


@settings(deadline=None, max_examples=60)
@given(ANY_TEXT, ANY_TEXT, st.sampled_from(DEVICES), st.integers(1, 3))
def test_any_pair_ends_in_the_last_column(left: str, right: str, device: Device, scale: int) -> None:
    paper = printed(device, Pair(left, right, scale=scale))

    last = paper.lines[-1]
    used = last.height // 24
    assert last.dots == device.columns // used * used * 12
    assert "".join(line.text for line in paper.lines).replace(" ", "") == clean(left + "\0" + right).replace(" ", "")


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        ANY_TEXT.map(Text) | st.tuples(ANY_TEXT, ANY_TEXT).map(lambda two: Pair(*two)) | st.just(Rule()), max_size=8
    ),
    any_device,
)
def test_any_lines_make_a_job_a_strict_printer_takes(lines: list[PrintLine], device: Device) -> None:
    paper = printed(device, *lines)

    assert paper.fences == 1


def test_job_begins_with_reset_and_chinese_mode_and_ends_with_the_fence() -> None:
    job = encode([Text("王")], Device(), draw_box)

    assert job.data == b"\x1b@\x1c&\xcd\xf5\n\x1bd\x04\x1dr\x01"


def test_a_printer_with_a_knife_cuts_and_one_that_cannot_answer_is_not_asked() -> None:
    job = encode([Text("王")], Device(has_cutter=True, answers=False), draw_box)

    assert job.data == b"\x1b@\x1c&\xcd\xf5\n\x1dVB\x00"


def test_a_job_may_end_with_its_own_number_instead() -> None:
    job = encode([Text("王")], Device(fence="gs_h"), draw_box, job_id=43)

    assert job.data == b"\x1b@\x1c&\xcd\xf5\n\x1bd\x04\x1d(H\x06\x00000017"
    assert decode(job.data, width_mm=58, encoding="gb18030", rom="gbk").process == b"0017"


@pytest.mark.parametrize(("has_drawer", "kicks"), [(True, 1), (False, 0)])
def test_a_drawer_opens_in_front_of_the_paper_where_there_is_one(has_drawer: bool, kicks: int) -> None:
    device = Device(has_drawer=has_drawer)

    assert printed(device, Kick(), Text("王")).kicks == kicks


def test_a_drawer_alone_feeds_and_cuts_nothing() -> None:
    job = encode([Kick(), NoPaper()], Device(has_drawer=True, has_cutter=True), draw_box)

    assert job.data == b"\x1b@\x1c&\x1bp\x00\x19\xfa\x1dr\x01"


def test_large_type_has_a_millimetre_below() -> None:
    job = encode([Text("A", scale=2)], Device(answers=False, has_cutter=True), draw_box)

    assert job.data == b"\x1b@\x1c&\x1d!\x11A\n\x1bJ\x08\x1dVB\x00"


def test_a_drawn_character_in_a_bold_line_is_bold_too() -> None:
    def picture(bold: bool) -> bytes:
        job = encode([Text("王䶮", bold=bold)], Device(rom="gbk"), lambda _char, _scale=1: Glyph(DOT))
        return job.data.partition(b"\x1b*\x21\x18\x00")[2][:72]

    assert picture(bold=False) == DOT
    assert picture(bold=True) == embolden(DOT) != DOT


def test_a_character_outside_the_rom_is_drawn_in_its_line() -> None:
    device = Device(rom="gbk")

    plain, rare = (encode([Text(name)], device, Pen()).data for name in ("王龙", "王䶮"))

    assert len(rare) - len(plain) == 75
    assert printed(device, Text("王䶮")).lines[0].text == "王䶮"


def test_a_text_with_a_drawn_character_keeps_normal_size_and_is_bold() -> None:
    paper = printed(Device(rom="gbk"), Text("王䶮", scale=2), Text("王龙", scale=2))

    assert [(line.text, line.height, line.bold) for line in paper.lines] == [("王䶮", 24, True), ("王龙", 48, False)]


def test_characters_no_font_has_are_named() -> None:
    job = encode([Text("王䶮𠮷䶮")], Device(rom="gbk"), draw_box)

    assert job.boxed == ("䶮", "𠮷")


def test_question_marks_are_never_made_up() -> None:
    for device in DEVICES:
        assert "?" not in printed(device, Text("䶮𠮷㑇〇,(★￥12——·¥中café😀")).text


def test_the_test_page_can_ask_for_the_rom_or_for_drawing() -> None:
    pen = Pen()
    raw = encode([Text("䶮", shapes="rom")], Device(rom="gb2312"), pen)
    drawn = encode([Text("国", shapes="drawn")], Device(rom="gb2312"), pen)

    assert b"\xfe\x9f\n" in raw.data
    assert pen.drawn.get(drawn.data[drawn.data.index(b"\x1b*\x21\x18\x00") + 5 :][:72]) == "国"


def test_lines_that_follow_each_other_change_modes_only_where_they_differ() -> None:
    job = encode([Text("A", bold=True), Text("B", bold=True), Text("C")], Device(answers=False), draw_box)

    assert job.data == b"\x1b@\x1c&\x1bE\x01A\nB\n\x1bE\x00C\n\x1bd\x04"


@pytest.mark.parametrize("payload", ["S1-1121-017", "1", "X" * QR_BYTES])
def test_qr_is_what_python_escpos_would_send(payload: str) -> None:
    theirs = Dummy()
    theirs.qr(payload, ec=constants.QR_ECLEVEL_M, size=6, native=True)

    job = encode([Qr(payload)], Device(), draw_box)

    assert theirs.output in job.data
    assert printed(Device(), Qr(payload)).qr_codes == [payload.encode()]


def test_a_printer_without_qr_gets_the_content_as_text() -> None:
    paper = printed(Device(has_qr=False), Qr("S1-1121-017"))

    assert (paper.text, paper.qr_codes) == ("S1-1121-017", [])


@pytest.mark.parametrize("payload", ["", "\x1b", "X" * (QR_BYTES + 1)])
def test_a_qr_code_that_cannot_be_is_refused(payload: str) -> None:
    with pytest.raises(ValueError, match="QR code"):
        encode([Qr(payload)], Device(), draw_box)


def test_gap_and_rule() -> None:
    paper = printed(Device(width_mm=80), Rule(), Gap(2))

    assert (paper.text, paper.fed_lines) == ("-" * 48, 2 + 4)


@pytest.mark.parametrize(
    "job",
    [
        pytest.param(b"\xcd\xf5\n", id="no reset"),
        pytest.param(b"\x1b@\x1c&\xcd\xf5", id="no line feed"),
        pytest.param(b"\x1b@\x1c&\x1bp\x00\x19\xfa", id="drawer"),
        pytest.param(b"\x1b@\x1c&" + b"A" * 33 + b"\n", id="too wide"),
        pytest.param(b"\x1b@\x1c&\xfe\x9f\n", id="not in the ROM"),
        pytest.param(b"\x1b@\x1c&\x10\x04\x01\n", id="real-time command"),
        pytest.param(b"\x1b@\x1c&\x1dr\x01A\n", id="text after the fence"),
        pytest.param(b"\x1b@\x1c&\x81\x30\x84\x36\n", id="half-width yen sign"),
        pytest.param(b"\x1b@\x1c&A\x1bJ\x08", id="a feed inside a line"),
        pytest.param(b"\x1b@\x1c&\x1dv0\x01\x01\x00\x01\x00\xff", id="a stretched strip"),
        pytest.param(b"\x1b@\x1c&\x1dv0\x00\x31\x00\x01\x00" + bytes(49), id="a strip wider than the paper"),
        pytest.param(b"\x1b@\x1c&\x1dv0\x00\x01\x00\x00\x01" + bytes(256), id="a strip too high"),
        pytest.param(b"\x1b@\x1c&\x1ba\x01\x1dv0\x00\x01\x00\x01\x00\xff", id="a strip that is moved"),
        pytest.param(b"\x1b@\x1c&A\x1dv0\x00\x01\x00\x01\x00\xff\n", id="a strip inside a line"),
        pytest.param(b"\x1b@\x1c&\x1dv0\x00\x02\x00\x01\x00\x10\x04", id="a question inside a strip"),
        pytest.param(b"\x1b@\x1c&\x1dv0\x00\x02\x00\x02\x00\xff", id="a strip that is not whole"),
        pytest.param(b"\x1b@\x1c&\x1d(H\x06\x000000\x1f0", id="a number no printer takes"),
        pytest.param(b"\x1b@\x1c&\x1d(H\x06\x00000017A\n", id="text after the number"),
        pytest.param(b"\x1b@\x1c&\x1d(L\x02\x0002", id="another picture command"),
        pytest.param(b"\x1b@\x1c&\x1bt\x00", id="code page"),
    ],
)
def test_the_strict_decoder_is_strict(job: bytes) -> None:
    with pytest.raises(Misprint):
        decode(job, width_mm=58, encoding="gb18030", rom="gbk")


@pytest.mark.parametrize("kick", [b"\x1bp\x05\x19\xfa", b"\x1bp\x00\xfa\x19", b"\x1bp\x00\x00\x00"])
def test_a_drawer_wants_its_own_pulse(kick: bytes) -> None:
    with pytest.raises(Misprint):
        decode(b"\x1b@\x1c&" + kick, width_mm=58, encoding="gb18030", rom="gbk", has_drawer=True)


def test_a_drawer_does_not_wait_for_the_paper() -> None:
    with pytest.raises(Misprint):
        decode(b"\x1b@\x1c&A\n\x1bp\x00\x19\xfa", width_mm=58, encoding="gb18030", rom="gbk", has_drawer=True)


def test_the_serving_process_does_without_python_escpos() -> None:
    """Importing it costs half a second and ten megabytes; only a printer on USB or a serial line needs it."""
    program = "import sys, canteen.printing.views, canteen.printing.sending.worker; sys.exit('escpos' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, timeout=60).returncode == 0
