"""The periods budgets count over: years and months. Pure."""

from __future__ import annotations

import re
from datetime import date, timedelta

_PERIOD = re.compile(r"(\d{4})(?:-(0[1-9]|1[0-2]))?", re.ASCII)


def period_of(per: str, day: date) -> str:
    """The key of the ``year`` or ``month`` of a day: ``2026``, ``2026-11``."""
    return f"{day:%Y}" if per == "year" else f"{day:%Y-%m}"


def periods_of(day: date) -> tuple[str, str]:
    """Both keys of a day."""
    return period_of("year", day), period_of("month", day)


def is_period(text: str) -> bool:
    """Whether a text is the key of a year or a month."""
    return bool(_PERIOD.fullmatch(text))


def bounds_of(period: str) -> tuple[date, date]:
    """First and last day of a period key."""
    found = _PERIOD.fullmatch(period)
    assert found, period
    year = int(found[1])
    if not found[2]:
        return date(year, 1, 1), date(year, 12, 31)
    month = int(found[2])
    return date(year, month, 1), date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
