"""Processes beside this one that prove parts of the books, all on the same snapshot of the database.

A helper is this program with the same settings, asked over its standard input and output.
One that does not start or dies costs time and nothing else: what it was asked is done here.
"""

import gc
import os
import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import Thread
from typing import Any

from flask import Flask, current_app
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from canteen.audit.models import AuditHead
from canteen.base.config import ROOT
from canteen.base.db import database, is_sqlite
from canteen.check.means import Means, open_means
from canteen.check.report import Report

#: A function of a session, means and a report, and what else it is given.
Part = tuple[Callable[..., None], tuple[Any, ...]]
#: Rows of one answer held at a time.
ROWS_HELD = 2000
#: The wiring of the whole program stands above this room: the process hands it down.
_PROGRAM = "from canteen import create_app; from canteen.check.helpers import help_with; help_with(create_app)"
#: How often one moment is looked for that all processes see, while others write.
_TRIES = 100
#: What a helper says when it is dead.
_GONE = (OSError, EOFError, pickle.UnpicklingError)


class Helper:
    """One process. What it says when it has begun is not waited for until it is asked something else."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - the command is this program
            [sys.executable, "-c", _PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
        )
        self._tell(current_app.config["CANTEEN"])

    def ask(self, question: Any) -> Any:
        """Ask and wait for the answer. Raises one of ``_GONE``."""
        self._tell(question)
        return self.answer()

    def answer(self) -> Any:
        """Wait for what it has to say. Raises one of ``_GONE``."""
        assert self._process.stdout is not None
        return pickle.load(self._process.stdout)  # noqa: S301 - written by this program

    def _tell(self, what: Any) -> None:
        assert self._process.stdin is not None
        pickle.dump(what, self._process.stdin)
        self._process.stdin.flush()

    def end(self) -> None:
        """End it, whatever it does."""
        self._process.kill()
        self._process.communicate()


@contextmanager
def helping(count: int) -> Iterator[list[Helper]]:
    """So many helpers, ended with the block; fewer where one does not start."""
    helpers: list[Helper] = []
    try:
        with suppress(*_GONE):
            for _ in range(count):
                helpers.append(Helper())
        yield [one for one in helpers if _has_started(one)]
    finally:
        for one in helpers:
            one.end()


def _has_started(helper: Helper) -> bool:
    with suppress(*_GONE):
        return bool(helper.answer())
    return False


@contextmanager
def snapshot(helpers: list[Helper] | None = None) -> Iterator[Session]:
    """A session whose reads all see one moment: SQLite's read transaction, PostgreSQL's REPEATABLE READ. Helpers see
    the same one; those that cannot are taken out of the list."""
    with Session(database.engine, autoflush=False) as session:
        _begin(session)
        joined = False
        with suppress(*_GONE):
            joined = _join(session, helpers or ())
        if helpers and not joined:
            helpers.clear()
        yield session


def _begin(session: Session, name: str | None = None) -> None:
    """Begin to read; ``name`` as PostgreSQL calls the moment of another session."""
    level = {} if is_sqlite() else {"isolation_level": "REPEATABLE READ"}
    session.connection(execution_options={"stream_results": True, "max_row_buffer": ROWS_HELD, **level})
    if name is not None:
        session.execute(text(f"set transaction snapshot '{name}'"))
    session.execute(select(AuditHead.chain).limit(1)).all()  # SQLite's moment is that of the first read


def _join(session: Session, helpers: Sequence[Helper]) -> bool:
    """Have all helpers begin at the session's moment. Raises one of ``_GONE``."""
    if not helpers:
        return True
    if not is_sqlite():
        name = session.scalar(text("select pg_export_snapshot()"))
        return all(helper.ask(name) for helper in helpers)
    # Nobody can be told SQLite's moment: all begin, and it was the same when nobody wrote meanwhile.
    watch = database.engine.raw_connection()
    try:
        for _ in range(_TRIES):
            before = _version(watch)
            session.rollback()
            _begin(session)
            for helper in helpers:
                helper.ask(None)
            if _version(watch) == before:
                return True
        return False
    finally:
        watch.close()


def _version(watch: Any) -> int:
    return int(watch.cursor().execute("pragma data_version").fetchone()[0])


@contextmanager
def uncollected() -> Iterator[None]:
    """Nothing is looked at for cycles meanwhile: rows by the million have none, and an eighth of the time goes into it."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def share(parts: Sequence[Part], helpers: Sequence[Helper], session: Session, means: Means) -> list[Report]:
    """Prove all parts, here and by the helpers, each taking the next one when it is done; reports in their order."""
    found: dict[int, Report] = {}
    waiting = deque(enumerate(parts))

    def work(prove: Callable[[Part], Report]) -> None:
        while waiting:
            with suppress(IndexError):  # another took the last one
                number, part = waiting.popleft()
                try:
                    found[number] = prove(part)
                except _GONE:
                    waiting.append((number, part))
                    return

    threads = [
        Thread(target=work, args=(lambda part, one=one: one.ask((part, means.key)),), daemon=True) for one in helpers
    ]
    for thread in threads:
        thread.start()
    work(lambda part: _prove(part, session, means))
    for thread in threads:
        thread.join()
    work(lambda part: _prove(part, session, means))
    return [found[number] for number in sorted(found)]


def _prove(part: Part, session: Session, means: Means) -> Report:
    report, (proof, given) = Report(), part
    proof(session, means, report, *given)
    return report


def help_with(create_app: Callable[[Any], Flask]) -> None:
    """Be the process: begin to read when and where it is said, then prove the parts that are asked for."""
    asked, answers = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    sys.stdout = sys.stderr  # nobody else's words among the answers

    def answer(what: Any) -> None:
        pickle.dump(what, answers)
        answers.flush()

    with (
        suppress(EOFError),  # whoever asked is gone
        create_app(pickle.load(asked)).app_context(),  # noqa: S301 - written by this program, as all that follows
        Session(database.engine, autoflush=False) as session,
    ):
        gc.disable()
        with suppress(AttributeError):  # Windows
            os.nice(5)  # the counter goes first
        answer(True)
        means: Means | None = None
        while True:
            question = pickle.load(asked)  # noqa: S301
            if isinstance(question, tuple):
                part, key = question
                means = means or open_means(session, key)
                answer(_prove(part, session, means))
            else:
                session.rollback()
                _begin(session, question)
                answer(True)
