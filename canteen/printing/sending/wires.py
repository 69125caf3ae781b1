"""What every way to a printer has in common: what can go wrong, how long it may take, and how bytes go and come."""

from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Patience:
    """How long each step may take, seconds. The whole job: ``job_s`` and what its bytes need at ``bytes_per_s``, yet no
    more than ``most_s``: twice that is within the longest lease."""

    connect_s: float = 3.0
    status_s: float = 1.0
    job_s: float = 10.0
    #: After the confirmation: how long the printer may take to close.
    close_s: float = 1.0
    #: A slow printer (58 mm, 50 mm/s, some 15 lines of 32 columns a second) still takes this.
    bytes_per_s: int = 400
    most_s: float = 240.0

    def sending_s(self, job: bytes) -> float:
        """From the first byte of the job to its confirmation."""
        return min(self.job_s + len(job) / self.bytes_per_s, self.most_s)

    def longest_s(self, job: bytes) -> float:
        """An upper bound for opening a link and sending the job."""
        return self.connect_s + 3 * self.status_s + self.sending_s(job) + self.close_s


class Wire:
    """An open way to a printer. Deadlines are of ``time.monotonic``; every method but ``close`` may raise OSError."""

    def write(self, data: bytes, deadline: float) -> None:
        """Hand over all of it; TimeoutError at the deadline."""
        raise NotImplementedError

    def read(self, deadline: float) -> bytes:
        """At least one byte; TimeoutError at the deadline, another OSError when the printer has closed."""
        raise NotImplementedError

    def end(self, deadline: float) -> None:
        """Say that nothing more will be written: nothing to do where the driver or the printer has every byte."""

    def rest(self, deadline: float) -> None:
        """Let the printer say what it still wants to say; never raises. Where nothing is cut off at the end, that is read,
        and passed over, before the questions of the next job."""

    def close(self) -> None:
        """Give it back. Never raises, never waits."""
        raise NotImplementedError
