"""Months, years and the days between: the arithmetic of a calendar page. Pure; days are canteen days.

A month is the date of its first day; a *period* is the key of the days something counts over, ``2026`` or ``2026-11``.
"""

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta

_PERIOD = re.compile(r"(\d{4})(?:-(0[1-9]|1[0-2]))?", re.ASCII)


def months_on(day: date, months: int) -> date:
    """The first day of the month so many months after that of a day; before it when below zero."""
    count = day.year * 12 + day.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


def last_day(day: date) -> date:
    """The last day of the month of a day."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def month_bounds(day: date) -> tuple[date, date]:
    """First and last day of the month of a day."""
    return day.replace(day=1), last_day(day)


def year_bounds(year: int) -> tuple[date, date]:
    """First and last day of a year."""
    return date(year, 1, 1), date(year, 12, 31)


def days_between(first: date, last: date) -> Iterator[date]:
    """The days from ``first`` to ``last``, both included."""
    return (first + timedelta(days=ahead) for ahead in range((last - first).days + 1))


def months_after(day: date, months: int) -> date:
    """The same day some months on; the last day of a month that is too short."""
    first = months_on(day, months)
    return min(first + timedelta(days=day.day - 1), last_day(first))


def full_years(birth_day: date, day: date) -> int:
    """Age in full years (周岁) on a day; the birthday counts. Born on 29 February: 1 March in common years.

    Source: docs/schemes.md, "Age"; AMB-31.
    """
    return day.year - birth_day.year - ((day.month, day.day) < (birth_day.month, birth_day.day))


def full_months(since: date, day: date) -> int:
    """Full months from a day to another, 0 at least; the day of the month counts.

    In a month that has no such day its last one counts: from 31 August to 28 February are six months.
    Source: docs/schemes.md, "Length of residence".
    """
    months = (day.year - since.year) * 12 + day.month - since.month
    return max(months - (day.day < since.day and day != last_day(day)), 0)


def period_of(per: str, day: date) -> str:
    """The key of the ``day``, ``week``, ``month``, ``quarter`` or ``year`` of a day: ``2026-11-21``, ``2026-W47``,
    ``2026-11``, ``2026-Q4``, ``2026``.

    Weeks run from Monday to Sunday and bear the ISO year, so 1 January 2027 is in ``2026-W53``.
    """
    text = day.isoformat()
    if per == "week":
        year, week, _ = day.isocalendar()
        return f"{year:04d}-W{week:02d}"
    return (
        f"{text[:4]}-Q{(day.month + 2) // 3}" if per == "quarter" else text[: {"year": 4, "month": 7, "day": 10}[per]]
    )


def span_of(per: str, day: date) -> tuple[date, date]:
    """First and last day of the ``week``, ``month``, ``quarter`` or ``year`` of a day."""
    if per == "week":
        monday = day - timedelta(days=day.weekday())
        return monday, monday + timedelta(days=6)
    months = {"month": 1, "quarter": 3, "year": 12}[per]
    first = date(day.year, (day.month - 1) // months * months + 1, 1)
    return first, last_day(months_on(first, months - 1))


def periods_of(day: date) -> tuple[str, str]:
    """The keys of the year and of the month of a day."""
    return period_of("year", day), period_of("month", day)


def span_before(per: str, day: date) -> tuple[date, date]:
    """First and last day of the period before that of a day."""
    return span_of(per, span_of(per, day)[0] - timedelta(days=1))


def is_period(text: str) -> bool:
    """Whether a text is the key of a year or a month."""
    return bool(_PERIOD.fullmatch(text))


def bounds_of(period: str) -> tuple[date, date]:
    """First and last day of a period."""
    found = _PERIOD.fullmatch(period)
    assert found, period
    return month_bounds(date(int(found[1]), int(found[2]), 1)) if found[2] else year_bounds(int(found[1]))
