"""Lines to bytes: one finished job for one printer, in the command language ESC/POS.

Only commands that Chinese 58 and 80 mm models share are used: ``ESC @`` (reset), ``FS &`` (Chinese mode on),
``ESC a`` (alignment, at line starts), ``ESC E`` (bold), ``GS !`` (size of Latin and Chinese together; ``ESC !`` and
``FS !`` size only one of the two), ``ESC * 33`` (a picture of 24 dots inside a line), ``GS v 0`` (a line as a
picture), ``GS ( k`` (QR), ``ESC d`` (feed), ``ESC p`` (drawer), ``GS V 66`` (feed to the knife and cut) and the fence,
a question answered in order and hence after printing: ``GS r 1`` or ``GS ( H``. python-escpos is not used: its text
and printer classes lose Chinese characters and failures, and importing it costs half a second and ten megabytes.
Sources: Epson TM-T88III and SPRT manuals; docs/printing.md names what differs between models.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from canteen.printing.drawing.device import Device, process_mark
from canteen.printing.drawing.flow import clean, columns, pair, wrap
from canteen.printing.drawing.glyphs import DrawGlyph, embolden
from canteen.printing.drawing.lines import Align, Gap, Kick, NoPaper, Pair, PrintLine, Qr, Rule, Shapes, Text
from canteen.printing.drawing.raster import Painter

RESET = b"\x1b@"
CHINESE_ON = b"\x1c&"
ALIGN: dict[Align, bytes] = {"left": b"\x1ba\x00", "center": b"\x1ba\x01", "right": b"\x1ba\x02"}
BOLD = {False: b"\x1bE\x00", True: b"\x1bE\x01"}
FENCE = b"\x1dr\x01"
CUT = b"\x1dVB\x00"
#: Drawer on pin 2 for 50 ms, then half a second of rest: what every drawer with this plug takes.
KICK = b"\x1bp\x00\x19\xfa"
#: A millimetre below enlarged type: printers feed it by its own height, so that lines would touch.
LEADING = b"\x1bJ\x08"
#: Lines fed at the end of a paper without a knife, so that the last line is above the tear bar.
TEAR_LINES = 4
#: QR: model 2, dots a module, error correction M. At most 120 bytes: version 7, 45 modules, 270 of 384 dots.
QR_MODULE_DOTS = 6
QR_BYTES = 120


@dataclass(frozen=True, slots=True)
class Encoded:
    """A finished job."""

    data: bytes
    #: Characters no font of this machine has: they are boxes on the paper, and staff must be told.
    boxed: tuple[str, ...]


def encode(lines: Iterable[PrintLine], device: Device, draw: DrawGlyph, *, job_id: int = 0) -> Encoded:
    """The bytes of one paper for one printer. The same lines, device, fonts and id give the same bytes."""
    writer = _Writer(device, draw)
    for line in lines:
        writer.put(line)
    return writer.finish(job_id)


class _Flowed(NamedTuple):
    """A text or a pair as the lines it takes, and how they are printed."""

    pieces: list[str]
    #: Characters to draw one by one.
    rare: Collection[str]
    scale: int
    bold: bool
    as_picture: bool = False


@lru_cache(maxsize=2048)
def _flowed(line: Text | Pair, device: Device) -> _Flowed:
    """Kept, because most lines of a ticket are those of the ticket before it: the place, the day, the set, its price."""
    if isinstance(line, Text):
        text = clean(line.text)
        rare = _rare(text, line.shapes, device)
        as_picture = line.shapes == "raster" or (line.shapes == "whole" and bool(rare))
        scale, bold = (1, True) if rare and line.scale > 1 and not as_picture else (line.scale, line.bold)
        return _Flowed(wrap(text, device.columns // scale), rare, scale, bold, as_picture)
    left, right = clean(line.left), clean(line.right)
    rare = _rare(left + right, "auto", device)
    # An amount is never broken: where it does not fit in its size, a smaller one is bold.
    fits = max(1, device.columns // max(1, columns(right)))
    scale = 1 if rare else min(line.scale, fits)
    return _Flowed(pair(left, right, device.columns // scale), rare, scale, line.bold or scale < line.scale)


def _rare(text: str, shapes: Shapes, device: Device) -> Collection[str]:
    """The characters to draw one by one; none where the whole line becomes a picture, or the ROM is asked for."""
    if device.mode == "raster" or shapes in ("rom", "raster"):
        return ()
    if shapes == "drawn":
        return {char for char in text if not char.isascii()}
    return device.rare(text)


class _Writer:
    """The job so far, and the modes the printer is in at its end."""

    def __init__(self, device: Device, draw: DrawGlyph) -> None:
        self.device = device
        self.draw = draw
        self.data = bytearray(RESET + CHINESE_ON)
        self.align: Align = "left"
        self.scale = 1
        self.bold = False
        self.has_paper = True
        self.boxed: dict[str, None] = {}
        self.painter = Painter(device.dots, draw, self.boxed)
        self.is_raster = device.mode == "raster"

    def put(self, line: PrintLine) -> None:
        match line:
            case Text() | Pair():
                self._text(line)
            case Rule():
                self._text(Text(line.sign * self.device.columns))
            case Gap():
                self.data += b"\x1bd%c" % line.lines
            case Qr():
                self._qr(line)
            case Kick():
                if self.device.has_drawer:
                    self.data += KICK
            case NoPaper():
                self.has_paper = False

    def finish(self, job_id: int) -> Encoded:
        if self.has_paper:
            self.data += CUT if self.device.has_cutter else b"\x1bd%c" % TEAR_LINES
        if self.device.answers:
            self.data += FENCE if self.device.fence == "gs_r" else b"\x1d(H\x06\x0000" + process_mark(job_id)
        return Encoded(bytes(self.data), tuple(self.boxed))

    def _text(self, line: Text | Pair) -> None:
        align = line.align if isinstance(line, Text) else "left"
        flowed = _flowed(line, self.device)
        for piece in flowed.pieces:
            self._line(piece, flowed, align)

    def _line(self, text: str, flowed: _Flowed, align: Align) -> None:
        """One line that fits. Pictures of single characters keep their size, so only at scale 1."""
        _, rare, scale, bold, as_picture = flowed
        if self.is_raster or as_picture:
            self._modes(1, False, "left")
            self.data += self.painter.strip(text, scale=scale, bold=bold, align=align)
            return
        self._modes(scale, bold, align)
        if not rare:
            self.data += self.device.encode(text)
        else:
            assert scale == 1
            for char in text:
                self.data += self._picture(char) if char in rare else self.device.encode(char)
        self.data += b"\n" if scale == 1 else b"\n" + LEADING

    def _modes(self, scale: int, bold: bool, align: Align) -> None:
        if align != self.align:
            self.data += ALIGN[align]
        if bold != self.bold:
            self.data += BOLD[bold]
        if scale != self.scale:
            self.data += b"\x1d!%c" % ((scale - 1) * 0x11)
        self.align, self.bold, self.scale = align, bold, scale

    def _picture(self, char: str) -> bytes:
        glyph = self.draw(char)
        if not glyph.found:
            self.boxed[char] = None
        return b"\x1b*\x21\x18\x00" + (embolden(glyph.columns) if self.bold else glyph.columns)

    def _qr(self, line: Qr) -> None:
        payload = clean(line.payload).encode()
        if not payload or len(payload) > QR_BYTES:
            raise ValueError(f"a QR code holds 1 to {QR_BYTES} bytes, not {len(payload)}")
        if not self.device.has_qr:
            self._text(Text(line.payload, align="center"))
            return
        self._modes(1, False, "center")
        for function in (
            b"1A2\x00",  # model 2
            b"1C%c" % QR_MODULE_DOTS,
            b"1E1",  # error correction M
            b"1P0" + payload,  # store
            b"1Q0",  # print
        ):
            self.data += b"\x1d(k" + len(function).to_bytes(2, "little") + function
