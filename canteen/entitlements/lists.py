"""The lists of the office: who a text means, public lists, what ends soon, who is due, meals looked back at, the calendar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select

from canteen.base.access import Actor
from canteen.base.db import reading, table_of
from canteen.base.errors import NotFound
from canteen.entitlements import granting, lookback
from canteen.entitlements.calendar import work_calendar
from canteen.entitlements.models import WorkDay, WorkYear
from canteen.entitlements.queries import APPLICATION, ENTITLEMENT, HALT, LINE, NOTICE, VERSION, reached_by
from canteen.entitlements.rules import SOON_DAYS
from canteen.people.queries import AREA, ELDER, Found, Search, in_reach
from canteen.people.rules import masked_name
from canteen.schemes.language.scheme import Scheme
from canteen.schemes.queries import parsed, scheme_names
from canteen.schemes.workdays import ANNOUNCED

_DAY = table_of(WorkDay)
_YEAR = table_of(WorkYear)
#: Names a search shows.
MOST_FOUND = 20
#: People shown of those who are due; the others come when these are decided.
MOST_DUE = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticePage:
    """A public list as it hangs: no ID digits, no status labels."""

    row: Any
    scheme: Scheme
    area_path: str
    #: Masked name, village group, class code.
    lines: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Ending:
    """A right that ends soon, or is halted soon."""

    elder_id: int
    name: str
    village_group: str
    scheme_name: str
    class_code: str
    last_day: date
    #: ``valid`` (it was given for a time), or the cause of the halt.
    cause: str


def find_elders(text: str, *, actor: Actor, day: date) -> list[Found]:
    """Elders in reach a text may mean; nothing for an empty one."""
    if not text:
        return []
    with reading() as session:
        return Search(in_reach(actor)).find(session, text, day=day, limit=MOST_FOUND, home_site_id=actor.site_id)


def notices(actor: Actor, *, today: date) -> list[Any]:
    """The public lists in reach, the newest first: those that hang and the last hundred."""
    with reading() as session:
        inside = session.scalars(
            select(LINE.c.notice_id)
            .join(APPLICATION, APPLICATION.c.id == LINE.c.application_id)
            .join(ELDER, ELDER.c.id == APPLICATION.c.elder_id)
            .join(AREA, AREA.c.id == APPLICATION.c.area_id)
            .where(reached_by(actor))
            .distinct()
            .order_by(LINE.c.notice_id.desc())
            .limit(100)
        ).all()
        rows = session.execute(
            select(
                NOTICE,
                AREA.c.path.label("area_path"),
                VERSION.c.text.label("text"),
                select(func.count()).where(LINE.c.notice_id == NOTICE.c.id).scalar_subquery().label("names"),
            )
            .join(AREA, AREA.c.id == NOTICE.c.area_id)
            .join(VERSION, VERSION.c.id == NOTICE.c.version_id)
            .where(NOTICE.c.id.in_(inside))
            .order_by(NOTICE.c.id.desc())
        ).all()
        return [(row, parsed(row.text).name) for row in rows]


def notice_page(notice_id: int, *, actor: Actor) -> NoticePage:
    """One public list with somebody in reach. Raises ``NotFound``."""
    with reading() as session:
        row = session.execute(
            select(NOTICE, AREA.c.path.label("area_path"), VERSION.c.text.label("text"))
            .join(AREA, AREA.c.id == NOTICE.c.area_id)
            .join(VERSION, VERSION.c.id == NOTICE.c.version_id)
            .where(NOTICE.c.id == notice_id)
        ).first()
        people = session.execute(
            select(ELDER.c.name, ELDER.c.village_group, APPLICATION.c.class_code)
            .join(APPLICATION, APPLICATION.c.elder_id == ELDER.c.id)
            .join(LINE, LINE.c.application_id == APPLICATION.c.id)
            .join(AREA, AREA.c.id == APPLICATION.c.area_id)
            .where(LINE.c.notice_id == notice_id, reached_by(actor))
            .order_by(ELDER.c.village_group, ELDER.c.id)
        ).all()
        if row is None or not people:
            raise NotFound("没有找到这份公示", next_step="请从公示列表重新选择")
        lines = tuple((masked_name(one.name), one.village_group, one.class_code) for one in people)
        return NoticePage(row=row, scheme=parsed(row.text), area_path=row.area_path, lines=lines)


def ending_soon(actor: Actor, *, today: date) -> list[Ending]:
    """Rights in reach that end, or are halted, within the next weeks; the earliest first."""
    soon = today + timedelta(days=SOON_DAYS)
    with reading() as session:
        names = scheme_names()
        people = (
            ELDER.c.id.label("elder"),
            ELDER.c.name,
            ELDER.c.village_group,
            ENTITLEMENT.c.scheme,
            ENTITLEMENT.c.class_code,
        )
        held = (
            select(*people, ENTITLEMENT.c.to_day.label("day"))
            .join(ELDER, ELDER.c.id == ENTITLEMENT.c.elder_id)
            .where(ENTITLEMENT.c.cancelled_at.is_(None), ENTITLEMENT.c.to_day.between(today, soon), in_reach(actor))
        )
        halted = (
            select(*people, HALT.c.from_day.label("day"), HALT.c.cause)
            .join(ELDER, ELDER.c.id == ENTITLEMENT.c.elder_id)
            .join(HALT, HALT.c.entitlement_id == ENTITLEMENT.c.id)
            .where(
                ENTITLEMENT.c.cancelled_at.is_(None),
                HALT.c.cancelled_at.is_(None),
                in_reach(actor),
                HALT.c.from_day > today,
                HALT.c.from_day <= soon + timedelta(days=1),
            )
        )
        found = [
            Ending(
                row.elder,
                row.name,
                row.village_group,
                names.get(row.scheme, row.scheme),
                row.class_code,
                row.day,
                "valid",
            )
            for row in session.execute(held)
        ]
        found += [
            Ending(
                row.elder,
                row.name,
                row.village_group,
                names.get(row.scheme, row.scheme),
                row.class_code,
                row.day - timedelta(days=1),
                row.cause,
            )
            for row in session.execute(halted)
        ]
    return sorted(found, key=lambda one: (one.last_day, one.elder_id))


def due(actor: Actor, *, today: date) -> list[granting.Due]:
    """Who is entitled by age and does not hold the right yet."""
    with reading() as session:
        return granting.due_by_age(session, actor=actor, day=today)


def on_roster(actor: Actor, *, today: date) -> list[granting.Due]:
    """Who stands on an imported roster and was never decided about."""
    with reading() as session:
        return granting.due_by_roster(session, actor=actor, day=today)


def look_back(actor: Actor) -> list[lookback.LookBackLine]:
    """Meals nobody has looked at yet."""
    with reading() as session:
        return lookback.lines(session, actor=actor)


@dataclass(frozen=True, slots=True)
class CalendarPage:
    """The working-day calendar of one year."""

    year: int
    #: Days that are off on a weekday, and days of a weekend that are worked.
    holidays: tuple[date, ...]
    make_up_days: tuple[date, ...]
    #: Entries of the office: day, worked, name.
    entered: tuple[Any, ...]
    is_provisional: bool
    #: The notice, "" when it came with the program or is not known.
    source: str
    came_with_program: bool


def calendar_page(year: int) -> CalendarPage:
    """The calendar of a year."""
    with reading() as session:
        calendar = work_calendar(session)
        entered = session.execute(
            select(_DAY).where(_DAY.c.day.between(date(year, 1, 1), date(year, 12, 31))).order_by(_DAY.c.day)
        ).all()
        source = session.scalar(select(_YEAR.c.source).where(_YEAR.c.year == year)) or ""
    return CalendarPage(
        year,
        tuple(sorted(day for day in calendar.holidays if day.year == year and day.weekday() < 5)),
        tuple(sorted(day for day in calendar.make_up_days if day.year == year)),
        tuple(entered),
        year not in calendar.years,
        source,
        year in ANNOUNCED.years,
    )
