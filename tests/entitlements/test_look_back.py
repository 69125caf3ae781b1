"""Which meals are looked back at, for which cause, in which order, and what is kept of how somebody dealt with them."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

import pytest
from factories import NOW, TODAY, make_elder, make_life_event, make_menu, make_staff
from sqlalchemy import select

from canteen.audit.models import Audit
from canteen.base.access import COMMAND
from canteen.base.db import reading, transaction
from canteen.counter import service as counter
from canteen.counter.requests import ServeRequest, VoidRequest
from canteen.entitlements import look_back
from canteen.entitlements.elder_page import elder_page
from canteen.entitlements.following import meals_to_look_at, note_back_dating
from canteen.entitlements.look_back import open_lines
from canteen.entitlements.models import BACK_DATING
from canteen.entitlements.service import rights
from canteen.people.followers import BackDated
from canteen.schemes.builtin import builtin_schemes
from tests.entitlements.office import at, switch
from tests.entitlements.test_rights import halt, right
from tests.told import told
from tests.trail import change

_keys = itertools.count(1)
DAYS = [TODAY - timedelta(days=back) for back in (4, 3, 2, 1)]


@pytest.fixture
def elder(office) -> int:
    """Somebody whose meals the county pays for in part."""
    switch(builtin_schemes()["jinxi"])
    return make_elder("刘试吃", site=office.site)


def serve(office, elder: int, day: date, *, slot: str = "lunch") -> int:
    make_menu(office.site, day=day, slot=slot)
    key = f"look-back-{next(_keys):06d}"
    asked = ServeRequest(key=key, site_id=office.site.id, slot=slot, elder_id=elder)
    return counter.serve_meal(asked, actor=office.clerk.actor, now=at(day)).id


def listed(office, **which) -> list[tuple[date, str]]:
    with reading() as session:
        return [(one.day, one.cause) for one in look_back.lines(session, actor=office.county.actor, **which)]


EVENTS = {
    "a death: the day itself may have had a meal": (("died", DAYS[1]), DAYS[2:]),
    "a move": (("moved", DAYS[0]), DAYS[1:]),
    "a move that ended": (("moved", DAYS[0], DAYS[2]), DAYS[1:3]),
    "a pause": (("paused", DAYS[0]), []),
}


@pytest.mark.parametrize(("event", "days"), EVENTS.values(), ids=EVENTS)
def test_meals_after_an_event_are_listed_the_newest_first(office, elder, event, days):
    for day in DAYS:
        serve(office, elder, day)
    make_life_event(elder, *event)

    assert listed(office) == [(day, event[0]) for day in reversed(days)]


def test_a_line_says_whose_meal_it_was_where_and_what_was_paid(office, elder):
    served = serve(office, elder, DAYS[3])
    make_life_event(elder, "died", DAYS[0])

    (line,) = open_lines(office.county.actor)

    assert (line.serving_id, line.elder_id, line.name, line.village_group, line.site_name, line.slot, line.day) == (
        served, elder, "刘试吃", "7组", "枫林村助餐点", "lunch", DAYS[3]
    )  # fmt: skip
    assert (line.cause, line.since, line.price_fen, line.own_fen < line.price_fen) == ("died", DAYS[0], 1000, True)
    assert (line.fits, line.settled_at, line.settled_on, line.settled_by, line.note) == ((), None, None, "", "")


def test_what_is_no_question_is_not_listed(office, elder):
    """Voided, paid whole by the elder, of an event that was undone, or of somebody else."""
    other, rich = make_elder("李桂花", site=office.site), make_elder("张有钱", site=office.site, statuses=())
    voided, _, _ = (
        serve(office, one, DAYS[3]) if one == elder else serve_again(office, one) for one in (elder, other, rich)
    )
    counter.void_serving(
        VoidRequest(serving_id=voided, key="void-key-1", reason="没有取餐"), actor=office.clerk.actor, now=at(DAYS[3])
    )
    make_life_event(elder, "died", DAYS[0])
    make_life_event(rich, "died", DAYS[0])

    assert listed(office) == []
    make_life_event(other, "died", DAYS[0])
    assert listed(office) == [(DAYS[3], "died")]
    with transaction() as session:
        from canteen.people.models import LifeEvent

        change(session, LifeEvent, cancelled_at=NOW)
    assert listed(office) == []


def serve_again(office, elder: int) -> int:
    """A meal of the last day, whose menu is there."""
    asked = ServeRequest(key=f"look-back-{next(_keys):06d}", site_id=office.site.id, slot="lunch", elder_id=elder)
    return counter.serve_meal(asked, actor=office.clerk.actor, now=at(DAYS[3])).id


HALTS = {
    "a sanction": ({"cause": "sanction", "first": DAYS[1], "last": DAYS[2]}, DAYS[1:3]),
    "a pause": ({"cause": "paused", "kind": "frozen", "first": DAYS[3]}, DAYS[3:]),
    "facts, which the counter knew": ({"cause": "facts", "first": DAYS[1]}, []),
    "undone": ({"cause": "sanction", "first": DAYS[1], "cancelled_at": NOW}, []),
}


@pytest.mark.parametrize(("facts", "days"), HALTS.values(), ids=HALTS)
def test_meals_on_days_of_a_halt_are_listed(office, elder, facts, days):
    for day in DAYS:
        serve(office, elder, day)
    halt(right(elder, date(2026, 1, 1)), **facts)
    halt(right(make_elder("李桂花", site=office.site), date(2026, 1, 1)), first=DAYS[0], cause="sanction")

    assert listed(office) == [(day, facts["cause"]) for day in reversed(days)]


def back_date(elder: int, first: date, *, kind: str = "added", now=NOW) -> int:
    with transaction() as session:
        from canteen.people.queries import STATUS

        status = session.scalar(select(STATUS.c.id).where(STATUS.c.elder_id == elder))
        change = BackDated(elder_id=elder, status_id=status, kind=kind, from_day=first)
        return note_back_dating(session, change, actor=COMMAND, at=now)


@pytest.mark.parametrize("kind", ["added", "ended"])
def test_meals_between_the_day_a_status_counts_from_and_the_day_it_was_written_are_listed_with_what_fits(
    office, elder, kind
):
    for day in DAYS:
        serve(office, elder, day)

    assert back_date(elder, DAYS[1], kind=kind) == 3
    after = serve(office, elder, TODAY)

    assert listed(office) == [(day, kind) for day in reversed(DAYS[1:])]
    assert after not in {one.serving_id for one in open_lines(office.county.actor)}
    (line, *_) = open_lines(office.county.actor)
    assert (len(line.fits), line.since) == (2, DAYS[1])  # the county's meals, and the scheme that asks for approval
    with reading() as session:
        row = session.execute(select(BACK_DATING)).one()
        assert meals_to_look_at(session, elder, actor=office.county.actor) == 3
    assert (row.elder_id, row.kind, row.from_day, row.to_day, row.recorded_at, row.recorded_by) == (
        elder, kind, DAYS[1], TODAY, NOW, None
    )  # fmt: skip


def test_a_status_of_today_or_without_a_meal_in_between_is_no_question(office, elder):
    voided = serve(office, elder, DAYS[3])
    counter.void_serving(
        VoidRequest(serving_id=voided, key="void-key-1", reason="没有取餐"), actor=office.clerk.actor, now=at(DAYS[3])
    )
    serve(office, elder, DAYS[0])
    serve(office, elder, TODAY)

    assert [back_date(elder, day) for day in (TODAY, TODAY + timedelta(days=1), DAYS[1])] == [0, 0, 1]
    with reading() as session:
        assert len(session.execute(select(BACK_DATING)).all()) == 1


def test_of_two_causes_the_event_is_told_and_each_meal_once(office, elder):
    serve(office, elder, DAYS[3])
    back_date(elder, DAYS[1])
    make_life_event(elder, "died", DAYS[0])
    halt(right(elder, date(2026, 1, 1)), cause="sanction", first=DAYS[0])

    assert listed(office) == [(DAYS[3], "died")]


def test_a_meal_that_was_dealt_with_leaves_the_list_and_keeps_how(office, elder, monkeypatch):
    lunch, dinner = serve(office, elder, DAYS[3]), serve(office, elder, DAYS[3], slot="dinner")
    make_life_event(elder, "died", DAYS[0])
    make_life_event(make_elder("李桂花", site=office.site), "died", DAYS[0])

    rights.settle_look_back(lunch, "家属已退回", actor=office.county.actor, now=NOW)
    rights.settle_look_back(lunch, "再点一次", actor=COMMAND, now=NOW)

    assert [one.serving_id for one in open_lines(office.county.actor)] == [dinner]
    done = [one for one in elder_page(elder, actor=office.county.actor, today=TODAY).look_back if one.note]
    assert [(one.serving_id, one.note, one.settled_on, one.settled_by) for one in done] == [
        (lunch, "家属已退回", TODAY, office.county.actor.name)
    ]
    with reading() as session:
        kept = session.execute(select(Audit.subject, Audit.detail).where(Audit.action == "settle_look_back")).all()
    assert kept == [(f"serving:{lunch}", {})]
    assert listed(office, open_only=False, elder_id=elder) == [(DAYS[3], "died")] * 2
    assert listed(office, open_only=False, elder_id=elder + 1) == []
    monkeypatch.setattr(look_back, "MOST", 1)
    with reading() as session:
        lines = look_back.lines(session, actor=office.county.actor, open_only=False)
    assert [one.serving_id for one in lines] == [dinner]


def test_a_meal_out_of_reach_is_neither_shown_nor_ticked(office, elder):
    served = serve(office, elder, DAYS[3])
    make_life_event(elder, "died", DAYS[0])
    far = make_staff("civil_affairs", path="临川区").actor

    assert open_lines(far) == []
    assert told(lambda: rights.settle_look_back(served, "x", actor=far, now=NOW)) == (
        "这份用餐不在回看清单里",
        "请刷新回看清单",
    )
    with reading() as session:
        assert meals_to_look_at(session, elder, actor=far) == 0
