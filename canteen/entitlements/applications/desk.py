"""The desk of the office: open applications with the days left, and who a typed text means."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from canteen.base.access import Actor
from canteen.base.db import reading
from canteen.base.records import as_record
from canteen.entitlements.applications.models import APPLICATION
from canteen.entitlements.applications.queries import VERSION, approval_of, cases, officer_of, reached_by
from canteen.entitlements.applications.step_rules import (
    ApplicationCase,
    Clock,
    Officer,
    next_action,
    refuse_officer,
    step_clock,
)
from canteen.entitlements.work_calendar import work_calendar
from canteen.people.finding.search import Found, Search
from canteen.people.queries import AREA, ELDER, in_reach
from canteen.schemes.language.approval import Step
from canteen.schemes.queries import parsed
from canteen.schemes.workdays import WorkCalendar

#: Open applications on the desk; a county has some hundred.
MOST_OPEN = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskLine:
    """An open application on the desk."""

    id: int
    number: str
    name: str
    village_group: str
    area_name: str
    scheme: str
    scheme_name: str
    class_code: str
    version_id: int
    area_id: int
    position: int
    step: Step
    clock: Clock
    #: What it waits for (``rules.next_action``).
    action: str
    #: Last day of the running list.
    posted_until: date | None
    #: The step belongs to the person who looks.
    is_mine: bool


def desk(actor: Actor, *, today: date) -> list[DeskLine]:
    """The open applications in reach, the most urgent first."""
    with reading() as session:
        rows = session.execute(
            select(
                APPLICATION,
                *ELDER.c["name", "village_group"],
                AREA.c.name.label("area_name"),
                AREA.c.path.label("area_path"),
                VERSION.c.text.label("text"),
            )
            .join(ELDER, ELDER.c.id == APPLICATION.c.elder_id)
            .join(AREA, AREA.c.id == APPLICATION.c.area_id)
            .join(VERSION, VERSION.c.id == APPLICATION.c.version_id)
            .where(APPLICATION.c.state == "open", reached_by(actor))
            .order_by(APPLICATION.c.step_since, APPLICATION.c.id)
            .limit(MOST_OPEN)
        ).all()
        found, officer, calendar = cases(session, rows), officer_of(session, actor), work_calendar(session)
    lines = [_desk_line(row, found[row.id], officer, today, calendar) for row in rows]
    return sorted(lines, key=lambda line: (line.clock.due is None, line.clock.due or today, line.id))


def _desk_line(row: Any, case: ApplicationCase, officer: Officer, today: date, calendar: WorkCalendar) -> DeskLine:
    scheme = parsed(row.text)
    terms = approval_of(scheme)
    step = terms.steps[case.position]
    return as_record(
        DeskLine,
        row,
        scheme_name=scheme.name,
        class_code=case.class_code,
        position=case.position,
        step=step,
        clock=step_clock(step, case.step_since, case.posted, today=today, calendar=calendar),
        action=next_action(case, terms, today=today),
        posted_until=case.posted.last_day if case.posted else None,
        is_mine=refuse_officer(officer, step, case, terms, nobody_else=False) is None,
    )


#: Names a search shows.
MOST_FOUND = 20


def find_elders(text: str, *, actor: Actor, day: date) -> list[Found]:
    """Elders in reach a text may mean; nothing for an empty one."""
    if not text:
        return []
    with reading() as session:
        return Search(in_reach(actor)).find(session, text, day=day, limit=MOST_FOUND, home_site_id=actor.site_id)
