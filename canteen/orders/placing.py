"""Writing orders inside the caller's transaction, one or four hundred: what all of them need is read once."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from canteen.audit import trail
from canteen.base.access import Actor
from canteen.base.errors import CanteenError, NotFound, Refusal
from canteen.base.records import as_row
from canteen.books.models.servings import Serving
from canteen.menus.queries import SetFacts, sets_of
from canteen.orders import rules
from canteen.orders.models import Order
from canteen.orders.queries import moment_of, ordered_by_set
from canteen.orders.rules import Moment, OrderRequest
from canteen.orders.standing.making import set_for
from canteen.people.models import Elder
from canteen.people.queries import in_area, name_of, states_of
from canteen.people.rules import LifeState
from canteen.places.models import Site, SiteSlot
from canteen.places.queries import MOST_IDS, SiteFacts, service_plan, site_in_reach
from canteen.places.rules import ServicePlan, is_planned_day

NO_ORDER, NO_ORDER_STEP = "没有找到这份订餐", "请返回上一页重新选择"
#: What became of a wish: a new order, one that was changed, one that was there already.
Became = Literal["placed", "changed", "same"]


@dataclass(frozen=True, slots=True)
class Placed:
    """What became of one wish: an order, or why there is none."""

    request: OrderRequest
    name: str
    order_id: int | None = None
    became: Became = "placed"
    trouble: CanteenError | None = None


@dataclass(slots=True)
class _Desk:
    """What the wishes of one transaction need to know."""

    site: SiteFacts
    plan: ServicePlan
    moment: Moment
    names: Mapping[int, str]
    states: Mapping[tuple[int, date], LifeState]
    #: (elder, day, slot) -> live order; those written meanwhile are added.
    orders: dict[tuple[int, date, str], Order]
    served: Mapping[tuple[int, date, str], str]
    sets: dict[tuple[date, str], list[SetFacts]]


def place(
    session: Session,
    requests: Sequence[OrderRequest],
    site: SiteFacts,
    *,
    actor: Actor,
    now: datetime,
    may_change: bool = False,
) -> list[Placed]:
    """Write down what people asked for at a site, in their order; a wish that is refused leaves the others alone.

    The same order again is the same order; with ``may_change`` one that differs becomes as it is asked for now.
    Nothing is written for a wish before all its refusals were looked at.
    """
    desk = _open_desk(session, requests, site, now)
    return [_place_one(session, desk, request, actor, now, may_change) for request in requests]


def _place_one(
    session: Session, desk: _Desk, request: OrderRequest, actor: Actor, now: datetime, may_change: bool
) -> Placed:
    name = desk.names.get(request.elder_id)
    if name is None:
        return Placed(request, "", trouble=NotFound("没有找到这位老人", next_step="请重新查找"))
    earlier = desk.orders.get((request.elder_id, request.day, request.slot))
    if earlier is not None and _is_same(earlier, request):
        return Placed(request, name, earlier.id, "same")
    try:
        order, became = _write(session, desk, request, earlier, name, actor, now, may_change)
    except CanteenError as trouble:
        return Placed(request, name, trouble=trouble)
    return Placed(request, name, order.id, became)


def _is_same(earlier: Order, request: OrderRequest) -> bool:
    same_set = request.set_name in ("", earlier.set_name)
    compared = ("site_id", "way", "portions")
    return same_set and all(getattr(earlier, name) == getattr(request, name) for name in compared)


def _write(
    session: Session,
    desk: _Desk,
    request: OrderRequest,
    earlier: Order | None,
    name: str,
    actor: Actor,
    now: datetime,
    may_change: bool,
) -> tuple[Order, Became]:
    at = (request.day, request.slot)
    if earlier is not None and (not may_change or earlier.site_id != desk.site.id):
        site_name = session.scalar(select(Site.name).where(Site.id == earlier.site_id)) or ""
        raise rules.already_ordered(name, site_name=site_name, set_name=earlier.set_name or "餐")
    hours = desk.site.hours_of(request.slot)
    state = desk.states[request.elder_id, request.day]
    number = desk.served.get((request.elder_id, *at))
    for refusal in (
        rules.refuse_sitting(
            desk.moment,
            day=request.day,
            hours=hours,
            is_planned=is_planned_day(desk.plan, request.day),
            role=actor.role,
        ),
        rules.refuse_state(name, state),
        rules.already_served(name, number=number) if number else None,
    ):
        if refusal is not None:
            raise refusal
    if at not in desk.sets:
        desk.sets[at] = sets_of(session, site_id=desk.site.id, day=request.day, slot=request.slot)
    sets = desk.sets[at]
    rules.check_request(request, sets=[one.name for one in sets])
    assert hours is not None, request
    is_late = rules.is_late(desk.moment, day=request.day, hours=hours)
    _check_room(session, desk, request, earlier)
    if earlier is not None:
        return _change(session, earlier, request, actor=actor, now=now, is_late=is_late), "changed"
    chosen = replace(request, set_name=request.set_name or set_for(session, request.site_id, request.elder_id, sets))
    order = Order(**as_row(chosen), ordered_at=now, ordered_by=actor.staff_id, source=source_of(actor))
    session.add(order)
    session.flush()
    desk.orders[request.elder_id, request.day, request.slot] = order
    detail = {"elder": request.elder_id, "day": request.day, "slot": request.slot, "is_late": is_late}
    trail.record(session, actor, "place_order", f"order:{order.id}", now, site_id=order.site_id, **detail)
    return order, "placed"


def source_of(actor: Actor) -> str:
    """Whence a change of an order comes, where no account stands for it."""
    return "" if actor.kind == "staff" else actor.label


def _check_room(session: Session, desk: _Desk, request: OrderRequest, earlier: Order | None) -> None:
    """Refuse what does not fit into a sitting. Its row is held from the first look to the end of the transaction, so that
    of two who want the last meal one gets it; the sitting is counted anew each time."""
    more = request.portions - (earlier.portions if earlier else 0)
    hours = desk.site.hours_of(request.slot)
    if hours is None or hours.capacity is None or more <= 0:
        return
    slot = select(SiteSlot.capacity).where(SiteSlot.site_id == desk.site.id, SiteSlot.slot == request.slot)
    capacity = session.execute(slot.with_for_update()).scalar()
    ordered = sum(ordered_by_set(session, site_id=desk.site.id, day=request.day, slot=request.slot).values())
    if refusal := rules.refuse_full(ordered=ordered, more=more, capacity=capacity):
        raise refusal


def _change(
    session: Session, order: Order, request: OrderRequest, *, actor: Actor, now: datetime, is_late: bool
) -> Order:
    before = {"set": order.set_name, "way": order.way, "portions": order.portions}
    order.set_name = request.set_name or order.set_name
    order.way, order.portions, order.source = request.way, request.portions, source_of(actor)
    session.flush()
    trail.record(
        session, actor, "change_order", f"order:{order.id}", now, site_id=order.site_id, is_late=is_late, before=before
    )
    return order


def take_back(session: Session, order_id: int, *, actor: Actor, now: datetime) -> Order:
    """Take an order back. A second time changes nothing; after the cut-off it is allowed, so that nobody walks to a
    closed door, and the audit row says so.

    Raises ``NotFound`` out of reach and ``Refusal`` for a past day (``day_past``) or a meal that was served
    (``already_served``).
    """
    wanted = select(Order).where(Order.id == order_id).with_for_update()
    order = session.scalar(wanted) if order_id < MOST_IDS else None
    if order is None:
        raise NotFound(NO_ORDER, next_step=NO_ORDER_STEP)
    site = site_in_reach(session, actor, order.site_id, missing=NO_ORDER, next_step=NO_ORDER_STEP)
    if order.cancelled_at is not None:
        return order
    moment = moment_of(now)
    if order.day < moment.today:
        raise Refusal(
            "day_past",
            "%(day)s 已经过去,订餐记录不再改动",
            next_step="不用取消;没有来的人不会算用餐",
            day=order.day.isoformat(),
        )
    served = session.execute(first_portions([order.elder_id], [order.day]).where(Serving.slot == order.slot)).first()
    if served is not None:
        raise rules.already_served(name_of(session, order.elder_id), number=served.number)
    order.cancelled_at, order.source = now, source_of(actor)
    session.flush()
    hours = site.hours_of(order.slot)
    is_late = hours is not None and rules.is_late(moment, day=order.day, hours=hours)
    trail.record(session, actor, "cancel_order", f"order:{order.id}", now, site_id=order.site_id, is_late=is_late)
    return order


def _open_desk(session: Session, requests: Sequence[OrderRequest], site: SiteFacts, now: datetime) -> _Desk:
    elders = sorted({request.elder_id for request in requests})
    days = {request.day for request in requests}
    names: dict[int, str] = {}
    county = in_area(site.county)
    for some in _chunks(elders):
        names |= dict(session.execute(select(Elder.id, Elder.name).where(Elder.id.in_(some), county)).all())
    states = {(elder, day): state for day in days for elder, state in states_of(session, names, day=day).items()}
    return _Desk(
        site=site,
        plan=service_plan(session, site.id),
        moment=moment_of(now),
        names=names,
        states=states,
        orders={
            (one.elder_id, one.day, one.slot): one
            for some in _chunks(elders)
            for one in session.scalars(_live_orders(some, days))
        },
        served={
            (row.elder_id, row.day, row.slot): row.number
            for some in _chunks(elders)
            for row in session.execute(first_portions(some, days))
        },
        sets={},
    )


def _chunks(elders: Sequence[int]) -> list[list[int]]:
    return [list(elders[at : at + 500]) for at in range(0, len(elders), 500)]


def _live_orders(elders: Collection[int], days: Collection[date]) -> Any:
    return select(Order).where(Order.elder_id.in_(elders), Order.day.in_(days), Order.cancelled_at.is_(None))


def first_portions(elders: Collection[int], days: Collection[date]) -> Any:
    """Elder, day, slot and number of the first portions of some people on some days, wherever they were."""
    return select(Serving.elder_id, Serving.day, Serving.slot, Serving.number).where(
        Serving.elder_id.in_(elders), Serving.day.in_(days), Serving.voided_at.is_(None), ~Serving.second_portion
    )
