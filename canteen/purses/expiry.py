"""Credits that lapse: what ends soon, and taking back what was not spent in time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from canteen.base.access import Actor
from canteen.base.db import reading, table_of
from canteen.people.models import Elder
from canteen.people.queries import in_reach
from canteen.places.models import Area
from canteen.purses.lines import LOT, Movement, move

#: Credits that end within so many days are told.
SOON_DAYS = 10


#: Lots of one transaction.
CHUNK = 1000


_ELDER = table_of(Elder)


_AREA = table_of(Area)


@dataclass(frozen=True, slots=True)
class LapsingCredit:
    """One line of the list of purses."""

    elder_id: int
    name: str
    village_group: str
    residence: str
    scheme: str
    left_fen: int
    expires_on: date


def expiring(*, actor: Actor, day: date, limit: int = 200) -> list[LapsingCredit]:
    """Credits in reach that lapse soon, the soonest first."""
    with reading() as session:
        rows = session.execute(
            select(
                _ELDER.c.id,
                _ELDER.c.name,
                _ELDER.c.village_group,
                _AREA.c.name.label("residence"),
                LOT.c.scheme,
                LOT.c.left_fen,
                LOT.c.expires_on,
            )
            .join(_ELDER, _ELDER.c.id == LOT.c.elder_id)
            .join(_AREA, _AREA.c.id == _ELDER.c.residence_area_id)
            .where(LOT.c.left_fen > 0, LOT.c.expires_on.between(day, day + timedelta(days=SOON_DAYS)), in_reach(actor))
            .order_by(LOT.c.expires_on, _ELDER.c.id)
            .limit(limit)
        )
        return [LapsingCredit(*row) for row in rows]


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
            Movement(
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
