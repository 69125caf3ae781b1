"""Changes of facts: what starts, stops and freezes a right, who is due by age, and which meals are looked back at."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

import pytest
from factories import NOW, TODAY, make_elder, make_life_event, make_menu, make_staff
from sqlalchemy import func, select, text

from canteen.base import clock
from canteen.base.access import COMMAND
from canteen.base.db import reading, transaction
from canteen.base.errors import BadInput, NotFound, Refusal
from canteen.counter.queries import served_for
from canteen.counter.requests import ServeRequest
from canteen.counter.service import serve_meal
from canteen.entitlements.due import due as who_is_due
from canteen.entitlements.due import on_roster
from canteen.entitlements.elder_page import elder_page
from canteen.entitlements.following import follow
from canteen.entitlements.look_back import open_lines
from canteen.entitlements.models import Entitlement, Halt
from canteen.entitlements.queries import approved_schemes, ending_soon
from canteen.entitlements.requests import SanctionInput
from canteen.entitlements.service import rights
from canteen.people import service as people
from canteen.people.registry import StatusDraft
from canteen.people.rules import LifePeriod
from canteen.schemes.builtin import builtin_schemes
from tests.entitlements.office import AUTOMATIC, SCHEME, approve, at, decide, show, switch, take

START = TODAY + timedelta(days=8)
_keys = itertools.count(1)


def held(elder_id: int, day: date) -> bool:
    with reading() as session:
        return bool(approved_schemes(session, elder_id=elder_id, day=day))


def halts() -> list[tuple[str, str, date, date | None]]:
    with reading() as session:
        rows = session.execute(select(Halt).where(Halt.cancelled_at.is_(None)).order_by(Halt.from_day)).scalars()
        return [(row.kind, row.cause, row.from_day, row.to_day) for row in rows]


@pytest.fixture
def elder(office) -> int:
    """Somebody with a right from ``START`` on."""
    elder_id = make_elder(site=office.site)
    approve(office, elder_id)
    return elder_id


@pytest.mark.parametrize(("kind", "state"), [("died", "stopped"), ("moved", "stopped"), ("paused", "frozen")])
def test_a_death_or_move_stops_and_a_pause_freezes_from_its_day_until_it_is_undone(office, elder, kind, state):
    day = START + timedelta(days=10)
    actor = office.county.actor
    people.record_event(elder, LifePeriod(kind, day, None), actor=actor, now=at(day))

    assert held(elder, day - timedelta(days=1))
    assert not held(elder, day)
    assert halts() == [(state, kind, day, None)]
    page = elder_page(elder, actor=actor, today=day)
    assert page.rights[0].state == state

    with reading() as session:
        event = session.scalar(text("select id from life_event"))
    people.cancel_event(elder, event, actor=actor, now=at(day))
    assert held(elder, day)
    assert halts() == []


def test_a_pause_freezes_only_its_days(office, elder):
    first, last = START + timedelta(days=3), START + timedelta(days=5)
    people.record_event(elder, LifePeriod("paused", first, last, "住院"), actor=office.county.actor, now=at(START))

    assert [held(elder, START + timedelta(days=ahead)) for ahead in (2, 3, 5, 6)] == [True, False, False, True]


def test_a_status_that_ends_stops_the_right_the_day_after_and_a_new_one_starts_it_again(office, elder):
    last = START + timedelta(days=20)
    actor = office.county.actor
    with reading() as session:
        status = session.scalar(text("select id from status"))
    people.end_status(elder, status, last, actor=actor, now=at(START))
    assert (held(elder, last), held(elder, last + timedelta(days=1))) == (True, False)
    assert [(one.last_day, one.cause) for one in ending_soon(actor, today=START)] == [(last, "facts")]

    again = last + timedelta(days=11)
    draft = StatusDraft(kind="dibao", from_day=again, issuer="民政局", evidence="2026-7号")
    people.record_status(elder, draft, actor=actor, now=at(again))
    assert [held(elder, again + timedelta(days=ahead)) for ahead in (-1, 0)] == [False, True]
    assert elder_page(elder, actor=actor, today=again).rights[0].class_now == "一类"


def test_following_twice_writes_nothing_more(office, elder):
    day = START + timedelta(days=10)
    people.record_event(elder, LifePeriod("paused", day, None), actor=office.county.actor, now=at(day))
    with transaction() as session:
        assert follow(session, elder, day=day, actor=COMMAND, at=at(day)) == 0
        assert follow(session, elder, day=day + timedelta(days=9), actor=COMMAND, at=at(day)) == 0
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(Halt)) == 1


def test_automatic_rights_begin_on_the_birthday_a_month_ahead_once_and_end_with_the_band(app, office):
    switch(AUTOMATIC)
    born = {
        "到龄者": date(1951, 11, 22),
        "下月到龄": date(1951, 12, 20),
        "已在其中": date(1949, 5, 1),
        "太早": date(1952, 6, 1),
        "太老": date(1946, 11, 20),
        "出界前": date(1946, 12, 1),
        "已故者": date(1950, 1, 1),
    }
    ids = {name: make_elder(name, birth_day=day, site=office.site) for name, day in born.items()}
    make_life_event(ids["已故者"], "died", TODAY)

    due = {one.elder_id: one.from_day for one in who_is_due(office.county.actor, today=TODAY)}
    assert due == {
        ids["到龄者"]: date(2026, 11, 22),
        ids["下月到龄"]: date(2026, 12, 20),
        ids["已在其中"]: TODAY,
        ids["出界前"]: TODAY,
    }

    runner = app.test_cli_runner()
    assert rights.grant_due(actor=COMMAND, now=NOW, confirmed=clock.day_of(NOW)) == 4
    assert who_is_due(office.county.actor, today=TODAY) == []
    assert rights.grant_due(actor=COMMAND, now=NOW, confirmed=clock.day_of(NOW)) == 0
    assert (
        '"granted": 0'
        in runner.invoke(args=["entitlements", "due", "--json", "--yes-the-date-is", clock.today().isoformat()]).output
    )
    assert not held(ids["到龄者"], date(2026, 11, 21))
    assert held(ids["到龄者"], date(2026, 11, 22))
    assert (held(ids["出界前"], date(2026, 11, 30)), held(ids["出界前"], date(2026, 12, 1))) == (True, False)


def test_a_right_for_some_months_is_not_due_while_it_lasts_nor_when_it_would_be_over(office):
    switch(AUTOMATIC + "valid_months = 12\n")
    make_elder(birth_day=date(1951, 11, 1), site=office.site)  # 75 since the first of the month
    assert len(who_is_due(office.county.actor, today=TODAY)) == 1
    assert rights.grant_due(actor=COMMAND, now=NOW, confirmed=clock.day_of(NOW)) == 1

    assert who_is_due(office.county.actor, today=TODAY) == []
    assert rights.grant_due(actor=COMMAND, now=NOW, confirmed=clock.day_of(NOW)) == 0


def test_people_of_a_roster_are_adopted_by_somebody_who_did_not_import_it(app, office):
    elder = make_elder(site=office.site, statuses=())
    with transaction() as session:
        from canteen.base.vault import the_vault
        from canteen.people import registry

        draft = StatusDraft(
            kind="hardship", from_day=date(2026, 1, 1), issuer="枫林村", evidence="花名册", origin="roster"
        )
        registry.add_status(session, elder, draft, actor=office.county.actor, at=NOW, vault=the_vault())

    second = make_staff("civil_affairs", path="金溪县")
    assert [one.elder_id for one in on_roster(second.actor, today=TODAY)] == [elder]
    with pytest.raises(Refusal):
        rights.adopt_roster({(elder, "care")}, actor=office.county.actor, now=NOW, confirmed=clock.day_of(NOW))
    assert "应认定 1 人" in app.test_cli_runner().invoke(args=["entitlements", "adopt-roster", "--dry-run"]).output
    assert rights.adopt_roster({(elder, "care")}, actor=second.actor, now=NOW, confirmed=clock.day_of(NOW)) == 1
    assert held(elder, TODAY)
    assert rights.adopt_roster({(elder, "care")}, actor=second.actor, now=NOW, confirmed=clock.day_of(NOW)) == 0


def test_who_applied_is_not_taken_from_the_roster(office):
    elder = make_elder(site=office.site)
    take(office, elder)
    assert on_roster(office.county.actor, today=TODAY) == []


def serve(office, elder_id: int, day: date) -> int:
    make_menu(office.site, day=day)
    asked = ServeRequest(key=f"look-back-{next(_keys):06d}", site_id=office.site.id, slot="lunch", elder_id=elder_id)
    return serve_meal(asked, actor=office.clerk.actor, now=at(day)).id


@pytest.fixture
def eater(office) -> int:
    """Somebody with public money from a scheme that asks for no approval."""
    switch(builtin_schemes()["jinxi"])
    return make_elder("刘试吃", site=office.site)


def test_meals_with_public_money_after_a_death_are_listed_ticked_and_never_changed(office, eater):
    days = [TODAY - timedelta(days=back) for back in (3, 2, 1)]
    servings = [serve(office, eater, day) for day in days]
    people.record_event(eater, LifePeriod("died", days[1], None), actor=office.county.actor, now=at(TODAY))

    listed = open_lines(office.county.actor)
    assert [(one.serving_id, one.cause, one.since) for one in listed] == [(servings[2], "died", days[1])]
    rights.settle_look_back(servings[2], "家属已退回", actor=office.county.actor, now=NOW)
    rights.settle_look_back(servings[2], "再点一次", actor=office.county.actor, now=NOW)
    assert open_lines(office.county.actor) == []
    with pytest.raises(NotFound):
        rights.settle_look_back(servings[0], "不在清单里", actor=office.county.actor, now=NOW)
    page = elder_page(eater, actor=office.county.actor, today=TODAY)
    assert [one.note for one in page.look_back] == ["家属已退回"]


def test_a_back_dated_status_is_taken_and_lists_the_meals_in_between_with_its_effect(office):
    switch(builtin_schemes()["jinxi"])
    elder = make_elder("赵补记", site=office.site, statuses=())
    before = [serve(office, elder, TODAY - timedelta(days=back)) for back in (9, 2)]
    draft = StatusDraft(kind="hardship", from_day=TODAY - timedelta(days=5), issuer="民政局", evidence="2026-9号")

    people.record_status(elder, draft, actor=office.county.actor, now=at(TODAY, hour=5))

    [line] = open_lines(office.county.actor)
    assert (line.serving_id, line.cause, line.own_fen, line.price_fen) == (before[1], "added", 1000, 1000)
    assert len(line.fits) == 2  # the county's meals, and the scheme that asks for approval
    with reading() as session:
        assert session.scalar(text("select own_fen from serving where id = " + str(before[1]))) == 1000


def test_a_status_recorded_for_today_lists_nothing(office, eater):
    serve(office, eater, TODAY)
    draft = StatusDraft(kind="dibao", from_day=TODAY, issuer="民政局", evidence="2026-9号")
    people.record_status(eater, draft, actor=office.county.actor, now=NOW)

    assert open_lines(office.county.actor) == []


def test_a_right_is_ended_with_a_reason_and_never_made_longer(office, elder):
    right = elder_page(elder, actor=office.county.actor, today=START).rights[0].id
    last = START + timedelta(days=3)
    rights.end_entitlement(right, last, "本人放弃", actor=office.county.actor, now=at(START))

    assert (held(elder, last), held(elder, last + timedelta(days=1))) == (True, False)
    with pytest.raises(BadInput):
        rights.end_entitlement(right, last + timedelta(days=9), "改晚", actor=office.county.actor, now=at(START))


def test_a_sanction_stops_at_once_bars_for_life_and_is_lifted_by_somebody_else(office, elder):
    actor, second = office.county.actor, make_staff("civil_affairs", path="金溪县").actor
    asked = SanctionInput(elder_id=elder, scheme="care", number=0, reason="冒名领取", decided_on=START)
    rights.sanction_elder(asked, actor=actor, now=at(START))
    assert not held(elder, START)

    right = elder_page(elder, actor=actor, today=START).rights[0]
    rights.end_entitlement(right.id, START, "取消", actor=actor, now=at(START))
    with pytest.raises(Refusal) as raised:
        take(office, elder, START + timedelta(days=1), key="9" * 32)
    assert raised.value.code == "barred"

    sanction = elder_page(elder, actor=actor, today=START).sanctions[0].id
    with pytest.raises(Refusal):
        rights.lift_sanction(sanction, actor=actor, now=at(START))
    rights.lift_sanction(sanction, actor=second, now=at(START))
    assert held(elder, START)


def test_after_a_sanction_until_a_new_decision_the_new_right_holds(office):
    version = switch(
        SCHEME.replace('barred = "lifetime"', 'barred = "decision"')
        .replace('id = "care"', 'id = "again"')
        .replace('publicity = { days = 7, counts = "natural" }\n', "")
    )
    elder = make_elder(site=office.site)

    def approved(key: str, purpose: str, day: date) -> None:
        application = take(office, elder, day, version_id=version, key=key, purpose=purpose)
        show(office, application)
        for position, who in enumerate((office.village, office.township, office.county)):
            decide(who, application, position, day)

    approved("1" * 32, "new", TODAY)
    asked = SanctionInput(elder_id=elder, scheme="again", number=0, reason="冒名领取", decided_on=START)
    rights.sanction_elder(asked, actor=office.county.actor, now=at(START))
    assert not held(elder, START)
    approved("2" * 32, "change", START + timedelta(days=5))

    assert [held(elder, START + timedelta(days=ahead)) for ahead in (4, 5, 60)] == [False, True, True]


def test_lasting_rights_of_one_scheme_are_one(office, elder):
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(Entitlement)) == 1


def paid(office, elder_id: int, day: date) -> tuple[int, list[str]]:
    """What a meal of 10.00 costs the elder, and why each scheme paid or did not."""
    serving = serve(office, elder_id, day)
    with reading() as session:
        served = served_for(session, serving)
    return served.own_fen, [one["code"] for one in served.decision.verdicts]


def test_the_counter_pays_only_with_a_right_in_force_on_the_day(office):
    elder = make_elder(site=office.site)
    assert paid(office, elder, TODAY) == (1000, ["not_approved"])

    approve(office, elder)
    assert paid(office, elder, START - timedelta(days=1))[0] == 1000
    assert paid(office, elder, START)[0] == 500

    asked = SanctionInput(
        elder_id=elder, scheme="care", number=0, reason="冒名领取", decided_on=START + timedelta(days=1)
    )
    rights.sanction_elder(asked, actor=office.county.actor, now=at(START + timedelta(days=1)))
    assert paid(office, elder, START + timedelta(days=1)) == (1000, ["not_approved"])
