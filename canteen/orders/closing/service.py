"""Closing a day on which people have ordered: their orders are moved or cancelled, and the kitchen is told on paper."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from canteen.audit import trail
from canteen.base.access import Actor
from canteen.base.clock import day_of
from canteen.base.db import reading, settle, settled
from canteen.base.errors import BadInput, CanteenError, Refusal
from canteen.base.records import as_record
from canteen.orders.closing.requests import CloseDay
from canteen.orders.closing.touched import TouchedDay, TouchedOrder, open_orders, touched_day
from canteen.orders.models import Order
from canteen.orders.papers import SittingAt, told
from canteen.orders.placing import place
from canteen.orders.rules import OrderRequest
from canteen.orders.service import AT_ONCE, print_for_kitchen
from canteen.places.queries import SiteFacts, service_plan, site_in_reach
from canteen.places.registry import write_exception
from canteen.places.requests import ExceptionChange
from canteen.places.rules import is_planned_day


@dataclass(frozen=True, slots=True)
class Dealt:
    """What became of one order."""

    order: TouchedOrder
    is_moved: bool
    #: Why it could not be moved; then it was cancelled.
    trouble: CanteenError | None = None


@dataclass(frozen=True, slots=True)
class DayClosed:
    """What became of everything on the day."""

    dealt: tuple[Dealt, ...]
    #: Papers for the kitchen that were sent to print.
    slips: int
    #: Why the kitchen could not be told on paper; somebody must go there.
    untold: CanteenError | None = None


def close_day(request: CloseDay, *, actor: Actor, now: datetime) -> DayClosed:
    """Write a day without service, and deal with its orders: no order can be placed for it from then on, those there
    are moved or cancelled some at a time, and every kitchen sheet that is out gets a change slip.

    Cut off half-way and asked for again, the rest is done. Raises ``NotFound`` out of reach, ``BadInput`` for a day to
    move to that has no service, ``Refusal`` (``orders_changed``) when somebody ordered since the page was made.
    """
    touched = _shut(request, actor=actor, now=now)
    dealt: list[Dealt] = []
    for first in range(0, len(touched.orders), AT_ONCE):
        some = touched.orders[first : first + AT_ONCE]
        dealt += settle(lambda session, some=some: _deal(session, request, some, actor, now))  # type: ignore[misc]
    slips, untold = _tell_kitchen(request, actor=actor, now=now)
    return DayClosed(tuple(dealt), slips, untold)


@settled
def _shut(session: Session, request: CloseDay, *, actor: Actor, now: datetime) -> TouchedDay:
    site = site_in_reach(session, actor, request.site_id)
    plan = service_plan(session, site.id)
    if request.move_to is not None and (
        request.move_to == request.day or request.move_to < day_of(now) or not is_planned_day(plan, request.move_to)
    ):
        raise BadInput("这一天不供餐,不能把订餐挪过去", field="move_to", next_step="请选一个供餐的日子,或改成取消")
    touched = touched_day(session, site_id=site.id, day=request.day)
    if is_planned_day(plan, request.day) and len(touched.orders) != request.seen:
        raise Refusal(
            "orders_changed",
            "现在有 %(n)s 份订餐没有吃,和您看到的 %(seen)s 份不一样",
            next_step="请返回重新看一遍名单再停餐",
            n=len(touched.orders),
            seen=request.seen,
        )
    change = ExceptionChange(site_id=site.id, day=request.day, is_open=False, reason=request.reason)
    write_exception(session, change, actor=actor, now=now)
    return touched if request.day >= day_of(now) else TouchedDay((), touched.standing)


def _deal(
    session: Session, request: CloseDay, some: Sequence[TouchedOrder], actor: Actor, now: datetime
) -> list[Dealt]:
    site = site_in_reach(session, actor, request.site_id)
    wanted = {order.id: order for order in some}
    rows = [row for row in open_orders(session, site_id=site.id, day=request.day) if row.id in wanted]
    moved = _move(session, request, rows, site, actor, now) if request.move_to else {}
    dealt = []
    for row in rows:
        trouble = moved.get(row.id)
        row.cancelled_at = now
        session.flush()
        is_moved = request.move_to is not None and trouble is None
        detail = {"closed": True, "moved_to": request.move_to.isoformat() if is_moved and request.move_to else ""}
        trail.record(session, actor, "cancel_order", f"order:{row.id}", now, site_id=site.id, **detail)
        dealt.append(Dealt(wanted[row.id], is_moved, trouble))
    return dealt


def _move(
    session: Session, request: CloseDay, rows: Sequence[Order], site: SiteFacts, actor: Actor, now: datetime
) -> dict[int, CanteenError | None]:
    """Order -> why it cannot be moved; None when it was. The set is chosen anew where it is not on the other menu."""
    assert request.move_to is not None
    wishes = [replace(as_record(OrderRequest, row), day=request.move_to) for row in rows]
    placed = place(session, wishes, site, actor=actor, now=now)
    again = [
        replace(one.request, set_name="")
        for one in placed
        if isinstance(one.trouble, BadInput) and one.request.set_name
    ]
    second = {one.request.elder_id: one for one in place(session, again, site, actor=actor, now=now)} if again else {}
    return {
        row.id: (second[one.request.elder_id] if one.request.elder_id in second and one.trouble else one).trouble
        for row, one in zip(rows, placed, strict=True)
    }


def _tell_kitchen(request: CloseDay, *, actor: Actor, now: datetime) -> tuple[int, CanteenError | None]:
    with reading() as session:
        site = site_in_reach(session, actor, request.site_id)
        days = [request.day, *([request.move_to] if request.move_to else [])]
        sittings = [SittingAt(site=site, day=day, slot=hours.slot) for day in days for hours in site.slots]
        editions = [(at, last.edition + 1) for at in sittings if (last := told(session, at)).facts is not None]
    slips = 0
    for at, edition in editions:
        try:
            print_for_kitchen(at, edition, whole=False, actor=actor, now=now)
            slips += 1
        except Refusal as trouble:
            if trouble.code != "nothing_changed":
                return slips, trouble
    return slips, None
