"""Meals to look back at: served with public money after a death or a move, or between the day a status counts from and
the day it was written down. They are listed and ticked, never changed. Session-first."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, insert, select
from sqlalchemy.orm import Session

from canteen.audit import trail
from canteen.base.access import Actor
from canteen.base.clock import day_of
from canteen.base.db import reading, table_of
from canteen.base.db.rows import covers, lasts
from canteen.base.errors import NotFound
from canteen.base.records import row_with
from canteen.base.vault import the_vault
from canteen.books.models.servings import Serving
from canteen.entitlements.elder_records import records
from canteen.entitlements.eligibility import ElderRecord, standing
from canteen.entitlements.models import BACK_DATING, ENTITLEMENT, HALT, LOOK_BACK_MARK
from canteen.people.queries import ELDER, LIFE, SITE, in_reach
from canteen.schemes.queries import schemes_in_force
from canteen.staff.models import Staff

SERVING = table_of(Serving)
_STAFF = table_of(Staff)
#: Meals shown at once; dealing with them makes room for the rest.
MOST = 200


def lines(session: Session, *, actor: Actor, elder_id: int | None = None, open_only: bool = True) -> list[Any]:
    """The meals in reach, newest first; of one elder, or only those nobody has dealt with.

    Rows of the serving and its elder with ``cause`` (died, moved, stopped, added, ended), ``since`` (the day the cause
    counts from), ``fits`` (names of the schemes that fit on that day by what is known now; only of a back-dated status),
    and when, by whom and how (``note``) somebody dealt with it.
    """
    found: dict[int, Any] = {}
    for statement in (_after_event(), _while_stopped(), _back_dated()):
        narrowed = statement.where(in_reach(actor), SERVING.c.voided_at.is_(None))
        if elder_id is not None:
            narrowed = narrowed.where(SERVING.c.elder_id == elder_id)
        if open_only:
            narrowed = narrowed.where(LOOK_BACK_MARK.c.serving_id.is_(None))
        for row in session.execute(narrowed.order_by(SERVING.c.id.desc()).limit(MOST)):
            found.setdefault(row.serving_id, row)
    rows = sorted(found.values(), key=lambda row: (row.day, row.serving_id), reverse=True)[:MOST]
    fits = _fits(session, [row for row in rows if row.cause in ("added", "ended")])
    return [_line(row, fits.get(row.serving_id, ())) for row in rows]


def _meals(*columns: Any) -> Select[Any]:
    return (
        select(
            SERVING.c.id.label("serving_id"),
            *SERVING.c["elder_id", "number", "day", "slot", "price_fen", "own_fen"],
            *ELDER.c["name", "village_group"],
            SITE.c.name.label("site_name"),
            LOOK_BACK_MARK.c.settled_at,
            LOOK_BACK_MARK.c.sealed,
            func.coalesce(_STAFF.c.name, "").label("settled_by"),
            *columns,
        )
        .join(ELDER, ELDER.c.id == SERVING.c.elder_id)
        .join(SITE, SITE.c.id == SERVING.c.site_id)
        .outerjoin(LOOK_BACK_MARK, LOOK_BACK_MARK.c.serving_id == SERVING.c.id)
        .outerjoin(_STAFF, _STAFF.c.id == LOOK_BACK_MARK.c.settled_by)
    )


def _after_event() -> Select[Any]:
    """With public money, after the day of a death or a move; on the day itself there may well have been a meal."""
    return (
        _meals(LIFE.c.kind.label("cause"), LIFE.c.from_day.label("since"))
        .join(
            LIFE,
            (LIFE.c.elder_id == SERVING.c.elder_id)
            & LIFE.c.kind.in_(("died", "moved"))
            & LIFE.c.cancelled_at.is_(None)
            & (SERVING.c.day > LIFE.c.from_day)
            & lasts(LIFE.c.to_day, SERVING.c.day),
        )
        .where(SERVING.c.own_fen < SERVING.c.price_fen)
    )


def _while_stopped() -> Select[Any]:
    """With public money, on days for which a right was stopped by a sanction or frozen by a pause."""
    return (
        _meals(HALT.c.cause.label("cause"), HALT.c.from_day.label("since"))
        .join(ENTITLEMENT, ENTITLEMENT.c.elder_id == SERVING.c.elder_id)
        .join(
            HALT,
            (HALT.c.entitlement_id == ENTITLEMENT.c.id)
            & HALT.c.cancelled_at.is_(None)
            & HALT.c.cause.in_(("sanction", "paused"))
            & covers(HALT.c.from_day, HALT.c.to_day, SERVING.c.day),
        )
        .where(SERVING.c.own_fen < SERVING.c.price_fen)
    )


def _back_dated() -> Select[Any]:
    """Written before a status was recorded or ended that counts for its day."""
    return _meals(BACK_DATING.c.kind.label("cause"), BACK_DATING.c.from_day.label("since")).join(
        BACK_DATING,
        (BACK_DATING.c.elder_id == SERVING.c.elder_id)
        & SERVING.c.day.between(BACK_DATING.c.from_day, BACK_DATING.c.to_day)
        & (SERVING.c.served_at < BACK_DATING.c.recorded_at),
    )


def _line(row: Any, fits: tuple[str, ...]) -> Any:
    note = the_vault().open(row.sealed, _place(row.serving_id)) if row.sealed else ""
    settled_on = day_of(row.settled_at) if row.settled_at else None
    return row_with(row, fits=fits, settled_on=settled_on, note=note)


def _fits(session: Session, rows: Iterable[Any]) -> dict[int, tuple[str, ...]]:
    """Serving -> names of the schemes that fit on its day by what is known now: the effect of a back-dated status."""
    wanted = list(rows)
    people: dict[int, ElderRecord] = {
        one.id: one for one in records(session, ELDER.c.id.in_({row.elder_id for row in wanted}))
    }
    found = {}
    for row in wanted:
        record = people[row.elder_id]
        schemes = schemes_in_force(session, area_path=record.residence, day=row.day)
        found[row.serving_id] = tuple(one.name for one in schemes if not standing(record, one, row.day).reason_code)
    return found


def _place(serving_id: int) -> str:
    return f"look_back:{serving_id}"


def mark(session: Session, serving_id: int, note: str, *, actor: Actor, at: datetime) -> bool:
    """Tick a meal that is on the list; False when it was ticked before. ``NotFound`` for one that is not on it."""
    row = session.execute(
        select(SERVING.c.elder_id, LOOK_BACK_MARK.c.settled_at)
        .outerjoin(LOOK_BACK_MARK, LOOK_BACK_MARK.c.serving_id == SERVING.c.id)
        .where(SERVING.c.id == serving_id)
    ).first()
    if row is not None and row.settled_at is not None:
        return False
    if row is None or serving_id not in {one.serving_id for one in lines(session, actor=actor, elder_id=row.elder_id)}:
        raise NotFound("这份用餐不在回看清单里", next_step="请刷新回看清单")
    sealed = the_vault().seal(note, _place(serving_id))
    trail.touch(session, "serving", serving_id)
    session.execute(
        insert(LOOK_BACK_MARK).values(serving_id=serving_id, sealed=sealed, settled_at=at, settled_by=actor.staff_id)
    )
    return True


def open_lines(actor: Actor) -> list[Any]:
    """Meals in reach that nobody has looked at yet."""
    with reading() as session:
        return lines(session, actor=actor)
