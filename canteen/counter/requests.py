"""What is asked of the counter, and what it answers: frozen records between views, services and rules."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from canteen.books.once import content_of
from canteen.books.shares import Frozen
from canteen.schemes.reasons import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeRequest:
    """One meal to be served. Either an elder (by card or id) or a guest kind is given."""

    #: One-time key made where the request was made; 8 to 100 printable ASCII characters.
    key: str
    site_id: int
    #: None: today. A past day is a paper sheet keyed in later.
    day: date | None = None
    #: "": by the opening hours.
    slot: str = ""
    card: str = ""
    elder_id: int | None = None
    guest_kind: str = ""
    #: "": the first set of the menu.
    set_name: str = ""
    way: str = "dine_in"
    collected_by: str = ""
    relation: str = ""
    second_portion: bool = False
    #: Meals under this key: the first as asked for, every other one a second portion.
    portions: int = 1
    pay_way: str = "cash"
    till: str = ""
    #: The day of the page an offer was shown on, where nobody chose another; None: there was no page.
    shown_day: date | None = None

    def content(self) -> str:
        """A fingerprint of everything but the key, the till and the page: one key stands for one content."""
        apart = ("key", "till", "shown_day") + (("portions",) if self.portions == 1 else ())
        return content_of(self, apart=apart)


def other_key(key: str, box: int) -> str:
    """The key of a further meal (``box`` from 1) that is served under a key."""
    return f"{key}-{box}"


@dataclass(frozen=True, slots=True)
class ShareLine:
    """One frozen share of a serving."""

    payer: str
    scheme: str
    version: str
    amount_fen: int
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A serving as it was written: the same for the first request and for every repeat of its key."""

    id: int
    number: str
    site_id: int
    day: date
    slot: str
    elder_id: int | None
    person_name: str
    guest_kind: str
    set_name: str
    price_fen: int
    own_fen: int
    way: str
    pay_way: str
    second_portion: bool
    outside_hours: bool
    served_at: datetime
    shares: tuple[ShareLine, ...]
    #: The engine's answer.
    decision: Frozen
    voided_at: datetime | None = None
    #: This answer repeats an earlier one.
    is_repeat: bool = False
    #: The second portions that were served under the same key.
    others: tuple["Served", ...] = ()

    @property
    def due_fen(self) -> int:
        """What is paid for all meals of the key."""
        return self.own_fen + sum(one.own_fen for one in self.others)


def served_of(facts: Mapping[str, Any], **others: Any) -> Served:
    """A serving of the facts its row is written with, or was; ``others`` are those the row does not have."""
    return Served(**{one.name: facts[one.name] for one in fields(Served) if one.name in facts} | others)


@dataclass(frozen=True, slots=True, kw_only=True)
class VoidRequest:
    """One serving to be undone."""

    serving_id: int
    key: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Voided:
    """A serving that is undone."""

    id: int
    number: str
    voided_at: datetime
    reason: str
    is_repeat: bool = False
