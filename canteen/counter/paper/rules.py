"""Pure reading of what is typed for one row of a sheet."""

from dataclasses import dataclass

from canteen.base.errors import BadInput
from canteen.base.words import WORDS

#: What may stand behind a number or name, beside the words themselves and their first sign: one key on the keyboard.
_KEYS = {"x": "现金", "s": "扫码", "y": "月结", "t": "堂食", "q": "自取"}
_PAY = {word: code for code, word in WORDS["pay_way"].items() if code != "purse"}
_WAYS = {word: code for code, word in WORDS["way"].items() if code in ("dine_in", "take_away")}
_GUESTS = {word: code for code, word in WORDS["guest"].items()}
#: A number of the sheet has so many digits; a longer one is a card or the end of a phone number.
SHEET_DIGITS = 3
MOST_PORTIONS = 9


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it was typed."""

    #: Number on the sheet; None: ``who`` says it.
    number: int | None = None
    #: Name, pinyin, card or end of a phone number.
    who: str = ""
    guest_kind: str = ""
    #: None: all that are still to come.
    portions: int | None = None
    #: "": as most of the sheet paid, as it was ordered.
    pay_way: str = ""
    way: str = ""


def read_row(text: str) -> Row:
    """``12``, ``wxl 2 s``, ``王秀兰 扫码``, ``村民``. Raises ``BadInput`` for what stands behind and means nothing."""
    who, *more = text.split() or [""]
    found: dict[str, object] = {}
    for word in more:
        name, value = _meaning(word)
        if name in found:
            raise BadInput("「%(word)s」多了", field="row", word=word[:20], next_step="份数、付款、方式各写一个")
        found[name] = value
    if who in _GUESTS:
        return Row(guest_kind=_GUESTS[who], **found)  # type: ignore[arg-type]
    number = sheet_number(who)
    if number is not None:
        return Row(number=number, **found)  # type: ignore[arg-type]
    return Row(who=who, **found)  # type: ignore[arg-type]


def sheet_number(text: str) -> int | None:
    """The number a row of a printed sheet stands under; None for whatever else was typed."""
    is_number = text.isascii() and text.isdigit() and len(text) <= SHEET_DIGITS and not text.startswith("0")
    return int(text) if is_number else None


def _meaning(typed: str) -> tuple[str, object]:
    if typed.isascii() and typed.isdigit() and len(typed) == 1 and typed != "0":
        return "portions", int(typed)
    word = _KEYS.get(typed.lower(), typed)
    for name, words in (("pay_way", _PAY), ("way", _WAYS)):
        fitting = [code for one, code in words.items() if one.startswith(word)]
        if len(fitting) == 1:
            return name, fitting[0]
    raise BadInput(
        "看不懂「%(word)s」",
        field="row",
        word=typed[:20],
        next_step="后面可以写份数 1–9,付款 x 现金 s 扫码 y 月结,方式 t 堂食 q 自取",
    )
