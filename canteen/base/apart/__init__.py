"""A file of a stranger is read in a process of its own: with so much time and memory, and never in the counter's way.

The process is this program without its settings, so without its secrets; it is no cage, it bounds what a file costs.
Where the system knows no such limits (Windows) the time alone is bounded. A process takes half a second to start: what
is small is read where it is asked for.
"""

import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import ParamSpec, TypeVar

from canteen.base.config import ROOT
from canteen.base.errors import BadInput, Refusal

Given = ParamSpec("Given")
Found = TypeVar("Found")

#: Seconds of the processor and of waiting; address space in MiB, of which the program itself needs 100.
CPU_S, WAIT_S, MOST_MIB = 30, 180, 320
#: Files read at the same time: threads must be left for the counter.
_places = threading.BoundedSemaphore(2)
#: The environment a program needs to start at all.
_KEPT = ("PATH", "SYSTEMROOT", "PYTHONPATH", "PYTHONUTF8", "LANG", "LC_ALL", "TMPDIR", "TEMP")


def read_apart(reader: Callable[Given, Found], *given: Given.args, **named: Given.kwargs) -> Found:
    """What a pure function of a module makes of a file. Raises what it raises of ``BadInput``.

    Also ``BadInput`` when it needs too much, and ``Refusal`` ``reading_files`` when others are being read.
    """
    try:
        return work_apart(reader, *given, **named)
    except _TooMuch:
        raise _too_much() from None


class _TooMuch(Refusal):
    """A process was ended by its limits."""


def work_apart(work: Callable[Given, Found], *given: Given.args, **named: Given.kwargs) -> Found:
    """What a pure function of a module finds, away from the counter. Raises ``BadInput`` as it does, and ``Refusal``
    ``reading_files`` when others are at work, ``too_much`` when it needs too much."""
    if not _places.acquire(blocking=False):
        raise Refusal("reading_files", "服务器正忙着读文件或排路线,这一件还没有做", next_step="请过一会儿再试")
    try:
        done = subprocess.run(  # noqa: S603 - the command is this program
            [sys.executable, "-m", __name__, str(CPU_S), str(MOST_MIB)],
            input=pickle.dumps((work, given, named)),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
            env={name: os.environ[name] for name in _KEPT if name in os.environ},
            timeout=WAIT_S,
        )
    except subprocess.TimeoutExpired:
        raise _ended() from None
    finally:
        _places.release()
    if done.returncode:  # killed by a limit
        raise _ended()
    found: Found | BadInput = pickle.loads(done.stdout)  # noqa: S301 - written by this program
    if isinstance(found, BadInput):
        raise found
    return found


def _ended() -> _TooMuch:
    return _TooMuch("too_much", "这件事要用的时间或内存太多,没有做完", next_step="请分几次做,每次少一些")


def _too_much() -> BadInput:
    return BadInput(
        "读这个文件要用的时间或内存太多,没有读完", field="file", next_step="请换一个较小、较简单的文件再上传"
    )


def _limit(cpu_s: int, most_mib: int) -> None:
    """Bound this process; the counter goes first."""
    with suppress(ImportError):  # Windows
        import resource

        resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + 1))
        resource.setrlimit(resource.RLIMIT_AS, (most_mib * 1024 * 1024,) * 2)
        os.nice(10)


def answer(cpu_s: int, most_mib: int) -> None:
    """Be the process: read what is asked for on standard input, and say on standard output what was found."""
    reader, given, named = pickle.load(sys.stdin.buffer)  # noqa: S301 - written by this program
    _limit(cpu_s, most_mib)
    try:
        found = reader(*given, **named)
    except BadInput as wrong:
        found = wrong
    except MemoryError:
        sys.exit(1)
    sys.stdout.buffer.write(pickle.dumps(found))
