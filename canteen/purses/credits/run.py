"""One chunk of a month's credits, inside the caller's transaction; the rows of the month's runs are locked first.

The same month twice changes nothing: what was credited is looked up, and behind that stands the UNIQUE index of the
credits. A run killed half-way has whole chunks and goes on after the last. Two runs at once share the chunks.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, insert, select, update
from sqlalchemy.orm import Session

from canteen.base.access import Actor
from canteen.base.db import table_of
from canteen.base.months import months_on
from canteen.base.vault import Vault
from canteen.purses.credits import elders
from canteen.purses.credits.elders import Roll
from canteen.purses.credits.month import Answer, Granted, Seen, answers_of
from canteen.purses.credits.schemes import PurseSchemes, approvals, purse_schemes_of
from canteen.purses.lines import LINE, grant
from canteen.purses.models import CreditRun

RUN = table_of(CreditRun)
#: Elders of one transaction: long enough to be quick, short enough that a till waits a blink.
CHUNK = 1000

#: Elder -> the schemes credited in a month.
Made = dict[tuple[int, str], set[str]]


@dataclass(frozen=True, slots=True)
class Job:
    """Which run: a month (its first day), one scheme or "" for all, and an area or "" for everybody."""

    month: date
    scheme: str = ""
    area: str = ""

    @property
    def key(self) -> dict[str, str]:
        """Its row."""
        return {"month": f"{self.month:%Y-%m}", "scheme": self.scheme, "area": self.area}


@dataclass(slots=True)
class _Found:
    """What one chunk comes to."""

    #: Who gets each credit, in the order of the ids.
    granted: dict[Granted, list[int]] = field(default_factory=dict)
    reasons: Counter[str] = field(default_factory=Counter)
    before: int = 0

    @property
    def credited(self) -> int:
        """How many credits."""
        return sum(map(len, self.granted.values()))

    @property
    def amount_fen(self) -> int:
        """Their sum."""
        return sum(one.amount_fen * len(ids) for one, ids in self.granted.items())


def _of(job: Job) -> ColumnElement[bool]:
    return and_(*(RUN.c[name] == value for name, value in job.key.items()))


def row_of(session: Session, job: Job) -> Row[Any] | None:
    """The row of a run, if it was ever begun."""
    return session.execute(select(RUN).where(_of(job))).first()


def _locked(session: Session, job: Job) -> Row[Any] | None:
    """The row of a run, held against every run of its month: another scheme's or area's may mean the same elders, and
    would lose chunk after chunk to this one."""
    runs = select(RUN).where(RUN.c.month == job.key["month"]).order_by(RUN.c.scheme, RUN.c.area)
    found = session.execute(runs.with_for_update()).all()
    return next((row for row in found if (row.scheme, row.area) == (job.scheme, job.area)), None)


def begin(session: Session, job: Job, *, at: datetime, staff_id: int | None) -> None:
    """Make the run's row, or begin a new pass when the last one is finished. An unfinished one goes on."""
    row = _locked(session, job)
    if row is not None and row.finished_at is None:
        return
    fresh: dict[str, Any] = dict.fromkeys(("cursor", "done", "credited", "amount_fen", "before"), 0) | {
        "passes": row.passes + 1 if row else 1,
        "total": elders.count(session, area=job.area),
        "reasons": {},
        "started_at": at,
        "seen_at": at,
        "finished_at": None,
        "staff_id": staff_id,
    }
    session.execute(update(RUN).where(_of(job)).values(fresh) if row else insert(RUN).values(**job.key, **fresh))


def step(
    session: Session,
    job: Job,
    *,
    vault: Vault,
    at: datetime,
    actor: Actor,
    seen: Seen | None = None,
    limit: int = CHUNK,
) -> bool:
    """Credit the next elders of a run that was begun. Returns whether the run is finished.

    ``seen`` keeps what the months bring from chunk to chunk: the next one meets the same facts and schemes.
    """
    run = _locked(session, job)
    assert run is not None, "a run that was begun"
    if run.finished_at is not None:
        return True
    days = months_on(job.month, -1), job.month
    people = elders.load(session, after=run.cursor, limit=limit, days=days, area=job.area, vault=vault)
    found = _Found()
    if people.elders:
        _decide(session, job, people, found, {} if seen is None else seen)
        grant(session, found.granted, at=at, staff_id=actor.staff_id)
    is_over = len(people.elders) < limit
    _advance(session, job, run, people, found, at=at, is_over=is_over)
    return is_over


def _decide(session: Session, job: Job, people: Roll, found: _Found, seen: Seen) -> None:
    month, missed = job.month, months_on(job.month, -1)
    ids = [row.id for row in people.elders]
    made = _made(session, ids, months=(missed, month))
    now, earlier = purse_schemes_of(session, months=(month, missed), only=job.scheme)
    approved = approvals(session, ids, day=month, schemes=now)
    answers = answers_of(month, now, made_in=month, seen=seen)
    for row in people.elders:
        if people.is_gone(row.id, month):
            found.reasons["gone"] += 1
            continue
        answer = answers.of(people, row, approved.get(row.id))
        if not answer.has_schemes:
            found.reasons["no_purse"] += 1
        for code in answer.codes:
            found.reasons[code] += 1
        _take(found, row.id, answer, now, made)
    late = earlier.making_up()
    if late.all:
        _make_up(session, job, people, found, made, late, seen)


def _make_up(
    session: Session, job: Job, people: Roll, found: _Found, made: Made, earlier: PurseSchemes, seen: Seen
) -> None:
    """The month before, where a scheme lets a missed month be made up."""
    missed = months_on(job.month, -1)
    approved = approvals(session, [row.id for row in people.elders], day=missed, schemes=earlier)
    answers = answers_of(missed, earlier, made_in=job.month, seen=seen)
    late = _Found()
    for row in people.elders:
        if not people.is_gone(row.id, missed) and not people.is_gone(row.id, job.month):
            _take(late, row.id, answers.of(people, row, approved.get(row.id)), earlier, made)
    found.granted |= late.granted


def _take(found: _Found, elder_id: int, answer: Answer, schemes: PurseSchemes, made: Made) -> None:
    """Sort the credits of one answer into new ones, those made before, and those another of their group stands for."""
    for one in answer.granted:
        if not schemes.wanted(one.scheme):
            continue
        have = made.get((elder_id, one.month))
        if have and one.scheme in have:
            found.before += 1
        elif have and not one.is_above and one.stack_group in schemes.groups_of(have):
            # The facts changed after another scheme of the group was credited: one month is not paid twice.
            found.reasons["credited_in_group"] += 1
        else:
            found.granted.setdefault(one, []).append(elder_id)


def _made(session: Session, ids: list[int], *, months: Iterable[date]) -> Made:
    found: Made = defaultdict(set)
    rows = session.execute(
        select(LINE.c.elder_id, LINE.c.month, LINE.c.scheme).where(
            LINE.c.kind == "credit",
            LINE.c.elder_id.between(ids[0], ids[-1]),
            LINE.c.month.in_([f"{month:%Y-%m}" for month in months]),
        )
    )
    for elder_id, month, scheme in rows.all():
        found[elder_id, month].add(scheme)
    return found


def _advance(
    session: Session, job: Job, run: Row[Any], people: Roll, found: _Found, *, at: datetime, is_over: bool
) -> None:
    reasons = Counter(run.reasons)
    reasons.update(found.reasons)
    session.execute(
        update(RUN)
        .where(_of(job))
        .values(
            cursor=people.elders[-1].id if people.elders else run.cursor,
            done=run.done + len(people.elders),
            credited=run.credited + found.credited,
            amount_fen=run.amount_fen + found.amount_fen,
            before=run.before + found.before,
            reasons=dict(reasons),
            seen_at=at,
            finished_at=at if is_over else None,
        )
    )
