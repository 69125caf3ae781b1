"""Lines to bytes: one finished job for one printer, in the command language ESC/POS.

Only commands that Chinese 58 and 80 mm models share are used: ``ESC @`` (reset), ``FS &`` (Chinese mode on),
``ESC a`` (alignment, at line starts), ``ESC E`` (bold), ``GS !`` (size of Latin and Chinese together; ``ESC !`` and
``FS !`` size only one of the two), ``ESC * 33`` (a picture of 24 dots inside a line), ``GS ( k`` (QR), ``ESC d``
(feed), ``GS V 66`` (feed to the knife and cut) and ``GS r 1`` (the fence: a question answered in order, hence after
printing). Plain commands are python-escpos' constants; its printer classes are not used, because they lose Chinese
characters and failures. Sources: Epson TM-T88III and SPRT manuals; docs/printing.md names what differs between models.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from escpos.constants import HW_INIT, TXT_SIZE, TXT_STYLE

from canteen.printing.device import Device
from canteen.printing.flow import clean, pair, wrap
from canteen.printing.glyphs import Draw
from canteen.printing.lines import Align, Gap, Line, Pair, Qr, Rule, Shapes, Text

CHINESE_ON = b"\x1c&"
FENCE = b"\x1dr\x01"
CUT = b"\x1dVB\x00"
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


def encode(lines: Iterable[Line], device: Device, draw: Draw) -> Encoded:
    """The bytes of one paper for one printer. The same lines, device and fonts give the same bytes."""
    writer = _Writer(device, draw)
    for line in lines:
        writer.put(line)
    return writer.finish()


class _Writer:
    """The job so far, and the modes the printer is in at its end."""

    def __init__(self, device: Device, draw: Draw) -> None:
        self.device = device
        self.draw = draw
        self.data = bytearray(HW_INIT + CHINESE_ON)
        self.align: Align = "left"
        self.scale = 1
        self.bold = False
        self.boxed: dict[str, None] = {}

    def put(self, line: Line) -> None:
        match line:
            case Text():
                self._text(line)
            case Pair():
                self._pair(line)
            case Rule():
                self._line("-" * self.device.columns)
            case Gap():
                self.data += b"\x1bd%c" % line.lines
            case Qr():
                self._qr(line)

    def finish(self) -> Encoded:
        self.data += CUT if self.device.has_cutter else b"\x1bd%c" % TEAR_LINES
        if self.device.answers:
            self.data += FENCE
        return Encoded(bytes(self.data), tuple(self.boxed))

    def _text(self, line: Text) -> None:
        text = clean(line.text)
        rare = self._rare(text, line.shapes)
        scale, bold = (1, True) if rare and line.scale > 1 else (line.scale, line.bold)
        for piece in wrap(text, self.device.columns // scale):
            self._line(piece, rare, scale=scale, bold=bold, align=line.align)

    def _pair(self, line: Pair) -> None:
        left, right = clean(line.left), clean(line.right)
        rare = self._rare(left + right, "auto")
        scale, bold = (1, True) if rare and line.scale > 1 else (line.scale, line.bold)
        for piece in pair(left, right, self.device.columns // scale):
            self._line(piece, rare, scale=scale, bold=bold)

    def _rare(self, text: str, shapes: Shapes) -> set[str]:
        if shapes == "rom":
            return set()
        if shapes == "drawn":
            return {char for char in text if not char.isascii()}
        return self.device.rare(text)

    def _line(
        self, text: str, rare: Iterable[str] = (), *, scale: int = 1, bold: bool = False, align: Align = "left"
    ) -> None:
        """One line that fits. ``rare`` characters are drawn; pictures keep their size, so only at scale 1."""
        self._modes(scale, bold, align)
        if not rare:
            self.data += self.device.encode(text)
        else:
            assert scale == 1
            for char in text:
                self.data += self._picture(char) if char in rare else self.device.encode(char)
        self.data += b"\n"

    def _modes(self, scale: int, bold: bool, align: Align) -> None:
        if align != self.align:
            self.data += TXT_STYLE["align"][align]
        if bold != self.bold:
            self.data += TXT_STYLE["bold"][bold]
        if scale != self.scale:
            self.data += TXT_SIZE + bytes([(scale - 1) * 0x11])
        self.align, self.bold, self.scale = align, bold, scale

    def _picture(self, char: str) -> bytes:
        glyph = self.draw(char)
        if not glyph.found:
            self.boxed[char] = None
        return b"\x1b*\x21\x18\x00" + glyph.columns

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
