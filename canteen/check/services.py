"""What must hold of services other than meals: problems as ``(code, sentence)``, for ``check``. Sums by the database."""

from collections.abc import Iterator

from sqlalchemy import and_, case, func, literal, or_, select, union_all
from sqlalchemy.orm import Session

from canteen.books.models.ledger import Entry, Posting
from canteen.books.models.services import CareService, CareShare
from canteen.check.rules import Problem


def care_problems(session: Session) -> Iterator[Problem]:
    """Shares add up to the price; every service has its entry, which says what the shares say; a void its mirror."""
    yield from _shares(session)
    yield from _entries(session)
    yield from _postings(session)


def _shares(session: Session) -> Iterator[Problem]:
    own = func.coalesce(func.sum(case((CareShare.payer == "own", CareShare.amount_fen), else_=0)), 0)
    total = func.coalesce(func.sum(CareShare.amount_fen), 0)
    wrong = (
        select(CareService.id, CareService.price_fen, CareService.own_fen, total.label("total"), own.label("own"))
        .outerjoin(CareShare, CareShare.care_id == CareService.id)
        .group_by(CareService.id, CareService.price_fen, CareService.own_fen)
        .having(or_(total != CareService.price_fen, own != CareService.own_fen))
    )
    for row in session.execute(wrong):
        shares = f"shares of {row.total} fen ({row.own} own)"
        yield "care_shares", f"service {row.id}: {shares}, the price is {row.price_fen} ({row.own_fen} own)"


def _entries(session: Session) -> Iterator[Problem]:
    made = func.count(case((Entry.kind == "service", 1)))
    undone = func.count(case((Entry.kind == "reversal", 1)))
    moved = func.count(case((or_(Entry.site_id != CareService.site_id, Entry.day != CareService.day), 1)))
    is_void = case((CareService.voided_at.is_not(None), 1), else_=0)
    wrong = (
        select(CareService.id, made.label("made"), undone.label("undone"), moved.label("moved"))
        .outerjoin(Entry, Entry.care_id == CareService.id)
        .group_by(CareService.id, CareService.voided_at)
        .having(or_(made != 1, undone != is_void, moved != 0))
    )
    for row in session.execute(wrong):
        has = f"{row.made} entries and {row.undone} reversals, {row.moved} of them at another site or day"
        yield "care_entry", f"service {row.id} has {has}"


def _postings(session: Session) -> Iterator[Problem]:
    """Entry minus shares is nothing for every account; a reversal and its entry cancel out."""
    account = case(
        (CareShare.payer == "own", literal("own:") + CareService.pay_way),
        else_=literal("due-from:") + CareShare.scheme + literal(":") + CareShare.payer,
    )
    shares = select(CareService.id, account.label("account"), CareShare.amount_fen.label("fen")).join(
        CareShare, CareShare.care_id == CareService.id
    )
    price = select(CareService.id, literal("services"), -CareService.price_fen)
    of_entry = and_(Posting.entry_id == Entry.id, Entry.care_id.is_not(None))
    posted = select(Entry.care_id, Posting.account, -Posting.amount_fen).join(Posting, of_entry)
    every = union_all(shares, price, posted.where(Entry.kind == "service")).subquery()
    wrong = (
        select(every.c.id, every.c.account, func.sum(every.c.fen).label("fen"))
        .group_by(every.c.id, every.c.account)
        .having(func.sum(every.c.fen) != 0)
        .order_by(every.c.id)
    )
    for row in session.execute(wrong):
        yield "care_postings", f"service {row.id}, {row.account}: entry and shares differ by {row.fen} fen"
    voided = select(Entry.care_id).where(Entry.kind == "reversal", Entry.care_id.is_not(None))
    left = (
        select(Entry.care_id, Posting.account, func.sum(Posting.amount_fen).label("fen"))
        .join(Posting, of_entry)
        .where(Entry.care_id.in_(voided))
        .group_by(Entry.care_id, Posting.account)
        .having(func.sum(Posting.amount_fen) != 0)
    )
    for row in session.execute(left):
        yield "care_mirror", f"service {row.care_id}, {row.account}: {row.fen} fen are left after its reversal"
