"""What closing a day touches. Session-first reads."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from canteen.base.db import with_reading
from canteen.base.records import as_record
from canteen.base.vault import the_vault
from canteen.orders.models import Order, StandingOrder
from canteen.orders.queries import FULFILLED
from canteen.people.models import Elder
from canteen.people.personal import open_personal


@dataclass(frozen=True, slots=True, kw_only=True)
class TouchedOrder:
    """An order of the day that nobody has eaten yet, and whom to ring up."""

    id: int
    elder_id: int
    name: str
    village_group: str
    slot: str
    way: str
    portions: int
    set_name: str
    standing_id: int | None
    phone: str
    #: The first contact: name, relation and phone.
    contact: str


@dataclass(frozen=True, slots=True)
class TouchedDay:
    """What stands on a day of a site."""

    orders: tuple[TouchedOrder, ...]
    #: Habits that ask for a meal on this day.
    standing: int

    @property
    def meals(self) -> int:
        """Meals that are not cooked then."""
        return sum(order.portions for order in self.orders)

    @property
    def doors(self) -> int:
        """Doors nobody goes to then."""
        return sum(order.way == "delivery" for order in self.orders)

    def people(self) -> set[int]:
        """Everybody it shows."""
        return {order.elder_id for order in self.orders}


def open_orders(session: Session, *, site_id: int, day: date) -> list[Order]:
    """The live orders of a day that were not fulfilled, locked, the oldest first."""
    live = (Order.site_id == site_id, Order.day == day, Order.cancelled_at.is_(None), ~FULFILLED)
    return list(session.scalars(select(Order).where(*live).order_by(Order.id).with_for_update(of=Order.__table__)))


def touched_day(session: Session, *, site_id: int, day: date) -> TouchedDay:
    """Whom closing a day of a site touches."""
    columns = (Order.id, Order.elder_id, Order.slot, Order.way, Order.portions, Order.set_name, Order.standing_id)
    rows = session.execute(
        select(*columns, Elder.name, Elder.village_group, Elder.sealed)
        .join(Elder, Elder.id == Order.elder_id)
        .where(Order.site_id == site_id, Order.day == day, Order.cancelled_at.is_(None), ~FULFILLED)
        .order_by(Order.slot.desc(), Elder.village_group, Elder.name, Order.id)
    ).all()
    vault = the_vault()
    orders = []
    for row in rows:
        personal = open_personal(row.sealed, row.elder_id, vault)
        first = personal.contacts[:1]
        contact = " ".join(filter(None, (first[0].name, first[0].relation, first[0].phone))) if first else ""
        orders.append(as_record(TouchedOrder, row, phone=personal.phone, contact=contact))
    habits = session.scalars(
        select(StandingOrder.weekdays).where(
            StandingOrder.site_id == site_id,
            StandingOrder.from_day <= day,
            or_(StandingOrder.to_day.is_(None), StandingOrder.to_day >= day),
        )
    )
    return TouchedDay(tuple(orders), sum(str(day.isoweekday()) in weekdays for weekdays in habits))


#: For a page.
touched_on = with_reading(touched_day)
