"""What a cell at the edge of a grid names: a day, a slot, a set, a kind of dish, a price, or several of them. Pure."""

import re
import unicodedata
from dataclasses import dataclass

from canteen.base.errors import BadInput
from canteen.base.money import parse_yuan
from canteen.base.words import either
from canteen.menus.importing.days import WrittenDay, written_day
from canteen.menus.importing.words import (
    NOT_A_SET,
    NUMBERED_SET,
    PRICE,
    SET_NAME,
    SLOT_WORDS,
    WEEK_NUMBER,
    column_of,
    is_note,
    kind_of,
    slot_of,
    week_number,
    without_portion,
)

#: Characters of a label; a longer cell is text.
LONGEST_LABEL = 40
_SLOTS_IN_FRONT = sorted(
    ((name, slot) for slot, names in SLOT_WORDS.items() for name in names if len(name) > 1),
    key=lambda one: -len(one[0]),
)
_EDGES = " ,、:;.·-\n\t"


@dataclass(frozen=True, slots=True)
class Label:
    """What one cell names. ``rest`` is what could not be understood: with one, the cell is no label but text."""

    day: WrittenDay | None = None
    slot: str = ""
    name: str = ""
    kind: str = ""
    #: ``price``, ``dishes``, ``name`` … where the cell is the title of such a column or row.
    column: str = ""
    price_fen: int | None = None
    #: 第三周: the number, from 1.
    week: int | None = None
    is_note: bool = False
    rest: str = ""

    @property
    def says_something(self) -> bool:
        """Whether it names anything, and nothing else stands beside it."""
        named = self.slot or self.name or self.kind or self.column or self.is_note
        return not self.rest and bool(named or self.day or self.week or self.price_fen is not None)


NOTHING = Label()


def read_label(cell: object) -> Label:
    """A cell as a label."""
    if cell is None or cell == "":
        return NOTHING
    text = unicodedata.normalize("NFKC", str(cell)).strip()
    if isinstance(cell, str) and len(text) > LONGEST_LABEL:
        return Label(rest=text)
    if is_note(text):
        return Label(is_note=True)
    if NUMBERED_SET.fullmatch(text):  # 1号套餐 is no first of the month
        return Label(name=text)
    week = WEEK_NUMBER.search(text)
    day, rest = written_day(WEEK_NUMBER.sub(" ", text).strip() if week else cell)
    price = PRICE.search(rest)
    if price:
        rest = rest[: price.start()] + " " + rest[price.end() :]
    known = Label(
        day=day, week=week_number(week[1]) if week else None, price_fen=parse_yuan(price[1]) if price else None
    )
    return _named(_bare(rest), known)


def _bare(text: str) -> str:
    """A text without signs at its ends, and without brackets around the whole of it."""
    text = text.strip(_EDGES).lstrip(")]】").rstrip("([【").strip(_EDGES)
    is_within = text[:1] in tuple("([【") and text[-1:] in tuple(")]】")
    return text[1:-1].strip(_EDGES) if is_within else text


def _named(rest: str, known: Label) -> Label:
    """What is named by the words that are left."""
    slot = slot_of(rest) or ""
    if slot:
        rest = ""
    else:
        name, slot = next((one for one in _SLOTS_IN_FRONT if rest.startswith(one[0])), ("", ""))
        rest = _bare(rest[len(name) :])
    kind, column = kind_of(rest) or "", ""
    name = ""
    if not kind:
        column = column_of(rest) or ""
        if not column and SET_NAME.fullmatch(rest) and rest not in NOT_A_SET:
            name = rest
    if kind or column or name:
        rest = ""
    return Label(
        day=known.day,
        week=known.week,
        price_fen=known.price_fen,
        slot=slot,
        name=name,
        kind=kind,
        column=column,
        rest=rest,
    )


def read_slot(cell: object) -> str:
    """The slot a cell of a list names. Raises ``BadInput``."""
    text = unicodedata.normalize("NFKC", "" if cell is None else str(cell)).strip()
    if not text:
        raise BadInput("缺少餐次")
    slot = slot_of(" ".join(text.split()))
    if slot is None:
        raise BadInput("「%(text)s」不是餐次,请写%(most)s或%(last)s", text=text[:20], **either("slot"))
    return slot


def read_price(cell: object) -> int:
    """A price in fen, from a number or from text. Raises ``BadInput``; nothing is rounded silently."""
    text = ("" if cell is None else str(cell)).strip()
    if not text:
        raise BadInput("缺少价格")
    if len(text) > 30:
        raise BadInput("价格不对:%(text)s", text=text[:20])
    return parse_yuan(without_portion(unicodedata.normalize("NFKC", text)))


def numbered(text: str) -> str:
    """Dishes without the numbers before them: 1.红烧肉 2.青菜."""
    return re.sub(r"(?:(?<=[\s、,;])|^)\d{1,2}\s*[.、)]\s*(?=\D)", " ", text)
