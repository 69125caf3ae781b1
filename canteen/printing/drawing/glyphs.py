"""Pictures of characters: 24 × 24 dots, the size of a Chinese character of font A, or a multiple of it.

A character takes the place its code takes in text: ASCII half of the width, everything else all of it.

Pillow is imported on the first rare character. Fonts are tried in order until one has the character; when none
has, the picture is an empty box, and the answer says so, so that somebody can be told.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

DOTS = 24
#: Where systems keep fonts with rare Chinese characters, best first.
USUAL_FONTS = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/hanazono/HanaMinA.ttf",
    "/usr/share/fonts/truetype/hanazono/HanaMinB.ttf",
    "C:/Windows/Fonts/simsun.ttc",
    "C:/Windows/Fonts/simsunb.ttf",
    "/System/Library/Fonts/PingFang.ttc",
)
#: Faces of a collection (.ttc) are looked at until one is for simplified Chinese.
_FACES = 10
#: DLE EOT, DLE ENQ and DLE DC4.
_REAL_TIME = re.compile(b"\x10(?=[\x04\x05\x14])")
#: A dot is black from this share of ink (0–255): a little under half keeps thin strokes whole.
_INK = 110


@dataclass(frozen=True, slots=True)
class Glyph:
    """A picture: its columns from the left, three bytes each (times the scale), top dot in the highest bit. At scale
    1 this is the data of ``ESC * 33``."""

    columns: bytes
    #: False: no font has the character and the picture is a box.
    found: bool = True


class DrawGlyph(Protocol):
    """Turns a character into its picture. The encoder is given one, so that it needs no font itself; pictures of a
    painted line are kept for each, so it must be hashable."""

    def __hash__(self) -> int:
        """Any function has one."""

    def __call__(self, char: str, scale: int = 1, /) -> Glyph:
        """The picture of a character, ``24 * scale`` dots high."""


def box(width: int, scale: int = 1) -> Glyph:
    """An empty box of so many columns."""
    height, edge, side = DOTS * scale, 2 * scale, 2 * scale
    frame = (1 << (height - 2 * edge)) - 1 << edge
    sides = frame & ~((1 << (height - 2 * edge - 2 * side)) - 1 << (edge + side))
    columns = [0] * edge + [frame] * side
    columns += [sides] * (width - 2 * len(columns)) + columns[::-1]
    return Glyph(b"".join(column.to_bytes(3 * scale, "big") for column in columns), found=False)


BOX = box(DOTS)


@lru_cache(maxsize=4096)
def embolden(columns: bytes) -> bytes:
    """The columns of a character at scale 1 in bold: each dot once more, to its right. Printers' own bold type does
    the same, and leaves pictures alone."""
    before = bytes(3) + columns[:-3]
    return quiet(bytes(left | here for left, here in zip(before, columns, strict=True)))


def _stands_alone(char: str) -> bool:
    """Whether a character's shape is its own. Letters that join, stack or run from right to left (Uyghur, Tibetan,
    Mongolian, Indic) would come out as other words one by one: they are boxes, and staff are told."""
    if unicodedata.bidirectional(char) in ("R", "AL") or unicodedata.category(char) in ("Mn", "Mc", "Me"):
        return False
    return not ("\u0900" <= char <= "\u109f" or "\u1780" <= char <= "\u18af")


def width_of(char: str, scale: int = 1) -> int:
    """Dots a character takes on its line."""
    return (DOTS // 2 if char.isascii() else DOTS) * scale


def draw_box(char: str, scale: int = 1) -> Glyph:
    """The ``DrawGlyph`` of a machine without fonts."""
    return box(width_of(char, scale), scale)


@lru_cache(maxsize=4)
def drawer(font_path: str = "", usual: tuple[str, ...] = USUAL_FONTS) -> DrawGlyph:
    """A ``DrawGlyph`` with the font of the settings first, then the usual ones. Pictures are kept; threads may share it."""
    lock = threading.Lock()
    fonts: list[Faces] | None = None

    @lru_cache(maxsize=4096)
    def draw(char: str, scale: int = 1) -> Glyph:
        nonlocal fonts
        if not _stands_alone(char):
            return draw_box(char, scale)
        with lock:  # a FreeType face must not be used by two threads at once
            if fonts is None:
                fonts = [faces for path in (font_path, *usual) for faces in _open(path)]
            for faces in fonts:
                face = faces.narrow if char.isascii() else faces.wide
                if _has(face, char):
                    sized = face if scale == 1 else face.font_variant(size=DOTS * scale)
                    return Glyph(_picture(sized, char, width_of(char, scale), scale))
            return draw_box(char, scale)

    return draw


class Faces(NamedTuple):
    """A font file's face for Chinese characters, and the one for Latin letters of half their width."""

    wide: FreeTypeFont
    narrow: FreeTypeFont


def _open(path: str) -> Iterator[Faces]:
    """The faces of a file, or none when the file is missing or is not a font."""
    from PIL import ImageFont

    if not path or not Path(path).is_file():
        return
    faces: dict[str, FreeTypeFont] = {}
    for face in range(_FACES):
        try:
            font = ImageFont.truetype(path, DOTS, index=face, layout_engine=ImageFont.Layout.BASIC)
        except OSError:
            break
        words = (font.getname()[0] or "").split()
        faces.setdefault("first", font)
        if "SC" in words:
            faces.setdefault("narrow" if "Mono" in words else "wide", font)
    if faces:
        wide = faces.get("wide", faces["first"])
        yield Faces(wide, faces.get("narrow", wide))


def _has(font: FreeTypeFont, char: str) -> bool:
    """Whether the font draws the character otherwise than U+10FFFF, which no font has, and not as nothing."""
    mask = font.getmask(char)
    return mask.getbbox() is not None and bytes(mask) != bytes(font.getmask("\U0010ffff"))


def _picture(font: FreeTypeFont, char: str, width: int, scale: int) -> bytes:
    from PIL import Image, ImageDraw

    height = DOTS * scale
    left, top, right, bottom = font.getbbox(char)
    room = max(width, round(font.getlength(char)), round(right - min(left, 0)))
    # The em square is centred on the dots; what hangs out of it is pushed in, and cut where it is larger still.
    x = max(min((room - font.getlength(char)) / 2, room - right), -left)
    y = max(min((height - sum(font.getmetrics())) / 2, height - bottom), -top)
    square = Image.new("L", (room, height))
    ImageDraw.Draw(square).text((round(x), round(y)), char, fill=255, font=font)
    if room > width and char.isascii():  # a letter wider than half a character is pressed together
        square = square.resize((width, height))
    elif room > width:
        square = square.crop(((room - width) // 2, 0, (room - width) // 2 + width, height))
    return pack(square.tobytes(), width, height)


def pack(ink: bytes, width: int = DOTS, height: int = DOTS) -> bytes:
    """Rows of ink (one byte a dot) as columns of bytes, without the three sequences of ``quiet``."""
    out = bytearray()
    for x in range(width):
        bits = "".join("1" if value >= _INK else "0" for value in ink[x::width])
        out += int(bits, 2).to_bytes(height // 8, "big")
    return quiet(bytes(out))


def quiet(data: bytes) -> bytes:
    """Add a dot where the data would hold DLE EOT, DLE ENQ or DLE DC4: printers obey these even inside a picture
    (status, recovery, drawer). The dot goes beside the one of the DLE byte, where it is seen least."""
    return _REAL_TIME.sub(b"\x18", data)
