"""What the sender of papers writes: a job is taken before its first byte, and its outcome is written after its last.

Several moves make one transaction: the outcome of one job and the taking of the next, and those of several printers.
A durable commit costs more than all the rest of a job, so this is what a queue's speed is made of. Each move stands
alone all the same: one that does not apply changes nothing for the others.

Every taking bears a *claim key*. Asking again with the same key after a lost answer is the same taking, and an outcome
counts only for the taking it belongs to.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import String, bindparam, case, literal, text, update
from sqlalchemy.orm import Session

from canteen.base.db import Instant, is_one_of, transaction
from canteen.base.db.prepared import Prepared
from canteen.base.words import OPEN_JOBS
from canteen.printing.models import JOB, PRINTER
from canteen.printing.rules import pause_s, state_after_doubt
from canteen.printing.sending.troubles import told_both
from canteen.printing.sending.wires import Outcome

#: A dead sender's printers are free again after this.
LEASE = timedelta(seconds=30)
#: No lease is longer: one that seems to be was written before the clock was set back.
LONGEST_LEASE = timedelta(minutes=10)
#: Nothing of the job was sent after all: back into the queue. Only an agent far away says so.
NOT_SENT = "not_sent"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobDone:
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
class JobClaim:
    """A job about to be sent. The lease is made to outlast ``longest_s``."""

    job_id: int
    longest_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One printer's news: the outcome of its last job, the next one it takes, or both."""

    printer_id: int
    #: Who holds the printer.
    worker: str
    done: JobDone | None = None
    claim: JobClaim | None = None


_NOW = bindparam("now", type_=Instant())
_KEY = bindparam("claim_key", type_=String())
#: What becomes of a paper later than its sender knew: called doubtful, queued again, or asked about meanwhile.
_STILL_OPEN = text(is_one_of("print_job.state", OPEN_JOBS))
_PRINTED = Prepared(
    update(JOB)
    .where(JOB.c.id == bindparam("job"), JOB.c.claim_key == _KEY, _STILL_OPEN)
    .values(state=literal("printed"), finished_at=_NOW, trouble=literal(""))
)
#: All is well and nothing was taken: the lease of a long paper ends with it, so that a sender that dies now is not
#: waited for.
_WELL = Prepared(
    update(PRINTER)
    .where(PRINTER.c.id == bindparam("printer"))
    .values(
        last_seen_at=_NOW,
        last_trouble=literal(""),
        lease_until=case(
            (PRINTER.c.lease_by == bindparam("worker"), bindparam("until", type_=Instant())),
            else_=PRINTER.c.lease_until,
        ),
    )
)
_HOLD = Prepared(
    update(PRINTER)
    .where(
        PRINTER.c.id == bindparam("printer"), PRINTER.c.lease_by == bindparam("worker"), PRINTER.c.lease_until > _NOW
    )
    .values(lease_until=bindparam("until", type_=Instant()), last_seen_at=_NOW, last_trouble=literal(""))
    .returning(PRINTER.c.id)
)
_TAKE = Prepared(
    update(JOB)
    .where(
        JOB.c.id == bindparam("job"),
        JOB.c.printer_id == bindparam("printer"),
        ((JOB.c.state == literal("queued")) & JOB.c.claim_key.is_distinct_from(_KEY))
        | ((JOB.c.state == literal("sending")) & (JOB.c.claim_key == _KEY)),
    )
    .values(state=literal("sending"), attempts=JOB.c.attempts + 1, claim_key=_KEY)
    .returning(JOB.c.id)
)


def apply(moves: Sequence[Move], *, claim_key: str, now: datetime) -> list[bool]:
    """Write several moves in one transaction; for each, whether its claim was granted (False without a claim).

    A claim fails when the lease or the job is somebody else's now. Outcomes are idempotent.
    """
    with transaction() as session:
        return [_apply(session, move, claim_key, now) for move in moves]


def _apply(session: Session, move: Move, claim_key: str, now: datetime) -> bool:
    done = move.done
    if done is not None and done.is_plain:
        # A job that was called uncertain, or sent again meanwhile, is printed all the same.
        _PRINTED.run(session, job=done.job_id, claim_key=done.claim_key, now=now)
    elif done is not None:
        _finish(session, done, now)
    if move.claim is not None and _take(session, move, move.claim, claim_key, now):
        return True
    if done is not None and done.outcome.state in ("printed", "sent"):
        _WELL.run(session, printer=move.printer_id, worker=move.worker, now=now, until=now + LEASE)
    elif done is not None and done.outcome.state == "uncertain":
        session.execute(update(PRINTER).where(PRINTER.c.id == move.printer_id).values(last_trouble=done.outcome.reason))
    return False


def _take(session: Session, move: Move, claim: JobClaim, claim_key: str, now: datetime) -> bool:
    """Prolong the lease, and take the job if it still waits for this printer."""
    until = now + min(max(LEASE, timedelta(seconds=claim.longest_s * 2)), LONGEST_LEASE)
    held = _HOLD.value(session, printer=move.printer_id, worker=move.worker, now=now, until=until)
    if held is None:
        return False
    taken = _TAKE.value(session, job=claim.job_id, printer=move.printer_id, claim_key=claim_key)
    return taken is not None


def _finish(session: Session, done: JobDone, now: datetime) -> None:
    outcome = done.outcome
    trouble = told_both("" if outcome.state == "printed" else outcome.reason, done.note)
    open_states: tuple[str, ...] = ("sending",)
    values: dict[str, Any] = {"trouble": trouble}
    if outcome.state == NOT_SENT:
        # The key is spent, also when the claim has not arrived: should it come late, it takes nothing.
        mine = (JOB.c.claim_key == done.claim_key) | (JOB.c.state == "queued")
        _update(session, done, ("sending", "queued"), {**values, "state": "queued", "claim_key": done.claim_key}, mine)
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


def _update(session: Session, done: JobDone, states: tuple[str, ...], values: dict[str, Any], more: Any) -> None:
    session.execute(update(JOB).where(JOB.c.id == done.job_id, JOB.c.state.in_(states), more).values(**values))
