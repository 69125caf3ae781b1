"""Pictures of characters a printer does not have, 24 × 24 dots: the size of a Chinese character of font A.

Pillow is imported on the first rare character. Fonts are tried in order until one has the character; when none
has, the picture is an empty box, and the answer says so, so that somebody can be told.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

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
#: A dot is black from this share of ink (0–255): a little under half keeps thin strokes whole.
_INK = 110


@dataclass(frozen=True, slots=True)
class Glyph:
    """A picture of 24 columns, three bytes each, top dot in the highest bit: the data of ``ESC * 33``."""

    columns: bytes
    #: False: no font has the character and the picture is a box.
    found: bool = True


def _box() -> Glyph:
    edge, side = b"\x3f\xff\xfc", b"\x30\x00\x0c"
    return Glyph(bytes(6) + edge * 2 + side * 16 + edge * 2 + bytes(6), found=False)


BOX = _box()

#: Turns a character into its picture. The encoder is given one, so that it needs no font itself.
Draw = Callable[[str], Glyph]


def draw_box(_char: str) -> Glyph:
    """The ``Draw`` of a machine without fonts."""
    return BOX


@lru_cache(maxsize=4)
def drawer(font_path: str = "", usual: tuple[str, ...] = USUAL_FONTS) -> Draw:
    """A ``Draw`` with the font of the settings first, then the usual ones. Pictures are kept; threads may share it."""
    lock = threading.Lock()
    fonts: list[FreeTypeFont] | None = None

    @lru_cache(maxsize=4096)
    def draw(char: str) -> Glyph:
        nonlocal fonts
        with lock:  # a FreeType face must not be used by two threads at once
            if fonts is None:
                fonts = [font for path in (font_path, *usual) for font in _open(path)]
            for font in fonts:
                if _has(font, char):
                    return Glyph(_picture(font, char))
            return BOX

    return draw


def _open(path: str) -> Iterator[FreeTypeFont]:
    """The font of a file, or none when the file is missing or is not a font."""
    from PIL import ImageFont

    if not path or not Path(path).is_file():
        return
    found = None
    for face in range(_FACES):
        try:
            font = ImageFont.truetype(path, DOTS, index=face, layout_engine=ImageFont.Layout.BASIC)
        except OSError:
            break
        found = found or font
        if "SC" in (font.getname()[0] or "").split():
            found = font
            break
    if found:
        yield found


def _has(font: FreeTypeFont, char: str) -> bool:
    """Whether the font draws the character otherwise than U+10FFFF, which no font has, and not as nothing."""
    mask = font.getmask(char)
    return mask.getbbox() is not None and bytes(mask) != bytes(font.getmask("\U0010ffff"))


def _picture(font: FreeTypeFont, char: str) -> bytes:
    from PIL import Image, ImageDraw

    square = Image.new("L", (DOTS, DOTS))
    left, top, right, bottom = font.getbbox(char)
    # The em square is centred on the dots; what hangs out of it is pushed in, and cut where it is larger still.
    x = max(min((DOTS - font.getlength(char)) / 2, DOTS - right), -left)
    y = max(min((DOTS - sum(font.getmetrics())) / 2, DOTS - bottom), -top)
    ImageDraw.Draw(square).text((round(x), round(y)), char, fill=255, font=font)
    return pack(square.tobytes())


def pack(ink: bytes) -> bytes:
    """Rows of ink (one byte a dot) as columns of three bytes, without the three sequences of ``_quiet``."""
    out = bytearray()
    for x in range(DOTS):
        bits = "".join("1" if value >= _INK else "0" for value in ink[x::DOTS])
        out += int(bits, 2).to_bytes(3, "big")
    return _quiet(out)


def _quiet(data: bytearray) -> bytes:
    """Add a dot where the data would hold DLE EOT, DLE ENQ or DLE DC4: printers obey these even inside a picture
    (status, recovery, drawer). The dot goes beside the one of the DLE byte, where it is seen least."""
    for place in range(len(data) - 1):
        if data[place] == 0x10 and data[place + 1] in (0x04, 0x05, 0x14):
            data[place] = 0x18
    return bytes(data)
