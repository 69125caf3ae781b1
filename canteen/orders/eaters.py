"""Who is to have which set of a site, for whoever looks at the menus (``menus.clashes``)."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from canteen.base.months import days_between
from canteen.menus.clashes.eaters import Eater
from canteen.orders.models import Order, StandingOrder
from canteen.orders.standing.making import habits_of
from canteen.orders.standing.rules import missing_orders
from canteen.people.queries import states_of
from canteen.places.queries import service_plan, site_facts
from canteen.places.rules import is_planned_day


def eaters_between(session: Session, *, site_id: int, first: date, last: date) -> list[Eater]:
    """The live orders from ``first`` to ``last`` (both included), and the habits whose orders are still to be made.

    The paused, the moved and the dead are left out on their days.
    """
    orders = select(Order.__table__).where(Order.site_id == site_id, Order.day.between(first, last))
    live = session.execute(orders.where(Order.cancelled_at.is_(None)).order_by(Order.day, Order.id))
    found = [Eater(row.elder_id, row.day, row.slot, row.set_name, row.way, False) for row in live]
    plan, slots = service_plan(session, site_id), site_facts(session, site_id).slots
    sittings = [(day, hours) for day in days_between(first, last) if is_planned_day(plan, day) for hours in slots]
    habits = habits_of(session, StandingOrder.site_id == site_id, first=first, last=last)
    # An order anywhere, a cancelled one too: somebody has decided about that meal.
    asked = select(Order.elder_id, Order.day, Order.slot).where(
        Order.day.between(first, last),
        Order.elder_id.in_(select(StandingOrder.elder_id).where(StandingOrder.site_id == site_id)),
    )
    decided = {(row.elder_id, row.day, row.slot) for row in session.execute(asked)}
    found += [
        Eater(habit.elder_id, day, habit.slot, habit.set_name, habit.way, True)
        for habit, day in missing_orders(habits, sittings, decided)
    ]
    away = {
        (elder_id, day)
        for day in {one.day for one in found}
        for elder_id, state in states_of(session, {one.elder_id for one in found if one.day == day}, day=day).items()
        if state.kind != "active"
    }
    return [one for one in found if (one.elder_id, one.day) not in away]
