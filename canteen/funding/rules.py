"""Periods of budgets, and how far a budget reaches. Pure; all money in fen."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

#: The payer that stands for what no source carries; the operator fronts it.
GAP = "gap"
#: Where money may come from.
KINDS = ("gift", "operating_grant", "collective", "township", "county", "operator", "other")
#: The last weeks a forecast looks at.
RECENT_DAYS = 28

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


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a budget reaches by one method."""

    #: What will have been spent at the end of the period.
    total_fen: int
    #: The service day on which it runs out; None: it lasts.
    runs_out: date | None


@dataclass(frozen=True, slots=True)
class Forecast:
    """Both methods; None where there is nothing to go by yet."""

    #: Spent so far, evenly over the service days so far.
    linear: Reach | None
    #: The same with the last ``RECENT_DAYS`` days only.
    recent: Reach | None


def forecast(
    *, limit_fen: int, used_fen: int, site_days: int, recent_fen: int, recent_site_days: int,
    ahead: Sequence[tuple[date, int]],
) -> Forecast:
    """Where a budget will stand at the end of its period.

    ``site_days`` are the service days of the period before today, each counted once for every site that serves on
    it: what a site costs on a service day is taken as even. ``recent_fen`` and ``recent_site_days`` are the same of
    the ``RECENT_DAYS`` days before today, whatever their period. ``ahead`` holds the service days of the period from
    today on with the number of sites that serve.
    """
    return Forecast(
        linear=_reach(limit_fen, used_fen, used_fen, site_days, ahead) if site_days else None,
        recent=_reach(limit_fen, used_fen, recent_fen, recent_site_days, ahead) if recent_site_days else None,
    )


def _reach(limit_fen: int, used_fen: int, spent_fen: int, site_days: int, ahead: Sequence[tuple[date, int]]) -> Reach:
    """Go on at ``spent_fen`` for ``site_days``; whole fen, rounded down, so that nothing runs out too early."""
    total = used_fen + spent_fen * sum(sites for _, sites in ahead) // site_days
    if used_fen >= limit_fen:
        return Reach(total, ahead[0][0] if ahead and spent_fen else None)
    passed = 0
    for day, sites in ahead:
        passed += sites
        if used_fen + spent_fen * passed // site_days >= limit_fen:
            return Reach(total, day)
    return Reach(total, None)
