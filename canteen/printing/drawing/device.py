"""What one printer is, as far as bytes depend on it: paper, encoding, and the characters in its ROM."""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

#: Width of the paper in millimetres -> dots on a line (203 dpi heads, 12 dots a column in font A).
DOTS = {58: 384, 80: 576}
DOTS_A_COLUMN = 12
#: What the printer takes bytes for while its Chinese mode is on.
ENCODINGS = ("gb18030", "gbk", "utf-8")
#: Character sets found in printers' ROMs; each holds the ones before it. "gb18030-2" and "gb18030-4" are
#: printers sold as GB18030 that print its two-byte codes only, or the four-byte codes of Chinese characters too.
ROMS = ("gb2312", "gbk", "gb18030-2", "gb18030-4")
#: How a paper is sent: as characters, or drawn here as a picture (the last resort: ten times the bytes).
MODES = ("text", "raster")
#: The closing question: ``gs_r`` (GS r 1, nearly everywhere) or ``gs_h`` (GS ( H function 48, Epson models: it is
#: answered with the number of the job).
FENCES = ("gs_r", "gs_h")
_MARK_SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """The settings of one printer that decide its bytes."""

    width_mm: int = 58
    encoding: str = "gb18030"
    rom: str = "gbk"
    has_cutter: bool = False
    #: Prints QR codes by itself (GS ( k); old models print the command as rubbish.
    has_qr: bool = True
    #: Answers status questions (DLE EOT, GS r): jobs end with a question that is answered after printing.
    answers: bool = True
    mode: str = "text"
    #: Opens a cash drawer (ESC p) in front of a ticket that was paid in cash.
    has_drawer: bool = False
    #: Which closing question it answers; without ``answers`` none is asked.
    fence: str = "gs_r"

    def __post_init__(self) -> None:
        assert self.width_mm in DOTS and self.encoding in ENCODINGS and self.rom in ROMS, self
        assert self.mode in MODES and self.fence in FENCES, self

    @property
    def dots(self) -> int:
        """Dots of a line."""
        return DOTS[self.width_mm]

    @property
    def columns(self) -> int:
        """Columns of a line at normal size: 32 or 48. A Chinese character takes two."""
        return self.dots // DOTS_A_COLUMN

    def rare(self, text: str) -> set[str]:
        """The characters of the text that are not in this printer's ROM, or have no code in its encoding."""
        level = ROMS.index(self.rom)
        if self.encoding == "gbk":
            level = min(level, ROMS.index("gbk"))
        if level >= ROMS.index("gbk") and _is_gbk(text):  # nearly every text, at a tenth of the cost
            return set()
        return {char for char in text if rom_level(char) > level}

    def encode(self, text: str) -> bytes:
        """The bytes of the text. GBK is a part of GB18030 with the same codes, so one codec serves both."""
        return text.encode("utf-8" if self.encoding == "utf-8" else "gb18030")


def _is_gbk(text: str) -> bool:
    try:
        text.encode("gbk")
    except UnicodeEncodeError:
        return False
    return True


@lru_cache(maxsize=65536)
def rom_level(char: str) -> int:
    """Index in ``ROMS`` of the smallest ROM that holds the character; ``len(ROMS)`` when none does.

    Python's gb18030 codec encodes everything, and its gb2312 codec maps A1A4 and A1AA to other characters than
    printers do (・ and ― instead of · and —), so the level follows from the code itself. Four-byte codes count
    only for Chinese characters: no printer is known to draw the rest of Unicode. Private-use characters have
    two-byte codes but no shape.
    """
    if char.isascii():
        return 0
    if unicodedata.category(char) in ("Cn", "Co", "Cs"):
        return len(ROMS)
    code = char.encode("gb18030")
    if len(code) == 4:
        return ROMS.index("gb18030-4") if _is_han(char) else len(ROMS)
    for level, codec in enumerate(("gb2312", "gbk")):
        try:
            code.decode(codec)
        except UnicodeDecodeError:
            continue
        return level
    return ROMS.index("gb18030-2")


def _is_han(char: str) -> bool:
    """Extension A, the main block with its later additions, and extension B, as GB 18030-2005 lists them."""
    point = ord(char)
    return 0x3400 <= point <= 0x4DB5 or 0x4E00 <= point <= 0x9FFF or 0x20000 <= point <= 0x2A6D6


def process_mark(job_id: int) -> bytes:
    """The number of a job in ``GS ( H``: four signs, different for 1.6 million jobs in a row."""
    signs = []
    for _ in range(4):
        job_id, rest = divmod(job_id, len(_MARK_SIGNS))
        signs.append(_MARK_SIGNS[rest])
    return "".join(reversed(signs)).encode("ascii")


def process_answer(mark: bytes) -> bytes:
    """What a printer says when the job with that mark is printed (Epson ESC/POS reference, GS ( H function 48)."""
    return b"7\x22" + mark + b"\x00"


def find_process_answer(data: bytes, mark: bytes) -> int:
    """Place behind the answer in what was read so far; -1 while it is not there.

    Automatic status, flow control and answers about other jobs may stand around it.
    """
    place = data.find(process_answer(mark))
    return place + len(process_answer(mark)) if place >= 0 else -1
