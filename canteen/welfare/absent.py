"""Regulars who have stayed away: found from what was eaten, never typed. Session-first reads."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session

from canteen.base.clock import SHANGHAI
from canteen.base.db.rows import lasts
from canteen.books.models.servings import Serving
from canteen.people.models import Elder, LifeEvent
from canteen.places.models import Site
from canteen.places.queries import SiteFacts, service_plan
from canteen.welfare.models import WelfareCheck
from canteen.welfare.reach import OPEN
from canteen.welfare.rules import REGULAR_SPAN, is_regular, missed_since


def absent_of(session: Session, site: SiteFacts, *, day: date) -> list[int]:
    """Regulars of a site who ate nowhere on its last days of service (as many as the site says), without a pause,
    a move or a death meanwhile, and for whom nobody has looked since.

    Whoever has no usual canteen belongs to those of the own village. Two look-ups an elder, by index.
    """
    most = session.execute(select(Site.absent_days).where(Site.id == site.id)).scalar_one()
    since = missed_since(service_plan(session, site.id), today=day, most=most)
    if since is None:
        return []
    ours = or_(
        Elder.home_site_id == site.id, and_(Elder.home_site_id.is_(None), Elder.residence_area_id == site.area_id)
    )
    ate = and_(Serving.elder_id == Elder.id, Serving.voided_at.is_(None))
    came_before = exists().where(
        ate, Serving.day.between(since - timedelta(days=REGULAR_SPAN), since - timedelta(days=1))
    )
    away = exists().where(
        LifeEvent.elder_id == Elder.id,
        LifeEvent.cancelled_at.is_(None),
        LifeEvent.from_day <= day,
        lasts(LifeEvent.to_day, since),
    )
    begun = datetime.combine(since, time(), tzinfo=SHANGHAI)
    looked = exists().where(WelfareCheck.elder_id == Elder.id, or_(OPEN, WelfareCheck.closed_at >= begun))
    rows = session.scalars(
        select(Elder.id)
        .where(ours, ~exists().where(ate, Serving.day >= since), came_before, ~away, ~looked)
        .order_by(Elder.id)
    ).all()
    if not rows:
        return []
    days = _days_eaten(session, rows, since - timedelta(days=2 * REGULAR_SPAN))
    return [elder_id for elder_id in rows if is_regular(days[elder_id])]


def _days_eaten(session: Session, elders: Iterable[int], first: date) -> dict[int, set[date]]:
    days: dict[int, set[date]] = {elder_id: set() for elder_id in elders}
    rows = session.execute(
        select(Serving.elder_id, Serving.day).where(
            Serving.elder_id.in_(days), Serving.day >= first, Serving.voided_at.is_(None)
        )
    )
    for row in rows:
        days[row.elder_id].add(row.day)
    return days
