"""The last meal of a sitting is ordered once; orders end the day before; who ordered and did not come is told."""

from __future__ import annotations

import threading
from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from canteen.base import clock
from canteen.base.access import COMMAND
from canteen.base.db import reading, settle, transaction
from canteen.base.errors import Refusal
from canteen.orders import queries
from canteen.orders.queries import ordered_by_set
from canteen.orders.rules import OrderChange, OrderRequest
from canteen.orders.service import cancel_order, change_order, place_order, place_orders
from canteen.orders.standing.making import make_orders
from canteen.orders.standing.rules import StandingRequest
from canteen.orders.standing.service import keep_standing
from canteen.places.models import SiteSlot
from canteen.places.queries import site_for
from tests.factories import TODAY, Person, Place, csrf, make_elder, make_life_event, make_order, make_staff, sign_in
from tests.orders.conftest import EARLY, serve

TOMORROW = TODAY + timedelta(days=1)


def have(site: Place, **facts) -> None:
    with transaction() as session:
        slot = session.get_one(SiteSlot, (site.id, "lunch"))
        for name, value in facts.items():
            setattr(slot, name, value)


def wish(site: Place, elder_id: int, portions: int = 1, day: date = TOMORROW) -> OrderRequest:
    return OrderRequest(site_id=site.id, elder_id=elder_id, day=day, slot="lunch", portions=portions)


def meals(site: Place, day: date = TOMORROW) -> int:
    with reading() as session:
        return sum(ordered_by_set(session, site_id=site.id, day=day, slot="lunch").values())


def test_the_last_meal_can_be_ordered_and_no_more(site: Place, clerk: Person, manager: Person) -> None:
    have(site, capacity=4)
    people = [make_elder(f"测试{n}", site=site) for n in range(4)]
    asked = [wish(site, one, portions) for one, portions in zip(people, (2, 3, 2, 1), strict=True)]

    placed = place_orders(asked, site.id, actor=clerk.actor, now=EARLY)

    assert [one.trouble and one.trouble.code for one in placed] == [None, "sitting_full", None, "sitting_full"]
    assert meals(site) == 4
    with pytest.raises(Refusal, match="还剩 0 份"):
        place_order(asked[3], actor=manager.actor, now=EARLY)


def test_a_change_takes_only_what_it_adds(site: Place, clerk: Person) -> None:
    have(site, capacity=4)
    wang, li = make_elder("王秀兰", site=site), make_elder("李德福", site=site)
    order_id = place_order(wish(site, wang, 3), actor=clerk.actor, now=EARLY)
    place_order(wish(site, li), actor=clerk.actor, now=EARLY)

    with pytest.raises(Refusal, match="最多 4 份"):
        change_order(order_id, OrderChange(way="dine_in", portions=4), actor=clerk.actor, now=EARLY)
    change_order(order_id, OrderChange(way="delivery", portions=3), actor=clerk.actor, now=EARLY)
    change_order(order_id, OrderChange(way="delivery", portions=2), actor=clerk.actor, now=EARLY)

    assert meals(site) == 3


def test_what_is_cancelled_or_not_cooked_makes_room(site: Place, clerk: Person) -> None:
    have(site, capacity=1)
    wang, li, zhao = (make_elder(name, site=site) for name in ("王秀兰", "李德福", "赵桂香"))
    first = place_order(wish(site, wang), actor=clerk.actor, now=EARLY)
    cancel_order(first, actor=clerk.actor, now=EARLY)
    place_order(wish(site, li), actor=clerk.actor, now=EARLY)
    make_life_event(li, "paused", TOMORROW)

    place_order(wish(site, zhao), actor=clerk.actor, now=EARLY)

    assert meals(site) == 1


def test_of_many_at_once_the_last_meal_goes_to_one(app: Flask, site: Place, clerk: Person) -> None:
    have(site, capacity=3)
    people = [make_elder(f"测试{n}", site=site) for n in range(6)]
    start, codes = threading.Barrier(6), []

    def order(elder_id: int) -> None:
        with app.app_context():
            start.wait()
            try:
                place_order(wish(site, elder_id), actor=clerk.actor, now=EARLY)
                codes.append("")
            except Refusal as refusal:
                codes.append(refusal.code)

    threads = [threading.Thread(target=order, args=(one,)) for one in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(codes) == ["", "", "", "sitting_full", "sitting_full", "sitting_full"]
    assert meals(site) == 3


def test_a_standing_order_is_kept_even_when_the_sitting_is_full(site: Place, clerk: Person) -> None:
    """It was promised before: the page says by how many the sitting is over."""
    have(site, capacity=1)
    wang, li = make_elder("王秀兰", site=site), make_elder("李德福", site=site)
    place_order(wish(site, wang), actor=clerk.actor, now=EARLY)
    habit = StandingRequest(site_id=site.id, elder_id=li, slot="lunch", weekdays="1234567", from_day=TODAY)

    keep_standing(habit, actor=clerk.actor, now=EARLY)

    assert settle(lambda session: make_orders(session, site_for(COMMAND, site.id), actor=COMMAND, now=EARLY)) == 0
    assert meals(site) == 2


def test_orders_that_end_the_day_before(site: Place, clerk: Person) -> None:
    have(site, cutoff_days=1, order_cutoff="09:10")
    wang, li = make_elder("王秀兰", site=site), make_elder("李德福", site=site)

    place_order(wish(site, wang), actor=clerk.actor, now=EARLY)  # 09:10 of the day before
    with pytest.raises(Refusal, match="2026-11-21 09:10 截止"):
        place_order(wish(site, li), actor=clerk.actor, now=EARLY + timedelta(minutes=1))


def test_who_ordered_and_did_not_come(site: Place, clerk: Person) -> None:
    never, once, away, old = (make_elder(name, site=site) for name in ("甲某", "乙某", "丙某", "丁某"))
    yesterday = TODAY - timedelta(days=1)
    for elder in (never, once, away):
        make_order(elder, site, day=yesterday)
    make_order(once, site, day=yesterday - timedelta(days=1))
    make_order(old, site, day=TODAY - timedelta(days=61))
    make_order(old, site)
    cancel_order(make_order(old, site, day=TOMORROW), actor=clerk.actor, now=EARLY)
    serve(once, site, day=yesterday)
    make_life_event(away, "paused", yesterday, yesterday)

    assert queries.no_shows({never, once, away, old}, before=TODAY) == {never: 1, once: 1}


def test_the_settings_and_the_orders_page_say_it(client: FlaskClient, site: Place) -> None:
    desk = sign_in(client, make_staff("manager", site=site))
    day = clock.today() + timedelta(days=1)
    settings = {
        "csrf_token": csrf(desk, "/site"),
        "site_id": str(site.id),
        "name": "枫林村助餐点",
        "phone": "",
        "operating_model": "village_run",
        "weekdays": list("1234567"),
        "served": ["lunch"],
        "lunch_opens": "11:00",
        "lunch_closes": "12:30",
        "lunch_cutoff": "20:00",
        "lunch_cutoff_days": "2",
        "lunch_capacity": "30",
        "absent_days": "7",
        "opened_on": "2026-01-01",
        "closed_on": "",
    }
    for wrong in ({"lunch_cutoff_days": "4"}, {"lunch_capacity": "0"}, {"lunch_capacity": "viele"}):
        assert desk.post("/site", data=settings | wrong).status_code == 422

    assert desk.post("/site", data=settings).status_code == 303

    [hours] = site_for(COMMAND, site.id).slots
    assert (hours.cutoff_days, hours.order_cutoff, hours.capacity) == (2, "20:00", 30)
    wang = make_elder("王秀兰", site=site)
    make_order(wang, site, day=day - timedelta(days=2))
    make_order(wang, site, day=day)
    page = desk.get(f"/orders?day={day}&slot=lunch&q=王秀兰").get_data(as_text=True)
    assert "最多 30 份,还剩 29 份" in page and "20:00 截止" in page and "订了没来 1 次" in page
    assert "没有来" in desk.get(f"/orders?day={day - timedelta(days=2)}&slot=lunch").get_data(as_text=True)
