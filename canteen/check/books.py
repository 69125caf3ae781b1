"""``check``: proves the books, and changes nothing.

Everything is read in one snapshot, so that it may run while people serve, and streamed in the order of servings (or
of elders), so that a million servings need no more memory than a thousand. What must hold of one serving or elder
is in ``proofs.py``.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import Select, String, func, or_, select, type_coerce
from sqlalchemy.orm import Session

from canteen.audit.trail import broken_chains
from canteen.base.db import database, is_sqlite
from canteen.books.models.ledger import Balance, Entry, NormUse, Posting
from canteen.books.models.servings import Serving, ServingShare, SiteDay
from canteen.check import rules
from canteen.check.money import funding_problems, journal_problems
from canteen.check.purses import purse_problems
from canteen.check.rules import EntryFacts, Problem, ServingFacts
from canteen.check.streams import side_by_side
from canteen.deliveries.models import Drop, Run
from canteen.printing.models import PrintJob

_SERVING = Serving.__table__
_SHARE = ServingShare.__table__
_SITE_DAY = SiteDay.__table__
_ENTRY = Entry.__table__
_POSTING = Posting.__table__
_BALANCE = Balance.__table__
_USE = NormUse.__table__
_JOB = PrintJob.__table__
_DROP = Drop.__table__
_RUN = Run.__table__

#: Problems of one kind that are written out; the rest are only counted.
MOST_OF_A_KIND = 50
#: Rows held at a time of each stream.
_CHUNK = 2000


@dataclass(slots=True)
class Report:
    """What was counted, and everything that does not hold."""

    servings: int = 0
    entries: int = 0
    tickets: int = 0
    problems: list[str] = field(default_factory=list)
    _kinds: Counter[str] = field(default_factory=Counter)

    @property
    def ok(self) -> bool:
        """Whether the books hold."""
        return not self.problems

    def add(self, problems: Iterable[Problem]) -> None:
        """Write problems down, each as ``code: sentence``; of one kind at most ``MOST_OF_A_KIND``."""
        for code, sentence in problems:
            self._kinds[code] += 1
            if self._kinds[code] <= MOST_OF_A_KIND:
                self.problems.append(f"{code}: {sentence}")

    def finish(self) -> None:
        """Say how many were not written out."""
        for code, count in self._kinds.items():
            if count > MOST_OF_A_KIND:
                self.problems.append(f"{code}: and {count - MOST_OF_A_KIND} more")


def prove() -> Report:
    """Prove the books in one snapshot of the database."""
    with snapshot() as session:
        return prove_in(session)


def prove_in(session: Session) -> Report:
    """Prove the books as a session sees them."""
    report = Report()
    balances = _prove_servings(session, report)
    _prove_balances(session, report, balances)
    _prove_elders(session, report)
    _prove_sequences(session, report)
    _prove_drops(session, report)
    report.add(funding_problems(session))
    report.add(journal_problems(session))
    report.add(purse_problems(session))
    report.add(("audit", line) for line in broken_chains(session))
    report.finish()
    return report


@contextmanager
def snapshot() -> Iterator[Session]:
    """A session whose reads all see one moment: SQLite's read transaction, PostgreSQL's REPEATABLE READ."""
    with Session(database.engine, autoflush=False) as session:
        level = {} if is_sqlite() else {"isolation_level": "REPEATABLE READ"}
        session.connection(execution_options={"stream_results": True, "max_row_buffer": _CHUNK, **level})
        yield session


def _stream(session: Session, statement: Select[Any]) -> Iterator[Any]:
    return iter(session.execute(statement.execution_options(yield_per=_CHUNK)))


class _Beside:
    """Rows in the order of servings, handed out serving by serving; rows of no serving are reported.

    The serving's id is the first column.
    """

    def __init__(self, rows: Iterator[Any], report: Report, what: str) -> None:
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
        self._report.add([("stray", f"{self._what} of serving {row[0]}, which does not exist")])
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
    select(_JOB.c.serving_id, _JOB.c.kind)
    .where(_JOB.c.serving_id.is_not(None), _JOB.c.copy == 0)
    .order_by(_JOB.c.serving_id)
)

#: Site, month (2026-11) and account -> fen.
Balances = dict[tuple[int, str, str], int]


def _prove_servings(session: Session, report: Report) -> Balances:
    """Shares, entries and papers of every serving. Returns what each account of a site and month should be."""
    balances: Balances = defaultdict(int)
    shares = _Beside(_stream(session, _SHARES), report, "a share")
    postings = _Beside(_stream(session, _entries(_ENTRY.c.serving_id.is_not(None))), report, "an entry")
    papers = _Beside(_stream(session, _PAPERS), report, "a ticket")
    for serving_id, site_id, day, elder_id, price_fen, own_fen, pay_way, is_voided in _stream(session, _SERVINGS):
        serving = ServingFacts(serving_id, site_id, day, elder_id is None, price_fen, own_fen, pay_way, is_voided)
        entries = _read_entries(postings.of(serving.id), report, balances)
        kinds = [kind for _, kind in papers.of(serving.id)]
        parts = [(payer, scheme, amount) for _, payer, scheme, amount in shares.of(serving.id)]
        report.servings += 1
        report.tickets += sum(kind != "void_ticket" for kind in kinds)
        report.add(rules.serving_problems(serving, parts, entries, kinds))
    for side in (shares, postings, papers):
        side.finish()
    apart = _stream(session, _entries(_ENTRY.c.serving_id.is_(None)))
    services = set(
        session.scalars(select(_ENTRY.c.id).where(_ENTRY.c.kind == "reversal", _ENTRY.c.care_id.is_not(None)))
    )
    for entry in _read_entries(apart, report, balances):
        if entry.kind not in rules.KINDS_APART and entry.id not in services:
            report.add([("entry_kind", f"entry {entry.id} is a {entry.kind} of no serving")])
    return balances


def _read_entries(rows: Iterable[Any], report: Report, balances: Balances) -> list[EntryFacts]:
    """The entries among some rows; each is proved by itself and added to what the accounts should be."""
    entries: list[EntryFacts] = []
    for _, entry_id, kind, reverses_id, site_id, day, account, amount in rows:
        if not entries or entries[-1].id != entry_id:
            entries.append(EntryFacts(entry_id, kind, reverses_id, site_id, day, []))
        if account is not None:
            entries[-1].postings.append((account, amount))
            balances[site_id, str(day)[:7], account] += amount
    report.entries += len(entries)
    for entry in entries:
        report.add(rules.entry_problems(entry))
    return entries


def _prove_balances(session: Session, report: Report, should: Balances) -> None:
    """Running sums equal the sums of the postings."""
    kept = {(row.site_id, row.month, row.account): row.amount_fen for row in session.execute(select(_BALANCE))}
    for key in sorted({*should, *kept}):
        if should.get(key, 0) != kept.get(key, 0):
            site_id, month, account = key
            report.add(
                [
                    (
                        "balance",
                        f"site {site_id}, {month}, {account}: balance is {kept.get(key, 0)}, "
                        f"the postings say {should.get(key, 0)}",
                    )
                ]
            )


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
        _SERVING.c.decision["uses"].label("uses"),
    )
    .where(_SERVING.c.elder_id.is_not(None), _SERVING.c.voided_at.is_(None))
    .order_by(_SERVING.c.elder_id)
)


def _prove_elders(session: Session, report: Report) -> None:
    """Use and sittings, elder by elder."""
    for elder_id, lines, servings in uses_and_servings(session):
        report.add(("uses_missing", f"serving {row.id} has no frozen uses") for row in servings if row.uses is None)
        uses = [use for row in servings for use in row.uses or ()]
        report.add(rules.use_problems(elder_id, uses, lines))
        first = [(row.day, row.slot) for row in servings if not row.second_portion]
        report.add(rules.sitting_problems(elder_id, first))


def uses_and_servings(session: Session) -> Iterator[tuple[int, dict[tuple[str, str], tuple[int, int, int]], list[Any]]]:
    """Each elder's running use (settled, public, meals by scheme and period) with the live servings, by elder."""
    by_elder = attrgetter("elder_id")
    kept, meals = groupby(_stream(session, _USES), by_elder), groupby(_stream(session, _MEALS), by_elder)
    for elder_id, rows, servings in side_by_side(kept, meals):
        yield (
            elder_id,
            {(row.scheme, row.period): (row.settled_fen, row.public_fen, row.meals) for row in rows},
            servings,
        )


def _prove_sequences(session: Session, report: Report) -> None:
    """Numbers of a site and day run from 1 without gaps, and end where the day's row says."""
    day = (
        select(
            _SERVING.c.site_id,
            _SERVING.c.day,
            func.count().label("meals"),
            func.min(_SERVING.c.sequence).label("least"),
            func.max(_SERVING.c.sequence).label("most"),
        )
        .group_by(_SERVING.c.site_id, _SERVING.c.day)
        .subquery()
    )
    same = (_SITE_DAY.c.site_id == day.c.site_id) & (_SITE_DAY.c.day == day.c.day)
    broken = (
        select(day, _SITE_DAY.c.last_sequence)
        .outerjoin(_SITE_DAY, same)
        .where(
            or_(
                day.c.least != 1,
                day.c.most != day.c.meals,
                _SITE_DAY.c.last_sequence.is_(None),
                _SITE_DAY.c.last_sequence != day.c.most,
            )
        )
    )
    for row in session.execute(broken):
        report.add(
            [
                (
                    "sequence",
                    f"site {row.site_id}, {row.day}: {row.meals} servings numbered {row.least} to "
                    f"{row.most}, the last number given is {row.last_sequence}",
                )
            ]
        )
    empty = select(_SITE_DAY).outerjoin(day, same).where(day.c.site_id.is_(None), _SITE_DAY.c.last_sequence != 0)
    for row in session.execute(empty):
        report.add([("sequence", f"site {row.site_id}, {row.day}: {row.last_sequence} numbers given, no servings")])


def _prove_drops(session: Session, report: Report) -> None:
    """A drop that was handed over has its serving: of that elder, at that site, for that sitting."""
    handed = _DROP.c.state == "handed_over"
    wrong = (
        select(_DROP.c.id, _DROP.c.state, _DROP.c.serving_id)
        .join(_RUN, _RUN.c.id == _DROP.c.run_id)
        .outerjoin(_SERVING, _SERVING.c.id == _DROP.c.serving_id)
        .where(
            or_(
                handed & _SERVING.c.id.is_(None),
                ~handed & _DROP.c.serving_id.is_not(None),
                _SERVING.c.elder_id.is_distinct_from(_DROP.c.elder_id) & handed,
                _SERVING.c.site_id != _RUN.c.site_id,
                _SERVING.c.day != _RUN.c.day,
                _SERVING.c.slot != _RUN.c.slot,
            )
        )
    )
    for row in session.execute(wrong):
        report.add([("drop", f"drop {row.id} is {row.state}, its serving is {row.serving_id}")])
