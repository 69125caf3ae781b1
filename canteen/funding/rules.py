"""Periods of budgets, and how far a budget reaches. Pure; all money in fen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

#: The payer that stands for what no source carries; the operator fronts it.
GAP = "gap"
#: The last weeks a forecast looks at.
RECENT_DAYS = 28


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
    *,
    limit_fen: int,
    used_fen: int,
    site_days: int,
    recent_fen: int,
    recent_site_days: int,
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
