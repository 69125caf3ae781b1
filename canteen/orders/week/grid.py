"""The rows of the week's page: people, and what each has ordered on each day. Session-first reads."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from canteen.base.db import with_reading
from canteen.base.records import as_record
from canteen.books.models.servings import Serving
from canteen.orders.models import Order, StandingOrder
from canteen.orders.week.rules import DAYS, letters_of, show_cell
from canteen.people.models import Elder
from canteen.people.queries import states_of
from canteen.places.queries import SiteFacts, service_plan
from canteen.places.rules import is_planned_day

#: Who had something here in so many days is on the page without being looked for.
_LATELY = timedelta(days=28)


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekRow:
    """One person of the page."""

    elder_id: int
    name: str
    village_group: str
    #: Day -> what the cell says: of an order at this site.
    cells: Mapping[date, str]
    #: Days on which nothing can be ordered, and why: a word of ``life``, ``eaten``, ``elsewhere``.
    closed: Mapping[date, str]

    def was(self, days: Collection[date]) -> str:
        """What the cells say, for the form to send back."""
        return "|".join(self.cells.get(day, "") for day in days)


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekGrid:
    """A week of one slot."""

    days: tuple[date, ...]
    #: Days that are past or without service.
    shut: frozenset[date]
    rows: tuple[WeekRow, ...]
    #: Set -> sign.
    letters: Mapping[str, str]

    def total(self, day: date) -> int:
        """Meals of a day."""
        return sum(int(row.cells[day][0]) for row in self.rows if row.cells.get(day))


@with_reading
def week_grid(
    session: Session,
    site: SiteFacts,
    *,
    monday: date,
    slot: str,
    today: date,
    sets: Collection[str],
    everybody: bool,
    also: Collection[int] = (),
) -> WeekGrid:
    """The people who had orders, meals or habits here lately (``everybody``: all whose canteen it is), and ``also``."""
    days = tuple(monday + timedelta(days=ahead) for ahead in range(DAYS))
    plan, letters = service_plan(session, site.id), letters_of(sets)
    people = session.execute(
        select(Elder.id, Elder.name, Elder.village_group)
        .where(or_(_here(site, slot, monday, everybody=everybody), Elder.id.in_(also)))
        .order_by(Elder.village_group, Elder.name, Elder.id)
    ).all()
    ids = [row.id for row in people]
    orders = orders_of_week(session, ids, monday, slot)
    states = {day: states_of(session, ids, day=day) for day in days}
    eaten = _eaten(session, ids, days, slot)
    rows = []
    for row in people:
        mine = {day: orders[row.id, day] for day in days if (row.id, day) in orders}
        if mine or row.id in also or states[days[-1]][row.id].kind in ("active", "paused"):
            rows.append(
                WeekRow(
                    elder_id=row.id,
                    name=row.name,
                    village_group=row.village_group,
                    cells={day: _cell(one, letters) for day, one in mine.items() if one.site_id == site.id},
                    closed={
                        day: why
                        for day in days
                        if (
                            why := _why_closed(states[day][row.id].kind, (row.id, day) in eaten, mine.get(day), site.id)
                        )
                    },
                )
            )
    shut = frozenset(day for day in days if day < today or not is_planned_day(plan, day))
    return WeekGrid(days=days, shut=shut, rows=tuple(rows), letters=letters)


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekOrder:
    """One live order of the week."""

    id: int
    site_id: int
    elder_id: int
    day: date
    set_name: str
    way: str
    portions: int


def orders_of_week(
    session: Session, elders: Collection[int], monday: date, slot: str
) -> dict[tuple[int, date], WeekOrder]:
    """The live orders of some people in a week, by elder and day."""
    columns = (Order.id, Order.site_id, Order.elder_id, Order.day, Order.set_name, Order.way, Order.portions)
    where = (
        Order.day.between(monday, monday + timedelta(days=DAYS - 1)),
        Order.slot == slot,
        Order.cancelled_at.is_(None),
    )
    rows = session.execute(select(*columns).where(Order.elder_id.in_(elders), *where))
    return {(row.elder_id, row.day): as_record(WeekOrder, row) for row in rows}


@with_reading
def cells_of_week(
    session: Session, site: SiteFacts, *, monday: date, slot: str, sets: Collection[str]
) -> dict[tuple[int, int], str]:
    """What the cells of another week say: (elder, days after Monday) -> text."""
    letters = letters_of(sets)
    lately = select(Order.elder_id).where(
        Order.site_id == site.id, Order.day >= monday, Order.day < monday + timedelta(days=DAYS)
    )
    ids = list(session.scalars(select(Elder.id).where(Elder.id.in_(lately))))
    found = orders_of_week(session, ids, monday, slot)
    return {
        (elder, (day - monday).days): _cell(one, letters)
        for (elder, day), one in found.items()
        if one.site_id == site.id
    }


@with_reading
def usual_ways(session: Session, elders: Collection[int]) -> dict[int, str]:
    """How somebody has a meal unless they say otherwise: as ordered last, else carried where the file says so."""
    rows = session.execute(select(Elder.id, Elder.wants_delivery).where(Elder.id.in_(elders)))
    ways = {row.id: "delivery" if row.wants_delivery else "dine_in" for row in rows}
    last = select(Order.elder_id, Order.way).where(Order.elder_id.in_(elders)).order_by(Order.ordered_at, Order.id)
    return ways | {row.elder_id: row.way for row in session.execute(last)}


def _cell(order: WeekOrder, letters: Mapping[str, str]) -> str:
    return show_cell(portions=order.portions, way=order.way, set_name=order.set_name, letters=letters)


def _here(site: SiteFacts, slot: str, monday: date, *, everybody: bool) -> ColumnElement[bool]:
    home = Elder.home_site_id == site.id
    since = monday - _LATELY
    ordered = select(Order.elder_id).where(Order.site_id == site.id, Order.slot == slot, Order.day >= since)
    if everybody:
        return or_(home, Elder.id.in_(ordered))
    ate = select(Serving.elder_id).where(
        Serving.site_id == site.id, Serving.slot == slot, Serving.day >= since, Serving.elder_id.is_not(None)
    )
    habit = select(StandingOrder.elder_id).where(StandingOrder.site_id == site.id, StandingOrder.slot == slot)
    return or_(Elder.id.in_(ordered), Elder.id.in_(ate), Elder.id.in_(habit))


def _eaten(session: Session, elders: Collection[int], days: tuple[date, ...], slot: str) -> set[tuple[int, date]]:
    rows = session.execute(
        select(Serving.elder_id, Serving.day).where(
            Serving.elder_id.in_(elders),
            Serving.day.between(days[0], days[-1]),
            Serving.slot == slot,
            Serving.voided_at.is_(None),
            ~Serving.second_portion,
        )
    )
    return {(row.elder_id, row.day) for row in rows}


def _why_closed(state: str, has_eaten: bool, order: WeekOrder | None, site_id: int) -> str:
    """A word of ``life``, ``eaten`` or ``elsewhere``; "" when the cell may be written."""
    if has_eaten:
        return "eaten"
    if order is not None:
        return "" if order.site_id == site_id else "elsewhere"
    return "" if state == "active" else state
