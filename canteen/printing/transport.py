"""One job to one printer, and an honest answer about what became of it.

A *link* is opened first: connected, and asked whether it is ready. Until ``send`` nothing can have been printed, so
whatever goes wrong before is ``NotReady`` and may be tried again without asking anybody. From the first byte of the
job on a failure means that nobody knows, and the answer is "uncertain".

Network printers (raw TCP, usually port 9100) are asked with DLE EOT before the job; the job ends with ``GS r 1``,
which is answered in order and therefore after printing. Connections are closed as the CUPS socket backend does:
everything sent, our side shut down, read until the printer closes. Closing with unread bytes in the socket would
make the system reset the connection, and the end of the paper would be lost.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from escpos.constants import RT_STATUS

from canteen.printing.address import Address, Limits, Screen, Tcp

#: Question of DLE EOT -> bits of the answer that forbid printing, the worst first, with what staff should do.
TROUBLE_BITS = (
    (4, 0x60, "缺纸,请装纸"),
    (2, 0x04, "上盖没有关好"),
    (2, 0x20, "缺纸,请装纸"),
    (2, 0x40, "打印机报错,请关机再开"),
    (1, 0x08, "打印机离线"),
)
NOT_ALLOWED = "打印机地址不在允许的范围内"


class NotReady(Exception):
    """Nothing was printed. ``is_hold``: the printer answered and waits for a hand (paper, cover); it is asked again
    soon. Otherwise it was not reached, and pauses grow."""

    def __init__(self, reason: str, *, is_hold: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_hold = is_hold


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a job: ``printed``, ``sent`` or ``uncertain``, and why it is not "printed"."""

    state: str
    reason: str = ""


PRINTED = Outcome("printed")
SENT = Outcome("sent", "打印机不会回答,不能确认已打印")
NO_ANSWER = Outcome("uncertain", "数据已发出,打印机没有确认")
BROKEN = Outcome("uncertain", "发送中断,可能只打印了一部分")


@dataclass(frozen=True, slots=True)
class Patience:
    """How long each step may take, seconds. The whole job: ``job_s`` and what its bytes need at ``bytes_per_s``."""

    connect_s: float = 3.0
    status_s: float = 1.0
    job_s: float = 10.0
    #: After the confirmation: how long the printer may take to close.
    close_s: float = 1.0
    #: A slow printer (58 mm, 50 mm/s, some 15 lines of 32 columns a second) still takes this.
    bytes_per_s: int = 400

    def longest_s(self, job: bytes) -> float:
        """An upper bound for opening a link and sending the job."""
        return self.connect_s + 3 * self.status_s + self.job_s + len(job) / self.bytes_per_s + self.close_s


class Link(Protocol):
    """A printer that is ready now."""

    def send(self, job: bytes) -> Outcome:
        """Send a whole job, once. Never raises."""


@contextmanager
def open_link(address: Address, *, answers: bool, limits: Limits, patience: Patience) -> Iterator[Link]:
    """Connect and ask whether the printer can print; ``NotReady`` when not."""
    match address:
        case Screen():
            yield _ScreenLink()
        case Tcp():
            with _connect(address, limits, patience) as connection:
                link = _TcpLink(connection, answers, patience)
                if answers:
                    link.ask_ready()
                yield link


class _ScreenLink:
    """The on-screen printer: the preview is the paper."""

    def send(self, job: bytes) -> Outcome:
        return PRINTED


def _connect(address: Tcp, limits: Limits, patience: Patience) -> socket.socket:
    """Resolve, look at what came out, and connect to exactly that."""
    if not limits.allow_port(address.port):
        raise NotReady("打印机端口不在允许的范围内")
    try:
        found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotReady("打印机名字查不到地址") from error
    allowed = [place for place in found if limits.allow_host(str(place[4][0]).partition("%")[0])]
    if not allowed:
        raise NotReady(NOT_ALLOWED)
    family, kind, protocol, _, place = allowed[0]
    connection = socket.socket(family, kind, protocol)
    try:
        connection.settimeout(patience.connect_s)
        connection.connect(place)
    except OSError as error:
        connection.close()
        raise NotReady("连不上打印机,请检查电源和网线") from error
    return connection


class _TcpLink:
    def __init__(self, connection: socket.socket, answers: bool, patience: Patience) -> None:
        self.connection = connection
        self.answers = answers
        self.patience = patience

    def ask_ready(self) -> None:
        """DLE EOT 1, 2 and 4, one after the other. A printer that answers none of them is not sent a paper."""
        try:
            status = {question: self._ask(question) for question in (1, 2, 4)}
        except OSError as error:
            raise NotReady("打印机没有回答状态") from error
        for question, bits, reason in TROUBLE_BITS:
            if status[question] & bits:
                raise NotReady(reason, is_hold=True)

    def _ask(self, question: int) -> int:
        """The status byte; TimeoutError or another OSError without one."""
        self.connection.settimeout(self.patience.status_s)
        self.connection.sendall(RT_STATUS + bytes([question]))
        deadline = time.monotonic() + self.patience.status_s
        while True:
            for value in self._read(deadline):
                if value & 0x93 == 0x12:
                    return value

    def send(self, job: bytes) -> Outcome:
        deadline = time.monotonic() + self.patience.job_s + len(job) / self.patience.bytes_per_s
        try:
            self.connection.settimeout(deadline - time.monotonic())
            self.connection.sendall(job)
            self.connection.shutdown(socket.SHUT_WR)
        except OSError:
            return BROKEN
        if not self.answers:
            self._read_to_end(time.monotonic() + self.patience.close_s)
            return SENT
        try:
            self._await_fence(deadline)
        except OSError:
            return NO_ANSWER
        self._read_to_end(time.monotonic() + self.patience.close_s)
        return PRINTED

    def _await_fence(self, deadline: float) -> None:
        """Read until the answer of GS r 1 (bits 4 and 7 off); OSError when it does not come.

        A printer set to report by itself (GS a) mixes in groups of four bytes whose first has bit 4 on and bits 0,
        1 and 7 off; the other three could be mistaken for the answer and are left out.
        """
        skip = 0
        while True:
            for value in self._read(deadline):
                if skip:
                    skip -= 1
                elif value & 0x93 == 0x10:
                    skip = 3
                elif value & 0x90 == 0x00:
                    return

    def _read_to_end(self, deadline: float) -> None:
        """Take what the printer still says until it closes, so that our close is not a reset."""
        try:
            while True:
                self._read(deadline)
        except OSError:
            return

    def _read(self, deadline: float) -> bytes:
        """At least one byte; TimeoutError at the deadline, ConnectionError when the printer has closed."""
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self.connection.settimeout(left)
        found = self.connection.recv(256)
        if not found:
            raise ConnectionAbortedError
        return found
