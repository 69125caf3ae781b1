"""One chunk of a month's credits, inside the caller's transaction; the run's row is locked first.

The same month twice changes nothing: what was credited is looked up, and behind that stands the UNIQUE index of the
credits. A run killed half-way has whole chunks and goes on after the last. Two runs at once share the chunks.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.orm import Session

from canteen.base.access import Actor
from canteen.base.db import table_of
from canteen.base.vault import Vault
from canteen.purses.credits import elders
from canteen.purses.credits.elders import Roll
from canteen.purses.credits.month import Answer, Granted, answers_of
from canteen.purses.credits.schemes import PurseSchemes, approvals, purse_schemes_of
from canteen.purses.lines import LINE, grant
from canteen.purses.models import CreditRun
from canteen.purses.rules import month_before

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


def _of(job: Job) -> Any:
    key = job.key
    return (RUN.c.month == key["month"]) & (RUN.c.scheme == key["scheme"]) & (RUN.c.area == key["area"])


def begin(session: Session, job: Job, *, at: datetime, staff_id: int | None) -> None:
    """Make the run's row, or begin a new pass when the last one is finished. An unfinished one goes on."""
    row = session.execute(select(RUN).where(_of(job)).with_for_update()).first()
    fresh: dict[str, Any] = {
        "cursor": 0,
        "total": elders.count(session, area=job.area),
        "done": 0,
        "credited": 0,
        "amount_fen": 0,
        "before": 0,
        "reasons": {},
        "started_at": at,
        "seen_at": at,
        "finished_at": None,
        "staff_id": staff_id,
    }
    if row is None:
        session.execute(insert(RUN), {**job.key, "passes": 1, **fresh})
    elif row.finished_at is not None:
        session.execute(update(RUN).where(_of(job)).values(passes=row.passes + 1, **fresh))


def step(session: Session, job: Job, *, vault: Vault, at: datetime, actor: Actor, limit: int = CHUNK) -> bool:
    """Credit the next elders of a run that was begun. Returns whether the run is finished."""
    run = session.execute(select(RUN).where(_of(job)).with_for_update()).one()
    if run.finished_at is not None:
        return True
    month, missed = job.month, month_before(job.month)
    people = elders.load(session, after=run.cursor, limit=limit, days=(missed, month), area=job.area, vault=vault)
    found = _Found()
    if people.elders:
        _decide(session, job, people, found)
        grant(session, found.granted, at=at, staff_id=actor.staff_id)
    is_over = len(people.elders) < limit
    _advance(session, job, run, people, found, at=at, is_over=is_over)
    return is_over


def _decide(session: Session, job: Job, people: Roll, found: _Found) -> None:
    month, missed = job.month, month_before(job.month)
    ids = [row.id for row in people.elders]
    made = _made(session, ids, months=(missed, month))
    now, earlier = purse_schemes_of(session, months=(month, missed), only=job.scheme)
    approved = approvals(session, ids, day=month, schemes=now)
    answers = answers_of(month, now, made_in=month)
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
        _make_up(session, job, people, found, made, late)


def _make_up(session: Session, job: Job, people: Roll, found: _Found, made: Made, earlier: PurseSchemes) -> None:
    """The month before, where a scheme lets a missed month be made up."""
    missed = month_before(job.month)
    approved = approvals(session, [row.id for row in people.elders], day=missed, schemes=earlier)
    answers = answers_of(missed, earlier, made_in=job.month)
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
