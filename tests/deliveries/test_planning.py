"""Planning routes: places as people type them, when doors are reached, the proposal, and what taking it does."""

from __future__ import annotations

import random
import re
from itertools import pairwise

import pytest
from factories import NOW, TODAY, Person, Place, csrf, make_elder, make_order, make_site, make_staff, sign_in
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from canteen.base.apart import work_apart
from canteen.base.db import reading, transaction
from canteen.base.errors import BadInput, NotFound, Refusal
from canteen.deliveries.marking import service as marking
from canteen.deliveries.marking.requests import MarkRequest
from canteen.deliveries.models import DoorPlace, Drop, Route, RouteStop, Run
from canteen.deliveries.planning import service
from canteen.deliveries.planning.requests import DoorChange, PlanChoice, PlanRequest
from canteen.deliveries.planning.rules import (
    DOOR_MINUTES,
    MOVES_BY,
    SPEEDS,
    DoorAt,
    Problem,
    Walker,
    in_new_order,
    latest_s,
    seconds,
    walk,
    why_unreached,
)
from canteen.deliveries.planning.sketch import EDGE, HEIGHT, WIDTH, sketch
from canteen.deliveries.planning.solving import solve
from canteen.deliveries.planning.where import Point, as_shown, metres, read_phone_point, read_point
from canteen.deliveries.requests import RouteChange, RunRequest
from canteen.deliveries.service import changing, routes, runs
from canteen.orders.models import Order
from canteen.orders.rules import OrderChange
from canteen.orders.service import change_order

from .conftest import Walk

CENTRE = Point(27.91, 116.40)


def near(north_m: float, east_m: float) -> Point:
    """A point so many metres from the centre."""
    return Point(CENTRE.latitude + north_m / 111_195, CENTRE.longitude + east_m / 98_260)


def walker(route_id: int = 1, *, boxes: int = 20, moves_by: str = "e_bike", returns: bool = True) -> Walker:
    return Walker(route_id, boxes, moves_by, returns)


# --- places ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "116.397451,39.909187",
        "39.909187,116.397451",
        "39.909187，116.397451",
        " 116.397451 39.909187 ",
        "经度116.397451 纬度39.909187",
        "https://uri.amap.com/marker?position=116.397451,39.909187&name=测试",
        "３９．909187,116.397451".replace("．", "."),
    ],
)
def test_a_place_is_understood_in_the_shapes_maps_give_it(text: str) -> None:
    found = read_point(text)

    assert found is not None
    assert as_shown(found) == pytest.approx((39.909187, 116.397451), abs=1e-5)
    # The moved map is some hundred metres beside where a phone says it is.
    assert 300 < metres(found, Point(39.909187, 116.397451)) < 900


def test_nothing_typed_is_no_place_and_a_phone_is_believed_as_it_is() -> None:
    assert read_point("  ") is None
    assert read_phone_point("27.915012,116.403900") == (27.915012, 116.4039)


@pytest.mark.parametrize("text", ["村东头第三家", "13900000001", "0,0", "51.5,-0.12", "200,300", "27.9", "9" * 4000])
def test_what_is_no_place_in_china_is_refused_with_what_to_do(text: str) -> None:
    with pytest.raises(BadInput) as refused:
        read_point(text)

    assert "复制坐标" in refused.value.next_step
    with pytest.raises(BadInput):
        read_phone_point("")


@given(st.text(max_size=400))
def test_no_text_makes_reading_a_place_fail(text: str) -> None:
    try:
        found = read_point(text)
    except BadInput:
        return
    assert found is None or (2 < found.latitude < 55 and 72 < found.longitude < 137)


# --- rules -----------------------------------------------------------------------------------------------------


def test_every_way_to_move_has_a_speed() -> None:
    assert set(SPEEDS) == set(MOVES_BY)


def test_a_walk_is_timed_from_departure_with_the_minutes_at_each_door() -> None:
    # 600 m as the crow flies is 780 m of lanes: 156 s on an electric bike of 5 m/s.
    problem = Problem(CENTRE, (walker(),), (DoorAt(1, near(600, 0)), DoorAt(2, near(1200, 0), minutes=10)))

    there = walk(problem, walker(), problem.doors)
    one_way = walk(problem, walker(returns=False), problem.doors)

    assert seconds(walker(), CENTRE, near(600, 0)) == pytest.approx(156, abs=2)
    assert [(door.elder_id, door.at_minute) for door in there.doors] == [(1, 3), (2, 9)]
    assert (one_way.minutes, there.minutes) == (19, 24)  # 156 + 180 + 156 + 600 s, and 312 s back
    assert there.metres == pytest.approx(3120, abs=20)
    assert walk(problem, walker(), []).minutes == 0


@pytest.mark.parametrize(
    ("by", "minutes"), [(None, 40), (25, 25), (60, 40), (0, 0), (-5, 0)], ids=["hot", "early", "late", "now", "gone"]
)
def test_a_door_must_be_reached_hot_and_in_time(by: int | None, minutes: int) -> None:
    door = DoorAt(1, CENTRE, by=by)

    assert latest_s(Problem(CENTRE, (walker(),), (door,)), door) == 60 * minutes


@pytest.mark.parametrize(
    ("door", "boxes", "why"),
    [
        (DoorAt(9, near(20_000, 0)), 20, "too_far"),
        (DoorAt(9, near(3000, 0), by=5), 20, "too_early"),
        (DoorAt(9, near(300, 0)), 1, "no_boxes"),
        (DoorAt(9, near(300, 0)), 2, "no_time"),
    ],
)
def test_the_plainest_reason_is_said_for_a_door_nobody_gets_to(door: DoorAt, boxes: int, why: str) -> None:
    problem = Problem(CENTRE, (walker(boxes=boxes),), (DoorAt(1, near(100, 0)), door))

    assert why_unreached(problem, door, {1}) == why


def test_nobody_falls_off_a_route_by_planning() -> None:
    assert in_new_order([1, 2, 3, 4], [3, 9], {3, 9, 1}) == [3, 9, 2, 4]


# --- the proposal ----------------------------------------------------------------------------------------------


def village(doors: int, walkers: int, seed: int, **how: int) -> Problem:
    chance = random.Random(seed)
    return Problem(
        CENTRE,
        tuple(walker(number, boxes=how.get("boxes", 20)) for number in range(1, walkers + 1)),
        tuple(
            DoorAt(elder, near(chance.uniform(-1500, 1500), chance.uniform(-1500, 1500)))
            for elder in range(1, doors + 1)
        ),
        most_minutes=90,
    )


@pytest.mark.parametrize("seed", range(3))
def test_a_plan_reaches_every_door_once_or_says_why_not(seed: int) -> None:
    problem = village(30, 3, seed, boxes=9)

    plan = solve(problem, for_s=0.1)

    reached = [door.elder_id for route in plan.routes for door in route.doors]
    assert sorted(reached + [one.elder_id for one in plan.unreached]) == list(range(1, 31))
    assert [route.route_id for route in plan.routes] == [1, 2, 3]
    assert all(len(route.doors) <= 9 for route in plan.routes)
    assert all(door.at_minute <= problem.most_minutes for route in plan.routes for door in route.doors)
    assert all(one.at_minute <= other.at_minute for route in plan.routes for one, other in pairwise(route.doors))
    assert {one.why for one in plan.unreached} == {"no_boxes"}
    assert len(plan.unreached) == 3


def test_a_planned_way_is_shorter_than_the_order_of_the_names() -> None:
    problem = village(12, 1, 5)
    by_name = walk(problem, problem.walkers[0], problem.doors)

    [planned] = solve(problem, for_s=0.2).routes

    assert len(planned.doors) == 12 and planned.metres < by_name.metres


def test_who_eats_early_comes_first_and_who_does_not_return_ends_far_out() -> None:
    far, close = DoorAt(1, near(1200, 0), by=6), DoorAt(2, near(300, 0))
    early = solve(Problem(CENTRE, (walker(),), (far, close)), for_s=0.1)
    there = solve(Problem(CENTRE, (walker(returns=False),), (DoorAt(1, far.place), close)), for_s=0.1)

    assert [door.elder_id for door in early.routes[0].doors][0] == 1
    assert [door.elder_id for door in there.routes[0].doors] == [2, 1]


def test_a_sketch_shows_every_door_inside_its_edges_and_north_above() -> None:
    problem = Problem(CENTRE, (walker(),), (DoorAt(1, near(900, 0)), DoorAt(2, near(-900, 400)), DoorAt(3, CENTRE)))
    plan = solve(problem, for_s=0.1)

    drawn = sketch(problem, plan.routes, [3])

    spots = {number: (x, y) for way in drawn.ways for x, y, number in way.doors}
    assert len(spots) == 3 and len(drawn.left) == 1
    assert all(EDGE <= x <= WIDTH - EDGE and EDGE <= y <= HEIGHT - EDGE for x, y in spots.values())
    order = [door.elder_id for door in plan.routes[0].doors]
    assert spots[order.index(1) + 1][1] < drawn.start[1] < spots[order.index(2) + 1][1]
    assert sketch(Problem(CENTRE, (walker(),), (DoorAt(1, CENTRE),)), [], [1]).left == ((WIDTH // 2, HEIGHT // 2),)


# --- keeping, planning, taking -----------------------------------------------------------------------------------


@pytest.fixture
def west(site: Place, manager: Person) -> int:
    change = RouteChange(site_id=site.id, route_id=None, name="西线", staff_id=None)
    return routes.keep_route(change, actor=manager.actor, now=NOW)


def place_doors(walk_: Walk, manager: Person) -> None:
    for number, elder in enumerate((walk_.wang, walk_.li, walk_.zhao), 1):
        service.keep_door(elder, DoorChange(place=near(200 * number, 0)), actor=manager.actor, now=NOW)


def wanted(walk_: Walk, *route_ids: int, **how: object) -> PlanRequest:
    return PlanRequest(
        site_id=walk_.site.id,
        start=CENTRE,
        departs="10:40",
        most_minutes=40,
        walkers=tuple(walker(route_id, **how) for route_id in route_ids),  # type: ignore[arg-type]
    )


def stops(route_id: int) -> list[int]:
    with reading() as session:
        ordered = select(RouteStop.elder_id).where(RouteStop.route_id == route_id).order_by(RouteStop.position)
        return list(session.scalars(ordered))


def test_what_is_known_about_a_door_is_sealed_and_survives_a_change(walk: Walk, manager: Person) -> None:
    place_doors(walk, manager)
    service.keep_door(walk.wang, DoorChange(place=CENTRE, minutes=8, eats_by="11:00"), actor=manager.actor, now=NOW)

    shown = service.site_to_plan(walk.site.id, now=NOW)

    facts = {door.elder_id: door.facts for door in shown.doors}
    assert facts[walk.wang] == DoorChange(place=CENTRE, minutes=8, eats_by="11:00")
    assert facts[walk.li].minutes == DOOR_MINUTES
    with reading() as session:
        rows = session.scalars(select(DoorPlace)).all()
    assert len(rows) == 3
    assert not any(b"116.4" in bytes(row.sealed) for row in rows)


def test_a_door_of_another_place_is_not_kept(walk: Walk) -> None:
    stranger = make_staff("manager", site=make_site("测试别处", path="别县/别镇/别村"))

    with pytest.raises(NotFound):
        service.keep_door(walk.wang, DoorChange(place=CENTRE), actor=stranger.actor, now=NOW)


def test_taking_a_proposal_puts_the_doors_where_it_says_and_nothing_before(
    walk: Walk, west: int, manager: Person
) -> None:
    place_doors(walk, manager)
    lost = make_elder("测试无位置", site=walk.site)
    make_order(lost, walk.site, day=TODAY, way="delivery")

    proposal = service.propose(wanted(walk, walk.route_id, west), actor=manager.actor, now=NOW)

    assert stops(walk.route_id) == [walk.wang, walk.li, walk.zhao]
    assert [(one.elder_id, one.why) for one in proposal.plan.unreached] == [(lost, "no_place")]
    choice = PlanChoice(site_id=walk.site.id, routes={walk.route_id: (walk.zhao,), west: (walk.li, lost)})
    assert service.take_plan(choice, actor=manager.actor, now=NOW) == 2
    assert (stops(walk.route_id), stops(west)) == ([walk.zhao, walk.wang], [walk.li, lost])
    with reading() as session:
        hint = session.scalar(select(RouteStop.sealed_hint).where(RouteStop.elder_id == walk.wang))
        assert session.get_one(Route, west).boxes == 20
    assert hint  # what to know at a door goes with it


def test_a_proposal_is_refused_when_its_doors_stand_elsewhere_by_now(walk: Walk, west: int, manager: Person) -> None:
    stranger = make_elder("测试别人", site=walk.site)
    choice = PlanChoice(site_id=walk.site.id, routes={west: (stranger,)})

    with pytest.raises(Refusal) as refused:
        service.take_plan(choice, actor=manager.actor, now=NOW)

    assert refused.value.code == "plan_stale" and stops(west) == []


@pytest.mark.parametrize("chosen", [(), ("east",)], ids=["no route", "no places"])
def test_what_cannot_be_planned_is_said(walk: Walk, manager: Person, chosen: tuple[str, ...]) -> None:
    with pytest.raises((BadInput, Refusal)) as refused:
        service.propose(wanted(walk, *(walk.route_id for _ in chosen)), actor=manager.actor, now=NOW)

    assert refused.value.next_step


def test_a_heavy_plan_is_ended_in_words() -> None:
    with pytest.raises(Refusal) as refused:
        work_apart(_hoard)

    assert refused.value.code == "too_much" and "分几次" in refused.value.next_step


def _hoard() -> int:
    return len(bytearray(2**30))


# --- on the pages ------------------------------------------------------------------------------------------------


def test_a_manager_plans_on_the_page_and_a_typing_error_keeps_what_was_typed(
    client: FlaskClient, walk: Walk, west: int, manager: Person
) -> None:
    place_doors(walk, manager)
    sign_in(client, manager)
    token = csrf(client, "/deliveries/planning")
    typed = {
        "csrf_token": token,
        "start": "116.405,27.907",
        "departs": "10:30",
        "most_minutes": "40",
        "routes": [str(walk.route_id), str(west)],
        **{
            f"{name}_{route}": value
            for route in (walk.route_id, west)
            for name, value in (("boxes", "2"), ("moves_by", "car"))
        },
    }

    wrong = client.post("/deliveries/planning", data=typed | {"start": "村口"})
    proposal = client.post("/deliveries/planning", data=typed)

    assert wrong.status_code == 422 and "没有看懂这个位置" in wrong.text and 'value="村口"' in wrong.text
    hidden = dict(re.findall(r'name="(route_\d+)" value="([\d,]*)"', proposal.text))
    assert sorted(one for value in hidden.values() for one in value.split(",") if one) == sorted(
        str(one) for one in (walk.wang, walk.li, walk.zhao)
    )
    taken = client.post("/deliveries/planning/take", data={"csrf_token": token, **hidden}, follow_redirects=True)
    assert "路线已改好" in taken.text
    assert sorted(len(stops(route)) for route in (walk.route_id, west)) == [1, 2]


def test_a_volunteer_keeps_the_place_of_a_door_of_the_own_run(
    client: FlaskClient, walk: Walk, volunteer: Person, manager: Person
) -> None:
    walk.order_today()
    runs.plan_run(RunRequest(route_id=walk.route_id, day=TODAY, slot="lunch"), actor=manager.actor, now=NOW)
    with reading() as session:
        drop = session.scalars(select(Drop.id).where(Drop.elder_id == walk.wang)).one()
    other = make_staff("volunteer", site=walk.site, name="测试志愿者乙")

    service.keep_place_at_door(drop, CENTRE, actor=volunteer.actor, now=NOW)

    with pytest.raises(NotFound):
        service.keep_place_at_door(drop, near(5000, 0), actor=other.actor, now=NOW)
    facts = {door.elder_id: door.facts for door in service.site_to_plan(walk.site.id, now=NOW).doors}
    assert facts[walk.wang].place == CENTRE


# --- changing runs on the day ------------------------------------------------------------------------------------


@pytest.fixture
def run(walk: Walk, manager: Person) -> int:
    walk.order_today()
    for elder in (walk.wang, walk.li, walk.zhao):
        with reading() as session:
            there = session.scalar(select(Drop.id).where(Drop.elder_id == elder))
        assert there is None
    return runs.plan_run(
        RunRequest(route_id=walk.route_id, day=TODAY, slot="lunch"), actor=manager.actor, now=NOW
    ).run_id


def doors(route_id: int) -> list[int]:
    with reading() as session:
        rows = select(Drop.elder_id).join(Run, Run.id == Drop.run_id).where(Run.route_id == route_id)
        return list(session.scalars(rows.order_by(Drop.position)))


def drops(*elders: int) -> list[int]:
    with reading() as session:
        return list(session.scalars(select(Drop.id).where(Drop.elder_id.in_(elders))))


def test_a_run_is_split_and_becomes_one_again(walk: Walk, west: int, manager: Person, run: int) -> None:
    assert changing.move_doors(run, drops(walk.li), west, actor=manager.actor, now=NOW) == 1
    assert (doors(walk.route_id), doors(west)) == ([walk.wang, walk.zhao], [walk.li])

    changing.move_doors(run, drops(walk.wang, walk.zhao), west, actor=manager.actor, now=NOW)

    assert (doors(walk.route_id), doors(west)) == ([], [walk.li, walk.wang, walk.zhao])
    with reading() as session:
        assert session.get(Run, run) is None


def test_what_was_handed_over_stays_on_its_run(
    walk: Walk, west: int, manager: Person, volunteer: Person, run: int
) -> None:
    [given_] = drops(walk.wang)
    marking.record_drop(given_, MarkRequest(outcome="handed_over", key="tap-00000001"), now=NOW, actor=volunteer.actor)

    with pytest.raises(Refusal) as refused:
        changing.move_doors(run, [given_], west, actor=manager.actor, now=NOW)

    assert refused.value.code == "doors_done"
    assert changing.move_doors(run, drops(walk.wang, walk.li), west, actor=manager.actor, now=NOW) == 1
    assert doors(west) == [walk.li]


def test_a_run_that_is_given_away_offers_who_knows_it(walk: Walk, manager: Person, run: int) -> None:
    other = make_staff("volunteer", site=walk.site, name="测试志愿者乙")
    assert next(iter(changing.run_to_change(run, actor=manager.actor, today=TODAY).walkers))[1:] == ("测试志愿者甲", 1)

    changing.hand_over_run(run, other.id, actor=manager.actor, now=NOW)

    with reading() as session:
        assert session.get_one(Run, run).staff_id == other.id


def test_no_door_is_moved_to_another_site_or_without_being_chosen(
    walk: Walk, west: int, manager: Person, run: int
) -> None:
    elsewhere = make_site("测试别处", path="金溪县/云溪镇/别村")
    with transaction() as session:
        foreign = Route(site_id=elsewhere.id, name="别线")
        session.add(foreign)
        session.flush()
        foreign_id = foreign.id

    for route in (foreign_id, walk.route_id, 10**6):
        with pytest.raises(NotFound):
            changing.move_doors(run, drops(walk.li), route, actor=manager.actor, now=NOW)
    with pytest.raises(BadInput):
        changing.move_doors(run, [], west, actor=manager.actor, now=NOW)
    assert doors(walk.route_id) == [walk.wang, walk.li, walk.zhao]


def test_walkers_who_are_alike_get_a_route_each() -> None:
    doors = tuple(DoorAt(number, near(300, 40 * number), boxes=2) for number in range(1, 7))
    crew = (walker(7, boxes=4), walker(8, boxes=4), walker(9, boxes=4), walker(5, boxes=1, moves_by="on_foot"))
    found = solve(Problem(CENTRE, crew, doors), for_s=0.3)
    assert [route.route_id for route in found.routes] == [7, 8, 9, 5] and found.unreached == ()
    assert [len(route.doors) for route in found.routes] == [2, 2, 2, 0]


def test_portions_ordered_for_a_door_are_boxes_of_the_plan(walk: Walk, manager: Person) -> None:
    wish = OrderChange(way="delivery", portions=3)
    with reading() as session:
        order_id = session.scalar(select(Order.id).where(Order.elder_id == walk.wang, Order.slot == "dinner"))
    assert order_id is not None
    change_order(order_id, wish, actor=manager.actor, now=NOW)
    doors = {door.elder_id: door for door in service.site_to_plan(walk.site.id, now=NOW).doors}
    assert (doors[walk.wang].boxes, doors[walk.li].boxes) == (3, 1)
