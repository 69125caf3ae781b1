"""Our own bytes read back as a picture of the paper, for the preview on screen.

It knows exactly the commands ``encoder`` uses; anything else is a ValueError, because then the preview would no
longer show what the printer gets.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from functools import lru_cache

from canteen.printing.device import Device
from canteen.printing.glyphs import DOTS

_ALIGN = ("left", "center", "right")


@dataclass(frozen=True, slots=True)
class Run:
    """Text of one size and weight."""

    text: str
    scale: int
    bold: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawn character, 24 × 24 dots, or a QR code: an image as a data address."""

    source: str
    #: ``glyph`` or ``qr``.
    kind: str
    #: What a screen reader says: the QR code's content, "" for a glyph (its bytes do not name it).
    words: str = ""


@dataclass(frozen=True, slots=True)
class PaperLine:
    """One printed line."""

    align: str
    parts: tuple[Run | Picture, ...]


@dataclass(slots=True)
class Sheet:
    """A whole paper."""

    columns: int
    lines: list[PaperLine] = field(default_factory=list)
    is_cut: bool = False


def read_paper(data: bytes, device: Device) -> Sheet:
    """The paper a job makes. ValueError for bytes the encoder does not make."""
    return _Reader(data, device).read()


class _Reader:
    def __init__(self, data: bytes, device: Device) -> None:
        self.data = data
        self.place = 0
        self.codec = "utf-8" if device.encoding == "utf-8" else "gb18030"
        self.sheet = Sheet(device.columns)
        self.parts: list[Run | Picture] = []
        self.align, self.scale, self.bold = "left", 1, False
        self.qr = b""

    def read(self) -> Sheet:
        while self.place < len(self.data):
            byte = self.data[self.place]
            if byte == 0x0A:
                self.place += 1
                self._end_line()
            elif byte >= 0x20:
                self._text()
            else:
                self._command()
        if self.parts:
            raise ValueError("the last line has no end")
        return self.sheet

    def _take(self, count: int) -> bytes:
        taken = self.data[self.place : self.place + count]
        if len(taken) < count:
            raise ValueError("the job ends inside a command")
        self.place += count
        return taken

    def _text(self) -> None:
        end = self.place
        while end < len(self.data) and self.data[end] >= 0x20:
            end += 1
        text = self._take(end - self.place).decode(self.codec)
        self.parts.append(Run(text, self.scale, self.bold))

    def _end_line(self) -> None:
        self.sheet.lines.append(PaperLine(self.align, tuple(self.parts)))
        self.parts = []

    def _command(self) -> None:
        match self._take(2):
            case b"\x1b@":
                self.align, self.scale, self.bold = "left", 1, False
            case b"\x1c&":
                pass
            case b"\x1ba":
                self.align = _ALIGN[self._take(1)[0]]
            case b"\x1bE":
                self.bold = self._take(1) == b"\x01"
            case b"\x1d!":
                self.scale = (self._take(1)[0] & 0x0F) + 1
            case b"\x1bd":
                self.sheet.lines.extend([PaperLine("left", ())] * self._take(1)[0])
            case b"\x1b*":
                self._glyph()
            case b"\x1d(":
                self._qr()
            case b"\x1dV":
                self._take(2)
                self.sheet.is_cut = True
            case b"\x1dr":
                self._take(1)
            case other:
                raise ValueError(f"unknown command {other.hex(' ')} at byte {self.place - 2}")

    def _glyph(self) -> None:
        if self._take(3) != b"\x21\x18\x00":
            raise ValueError("a picture that is not 24 x 24 dots")
        self.parts.append(Picture(glyph_source(self._take(DOTS * 3)), "glyph"))

    def _qr(self) -> None:
        head = self._take(3)
        body = self._take(int.from_bytes(head[1:], "little"))
        if body[:3] == b"1P0":
            self.qr = body[3:]
        elif body == b"1Q0":
            words = self.qr.decode()
            self.parts.append(Picture(_qr_source(words), "qr", words))
            self._end_line()


@lru_cache(maxsize=256)
def glyph_source(columns: bytes) -> str:
    """A glyph as an SVG image: one stroke of the path for each run of black dots in a column."""
    strokes = []
    for x in range(DOTS):
        bits = f"{int.from_bytes(columns[x * 3 : x * 3 + 3], 'big'):0{DOTS}b}"
        y = 0
        while (y := bits.find("1", y)) >= 0:
            end = bits.find("0", y)
            end = DOTS if end < 0 else end
            strokes.append(f"M{x} {y}h1v{end - y}h-1z")
            y = end
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {DOTS} {DOTS}"><path d="{"".join(strokes)}"/></svg>'
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


@lru_cache(maxsize=256)
def _qr_source(words: str) -> str:
    import segno

    return segno.make(words, error="m", micro=False).svg_data_uri(scale=4, border=2)
