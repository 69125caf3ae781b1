"""Budgets and the engine together: what is left is what the engine is given, and what it decides is what is spent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from factories import TODAY, Place
from factories import Person as Account
from flask import Flask

from canteen.base.db import transaction
from canteen.books import spending
from canteen.schemes.deciding.answer import Decision
from canteen.schemes.deciding.decide import decide
from canteen.schemes.facts import Meal, Person
from canteen.schemes.queries import schemes_in_force

from .conftest import WATERFALL, Carry
from .test_spending import Left, change

WANG = Person(
    birth_day=date(1944, 3, 1),
    hukou="金溪县/云溪镇/枫林村",
    residence="金溪县/云溪镇/枫林村",
    settlement="rural",
    statuses=frozenset(),
    ability="able",
)


def meal(site: Place, carry: Carry, *, day: date = TODAY) -> Decision:
    """Decide a meal of 10.00 by what is left, and carry it."""
    with transaction() as session:
        schemes = schemes_in_force(session, area_path=site.area_path, day=day)
        budgets = spending.left(session, schemes=schemes, day=day, area_path=site.area_path)
    asked = Meal(day=day, slot="lunch", price_fen=1000, way="dine_in", site_area=site.area_path, second_portion=False)
    decision = decide(WANG, asked, schemes, {}, budgets=budgets)
    carry({share.payer: share.amount_fen for share in decision.shares if share.payer != "own"}, where=site, day=day)
    return decision


def parts(decision: Decision) -> dict[str, int]:
    return {share.payer: share.amount_fen for share in decision.shares}


def test_sources_pay_one_after_the_other_to_the_last_fen(
    app: Flask, site: Place, officer: Account, carry: Carry
) -> None:
    """The township has 12.00 a month left to give, the collective 6.00 a year: three fen-exact hand-overs."""
    change(officer, yuan=12)
    change(officer, payer="村集体", period="2026", yuan=6)

    paid = [parts(meal(site, carry, day=TODAY - timedelta(days=ahead))) for ahead in range(5)]
    assert paid == [
        {"乡镇": 500, "own": 500},
        {"乡镇": 500, "own": 500},
        {"乡镇": 200, "村集体": 300, "own": 500},
        {"村集体": 300, "gap": 200, "own": 500},
        {"gap": 500, "own": 500},
    ]


def test_a_used_up_budget_stops_and_says_so(switch: Callable[..., None], site: Place, carry: Carry) -> None:
    switch(
        WATERFALL.replace('id = "stream"', 'id = "stop"')
        .replace('stack_group = "meals"', 'stack_group = "other"')
        .replace("budget_yuan = 20\n", "budget_yuan = 0\n")
        .replace("budget_yuan = 100\n", "budget_yuan = 0\n")
        .replace('funding_order = "waterfall"', 'funding_order = "waterfall"\nwhen_exhausted = "stop"')
    )
    decision = meal(site, carry)

    [said] = [verdict.reason for verdict in decision.verdicts if verdict.scheme == "stop"]
    assert said.code == "budget_used_up"
    assert not any(share.scheme == "stop" for share in decision.shares)


@pytest.mark.parametrize("typed", [0, 1, 5, 9])
def test_a_typed_month_narrows_a_stated_year(
    site: Place, officer: Account, carry: Carry, left: Left, typed: int
) -> None:
    """The collective's 100.00 a year, and not more than so much in November."""
    change(officer, payer="村集体", yuan=typed)
    change(officer, yuan=0)
    assert left(site)["stream", "村集体", "2026"] == typed * 100

    assert parts(meal(site, carry)).get("村集体", 0) == min(typed * 100, 500)
