"""Looking at a statement and taking it away, closing months, and correcting the books: made by one, checked by another."""

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from canteen.audit import trail
from canteen.base.access import Actor
from canteen.base.clock import day_of
from canteen.base.db import settled, table_of, transaction
from canteen.base.db.rows import add_row
from canteen.base.errors import BadInput, NotFound, Refusal
from canteen.base.records import as_row
from canteen.books import closed_months, ledger, trusted_clock
from canteen.books.models.ledger import ClosedMonth
from canteen.books.models.servings import Serving
from canteen.places.queries import SiteFacts, site_in_reach
from canteen.statements.models import Correction
from canteen.statements.requests import NewCorrection
from canteen.statements.rules import StatementRequest

_CORRECTION = table_of(Correction)


def write_down(wanted: StatementRequest, *, action: str, actor: Actor, now: datetime) -> None:
    """Who looked at (``look``), or took away (``export``), which statement."""
    with transaction() as session:
        detail = {"sites": len(wanted.site_ids), "first": wanted.first, "last": wanted.last}
        trail.record(
            session,
            actor,
            action,
            wanted.label,
            now,
            site_id=wanted.site_ids[0] if len(wanted.site_ids) == 1 else None,
            **detail,
        )


def close_months(
    sites: Iterable[SiteFacts], *, month: date, actor: Actor, now: datetime, confirmed: date | None = None
) -> int:
    """Close a month of each of these sites; those closed before are passed over. Returns how many were closed.

    Raises ``Refusal``: month_not_over, clock_doubt (then ``confirmed`` must say today).
    """
    trusted_clock.require(now, actor=actor, confirmed=confirmed)
    return sum(_close(site, month, actor, now) for site in sites)


@settled
def _close(session: Session, site: SiteFacts, month: date, actor: Actor, now: datetime) -> bool:
    site_in_reach(session, actor, site.id, next_step="请从列表中选择")
    if session.get(ClosedMonth, (site.id, f"{month:%Y-%m}")):
        return False
    closed_months.close_month(session, site_id=site.id, month=month, actor=actor, now=now)
    return True


@settled
def reopen_month(session: Session, site_id: int, *, month: date, reason: str, actor: Actor, now: datetime) -> None:
    """Open a month that was closed while the clock was wrong. Raises ``Refusal``: not_closed, closed_rightly, clock_doubt."""
    site_in_reach(session, actor, site_id, next_step="请从列表中选择")
    trusted_clock.refuse_doubt(session, now)
    closed_months.reopen_month(session, site_id=site_id, month=month, reason=reason, actor=actor, now=now)


@settled
def propose_correction(session: Session, new: NewCorrection, *, actor: Actor, now: datetime) -> int:
    """Write down what is to be corrected; nothing is posted yet. The same key is the same proposal. Returns its id.

    Raises ``NotFound`` for a site out of reach, ``BadInput``, ``Refusal``: month_closed.
    """
    site_in_reach(session, actor, new.site_id, next_step="请从列表中选择")
    earlier = session.execute(select(Correction.id).where(Correction.key == new.key)).scalar()
    if earlier is not None:
        return int(earlier)
    if new.from_account == new.to_account:
        raise BadInput("两个科目要不同", field="to_account")
    if new.day > day_of(now):
        raise BadInput("这一天还没有到", field="day")
    closed_months.refuse_closed(session, site_id=new.site_id, day=new.day, at=now)
    correction_id = add_row(
        session,
        _CORRECTION,
        **as_row(new, but=("number", "serving_day")),
        serving_id=_serving_of(session, new),
        made_at=now,
        made_by=_person(actor),
    )
    trail.made(session, "correction", correction_id, site_id=new.site_id)
    detail = {"amount_fen": new.amount_fen}
    trail.record(
        session, actor, "propose_correction", f"correction:{correction_id}", now, site_id=new.site_id, **detail
    )
    return correction_id


def _person(actor: Actor) -> int:
    if actor.staff_id is None:
        raise Refusal("needs_a_person", "更正要由有账号的人来做", next_step="请登录后再做")
    return actor.staff_id


def _serving_of(session: Session, new: NewCorrection) -> int | None:
    if not new.number:
        return None
    found = session.execute(
        select(Serving.id).where(
            Serving.site_id == new.site_id, Serving.day == new.serving_day, Serving.number == new.number
        )
    ).scalar()
    if found is None:
        raise BadInput("这个助餐点那一天没有单号 %(number)s", field="number", number=new.number)
    return int(found)


@settled
def check_correction(
    session: Session, correction_id: int, *, accept: bool, answer: str, actor: Actor, now: datetime
) -> None:
    """Post a proposal, or send it back with a reason; the same answer again changes nothing.

    Raises ``NotFound``, ``BadInput`` (sent back without a reason), ``Refusal``: own_correction, already_checked,
    month_closed.
    """
    row = session.execute(select(_CORRECTION).where(Correction.id == correction_id).with_for_update()).first()
    if row is None:
        raise NotFound("没有找到这笔更正", next_step="请从列表重新选择")
    site_in_reach(session, actor, row.site_id, next_step="请从列表中选择")
    state = "posted" if accept else "refused"
    if row.state != "proposed":
        if (row.state, row.checked_by) == (state, actor.staff_id):
            return
        raise Refusal("already_checked", "这笔更正已经有人处理过", next_step="请刷新页面再看")
    if row.made_by == _person(actor):
        raise Refusal("own_correction", "自己提的更正,不能自己复核", next_step="请另一位同事复核")
    if not accept and not answer:
        raise BadInput("退回要写明原因", field="answer")
    entry_id = None
    if accept:
        entry_id = ledger.post(
            session,
            kind="correction",
            site_id=row.site_id,
            day=row.day,
            staff_id=actor.staff_id,
            at=now,
            lines={row.from_account: -row.amount_fen, row.to_account: row.amount_fen},
            serving_id=row.serving_id,
        )
    trail.touch(session, "correction", correction_id, site_id=row.site_id)
    session.execute(
        update(_CORRECTION)
        .where(Correction.id == correction_id)
        .values(state=state, checked_at=now, checked_by=actor.staff_id, answer=answer, entry_id=entry_id)
    )
    detail = {"amount_fen": row.amount_fen}
    trail.record(
        session,
        actor,
        "post_correction" if accept else "refuse_correction",
        f"correction:{correction_id}",
        now,
        site_id=row.site_id,
        **detail,
    )
