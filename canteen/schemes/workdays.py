"""The working-day calendar: which days are worked, when a limit of working days ends, and what is left of it.

Holidays are announced year by year, usually in November. A year that was not announced yet is counted by its
weekdays and is *provisional*: screens say so, because the deadline may still move.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta

#: A limit nobody means; longer ones would only make a slow loop.
MOST_WORKING_DAYS = 400


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """The days that differ from their weekday, and the years for which they are known."""

    #: Weekdays (Monday to Friday) that are off.
    holidays: frozenset[date] = field(default_factory=frozenset)
    #: Days of a weekend that are worked.
    make_up_days: frozenset[date] = field(default_factory=frozenset)
    years: frozenset[int] = field(default_factory=frozenset)

    def with_days(self, days: dict[date, bool], years: frozenset[int] = frozenset()) -> WorkCalendar:
        """The calendar with some days set to worked (True) or off (False), and some more years known."""
        worked = frozenset(day for day, is_worked in days.items() if is_worked)
        off = frozenset(days) - worked
        return replace(
            self,
            holidays=(self.holidays - worked) | off,
            make_up_days=(self.make_up_days - off) | worked,
            years=self.years | years,
        )


def is_working_day(day: date, calendar: WorkCalendar) -> bool:
    """Is the day worked? Make-up days are, holidays are not, otherwise Monday to Friday."""
    if day in calendar.make_up_days:
        return True
    return day.weekday() < 5 and day not in calendar.holidays


def is_provisional(first: date, last: date, calendar: WorkCalendar) -> bool:
    """Does the span touch a year whose holidays are not known yet?"""
    return any(year not in calendar.years for year in range(first.year, last.year + 1))


def deadline(start: date, working_days: int, calendar: WorkCalendar) -> date:
    """The last day of a limit: the ``working_days``-th working day after ``start``, which is not counted.

    0 is the day itself. Source: design card product.md, "Working-day checks (first day not counted)".
    """
    assert 0 <= working_days <= MOST_WORKING_DAYS, working_days
    day = start
    while working_days:
        day += timedelta(days=1)
        working_days -= is_working_day(day, calendar)
    return day


def working_days_between(start: date, end: date, calendar: WorkCalendar) -> int:
    """Working days after ``start`` up to and with ``end``; negative when ``end`` is before ``start``."""
    if end < start:
        return -working_days_between(end, start, calendar)
    days = (start + timedelta(days=ahead) for ahead in range(1, (end - start).days + 1))
    return sum(is_working_day(day, calendar) for day in days)


def days_left(today: date, due: date, calendar: WorkCalendar) -> int:
    """Working days left of a limit that ends on ``due``: 0 on its last day, negative once it is broken.

    A limit broken over a weekend is broken by 1, although no working day has passed since.
    """
    left = working_days_between(today, due, calendar)
    return -1 if left == 0 and today > due else left


def _dates(year: int, text: str) -> frozenset[date]:
    """Days of a year written as ``MM-DD`` or ``MM-DD..MM-DD``."""
    found: set[date] = set()
    for part in text.split():
        first, _, last = part.partition("..")
        day, end = (date.fromisoformat(f"{year}-{text}") for text in (first, last or first))
        while day <= end:
            found.add(day)
            day += timedelta(days=1)
    return frozenset(found)


def _weekdays(days: frozenset[date]) -> frozenset[date]:
    return frozenset(day for day in days if day.weekday() < 5)


#: The years announced by the State Council when this was written. Later ones are entered on the calendar page.
ANNOUNCED = WorkCalendar(
    holidays=_weekdays(
        _dates(2025, "01-01 01-28..02-04 04-04..04-06 05-01..05-05 05-31..06-02 10-01..10-08")
        | _dates(2026, "01-01..01-03 02-15..02-23 04-04..04-06 05-01..05-05 06-19..06-21 09-25..09-27 10-01..10-07")
    ),
    make_up_days=_dates(2025, "01-26 02-08 04-27 09-28 10-11") | _dates(2026, "01-04 02-14 02-28 05-09 09-20 10-10"),
    years=frozenset({2025, 2026}),
)
