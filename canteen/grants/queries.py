"""Where a site stands this year, read from its calendar and its servings."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from canteen.base.db import reading
from canteen.base.months import days_between, year_bounds
from canteen.base.words import SLOTS
from canteen.books.meals import count_meals, live_meals_at
from canteen.books.models.servings import Serving
from canteen.grants.rules import GrantStanding, MonthLine, month_lines, standing
from canteen.places.queries import SiteFacts, service_plan
from canteen.places.rules import CalendarDay, is_planned_day, month_weeks
from canteen.schemes.language.scheme import Scheme
from canteen.schemes.language.site_money import OperatingGrant
from canteen.schemes.queries import schemes_in_force


@dataclass(frozen=True, slots=True)
class ServiceDay:
    """One day of the service calendar: what was planned, and the slots that were served, in the order of a day."""

    plan: CalendarDay
    slots: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ServedDays:
    """The planned days of a year, and the slots of every day with a meal."""

    planned: tuple[date, ...]
    served: dict[date, frozenset[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteStanding:
    """A site's year."""

    site: SiteFacts
    year: int
    #: None: no scheme in force there has an operating grant.
    standing: GrantStanding | None
    scheme_name: str
    #: Notice and clause the terms come from.
    source: str
    months: tuple[MonthLine, ...]


def served_slots(session: Session, *, site_id: int, first: date, last: date) -> dict[date, frozenset[str]]:
    """The slots of each day with at least one meal that was not voided."""
    rows = count_meals(session, Serving.day, Serving.slot, where=live_meals_at((site_id,), first, last))
    found: dict[date, set[str]] = {}
    for row in rows:
        found.setdefault(row.day, set()).add(row.slot)
    return {day: frozenset(slots) for day, slots in found.items()}


def planned_and_served(session: Session, *, site_id: int, year: int) -> ServedDays:
    """The planned days of a year and what was served on each day."""
    first, last = year_bounds(year)
    plan = service_plan(session, site_id)
    planned = tuple(day for day in days_between(first, last) if is_planned_day(plan, day))
    return ServedDays(planned, served_slots(session, site_id=site_id, first=first, last=last))


def standing_of(site: SiteFacts, *, year: int, today: date) -> SiteStanding:
    """A site's standing in a year, by the terms in force on the last day of it that has come."""
    first, last = year_bounds(year)
    with reading() as session:
        days = planned_and_served(session, site_id=site.id, year=year)
        schemes = schemes_in_force(session, area_path=site.area_path, day=max(first, min(last, today)))
    scheme, grant = _grant_of(schemes, site.area_path)
    return SiteStanding(
        site=site,
        year=year,
        scheme_name=scheme.name if scheme else "",
        source=dict(scheme.sources).get("operating_grant", "") if scheme else "",
        standing=standing(days.planned, days.served, grant, year=year, today=today) if grant else None,
        months=month_lines(days.planned, days.served, year=year),
    )


def _grant_of(schemes: tuple[Scheme, ...], area_path: str) -> tuple[Scheme | None, OperatingGrant | None]:
    for scheme in schemes:
        grant = scheme.at(area_path).operating_grant
        if grant is not None:
            return scheme, grant
    return None, None


def service_calendar(site_id: int, *, month: date) -> list[list[ServiceDay]]:
    """The weeks of a month, each day with its plan and the slots that were served."""
    with reading() as session:
        weeks = month_weeks(service_plan(session, site_id), month)
        served = served_slots(session, site_id=site_id, first=weeks[0][0].day, last=weeks[-1][-1].day)
    return [
        [ServiceDay(one, tuple(slot for slot in SLOTS if slot in served.get(one.day, ()))) for one in week]
        for week in weeks
    ]
