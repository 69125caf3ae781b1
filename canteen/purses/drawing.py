"""What may be spent from purses on a day, spending it, and giving it back. Everything writes in the caller's transaction.

``balances`` is on the counter's path: one prepared statement. A purse is frozen from the day of a death or move
(``life_event``) or of a freeze (``purse_freeze``); days before stay open, so that a sheet keyed in late is decided as
it would have been on its day.

Whoever draws holds the elder's row; running sums of the ledger are written before lots, so that no two transactions
wait for each other. What takes without that row (an expiry run) shows as ``LostRace`` in ``draw``.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Select, and_, bindparam, exists, or_, select
from sqlalchemy.orm import Session

from canteen.base.access import Actor
from canteen.base.db.prepared import Prepared
from canteen.base.db.rows import covers
from canteen.base.records import as_record
from canteen.people.queries import LIFE
from canteen.purses.freezing import FREEZE
from canteen.purses.lines import LINE, LOT, YEAR, Movement, lots_of, move, of_lot, taken
from canteen.purses.models import OWN
from canteen.purses.rules import Lot, allocate, spendable
from canteen.schemes.deciding.answer import Draw

_DAY: Any = bindparam("day")
_FROZEN = or_(
    exists().where(
        LIFE.c.elder_id == LOT.c.elder_id,
        LIFE.c.cancelled_at.is_(None),
        or_(LIFE.c.kind == "died", LIFE.c.kind == "moved"),
        covers(LIFE.c.from_day, LIFE.c.to_day, _DAY),
    ),
    exists().where(
        FREEZE.c.elder_id == LOT.c.elder_id,
        FREEZE.c.lifted_at.is_(None),
        covers(FREEZE.c.from_day, FREEZE.c.to_day, _DAY),
        or_(FREEZE.c.scheme.is_(None), FREEZE.c.scheme == LOT.c.scheme),
    ),
)
_HELD: Select[Any] = (
    select(
        *LOT.c["scheme", "starts_on", "expires_on", "left_fen", "by_year"],
        (YEAR.c.opening_fen + YEAR.c.credited_fen - YEAR.c.drawn_fen).label("room_fen"),
    )
    .outerjoin(
        YEAR, and_(YEAR.c.elder_id == LOT.c.elder_id, YEAR.c.scheme == LOT.c.scheme, YEAR.c.year == bindparam("year"))
    )
    .where(
        LOT.c.elder_id == bindparam("elder"),
        LOT.c.scheme != OWN,
        LOT.c.left_fen > 0,
        LOT.c.starts_on <= _DAY,
        LOT.c.expires_on >= _DAY,
        ~_FROZEN,
    )
    .order_by(LOT.c.scheme, LOT.c.expires_on, LOT.c.starts_on)
)
_OPEN, _OPEN_LOCKED = Prepared(_HELD), Prepared(_HELD.with_for_update(of=LOT))

_OWN_HELD = select(LOT.c.left_fen).where(LOT.c.elder_id == bindparam("elder"), LOT.c.scheme == OWN)
_OWN, _OWN_LOCKED = Prepared(_OWN_HELD), Prepared(_OWN_HELD.with_for_update())


def balances(session: Session, *, elder_id: int, day: date, lock: bool = False) -> dict[str, int]:
    """What may be spent of each scheme's purse on this day, in fen; empty and frozen purses are left out.

    ``lock`` holds the lots on PostgreSQL until the transaction ends. The elder's own money is not among them.
    """
    return {scheme: fen for scheme, (fen, _) in _open(session, elder_id=elder_id, day=day, lock=lock).items() if fen}


def _open(session: Session, *, elder_id: int, day: date, lock: bool) -> dict[str, tuple[int, list[Lot]]]:
    """Scheme -> what may be spent on a day, and the lots that hold it."""
    rows = (_OPEN_LOCKED if lock else _OPEN).all(session, elder=elder_id, day=day, year=day.year)
    found: dict[str, tuple[int, list[Lot]]] = {}
    for scheme, of_scheme in groupby(rows, key=lambda row: row.scheme):
        held = list(of_scheme)
        lots = [as_record(Lot, row) for row in held]
        found[scheme] = spendable(lots, held[0].room_fen or 0), lots
    return found


def draw(
    session: Session, *, elder_id: int, draws: Iterable[Draw], day: date, at: datetime, actor: Actor, **paid: int | None
) -> None:
    """Take what a meal or service (``paid``: its ``serving_id`` or ``care_id``) was decided to draw, from the lots that
    expire first.

    Raises ``LostRace`` when a purse holds less by now: ``settle`` decides again.
    """
    wanted = [one for one in draws if one.amount_fen]
    if not wanted:
        return
    found = _open(session, elder_id=elder_id, day=day, lock=True)
    lines: list[Movement] = []
    for one in wanted:
        most_fen, lots = found.get(one.scheme, (0, []))
        parts = allocate(lots, min(one.amount_fen, most_fen))
        spent = taken(parts, one.amount_fen)
        lines += _spent(spent, elder_id, day, paid)
    move(session, lines, at=at, staff_id=actor.staff_id)


def draw_own(
    session: Session, *, elder_id: int, amount_fen: int, day: date, at: datetime, actor: Actor, **paid: int | None
) -> None:
    """Pay an own part out of the elder's own money (pay way ``purse``). ``LostRace`` when it is not there any more."""
    if not amount_fen:
        return
    lots = [lot for lot in lots_of(session, elder_id, lock=True) if lot.scheme == OWN]
    parts = taken(allocate(lots, amount_fen), amount_fen)
    lines = _spent(parts, elder_id, day, paid)
    move(session, lines, at=at, staff_id=actor.staff_id)


def own_money(session: Session, *, elder_id: int, lock: bool = False) -> int:
    """The elder's own money, in fen. ``lock`` holds it on PostgreSQL until the transaction ends."""
    return sum(row.left_fen for row in (_OWN_LOCKED if lock else _OWN).all(session, elder=elder_id))


def _spent(
    parts: Iterable[tuple[Lot, int]], elder_id: int, day: date, paid: Mapping[str, int | None]
) -> list[Movement]:
    kind = "meal" if paid.get("serving_id") else "service"
    return [of_lot(lot, kind, -fen, elder_id=elder_id, day=day, **paid) for lot, fen in parts]


_OF_SERVING = select(LINE).where(LINE.c.serving_id == bindparam("of"), LINE.c.kind == "meal")
_OF_CARE = select(LINE).where(LINE.c.care_id == bindparam("of"), LINE.c.kind == "service")


def give_back(
    session: Session, *, at: datetime, actor: Actor, serving_id: int | None = None, care_id: int | None = None
) -> None:
    """Mirror every draw of a voided meal or service. What goes back into a lot that has expired lapses with it."""
    wanted = _OF_SERVING if serving_id else _OF_CARE
    rows = session.execute(wanted, {"of": serving_id or care_id}).all()
    if not rows:
        return
    by_year = {
        (lot.scheme, lot.starts_on, lot.expires_on): lot.by_year
        for lot in lots_of(session, rows[0].elder_id, lock=True)
    }
    lines = [
        as_record(
            Movement,
            row,
            kind="reversal",
            amount_fen=-row.amount_fen,
            by_year=by_year[row.scheme, row.starts_on, row.expires_on],
            reverses_id=row.id,
            reason={},
        )
        for row in rows
    ]
    move(session, lines, at=at, staff_id=actor.staff_id)
