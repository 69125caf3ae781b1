"""A network printer on loopback that can go wrong in every way a real one does.

It serves one connection at a time, obeys DLE EOT wherever it stands in the data, and answers GS r 1 in order. Tests
set its faults as attributes and take finished papers from ``papers``; nothing here sleeps or looks at a clock.
"""

from __future__ import annotations

import queue
import re
import socket
import struct
import threading
from collections.abc import Callable
from ipaddress import ip_network
from types import TracebackType
from typing import Self

from canteen.printing.sending.address import Limits
from canteen.printing.sending.wires import Patience

#: Loopback only, on any port the system gives.
LIMITS = Limits((ip_network("127.0.0.0/8"),), (range(1024, 65536),))
#: A printer that does not answer is given up soon.
HURRIED = Patience(connect_s=2.0, status_s=0.2, job_s=0.3, close_s=0.2, bytes_per_s=10**9)

FENCE = b"\x1dr\x01"
_QUESTION = re.compile(rb"\x10\x04([\x01-\x04])", re.DOTALL)
#: GS ( H function 48 at the end of a job, with its mark.
_PROCESS = re.compile(rb"\x1d\(H\x06\x0000(.{4})\Z", re.DOTALL)
HEALTHY = 0x12


class FakePrinter:
    """Use as a context manager; ``address`` is what a printer row holds."""

    def __init__(self) -> None:
        #: Whole papers, as they came out.
        self.papers: queue.Queue[bytes] = queue.Queue()
        #: Bytes of papers that were broken off.
        self.scraps: queue.Queue[bytes] = queue.Queue()
        #: Papers printed so far, in order.
        self.printed: list[bytes] = []
        self.connections = 0
        self.paper_out = self.cover_open = self.offline = self.broken = False
        #: Question of DLE EOT -> bits of its answer that are on besides: any fault there is a bit for.
        self.says: dict[int, int] = {}
        self.answers_status = self.answers_fence = True
        #: Reset the connection once so many bytes of a job were read.
        self.drop_after: int | None = None
        #: Accept, and then read nothing.
        self.stalled = False
        #: Sent before the answer to the fence: automatic status, an XON, an old answer.
        self.noise = b""
        #: A report nobody asked for (GS a) that begins behind the answer to the last question and ends in the job.
        self.report_begins = self.report_ends = b""
        #: Called with each paper while the sender waits for the answer.
        self.while_printing: Callable[[bytes], None] = lambda _job: None
        #: Never close on its own.
        self.keeps_open = False
        #: Close as soon as a question is asked.
        self.closes_when_asked = False
        #: Read so many bytes of a job, and then no more: a small buffer behind a stuck mechanism.
        self.stalls_after: int | None = None
        #: The paper ends after so many bytes: what was read is a scrap, and the printer goes off line without an answer.
        self.paper_ends_after: int | None = None
        #: The power goes after so many bytes: the connection breaks, and the next ones are refused.
        self.dies_after: int | None = None
        #: Close right after the answer to the fence, without waiting for the sender.
        self.closes_after_answer = False
        self._released = threading.Event()
        self._listener = self._listen(0)
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        return f"tcp://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: type[BaseException] | None, _e: BaseException | None, _t: TracebackType | None) -> None:
        self._released.set()
        self.switch_off()

    def recover(self) -> None:
        """Power off and on again, with new paper and every flap closed; what was in its buffer is gone."""
        self.paper_out = self.cover_open = self.offline = self.broken = self.stalled = self.keeps_open = False
        self.closes_when_asked = self.closes_after_answer = False
        self.says = {}
        self.answers_status = self.answers_fence = True
        self.drop_after = self.stalls_after = self.paper_ends_after = self.dies_after = None
        released, self._released = self._released, threading.Event()
        released.set()
        if not self._thread.is_alive():
            self.switch_on()

    def switch_off(self) -> None:
        """Connections are refused from now on."""
        with socket.socket() as knock:  # wakes the thread out of accept()
            listener, self._listener = self._listener, socket.socket()
            knock.settimeout(2)
            if knock.connect_ex(("127.0.0.1", self.port)) == 0:
                knock.shutdown(socket.SHUT_RDWR)
            listener.close()
        self._thread.join(5)

    def switch_on(self) -> None:
        """Listen on the same port again."""
        self._listener = self._listen(self.port)
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    @staticmethod
    def _listen(port: int) -> socket.socket:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen()
        return listener

    def _accept(self) -> None:
        mine = self._listener
        while True:
            try:
                connection, _ = mine.accept()
            except OSError:  # closed before this thread came back to it
                return
            if self._listener is not mine:
                connection.close()
                return
            self.connections += 1
            with connection:
                try:
                    self._serve(connection)
                except OSError:
                    continue

    def _serve(self, connection: socket.socket) -> None:
        released = self._released
        if self.stalled:
            released.wait()
            return
        job = b""
        while chunk := connection.recv(4096):
            job = _QUESTION.sub(lambda asked: self._answer(connection, asked[1][0]), job + chunk)
            if self.closes_when_asked:
                return
            if self._goes_wrong(connection, job):
                return
            if job.endswith(FENCE) or _PROCESS.search(job):
                self._print(connection, job)
                job = b""
                if self.closes_after_answer:
                    return
        if job:
            self._print(connection, job)
        if self.keeps_open:
            released.wait()

    def _goes_wrong(self, connection: socket.socket, job: bytes) -> bool:
        """Whether the connection ends inside this job."""
        if not job:
            return False
        if self.stalls_after is not None and len(job) >= self.stalls_after:
            self.scraps.put(job)
            self._released.wait()
            return True
        if self.paper_ends_after is not None and len(job) >= self.paper_ends_after:
            self.scraps.put(job)
            self.paper_out = True
            while connection.recv(4096):
                pass
            return True
        if self.dies_after is not None and len(job) >= self.dies_after:
            self.scraps.put(job)
            self._listener.close()
            self._break(connection)
            return True
        if self.drop_after is not None and len(job) >= self.drop_after:
            self.scraps.put(job)
            self._break(connection)
            return True
        return False

    @staticmethod
    def _break(connection: socket.socket) -> None:
        """Close so that the peer sees a reset."""
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def _answer(self, connection: socket.socket, question: int) -> bytes:
        status = {
            1: HEALTHY | 0x08 * self.offline,
            2: HEALTHY | 0x04 * self.cover_open | 0x20 * self.paper_out | 0x40 * self.broken,
            4: HEALTHY | 0x60 * self.paper_out,
        }.get(question, HEALTHY) | self.says.get(question, 0)
        if self.answers_status:
            connection.sendall(self.noise + bytes([status]) + self.report_begins * (question == 4))
        return b""

    def _print(self, connection: socket.socket, job: bytes) -> None:
        if self.report_ends:
            connection.sendall(self.report_ends)
        self.printed.append(job)
        self.while_printing(job)
        self.papers.put(job)
        if not self.answers_fence:
            return
        if asked := _PROCESS.search(job):
            connection.sendall(self.noise + b"\x37\x22" + asked[1] + b"\x00")
        elif job.endswith(FENCE):
            connection.sendall(self.noise + b"\x00")
