"""Text made safe and flowed into columns. A column is a matter of the encoding, never of Unicode's width tables:
ASCII takes one, everything else two, because the printer moves two columns for every code of two or four bytes.
"""

import re
import unicodedata

#: Kinds of characters that are removed: controls, joiners and other invisible marks, halves of pairs.
_INVISIBLE = frozenset({"Cc", "Cf", "Cs"})
_BREAKS = re.compile("[\t\n\v\f\r\x85\u2028\u2029]+")
#: Variation selectors and fillers: printable by Unicode's tables, yet without a shape.
_VARIANTS = re.compile("[\u180b-\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0]")
#: What makes a printable text in NFC unfit all the same.
_ODD = re.compile(f"{_VARIANTS.pattern}|\u00a5")

#: Signs no line begins with, and signs that belong to the number behind them.
_CLOSING = frozenset(
    ",.;:!?)%\u3001\u3002\uff0c\uff1b\uff1a\uff01\uff1f\uff09\uff05\u300b\u300d\u300f\u3011\u201d\u2019\u2026\u00b7"
)
_AMOUNT_SIGNS = frozenset("\uffe5\uff0d")


def clean(text: str) -> str:
    """The text a printer may get: NFC, without control, zero-width and variation characters.

    Line breaks and odd spaces become a plain space. ¥ U+00A5, four bytes in GB18030 and rubbish on many printers,
    becomes ￥ U+FFE5. ``clean(clean(text)) == clean(text)``.
    """
    if text.isprintable() and unicodedata.is_normalized("NFC", text) and not _ODD.search(text):
        return text
    text = _VARIANTS.sub("", _BREAKS.sub(" ", text))
    text = "".join(char for char in text if unicodedata.category(char) not in _INVISIBLE)
    text = unicodedata.normalize("NFC", text)
    text = "".join(" " if unicodedata.category(char) == "Zs" and char != "\u3000" else char for char in text)
    return text.replace("\u00a5", "\uffe5")


def columns(text: str) -> int:
    """Columns the text takes at normal size."""
    return 2 * len(text) - len(text.encode("ascii", "ignore"))


def wrap(text: str, width: int) -> list[str]:
    """Cut the text into pieces of at most ``width`` (at least 2) columns; a character is never split, and none but
    the space at a break is lost.

    A number or word stays whole where it fits a line (``自取 12`` is never read as 1), and no line begins with a
    closing sign, unless there is no other place.
    """
    assert width >= 2, width
    if columns(text) <= width:
        return [text]
    pieces, start = [], 0
    while start < len(text):
        end = _fitting(text, start, width)
        if end < len(text):
            end = next((place for place in range(end, start, -1) if _may_break(text, place)), end)
        pieces.append(text[start:end])
        start = end + (text[end : end + 1] == " ")
    return pieces


def _fitting(text: str, start: int, width: int) -> int:
    """The place behind the last character that still fits on a line that begins at ``start``."""
    used = 0
    for place in range(start, len(text)):
        used += 1 if text[place].isascii() else 2
        if used > width:
            return place
    return len(text)


def _may_break(text: str, place: int) -> bool:
    """Whether a line may end before the character at ``place``."""
    before, after = text[place - 1], text[place]
    is_inside = before != " " and after != " " and (before.isascii() or before in _AMOUNT_SIGNS) and after.isascii()
    return not is_inside and after not in _CLOSING


def pair(left: str, right: str, width: int) -> list[str]:
    """A text and its amount: the amount ends in the last column, beside the last piece of the text.

    The text gets the columns the amount leaves, less one between them. Where that is less than half of the line
    the amount goes below, on a line of its own, still at the right.
    """
    room = width - columns(right) - 1
    if columns(left) <= room:
        return [_flush_right(left, right, width)]
    if room * 2 >= width:
        *above, last = wrap(left, room)
        return above + [_flush_right(last, right, width)]
    return (wrap(left, width) if left else []) + [_flush_right("", piece, width) for piece in wrap(right, width)]


def _flush_right(left: str, right: str, width: int) -> str:
    return left + " " * (width - columns(left) - columns(right)) + right
