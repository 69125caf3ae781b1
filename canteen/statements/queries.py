"""Lines of a statement with their reasons, and what the accounts held before and after.

What an account held on a day is the running balance of the months before and the postings of that month: a year of
a county costs no more than a month. Lines come one page at a time, site by site.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select, union_all
from sqlalchemy.orm import Session

from canteen.base.db import reading, table_of
from canteen.books.models.ledger import Balance, Entry, Posting
from canteen.books.models.services import CareService
from canteen.books.models.servings import Serving
from canteen.statements.explaining import Line, explained, site_names
from canteen.statements.rules import MIRRORS, Account, Asked, Place, account_parts

_ENTRY = table_of(Entry)
_POSTING = table_of(Posting)
_BALANCE = table_of(Balance)
_SERVING = table_of(Serving)
_CARE = table_of(CareService)

#: Lines read at a time for a file.
_CHUNK = 1000

#: (site, account) -> fen
Held = dict[tuple[int, str], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """What was held before and after."""

    opening_fen: int
    change_fen: int

    @property
    def closing_fen(self) -> int:
        """Opening and change."""
        return self.opening_fen + self.change_fen


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountLine(_Change):
    """One account."""

    account: Account


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteLine(_Change):
    """One of several sites."""

    site_id: int
    site_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """The frame of a statement: sums by account and by site."""

    accounts: tuple[AccountLine, ...]
    sites: tuple[SiteLine, ...]
    opening_fen: int
    closing_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """One page of lines; ``after`` continues (None: that was all)."""

    lines: tuple[Line, ...]
    #: What the accounts held before the first line of this page.
    carried_fen: int
    after: Place | None


def matching(column: ColumnElement[str], asked: Asked) -> ColumnElement[bool]:
    """A condition on an account: it belongs to the statement."""
    if asked.subject == "scheme":
        return or_(
            *(column.startswith(f"{side}:{asked.scheme}:", autoescape=True) for side in ("due-from", "paid-off"))
        )
    if asked.subject == "source" and asked.payer != "own":
        ends = column.endswith(f":{asked.payer}", autoescape=True)
        return ends & or_(column.startswith("due-from:"), column.startswith("paid-off:"))
    if asked.subject == "source":
        return column.startswith("own:")
    if asked.subject == "elder":
        return or_(column.startswith("own:"), column.startswith("due-from:"))
    return column.not_in(MIRRORS)


def statement(asked: Asked) -> Statement:
    """What the accounts held before and after."""
    with reading() as session:
        opening = held(session, asked, asked.site_ids, asked.first)
        closing = held(session, asked, asked.site_ids, asked.last + timedelta(days=1))
        names = site_names(session, asked.site_ids)
    accounts: dict[str, list[int]] = {}
    sites: dict[int, list[int]] = {}
    for side, sums in enumerate((opening, closing)):
        for (site_id, account), fen in sums.items():
            accounts.setdefault(account, [0, 0])[side] += fen
            sites.setdefault(site_id, [0, 0])[side] += fen
    return Statement(
        accounts=tuple(
            AccountLine(account=account_parts(account), opening_fen=before, change_fen=after - before)
            for account, (before, after) in sorted(accounts.items())
            if before or after
        ),
        sites=tuple(
            SiteLine(site_id=site_id, site_name=names[site_id], opening_fen=before, change_fen=after - before)
            for site_id, (before, after) in sorted(sites.items())
        ),
        opening_fen=sum(opening.values()),
        closing_fen=sum(closing.values()),
    )


def held(session: Session, asked: Asked, site_ids: Collection[int], day: date) -> Held:
    """What each account of a statement held at the beginning of a day."""
    sums: Held = {}
    if asked.subject == "elder":
        rows = session.execute(_sums(asked).where(_ENTRY.c.site_id.in_(site_ids), _ENTRY.c.day < day))
        return {(site_id, account): int(fen) for site_id, account, fen in rows}
    months = session.execute(
        select(_BALANCE.c.site_id, _BALANCE.c.account, func.sum(_BALANCE.c.amount_fen))
        .where(_BALANCE.c.site_id.in_(site_ids), _BALANCE.c.month < f"{day:%Y-%m}", matching(_BALANCE.c.account, asked))
        .group_by(_BALANCE.c.site_id, _BALANCE.c.account)
    )
    days = session.execute(
        _sums(asked).where(_ENTRY.c.site_id.in_(site_ids), _ENTRY.c.day >= day.replace(day=1), _ENTRY.c.day < day)
    )
    for site_id, account, fen in (*months, *days):
        sums[site_id, account] = sums.get((site_id, account), 0) + int(fen)
    return sums


def _sums(asked: Asked) -> Select[Any]:
    statement = (
        select(_ENTRY.c.site_id, _POSTING.c.account, func.sum(_POSTING.c.amount_fen))
        .join(_POSTING, _POSTING.c.entry_id == _ENTRY.c.id)
        .where(matching(_POSTING.c.account, asked))
        .group_by(_ENTRY.c.site_id, _POSTING.c.account)
    )
    return _of_elder(statement, asked)


def _of_elder(statement: Select[Any], asked: Asked) -> Select[Any]:
    if asked.subject != "elder":
        return statement
    meals = (
        select(_ENTRY.c.id)
        .join(_SERVING, _SERVING.c.id == _ENTRY.c.serving_id)
        .where(_SERVING.c.elder_id == asked.elder_id)
    )
    services = select(_ENTRY.c.id).join(_CARE, _CARE.c.id == _ENTRY.c.care_id).where(_CARE.c.elder_id == asked.elder_id)
    return statement.where(_ENTRY.c.id.in_(union_all(meals, services)))


def lines(asked: Asked, *, after: Place | None, size: int, carried_fen: int | None = None) -> Lines:
    """One page of lines. ``carried_fen`` is what the accounts held before it, where that is known already."""
    with reading() as session:
        rows = _rows(session, asked, after, size + 1)
        before_fen = _carried(session, asked, after) if carried_fen is None else carried_fen
        found = explained(session, rows[:size], before_fen, full_names=asked.full_names)
    return Lines(lines=found, carried_fen=before_fen, after=found[-1].place if len(rows) > size else None)


def count_lines(asked: Asked, *, most: int) -> int:
    """How many lines a statement has, counted no further than ``most`` and one."""
    with reading() as session:
        return len(_rows(session, asked, None, most + 1))


def stream(asked: Asked) -> Iterator[Line]:
    """All lines, read a thousand at a time; nothing is held open in between."""
    page = lines(asked, after=None, size=_CHUNK)
    yield from page.lines
    while page.after is not None:
        page = lines(asked, after=page.after, size=_CHUNK, carried_fen=page.lines[-1].balance_fen)
        yield from page.lines


def _rows(session: Session, asked: Asked, after: Place | None, limit: int) -> list[Any]:
    """The next postings, site by site: each site's are read along its own index."""
    if asked.subject == "elder":
        return list(session.execute(postings(asked, asked.site_ids, after).limit(limit)))
    found: list[Any] = []
    for site_id in _busy_sites(session, asked):
        if after and site_id < after.site_id or len(found) >= limit:
            continue
        start = after if after and site_id == after.site_id else None
        found += session.execute(postings(asked, (site_id,), start).limit(limit - len(found)))
    return found


def _busy_sites(session: Session, asked: Asked) -> list[int]:
    rows = session.scalars(
        select(_BALANCE.c.site_id)
        .distinct()
        .where(
            _BALANCE.c.site_id.in_(asked.site_ids),
            _BALANCE.c.month.between(f"{asked.first:%Y-%m}", f"{asked.last:%Y-%m}"),
            matching(_BALANCE.c.account, asked),
        )
    )
    return sorted(rows)


def postings(asked: Asked, site_ids: Collection[int], after: Place | None) -> Select[Any]:
    """The postings of a statement at some sites, behind a place."""
    statement = (
        select(
            _ENTRY.c.id,
            _ENTRY.c.site_id,
            _ENTRY.c.day,
            _ENTRY.c.kind,
            _ENTRY.c.serving_id,
            _ENTRY.c.care_id,
            _POSTING.c.position,
            _POSTING.c.account,
            _POSTING.c.amount_fen,
        )
        .join(_POSTING, _POSTING.c.entry_id == _ENTRY.c.id)
        .where(
            _ENTRY.c.site_id.in_(site_ids),
            _ENTRY.c.day.between(after.day if after else asked.first, asked.last),
            matching(_POSTING.c.account, asked),
            _POSTING.c.amount_fen != 0,
        )
        .order_by(_ENTRY.c.day, _ENTRY.c.id, _POSTING.c.position)
    )
    if after:
        statement = statement.where(
            or_(
                _ENTRY.c.day > after.day,
                _ENTRY.c.id > after.entry_id,
                (_ENTRY.c.id == after.entry_id) & (_POSTING.c.position > after.position),
            )
        )
    return _of_elder(statement, asked)


def _carried(session: Session, asked: Asked, after: Place | None) -> int:
    """What the accounts held after the line a page begins behind."""
    total = sum(held(session, asked, asked.site_ids, asked.first).values())
    if after is None:
        return total
    of_day = _of_elder(
        select(func.coalesce(func.sum(_POSTING.c.amount_fen), 0))
        .join(_ENTRY, _ENTRY.c.id == _POSTING.c.entry_id)
        .where(
            _ENTRY.c.day == after.day,
            matching(_POSTING.c.account, asked),
            or_(
                _ENTRY.c.id < after.entry_id, (_ENTRY.c.id == after.entry_id) & (_POSTING.c.position <= after.position)
            ),
        ),
        asked,
    )
    if asked.subject == "elder":
        since = held(session, asked, asked.site_ids, after.day)
        total = sum(since.values())
        return total + int(session.execute(of_day.where(_ENTRY.c.site_id.in_(asked.site_ids))).scalar_one())
    earlier = [site_id for site_id in asked.site_ids if site_id < after.site_id]
    end = asked.last + timedelta(days=1)
    for site_ids, until in ((earlier, end), ([after.site_id], after.day)):
        total += sum(held(session, asked, site_ids, until).values())
        total -= sum(held(session, asked, site_ids, asked.first).values())
    return total + int(session.execute(of_day.where(_ENTRY.c.site_id == after.site_id)).scalar_one())
