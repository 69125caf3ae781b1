"""Money for a site beside the operating grant: its volumes, what is stated of it, and the page."""

from __future__ import annotations

import itertools
from datetime import date

import pytest
from factories import NOW, Place, make_area, make_elder, make_menu, make_site, make_staff, sign_in
from flask import Flask
from flask.testing import FlaskClient

from canteen.base.access import COMMAND
from canteen.base.db import reading, transaction
from canteen.counter.requests import ServeRequest, VoidRequest
from canteen.counter.service import serve_meal, void_serving
from canteen.grants.money import money_of, volumes
from canteen.places.queries import SiteFacts, site_facts
from canteen.schemes.builtin import builtin_schemes
from canteen.schemes.facts import MonthVolume, SiteYear
from canteen.schemes.switching import switch_on

DAY = date(2026, 11, 21)
_keys = itertools.count(1)
MEALS = """
id = "volumes"
version = "1"
name = "按餐补助"
stack_group = "sites"
[[site_money]]
code = "按餐"
basis = "meals"
per = "month"
yuan = 2
funding = [{ payer = "县财政", percent = 50 }, { payer = "镇财政", percent = 50 }]
source = "测试通知第一条"
"""


@pytest.fixture
def site(app: Flask) -> Place:
    place = make_site(opened_on=date(2026, 1, 1))
    county_id = make_area("金溪县")
    for slot in ("lunch", "dinner"):
        make_menu(place, day=DAY, slot=slot)
    with transaction() as session:
        for text in (builtin_schemes()["jinxi"], MEALS):
            switch_on(session, text=text, area_id=county_id, valid_from=date(2026, 1, 1), actor=COMMAND, at=NOW)
    return place


def facts(site: Place) -> SiteFacts:
    with reading() as session:
        return site_facts(session, site.id)


def eat(site: Place, elder_id: int | None, *slots: str) -> list[int]:
    made = []
    for slot in slots:
        who = {"elder_id": elder_id} if elder_id else {"guest_kind": "villager"}
        request = ServeRequest(key=f"money-key-{next(_keys):04d}", site_id=site.id, day=DAY, slot=slot, **who)
        made.append(serve_meal(request, actor=COMMAND, now=NOW).id)
    return made


def test_the_volumes_count_elders_and_neither_guests_nor_voids(site: Place) -> None:
    poor = make_elder("测试甲", statuses=("dibao",), birth_day=date(1950, 11, 21), site=site)
    other = make_elder("测试乙", statuses=(), birth_day=date(1944, 1, 1), site=site)
    eat(site, poor, "lunch", "dinner")
    eat(site, None, "lunch")
    kept, undone = eat(site, other, "lunch", "dinner")
    void_serving(VoidRequest(serving_id=undone, key="void-key-m", reason="测试作废"), actor=COMMAND, now=NOW)

    with reading() as session:
        found = volumes(session, site_id=site.id, year=2026)

    assert kept
    assert found == (MonthVolume(date(2026, 11, 1), 2, 3, 2, 1, {76: 2, 82: 1}, {76: 2}),)


def test_the_sums_of_the_schemes_in_force_with_their_payers(site: Place) -> None:
    eat(site, make_elder("测试甲", site=site), "lunch")

    lines = {line.grant.code: line for line in money_of(facts(site), SiteYear(accepted=True), year=2026, today=DAY)}

    assert set(lines) == {"建设补助", "按餐"}
    assert (lines["按餐"].grant.amount_fen, lines["按餐"].grant.shares) == (200, (("县财政", 100), ("镇财政", 100)))
    assert lines["按餐"].source == "测试通知第一条"
    assert lines["建设补助"].grant.reason.code == "site_to_decide"


@pytest.fixture
def committee(app: Flask, site: Place) -> FlaskClient:
    return sign_in(app.test_client(), make_staff("committee", site=site))


def test_the_page_tries_what_is_stated_and_keeps_nothing(committee: FlaskClient) -> None:
    stated = committee.get(
        "/grants?year=2026&accepted=1&premises=rented&assessment=合格&beds=12&investment=1000.50"
    ).get_data(as_text=True)
    anew = committee.get("/grants?year=2026").get_data(as_text=True)

    assert "金溪县 003 篇三 JX-11" in stated
    assert 'value="1000.50"' in stated and 'value="合格"' in stated and 'value="12"' in stated
    assert "没有供餐,不计" in stated
    assert 'value="1000.50"' not in anew


@pytest.mark.parametrize("query", ["premises=tent", "beds=x", "beds=12345678", "investment=many", "ownership=mine"])
def test_what_cannot_be_understood_is_422(committee: FlaskClient, query: str) -> None:
    assert committee.get(f"/grants?{query}").status_code == 422
