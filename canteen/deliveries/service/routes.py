"""Keeping routes: which doors, in which order, and what to know there."""

from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from canteen.audit import trail
from canteen.base.access import Actor
from canteen.base.clock import day_of
from canteen.base.db import LostRace, settled, transaction
from canteen.base.errors import BadInput, NotFound, Refusal
from canteen.base.vault import the_vault
from canteen.base.words import DOOR_PAY_WAYS, names
from canteen.deliveries.models import Route, RouteStop
from canteen.deliveries.reach import check_reach, check_volunteer
from canteen.deliveries.requests import NewStop, RouteChange
from canteen.deliveries.rules import check_length, moved
from canteen.orders.standing.habits import deliver
from canteen.orders.standing.rules import StandingRequest
from canteen.people.models import Elder
from canteen.people.queries import in_reach
from canteen.places.queries import service_plan, site_facts
from canteen.printing.rules import refuse_label


def keep_route(change: RouteChange, *, actor: Actor, now: datetime) -> int:
    """Add a route to a site, or give one another name or volunteer. Returns its id.

    Raises ``BadInput`` without a name, ``Refusal`` (``name_taken``) for a name the site has, ``NotFound`` out of reach.
    """
    name = change.name.strip()
    if not name:
        raise BadInput("路线要有名字", field="name", next_step="例如:东线、7组线")
    check_length(name, field="name")
    refuse_label(name, field="name")
    try:
        with transaction() as session:
            check_reach(session, actor, change.site_id)
            route = _route(session, actor, change.route_id) if change.route_id else Route(site_id=change.site_id)
            check_volunteer(session, change.staff_id, site_id=route.site_id)
            route.name, route.staff_id = name, change.staff_id
            session.add(route)
            session.flush()
            _note(session, actor, now, "keep_route", route, volunteer=change.staff_id)
            return route.id
    except LostRace:
        raise Refusal("name_taken", "已有一条路线叫「%(name)s」", next_step="请换一个名字", name=name) from None


@settled
def add_stop(session: Session, new: NewStop, *, actor: Actor, now: datetime) -> int:
    """Add a door at the end of a route; somebody already on it stays where they are. Returns the id of the stop."""
    check_length(new.hint, field="hint")
    _check_pay_way(new.pay_way)
    route = _route(session, actor, new.route_id)
    there = session.scalar(
        select(RouteStop.id).where(RouteStop.route_id == route.id, RouteStop.elder_id == new.elder_id)
    )
    if there is not None:
        return there
    if session.scalar(select(Elder.id).where(Elder.id == new.elder_id, in_reach(actor))) is None:
        raise NotFound("没有找到这位老人", next_step="请从名单里重新选择")
    last = session.scalar(select(func.max(RouteStop.position)).where(RouteStop.route_id == route.id)) or 0
    stop = RouteStop(
        route_id=route.id,
        elder_id=new.elder_id,
        position=last + 1,
        pay_way=new.pay_way,
        sealed_hint=_sealed_hint(new.hint, new.elder_id),
    )
    session.add(stop)
    session.flush()
    _note(session, actor, now, "add_stop", route, elder=new.elder_id)
    _carry(session, new, route, actor, now)
    return stop.id


def _carry(session: Session, new: NewStop, route: Route, actor: Actor, now: datetime) -> None:
    """Have the meals of these slots carried here on every day of service."""
    site, plan = site_facts(session, route.site_id), service_plan(session, route.site_id)
    for slot in new.slots:
        habit = StandingRequest(
            site_id=site.id,
            elder_id=new.elder_id,
            slot=slot,
            weekdays=plan.weekdays,
            way="delivery",
            from_day=day_of(now),
        )
        deliver(session, habit, site, actor=actor, now=now)


def keep_stop(stop_id: int, *, pay_way: str, hint: str, actor: Actor, now: datetime) -> int:
    """Change what to know at a door. Returns the id of the route."""
    check_length(hint, field="hint")
    _check_pay_way(pay_way)
    with transaction() as session:
        stop, route = _stop(session, actor, stop_id)
        stop.pay_way, stop.sealed_hint = pay_way, _sealed_hint(hint, stop.elder_id)
        _note(session, actor, now, "keep_stop", route, elder=stop.elder_id)
        return route.id


def remove_stop(stop_id: int, *, actor: Actor, now: datetime) -> int:
    """Take a door off its route; runs already planned keep it. Returns the id of the route."""
    with transaction() as session:
        stop, route = _stop(session, actor, stop_id)
        session.delete(stop)
        _note(session, actor, now, "remove_stop", route, elder=stop.elder_id)
        return route.id


def move_stop(stop_id: int, direction: str, *, actor: Actor, now: datetime) -> int:
    """Walk to a door one place earlier (``up``) or later (``down``). Returns the id of the route."""
    if direction not in ("up", "down"):
        raise BadInput("不知道移到哪里", field="direction", next_step="请按页面上的「上移」「下移」")
    with transaction() as session:
        stop, route = _stop(session, actor, stop_id)
        stops = session.scalars(
            select(RouteStop).where(RouteStop.route_id == route.id).order_by(RouteStop.position, RouteStop.id)
        ).all()
        by_id = {one.id: one for one in stops}
        for position, id_ in enumerate(moved([one.id for one in stops], stop.id, direction), 1):
            by_id[id_].position = position
        _note(session, actor, now, "move_stop", route, elder=stop.elder_id, direction=direction)
        return route.id


def _route(session: Session, actor: Actor, route_id: int) -> Route:
    """The route, locked so that two people who change its order wait for one another."""
    route = session.get(Route, route_id, with_for_update=True)
    if route is None:
        raise NotFound("没有找到这条路线")
    check_reach(session, actor, route.site_id)
    return route


def _stop(session: Session, actor: Actor, stop_id: int) -> tuple[RouteStop, Route]:
    stop = session.get(RouteStop, stop_id)
    if stop is None:
        raise NotFound("没有找到这一站", next_step="可能已被移除,请刷新路线页面")
    return stop, _route(session, actor, stop.route_id)


def _sealed_hint(hint: str, elder_id: int) -> bytes | None:
    return the_vault().seal(hint.strip(), f"stop:{elder_id}") if hint.strip() else None


def _check_pay_way(pay_way: str) -> None:
    if pay_way not in DOOR_PAY_WAYS:
        raise BadInput(
            "没有这种付款方式", field="pay_way", next_step="可选:%(choices)s", choices=names("pay_way", DOOR_PAY_WAYS)
        )


def _note(session: Session, actor: Actor, now: datetime, action: str, route: Route, **detail: Any) -> None:
    trail.record(session, actor, action, f"route:{route.id}", now, site_id=route.site_id, **detail)
