"""What must hold of servings: their shares, entries and papers, and that their rows are those the trail knows.

The stored rows are read once, a page of servings at a time, for the trail and for the books; what must hold of one
serving is in ``rules.py``. What they add to accounts and to the use of norms goes into the report.
"""

from collections.abc import Callable, Iterable
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
from canteen.books.shares import uses_of
from canteen.check import rules
from canteen.check.contents import is_kept, problem_of, subjects
from canteen.check.means import Means
from canteen.check.report import Report
from canteen.check.rules import EntryFacts, ServingFacts
from canteen.printing.models import JOB
from canteen.schemes.deciding.answer import UseChange

_SERVING = table_of(Serving)


def _facts(table: Table, *names: str) -> Callable[[tuple[Any, ...]], Any]:
    """Takes some columns out of a stored row: a tuple of several, a single one by itself."""
    columns = [column.name for column in kept_columns(table)]
    return itemgetter(*(columns.index(name) + 1 for name in names))  # before them stands the subject


_OF_SERVING = _facts(_SERVING, "id", "site_id", "day", "elder_id", "price_fen", "own_fen", "pay_way", "voided_at")
_SEALED = _facts(_SERVING, "key", "sealed")
_OF_SHARE = _facts(table_of(ServingShare), "payer", "scheme", "amount_fen")
_OF_ENTRY = _facts(table_of(Entry), "id", "kind", "reverses_id", "site_id", "day")
_OF_POSTING = _facts(table_of(Posting), "entry_id", "account", "amount_fen")
_OF_PAPER = _facts(JOB, "copy", "kind")
#: What may stand in the tables of a serving that is not there.
_STRAY = {"serving_share": "a share", "entry": "an entry", "print_job": "a ticket"}


def prove_servings(session: Session, means: Means, report: Report, first: int, last: int) -> None:
    """Prove every serving from one number to another."""
    kind = every_kind()["serving"]
    for number, rows, kept in subjects(session, kind, first, last):
        if means.secret is not None and not is_kept(means.secret, kind, number, rows, kept):
            report.add(problem_of(means.secret, kind, number, rows, kept))
        try:
            _prove(means, report, number, rows)
        except (TypeError, ValueError, AttributeError) as wrong:  # SQLite takes a text where a number belongs
            report.add([("unreadable", f"serving {number}: a value cannot be counted with ({wrong})")])


def _prove(means: Means, report: Report, number: int, rows: Rows) -> None:
    if "serving" not in rows:
        report.add(
            ("stray", f"{_STRAY[name]} of serving {number}, which does not exist") for name in rows if name in _STRAY
        )
        _entries(rows, report)
        return
    [row] = rows["serving"]
    id_, site_id, day, elder_id, price_fen, own_fen, pay_way, voided_at = _OF_SERVING(row)
    serving = ServingFacts(id_, site_id, day, elder_id is None, price_fen, own_fen, pay_way, voided_at is not None)
    shares = [_OF_SHARE(one) for one in rows.get("serving_share", ())]
    papers = [kind for copy, kind in map(_OF_PAPER, rows.get("print_job", ())) if copy == 0]
    report.servings += 1
    report.tickets += sum([kind != "void_ticket" for kind in papers])
    report.add(rules.serving_problems(serving, shares, _entries(rows, report), papers))
    if means.vault is not None and elder_id is not None and voided_at is None:
        uses = uses_in(means.vault, *_SEALED(row))
        if uses is None:
            report.add([("sealed", f"serving {number}: what is sealed does not open")])
        for use in uses or ():
            report.uses.add(means.key, elder_id, *use)


def _entries(rows: Rows, report: Report) -> list[EntryFacts]:
    """The entries among the rows of a serving, each proved by itself and added to what the accounts should be."""
    entries = {
        entry_id: EntryFacts(entry_id, kind, reverses_id, site_id, day, [])
        for entry_id, kind, reverses_id, site_id, day in map(_OF_ENTRY, rows.get("entry", ()))
    }
    for entry_id, account, amount in map(_OF_POSTING, rows.get("posting", ())):
        entries[entry_id].postings.append((account, amount))
    count_entries(report, entries.values())
    return list(entries.values())


def count_entries(report: Report, entries: Iterable[EntryFacts]) -> None:
    """Prove entries one by one, and add them to what the accounts should be."""
    for entry in entries:
        report.entries += 1
        month = str(entry.day)[:7]
        for account, amount in entry.postings:
            report.balances[entry.site_id, month, account] += amount
        report.add(rules.entry_problems(entry))


def uses_in(vault: Vault, key: str, sealed: bytes) -> list[UseChange] | None:
    """The use a serving added, as it was frozen; None when it does not open."""
    try:
        return uses_of(vault.open(sealed, place_of(_SERVING.c.sealed, key=key)))
    except InvalidTag:
        return None
