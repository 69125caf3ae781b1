"""The program as people start it: real processes of ``flask --app wsgi …`` on data of their own."""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from flask import Flask

from canteen.base.config import ROOT
from canteen.entrance import listening


class Program:
    """The program with one set of settings. ``settings`` are named as in the environment, without ``CANTEEN_``."""

    def __init__(self, data_dir: Path, **settings: str) -> None:
        kept = {name: text for name, text in os.environ.items() if not name.startswith("CANTEEN_")}
        named = {"DATA_DIR": str(data_dir), "SECRET_KEY": "k" * 40, "SECOND_STEP_ROLES": "none", **settings}
        self.data_dir = data_dir
        self.environ = kept | {"PYTHONUTF8": "1"} | {f"CANTEEN_{name}": text for name, text in named.items()}

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end, whatever that is."""
        return subprocess.run(
            self.command(*words), cwd=ROOT, env=self.environ, capture_output=True, encoding="utf-8", timeout=120
        )

    def does(self, *words: str) -> str:
        """Run a command that must go well; its output."""
        done = self.run(*words)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @staticmethod
    def command(*words: str) -> list[str]:
        return [sys.executable, "-m", "flask", "--app", "wsgi", *words]


class Server:
    """``flask serve`` on a free port of the loopback; made when it listens."""

    def __init__(self, program: Program, *options: str) -> None:
        self._log = program.data_dir / "server.log"
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                program.command("serve", "--port", "0", *options),
                cwd=ROOT,
                env=program.environ,
                encoding="utf-8",
                stdout=subprocess.PIPE,
                stderr=log,
            )
        assert self.process.stdout
        for line in self.process.stdout:
            if line.startswith("listening on "):
                self.url = line.split()[-1]
                return
        pytest.fail(f"the server did not start: {self.says}", pytrace=False)

    @property
    def says(self) -> str:
        """What it wrote on standard error so far."""
        return self._log.read_text("utf-8", "replace")

    def stop(self) -> int:
        """End it as a system does; its exit code."""
        self.process.terminate()
        return self.process.wait(30)


class InThread:
    """The server of ``serve`` in this process, so that a test can add a page that tells what arrived."""

    def __init__(self, app: Flask) -> None:
        self.server = listening.Listener(app, "127.0.0.1", 0)
        self.port = int(self.server.effective_port)
        self._thread = threading.Thread(target=self.server.run)
        self._thread.start()

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        told = {name.replace("_", "-"): text for name, text in headers.items()}
        connection.request(method, path, body, told | {"Connection": "close"})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()

    def stop(self) -> None:
        self.server.task_dispatcher.shutdown()
        self.server.pull_trigger()
        self.server.close()
        self._thread.join(10)
