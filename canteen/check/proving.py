"""``check``: proves the books, and changes nothing.

Everything is read in one snapshot, so that it may run while people serve, and a page at a time, so that a million
servings need no more memory than a thousand. The work is cut into parts that several processes share (``helpers.py``).
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from canteen.audit.anchors import check_anchor
from canteen.audit.chains import broken_places, every_chain
from canteen.audit.kinds import FIRST, LAST, every_kind
from canteen.audit.models import AuditHead
from canteen.base import keys
from canteen.base.db import database
from canteen.base.web import say, say_next_step
from canteen.books.models.servings import Serving
from canteen.check.contents import content_problems, stray_problems
from canteen.check.helpers import Helper, Part, helping, share, snapshot, uncollected
from canteen.check.meals import (
    balance_problems,
    drop_problems,
    prove_entries_apart,
    prove_kept_uses,
    sequence_problems,
    sitting_problems,
    use_problems,
)
from canteen.check.means import Means, open_means
from canteen.check.money import funding_problems, journal_problems
from canteen.check.purses import purse_problems
from canteen.check.report import Report
from canteen.check.rules import Problem
from canteen.check.services import care_problems
from canteen.check.servings import prove_servings

_ANCHOR_SAYS = {
    "cut": "the trail has no such row: it was cut off, with all that was written then and later",
    "other": "the trail has another row there: it was written anew since the paper was printed",
}
#: What is proved by sums of the database.
_RULES: tuple[Callable[[Session], Iterator[Problem]], ...] = (
    sitting_problems,
    sequence_problems,
    drop_problems,
    funding_problems,
    journal_problems,
    purse_problems,
    care_problems,
)
#: A process takes as long to start as so many servings to prove.
_WORTH_A_HELPER = 30_000
#: A county's computer has other work too.
_MOST_HELPERS = 3
#: Ranges of servings for each process: who is done sooner takes more of them.
_RANGES = 8


def prove(anchors: Iterable[str] = (), *, helpers: int | None = None) -> Report:
    """Prove the books in one snapshot of the database; ``anchors`` as closing papers say them. Raises ``BadInput``.

    ``helpers``: how many processes beside this one share the work; by itself as many as are worth it.
    """
    with helping(_worth() if helpers is None else helpers) as found, snapshot(found) as session, uncollected():
        return prove_in(session, anchors, found)


def _worth() -> int:
    """One for each processor that is left, where there is enough to prove."""
    with Session(database.engine) as session:
        most = session.scalar(select(func.max(Serving.id))) or 0
    return min((os.cpu_count() or 1) - 1, _MOST_HELPERS, most // _WORTH_A_HELPER)


def prove_in(session: Session, anchors: Iterable[str] = (), helpers: Sequence[Helper] = ()) -> Report:
    """Prove the books as a session sees them."""
    report = Report()
    wrong = keys.trouble(session.connection())
    means = open_means(session, os.urandom(16))
    parts = list(_parts(session, means, len(helpers) + 1))
    for part in share(parts, helpers, session, means):
        report.add_part(part)
    report.add(balance_problems(session, report.balances))
    if means.vault is not None and (groups := list(report.uses.differing())):
        report.add(use_problems(session, means.vault, groups))
    if wrong:
        report.add([("keys", f"{say(wrong)};{say_next_step(wrong)}({wrong.place})")])
    elif means.secret is None and session.scalar(select(AuditHead.chain).limit(1)) is not None:
        report.add([("audit", "the secret of the trail was removed: nothing it says can be proved any more")])
    for anchor in anchors:
        if (verdict := check_anchor(session, anchor)) != "holds":
            report.add([("anchor", f"{anchor}: {_ANCHOR_SAYS[verdict]}")])
    report.finish()
    return report


def _parts(session: Session, means: Means, processes: int) -> Iterator[Part]:
    """Everything there is to prove, the long parts first."""
    for first, last in _ranges(session, processes):
        yield prove_servings, (first, last)
    if means.secret is not None:
        for chain in every_chain(session):
            yield _prove_chain, (chain,)
    yield prove_kept_uses, ()
    yield prove_entries_apart, ()
    for rule in _RULES:
        yield _prove_rule, (rule,)
    if means.secret is not None:
        yield from ((_prove_kind, (name,)) for name in every_kind() if name != "serving")
        yield _prove_rule, (stray_problems,)


def _ranges(session: Session, processes: int) -> Iterator[tuple[int, int]]:
    """All numbers a serving can have, cut where there are about as many servings on each side."""
    least, most = session.execute(select(func.min(Serving.id), func.max(Serving.id))).one()
    count = _RANGES * processes if processes > 1 else 1
    first = FIRST
    if count > 1 and least is not None:
        for cut in range(1, count):
            last = least + (most - least) * cut // count
            if last >= first:
                yield first, last
                first = last + 1
    yield first, LAST


def _prove_rule(session: Session, _: Means, report: Report, rule: Callable[[Session], Iterator[Problem]]) -> None:
    report.add(rule(session))


def _prove_chain(session: Session, means: Means, report: Report, chain: int) -> None:
    assert means.secret is not None
    report.add(("audit", line) for line in broken_places(session, means.secret, chain))


def _prove_kind(session: Session, means: Means, report: Report, name: str) -> None:
    assert means.secret is not None
    report.add(content_problems(session, means.secret, every_kind()[name]))
