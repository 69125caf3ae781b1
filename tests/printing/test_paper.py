"""The preview reads the very bytes that are sent."""

from __future__ import annotations

import base64
from dataclasses import replace
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from canteen.printing.drawing.device import Device
from canteen.printing.drawing.glyphs import BOX
from canteen.printing.drawing.preview import PaperLine, PaperSheet, Picture, TextRun, glyph_source, read_paper
from canteen.printing.papers.kinds import Paper, paper_bytes
from tests.printing.picture import paper_png
from tests.printing.samples import ANY_TEXT, COPY, DEVICES, PAPERS, RASTERS, TICKET, Pen
from tests.printing.strict_decoder import decode


def sheet_of(kind: str, paper: Paper, device: Device) -> tuple[PaperSheet, bytes]:
    data = paper_bytes(kind, paper.as_json(), device, Pen()).data
    return read_paper(data, device), data


def texts(sheet: PaperSheet) -> list[str]:
    """Lines as text, a drawn character as □; QR codes and empty paper left out."""
    lines = []
    for line in sheet.lines:
        shown = ["□" if isinstance(part, Picture) else part.text for part in line.parts if not is_qr(part)]
        if shown:
            lines.append("".join(shown))
    return lines


def is_qr(part: TextRun | Picture) -> bool:
    return isinstance(part, Picture) and part.kind == "qr"


@settings(deadline=None)
@given(ANY_TEXT, st.sampled_from(DEVICES))
def test_the_preview_shows_what_an_independent_decoder_reads(name: str, device: Device) -> None:
    sheet, data = sheet_of("ticket", Paper(replace(TICKET, person_name=name), COPY), device)

    printed = decode(data, width_mm=device.width_mm, encoding=device.encoding, rom=device.rom)
    assert texts(sheet) == [line.text for line in printed.lines if line.text]


@pytest.mark.parametrize("kind", [kind for kind in PAPERS if kind != "drawer"])
def test_every_kind_of_paper_can_be_shown(kind: str) -> None:
    for device in DEVICES:
        sheet, _ = sheet_of(kind, Paper(PAPERS[kind]), device)
        assert sheet.columns == device.columns
        assert any(PAPERS[kind].site_name in text for text in texts(sheet))


@pytest.mark.parametrize("device", RASTERS, ids=lambda device: str(device.width_mm))
def test_strips_are_images_as_wide_as_the_paper(device: Device) -> None:
    sheet, _ = sheet_of("ticket", Paper(TICKET), device)

    strips = [part for line in sheet.lines for part in line.parts if isinstance(part, Picture) and part.kind == "strip"]
    assert len(strips) > 10
    for strip in strips:
        kind, _, body = strip.source.partition(",")
        assert kind == "data:image/png;base64"
        image = Image.open(BytesIO(base64.b64decode(body)))
        assert (image.width, image.mode) == (device.dots, "1")
        assert image.histogram()[0] == sum(byte.bit_count() for byte in strip.raw)  # black where there is ink


def test_a_drawer_is_said_to_open_and_has_no_paper() -> None:
    sheet, _ = sheet_of("drawer", Paper(PAPERS["drawer"]), Device(has_drawer=True))

    assert (sheet.opens_drawer, sheet.lines) == (True, [])


@pytest.mark.parametrize("device", [Device(), Device(width_mm=80, mode="raster")], ids=["text", "raster"])
def test_the_whole_paper_as_one_picture(device: Device) -> None:
    data = paper_bytes("label", PAPERS["label"].as_json(), device, Pen()).data

    image = Image.open(BytesIO(paper_png(data, device, Pen())))

    assert image.width == device.dots + 48
    assert image.getbbox() is not None


def test_sizes_weight_alignment_qr_and_cut() -> None:
    sheet, _ = sheet_of("ticket", Paper(TICKET), Device(has_cutter=True))

    assert sheet.lines[2] == PaperLine("center", (TextRun("1121-017", 2, True),))
    assert [part.words for line in sheet.lines for part in line.parts if isinstance(part, Picture)] == ["S1-1121-017"]
    assert sheet.is_cut


def test_a_glyph_becomes_an_image_of_its_dots() -> None:
    kind, _, body = glyph_source(BOX.columns).partition(",")

    assert kind == "data:image/svg+xml;base64"
    assert base64.b64decode(body).decode().count("M") == 36  # 4 full columns, and 16 with two sides


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"\x1bt\x00", id="unknown command"),
        pytest.param(b"\x1ba", id="command without its argument"),
        pytest.param(b"\x1b*\x00\x08\x00" + bytes(8), id="another kind of picture"),
        pytest.param(b"A", id="line without an end"),
    ],
)
def test_what_the_encoder_does_not_make_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=".+"):
        read_paper(data, Device())
