"""Taking back what was not spent in time. Session-first; a chunk in each transaction, safe to repeat."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from canteen.purses.lines import LOT, Line, move

#: Lots of one transaction.
CHUNK = 1000


def expire(session: Session, *, day: date, at: datetime, staff_id: int | None, limit: int = CHUNK) -> tuple[int, int]:
    """Let the next lots lapse whose last day was before ``day``. Returns how many and their sum; (0, 0): none left."""
    rows = session.execute(
        select(LOT)
        .where(LOT.c.left_fen > 0, LOT.c.expires_on < day)
        .order_by(LOT.c.elder_id, LOT.c.scheme, LOT.c.expires_on, LOT.c.starts_on)
        .limit(limit)
        .with_for_update()
    ).all()
    move(
        session,
        [
            Line(
                elder_id=row.elder_id,
                scheme=row.scheme,
                kind="expiry",
                amount_fen=-row.left_fen,
                starts_on=row.starts_on,
                expires_on=row.expires_on,
                day=row.expires_on,
            )
            for row in rows
        ],
        at=at,
        staff_id=staff_id,
    )
    return len(rows), sum(row.left_fen for row in rows)
