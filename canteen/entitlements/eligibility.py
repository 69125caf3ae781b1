"""From dated facts of an elder to the days on which a scheme fits, and the halts that follow; nobody is entitled twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from canteen.base.errors import Refusal
from canteen.base.months import months_after
from canteen.people.facts import Personal, person_on
from canteen.people.rules import LifePeriod
from canteen.schemes.deciding.compiled import classes_of
from canteen.schemes.deciding.who import on_day, why_not
from canteen.schemes.facts import Person
from canteen.schemes.language.conditions import OLDEST, Age, All, AnyOf, Condition, Months, plain_parts
from canteen.schemes.language.scheme import Scheme
from canteen.schemes.reasons import Reason

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DatedStatus:
    """A status with its days."""

    kind: str
    from_day: date
    to_day: date | None
    #: ``roster`` when an import recorded it, and whose it was.
    origin: str = "staff"
    recorded_by: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ElderRecord:
    """What is on file of one elder, with the days of what has days."""

    id: int
    name: str
    birth_day: date
    sex: str
    hukou: str
    residence: str
    settlement: str
    village_group: str
    registered_on: date
    statuses: tuple[DatedStatus, ...]
    life: tuple[tuple[int, LifePeriod], ...]
    personal: Personal = Personal()

    def on(self, day: date) -> Person:
        """The facts of one day, as the engine looks at them."""
        kinds = {one.kind for one in self.statuses if one.from_day <= day and (one.to_day is None or day <= one.to_day)}
        return person_on(self, self.personal, kinds, day, hukou=self.hukou, residence=self.residence)


@dataclass(frozen=True, slots=True)
class SchemeStanding:
    """How somebody stands to a scheme on one day."""

    class_code: str
    #: Every class the person is in.
    groups: tuple[str, ...]
    #: Neutral code of what stands against; "" when eligible.
    reason_code: str


@dataclass(frozen=True, slots=True)
class HaltFacts:
    """Days on which an entitlement does not hold, and why."""

    kind: str
    cause: str
    reason_code: str
    source_id: int
    from_day: date
    to_day: date | None


def standing(record: ElderRecord, scheme: Scheme, day: date) -> SchemeStanding:
    """The class somebody is in under a scheme on a day, or what stands against it."""
    found, against = classes_of(scheme, on_day(record.on(day), day))
    if not found:
        return SchemeStanding("", (), against.code)
    return SchemeStanding(found[0].code, tuple(one.code for one in found if one.code), "")


def reason_against(record: ElderRecord, scheme: Scheme, day: date) -> Reason:
    """What stands against somebody who is not eligible on a day, in neutral words."""
    who = on_day(record.on(day), day)
    return why_not(classes_of(scheme, who)[1], who)


def ages(scheme: Scheme) -> tuple[int, int]:
    """The lowest and highest age at which anybody can fit a scheme, as far as its conditions say so plainly."""
    low, high = _ages(scheme.eligible)
    classes = [_ages(one.when) for one in scheme.classes]
    return max(low, min(one for one, _ in classes)), min(high, max(one for _, one in classes))


def _ages(condition: Condition) -> tuple[int, int]:
    if isinstance(condition, Age):
        return condition.lowest, condition.highest
    if isinstance(condition, All) and condition.parts:
        parts = [_ages(part) for part in condition.parts]
        return max(low for low, _ in parts), min(high for _, high in parts)
    if isinstance(condition, AnyOf):
        parts = [_ages(part) for part in condition.parts]
        return min(low for low, _ in parts), max(high for _, high in parts)
    return 0, OLDEST


def birthdays(birth_day: date, first: date, last: date) -> list[date]:
    """The birthdays within a span. Born on 29 February: 1 March in common years."""
    found = []
    for year in range(first.year, last.year + 1):
        try:
            day = birth_day.replace(year=year)
        except ValueError:
            day = date(year, 3, 1)
        if first <= day <= last:
            found.append(day)
    return found


def turning_days(record: ElderRecord, first: date, last: date) -> list[date]:
    """The days of a span on which something may change: its first, birthdays, and the edges of statuses."""
    edges = {first, *birthdays(record.birth_day, first, last)}
    for one in record.statuses:
        edges |= {one.from_day} | ({one.to_day + DAY} if one.to_day else set())
    return sorted(day for day in edges if first <= day <= last)


def months_reached(record: ElderRecord, scheme: Scheme, first: date, last: date) -> set[date]:
    """The days of a span on which the full months at the residence pass a bound of the scheme.

    In a month that has no such day its last one counts (``months.full_months``).
    """
    since = record.personal.resident_since
    if since is None:
        return set()
    conditions = (scheme.eligible, *(one.when for one in scheme.classes))
    parts = [part for when in conditions for part in plain_parts(when) if isinstance(part, Months)]
    days = {months_after(since, months) for part in parts for months in (part.lowest, part.highest + 1)}
    return {day for day in days if first <= day <= last}


def standings(record: ElderRecord, scheme: Scheme, first: date, last: date) -> list[tuple[date, SchemeStanding]]:
    """How somebody stands over a span: the days on which it changes, and the standing from then on."""
    found: list[tuple[date, SchemeStanding]] = []
    for day in sorted({*turning_days(record, first, last), *months_reached(record, scheme, first, last)}):
        now = standing(record, scheme, day)
        if not found or found[-1][1] != now:
            found.append((day, now))
    return found


def halts_of_life(record: ElderRecord) -> Iterable[HaltFacts]:
    """A death or a move stops, a pause freezes, from its first to its last day."""
    for source_id, period in record.life:
        kind = "frozen" if period.kind == "paused" else "stopped"
        yield HaltFacts(kind, period.kind, "", source_id, period.from_day, period.to_day)


def halts_of_facts(record: ElderRecord, scheme: Scheme, first: date, last: date) -> Iterable[HaltFacts]:
    """The days of a span on which the facts do not fit the scheme; what still lasts at its end stays open."""
    changes = standings(record, scheme, first, last)
    start: date | None = None
    code = ""
    for day, now in changes:
        if start is not None:
            yield HaltFacts("stopped", "facts", code, 0, start, day - DAY)
        start, code = (day, now.reason_code) if now.reason_code else (None, "")
    if start is not None:
        yield HaltFacts("stopped", "facts", code, 0, start, None)


def due_from(
    record: ElderRecord, scheme: Scheme, *, since: date, day: date, ahead: date
) -> tuple[date, SchemeStanding] | None:
    """From which day an automatic entitlement should hold: the first day of the eligibility that lasts today, or
    that begins until ``ahead``; not before ``since``. None: not due. Source: RU-1."""
    running: tuple[date, SchemeStanding] | None = None
    for start, now in standings(record, scheme, min(since, day), ahead):
        if not now.reason_code:
            if running is None:
                running = (max(start, since), now)
            elif start <= day:
                running = (running[0], now)
        elif start <= day:
            running = None  # That stretch ended before today.
        else:
            break
    return running


#: Automatic entitlements are made so many days before the birthday, so that nobody has to be there on the day.
AHEAD_DAYS = 31
#: An entitlement that ends within so many days is on the list.
SOON_DAYS = 60


@dataclass(frozen=True, slots=True)
class Span:
    """Days from a first to a last one; None lasts."""

    from_day: date
    to_day: date | None

    def meets(self, other: Span) -> bool:
        """Do the two share a day?"""
        return (self.to_day is None or other.from_day <= self.to_day) and (
            other.to_day is None or self.from_day <= other.to_day
        )


def refuse_twice(spans: Mapping[int, Span], wanted: Span) -> Refusal | None:
    """An elder is entitled once under one scheme: why another right may not begin, or None."""
    if any(span.meets(wanted) for span in spans.values()):
        return Refusal(
            "already_entitled",
            "这位老人在这个方案下已有资格,不能重复认定",
            next_step="情况有变的请按「变更」办理;放弃的请先终止原来的资格",
        )
    return None
