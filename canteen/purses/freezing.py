"""Freezing purses from a day. Session-first: writes in the caller's transaction.

A death or a move freezes every purse by itself from its day (``drawing`` reads the life events). A freeze is for
everything else: hospital, institution, a question to settle.
"""

from datetime import date, datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from canteen.audit import trail
from canteen.base.db import table_of
from canteen.base.db.rows import add_row, lasts
from canteen.base.records import as_row
from canteen.purses.models import PurseFreeze
from canteen.purses.requests import FreezeRequest

FREEZE = table_of(PurseFreeze)


def freeze(session: Session, request: FreezeRequest, *, at: datetime, staff_id: int | None) -> int:
    """Freeze one purse, or all that schemes gave, from a day. Returns the id of the freeze.

    The same freeze again (same purse, same first day, not lifted) is the same freeze.
    """
    scheme = request.scheme or None
    same = select(FREEZE.c.id).where(
        FREEZE.c.elder_id == request.elder_id,
        FREEZE.c.from_day == request.from_day,
        FREEZE.c.lifted_at.is_(None),
        FREEZE.c.scheme == scheme,
    )
    found: int | None = session.scalar(same)
    if found:
        return found
    trail.touch(session, "elder", request.elder_id)
    return add_row(session, FREEZE, **as_row(request) | {"scheme": scheme}, recorded_at=at, staff_id=staff_id)


def thaw(session: Session, *, elder_id: int, day: date, at: datetime, freeze_id: int | None = None) -> int:
    """End running freezes (one, or all): days from ``day`` on are open again. Returns how many were ended.

    A freeze that would end before it began is lifted as a whole; what it did on earlier days stays on file.
    """
    running = (FREEZE.c.elder_id == elder_id) & FREEZE.c.lifted_at.is_(None) & lasts(FREEZE.c.to_day, day)
    if freeze_id is not None:
        running &= FREEZE.c.id == freeze_id
    rows = session.execute(select(FREEZE.c.id, FREEZE.c.from_day).where(running).with_for_update()).all()
    if rows:
        trail.touch(session, "elder", elder_id)
    for row in rows:
        ended = {"lifted_at": at} if row.from_day >= day else {"to_day": day - timedelta(days=1)}
        session.execute(update(FREEZE).where(FREEZE.c.id == row.id).values(**ended))
    return len(rows)
