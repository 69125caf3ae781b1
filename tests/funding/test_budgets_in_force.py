"""Which budgets hold on a day, for which area, and what a budget that begins in mid-period finds already spent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from factories import NOW, TODAY, Person, Place, make_area, make_elder
from sqlalchemy import select

from canteen.base.access import COMMAND
from canteen.base.db import reading, transaction
from canteen.books.models.budgets import FundingUse
from canteen.check import proving
from canteen.counter.requests import VoidRequest
from canteen.counter.service import void_serving
from canteen.funding.budgets import stated_lines
from canteen.funding.requests import BudgetChange
from canteen.funding.service import set_budget
from canteen.places.models import Area
from canteen.schemes.models import SchemeVersion
from canteen.schemes.switching import end_version

from .conftest import WATERFALL
from .test_counter import parts, serve
from .test_spending import NOVEMBER, YEAR, Left, change

YEARLY = WATERFALL.replace('version = "1"', 'version = "2"').replace(
    'budget_yuan = 20\nbudget_per = "month"', "budget_yuan = 20"
)


@pytest.fixture(autouse=True)
def _books_hold_at_the_end(app):
    """Whatever a test did, ``check`` finds nothing."""
    yield
    assert proving.prove().problems == []


def uses() -> dict[tuple[str, str, str], tuple[int, int]]:
    """Area, payer and period -> limit and use in fen."""
    with reading() as session:
        rows = session.execute(
            select(Area.path, FundingUse.payer, FundingUse.period, FundingUse.limit_fen, FundingUse.used_fen).join(
                Area, Area.id == FundingUse.area_id
            )
        )
        return {(row.path, row.payer, row.period): (row.limit_fen, row.used_fen) for row in rows}


def serve_and_void(site: Place, elder: int) -> None:
    served = serve(site, elder)
    void_serving(
        VoidRequest(serving_id=served.id, key=f"void-{served.id:08d}", reason="刷错卡"), actor=COMMAND, now=NOW
    )


def test_a_budget_typed_in_mid_month_counts_what_was_eaten_and_not_what_was_voided(
    site: Place, officer: Person, left: Left
) -> None:
    serve(site, make_elder("甲", site=site))
    serve_and_void(site, make_elder("乙", site=site))

    change(officer, path="金溪县/云溪镇", yuan=12)

    assert uses()["金溪县/云溪镇", "乡镇", "2026-11"] == (1200, 500)
    assert left(site)[NOVEMBER] == 700


def test_a_budget_stated_in_mid_year_counts_the_meals_before_it(
    site: Place, switch: Callable[..., None], left: Left
) -> None:
    """The first meal under it opens its row: earlier live meals count, voided ones do not, the meal itself once."""
    serve(site, make_elder("甲", site=site))
    serve_and_void(site, make_elder("乙", site=site))
    switch(YEARLY, valid_from=TODAY)
    assert left(site) == {("stream", "乡镇", "2026"): 2000, YEAR: 10000}, "nobody has drawn on it yet"

    assert parts(serve(site, make_elder("丙", site=site))) == {"乡镇": 500, "own": 500}

    assert uses()["金溪县", "乡镇", "2026"] == (2000, 1000)
    assert left(site)["stream", "乡镇", "2026"] == 1000


def test_the_budgets_of_a_version_that_ended_hold_nothing(
    site: Place, switch: Callable[..., None], left: Left, officer: Person
) -> None:
    """A township had the scheme for itself until October: what November pays is the county's."""
    switch(WATERFALL.replace("budget_yuan = 20\n", "budget_yuan = 6\n"), path="金溪县/云溪镇")
    area = make_area("金溪县/云溪镇")
    with transaction() as session:
        township = session.scalars(select(SchemeVersion).where(SchemeVersion.area_id == area)).one()
        end_version(session, township, last=date(2026, 10, 31), actor=COMMAND, at=NOW)
    assert left(site) == {NOVEMBER: 2000, YEAR: 10000}
    assert left(site, date(2026, 10, 31))["stream", "乡镇", "2026-10"] == 600

    serve(site, make_elder(site=site))

    assert uses() == {("金溪县", "乡镇", "2026-11"): (2000, 500)}
    shown = stated_lines(officer.actor, year=2026, today=TODAY, shown=[])
    assert [(line.area_path, line.payer, line.period, line.limit_fen) for line in shown] == [
        ("金溪县", "乡镇", "2026-11", 2000),
        ("金溪县", "村集体", "2026", 10000),
    ]


def test_the_budgets_of_a_version_to_come_hold_nothing_yet(
    site: Place, switch: Callable[..., None], left: Left, officer: Person
) -> None:
    tomorrow = TODAY + timedelta(days=1)
    switch(WATERFALL.replace("budget_yuan = 20\n", "budget_yuan = 6\n"), path="金溪县/云溪镇", valid_from=tomorrow)

    assert left(site)[NOVEMBER] == 2000
    assert left(site, tomorrow)[NOVEMBER] == 600
    serve(site, make_elder(site=site))
    assert list(uses()) == [("金溪县", "乡镇", "2026-11")]
    assert {line.limit_fen for line in stated_lines(officer.actor, year=2026, today=TODAY, shown=[])} == {2000, 10000}


def test_the_last_fen_is_paid_and_the_next_source_pays_the_rest(site: Place, officer: Person, left: Left) -> None:
    """5.01 for meals of 5.00: to the fen, nothing left over and nothing paid twice."""
    budget = BudgetChange(
        scheme="stream",
        payer="乡镇",
        area_id=make_area("金溪县"),
        period="2026-11",
        amount_fen=501,
        source="测试会议纪要",
        reason="",
    )
    set_budget(budget, actor=officer.actor, now=NOW)
    assert parts(serve(site, make_elder("甲", site=site))) == {"乡镇": 500, "own": 500}
    assert left(site)[NOVEMBER] == 1

    assert parts(serve(site, make_elder("乙", site=site))) == {"乡镇": 1, "村集体": 499, "own": 500}

    assert left(site) == {NOVEMBER: 0, YEAR: 9501}
    assert parts(serve(site, make_elder("丙", site=site))) == {"村集体": 500, "own": 500}


def test_terms_of_an_area_that_pay_otherwise_have_budgets_of_their_own(site: Place, switch) -> None:
    """A township whose override names other payers is asked for a budget of its own; one that changes an amount is not."""
    other_payers = (
        WATERFALL.replace('"stream"', '"apart"')
        + """
[[overrides]]
area = "金溪县/云溪镇"
funding = [{ payer = "慈善会", budget_yuan = 30 }]

[[overrides]]
area = "金溪县/石桥镇"
amount = { kind = "per_meal", yuan = 6 }
"""
    )
    switch(other_payers)

    lines = stated_lines(COMMAND, year=TODAY.year, today=TODAY, shown=())

    assert {(line.payer, line.area_path) for line in lines if line.scheme == "apart"} == {
        ("乡镇", "金溪县"),
        ("村集体", "金溪县"),
        ("慈善会", "金溪县/云溪镇"),
    }
