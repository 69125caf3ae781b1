"""The audit trail: append-only rows, each carrying the hash of the one before it in its chain.

A chain belongs to one site (0: no site), so that sites never wait for one another. The head row of a chain is
locked by the UPDATE below and orders concurrent writers on PostgreSQL; call ``record`` late in a transaction.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, text, update
from sqlalchemy.orm import Session

from canteen.staff.models import Audit, AuditHead
from canteen.staff.rules import Actor

_AUDIT = Audit.__table__
_HEAD = AuditHead.__table__
#: Both databases understand it; two first writers of a chain at once agree on one head.
_START = text("insert into audit_head (chain, sequence, hash) values (:chain, 0, '') on conflict do nothing")
_STEP = (
    update(_HEAD).where(_HEAD.c.chain == bindparam("of")).values(sequence=_HEAD.c.sequence + 1)
    .returning(_HEAD.c.sequence, _HEAD.c.hash)
)


def row_hash(
    previous: str, *, chain: int, sequence: int, at: datetime, actor: str, action: str, subject: str,
    detail: Mapping[str, Any],
) -> str:
    """SHA-256 (hex) over the previous hash and the facts of a row; ``check`` recomputes it."""
    facts = [previous, chain, sequence, at.astimezone(UTC).isoformat(), actor, action, subject, detail]
    return hashlib.sha256(json.dumps(facts, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def record(
    session: Session, *, actor: Actor, action: str, subject: str, at: datetime, site_id: int | None = None, **detail: Any
) -> None:
    """Append one row inside the caller's transaction. ``detail`` holds facts, never personal data."""
    chain = site_id or 0
    sequence, previous = _next(session, chain)
    fingerprint = row_hash(
        previous, chain=chain, sequence=sequence, at=at, actor=actor.label, action=action, subject=subject,
        detail=detail,
    )
    session.execute(
        insert(_AUDIT).values(
            chain=chain, sequence=sequence, at=at, actor=actor.label, action=action, subject=subject, detail=detail,
            hash=fingerprint,
        )
    )
    session.execute(update(_HEAD).where(_HEAD.c.chain == chain).values(hash=fingerprint))


def _next(session: Session, chain: int) -> tuple[int, str]:
    """Lock the head of a chain and take the next number; also the hash of the row before."""
    head = session.execute(_STEP, {"of": chain}).first()
    if head is None:
        session.execute(_START, {"chain": chain})
        head = session.execute(_STEP, {"of": chain}).one()
    return head[0], head[1]


def broken_chains(session: Session) -> Iterable[str]:
    """One line for every place where a chain does not hold: a row removed, changed or added beside it.

    Rows written while this reads are no fault: the end of a chain must lie between its heads before and after.
    """
    before = _heads(session)
    ends: dict[int, tuple[int, str]] = dict.fromkeys(before, (0, ""))
    for row in session.execute(select(_AUDIT).order_by(_AUDIT.c.chain, _AUDIT.c.sequence)).yield_per(1000):
        sequence, previous = ends.get(row.chain, (0, ""))
        expected = row_hash(
            previous, chain=row.chain, sequence=row.sequence, at=row.at, actor=row.actor, action=row.action,
            subject=row.subject, detail=row.detail,
        )
        if row.sequence != sequence + 1 or row.hash != expected:
            yield f"audit chain {row.chain}: row {row.sequence} does not follow row {sequence}"
        ends[row.chain] = (row.sequence, row.hash)
    after = _heads(session)
    for chain, (sequence, hash_) in ends.items():
        first, last = before.get(chain, (0, "")), after.get(chain, (0, ""))
        if not first[0] <= sequence <= last[0] or (sequence == last[0] and hash_ != last[1]):
            yield f"audit chain {chain}: ends at row {sequence}, its head says {last[0]}"


def _heads(session: Session) -> dict[int, tuple[int, str]]:
    rows = session.execute(select(_HEAD.c.chain, _HEAD.c.sequence, _HEAD.c.hash))
    return {chain: (sequence, hash_) for chain, sequence, hash_ in rows}
