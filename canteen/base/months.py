"""Months, years and the days between: the arithmetic of a calendar page. Pure; days are canteen days.

A month is the date of its first day; a *period* is the key of a year or a month, ``2026`` or ``2026-11``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

_PERIOD = re.compile(r"(\d{4})(?:-(0[1-9]|1[0-2]))?", re.ASCII)


def months_on(day: date, months: int) -> date:
    """The first day of the month so many months after that of a day; before it when below zero."""
    count = day.year * 12 + day.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


def last_day(day: date) -> date:
    """The last day of the month of a day."""
    return months_on(day, 1) - timedelta(days=1)


def month_bounds(day: date) -> tuple[date, date]:
    """First and last day of the month of a day."""
    return day.replace(day=1), last_day(day)


def year_bounds(year: int) -> tuple[date, date]:
    """First and last day of a year."""
    return date(year, 1, 1), date(year, 12, 31)


def days_between(first: date, last: date) -> Iterator[date]:
    """The days from ``first`` to ``last``, both included."""
    return (first + timedelta(days=ahead) for ahead in range((last - first).days + 1))


def period_of(per: str, day: date) -> str:
    """The key of the ``year`` or ``month`` of a day."""
    return f"{day:%Y}" if per == "year" else f"{day:%Y-%m}"


def periods_of(day: date) -> tuple[str, str]:
    """The keys of the year and of the month of a day."""
    return period_of("year", day), period_of("month", day)


def is_period(text: str) -> bool:
    """Whether a text is the key of a year or a month."""
    return bool(_PERIOD.fullmatch(text))


def bounds_of(period: str) -> tuple[date, date]:
    """First and last day of a period."""
    found = _PERIOD.fullmatch(period)
    assert found, period
    return month_bounds(date(int(found[1]), int(found[2]), 1)) if found[2] else year_bounds(int(found[1]))
