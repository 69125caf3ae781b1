"""The print worker: one thread for each printer, so that a stalled printer never slows another.

A *station* serves one printer. Its ``step`` does what can be done now and answers how long to wait before the next
step; nothing in it sleeps, so tests drive it with a clock of their own. Nothing slow happens inside a transaction:
look (read), connect and ask (network), take the job (write), send (network), write what became of it. While more
papers wait, the outcome of one is written together with the taking of the next.

One query for all printers says which of them have work; the threads of the others sleep.
"""

import logging
import os
import secrets
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from flask import Flask

from canteen.base import clock
from canteen.base.errors import BadInput, StorageTrouble
from canteen.printing.drawing.glyphs import drawer
from canteen.printing.sending import queue
from canteen.printing.sending.address import Address, Limits, Tcp, parse_address
from canteen.printing.sending.claiming import JobDone
from canteen.printing.sending.supply import LocalSupply, PaperSupply, Ready, Turn, Unreachable
from canteen.printing.sending.transport import open_link
from canteen.printing.sending.wires import NOT_ALLOWED, NotReady, Patience

log = logging.getLogger("canteen.printing")

#: Seconds between looks for work: quick after work, then slower; and after trouble with the database.
BUSY_PAUSE_S, IDLE_PAUSE_S, IDLE_GROWTH, TROUBLE_PAUSE_S = 0.3, 1.0, 1.2, 5.0
#: Seconds between looks for new printers and for papers without one.
LOOK_PAUSE_S = 2.0
#: Seconds between questions to a printer in the network that has nothing to do: staff see an empty roll before the queue
#: at the door does.
CHECK_S = 30.0
#: Seconds for which papers that were laid out stay good; then settings and order are looked at again.
FRESH_S = 1.0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every station of a worker or agent shares."""

    limits: Limits
    patience: Patience


class Station:
    """One printer, served by one thread at a time."""

    def __init__(self, printer_id: int, supply: PaperSupply, around: Surroundings) -> None:
        self.printer_id = printer_id
        self.supply = supply
        self.around = around
        #: Set when there may be work.
        self.wake = threading.Event()
        self._turn: Turn | None = None
        self._ahead: deque[Ready] = deque()
        self._fresh_until = self._check_at = 0.0
        #: An outcome that is not written yet: before anything else is done, or, when all is well and more papers
        #: wait, with the taking of the next.
        self._done: JobDone | None = None
        #: The last ``move`` failed, and may have been written all the same.
        self._in_doubt = False

    def step(self) -> float | None:
        """Do what can be done now; seconds until the next step, or None when the printer is out of use.

        Raises ``StorageTrouble`` or ``Unreachable`` when the supply cannot be asked; the step may then be repeated.
        """
        if not self._ahead or self._in_doubt or time.monotonic() > self._fresh_until:
            self._ahead.clear()
            self._settle()
            self._turn = self.supply.look(self.printer_id)
            if self._turn is None:
                return None
            self._ahead.extend(self._turn.jobs)
            self._fresh_until = time.monotonic() + FRESH_S
            if not self._ahead:
                self._check(self._turn)
                return self._turn.pause_s
        assert self._turn is not None
        self._print(self._turn, self._ahead.popleft())
        return 0

    def _check(self, turn: Turn) -> None:
        """Ask an idle printer how it is."""
        if not (turn.is_idle and turn.answers and time.monotonic() >= self._check_at):
            return
        self._check_at = time.monotonic() + CHECK_S
        around = self.around
        trouble: NotReady | None = None
        try:
            address = _address(turn.address, around.limits)
            if not isinstance(address, Tcp):
                return
            with open_link(address, answers=True, limits=around.limits, patience=around.patience):
                pass
        except NotReady as error:
            trouble = error
        self.supply.seen(self.printer_id, trouble)

    def leave(self) -> None:
        """Give the printer back (at the end)."""
        self._settle()
        self.supply.leave(self.printer_id)

    def _settle(self) -> None:
        """Write the outcome that is known, and clear up after a move that may have failed."""
        if self._done is not None:
            self.supply.move(self.printer_id, done=self._done, claim=None)
            self._done = None
        if self._in_doubt:
            self.supply.recover(self.printer_id)
            self._in_doubt = False

    def _print(self, turn: Turn, job: Ready) -> None:
        try:
            self._send(turn, job)
        except NotReady as trouble:
            self._ahead.clear()
            self._settle()
            self.supply.postpone(self.printer_id, job, trouble)
            return
        if not self._ahead or not (self._done and self._done.is_plain):
            self._settle()

    def _send(self, turn: Turn, job: Ready) -> None:
        around = self.around
        address = _address(turn.address, around.limits)
        with open_link(address, answers=turn.answers, limits=around.limits, patience=around.patience) as link:
            claim_key = self._take(job)
            if not claim_key:  # the job may be cancelled, or the printer somebody else's
                self._ahead.clear()
                return
            outcome = link.send(job.data, mark=job.mark)
            self._done = JobDone(
                job_id=job.id, kind=job.kind, repeats=job.repeats, claim_key=claim_key, outcome=outcome, note=job.note
            )
            self.supply.remember(self.printer_id, self._done)

    def _take(self, job: Ready) -> str:
        """Write the last outcome and take the next job; its claim key, or "" when it may not be sent."""
        self._in_doubt = True
        longest_s = self.around.patience.longest_s(job.data)
        claim_key = self.supply.move(self.printer_id, done=self._done, claim=job, longest_s=longest_s)
        self._done, self._in_doubt = None, False
        return claim_key


@lru_cache(maxsize=64)
def _address(text: str, limits: Limits) -> Address:
    """Read once for each printer, not for each paper: a program's limits never change."""
    try:
        return parse_address(text, limits)
    except BadInput as error:  # the settings were narrowed since the printer was added
        raise NotReady(NOT_ALLOWED) from error


class Stations:
    """Stations, each on its thread, until ``stop`` is set. Worker and agent are made of it."""

    def __init__(self, supply: PaperSupply, around: Surroundings, stop: threading.Event) -> None:
        self.supply = supply
        self.around = around
        self.stop = stop
        self._stations: dict[int, Station] = {}
        self._threads: dict[int, threading.Thread] = {}

    def begin(self, printer_id: int) -> None:
        """Start a thread for a printer unless it has one."""
        if printer_id in self._threads and self._threads[printer_id].is_alive():
            return
        station = self._stations[printer_id] = Station(printer_id, self.supply, self.around)
        thread = threading.Thread(target=self._serve, args=(station,), name=f"printer-{printer_id}")
        self._threads[printer_id] = thread
        thread.start()

    def wake(self, printer_ids: set[int]) -> None:
        """Let those look for work now."""
        for printer_id in printer_ids & set(self._stations):
            self._stations[printer_id].wake.set()

    def end(self) -> None:
        """Let every station finish its step and give its printer back."""
        self.stop.set()
        for station in list(self._stations.values()):
            station.wake.set()
        for thread in self._threads.values():
            thread.join()

    def _serve(self, station: Station) -> None:
        pause_s: float | None = 0.0
        with self.surrounded():
            while pause_s is not None:
                if pause_s:
                    station.wake.wait(pause_s)
                station.wake.clear()
                if self.stop.is_set():
                    break
                pause_s = self._step(station)
            with suppress(StorageTrouble, Unreachable):
                station.leave()

    def surrounded(self) -> AbstractContextManager[object]:
        """What a station's thread needs around it."""
        return nullcontext()

    def _step(self, station: Station) -> float | None:
        """One step; trouble is logged and waited out."""
        try:
            return station.step()
        except (StorageTrouble, Unreachable) as trouble:
            log.warning("printer %s: %s", station.printer_id, trouble)
        except Exception:
            log.exception("printer %s", station.printer_id)
        return TROUBLE_PAUSE_S


class Worker(Stations):
    """Stations for all printers in use that are served from here."""

    def __init__(
        self,
        app: Flask,
        *,
        now: Callable[[], datetime] = clock.now,
        patience: Patience | None = None,
        stop: threading.Event | None = None,
    ) -> None:
        settings = app.config["CANTEEN"]
        self.app = app
        self.now = now
        self.worker = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        supply = LocalSupply(worker=self.worker, now=now, draw=drawer(settings.font_path))
        around = Surroundings(Limits.of(settings), patience or Patience())
        super().__init__(supply, around, stop or threading.Event())
        self._is_in_trouble = False

    def surrounded(self) -> AbstractContextManager[object]:
        return self.app.app_context()

    def run(self) -> None:
        """Serve until ``stop``; a paper on its way is finished first."""
        log.info("print worker %s", self.worker)
        pause_s, look_at = BUSY_PAUSE_S, 0.0
        try:
            while not self.stop.is_set():
                if time.monotonic() >= look_at:
                    self.look()
                    look_at = time.monotonic() + LOOK_PAUSE_S
                pause_s = BUSY_PAUSE_S if self.poll() else min(pause_s * IDLE_GROWTH, IDLE_PAUSE_S)
                self.stop.wait(TROUBLE_PAUSE_S if self._is_in_trouble else pause_s)
        finally:
            self.end()

    def look(self) -> None:
        """Start a thread for each printer in use that has none, and house papers without a printer."""
        with self._trouble_logged(), self.app.app_context():
            queue.house_the_homeless()
            queue.doubt_the_dropped(now=self.now())
            for printer_id in queue.active_printers():
                self.begin(printer_id)

    def poll(self) -> bool:
        """Wake the printers that have work: one query for all of them. Whether there were any."""
        due: set[int] = set()
        with self._trouble_logged(), self.app.app_context():
            due = queue.due_printers(list(self._stations), now=self.now())
        self.wake(due)
        return bool(due)

    @contextmanager
    def _trouble_logged(self) -> Iterator[None]:
        self._is_in_trouble = False
        try:
            yield
        except StorageTrouble as trouble:
            self._is_in_trouble = True
            log.warning("database: %s", trouble)
