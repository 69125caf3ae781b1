"""A printer on paper's side of the wire: it reads a job byte by byte, and refuses what a real one could not print.

Written from the manuals, apart from the encoder and from ``canteen.printing.drawing.preview``: it has its own tables of
commands, ROMs and widths, so that a mistake in ours shows.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field

DOTS_OF = {58: 384, 80: 576}
REAL_TIME = {b"\x10\x04", b"\x10\x05", b"\x10\x14"}


class Misprint(AssertionError):
    """A real printer would print rubbish, overrun its line or do something nobody asked for."""


@dataclass
class Cell:
    """One character on paper. A drawn one has no text, only dots."""

    text: str
    dots: int
    height: int
    picture: bytes = b""


@dataclass
class PrintedLine:
    cells: list[Cell] = field(default_factory=list)
    align: int = 0
    bold: bool = False

    @property
    def text(self) -> str:
        return "".join(cell.text for cell in self.cells)

    @property
    def dots(self) -> int:
        return sum(cell.dots for cell in self.cells)

    @property
    def height(self) -> int:
        return max((cell.height for cell in self.cells), default=24)


@dataclass
class Printed:
    """What came out of the printer."""

    lines: list[PrintedLine] = field(default_factory=list)
    qr_codes: list[bytes] = field(default_factory=list)
    cuts: int = 0
    fed_lines: int = 0
    fences: int = 0
    #: The number GS ( H asked about.
    process: bytes = b""
    kicks: int = 0
    #: Dots of the strips that were sent as pictures: (width, height).
    strips: list[tuple[int, int]] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n".join(line.text for line in self.lines)


def decode(
    job: bytes,
    *,
    width_mm: int,
    encoding: str,
    rom: str,
    drawn: dict[bytes, str] | None = None,
    has_drawer: bool = False,
) -> Printed:
    """Print a job. ``drawn`` gives pictures their characters back; one that is not in it is ``□``."""
    for place in range(len(job) - 1):
        if job[place : place + 2] in REAL_TIME:
            raise Misprint(f"real-time command inside the job at byte {place}")
    machine = _Machine(job, DOTS_OF[width_mm], encoding, rom, drawn or {})
    machine.has_drawer = has_drawer
    return machine.run()


class _Machine:
    def __init__(self, job: bytes, width: int, encoding: str, rom: str, drawn: dict[bytes, str]) -> None:
        self.job, self.place, self.width = job, 0, width
        self.encoding, self.rom, self.drawn = encoding, rom, drawn
        self.has_drawer = False
        self.out = Printed()
        self.line = PrintedLine()
        self.chinese = self.reset = self.ended = False
        self.wide = self.high = 1
        self.align, self.bold = 0, False
        self.qr: dict[str, bytes] = {}

    def take(self, count: int) -> bytes:
        piece = self.job[self.place : self.place + count]
        if len(piece) != count:
            raise Misprint("the job stops inside a command")
        self.place += count
        return piece

    def run(self) -> Printed:
        while self.place < len(self.job):
            if self.ended:
                raise Misprint("bytes after the fence")
            lead = self.job[self.place]
            if lead == 0x0A:
                self.take(1)
                self.out.lines.append(self.line)
                self.line = PrintedLine()
            elif lead in (0x1B, 0x1C, 0x1D):
                self.command(self.take(2))
            elif lead < 0x20 or lead == 0x7F:
                raise Misprint(f"control byte {lead:02x} in text at byte {self.place}")
            else:
                self.character(lead)
        if self.line.cells:
            raise Misprint("text without a line feed is not printed")
        return self.out

    # Commands

    def command(self, name: bytes) -> None:
        if name == b"\x1b@":
            self.reset, self.chinese = True, False
            self.wide = self.high = 1
            self.align, self.bold = 0, False
        elif name == b"\x1c&":
            self.chinese = True
        elif name == b"\x1ba":
            if self.line.cells:
                raise Misprint("ESC a inside a line")
            self.align = self.argument(range(3))
        elif name == b"\x1bE":
            self.bold = bool(self.argument(range(2)))
        elif name == b"\x1bd":
            self.out.fed_lines += self.argument(range(1, 9))
        elif name == b"\x1bJ":
            if self.line.cells:
                raise Misprint("ESC J inside a line prints it")
            self.argument(range(1, 31))
        elif name == b"\x1bp":
            self.drawer()
        elif name == b"\x1dv":
            self.strip()
        elif name == b"\x1d!":
            size = self.argument(range(0x78))
            self.wide, self.high = (size >> 4) + 1, (size & 0x0F) + 1
        elif name == b"\x1b*":
            self.picture()
        elif name == b"\x1d(":
            self.function()
        elif name == b"\x1dV":
            if self.take(2) != b"\x42\x00":
                raise Misprint("a cut that does not feed to the knife")
            self.out.cuts += 1
        elif name == b"\x1dr":
            if self.take(1) != b"\x01":
                raise Misprint("GS r asks for the wrong thing")
            self.out.fences += 1
            self.ended = True
        else:
            raise Misprint(f"unknown command {name.hex(' ')}")

    def argument(self, allowed: range) -> int:
        value = self.take(1)[0]
        if value not in allowed:
            raise Misprint(f"argument {value} out of {allowed}")
        return value

    def picture(self) -> None:
        mode, low, high = self.take(3)
        count = low + 256 * high
        if mode != 33 or count != 24:
            raise Misprint("only 24 columns of 24 dots stand inside a line of text")
        dots = self.take(3 * count)
        # A picture ignores GS !, and would stand small beside enlarged text.
        if (self.wide, self.high) != (1, 1):
            raise Misprint("a picture inside enlarged text")
        self.add(Cell(self.drawn.get(dots, "□"), 24, 24, dots))

    def drawer(self) -> None:
        pin, on, off = self.take(3)
        if not self.has_drawer:
            raise Misprint("a drawer nobody has")
        if self.line.cells or self.out.lines:
            raise Misprint("a drawer that waits for the paper")
        if pin not in (0, 1, 48, 49) or not 0 < on <= off:
            raise Misprint("a pulse a drawer does not understand")
        self.out.kicks += 1

    def strip(self) -> None:
        """GS v 0: rows of dots, printed at once; alignment is not relied on."""
        if self.take(2) != b"0\x00":
            raise Misprint("a strip that is stretched")
        stride, rows = int.from_bytes(self.take(2), "little"), int.from_bytes(self.take(2), "little")
        data = self.take(stride * rows)
        if self.line.cells or self.align:
            raise Misprint("a strip inside a line, or one that is moved")
        if not 0 < stride * 8 <= self.width or not 0 < rows <= 255:
            raise Misprint(f"a strip of {stride * 8} x {rows} dots")
        self.out.strips.append((stride * 8, rows))
        self.out.lines.append(_read_strip(data, stride, rows, set(self.drawn.values())))

    def function(self) -> None:
        """GS ( k and GS ( H."""
        kind, size = self.take(1), int.from_bytes(self.take(2), "little")
        body = self.take(size)
        if kind == b"k":
            self.qr_command(body)
        elif kind == b"H" and body[:2] == b"00" and len(body) == 6 and all(32 <= sign <= 126 for sign in body[2:]):
            self.out.process = body[2:]
            self.out.fences += 1
            self.ended = True
        else:
            raise Misprint(f"GS ( {kind!r} with {body[:8]!r}")

    def qr_command(self, body: bytes) -> None:
        kind, rest = body[:2], body[2:]
        if kind == b"1A" and rest == b"2\x00":
            self.qr["model"] = rest
        elif kind == b"1C" and 1 <= rest[0] <= 16:
            self.qr["module"] = rest
        elif kind == b"1E" and rest in (b"0", b"1", b"2", b"3"):
            self.qr["correction"] = rest
        elif kind == b"1P" and rest[:1] == b"0":
            self.qr["data"] = rest[1:]
        elif kind == b"1Q" and rest == b"0" and len(self.qr) == 4:
            if self.line.cells:
                raise Misprint("a QR code inside a line")
            self.out.qr_codes.append(self.qr["data"])
        else:
            raise Misprint(f"QR function {body[:3]!r} out of place")

    # Characters

    def character(self, lead: int) -> None:
        if not (self.reset and self.chinese):
            raise Misprint("text before ESC @ and FS &")
        if lead < 0x80:
            self.add(Cell(self.take(1).decode("ascii"), 12 * self.wide, 24 * self.high))
            return
        code = self.take(self.length_of(lead))
        try:
            text = code.decode("utf-8" if self.encoding == "utf-8" else "gb18030")
        except UnicodeDecodeError as error:
            raise Misprint(f"{code.hex(' ')} is no character") from error
        if len(text) != 1 or not self.in_rom(text, code):
            raise Misprint(f"{text!r} is not in a {self.rom} ROM")
        self.add(Cell(text, 24 * self.wide, 24 * self.high))

    def length_of(self, lead: int) -> int:
        if self.encoding == "utf-8":
            if lead < 0xC2 or lead > 0xF4:
                raise Misprint(f"{lead:02x} starts no UTF-8 character")
            return 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4
        if not 0x81 <= lead <= 0xFE or self.place + 1 >= len(self.job):
            raise Misprint(f"{lead:02x} starts no Chinese character")
        four = 0x30 <= self.job[self.place + 1] <= 0x39
        if four and self.encoding == "gbk":
            raise Misprint("a four-byte code on a GBK printer")
        return 4 if four else 2

    def in_rom(self, text: str, code: bytes) -> bool:
        """By where GB 2312, GBK and GB 18030 put the code."""
        if self.encoding == "utf-8":
            code = text.encode("gb18030")
        if unicodedata.category(text) in ("Co", "Cn"):
            return False
        if len(code) == 4:
            point = ord(text)
            han = 0x3400 <= point <= 0x4DB5 or 0x4E00 <= point <= 0x9FFF or 0x20000 <= point <= 0x2A6D6
            return self.rom == "gb18030-4" and han
        lead, trail = code
        gb2312 = (0xA1 <= lead <= 0xA9 or 0xB0 <= lead <= 0xF7) and trail >= 0xA1 and _decodes(code, "gb2312")
        gbk = _decodes(code, "gbk")
        return {"gb2312": gb2312, "gbk": gbk, "gb18030-2": True, "gb18030-4": True}[self.rom]

    def add(self, cell: Cell) -> None:
        if not self.line.cells:
            self.line.align, self.line.bold = self.align, self.bold
        self.line.cells.append(cell)
        if self.line.dots > self.width:
            raise Misprint(f"a line of more than {self.width} dots: {self.line.text!r}")


def _read_strip(data: bytes, stride: int, rows: int, known: set[str]) -> PrintedLine:
    """The characters of a strip that a ``Pen`` drew: the columns of each hold its number below a dot at the top."""
    scale = rows // 24
    lines = [int.from_bytes(data[at : at + stride], "big") for at in range(0, stride * rows, stride)]
    line, x, blank = PrintedLine(), 0, 0
    while x < stride * 8:
        number = 0
        for down in range(0, 24 * scale, scale):
            number = number << 1 | (lines[down] >> (stride * 8 - 1 - x) & 1)
        if not number:
            x, blank = x + 1, blank + 1
            continue
        if blank:
            line.cells.append(Cell(" " * (blank // (12 * scale)), blank, 24 * scale))
        point = number & 0x1FFFFF
        char = chr(point) if number >> 23 and point < 0x110000 else ""
        width = (12 if char.isascii() else 24) * scale
        line.cells.append(Cell(char if char in known else "□", width, 24 * scale, b"strip"))
        x, blank = x + width, 0
    return line


def _decodes(code: bytes, codec: str) -> bool:
    try:
        code.decode(codec)
    except UnicodeDecodeError:
        return False
    return True
