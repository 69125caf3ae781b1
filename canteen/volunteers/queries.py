"""What the screens of volunteers show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from canteen.base.access import Actor
from canteen.base.db import reading, with_reading
from canteen.base.errors import NotFound
from canteen.base.records import as_record
from canteen.base.vault import the_vault
from canteen.deliveries.models import Route
from canteen.places.models import Area
from canteen.places.queries import MOST_IDS, SiteFacts, site_in_reach
from canteen.staff.queries import people_who_may
from canteen.volunteers.models import PointRule, Volunteer, VolunteerRoute
from canteen.volunteers.rules import PointTerms, Scored, score
from canteen.volunteers.works import works_of

NO_VOLUNTEER, NO_VOLUNTEER_STEP = "没有找到这位志愿者", "请从名单里重新选择"


@dataclass(frozen=True, slots=True, kw_only=True)
class VolunteerLine:
    """One volunteer with what they did in a span of days."""

    id: int
    name: str
    staff_id: int | None
    weekdays: str
    slots: tuple[str, ...]
    #: Names of the routes they know.
    routes: tuple[str, ...]
    joined_on: date
    left_on: date | None
    works: tuple[Scored, ...]

    def count(self, kind: str) -> int:
        """How often, of a word of ``work``."""
        return sum(one.work.kind == kind for one in self.works)

    @property
    def minutes(self) -> int:
        """Of everything."""
        return sum(one.work.minutes for one in self.works)

    @property
    def metres(self) -> int:
        """Of what is known."""
        return sum(one.work.metres or 0 for one in self.works)

    @property
    def points(self) -> int:
        """Of everything."""
        return sum(one.points for one in self.works)


@dataclass(frozen=True, slots=True)
class VolunteersPage:
    """The volunteers of a site in a month; ``terms``: the rules of its county, the newest first."""

    lines: tuple[VolunteerLine, ...]
    terms: tuple[PointTerms, ...]


@dataclass(frozen=True, slots=True)
class VolunteerPage:
    """One volunteer with phone and note, the routes they know (ids), and the site."""

    line: VolunteerLine
    phone: str
    note: str
    route_ids: frozenset[int]
    site: SiteFacts
    terms: tuple[PointTerms, ...]


@dataclass(frozen=True, slots=True)
class VolunteerChoices:
    """What the form of a volunteer offers: accounts that may deliver and visit, and routes."""

    accounts: list[tuple[int, str]]
    routes: list[tuple[int, str]]


@with_reading
def volunteers_page(session: Session, site: SiteFacts, *, first: date, last: date) -> VolunteersPage:
    """Who helps or helped at a site, with what they did from ``first`` to ``last``."""
    wanted = select(Volunteer).where(Volunteer.site_id == site.id).order_by(Volunteer.left_on, Volunteer.name)
    people = [one for one in session.scalars(wanted) if one.left_on is None or one.left_on >= first]
    terms = terms_of(session, site.county)
    return VolunteersPage(tuple(_lines(session, people, terms, first, last)), terms)


def volunteer_page(actor: Actor, volunteer_id: int, *, first: date, last: date) -> VolunteerPage:
    """One volunteer of a site in reach. Raises ``NotFound``."""
    with reading() as session:
        one, site = volunteer_in_reach(session, actor, volunteer_id)
        terms = terms_of(session, site.county)
        [line] = _lines(session, [one], terms, first, last)
        opened = the_vault().open(one.sealed, f"volunteer:{one.id}")
        ids = session.scalars(select(VolunteerRoute.route_id).where(VolunteerRoute.volunteer_id == one.id))
        return VolunteerPage(line, opened["phone"], opened["note"], frozenset(ids), site, terms)


def volunteer_in_reach(session: Session, actor: Actor, volunteer_id: int) -> tuple[Volunteer, SiteFacts]:
    """A volunteer and their site. Raises ``NotFound``, the same for one out of reach."""
    one = session.get(Volunteer, volunteer_id) if volunteer_id < MOST_IDS else None
    if one is None:
        raise NotFound(NO_VOLUNTEER, next_step=NO_VOLUNTEER_STEP)
    return one, site_in_reach(session, actor, one.site_id, missing=NO_VOLUNTEER, next_step=NO_VOLUNTEER_STEP)


def _lines(
    session: Session, people: Sequence[Volunteer], terms: Sequence[PointTerms], first: date, last: date
) -> list[VolunteerLine]:
    known: dict[int, list[str]] = {}
    rows = session.execute(
        select(VolunteerRoute.volunteer_id, Route.name)
        .join(Route, Route.id == VolunteerRoute.route_id)
        .where(VolunteerRoute.volunteer_id.in_([one.id for one in people]))
        .order_by(Route.name)
    )
    for row in rows:
        known.setdefault(row.volunteer_id, []).append(row.name)
    works = works_of(session, people, terms, first=first.replace(day=1), last=last)
    return [
        as_record(
            VolunteerLine,
            one,
            slots=tuple(slot for slot in one.slots.split(",") if slot),
            routes=tuple(known.get(one.id, ())),
            works=tuple(found for found in score(works[one.id], terms) if found.work.day >= first),
        )
        for one in people
    ]


def terms_of(session: Session, county: str) -> tuple[PointTerms, ...]:
    """The rules of a county, the newest first."""
    rows = session.execute(
        select(PointRule.__table__)
        .join(Area, Area.id == PointRule.area_id)
        .where(Area.path == county)
        .order_by(PointRule.from_day.desc())
    )
    return tuple(as_record(PointTerms, row) for row in rows)


county_terms = with_reading(terms_of)


@with_reading
def choices_of(session: Session, site_id: int) -> VolunteerChoices:
    """Accounts and routes of a site."""
    routes = session.execute(select(Route.id, Route.name).where(Route.site_id == site_id).order_by(Route.name))
    return VolunteerChoices(people_who_may(session, "visit", site_id), [(row.id, row.name) for row in routes])
