"""What volunteers did in a span of days: runs by their marks, visits by plan, and what was typed. Session-first reads,
a fixed number of statements for all volunteers of a site. Nothing is kept: a mark that is undone takes its work along."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from canteen.base.text import masked_name
from canteen.base.vault import the_vault
from canteen.deliveries.models import Drop, Route, Run
from canteen.deliveries.planning.queries import as_point, facts_of
from canteen.deliveries.planning.requests import DoorChange
from canteen.deliveries.planning.rules import DoorAt, Problem, Walked, Walker, walk
from canteen.people.models import Elder
from canteen.places.models import Site
from canteen.volunteers.models import Volunteer, VolunteerWork
from canteen.volunteers.rules import VISIT_MINUTES, PointTerms, Work, run_minutes, terms_on
from canteen.welfare.visits.models import VisitPlan, WelfareVisit


def works_of(
    session: Session, people: Collection[Volunteer], terms: Collection[PointTerms], *, first: date, last: date
) -> dict[int, list[Work]]:
    """Volunteer id -> what they did from ``first`` to ``last``, both included."""
    found: dict[int, list[Work]] = {one.id: [] for one in people}
    by_account = {one.staff_id: one.id for one in people if one.staff_id is not None}
    for staff_id, work in (*_runs(session, by_account, first, last), *_visits(session, by_account, terms, first, last)):
        found[by_account[staff_id]].append(work)
    typed = select(VolunteerWork).where(
        VolunteerWork.volunteer_id.in_(found),
        VolunteerWork.day.between(first, last),
        VolunteerWork.cancelled_at.is_(None),
    )
    for row in session.scalars(typed):
        found[row.volunteer_id].append(
            Work(
                day=row.day,
                kind=row.kind,
                minutes=row.minutes,
                metres=row.metres,
                measured="typed",
                words=row.note,
                id=row.id,
            )
        )
    return found


def _runs(session: Session, accounts: Collection[int | None], first: date, last: date) -> list[tuple[int, Work]]:
    rows = session.execute(
        select(
            Run.id,
            Run.day,
            Run.staff_id,
            Route.id.label("route_id"),
            Route.name,
            Route.boxes,
            Route.moves_by,
            Route.returns,
            Site.place,
            Drop.elder_id,
            Drop.state,
            Drop.decided_at,
        )
        .join(Route, Route.id == Run.route_id)
        .join(Site, Site.id == Run.site_id)
        .join(Drop, Drop.run_id == Run.id)
        .where(Run.staff_id.in_(accounts), Run.day.between(first, last))
        .order_by(Run.day, Run.id, Drop.position)
    ).all()
    places = facts_of(session, list({row.elder_id for row in rows}), the_vault())
    by_run: dict[int, list[Any]] = {}
    for row in rows:
        by_run.setdefault(row.id, []).append(row)
    done = [doors for doors in by_run.values() if any(door.state != "planned" for door in doors)]
    return [(doors[0].staff_id, _run(doors, places)) for doors in done]


def _run(doors: list[Any], places: dict[int, DoorChange]) -> Work:
    marks: list[datetime] = [door.decided_at for door in doors if door.state != "planned" and door.decided_at]
    planned = _planned(doors, places)
    minutes, measured = run_minutes(marks, len(doors), planned.minutes if planned else None)
    return Work(
        day=doors[0].day,
        kind="run",
        minutes=minutes,
        metres=planned.metres if planned else None,
        measured=measured,
        words=doors[0].name,
    )


def _planned(doors: list[Any], places: dict[int, DoorChange]) -> Walked | None:
    """The walk in the order of the run; None when the place of the canteen or of a door is not known."""
    run, start = doors[0], as_point(doors[0].place)
    known = [
        DoorAt(door.elder_id, place, minutes=places[door.elder_id].minutes)
        for door in doors
        if (place := places[door.elder_id].place) is not None
    ]
    if start is None or len(known) < len(doors):
        return None
    walker = Walker(run.route_id, run.boxes, run.moves_by, run.returns)
    return walk(Problem(start, (walker,), tuple(known)), walker, known)


def _visits(
    session: Session, accounts: Collection[int | None], terms: Collection[PointTerms], first: date, last: date
) -> list[tuple[int, Work]]:
    """Of a pair both went, whoever marked it."""
    went = or_(
        WelfareVisit.staff_id.in_(accounts), VisitPlan.staff_id.in_(accounts), VisitPlan.partner_id.in_(accounts)
    )
    rows = session.execute(
        select(
            WelfareVisit.day, WelfareVisit.staff_id, VisitPlan.staff_id.label("one"), VisitPlan.partner_id, Elder.name
        )
        .join(VisitPlan, VisitPlan.id == WelfareVisit.plan_id)
        .join(Elder, Elder.id == WelfareVisit.elder_id)
        .where(went, WelfareVisit.day.between(first, last))
        .order_by(WelfareVisit.id)
    )
    found = []
    for row in rows:
        who = {row.staff_id} if row.partner_id is None else {row.staff_id, row.one, row.partner_id}
        rule = terms_on(terms, row.day)
        work = Work(
            day=row.day,
            kind="visit",
            minutes=rule.visit_minutes if rule else VISIT_MINUTES,
            metres=None,
            measured="usual",
            words=masked_name(row.name),
        )
        found += [(one, work) for one in who if one in accounts]
    return found
