"""Freezing purses from a day, and closing them. Session-first: writes in the caller's transaction.

A death or a move freezes every purse by itself from its day (``drawing`` reads the life events). A freeze is for
everything else: hospital, institution, a question to settle.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import insert, or_, select, update
from sqlalchemy.orm import Session

from canteen.base.db import table_of
from canteen.purses.lines import Movement, lots_of, move
from canteen.purses.models import OWN, PurseFreeze

_FREEZE = table_of(PurseFreeze)


def freeze(
    session: Session,
    *,
    elder_id: int,
    scheme: str,
    from_day: date,
    reason: str,
    at: datetime,
    staff_id: int | None,
    to_day: date | None = None,
) -> int:
    """Freeze one purse (``scheme`` "": all that schemes gave) from a day. Returns the id of the freeze.

    The same freeze again (same purse, same first day, not lifted) is the same freeze.
    """
    same = select(_FREEZE.c.id).where(
        _FREEZE.c.elder_id == elder_id,
        _FREEZE.c.from_day == from_day,
        _FREEZE.c.lifted_at.is_(None),
        _FREEZE.c.scheme == scheme if scheme else _FREEZE.c.scheme.is_(None),
    )
    found = session.execute(same).scalar()
    if found is not None:
        return int(found)
    new_id: int = session.execute(
        insert(_FREEZE).returning(_FREEZE.c.id),
        {
            "elder_id": elder_id,
            "scheme": scheme or None,
            "from_day": from_day,
            "to_day": to_day,
            "reason": reason,
            "recorded_at": at,
            "staff_id": staff_id,
            "lifted_at": None,
        },
    ).scalar_one()
    return new_id


def thaw(session: Session, *, elder_id: int, day: date, at: datetime, freeze_id: int | None = None) -> int:
    """End running freezes (one, or all): days from ``day`` on are open again. Returns how many were ended.

    A freeze that would end before it began is lifted as a whole; what it did on earlier days stays on file.
    """
    running = (
        (_FREEZE.c.elder_id == elder_id)
        & _FREEZE.c.lifted_at.is_(None)
        & or_(_FREEZE.c.to_day.is_(None), _FREEZE.c.to_day >= day)
    )
    if freeze_id is not None:
        running &= _FREEZE.c.id == freeze_id
    rows = session.execute(select(_FREEZE.c.id, _FREEZE.c.from_day).where(running).with_for_update()).all()
    for row in rows:
        ended = {"lifted_at": at} if row.from_day >= day else {"to_day": date.fromordinal(day.toordinal() - 1)}
        session.execute(update(_FREEZE).where(_FREEZE.c.id == row.id).values(**ended))
    return len(rows)


def close(session: Session, *, elder_id: int, day: date, reason: str, at: datetime, staff_id: int | None) -> int:
    """Take back what is left of every purse a scheme gave. Returns the sum in fen; own money is not touched."""
    lots = [lot for lot in lots_of(session, elder_id, lock=True) if lot.scheme != OWN and lot.left_fen]
    move(
        session,
        [
            Movement(
                elder_id=elder_id,
                scheme=lot.scheme,
                kind="close",
                amount_fen=-lot.left_fen,
                starts_on=lot.starts_on,
                expires_on=lot.expires_on,
                day=day,
                by_year=lot.by_year,
                reason={"note": reason},
            )
            for lot in lots
        ],
        at=at,
        staff_id=staff_id,
    )
    return sum(lot.left_fen for lot in lots)
