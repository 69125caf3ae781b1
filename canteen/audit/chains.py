"""Proving the trail: every row follows the one before it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from canteen.audit.chain_key import Secret
from canteen.audit.hashing import row_hash, unkeyed_hash
from canteen.audit.models import Audit, AuditHead
from canteen.audit.trail import FACTS
from canteen.base.db import table_of
from canteen.base.db.keeping import as_stored
from canteen.base.db.prepared import Prepared

_AUDIT = table_of(Audit)
_HEAD = table_of(AuditHead)
#: Rows held at a time.
_PAGE = 5000
_ROWS = Prepared(
    select(*(as_stored(_AUDIT.c[name]).label(name) for name in (*FACTS, "hash")))
    .where(_AUDIT.c.chain == bindparam("of"), _AUDIT.c.sequence > bindparam("after"))
    .order_by(_AUDIT.c.sequence)
    .limit(_PAGE)
)


def broken_chains(session: Session, secret: Secret) -> Iterator[str]:
    """One line for every place where a chain does not hold: a row removed, changed or added beside it."""
    for chain in every_chain(session):
        yield from broken_places(session, secret, chain)


def every_chain(session: Session) -> list[int]:
    """Every chain that has a head or rows."""
    return sorted({*session.scalars(select(_HEAD.c.chain)), *session.scalars(select(_AUDIT.c.chain).distinct())})


def broken_places(session: Session, secret: Secret, chain: int) -> Iterator[str]:
    """The same of one chain.

    Rows written while this reads are no fault: the end of the chain must lie between its heads before and after.
    """
    before, end = _head(session, chain), (0, "")
    for row in rows_of_chain(session, chain):
        sequence, hash_ = row[1], row[-1]
        if sequence != end[0] + 1 or hash_ != expected_hash(secret, end[1], row):
            yield f"audit chain {chain}: row {sequence} does not follow row {end[0]}"
        end = sequence, hash_
    after = _head(session, chain)
    if not before[0] <= end[0] <= after[0] or (end[0] == after[0] and end[1] != after[1]):
        yield f"audit chain {chain}: ends at row {end[0]}, its head says {after[0]}"


def expected_hash(secret: Secret, previous: str, row: tuple[Any, ...]) -> str | None:
    """The hash a row of the trail must have behind the one before it; None where it cannot have any."""
    chain, sequence = row[:2]
    last, sealed = secret.before.get(chain, (0, ""))
    if sequence > last:
        return row_hash(secret.key, previous, row[:-1])
    found = unkeyed_hash(previous, row[:-2])
    return found if sequence < last or found == sealed else None


def rows_of_chain(session: Session, chain: int, *, after: int = 0) -> Iterator[tuple[Any, ...]]:
    """The stored rows of a chain in their order: ``trail.FACTS`` and the hash."""
    while page := _ROWS.raw(session, of=chain, after=after):
        yield from page
        after = page[-1][1]


def _head(session: Session, chain: int) -> tuple[int, str]:
    head = session.execute(select(_HEAD.c.sequence, _HEAD.c.hash).where(_HEAD.c.chain == chain)).one_or_none()
    return (head.sequence, head.hash) if head is not None else (0, "")
