"""Between the queue and a station: which papers it may send now, as bytes, and what became of them.

A *supply* hands out papers to the stations that send them. The local one stands on the database; the one of a print
agent (``agent``) asks the server.
"""

import logging
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from canteen.base.errors import KeyTrouble, StorageTrouble
from canteen.base.records import as_record
from canteen.printing.drawing.device import process_mark
from canteen.printing.drawing.encoder import Encoded
from canteen.printing.drawing.glyphs import DrawGlyph
from canteen.printing.papers.kinds import paper_bytes
from canteen.printing.papers.sealing import opened
from canteen.printing.rules import LONGEST_PAUSE_S, is_too_old
from canteen.printing.sending import claiming, queue
from canteen.printing.sending.claiming import LEASE, JobClaim, JobDone, Move
from canteen.printing.sending.troubles import BOXED, told
from canteen.printing.sending.wires import NotReady

log = logging.getLogger("canteen.printing")

#: So many papers are looked up and laid out at once, and no more of them than this many bytes (pictures are long).
AHEAD, AHEAD_BYTES = 25, 100_000
#: Seconds until a station without work looks again by itself (it is woken for work): often enough for its lease.
IDLE_PAUSE_S = LEASE.total_seconds() / 3
#: Seconds before asking again for a printer somebody else holds.
OTHERS_PAUSE_S = 2.0
#: Seconds for which a commit may wait for the moves of other printers: less than it takes itself.
GATHER_S = 0.002


class Unreachable(Exception):
    """The supply cannot be asked now (an agent's server); nothing was decided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A paper that may be sent now, as bytes."""

    id: int
    kind: str
    attempts: int
    repeats: int
    data: bytes
    #: What a printer that answers ``GS ( H`` says about this job; empty for ``GS r``.
    mark: bytes = b""
    #: What staff should know of the paper once it is printed.
    note: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """A printer in use, what it may print now, and seconds to wait when that is nothing."""

    address: str
    answers: bool
    jobs: tuple[Ready, ...]
    pause_s: float = IDLE_PAUSE_S
    #: It is this sender's, and nothing waits for it at all.
    is_idle: bool = False


class PaperSupply(Protocol):
    """Where a station gets its papers. Raises ``StorageTrouble`` or ``Unreachable``; then nothing is known."""

    def look(self, printer_id: int) -> Turn | None:
        """Hold the printer and answer what may be printed; None when it is out of use."""

    def move(self, printer_id: int, *, done: JobDone | None, claim: Ready | None, longest_s: float = 0) -> str:
        """Write an outcome, and take the next job; its claim key, or "" when it may not be sent."""

    def remember(self, printer_id: int, done: JobDone) -> None:
        """An outcome is known; it is written by the next ``move``."""

    def recover(self, printer_id: int) -> None:
        """After trouble inside ``move``: give back what was taken without knowing it."""

    def postpone(self, printer_id: int, job: Ready, trouble: NotReady) -> None:
        """The printer is not ready; nothing was sent."""

    def seen(self, printer_id: int, trouble: NotReady | None) -> None:
        """How a printer is that has nothing to do."""

    def leave(self, printer_id: int) -> None:
        """Give the printer back."""


def look(printer_id: int, *, worker: str, now: datetime, draw: DrawGlyph, is_remote: bool = False) -> Turn | None:
    """Hold a printer for ``worker`` and answer what it may print now; None when it is not to be served from here."""
    found = queue.queue_of(printer_id, most=AHEAD)
    if found is None or found.is_remote != is_remote:
        return None
    if not found.is_held(worker, now):
        if found.is_anothers(worker, now) or not queue.take_printer(printer_id, worker=worker, now=now):
            return Turn(found.address, found.device.answers, (), OTHERS_PAUSE_S)
        found = queue.queue_of(printer_id, most=AHEAD)  # a dead holder's paper may be among them
    return None if found is None else _turn(found, now, draw)


def _turn(found: queue.Queue, now: datetime, draw: DrawGlyph) -> Turn:
    ready: list[Ready] = []
    pause_s, size = IDLE_PAUSE_S, 0
    for job in found.jobs:
        if size > AHEAD_BYTES:
            break
        if is_too_old(job.kind, wanted_at=job.wanted_at, now=now):
            queue.set_aside(job.id, job.kind, now=now)
            pause_s = 0
            continue
        wait_s = (job.next_try_at - now).total_seconds()
        if 0 < wait_s <= LONGEST_PAUSE_S:  # longer ones are of a clock that was set back
            pause_s = min(wait_s, IDLE_PAUSE_S)
            break
        encoded = _encode(found, job, now, draw)
        if encoded is None:
            pause_s = 0
            continue
        size += len(encoded.data)
        ready.append(
            as_record(
                Ready,
                job,
                data=encoded.data,
                mark=process_mark(job.id) if found.device.answers and found.device.fence == "gs_h" else b"",
                note=told(BOXED, "".join(encoded.boxed)) if encoded.boxed else "",
            )
        )
    return Turn(found.address, found.device.answers, tuple(ready), pause_s, is_idle=not found.jobs)


def _encode(found: queue.Queue, job: queue.Waiting, now: datetime, draw: DrawGlyph) -> Encoded | None:
    """The bytes; a job that cannot be laid out is given up, so that those behind it are printed."""
    try:
        facts = opened(job.sealed, key=job.key)
        return paper_bytes(job.kind, facts, found.device, draw, job_id=job.id, maybe_again=job.repeats > 0)
    except KeyTrouble:  # the papers are whole: they wait until the keys are back
        raise
    except Exception:
        log.exception("job %s cannot be laid out", job.id)
        queue.give_up(job.id, "内容有误,不能打印,请联系管理员", now=now)
        return None


class LocalSupply:
    """The supply of a worker beside the database."""

    def __init__(self, *, worker: str, now: Callable[[], datetime], draw: DrawGlyph) -> None:
        self.worker = worker
        self.now = now
        self.draw = draw
        self._writer = _JoinedCommits(now)

    def look(self, printer_id: int) -> Turn | None:
        return look(printer_id, worker=self.worker, now=self.now(), draw=self.draw)

    def move(self, printer_id: int, *, done: JobDone | None, claim: Ready | None, longest_s: float = 0) -> str:
        wanted = JobClaim(job_id=claim.id, longest_s=longest_s) if claim else None
        return self._writer.write(Move(printer_id=printer_id, worker=self.worker, done=done, claim=wanted))

    def remember(self, printer_id: int, done: JobDone) -> None:
        """A worker that dies now leaves the job in "sending", and whoever takes its printer calls it doubtful."""

    def recover(self, printer_id: int) -> None:
        queue.take_back(printer_id, worker=self.worker)

    def postpone(self, printer_id: int, job: Ready, trouble: NotReady) -> None:
        queue.postpone(printer_id, trouble, job_id=job.id, kind=job.kind, attempts=job.attempts, now=self.now())

    def seen(self, printer_id: int, trouble: NotReady | None) -> None:
        queue.note_seen(printer_id, trouble, now=self.now())

    def leave(self, printer_id: int) -> None:
        queue.leave_printer(printer_id, worker=self.worker)


@dataclass(slots=True)
class _Asked:
    move: Move
    is_done: bool = False
    claim_key: str = ""
    error: Exception | None = None


class _JoinedCommits:
    """One commit for the moves of several printers: whoever comes while another commits waits, and the first of those
    who waited writes for them all. Before it writes it waits a moment for printers that took a paper just now and may
    be back at once; one that takes its time is not waited for."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._guard = threading.Condition()
        self._turn = threading.Lock()
        self._waiting: list[_Asked] = []
        #: Printer -> when it took the paper it is at.
        self._away: dict[int, float] = {}

    def write(self, move: Move) -> str:
        """The claim key, or "" without a claim that was granted."""
        mine = _Asked(move)
        with self._guard:
            self._waiting.append(mine)
            self._away.pop(move.printer_id, None)
            self._guard.notify_all()
        with self._turn:
            if not mine.is_done:
                with self._guard:
                    self._guard.wait_for(self._is_nobody_near, timeout=GATHER_S)
                    together, self._waiting = self._waiting, []
                self._write(together)
        if mine.error is not None:
            raise mine.error
        return mine.claim_key

    def _is_nobody_near(self) -> bool:
        since = time.monotonic() - 2 * GATHER_S
        return all(left_at < since for left_at in self._away.values())

    def _write(self, together: list[_Asked]) -> None:
        claim_key = secrets.token_hex(8)
        try:
            granted = claiming.apply([given.move for given in together], claim_key=claim_key, now=self._now())
        except Exception as error:
            if len(together) > 1 and not isinstance(error, StorageTrouble):
                for given in together:  # one of them is at fault; the others must not wait for it
                    self._write([given])
                return
            for given in together:
                given.error, given.is_done = error, True
            return
        with self._guard:
            for given, is_granted in zip(together, granted, strict=True):
                given.claim_key, given.is_done = claim_key if is_granted else "", True
                if is_granted:
                    self._away[given.move.printer_id] = time.monotonic()
