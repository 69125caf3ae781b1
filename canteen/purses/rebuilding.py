"""Making the running sums of purses anew from their lines, for ``check --rebuild``. Lines are never touched."""

from collections.abc import Iterator

from sqlalchemy import and_, func, insert, select, update
from sqlalchemy.orm import Session

from canteen.purses.lines import LINE, LOT, YEAR

#: A line and the lot it moves.
_OF_LOT = and_(*(column == LINE.c[column.name] for column in LOT.primary_key))


def rebuild_purses(session: Session) -> Iterator[str]:
    """Put every lot and every year right; a sentence for each that was wrong."""
    should = select(func.coalesce(func.sum(LINE.c.amount_fen), 0)).where(_OF_LOT).correlate(LOT).scalar_subquery()
    wrong = session.execute(select(LOT, should.label("should")).where(LOT.c.left_fen != should)).all()
    for row in wrong:
        here = (column == getattr(row, column.name) for column in LOT.primary_key)
        session.execute(update(LOT).where(*here).values(left_fen=row.should))
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
        place = dict(zip(("elder_id", "scheme", "year"), key, strict=True))
        sums = {"credited_fen": credited, "drawn_fen": drawn}
        if has is None:
            session.execute(insert(YEAR).values(place | sums | {"opening_fen": 0}))
        else:
            session.execute(update(YEAR).filter_by(**place).values(sums))
        yield f"purse_year {key[0]}, {key[1]}, {key[2]}: {has or 'none'} -> {(credited, drawn)}"


#: Credited and drawn by elder, scheme and year.
Years = dict[tuple[int, str, int], tuple[int, int]]


def year_sums(session: Session) -> Years:
    """What the lines say was credited and drawn in each year, of purses that settle by the year."""
    found: Years = {}
    moved = (
        select(LINE.c.elder_id, LINE.c.scheme, LINE.c.day, LINE.c.kind, LINE.c.amount_fen)
        .join(LOT, _OF_LOT)
        # A lapse that is undone was never drawn.
        .where(LOT.c.by_year, (LINE.c.kind == "credit") | LINE.c.serving_id.is_not(None) | LINE.c.care_id.is_not(None))
    )
    for row in session.execute(moved.execution_options(yield_per=2000)):
        key = row.elder_id, row.scheme, row.day.year
        credited, drawn = found.get(key, (0, 0))
        is_credit = row.kind == "credit"
        found[key] = (credited + row.amount_fen, drawn) if is_credit else (credited, drawn - row.amount_fen)
    return found
