"""What the family's page shows: the meals of today and the coming days of one elder. Session-first reads."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from canteen.base.db import with_reading
from canteen.base.errors import CanteenError
from canteen.base.records import as_record
from canteen.base.text import masked_name
from canteen.books.models.servings import Serving
from canteen.deliveries.models import Drop, Run
from canteen.families.queries import ROLE, OpenLink
from canteen.families.rules import DAYS_AHEAD, Came
from canteen.menus.queries import SetFacts, menus_at
from canteen.orders.models import Order
from canteen.orders.queries import moment_of
from canteen.orders.rules import Moment, cutoff_of, is_late, refuse_sitting, refuse_state
from canteen.people.queries import name_of, states_of
from canteen.people.rules import LifeState
from canteen.places.queries import SiteFacts, service_plan, site_facts
from canteen.places.rules import SlotHours, is_planned_day


@dataclass(frozen=True, slots=True)
class FamilyOrder:
    """A live order of the elder."""

    id: int
    site_id: int
    day: date
    slot: str
    set_name: str
    way: str
    portions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyMeal:
    """One sitting as the family sees it."""

    slot: str
    #: When it is served; None where the canteen does not serve it.
    hours: SlotHours | None
    sets: tuple[SetFacts, ...]
    order: FamilyOrder | None
    #: Until when it can be ordered or cancelled: a day and a wall time; None when neither can be done now.
    until: tuple[date, str] | None
    #: Why nothing can be ordered; None when it can, and when there is an order or a meal.
    refused: CanteenError | None
    #: What is known of today's meal.
    came: Came


@dataclass(frozen=True, slots=True)
class FamilyDay:
    """A day with its sittings; none: no service."""

    day: date
    meals: tuple[FamilyMeal, ...]


@dataclass(frozen=True, slots=True)
class FamilyPage:
    """Everything a link shows. Nothing of class, money, ID number or anybody else is in it."""

    #: As it may be posted: 王*兰.
    masked_name: str
    #: The usual canteen; None when the file names none.
    site: SiteFacts | None
    #: How the elder is today.
    life: LifeState
    days: tuple[FamilyDay, ...]


@with_reading
def family_page(session: Session, link: OpenLink, *, now: datetime) -> FamilyPage:
    """Today and the days after it, for a link that opens."""
    read = _Reading(session, link, moment_of(now))
    return FamilyPage(read.name, read.site, read.lives[read.days[0]], tuple(map(read.day, read.days)))


class _Reading:
    """What the days of the page are made of, read once."""

    def __init__(self, session: Session, link: OpenLink, moment: Moment) -> None:
        self.session, self.moment = session, moment
        self.days = [moment.today + timedelta(days=ahead) for ahead in range(DAYS_AHEAD + 1)]
        first, last = self.days[0], self.days[-1]
        self.name = masked_name(name_of(session, link.elder_id))
        self.lives = {day: states_of(session, [link.elder_id], day=day)[link.elder_id] for day in self.days}
        self.orders = _orders(session, link.elder_id, first, last)
        self.came = {(first, slot): came for slot, came in _came(session, link.elder_id, first).items()}
        self.site = site_facts(session, link.site_id) if link.site_id else None
        self.plan = service_plan(session, link.site_id) if link.site_id else None
        self.menus = menus_at(session, site_id=link.site_id, first=first, last=last) if link.site_id else {}

    def day(self, day: date) -> FamilyDay:
        """The sittings of the usual canteen, and those in which something was ordered or eaten elsewhere."""
        served = self.site.slots if self.site and self._is_planned(day) else ()
        hours = {one.slot: one for one in served}
        known = [slot for on, slot in (*self.orders, *self.came) if on == day]
        return FamilyDay(day, tuple(self._meal(day, slot, hours.get(slot)) for slot in dict.fromkeys([*hours, *known])))

    def _is_planned(self, day: date) -> bool:
        return self.plan is not None and is_planned_day(self.plan, day)

    def _meal(self, day: date, slot: str, hours: SlotHours | None) -> FamilyMeal:
        order, came = self.orders.get((day, slot)), self.came.get((day, slot), Came())
        if order is not None:  # perhaps at another canteen
            hours = site_facts(self.session, order.site_id).hours_of(slot)
        refused = None
        if order is None and came.served_at is None:
            refused = refuse_state(self.name, self.lives[day]) or refuse_sitting(
                self.moment, day=day, hours=hours, is_planned=self._is_planned(day), role=ROLE
            )
        is_open = hours is not None and not is_late(self.moment, day=day, hours=hours)
        return FamilyMeal(
            slot=slot,
            hours=hours,
            sets=tuple(self.menus.get((day, slot), ())),
            order=order,
            until=cutoff_of(day, hours) if hours and is_open and not refused and not came.served_at else None,
            refused=refused,
            came=came,
        )


def _orders(session: Session, elder_id: int, first: date, last: date) -> dict[tuple[date, str], FamilyOrder]:
    columns = (Order.id, Order.site_id, Order.day, Order.slot, Order.set_name, Order.way, Order.portions)
    live = (Order.elder_id == elder_id, Order.day.between(first, last), Order.cancelled_at.is_(None))
    return {(row.day, row.slot): as_record(FamilyOrder, row) for row in session.execute(select(*columns).where(*live))}


def _came(session: Session, elder_id: int, today: date) -> dict[str, Came]:
    """Slot -> what is known of the meal of today: how the door stands, and above that the meal itself."""
    doors = session.execute(
        select(Run.slot, Drop.state, Drop.decided_at)
        .join(Run, Run.id == Drop.run_id)
        .where(Drop.elder_id == elder_id, Run.day == today)
        .order_by(Drop.decided_at.is_not(None), Drop.id)
    )
    came = {row.slot: Came(door=row.state, door_at=row.decided_at) for row in doors}
    meals = session.execute(
        select(Serving.slot, Serving.served_at, Serving.way).where(
            Serving.elder_id == elder_id, Serving.day == today, Serving.voided_at.is_(None), ~Serving.second_portion
        )
    )
    return came | {row.slot: Came(row.served_at, row.way) for row in meals}
