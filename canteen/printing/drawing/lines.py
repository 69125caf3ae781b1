"""The lines a paper is made of. Layouts make them, the encoder turns them into bytes; neither knows the other.

``Text`` and ``Pair``, which papers consist of, are named tuples: made and looked up in half the time of a dataclass.
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple

Align = Literal["left", "center", "right"]
#: ``auto``: from the ROM where it has the character, else drawn. ``whole``: a line that holds a drawn character becomes
#: one picture, so that it keeps its size (ten times the bytes). The test page asks for one way: the ROM, a picture of
#: each character, or one picture of the line (``raster``).
Shapes = Literal["auto", "whole", "rom", "drawn", "raster"]


class Text(NamedTuple):
    """A text, wrapped to the paper. ``scale`` enlarges both ways, 1 to 8 (a drawn character keeps it at 1,
    unless the line is ``whole``)."""

    text: str
    scale: int = 1
    bold: bool = False
    align: Align = "left"
    shapes: Shapes = "auto"


class Pair(NamedTuple):
    """A text at the left and its amount in the amount column at the right."""

    left: str
    right: str
    scale: int = 1
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """A line across the paper: ``-``, or ``=`` where a part of the paper ends."""

    sign: str = "-"


@dataclass(frozen=True, slots=True)
class Gap:
    """Empty paper of so many lines, 1 to 8."""

    lines: int = 1


@dataclass(frozen=True, slots=True)
class Qr:
    """A QR code in the middle; ``payload`` is printed below it where the printer has no QR codes."""

    payload: str


@dataclass(frozen=True, slots=True)
class Kick:
    """Open the cash drawer, where the printer has one."""


@dataclass(frozen=True, slots=True)
class NoPaper:
    """What follows nothing: no feed and no cut at the end (a drawer is opened without paper)."""


PrintLine = Text | Pair | Rule | Gap | Qr | Kick | NoPaper
