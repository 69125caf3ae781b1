"""What must hold of services other than meals: problems as ``(code, sentence)``, for ``check``. Sums by the database."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import and_, case, func, literal, or_, select, union_all
from sqlalchemy.orm import Session

from canteen.base.db import table_of
from canteen.books.models.ledger import Entry, Posting
from canteen.books.models.services import CareService, CareShare

_CARE = table_of(CareService)
_SHARE = table_of(CareShare)
_ENTRY = table_of(Entry)
_POSTING = table_of(Posting)


def care_problems(session: Session) -> Iterator[tuple[str, str]]:
    """Shares add up to the price; every service has its entry, which says what the shares say; a void its mirror."""
    yield from _shares(session)
    yield from _entries(session)
    yield from _postings(session)


def _shares(session: Session) -> Iterator[tuple[str, str]]:
    own = func.coalesce(func.sum(case((_SHARE.c.payer == "own", _SHARE.c.amount_fen), else_=0)), 0)
    total = func.coalesce(func.sum(_SHARE.c.amount_fen), 0)
    wrong = (
        select(_CARE.c.id, _CARE.c.price_fen, _CARE.c.own_fen, total.label("total"), own.label("own"))
        .outerjoin(_SHARE, _SHARE.c.care_id == _CARE.c.id)
        .group_by(_CARE.c.id, _CARE.c.price_fen, _CARE.c.own_fen)
        .having(or_(total != _CARE.c.price_fen, own != _CARE.c.own_fen))
    )
    for row in session.execute(wrong):
        yield (
            "care_shares",
            (
                f"service {row.id}: shares of {row.total} fen ({row.own} own), the price is {row.price_fen} "
                f"({row.own_fen} own)"
            ),
        )


def _entries(session: Session) -> Iterator[tuple[str, str]]:
    made = func.count(case((_ENTRY.c.kind == "service", 1)))
    undone = func.count(case((_ENTRY.c.kind == "reversal", 1)))
    moved = func.count(case((or_(_ENTRY.c.site_id != _CARE.c.site_id, _ENTRY.c.day != _CARE.c.day), 1)))
    is_void = case((_CARE.c.voided_at.is_not(None), 1), else_=0)
    wrong = (
        select(_CARE.c.id, made.label("made"), undone.label("undone"), moved.label("moved"))
        .outerjoin(_ENTRY, _ENTRY.c.care_id == _CARE.c.id)
        .group_by(_CARE.c.id, _CARE.c.voided_at)
        .having(or_(made != 1, undone != is_void, moved != 0))
    )
    for row in session.execute(wrong):
        yield (
            "care_entry",
            (
                f"service {row.id} has {row.made} entries and {row.undone} reversals, {row.moved} of them at "
                "another site or day"
            ),
        )


def _postings(session: Session) -> Iterator[tuple[str, str]]:
    """Entry minus shares is nothing for every account; a reversal and its entry cancel out."""
    account = case(
        (_SHARE.c.payer == "own", literal("own:") + _CARE.c.pay_way),
        else_=literal("due-from:") + _SHARE.c.scheme + literal(":") + _SHARE.c.payer,
    )
    shares = select(_CARE.c.id, account.label("account"), _SHARE.c.amount_fen.label("fen")).join(
        _SHARE, _SHARE.c.care_id == _CARE.c.id
    )
    price = select(_CARE.c.id, literal("services"), -_CARE.c.price_fen)
    of_entry = and_(_POSTING.c.entry_id == _ENTRY.c.id, _ENTRY.c.care_id.is_not(None))
    posted = select(_ENTRY.c.care_id, _POSTING.c.account, -_POSTING.c.amount_fen).join(_POSTING, of_entry)
    every = union_all(shares, price, posted.where(_ENTRY.c.kind == "service")).subquery()
    wrong = (
        select(every.c.id, every.c.account, func.sum(every.c.fen).label("fen"))
        .group_by(every.c.id, every.c.account)
        .having(func.sum(every.c.fen) != 0)
        .order_by(every.c.id)
    )
    for row in session.execute(wrong):
        yield "care_postings", f"service {row.id}, {row.account}: entry and shares differ by {row.fen} fen"
    voided = select(_ENTRY.c.care_id).where(_ENTRY.c.kind == "reversal", _ENTRY.c.care_id.is_not(None))
    left = (
        select(_ENTRY.c.care_id, _POSTING.c.account, func.sum(_POSTING.c.amount_fen).label("fen"))
        .join(_POSTING, of_entry)
        .where(_ENTRY.c.care_id.in_(voided))
        .group_by(_ENTRY.c.care_id, _POSTING.c.account)
        .having(func.sum(_POSTING.c.amount_fen) != 0)
    )
    for row in session.execute(left):
        yield "care_mirror", f"service {row.care_id}, {row.account}: {row.fen} fen are left after its reversal"
