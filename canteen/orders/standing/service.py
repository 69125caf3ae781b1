"""What people do with standing orders: tell of a habit, end it, have it carried."""

from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from canteen.audit import trail
from canteen.base.access import COMMAND, Actor
from canteen.base.clock import day_of
from canteen.base.db import reading, settle, settled
from canteen.base.errors import NotFound
from canteen.orders.models import StandingOrder
from canteen.orders.standing.habits import add_standing, note, orders_after
from canteen.orders.standing.making import make_orders, owed_orders, settle_sets, unsettled
from canteen.orders.standing.rules import StandingRequest
from canteen.places.queries import MOST_IDS, SiteFacts, site_in_reach


@settled
def keep_standing(session: Session, request: StandingRequest, *, actor: Actor, now: datetime) -> int:
    """Write down a habit, and make the orders it asks for in the days ahead. Returns its id; the same again is the same.

    Raises ``BadInput``, ``NotFound`` out of reach, and ``Refusal``: ``slot_not_served``, ``already_standing``,
    ``elder_moved``, ``elder_died``.
    """
    site = site_in_reach(session, actor, request.site_id)
    return add_standing(session, request, site, actor=actor, now=now)


def keep_ahead(site: SiteFacts, *, now: datetime) -> None:
    """What the server does by the clock: the orders that are owed, and the sets of orders from before there was a menu.

    Looks first and writes only what is missing, so that the counter's turn is not taken every minute for nothing.
    """
    with reading() as session:
        owed = owed_orders(session, site, now=now)
        sittings = unsettled(session, site_id=site.id, first=day_of(now))
    if owed:
        settle(lambda session: make_orders(session, site, actor=COMMAND, now=now))
    for day, slot in sorted(sittings):
        _settle(site.id, day, slot, now)


@settled
def _settle(session: Session, site_id: int, day: date, slot: str, now: datetime) -> None:
    settle_sets(session, site_id=site_id, day=day, slot=slot, actor=COMMAND, now=now)


@settled
def end_standing(session: Session, standing_id: int, *, last_day: date, actor: Actor, now: datetime) -> int:
    """End a habit with a day, and take back the orders it made for later ones; how many were taken back.

    What was served or asked for by itself stays. A second time changes nothing. Raises ``NotFound`` out of reach.
    """
    standing = _standing(session, actor, standing_id)
    last_day = max(last_day, day_of(now) - timedelta(days=1))
    if standing.to_day is not None and standing.to_day <= last_day:
        return 0
    standing.to_day = last_day
    session.flush()
    note(session, actor, now, "end_standing", standing)
    orders = orders_after(session, standing.id, last_day)
    for order in orders:
        order.cancelled_at = now
        session.flush()
        trail.record(session, actor, "cancel_order", f"order:{order.id}", now, site_id=order.site_id)
    return len(orders)


def _standing(session: Session, actor: Actor, standing_id: int) -> StandingOrder:
    standing = session.get(StandingOrder, standing_id, with_for_update=True) if standing_id < MOST_IDS else None
    if standing is None:
        raise NotFound("没有找到这条常订", next_step="请刷新常订页面")
    site_in_reach(session, actor, standing.site_id, missing="没有找到这条常订", next_step="请刷新常订页面")
    return standing
