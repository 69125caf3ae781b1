"""What the counter asks of its papers with every meal: statements made once. Each reads in the caller's session."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import bindparam, func, literal, select
from sqlalchemy.orm import Session

from canteen.base.db.prepared import Prepared, batches, one_of
from canteen.printing.models import IS_OPEN, JOB
from canteen.printing.sending.troubles import BOXED

_WAITING = (
    select(func.count()).select_from(JOB).where(IS_OPEN, JOB.c.kind != "test_page", JOB.c.site_id == bindparam("site"))
)
_WAITING_LONG = _WAITING.where((JOB.c.created_at < bindparam("before")) | (JOB.c.state == "uncertain"))
_NOT_WHOLE = Prepared(
    select(JOB.c.serving_id)
    .distinct()
    .where(
        one_of(JOB.c.serving_id),
        (JOB.c.state == literal("printed")) | (JOB.c.state == literal("sent")),
        JOB.c.trouble.contains(literal(BOXED)),
    )
)


def not_whole(session: Session, serving_ids: Iterable[int]) -> set[int]:
    """Those of some servings whose paper is printed with boxes in place of characters no font here has."""
    return {row[0] for some in batches(serving_ids) for row in _NOT_WHOLE.all(session, **some)}


def waiting_count(session: Session, *, site_id: int, before: datetime | None = None) -> int:
    """How many tickets of a site are not on paper for certain: waiting, being sent or uncertain.

    ``before`` leaves out the ones made since, which are still on their way at their usual pace.
    """
    if before is None:
        return session.execute(_WAITING, {"site": site_id}).scalar_one()
    return session.execute(_WAITING_LONG, {"site": site_id, "before": before}).scalar_one()


def papers_of(session: Session, serving_id: int) -> tuple[tuple[int, str, str], ...]:
    """Job id, kind and state of every paper of a serving, the oldest first."""
    rows = session.execute(
        select(JOB.c.id, JOB.c.kind, JOB.c.state).where(JOB.c.serving_id == serving_id).order_by(JOB.c.id)
    )
    return tuple((row.id, row.kind, row.state) for row in rows)
