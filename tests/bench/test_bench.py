"""The measuring tools: whatever county is made, the books hold; the floor does what it must. Nothing is timed."""

from __future__ import annotations

import random
import sqlite3
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from bench import floor
from bench.county import PASSWORD, County, Made, make_county
from bench.engine import ten_schemes
from bench.people import Village, residents
from bench.serve import Figure
from canteen.audit.models import Audit
from canteen.base.db import reading
from canteen.books.models.servings import Serving
from canteen.check.proving import prove
from canteen.counter.requests import ServeRequest
from canteen.counter.service import serve_meal
from canteen.schemes.deciding.decide import decide
from canteen.schemes.facts import Meal
from tests.factories import NOW, TODAY, csrf

#: With this one a tiny county has a guest and a voided serving.
SEED = 2
VILLAGE = Village(1, "金溪县/示例1镇/示例1村", "rural", 1)


@pytest.fixture
def made(app: Flask) -> Made:
    """A tiny county."""
    return make_county(County(elders=20, days=3, sites=2, today=TODAY, seed=SEED))


def test_the_books_of_a_county_hold(made: Made) -> None:
    report = prove()

    assert report.problems == []
    assert report.servings == made.servings > 20
    with reading() as session:
        count = select(func.count()).select_from(Serving)
        voided = session.scalar(count.where(Serving.voided_at.is_not(None))) or 0
        guests = session.scalar(count.where(Serving.elder_id.is_(None))) or 0
        subsidised = session.scalar(count.where(Serving.own_fen < Serving.price_fen)) or 0
        audited = session.scalar(select(func.count()).where(Audit.action.in_(("serve", "void"))))
    assert voided and guests and subsidised
    assert report.entries == made.servings + voided
    assert audited == made.servings + voided


def test_the_counter_goes_on_where_history_ends(made: Made) -> None:
    """Today is free: the next number of the day is 1, and use, balances and chain go on from what was written."""
    clerk, elder_id = made.tills[0].clerk, made.elder_ids[0]
    request = ServeRequest(key="bench-test-1", site_id=made.tills[0].site.id, elder_id=elder_id, slot="lunch")

    assert serve_meal(request, actor=clerk, now=NOW).number == "1121-001"
    report = prove()
    assert (report.problems, report.servings) == ([], made.servings + 1)


def test_its_clerks_can_sign_in(made: Made, client: FlaskClient) -> None:
    form = {"username": "clerk2", "password": PASSWORD, "csrf_token": csrf(client)}
    client.post("/sign-in", data=form)

    assert made.tills[1].site.name in client.get("/counter").get_data(as_text=True)


def test_a_canteen_is_never_overwritten(made: Made) -> None:
    with pytest.raises(SystemExit, match="choose an empty one"):
        make_county(County(elders=1, days=0, sites=1, today=TODAY))
    assert prove().servings == made.servings


def test_people_are_the_same_every_time_and_nobody() -> None:
    first, again = (
        [draft for _, draft in residents(list(range(1, 301)), [VILLAGE], chance=random.Random(5), today=TODAY)]
        for _ in range(2)
    )

    assert first == again
    assert {draft.personal.phone[:3] for draft in first} == {"100"}
    assert {draft.personal.id_number[:3] for draft in first} == {"000"}
    assert len({draft.personal.id_number for draft in first}) == 300


def test_ten_schemes_decide_every_meal_and_more_than_one_pays() -> None:
    people = [one.person for one, _ in residents(list(range(1, 51)), [VILLAGE], chance=random.Random(5), today=TODAY)]
    meal = Meal(day=date(2026, 11, 2), slot="lunch", price_fen=1000, way="dine_in", site_area=VILLAGE.path)

    decisions = [decide(person, meal, ten_schemes(), {}) for person in people]

    assert {len(decision.verdicts) for decision in decisions} == {10}
    assert max(len(decision.shares) for decision in decisions) > 2


def test_the_floor_writes_a_serving_and_its_money(tmp_path: Path) -> None:
    floor.prepare(tmp_path / "floor.db", 3)
    browser = floor.make_app(tmp_path / "floor.db").test_client()

    answer = browser.post("/serve", data={"key": "k1", "card": "2", "day": "2026-11-21", "slot": "lunch"})

    assert answer.status_code == 200
    assert 550 <= len(answer.data) <= 650
    connection = sqlite3.connect(tmp_path / "floor.db")
    counts = [
        connection.execute(f"select count(*) from {table}").fetchone()[0]
        for table in ("serving", "ledger", "print_job")
    ]
    assert counts == [1, 3, 1]
    assert connection.execute("select sum(amount_fen) from ledger").fetchone() == (0,)
    connection.close()


@pytest.mark.parametrize(
    ("value", "at_least", "verdict"),
    [
        pytest.param(2.9, False, "aim", id="below the aim"),
        pytest.param(3.0, False, "aim", id="the aim itself"),
        pytest.param(6.0, False, "must", id="the bound itself"),
        pytest.param(6.1, False, "short", id="above the bound"),
        pytest.param(6.0, True, "aim", id="more is better"),
        pytest.param(2.9, True, "short", id="too little"),
    ],
)
def test_a_figure_says_what_it_reaches(value: float, at_least: bool, verdict: str) -> None:
    must, aim = (3, 6) if at_least else (6, 3)
    assert Figure("serve", value, must, aim, "×", "", at_least).verdict == verdict
