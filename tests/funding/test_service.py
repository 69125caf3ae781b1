"""Typing budgets, the gap, and money that came."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from factories import NOW, TODAY, Person, Place, make_area, make_site, make_staff
from sqlalchemy import select

from canteen.base.db import reading, transaction
from canteen.base.errors import BadInput, NotFound, Refusal
from canteen.books.closed_months import close_month
from canteen.books.models.budgets import TypedBudget
from canteen.check import proving
from canteen.funding import queries, sources
from canteen.funding.requests import BudgetChange, NewIncome
from canteen.funding.service import record_income, set_budget

from .conftest import Carry


def budget(
    *,
    path: str = "金溪县",
    payer: str = "乡镇",
    period: str = "2026-11",
    yuan: int = 50,
    reason: str = "",
    scheme: str = "stream",
    source: str = "测试会议纪要",
) -> BudgetChange:
    return BudgetChange(
        scheme=scheme,
        payer=payer,
        area_id=make_area(path),
        period=period,
        amount_fen=yuan * 100,
        source=source,
        reason=reason,
    )


def income(site: Place, *, yuan: int = 5, key: str = "income-1", day: date = TODAY, payer: str = "gap") -> NewIncome:
    return NewIncome(
        key=key,
        site_id=site.id,
        day=day,
        kind="gift",
        giver="测试乡贤",
        scheme="stream",
        payer=payer,
        amount_fen=yuan * 100,
        reference="收据 7",
        note="补缺口",
    )


def history() -> list[tuple[int, str, int]]:
    with reading() as session:
        return [
            (row.amount_fen, row.reason, row.spent_fen)
            for row in session.scalars(select(TypedBudget).order_by(TypedBudget.id))
        ]


def test_a_change_is_a_new_row_with_its_reason(officer: Person, carry: Carry) -> None:
    first = set_budget(budget(yuan=50), actor=officer.actor, now=NOW)
    carry({"乡镇": 500})
    with pytest.raises(BadInput) as refused:
        set_budget(budget(yuan=40), actor=officer.actor, now=NOW)
    second = set_budget(budget(yuan=40, reason="压减"), actor=officer.actor, now=NOW)
    again = set_budget(budget(yuan=40, reason="压减"), actor=officer.actor, now=NOW)

    assert refused.value.field == "reason"
    assert first != second == again
    assert history() == [(5000, "", 0), (4000, "压减", 500)]
    [line] = queries.budget_lines(officer.actor, year=2026, today=TODAY)
    _, path, rows = queries.budget_history(officer.actor, line.id)
    assert (path, [(row.amount_fen, row.staff_name) for row in rows]) == (
        "金溪县",
        [(4000, "测试civil_affairs"), (5000, "测试civil_affairs")],
    )


@pytest.mark.parametrize(
    ("change", "code"),
    [
        pytest.param({"payer": "县级"}, "payer_without_budget", id="a payer the scheme does not name"),
        pytest.param({"scheme": "jinxi"}, "payer_without_budget", id="a scheme not in force"),
        pytest.param({"period": "2026-10"}, "period_over", id="a month that is over"),
        pytest.param({"period": "2025"}, "period_over", id="a year that is over"),
    ],
)
def test_budgets_that_mean_nothing_are_refused(officer: Person, change: dict[str, str], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        set_budget(budget(**change), actor=officer.actor, now=NOW)  # type: ignore[arg-type]
    assert refused.value.code == code


def test_nobody_sets_a_budget_of_another_county(officer: Person, switch: Callable[..., None]) -> None:
    switch(path="邻县")
    with pytest.raises(NotFound):
        set_budget(budget(path="邻县/河口镇"), actor=officer.actor, now=NOW)


def test_who_sees_which_budget(officer: Person, site: Place) -> None:
    for path in ("金溪县", "金溪县/云溪镇", "金溪县/石门乡"):
        set_budget(budget(path=path), actor=officer.actor, now=NOW)
    committee = make_staff("committee", site=site)

    def seen(person: Person) -> list[str]:
        return [line.area_path for line in queries.budget_lines(person.actor, year=2026, today=TODAY)]

    assert seen(committee) == ["金溪县", "金溪县/云溪镇"], "those that reach its site"
    assert seen(officer) == ["金溪县", "金溪县/云溪镇", "金溪县/石门乡"]
    assert queries.budget_lines(officer.actor, year=2027, today=TODAY) == []


def test_the_forecast_of_a_line(officer: Person, site: Place, carry: Carry) -> None:
    """Ten service days of 1.00 in November's first ten days; the site serves every day."""
    for ahead in range(10):
        carry({"乡镇": 100}, day=date(2026, 11, 1) + timedelta(days=ahead))
    [line] = queries.budget_lines(officer.actor, year=2026, today=date(2026, 11, 11))

    assert (line.used_fen, line.left_fen, line.is_used_up, line.is_typed) == (1000, 1000, False, False)
    assert line.forecast.linear is not None and line.forecast.recent is not None
    assert line.forecast.linear.runs_out == date(2026, 11, 20)
    assert line.forecast.recent.total_fen == 1000 + 1000 * 20 // 28


def test_the_gap_is_a_number_by_site_and_month(officer: Person, site: Place, carry: Carry) -> None:
    carry({"gap": 300}, day=date(2026, 10, 31))
    carry({"乡镇": 100, "gap": 400})
    carry({"gap": 50}, day=date(2025, 12, 31))
    record_income(income(site, yuan=5), actor=officer.actor, now=NOW)

    [line] = sources.gap_lines([(site.id, site.name)], year=2026)
    assert (line.before_fen, line.months, line.open_fen) == (50, {10: (300, 0), 11: (400, 500)}, 250)
    assert [
        (one.month, one.payer, one.carried_fen, one.received_fen) for one in sources.source_months([site.id], year=2026)
    ] == [("2026-10", "gap", 300, 0), ("2026-11", "gap", 400, 500), ("2026-11", "乡镇", 100, 0)]
    assert sources.open_accounts([site.id]) == [(site.id, "stream", "gap", 250), (site.id, "stream", "乡镇", 100)]
    [came] = sources.incomes([site.id], year=2026)
    assert (came.amount_fen, came.giver, came.payer) == (500, "测试乡贤", "gap")
    report = proving.prove()
    assert [problem for problem in report.problems if not problem.startswith(("ticket", "sequence"))] == []


def test_the_same_key_is_the_same_income(officer: Person, site: Place, carry: Carry) -> None:
    carry({"gap": 900})
    once = record_income(income(site), actor=officer.actor, now=NOW)

    assert record_income(income(site), actor=officer.actor, now=NOW) == once
    assert sources.open_accounts([site.id]) == [(site.id, "stream", "gap", 400)]


def test_money_that_cannot_be_is_refused(officer: Person, site: Place, carry: Carry) -> None:
    carry({"gap": 400}, day=date(2026, 10, 2))
    with pytest.raises(Refusal) as more:
        record_income(income(site, yuan=5), actor=officer.actor, now=NOW)
    with pytest.raises(BadInput):
        record_income(income(site, yuan=1, day=TODAY + timedelta(days=1)), actor=officer.actor, now=NOW)
    with transaction() as session:
        close_month(session, site_id=site.id, month=date(2026, 10, 1), actor=officer.actor, now=NOW)
    with pytest.raises(Refusal) as closed:
        record_income(income(site, yuan=1, day=date(2026, 10, 9)), actor=officer.actor, now=NOW)
    elsewhere = make_site("河口村助餐点", path="邻县/河口镇/河口村")
    with pytest.raises(NotFound):
        record_income(income(elsewhere, yuan=1), actor=officer.actor, now=NOW)

    assert (more.value.code, closed.value.code) == ("more_than_open", "month_closed")
    assert sources.incomes([site.id], year=2026) == []
