"""Lines of a statement with their reasons, and what the accounts held before and after.

What an account held on a day is the running balance of the months before and the postings of that month: a year of
a county costs no more than a month. Lines come one page at a time, site by site.
"""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session

from canteen.base.db import reading
from canteen.books.accounts import LedgerAccount, account_parts
from canteen.books.models.ledger import Balance, Entry, Posting
from canteen.books.models.services import CareService
from canteen.books.models.servings import Serving
from canteen.statements.explaining import StatementLine, explained, site_names
from canteen.statements.rules import MIRRORS, LinePlace, StatementRequest

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

    account: LedgerAccount


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
class StatementPage:
    """One page of lines; ``after`` continues (None: that was all)."""

    lines: tuple[StatementLine, ...]
    #: What the accounts held before the first line of this page.
    carried_fen: int
    after: LinePlace | None


def matching(column: InstrumentedAttribute[str], wanted: StatementRequest) -> ColumnElement[bool]:
    """A condition on an account: it belongs to the statement."""
    if wanted.subject == "scheme":
        return or_(
            *(column.startswith(f"{side}:{wanted.scheme}:", autoescape=True) for side in ("due-from", "paid-off"))
        )
    if wanted.subject == "source" and wanted.payer != "own":
        ends = column.endswith(f":{wanted.payer}", autoescape=True)
        return ends & or_(column.startswith("due-from:"), column.startswith("paid-off:"))
    if wanted.subject == "source":
        return column.startswith("own:")
    if wanted.subject == "elder":
        return or_(column.startswith("own:"), column.startswith("due-from:"))
    return column.not_in(MIRRORS)


def statement(wanted: StatementRequest) -> Statement:
    """What the accounts held before and after."""
    with reading() as session:
        opening = held(session, wanted, wanted.site_ids, wanted.first)
        closing = held(session, wanted, wanted.site_ids, wanted.last + timedelta(days=1))
        names = site_names(session, wanted.site_ids)
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


def held(session: Session, wanted: StatementRequest, site_ids: Collection[int], day: date) -> Held:
    """What each account of a statement held at the beginning of a day."""
    at_sites = Entry.site_id.in_(site_ids)
    if wanted.subject == "elder":
        return {
            (site_id, account): int(fen)
            for site_id, account, fen in session.execute(_sums(wanted).where(at_sites, Entry.day < day))
        }
    months = session.execute(
        select(Balance.site_id, Balance.account, func.sum(Balance.amount_fen))
        .where(Balance.site_id.in_(site_ids), Balance.month < f"{day:%Y-%m}", matching(Balance.account, wanted))
        .group_by(Balance.site_id, Balance.account)
    )
    days = session.execute(_sums(wanted).where(at_sites, Entry.day >= day.replace(day=1), Entry.day < day))
    sums: Counter[tuple[int, str]] = Counter()
    for site_id, account, fen in (*months, *days):
        sums[site_id, account] += int(fen)
    return sums


def _sums(wanted: StatementRequest) -> Any:
    statement: Any = (
        select(Entry.site_id, Posting.account, func.sum(Posting.amount_fen))
        .join(Posting, Posting.entry_id == Entry.id)
        .where(matching(Posting.account, wanted))
        .group_by(Entry.site_id, Posting.account)
    )
    return _of_elder(statement, wanted)


def _of_elder(statement: Any, wanted: StatementRequest) -> Any:
    if wanted.subject != "elder":
        return statement
    meals = select(Entry.id).join(Serving, Serving.id == Entry.serving_id).where(Serving.elder_id == wanted.elder_id)
    services = (
        select(Entry.id)
        .join(CareService, CareService.id == Entry.care_id)
        .where(CareService.elder_id == wanted.elder_id)
    )
    return statement.where(Entry.id.in_(union_all(meals, services)))


def lines(
    wanted: StatementRequest, *, after: LinePlace | None, size: int, carried_fen: int | None = None
) -> StatementPage:
    """One page of lines. ``carried_fen`` is what the accounts held before it, where that is known already."""
    with reading() as session:
        rows = _rows(session, wanted, after, size + 1)
        before_fen = _carried(session, wanted, after) if carried_fen is None else carried_fen
        found = explained(session, rows[:size], before_fen, full_names=wanted.full_names)
    return StatementPage(lines=found, carried_fen=before_fen, after=found[-1].place if len(rows) > size else None)


def count_lines(wanted: StatementRequest, *, most: int) -> int:
    """How many lines a statement has, counted no further than ``most`` and one."""
    with reading() as session:
        return len(_rows(session, wanted, None, most + 1))


def stream(wanted: StatementRequest) -> Iterator[StatementLine]:
    """All lines, read a thousand at a time; nothing is held open in between."""
    page = lines(wanted, after=None, size=_CHUNK)
    yield from page.lines
    while page.after is not None:
        page = lines(wanted, after=page.after, size=_CHUNK, carried_fen=page.lines[-1].balance_fen)
        yield from page.lines


def _rows(session: Session, wanted: StatementRequest, after: LinePlace | None, limit: int) -> list[Any]:
    """The next postings, site by site: each site's are read along its own index."""
    if wanted.subject == "elder":
        return list(session.execute(postings(wanted, wanted.site_ids, after).limit(limit)))
    found: list[Any] = []
    for site_id in _busy_sites(session, wanted):
        if after and site_id < after.site_id or len(found) >= limit:
            continue
        start = after if after and site_id == after.site_id else None
        found += session.execute(postings(wanted, (site_id,), start).limit(limit - len(found)))
    return found


def _busy_sites(session: Session, wanted: StatementRequest) -> list[int]:
    rows = session.scalars(
        select(Balance.site_id)
        .distinct()
        .where(
            Balance.site_id.in_(wanted.site_ids),
            Balance.month.between(f"{wanted.first:%Y-%m}", f"{wanted.last:%Y-%m}"),
            matching(Balance.account, wanted),
        )
    )
    return sorted(rows)


def postings(wanted: StatementRequest, site_ids: Collection[int], after: LinePlace | None) -> Any:
    """The postings of a statement at some sites, behind a place."""
    statement: Any = (
        select(
            Entry.id,
            Entry.site_id,
            Entry.day,
            Entry.kind,
            Entry.serving_id,
            Entry.care_id,
            Posting.position,
            Posting.account,
            Posting.amount_fen,
        )
        .join(Posting, Posting.entry_id == Entry.id)
        .where(
            Entry.site_id.in_(site_ids),
            Entry.day.between(after.day if after else wanted.first, wanted.last),
            matching(Posting.account, wanted),
            Posting.amount_fen != 0,
        )
        .order_by(Entry.day, Entry.id, Posting.position)
    )
    if after:
        statement = statement.where(
            or_(
                Entry.day > after.day,
                Entry.id > after.entry_id,
                (Entry.id == after.entry_id) & (Posting.position > after.position),
            )
        )
    return _of_elder(statement, wanted)


def _carried(session: Session, wanted: StatementRequest, after: LinePlace | None) -> int:
    """What the accounts held after the line a page begins behind."""
    total = sum(held(session, wanted, wanted.site_ids, wanted.first).values())
    if after is None:
        return total
    of_day = _of_elder(
        select(func.coalesce(func.sum(Posting.amount_fen), 0))
        .join(Entry, Entry.id == Posting.entry_id)
        .where(
            Entry.day == after.day,
            matching(Posting.account, wanted),
            or_(Entry.id < after.entry_id, (Entry.id == after.entry_id) & (Posting.position <= after.position)),
        ),
        wanted,
    )
    if wanted.subject == "elder":
        total = sum(held(session, wanted, wanted.site_ids, after.day).values())
        return total + int(session.execute(of_day.where(Entry.site_id.in_(wanted.site_ids))).scalar_one())
    earlier = [site_id for site_id in wanted.site_ids if site_id < after.site_id]
    end = wanted.last + timedelta(days=1)
    for site_ids, until in ((earlier, end), ([after.site_id], after.day)):
        total += sum(held(session, wanted, site_ids, until).values())
        total -= sum(held(session, wanted, site_ids, wanted.first).values())
    return total + int(session.execute(of_day.where(Entry.site_id == after.site_id)).scalar_one())
