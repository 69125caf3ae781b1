"""Budgets on the counter's path: what is left, spending it, the last fen, voids, areas and versions."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date

import pytest
from factories import TODAY, Person, Place, make_area, make_site
from flask import Flask
from sqlalchemy import select, text

from canteen.base.db import LostRace, database, reading, transaction
from canteen.books import spending
from canteen.books.models.budgets import FundingUse
from canteen.funding.requests import BudgetChange
from canteen.funding.service import set_budget
from canteen.schemes.deciding.answer import Share
from canteen.schemes.queries import schemes_in_force
from canteen.schemes.reasons import Reason
from tests.sent import statements

from .conftest import WATERFALL, Carry

NOVEMBER, YEAR = ("stream", "乡镇", "2026-11"), ("stream", "村集体", "2026")
Left = Callable[..., dict[tuple[str, str, str], int]]


def rows() -> dict[tuple[str, str], tuple[int, int, str]]:
    with reading() as session:
        return {
            (row.payer, row.period): (row.limit_fen, row.used_fen, row.limit_from)
            for row in session.scalars(select(FundingUse).order_by(FundingUse.id))
        }


def change(
    officer: Person, *, path: str = "金溪县", payer: str = "乡镇", period: str = "2026-11", yuan: int, reason: str = ""
) -> int:
    from factories import NOW

    asked = BudgetChange(
        scheme="stream",
        payer=payer,
        area_id=make_area(path),
        period=period,
        amount_fen=yuan * 100,
        source="测试会议纪要",
        reason=reason,
    )
    return set_budget(asked, actor=officer.actor, now=NOW)


def test_budgets_of_the_scheme_are_whole_until_somebody_eats(site: Place, left: Left) -> None:
    assert left(site) == {NOVEMBER: 2000, YEAR: 10000}
    assert rows() == {}


def test_a_meal_takes_its_shares_and_a_void_gives_them_back(site: Place, left: Left, carry: Carry) -> None:
    served = carry({"乡镇": 300, "村集体": 200})
    assert left(site) == {NOVEMBER: 1700, YEAR: 9800}

    with transaction() as session:
        spending.give_back(session, serving_id=served, day=TODAY, area_path=site.area_path)
    assert left(site) == {NOVEMBER: 2000, YEAR: 10000}
    assert rows() == {("乡镇", "2026-11"): (2000, 0, "terms"), ("村集体", "2026"): (10000, 0, "terms")}


def test_months_and_years_begin_anew(site: Place, left: Left, carry: Carry) -> None:
    carry({"乡镇": 2000, "村集体": 500}, day=date(2026, 11, 30), price_fen=3000)

    assert left(site, date(2026, 12, 1)) == {("stream", "乡镇", "2026-12"): 2000, YEAR: 9500}
    assert left(site, date(2027, 1, 1)) == {("stream", "乡镇", "2027-01"): 2000, ("stream", "村集体", "2027"): 10000}


def test_the_last_fen_is_spent_and_never_passed(site: Place, left: Left, carry: Carry) -> None:
    carry({"乡镇": 2000}, price_fen=2000)
    assert left(site)[NOVEMBER] == 0

    with pytest.raises(LostRace), transaction() as session:
        schemes = schemes_in_force(session, area_path=site.area_path, day=TODAY)
        share = Share("乡镇", "stream", "1", 1, Reason("fixed", {}))
        spending.spend(session, schemes=schemes, shares=[share], day=TODAY, area_path=site.area_path)
    assert left(site)[NOVEMBER] == 0


def test_tills_at_once_never_pass_the_budget(app: Flask, site: Place, left: Left) -> None:
    """Eight tills want 3.00 each of 20.00: the first six pay, the seventh gets the last 2.00, the eighth nothing."""
    from canteen.base.db import settle

    took: list[int] = []

    def till() -> None:
        with app.app_context():

            def work(session) -> int:
                schemes = schemes_in_force(session, area_path=site.area_path, day=TODAY)
                rest = spending.left(session, schemes=schemes, day=TODAY, area_path=site.area_path)[NOVEMBER]
                fen = min(300, rest)
                share = Share("乡镇", "stream", "1", fen, Reason("fixed", {}))
                if fen:
                    spending.spend(session, schemes=schemes, shares=[share], day=TODAY, area_path=site.area_path)
                return fen

            took.append(settle(work))
            database.session.remove()

    # The row is there before, as it is after the first meal of a month.
    with transaction() as session:
        schemes = schemes_in_force(session, area_path=site.area_path, day=TODAY)
        nothing = Share("乡镇", "stream", "1", 0, Reason("fixed", {}))
        spending.spend(session, schemes=schemes, shares=[nothing], day=TODAY, area_path=site.area_path)
    tills = [threading.Thread(target=till) for _ in range(8)]
    for one in tills:
        one.start()
    for one in tills:
        one.join()

    assert sorted(took) == [0, 200, 300, 300, 300, 300, 300, 300]
    assert left(site)[NOVEMBER] == 0


def test_a_county_and_a_township_budget_both_hold(officer: Person, site: Place, left: Left, carry: Carry) -> None:
    change(officer, path="金溪县/云溪镇", yuan=8)
    assert left(site)[NOVEMBER] == 800

    carry({"乡镇": 500})
    elsewhere = make_site("石门村助餐点", path="金溪县/石门乡/石门村")
    carry({"乡镇": 1400}, where=elsewhere, price_fen=2000)

    assert left(site)[NOVEMBER] == 100  # 20.00 - 5.00 - 14.00 of the county
    assert left(elsewhere)[NOVEMBER] == 100


def test_a_typed_budget_replaces_the_stated_one(officer: Person, site: Place, left: Left, carry: Carry) -> None:
    carry({"乡镇": 500})
    change(officer, yuan=50)
    assert left(site)[NOVEMBER] == 4500

    change(officer, yuan=3, reason="测试:经费压减")
    assert left(site)[NOVEMBER] == 0, "lowered below what was spent: nothing left, never below zero"
    assert rows()["乡镇", "2026-11"] == (300, 500, "typed")


def test_a_new_version_states_another_budget(
    site: Place, switch: Callable[..., None], left: Left, carry: Carry
) -> None:
    carry({"乡镇": 500}, day=date(2026, 11, 19))
    switch(
        WATERFALL.replace('version = "1"', 'version = "2"').replace("budget_yuan = 20\n", "budget_yuan = 30\n"),
        valid_from=date(2026, 11, 20),
    )
    assert left(site)[NOVEMBER] == 2500

    carry({"乡镇": 500})
    assert rows()["乡镇", "2026-11"] == (3000, 1000, "terms")


def test_meals_before_the_budget_was_typed_count(officer: Person, site: Place, left: Left, carry: Carry) -> None:
    carry({"乡镇": 500, "村集体": 0}, spend=False)
    change(officer, path="金溪县/云溪镇", yuan=12)

    assert rows()["乡镇", "2026-11"] == (1200, 500, "typed")
    assert left(site)[NOVEMBER] == 700


def test_an_area_with_an_override_has_budgets_of_its_own(switch: Callable[..., None], left: Left) -> None:
    switch(
        WATERFALL
        + """
[[overrides]]
area = "金溪县/石门乡"
[[overrides.funding]]
payer = "乡镇"
budget_yuan = 7
budget_per = "month"
"""
    )
    here, there = make_site(), make_site("石门村助餐点", path="金溪县/石门乡/石门村")

    assert left(here)[NOVEMBER] == 2000
    assert left(there) == {NOVEMBER: 700}


def test_nothing_is_asked_where_no_payer_can_run_out(switch: Callable[..., None]) -> None:
    plain = WATERFALL[: WATERFALL.index("[[funding]]")].replace('funding_order = "waterfall"\n', "")
    switch(plain)
    site = make_site()
    with transaction() as session:
        schemes = schemes_in_force(session, area_path=site.area_path, day=TODAY)
        with statements() as sent:
            assert spending.left(session, schemes=schemes, day=TODAY, area_path=site.area_path) == {}
            share = Share("public", "stream", "1", 500, Reason("fixed", {}))
            spending.spend(session, schemes=schemes, shares=[share], day=TODAY, area_path=site.area_path)
    assert sent == []


def test_few_statements_where_budgets_hold(site: Place, left: Left, carry: Carry) -> None:
    carry({"乡镇": 100, "村集体": 100})
    with transaction() as session:
        schemes = schemes_in_force(session, area_path=site.area_path, day=TODAY)
        shares = [
            Share("乡镇", "stream", "1", 1, Reason("fixed", {})),
            Share("村集体", "stream", "1", 1, Reason("fixed", {})),
        ]
        with statements() as reading_left:
            spending.left(session, schemes=schemes, day=TODAY, area_path=site.area_path)
        with statements() as spending_it:
            spending.spend(session, schemes=schemes, shares=shares, day=TODAY, area_path=site.area_path)

    assert len(reading_left) == 2
    assert [sql.split()[0].upper() for sql in spending_it] == ["SELECT", "SELECT", "UPDATE", "UPDATE"]


def test_a_use_below_zero_is_refused_by_the_table(site: Place, carry: Carry) -> None:
    from sqlalchemy.exc import IntegrityError

    carry({"乡镇": 100})
    with pytest.raises(IntegrityError), database.engine.begin() as connection:
        connection.execute(text("update funding_use set used_fen = -1"))
