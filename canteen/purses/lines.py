"""Writing lines and lots together, inside the caller's transaction. Nothing else in the program writes either.

Races: the lots of a purse are locked in one order (elder, scheme, expiry) on PostgreSQL; SQLite has one writer. The
CHECK of a lot stands behind every path: a balance cannot fall below zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import ScalarSelect, Table, bindparam, func, insert, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from canteen.base.db import LostRace, add_up, table_of
from canteen.base.prepared import Prepared
from canteen.people.models import Elder
from canteen.purses.credits.month import Granted
from canteen.purses.models import PurseLine, PurseLot, PurseYear
from canteen.purses.rules import Lot

_ELDER = table_of(Elder)
LINE = table_of(PurseLine)
LOT = table_of(PurseLot)
YEAR = table_of(PurseYear)

_HELD = select(LOT.c.scheme, LOT.c.starts_on, LOT.c.expires_on, LOT.c.left_fen, LOT.c.by_year).where(
    LOT.c.elder_id == bindparam("elder")
)
_LOTS = Prepared(_HELD)
_LOTS_LOCKED = Prepared(_HELD.order_by(LOT.c.scheme, LOT.c.expires_on, LOT.c.starts_on).with_for_update())
_MOVE_LOT = (
    update(LOT)
    .where(
        LOT.c.elder_id == bindparam("of_elder"),
        LOT.c.scheme == bindparam("of_scheme"),
        LOT.c.starts_on == bindparam("of_start"),
        LOT.c.expires_on == bindparam("of_end"),
    )
    .values(left_fen=LOT.c.left_fen + bindparam("change"))
)
_MOVE_YEAR = (
    update(YEAR)
    .where(
        YEAR.c.elder_id == bindparam("of_elder"),
        YEAR.c.scheme == bindparam("of_scheme"),
        YEAR.c.year == bindparam("of_year"),
    )
    .values(drawn_fen=YEAR.c.drawn_fen + bindparam("change"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """One line to append. ``amount_fen`` is into the purse."""

    elder_id: int
    scheme: str
    kind: str
    amount_fen: int
    starts_on: date
    expires_on: date
    day: date
    by_year: bool = False
    month: str = ""
    serving_id: int | None = None
    care_id: int | None = None
    entry_id: int | None = None
    reverses_id: int | None = None
    version: str = ""
    class_code: str = ""
    reason: dict[str, Any] = field(default_factory=dict)
    key: str | None = None


def lots_of(session: Session, elder_id: int, *, lock: bool = False) -> list[Lot]:
    """Every lot of an elder, empty ones too."""
    return [Lot(*row) for row in (_LOTS_LOCKED if lock else _LOTS).all(session, elder=elder_id)]


def row_of(line: Movement, *, at: datetime, staff_id: int | None) -> dict[str, Any]:
    """A line as its table keeps it."""
    return {
        "elder_id": line.elder_id,
        "scheme": line.scheme,
        "kind": line.kind,
        "amount_fen": line.amount_fen,
        "starts_on": line.starts_on,
        "expires_on": line.expires_on,
        "day": line.day,
        "month": line.month,
        "serving_id": line.serving_id,
        "care_id": line.care_id,
        "entry_id": line.entry_id,
        "reverses_id": line.reverses_id,
        "version": line.version,
        "class_code": line.class_code,
        "reason": line.reason,
        "key": line.key,
        "recorded_at": at,
        "staff_id": staff_id,
    }


def put_in(session: Session, lines: Sequence[Movement], *, at: datetime, staff_id: int | None) -> None:
    """Append lines that may need new lots: credits and money paid in. Lots first: lines point at them."""
    if not lines:
        return
    ordered = sorted(lines, key=lambda line: (line.elder_id, line.scheme, line.expires_on, line.starts_on))
    add_up(
        session,
        LOT,
        [
            {
                "elder_id": line.elder_id,
                "scheme": line.scheme,
                "starts_on": line.starts_on,
                "expires_on": line.expires_on,
                "left_fen": line.amount_fen,
                "by_year": line.by_year,
            }
            for line in ordered
        ],
        sums=("left_fen",),
    )
    session.execute(insert(LINE), [row_of(line, at=at, staff_id=staff_id) for line in ordered])


def grant(session: Session, granted: Mapping[Granted, list[int]], *, at: datetime, staff_id: int | None) -> None:
    """Append the credits of many people: three statements for each credit that is the same for all who get it."""
    for one, elder_ids in granted.items():
        _insert_for(
            session,
            LOT,
            elder_ids,
            {
                "scheme": one.scheme,
                "starts_on": one.starts_on,
                "expires_on": one.expires_on,
                "left_fen": one.amount_fen,
                "by_year": one.by_year,
            },
            sums=("left_fen",),
        )
        if one.by_year:
            _insert_for(
                session,
                YEAR,
                elder_ids,
                {
                    "scheme": one.scheme,
                    "year": one.starts_on.year,
                    "credited_fen": one.amount_fen,
                    "drawn_fen": 0,
                    "opening_fen": _opening(one) if one.opening_counts else 0,
                },
                sums=("credited_fen",),
            )
        _insert_for(
            session,
            LINE,
            elder_ids,
            {
                "scheme": one.scheme,
                "kind": "credit",
                "amount_fen": one.amount_fen,
                "starts_on": one.starts_on,
                "expires_on": one.expires_on,
                "day": one.starts_on,
                "month": one.month,
                "version": one.version,
                "class_code": one.class_code,
                "reason": one.reason,
                "recorded_at": at,
                "staff_id": staff_id,
            },
        )


def _opening(one: Granted) -> Any:
    """What one elder brings into the year: lots of earlier years that have not expired."""
    first = date(one.starts_on.year, 1, 1)
    held = select(func.coalesce(func.sum(LOT.c.left_fen), 0)).where(
        LOT.c.elder_id == _ELDER.c.id, LOT.c.scheme == one.scheme, LOT.c.starts_on < first, LOT.c.expires_on >= first
    )
    return held.correlate(_ELDER).scalar_subquery()


def _insert_for(
    session: Session, table: Table, elder_ids: list[int], values: Mapping[str, Any], *, sums: tuple[str, ...] = ()
) -> None:
    """One row for each elder, all with the same values; ``sums`` are added where the row is there."""
    names = list(values)
    columns = [
        value if isinstance(value, ScalarSelect) else literal(value, table.c[name].type)
        for name, value in values.items()
    ]
    chosen = _ELDER.c.id.in_(bindparam("elders", expanding=True))
    rows = select(_ELDER.c.id, *columns).where(chosen).order_by(_ELDER.c.id)
    adding = (sqlite if session.get_bind().dialect.name == "sqlite" else postgresql).insert(table)
    statement: Any = adding.from_select(["elder_id", *names], rows)
    if sums:
        statement = statement.on_conflict_do_update(
            index_elements=[column.name for column in table.primary_key],
            set_={name: table.c[name] + adding.excluded[name] for name in sums},
        )
    session.execute(statement, {"elders": elder_ids})


def move(session: Session, lines: Sequence[Movement], *, at: datetime, staff_id: int | None) -> None:
    """Append lines of lots that are there, and keep what was drawn in the year where the scheme counts it."""
    if not lines:
        return
    connection = session.connection()
    ordered = sorted(lines, key=lambda line: (line.elder_id, line.scheme, line.expires_on, line.starts_on))
    changed = connection.execute(
        _MOVE_LOT,
        [
            {
                "of_elder": line.elder_id,
                "of_scheme": line.scheme,
                "of_start": line.starts_on,
                "of_end": line.expires_on,
                "change": line.amount_fen,
            }
            for line in ordered
        ],
    )
    assert changed.rowcount in (-1, len(ordered)), "a line without its lot"
    years = [line for line in ordered if line.by_year and (line.serving_id or line.care_id)]
    if years:
        connection.execute(
            _MOVE_YEAR,
            [
                {
                    "of_elder": line.elder_id,
                    "of_scheme": line.scheme,
                    "of_year": line.day.year,
                    "change": -line.amount_fen,
                }
                for line in years
            ],
        )
    session.execute(insert(LINE), [row_of(line, at=at, staff_id=staff_id) for line in ordered])


def taken(parts: Iterable[tuple[Lot, int]], amount_fen: int) -> list[tuple[Lot, int]]:
    """The parts of a draw. ``LostRace`` when another transaction took some of it since the balance was read."""
    found = list(parts)
    if sum(part for _, part in found) != amount_fen:
        raise LostRace("a purse held less than was decided")
    return found
