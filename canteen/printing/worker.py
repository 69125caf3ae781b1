"""The print worker: one thread for each printer, so that a stalled printer never slows another.

A *station* serves one printer. Its ``step`` does what can be done now and answers how long to wait before the next
step; nothing in it sleeps, so tests drive it with a clock of their own. Nothing slow happens inside a transaction:
look (read), connect and ask (network), claim (write), send (network), finish (write).
"""

from __future__ import annotations

import json
import logging
import os
import secrets
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from flask import Flask

from canteen import clock
from canteen.errors import BadInput, StorageTrouble
from canteen.printing import queue
from canteen.printing.address import Address, Limits, parse_address
from canteen.printing.encoder import Encoded
from canteen.printing.glyphs import Draw, drawer
from canteen.printing.layouts import paper_bytes
from canteen.printing.transport import NOT_ALLOWED, NotReady, Outcome, Patience, open_link
from canteen.printing.troubles import told

log = logging.getLogger("canteen.printing")

#: Seconds between looks at an empty queue: quick after work, then slower.
BUSY_PAUSE_S, IDLE_PAUSE_S, IDLE_GROWTH = 0.3, 1.0, 1.2
#: Seconds before asking again for a printer another worker holds, and after trouble with the database.
OTHERS_PAUSE_S, TROUBLE_PAUSE_S = 2.0, 5.0
#: Seconds between looks for new printers and for papers without one.
LOOK_PAUSE_S = 2.0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every station of a worker shares."""

    #: Unique among workers: host, process and a random part.
    worker: str
    now: Callable[[], datetime]
    limits: Limits
    patience: Patience
    draw: Draw


class Station:
    """One printer, served by one worker. Not for use by two threads at once."""

    def __init__(self, printer_id: int, around: Surroundings) -> None:
        self.printer_id = printer_id
        self.around = around
        self._lease_until: datetime | None = None
        self._idle_s = BUSY_PAUSE_S
        #: An outcome the database would not take yet: it is written before anything else is done.
        self._unwritten: tuple[int, Outcome, str] | None = None

    def step(self) -> float | None:
        """Do what can be done now; seconds until the next step, or None when the printer is out of use.

        Raises ``StorageTrouble`` when the database cannot be used; the step may then be repeated.
        """
        self._write_outcome()
        if not self._hold_lease():
            return OTHERS_PAUSE_S if queue.next_turn(self.printer_id) else None
        turn = queue.next_turn(self.printer_id)
        if turn is None:
            return None
        if turn.job is None:
            self._idle_s = min(self._idle_s * IDLE_GROWTH, IDLE_PAUSE_S)
            return self._idle_s
        self._idle_s = BUSY_PAUSE_S
        now = self.around.now()
        if turn.job.created_at < now - queue.STALE:
            queue.give_up(turn.job.id, queue.TOO_OLD, now=now)
            return 0
        pause_s = (turn.job.next_try_at - now).total_seconds()
        if 0 < pause_s <= queue.LONGEST_PAUSE_S:  # longer ones are of a clock that was set back
            return min(pause_s, IDLE_PAUSE_S)
        self._print(turn, turn.job)
        return 0

    def leave(self) -> None:
        """Give the printer back (at the end of the worker)."""
        self._write_outcome()
        queue.leave_printer(self.printer_id, worker=self.around.worker)

    def _hold_lease(self) -> bool:
        now = self.around.now()
        if self._lease_until is None or not queue.LEASE / 2 <= self._lease_until - now <= queue.LEASE:
            taken = queue.take_printer(self.printer_id, worker=self.around.worker, now=now)
            self._lease_until = now + queue.LEASE if taken else None
        return self._lease_until is not None

    def _print(self, turn: queue.Turn, job: queue.Waiting) -> None:
        encoded = self._encode(turn, job)
        if encoded is None:
            return
        try:
            self._send(turn, job, encoded)
        except NotReady as trouble:
            queue.postpone(job, self.printer_id, trouble.reason, is_hold=trouble.is_hold, now=self.around.now())

    def _encode(self, turn: queue.Turn, job: queue.Waiting) -> Encoded | None:
        """The bytes; a job that cannot be laid out is given up, so that those behind it are printed."""
        try:
            return paper_bytes(job.kind, json.loads(job.facts), turn.device, self.around.draw)
        except Exception:
            log.exception("job %s cannot be laid out", job.id)
            queue.give_up(job.id, "内容有误,不能打印,请联系管理员", now=self.around.now())
            return None

    def _send(self, turn: queue.Turn, job: queue.Waiting, encoded: Encoded) -> None:
        around = self.around
        with open_link(
            self._address(turn), answers=turn.device.answers, limits=around.limits, patience=around.patience
        ) as link:
            claimed = queue.claim(
                job.id, self.printer_id, worker=around.worker, now=around.now(),
                longest_s=around.patience.longest_s(encoded.data),
            )
            if not claimed:
                self._lease_until = None  # ask anew; the job may be cancelled, or the printer another's
                return
            outcome = link.send(encoded.data)
        self._unwritten = job.id, outcome, _note(encoded)
        self._write_outcome()

    def _address(self, turn: queue.Turn) -> Address:
        try:
            return parse_address(turn.address, self.around.limits)
        except BadInput as error:  # the settings were narrowed since the printer was added
            raise NotReady(NOT_ALLOWED) from error

    def _write_outcome(self) -> None:
        if self._unwritten:
            job_id, outcome, note = self._unwritten
            queue.finish(job_id, self.printer_id, outcome, note=note, now=self.around.now())
            self._unwritten = None


def _note(encoded: Encoded) -> str:
    return told("没有字体可画,打成方框", "".join(encoded.boxed)) if encoded.boxed else ""


class Worker:
    """Stations for all printers in use, each on its thread, until ``stop`` is set."""

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
        self.stop = stop or threading.Event()
        self.around = Surroundings(
            worker=f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}",
            now=now,
            limits=Limits.of(settings),
            patience=patience or Patience(),
            draw=drawer(settings.font_path),
        )
        self._threads: dict[int, threading.Thread] = {}

    def run(self) -> None:
        """Serve until ``stop``; a paper on its way is finished first."""
        log.info("print worker %s", self.around.worker)
        try:
            while not self.stop.is_set():
                self.look()
                self.stop.wait(LOOK_PAUSE_S)
        finally:
            self.end()

    def end(self) -> None:
        """Let every station finish its step and give its printer back."""
        self.stop.set()
        for thread in self._threads.values():
            thread.join()

    def look(self) -> None:
        """Start a thread for each printer in use that has none, and house papers without a printer."""
        try:
            with self.app.app_context():
                queue.house_the_homeless()
                found = queue.active_printers()
        except StorageTrouble as trouble:
            log.warning("database: %s", trouble)
            return
        for printer_id in found:
            if printer_id not in self._threads or not self._threads[printer_id].is_alive():
                thread = threading.Thread(target=self._serve, args=(printer_id,), name=f"printer-{printer_id}")
                self._threads[printer_id] = thread
                thread.start()

    def _serve(self, printer_id: int) -> None:
        station = Station(printer_id, self.around)
        pause_s: float | None = 0.0
        while pause_s is not None and not self.stop.wait(pause_s):
            pause_s = self._step(station)
        with suppress(StorageTrouble), self.app.app_context():
            station.leave()

    def _step(self, station: Station) -> float | None:
        """One step in its own application context; trouble is logged and waited out."""
        try:
            with self.app.app_context():
                return station.step()
        except StorageTrouble as trouble:
            log.warning("printer %s: database: %s", station.printer_id, trouble)
        except Exception:
            log.exception("printer %s", station.printer_id)
        return TROUBLE_PAUSE_S
