"""Credits that lapse: what ends soon, taking back what was not spent in time, and what is left after a death or move."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, exists, select
from sqlalchemy.orm import Session

from canteen.base.access import Actor
from canteen.base.db import reading
from canteen.base.records import as_record
from canteen.people.queries import ELDER, in_reach, people_with
from canteen.purses.lines import LINE, LOT, LOT_ORDER, Movement, lots_of, move, of_lot
from canteen.purses.models import OWN
from canteen.purses.rules import Lot

#: Credits that end within so many days are told.
SOON_DAYS = 10
#: Lots of one transaction.
CHUNK = 1000


def ends_soon(day: date) -> ColumnElement[bool]:
    """A condition on lots."""
    return LOT.c.expires_on.between(day, day + timedelta(days=SOON_DAYS))


def expiring(*, actor: Actor, day: date, limit: int = 200) -> Sequence[Row[Any]]:
    """Credits in reach that lapse soon, the soonest first: who, scheme, left_fen, expires_on."""
    with reading() as session:
        return session.execute(
            people_with(LOT.c.scheme, LOT.c.left_fen, LOT.c.expires_on)
            .join(LOT, LOT.c.elder_id == ELDER.c.id)
            .where(LOT.c.left_fen > 0, ends_soon(day), in_reach(actor))
            .order_by(LOT.c.expires_on, ELDER.c.id)
            .limit(limit)
        ).all()


def expire(session: Session, *, day: date, at: datetime, staff_id: int | None, limit: int = CHUNK) -> tuple[int, int]:
    """Let the next lots lapse whose last day was before ``day``. Returns how many and their sum; (0, 0): none left.

    Session-first, a chunk in each transaction, safe to repeat.
    """
    over = select(LOT).where(LOT.c.left_fen > 0, LOT.c.expires_on < day).order_by(*LOT_ORDER)
    rows = session.execute(over.limit(limit).with_for_update()).all()
    lines = [
        of_lot(as_record(Lot, row), "expiry", -row.left_fen, elder_id=row.elder_id, day=row.expires_on) for row in rows
    ]
    move(session, lines, at=at, staff_id=staff_id)
    return len(rows), sum(row.left_fen for row in rows)


_REVERSAL = LINE.alias("undone")


def lapsed_early(day: date) -> Select[Any]:
    """Lines that took a credit back although its last day is not over on ``day``, and that nobody undid."""
    undone = exists().where(_REVERSAL.c.reverses_id == LINE.c.id)
    return select(LINE).where(LINE.c.kind == "expiry", LINE.c.expires_on >= day, ~undone)


def give_back_lapsed(session: Session, *, day: date, at: datetime, staff_id: int | None) -> tuple[int, int]:
    """Undo every lapse that came before its day. Returns how many and their sum. A line is undone once (UNIQUE)."""
    rows = session.execute(lapsed_early(day)).all()
    undone = {"kind": "reversal", "by_year": False, "reason": {}}
    lines = [as_record(Movement, row, **undone, amount_fen=-row.amount_fen, reverses_id=row.id) for row in rows]
    move(session, lines, at=at, staff_id=staff_id)
    return len(rows), -sum(row.amount_fen for row in rows)


def close(session: Session, *, elder_id: int, day: date, reason: str, at: datetime, staff_id: int | None) -> int:
    """Take back what is left of every purse a scheme gave. Returns the sum in fen; own money is not touched."""
    lots = [lot for lot in lots_of(session, elder_id, lock=True) if lot.scheme != OWN and lot.left_fen]
    note = {"note": reason}
    lines = [of_lot(lot, "close", -lot.left_fen, elder_id=elder_id, day=day, reason=note) for lot in lots]
    move(session, lines, at=at, staff_id=staff_id)
    return sum(lot.left_fen for lot in lots)
