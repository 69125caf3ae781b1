"""What people do with orders: place one, cancel one."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from canteen.audit import trail
from canteen.base.access import Actor
from canteen.base.db import reading, settled
from canteen.base.errors import NotFound, Refusal
from canteen.base.records import as_record, as_row
from canteen.menus.queries import sets_of
from canteen.orders import papers
from canteen.orders.models import Order
from canteen.orders.papers import SittingAt
from canteen.orders.placing import NO_ORDER, NO_ORDER_STEP, Placed, place, take_back
from canteen.orders.queries import sitting_orders, sitting_sheet
from canteen.orders.rules import OrderChange, OrderLine, OrderRequest
from canteen.orders.standing.making import make_orders, settle_sets
from canteen.people import queries as people
from canteen.people.queries import ElderFacts
from canteen.places.queries import MOST_IDS, site_in_reach
from canteen.pricing.pricing import pricing_for
from canteen.printing.asking import ask_for_paper
from canteen.printing.models import JOB
from canteen.printing.papers.day_sheet import DayFacts
from canteen.schemes.facts import Meal


@settled
def place_order(session: Session, request: OrderRequest, *, actor: Actor, now: datetime) -> int:
    """Write down that an elder wants a meal; returns the id of the order.

    The same order again is the same order. Refuses closed, past and far days, the time after the cut-off except for
    managers, the paused, the moved and the dead, a second order for the sitting, and who has eaten already.
    """
    # Of two tills at once the second finds the other one's order, which is the same or refuses this one.
    site = site_in_reach(session, actor, request.site_id)
    [placed] = place(session, [request], site, actor=actor, now=now)
    if placed.order_id is None:
        assert placed.trouble is not None, placed
        raise placed.trouble
    return placed.order_id


#: Orders written in one transaction: the counter's turn comes in between.
AT_ONCE = 25


def place_orders(
    requests: Sequence[OrderRequest], site_id: int, *, actor: Actor, now: datetime, may_change: bool = False
) -> list[Placed]:
    """Write down many wishes for one site, each for itself (``placing.place``), some at a time so that nobody at the
    counter waits for all of them. Cut off half-way and sent again, the rest is written and nothing twice.

    Raises ``NotFound`` for a site out of reach.
    """

    @settled
    def some_of_them(session: Session, some: Sequence[OrderRequest]) -> list[Placed]:
        return place(session, some, site_in_reach(session, actor, site_id), actor=actor, now=now, may_change=may_change)

    return [
        placed
        for first in range(0, len(requests), AT_ONCE)
        for placed in some_of_them(requests[first : first + AT_ONCE])
    ]


@settled
def change_order(session: Session, order_id: int, request: OrderChange, *, actor: Actor, now: datetime) -> OrderRequest:
    """Have an order otherwise than it was asked for: set, way, portions; nothing is cancelled. Answers how it stands now.

    Raises ``NotFound`` out of reach and what ``place_order`` refuses; ``order_cancelled`` when it was taken back.
    """
    order = session.get(Order, order_id) if order_id < MOST_IDS else None
    if order is None:
        raise NotFound(NO_ORDER, next_step=NO_ORDER_STEP)
    site = site_in_reach(session, actor, order.site_id, missing=NO_ORDER, next_step=NO_ORDER_STEP)
    if order.cancelled_at is not None:
        raise Refusal("order_cancelled", "这份订餐已经取消", next_step="要订请在上面查找老人重新订")
    wish = as_record(OrderRequest, order, **as_row(request))
    [placed] = place(session, [wish], site, actor=actor, now=now, may_change=True)
    if placed.trouble is not None:
        raise placed.trouble
    return wish


@settled
def cancel_order(session: Session, order_id: int, *, actor: Actor, now: datetime) -> Order:
    """Take an order back; see ``placing.take_back``. Raises ``NotFound`` out of reach, and ``Refusal``."""
    return take_back(session, order_id, actor=actor, now=now)


@settled
def print_for_kitchen(
    session: Session, at: SittingAt, edition: int, *, whole: bool, actor: Actor, now: datetime
) -> int:
    """Tell the kitchen on paper: the whole count, or only what changed since its last paper. Answers the job's id.

    ``edition`` is the number the person saw on the button: pressed twice, or by two people at once, it is one paper.
    Raises ``Refusal``: ``no_printer``; ``nothing_changed`` when the kitchen knows it all; ``other_edition`` when
    another paper went out meanwhile.
    """
    site = site_in_reach(session, actor, at.site.id)
    make_orders(session, site, actor=actor, now=now)
    settle_sets(session, site_id=site.id, day=at.day, slot=at.slot, actor=actor, now=now)
    sheet = sitting_sheet(session, site_id=at.site.id, day=at.day, slot=at.slot)
    news = papers.news_of(session, at, sheet)
    # Asked after what was told, so that a paper printed in between is found here.
    key = papers.key_of(at, edition)
    earlier = session.execute(select(JOB.c.id).where(JOB.c.key == key)).scalar()
    if earlier is not None:
        return int(earlier)
    if not 0 < edition == news.told.edition + 1 <= papers.MOST_EDITIONS:
        raise Refusal("other_edition", "厨房单已经打印了别的一张", next_step="请刷新页面,按新的情况再打")
    if not whole and (news.is_known or news.told.facts is None):
        raise Refusal("nothing_changed", "和上次给厨房的单子相比没有变化", next_step="不用打变更单")
    facts = papers.kitchen_facts(at, sheet, None if whole else news, edition=edition, actor=actor, now=now)
    job_id = ask_for_paper(session, facts, key=key, site_id=at.site.id, at=now)
    detail = {"day": at.day, "slot": at.slot, "edition": edition, "meals": sheet.count.total, "whole": whole}
    trail.record(session, actor, "print_for_kitchen", f"job:{job_id}", now, site_id=at.site.id, **detail)
    return job_id


def print_day_sheet(at: SittingAt, *, key: str, actor: Actor, now: datetime) -> int:
    """Print who ordered, to be ticked by hand (手工登记单); the same ``key`` is one paper. Answers the job's id.

    Raises ``Refusal`` (``no_printer``).
    """
    with reading() as session:  # hundreds of prices: nobody at the counter waits for them
        orders = sitting_orders(session, site_id=at.site.id, day=at.day, slot=at.slot)
        expected = [order for order in orders if order.state == "active"]
        facts = papers.day_facts(at, expected, _own_parts(session, at, expected), actor=actor, now=now)
    return _print_day_sheet(at, facts, f"day_sheet:{key}", actor, now)


def _own_parts(session: Session, at: SittingAt, expected: list[OrderLine]) -> dict[int, int]:
    """Order id -> what the elder would pay now for all portions, for orders of a set with a price."""
    prices = {each.name: each.price_fen for each in sets_of(session, site_id=at.site.id, day=at.day, slot=at.slot)}
    parts = {}
    for order in expected:
        elder = people.load_elder(session, order.elder_id, day=at.day)
        if elder is not None and order.set_name in prices:
            meal = Meal(day=at.day, slot=at.slot, price_fen=0, way=order.way, site_area=at.site.area_path)
            parts[order.id] = _own_part(session, order, elder, meal, prices[order.set_name])
    return parts


def _own_part(session: Session, order: OrderLine, elder: ElderFacts, meal: Meal, price_fen: int) -> int:
    pricing = pricing_for(session, elder, meal, ordered=order.ordered_at)
    return pricing.divide(price_fen).own_fen + (order.portions - 1) * price_fen


@settled
def _print_day_sheet(session: Session, at: SittingAt, facts: DayFacts, key: str, actor: Actor, now: datetime) -> int:
    site_in_reach(session, actor, at.site.id)
    job_id = ask_for_paper(session, facts, key=key, site_id=at.site.id, at=now)
    detail = {"day": at.day, "slot": at.slot, "names": len(facts.lines)}
    trail.record(session, actor, "print_day_sheet", f"job:{job_id}", now, site_id=at.site.id, **detail)
    return job_id
