"""``check``: proves the books, and changes nothing.

Everything is read in one snapshot, so that it may run while people serve, and streamed in the order of servings (or
of elders), so that a million servings need no more memory than a thousand.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from canteen.audit.anchors import check_anchor
from canteen.audit.chain_key import sealed_secret
from canteen.audit.chains import broken_chains
from canteen.audit.kinds import every_kind
from canteen.audit.models import AuditHead
from canteen.base import keys
from canteen.base.db import database, is_sqlite
from canteen.base.web import say, say_next_step
from canteen.check.contents import content_problems, stray_problems
from canteen.check.meals import (
    ROWS_HELD,
    balance_problems,
    drop_problems,
    elder_problems,
    read_servings,
    sequence_problems,
)
from canteen.check.money import funding_problems, journal_problems
from canteen.check.purses import purse_problems
from canteen.check.rules import Problem
from canteen.check.services import care_problems

_ANCHOR_SAYS = {
    "cut": "the trail has no such row: it was cut off, with all that was written then and later",
    "other": "the trail has another row there: it was written anew since the paper was printed",
}
#: Problems of one kind that are written out; the rest are only counted.
MOST_OF_A_KIND = 50


@dataclass(slots=True)
class Report:
    """What was counted, and everything that does not hold."""

    servings: int = 0
    entries: int = 0
    tickets: int = 0
    problems: list[str] = field(default_factory=list)
    _kinds: Counter[str] = field(default_factory=Counter)

    @property
    def ok(self) -> bool:
        """Whether the books hold."""
        return not self.problems

    def add(self, problems: Iterable[Problem]) -> None:
        """Write problems down, each as ``code: sentence``; of one kind at most ``MOST_OF_A_KIND``."""
        for code, sentence in problems:
            self._kinds[code] += 1
            if self._kinds[code] <= MOST_OF_A_KIND:
                self.problems.append(f"{code}: {sentence}")

    def finish(self) -> None:
        """Say how many were not written out."""
        for code, count in self._kinds.items():
            if count > MOST_OF_A_KIND:
                self.problems.append(f"{code}: and {count - MOST_OF_A_KIND} more")


def prove(anchors: Iterable[str] = ()) -> Report:
    """Prove the books in one snapshot of the database; ``anchors`` as closing papers say them. Raises ``BadInput``."""
    with snapshot() as session:
        return prove_in(session, anchors)


def prove_in(session: Session, anchors: Iterable[str] = ()) -> Report:
    """Prove the books as a session sees them."""
    report = Report()
    read = read_servings(session, report.add)
    report.servings, report.entries, report.tickets = read.servings, read.entries, read.tickets
    report.add(balance_problems(session, read.balances))
    wrong = keys.trouble(session.connection())
    report.add(elder_problems(session, None if wrong else keys.the_keys().prove(session.connection())))
    for problems in (
        sequence_problems,
        drop_problems,
        funding_problems,
        journal_problems,
        purse_problems,
        care_problems,
    ):
        report.add(problems(session))
    if wrong:
        report.add([("keys", f"{say(wrong)};{say_next_step(wrong)}({wrong.place})")])
    else:
        _prove_trail(session, report)
    for anchor in anchors:
        if (verdict := check_anchor(session, anchor)) != "holds":
            report.add([("anchor", f"{anchor}: {_ANCHOR_SAYS[verdict]}")])
    report.finish()
    return report


def _prove_trail(session: Session, report: Report) -> None:
    """The trail holds, and the books are what it says."""
    secret = sealed_secret(session)
    if secret is None:
        if session.scalar(select(AuditHead.chain).limit(1)) is not None:
            report.add([("audit", "the secret of the trail was removed: nothing it says can be proved any more")])
        return
    report.add(("audit", line) for line in broken_chains(session, secret))
    for kind in every_kind().values():
        report.add(content_problems(session, secret, kind))
    report.add(stray_problems(session))


@contextmanager
def snapshot() -> Iterator[Session]:
    """A session whose reads all see one moment: SQLite's read transaction, PostgreSQL's REPEATABLE READ."""
    with Session(database.engine, autoflush=False) as session:
        level = {} if is_sqlite() else {"isolation_level": "REPEATABLE READ"}
        session.connection(execution_options={"stream_results": True, "max_row_buffer": ROWS_HELD, **level})
        yield session
