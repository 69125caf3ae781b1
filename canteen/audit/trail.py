"""The trail: who did what, and keyed hashes of what was written, row by row in a chain.

``record``, ``made`` and ``touch`` only note; the rows are written at the end of the ``transaction()``, when all else is:
the stored rows of every subject are read back, and their hash goes into a row behind the last one of the chain, whose
head is locked for it.

What was there before is proved when it is touched: a subject whose rows are not as the trail says stays wrong for ever,
whatever the program does to it afterwards. So nobody launders a change by editing the same subject on a page.

A chain belongs to one site (0: no site), so that sites never wait for one another. A subject is always kept in the same
chain: that of its site where the table that makes it has one, else 0.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, cast

from sqlalchemy import Table, bindparam, event, insert, text, update
from sqlalchemy.orm import Session

from canteen.audit import kinds
from canteen.audit.chain_key import Secret, secret_of
from canteen.audit.hashing import row_hash
from canteen.audit.models import Audit, AuditHead
from canteen.audit.newest import newest_of
from canteen.base.access import NOBODY, Actor
from canteen.base.db.ending import at_end
from canteen.base.db.prepared import Prepared

_AUDIT = cast(Table, Audit.__table__)
_HEAD = cast(Table, AuditHead.__table__)
_NOTES = "canteen_trail"
#: Verb of what was written along with what somebody did, or without a word.
ALONG = "write"
#: When something was written of which nobody said when.
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
#: Both databases understand it; two first writers of a chain at once agree on one head.
_START = text("insert into audit_head (chain, sequence, hash) values (:chain, 0, '') on conflict do nothing")
#: Nobody else writes to a subject meanwhile.
_HOLD = text("select pg_advisory_xact_lock(hashtextextended(:name, 0))")
#: Columns of a row that its hash is made of, in this order for ever.
FACTS = ("chain", "sequence", "at", "actor", "action", "subject", "detail", "content")
_APPEND = Prepared(insert(_AUDIT), columns=[*FACTS, "hash"])
_MOVE_HEAD = Prepared(update(_HEAD).where(_HEAD.c.chain == bindparam("of")).values(hash=bindparam("to")))
_STEP = Prepared(
    update(_HEAD)
    .where(_HEAD.c.chain == bindparam("of"))
    .values(sequence=_HEAD.c.sequence + bindparam("by", type_=_HEAD.c.sequence.type))
    .returning(_HEAD.c.sequence, _HEAD.c.hash)
)


@dataclass(slots=True)
class _Noted:
    """One row to be written, but for its number, content and hash."""

    at: datetime
    actor: str
    action: str
    subject: str
    detail: dict[str, Any]


@dataclass(slots=True)
class _Touched:
    """A subject that is written to: its site where it is known, and the hash of its rows before; None: it is new."""

    site_id: int | None
    before: bytes | None


@dataclass(slots=True)
class _Notes:
    """What one transaction did: rows by chain, the last of them, and the subjects it wrote to."""

    rows: dict[int, list[_Noted]] = field(default_factory=dict)
    last: _Noted | None = None
    touched: dict[kinds.Subject, _Touched] = field(default_factory=dict)


def record(
    session: Session,
    actor: Actor,
    action: str,
    subject: str,
    at: datetime,
    *,
    site_id: int | None = None,
    **detail: Any,
) -> None:
    """Note one row in the caller's transaction. ``detail`` holds facts, never personal data; a day in it is kept as
    its text."""
    notes = _notes(session)
    detail = {name: fact.isoformat() if isinstance(fact, date) else fact for name, fact in detail.items()}
    notes.last = _Noted(at, actor.label, action, subject, detail)
    notes.rows.setdefault(site_id or 0, []).append(notes.last)


def made(session: Session, kind: str, *numbers: int, site_id: int | None = None) -> None:
    """These subjects are new: the trail keeps how they stand at the end of the transaction."""
    touched = _notes(session).touched
    for number in numbers:
        touched.setdefault((kind, number), _Touched(site_id, None))


def touch(session: Session, kind: str, *numbers: int, site_id: int | None = None) -> None:
    """Say before writing that these subjects are written to; nobody else does until the transaction ends. The trail
    keeps how they stand then, if they were as it says until now. What the ORM writes is noticed by itself."""
    touched = _notes(session).touched
    fresh = sorted({(kind, number) for number in numbers if (kind, number) not in touched})
    if not fresh:
        return
    if session.get_bind().dialect.name == "postgresql":
        for kind_, number in fresh:
            session.execute(_HOLD, {"name": f"{kind_}:{number}"})
    before = kinds.contents(session, secret_of(session).key, fresh)
    touched |= {subject: _Touched(site_id, before[subject]) for subject in fresh}


def along(session: Session, actor: Actor, action: str, at: datetime) -> None:
    """Say who does what, where the touched subjects are all there is to say."""
    _notes(session).last = _Noted(at, actor.label, action, "", {})


def _notes(session: Session) -> _Notes:
    notes: _Notes | None = session.info.get(_NOTES)
    if notes is None:
        notes = session.info[_NOTES] = _Notes()
        at_end(session, _write)
    return notes


@event.listens_for(Session, "before_flush")
def _notice_changes(session: Session, *_: Any) -> None:
    for row in (*session.dirty, *session.deleted):
        if row in session.deleted or session.is_modified(row):
            for (kind, number), site_id in kinds.subjects_of_row(session, row):
                touch(session, kind, number, site_id=site_id)
    for row in session.new:  # what makes a subject of its own has no number yet
        for (kind, number), site_id in kinds.subjects_of_row(session, row):
            touch(session, kind, number, site_id=site_id)


@event.listens_for(Session, "after_flush")
def _notice_new(session: Session, *_: Any) -> None:
    for row in session.new:
        for (kind, number), site_id in kinds.subjects_of_row(session, row):
            made(session, kind, number, site_id=site_id)


def _write(session: Session) -> None:
    """Append the rows of a transaction; each chain's head is locked until it ends."""
    notes: _Notes = session.info.pop(_NOTES)
    homes: dict[int, set[kinds.Subject]] = {}
    for (kind, number), one in notes.touched.items():
        homes.setdefault(kinds.chain_of(session, kind, number, one.site_id), set()).add((kind, number))
    secret = secret_of(session)
    contents = _contents(session, secret.key, notes)
    for chain, subjects in homes.items():
        subjects.intersection_update(contents)
        rows = notes.rows.get(chain, [])
        more = subjects - {subject for row in rows for subject in kinds.subjects_in(row.subject)}
        if more:
            along = [_along(notes.last, text_) for text_ in kinds.as_texts(more)]
            notes.rows[chain] = [*rows, *along]
    for chain in sorted(notes.rows):
        end = _lock(session, chain, len(notes.rows[chain]))
        own = homes.get(chain, set())
        rows_ = [
            (row, b"".join(contents[one] for one in kinds.subjects_in(row.subject) if one in own) or None)
            for row in notes.rows[chain]
        ]
        _append(session, secret, chain, end, rows_)


def _contents(session: Session, key: bytes, notes: _Notes) -> dict[kinds.Subject, bytes]:
    """The hash of each touched subject's rows as they stand now, of those that changed. A subject that was not as the
    trail says keeps a hash that fits no rows: nothing that is done to it later makes it right."""
    found = kinds.contents(session, key, notes.touched)
    for subject, one in notes.touched.items():
        if one.before is None:
            continue
        kept = newest_of(session, *subject)
        kept = kept or kinds.nothing(key, subject)
        if found[subject] == kept:  # unchanged, or made as it was
            del found[subject]
        elif one.before != kept:
            found[subject] = bytes(len(found[subject]))
    return found


def _along(last: _Noted | None, subject: str) -> _Noted:
    """A row for what was written along with what the transaction's last row says."""
    if last is None:
        return _Noted(NEVER, NOBODY.label, ALONG, subject, {})
    return _Noted(last.at, last.actor, last.action if last.subject == "" else ALONG, subject, {})


def _lock(session: Session, chain: int, count: int) -> tuple[int, str]:
    """Lock the head of a chain and take the next numbers: the last one taken before, and its hash."""
    head = _STEP.first(session, of=chain, by=count)
    if head is None:
        session.execute(_START, {"chain": chain})
        head = _STEP.first(session, of=chain, by=count)
    return head[0] - count, head[1]


def _append(
    session: Session, secret: Secret, chain: int, end: tuple[int, str], rows: Iterable[tuple[_Noted, bytes | None]]
) -> None:
    """Write rows behind the end of a chain whose head is locked."""
    sequence, hash_ = end
    written = []
    for row, content in rows:
        sequence += 1
        at = row.at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
        facts = (chain, sequence, at, row.actor, row.action, row.subject, json.dumps(row.detail), content)
        hash_ = row_hash(secret.key, hash_, facts)
        shown = facts[:2] + (row.at,) + facts[3:6] + (row.detail, content, hash_)
        written.append(dict(zip((*FACTS, "hash"), shown, strict=True)))
    _APPEND.run_each(session, written)
    _MOVE_HEAD.run(session, of=chain, to=hash_)
