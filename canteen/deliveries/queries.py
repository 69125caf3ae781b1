"""What the manager's board and the route pages read. A fixed number of statements, however many doors there are."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from canteen.base.access import Actor
from canteen.base.db import reading, with_reading
from canteen.base.errors import NotFound
from canteen.base.records import as_record
from canteen.base.vault import Vault
from canteen.base.words import DELIVERED, WORDS
from canteen.deliveries.doors import Door, RunView, run_of_drop, run_view
from canteen.deliveries.models import Drop, Route, RouteStop, Run
from canteen.deliveries.reach import check_reach, walkers
from canteen.deliveries.rules import LeftOut
from canteen.deliveries.unplaced import OF_RUN, TO_CARRY, Unplaced, unplaced
from canteen.orders.models import Order
from canteen.people.models import Elder, LifeEvent
from canteen.people.queries import states_of
from canteen.staff.models import Staff


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLine:
    """One run on the manager's board: counts and who is not on it."""

    id: int
    route_name: str
    slot: str
    volunteer: str
    #: Doors by what became of them: handed over or taken by a neighbour, no answer, other reasons, still to go to.
    delivered: int
    no_answer: int
    other: int
    planned: int
    left_out: tuple[LeftOut, ...]
    #: On the route and with an order to be carried, but not on the run: planning again adds them.
    not_yet_on: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteLine:
    """One route in the list."""

    id: int
    name: str
    staff_id: int | None
    volunteer: str
    stops: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StopLine:
    """One stop on the page of its route."""

    id: int
    elder_id: int
    name: str
    village_group: str
    pay_way: str
    hint: str


@dataclass(frozen=True, slots=True)
class DeliveryBoard:
    """The manager's page of one site and day."""

    runs: tuple[RunLine, ...]
    unplaced: tuple[Unplaced, ...]
    routes: tuple[RouteLine, ...]


@dataclass(frozen=True, slots=True)
class RoutePage:
    """One route with its stops and who could be added."""

    site_id: int
    route: RouteLine
    stops: tuple[StopLine, ...]
    #: (elder id, "王秀兰 7组") of people of this site on none of its routes; those who want delivery first.
    candidates: tuple[tuple[int, str], ...]


def board(*, site_id: int, day: date) -> DeliveryBoard:
    """Runs of a day, routes, and orders that nobody carries."""
    with reading() as session:
        return DeliveryBoard(
            runs=tuple(_run_lines(session, site_id, day)),
            unplaced=tuple(unplaced(session, site_id, day, day)),
            routes=tuple(route_lines(session, site_id)),
        )


def _run_lines(session: Session, site_id: int, day: date) -> list[RunLine]:
    runs = session.execute(
        select(Run.id, Run.slot, Route.name.label("route_name"), func.coalesce(Staff.name, "").label("volunteer"))
        .join(Route, Route.id == Run.route_id)
        .outerjoin(Staff, Staff.id == Run.staff_id)
        .where(Run.site_id == site_id, Run.day == day)
        .order_by(Run.slot.desc(), Route.name)
    ).all()
    ids = [run.id for run in runs]
    of_runs = select(Drop.run_id, Drop.state, func.count()).where(Drop.run_id.in_(ids))
    by_state = session.execute(of_runs.group_by(Drop.run_id, Drop.state))
    counts = {(run_id, state): count for run_id, state, count in by_state}
    missing = _missing(session, ids)
    lives = states_of(session, {row.elder_id for row in missing}, day=day)
    lines = []
    for run in runs:
        off = [
            (LeftOut(row.elder_id, row.name, lives[row.elder_id]), row.is_ordered)
            for row in missing
            if row.run_id == run.id
        ]
        lines.append(
            as_record(
                RunLine,
                run,
                **_counted({state: counts.get((run.id, state), 0) for state in WORDS["drop"]}),
                left_out=tuple(out for out, is_ordered in off if out.life.kind != "active" or not is_ordered),
                not_yet_on=tuple(out.name for out, is_ordered in off if out.life.kind == "active" and is_ordered),
            )
        )
    return lines


def _counted(doors: dict[str, int]) -> dict[str, int]:
    delivered = sum(doors[state] for state in DELIVERED)
    named = {"delivered": delivered, "no_answer": doors["no_answer"], "planned": doors["planned"]}
    return named | {"other": sum(doors.values()) - sum(named.values())}


def _missing(session: Session, run_ids: Collection[int]) -> list[Any]:
    """People on the route of a run who have no drop in it."""
    return list(
        session.execute(
            select(
                Run.id.label("run_id"),
                RouteStop.elder_id,
                Elder.name,
                exists().where(*TO_CARRY, Order.elder_id == RouteStop.elder_id, *OF_RUN).label("is_ordered"),
            )
            .join(RouteStop, RouteStop.route_id == Run.route_id)
            .join(Elder, Elder.id == RouteStop.elder_id)
            .outerjoin(Drop, (Drop.run_id == Run.id) & (Drop.elder_id == RouteStop.elder_id))
            .where(Run.id.in_(run_ids), Drop.id.is_(None))
            .order_by(RouteStop.position)
        )
    )


def route_lines(session: Session, site_id: int) -> list[RouteLine]:
    """The routes of a site with how many stops each has."""
    stops = select(func.count()).where(RouteStop.route_id == Route.id).scalar_subquery()
    rows = session.execute(
        select(
            Route.id, Route.name, Route.staff_id, func.coalesce(Staff.name, "").label("volunteer"), stops.label("stops")
        )
        .outerjoin(Staff, Staff.id == Route.staff_id)
        .where(Route.site_id == site_id)
        .order_by(Route.name)
    )
    return [as_record(RouteLine, row) for row in rows]


#: For a page.
walkers_of = with_reading(walkers)
door_of = with_reading(run_of_drop)
run_of = with_reading(run_view)


def door_still_theirs(actor: Actor, drop_id: int, *, vault: Vault) -> tuple[RunView, Door] | None:
    """A door with its run; None when somebody else has it now."""
    try:
        return door_of(actor, drop_id, vault=vault)
    except NotFound:
        return None


def route_page(actor: Actor, route_id: int, *, vault: Vault) -> RoutePage:
    """A route with its stops and the people who could be added. Raises ``NotFound`` out of reach."""
    with reading() as session:
        site_id = session.execute(select(Route.site_id).where(Route.id == route_id)).scalar()
        if site_id is None:
            raise NotFound("没有找到这条路线")
        check_reach(session, actor, site_id)
        route = next(line for line in route_lines(session, site_id) if line.id == route_id)
        stops = tuple(_stop_lines(session, route_id, vault))
        return RoutePage(site_id, route, stops, tuple(_candidates(session, site_id)))


def _stop_lines(session: Session, route_id: int, vault: Vault) -> Iterable[StopLine]:
    rows = session.execute(
        select(RouteStop.__table__, Elder.name, Elder.village_group)
        .join(Elder, Elder.id == RouteStop.elder_id)
        .where(RouteStop.route_id == route_id)
        .order_by(RouteStop.position, RouteStop.id)
    )
    for row in rows:
        hint = vault.open(row.sealed_hint, f"stop:{row.elder_id}") if row.sealed_hint else ""
        yield as_record(StopLine, row, hint=hint)


def _candidates(session: Session, site_id: int) -> list[tuple[int, str]]:
    on_route = select(RouteStop.elder_id).join(Route, Route.id == RouteStop.route_id).where(Route.site_id == site_id)
    gone = select(LifeEvent.elder_id).where(LifeEvent.kind.in_(("died", "moved")), LifeEvent.cancelled_at.is_(None))
    rows = session.execute(
        select(Elder.id, Elder.name, Elder.village_group)
        .where(Elder.home_site_id == site_id, Elder.id.not_in(on_route), Elder.id.not_in(gone))
        .order_by(Elder.wants_delivery.desc(), Elder.village_group, Elder.name)
    )
    return [(row.id, f"{row.name} {row.village_group}".strip()) for row in rows]
