"""What a paper says, as facts: frozen when the job is made, kept in its row as JSON, and independent of any printer.

Here are the papers of the counter; ``sheet_facts`` has those of the kitchen, the routes and the day, and ``papers``
the kinds.

A status label or an ID number must never come onto paper nor lie readable in the database, whatever text a
scheme, a reason or a clerk holds; so the facts are made neutral here, before they are kept and before they are
printed (``neutral``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from typing import Any, ClassVar, Self

from canteen.base.words import WORDS
from canteen.printing.drawing.flow import clean

#: What JSON holds as it is.
_SIMPLE = frozenset({str, int, bool, type(None)})
#: Words that label a person.
_LABELS = (
    *WORDS["status"].values(),
    *(WORDS["living"][word] for word in ("living_alone", "empty_nest", "left_behind")),
    *(word for word in WORDS["ability"].values() if "失能" in word),
    *("孤寡", "孤老", "低收入", "重残", "残障", "贫困户", "建档立卡", "精神障碍"),
)
#: One of them, also with blanks inside.
_LABEL = re.compile("|".join(" *".join(word) for word in sorted(_LABELS, key=len, reverse=True)))
#: What makes a place of the word before it: 优抚医院, 五老村, 残疾人联合会. 五老村民 is a person again.
_PLACE = "人?(?:联(?!系)|服务|之家)|医院|学|儿童|中心|供养|敬老|院|所|站|路|街|巷|桥|村(?!民)|社区|协会|基金"
_LABEL_OF_A_PERSON = re.compile(f"(?:{_LABEL.pattern})(?!{_PLACE})(?:人员|对象|家庭|人|户)?")
_GAP = "[ .·–—-]"
#: Phone and ID numbers, whole or in their usual groups: eleven digits and more. Dates and amounts are not.
_LONG_NUMBER = re.compile(
    rf"\d{{11,}}[Xx]?|1\d\d{_GAP}\d{{4}}{_GAP}\d{{4}}|1\d{{3}}{_GAP}\d{{3}}{_GAP}\d{{4}}|0\d{{2,3}}{_GAP}\d{{7,8}}"
    rf"|\d{{6}}{_GAP}\d{{8}}{_GAP}\d{{3}}[\dXx]"
)


def neutral(text: str, instead: str = "") -> str:
    """The text as it is printed (``flow.clean``), without ID and phone numbers; ``instead`` replaces a text that labels
    a person. Invisible characters go first: a number that holds one would be whole on paper."""
    text = clean(text)
    if instead and _LABEL.search(text):
        return instead
    return _LONG_NUMBER.sub("***", text)


def unlabelled(text: str) -> str:
    """The same without words that label a person; the rest stays (a door's hint), also names of places that hold one."""
    text, before = clean(text), ""
    while text != before:
        text, before = _LABEL_OF_A_PERSON.sub("", text), text
    return neutral(text)


@dataclass(frozen=True, slots=True)
class Share:
    """What one public payer carries of the price: 县级补贴, 300 fen, 一类 每餐3元."""

    label: str
    amount_fen: int
    reason: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "label", neutral(self.label, "补贴"))
        object.__setattr__(self, "reason", neutral(self.reason, "按资格"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """JSON both ways: dates as ISO texts, parts as objects, unknown keys of a newer version left out."""

    #: Field that holds several parts -> what each part is.
    PARTS: ClassVar[Mapping[str, type]] = {}

    def as_json(self) -> dict[str, Any]:
        return _plain(self)  # type: ignore[no-any-return]

    @classmethod
    def from_json(cls, facts: Mapping[str, Any]) -> Self:
        known = {name: facts[name] for name in _names(cls) if name in facts}
        if type(known.get("day")) is str:
            known["day"] = date.fromisoformat(known["day"])
        for name, value in known.items():
            if type(value) is list or type(value) is tuple:
                kind = cls.PARTS.get(name)
                known[name] = tuple(_part(kind, one) for one in value) if kind else tuple(value)
        return cls(**known)

    def _put_neutral(self, **texts: str) -> None:
        for name, text in texts.items():
            object.__setattr__(self, name, text)


_NAMES: dict[type, tuple[str, ...]] = {}


def _names(kind: type) -> tuple[str, ...]:
    """The fields of a dataclass; asked for every paper, and slow to find."""
    if kind not in _NAMES:
        assert is_dataclass(kind), kind
        _NAMES[kind] = tuple(field.name for field in fields(kind))
    return _NAMES[kind]


def _plain(value: Any) -> Any:
    if type(value) in _SIMPLE:
        return value
    if type(value) is tuple:
        return [_plain(item) for item in value]
    if type(value) is date:
        return value.isoformat()
    return {name: _plain(getattr(value, name)) for name in _names(type(value))}


def _part(kind: type, value: Any) -> Any:
    if isinstance(value, kind):
        return value
    if issubclass(kind, Facts):
        return kind.from_json(value)
    return kind(**{name: value[name] for name in _names(kind) if name in value})


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketFacts(Facts):
    """One meal, as its ticket (小票) says it; for a guest ``person_name`` is "" or what the guest is called."""

    site_name: str
    #: The serving's number as people say it (``1121-017``); in large type.
    number: str
    day: date
    #: 午餐
    slot_name: str
    person_name: str = ""
    set_name: str
    dishes: tuple[str, ...] = ()
    #: 堂食, 自取 …
    way: str
    price_fen: int
    #: What the person pays; with the shares it adds up to the price.
    own_fen: int
    shares: tuple[Share, ...] = ()
    #: Why nobody else pays: what each scheme said.
    unpaid: tuple[str, ...] = ()
    #: What is left of the entitlement this month, in fen or in words (``本月还剩 12 餐``).
    left_fen: int | None = None
    left_text: str = ""
    pay_way: str
    #: Wall time of the canteen, ``11:42``.
    served_at: str
    staff_name: str
    outside_hours: bool = False
    second_portion: bool = False
    is_guest: bool = False
    #: What the QR code holds: the serving's number or id, never anything about the person. "" for no code.
    qr: str = ""

    PARTS: ClassVar[Mapping[str, type]] = {"shares": Share}

    def __post_init__(self) -> None:
        self._put_neutral(left_text=neutral(self.left_text, "本月剩余见柜台"), person_name=neutral(self.person_name))
        object.__setattr__(self, "unpaid", tuple(neutral(reason, "不符合补助条件") for reason in self.unpaid))

    @property
    def takes_cash(self) -> bool:
        """Whether money goes into the drawer."""
        return self.own_fen > 0 and self.pay_way == WORDS["pay_way"]["cash"]

    @property
    def subject(self) -> str:
        """What a list says of it."""
        return f"{self.number} {self.person_name}".rstrip()


@dataclass(frozen=True, slots=True, kw_only=True)
class VoidFacts(Facts):
    """A serving that was undone, as its void ticket (作废小票) says it."""

    site_name: str
    #: The number of the ticket that is now worth nothing.
    number: str
    day: date
    slot_name: str
    person_name: str = ""
    set_name: str
    own_fen: int
    pay_way: str
    reason: str
    #: Wall time of the canteen.
    voided_at: str
    staff_name: str

    def __post_init__(self) -> None:
        self._put_neutral(reason=neutral(self.reason, "资格有误"), person_name=neutral(self.person_name))

    @property
    def gives_back(self) -> bool:
        """Whether money that was handed over goes back."""
        return self.own_fen > 0 and self.pay_way in (WORDS["pay_way"]["cash"], WORDS["pay_way"]["code"])

    @property
    def subject(self) -> str:
        """What a list says of it."""
        return f"{self.number} {self.person_name}".rstrip()


@dataclass(frozen=True, slots=True, kw_only=True)
class PrinterTestFacts(Facts):
    """A page that shows which settings fit a printer; the settings themselves are the printer's when it is sent."""

    site_name: str
    printer_name: str
    day: date
    #: Wall time of the canteen.
    asked_at: str
    staff_name: str

    @property
    def subject(self) -> str:
        """What a list says of it."""
        return self.printer_name


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawerFacts(Facts):
    """Opening the cash drawer without a ticket; nothing is printed."""

    site_name: str
    day: date
    #: Wall time of the canteen.
    asked_at: str
    staff_name: str
    reason: str = ""

    def __post_init__(self) -> None:
        self._put_neutral(reason=neutral(self.reason, "见登记"))

    @property
    def subject(self) -> str:
        """What a list says of it."""
        return self.staff_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Reprint(Facts):
    """What makes a paper a copy (补打): which one, who asked, when, why."""

    copy: int
    day: date
    #: Wall time of the canteen.
    asked_at: str
    staff_name: str
    reason: str

    def __post_init__(self) -> None:
        self._put_neutral(reason=neutral(self.reason, "见登记"))
