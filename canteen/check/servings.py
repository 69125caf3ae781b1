"""What must hold of servings: their shares, entries and papers, and that their rows are those the trail knows.

The stored rows are read once, a page of servings at a time, for the trail and for the books; what must hold of one
serving is in ``rules.py``, asked once for those that are alike: of half a million some dozens differ in what is counted.
What they add to accounts and to the use of norms goes into the report.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from operator import itemgetter
from typing import Any

from cryptography.exceptions import InvalidTag
from sqlalchemy import Table
from sqlalchemy.orm import Session

from canteen.audit.hashing import Rows
from canteen.audit.kinds import every_kind
from canteen.base.db import table_of
from canteen.base.db.keeping import kept_columns
from canteen.base.db.sealed import place_of
from canteen.base.vault import Vault
from canteen.books.models.ledger import Entry, Posting
from canteen.books.models.servings import Serving, ServingShare
from canteen.books.shares import uses_in
from canteen.check import rules
from canteen.check.contents import changed, subjects
from canteen.check.means import Means
from canteen.check.report import Report
from canteen.check.rules import EntryFacts, Problem, ServingFacts, entry_problems
from canteen.printing.models import JOB
from canteen.schemes.deciding.answer import UseChange

_SERVING = table_of(Serving)
_SEALED_AT = _SERVING.c.sealed


def _facts(table: Table, *names: str) -> Callable[[tuple[Any, ...]], Any]:
    """Takes some columns out of a stored row: a tuple of several, a single one by itself."""
    columns = [column.name for column in kept_columns(table)]
    return itemgetter(*(columns.index(name) + 1 for name in names))  # before them stands the subject


_OF_SERVING = _facts(_SERVING, "site_id", "day", "elder_id", "price_fen", "own_fen", "pay_way", "voided_at")
_SEALED = _facts(_SERVING, "key", "sealed")
_OF_SHARE = _facts(table_of(ServingShare), "payer", "scheme", "amount_fen")
_OF_ENTRY = _facts(table_of(Entry), "id", "kind", "reverses_id", "site_id", "day")
_OF_POSTING = _facts(table_of(Posting), "entry_id", "account", "amount_fen")
_OF_PAPER = _facts(JOB, "copy", "kind")
#: What may stand in the tables of a serving that is not there.
_STRAY = {"serving_share": "a share", "entry": "an entry", "print_job": "a ticket"}
#: What is raised for a text, which SQLite takes where a number belongs.
_NO_NUMBER = (TypeError, ValueError, AttributeError)
#: Site, day and facts -> numbers of the servings they are the facts of.
_Alike = dict[tuple[int, str, ServingFacts], list[int]]


def prove_servings(session: Session, means: Means, report: Report, first: int, last: int) -> None:
    """Prove every serving from one number to another."""
    kind = every_kind()["serving"]
    for page in subjects(session, kind, first, last):
        if means.secret is not None:
            report.add(changed(means.secret, kind, page))
        alike: _Alike = defaultdict(list)
        for number, rows, _ in page:
            try:
                _prove(means, report, alike, number, rows)
            except _NO_NUMBER as wrong:
                report.add(_unreadable(wrong, number))
        for (site_id, day, serving), numbers in alike.items():
            try:
                _prove_alike(report, site_id, day, serving, numbers)
            except _NO_NUMBER as wrong:
                report.add(_unreadable(wrong, *numbers))


def _unreadable(wrong: Exception, *numbers: int) -> Iterator[Problem]:
    for number in numbers:
        yield "unreadable", f"serving {number}: a value cannot be counted with ({wrong})"


def _prove(means: Means, report: Report, alike: _Alike, number: int, rows: Rows) -> None:
    """Prove what a serving has for itself, and put it to those that are alike."""
    if "serving" not in rows:
        _prove_stray(report, number, rows)
        return
    [row] = rows["serving"]
    site_id, day, elder_id, price_fen, own_fen, pay_way, voided_at = _OF_SERVING(row)
    shares = tuple(map(_OF_SHARE, rows.get("serving_share", ())))
    papers = tuple([kind for copy, kind in map(_OF_PAPER, rows.get("print_job", ())) if copy == 0])
    entries, is_live = _entries(rows, site_id, day), voided_at is None
    serving = ServingFacts(elder_id is None, price_fen, own_fen, pay_way, not is_live, shares, entries, papers)
    alike[site_id, day, serving].append(number)
    if means.vault is not None and elder_id is not None and is_live:
        uses = uses_kept(means.vault, *_SEALED(row))
        if uses is None:
            report.add([("sealed", f"serving {number}: what is sealed does not open")])
        elif uses:
            report.uses.add(means.key, elder_id, uses)


def _prove_alike(report: Report, site_id: int, day: str, serving: ServingFacts, numbers: list[int]) -> None:
    times = len(numbers)
    report.servings += times
    report.tickets += times * len([kind for kind in serving.papers if kind != "void_ticket"])
    for entry in serving.entries:
        report.post(*(entry.elsewhere or (site_id, day)), entry.postings, times)
    for code, sentence in rules.serving_problems(serving):
        report.add((code, f"serving {number}: {sentence}") for number in numbers)


def _prove_stray(report: Report, number: int, rows: Rows) -> None:
    report.add(
        ("stray", f"{_STRAY[name]} of serving {number}, which does not exist") for name in rows if name in _STRAY
    )
    for entry in _entries(rows, None, None):
        report.post(*(entry.elsewhere or (0, "")), entry.postings)
        report.add((code, f"an entry of serving {number} has {told}") for code, told in entry_problems(entry.postings))


def _entries(rows: Rows, site_id: int | None, day: str | None) -> tuple[EntryFacts, ...]:
    """The entries among the rows of a serving of a site and day."""
    entries = list(map(_OF_ENTRY, rows.get("entry", ())))
    lines: dict[int, list[tuple[str, int]]] = {entry[0]: [] for entry in entries}
    for entry_id, account, amount in map(_OF_POSTING, rows.get("posting", ())):
        lines[entry_id].append((account, amount))
    return tuple(
        [
            EntryFacts(
                kind,
                list(lines).index(reverses_id) if reverses_id in lines else None,
                None if at == site_id and on == day else (at, on),
                tuple(lines[id_]),
            )
            for id_, kind, reverses_id, at, on in entries
        ]
    )


def uses_kept(vault: Vault, key: str, sealed: bytes) -> list[UseChange] | None:
    """The use a serving added, as it was frozen; None when it does not open."""
    try:
        return uses_in(vault.open_text(sealed, place_of(_SEALED_AT, key=key)))
    except InvalidTag:
        return None
