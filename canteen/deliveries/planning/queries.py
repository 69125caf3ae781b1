"""What planning reads: the routes and doors of a site. Session-first; a fixed number of statements."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from canteen.base.records import as_record
from canteen.base.vault import Vault
from canteen.deliveries.models import DoorPlace, Route, RouteStop
from canteen.deliveries.planning.requests import DoorChange
from canteen.deliveries.planning.where import Point
from canteen.deliveries.unplaced import unplaced
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
    doors = [as_record(DoorToPlan, row, facts=facts[row.elder_id]) for row in stops]
    doors += [as_record(DoorToPlan, row, route_id=None, facts=facts[row.elder_id]) for row in waiting.values()]
    return SiteToPlan(as_point(place), tuple(as_record(RouteToPlan, row) for row in routes), tuple(doors))


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
