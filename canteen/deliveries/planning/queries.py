"""What planning reads: the routes and doors of a site. Session-first; a fixed number of statements."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from canteen.base.records import as_record, as_row
from canteen.base.vault import Vault
from canteen.deliveries.models import DoorPlace, Route, RouteStop
from canteen.deliveries.planning.requests import DoorChange
from canteen.deliveries.planning.where import Point
from canteen.deliveries.unplaced import TO_CARRY, unplaced
from canteen.orders.models import Order
from canteen.orders.standing.rules import AHEAD_DAYS
from canteen.people.models import Elder
from canteen.places.models import Site
from canteen.staff.models import Staff


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteToPlan:
    """A route as planning shows it."""

    id: int
    name: str
    volunteer: str
    boxes: int
    moves_by: str
    returns: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorToPlan:
    """A door of a site; ``route_id`` None: a meal is ordered, and it stands on no route."""

    elder_id: int
    name: str
    village_group: str
    route_id: int | None
    facts: DoorChange
    #: The most meals of one sitting ordered to be carried there, as far as orders are made; nothing ordered counts one.
    boxes: int = 1


@dataclass(frozen=True, slots=True)
class SiteToPlan:
    """Where a site stands, its routes, and the doors of them and of whoever waits for a route."""

    start: Point | None
    routes: tuple[RouteToPlan, ...]
    doors: tuple[DoorToPlan, ...]

    def name_of(self, elder_id: int) -> str:
        """Of somebody behind one of the doors."""
        return next((f"{one.name} {one.village_group}".strip() for one in self.doors if one.elder_id == elder_id), "")


def to_plan(session: Session, *, site_id: int, today: date, vault: Vault) -> SiteToPlan:
    """All that planning starts from; whoever calls has looked whether the site is in reach."""
    place = session.scalar(select(Site.place).where(Site.id == site_id)) or ""
    routes = session.execute(
        select(Route.__table__, func.coalesce(Staff.name, "").label("volunteer"))
        .outerjoin(Staff, Staff.id == Route.staff_id)
        .where(Route.site_id == site_id)
        .order_by(Route.name)
    )
    stops = session.execute(
        select(RouteStop.elder_id, RouteStop.route_id, Elder.name, Elder.village_group)
        .join(Route, Route.id == RouteStop.route_id)
        .join(Elder, Elder.id == RouteStop.elder_id)
        .where(Route.site_id == site_id)
        .order_by(Route.name, RouteStop.position, RouteStop.id)
    ).all()
    waiting = {one.elder_id: one for one in unplaced(session, site_id, today, today + timedelta(days=1))}
    facts = facts_of(session, [row.elder_id for row in stops] + list(waiting), vault)
    boxes = _boxes(session, facts, today)
    on_none = [SimpleNamespace(**as_row(one), route_id=None) for one in waiting.values()]
    everyone: list[Any] = [*stops, *on_none]
    doors = [
        as_record(DoorToPlan, row, facts=facts[row.elder_id], boxes=boxes.get(row.elder_id, 1)) for row in everyone
    ]
    return SiteToPlan(as_point(place), tuple(as_record(RouteToPlan, row) for row in routes), tuple(doors))


def _boxes(session: Session, elders: Collection[int], today: date) -> dict[int, int]:
    rows = session.execute(
        select(Order.elder_id, func.max(Order.portions))
        .where(Order.elder_id.in_(elders), *TO_CARRY, Order.day.between(today, today + timedelta(days=AHEAD_DAYS)))
        .group_by(Order.elder_id)
    )
    return dict(rows.all())


def facts_of(session: Session, elders: list[int], vault: Vault) -> dict[int, DoorChange]:
    """What is known about the doors of these elders; of every one something."""
    found = {elder_id: DoorChange(place=None) for elder_id in elders}
    for row in session.execute(select(DoorPlace.elder_id, DoorPlace.sealed).where(DoorPlace.elder_id.in_(found))):
        found[row.elder_id] = _opened(row, vault)
    return found


def _opened(row: Any, vault: Vault) -> DoorChange:
    known = vault.open(row.sealed, f"door_place:{row.elder_id}")
    return DoorChange(place=as_point(known["at"]), minutes=known["minutes"], eats_by=known["eats_by"])


def as_point(text: str) -> Point | None:
    """A point as it is kept; None for ""."""
    return Point(*(float(number) for number in text.split(","))) if text else None
