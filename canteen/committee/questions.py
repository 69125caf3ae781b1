"""Odd things, found by the database and shown as questions: every one has many harmless answers. Session-first."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from canteen.books.models.servings import Serving
from canteen.committee.rules import MANY_COLLECTED, QUESTIONS
from canteen.people.models import Elder, LifeEvent
from canteen.people.rules import masked_name
from canteen.places.models import CalendarException, Site
from canteen.places.rules import DayException, ServicePlan, is_planned_day
from canteen.staff.models import Staff

_SERVING = Serving.__table__
_ELDER = Elder.__table__
_EVENT = LifeEvent.__table__
_SITE = Site.__table__
_STAFF = Staff.__table__
_EXCEPTION = CalendarException.__table__

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
    within: list[ColumnElement[bool]] = [_SERVING.c.site_id.in_(site_ids), _SERVING.c.day.between(first, last)]
    found: dict[str, tuple[int, list[QuestionLine]]] = {code: find(session, within) for code, find in _FINDERS.items()}
    found["closed_days"] = _closed_days(session, within)
    return [
        Question(code, text, look, found[code][0], tuple(found[code][1])) for code, (text, look) in QUESTIONS.items()
    ]


def _lines(
    session: Session, statement: Select[Any], special: Callable[[Any], dict[str, Any]]
) -> tuple[int, list[QuestionLine]]:
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


def _meals(*more: Any) -> Select[Any]:
    return (
        select(
            _SERVING.c.id,
            _SERVING.c.day,
            _SERVING.c.slot,
            _SERVING.c.number,
            _SITE.c.name.label("site_name"),
            _ELDER.c.name.label("elder_name"),
            _ELDER.c.village_group,
            *more,
        )
        .join(_SITE, _SITE.c.id == _SERVING.c.site_id)
        .outerjoin(_ELDER, _ELDER.c.id == _SERVING.c.elder_id)
        .order_by(_SERVING.c.day, _SERVING.c.id)
    )


def _after_event(session: Session, within: list[ColumnElement[bool]]) -> tuple[int, list[QuestionLine]]:
    statement = (
        _meals(_EVENT.c.kind, _EVENT.c.from_day)
        .join(
            _EVENT,
            (_EVENT.c.elder_id == _SERVING.c.elder_id)
            & _EVENT.c.cancelled_at.is_(None)
            & (_EVENT.c.from_day <= _SERVING.c.day)
            & (_EVENT.c.to_day.is_(None) | (_EVENT.c.to_day >= _SERVING.c.day)),
        )
        .where(*within, _SERVING.c.voided_at.is_(None))
    )
    return _lines(session, statement, lambda row: {"life": row.kind, "since": row.from_day})


def _own_recorder(session: Session, within: list[ColumnElement[bool]]) -> tuple[int, list[QuestionLine]]:
    statement = (
        _meals()
        .join(_STAFF, (_STAFF.c.id == _SERVING.c.staff_id) & (_STAFF.c.elder_id == _SERVING.c.elder_id))
        .where(*within, _SERVING.c.voided_at.is_(None))
    )
    return _lines(session, statement, lambda row: {})


def _two_sites(session: Session, within: list[ColumnElement[bool]]) -> tuple[int, list[QuestionLine]]:
    """Of a pair each meal is a line when it was at a site looked at; the other is named, wherever it was."""
    other, other_site = _SERVING.alias("other"), _SITE.alias("other_site")
    statement = (
        _meals(other_site.c.name.label("other_name"))
        .join(
            other,
            (other.c.elder_id == _SERVING.c.elder_id)
            & (other.c.day == _SERVING.c.day)
            & (other.c.slot == _SERVING.c.slot)
            & (other.c.site_id != _SERVING.c.site_id)
            & other.c.voided_at.is_(None),
        )
        .join(other_site, other_site.c.id == other.c.site_id)
        .where(*within, _SERVING.c.voided_at.is_(None))
    )
    return _lines(session, statement, lambda row: {"other": row.other_name})


def _voids(session: Session, within: list[ColumnElement[bool]]) -> tuple[int, list[QuestionLine]]:
    statement = _meals(_SERVING.c.void_reason).where(*within, _SERVING.c.voided_at.is_not(None))
    return _lines(session, statement, lambda row: {"other": row.void_reason})


def _one_collector(session: Session, within: list[ColumnElement[bool]]) -> tuple[int, list[QuestionLine]]:
    elders = func.count(_SERVING.c.elder_id.distinct())
    statement = (
        select(
            _SERVING.c.day,
            _SERVING.c.slot,
            _SITE.c.name.label("site_name"),
            _SERVING.c.collected_by,
            elders.label("meals"),
        )
        .join(_SITE, _SITE.c.id == _SERVING.c.site_id)
        .where(*within, _SERVING.c.voided_at.is_(None), _SERVING.c.collected_by != "")
        .group_by(_SERVING.c.day, _SERVING.c.slot, _SERVING.c.site_id, _SITE.c.name, _SERVING.c.collected_by)
        .having(elders >= MANY_COLLECTED)
    )
    count = session.execute(select(func.count()).select_from(statement.subquery())).scalar_one()
    rows = session.execute(statement.order_by(_SERVING.c.day, _SERVING.c.slot).limit(MOST_LINES))
    return count, [
        QuestionLine(
            day=row.day, slot=row.slot, site_name=row.site_name, other=masked_name(row.collected_by), meals=row.meals
        )
        for row in rows
    ]


def _closed_days(session: Session, within: list[ColumnElement[bool]]) -> tuple[int, list[QuestionLine]]:
    served = session.execute(
        select(
            _SERVING.c.site_id,
            _SITE.c.name.label("site_name"),
            _SERVING.c.day,
            _SERVING.c.slot,
            func.count().label("meals"),
        )
        .join(_SITE, _SITE.c.id == _SERVING.c.site_id)
        .where(*within, _SERVING.c.voided_at.is_(None))
        .group_by(_SERVING.c.site_id, _SITE.c.name, _SERVING.c.day, _SERVING.c.slot)
        .order_by(_SERVING.c.day, _SERVING.c.slot)
    ).all()
    plans = _plans(session, {row.site_id for row in served})
    lines = [
        QuestionLine(day=row.day, slot=row.slot, site_name=row.site_name, meals=row.meals)
        for row in served
        if not is_planned_day(plans[row.site_id], row.day)
    ]
    return len(lines), lines[:MOST_LINES]


def _plans(session: Session, site_ids: Collection[int]) -> dict[int, ServicePlan]:
    """The plans of some sites in two statements, however many there are."""
    exceptions: dict[int, dict[date, DayException]] = {}
    for one in session.execute(select(_EXCEPTION).where(_EXCEPTION.c.site_id.in_(site_ids))):
        exceptions.setdefault(one.site_id, {})[one.day] = DayException(one.is_open, one.reason)
    sites = session.execute(
        select(_SITE.c.id, _SITE.c.weekdays, _SITE.c.opened_on, _SITE.c.closed_on).where(_SITE.c.id.in_(site_ids))
    )
    return {
        row.id: ServicePlan(
            weekdays=row.weekdays,
            opened_on=row.opened_on,
            closed_on=row.closed_on,
            exceptions=exceptions.get(row.id, {}),
        )
        for row in sites
    }


_FINDERS: dict[str, Callable[[Session, list[ColumnElement[bool]]], tuple[int, list[QuestionLine]]]] = {
    "after_event": _after_event,
    "own_recorder": _own_recorder,
    "two_sites": _two_sites,
    "one_collector": _one_collector,
    "voids": _voids,
}
