"""Whom a plan is about on a day, and when each has to be seen next. Session-first reads, one statement for all sites."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from canteen.base.records import as_record
from canteen.people.models import Elder
from canteen.people.queries import states_of
from canteen.places.models import Area, Site
from canteen.staff.models import Staff
from canteen.welfare.visits.models import VisitPlan, WelfareVisit
from canteen.welfare.visits.rules import due_day


@dataclass(frozen=True, slots=True, kw_only=True)
class DueLine:
    """One elder of one plan: who goes, the last time somebody saw the elder, and when the next is due."""

    plan_id: int
    elder_id: int
    name: str
    village_group: str
    village: str
    site_name: str
    #: Who goes, one or two; an account that was locked since goes no more and is not among them.
    visitors: tuple[str, ...]
    last: date | None
    due: date
    #: Somebody went since and did not meet the elder: the last such day.
    missed: date | None


def due_lines(session: Session, *where: Any, day: date) -> list[DueLine]:
    """The people of the plans in force on a day (and of these conditions on ``VisitPlan``), the longest due first.

    Who has moved away or died is left out; who is away for a time is not.
    """
    first, second = aliased(Staff), aliased(Staff)
    of_group = and_(
        VisitPlan.village_group != "",
        Elder.village_group == VisitPlan.village_group,
        or_(
            Elder.home_site_id == VisitPlan.site_id,
            and_(Elder.home_site_id.is_(None), Elder.residence_area_id == Site.area_id),
        ),
    )
    rows = session.execute(
        select(
            VisitPlan.id.label("plan_id"),
            VisitPlan.from_day,
            VisitPlan.every_days,
            Elder.id.label("elder_id"),
            Elder.name,
            Elder.village_group,
            Area.name.label("village"),
            Site.name.label("site_name"),
            first.name.label("first"),
            first.is_active.label("first_goes"),
            second.name.label("second"),
            second.is_active.label("second_goes"),
            _last(WelfareVisit.result != "not_met").label("last"),
            _last(WelfareVisit.result == "not_met").label("missed"),
        )
        .join(Site, Site.id == VisitPlan.site_id)
        .join(Elder, or_(Elder.id == VisitPlan.elder_id, of_group))
        .join(Area, Area.id == Elder.residence_area_id)
        .join(first, first.id == VisitPlan.staff_id)
        .outerjoin(second, second.id == VisitPlan.partner_id)
        .where(*where, VisitPlan.from_day <= day, or_(VisitPlan.ended_on.is_(None), VisitPlan.ended_on > day))
    ).all()
    lives = states_of(session, {row.elder_id for row in rows}, day=day)
    lines = [_line(row) for row in rows if lives[row.elder_id].kind not in ("moved", "died")]
    return sorted(lines, key=lambda line: (line.due, line.village_group, line.name, line.plan_id))


def _last(condition: Any) -> Any:
    same = (WelfareVisit.plan_id == VisitPlan.id, WelfareVisit.elder_id == Elder.id)
    return select(func.max(WelfareVisit.day)).where(*same, condition).scalar_subquery()


def _line(row: Any) -> DueLine:
    goes = ((row.first, row.first_goes), (row.second, row.second_goes))
    missed = row.missed if row.missed and (row.last is None or row.missed > row.last) else None
    return as_record(
        DueLine,
        row,
        visitors=tuple(name for name, is_active in goes if is_active),
        due=due_day(row.last, from_day=row.from_day, every_days=row.every_days),
        missed=missed,
    )
