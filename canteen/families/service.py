"""What people do with links for families: make one, take it back; and what a link does: open, order, cancel."""

import secrets
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from canteen.audit import trail
from canteen.base.access import Actor
from canteen.base.clock import day_of
from canteen.base.db import reading, settled, transaction
from canteen.base.errors import NotFound, Refusal
from canteen.base.vault import the_vault
from canteen.families import queries, rules
from canteen.families.models import FamilyLink
from canteen.families.queries import OpenLink
from canteen.families.rules import FamilyWish, NewLink
from canteen.orders.models import Order
from canteen.orders.placing import NO_ORDER, NO_ORDER_STEP, place, take_back
from canteen.orders.queries import moment_of
from canteen.orders.rules import OrderRequest, cutoff_of, is_late
from canteen.orders.week.grid import usual_ways
from canteen.people.models import Elder
from canteen.people.queries import in_reach
from canteen.places.queries import MOST_IDS, site_facts
from canteen.staff import attempts


@settled
def make_link(session: Session, new: NewLink, *, actor: Actor, now: datetime) -> str:
    """Make a link for the family of an elder in reach; answers what stands in its address, which nobody can read again.

    Raises ``NotFound``, ``BadInput`` for the day, and ``Refusal``: ``too_many_links``.
    """
    rules.check_link(new, today=day_of(now))
    page = queries.elder_in_reach(session, actor, new.elder_id)
    session.execute(select(Elder.id).where(Elder.id == page.id).with_for_update())
    mine = select(FamilyLink).where(FamilyLink.elder_id == new.elder_id, FamilyLink.revoked_at.is_(None))
    if len([one for one in session.scalars(mine) if one.last_day >= day_of(now)]) >= rules.MOST_LINKS:
        raise Refusal(
            "too_many_links", "已有 %(most)s 个能用的链接", next_step="请先停用不再用的,再做新的", most=rules.MOST_LINKS
        )
    token = secrets.token_urlsafe(rules.TOKEN_BYTES)
    hashed = queries.hash_of(token)
    link = FamilyLink(
        elder_id=new.elder_id,
        token_hash=hashed,
        sealed_for=the_vault().seal(new.for_whom, f"family_link:{hashed}"),
        last_day=new.last_day,
        made_at=now,
        made_by=actor.staff_id,
    )
    session.add(link)
    session.flush()
    trail.record(session, actor, "make_family_link", f"family_link:{link.id}", now, elder=new.elder_id)
    return token


@settled
def revoke_link(session: Session, link_id: int, *, actor: Actor, now: datetime) -> int:
    """Nobody opens a link any more; a second time changes nothing. Answers the elder's id. Raises ``NotFound``."""
    mine = select(FamilyLink).join(Elder, Elder.id == FamilyLink.elder_id).where(in_reach(actor))
    wanted = mine.where(FamilyLink.id == link_id).with_for_update(of=FamilyLink)
    link = session.scalars(wanted).first() if link_id < MOST_IDS else None
    if link is None:
        raise NotFound("没有找到这个链接", next_step="请回到老人的资料页再进来")
    if link.revoked_at is None:
        link.revoked_at = now
        session.flush()
        trail.record(session, actor, "revoke_family_link", f"family_link:{link.id}", now, elder=link.elder_id)
    return link.elder_id


def open_link(token: str, *, address: str, now: datetime) -> OpenLink:
    """What an address opens. Raises ``NotFound``, the same for whatever does not open.

    An address that opens nothing is counted where it comes from, up to a limit: behind it nothing more is looked at or
    written. A right one is never kept out by that: 192 random bits are not guessed.
    """
    with reading() as session:
        found = queries.find_link(session, token, today=day_of(now))
    if found is not None:
        return found
    with transaction() as session:
        wrong = attempts.from_address(the_vault(), "family link", address, most=rules.MOST_WRONG)
        if attempts.pause(session, wrong, at=now) is None:
            attempts.note(session, wrong, at=now)
    raise rules.no_link()


def order_meal(token: str, wish: FamilyWish, *, address: str, now: datetime) -> int:
    """Order a meal at the elder's usual canteen, in the usual way, by the rules of every order; answers its id.

    Raises ``NotFound`` when the link does not open, ``BadInput`` for too many changes, and ``Refusal``: ``no_site``, what
    ``placing.place`` refuses.
    """
    link = _count_change(open_link(token, address=address, now=now), now)
    if link.site_id is None:
        raise Refusal("no_site", "还没有登记常去的助餐点,不能在这里订", next_step="请给助餐点打电话")
    request = OrderRequest(
        site_id=link.site_id,
        elder_id=link.elder_id,
        day=wish.day,
        slot=wish.slot,
        set_name=wish.set_name,
        way=usual_ways({link.elder_id})[link.elder_id],
    )
    return _order(link, request, now)


@settled
def _order(session: Session, link: OpenLink, request: OrderRequest, now: datetime) -> int:
    site = site_facts(session, request.site_id)
    [placed] = place(session, [request], site, actor=link.actor(site.id), now=now)
    if placed.order_id is None:
        assert placed.trouble is not None, placed
        raise placed.trouble
    return placed.order_id


def cancel_meal(token: str, order_id: int, *, address: str, now: datetime) -> None:
    """Take an order of the elder back, before its cut-off. A second time changes nothing.

    Raises ``NotFound`` when the link does not open and for anybody else's order, ``BadInput`` for too many changes, and
    ``Refusal``: ``after_cutoff``, what ``placing.take_back`` refuses.
    """
    link = _count_change(open_link(token, address=address, now=now), now)
    _cancel(link, order_id, now)


@settled
def _cancel(session: Session, link: OpenLink, order_id: int, now: datetime) -> None:
    mine = select(Order).where(Order.id == order_id, Order.elder_id == link.elder_id)
    order = session.scalar(mine) if order_id < MOST_IDS else None
    if order is None:
        raise NotFound(NO_ORDER, next_step=NO_ORDER_STEP)
    site, moment = site_facts(session, order.site_id), moment_of(now)
    hours = site.hours_of(order.slot)
    if order.cancelled_at is None and (hours is None or is_late(moment, day=order.day, hours=hours)):
        raise Refusal(
            "after_cutoff",
            "这一餐 %(at)s 已截止,厨房已按份数备餐",
            next_step="要改请给%(site)s打电话 %(phone)s",
            at=cutoff_of(order.day, hours)[1] if hours else "",
            site=site.name,
            phone=site.phone,
        )
    take_back(session, order_id, actor=link.actor(site.id), now=now)


def _count_change(link: OpenLink, now: datetime) -> OpenLink:
    """One more change of a link. Raises ``BadInput`` behind the last."""
    counted = {f"link:{link.id}": rules.MOST_CHANGES}
    with transaction() as session:
        paused = attempts.pause(session, counted, at=now)
        if paused is not None:
            raise rules.too_many_changes(paused[1])
        attempts.note(session, counted, at=now)
    return link
