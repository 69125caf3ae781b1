"""Facts of the papers of the kitchen, the routes and the day. They hold diets, addresses or the names of a whole day
and are therefore kept sealed (``sealing``); labels of persons and long numbers never get into them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from canteen.base.words import WORDS
from canteen.printing.papers.facts import Facts, Share, neutral, unlabelled

#: What a label of a person becomes where a diet holds one.
_SOME_DIET = "特殊饮食"


def _short(day: date) -> str:
    return f"{day.month}月{day.day}日"


@dataclass(frozen=True, slots=True)
class Count:
    """Meals of one way, or of one diet."""

    name: str
    meals: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", neutral(self.name, _SOME_DIET))


@dataclass(frozen=True, slots=True, kw_only=True)
class SetCount(Facts):
    """Meals of one set, by way."""

    #: "" while there is no menu.
    set_name: str
    meals: int
    ways: tuple[Count, ...] = ()

    PARTS: ClassVar[Mapping[str, type]] = {"ways": Count}


@dataclass(frozen=True, slots=True, kw_only=True)
class KitchenFacts(Facts):
    """How many of what the kitchen cooks for one sitting (厨房单)."""

    site_name: str
    day: date
    slot_name: str
    #: 1 for the first count of the sitting; a later one replaces the ones before.
    edition: int
    total: int
    sets: tuple[SetCount, ...] = ()
    diets: tuple[Count, ...] = ()
    #: Wall time of the canteen.
    counted_at: str
    staff_name: str

    PARTS: ClassVar[Mapping[str, type]] = {"sets": SetCount, "diets": Count}

    @property
    def subject(self) -> str:
        """What a list says of it."""
        return f"{_short(self.day)} {self.slot_name} {self.total}份"


@dataclass(frozen=True, slots=True)
class Change:
    """One set or diet whose count is another now."""

    name: str
    before: int
    after: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", neutral(self.name, _SOME_DIET))


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeFacts(Facts):
    """What changed since the kitchen was last told (变更单), with the whole count as it is now."""

    site_name: str
    day: date
    slot_name: str
    #: Which of the papers of this sitting it is, counted with the kitchen counts.
    edition: int
    total_before: int
    total: int
    changes: tuple[Change, ...]
    diet_changes: tuple[Change, ...] = ()
    #: As it is now: what the next change is counted from.
    sets: tuple[SetCount, ...] = ()
    diets: tuple[Count, ...] = ()
    #: Wall time of the canteen.
    counted_at: str
    staff_name: str

    PARTS: ClassVar[Mapping[str, type]] = {"changes": Change, "diet_changes": Change, "sets": SetCount, "diets": Count}

    @property
    def subject(self) -> str:
        """What a list says of it."""
        return f"{_short(self.day)} {self.slot_name} {self.total_before}→{self.total}份"


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelFacts(Facts):
    """One meal box (餐盒标签): whose it is, where it goes, what is in it."""

    site_name: str
    day: date
    slot_name: str
    route_name: str = ""
    #: Place on the route, and doors of it.
    position: int = 0
    doors: int = 0
    person_name: str
    #: Village and group.
    where: str = ""
    set_name: str = ""
    diet: str = ""
    #: Wall time of the canteen.
    packed_at: str

    def __post_init__(self) -> None:
        self._put_neutral(
            person_name=neutral(self.person_name), where=unlabelled(self.where), diet=neutral(self.diet, _SOME_DIET)
        )

    @property
    def subject(self) -> str:
        """What a list says of it."""
        return f"{self.route_name} {self.position}/{self.doors} {self.person_name}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorFacts(Facts):
    """One door of a route sheet."""

    position: int
    person_name: str
    #: Village and group.
    where: str = ""
    address: str = ""
    #: Floor, and who keeps the key.
    hint: str = ""
    diet: str = ""
    set_name: str = ""
    pay_way: str = ""

    def __post_init__(self) -> None:
        self._put_neutral(
            person_name=neutral(self.person_name),
            where=unlabelled(self.where),
            address=unlabelled(self.address),
            hint=unlabelled(self.hint),
            diet=neutral(self.diet, _SOME_DIET),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteFacts(Facts):
    """The doors of one run in walking order (送餐路线单), for somebody without a phone."""

    site_name: str
    #: Whom to call when nobody answers: the site's own number.
    site_phone: str = ""
    day: date
    slot_name: str
    route_name: str
    volunteer: str = ""
    doors: tuple[DoorFacts, ...] = ()
    #: Wall time of the canteen.
    printed_at: str
    staff_name: str

    PARTS: ClassVar[Mapping[str, type]] = {"doors": DoorFacts}

    @property
    def subject(self) -> str:
        """What a list says of it."""
        return f"{self.route_name} {self.slot_name} {len(self.doors)}户"


@dataclass(frozen=True, slots=True)
class Expected:
    """One line of a day sheet: somebody who ordered."""

    person_name: str
    where: str = ""
    set_name: str = ""
    way: str = ""
    #: What the person would pay by what is known when the sheet is printed; None while the set has no price.
    own_fen: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "person_name", neutral(self.person_name))


@dataclass(frozen=True, slots=True, kw_only=True)
class DayFacts(Facts):
    """Who ordered for one sitting, to be ticked by hand and keyed in after (手工登记单)."""

    site_name: str
    day: date
    slot_name: str
    lines: tuple[Expected, ...] = ()
    #: Empty lines for those who come without an order.
    blanks: int = 5
    #: Wall time of the canteen.
    printed_at: str
    staff_name: str

    PARTS: ClassVar[Mapping[str, type]] = {"lines": Expected}

    @property
    def subject(self) -> str:
        """What a list says of it."""
        return f"{_short(self.day)} {self.slot_name} {len(self.lines)}人"


@dataclass(frozen=True, slots=True)
class SlotSum:
    """One sitting of a day."""

    slot_name: str
    ordered: int
    served: int
    guests: int = 0
    #: Ordered, and not served.
    not_come: int = 0


@dataclass(frozen=True, slots=True)
class Taking:
    """Own parts paid in one way."""

    pay_way: str
    meals: int
    amount_fen: int

    @property
    def is_cash(self) -> bool:
        """Whether it lies in the drawer."""
        return self.pay_way == WORDS["pay_way"]["cash"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingFacts(Facts):
    """One day in sums (日结单): what the till should hold, and what the day sheet and the books must agree with."""

    site_name: str
    day: date
    slots: tuple[SlotSum, ...] = ()
    ways: tuple[Count, ...] = ()
    takings: tuple[Taking, ...] = ()
    payers: tuple[Share, ...] = ()
    price_fen: int = 0
    own_fen: int = 0
    voided: int = 0
    second_portions: int = 0
    #: Wall time of the canteen.
    printed_at: str
    staff_name: str

    PARTS: ClassVar[Mapping[str, type]] = {"slots": SlotSum, "ways": Count, "takings": Taking, "payers": Share}

    @property
    def subject(self) -> str:
        """What a list says of it."""
        return f"{_short(self.day)} {sum(slot.served for slot in self.slots)}餐"
