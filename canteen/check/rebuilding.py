"""``check --rebuild``: makes the running sums anew from the facts, and says what it changed.

Facts (servings, shares, entries, postings, budgets) are never touched: a mistake in them is put right by a reversal or
a correction. Nobody writes meanwhile.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Table, delete, func, insert, select, text, update
from sqlalchemy.orm import Session

from canteen.audit import trail
from canteen.base.access import Actor
from canteen.base.db import is_sqlite, table_of, transaction
from canteen.base.vault import the_vault
from canteen.books.models.budgets import FundingUse, TypedBudget
from canteen.books.models.ledger import Balance, Entry, NormUse, Posting
from canteen.check.meals import uses_and_servings
from canteen.check.money import funding_sums, month_of
from canteen.check.rules import differing, use_sums
from canteen.check.servings import uses_kept
from canteen.purses.rebuilding import rebuild_purses

_ENTRY = table_of(Entry)
_POSTING = table_of(Posting)
_BALANCE = table_of(Balance)
_NORM = table_of(NormUse)
_FUNDING = table_of(FundingUse)
_BUDGET = table_of(TypedBudget)

#: Key -> the sums its row should hold.
Sums = dict[tuple[Any, ...], tuple[int, ...]]


def rebuild(*, actor: Actor, now: datetime) -> list[str]:
    """Put every running sum right. Returns a sentence for each that was wrong; the audit trail keeps how many."""
    with transaction() as session:
        if not is_sqlite():
            session.execute(
                text(
                    "lock table serving, entry, balance, norm_use, funding_use, purse_lot, purse_line in share row exclusive mode"
                )
            )
        changes = {
            "balance": list(_rebuild(session, _BALANCE, _balances(session), ("amount_fen",))),
            "norm_use": list(_rebuild(session, _NORM, _norms(session), ("settled_fen", "public_fen", "meals"))),
            "funding_use": list(_funding(session)),
            "purses": list(rebuild_purses(session)),
        }
        trail.record(session, actor, "rebuild", "books", now, **{name: len(lines) for name, lines in changes.items()})
    return [line for lines in changes.values() for line in lines]


def _balances(session: Session) -> Sums:
    month = month_of(_ENTRY.c.day).label("month")
    rows = session.execute(
        select(_ENTRY.c.site_id, month, _POSTING.c.account, func.sum(_POSTING.c.amount_fen))
        .join(_POSTING, _POSTING.c.entry_id == _ENTRY.c.id)
        .group_by(_ENTRY.c.site_id, month, _POSTING.c.account)
    )
    return {(site_id, month, account): (int(fen),) for site_id, month, account, fen in rows}


def _norms(session: Session) -> Sums:
    vault = the_vault()
    return {
        (elder_id, *key): sums
        for elder_id, _, servings in uses_and_servings(session)
        for key, sums in use_sums(
            use for row in servings for use in uses_kept(vault, row.key, row.sealed) or ()
        ).items()
    }


def _rebuild(session: Session, table: Table, should: Sums, columns: tuple[str, ...]) -> Iterator[str]:
    """Set the rows of a table to what they should be; a row of zeros is as good as none."""
    key = list(table.primary_key.columns)
    nothing = (0,) * len(columns)
    kept = {
        tuple(row[: len(key)]): tuple(row[len(key) :])
        for row in session.execute(select(*key, *(table.c[name] for name in columns)))
    }
    for where, _, value in differing(kept, should, nothing):
        same = [column == part for column, part in zip(key, where, strict=True)]
        if where not in kept:
            names = [*(column.name for column in key), *columns]
            session.execute(insert(table), dict(zip(names, (*where, *value), strict=True)))
        elif where in should:
            session.execute(update(table).where(*same).values(dict(zip(columns, value, strict=True))))
        else:
            session.execute(delete(table).where(*same))
        name = ", ".join(str(part) for part in where)
        yield f"{table.name} {name}: {_shown(kept.get(where))} -> {_shown(value)}"


def _shown(sums: tuple[int, ...] | None) -> str:
    return "none" if sums is None else "/".join(str(one) for one in sums)


def _funding(session: Session) -> Iterator[str]:
    """Uses from the shares, typed limits from the last budget."""
    for use, should in funding_sums(session).values():
        same = (
            _BUDGET.c.area_id == use.area_id,
            _BUDGET.c.scheme == use.scheme,
            _BUDGET.c.payer == use.payer,
            _BUDGET.c.period == use.period,
        )
        typed = session.execute(
            select(_BUDGET.c.amount_fen).where(*same).order_by(_BUDGET.c.id.desc()).limit(1)
        ).scalar()
        limit_fen, source = (use.limit_fen, "terms") if typed is None else (int(typed), "typed")
        if (use.used_fen, use.limit_fen, use.limit_from) != (should, limit_fen, source):
            trail.touch(session, "funding_use", use.id)
            session.execute(
                update(_FUNDING)
                .where(_FUNDING.c.id == use.id)
                .values(used_fen=should, limit_fen=limit_fen, limit_from=source)
            )
            yield (
                f"funding_use {use.scheme}, {use.payer}, {use.path}, {use.period}: "
                f"{use.used_fen}/{use.limit_fen} -> {should}/{limit_fen}"
            )
