"""Drawn characters, with and without fonts."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ImageFont

from canteen.printing.drawing.glyphs import BOX, DOTS, USUAL_FONTS, _stands_alone, box, drawer, embolden, pack

REAL_TIME = (b"\x10\x04", b"\x10\x05", b"\x10\x14")


@pytest.fixture(scope="module")
def latin_font(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The font inside Pillow: Latin letters, no Chinese."""
    font = ImageFont.load_default(DOTS)
    assert isinstance(font, ImageFont.FreeTypeFont) and isinstance(font.path, BytesIO)
    path = tmp_path_factory.mktemp("fonts") / "latin.ttf"
    path.write_bytes(font.path.getvalue())
    return str(path)


def test_without_a_font_every_character_is_a_visible_box() -> None:
    draw = drawer("/no/such/font.ttf", ())

    assert draw("𠮷") == BOX
    assert not BOX.found
    assert len(BOX.columns) == 72 and any(BOX.columns)


def test_a_file_that_is_no_font_is_passed_over(tmp_path: Path) -> None:
    broken = tmp_path / "broken.ttf"
    broken.write_bytes(b"not a font")

    assert drawer(str(broken), ())("王") == BOX


def test_a_character_the_font_has_is_drawn_and_one_it_lacks_is_a_box(latin_font: str) -> None:
    draw = drawer(latin_font, ())

    assert draw("A").found
    assert draw("A") != draw("B")
    assert draw("王") == BOX


@pytest.mark.parametrize(("char", "scale", "columns"), [("A", 1, 12), ("W", 3, 36), ("王", 1, 24), ("王", 2, 48)])
def test_a_picture_takes_the_place_of_its_code(latin_font: str, char: str, scale: int, columns: int) -> None:
    picture = drawer(latin_font, ())(char, scale)

    assert picture.found == char.isascii()
    assert len(picture.columns) == columns * 3 * scale


@pytest.mark.parametrize(("width", "scale"), [(12, 1), (24, 1), (24, 2), (72, 3)])
def test_a_box_is_a_frame_inside_its_place(width: int, scale: int) -> None:
    columns = box(width, scale).columns
    rows = [int.from_bytes(columns[at : at + 3 * scale], "big") for at in range(0, len(columns), 3 * scale)]

    assert len(rows) == width
    assert rows[: 2 * scale] == rows[-2 * scale :] == [0] * 2 * scale
    assert rows[2 * scale] == rows[-2 * scale - 1]
    assert 0 < rows[width // 2].bit_count() < rows[2 * scale].bit_count()


def test_bold_adds_a_dot_to_the_right_of_each() -> None:
    ink = b"\x80\x00\x01" + bytes(69)

    assert embolden(ink) == b"\x80\x00\x01" * 2 + bytes(66)
    assert not any(sequence in embolden(b"\x10\x00\x00" + b"\x00\x04\x00" * 23) for sequence in REAL_TIME)


@pytest.mark.parametrize(
    ("char", "alone"),
    [
        ("王", True),
        ("𠮷", True),
        ("é", True),
        ("·", True),
        ("م", False),
        ("ۇ", False),
        ("བ", False),
        ("ᠠ", False),
        ("\u0301", False),
    ],
)
def test_letters_that_join_or_stack_are_not_drawn_one_by_one(char: str, alone: bool) -> None:
    """A name in Uyghur would come out as other letters in the wrong order; as boxes somebody is told."""
    assert _stands_alone(char) is alone
    assert alone or not drawer()(char).found


def test_the_next_font_is_tried(latin_font: str) -> None:
    assert drawer("", ("/no/such/font.ttf", latin_font))("A").found


@pytest.mark.skipif(not any(Path(path).is_file() for path in USUAL_FONTS), reason="no Chinese font on this machine")
def test_a_usual_font_draws_the_names_no_rom_has() -> None:
    pictures = {char: drawer()(char) for char in "䶮㑇𠮷龦鿍㐂"}

    assert all(picture.found for picture in pictures.values())
    assert len({picture.columns for picture in pictures.values()}) == len(pictures)


@settings(deadline=None)
@given(st.binary(min_size=DOTS * DOTS, max_size=DOTS * DOTS))
def test_a_picture_never_holds_a_real_time_command(ink: bytes) -> None:
    packed = pack(ink)

    assert len(packed) == 72
    assert not any(sequence in packed for sequence in REAL_TIME)


@pytest.mark.parametrize("second", [0x04, 0x05, 0x14])
def test_a_real_time_command_is_broken_by_one_dot(second: int) -> None:
    ink = bytearray(DOTS * DOTS)
    for column, byte in enumerate((0x10, second)):
        for bit in range(8):
            ink[(column * 8 + bit) * DOTS] = 255 if byte & (0x80 >> bit) else 0

    assert pack(bytes(ink))[:3] == bytes([0x18, second, 0x00])
