"""Writing lines and lots together, inside the caller's transaction. Nothing else in the program writes either.

Races: the lots of a purse are locked in one order (elder, scheme, expiry) on PostgreSQL; SQLite has one writer. The
CHECK of a lot stands behind every path: a balance cannot fall below zero.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, ScalarSelect, Table, and_, bindparam, func, insert, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from canteen.audit import trail
from canteen.base.db import LostRace, add_up, table_of
from canteen.base.db.prepared import Prepared
from canteen.base.db.sealed import place_of
from canteen.base.records import as_row
from canteen.base.vault import Vault, the_vault
from canteen.people.queries import ELDER
from canteen.purses.credits.month import Granted
from canteen.purses.models import PurseLine, PurseLot, PurseYear
from canteen.purses.rules import Lot

LINE = table_of(PurseLine)
LOT = table_of(PurseLot)
YEAR = table_of(PurseYear)
_LOT_KEY = tuple(column.name for column in LOT.primary_key)
LOT_ORDER = (LOT.c.elder_id, LOT.c.scheme, LOT.c.expires_on, LOT.c.starts_on)


def _with_key_of(table: Table) -> ColumnElement[bool]:
    return and_(*(column == bindparam(f"of_{column.name}") for column in table.primary_key))


_HELD = select(*LOT.c["scheme", "starts_on", "expires_on", "left_fen", "by_year"]).where(
    LOT.c.elder_id == bindparam("elder")
)
_LOTS = Prepared(_HELD)
_LOTS_LOCKED = Prepared(_HELD.order_by(*LOT_ORDER).with_for_update())
_MOVE_LOT = update(LOT).where(_with_key_of(LOT)).values(left_fen=LOT.c.left_fen + bindparam("change"))
_MOVE_YEAR = update(YEAR).where(_with_key_of(YEAR)).values(drawn_fen=YEAR.c.drawn_fen + bindparam("change"))


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
    #: What is sealed with it; nothing of most lines.
    reason: dict[str, Any] = field(default_factory=dict)
    key: str | None = None


def of_lot(lot: Lot, kind: str, amount_fen: int, *, elder_id: int, day: date, **others: Any) -> Movement:
    """A line that moves a lot."""
    return Movement(
        **as_row(lot, but=["left_fen"]), kind=kind, amount_fen=amount_fen, elder_id=elder_id, day=day, **others
    )


def lots_of(session: Session, elder_id: int, *, lock: bool = False) -> list[Lot]:
    """Every lot of an elder, empty ones too."""
    return [Lot(*row) for row in (_LOTS_LOCKED if lock else _LOTS).all(session, elder=elder_id)]


def put_in(session: Session, lines: Iterable[Movement], *, at: datetime, staff_id: int | None) -> None:
    """Append lines that may need new lots: credits and money paid in. Lots first: lines point at them."""
    ordered = _in_order(lines)
    lots = [_key(line) | {"left_fen": line.amount_fen, "by_year": line.by_year} for line in ordered]
    add_up(session, LOT, lots, sums=("left_fen",))
    _append(session, ordered, at, staff_id)


def move(session: Session, lines: Iterable[Movement], *, at: datetime, staff_id: int | None) -> None:
    """Append lines of lots that are there, and keep what was drawn in the year where the scheme counts it."""
    ordered = _in_order(lines)
    if not ordered:
        return
    trail.touch(session, "serving", *(line.serving_id for line in ordered if line.serving_id))
    trail.touch(session, "care", *(line.care_id for line in ordered if line.care_id))
    connection = session.connection()
    changes = [_key(line, "of_") | {"change": line.amount_fen} for line in ordered]
    changed = connection.execute(_MOVE_LOT, changes)
    assert changed.rowcount in (-1, len(ordered)), "a line without its lot"
    drawn = [
        {"of_elder_id": one.elder_id, "of_scheme": one.scheme, "of_year": one.day.year, "change": -one.amount_fen}
        for one in ordered
        if one.by_year and (one.serving_id or one.care_id)
    ]
    if drawn:
        connection.execute(_MOVE_YEAR, drawn)
    _append(session, ordered, at, staff_id)


def _in_order(lines: Iterable[Movement]) -> list[Movement]:
    return sorted(lines, key=lambda line: (line.elder_id, line.scheme, line.expires_on, line.starts_on))


def _key(line: Movement, prefix: str = "") -> dict[str, Any]:
    return {prefix + name: getattr(line, name) for name in _LOT_KEY}


def _append(session: Session, lines: Sequence[Movement], at: datetime, staff_id: int | None) -> None:
    """Append lines. Those of a meal or service are kept with it; each other is a subject of its own."""
    written, vault = {"recorded_at": at, "staff_id": staff_id}, the_vault()
    of_meals = [line for line in lines if line.serving_id or line.care_id]
    apart = [line for line in lines if not (line.serving_id or line.care_id)]
    for some in (of_meals, apart):
        rows = [_sealed(vault, as_row(line, but=["by_year"]) | written, line.reason) for line in some]
        if rows and some is of_meals:
            session.execute(insert(LINE), rows)
        elif rows:
            trail.made(session, "purse_line", *session.scalars(insert(LINE).returning(LINE.c.id), rows))


def _sealed(vault: Vault, line: dict[str, Any], reason: dict[str, Any]) -> dict[str, Any]:
    """A line as its row, with what is sealed of it."""
    row = {name: value for name, value in line.items() if name != "reason"}
    return row | {"sealed": vault.seal(reason, place_of(LINE.c.sealed, **row)) if reason else None}


def reason_of(line: Row[Any]) -> dict[str, Any]:
    """Why a line was written, opened: of a credit ``class_code``, ``code``, ``fields``; otherwise ``note``, or nothing."""
    if line.sealed is None:
        return {}
    found: dict[str, Any] = the_vault().open(line.sealed, place_of(LINE.c.sealed, **line._mapping))
    return found


def grant(session: Session, granted: Mapping[Granted, list[int]], *, at: datetime, staff_id: int | None) -> None:
    """Append the credits of many people: three statements for each credit that is the same for all who get it."""
    vault = the_vault()
    for one, elder_ids in granted.items():
        lot = {"scheme": one.scheme, "starts_on": one.starts_on, "expires_on": one.expires_on}
        kept = lot | {"left_fen": one.amount_fen, "by_year": one.by_year}
        _insert_for(session, LOT, elder_ids, kept, sums=("left_fen",))
        if one.by_year:
            opening = _opening(one) if one.opening_counts else 0
            year = {"scheme": one.scheme, "year": one.starts_on.year, "credited_fen": one.amount_fen, "drawn_fen": 0}
            _insert_for(session, YEAR, elder_ids, year | {"opening_fen": opening}, sums=("credited_fen",))
        line = as_row(one, but=["stack_group", "is_above", "by_year", "opening_counts", "reason"])
        line |= {"kind": "credit", "day": one.starts_on, "recorded_at": at, "staff_id": staff_id}
        place = {name: line[name] for name in ("scheme", "kind", "day")}
        places = [place_of(LINE.c.sealed, elder_id=elder_id, **place) for elder_id in elder_ids]
        sealed = vault.seal_each(one.reason, places)
        rows = [line | {"elder_id": of, "sealed": value} for of, value in zip(elder_ids, sealed, strict=True)]
        trail.made(session, "purse_line", *session.scalars(insert(LINE).returning(LINE.c.id), rows))


def _opening(one: Granted) -> Any:
    """What one elder brings into the year: lots of earlier years that have not expired."""
    first = date(one.starts_on.year, 1, 1)
    held = select(func.coalesce(func.sum(LOT.c.left_fen), 0)).where(
        LOT.c.elder_id == ELDER.c.id, LOT.c.scheme == one.scheme, LOT.c.starts_on < first, LOT.c.expires_on >= first
    )
    return held.correlate(ELDER).scalar_subquery()


def _insert_for(
    session: Session, table: Table, elder_ids: list[int], values: Mapping[str, Any], *, sums: tuple[str, ...] = ()
) -> None:
    """One row for each elder, all with the same values; ``sums`` are added where the row is there."""
    columns = [
        value if isinstance(value, ScalarSelect) else literal(value, table.c[name].type)
        for name, value in values.items()
    ]
    chosen = ELDER.c.id.in_(bindparam("elders"))
    rows = select(ELDER.c.id, *columns).where(chosen).order_by(ELDER.c.id)
    adding = (sqlite if session.get_bind().dialect.name == "sqlite" else postgresql).insert(table)
    statement: Any = adding.from_select(["elder_id", *values], rows)
    if sums:
        statement = statement.on_conflict_do_update(
            index_elements=[column.name for column in table.primary_key],
            set_={name: table.c[name] + adding.excluded[name] for name in sums},
        )
    session.execute(statement, {"elders": elder_ids})


def taken(parts: Iterable[tuple[Lot, int]], amount_fen: int) -> list[tuple[Lot, int]]:
    """The parts of a draw. ``LostRace`` when another transaction took some of it since the balance was read."""
    found = list(parts)
    if sum(part for _, part in found) != amount_fen:
        raise LostRace("a purse held less than was decided")
    return found
