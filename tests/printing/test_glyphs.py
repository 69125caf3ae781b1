"""Drawn characters, with and without fonts."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ImageFont

from canteen.printing.drawing.glyphs import (
    BOX,
    DOTS,
    USUAL_FONTS,
    Glyph,
    _picture,
    _stands_alone,
    box,
    drawer,
    embolden,
    pack,
)

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


def rows_of(picture: Glyph, scale: int = 1) -> list[str]:
    """The dots of a picture, row by row."""
    height = DOTS * scale
    columns = [
        int.from_bytes(picture.columns[at : at + 3 * scale], "big") for at in range(0, len(picture.columns), 3 * scale)
    ]
    return ["".join(".#"[column >> (height - 1 - y) & 1] for column in columns) for y in range(height)]


def inked(rows: list[str]) -> list[str]:
    """What is drawn, without the white around it."""
    high = [row for row in rows if "#" in row]
    left, right = min(row.index("#") for row in high), max(row.rindex("#") for row in high)
    return [row[left : right + 1] for row in high]


def margins(rows: list[str]) -> tuple[int, int, int]:
    """White dots left, right and below."""
    left, right = (min(len(row) - len(side(row, ".")) for row in rows) for side in (str.lstrip, str.rstrip))
    return left, right, next(n for n, row in enumerate(reversed(rows)) if "#" in row)


@pytest.mark.parametrize("scale", [1, 3])
@pytest.mark.parametrize("char", [*"Iilfrt|.,;:/\\j()[]!'\"`", *"©«°±·‘”…⁄™"])
def test_a_letter_that_fits_its_place_is_the_fonts_own_dot_by_dot(latin_font: str, char: str, scale: int) -> None:
    font = ImageFont.truetype(latin_font, DOTS * scale, layout_engine=ImageFont.Layout.BASIC)
    mask = font.getmask(char)
    own = ["".join(".#"[mask.getpixel((x, y)) >= 110] for x in range(mask.size[0])) for y in range(mask.size[1])]

    assert inked(rows_of(drawer(latin_font, ())(char, scale), scale)) == inked(own)


@pytest.mark.parametrize("scale", [1, 3])
@pytest.mark.parametrize("char", "AHIMOTUVWXYovwxi8…")
def test_a_letter_stands_in_the_middle_of_its_place_and_on_the_line(latin_font: str, char: str, scale: int) -> None:
    left, right, below = margins(rows_of(drawer(latin_font, ())(char, scale), scale))

    assert abs(left - right) <= scale
    assert below in (3 * scale, 3 * scale + 1)


def test_a_letter_wider_than_its_place_is_pressed_together_and_what_hangs_out_of_it_is_pushed_in(
    latin_font: str,
) -> None:
    """Nothing is cut off: each dot of the picture may differ from another version of the font by a little."""
    draw = drawer(latin_font, ())
    pictures = {
        "x": ".###.....##. ..##....##.. ...##..###.. ...##..##... ....####.... ....####.... .....##..... ....####.... "
        "....#####... ...##..##... ..###..###.. ..##....##.. .##......##.",
        "W": "##...##....# ##...##...## .#...##...## .#...##...#. .#...###..#. .#..####..#. .#..#..#..#. .##.#..#..#. "
        ".##.#..#.##. ..#.#..#.##. ..#.#..#.#.. ..###..###.. ..###..###.. ..##....##.. ..##....##.. ..##....##..",
    }
    for char, wanted in pictures.items():
        drawn = [row for row in rows_of(draw(char)) if "#" in row]
        differ = sum(
            a != b for one, other in zip(drawn, wanted.split(), strict=True) for a, b in zip(one, other, strict=True)
        )
        assert differ <= 6, drawn


def test_a_letter_larger_than_its_place_is_cut_on_both_sides_alike(latin_font: str) -> None:
    font = ImageFont.truetype(latin_font, 3 * DOTS, layout_engine=ImageFont.Layout.BASIC)
    rows = rows_of(Glyph(_picture(font, "±", DOTS, 1)))

    assert all(sum(a != b for a, b in zip(row, row[::-1], strict=True)) <= 2 for row in rows), rows
    assert "#" * DOTS in rows and "#" in rows[0]


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
