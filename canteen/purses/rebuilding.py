"""Making the running sums of purses anew from their lines, for ``check --rebuild``. Lines are never touched."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import and_, func, insert, select, update
from sqlalchemy.orm import Session

from canteen.purses.lines import LINE, LOT, YEAR


def rebuild_purses(session: Session) -> Iterator[str]:
    """Put every lot and every year right; a sentence for each that was wrong."""
    same = and_(
        LINE.c.elder_id == LOT.c.elder_id,
        LINE.c.scheme == LOT.c.scheme,
        LINE.c.starts_on == LOT.c.starts_on,
        LINE.c.expires_on == LOT.c.expires_on,
    )
    should = select(func.coalesce(func.sum(LINE.c.amount_fen), 0)).where(same).correlate(LOT).scalar_subquery()
    wrong = session.execute(select(LOT, should.label("should")).where(LOT.c.left_fen != should)).all()
    for row in wrong:
        session.execute(
            update(LOT)
            .where(
                LOT.c.elder_id == row.elder_id,
                LOT.c.scheme == row.scheme,
                LOT.c.starts_on == row.starts_on,
                LOT.c.expires_on == row.expires_on,
            )
            .values(left_fen=row.should)
        )
        yield f"purse_lot {row.elder_id}, {row.scheme or 'own'}, {row.expires_on}: {row.left_fen} -> {row.should}"
    yield from _years(session)


def _years(session: Session) -> Iterator[str]:
    kept = {
        (row.elder_id, row.scheme, row.year): (row.credited_fen, row.drawn_fen) for row in session.execute(select(YEAR))
    }
    for key, (credited, drawn) in sorted(year_sums(session).items()):
        has = kept.get(key)
        if has == (credited, drawn):
            continue
        if has is None:
            session.execute(
                insert(YEAR),
                {
                    "elder_id": key[0],
                    "scheme": key[1],
                    "year": key[2],
                    "opening_fen": 0,
                    "credited_fen": credited,
                    "drawn_fen": drawn,
                },
            )
        else:
            session.execute(
                update(YEAR)
                .where(YEAR.c.elder_id == key[0], YEAR.c.scheme == key[1], YEAR.c.year == key[2])
                .values(credited_fen=credited, drawn_fen=drawn)
            )
        yield f"purse_year {key[0]}, {key[1]}, {key[2]}: {has or 'none'} -> {(credited, drawn)}"


#: Credited and drawn by elder, scheme and year.
Years = dict[tuple[int, str, int], tuple[int, int]]


def year_sums(session: Session) -> Years:
    """What the lines say was credited and drawn in each year, of purses that settle by the year."""
    found: Years = {}
    moved = (
        select(LINE.c.elder_id, LINE.c.scheme, LINE.c.day, LINE.c.kind, LINE.c.amount_fen)
        .join(
            LOT,
            and_(
                LOT.c.elder_id == LINE.c.elder_id,
                LOT.c.scheme == LINE.c.scheme,
                LOT.c.starts_on == LINE.c.starts_on,
                LOT.c.expires_on == LINE.c.expires_on,
            ),
        )
        .where(LOT.c.by_year, LINE.c.kind.in_(("credit", "meal", "service", "reversal")))
    )
    for row in session.execute(moved.execution_options(yield_per=2000)):
        key = row.elder_id, row.scheme, row.day.year
        credited, drawn = found.get(key, (0, 0))
        is_credit = row.kind == "credit"
        found[key] = (credited + row.amount_fen, drawn) if is_credit else (credited, drawn - row.amount_fen)
    return found
