"""What must hold of purses: problems as ``(code, sentence)``, for ``check``. Sums are made by the database.

Every line carries both sides, so a line balances by itself. What is proved: each lot holds the sum of its lines and
none is below zero; a year's draws are the draws of its lines; what a meal or service drew is what its shares say, and
nothing after a void; own money in the ledger is own money in the purses.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import String, and_, exists, func, or_, select, type_coerce, union_all
from sqlalchemy.orm import Session

from canteen.base.db import table_of
from canteen.books.models.ledger import Entry, Posting
from canteen.books.models.services import CareService, CareShare
from canteen.books.models.servings import Serving, ServingShare
from canteen.check.rules import Problem, differing
from canteen.purses.lines import LINE, LOT, YEAR
from canteen.purses.models import OWN
from canteen.purses.rebuilding import year_sums

_ENTRY = table_of(Entry)
_POSTING = table_of(Posting)
_SERVING = table_of(Serving)
_SHARE = table_of(ServingShare)
_CARE = table_of(CareService)
_CARE_SHARE = table_of(CareShare)


def purse_problems(session: Session) -> Iterator[Problem]:
    """Everything about purses that does not hold."""
    yield from _lots(session)
    yield from _years(session)
    yield from _draws(session, _SERVING, _SHARE, LINE.c.serving_id, "serving")
    yield from _draws(session, _CARE, _CARE_SHARE, LINE.c.care_id, "service")
    yield from _reversals(session)
    yield from _own_money(session)


def _lots(session: Session) -> Iterator[Problem]:
    """Running balances equal the sums of the lines, and none is below zero."""
    lot_key = (LINE.c.elder_id, LINE.c.scheme, LINE.c.starts_on, LINE.c.expires_on)
    sums = select(*lot_key, func.sum(LINE.c.amount_fen).label("fen")).group_by(*lot_key).subquery()
    same = and_(*(sums.c[column.name] == LOT.c[column.name] for column in lot_key))
    wrong = (
        select(
            LOT.c.elder_id,
            LOT.c.scheme,
            type_coerce(LOT.c.expires_on, String).label("ends"),
            LOT.c.left_fen,
            sums.c.fen,
        )
        .outerjoin(sums, same)
        .where(or_(LOT.c.left_fen != func.coalesce(sums.c.fen, 0), LOT.c.left_fen < 0))
    )
    for row in session.execute(wrong):
        lot = f"elder {row.elder_id}, purse {row.scheme or 'own'} until {row.ends}"
        yield "purse_lot", f"{lot}: {row.left_fen} fen are left, the lines say {row.fen or 0}"
    stray = select(sums.c.elder_id, sums.c.scheme, sums.c.fen).outerjoin(LOT, same).where(LOT.c.elder_id.is_(None))
    for row in session.execute(stray):
        yield "purse_lot", f"elder {row.elder_id}, purse {row.scheme or 'own'}: lines of {row.fen} fen have no lot"


def _years(session: Session) -> Iterator[Problem]:
    """A year's credits and draws are those of the lines."""
    should = year_sums(session)
    kept = {
        (row.elder_id, row.scheme, row.year): (row.credited_fen, row.drawn_fen) for row in session.execute(select(YEAR))
    }
    for (elder_id, scheme, year), has, sums in differing(kept, should, (0, 0)):
        kept_now = f"elder {elder_id}, purse {scheme}, {year}: {has[0]} credited and {has[1]} drawn are kept"
        yield "purse_year", f"{kept_now}, the lines say {sums[0]} and {sums[1]}"


def _draws(session: Session, whole: Any, share: Any, column: Any, what: str) -> Iterator[Problem]:
    """A meal or service drew from a purse what the shares of that scheme add up to, and nothing once it is void.

    Shares count when their scheme version credits purses; the own part when it is paid out of own money.
    """
    if session.scalar(select(LINE.c.id).limit(1)) is None:
        return  # own money without lines shows in ``_own_money``
    credited = select(LINE.c.scheme, LINE.c.version).where(LINE.c.kind == "credit").distinct().subquery()
    key = share.c.serving_id if what == "serving" else share.c.care_id
    drew = exists().where(column == whole.c.id, LINE.c.scheme == share.c.scheme)
    public = (
        select(whole.c.id, whole.c.elder_id, share.c.scheme, share.c.amount_fen.label("fen"))
        .join(share, key == whole.c.id)
        .outerjoin(credited, and_(credited.c.scheme == share.c.scheme, credited.c.version == share.c.version))
        # Schemes without a purse are most of the shares: they are left out before anything is looked up.
        .where(
            whole.c.voided_at.is_(None),
            share.c.payer != "own",
            share.c.scheme.in_(select(LINE.c.scheme).distinct()),
            or_(credited.c.scheme.is_not(None), drew),
        )
    )
    own = (
        select(whole.c.id, whole.c.elder_id, share.c.scheme, share.c.amount_fen)
        .join(share, key == whole.c.id)
        .where(whole.c.voided_at.is_(None), share.c.payer == "own", whole.c.pay_way == "purse")
    )
    lines = select(column, LINE.c.elder_id, LINE.c.scheme, LINE.c.amount_fen).where(column.is_not(None))
    every = union_all(public, own, lines).subquery()
    wrong = (
        select(every.c.id, every.c.elder_id, every.c.scheme, func.sum(every.c.fen).label("fen"))
        .group_by(every.c.id, every.c.elder_id, every.c.scheme)
        .having(func.sum(every.c.fen) != 0)
        .order_by(every.c.id)
    )
    for row in session.execute(wrong):
        purse = f"{what} {row.id}, elder {row.elder_id}, purse {row.scheme or 'own'}"
        yield "purse_draw", f"{purse}: shares and lines differ by {row.fen} fen"


def _reversals(session: Session) -> Iterator[Problem]:
    """A reversal mirrors its line: the same lot, the same day, the sum with the other sign."""
    first = LINE.alias("first")
    wrong = (
        select(LINE.c.id, LINE.c.reverses_id)
        .join(first, first.c.id == LINE.c.reverses_id)
        .where(
            or_(
                LINE.c.amount_fen != -first.c.amount_fen,
                *(LINE.c[name] != first.c[name] for name in ("elder_id", "scheme", "starts_on", "expires_on", "day")),
            )
        )
    )
    for row in session.execute(wrong):
        yield "purse_mirror", f"purse line {row.id} does not mirror line {row.reverses_id}"


def _own_money(session: Session) -> Iterator[Problem]:
    """Every payment of own money stands in the ledger with the same sum, and the ledger owes what the purses hold."""
    owed = (
        select(_ENTRY.c.id, func.sum(_POSTING.c.amount_fen).label("fen"))
        .join(_POSTING, and_(_POSTING.c.entry_id == _ENTRY.c.id, _POSTING.c.account == "own:purse"))
        .where(_ENTRY.c.kind.in_(("top_up", "refund")))
        .group_by(_ENTRY.c.id)
        .subquery()
    )
    lines = select(LINE.c.entry_id, LINE.c.amount_fen).where(LINE.c.entry_id.is_not(None)).subquery()
    wrong = (
        select(owed.c.id, lines.c.entry_id, owed.c.fen, lines.c.amount_fen)
        .join(lines, lines.c.entry_id == owed.c.id, full=True)
        .where(func.coalesce(owed.c.fen, 0) != -func.coalesce(lines.c.amount_fen, 0))
    )
    for row in session.execute(wrong):
        ledger = f"entry {row.id or row.entry_id}: own money of {-(row.fen or 0)} fen in the ledger"
        yield "own_money_entry", f"{ledger}, {row.amount_fen or 0} in the purse"
    held = session.scalar(select(func.sum(LOT.c.left_fen)).where(LOT.c.scheme == OWN)) or 0
    posted = session.scalar(select(func.sum(_POSTING.c.amount_fen)).where(_POSTING.c.account == "own:purse")) or 0
    if held != -posted:
        yield "own_money", f"the purses hold {held} fen of own money, the ledger owes {-posted}"
