"""Periods, and how far a budget reaches."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from canteen.base.months import bounds_of, is_period, period_of, periods_of
from canteen.funding.rules import RECENT_DAYS, Forecast, Reach, forecast

NOVEMBER = [(date(2026, 11, 1) + timedelta(days=ahead), 1) for ahead in range(30)]
TODAY = date(2026, 11, 11)


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("2026", date(2026, 1, 1), date(2026, 12, 31)),
        ("2026-02", date(2026, 2, 1), date(2026, 2, 28)),
        ("2028-02", date(2028, 2, 1), date(2028, 2, 29)),
        ("2026-12", date(2026, 12, 1), date(2026, 12, 31)),
    ],
)
def test_bounds(period: str, first: date, last: date) -> None:
    assert bounds_of(period) == (first, last)
    assert period in periods_of(first) and period in periods_of(last)


@pytest.mark.parametrize("text", ["", "26", "2026-13", "2026-00", "2026-1", "2026-11-01", "2026 ", "二〇二六"])
def test_what_is_no_period(text: str) -> None:
    assert not is_period(text)


def reach(used: int, limit: int, *, recent: int = 0, days: list[tuple[date, int]] | None = None) -> Forecast:
    days = NOVEMBER if days is None else days
    before = [one for one in days if one[0] < TODAY]
    return forecast(
        limit_fen=limit,
        used_fen=used,
        site_days=sum(sites for _, sites in before),
        recent_fen=recent,
        recent_site_days=sum(sites for day, sites in before if day >= TODAY - timedelta(days=RECENT_DAYS)),
        ahead=[one for one in days if one[0] >= TODAY],
    )


@pytest.mark.parametrize(
    ("used", "limit", "total", "runs_out"),
    [
        pytest.param(1000, 3000, 3000, date(2026, 11, 30), id="exactly enough: used up by the last day"),
        pytest.param(1000, 3001, 3000, None, id="a fen is left"),
        pytest.param(1000, 1100, 3000, TODAY, id="gone today"),
        pytest.param(1000, 1101, 3000, date(2026, 11, 12), id="gone tomorrow"),
        pytest.param(1000, 1000, 3000, TODAY, id="used up"),
        pytest.param(1000, 500, 3000, TODAY, id="lowered below what was spent"),
        pytest.param(0, 500, 0, None, id="nothing spent yet"),
        pytest.param(0, 0, 0, None, id="no budget, nothing spent"),
    ],
)
def test_linear(used: int, limit: int, total: int, runs_out: date | None) -> None:
    """100 fen a day for ten days; twenty days to go."""
    assert reach(used, limit).linear == Reach(total, runs_out)


def test_the_last_weeks_look_at_the_last_weeks_only() -> None:
    """A year that began slowly: 1.00 a day of late, on 24 service days."""
    days = [(date(2026, 1, 1) + timedelta(days=ahead), 1) for ahead in range(365)]
    days = [one for one in days if one[0].weekday() != 6]
    found = reach(5000, 20000, recent=2400, days=days)

    assert found.recent is not None and found.linear is not None
    assert found.recent.total_fen == 5000 + 100 * sum(day >= TODAY for day, _ in days)
    assert found.linear.total_fen < found.recent.total_fen


def test_sites_weigh_by_their_service_days() -> None:
    """Two sites until yesterday, one from today: half the money a day."""
    days = [(day, 2 if day < TODAY else 1) for day, _ in NOVEMBER]

    assert reach(1000, 2000, days=days).linear == Reach(2000, date(2026, 11, 30))


def test_nothing_to_go_by() -> None:
    assert reach(0, 1000, days=[one for one in NOVEMBER if one[0] >= TODAY]) == Forecast(None, None)
    assert reach(500, 1000, days=[]) == Forecast(None, None)


@settings(max_examples=60)
@given(st.integers(0, 10**7), st.integers(0, 10**7), st.integers(0, 40))
def test_the_day_it_runs_out_is_the_first_day_beyond(used: int, limit: int, gone: int) -> None:
    days = [(date(2026, 10, 1) + timedelta(days=ahead), 1) for ahead in range(60)]
    today = days[gone][0]
    found = forecast(
        limit_fen=limit, used_fen=used, site_days=gone, recent_fen=0, recent_site_days=0, ahead=days[gone:]
    )
    if found.linear is None:
        assert gone == 0
        return
    assert found.linear.total_fen >= used
    if found.linear.runs_out is None:
        assert found.linear.total_fen < limit or used == 0
    else:
        assert found.linear.total_fen >= limit and found.linear.runs_out >= today


def test_keys_of_a_day() -> None:
    assert (period_of("year", TODAY), period_of("month", TODAY)) == ("2026", "2026-11") == periods_of(TODAY)
