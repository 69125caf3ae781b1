"""A day is closed after people have ordered: nothing is cooked, carried or forgotten, and the kitchen is told."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from canteen.base import clock
from canteen.base.access import COMMAND
from canteen.base.db import reading, settle
from canteen.base.errors import BadInput, NotFound, Refusal
from canteen.deliveries.requests import RouteChange, RunRequest
from canteen.deliveries.service.routes import keep_route
from canteen.deliveries.service.runs import plan_run
from canteen.orders import queries
from canteen.orders.closing.requests import CloseDay
from canteen.orders.closing.service import close_day
from canteen.orders.closing.touched import touched_on
from canteen.orders.papers import SittingAt, kitchen_news
from canteen.orders.rules import OrderRequest
from canteen.orders.service import place_order, print_for_kitchen
from canteen.orders.standing.making import make_orders
from canteen.orders.standing.rules import StandingRequest
from canteen.orders.standing.service import keep_standing
from canteen.places.queries import plan_of, site_for
from canteen.printing.models import JOB
from canteen.printing.papers.sealing import opened
from tests.factories import (
    TODAY,
    Person,
    Place,
    csrf,
    make_elder,
    make_life_event,
    make_menu,
    make_order,
    make_site,
    make_staff,
    sign_in,
)
from tests.orders.conftest import EARLY, serve, trail
from tests.printing.records import make_printer

TOMORROW = TODAY + timedelta(days=1)


def close(site: Place, by: Person, *, seen: int, day: date = TOMORROW, move_to: date | None = None, now=EARLY):
    request = CloseDay(site_id=site.id, day=day, reason="停水", seen=seen, move_to=move_to)
    return close_day(request, actor=by.actor, now=now)


def names(site: Place, day: date, slot: str = "lunch") -> list[str]:
    return [one.name for one in queries.orders_of(site_id=site.id, day=day, slot=slot)]


def is_open(site: Place, day: date) -> bool:
    return day not in plan_of(site.id).exceptions


def test_who_has_ordered_is_said(site: Place) -> None:
    wang, li, zhao = (make_elder(name, site=site, phone="13900001111") for name in ("王秀兰", "李德福", "赵桂香"))
    make_order(wang, site, day=TOMORROW, way="delivery")
    make_order(li, site, day=TOMORROW, slot="dinner")
    make_order(zhao, site)

    touched = touched_on(site_id=site.id, day=TOMORROW)

    assert [(one.name, one.slot, one.phone) for one in touched.orders] == [
        ("王秀兰", "lunch", "13900001111"),
        ("李德福", "dinner", "13900001111"),
    ]
    assert (touched.meals, touched.doors, touched.standing) == (2, 1, 0)


def test_orders_are_cancelled_and_nobody_can_order_any_more(site: Place, manager: Person) -> None:
    wang, li = make_elder("王秀兰", site=site), make_elder("李德福", site=site)
    make_order(wang, site, day=TOMORROW)
    make_order(li, site, day=TOMORROW + timedelta(days=1))

    done = close(site, manager, seen=1)

    assert [(one.order.name, one.is_moved) for one in done.dealt] == [("王秀兰", False)]
    assert names(site, TOMORROW) == [] and names(site, TOMORROW + timedelta(days=1)) == ["李德福"]
    with pytest.raises(Refusal, match="不供餐"):
        place_order(
            OrderRequest(site_id=site.id, elder_id=li, day=TOMORROW, slot="lunch"), actor=manager.actor, now=EARLY
        )
    assert ("cancel_order", {"closed": True, "moved_to": ""}) in trail()


def test_orders_are_moved_where_that_is_possible(site: Place, manager: Person) -> None:
    free, busy, away = (make_elder(name, site=site) for name in ("王秀兰", "李德福", "赵桂香"))
    other = TOMORROW + timedelta(days=2)
    make_menu(site, day=other, sets=("B套餐",))
    for elder in (free, busy, away):
        make_order(elder, site, day=TOMORROW, way="delivery")
    make_order(busy, site, day=other)
    make_life_event(away, "paused", other)

    done = close(site, manager, seen=3, move_to=other)

    assert [(one.order.name, one.is_moved) for one in done.dealt] == [
        ("王秀兰", True),
        ("李德福", False),
        ("赵桂香", False),
    ]
    moved = queries.orders_of(site_id=site.id, day=other, slot="lunch")
    assert [(one.name, one.way, one.set_name) for one in moved] == [
        ("李德福", "dine_in", "A套餐"),
        ("王秀兰", "delivery", "B套餐"),
    ]
    assert names(site, TOMORROW) == []


def test_somebody_who_ordered_meanwhile_stops_it(site: Place, manager: Person) -> None:
    make_order(make_elder("王秀兰", site=site), site, day=TOMORROW)

    with pytest.raises(Refusal) as refusal:
        close(site, manager, seen=0)

    assert refusal.value.code == "orders_changed"
    assert names(site, TOMORROW) == ["王秀兰"] and is_open(site, TOMORROW)


def test_closing_again_deals_with_what_is_left(site: Place, manager: Person) -> None:
    close(site, manager, seen=0)
    make_order(make_elder("王秀兰", site=site), site, day=TOMORROW)

    done = close(site, manager, seen=7)

    assert [one.order.name for one in done.dealt] == ["王秀兰"]
    assert names(site, TOMORROW) == []


def test_who_has_eaten_has_eaten_and_the_past_stays(site: Place, manager: Person) -> None:
    done, open_, past = (make_elder(name, site=site) for name in ("王秀兰", "李德福", "赵桂香"))
    for elder in (done, open_):
        make_order(elder, site)
    serve(done, site)
    make_order(past, site, day=TODAY - timedelta(days=1))

    close(site, manager, seen=1, day=TODAY)
    close(site, manager, seen=1, day=TODAY - timedelta(days=1))

    assert names(site, TODAY) == ["王秀兰"]
    assert names(site, TODAY - timedelta(days=1)) == ["赵桂香"]


def test_standing_orders_make_none_for_the_closed_day(site: Place, manager: Person) -> None:
    habit = StandingRequest(
        site_id=site.id, elder_id=make_elder("王秀兰", site=site), slot="lunch", weekdays="1234567", from_day=TODAY
    )
    keep_standing(habit, actor=manager.actor, now=EARLY)
    touched = touched_on(site_id=site.id, day=TOMORROW)
    assert (len(touched.orders), touched.standing) == (1, 1)

    close(site, manager, seen=1)

    facts = site_for(COMMAND, site.id)
    assert settle(lambda session: make_orders(session, facts, actor=COMMAND, now=EARLY)) == 0
    assert names(site, TOMORROW) == [] and names(site, TOMORROW + timedelta(days=1)) == ["王秀兰"]


@pytest.mark.parametrize("wrong", [TOMORROW, TODAY - timedelta(days=3), TODAY + timedelta(days=6)])
def test_orders_are_not_moved_to_a_day_without_service(manager: Person, site: Place, wrong: date) -> None:
    make_order(make_elder("王秀兰", site=site), site, day=TOMORROW)
    close(site, manager, seen=0, day=TODAY + timedelta(days=6))

    with pytest.raises(BadInput):
        close(site, manager, seen=1, move_to=wrong)

    assert names(site, TOMORROW) == ["王秀兰"] and is_open(site, TOMORROW)


def test_the_kitchen_gets_a_change_slip_where_it_has_a_sheet(site: Place, manager: Person) -> None:
    make_printer(site)
    make_menu(site, day=TOMORROW)
    make_order(make_elder("王秀兰", site=site), site, day=TOMORROW)
    at = SittingAt(site=site_for(COMMAND, site.id), day=TOMORROW, slot="lunch")
    print_for_kitchen(at, 1, whole=True, actor=COMMAND, now=EARLY)

    done = close(site, manager, seen=1)

    assert (done.slips, done.untold) == (1, None)
    with reading() as session:
        last = session.execute(select(JOB).order_by(JOB.c.id.desc())).first()
    assert last is not None and last.kind == "change_slip"
    facts = opened(last.sealed, key=last.key)
    assert (facts["total_before"], facts["total"]) == (1, 0)
    assert kitchen_news(at)[1].is_known


def test_a_kitchen_without_a_sheet_is_not_told_on_paper(site: Place, manager: Person) -> None:
    make_order(make_elder("王秀兰", site=site), site, day=TOMORROW)

    done = close(site, manager, seen=1)

    assert (done.slips, done.untold) == (0, None)


def test_another_sites_day_is_not_found(site: Place) -> None:
    stranger = make_staff("manager", site=make_site("水口村助餐点", path="金溪县/云溪镇/水口村"))

    with pytest.raises(NotFound):
        close(site, stranger, seen=0)
    assert is_open(site, TOMORROW)


def test_no_run_is_planned_on_a_closed_day(site: Place, manager: Person) -> None:
    route = RouteChange(site_id=site.id, route_id=None, name="东线", staff_id=None)
    route_id = keep_route(route, actor=manager.actor, now=EARLY)
    close(site, manager, seen=0)

    with pytest.raises(Refusal) as refusal:
        plan_run(RunRequest(route_id=route_id, day=TOMORROW, slot="lunch"), actor=manager.actor, now=EARLY)

    assert refusal.value.code == "closed_day"


# -- pages -----------------------------------------------------------------------------------------------------------


def test_the_pages_say_whom_and_the_orders_page_says_closed(client: FlaskClient, site: Place, manager: Person) -> None:
    desk, day = sign_in(client, manager), clock.today() + timedelta(days=1)
    make_order(make_elder("王秀兰", site=site, phone="13900001111"), site, day=day)

    page = desk.get(f"/orders/close-day?site_id={site.id}&day={day}&reason=停水").get_data(as_text=True)
    assert "1 位订了 1 份" in page and "13900001111" in page and 'value="停水"' in page
    data = {
        "csrf_token": csrf(desk, "/orders"),
        "site_id": str(site.id),
        "day": str(day),
        "seen": "1",
        "reason": "停水",
    }
    assert desk.post("/orders/close-day", data=data | {"reason": ""}).status_code == 422
    assert desk.post("/orders/close-day", data=data | {"what": "move", "move_to": "x"}).status_code == 422
    assert names(site, day) == ["王秀兰"]

    done = desk.post("/orders/close-day", data=data | {"what": "cancel", "move_to": "x"}).get_data(as_text=True)

    assert "王秀兰" in done and "13900001111" in done and "取消 1 份" in done
    for address in ("/orders", "/orders/kitchen"):
        assert "停餐:停水" in desk.get(f"{address}?day={day}&slot=lunch").get_data(as_text=True)


def test_orders_left_on_a_closed_day_are_a_red_line(client: FlaskClient, site: Place, manager: Person) -> None:
    desk, day = sign_in(client, manager), clock.today() + timedelta(days=1)
    close(site, manager, seen=0, day=day)
    make_order(make_elder("王秀兰", site=site), site, day=day)

    page = desk.get(f"/orders?day={day}&slot=lunch").get_data(as_text=True)

    assert "还有 1 份订餐留在这一天" in page and "/orders/close-day?" in page
