"""Servers as processes of their own on free loopback ports: ours, the floor, and the counties they serve."""

from __future__ import annotations

import hashlib
import http.client
import os
import secrets
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
#: Seconds a server may take to answer first, and to end.
_LONGEST_START, _LONGEST_END = 60.0, 20.0


@dataclass(frozen=True, slots=True)
class Spec:
    """A county to be measured; its history is as near to ``servings`` as whole days come."""

    elders: int
    servings: int
    sites: int

    @property
    def days(self) -> int:
        """An elder of ``bench/people.py`` has 0.92 meals a day, guests included."""
        return round(self.servings / (self.elders * 0.92)) or min(self.servings, 1)

    def make(self, place: Path) -> None:
        """Make it in a process of its own, so that the memory goes back."""
        command = [
            sys.executable,
            str(ROOT / "bench" / "county.py"),
            "--data-dir",
            str(place),
            "--days",
            str(self.days),
            "--elders",
            str(self.elders),
            "--sites",
            str(self.sites),
        ]
        subprocess.run(command, env=_environ(), check=True, stdout=sys.stderr)


@dataclass(frozen=True, slots=True)
class Server:
    """A running server."""

    port: int
    pid: int
    #: Seconds from starting the process to its first answer.
    start_s: float

    def memory_mib(self) -> tuple[float, float]:
        """Resident memory now and at its highest, MiB (Linux)."""
        lines = Path(f"/proc/{self.pid}/status").read_text("utf-8").splitlines()
        facts = dict(line.split(":", 1) for line in lines)
        now, highest = (int(facts[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM"))
        return now, highest

    def cpu_s(self) -> float:
        """Processor seconds it has used so far (Linux)."""
        after_name = Path(f"/proc/{self.pid}/stat").read_text("utf-8").rpartition(")")[2].split()
        return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")


def find_county(spec: Spec, *, work: Path, keep: Path | None) -> Path:
    """The data directory of a fresh county: made now, or copied from one that was kept."""
    name = f"county-{spec.elders}-{spec.days}-{spec.sites}-{_schema()}"
    place = work / name
    if keep is None:
        spec.make(place)
        return place
    kept = keep / name
    if not kept.exists():
        shutil.rmtree(keep / f"{name}.part", ignore_errors=True)
        spec.make(keep / f"{name}.part")
        (keep / f"{name}.part").rename(kept)
    shutil.copytree(kept, place)
    return place


def _schema() -> str:
    """A fingerprint of the tables: a county that was kept from before a change is not used."""
    scripts = sorted((ROOT / "migrations" / "versions").glob("*.py"))
    return hashlib.sha256(b"".join(script.read_bytes() for script in scripts)).hexdigest()[:8]


def cards_of(county: Path, site: int) -> list[str]:
    """The numbers of the cards of who eats at a site."""
    connection = sqlite3.connect(county / "canteen.db")
    try:
        cards = "select number from card join elder on elder.id = card.elder_id where home_site_id = ? order by card.id"
        return [f"{number:0>6}" for (number,) in connection.execute(cards, (site,))]
    finally:
        connection.close()


def servings_in(county: Path) -> int:
    """How many servings a county has."""
    connection = sqlite3.connect(county / "canteen.db")
    try:
        found: int = connection.execute("select count(*) from serving").fetchone()[0]
    finally:
        connection.close()
    return found


@contextmanager
def our_server(county: Path) -> Iterator[Server]:
    """The product as people run it: production settings, waitress, no print worker beside it."""
    settings = {
        "CANTEEN_ENV": "production",
        "CANTEEN_DATA_DIR": str(county),
        "CANTEEN_SECRET_KEY": secrets.token_hex(32),
    }
    port = _free_port()
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "serve", "--no-print-worker", "--port", str(port)]
    with _running(command, port, "/healthz", _environ(settings), county / "server.log") as server:
        yield server


@contextmanager
def floor_server(work: Path, *, elders: int) -> Iterator[Server]:
    """The floor, with an empty database."""
    port = _free_port()
    place = work / "floor"
    command = [
        sys.executable,
        str(ROOT / "bench" / "floor.py"),
        "--port",
        str(port),
        "--data-dir",
        str(place),
        "--elders",
        str(elders),
    ]
    with _running(command, port, "/", _environ(), work / "floor.log") as server:
        yield server


def _environ(more: dict[str, str] | None = None) -> dict[str, str]:
    """The environment without settings of a real canteen, and with compiled modules kept, as on any machine."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CANTEEN_")}
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    return kept | (more or {})


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def _running(command: list[str], port: int, path: str, environ: dict[str, str], log: Path) -> Iterator[Server]:
    began = time.perf_counter()
    with log.open("ab") as out:
        process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=out, stderr=out)
    try:
        if not _answers(process, port, path):
            raise SystemExit(f"{' '.join(command)} did not start:\n{log.read_text('utf-8')[-2000:]}")
        yield Server(port, process.pid, time.perf_counter() - began)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(_LONGEST_END)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _answers(process: subprocess.Popen[bytes], port: int, path: str) -> bool:
    """Wait for the first answer, whatever it says; False when the process ends first or never answers."""
    deadline = time.monotonic() + _LONGEST_START
    while time.monotonic() < deadline and process.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", path)
            connection.getresponse().read()
            return True
        except OSError:
            time.sleep(0.005)
        finally:
            connection.close()
    return False
