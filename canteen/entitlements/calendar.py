"""The working-day calendar of this installation: what was announced when the program was written, and the office's
own entries. Session-first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from canteen.base.access import Actor
from canteen.base.db import table_of
from canteen.base.errors import BadInput
from canteen.base.prepared import Prepared
from canteen.entitlements.models import WorkDay, WorkYear
from canteen.schemes.workdays import ANNOUNCED, WorkCalendar

_DAY = table_of(WorkDay)
_YEAR = table_of(WorkYear)
# Asked for at the counter where a scheme pays on working days only.
_DAYS = Prepared(select(_DAY.c.day, _DAY.c.is_working))
_YEARS = Prepared(select(_YEAR.c.year))
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
    session.execute(delete(_DAY).where(_DAY.c.day.in_(days)))
    session.execute(insert(_DAY), [{"day": day, "is_working": entry.is_working, "name": entry.name} for day in days])


def remove_day(session: Session, day: date) -> bool:
    """Take an entry back; False when there was none."""
    return session.execute(delete(_DAY).where(_DAY.c.day == day).returning(_DAY.c.day)).first() is not None


def confirm_year(session: Session, year: int, source: str, *, actor: Actor, at: datetime) -> None:
    """Say that all days of a year were entered, and from which notice: it is provisional no longer."""
    session.execute(delete(_YEAR).where(_YEAR.c.year == year))
    session.execute(insert(_YEAR).values(year=year, source=source, confirmed_at=at, confirmed_by=actor.staff_id))
