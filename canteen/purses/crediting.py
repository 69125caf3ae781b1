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

from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.orm import Session

from canteen.db import add_up, table_of
from canteen.purses import roll
from canteen.purses.lines import LINE, LOT, YEAR, Line, put_in
from canteen.purses.models import NEVER, CreditRun
from canteen.purses.roll import OnRoll, PurseSchemes, Roll
from canteen.purses.rules import month_before
from canteen.staff.rules import Actor
from canteen.subsidies.allowances import Credit, credits
from canteen.subsidies.scheme import Scheme
from canteen.vault import Vault

RUN = table_of(CreditRun)
#: Elders of one transaction: long enough to be quick, short enough that a till waits a blink.
CHUNK = 500

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

    lines: list[Line] = field(default_factory=list)
    #: Schemes whose opening balance counts into the year.
    openings: set[str] = field(default_factory=set)
    reasons: Counter[str] = field(default_factory=Counter)
    before: int = 0


def _of(job: Job) -> Any:
    key = job.key
    return (RUN.c.month == key["month"]) & (RUN.c.scheme == key["scheme"]) & (RUN.c.area == key["area"])


def begin(session: Session, job: Job, *, at: datetime, staff_id: int | None) -> None:
    """Make the run's row, or begin a new pass when the last one is finished. An unfinished one goes on."""
    row = session.execute(select(RUN).where(_of(job)).with_for_update()).first()
    fresh: dict[str, Any] = {
        "cursor": 0, "total": roll.count(session, area=job.area), "done": 0, "credited": 0, "amount_fen": 0,
        "before": 0, "reasons": {}, "started_at": at, "seen_at": at, "finished_at": None, "staff_id": staff_id,
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
    people = roll.load(session, after=run.cursor, limit=limit, days=(missed, month), area=job.area, vault=vault)
    found = _Found()
    if people.elders:
        _decide(session, job, people, found)
        put_in(session, found.lines, at=at, staff_id=actor.staff_id)
        _count_years(session, found)
    is_over = len(people.elders) < limit
    _advance(session, job, run, people, found, at=at, is_over=is_over)
    return is_over


def _decide(session: Session, job: Job, people: Roll, found: _Found) -> None:
    month, missed = job.month, month_before(job.month)
    ids = [row.id for row in people.elders]
    made = _made(session, ids, months=(missed, month))
    now = roll.purse_schemes(session, month=month, only=job.scheme)
    earlier = roll.purse_schemes(session, month=missed, only=job.scheme)
    approved = {day: roll.approvals(session, ids, day=day, schemes=schemes) for day, schemes in
                ((month, now), (missed, earlier))}  # fmt: skip
    for row in people.elders:
        here = people.of(row, month, approved[month].get(row.id))
        schemes = now.of(here.person.residence, here.person.hukou)
        if not schemes:
            found.reasons["no_purse"] += 1
            continue
        if here.is_gone:
            found.reasons["gone"] += 1
            continue
        _credit(found, here, month, schemes, now, made, pay_on=month)
        late = tuple(one for one in earlier.of(here.person.residence, here.person.hukou)
                     if one.purse and one.purse.make_up_next_month)  # fmt: skip
        if late:
            then = people.of(row, missed, approved[missed].get(row.id))
            if not then.is_gone:
                _credit(found, then, missed, late, earlier, made, pay_on=month)


def _credit(
    found: _Found, elder: OnRoll, month: date, schemes: tuple[Scheme, ...], all_: PurseSchemes, made: Made, *,
    pay_on: date,
) -> None:
    """Turn the engine's answers for one elder and month into lines."""
    have = made.get((elder.id, f"{month:%Y-%m}"), set())
    taken = {one.stack_group for one in schemes if one.id in have and not (one.purse and one.purse.above)}
    for answer in credits(elder.person, month, schemes).values():
        if not isinstance(answer, Credit):
            if month == pay_on:
                found.reasons[answer.code] += 1
            continue
        scheme = next(one for one in schemes if one.id == answer.scheme)
        if not all_.wanted(scheme.id):
            continue
        assert scheme.purse is not None
        if scheme.id in have:
            found.before += month == pay_on
        elif scheme.stack_group in taken and not scheme.purse.above:
            # The facts changed after another scheme of the group was credited: one month is not paid twice.
            found.reasons["credited_in_group"] += 1
        else:
            found.lines.append(line_of(answer, scheme, elder_id=elder.id, pay_on=pay_on))
            if scheme.purse.opening_counts:
                found.openings.add(scheme.id)


def line_of(credit: Credit, scheme: Scheme, *, elder_id: int, pay_on: date) -> Line:
    """A credit as a line. One that is made up for a missed month lasts as long as one of the month it is made in."""
    assert scheme.purse is not None
    ends = credit.expires_on if credit.month == pay_on else scheme.purse.expires_on(pay_on)
    reason: dict[str, Any] = {"code": credit.reason.code, "fields": dict(credit.reason.fields)}
    if credit.minutes is not None:
        reason["minutes"], reason["rate_fen"] = credit.minutes, credit.rate_fen
    return Line(
        elder_id=elder_id, scheme=credit.scheme, kind="credit", amount_fen=credit.amount_fen, starts_on=pay_on,
        expires_on=ends or NEVER, day=pay_on, by_year=scheme.purse.year_limit, month=f"{credit.month:%Y-%m}",
        version=credit.version, class_code=credit.class_code, reason=reason,
    )  # fmt: skip


def _made(session: Session, ids: list[int], *, months: Iterable[date]) -> Made:
    found: Made = defaultdict(set)
    rows = session.execute(select(LINE.c.elder_id, LINE.c.month, LINE.c.scheme).where(
        LINE.c.kind == "credit", LINE.c.elder_id.between(ids[0], ids[-1]),
        LINE.c.month.in_([f"{month:%Y-%m}" for month in months]),
    ))
    for elder_id, month, scheme in rows:
        found[elder_id, month].add(scheme)
    return found


def _count_years(session: Session, found: _Found) -> None:
    """Keep what a year credited, for schemes that settle no more than that; the first credit opens the year."""
    by_year = [line for line in found.lines if line.by_year]
    if by_year:
        brought = _openings(session, by_year, found.openings)
        rows: dict[tuple[int, str, int], dict[str, Any]] = {}
        for line in by_year:
            row = rows.setdefault((line.elder_id, line.scheme, line.day.year), {
                "elder_id": line.elder_id, "scheme": line.scheme, "year": line.day.year,
                "opening_fen": brought.get((line.elder_id, line.scheme), 0), "credited_fen": 0, "drawn_fen": 0,
            })  # fmt: skip
            row["credited_fen"] += line.amount_fen
        add_up(session, YEAR, [rows[key] for key in sorted(rows)], sums=("credited_fen",))


def _openings(session: Session, lines: list[Line], schemes: set[str]) -> dict[tuple[int, str], int]:
    """What was brought into the year where the scheme lets it count; asked only where a year may open.

    ``add_up`` leaves the opening of a year that is there as it was.
    """
    if not schemes:
        return {}
    first = date(lines[0].day.year, 1, 1)
    ids = [line.elder_id for line in lines]
    rows = session.execute(
        select(LOT.c.elder_id, LOT.c.scheme, func.sum(LOT.c.left_fen))
        .where(LOT.c.elder_id.between(min(ids), max(ids)), LOT.c.scheme.in_(sorted(schemes)),
               LOT.c.starts_on < first, LOT.c.expires_on >= first)
        .group_by(LOT.c.elder_id, LOT.c.scheme)
    )  # fmt: skip
    return {(elder_id, scheme): int(fen) for elder_id, scheme, fen in rows}


def _advance(
    session: Session, job: Job, run: Row[Any], people: Roll, found: _Found, *, at: datetime, is_over: bool
) -> None:
    reasons = Counter(run.reasons)
    reasons.update(found.reasons)
    session.execute(update(RUN).where(_of(job)).values(
        cursor=people.elders[-1].id if people.elders else run.cursor, done=run.done + len(people.elders),
        credited=run.credited + len(found.lines),
        amount_fen=run.amount_fen + sum(line.amount_fen for line in found.lines), before=run.before + found.before,
        reasons=dict(reasons), seen_at=at, finished_at=at if is_over else None,
    ))  # fmt: skip
