"""Closing a month of a site: from then on its books take no entry. Every function works in the caller's transaction."""

from datetime import date, datetime

from sqlalchemy import bindparam, delete, func, select, text
from sqlalchemy.orm import Session

from canteen.audit import trail
from canteen.audit.models import Audit
from canteen.base.access import Actor
from canteen.base.clock import day_of
from canteen.base.db import is_sqlite
from canteen.base.errors import Refusal
from canteen.base.months import month_bounds
from canteen.books.clock_rules import SLACK
from canteen.books.models.ledger import ClosedMonth, Entry, Posting

_IS_CLOSED = select(ClosedMonth.closed_at).where(
    ClosedMonth.site_id == bindparam("site"), ClosedMonth.month == bindparam("month")
)


def refuse_closed(session: Session, *, site_id: int, day: date, at: datetime) -> None:
    """Raise ``Refusal`` (``month_closed``) when the day's month is closed at the site.

    Only a month that is over can be closed, so a meal of today asks nothing.
    """
    month = f"{day:%Y-%m}"
    if month >= f"{day_of(at):%Y-%m}":
        return
    closed_at = session.execute(_IS_CLOSED, {"site": site_id, "month": month}).scalar()
    if closed_at is not None:
        raise Refusal(
            "month_closed",
            "%(month)s 已于 %(day)s 月结,不能再登记或作废这个月的用餐",
            month=month,
            day=day_of(closed_at).isoformat(),
            next_step="请告诉站点负责人,在本月的账里作一笔更正",
        )


def close_month(session: Session, *, site_id: int, month: date, actor: Actor, now: datetime) -> ClosedMonth:
    """Close one month (its first day) of a site. Raises ``Refusal``: month_not_over, month_closed."""
    key = f"{month:%Y-%m}"
    if key >= f"{day_of(now):%Y-%m}":
        raise Refusal("month_not_over", "%(month)s 还没有过完,不能月结", next_step="请在下个月 1 日以后月结", month=key)
    if not is_sqlite():  # writers under way finish first, others wait until this month is closed
        session.execute(text("lock table entry in share mode"))
    if session.get(ClosedMonth, (site_id, key)):
        raise Refusal("month_closed", "%(month)s 已经月结", next_step="不用再做", month=key)
    entries, meals_fen = count_month(session, site_id=site_id, month=month)
    row = ClosedMonth(
        site_id=site_id, month=key, closed_at=now, closed_by=actor.staff_id, entries=entries, meals_fen=meals_fen
    )
    session.add(row)
    session.flush()
    trail.record(session, actor, "close_month", f"month:{key}", now, site_id=site_id, entries=entries)
    return row


def was_closed_wrongly(session: Session, *, site_id: int, month: date, now: datetime) -> bool:
    """Whether a closed month was closed while the clock was ahead: it is not over, or somebody did something after it
    at an earlier instant. Who opens it again does so last."""
    closed_at = session.execute(_IS_CLOSED, {"site": site_id, "month": f"{month:%Y-%m}"}).scalar()
    if closed_at is None:
        return False
    if now < closed_at or month_bounds(month)[1] >= day_of(now):
        return True
    of_closing = (Audit.chain == site_id, Audit.action == "close_month", Audit.subject == f"month:{month:%Y-%m}")
    written = session.execute(select(func.max(Audit.id)).where(*of_closing)).scalar()
    if written is None:
        return False
    later = select(Audit.id).where(Audit.id > written, Audit.action != "write", Audit.at < closed_at - SLACK).limit(1)
    return session.execute(later).first() is not None


def reopen_month(session: Session, *, site_id: int, month: date, reason: str, actor: Actor, now: datetime) -> None:
    """Open a month again that was closed by a wrong clock. Raises ``Refusal``: not_closed, closed_rightly."""
    key = f"{month:%Y-%m}"
    row = session.get(ClosedMonth, (site_id, key))
    if row is None:
        raise Refusal("not_closed", "%(month)s 没有月结", next_step="不用撤销", month=key)
    if not was_closed_wrongly(session, site_id=site_id, month=month, now=now):
        raise Refusal(
            "closed_rightly",
            "%(month)s 月结时电脑时间没有错,不能撤销",
            next_step="请在没有月结的月份里作一笔更正",
            month=key,
        )
    trail.touch(session, "site", site_id, site_id=site_id)
    session.execute(delete(ClosedMonth).where(ClosedMonth.site_id == site_id, ClosedMonth.month == key))
    facts = {"closed_at": row.closed_at.isoformat(), "reason": reason.strip()[:200]}
    trail.record(session, actor, "reopen_month", f"month:{key}", now, site_id=site_id, **facts)


def count_month(session: Session, *, site_id: int, month: date) -> tuple[int, int]:
    """How many entries a site's month holds, and what they add to ``meals``."""
    inside = (Entry.site_id == site_id) & Entry.day.between(*month_bounds(month))
    entries: int = session.execute(select(func.count()).select_from(Entry).where(inside)).scalar_one()
    meals = session.execute(
        select(func.coalesce(func.sum(Posting.amount_fen), 0))
        .join(Entry, Entry.id == Posting.entry_id)
        .where(inside, Posting.account == "meals")
    ).scalar_one()
    return entries, int(meals)
