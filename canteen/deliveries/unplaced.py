"""Orders to be carried that nobody carries: a red line for clerk and manager until somebody places them."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import bindparam, exists, select
from sqlalchemy.orm import Session

from canteen.base.db import with_reading
from canteen.base.db.prepared import Prepared
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


_AWAY = exists().where(
    LifeEvent.elder_id == Order.elder_id,
    LifeEvent.cancelled_at.is_(None),
    covers(LifeEvent.from_day, LifeEvent.to_day, Order.day),
)
_ON_ROUTE = exists().where(
    RouteStop.elder_id == Order.elder_id, Route.id == RouteStop.route_id, Route.site_id == Order.site_id
)
_ON_RUN = exists().where(Drop.elder_id == Order.elder_id, Run.id == Drop.run_id, Run.site_id == Order.site_id, *OF_RUN)
#: Counted in the header of every page.
_UNPLACED = Prepared(
    select(Order.elder_id, Order.day, Order.slot, Elder.name, Elder.village_group)
    .join(Elder, Elder.id == Order.elder_id)
    .where(
        Order.site_id == bindparam("site"),
        Order.day.between(bindparam("first"), bindparam("last")),
        *TO_CARRY,
        ~_AWAY,
        ~_ON_ROUTE,
        ~_ON_RUN,
        ~FULFILLED,
    )
    .order_by(Order.day, Order.slot.desc(), Elder.village_group, Elder.name)
)


def unplaced(session: Session, site_id: int, first: date, last: date) -> list[Unplaced]:
    """Orders of a site to be carried on these days that stand on no route of it and in no run: somebody must place them.

    Those of people who are away that day are left out, as the kitchen leaves them out.
    """
    return [as_record(Unplaced, row) for row in _UNPLACED.all(session, site=site_id, first=first, last=last)]


@with_reading
def waiting(session: Session, *, site_id: int, day: date) -> int:
    """Orders of a day and the next at a site that nobody carries."""
    return len(_UNPLACED.all(session, site=site_id, first=day, last=day + timedelta(days=1)))
