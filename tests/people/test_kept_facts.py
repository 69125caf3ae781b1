"""Length of residence, permit, five steps of ability and schemes given up: kept, shown, and decided by at the counter."""

from __future__ import annotations

import re
from datetime import date, timedelta
from itertools import count

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from canteen.audit.models import Audit
from canteen.base.access import COMMAND
from canteen.base.clock import now, today
from canteen.base.db import reading, transaction
from canteen.base.errors import BadInput
from canteen.base.vault import the_vault
from canteen.base.words import ABILITIES, PERMITS, WORDS
from canteen.counter.requests import Served, ServeRequest
from canteen.counter.service import serve_meal
from canteen.entitlements.elder_records import record_of
from canteen.entitlements.eligibility import ElderRecord, standings
from canteen.people import service
from canteen.people.facts import Personal
from canteen.people.listing import person_page
from canteen.people.models import Elder
from canteen.people.personal import open_personal, seal_personal
from canteen.people.queries import load_elder
from canteen.people.rules import Waiver, taken_back, waived_on
from canteen.purses.credits.elders import load, load_one
from canteen.schemes.language.scheme import load_scheme
from canteen.schemes.switching import switch_on
from tests.factories import NOW, TODAY, Person, Place, csrf, make_area, make_elder, make_menu, make_staff

_keys = count(1)
TEXT = """id = "test"
version = "1"
name = "测试方案"
stack_group = "meals"
eligible = { %s }
amount = { kind = "per_meal", yuan = 3 }
"""
DAY = timedelta(days=1)


def switch(eligible: str = "") -> None:
    county = make_area("金溪县")
    with transaction() as session:
        switch_on(session, text=TEXT % eligible, area_id=county, valid_from=date(2026, 1, 1), actor=COMMAND, at=NOW)


def keep(elder_id: int, **facts: object) -> None:
    with transaction() as session:
        row = session.get_one(Elder, elder_id)
        row.sealed = seal_personal(Personal(**facts), elder_id, the_vault())


def serve(site: Place, clerk: Person, elder_id: int) -> Served:
    asked = ServeRequest(key=f"kept-facts-{next(_keys)}", site_id=site.id, elder_id=elder_id)
    return serve_meal(asked, actor=clerk.actor, now=NOW)


def codes(served: Served) -> list[str]:
    return [one["code"] for one in served.decision.verdicts]


def paid(served: Served) -> int:
    return served.price_fen - served.own_fen


@pytest.fixture
def clerk(site: Place) -> Person:
    """The clerk of the site, with a menu for today's lunch."""
    make_menu(site)
    return make_staff("clerk", site=site)


WAIVER = Waiver("test", date(2026, 11, 10), "本人提出")


def test_a_scheme_is_given_up_from_a_day_to_the_day_before_it_is_taken_back():
    [ended] = taken_back((WAIVER,), "test", day=date(2026, 11, 20), reason="情况有变")

    assert (ended.to_day, ended.end_reason, ended.reason) == (date(2026, 11, 19), "情况有变", "本人提出")
    assert [bool(waived_on((ended,), date(2026, 11, day))) for day in (9, 10, 19, 20)] == [False, True, True, False]
    assert taken_back((WAIVER,), "test", day=WAIVER.from_day, reason="登记错了") == ()
    assert taken_back((WAIVER,), "other", day=date(2026, 11, 20), reason="x") == (WAIVER,)


def test_every_fact_a_scheme_asks_for_can_be_kept():
    assert set(WORDS["ability"]) == {"", *ABILITIES} and set(WORDS["permit"]) == {"", *PERMITS}


@pytest.mark.parametrize("backend", ["sqlite"])
def test_what_was_sealed_before_opens(app: Flask):
    vault = the_vault()
    old = vault.seal({"id_number": "", "ability": "able", "living": "", "contacts": [], "note": "住三楼"}, "elder:1")
    whole = Personal(
        resident_since=date(2020, 3, 1), permit="talent", waived=(WAIVER, Waiver("b", TODAY, "甲", TODAY, "乙"))
    )

    assert open_personal(old, 1, vault) == Personal(ability="able", note="住三楼")
    assert open_personal(seal_personal(whole, 1, vault), 1, vault) == whole


def test_the_form_keeps_and_shows_them(keeper: FlaskClient, site: Place, manager: Person):
    elder_id = make_elder(site=site)
    form = {
        "name": "王秀兰",
        "birth_day": "1944-03-01",
        "residence": "枫林村",
        "ability": "moderate",
        "living": "institution",
        "resident_since": "2020-03-01",
        "permit": "residence",
        "csrf_token": csrf(keeper, "/people/"),
    }

    assert keeper.post(f"/people/{elder_id}/edit", data=form).status_code == 303

    with reading() as session:
        facts = load_elder(session, elder_id, day=TODAY)
        [of_roll] = load(session, after=0, limit=9, days=[TODAY], area="", vault=the_vault()).elders
        person = load_one(session, elder_id, days=[TODAY], vault=the_vault()).person_on(of_roll, TODAY, None)
        record = record_of(session, elder_id)
    assert facts is not None and record is not None
    assert (facts.person.resident_since, facts.person.permit, facts.person.ability) == (
        date(2020, 3, 1),
        "residence",
        "moderate",
    )
    assert facts.person.statuses == {"hardship", "institution"} == person.statuses
    assert (person.resident_since, person.permit) == (date(2020, 3, 1), "residence")
    assert record.on(TODAY).resident_since == date(2020, 3, 1) and "institution" in record.on(TODAY).statuses
    shown = re.sub(r"<[^>]+>", "", keeper.get(f"/people/{elder_id}").get_data(as_text=True))
    assert all(text in shown for text in ("2020-03-01", "居住证", "中度失能", "机构"))
    again = keeper.get(f"/people/{elder_id}/edit").get_data(as_text=True)
    assert 'value="2020-03-01"' in again and '<option value="residence" selected>' in again


@pytest.mark.parametrize(
    ("eligible", "facts", "fen", "code"),
    [
        pytest.param("resident_months = { from = 6 }", {"resident_since": date(2026, 5, 21)}, 300, "", id="six months"),
        pytest.param(
            "resident_months = { from = 6 }", {"resident_since": date(2026, 5, 22)}, 0, "months", id="a day less"
        ),
        pytest.param("resident_months = { from = 6 }", {}, 0, "unknown_months", id="not known"),
        pytest.param('permit = ["talent"]', {"permit": "talent"}, 300, "", id="permit"),
        pytest.param(
            'not = { any_status = ["institution"] }',
            {"living": "institution"},
            0,
            "not_in_groups",
            id="in an institution",
        ),
        pytest.param('not = { any_status = ["institution"] }', {"living": "living_alone"}, 300, "", id="not in one"),
        pytest.param("", {"waived": (WAIVER,)}, 0, "waived", id="given up"),
        pytest.param(
            "", {"waived": (Waiver("test", date(2026, 11, 1), "x", date(2026, 11, 20)),)}, 300, "", id="taken back"
        ),
    ],
)
@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_counter_decides_by_them(site: Place, clerk: Person, eligible, facts, fen, code):
    switch(eligible)
    elder_id = make_elder(site=site)
    keep(elder_id, **facts)

    served = serve(site, clerk, elder_id)

    assert paid(served) == fen
    assert not code or code in codes(served), codes(served)


def test_giving_a_scheme_up_and_taking_it_back(keeper: FlaskClient, site: Place, manager: Person):
    switch()
    elder_id = make_elder(site=site)

    def send(path: str, **data: str):
        return keeper.post(f"/people/{elder_id}/{path}", data=data | {"csrf_token": csrf(keeper, "/people/")})

    assert send("waivers", scheme="test", waiver_reason=" ").status_code == 422
    for _ in "twice":
        assert send("waivers", scheme="test", waiver_reason="本人书面提出").status_code == 303
    page = keeper.get(f"/people/{elder_id}").get_data(as_text=True)
    with reading() as session:
        person = load_one(session, elder_id, days=[today()], vault=the_vault())
        assert person.waived_on(elder_id, today()) == {"test"}
        assert session.scalars(select(Elder.sealed)).one().find("书面".encode()) == -1
    assert "本人书面提出" in page and "测试方案" in page
    assert send("waivers/end", scheme="test", reason="").status_code == 422
    assert send("waivers/end", scheme="test", reason="又想参加").status_code == 303
    found = person_page(elder_id, actor=manager.actor, day=today())
    assert (found.facts.person.waived, found.personal.waived) == (frozenset(), ())
    with reading() as session:
        trail = [
            (row.action, row.detail["scheme"])
            for row in session.scalars(select(Audit).where(Audit.action != "write").order_by(Audit.id))
            if row.subject == f"elder:{elder_id}" and "scheme" in row.detail
        ]
    assert trail == [("give_up_scheme", "test"), ("take_back_scheme", "test")]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_only_a_scheme_of_that_place_is_given_up(site: Place, manager: Person):
    with pytest.raises(BadInput, match="请从列表中选择"):
        service.give_up_scheme(make_elder(site=site), "jinxi", "x", actor=manager.actor, now=now())


def test_an_entitlement_turns_when_the_months_are_full():
    record = ElderRecord(
        id=1,
        name="测试",
        birth_day=date(1950, 1, 1),
        sex="",
        hukou="",
        residence="",
        settlement="",
        village_group="",
        registered_on=date(2026, 1, 1),
        statuses=(),
        life=(),
        personal=Personal(resident_since=date(2025, 8, 31)),
    )
    scheme = load_scheme(TEXT % "not = { resident_months = { under = 6 } }")

    found = standings(record, scheme, date(2026, 2, 1), date(2026, 12, 31))

    assert [(day, one.reason_code) for day, one in found] == [(date(2026, 2, 1), "months"), (date(2026, 2, 28), "")]
