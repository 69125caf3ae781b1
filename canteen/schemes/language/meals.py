"""Which meals: ways, days, booking, minimum spend, the delivery fee, and months that are only partly in force."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from canteen.base.words import SLOTS, WAYS
from canteen.schemes.facts import WEEKDAYS
from canteen.schemes.language.amounts import Amount, Care, Discount, Layers
from canteen.schemes.language.conditions import SiteArea
from canteen.schemes.language.rates import Rate, read_rate
from canteen.schemes.language.reader import Table

_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)
_TIME_WORDS = '时间,例如 "09:00"'


@dataclass(frozen=True, slots=True)
class Booking:
    """A meal must be booked until a time of its day, or of a day so many days before."""

    #: ``HH:MM`` by slot; a slot that is not named needs no booking.
    until: Mapping[str, str]
    #: The time itself is too late (前); otherwise it counts.
    strict: bool
    days_before: int


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
class Delivery:
    """What a scheme pays of the delivery fee (送餐费)."""

    #: At most so much a delivery; None: the whole fee.
    rate: Rate | None
    #: Class codes; () every class.
    classes: tuple[str, ...]
    #: ``site`` or ``provider``: who gets the scheme's part.
    paid_to: str


@dataclass(frozen=True, slots=True)
class MealTerms:
    """Conditions of a meal besides slot, kind, price and place of it."""

    ways: tuple[str, ...] = WAYS
    #: Places in the week, Monday is 0; None: every day.
    weekdays: frozenset[int] | None = None
    working_days_only: bool = False
    booking: Booking | None = None
    delivery: Delivery | None = None
    #: The elder pays at least so much of the food, whatever other schemes pay.
    own_least: Rate | None = None
    #: ``whole``: limits a month are those of a whole month; ``days``: those of a part month go by its days in force.
    part_month: str = "whole"


def read_meal_terms(top: Table) -> MealTerms:
    """Read these terms of a scheme. Source: docs/schemes.md, "Which meals", "Delivery fee", "Part of a month"."""
    weekdays = top.choices("weekdays", WEEKDAYS)
    return MealTerms(
        ways=top.choices("ways", WAYS) or WAYS,
        weekdays=frozenset(WEEKDAYS.index(day) for day in weekdays if day) if weekdays else None,
        working_days_only=top.flag("working_days_only"),
        booking=top.part("booking", _read_booking),
        delivery=top.part("delivery", _read_delivery),
        own_least=read_rate(top, "own_at_least_yuan") if top.has("own_at_least_yuan") else None,
        part_month=top.choice("part_month", ("whole", "days"), default="whole"),
    )


def _read_booking(table: Table) -> Booking:
    """``{ by = "09:00" }`` (the time counts) or ``{ before = "09:00" }``, for all or by slot, and ``days_before``."""
    strict = table.exactly_one("before", "by", "by(不晚于)和 before(早于)")
    key = "before" if strict else "by"
    if isinstance(table.take(key), dict):
        times = table.table(key)
        until = {slot: _read_time(times, slot) for slot in SLOTS if times.has(slot)}
        times.done()
        if not until:
            table.notes.problems.append(f"{table.path(key)}:至少写一个餐次")
    else:
        until = dict.fromkeys(SLOTS, _read_time(table, key))
    return Booking(until, strict, table.whole("days_before", 0, 30) if table.has("days_before") else 0)


def _read_time(table: Table, key: str) -> str:
    if table.take(key) is None:
        return ""  # Told already: one of the two keys must be there.
    return table.match(key, _TIME.pattern, _TIME_WORDS)


def _read_delivery(table: Table) -> Delivery:
    """``free = true`` or ``yuan`` a time, for some ``classes`` or all, ``paid_to`` the site or the provider."""
    free = table.flag("free")
    if free == table.has("yuan"):
        table.notes.problems.append(f"{table.where}:free = true(全免)和 yuan(每次最多)要写一个,只写一个")
    return Delivery(
        rate=None if free else read_rate(table, "yuan"),
        classes=table.choices("classes", table.notes.codes) if table.has("classes") else (),
        paid_to=table.choice("paid_to", ("site", "provider"), default="site"),
    )


def read_spend(table: Table) -> Spend:
    """``{ from = 10 }`` (满, 不低于) or ``{ over = 10 }`` (超过), ``on`` which price, ``with_fee`` or without."""
    strict = table.exactly_one("over", "from", "from(满)和 over(超过)")
    bound = read_rate(table, "over" if strict else "from", ("slot", "way"))
    return Spend(bound, strict, table.choice("on", ("list", "net"), default="list"), table.flag("with_fee"))


def check_kinds(top: Table, amounts: Sequence[Amount]) -> None:
    """Kinds of amount that cannot stand together in one scheme, or beside its other keys."""
    discounts = [amount for amount in amounts if isinstance(amount, Discount)]
    if discounts and not all(isinstance(amount, Discount | Care) for amount in amounts):
        top.notes.problems.append("amount.kind:discount(折扣)不能和其他补助写在同一个方案里,请另写一个方案")
    if len({amount.after for amount in discounts}) > 1:
        top.notes.problems.append("amount.when:同一个方案里的折扣要么都在补助前(before),要么都在补助后(after)")
    if any(isinstance(amount, Layers) for amount in amounts) and top.has("funding"):
        top.notes.problems.append('funding:kind = "layers" 已写明谁付多少,不再写 funding')


def doubts_of_meals(meal: MealTerms, area: SiteArea | None) -> Iterator[str]:
    """Terms of the meal that cannot hold together."""
    if area is not None and area.outside and all(inside.startswith(area.outside) for inside in area.inside):
        yield "site_area:in 的地区都在 except 里,没有助餐点符合"
    if meal.working_days_only and meal.weekdays is not None and meal.weekdays <= {5, 6}:
        yield "weekdays:和 working_days_only 合在一起,只剩调休上班的周末"
    if meal.delivery is not None and "delivery" not in meal.ways:
        yield "delivery:ways 里没有 delivery,送餐费的补助永远用不到"
