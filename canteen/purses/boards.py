"""What the boards of purses show: the runs of the months, what lapses soon, and what was drawn after a death or move."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from canteen.base.access import Actor
from canteen.base.clock import day_of
from canteen.base.db import reading, table_of
from canteen.people.models import Elder, LifeEvent
from canteen.people.queries import in_reach
from canteen.places.models import Area
from canteen.purses import roll
from canteen.purses.crediting import RUN
from canteen.purses.lines import LINE, LOT
from canteen.purses.queries import RunRow, run_row

_ELDER = table_of(Elder)
_LIFE = table_of(LifeEvent)
_AREA = table_of(Area)

#: Credits that end within so many days are told.
SOON_DAYS = 10


@dataclass(frozen=True, slots=True)
class MonthTotals:
    """What one month brought under one scheme."""

    month: str
    scheme: str
    elders: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class CreditBoard:
    """The page of the credit runs."""

    runs: tuple[RunRow, ...]
    totals: tuple[MonthTotals, ...]
    #: Ids of those that credit now, or did in the last year.
    schemes: tuple[str, ...]
    #: Lots whose last day was before today, and their sum: what an expiry run would take back.
    lapsed: tuple[int, int]
    #: Lots that end within ``SOON_DAYS`` days.
    soon: tuple[int, int]


def credit_board(*, day: date) -> CreditBoard:
    """Runs of the last months, what they credited, and what is about to lapse."""
    with reading() as session:
        runs = session.execute(select(RUN).order_by(RUN.c.month.desc(), RUN.c.scheme).limit(24))
        totals = session.execute(
            select(LINE.c.month, LINE.c.scheme, func.count(LINE.c.elder_id.distinct()), func.sum(LINE.c.amount_fen))
            .where(LINE.c.kind == "credit", LINE.c.day >= day.replace(year=day.year - 1, day=1))
            .group_by(LINE.c.month, LINE.c.scheme)
            .order_by(LINE.c.month.desc(), LINE.c.scheme)
        ).all()
        in_force = roll.purse_schemes(session, month=day.replace(day=1)).ids
        return CreditBoard(
            runs=tuple(run_row(row) for row in runs),
            totals=tuple(MonthTotals(month, scheme, elders, int(fen)) for month, scheme, elders, fen in totals),
            schemes=tuple(sorted(in_force.keys() | {row.scheme for row in totals})),
            lapsed=_sum(session, LOT.c.expires_on < day),
            soon=_sum(session, LOT.c.expires_on.between(day, day + timedelta(days=SOON_DAYS))),
        )


def _sum(session: Session, condition: Any) -> tuple[int, int]:
    row = session.execute(select(func.count(), func.sum(LOT.c.left_fen)).where(LOT.c.left_fen > 0, condition)).one()
    return row[0], int(row[1] or 0)


@dataclass(frozen=True, slots=True)
class Holder:
    """One line of the list of purses."""

    elder_id: int
    name: str
    village_group: str
    residence: str
    scheme: str
    left_fen: int
    expires_on: date


def expiring(*, actor: Actor, day: date, limit: int = 200) -> list[Holder]:
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
        return [Holder(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class LookBack:
    """Something drawn from a purse on or after the day of a death or move."""

    elder_id: int
    name: str
    state: str
    since: date
    kind: str
    day: date
    amount_fen: int
    scheme: str
    serving_id: int | None
    care_id: int | None


def look_back(*, actor: Actor, limit: int = 200) -> list[LookBack]:
    """Draws after a death or move, not given back since: something to look at, the latest first."""
    mirror = LINE.alias("mirror")
    with reading() as session:
        rows = session.execute(
            select(
                _ELDER.c.id,
                _ELDER.c.name,
                _LIFE.c.kind.label("state"),
                _LIFE.c.from_day,
                LINE.c.kind,
                LINE.c.day,
                LINE.c.amount_fen,
                LINE.c.scheme,
                LINE.c.serving_id,
                LINE.c.care_id,
            )
            .join(_LIFE, _LIFE.c.elder_id == _ELDER.c.id)
            .join(LINE, LINE.c.elder_id == _ELDER.c.id)
            .outerjoin(mirror, mirror.c.reverses_id == LINE.c.id)
            .where(
                _LIFE.c.cancelled_at.is_(None),
                _LIFE.c.kind.in_(("died", "moved")),
                in_reach(actor),
                LINE.c.kind.in_(("meal", "service")),
                LINE.c.day >= _LIFE.c.from_day,
                or_(_LIFE.c.to_day.is_(None), LINE.c.day <= _LIFE.c.to_day),
                mirror.c.id.is_(None),
            )
            .order_by(LINE.c.day.desc(), LINE.c.id.desc())
            .limit(limit)
        )
        return [LookBack(*values) for values in map(tuple, rows)]


def months_to_credit(now: datetime) -> list[str]:
    """The months a person may choose: the next one, this one, and the last two."""
    first = day_of(now).replace(day=1)
    found = []
    for ahead in (1, 0, -1, -2):
        number = first.year * 12 + first.month - 1 + ahead
        found.append(f"{number // 12:04d}-{number % 12 + 1:02d}")
    return found
