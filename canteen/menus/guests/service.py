"""What people do with the price list of guests: set a price, end one."""

from datetime import date, datetime

from canteen.audit import trail
from canteen.base.access import Actor, reaches_area
from canteen.base.clock import day_of
from canteen.base.db import transaction
from canteen.base.errors import NotFound, Refusal
from canteen.base.records import as_record
from canteen.menus.guests.rules import PriceLine, PriceRequest, check_price, last_day_when_ended
from canteen.menus.models import GuestPrice
from canteen.places.models import Area
from canteen.places.queries import MOST_IDS, SiteFacts, site_in_reach
from canteen.places.registry import ensure_area


def may_price_county(actor: Actor, site: SiteFacts) -> bool:
    """Whether somebody may set the prices of the whole county."""
    return actor.site_id is None and reaches_area(actor, site.county)


def set_price(request: PriceRequest, site_id: int, *, actor: Actor, now: datetime) -> None:
    """Write what some kinds of guest pay from a day on; what was said before holds until then and afterwards.

    Raises ``BadInput``, ``NotFound`` for a site out of reach, ``Refusal`` (``not_county``) for a county out of reach.
    """
    check_price(request, today=day_of(now))
    with transaction() as session:
        site = site_in_reach(session, actor, site_id)
        if request.for_county:
            _refuse_county(actor, site)
        place = {"area_id": ensure_area(session, site.county).id} if request.for_county else {"site_id": site.id}
        for kind in request.kinds:
            session.add(
                GuestPrice(
                    **place,
                    guest_kind=kind,
                    price_fen=request.price_fen,
                    from_day=request.from_day,
                    to_day=request.to_day,
                )
            )
        session.flush()
        detail = {"kinds": list(request.kinds), "price_fen": request.price_fen, "from_day": request.from_day}
        subject = f"area:{place['area_id']}" if request.for_county else f"site:{site.id}"
        chain = None if request.for_county else site.id
        trail.record(session, actor, "set_guest_price", subject, now, site_id=chain, **detail)


def end_price(price_id: int, site_id: int, *, actor: Actor, now: datetime) -> date:
    """End a line of the list from today on, or take it back before it begins; answers its last day. Twice is once.

    Raises ``NotFound`` out of reach and ``Refusal`` (``not_county``).
    """
    with transaction() as session:
        site = site_in_reach(session, actor, site_id)
        price = session.get(GuestPrice, price_id) if price_id < MOST_IDS else None
        area = session.get(Area, price.area_id) if price and price.area_id else None
        if price is None or not (price.site_id == site.id or (area and area.path == site.county)):
            raise NotFound("没有找到这一条价格", next_step="请刷新散客价格页面")
        if area:
            _refuse_county(actor, site)
        last = last_day_when_ended(as_record(PriceLine, price, is_county=bool(area)), today=day_of(now))
        if price.to_day is not None and price.to_day <= last:
            return price.to_day
        price.to_day = last
        session.flush()
        trail.record(session, actor, "end_guest_price", f"guest_price:{price.id}", now, site_id=price.site_id)
        return last


def _refuse_county(actor: Actor, site: SiteFacts) -> None:
    if not may_price_county(actor, site):
        raise Refusal(
            "not_county",
            "全县的价格只有管理全县的人能改",
            next_step="请只改本点的价格,或请管理员来改",
            county=site.county,
        )
