"""The outbox as senders see it: whose turn it is, leases, and pauses. Each write is a short transaction of its own.

A printer is held by one sender at a time through its lease (``lease_by``, ``lease_until``): a worker beside the
database, or a print agent at a remote site. Only the holder may take a job (``claiming``), so papers of one printer come
out in order, and a job found in "sending" by a new holder was dropped by a dead one: nobody knows what became of it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Integer, Update, bindparam, exists, func, select, update
from sqlalchemy.orm import Session

from canteen.base.db import reading, transaction
from canteen.base.db.prepared import Prepared
from canteen.base.records import as_record
from canteen.printing.drawing.device import Device
from canteen.printing.models import IS_OPEN, IS_QUEUED, JOB, PRINTER, Printer
from canteen.printing.outbox import IS_HOMELESS, adopt
from canteen.printing.rules import pause_s, state_after_doubt, unless_at_once
from canteen.printing.sending.address import can_answer
from canteen.printing.sending.claiming import LEASE, LONGEST_LEASE
from canteen.printing.sending.wires import NotReady

DROPPED = "打印程序中断,可能已经打印"
TOO_OLD = "等了太久,请确认还要不要"
TOO_LATE = "打印机没有准备好,没有打印"


_PRINTER_IN_USE = Prepared(select(PRINTER).where(PRINTER.c.id == bindparam("printer"), PRINTER.c.is_active))
_OLDEST = Prepared(
    select(
        JOB.c.id, JOB.c.key, JOB.c.kind, JOB.c.sealed, JOB.c.attempts, JOB.c.repeats, JOB.c.next_try_at, JOB.c.wanted_at
    )
    .where(JOB.c.printer_id == bindparam("printer"), IS_QUEUED)
    .order_by(JOB.c.id)
    .limit(bindparam("most", type_=Integer()))
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A job that waits."""

    id: int
    key: str
    kind: str
    #: As stored (``sealing``).
    sealed: bytes
    attempts: int
    repeats: int
    next_try_at: datetime
    wanted_at: datetime


@dataclass(frozen=True, slots=True)
class Queue:
    """A printer in use as it is set now, who holds it, and the oldest of its waiting jobs."""

    address: str
    device: Device
    is_remote: bool
    lease_by: str | None
    lease_until: datetime | None
    jobs: tuple[Waiting, ...]

    def is_held(self, worker: str, now: datetime) -> bool:
        """Whether ``worker`` holds it for long enough yet."""
        if self.lease_by != worker or self.lease_until is None:
            return False
        return LEASE / 2 <= self.lease_until - now <= LONGEST_LEASE

    def is_anothers(self, worker: str, now: datetime) -> bool:
        """Whether somebody else holds it."""
        if self.lease_by in (None, worker) or self.lease_until is None:
            return False
        return timedelta(0) <= self.lease_until - now <= LONGEST_LEASE


def device_of(printer: Printer) -> Device:
    """The settings of a printer row that decide its bytes."""
    return as_record(Device, printer, answers=printer.answers and can_answer(printer.address))


def active_printers() -> list[int]:
    """Ids of the printers in use that are served from here, of every site."""
    in_use = select(PRINTER.c.id).where(PRINTER.c.is_active, ~PRINTER.c.is_remote).order_by(PRINTER.c.id)
    with reading() as session:
        return list(session.scalars(in_use))


def due_printers(printer_ids: Collection[int], *, now: datetime) -> set[int]:
    """Those whose oldest waiting job may be tried now: one query, however many printers there are."""
    oldest = select(func.min(JOB.c.id)).where(IS_QUEUED, JOB.c.printer_id.in_(printer_ids)).group_by(JOB.c.printer_id)
    longest = now + timedelta(seconds=pause_s(99, is_hold=False))  # longer ones are of a clock that was set back
    due = (JOB.c.next_try_at <= now) | (JOB.c.next_try_at > longest)
    with reading() as session:
        return set(session.scalars(select(JOB.c.printer_id).where(JOB.c.id.in_(oldest), due)))


def house_the_homeless() -> None:
    """Give waiting papers without a printer in use to their sites' default printers (a site without one keeps them)."""
    has_default = exists().where(PRINTER.c.site_id == JOB.c.site_id, PRINTER.c.is_default, PRINTER.c.is_active)
    with reading() as session:
        sites = session.scalars(select(JOB.c.site_id).where(IS_QUEUED, IS_HOMELESS, has_default)).all()
    for site_id in sorted(set(sites)):
        with transaction() as session:
            adopt(session, site_id)


def _is_held_by_nobody(now: datetime) -> ColumnElement[bool]:
    """No lease, one that ended, or one of a clock that was set back."""
    until = PRINTER.c.lease_until
    return until.is_(None) | (until < now) | (until > now + LONGEST_LEASE)


def take_printer(printer_id: int, *, worker: str, now: datetime) -> bool:
    """Take or renew the lease of a printer. Jobs a dead holder left in "sending" are doubtful from then on."""
    is_stale = _is_held_by_nobody(now)
    mine = (PRINTER.c.id == printer_id) & PRINTER.c.is_active
    with transaction() as session:
        lease = update(PRINTER).values(lease_by=worker, lease_until=now + LEASE).returning(PRINTER.c.id)
        if session.execute(lease.where(mine, PRINTER.c.lease_by == worker, ~is_stale)).first():
            return True
        if session.execute(lease.where(mine, is_stale)).first() is None:
            return False
        _doubt(session, JOB.c.printer_id == printer_id, now=now)
        return True


def doubt_the_dropped(*, now: datetime) -> None:
    """Papers being sent whose sender is gone, and that nobody else will come for: of a printer out of use, or of an
    agent that is not heard of. Should their outcome be reported after all, it counts."""
    dropped = (JOB.c.state == "sending") & exists().where(PRINTER.c.id == JOB.c.printer_id, _is_held_by_nobody(now))
    with reading() as session:
        if session.execute(select(JOB.c.id).where(IS_OPEN, dropped).limit(1)).first() is None:
            return
    with transaction() as session:
        _doubt(session, dropped, now=now)


def _doubt(session: Session, which: ColumnElement[bool], *, now: datetime) -> None:
    """Nobody knows what became of these papers."""
    dropped = session.execute(
        select(JOB.c.id, JOB.c.kind, JOB.c.repeats).where(IS_OPEN, JOB.c.state == "sending", which)
    ).all()
    for job in dropped:
        state = state_after_doubt(job.kind, repeats=job.repeats)
        session.execute(
            update(JOB)
            .where(JOB.c.id == job.id, JOB.c.state == "sending")
            .values(trouble=DROPPED, repeats=job.repeats + (state == "queued"), **_now_in(state, now))
        )


def _write(changed: Update) -> None:
    """One short transaction."""
    with transaction() as session:
        session.execute(changed)


def leave_printer(printer_id: int, *, worker: str) -> None:
    """Give the lease back, so that another sender need not wait for its end."""
    mine = update(PRINTER).where(PRINTER.c.id == printer_id, PRINTER.c.lease_by == worker)
    _write(mine.values(lease_by=None, lease_until=None))


def queue_of(printer_id: int, *, most: int) -> Queue | None:
    """A printer and the oldest of its waiting jobs; None when it is out of use.

    The snapshot ends here: the caller waits on the network next.
    """
    with reading() as session:
        printer = _PRINTER_IN_USE.first(session, printer=printer_id)
        if printer is None:
            return None
        jobs = _OLDEST.all(session, printer=printer_id, most=most)
    return as_record(Queue, printer, device=device_of(printer), jobs=tuple(Waiting(*job) for job in jobs))


def take_back(printer_id: int, *, worker: str) -> None:
    """Queue again what this holder took without knowing it (the answer of the database was lost), and so never sent."""
    held = exists().where(PRINTER.c.id == printer_id, PRINTER.c.lease_by == worker)
    taken = update(JOB).where(IS_OPEN, JOB.c.state == "sending", JOB.c.printer_id == printer_id, held)
    _write(taken.values(state="queued"))


def postpone(printer_id: int, trouble: NotReady, *, job_id: int, kind: str, attempts: int, now: datetime) -> None:
    """Nothing was printed: keep the job at the head of its queue and try again after a pause. ``attempts``: how often
    it was tried before."""
    seen = {"last_seen_at": now} if trouble.is_hold else {}
    state = unless_at_once(kind, "queued")
    values = _now_in(state, now) | {
        "attempts": 0 if trouble.is_hold else attempts + 1,
        "next_try_at": now + timedelta(seconds=pause_s(attempts, is_hold=trouble.is_hold)),
        "trouble": trouble.reason if state == "queued" else TOO_LATE,
    }
    with transaction() as session:
        session.execute(_waiting(job_id).values(**values))
        session.execute(update(PRINTER).where(PRINTER.c.id == printer_id).values(last_trouble=trouble.reason, **seen))


def note_seen(printer_id: int, trouble: NotReady | None, *, now: datetime) -> None:
    """How a printer is that was asked although it has nothing to do."""
    values: dict[str, Any] = {"last_trouble": trouble.reason if trouble else ""}
    if trouble is None or trouble.is_hold:
        values["last_seen_at"] = now
    _write(update(PRINTER).where(PRINTER.c.id == printer_id).values(**values))


def set_aside(job_id: int, kind: str, *, now: datetime) -> None:
    """A paper that is too old: somebody must say whether it is still wanted."""
    _write(_waiting(job_id).values(trouble=TOO_OLD, **_now_in(unless_at_once(kind, "held"), now)))


def give_up(job_id: int, reason: str, *, now: datetime) -> None:
    """Take a job out of the queue that cannot be printed."""
    _write(_waiting(job_id).values(trouble=reason, **_now_in("failed", now)))


def _now_in(state: str, now: datetime) -> dict[str, Any]:
    """The columns of a job that is in this state from now on."""
    return {"state": state, "finished_at": now if state == "failed" else None}


def _waiting(job_id: int) -> Update:
    return update(JOB).where(JOB.c.id == job_id, IS_QUEUED)
