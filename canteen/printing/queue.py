"""The moves of a job and of a printer's lease: each one a short transaction of its own. Only the worker calls them.

A printer is held by one worker at a time through its lease (``lease_by``, ``lease_until``). Only the holder may take
a job, so papers of one printer come out in order, and a job found in "sending" by a new holder was dropped by a dead
one: nobody knows what became of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import Row, exists, select, update

from canteen.db import reading, transaction
from canteen.printing.device import Device
from canteen.printing.models import IS_OPEN, IS_QUEUED, JOB, PRINTER, Printer
from canteen.printing.outbox import adopt
from canteen.printing.transport import Outcome
from canteen.printing.troubles import told_both

#: A dead worker's printers are free again after this.
LEASE = timedelta(seconds=30)
#: No lease ends later than this: one that seems to was written before the clock was set back.
LONGEST_LEASE = timedelta(minutes=10)
#: A paper that waited longer is not printed by itself: nobody wants the breakfast ticket at noon.
STALE = timedelta(hours=4)
#: Pauses between tries: not reached, 2 s doubling to 60 s; waiting for a hand (paper, cover), 2 s.
FIRST_PAUSE_S, LONGEST_PAUSE_S, HOLD_PAUSE_S = 2, 60, 2
DROPPED = "打印程序中断,可能已经打印"
TOO_OLD = "等了太久,不再自动打印,仍需要时请补打"


@dataclass(frozen=True, slots=True)
class Waiting:
    """The next job of a printer."""

    id: int
    kind: str
    #: JSON, as stored.
    facts: str
    attempts: int
    next_try_at: datetime
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Turn:
    """A printer in use and its next job, if one waits."""

    address: str
    device: Device
    job: Waiting | None


def device_of(printer: Printer | Row[Any]) -> Device:
    """The settings of a printer row that decide its bytes."""
    return Device(
        width_mm=printer.width_mm,
        encoding=printer.encoding,
        rom=printer.rom,
        has_cutter=printer.has_cutter,
        has_qr=printer.has_qr,
        answers=printer.answers,
    )


def active_printers() -> list[int]:
    """Ids of the printers in use, of every site."""
    with reading() as session:
        return list(session.scalars(select(PRINTER.c.id).where(PRINTER.c.is_active).order_by(PRINTER.c.id)))


def house_the_homeless() -> None:
    """Give waiting papers without a printer in use to their sites' default printers (a site without one keeps them)."""
    in_use = select(PRINTER.c.id).where(PRINTER.c.is_active)
    homeless = JOB.c.printer_id.is_(None) | JOB.c.printer_id.not_in(in_use)
    has_default = exists().where(PRINTER.c.site_id == JOB.c.site_id, PRINTER.c.is_default, PRINTER.c.is_active)
    with reading() as session:
        sites = session.scalars(select(JOB.c.site_id).where(IS_QUEUED, homeless, has_default)).all()
    for site_id in sorted(set(sites)):
        with transaction() as session:
            adopt(session, site_id)


def take_printer(printer_id: int, *, worker: str, now: datetime) -> bool:
    """Take or renew the lease of a printer. Jobs a dead holder left in "sending" become uncertain."""
    until = PRINTER.c.lease_until
    free = until.is_(None) | (until < now) | (until > now + LONGEST_LEASE) | (PRINTER.c.lease_by == worker)
    with transaction() as session:
        taken = session.execute(
            update(PRINTER)
            .where(PRINTER.c.id == printer_id, PRINTER.c.is_active, free)
            .values(lease_by=worker, lease_until=now + LEASE)
            .returning(PRINTER.c.id)
        )
        if taken.first() is None:
            return False
        session.execute(
            update(JOB)
            .where(IS_OPEN, JOB.c.state == "sending", JOB.c.printer_id == printer_id)
            .values(state="uncertain", trouble=DROPPED)
        )
        return True


def leave_printer(printer_id: int, *, worker: str) -> None:
    """Give the lease back, so that another worker need not wait for its end."""
    with transaction() as session:
        session.execute(
            update(PRINTER)
            .where(PRINTER.c.id == printer_id, PRINTER.c.lease_by == worker)
            .values(lease_by=None, lease_until=None)
        )


def next_turn(printer_id: int) -> Turn | None:
    """The printer as it is set now and its oldest waiting job; None when it is out of use.

    Reads in an application context of its own, so that the snapshot ends here: the caller waits on the network next.
    """
    with current_app.app_context(), reading() as session:
        printer = session.execute(select(PRINTER).where(PRINTER.c.id == printer_id, PRINTER.c.is_active)).first()
        if printer is None:
            return None
        job = session.execute(
            select(JOB).where(JOB.c.printer_id == printer_id, IS_QUEUED).order_by(JOB.c.id).limit(1)
        ).first()
    return Turn(printer.address, device_of(printer), _waiting(job) if job else None)


def _waiting(job: Row[Any]) -> Waiting:
    return Waiting(job.id, job.kind, job.facts, job.attempts, job.next_try_at, job.created_at)


def claim(job_id: int, printer_id: int, *, worker: str, now: datetime, longest_s: float) -> bool:
    """Take a job for sending, with a lease that outlasts it. False: the lease or the job is somebody else's now."""
    until = now + max(LEASE, timedelta(seconds=longest_s * 2))
    with transaction() as session:
        held = session.execute(
            update(PRINTER)
            .where(PRINTER.c.id == printer_id, PRINTER.c.lease_by == worker, PRINTER.c.lease_until > now)
            .values(lease_until=until)
            .returning(PRINTER.c.id)
        )
        if held.first() is None:
            return False
        taken = session.execute(
            update(JOB)
            .where(JOB.c.id == job_id, JOB.c.printer_id == printer_id, IS_QUEUED)
            .values(state="sending", attempts=JOB.c.attempts + 1)
            .returning(JOB.c.id)
        )
        return taken.first() is not None


def finish(job_id: int, printer_id: int, outcome: Outcome, *, note: str, now: datetime) -> None:
    """Write what became of a job. ``note`` tells staff what is amiss on a paper that was printed.

    Should another worker have called it uncertain meanwhile, a printer's own word still counts; what a person has
    settled stays.
    """
    is_final = outcome.state != "uncertain"
    open_states = ("sending", "uncertain") if is_final else ("sending",)
    trouble = told_both("" if outcome.state == "printed" else outcome.reason, note)
    with transaction() as session:
        session.execute(
            update(JOB)
            .where(JOB.c.id == job_id, JOB.c.state.in_(open_states))
            .values(
                state=outcome.state,
                finished_at=now if is_final else None,
                trouble=trouble,
            )
        )
        seen = {"last_seen_at": now, "last_trouble": ""} if is_final else {"last_trouble": outcome.reason}
        session.execute(update(PRINTER).where(PRINTER.c.id == printer_id).values(**seen))


def postpone(job: Waiting, printer_id: int, reason: str, *, is_hold: bool, now: datetime) -> None:
    """Nothing was printed: keep the job at the head of its queue and try again after a pause."""
    pause_s = HOLD_PAUSE_S if is_hold else min(FIRST_PAUSE_S * 2 ** min(job.attempts, 10), LONGEST_PAUSE_S)
    seen = {"last_seen_at": now} if is_hold else {}
    with transaction() as session:
        session.execute(
            update(JOB)
            .where(JOB.c.id == job.id, IS_QUEUED)
            .values(
                attempts=0 if is_hold else JOB.c.attempts + 1,
                next_try_at=now + timedelta(seconds=pause_s),
                trouble=reason,
            )
        )
        session.execute(update(PRINTER).where(PRINTER.c.id == printer_id).values(last_trouble=reason, **seen))


def give_up(job_id: int, reason: str, *, now: datetime) -> None:
    """Take a job out of the queue that will not be printed."""
    with transaction() as session:
        session.execute(
            update(JOB).where(JOB.c.id == job_id, IS_QUEUED).values(state="failed", finished_at=now, trouble=reason)
        )
