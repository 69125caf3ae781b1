"""Odd things, found by the database and shown as questions: every one has many harmless answers. Session-first."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from canteen.base.db.rows import covers
from canteen.base.text import masked_name
from canteen.books.meals import LIVE, Conditions, meals_at
from canteen.books.models.servings import Serving
from canteen.committee.rules import MANY_COLLECTED, QUESTIONS
from canteen.people.models import Elder, LifeEvent
from canteen.places.models import Site
from canteen.places.queries import service_plans
from canteen.places.rules import is_planned_day
from canteen.staff.models import Staff

#: Lines shown of one question; its count is of all.
MOST_LINES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionLine:
    """One thing to look at; names are masked."""

    day: date
    slot: str
    site_name: str
    number: str = ""
    masked_name: str = ""
    village_group: str = ""
    #: What is special: the event (``life`` and its day), the other site, the collector, the reason of a void.
    life: str = ""
    since: date | None = None
    other: str = ""
    meals: int = 1


#: How many there are, and the first of them.
Found = tuple[int, list[QuestionLine]]


@dataclass(frozen=True, slots=True)
class Question:
    """One kind of odd thing in some days."""

    code: str
    text: str
    look: str
    count: int
    lines: tuple[QuestionLine, ...]


def questions(session: Session, *, site_ids: Collection[int], first: date, last: date) -> list[Question]:
    """Every question with its lines, in a fixed order; also those with nothing to show."""
    within = meals_at(site_ids, first, last)
    found: dict[str, Found] = {code: find(session, within) for code, find in _FINDERS.items()}
    found["closed_days"] = _closed_days(session, within)
    return [
        Question(code, text, look, found[code][0], tuple(found[code][1])) for code, (text, look) in QUESTIONS.items()
    ]


def _lines(session: Session, statement: Any, special: Callable[[Any], dict[str, Any]]) -> Found:
    """Run a statement over servings with site and elder joined; ``special`` says what is odd about a row."""
    count = session.execute(select(func.count()).select_from(statement.order_by(None).subquery())).scalar_one()
    rows = session.execute(statement.limit(MOST_LINES)) if count else ()
    return count, [
        QuestionLine(
            day=row.day,
            slot=row.slot,
            site_name=row.site_name,
            number=row.number,
            masked_name=masked_name(row.elder_name) if row.elder_name else "",
            village_group=row.village_group or "",
            **special(row),
        )
        for row in rows
    ]


def _meals(*more: Any) -> Any:
    return (
        select(
            Serving.id,
            Serving.day,
            Serving.slot,
            Serving.number,
            Site.name.label("site_name"),
            Elder.name.label("elder_name"),
            Elder.village_group,
            *more,
        )
        .join(Site, Site.id == Serving.site_id)
        .outerjoin(Elder, Elder.id == Serving.elder_id)
        .order_by(Serving.day, Serving.id)
    )


def _after_event(session: Session, within: Conditions) -> Found:
    statement = (
        _meals(LifeEvent.kind, LifeEvent.from_day)
        .join(
            LifeEvent,
            (LifeEvent.elder_id == Serving.elder_id)
            & LifeEvent.cancelled_at.is_(None)
            & covers(LifeEvent.from_day, LifeEvent.to_day, Serving.day),
        )
        .where(*within, LIVE)
    )
    return _lines(session, statement, lambda row: {"life": row.kind, "since": row.from_day})


def _own_recorder(session: Session, within: Conditions) -> Found:
    statement = (
        _meals().join(Staff, (Staff.id == Serving.staff_id) & (Staff.elder_id == Serving.elder_id)).where(*within, LIVE)
    )
    return _lines(session, statement, lambda row: {})


def _two_sites(session: Session, within: Conditions) -> Found:
    """Of a pair each meal is a line when it was at a site looked at; the other is named, wherever it was."""
    other, other_site = aliased(Serving), aliased(Site)
    statement = (
        _meals(other_site.name.label("other_name"))
        .join(
            other,
            (other.elder_id == Serving.elder_id)
            & (other.day == Serving.day)
            & (other.slot == Serving.slot)
            & (other.site_id != Serving.site_id)
            & other.voided_at.is_(None),
        )
        .join(other_site, other_site.id == other.site_id)
        .where(*within, LIVE)
    )
    return _lines(session, statement, lambda row: {"other": row.other_name})


def _voids(session: Session, within: Conditions) -> Found:
    statement = _meals(Serving.void_reason).where(*within, ~LIVE)
    return _lines(session, statement, lambda row: {"other": row.void_reason})


def _one_collector(session: Session, within: Conditions) -> Found:
    elders = func.count(Serving.elder_id.distinct())
    statement = (
        select(Serving.day, Serving.slot, Site.name.label("site_name"), Serving.collected_by, elders.label("meals"))
        .join(Site, Site.id == Serving.site_id)
        .where(*within, LIVE, Serving.collected_by != "")
        .group_by(Serving.day, Serving.slot, Serving.site_id, Site.name, Serving.collected_by)
        .having(elders >= MANY_COLLECTED)
    )
    count = session.execute(select(func.count()).select_from(statement.subquery())).scalar_one()
    rows = session.execute(statement.order_by(Serving.day, Serving.slot).limit(MOST_LINES))
    return count, [
        QuestionLine(
            day=row.day, slot=row.slot, site_name=row.site_name, other=masked_name(row.collected_by), meals=row.meals
        )
        for row in rows
    ]


def _closed_days(session: Session, within: Conditions) -> Found:
    served = session.execute(
        select(Serving.site_id, Site.name.label("site_name"), Serving.day, Serving.slot, func.count().label("meals"))
        .join(Site, Site.id == Serving.site_id)
        .where(*within, LIVE)
        .group_by(Serving.site_id, Site.name, Serving.day, Serving.slot)
        .order_by(Serving.day, Serving.slot)
    ).all()
    plans = service_plans(session, {row.site_id for row in served})
    lines = [
        QuestionLine(day=row.day, slot=row.slot, site_name=row.site_name, meals=row.meals)
        for row in served
        if not is_planned_day(plans[row.site_id], row.day)
    ]
    return len(lines), lines[:MOST_LINES]


_FINDERS: dict[str, Callable[[Session, Conditions], Found]] = {
    "after_event": _after_event,
    "own_recorder": _own_recorder,
    "two_sites": _two_sites,
    "one_collector": _one_collector,
    "voids": _voids,
}
