"""Orders on paper: the kitchen's count, what changed since, and the sheet to be ticked by hand."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from canteen.base import clock
from canteen.base.access import COMMAND
from canteen.base.db import reading, transaction
from canteen.base.errors import NotFound, Refusal
from canteen.menus.models import Menu, MenuSet
from canteen.orders import papers
from canteen.orders.papers import SittingAt
from canteen.orders.rules import OrderRequest
from canteen.orders.service import cancel_order, place_order, print_day_sheet, print_for_kitchen
from canteen.places.queries import site_for
from canteen.printing.models import JOB, PrintJob
from canteen.printing.papers.sealing import opened
from canteen.schemes.switching import switch_on
from tests.factories import (
    NOW,
    TODAY,
    Person,
    Place,
    csrf,
    make_area,
    make_elder,
    make_life_event,
    make_menu,
    make_site,
    make_staff,
    sign_in,
)
from tests.orders.conftest import EARLY, trail
from tests.printing.records import make_printer
from tests.told import told
from tests.trail import change

LATER = EARLY + timedelta(minutes=5)
one_database = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)


@pytest.fixture
def lunch(site: Place) -> SittingAt:
    """Today's lunch of a site with a printer, a menu, and two orders: one wants soft food."""
    make_printer(site)
    make_menu(site)
    order(site, make_elder("王秀兰", site=site, diet="软食"))
    order(site, make_elder("李桂英", site=site, village_group="10组"), way="delivery")
    return SittingAt(site=site_for(COMMAND, site.id), day=TODAY, slot="lunch")


def order(site: Place, elder_id: int, **changed: Any) -> int:
    request = OrderRequest(**({"site_id": site.id, "elder_id": elder_id, "day": TODAY, "slot": "lunch"} | changed))
    return place_order(request, actor=COMMAND, now=EARLY)


def tell(at: SittingAt, edition: int, *, whole: bool = True, now: Any = EARLY) -> dict[str, Any]:
    """Print for the kitchen and answer what the paper says."""
    return facts_of(print_for_kitchen(at, edition, whole=whole, actor=COMMAND, now=now))


def facts_of(job_id: int) -> dict[str, Any]:
    with reading() as session:
        job = session.execute(select(JOB).where(JOB.c.id == job_id)).one()
    return opened(job.sealed, key=job.key) | {"kind": job.kind}


def jobs() -> int:
    with reading() as session:
        return len(session.execute(select(JOB.c.id)).all())


def news(at: SittingAt) -> papers.News:
    return papers.kitchen_news(at)[1]


def test_the_kitchen_is_told_meals_by_set_and_way_and_diets_without_names(lunch: SittingAt) -> None:
    facts = tell(lunch, 1)

    assert (facts["kind"], facts["edition"], facts["total"]) == ("kitchen_count", 1, 2)
    assert facts["sets"] == [
        {"set_name": "A套餐", "meals": 1, "ways": [{"name": "送餐", "meals": 1}]},
        {"set_name": "B套餐", "meals": 1, "ways": [{"name": "堂食", "meals": 1}]},
    ]
    assert facts["diets"] == [{"name": "软食", "meals": 1}]
    assert "王秀兰" not in str(facts)
    assert trail()[-1][0] == "print_for_kitchen"


def test_what_changed_since_is_counted_from_the_last_paper_each_time(site: Place, lunch: SittingAt) -> None:
    assert not news(lunch).is_known
    tell(lunch, 1)
    assert news(lunch).is_known

    late = order(site, make_elder("赵福贵", site=site, diet="软食"))
    slip = tell(lunch, 2, whole=False, now=LATER)

    assert (slip["kind"], slip["edition"]) == ("change_slip", 2)
    assert slip["changes"] == [{"name": "B套餐", "before": 1, "after": 2}]
    assert slip["diet_changes"] == [{"name": "软食", "before": 1, "after": 2}]
    assert (slip["total_before"], slip["total"]) == (2, 3)
    assert news(lunch).is_known

    cancel_order(late, actor=COMMAND, now=LATER)
    assert tell(lunch, 3, whole=False, now=LATER)["changes"] == [{"name": "B套餐", "before": 2, "after": 1}]


def test_somebody_who_died_since_is_a_change(site: Place, lunch: SittingAt) -> None:
    zhao = make_elder("赵福贵", site=site)
    order(site, zhao)
    tell(lunch, 1)

    make_life_event(zhao, "died", TODAY)

    assert news(lunch).changes == (papers.CountChange("A套餐", 2, 1),)


def test_a_paper_that_never_came_out_told_nothing(lunch: SittingAt) -> None:
    tell(lunch, 1)
    with transaction() as session:
        change(session, PrintJob, state="cancelled", finished_at=NOW)

    assert (news(lunch).told.edition, news(lunch).told.facts) == (1, None)
    assert tell(lunch, 2)["edition"] == 2


def test_the_same_number_is_one_paper_and_another_is_refused(lunch: SittingAt) -> None:
    first = print_for_kitchen(lunch, 1, whole=True, actor=COMMAND, now=EARLY)

    assert print_for_kitchen(lunch, 1, whole=True, actor=COMMAND, now=LATER) == first
    for edition in (3, 0):
        with pytest.raises(Refusal) as refusal:
            print_for_kitchen(lunch, edition, whole=True, actor=COMMAND, now=LATER)
        assert refusal.value.code == "other_edition"
    assert jobs() == 1


def test_two_people_at_once_print_one_count(app: Flask, lunch: SittingAt) -> None:
    made: list[int] = []

    def work() -> None:
        with app.app_context():
            made.append(print_for_kitchen(lunch, 1, whole=True, actor=COMMAND, now=EARLY))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert (len(made), len(set(made)), jobs()) == (4, 1, 1)


@one_database
def test_nothing_new_is_no_paper(lunch: SittingAt) -> None:
    for edition in (1, 2):
        with pytest.raises(Refusal) as refusal:
            print_for_kitchen(lunch, edition, whole=False, actor=COMMAND, now=EARLY)
        assert refusal.value.code == "nothing_changed"
        if edition == 1:
            tell(lunch, 1)


@one_database
def test_without_a_printer_it_is_said(site: Place) -> None:
    at = SittingAt(site=site_for(COMMAND, site.id), day=TODAY, slot="lunch")

    for work in (lambda: tell(at, 1), lambda: print_day_sheet(at, key="abcdefgh", actor=COMMAND, now=EARLY)):
        with pytest.raises(Refusal) as refusal:
            work()
        assert refusal.value.code == "no_printer"
    assert jobs() == 0


@one_database
def test_another_sites_clerk_prints_nothing(lunch: SittingAt) -> None:
    stranger = make_staff("clerk", site=make_site("柳溪村助餐点", path="金溪县/云溪镇/柳溪村")).actor

    with pytest.raises(NotFound):
        print_for_kitchen(lunch, 1, whole=True, actor=stranger, now=EARLY)
    with pytest.raises(NotFound):
        print_day_sheet(lunch, key="abcdefgh", actor=stranger, now=EARLY)


_ONE_YUAN = """
id = "one"
version = "1"
name = "每餐一元"
stack_group = "meals"
eligible = { age = { from = 60 } }
amount = { kind = "per_meal", yuan = 1 }
"""


def test_the_day_sheet_lists_who_is_expected_by_group_and_name(site: Place, lunch: SittingAt) -> None:
    paused = make_elder("钱多多", site=site)
    order(site, paused)
    make_life_event(paused, "paused", TODAY)
    order(site, make_elder("阿卜杜·热合曼", site=site, village_group="2组"), set_name="A套餐", way="take_away")

    county_id = make_area("金溪县")
    with transaction() as session:
        switch_on(session, text=_ONE_YUAN, area_id=county_id, valid_from=date(2026, 1, 1), actor=COMMAND, at=EARLY)

    job_id = print_day_sheet(lunch, key="abcdefgh", actor=COMMAND, now=EARLY)

    assert print_day_sheet(lunch, key="abcdefgh", actor=COMMAND, now=LATER) == job_id
    lines = facts_of(job_id)["lines"]
    assert [(one["person_name"], one["where"], one["way"]) for one in lines] == [
        ("阿卜杜·热合曼", "2组", "自取"),
        ("王秀兰", "7组", "堂食"),
        ("李桂英", "10组", "送餐"),
    ]
    assert [one["own_fen"] for one in lines] == [900] * 3, "of ten yuan one is paid"


@pytest.fixture
def desk(client: FlaskClient, clerk: Person) -> FlaskClient:
    return sign_in(client, clerk)


@one_database
def test_the_pages_print_and_then_say_what_the_kitchen_does_not_know(site: Place, desk: FlaskClient) -> None:
    day = clock.today() + timedelta(days=1)
    make_printer(site)
    make_menu(site, day=day)
    sitting = {"site_id": str(site.id), "day": day.isoformat(), "slot": "lunch"}
    address = f"/orders/kitchen?day={day.isoformat()}&slot=lunch"
    token = {"csrf_token": csrf(desk, "/orders")}

    answer = desk.post("/orders/kitchen", data=sitting | token | {"edition": "1"})
    assert answer.status_code == 303
    assert "到现在没有变化" in desk.get(address).get_data(as_text=True)

    place_order(
        OrderRequest(site_id=site.id, elder_id=make_elder("王秀兰", site=site), day=day, slot="lunch"),
        actor=COMMAND,
        now=clock.now(),
    )
    for page in (address, f"/orders?day={day.isoformat()}&slot=lunch"):
        assert "原来 0 份,现在 1 份" in desk.get(page).get_data(as_text=True)
    desk.post("/orders/kitchen", data=sitting | token | {"edition": "2", "what": "changes"})
    assert "到现在没有变化" in desk.get(address).get_data(as_text=True)
    assert desk.post("/orders/day-sheet", data=sitting | token | {"key": "abcdefgh"}).status_code == 303
    assert jobs() == 3


@one_database
@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/orders/kitchen", {"edition": "x"}),
        ("/orders/kitchen", {"edition": "-1"}),
        ("/orders/kitchen", {}),
        ("/orders/kitchen", {"edition": "1", "site_id": "999999"}),
        ("/orders/day-sheet", {"key": "a"}),
        ("/orders/day-sheet", {"key": "abcdefgh", "site_id": "x"}),
    ],
)
def test_odd_requests_print_nothing(site: Place, desk: FlaskClient, path: str, fields: dict[str, str]) -> None:
    make_printer(site)
    data = {"csrf_token": csrf(desk, "/orders"), "site_id": str(site.id), "day": TODAY.isoformat(), "slot": "lunch"}

    answer = desk.post(path, data=data | fields)

    assert answer.status_code in (404, 422)
    assert jobs() == 0


def test_what_is_not_printed_is_told(lunch: SittingAt) -> None:
    tell(lunch, 1)
    known = "和上次给厨房的单子相比没有变化", "不用打变更单"
    other = "厨房单已经打印了别的一张", "请刷新页面,按新的情况再打"

    assert told(lambda: tell(lunch, 2, whole=False)) == known
    for edition in (0, 3, 41):
        assert told(lambda edition=edition: tell(lunch, edition)) == other


def test_a_kitchen_is_told_forty_times_and_no_more(lunch: SittingAt) -> None:
    for edition in range(1, papers.MOST_EDITIONS + 1):
        tell(lunch, edition)

    assert told(lambda: tell(lunch, papers.MOST_EDITIONS + 1))[0] == "厨房单已经打印了别的一张"


def test_each_paper_says_whose_it_is_and_leaves_a_line_in_the_trail(
    site: Place, lunch: SittingAt, clerk: Person
) -> None:
    job = print_for_kitchen(lunch, 1, whole=True, actor=clerk.actor, now=EARLY)
    sheet = print_day_sheet(lunch, key="abcdefgh", actor=clerk.actor, now=EARLY)

    told_kitchen, listed = facts_of(job), facts_of(sheet)
    assert {name: told_kitchen[name] for name in ("site_name", "day", "slot_name", "counted_at", "staff_name")} == {
        "site_name": site.name, "day": "2026-11-21", "slot_name": "午餐", "counted_at": "09:10", "staff_name": clerk.actor.name
    }  # fmt: skip
    assert {name: listed[name] for name in ("site_name", "day", "slot_name", "printed_at", "staff_name")} == {
        "site_name": site.name, "day": "2026-11-21", "slot_name": "午餐", "printed_at": "09:10", "staff_name": clerk.actor.name
    }  # fmt: skip
    sitting = {"day": "2026-11-21", "slot": "lunch"}
    assert trail()[-2:] == [
        ("print_for_kitchen", sitting | {"edition": 1, "meals": 2, "whole": True}),
        ("print_day_sheet", sitting | {"names": 2}),
    ]
    with reading() as session:
        keys = session.scalars(select(JOB.c.key).order_by(JOB.c.id)).all()
    assert keys == [f"kitchen:{site.id}:2026-11-21:lunch:1", "day_sheet:abcdefgh"]


def test_diets_that_paper_may_not_tell_apart_are_one(site: Place, lunch: SittingAt) -> None:
    for name, diet in (("甲", "低保套餐"), ("乙", "特困"), ("丙", "少盐")):
        order(site, make_elder(name, site=site, diet=diet))

    diets = {one["name"]: one["meals"] for one in tell(lunch, 1)["diets"]}

    assert (diets["软食"], diets["少盐"], sum(diets.values()), len(diets)) == (1, 1, 4, 3)


def test_a_set_that_is_wanted_no_more_is_a_change_too(site: Place, lunch: SittingAt) -> None:
    with transaction() as session:
        lunch_menu = session.scalars(select(Menu).where(Menu.slot == "lunch")).one()
        lunch_menu.sets.append(MenuSet(position=2, name="C套餐", price_fen=900, dishes="测试粥"))
    other = order(site, make_elder("甲", site=site, diet="少盐"), set_name="C套餐")
    tell(lunch, 1)
    cancel_order(other, actor=COMMAND, now=EARLY)

    found = news(lunch)

    assert found.changes == (papers.CountChange("C套餐", 1, 0),)
    assert found.diet_changes == (papers.CountChange("少盐", 1, 0),)
    assert not found.is_known


def test_a_set_that_left_the_menu_has_no_own_part_on_the_sheet(site: Place, lunch: SittingAt) -> None:
    order(site, make_elder("甲", site=site), set_name="B套餐")
    with transaction() as session:
        change(session, MenuSet, MenuSet.name == "B套餐", name="C套餐")

    lines = facts_of(print_day_sheet(lunch, key="abcdefgh", actor=COMMAND, now=EARLY))["lines"]

    parts = {one["person_name"]: (one["set_name"], one["own_fen"]) for one in lines}
    assert parts["甲"] == ("B套餐", None) and parts["李桂英"] == ("A套餐", 1000)
