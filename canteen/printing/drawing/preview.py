"""Our own bytes read back as a picture of the paper, for the preview on screen.

It knows exactly the commands ``encoder`` uses; anything else is a ValueError, because then the preview would no
longer show what the printer gets.
"""

import base64
from dataclasses import dataclass, field
from functools import lru_cache
from io import BytesIO

from canteen.printing.drawing.device import Device
from canteen.printing.drawing.glyphs import DOTS

_ALIGN = ("left", "center", "right")


@dataclass(frozen=True, slots=True)
class TextRun:
    """Text of one size and weight."""

    text: str
    scale: int
    bold: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawn character, a QR code, or a line that was sent as a picture."""

    #: ``glyph`` (24 × 24 dots), ``qr`` or ``strip`` (as wide as the paper).
    kind: str
    #: A glyph's columns, a strip's rows of the paper's width, or what the QR code holds.
    raw: bytes
    #: Bytes of a strip's row.
    stride: int = 0

    @property
    def words(self) -> str:
        """What a screen reader says: the QR code's content, "" for the rest (their bytes do not name them)."""
        return self.raw.decode() if self.kind == "qr" else ""

    @property
    def source(self) -> str:
        """The image as a data address."""
        if self.kind == "qr":
            return _qr_source(self.words)
        return glyph_source(self.raw) if self.kind == "glyph" else strip_source(self.raw, self.stride)


@dataclass(frozen=True, slots=True)
class PaperLine:
    """One printed line."""

    align: str
    parts: tuple[TextRun | Picture, ...]


@dataclass(slots=True)
class PaperSheet:
    """A whole paper."""

    columns: int
    lines: list[PaperLine] = field(default_factory=list)
    is_cut: bool = False
    opens_drawer: bool = False


def read_paper(data: bytes, device: Device) -> PaperSheet:
    """The paper a job makes. ValueError for bytes the encoder does not make."""
    return _Reader(data, device).read()


class _Reader:
    def __init__(self, data: bytes, device: Device) -> None:
        self.data = data
        self.place = 0
        self.codec = "utf-8" if device.encoding == "utf-8" else "gb18030"
        self.stride = device.dots // 8
        self.sheet = PaperSheet(device.columns)
        self.parts: list[TextRun | Picture] = []
        self.align, self.scale, self.bold = "left", 1, False
        self.qr = b""

    def read(self) -> PaperSheet:
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
        self.parts.append(TextRun(text, self.scale, self.bold))

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
            case b"\x1bJ":
                self._take(1)
            case b"\x1bd":
                self.sheet.lines.extend([PaperLine("left", ())] * self._take(1)[0])
            case b"\x1b*":
                self._glyph()
            case b"\x1dv":
                self._strip()
            case b"\x1d(":
                self._qr_or_fence()
            case b"\x1bp":
                self._take(3)
                self.sheet.opens_drawer = True
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
        self.parts.append(Picture("glyph", self._take(DOTS * 3)))

    def _strip(self) -> None:
        """A line as a picture; its rows are filled up to the width of the paper."""
        head = self._take(6)
        used, rows = int.from_bytes(head[2:4], "little"), int.from_bytes(head[4:], "little")
        data = self._take(used * rows)
        margin = bytes(self.stride - used)
        whole = b"".join(data[start : start + used] + margin for start in range(0, used * rows, used))
        self.sheet.lines.append(PaperLine("left", (Picture("strip", whole, self.stride),)))

    def _qr_or_fence(self) -> None:
        head = self._take(3)
        body = self._take(int.from_bytes(head[1:], "little"))
        if body[:3] == b"1P0":
            self.qr = body[3:]
        elif body == b"1Q0":
            self.parts.append(Picture("qr", self.qr))
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


@lru_cache(maxsize=256)
def strip_source(rows: bytes, stride: int) -> str:
    """A strip as a PNG of one bit a dot, black on white."""
    from PIL import Image

    png = BytesIO()
    paper = Image.frombytes("1", (stride * 8, len(rows) // stride), bytes(0xFF ^ byte for byte in rows))
    paper.save(png, "PNG")
    return "data:image/png;base64," + base64.b64encode(png.getvalue()).decode()
