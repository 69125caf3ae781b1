"""What the screens of visits show."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased

from canteen.base.access import Actor
from canteen.base.db import reading, with_reading
from canteen.base.records import as_record
from canteen.base.vault import the_vault
from canteen.people.models import Elder
from canteen.people.personal import open_personal
from canteen.places.queries import SiteFacts, sites_of
from canteen.staff.models import Staff
from canteen.staff.queries import people_who_may
from canteen.welfare.visits.due import DueLine, due_lines
from canteen.welfare.visits.models import VisitPlan, WelfareVisit

#: Visits of one elder on a page, the latest first.
MOST_VISITS = 50


@dataclass(frozen=True, slots=True)
class DoorToVisit:
    """One elder a visitor goes to, with what is needed there."""

    line: DueLine
    phone: str
    address: str


@dataclass(frozen=True, slots=True)
class MyVisits:
    """Whom somebody has to see today or should have seen before, whom later, and how many were seen today."""

    due: tuple[DoorToVisit, ...]
    later: tuple[DueLine, ...]
    seen_today: tuple[DueLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanLine:
    """One plan in the list."""

    id: int
    #: The elder's name, or "": the village group.
    name: str
    village_group: str
    first: str
    second: str
    every_days: int
    from_day: date


@dataclass(frozen=True, slots=True)
class VisitsPage:
    """The plans of a site, whom nobody saw in time, and who may be chosen."""

    behind: tuple[DueLine, ...]
    plans: tuple[PlanLine, ...]
    visitors: list[tuple[int, str]]
    elders: list[tuple[int, str]]
    groups: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class VisitLine:
    """One visit as it is shown."""

    day: date
    who: str
    result: str
    words: str


@dataclass(frozen=True, slots=True)
class VisitCount:
    """Visits of some sites in a span of days: how often somebody was seen, how many different people, how often nobody."""

    seen: int
    people: int
    not_met: int


@with_reading
def my_visits(session: Session, actor: Actor, *, day: date) -> MyVisits:
    """The own plans of a visitor, also as the second of a pair, with phone and address of who is due."""
    mine = or_(VisitPlan.staff_id == actor.staff_id, VisitPlan.partner_id == actor.staff_id)
    lines = due_lines(session, mine, day=day)
    due = [line for line in lines if line.due <= day]
    rows = session.execute(select(Elder.id, Elder.sealed).where(Elder.id.in_({line.elder_id for line in due})))
    personal = {row.id: open_personal(row.sealed, row.id, the_vault()) for row in rows}
    return MyVisits(
        due=tuple(DoorToVisit(one, personal[one.elder_id].phone, personal[one.elder_id].address) for one in due),
        later=tuple(line for line in lines if line.due > day and line.last != day),
        seen_today=tuple(line for line in lines if line.last == day and line.due > day),
    )


@with_reading
def visits_page(session: Session, site: SiteFacts, *, day: date) -> VisitsPage:
    """Everything about the visits of a site."""
    lines = due_lines(session, VisitPlan.site_id == site.id, day=day)
    ours = or_(Elder.home_site_id == site.id, Elder.home_site_id.is_(None) & (Elder.residence_area_id == site.area_id))
    elders = session.execute(
        select(Elder.id, Elder.name, Elder.village_group).where(ours).order_by(Elder.village_group, Elder.name)
    ).all()
    return VisitsPage(
        behind=tuple(line for line in lines if line.due < day),
        plans=tuple(_plans(session, site.id, day)),
        visitors=people_who_may(session, "visit", site.id),
        elders=[(row.id, f"{row.name} {row.village_group}".strip()) for row in elders],
        groups=[(group, group) for group in sorted({row.village_group for row in elders} - {""})],
    )


def _plans(session: Session, site_id: int, day: date) -> list[PlanLine]:
    first, second = aliased(Staff), aliased(Staff)
    rows = session.execute(
        select(
            VisitPlan.id,
            VisitPlan.village_group,
            VisitPlan.every_days,
            VisitPlan.from_day,
            func.coalesce(Elder.name, "").label("name"),
            first.name.label("first"),
            func.coalesce(second.name, "").label("second"),
        )
        .join(first, first.id == VisitPlan.staff_id)
        .outerjoin(second, second.id == VisitPlan.partner_id)
        .outerjoin(Elder, Elder.id == VisitPlan.elder_id)
        .where(VisitPlan.site_id == site_id, or_(VisitPlan.ended_on.is_(None), VisitPlan.ended_on > day))
        .order_by(VisitPlan.id)
    )
    return [as_record(PlanLine, row) for row in rows]


@with_reading
def behind(session: Session, site_ids: Collection[int], *, day: date) -> int:
    """How many people of some sites nobody saw in time."""
    lines = due_lines(session, VisitPlan.site_id.in_(site_ids), day=day)
    return len({line.elder_id for line in lines if line.due < day})


@with_reading
def counts_of(session: Session, *, site_ids: Collection[int], first: date, last: date) -> VisitCount:
    """Visits of some sites from ``first`` to ``last``, both included."""
    seen = WelfareVisit.result != "not_met"
    row = session.execute(
        select(
            func.count().filter(seen).label("seen"),
            func.count(WelfareVisit.elder_id.distinct()).filter(seen).label("people"),
            func.count().filter(~seen).label("not_met"),
        ).where(WelfareVisit.site_id.in_(site_ids), WelfareVisit.day.between(first, last))
    ).one()
    return as_record(VisitCount, row)


def visits_of(actor: Actor, elder_id: int) -> tuple[VisitLine, ...]:
    """The visits to an elder by plans of sites in reach, the latest first."""
    sites = [site.id for site in sites_of(actor)]
    with reading() as session:
        rows = session.execute(
            select(WelfareVisit, func.coalesce(Staff.name, "").label("who"))
            .outerjoin(Staff, Staff.id == WelfareVisit.staff_id)
            .where(WelfareVisit.elder_id == elder_id, WelfareVisit.site_id.in_(sites))
            .order_by(WelfareVisit.id.desc())
            .limit(MOST_VISITS)
        ).all()
    vault = the_vault()
    return tuple(
        VisitLine(
            one.day, who, one.result, vault.open(one.sealed_words, f"visit:{one.key}") if one.sealed_words else ""
        )
        for one, who in rows
    )
