"""What a print agent has taken and what became of it, on its own disk before anybody else hears of it.

A line is added, and synced, before a job is asked for and when its outcome is known. What was taken and has no outcome
when the agent starts again is doubtful: nobody knows whether it was printed. Lines of jobs the server knows about are
dropped when the file is next opened.
"""

import json
import os
import secrets
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from canteen.base.private_files import as_private, private_folder
from canteen.printing.sending.wires import Outcome


class JournalTaken(Exception):
    """Another agent of this machine uses the journal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry:
    """One taking of one job."""

    printer_id: int
    job_id: int
    claim_key: str
    #: None until something is known.
    outcome: Outcome | None = None
    note: str = ""


class Journal:
    """The entries the server has not acknowledged yet; safe to use by several threads."""

    def __init__(self, path: Path) -> None:
        """Open or make it. Raises ``JournalTaken``, and OSError when it cannot be written."""
        private_folder(path.parent)
        self._lock = threading.Lock()
        self._keeper = _lock_file(path.with_suffix(".lock"))
        #: Name of this agent, the same as long as its journal lives.
        self.agent, self._open = _read(path)
        _rewrite(path, self.agent, self._open.values())
        self._file = path.open("ab", buffering=0)

    def open_entries(self, printer_id: int | None = None) -> list[JournalEntry]:
        """Entries that were not acknowledged, of one printer or all, the oldest first."""
        with self._lock:
            return [entry for entry in self._open.values() if printer_id in (None, entry.printer_id)]

    def taking(self, *, printer_id: int, job_id: int) -> str:
        """Note, durably, that a job is about to be taken; its claim key."""
        entry = JournalEntry(printer_id=printer_id, job_id=job_id, claim_key=secrets.token_hex(8))
        self._put(entry)
        return entry.claim_key

    def know(self, claim_key: str, outcome: Outcome, note: str = "") -> None:
        """Note, durably, what became of it."""
        with self._lock:
            entry = self._open[claim_key]
        self._put(replace(entry, outcome=outcome, note=note))

    def acknowledge(self, claim_key: str) -> None:
        """The server knows. Not synced: telling it twice does no harm."""
        with self._lock:
            self._open.pop(claim_key, None)
            self._write({"key": claim_key, "done": True})

    def close(self) -> None:
        """Let another agent have it."""
        self._file.close()
        self._keeper.close()

    def _put(self, entry: JournalEntry) -> None:
        with self._lock:
            self._write(_line(entry))
            os.fsync(self._file.fileno())
            self._open[entry.claim_key] = entry

    def _write(self, facts: dict[str, Any]) -> None:
        self._file.write(_encoded(facts))


def _line(entry: JournalEntry) -> dict[str, Any]:
    facts: dict[str, Any] = {"key": entry.claim_key, "printer": entry.printer_id, "job": entry.job_id}
    if entry.outcome:
        facts |= {"state": entry.outcome.state, "reason": entry.outcome.reason, "note": entry.note}
    return facts


def _encoded(facts: dict[str, Any]) -> bytes:
    return json.dumps(facts, ensure_ascii=False).encode() + b"\n"


def _read(path: Path) -> tuple[str, dict[str, JournalEntry]]:
    agent = ""
    entries: dict[str, JournalEntry] = {}
    for facts in _lines(path):
        if "agent" in facts:
            agent = facts["agent"]
        elif facts.get("done"):
            entries.pop(facts["key"], None)
        else:
            outcome = Outcome(facts["state"], facts["reason"]) if "state" in facts else None
            entry = JournalEntry(printer_id=facts["printer"], job_id=facts["job"], claim_key=facts["key"])
            entries[entry.claim_key] = replace(entry, outcome=outcome, note=facts.get("note", ""))
    return agent or secrets.token_hex(8), entries


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of the file; the last one may be cut off by a power failure, and then tells nothing."""
    if not path.exists():
        return
    for line in path.read_bytes().split(b"\n"):
        try:
            found = json.loads(line)
        except ValueError:
            continue
        if isinstance(found, dict):
            yield found


def _rewrite(path: Path, agent: str, entries: Any) -> None:
    """The same, shorter: written beside it and put in its place at once."""
    shorter = path.with_suffix(".new")
    with open(shorter, "wb", opener=as_private) as file:
        file.writelines(map(_encoded, ({"agent": agent}, *map(_line, entries))))
        file.flush()
        os.fsync(file.fileno())
    shorter.replace(path)


def _lock_file(path: Path) -> BinaryIO:
    """An open file that only one process of this machine can have; the system gives it back when the process ends."""
    file = os.fdopen(as_private(str(path), os.O_RDWR | os.O_APPEND | os.O_CREAT), "a+b")
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        raise JournalTaken from error
    return file
