"""The working-day calendar of this installation: what was announced when the program was written, and the office's
own entries. Session-first."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from canteen.audit import trail
from canteen.base.access import Actor
from canteen.base.db import reading
from canteen.base.db.prepared import Prepared
from canteen.base.errors import BadInput
from canteen.entitlements.models import WORK_DAY, WORK_YEAR
from canteen.schemes.workdays import ANNOUNCED, WorkCalendar

# Asked for at the counter where a scheme pays on working days only.
_DAYS = Prepared(select(WORK_DAY.c.day, WORK_DAY.c.is_working))
_YEARS = Prepared(select(WORK_YEAR.c.year))
#: Longest holiday that may be entered at once.
MOST_DAYS = 31


@dataclass(frozen=True, slots=True)
class DayEntry:
    """Days from a first to a last one that are off, or worked."""

    first: date
    last: date
    is_working: bool
    name: str


def work_calendar(session: Session) -> WorkCalendar:
    """The calendar as it stands, in two small statements."""
    days = {row.day: row.is_working for row in _DAYS.all(session)}
    years = frozenset(row.year for row in _YEARS.all(session))
    return ANNOUNCED.with_days(days, years) if days or years else ANNOUNCED


def enter_days(session: Session, entry: DayEntry) -> None:
    """Enter days; those entered before are replaced. Raises ``BadInput`` for a span nobody means."""
    count = (entry.last - entry.first).days + 1
    if not 0 < count <= MOST_DAYS:
        raise BadInput("最后一天不能早于第一天,一次最多 %(most)s 天", field="last", most=MOST_DAYS)
    days = [entry.first + timedelta(days=ahead) for ahead in range(count)]
    trail.touch(session, "work_calendar", 0)
    session.execute(delete(WORK_DAY).where(WORK_DAY.c.day.in_(days)))
    session.execute(
        insert(WORK_DAY), [{"day": day, "is_working": entry.is_working, "name": entry.name} for day in days]
    )


def remove_day(session: Session, day: date) -> bool:
    """Take an entry back; False when there was none."""
    trail.touch(session, "work_calendar", 0)
    return session.execute(delete(WORK_DAY).where(WORK_DAY.c.day == day).returning(WORK_DAY.c.day)).first() is not None


def confirm_year(session: Session, year: int, source: str, *, actor: Actor, at: datetime) -> None:
    """Say that all days of a year were entered, and from which notice: it is provisional no longer."""
    trail.touch(session, "work_calendar", 0)
    session.execute(delete(WORK_YEAR).where(WORK_YEAR.c.year == year))
    session.execute(insert(WORK_YEAR).values(year=year, source=source, confirmed_at=at, confirmed_by=actor.staff_id))


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
            select(WORK_DAY)
            .where(WORK_DAY.c.day.between(date(year, 1, 1), date(year, 12, 31)))
            .order_by(WORK_DAY.c.day)
        ).all()
        source = session.scalar(select(WORK_YEAR.c.source).where(WORK_YEAR.c.year == year)) or ""
    return CalendarPage(
        year,
        tuple(sorted(day for day in calendar.holidays if day.year == year and day.weekday() < 5)),
        tuple(sorted(day for day in calendar.make_up_days if day.year == year)),
        tuple(entered),
        year not in calendar.years,
        source,
        year in ANNOUNCED.years,
    )
