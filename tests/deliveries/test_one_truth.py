"""An order is the only cause of cooking and carrying: kitchen, labels, run and counter read the same rows."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from canteen.base import clock
from canteen.base.access import COMMAND
from canteen.base.db import reading
from canteen.base.errors import Refusal
from canteen.counter.requests import ServeRequest
from canteen.counter.service import serve_meal
from canteen.deliveries.marking import service as marking
from canteen.deliveries.marking.requests import MarkRequest
from canteen.deliveries.models import Drop, RouteStop
from canteen.deliveries.requests import NewStop, RunRequest
from canteen.deliveries.service import papers, routes, runs
from canteen.deliveries.unplaced import unplaced, waiting
from canteen.orders.models import Order, StandingOrder
from canteen.orders.queries import sitting_sheet
from canteen.orders.rules import OrderRequest
from canteen.orders.service import cancel_order, place_order
from canteen.orders.standing.rules import StandingRequest
from canteen.orders.standing.service import keep_standing
from tests.factories import (
    NOW,
    TODAY,
    Person,
    Place,
    make_elder,
    make_life_event,
    make_menu,
    make_order,
    make_site,
    make_staff,
    sign_in,
)
from tests.printing.records import make_printer

from .conftest import EARLY, Walk

TOMORROW = TODAY + timedelta(days=1)


def plan(walk: Walk, day=TODAY, now=NOW) -> runs.PlannedRun:
    return runs.plan_run(RunRequest(route_id=walk.route_id, day=day, slot="lunch"), actor=COMMAND, now=now)


def cooked(site: Place, day=TODAY) -> dict[str, int]:
    """Meals the kitchen is told, by way."""
    with reading() as session:
        sheet = sitting_sheet(session, site_id=site.id, day=day, slot="lunch")
    return {way: sheet.count.of_way(way) for way in ("dine_in", "take_away", "delivery")}


def order_of(elder_id: int, day=TODAY) -> int:
    with reading() as session:
        wanted = select(Order.id).where(
            Order.elder_id == elder_id, Order.day == day, Order.slot == "lunch", Order.cancelled_at.is_(None)
        )
        return session.scalars(wanted).one()


def lines(site: Place, day=TODAY) -> list[str]:
    with reading() as session:
        return [one.name for one in unplaced(session, site.id, day, day)]


def test_a_door_is_cooked_for_labelled_and_walked_to(walk: Walk, site: Place) -> None:
    make_printer(site)

    run = plan(walk)

    assert (cooked(site)["delivery"], run.doors) == (3, 3)
    assert papers.print_labels(run.run_id, key="abcdefgh", actor=COMMAND, now=NOW) == 3


def test_tomorrows_run_is_planned_and_labelled_today(walk: Walk, site: Place) -> None:
    make_printer(site)
    make_menu(site, day=TOMORROW)

    run = plan(walk, day=TOMORROW)

    assert (cooked(site, TOMORROW)["delivery"], run.doors) == (3, 3)
    assert papers.print_labels(run.run_id, key="abcdefgh", actor=COMMAND, now=NOW) == 3


def test_who_ordered_delivery_and_stands_on_no_route_is_a_line_until_placed(
    walk: Walk, site: Place, manager: Person
) -> None:
    sun = make_elder("孙测试", site=site)
    make_order(sun, site, way="delivery")
    plan(walk)
    assert lines(site) == ["孙测试"]

    routes.add_stop(NewStop(route_id=walk.route_id, elder_id=sun), actor=manager.actor, now=NOW)

    assert lines(site) == []
    assert plan(walk).added == 1


@pytest.mark.parametrize("way", ["cancelled", "dine_in", "paused", "served"])
def test_nobody_is_missed_who_needs_no_carrying(walk: Walk, site: Place, way: str) -> None:
    sun = make_elder("孙测试", site=site)
    order = make_order(sun, site, way="dine_in" if way == "dine_in" else "delivery")
    if way == "cancelled":
        cancel_order(order, actor=COMMAND, now=EARLY)
    elif way == "paused":
        make_life_event(sun, "paused", TODAY)
    elif way == "served":
        serve_meal(ServeRequest(key="x" * 12, site_id=site.id, slot="lunch", elder_id=sun), actor=COMMAND, now=NOW)

    assert lines(site) == []


def test_a_door_whose_order_is_cancelled_is_not_handed_over(walk: Walk, site: Place, volunteer: Person) -> None:
    run = plan(walk)
    cancel_order(order_of(walk.li), actor=COMMAND, now=NOW)
    with reading() as session:
        drop = session.scalars(select(Drop.id).where(Drop.run_id == run.run_id, Drop.elder_id == walk.li)).one()
    [shown] = runs.open_runs(site_id=None, day=TODAY, actor=volunteer.actor, now=NOW)
    assert [door.is_ordered for door in shown.doors] == [True, False, True]
    assert shown.left == 2

    def tap() -> marking.DropOutcome:
        return marking.record_drop(
            drop, MarkRequest(outcome="handed_over", key="k" * 12), now=NOW, actor=volunteer.actor
        )

    with pytest.raises(Refusal) as refused:
        tap()
    assert refused.value.code == "order_cancelled" and refused.value.next_step

    request = OrderRequest(site_id=site.id, elder_id=walk.li, day=TODAY, slot="lunch", way="delivery")
    place_order(request, actor=COMMAND, now=NOW)
    assert tap().state == "handed_over"


def test_adding_a_door_makes_a_habit_or_has_the_one_there_carried(walk: Walk, site: Place, manager: Person) -> None:
    sun = make_elder("孙测试", site=site)
    request = StandingRequest(site_id=site.id, elder_id=sun, slot="lunch", weekdays="36", from_day=TODAY)
    keep_standing(request, actor=COMMAND, now=EARLY)

    routes.add_stop(
        NewStop(route_id=walk.route_id, elder_id=sun, slots=("lunch", "dinner")), actor=manager.actor, now=EARLY
    )

    with reading() as session:
        kept = session.scalars(select(StandingOrder).where(StandingOrder.elder_id == sun).order_by(StandingOrder.id))
        assert [(one.slot, one.weekdays, one.way) for one in kept] == [
            ("lunch", "36", "delivery"),
            ("dinner", "1234567", "delivery"),
        ]
        ways = session.scalars(select(Order.way).where(Order.elder_id == sun, Order.slot == "lunch")).all()
        assert set(ways) == {"delivery"}


def test_what_waits_is_counted_for_the_header(walk: Walk, site: Place, client: FlaskClient, clerk_at: Person) -> None:
    today = clock.today()
    sun = make_elder("孙测试", site=site)
    make_order(sun, site, day=today, way="delivery")
    make_order(sun, site, day=today + timedelta(days=1), way="delivery")
    make_order(sun, site, day=today + timedelta(days=2), way="delivery")
    other = make_site("外村测试点", path="金溪县/云溪镇/外村")

    assert waiting(site_id=site.id, day=today) == 2
    assert waiting(site_id=other.id, day=today) == 0
    sign_in(client, clerk_at)
    header = client.get("/orders").get_data(as_text=True).split("</nav>")[0]
    assert header.split('href="/deliveries"')[1].split("</a>")[0].split("</svg> ")[1].startswith("2")


@pytest.fixture
def clerk_at(site: Place) -> Person:
    return make_staff("clerk", site=site)


steps = st.lists(
    st.tuples(
        st.sampled_from(["order", "cancel", "habit", "stop", "plan", "pause"]),
        st.integers(0, 4),
        st.sampled_from(["dine_in", "delivery", "take_away"]),
    ),
    max_size=14,
)


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
@given(taken=steps)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_on_any_morning_cooked_to_carry_is_walked_or_a_red_line(walk: Walk, site: Place, taken) -> None:
    """Whatever people do, every meal cooked to be carried has a door of the run, or a line that says it has none."""
    day = TODAY + timedelta(days=3 + len(_mornings))
    _mornings.append(day)
    at = EARLY + (day - TODAY)
    people = [make_elder(f"测试{'甲乙丙丁戊'[n]}{len(_mornings)}", site=site) for n in range(5)]
    for what, number, way in taken:
        elder = people[number]
        try:
            if what == "order":
                request = OrderRequest(site_id=site.id, elder_id=elder, day=day, slot="lunch", way=way)
                place_order(request, actor=COMMAND, now=at)
            elif what == "cancel":
                cancel_order(order_of(elder, day), actor=COMMAND, now=at)
            elif what == "habit":
                habit = StandingRequest(
                    site_id=site.id, elder_id=elder, slot="lunch", weekdays="1234567", way=way, from_day=day
                )
                keep_standing(habit, actor=COMMAND, now=at)
            elif what == "stop":
                routes.add_stop(NewStop(route_id=walk.route_id, elder_id=elder), actor=COMMAND, now=at)
            elif what == "pause":
                make_life_event(elder, "paused", day)
            else:
                plan(walk, day, at)
        except Exception as refused:
            assert isinstance(refused, Refusal) or "No row" in str(refused), refused

    run = plan(walk, day, at)

    with reading() as session:
        on_run = set(session.scalars(select(Drop.elder_id).where(Drop.run_id == run.run_id)))
        live = session.scalars(
            select(Order.elder_id).where(Order.day == day, Order.way == "delivery", Order.cancelled_at.is_(None))
        ).all()
        stops = set(session.scalars(select(RouteStop.elder_id)))
    [view] = runs_of_day(site, day)
    walked = [door for door in view.doors if door.is_open and door.life.kind == "active"]
    assert {door.elder_id for door in walked} <= on_run & stops & set(live)
    assert cooked(site, day)["delivery"] == len(walked) + len(lines(site, day))


def runs_of_day(site: Place, day):
    return [one for one in runs.open_runs(site_id=site.id, day=day, actor=COMMAND, now=NOW) if one.slot == "lunch"]


_mornings: list = []
