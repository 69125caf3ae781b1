"""What planning a run reads, and who reaches which site and run. Session-first."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from canteen.base.access import ALLOWED, Actor, reaches_site
from canteen.base.errors import NotFound
from canteen.deliveries.models import RouteStop
from canteen.deliveries.rules import Stop
from canteen.orders.models import Order
from canteen.people.models import Elder
from canteen.places.models import Area, Site
from canteen.staff.models import Staff

_STOP = RouteStop.__table__
_ELDER = Elder.__table__
_ORDER = Order.__table__
_AREA = Area.__table__
_SITE = Site.__table__
_STAFF = Staff.__table__


def check_reach(session: Session, actor: Actor, site_id: int) -> None:
    """NotFound unless the site is in the actor's reach."""
    path = session.execute(
        select(_AREA.c.path).join(_SITE, _SITE.c.area_id == _AREA.c.id).where(_SITE.c.id == site_id)
    ).scalar()
    if path is None or not reaches_site(actor, site_id=site_id, area_path=path):
        raise NotFound("没有找到这个助餐点")


def stops_of(session: Session, route_id: int) -> list[Stop]:
    """The doors of a route in walking order."""
    rows = session.execute(
        select(_STOP.c.elder_id, _ELDER.c.name, _STOP.c.pay_way)
        .join(_ELDER, _ELDER.c.id == _STOP.c.elder_id)
        .where(_STOP.c.route_id == route_id)
        .order_by(_STOP.c.position, _STOP.c.id)
    )
    return [Stop(row.elder_id, row.name, row.pay_way) for row in rows]


def ordered_sets(session: Session, *, elders: Collection[int], day: date, slot: str) -> dict[int, str]:
    """The set each elder ordered to be delivered in a sitting; live orders only."""
    rows = session.execute(
        select(_ORDER.c.elder_id, _ORDER.c.set_name).where(
            _ORDER.c.elder_id.in_(elders),
            _ORDER.c.day == day,
            _ORDER.c.slot == slot,
            _ORDER.c.way == "delivery",
            _ORDER.c.cancelled_at.is_(None),
        )
    )
    return {row.elder_id: row.set_name for row in rows}


def check_run(session: Session, actor: Actor, *, site_id: int, staff_id: int | None) -> None:
    """NotFound unless the run is in reach: a volunteer reaches only runs assigned to them."""
    if actor.role == "volunteer" and (staff_id is None or staff_id != actor.staff_id):
        raise NotFound("没有找到这一户", next_step="请刷新送餐页面;路线换了人,请问站点负责人")
    check_reach(session, actor, site_id)


def check_volunteer(session: Session, staff_id: int | None, *, site_id: int) -> None:
    """NotFound unless this is nobody, or an active person who may deliver and reaches the site."""
    if staff_id is not None and staff_id not in dict(walkers(session, site_id)):
        raise NotFound("没有找到这位志愿者", next_step="请从名单里重新选择")


def walkers(session: Session, site_id: int) -> list[tuple[int, str]]:
    """(id, name) of the active people who may walk a run of a site, volunteers first."""
    path: str = session.execute(
        select(_AREA.c.path).join(_SITE, _SITE.c.area_id == _AREA.c.id).where(_SITE.c.id == site_id)
    ).scalar_one()
    parts = path.split("/")
    above = ["/".join(parts[: depth + 1]) for depth in range(len(parts))]
    rows = session.execute(
        select(_STAFF.c.id, _STAFF.c.name, _STAFF.c.role)
        .join(_AREA, _AREA.c.id == _STAFF.c.area_id)
        .where(
            _STAFF.c.is_active,
            _STAFF.c.role.in_(ALLOWED["deliver"]),
            (_STAFF.c.site_id == site_id) | (_STAFF.c.site_id.is_(None) & _AREA.c.path.in_(above)),
        )
        .order_by(_STAFF.c.role.desc(), _STAFF.c.name, _STAFF.c.id)
    )
    return [(row.id, row.name) for row in rows]
