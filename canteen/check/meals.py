"""What must hold of meals: shares, entries, papers, running sums, use of norms, numbers and drops.

Streams are read side by side in the order of servings or elders; what must hold of one of them is in ``rules.py``.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from heapq import merge
from itertools import groupby
from operator import attrgetter
from typing import Any

from cryptography.exceptions import InvalidTag
from sqlalchemy import Select, String, func, or_, select, type_coerce
from sqlalchemy.orm import Session

from canteen.base.db import table_of
from canteen.base.db.sealed import place_of
from canteen.base.vault import Vault
from canteen.books.models.ledger import Balance, Entry, NormUse, Posting
from canteen.books.models.servings import Serving, ServingShare, SiteDay
from canteen.books.shares import uses_of
from canteen.check import rules
from canteen.check.rules import EntryFacts, Problem, ServingFacts, differing
from canteen.deliveries.models import Drop, Run
from canteen.printing.models import JOB
from canteen.schemes.deciding.answer import UseChange

_SERVING = table_of(Serving)
_SHARE = table_of(ServingShare)
_ENTRY = table_of(Entry)
_POSTING = table_of(Posting)
_USE = table_of(NormUse)

_SEALED = _SERVING.c.sealed

#: Rows held at a time of each stream.
ROWS_HELD = 2000

#: Site, month (2026-11) and account -> fen.
Balances = dict[tuple[int, str, str], int]


@dataclass(slots=True)
class ServingsRead:
    """How much was read of all servings, and what each account of a site and month should be."""

    servings: int = 0
    entries: int = 0
    tickets: int = 0
    balances: Balances = field(default_factory=lambda: defaultdict(int))


def _stream(session: Session, statement: Select[Any]) -> Iterator[Any]:
    return iter(session.execute(statement.execution_options(yield_per=ROWS_HELD)))


class _Rows:
    """Rows in the order of servings, handed out serving by serving; rows of no serving are reported.

    The serving's id is the first column.
    """

    def __init__(self, rows: Iterator[Any], report: Callable[[list[Problem]], None], what: str) -> None:
        self._rows, self._report, self._what = rows, report, what
        self._next = next(rows, None)

    def of(self, serving_id: int) -> list[Any]:
        """The rows of one serving; must be asked in the order of servings."""
        row = self._next
        while row is not None and row[0] < serving_id:
            row = self._stray(row)
        found = []
        while row is not None and row[0] == serving_id:
            found.append(row)
            row = next(self._rows, None)
        self._next = row
        return found

    def finish(self) -> None:
        """Report what is left after the last serving."""
        while self._next is not None:
            self._next = self._stray(self._next)

    def _stray(self, row: Any) -> Any:
        self._report([("stray", f"{self._what} of serving {row[0]}, which does not exist")])
        return next(self._rows, None)


def _day(column: Any) -> Any:
    """A day as the driver gives it: compared and printed, never calculated with."""
    return type_coerce(column, String)


def _entries(where: Any) -> Select[Any]:
    return (
        select(
            _ENTRY.c.serving_id,
            _ENTRY.c.id,
            _ENTRY.c.kind,
            _ENTRY.c.reverses_id,
            _ENTRY.c.site_id,
            _day(_ENTRY.c.day).label("day"),
            _POSTING.c.account,
            _POSTING.c.amount_fen,
        )
        .outerjoin(_POSTING, _POSTING.c.entry_id == _ENTRY.c.id)
        .where(where)
        .order_by(_ENTRY.c.serving_id, _ENTRY.c.id, _POSTING.c.position)
    )


_SERVINGS = select(
    _SERVING.c.id,
    _SERVING.c.site_id,
    _day(_SERVING.c.day).label("day"),
    _SERVING.c.elder_id,
    _SERVING.c.price_fen,
    _SERVING.c.own_fen,
    _SERVING.c.pay_way,
    _SERVING.c.voided_at.is_not(None).label("is_voided"),
).order_by(_SERVING.c.id)
_SHARES = select(_SHARE.c.serving_id, _SHARE.c.payer, _SHARE.c.scheme, _SHARE.c.amount_fen).order_by(
    _SHARE.c.serving_id, _SHARE.c.position
)
_PAPERS = (
    select(JOB.c.serving_id, JOB.c.kind)
    .where(JOB.c.serving_id.is_not(None), JOB.c.copy == 0)
    .order_by(JOB.c.serving_id)
)


def read_servings(session: Session, report: Callable[[Iterable[Problem]], None]) -> ServingsRead:
    """Prove shares, entries and papers of every serving; every entry of none is of a kind that may be so."""
    read = ServingsRead()
    shares = _Rows(_stream(session, _SHARES), report, "a share")
    postings = _Rows(_stream(session, _entries(_ENTRY.c.serving_id.is_not(None))), report, "an entry")
    papers = _Rows(_stream(session, _PAPERS), report, "a ticket")
    for serving_id, site_id, day, elder_id, price_fen, own_fen, pay_way, is_voided in _stream(session, _SERVINGS):
        serving = ServingFacts(serving_id, site_id, day, elder_id is None, price_fen, own_fen, pay_way, is_voided)
        entries = _read_entries(postings.of(serving.id), report, read)
        kinds = [kind for _, kind in papers.of(serving.id)]
        parts = [(payer, scheme, amount) for _, payer, scheme, amount in shares.of(serving.id)]
        read.servings += 1
        read.tickets += sum(kind != "void_ticket" for kind in kinds)
        report(rules.serving_problems(serving, parts, entries, kinds))
    for side in (shares, postings, papers):
        side.finish()
    apart = _stream(session, _entries(_ENTRY.c.serving_id.is_(None)))
    services = set(session.scalars(select(Entry.id).where(Entry.kind == "reversal", Entry.care_id.is_not(None))))
    for entry in _read_entries(apart, report, read):
        if entry.kind not in rules.KINDS_APART and entry.id not in services:
            report([("entry_kind", f"entry {entry.id} is a {entry.kind} of no serving")])
    return read


def _read_entries(
    rows: Iterable[Any], report: Callable[[Iterable[Problem]], None], read: ServingsRead
) -> list[EntryFacts]:
    """The entries among some rows; each is proved by itself and added to what the accounts should be."""
    entries: list[EntryFacts] = []
    for _, entry_id, kind, reverses_id, site_id, day, account, amount in rows:
        if not entries or entries[-1].id != entry_id:
            entries.append(EntryFacts(entry_id, kind, reverses_id, site_id, day, []))
        if account is not None:
            entries[-1].postings.append((account, amount))
            read.balances[site_id, str(day)[:7], account] += amount
    read.entries += len(entries)
    for entry in entries:
        report(rules.entry_problems(entry))
    return entries


def balance_problems(session: Session, should: Balances) -> Iterator[Problem]:
    """Running sums equal the sums of the postings."""
    rows = session.execute(select(Balance.site_id, Balance.month, Balance.account, Balance.amount_fen))
    kept = {(site_id, month, account): fen for site_id, month, account, fen in rows}
    for (site_id, month, account), has, must in differing(kept, should, 0):
        yield "balance", f"site {site_id}, {month}, {account}: balance is {has}, the postings say {must}"


_USES = select(
    _USE.c.elder_id, _USE.c.scheme, _USE.c.period, _USE.c.settled_fen, _USE.c.public_fen, _USE.c.meals
).order_by(_USE.c.elder_id)
_MEALS = (
    select(
        _SERVING.c.id,
        _SERVING.c.elder_id,
        _day(_SERVING.c.day).label("day"),
        _SERVING.c.slot,
        _SERVING.c.second_portion,
        _SERVING.c.key,
        _SERVING.c.sealed,
    )
    .where(_SERVING.c.elder_id.is_not(None), _SERVING.c.voided_at.is_(None))
    .order_by(_SERVING.c.elder_id)
)


def elder_problems(session: Session, vault: Vault | None) -> Iterator[Problem]:
    """Use and sittings, elder by elder. Without keys use is not looked at."""
    for elder_id, lines, servings in uses_and_servings(session):
        if vault is not None:
            opened = [(row.id, uses_in(vault, row)) for row in servings]
            yield from (
                ("sealed", f"serving {id_}: what is sealed does not open") for id_, uses in opened if uses is None
            )
            yield from rules.use_problems(elder_id, [use for _, uses in opened for use in uses or ()], lines)
        first = [(row.day, row.slot) for row in servings if not row.second_portion]
        yield from rules.sitting_problems(elder_id, first)


def uses_and_servings(session: Session) -> Iterator[tuple[int, dict[tuple[str, str], tuple[int, int, int]], list[Any]]]:
    """Each elder's running use (settled, public, meals by scheme and period) with the live servings, by elder."""
    elder = attrgetter("elder_id")
    for elder_id, rows in groupby(merge(_stream(session, _USES), _stream(session, _MEALS), key=elder), key=elder):
        uses: list[Any] = []
        servings: list[Any] = []
        for row in rows:
            (servings if "slot" in row._fields else uses).append(row)
        yield (
            elder_id,
            {(row.scheme, row.period): (row.settled_fen, row.public_fen, row.meals) for row in uses},
            servings,
        )


def uses_in(vault: Vault, serving: Any) -> list[UseChange] | None:
    """The use a serving added, as it was frozen; None when it does not open."""
    try:
        return uses_of(vault.open(serving.sealed, place_of(_SEALED, key=serving.key)))
    except InvalidTag:
        return None


def sequence_problems(session: Session) -> Iterator[Problem]:
    """Numbers of a site and day run from 1 without gaps, and end where the day's row says."""
    day = (
        select(
            Serving.site_id,
            Serving.day,
            func.count().label("meals"),
            func.min(Serving.sequence).label("least"),
            func.max(Serving.sequence).label("most"),
        )
        .group_by(Serving.site_id, Serving.day)
        .subquery()
    )
    same = (SiteDay.site_id == day.c.site_id) & (SiteDay.day == day.c.day)
    last = SiteDay.last_sequence
    broken = (
        select(day, last)
        .outerjoin(SiteDay, same)
        .where(or_(day.c.least != 1, day.c.most != day.c.meals, last.is_(None), last != day.c.most))
    )
    for row in session.execute(broken):
        numbered = f"{row.meals} servings numbered {row.least} to {row.most}"
        yield ("sequence", f"site {row.site_id}, {row.day}: {numbered}, the last number given is {row.last_sequence}")
    empty = select(SiteDay.__table__).outerjoin(day, same).where(day.c.site_id.is_(None), last != 0)
    for row in session.execute(empty):
        yield "sequence", f"site {row.site_id}, {row.day}: {row.last_sequence} numbers given, no servings"


def drop_problems(session: Session) -> Iterator[Problem]:
    """A drop that was handed over has its serving: of that elder, at that site, for that sitting."""
    handed = Drop.state == "handed_over"
    wrong = (
        select(Drop.id, Drop.state, Drop.serving_id)
        .join(Run, Run.id == Drop.run_id)
        .outerjoin(Serving, Serving.id == Drop.serving_id)
        .where(
            or_(
                handed & Serving.id.is_(None),
                ~handed & Drop.serving_id.is_not(None),
                Serving.elder_id.is_distinct_from(Drop.elder_id) & handed,
                Serving.site_id != Run.site_id,
                Serving.day != Run.day,
                Serving.slot != Run.slot,
            )
        )
    )
    for row in session.execute(wrong):
        yield "drop", f"drop {row.id} is {row.state}, its serving is {row.serving_id}"
