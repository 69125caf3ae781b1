"""``check`` names what is wrong with budgets, closed months, corrections and incomes; ``--rebuild`` mends running sums."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from factories import NOW, TODAY, Place, make_area, make_elder, make_menu, make_staff
from flask import Flask
from sqlalchemy import select

from canteen.audit.models import Audit
from canteen.base import clock
from canteen.base.access import COMMAND
from canteen.base.db import database, reading, transaction
from canteen.books import spending
from canteen.books.models.ledger import Balance, NormUse
from canteen.check import proving, rebuilding
from canteen.funding.requests import BudgetChange, NewIncome
from canteen.funding.service import record_income, set_budget
from canteen.places.queries import sites_of
from canteen.schemes.deciding.answer import Share
from canteen.schemes.queries import schemes_in_force
from canteen.schemes.reasons import Reason
from canteen.schemes.switching import switch_on
from canteen.statements import service
from canteen.statements.requests import NewCorrection
from tests.trail import KNOWN_TO_THE_TRAIL

from .conftest import Serve
from .test_books import tamper

DECEMBER = datetime(2026, 12, 3, 4, 0, tzinfo=UTC)
STREAM = """
id = "stream"
version = "1"
name = "云溪镇助餐"
source = "测试通知"
stack_group = "other"
choose = "first"
funding_order = "waterfall"
[amount]
kind = "per_meal"
yuan = 1
[[classes]]
code = "一类"
name = "100 周岁以上老人"
when = { age = { from = 100 } }
[[funding]]
payer = "乡镇"
budget_yuan = 0
"""


@pytest.fixture(autouse=True)
def _checks_back_on(app: Flask):
    yield
    database.session.remove()
    database.engine.dispose()


@pytest.fixture
def money(serve: Serve, site: Place) -> dict[str, int]:
    """A month with a meal, an income, a correction, a typed budget, and then closed."""
    officer, other = make_staff("civil_affairs"), make_staff("civil_affairs")
    county_id = make_area("金溪县")
    with transaction() as session:
        switch_on(session, text=STREAM, area_id=county_id, valid_from=TODAY, actor=COMMAND, at=NOW)
    make_menu(site, day=TODAY, slot="breakfast")
    wang = make_elder(site=site)
    first = serve(wang)
    set_budget(
        BudgetChange(
            scheme="stream", payer="乡镇", area_id=county_id, period="2026", amount_fen=1000, source="测试", reason=""
        ),
        actor=officer.actor,
        now=NOW,
    )
    record_income(
        NewIncome(
            key="income-key",
            site_id=site.id,
            day=TODAY,
            kind="gift",
            giver="",
            scheme="jinxi",
            payer="public",
            amount_fen=200,
            reference="",
            note="",
        ),
        actor=officer.actor,
        now=NOW,
    )
    proposal = service.propose_correction(
        NewCorrection(
            key="correction-key",
            site_id=site.id,
            day=TODAY,
            from_account="own:cash",
            to_account="own:code",
            amount_fen=100,
            number="",
            serving_day=None,
            reason="测试",
        ),
        actor=officer.actor,
        now=NOW,
    )
    service.check_correction(proposal, accept=True, answer="", actor=other.actor, now=NOW)
    service.close_months(
        sites_of(COMMAND), month=TODAY.replace(day=1), actor=COMMAND, now=DECEMBER, confirmed=clock.day_of(DECEMBER)
    )
    return {"wang": wang, "first": first.id}


def codes() -> set[str]:
    return {problem.split(":")[0] for problem in proving.prove().problems} - KNOWN_TO_THE_TRAIL


def test_an_honest_month_holds(money: dict[str, int]) -> None:
    report = proving.prove()

    assert (report.problems, report.entries) == ([], 3)


@pytest.mark.parametrize(
    ("statements", "found"),
    [
        pytest.param(["update funding_use set used_fen = 7"], {"funding_use"}, id="a use of nothing"),
        pytest.param(["update funding_use set limit_fen = 7"], {"budget"}, id="another limit"),
        pytest.param(["delete from funding_use"], {"budget"}, id="a budget not in force"),
        pytest.param(
            [
                "update serving_share set scheme = 'stream', payer = '乡镇' where payer = 'public'",
                "update serving_share set amount_fen = 1001 where payer = '乡镇'",
                "update funding_use set used_fen = 1001",
            ],
            {"budget_passed", "shares_sum", "entry_shares"},
            id="a budget passed",
        ),
        pytest.param(["update closed_month set entries = 4"], {"closed_month"}, id="an entry gone from a closed month"),
        pytest.param(["update closed_month set meals_fen = 0"], {"closed_month"}, id="other money in a closed month"),
        pytest.param(["update correction set amount_fen = 101"], {"correction"}, id="a correction of another amount"),
        pytest.param(["delete from correction"], {"correction"}, id="a correction nobody wrote"),
        pytest.param(["update income set payer = 'gap'"], {"income"}, id="an income for another payer"),
        pytest.param(["delete from income"], {"income"}, id="an income nobody wrote"),
        pytest.param(
            [
                "insert into entry (kind, site_id, day, recorded_at) select 'correction', site_id, '2026-12-01',"
                " recorded_at from entry where kind = 'serving'"
            ],
            {"correction", "entry_empty"},
            id="a correction out of nowhere",
        ),
    ],
)
def test_what_is_broken_is_named(money: dict[str, int], statements: list[str], found: set[str]) -> None:
    tamper(*statements)

    assert codes() == found


def sums() -> list[list[tuple[object, ...]]]:
    with reading() as session:
        return [sorted(tuple(row) for row in session.execute(select(model.__table__))) for model in (Balance, NormUse)]


def test_rebuild_puts_every_running_sum_right_and_says_so(app: Flask, money: dict[str, int]) -> None:
    before = sums()
    tamper(
        "update balance set amount_fen = amount_fen + 3 where account = 'own:cash'",
        "delete from balance where account = 'meals'",
        "update norm_use set meals = 9 where period = '2026-11'",
        "delete from norm_use where period <> '2026-11'",
        "update funding_use set used_fen = 5, limit_fen = 1",
        "insert into balance (site_id, month, account, amount_fen) select site_id, '2031-01', 'meals', 1 from closed_month",
    )
    runner = app.test_cli_runner()
    told = runner.invoke(args=["check", "--rebuild", "--json"])
    again = runner.invoke(args=["check", "--rebuild"])

    found = json.loads(told.stdout)
    assert (told.exit_code, found["ok"], found["problems"]) == (0, True, [])
    assert {line.split(" ")[0] for line in found["rebuilt"]} == {"balance", "norm_use", "funding_use"}
    assert any(line.startswith("balance 1, 2026-11, own:cash: ") for line in found["rebuilt"])
    assert sums() == before
    assert again.stdout.startswith("已重建 0 处累计数")
    with reading() as session:
        [row, _] = session.scalars(select(Audit).where(Audit.action == "rebuild").order_by(Audit.id)).all()
    assert row.detail["balance"] == 3


def test_rebuild_touches_no_fact(money: dict[str, int]) -> None:
    tamper("update serving_share set amount_fen = amount_fen + 5 where payer = 'own'")
    assert rebuilding.rebuild(actor=COMMAND, now=NOW) == []
    assert codes() == {"shares_sum", "own_share", "entry_shares"}


def test_a_budget_used_by_a_meal_holds_until_somebody_moves_it(money: dict[str, int], site: Place) -> None:
    """Spending without a share is named: the use no longer follows from the meals."""
    with transaction() as session:
        schemes = schemes_in_force(session, area_path=site.area_path, day=TODAY)
        spending.spend(
            session,
            schemes=schemes,
            shares=[Share("乡镇", "stream", "1", 1, Reason("fixed", {}))],
            day=TODAY,
            area_path=site.area_path,
        )
    assert codes() == {"funding_use"}
    assert rebuilding.rebuild(actor=COMMAND, now=NOW) == ["funding_use stream, 乡镇, 金溪县, 2026: 1/1000 -> 0/1000"]
    assert codes() == set()
