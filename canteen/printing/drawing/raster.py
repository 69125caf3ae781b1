"""Lines as pictures: a whole line of text as one strip of ``GS v 0``, for printers that cannot print it otherwise.

A character is drawn once and kept as one large number, its *stamp*: all its rows, each as wide as the paper. A line
is its stamps moved to their places and put over one another, which costs one shift and one "or" a character. Strips
are one line high (printers choke on tall pictures) and only as wide as their text.
"""

from functools import lru_cache

from canteen.printing.drawing.glyphs import DOTS, DrawGlyph, quiet
from canteen.printing.drawing.lines import Align

#: White rows below a line: together with its 24 rows the usual spacing of 30 dots.
LEADING = 6
#: Characters without ink.
_BLANK = frozenset(" \u3000")


class Painter:
    """Paints lines for a paper of ``dots`` dots; what no font has is written into ``boxed``."""

    def __init__(self, dots: int, draw: DrawGlyph, boxed: dict[str, None]) -> None:
        self.dots = dots
        self.draw = draw
        self.boxed = boxed

    def strip(self, text: str, *, scale: int, bold: bool, align: Align) -> bytes:
        """The command that prints one line; the text must fit."""
        step = 12 * scale
        width = step * (2 * len(text) - len(text.encode("ascii", "ignore")))
        assert width <= self.dots, text
        x = {"left": 0, "center": (self.dots - width) // 2, "right": self.dots - width}[align]
        picture, end = 0, 0
        for char in text:
            if char not in _BLANK:
                stamp, found = _stamp(self.draw, char, scale, bold, self.dots)
                if not found:
                    self.boxed[char] = None
                picture |= stamp >> x
                end = x + (step if char.isascii() else 2 * step)
            x += step if char.isascii() else 2 * step
        return _strip(picture, rows=DOTS * scale, stride=self.dots // 8, used=-(-end // 8)) if end else b"\n"


def _strip(picture: int, *, rows: int, stride: int, used: int) -> bytes:
    whole = picture.to_bytes(rows * stride, "big")
    data = b"".join(whole[start : start + used] for start in range(0, rows * stride, stride)) + bytes(LEADING * used)
    return b"\x1dv0\x00" + used.to_bytes(2, "little") + (rows + LEADING).to_bytes(2, "little") + quiet(data)


@lru_cache(maxsize=2048)
def _stamp(draw: DrawGlyph, char: str, scale: int, bold: bool, dots: int) -> tuple[int, bool]:
    """The rows of a character at the left edge of a line, the first row in the highest bits; whether a font has it."""
    glyph = draw(char, scale)
    height = DOTS * scale
    columns = [
        int.from_bytes(glyph.columns[start : start + 3 * scale], "big")
        for start in range(0, len(glyph.columns), 3 * scale)
    ]
    stamp = 0
    for down in range(height):
        bit = 1 << (height - 1 - down)
        row = 0
        for column in columns:
            row = row << 1 | (column & bit != 0)
        for step in range(1, scale + 1) if bold else ():
            row |= row >> step
        stamp = stamp << dots | row << (dots - len(columns))
    return stamp, glyph.found
