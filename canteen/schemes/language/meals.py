"""Which meals: ways, days, booking, the delivery fee, and months that are only partly in force."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from canteen.base.words import SLOTS, WAYS
from canteen.schemes.facts import WEEKDAYS
from canteen.schemes.language.amounts import Amount, Care, Discount, Layers
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
        booking=_read_booking(top.table("booking")) if top.has("booking") else None,
        delivery=_read_delivery(top.table("delivery")) if top.has("delivery") else None,
        own_least=read_rate(top, "own_at_least_yuan") if top.has("own_at_least_yuan") else None,
        part_month=top.choice("part_month", ("whole", "days"), default="whole"),
    )


def _read_booking(table: Table) -> Booking:
    """``{ by = "09:00" }`` (the time counts) or ``{ before = "09:00" }``, for all or by slot, and ``days_before``."""
    strict = table.has("before")
    if strict == table.has("by"):
        table.notes.problems.append(f"{table.where}:by(不晚于)和 before(早于)要写一个,只写一个")
    key = "before" if strict else "by"
    if isinstance(table.take(key), dict):
        times = table.table(key)
        until = {slot: _read_time(times, slot) for slot in SLOTS if times.has(slot)}
        times.done()
        if not until:
            table.notes.problems.append(f"{table.path(key)}:至少写一个餐次")
    else:
        until = dict.fromkeys(SLOTS, _read_time(table, key))
    booking = Booking(until, strict, table.whole("days_before", 0, 30) if table.has("days_before") else 0)
    table.done_with_source()
    return booking


def _read_time(table: Table, key: str) -> str:
    if table.take(key) is None:
        return ""  # Told already: one of the two keys must be there.
    return table.match(key, _TIME.pattern, _TIME_WORDS)


def _read_delivery(table: Table) -> Delivery:
    """``free = true`` or ``yuan`` a time, for some ``classes`` or all, ``paid_to`` the site or the provider."""
    free = table.flag("free")
    if free == table.has("yuan"):
        table.notes.problems.append(f"{table.where}:free = true(全免)和 yuan(每次最多)要写一个,只写一个")
    delivery = Delivery(
        rate=None if free else read_rate(table, "yuan"),
        classes=table.choices("classes", table.notes.codes) if table.has("classes") else (),
        paid_to=table.choice("paid_to", ("site", "provider"), default="site"),
    )
    table.done_with_source()
    return delivery


def check_kinds(top: Table, amounts: Sequence[Amount]) -> None:
    """Kinds of amount that cannot stand together in one scheme, or beside its other keys."""
    discounts = [amount for amount in amounts if isinstance(amount, Discount)]
    if discounts and not all(isinstance(amount, Discount | Care) for amount in amounts):
        top.notes.problems.append("amount.kind:discount(折扣)不能和其他补助写在同一个方案里,请另写一个方案")
    if len({amount.after for amount in discounts}) > 1:
        top.notes.problems.append("amount.when:同一个方案里的折扣要么都在补助前(before),要么都在补助后(after)")
    if any(isinstance(amount, Layers) for amount in amounts) and top.has("funding"):
        top.notes.problems.append('funding:kind = "layers" 已写明谁付多少,不再写 funding')
