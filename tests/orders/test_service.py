"""Placing and cancelling orders, and counting them, on both databases."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from canteen.base.access import COMMAND
from canteen.base.db import reading
from canteen.base.errors import BadInput, NotFound, Refusal
from canteen.orders import queries
from canteen.orders.models import Order
from canteen.orders.rules import OrderRequest
from canteen.orders.service import cancel_order, place_order
from canteen.places.requests import ExceptionChange
from canteen.places.service import set_exception
from tests.factories import NOW, TODAY, Person, Place, make_elder, make_life_event, make_menu, make_site, make_staff
from tests.orders.conftest import EARLY, serve, trail, void
from tests.sent import statements
from tests.told import told


@pytest.fixture
def wang(site: Place) -> int:
    make_menu(site)
    return make_elder("王秀兰", site=site)


def order(site: Place, elder_id: int, **changed: object) -> OrderRequest:
    return OrderRequest(**({"site_id": site.id, "elder_id": elder_id, "day": TODAY, "slot": "lunch"} | changed))  # type: ignore[arg-type]


def ordered(site: Place) -> dict[str, int]:
    with reading() as session:
        return queries.ordered_by_set(session, site_id=site.id, day=TODAY, slot="lunch")


def kitchen_sheet(site: Place) -> queries.KitchenSheet:
    with reading() as session:
        return queries.sitting_sheet(session, site_id=site.id, day=TODAY, slot="lunch")


def orders() -> int:
    with reading() as session:
        return session.scalar(select(func.count()).select_from(Order)) or 0


def refused(request: OrderRequest, clerk: Person, code: str, *, now: object = EARLY) -> None:
    with pytest.raises(Refusal) as refusal:
        place_order(request, actor=clerk.actor, now=now)  # type: ignore[arg-type]
    assert refusal.value.code == code
    assert refusal.value.next_step


def test_an_order_is_written_with_who_and_when(site: Place, wang: int, clerk: Person) -> None:
    order_id = place_order(order(site, wang, set_name="B套餐", way="delivery"), actor=clerk.actor, now=EARLY)

    [found] = queries.orders_of(site_id=site.id, day=TODAY, slot="lunch")
    assert (found.id, found.name, found.set_name, found.way, found.ordered_at) == (
        order_id,
        "王秀兰",
        "B套餐",
        "delivery",
        EARLY,
    )
    assert (found.state, found.served_at) == ("active", None)
    assert trail() == [("place_order", {"elder": wang, "day": "2026-11-21", "slot": "lunch", "is_late": False})]


def test_an_order_without_a_set_is_the_first_of_the_menu(site: Place, wang: int, clerk: Person) -> None:
    place_order(order(site, wang), actor=clerk.actor, now=EARLY)

    assert ordered(site) == {"A套餐": 1}


def test_an_order_may_come_before_the_menu(site: Place, clerk: Person) -> None:
    place_order(order(site, make_elder()), actor=clerk.actor, now=EARLY)
    assert ordered(site) == {"": 1}

    make_menu(site)
    assert ordered(site) == {"A套餐": 1}


def test_the_same_order_twice_is_one_order(site: Place, wang: int, clerk: Person) -> None:
    first = place_order(order(site, wang), actor=clerk.actor, now=EARLY)

    assert place_order(order(site, wang), actor=clerk.actor, now=EARLY) == first
    assert len(trail()) == 1


def test_one_live_order_an_elder_and_sitting_whatever_the_site(site: Place, wang: int, clerk: Person) -> None:
    other = make_site("水口村助餐点", path="金溪县/云溪镇/水口村")
    place_order(order(site, wang), actor=clerk.actor, now=EARLY)

    refused(order(site, wang, set_name="B套餐"), clerk, "already_ordered")
    refused(order(site, wang, way="delivery"), clerk, "already_ordered")
    refused(order(other, wang), make_staff("clerk", site=other), "already_ordered")
    place_order(order(site, wang, slot="dinner"), actor=clerk.actor, now=EARLY)
    assert orders() == 2


def test_two_tills_at_once_write_one_order(app: Flask, site: Place, wang: int, clerk: Person) -> None:
    start = threading.Barrier(4)
    ids: list[int] = []

    def place() -> None:
        with app.app_context():
            start.wait()
            ids.append(place_order(order(site, wang), actor=clerk.actor, now=EARLY))

    threads = [threading.Thread(target=place) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(ids) == 4 and len(set(ids)) == 1
    assert orders() == 1


@pytest.mark.parametrize("kind", ["paused", "moved", "died"])
def test_the_absent_are_refused_and_never_counted(site: Place, wang: int, clerk: Person, kind: str) -> None:
    place_order(order(site, wang), actor=clerk.actor, now=EARLY)
    li = make_elder("李德福", site=site)
    for elder in (wang, li):
        make_life_event(elder, kind, TODAY)

    refused(order(site, li), clerk, f"elder_{kind}")
    assert ordered(site) == {}
    [found] = queries.orders_of(site_id=site.id, day=TODAY, slot="lunch")
    assert found.state == kind
    assert kitchen_sheet(site).count.total == 0


@pytest.mark.parametrize(
    ("first", "last", "counted"),
    [(-3, -1, 1), (-3, 0, 0), (0, None, 0), (1, None, 1)],
    ids=["over yesterday", "until today", "from today", "from tomorrow"],
)
def test_a_pause_counts_on_its_days_only(
    site: Place, wang: int, clerk: Person, first: int, last: int | None, counted: int
) -> None:
    place_order(order(site, wang), actor=clerk.actor, now=EARLY)
    until = None if last is None else TODAY + timedelta(days=last)
    make_life_event(wang, "paused", TODAY + timedelta(days=first), until)

    assert sum(ordered(site).values()) == counted
    assert kitchen_sheet(site).count.total == counted


def test_after_the_cut_off_only_a_manager_orders_and_it_is_marked(
    site: Place, wang: int, clerk: Person, manager: Person
) -> None:
    refused(order(site, wang), clerk, "after_cutoff", now=NOW)

    place_order(order(site, wang), actor=manager.actor, now=NOW)

    assert trail()[-1][1]["is_late"] is True


def test_days_and_slots_without_service_are_refused(site: Place, wang: int, clerk: Person) -> None:
    tomorrow = TODAY + timedelta(days=1)
    set_exception(ExceptionChange(site_id=site.id, day=tomorrow, is_open=False, reason="停电"), actor=COMMAND, now=NOW)

    refused(order(site, wang, day=tomorrow), clerk, "closed_day")
    refused(order(site, wang, slot="breakfast"), clerk, "slot_not_served")
    refused(order(site, wang, day=TODAY - timedelta(days=1)), clerk, "day_past")
    assert orders() == 0


def test_the_canteen_day_counts_not_utc(site: Place, wang: int, clerk: Person) -> None:
    after_midnight_in_china = NOW.replace(day=21, hour=16, minute=30)

    refused(order(site, wang), clerk, "day_past", now=after_midnight_in_china)


def test_who_has_eaten_orders_nothing(site: Place, wang: int, clerk: Person) -> None:
    serving = serve(wang, site)
    refused(order(site, wang), clerk, "already_served")

    void(serving)
    place_order(order(site, wang), actor=clerk.actor, now=EARLY)


def test_a_set_that_is_not_on_the_menu_is_bad_input(site: Place, wang: int, clerk: Person) -> None:
    with pytest.raises(BadInput):
        place_order(order(site, wang, set_name="没有的"), actor=clerk.actor, now=EARLY)


def test_sites_and_elders_out_of_reach_are_not_found(site: Place, wang: int, clerk: Person) -> None:
    far = make_elder("远客", path="青禾县/云溪镇/枫林村")
    stranger = make_staff("clerk", site=make_site("水口村助餐点", path="金溪县/云溪镇/水口村"))
    order_id = place_order(order(site, wang), actor=clerk.actor, now=EARLY)

    for attempt in (
        lambda: place_order(order(site, wang), actor=stranger.actor, now=EARLY),
        lambda: place_order(order(site, far), actor=clerk.actor, now=EARLY),
        lambda: place_order(order(site, 999), actor=clerk.actor, now=EARLY),
        lambda: place_order(replace(order(site, wang), site_id=999), actor=clerk.actor, now=EARLY),
        lambda: cancel_order(order_id, actor=stranger.actor, now=EARLY),
        lambda: cancel_order(999, actor=clerk.actor, now=EARLY),
    ):
        with pytest.raises(NotFound):
            attempt()
    assert ordered(site) == {"A套餐": 1}


def test_a_cancelled_order_is_kept_and_may_be_placed_again(site: Place, wang: int, clerk: Person) -> None:
    first = place_order(order(site, wang), actor=clerk.actor, now=EARLY)

    for _ in range(2):
        cancel_order(first, actor=clerk.actor, now=EARLY)
    assert ordered(site) == {}

    assert place_order(order(site, wang, set_name="B套餐"), actor=clerk.actor, now=EARLY) != first
    assert ordered(site) == {"B套餐": 1}
    assert orders() == 2
    assert [action for action, _ in trail()] == ["place_order", "cancel_order", "place_order"]


def test_cancelling_after_the_cut_off_is_allowed_and_marked(site: Place, wang: int, clerk: Person) -> None:
    order_id = place_order(order(site, wang), actor=clerk.actor, now=EARLY)

    cancel_order(order_id, actor=clerk.actor, now=NOW)

    assert trail()[-1] == ("cancel_order", {"is_late": True})


def test_a_served_or_past_order_is_not_cancelled(site: Place, wang: int, clerk: Person) -> None:
    order_id = place_order(order(site, wang), actor=clerk.actor, now=EARLY)
    serving = serve(wang, site)

    for now, code in ((NOW, "already_served"), (NOW + timedelta(days=1), "day_past")):
        with pytest.raises(Refusal) as refusal:
            cancel_order(order_id, actor=clerk.actor, now=now)
        assert refusal.value.code == code

    void(serving)
    cancel_order(order_id, actor=clerk.actor, now=NOW)
    assert ordered(site) == {}


def test_a_served_order_is_shown_as_served(site: Place, wang: int, clerk: Person) -> None:
    place_order(order(site, wang), actor=clerk.actor, now=EARLY)
    first = serve(wang, site)
    serve(wang, site, sequence=2, second=True)

    [found] = queries.orders_of(site_id=site.id, day=TODAY, slot="lunch")
    assert (found.served_number, found.served_at) == ("1121-001", NOW)
    assert ordered(site) == {"A套餐": 1}, "a served order stays an order"

    void(first)
    [found] = queries.orders_of(site_id=site.id, day=TODAY, slot="lunch")
    assert found.served_at is None


def test_one_row_and_three_cost_the_same(site: Place, wang: int, clerk: Person) -> None:
    costs = []
    for names in (("李德福",), ("赵桂香", "孙福生")):
        for name in names:
            place_order(order(site, make_elder(name, site=site)), actor=clerk.actor, now=EARLY)
        with statements() as sent:
            queries.orders_of(site_id=site.id, day=TODAY, slot="lunch")
            ordered(site)
            kitchen_sheet(site)
        costs.append(len(sent))

    assert costs[0] == costs[1]


def test_the_count_beside_the_counter_is_one_statement(site: Place, wang: int, clerk: Person) -> None:
    place_order(order(site, wang), actor=clerk.actor, now=EARLY)

    with statements() as sent:
        assert ordered(site) == {"A套餐": 1}

    assert len(sent) == 1


def test_the_kitchen_reads_diets_without_names(site: Place, clerk: Person) -> None:
    make_menu(site)
    for name, diet in (("甲测试", "软食"), ("乙测试", "软食"), ("丙测试", "少盐"), ("丁测试", "")):
        place_order(order(site, make_elder(name, diet=diet)), actor=clerk.actor, now=EARLY)

    sheet = kitchen_sheet(site)

    assert sheet.diets == {"软食": 2, "少盐": 1}
    assert sheet.count.total == 4


def test_the_kitchen_of_an_empty_sitting_is_empty(site: Place) -> None:
    sheet = kitchen_sheet(site)

    assert (sheet.count.total, sheet.diets) == (0, {})


def test_an_order_that_is_not_there_and_one_out_of_reach_are_told_alike(site: Place, wang: int, clerk: Person) -> None:
    stranger = make_staff("clerk", site=make_site("水口村助餐点", path="金溪县/云溪镇/水口村"))
    order_id = place_order(order(site, wang), actor=clerk.actor, now=EARLY)

    answers = {told(lambda one=one: cancel_order(one, actor=stranger.actor, now=EARLY)) for one in (order_id, 999)}

    assert answers == {("没有找到这份订餐", "请返回上一页重新选择")}


def test_what_stands_against_an_order_is_told_with_its_facts(site: Place, wang: int, clerk: Person) -> None:
    other = make_site("水口村助餐点", path="金溪县/云溪镇/水口村")
    make_menu(other)
    first = place_order(order(other, wang, set_name="B套餐"), actor=COMMAND, now=EARLY)
    step = "要换套餐或取餐方式,请先取消原来的订餐"

    def again(**changed: object) -> tuple[str, str]:
        return told(lambda: place_order(order(site, wang, **changed), actor=clerk.actor, now=EARLY))

    assert again() == ("王秀兰 这一餐已在水口村助餐点订了B套餐", step)
    cancel_order(first, actor=COMMAND, now=EARLY)
    place_order(order(site, wang), actor=clerk.actor, now=EARLY)
    assert again(way="delivery") == ("王秀兰 这一餐已在枫林村助餐点订了A套餐", step)
    assert told(lambda: place_order(order(site, 999), actor=clerk.actor, now=EARLY)) == (
        "没有找到这位老人",
        "请重新查找",
    )
    tomorrow = EARLY + timedelta(days=1)
    made = place_order(order(site, wang, slot="dinner"), actor=clerk.actor, now=EARLY)
    assert told(lambda: cancel_order(made, actor=clerk.actor, now=tomorrow)) == (
        "2026-11-21 已经过去,订餐记录不再改动", "不用取消;没有来的人不会算用餐"
    )  # fmt: skip


def test_an_order_keeps_who_placed_it_and_when_it_was_taken_back(
    site: Place, wang: int, clerk: Person, manager: Person
) -> None:
    order_id = place_order(order(site, wang), actor=clerk.actor, now=EARLY)
    cancel_order(order_id, actor=manager.actor, now=EARLY + timedelta(minutes=1))
    cancel_order(order_id, actor=COMMAND, now=NOW)

    with reading() as session:
        row = session.get_one(Order, order_id)
    assert (row.ordered_at, row.ordered_by) == (EARLY, clerk.id)
    assert row.cancelled_at == EARLY + timedelta(minutes=1)


def test_lines_come_in_the_order_they_were_placed_with_who_comes_and_who_does_not(site: Place, clerk: Person) -> None:
    make_menu(site)
    here, away = make_elder("甲", site=site, village_group="3组"), make_elder("乙", site=site)
    for elder in (away, here):
        place_order(order(site, elder), actor=clerk.actor, now=EARLY)
    make_life_event(away, "paused", TODAY)
    other = make_site("水口村助餐点", path="金溪县/云溪镇/水口村")
    place_order(order(other, make_elder("丙", site=site)), actor=COMMAND, now=EARLY)

    lines = queries.orders_of(site_id=site.id, day=TODAY, slot="lunch")

    assert [(one.name, one.state, one.village_group, one.set_name) for one in lines] == [
        ("乙", "paused", "7组", "A套餐"), ("甲", "active", "3组", "A套餐")
    ]  # fmt: skip
    assert queries.orders_of(site_id=site.id, day=TODAY, slot="dinner") == []
    assert queries.orders_of(site_id=site.id, day=TODAY + timedelta(days=1), slot="lunch") == []
    with reading() as session:
        asked = {(elder, slot): queries.asked_for(session, elder_id=elder, day=TODAY, slot=slot)
                 for elder in (here, 99) for slot in ("lunch", "dinner")}  # fmt: skip
    theirs = queries.Asked(site.id, "A套餐", "dine_in", 1, EARLY)
    assert asked == {(here, "lunch"): theirs, (here, "dinner"): None, (99, "lunch"): None, (99, "dinner"): None}
