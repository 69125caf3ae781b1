"""A process beside the server: started with it, started again when it dies, ended with it however that ends.

The print worker is one, because laying out papers and waiting for printers must never slow the counter. The tie is
a pipe: the child reads its standard input, which nobody writes to, and ends at the end of file. That end comes when
the server closes it and also when the server is killed, on every operating system.
"""

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence

log = logging.getLogger("canteen")

#: Seconds before a dead child is started again: the first pause, doubled to the longest.
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 60.0
#: A child that lived this many seconds was well: the pauses begin anew.
STEADY_S = 60.0
#: Seconds a child may take to finish its work before it is killed.
GRACE_S = 10.0


class Keeper:
    """Keeps one child process running from ``start`` to ``stop``."""

    def __init__(
        self, command: Sequence[str], *, environ: Mapping[str, str], first_pause_s: float = FIRST_PAUSE_S
    ) -> None:
        self._command = list(command)
        self._environ = dict(environ)
        self._first_pause_s = first_pause_s
        self._stopping = threading.Event()
        self._starting = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep, name="keeper", daemon=True)

    def start(self) -> None:
        """Start the child; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """End the child and wait for it; ``GRACE_S`` to finish, then it is killed."""
        with self._starting:
            self._stopping.set()
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            try:
                self._process.wait(GRACE_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
        self._thread.join()

    def _keep(self) -> None:
        pause_s = self._first_pause_s
        while True:
            began = time.monotonic()
            with self._starting:
                if self._stopping.is_set():
                    return
                self._process = self._spawn()
            code = self._process.wait()
            if self._stopping.is_set():
                return
            if time.monotonic() - began > STEADY_S:
                pause_s = self._first_pause_s
            log.warning("%s ended with %s; again in %.0f s", self._command[-1], code, pause_s)
            self._stopping.wait(pause_s)
            pause_s = min(pause_s * 2, LONGEST_PAUSE_S)

    def _spawn(self) -> subprocess.Popen[bytes]:
        # A session of its own: Ctrl-C goes to the server, which ends the child in order.
        return subprocess.Popen(  # noqa: S603 - the command is this program
            self._command, stdin=subprocess.PIPE, env=self._environ, start_new_session=True
        )


def run(command: str) -> None:
    """Be the child: run ``flask <command>`` until the parent is gone."""
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
    from flask.cli import cli

    cli.main(args=["--app", "wsgi", command], prog_name="flask")


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_S)  # the command may finish the paper on its way
    os._exit(1)


if __name__ == "__main__":
    run(sys.argv[1])
