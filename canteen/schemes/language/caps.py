"""Terms of a scheme besides who and how much: caps, minimum spend, rounding, the site's grant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from canteen.base.words import SLOTS
from canteen.schemes.language.amounts import MODES, UNITS_FEN, Rounding
from canteen.schemes.language.neutral import neutral
from canteen.schemes.language.rates import LASTING, Rate, read_numbers, read_rate
from canteen.schemes.language.reader import Table

__all__ = [
    "PERIODS",
    "Cap",
    "GrantTier",
    "MealCap",
    "MoneyCap",
    "OperatingGrant",
    "Spend",
    "by_kind",
    "neutral",
    "read_caps",
    "read_grant",
    "read_rounding",
    "read_spend",
]

#: Periods a cap may count over, shortest first. A week runs from Monday to Sunday.
PERIODS = ("sitting", "day", "week", "month", "year")


@dataclass(frozen=True, slots=True)
class MealCap:
    """At most so many subsidised meals in each period."""

    per: str
    meals: Rate


@dataclass(frozen=True, slots=True)
class MoneyCap:
    """At most so much subsidy in each period."""

    per: str
    public: Rate


Cap: TypeAlias = MealCap | MoneyCap


@dataclass(frozen=True, slots=True)
class Spend:
    """The price from which a meal is subsidised; ``strict`` means it must be exceeded."""

    bound: Rate
    strict: bool
    #: ``list`` price, or ``net`` of the discounts that come before the subsidy.
    on: str
    #: Is a delivery fee counted in?
    with_fee: bool


@dataclass(frozen=True, slots=True)
class GrantTier:
    """What a site gets a year for serving so many meals a day."""

    meals_a_day: int
    year_fen: int


@dataclass(frozen=True, slots=True)
class OperatingGrant:
    """Yearly money for a site that served its planned days. The highest tier that is reached counts, alone."""

    #: Smallest first.
    tiers: tuple[GrantTier, ...]
    #: Whole percent of the planned service days that must be reached.
    threshold_percent: int
    #: ``none``: a whole year or nothing; ``months``: by months of service.
    pro_rata: str


def read_caps(table: Table) -> tuple[Cap, ...]:
    """The ``caps`` of a scheme or a class, () when there are none."""
    return tuple(_read_cap(cap) for cap in table.tables("caps"))


def _read_cap(table: Table) -> Cap:
    per = table.choice("per", PERIODS)
    by_meals = table.has("meals")
    if by_meals == table.has("yuan"):
        table.notes.problems.append(f"{table.where}:meals(餐数)和 yuan(金额)要写一个,只写一个")
    cap: Cap
    if by_meals:
        cap = MealCap(per, read_numbers(table, "meals", _read_meals, LASTING))
    else:
        cap = MoneyCap(per, read_rate(table, "yuan", LASTING))
    table.done_with_source()
    return cap


def by_kind(caps: tuple[Cap, ...]) -> tuple[tuple[MealCap, ...], tuple[MoneyCap, ...]]:
    """Meal caps and money caps. One subsidised meal a sitting, unless the scheme states another number."""
    by_meals = tuple(cap for cap in caps if isinstance(cap, MealCap))
    if not any(cap.per == "sitting" for cap in by_meals):
        by_meals = (MealCap("sitting", Rate("", {"": 1})), *by_meals)
    return by_meals, tuple(cap for cap in caps if isinstance(cap, MoneyCap))


def _read_meals(table: Table, key: str) -> int:
    return table.whole(key, 0, 10_000)


def read_spend(table: Table) -> Spend:
    """``{ from = 10 }`` (满, 不低于) or ``{ over = 10 }`` (超过), ``on`` which price, ``with_fee`` or without."""
    strict = table.has("over")
    if strict == table.has("from"):
        table.notes.problems.append(f"{table.where}:from(满)和 over(超过)要写一个,只写一个")
    bound = read_rate(table, "over" if strict else "from", ("slot", "way"))
    spend = Spend(bound, strict, table.choice("on", ("list", "net"), default="list"), table.flag("with_fee"))
    table.done_with_source()
    return spend


def read_rounding(table: Table) -> Rounding:
    """``{ to = "fen", mode = "half_up" }``, which is also the default."""
    unit = table.choice("to", UNITS_FEN, default="fen")
    rounding = Rounding(UNITS_FEN[unit], table.choice("mode", MODES, default="half_up"))
    table.done_with_source()
    return rounding


def read_grant(table: Table) -> OperatingGrant:
    """The yearly money of a site. Source: docs/schemes.md, "Operating grant of a site"; JX-10, AMB-10 to AMB-12."""
    tiers: list[GrantTier] = []
    for tier in table.tables("tiers"):
        tiers.append(GrantTier(tier.whole("meals_a_day", 1, len(SLOTS)), tier.money("yuan")))
        tier.done_with_source()
    if not tiers:
        table.notes.lacks(table.path("tiers"), "列表 [...],每项写 meals_a_day(每天几餐)和 yuan(每年金额)")
    if len({tier.meals_a_day for tier in tiers}) < len(tiers):
        table.notes.problems.append(f"{table.path('tiers')}:同样的每天餐数写了两次")
    tiers.sort(key=lambda tier: tier.meals_a_day)
    grant = OperatingGrant(
        tiers=tuple(tiers),
        threshold_percent=table.whole("threshold_percent", 1, 100),
        pro_rata=table.choice("pro_rata", ("none", "months"), default="none"),
    )
    table.done_with_source()
    return grant
