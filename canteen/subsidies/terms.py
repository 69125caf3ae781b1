"""Terms of a scheme besides who and how much: caps, minimum spend, rounding, funding, the site's grant."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from canteen.subsidies.amounts import MODES, UNITS_FEN, WHOLE_BP, Rate, Rounding, read_rate
from canteen.subsidies.facts import LABELS, SLOTS
from canteen.subsidies.reader import Table

#: Periods a cap may count over, shortest first. A week runs from Monday to Sunday.
PERIODS = ("sitting", "day", "week", "month", "year")


@dataclass(frozen=True, slots=True)
class MealCap:
    """At most so many subsidised meals in each period."""

    per: str
    meals: int


@dataclass(frozen=True, slots=True)
class MoneyCap:
    """At most so much subsidy in each period."""

    per: str
    public: Rate


Cap: TypeAlias = MealCap | MoneyCap


@dataclass(frozen=True, slots=True)
class Spend:
    """The price from which a meal is subsidised; ``strict`` means it must be exceeded."""

    bound_fen: int
    strict: bool


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
        cap = MealCap(per, table.whole("meals", 0, 10_000))
    else:
        cap = MoneyCap(per, read_rate(table, "yuan", by_slot=False))
    table.done_with_source()
    return cap


def by_kind(caps: tuple[Cap, ...]) -> tuple[tuple[MealCap, ...], tuple[MoneyCap, ...]]:
    """Meal caps and money caps. One subsidised meal a sitting, unless the scheme states another number."""
    by_meals = tuple(cap for cap in caps if isinstance(cap, MealCap))
    if not any(cap.per == "sitting" for cap in by_meals):
        by_meals = (MealCap("sitting", 1), *by_meals)
    return by_meals, tuple(cap for cap in caps if isinstance(cap, MoneyCap))


def read_spend(table: Table) -> Spend:
    """``{ from = 10 }`` (满, 不低于) or ``{ over = 10 }`` (超过)."""
    strict = table.has("over")
    if strict == table.has("from"):
        table.notes.problems.append(f"{table.where}:from(满)和 over(超过)要写一个,只写一个")
    spend = Spend(table.money("over" if strict else "from"), strict)
    table.done_with_source()
    return spend


def read_rounding(table: Table) -> Rounding:
    """``{ to = "fen", mode = "half_up" }``, which is also the default."""
    unit = table.choice("to", UNITS_FEN, default="fen")
    rounding = Rounding(UNITS_FEN[unit], table.choice("mode", MODES, default="half_up"))
    table.done_with_source()
    return rounding


def read_funding(top: Table) -> tuple[tuple[str, int], ...]:
    """Payers and their parts. Without any, one payer called ``public``: who that is, is decided elsewhere."""
    if not top.has("funding"):
        return (("public", WHOLE_BP),)
    missing_before = len(top.notes.missing)
    funding: list[tuple[str, int]] = []
    for table in top.tables("funding"):
        payer = neutral(table, "payer", longest=20)
        if payer == "own" or payer in [earlier for earlier, _ in funding if earlier]:
            table.notes.problems.append(f"{table.path('payer')}:「{payer}」不能用:own 是自付,其他每个只写一次")
        funding.append((payer, table.percent("percent")))
        table.done_with_source()
    total_bp = sum(percent_bp for _, percent_bp in funding)
    if funding and len(top.notes.missing) == missing_before and total_bp != WHOLE_BP:
        top.notes.problems.append(f"funding:各方合计 {Decimal(total_bp) / 100}%,应为 100%")
    return tuple(funding)


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


def neutral(table: Table, key: str, *, longest: int = 40) -> str:
    """A text that may be printed where others can read it: without a word that says what somebody is."""
    text = table.text(key, longest=longest)
    if label := next((label for label in LABELS if label in text), None):
        table.notes.problems.append(f"{table.path(key)}:「{text}」会印在小票和公示上,不能有「{label}」,请换一个中性的写法")
    return text
