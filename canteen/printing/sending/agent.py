"""The print agent: prints at a remote site what waits on the server in the county seat.

It serves the site's printers with the same stations as the worker beside the database; only its *supply* is far away.
What it takes and what became of it stands in its journal first, so an outage, a lost answer or a power cut never prints
a paper twice unnoticed and never forgets one: what is known is reported as soon as the server can be reached, and what
nobody can know is reported as uncertain.
"""

import logging
import math
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Protocol

from canteen.base.errors import NotFound
from canteen.printing.sending.agent_forms import ready_of
from canteen.printing.sending.claiming import NOT_SENT, JobDone
from canteen.printing.sending.journal import Journal, JournalEntry
from canteen.printing.sending.queue import DROPPED
from canteen.printing.sending.supply import IDLE_PAUSE_S, Ready, Turn, Unreachable
from canteen.printing.sending.wires import NotReady, Outcome
from canteen.printing.sending.worker import Stations, Surroundings

log = logging.getLogger("canteen.printing")

#: Seconds between questions to the server: quick after work, then slower; and while it cannot be reached.
BUSY_PAUSE_S, QUIET_PAUSE_S, GROWTH, OUTAGE_PAUSE_S = 1.0, 3.0, 1.1, 5.0


class Server(Protocol):
    """The server's API for agents."""

    def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The answer. Raises ``Unreachable``, and ``NotFound`` for what is not this site's (any more)."""


class RemoteSupply:
    """A supply whose queue is on the server."""

    def __init__(self, server: Server, journal: Journal) -> None:
        self.server = server
        self.journal = journal
        for entry in journal.open_entries():
            if entry.outcome is None:  # the agent ended between taking it and knowing
                journal.know(entry.claim_key, Outcome("uncertain", DROPPED))

    def printers(self) -> dict[int, bool]:
        """The printers to serve, and whether each has something to print."""
        return {one["id"]: one["due"] for one in _part(self.server.ask("GET", "/printers"), "printers")}

    def look(self, printer_id: int) -> Turn | None:
        self.report(printer_id)
        try:
            found = self._post(f"/printers/{printer_id}/turn", {})
        except NotFound:
            return None
        jobs = tuple(map(ready_of, _part(found, "jobs")))
        return Turn(found["address"], found["answers"], jobs, min(found["pause_s"], IDLE_PAUSE_S))

    def move(self, printer_id: int, *, done: JobDone | None, claim: Ready | None, longest_s: float = 0) -> str:
        if done is not None:
            self.remember(printer_id, done)
        self.report(printer_id)
        if claim is None:
            return ""
        key = self.journal.taking(printer_id=printer_id, job_id=claim.id)
        try:
            wanted = {"printer": printer_id, "key": key, "longest_s": min(300, math.ceil(longest_s))}
            answer = self._post(f"/jobs/{claim.id}/claim", wanted)
        except NotFound:
            answer = {"claimed": False}
        if not _part(answer, "claimed"):
            self.journal.acknowledge(key)
            return ""
        return key

    def remember(self, printer_id: int, done: JobDone) -> None:
        """In the journal, once; again when the disk refused it before."""
        for entry in self.journal.open_entries():
            if entry.claim_key == done.claim_key and entry.outcome is None:
                self.journal.know(done.claim_key, done.outcome, done.note)

    def recover(self, printer_id: int) -> None:
        """What was asked for, without an answer, was not sent: the station waits for the answer before its first
        byte."""
        for entry in self.journal.open_entries(printer_id):
            if entry.outcome is None:
                self.journal.know(entry.claim_key, Outcome(NOT_SENT))
        self.report(printer_id)

    def report(self, printer_id: int | None = None) -> None:
        """Tell the server every outcome it has not heard of."""
        for entry in self.journal.open_entries(printer_id):
            if entry.outcome is not None:
                self._tell(entry, entry.outcome)

    def _tell(self, entry: JournalEntry, outcome: Outcome) -> None:
        try:
            said = {"state": outcome.state, "reason": outcome.reason, "note": entry.note}
            taken = {"printer": entry.printer_id, "key": entry.claim_key}
            answer = self._post(f"/jobs/{entry.job_id}/outcome", taken | said)
            _part(answer, "state")  # else it was not the server that answered, and it is told again
        except NotFound:
            log.warning("job %s is not this site's any more: %s", entry.job_id, outcome.state)
        self.journal.acknowledge(entry.claim_key)

    def postpone(self, printer_id: int, job: Ready, trouble: NotReady) -> None:
        with suppress(NotFound):
            self._post(
                f"/jobs/{job.id}/postpone",
                {"printer": printer_id, "attempts": job.attempts, "reason": trouble.reason, "is_hold": trouble.is_hold},
            )

    def seen(self, printer_id: int, trouble: NotReady | None) -> None:
        """Not told to the server: it never calls a printer of an agent idle (``Turn.is_idle``)."""

    def leave(self, printer_id: int) -> None:
        with suppress(NotFound):
            self._post(f"/printers/{printer_id}/leave", {})

    def _post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return self.server.ask("POST", path, {"agent": self.journal.agent, **body})


def _part(answer: Mapping[str, Any], name: str) -> Any:
    """What the server's answer holds under a name; an answer without it was somebody else's (``Unreachable``)."""
    if name not in answer:
        raise Unreachable(f"回答不是服务器的 (not the server's answer: no {name})")
    return answer[name]


class PrintAgent(Stations):
    """Stations for the printers of one site."""

    def __init__(self, supply: RemoteSupply, around: Surroundings, stop: threading.Event) -> None:
        super().__init__(supply, around, stop)
        self.remote = supply
        self._is_out = False

    def run(self) -> None:
        """Serve until ``stop``; a paper on its way is finished first."""
        pause_s = BUSY_PAUSE_S
        try:
            while not self.stop.is_set():
                is_busy = self.look()
                pause_s = BUSY_PAUSE_S if is_busy else min(pause_s * GROWTH, QUIET_PAUSE_S)
                self.stop.wait(OUTAGE_PAUSE_S if self._is_out else pause_s)
        finally:
            self.end()

    def look(self) -> bool:
        """Report what is still to be reported, start what is new, wake what has work. Whether anything had."""
        try:
            self.remote.report()
            found = self.remote.printers()
        except (Unreachable, NotFound) as trouble:
            if not self._is_out:
                log.warning("server: %s", trouble)
            self._is_out = True
            return False
        if self._is_out:
            log.warning("server: reached again")
        self._is_out = False
        for printer_id in found:
            self.begin(printer_id)
        due = {printer_id for printer_id, is_due in found.items() if is_due}
        self.wake(due)
        return bool(due)
