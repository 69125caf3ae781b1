"""Counting what the committee sees, and the questions worth asking. Pure."""

from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, TypeVar

from canteen.base.words import SLOTS, WAYS

#: Shown for an elder without a class.
NO_CLASS = "无"
#: Neutral class codes in their order; others follow as they are written.
CLASSES = ("一类", "二类", "三类", "四类", "五类", "六类")
#: From so many different elders in one sitting, one person who collects for them is worth a question.
MANY_COLLECTED = 3

#: Who does not keep the register sees a class or a payer by itself only where so many different elders share it.
LEAST_SHOWN = 5
Key = TypeVar("Key", bound=Hashable)

#: Question -> what is asked, and what to look at. Questions, never findings: words stay neutral.
QUESTIONS = {
    "after_event": ("登记去世、迁出或暂停之后的用餐", "请核对登记的日期,或这一餐是不是登记错了人。"),
    "own_recorder": ("登记人和用餐人是同一人", "请核对是否由别人确认过。"),
    "two_sites": ("同一餐次在两个助餐点用餐", "请核对是不是刷错了卡。"),
    "closed_days": ("在没有计划供餐的日子用餐", "请核对供餐日历,或补登为加开。"),
    "one_collector": ("一人同一餐代领多份", "请核对代领人和老人的关系。"),
    "voids": ("作废的用餐", "请核对作废的原因。"),
}


@dataclass(frozen=True, slots=True)
class CountRow:
    """Meals of one day that share slot, way and kind of eater; voided ones are not among them."""

    day: date
    slot: str
    way: str
    is_guest: bool
    meals: int
    price_fen: int
    own_fen: int


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts and sums of some rows."""

    total: int
    guests: int
    by_slot: Mapping[str, int]
    by_way: Mapping[str, int]
    own_fen: int
    public_fen: int


@dataclass(frozen=True, slots=True)
class DayLine(Tally):
    """One day of a month."""

    day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class NamesFilter:
    """Which meals to show with masked names; "" and None leave a fact open."""

    site_ids: tuple[int, ...]
    first: date
    last: date
    slot: str = ""
    way: str = ""
    #: None: any class; "": none.
    class_code: str | None = None
    #: "": everybody, ``elders`` or ``guests``.
    who: str = ""
    voided: bool = False

    @property
    def _days(self) -> dict[str, Any]:
        return {"first": self.first.isoformat(), "last": self.last.isoformat()}

    @property
    def address(self) -> dict[str, str]:
        """The same filter as a link carries it; the sites are apart."""
        parts = {"slot": self.slot, "way": self.way, "who": self.who, "voided": "1" if self.voided else ""}
        if self.class_code is not None:
            parts["class"] = self.class_code or NO_CLASS
        return self._days | {key: value for key, value in parts.items() if value}

    @property
    def facts(self) -> dict[str, Any]:
        """What the audit trail keeps of it."""
        parts = {"slot": self.slot, "way": self.way, "class": self.class_code, "who": self.who, "voided": self.voided}
        narrowed = {key: value for key, value in parts.items() if value not in ("", None, False)}
        return {"sites": len(self.site_ids)} | self._days | narrowed


def tally(rows: Iterable[CountRow]) -> Tally:
    """Add rows up; keys stand in the order people know: breakfast before lunch."""
    slots: Counter[str] = Counter()
    ways: Counter[str] = Counter()
    guests = price_fen = own_fen = 0
    for row in rows:
        slots[row.slot] += row.meals
        ways[row.way] += row.meals
        price_fen += row.price_fen
        own_fen += row.own_fen
        if row.is_guest:
            guests += row.meals
    return Tally(
        total=slots.total(),
        guests=guests,
        by_slot=_in_order(slots, SLOTS),
        by_way=_in_order(ways, WAYS),
        own_fen=own_fen,
        public_fen=price_fen - own_fen,
    )


def in_class_order(counted: Mapping[str, int]) -> dict[str, int]:
    """Counts by class as people know them: 一类 before 二类, other codes as they are written, 无 last."""
    return _in_order(counted, (*CLASSES, *sorted(set(counted) - {*CLASSES, NO_CLASS}), NO_CLASS))


def merged_keys(people: Mapping[Key, Collection[int]], *, least: int = LEAST_SHOWN) -> frozenset[Key]:
    """Which groups are added up into one line, so that nobody stands in a group of fewer than ``least``.

    ``people``: the elders (ids) of each group; a group of nobody betrays nobody. The sum of what is merged is told by
    the totals anyway, so that line too must have ``least`` people: otherwise the next smallest groups join it.
    """
    sizes = {key: len(set(elders)) for key, elders in people.items() if elders}
    merged = {key for key, size in sizes.items() if size < least}
    others = sorted((key for key in sizes if key not in merged), key=lambda key: (sizes[key], str(key)))
    while merged and others and len({elder for key in merged for elder in people[key]}) < least:
        merged.add(others.pop(0))
    return frozenset(merged)


def _in_order(counted: Mapping[str, int], order: Iterable[str]) -> dict[str, int]:
    return {key: counted[key] for key in order if key in counted}


def day_lines(rows: Iterable[CountRow]) -> list[DayLine]:
    """The days that had meals, the first first."""
    by_day: dict[date, list[CountRow]] = {}
    for row in rows:
        by_day.setdefault(row.day, []).append(row)
    return [DayLine(**asdict(tally(of_day)), day=day) for day, of_day in sorted(by_day.items())]
