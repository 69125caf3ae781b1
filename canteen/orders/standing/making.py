"""The orders that standing orders make, written in the caller's transaction.

Whoever looks at a sitting first may make them: the server some days ahead (``entrance.steward``), a new standing order,
planning a run. One order an elder and sitting (UNIQUE) and one a standing order and day (UNIQUE) make any two of them agree.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from canteen.audit import trail
from canteen.base.access import Actor
from canteen.base.db import table_of
from canteen.base.records import as_record
from canteen.base.vault import the_vault
from canteen.menus.dishes.queries import dishes_at
from canteen.menus.models import Menu
from canteen.menus.queries import SetFacts, sets_of
from canteen.menus.rules import fitting_set
from canteen.orders.models import Order, StandingOrder
from canteen.orders.queries import moment_of
from canteen.orders.standing.rules import Habit, missing_orders, sittings_ahead
from canteen.people.models import Elder
from canteen.people.personal import open_personal
from canteen.people.queries import states_of
from canteen.places.queries import SiteFacts, service_plan

_ORDER = table_of(Order)
#: Nobody asks for a meal for them any more; a pause ends, and its days are left out of the count.
_GONE = ("died", "moved")


def owed_orders(session: Session, site: SiteFacts, *, now: datetime) -> list[tuple[Habit, date]]:
    """What the standing orders of a site ask for today and in the days ahead, and is not there yet.

    An order that somebody cancelled is not owed again, and none beside another order of the elder for the sitting.
    """
    moment = moment_of(now)
    sittings = sittings_ahead(service_plan(session, site.id), site.slots, moment)
    if not sittings:
        return []
    first, last = sittings[0][0], sittings[-1][0]
    habits = habits_of(session, StandingOrder.site_id == site.id, first=first, last=last)
    missing = missing_orders(habits, sittings, _asked(session, {habit.elder_id for habit in habits}, first, last))
    gone = _gone(session, missing)
    return [(habit, day) for habit, day in missing if (habit.elder_id, day) not in gone]


def make_orders(session: Session, site: SiteFacts, *, actor: Actor, now: datetime) -> int:
    """Make the orders that are owed; how many."""
    menus: dict[tuple[date, str], list[SetFacts]] = {}
    owed = owed_orders(session, site, now=now)
    for habit, day in owed:
        at = (day, habit.slot)
        if at not in menus:
            menus[at] = sets_of(session, site_id=site.id, day=day, slot=habit.slot)
        order = Order(
            site_id=site.id,
            elder_id=habit.elder_id,
            day=day,
            slot=habit.slot,
            set_name=_set_of(session, site.id, habit, menus[at]),
            way=habit.way,
            standing_id=habit.id,
            ordered_at=now,
            ordered_by=actor.staff_id,
        )
        session.add(order)
        session.flush()
        detail = {"elder": order.elder_id, "day": day, "slot": order.slot, "standing": habit.id}
        trail.record(session, actor, "place_order", f"order:{order.id}", now, site_id=site.id, **detail)
    return len(owed)


def habits_of(session: Session, *where: Any, first: date, last: date) -> list[Habit]:
    """Standing orders that ask for a meal on some day of a span, the oldest first."""
    rows = session.execute(
        select(StandingOrder.__table__)
        .where(
            *where, StandingOrder.from_day <= last, or_(StandingOrder.to_day.is_(None), StandingOrder.to_day >= first)
        )
        .order_by(StandingOrder.id)
    )
    return [as_record(Habit, row, told=moment_of(row.recorded_at)) for row in rows]


def _asked(session: Session, elders: Collection[int], first: date, last: date) -> set[tuple[int, date, str]]:
    rows = session.execute(
        select(Order.elder_id, Order.day, Order.slot).where(Order.elder_id.in_(elders), Order.day.between(first, last))
    )
    return {(row.elder_id, row.day, row.slot) for row in rows}


def _gone(session: Session, missing: Sequence[tuple[Habit, date]]) -> set[tuple[int, date]]:
    found = set()
    for day in {day for _, day in missing}:
        states = states_of(session, {habit.elder_id for habit, on in missing if on == day}, day=day)
        found |= {(elder_id, day) for elder_id, state in states.items() if state.kind in _GONE}
    return found


def _set_of(session: Session, site_id: int, habit: Habit, sets: Sequence[SetFacts]) -> str:
    if habit.set_name in {one.name for one in sets}:
        return habit.set_name
    return set_for(session, site_id, habit.elder_id, sets)


def set_for(session: Session, site_id: int, elder_id: int, sets: Sequence[SetFacts]) -> str:
    """The set of a menu that fits an elder's diet; "" without a menu."""
    if len(sets) < 2:
        return sets[0].name if sets else ""
    sealed = session.execute(select(Elder.sealed).where(Elder.id == elder_id)).scalar_one()
    diet = open_personal(sealed, elder_id, the_vault()).diet
    return fitting_set(sets, diet, dishes_at(session, site_id=site_id) if diet else {})


def unsettled(session: Session, *, site_id: int, first: date) -> set[tuple[date, str]]:
    """The sittings from a day on that have a menu, and live orders from before there was one."""
    rows = session.execute(
        select(_ORDER.c.day, _ORDER.c.slot)
        .distinct()
        .join(Menu, (Menu.site_id == _ORDER.c.site_id) & (Menu.day == _ORDER.c.day) & (Menu.slot == _ORDER.c.slot))
        .where(
            _ORDER.c.site_id == site_id,
            _ORDER.c.day >= first,
            _ORDER.c.set_name == "",
            _ORDER.c.cancelled_at.is_(None),
            Menu.sets.any(),
        )
    )
    return {(row.day, row.slot) for row in rows}


def settle_sets(session: Session, *, site_id: int, day: date, slot: str, actor: Actor, now: datetime) -> int:
    """Name the set of every live order of a sitting that was asked for before there was a menu; how many."""
    sets = sets_of(session, site_id=site_id, day=day, slot=slot)
    if not sets:
        return 0
    at = (_ORDER.c.site_id == site_id, _ORDER.c.day == day, _ORDER.c.slot == slot)
    open_ = select(_ORDER.c.id, _ORDER.c.elder_id).where(*at, _ORDER.c.set_name == "", _ORDER.c.cancelled_at.is_(None))
    rows = session.execute(open_).all()
    trail.touch(session, "order", *(row.id for row in rows), site_id=site_id)
    for row in rows:
        chosen = set_for(session, site_id, row.elder_id, sets)
        session.execute(update(_ORDER).where(_ORDER.c.id == row.id).values(set_name=chosen))
        trail.record(session, actor, "choose_set", f"order:{row.id}", now, site_id=site_id)
    return len(rows)
