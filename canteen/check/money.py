"""What must hold of budgets, closed months, corrections and money received. Problems as ``(code, sentence)``."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import String, cast, func, select
from sqlalchemy.orm import Session

from canteen.books.models.budgets import FundingUse, Income, TypedBudget
from canteen.books.models.ledger import ClosedMonth, Entry, Posting
from canteen.books.spending import CARRIED
from canteen.check.rules import Problem
from canteen.places.models import Area, Site
from canteen.statements.models import Correction


def month_of(column: Any) -> Any:
    """``2026-11`` of a day, on both databases."""
    return func.substr(cast(column, String), 1, 7)


def funding_sums(session: Session) -> dict[int, tuple[Any, int]]:
    """Every running use of a budget by id: its row, and what the shares of live meals and services say it should be."""
    uses = session.execute(select(FundingUse.__table__, Area.path).join(Area, Area.id == FundingUse.area_id)).all()
    if not uses:
        return {}
    by_payer: dict[tuple[str, str], list[Any]] = {}
    for whole, share, of in CARRIED:
        month = month_of(whole.day).label("month")
        sums = session.execute(
            select(share.scheme, share.payer, Area.path, month, func.sum(share.amount_fen).label("fen"))
            .join(whole, whole.id == of)
            .join(Site, Site.id == whole.site_id)
            .join(Area, Area.id == Site.area_id)
            .where(whole.voided_at.is_(None), share.scheme.in_({use.scheme for use in uses}))
            .group_by(share.scheme, share.payer, Area.path, month)
        )
        for one in sums:
            by_payer.setdefault((one.scheme, one.payer), []).append(one)
    return {
        use.id: (
            use,
            sum(
                int(one.fen)
                for one in by_payer.get((use.scheme, use.payer), ())
                if one.month.startswith(use.period) and (one.path + "/").startswith(use.path + "/")
            ),
        )
        for use in uses
    }


def funding_problems(session: Session) -> Iterator[Problem]:
    """Running uses equal the shares, typed limits the last budget, and no budget was passed since it was typed."""
    last = select(func.max(TypedBudget.id)).group_by(
        TypedBudget.area_id, TypedBudget.scheme, TypedBudget.payer, TypedBudget.period
    )
    typed = {
        (row.area_id, row.scheme, row.payer, row.period): row
        for row in session.execute(select(TypedBudget.__table__).where(TypedBudget.id.in_(last)))
    }
    for use, should in funding_sums(session).values():
        name = f"{use.scheme}, {use.payer}, {use.path}, {use.period}"
        if use.used_fen != should:
            yield "funding_use", f"{name}: {use.used_fen} fen are used, the servings say {should}"
        budget = typed.pop((use.area_id, use.scheme, use.payer, use.period), None)
        typed_fen = budget.amount_fen if budget is not None else None
        if (use.limit_from == "typed") != (budget is not None) or typed_fen not in (None, use.limit_fen):
            yield "budget", f"{name}: the limit in force is {use.limit_fen}, not what was typed last"
        elif budget is not None and use.used_fen > max(budget.amount_fen, budget.spent_fen):
            yield "budget_passed", f"{name}: {use.used_fen} fen are used of {budget.amount_fen}"
    for budget in typed.values():
        yield "budget", f"budget {budget.id} is typed and not in force"


def journal_problems(session: Session) -> Iterator[Problem]:
    """Closed months hold what they held; corrections and incomes have their entries, and the other way round."""
    yield from _closed_problems(session)
    corrections = {
        row.entry_id: {row.from_account: -row.amount_fen, row.to_account: row.amount_fen}
        for row in session.execute(select(Correction.__table__).where(Correction.state == "posted"))
    }
    incomes = {
        row.entry_id: {f"received:{row.kind}": row.amount_fen, f"paid-off:{row.scheme}:{row.payer}": -row.amount_fen}
        for row in session.execute(select(Income.__table__))
    }
    yield from _entry_problems(session, "correction", corrections)
    yield from _entry_problems(session, "income", incomes)
    for row in session.execute(select(Correction.id).where(Correction.made_by == Correction.checked_by)):
        yield "maker_checker", f"correction {row.id} was checked by its maker"


def _closed_problems(session: Session) -> Iterator[Problem]:
    closed = session.execute(select(ClosedMonth.__table__)).all()
    if not closed:
        return
    month = month_of(Entry.day).label("month")
    held = {
        (row.site_id, row.month): (row.entries, -int(row.meals or 0))
        for row in session.execute(
            select(
                Entry.site_id,
                month,
                func.count(Entry.id.distinct()).label("entries"),
                func.sum(-Posting.amount_fen).filter(Posting.account == "meals").label("meals"),
            )
            .outerjoin(Posting, Posting.entry_id == Entry.id)
            .where(month.in_({row.month for row in closed}))
            .group_by(Entry.site_id, month)
        )
    }
    for row in closed:
        now = held.get((row.site_id, row.month), (0, 0))
        if now != (row.entries, row.meals_fen):
            was = f"site {row.site_id}, {row.month} was closed with {row.entries} entries and {row.meals_fen} fen"
            yield "closed_month", f"{was}, it holds {now[0]} and {now[1]}"


def _entry_problems(session: Session, kind: str, expected: Mapping[int, dict[str, int]]) -> Iterator[Problem]:
    found: dict[int, dict[str, int]] = {}
    rows = session.execute(
        select(Entry.id, Posting.account, Posting.amount_fen)
        .outerjoin(Posting, Posting.entry_id == Entry.id)
        .where(Entry.kind == kind)
    )
    for entry_id, account, amount in rows:
        found.setdefault(entry_id, {})[account] = amount
    for entry_id in sorted({*found, *expected}):
        if entry_id not in expected:
            yield kind, f"entry {entry_id} is a {kind} nobody wrote down"
        elif found.get(entry_id) != expected[entry_id]:
            yield kind, f"entry {entry_id} is not what its {kind} says"
