"""Orders to read. ``ordered_by_set`` is beside the counter: one Core statement in the caller's session."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import and_, bindparam, case, func, or_, select
from sqlalchemy.orm import Session

from canteen.base.db import reading
from canteen.base.prepared import Prepared
from canteen.base.vault import the_vault
from canteen.books.models.servings import Serving
from canteen.menus.models import Menu, MenuSet
from canteen.orders.models import Order
from canteen.orders.rules import KitchenCount, OrderLine, kitchen_count
from canteen.people import queries as people
from canteen.people.finding.search import Found, search
from canteen.people.models import Elder, LifeEvent
from canteen.people.personal import open_personal
from canteen.places.queries import SiteFacts

_ORDER = Order.__table__
_SERVING = Serving.__table__
_ELDER = Elder.__table__
_LIFE = LifeEvent.__table__
_MENU = Menu.__table__
_SET = MenuSet.__table__


@dataclass(frozen=True, slots=True)
class KitchenSheet:
    """What the kitchen needs on paper: meals by set and way, and diets without names."""

    count: KitchenCount
    #: Diet as registered -> elders, the most first.
    diets: dict[str, int]


# The statements are built once and asked with the sitting: {"site", "day", "slot"}.
_LIVE = and_(
    _ORDER.c.site_id == bindparam("site"),
    _ORDER.c.day == bindparam("day"),
    _ORDER.c.slot == bindparam("slot"),
    _ORDER.c.cancelled_at.is_(None),
)
_FIRST_SET = (
    select(_SET.c.name)
    .join(_MENU, _MENU.c.id == _SET.c.menu_id)
    .where(_MENU.c.site_id == bindparam("site"), _MENU.c.day == bindparam("day"), _MENU.c.slot == bindparam("slot"))
    .order_by(_SET.c.position, _SET.c.id)
    .limit(1)
    .scalar_subquery()
)
#: The set of an order; "" is the first of the menu.
_SHOWN_SET = case((_ORDER.c.set_name == "", func.coalesce(_FIRST_SET, "")), else_=_ORDER.c.set_name).label("shown")
_AWAY = select(_LIFE.c.id).where(
    _LIFE.c.elder_id == _ORDER.c.elder_id,
    _LIFE.c.cancelled_at.is_(None),
    _LIFE.c.from_day <= bindparam("day"),
    or_(_LIFE.c.to_day.is_(None), _LIFE.c.to_day >= bindparam("day")),
)
_COUNTED = select(_SHOWN_SET, _ORDER.c.id).where(_LIVE, ~_AWAY.exists()).subquery()
_BY_SET = select(_COUNTED.c.shown, func.count().label("meals")).group_by(_COUNTED.c.shown)
_LINES = (
    select(
        _ORDER.c.id,
        _ORDER.c.elder_id,
        _ORDER.c.way,
        _ORDER.c.ordered_at,
        _ELDER.c.name,
        _ELDER.c.village_group,
        _SHOWN_SET,
        _SERVING.c.number,
        _SERVING.c.served_at,
    )
    .join(_ELDER, _ELDER.c.id == _ORDER.c.elder_id)
    .outerjoin(
        _SERVING,
        and_(
            _SERVING.c.elder_id == _ORDER.c.elder_id,
            _SERVING.c.day == _ORDER.c.day,
            _SERVING.c.slot == _ORDER.c.slot,
            _SERVING.c.voided_at.is_(None),
            ~_SERVING.c.second_portion,
        ),
    )
    .where(_LIVE)
    .order_by(_ORDER.c.id)
)
_ORDERED_AT = Prepared(
    select(_ORDER.c.ordered_at).where(
        _ORDER.c.elder_id == bindparam("elder"),
        _ORDER.c.day == bindparam("day"),
        _ORDER.c.slot == bindparam("slot"),
        _ORDER.c.cancelled_at.is_(None),
    )
)


def ordered_at(session: Session, *, elder_id: int, day: date, slot: str) -> datetime | None:
    """When an elder asked for a meal of this sitting, at whatever site; None: there is no live order."""
    at: datetime | None = _ORDERED_AT.value(session, elder=elder_id, day=day, slot=slot)
    return at


def ordered_by_set(session: Session, *, site_id: int, day: date, slot: str) -> dict[str, int]:
    """Live orders of a sitting by name of the set; "" while there is no menu for those who left the choice open.

    The paused, the moved and the dead are not counted, whenever the order was placed.
    """
    rows = session.execute(_BY_SET, {"site": site_id, "day": day, "slot": slot})
    return {row.shown: row.meals for row in rows}


def sitting_orders(session: Session, *, site_id: int, day: date, slot: str) -> list[OrderLine]:
    """The live orders of a sitting, in the order they were placed, each with the serving that fulfilled it."""
    rows = session.execute(_LINES, {"site": site_id, "day": day, "slot": slot}).all()
    states = people.states_of(session, [row.elder_id for row in rows], day=day)
    return [
        OrderLine(
            id=row.id,
            elder_id=row.elder_id,
            name=row.name,
            village_group=row.village_group,
            set_name=row.shown,
            way=row.way,
            ordered_at=row.ordered_at,
            state=states[row.elder_id].kind,
            served_number=row.number,
            served_at=row.served_at,
        )
        for row in rows
    ]


def orders_of(*, site_id: int, day: date, slot: str) -> list[OrderLine]:
    """``sitting_orders`` for a page."""
    with reading() as session:
        return sitting_orders(session, site_id=site_id, day=day, slot=slot)


def candidates(text: str, *, site: SiteFacts, day: date) -> list[Found]:
    """Elders of the site's county a typed or scanned text may mean, those of the site first."""
    with reading() as session:
        return search(session, text, day=day, home_site_id=site.id, area_prefix=site.county)


def sitting_sheet(session: Session, *, site_id: int, day: date, slot: str) -> KitchenSheet:
    """Meals by set and way, and how many of them need which diet: facts without names."""
    orders = sitting_orders(session, site_id=site_id, day=day, slot=slot)
    eaters = [order.elder_id for order in orders if order.state == "active"]
    vault = the_vault()
    sealed = session.execute(select(_ELDER.c.id, _ELDER.c.sealed).where(_ELDER.c.id.in_(eaters)))
    diets = Counter(open_personal(row.sealed, row.id, vault).diet for row in sealed)
    del diets[""]
    return KitchenSheet(kitchen_count(orders), dict(diets.most_common()))
