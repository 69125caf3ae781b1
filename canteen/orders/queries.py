"""Orders to read. ``ordered_by_set`` is beside the counter: one Core statement in the caller's session."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import and_, bindparam, case, exists, func, select
from sqlalchemy.orm import Session

from canteen.base.clock import day_of, wall_time
from canteen.base.db import reading, with_reading
from canteen.base.db.prepared import Prepared
from canteen.base.db.rows import covers
from canteen.base.records import as_record
from canteen.base.vault import the_vault
from canteen.books.models.servings import Serving
from canteen.menus.models import Menu, MenuSet
from canteen.orders.models import Order
from canteen.orders.rules import KitchenCount, Moment, OrderLine, kitchen_count
from canteen.people import queries as people
from canteen.people.finding.search import Found, search
from canteen.people.models import Elder, LifeEvent
from canteen.people.personal import open_personal
from canteen.places.queries import SiteFacts


@dataclass(frozen=True, slots=True)
class KitchenSheet:
    """What the kitchen needs on paper: meals by set and way, and diets without names."""

    count: KitchenCount
    #: Diet as registered -> elders, the most first.
    diets: dict[str, int]


#: The meal of an order was served: the first portion of its elder in its sitting, wherever it was.
FULFILLED = exists().where(
    Serving.elder_id == Order.elder_id,
    Serving.day == Order.day,
    Serving.slot == Order.slot,
    Serving.voided_at.is_(None),
    ~Serving.second_portion,
)
# The statements are built once and asked with the sitting: {"site", "day", "slot"}.
_LIVE = and_(
    Order.site_id == bindparam("site"),
    Order.day == bindparam("day"),
    Order.slot == bindparam("slot"),
    Order.cancelled_at.is_(None),
)
_FIRST_SET = (
    select(MenuSet.name)
    .join(Menu, Menu.id == MenuSet.menu_id)
    .where(Menu.site_id == bindparam("site"), Menu.day == bindparam("day"), Menu.slot == bindparam("slot"))
    .order_by(MenuSet.position, MenuSet.id)
    .limit(1)
    .scalar_subquery()
)
#: The set of an order; "" is the first of the menu.
_SHOWN_SET = case((Order.set_name == "", func.coalesce(_FIRST_SET, "")), else_=Order.set_name).label("set_name")
_AWAY_THEN = select(LifeEvent.id).where(
    LifeEvent.elder_id == Order.elder_id,
    LifeEvent.cancelled_at.is_(None),
    covers(LifeEvent.from_day, LifeEvent.to_day, Order.day),
)
_AWAY = select(LifeEvent.id).where(
    LifeEvent.elder_id == Order.elder_id,
    LifeEvent.cancelled_at.is_(None),
    covers(LifeEvent.from_day, LifeEvent.to_day, bindparam("day")),
)
_COUNTED = select(_SHOWN_SET, Order.portions).where(_LIVE, ~_AWAY.exists()).subquery()
_BY_SET = select(_COUNTED.c.set_name, func.sum(_COUNTED.c.portions).label("meals")).group_by(_COUNTED.c.set_name)
#: Meals its elder had in its sitting, the first and the others.
_SERVED = (
    select(func.count())
    .select_from(Serving)
    .where(
        Serving.elder_id == Order.elder_id,
        Serving.day == Order.day,
        Serving.slot == Order.slot,
        Serving.voided_at.is_(None),
    )
    .correlate(Order)
    .scalar_subquery()
)
#: Numbers of a sitting's orders as they came, cancelled ones counted: what a sheet says stays true when others change.
_NUMBERS = (
    select(Order.id, func.row_number().over(order_by=Order.id).label("number"))
    .where(Order.site_id == bindparam("site"), Order.day == bindparam("day"), Order.slot == bindparam("slot"))
    .subquery()
)
_LINES = (
    select(
        Order.id,
        _NUMBERS.c.number,
        Order.elder_id,
        Order.way,
        Order.portions,
        Order.ordered_at,
        Order.source,
        Elder.name,
        Elder.village_group,
        _SHOWN_SET,
        Serving.number.label("served_number"),
        Serving.served_at,
        _SERVED.label("served"),
    )
    .join(_NUMBERS, _NUMBERS.c.id == Order.id)
    .join(Elder, Elder.id == Order.elder_id)
    .outerjoin(
        Serving,
        and_(
            Serving.elder_id == Order.elder_id,
            Serving.day == Order.day,
            Serving.slot == Order.slot,
            Serving.voided_at.is_(None),
            ~Serving.second_portion,
        ),
    )
    .where(_LIVE)
    .order_by(Order.id)
)
_ASKED = Prepared(
    select(Order.site_id, Order.set_name, Order.way, Order.portions, Order.ordered_at).where(
        Order.elder_id == bindparam("elder"),
        Order.day == bindparam("day"),
        Order.slot == bindparam("slot"),
        Order.cancelled_at.is_(None),
    )
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What an elder ordered for a sitting."""

    site_id: int
    #: "": left open while there is no menu.
    set_name: str
    way: str
    portions: int
    ordered_at: datetime


def asked_for(session: Session, *, elder_id: int, day: date, slot: str) -> Asked | None:
    """What an elder ordered for a sitting, at whatever site; None: there is no live order."""
    row = _ASKED.first(session, elder=elder_id, day=day, slot=slot)
    return as_record(Asked, row) if row else None


def ordered_by_set(session: Session, *, site_id: int, day: date, slot: str) -> dict[str, int]:
    """Meals of live orders of a sitting by name of the set; "" while there is no menu for those who left the choice open.

    The paused, the moved and the dead are not counted, whenever the order was placed.
    """
    return dict(session.execute(_BY_SET, {"site": site_id, "day": day, "slot": slot}).all())


def sitting_orders(session: Session, *, site_id: int, day: date, slot: str) -> list[OrderLine]:
    """The live orders of a sitting, in the order they were placed, each with the serving that fulfilled it."""
    rows = session.execute(_LINES, {"site": site_id, "day": day, "slot": slot}).all()
    states = people.states_of(session, [row.elder_id for row in rows], day=day)
    return [as_record(OrderLine, row, state=states[row.elder_id].kind) for row in rows]


#: For a page.
orders_of = with_reading(sitting_orders)


#: No-shows are told of so many days.
NO_SHOW_DAYS = 60


@with_reading
def no_shows(session: Session, elder_ids: Collection[int], *, before: date) -> dict[int, int]:
    """How often people ordered and did not come, in the days before a day; those who always came are left out. A pause
    that was told of is none."""
    rows = session.execute(
        select(Order.elder_id, Order.day).where(
            Order.elder_id.in_(elder_ids),
            Order.day.between(before - timedelta(days=NO_SHOW_DAYS), before - timedelta(days=1)),
            Order.cancelled_at.is_(None),
            ~FULFILLED,
            ~_AWAY_THEN.exists(),
        )
    )
    return dict(Counter(row.elder_id for row in rows))


#: For a page: the name of somebody.
name_of = with_reading(people.name_of)


def moment_of(now: datetime) -> Moment:
    """An instant as a cut-off sees it."""
    return Moment(day_of(now), wall_time(now))


def candidates(text: str, *, site: SiteFacts, day: date) -> list[Found]:
    """Elders of the site's county a typed or scanned text may mean, those of the site first."""
    with reading() as session:
        return search(session, text, day=day, home_site_id=site.id, area_prefix=site.county)


def sitting_sheet(session: Session, *, site_id: int, day: date, slot: str) -> KitchenSheet:
    """Meals by set and way, and how many of them need which diet: facts without names."""
    orders = sitting_orders(session, site_id=site_id, day=day, slot=slot)
    eaters = [order.elder_id for order in orders if order.state == "active"]
    vault = the_vault()
    sealed = session.execute(select(Elder.id, Elder.sealed).where(Elder.id.in_(eaters)))
    diets = Counter(open_personal(row.sealed, row.id, vault).diet for row in sealed)
    del diets[""]
    return KitchenSheet(kitchen_count(orders), dict(diets.most_common()))
