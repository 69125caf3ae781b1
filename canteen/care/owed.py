"""Who is behind with the services a scheme owes them (``[[frequency]]``), read for a list.

The class is the one a person's purse was last credited in (AMB-21): it is what is paid.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session

from canteen.base.access import Actor
from canteen.base.db import reading
from canteen.base.months import months_on, span_before
from canteen.base.records import row_with
from canteen.books.models.servings import Serving
from canteen.care.recording import CARE
from canteen.people import queries as people
from canteen.people.models import Elder
from canteen.people.queries import in_reach
from canteen.places.models import Area
from canteen.purses.credits.elders import area_paths
from canteen.purses.credits.schemes import purse_schemes
from canteen.purses.lines import LINE, reason_of
from canteen.schemes.deciding.frequency import Behind, Visit, behind
from canteen.schemes.language.scheme import Scheme


@dataclass(frozen=True, slots=True)
class BehindLine:
    """One person and one rule that is not met."""

    elder_id: int
    name: str
    village_group: str
    residence: str
    scheme: str
    class_code: str
    standing: Behind


@dataclass(frozen=True, slots=True)
class BehindList:
    """Everybody behind, the most urgent first, and how many were looked at."""

    lines: tuple[BehindLine, ...]
    looked_at: int
    #: Schemes in force that owe services; empty: there is nothing to compare with.
    schemes: tuple[str, ...]


def who_is_behind(*, actor: Actor, day: date, only_late: bool = False) -> BehindList:
    """Everybody in reach who has had fewer services than owed so far; with ``only_late`` only past periods.

    A running period is told from the day on, so that the rest of the month can still be planned.
    """
    with reading() as session:
        month = day.replace(day=1)
        schemes = purse_schemes(session, month=month)
        owing = {one.id: one.name for one in schemes.all if one.frequency}
        if not owing:
            return BehindList((), 0, ())
        credited = session.execute(_credited(owing, actor, month)).all()
        states = people.states_of(session, {row.id for row in credited}, day=day)
        here = [
            row_with(row, class_code=reason_of(row)["class_code"])
            for row in credited
            if states[row.id].kind not in ("died", "moved")
        ]
        visits = _visits(session, {row.id for row in here}, schemes.all, day)
        paths = area_paths(session)
    lines = [
        BehindLine(row.id, row.name, row.village_group, row.residence, owing[row.scheme], row.class_code, standing)
        for row in here
        for scheme in schemes.of(paths[row.residence_area_id], paths.get(row.hukou_area_id, ""))
        if scheme.id == row.scheme
        for standing in behind(scheme, row.class_code, visits.get(row.id, ()), day, row.since)
        if standing.short and (not only_late or standing.last < day)
    ]
    lines.sort(key=lambda line: (line.standing.due, -line.standing.short, line.residence, line.name))
    return BehindList(tuple(lines), len({row.id for row in here}), tuple(owing.values()))


def _credited(owing: Iterable[str], actor: Actor, month: date) -> Select[Any]:
    """Who was credited this month or the last, in which class, and since when ever."""
    months = [f"{month:%Y-%m}", f"{months_on(month, -1):%Y-%m}"]
    latest = (
        select(func.max(LINE.c.id).label("id"), func.count())
        .where(LINE.c.kind == "credit", LINE.c.scheme.in_(sorted(owing)), LINE.c.month.in_(months))
        .group_by(LINE.c.elder_id, LINE.c.scheme)
        .subquery()
    )
    first = LINE.alias("first")
    since = (
        select(func.min(first.c.starts_on))
        .where(first.c.elder_id == LINE.c.elder_id, first.c.scheme == LINE.c.scheme, first.c.kind == "credit")
        .scalar_subquery()
    )
    return (
        select(
            Elder.id,
            Elder.name,
            Elder.village_group,
            Elder.residence_area_id,
            Elder.hukou_area_id,
            Area.name.label("residence"),
            *LINE.c["scheme", "kind", "day", "elder_id", "sealed"],
            since.label("since"),
        )
        .join(latest, latest.c.id == LINE.c.id)
        .join(Elder, Elder.id == LINE.c.elder_id)
        .join(Area, Area.id == Elder.residence_area_id)
        .where(in_reach(actor))
    )


def _visits(session: Session, ids: set[int], schemes: Iterable[Scheme], day: date) -> dict[int, list[Visit]]:
    """The services of these people since the earliest period that still matters; meals where a rule counts them."""
    rules = [rule for scheme in schemes for rule in scheme.frequency]
    first = min(span_before(rule.per, day)[0] for rule in rules)
    found: defaultdict[int, list[Visit]] = defaultdict(list)
    wanted = select(CARE.c.elder_id, CARE.c.day, CARE.c.kind, CARE.c.minutes).where(
        CARE.c.day.between(first, day), CARE.c.voided_at.is_(None)
    )
    rows: list[Row[Any]] = list(session.execute(wanted))
    for row in rows:
        if row.elder_id in ids:
            found[row.elder_id].append(Visit(row.day, row.kind, row.minutes))
    if any("meal" in rule.of for rule in rules):
        meals = select(Serving.elder_id, Serving.day).where(
            Serving.day.between(first, day), Serving.voided_at.is_(None), Serving.elder_id.is_not(None)
        )
        for elder_id, eaten in session.execute(meals):
            if elder_id in ids:
                found[elder_id].append(Visit(eaten, "meal", 60))
    return found
