"""What the sender of papers writes: a job is taken before its first byte, and its outcome is written after its last.

Several moves make one transaction: the outcome of one job and the taking of the next, and those of several printers.
A durable commit costs more than all the rest of a job, so this is what a queue's speed is made of. Each move stands
alone all the same: one that does not apply changes nothing for the others.

Every taking bears a *claim key*. Asking again with the same key after a lost answer is the same taking, and an outcome
counts only for the taking it belongs to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BindParameter, bindparam, tuple_, update
from sqlalchemy.orm import Session

from canteen.db import transaction
from canteen.printing.models import JOB, PRINTER
from canteen.printing.rules import pause_s, state_after_doubt
from canteen.printing.troubles import told_both
from canteen.printing.wires import Outcome

#: A dead sender's printers are free again after this.
LEASE = timedelta(seconds=30)
#: Nothing of the job was sent after all: back into the queue. Only an agent far away says so.
NOT_SENT = "not_sent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What became of a job that was taken."""

    job_id: int
    kind: str
    #: Of its row when it was taken.
    repeats: int
    claim_key: str
    outcome: Outcome
    #: What staff should know of a paper that was printed.
    note: str = ""

    @property
    def is_plain(self) -> bool:
        return self.outcome.state == "printed" and not self.note


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A job about to be sent. The lease is made to outlast ``longest_s``."""

    job_id: int
    longest_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One printer's news: the outcome of its last job, the next one it takes, or both."""

    printer_id: int
    #: Who holds the printer.
    worker: str
    done: Done | None = None
    claim: Claim | None = None


@dataclass(slots=True)
class _Taken:
    printers: set[int] = field(default_factory=set)
    jobs: set[int] = field(default_factory=set)


def _many(name: str) -> BindParameter[Any]:
    return bindparam(name, expanding=True)


# Built once: building them would cost more than running them. The pairs hold what must be true of each row; the ids
# beside them lead the database to the rows.
_PRINTED = (
    update(JOB)
    .where(
        JOB.c.id.in_(_many("ids")),
        tuple_(JOB.c.id, JOB.c.claim_key).in_(_many("pairs")),
        JOB.c.state.in_(("sending", "uncertain", "queued", "held")),
    )
    .values(state="printed", finished_at=bindparam("now"), trouble="")
)
_HOLD = (
    update(PRINTER)
    .where(
        PRINTER.c.id.in_(_many("ids")),
        tuple_(PRINTER.c.id, PRINTER.c.lease_by).in_(_many("pairs")),
        PRINTER.c.lease_until > bindparam("now"),
    )
    .values(lease_until=bindparam("until"), last_seen_at=bindparam("now"), last_trouble="")
    .returning(PRINTER.c.id)
)
_TAKE = (
    update(JOB)
    .where(
        JOB.c.id.in_(_many("ids")),
        tuple_(JOB.c.id, JOB.c.printer_id).in_(_many("pairs")),
        ((JOB.c.state == "queued") & JOB.c.claim_key.is_distinct_from(bindparam("taking")))
        | ((JOB.c.state == "sending") & (JOB.c.claim_key == bindparam("taking"))),
    )
    .values(state="sending", attempts=JOB.c.attempts + 1, claim_key=bindparam("taking"))
    .returning(JOB.c.id)
)


def apply(moves: Sequence[Move], *, claim_key: str, now: datetime) -> list[bool]:
    """Write several moves in one transaction; for each, whether its claim was granted (False without a claim).

    A claim fails when the lease or the job is somebody else's now. Outcomes are idempotent.
    """
    with transaction() as session:
        _finish_plain(session, [move.done for move in moves if move.done and move.done.is_plain], now)
        for move in moves:
            if move.done and not move.done.is_plain:
                _finish(session, move.done, now)
        taken = _take(session, [move for move in moves if move.claim], claim_key, now)
        _note_printers(session, moves, taken, now)
    return [
        move.claim is not None and move.printer_id in taken.printers and move.claim.job_id in taken.jobs
        for move in moves
    ]


def _finish_plain(session: Session, dones: Sequence[Done], now: datetime) -> None:
    """Papers whose printer said so. A job that was called uncertain or sent again meanwhile is printed all the same."""
    if dones:
        pairs = [(done.job_id, done.claim_key) for done in dones]
        session.connection().execute(_PRINTED, {"ids": [done.job_id for done in dones], "pairs": pairs, "now": now})


def _finish(session: Session, done: Done, now: datetime) -> None:
    outcome = done.outcome
    trouble = told_both("" if outcome.state == "printed" else outcome.reason, done.note)
    open_states: tuple[str, ...] = ("sending",)
    values: dict[str, Any] = {"trouble": trouble}
    if outcome.state == NOT_SENT:
        open_states = ("sending", "queued")
        values |= {"state": "queued", "claim_key": done.claim_key}
        _update(session, done, open_states, values, JOB.c.claim_key.is_not_distinct_from(done.claim_key) | (JOB.c.state == "queued"))
        return
    state = state_after_doubt(done.kind, repeats=done.repeats) if outcome.state == "uncertain" else outcome.state
    if state == "queued":
        again_at = now + timedelta(seconds=pause_s(done.repeats, is_hold=False))
        values |= {"state": state, "repeats": done.repeats + 1, "attempts": 0, "next_try_at": again_at}
    elif state == "uncertain":
        values |= {"state": state}
    else:
        open_states = ("sending", "uncertain", "queued", "held")
        values |= {"state": state, "finished_at": now}
    _update(session, done, open_states, values, JOB.c.claim_key == done.claim_key)


def _update(session: Session, done: Done, states: tuple[str, ...], values: dict[str, Any], more: Any) -> None:
    session.execute(update(JOB).where(JOB.c.id == done.job_id, JOB.c.state.in_(states), more).values(**values))


def _take(session: Session, moves: Sequence[Move], claim_key: str, now: datetime) -> _Taken:
    """Prolong the leases that are held, and take the jobs of those printers that still wait."""
    claims = {move.printer_id: move.claim for move in moves if move.claim}
    if not claims:
        return _Taken()
    longest_s = max(claim.longest_s for claim in claims.values())
    connection = session.connection()
    held = connection.execute(_HOLD, {
        "ids": list(claims), "pairs": [(move.printer_id, move.worker) for move in moves], "now": now,
        "until": now + max(LEASE, timedelta(seconds=longest_s * 2)),
    })  # fmt: skip
    printers = set(held.scalars())
    wanted = [(claim.job_id, printer_id) for printer_id, claim in claims.items() if printer_id in printers]
    if not wanted:
        return _Taken(printers)
    taken = connection.execute(_TAKE, {"ids": [job_id for job_id, _ in wanted], "pairs": wanted, "taking": claim_key})
    return _Taken(printers, set(taken.scalars()))


def _note_printers(session: Session, moves: Sequence[Move], taken: _Taken, now: datetime) -> None:
    """What an outcome says of its printer; one that has just taken another job is known to be well."""
    well = [
        move.printer_id for move in moves
        if move.done and move.done.outcome.state in ("printed", "sent") and move.printer_id not in taken.printers
    ]
    if well:
        session.execute(
            update(PRINTER).where(PRINTER.c.id.in_(well)).values(last_seen_at=now, last_trouble="")
        )
    for move in moves:
        if move.done and move.done.outcome.state == "uncertain":
            reason = move.done.outcome.reason
            session.execute(update(PRINTER).where(PRINTER.c.id == move.printer_id).values(last_trouble=reason))
