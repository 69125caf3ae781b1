"""Habits told of and carried, inside the caller's transaction."""

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from canteen.audit import trail
from canteen.base.access import Actor
from canteen.base.clock import day_of
from canteen.base.errors import NotFound, Refusal
from canteen.base.records import as_row
from canteen.orders.models import Order, StandingOrder
from canteen.orders.queries import FULFILLED
from canteen.orders.rules import refuse_state
from canteen.orders.standing import rules
from canteen.orders.standing.making import habits_of, make_orders
from canteen.orders.standing.rules import Habit, StandingRequest
from canteen.people.models import Elder
from canteen.people.queries import in_area, states_of
from canteen.places.queries import MOST_IDS, SiteFacts


def add_standing(session: Session, request: StandingRequest, site: SiteFacts, *, actor: Actor, now: datetime) -> int:
    """Keep a habit and make the orders it asks for; ``service.keep_standing`` says what is refused."""
    rules.check_standing(request, today=day_of(now))
    name = _held_name(session, request.elder_id, site)
    if site.hours_of(request.slot) is None:
        raise Refusal("slot_not_served", "这个助餐点不供应这一餐", next_step="请换一个餐次")
    state = states_of(session, [request.elder_id], day=day_of(now))[request.elder_id]
    if state.kind != "paused" and (refusal := refuse_state(name, state)):
        raise refusal
    habits = _habits(session, request.elder_id, request.slot, day_of(now))
    for habit in rules.meeting(request, habits):
        if _same(habit, request):
            return habit.id
        raise rules.already_standing(name)
    standing = StandingOrder(**as_row(request), recorded_at=now, staff_id=actor.staff_id)
    session.add(standing)
    session.flush()
    note(session, actor, now, "keep_standing", standing)
    make_orders(session, site, actor=actor, now=now)
    return standing.id


def deliver(session: Session, request: StandingRequest, site: SiteFacts, *, actor: Actor, now: datetime) -> None:
    """Have the meals of a slot carried to an elder: habits there are get the way, without one this one is kept.

    Orders that the habits made already change with them.
    """
    _held_name(session, request.elder_id, site)
    habits = [
        habit
        for habit in _habits(session, request.elder_id, request.slot, day_of(now))
        if rules.meeting(request, [habit])
    ]
    if not habits:
        add_standing(session, request, site, actor=actor, now=now)
    for habit in habits:
        standing = session.get_one(StandingOrder, habit.id)
        if standing.way == request.way:
            continue
        standing.way = request.way
        session.flush()
        note(session, actor, now, "keep_standing", standing)
        for order in orders_after(session, habit.id, day_of(now) - timedelta(days=1)):
            order.way = request.way
            session.flush()
            trail.record(session, actor, "change_order", f"order:{order.id}", now, site_id=order.site_id)


def _held_name(session: Session, elder_id: int, site: SiteFacts) -> str:
    """The name of an elder of the site's county. The row is locked: two habits told at once see one another."""
    held = select(Elder.name).where(Elder.id == elder_id, in_area(site.county)).with_for_update(of=Elder.__table__)
    name = session.scalar(held) if elder_id < MOST_IDS else None
    if name is None:
        raise NotFound("没有找到这位老人", next_step="请重新查找")
    return name


def _habits(session: Session, elder_id: int, slot: str, today: date) -> list[Habit]:
    where = (StandingOrder.elder_id == elder_id, StandingOrder.slot == slot)
    return habits_of(session, *where, first=today, last=date.max)


def _same(habit: Habit, request: StandingRequest) -> bool:
    compared = ("slot", "weekdays", "set_name", "way", "to_day")
    return all(getattr(habit, name) == getattr(request, name) for name in compared)


def orders_after(session: Session, standing_id: int, day: date) -> list[Order]:
    """The live orders a habit made for the days after a day, without those that were fulfilled."""
    live = select(Order).where(
        Order.standing_id == standing_id, Order.day > day, Order.cancelled_at.is_(None), ~FULFILLED
    )
    return list(session.scalars(live.order_by(Order.day).with_for_update(of=Order.__table__)))


def note(session: Session, actor: Actor, now: datetime, action: str, standing: StandingOrder) -> None:
    """Write a change of a habit into the trail."""
    detail = {"elder": standing.elder_id, "slot": standing.slot, "weekdays": standing.weekdays, "way": standing.way}
    trail.record(session, actor, action, f"standing_order:{standing.id}", now, site_id=standing.site_id, **detail)
