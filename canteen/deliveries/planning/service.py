"""What people do with planning: say where doors are, have routes planned, and take the proposal."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from canteen.audit import trail
from canteen.base.access import Actor
from canteen.base.apart import work_apart
from canteen.base.clock import day_of
from canteen.base.db import reading, settled
from canteen.base.errors import NotFound, Refusal
from canteen.base.vault import the_vault
from canteen.deliveries.models import DoorPlace, Drop, Route, RouteStop, Run
from canteen.deliveries.planning.queries import DoorToPlan, SiteToPlan, as_point, facts_of, to_plan
from canteen.deliveries.planning.requests import DoorChange, PlanChoice, PlanRequest
from canteen.deliveries.planning.rules import DoorAt, Plan, Problem, Unreached, check_problem, in_new_order
from canteen.deliveries.planning.sketch import Sketch, sketch
from canteen.deliveries.planning.solving import solve
from canteen.deliveries.planning.where import Point, metres
from canteen.deliveries.reach import check_reach, check_run
from canteen.deliveries.unplaced import unplaced
from canteen.people.models import Elder
from canteen.people.queries import in_reach
from canteen.places.registry import held_site

#: A place shown on a page comes back from it a hand's breadth beside itself.
_SAME_PLACE_M = 2


@dataclass(frozen=True, slots=True)
class Proposal:
    """A plan with what its page shows beside it."""

    plan: Plan
    site: SiteToPlan
    sketch: Sketch


def site_to_plan(site_id: int, *, now: datetime) -> SiteToPlan:
    """What planning starts from, for its page."""
    with reading() as session:
        return to_plan(session, site_id=site_id, today=day_of(now), vault=the_vault())


@settled
def keep_door(session: Session, elder_id: int, change: DoorChange, *, actor: Actor, now: datetime) -> None:
    """Say where a door is, how long it takes there, and by when its meal must be there. Raises ``NotFound``."""
    if session.scalar(select(Elder.id).where(Elder.id == elder_id, in_reach(actor))) is None:
        raise NotFound("没有找到这位老人", next_step="请从名单里重新选择")
    _keep(session, elder_id, change, actor, now)


@settled
def keep_place_at_door(session: Session, drop_id: int, place: Point, *, actor: Actor, now: datetime) -> None:
    """Whoever stands at a door says where it is. Raises ``NotFound`` for a door of somebody else's run."""
    drop = session.get(Drop, drop_id)
    if drop is None:
        raise NotFound("没有找到这一户", next_step="请刷新送餐页面")
    run = session.get_one(Run, drop.run_id)
    check_run(session, actor, site_id=run.site_id, staff_id=run.staff_id)
    known = facts_of(session, [drop.elder_id], the_vault())[drop.elder_id]
    _keep(session, drop.elder_id, replace(known, place=place), actor, now)


def _keep(session: Session, elder_id: int, change: DoorChange, actor: Actor, now: datetime) -> None:
    row = session.scalar(select(DoorPlace).where(DoorPlace.elder_id == elder_id).with_for_update())
    row = row or DoorPlace(elder_id=elder_id)
    known = {"at": str(change.place or ""), "minutes": change.minutes, "eats_by": change.eats_by}
    row.sealed = the_vault().seal(known, f"door_place:{elder_id}")
    session.add(row)
    session.flush()
    trail.record(session, actor, "keep_door", f"door_place:{row.id}", now)


def propose(request: PlanRequest, *, actor: Actor, now: datetime) -> Proposal:
    """Plan routes anew; nothing changes on them until somebody takes the proposal. What was said about the walkers and
    the site is kept. Raises ``BadInput`` and ``Refusal`` (``no_places``, ``too_many_to_plan``), ``NotFound``.

    The looking itself runs in another process, outside any transaction.
    """
    _keep_walkers(request, actor=actor, now=now)
    with reading() as session:
        site = to_plan(session, site_id=request.site_id, today=day_of(now), vault=the_vault())
    chosen = {walker.route_id for walker in request.walkers}
    doors = [door for door in site.doors if door.route_id is None or door.route_id in chosen]
    known = [_door_at(door, request.departs) for door in doors if door.facts.place]
    check_problem(len(request.walkers), len(known))
    problem = Problem(request.start, request.walkers, tuple(known), request.most_minutes)
    plan = work_apart(solve, problem)
    unknown = tuple(Unreached(door.elder_id, "no_place") for door in doors if not door.facts.place)
    drawn = sketch(problem, plan.routes, [one.elder_id for one in plan.unreached])
    return Proposal(replace(plan, unreached=plan.unreached + unknown), site, drawn)


def _door_at(door: DoorToPlan, departs: str) -> DoorAt:
    assert door.facts.place is not None
    by = _minutes(door.facts.eats_by) - _minutes(departs) if door.facts.eats_by else None
    return DoorAt(door.elder_id, door.facts.place, boxes=door.boxes, minutes=door.facts.minutes, by=by)


def _minutes(wall: str) -> int:
    hours, minutes = wall.split(":")
    return 60 * int(hours) + int(minutes)


@settled
def _keep_walkers(session: Session, request: PlanRequest, *, actor: Actor, now: datetime) -> None:
    routes = _routes(session, actor, request.site_id)
    site = held_site(session, request.site_id, actor)
    known = as_point(site.place)
    if known is None or metres(known, request.start) > _SAME_PLACE_M:
        site.place = str(request.start)
        trail.record(session, actor, "keep_site", f"site:{site.id}", now, site_id=site.id, place=site.place)
    for walker in request.walkers:
        route = _found(routes, walker.route_id)
        said = {"boxes": walker.boxes, "moves_by": walker.moves_by, "returns": walker.returns}
        if any(getattr(route, name) != value for name, value in said.items()):
            route.boxes, route.moves_by, route.returns = walker.boxes, walker.moves_by, walker.returns
            trail.record(session, actor, "keep_route", f"route:{route.id}", now, site_id=site.id, **said)


@settled
def take_plan(session: Session, choice: PlanChoice, *, actor: Actor, now: datetime) -> int:
    """Put the doors of the planned routes in the proposed order; answers how many changed their route or came onto one.

    A door without a place, or that came onto a planned route meanwhile, stays at the end of its route: nobody falls off
    by planning. Raises ``Refusal`` (``plan_stale``) when a door of the plan stands somewhere else by now.
    """
    routes = _routes(session, actor, choice.site_id)
    for route_id in choice.routes:
        _found(routes, route_id)
    trail.touch(session, "route", *sorted(choice.routes))
    rows = session.scalars(
        select(RouteStop).where(RouteStop.route_id.in_(choice.routes)).order_by(RouteStop.position, RouteStop.id)
    ).all()
    stops = {stop.elder_id: stop for stop in rows}
    today = day_of(now)
    waiting = {one.elder_id for one in unplaced(session, choice.site_id, today, today + timedelta(days=1))}
    everywhere = {elder_id for elders in choice.routes.values() for elder_id in elders}
    if not everywhere <= stops.keys() | waiting:
        raise Refusal("plan_stale", "这些路线在这期间被别人改过,没有照这个安排改", next_step="请回到「排路线」再排一次")
    there = {route_id: [row.elder_id for row in rows if row.route_id == route_id] for route_id in choice.routes}
    changed = 0
    for route_id, wanted in choice.routes.items():
        for position, elder_id in enumerate(in_new_order(there[route_id], wanted, everywhere), 1):
            stop = stops.get(elder_id) or RouteStop(elder_id=elder_id, route_id=0)
            changed += stop.route_id != route_id
            stop.route_id, stop.position = route_id, position
            session.add(stop)
    session.flush()
    for route_id, wanted in choice.routes.items():
        doors = len(wanted)
        trail.record(session, actor, "plan_routes", f"route:{route_id}", now, site_id=choice.site_id, doors=doors)
    return changed


def _routes(session: Session, actor: Actor, site_id: int) -> dict[int, Route]:
    """The routes of a site, locked so that two people who change their order wait for one another."""
    check_reach(session, actor, site_id)
    rows = session.scalars(select(Route).where(Route.site_id == site_id).order_by(Route.id).with_for_update())
    return {route.id: route for route in rows}


def _found(routes: Mapping[int, Route], route_id: int) -> Route:
    if route_id not in routes:
        raise NotFound("没有找到这条路线", next_step="请刷新页面再排")
    return routes[route_id]
