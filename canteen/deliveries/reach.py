"""Who reaches which site and run, who may walk it, and whom its route remembers. Session-first reads."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from canteen.base.access import Actor
from canteen.base.errors import NotFound
from canteen.deliveries.models import Drop, FormerWalker, RouteStop
from canteen.deliveries.rules import Stop
from canteen.orders.models import Order
from canteen.people.models import Elder
from canteen.places.queries import site_in_reach
from canteen.staff.queries import people_who_may


def check_reach(session: Session, actor: Actor, site_id: int) -> None:
    """NotFound unless the site is in the actor's reach."""
    site_in_reach(session, actor, site_id, next_step="")


def stops_of(session: Session, route_id: int) -> list[Stop]:
    """The doors of a route in walking order."""
    rows = session.execute(
        select(RouteStop.elder_id, Elder.name, RouteStop.pay_way)
        .join(Elder, Elder.id == RouteStop.elder_id)
        .where(RouteStop.route_id == route_id)
        .order_by(RouteStop.position, RouteStop.id)
    )
    return [Stop(row.elder_id, row.name, row.pay_way) for row in rows]


def ordered_boxes(session: Session, *, elders: Collection[int], day: date, slot: str) -> dict[int, tuple[str, int]]:
    """Set and portions each elder ordered to be delivered in a sitting; live orders only."""
    rows = session.execute(
        select(Order.elder_id, Order.set_name, Order.portions).where(
            Order.elder_id.in_(elders),
            Order.day == day,
            Order.slot == slot,
            Order.way == "delivery",
            Order.cancelled_at.is_(None),
        )
    )
    return {row.elder_id: (row.set_name, row.portions) for row in rows}


def check_run(session: Session, actor: Actor, *, site_id: int, staff_id: int | None) -> None:
    """NotFound unless the run is in reach: a volunteer reaches only runs assigned to them."""
    if actor.role == "volunteer" and (staff_id is None or staff_id != actor.staff_id):
        raise NotFound("没有找到这一户", next_step="请刷新送餐页面;路线换了人,请问站点负责人")
    check_reach(session, actor, site_id)


def keep_former(
    session: Session, run_id: int, *, before: int | None, now_with: int | None, doors: Collection[int] | None = None
) -> None:
    """Remember who had the doors of a run, or some of them, before somebody else gets them."""
    if before is None or before == now_with:
        return
    chosen = select(Drop.id).where(Drop.run_id == run_id)
    had = select(FormerWalker.drop_id).where(FormerWalker.staff_id == before)
    for drop_id in session.scalars(chosen.where(Drop.id.not_in(had))):
        if doors is None or drop_id in doors:
            session.add(FormerWalker(drop_id=drop_id, staff_id=before))
    session.flush()


def check_volunteer(session: Session, staff_id: int | None, *, site_id: int) -> None:
    """NotFound unless this is nobody, or an active person who may deliver and reaches the site."""
    if staff_id is not None and staff_id not in dict(walkers(session, site_id)):
        raise NotFound("没有找到这位志愿者", next_step="请从名单里重新选择")


def walkers(session: Session, site_id: int) -> list[tuple[int, str]]:
    """(id, name) of the active people who may walk a run of a site, volunteers first."""
    return people_who_may(session, "deliver", site_id)
