"""Orders to be carried that nobody carries: a red line for clerk and manager until somebody places them."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from canteen.base.db import with_reading
from canteen.base.db.rows import covers
from canteen.base.records import as_record
from canteen.deliveries.models import Drop, Route, RouteStop, Run
from canteen.orders.models import Order
from canteen.orders.queries import FULFILLED
from canteen.people.models import Elder, LifeEvent

#: An order is to be carried, and belongs to the sitting of a run.
TO_CARRY = (Order.way == "delivery", Order.cancelled_at.is_(None))
OF_RUN = (Order.day == Run.day, Order.slot == Run.slot)


@dataclass(frozen=True, slots=True)
class Unplaced:
    """An order to be carried that no route and no run takes along."""

    elder_id: int
    day: date
    slot: str
    name: str
    village_group: str


def unplaced(session: Session, site_id: int, first: date, last: date) -> list[Unplaced]:
    """Orders of a site to be carried on these days that stand on no route of it and in no run: somebody must place them.

    Those of people who are away that day are left out, as the kitchen leaves them out.
    """
    away = (
        select(LifeEvent.id)
        .where(
            LifeEvent.elder_id == Order.elder_id,
            LifeEvent.cancelled_at.is_(None),
            covers(LifeEvent.from_day, LifeEvent.to_day, Order.day),
        )
        .exists()
    )
    on_route = exists().where(
        RouteStop.elder_id == Order.elder_id, Route.id == RouteStop.route_id, Route.site_id == site_id
    )
    on_run = exists().where(Drop.elder_id == Order.elder_id, Run.id == Drop.run_id, Run.site_id == site_id, *OF_RUN)
    rows = session.execute(
        select(Order.elder_id, Order.day, Order.slot, Elder.name, Elder.village_group)
        .join(Elder, Elder.id == Order.elder_id)
        .where(
            Order.site_id == site_id, *TO_CARRY, Order.day.between(first, last), ~away, ~on_route, ~on_run, ~FULFILLED
        )
        .order_by(Order.day, Order.slot.desc(), Elder.village_group, Elder.name)
    )
    return [as_record(Unplaced, row) for row in rows]


@with_reading
def waiting(session: Session, *, site_id: int, day: date) -> int:
    """Orders of a day and the next at a site that nobody carries."""
    return len(unplaced(session, site_id, day, day + timedelta(days=1)))
