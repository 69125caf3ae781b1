"""One job to one printer, and an honest answer about what became of it.

A *link* is opened first: connected, and asked whether it is ready. Until ``send`` nothing can have been printed, so
whatever goes wrong before is ``NotReady`` and may be tried again without asking anybody. From the first byte of the
job on a failure means that nobody knows, and the answer is "uncertain".

A printer that answers is asked with DLE EOT before the job; the job ends with a *fence*, ``GS r 1`` or ``GS ( H``,
which is answered in order and therefore after printing. How bytes get there is the business of a *wire*: the network
here, what is attached to this machine in ``attached``.
"""

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Protocol

from canteen.printing.drawing.device import find_process_answer
from canteen.printing.sending.address import Address, Limits, Screen, Spooler, Tcp
from canteen.printing.sending.attached import Spool, open_attached
from canteen.printing.sending.network import connect
from canteen.printing.sending.wires import NotReady, Outcome, Patience, Wire

#: Question of DLE EOT -> bits of the answer that forbid printing, the worst first, with what staff should do. A fault is a
#: line here and its English; the tests ask for every line.
TROUBLE_BITS = (
    (4, 0x60, "缺纸,请装纸"),
    (2, 0x04, "上盖没有关好"),
    (2, 0x20, "缺纸,请装纸"),
    (2, 0x40, "打印机报错,请关机再开"),
    (1, 0x08, "打印机离线"),
)
_ASK_STATUS = b"\x10\x04"

PRINTED = Outcome("printed")
SENT = Outcome("sent", "打印机不会回答,不能确认已打印")
NO_ANSWER = Outcome("uncertain", "数据已发出,打印机没有确认")
BROKEN = Outcome("uncertain", "发送中断,可能只打印了一部分")


class Link(Protocol):
    """A printer that is ready now."""

    def send(self, job: bytes, *, mark: bytes = b"") -> Outcome:
        """Send a whole job, once. Never raises. ``mark`` is the one a job that ends with ``GS ( H`` asks for."""


@contextmanager
def open_link(address: Address, *, answers: bool, limits: Limits, patience: Patience) -> Iterator[Link]:
    """Connect and ask whether the printer can print; ``NotReady`` when not."""
    match address:
        case Screen():
            yield _ScreenLink()
        case Spooler():
            with closing(Spool(address)) as spool:
                yield _SpoolerLink(spool)
        case _:
            found = connect(address, limits, patience) if isinstance(address, Tcp) else open_attached(address, patience)
            with closing(found) as wire:
                link = _WireLink(wire, answers, patience)
                if answers:
                    link.ask_ready()
                yield link


class _ScreenLink:
    """The on-screen printer: the preview is the paper."""

    def send(self, job: bytes, *, mark: bytes = b"") -> Outcome:
        return PRINTED


class _SpoolerLink:
    """A queue of the print system: it takes the job as a whole, and never says what became of it."""

    def __init__(self, spool: Spool) -> None:
        self.spool = spool

    def send(self, job: bytes, *, mark: bytes = b"") -> Outcome:
        try:
            self.spool.put(job)
        except OSError:
            return BROKEN
        return SENT


class _WireLink:
    def __init__(self, wire: Wire, answers: bool, patience: Patience) -> None:
        self.wire = wire
        self.answers = answers
        self.patience = patience
        self._ear = _Ear()

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
        deadline = time.monotonic() + self.patience.status_s
        self.wire.write(_ASK_STATUS + bytes([question]), deadline)
        while True:
            found = [value for value in self._ear.answers_in(self.wire.read(deadline)) if value & 0x93 == 0x12]
            if found:
                return found[0]

    def send(self, job: bytes, *, mark: bytes = b"") -> Outcome:
        deadline = time.monotonic() + self.patience.sending_s(job)
        try:
            self.wire.write(job, deadline)
            self.wire.end(deadline)
        except OSError:
            return BROKEN
        if not self.answers:
            self.wire.rest(time.monotonic() + self.patience.close_s)
            return SENT
        try:
            if mark:
                self._await_mark(mark, deadline)
            else:
                self._await_fence(deadline)
        except OSError:
            return NO_ANSWER
        self.wire.rest(time.monotonic() + self.patience.close_s)
        return PRINTED

    def _await_fence(self, deadline: float) -> None:
        """Read until the answer of GS r 1 (bits 4 and 7 off); OSError when it does not come."""
        while not any(value & 0x90 == 0x00 for value in self._ear.answers_in(self.wire.read(deadline))):
            pass

    def _await_mark(self, mark: bytes, deadline: float) -> None:
        """Read until the printer says that the job with this mark is done; OSError when it does not."""
        heard = b""
        while find_process_answer(heard, mark) < 0:
            heard += self.wire.read(deadline)


class _Ear:
    """What a printer answers, without what it says by itself.

    One set to report changes (GS a) mixes in groups of four bytes whose first has bit 4 on and bits 0, 1 and 7 off; the
    other three could be mistaken for answers. A group may begin in one piece of the line and end in another, so one ear
    hears all that comes over a link, the rest of a piece whose first byte was the answer too.
    """

    def __init__(self) -> None:
        self._skip = 0

    def answers_in(self, data: bytes) -> bytes:
        """The bytes of a piece that belong to no group."""
        kept = bytearray()
        for value in data:
            if self._skip:
                self._skip -= 1
            elif value & 0x93 == 0x10:
                self._skip = 3
            else:
                kept.append(value)
        return bytes(kept)
