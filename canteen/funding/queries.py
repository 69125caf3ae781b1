"""Budgets: what is left of each, how long it lasts, and its history."""

from __future__ import annotations

from calendar import isleap
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, true
from sqlalchemy.orm import Session

from canteen.base.access import Actor
from canteen.base.clock import day_of
from canteen.base.db import reading, table_of
from canteen.base.errors import NotFound
from canteen.books.models.budgets import Budget, FundingUse
from canteen.books.models.servings import Serving, ServingShare
from canteen.books.rules import bounds_of
from canteen.funding.requests import BudgetChange
from canteen.funding.rules import RECENT_DAYS, Forecast, forecast
from canteen.places.models import Area, CalendarException, Site
from canteen.places.rules import DayException, ServicePlan, is_planned_day
from canteen.staff.models import Staff

_BUDGET = table_of(Budget)
_USE = table_of(FundingUse)
_AREA = table_of(Area)
_SITE = table_of(Site)
_EXCEPTION = table_of(CalendarException)
_SERVING = table_of(Serving)
_SHARE = table_of(ServingShare)
_STAFF = table_of(Staff)


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetLine:
    """One budget on the page."""

    id: int
    scheme: str
    payer: str
    area_path: str
    period: str
    limit_fen: int
    used_fen: int
    #: Typed by somebody, or stated by the scheme.
    is_typed: bool
    forecast: Forecast

    @property
    def left_fen(self) -> int:
        """What may still be spent; never below zero."""
        return max(self.limit_fen - self.used_fen, 0)

    @property
    def over_fen(self) -> int:
        """What was spent beyond a budget that was lowered, or typed late."""
        return max(self.used_fen - self.limit_fen, 0)

    @property
    def is_used_up(self) -> bool:
        """Whether this payer pays no more."""
        return self.used_fen >= self.limit_fen


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetRow:
    """One row of a budget's history."""

    amount_fen: int
    source: str
    reason: str
    spent_fen: int
    recorded_at: datetime
    #: Canteen day of ``recorded_at``.
    day: date
    staff_name: str


@dataclass(frozen=True, slots=True)
class _Plans:
    """The service plan of each site, with the path of its area, and what was counted of them before."""

    sites: dict[int, tuple[str, ServicePlan]]
    _counted: dict[tuple[str, int], dict[date, int]] = field(default_factory=dict)

    def days(self, area_path: str, first: date, last: date) -> list[tuple[date, int]]:
        """The service days of an area with how many sites serve."""
        found = []
        for year in range(first.year, last.year + 1):
            counted = self._year(area_path, year)
            found += [(day, sites) for day, sites in counted.items() if first <= day <= last]
        return found

    def _year(self, area_path: str, year: int) -> dict[date, int]:
        if (area_path, year) not in self._counted:
            plans = [plan for path, plan in self.sites.values() if (path + "/").startswith(area_path + "/")]
            days = (date(year, 1, 1) + timedelta(days=ahead) for ahead in range(365 + isleap(year)))
            counted = ((day, sum(is_planned_day(plan, day) for plan in plans)) for day in days)
            self._counted[area_path, year] = {day: sites for day, sites in counted if sites}
        return self._counted[area_path, year]


def covers(actor: Actor) -> ColumnElement[bool]:
    """A condition on ``area``: it lies in the actor's area, or its budgets reach into it."""
    if not actor.area_path:
        return true()
    parts = actor.area_path.split("/")
    above = ["/".join(parts[: depth + 1]) for depth in range(len(parts))]
    return or_(_AREA.c.path.in_(above), _AREA.c.path.startswith(actor.area_path + "/", autoescape=True))


def budget_lines(actor: Actor, *, year: int, today: date) -> list[BudgetLine]:
    """The budgets of a year (and its months) that concern an actor's sites, each with its forecast."""
    with reading() as session:
        rows = session.execute(
            select(_USE, _AREA.c.path)
            .join(_AREA, _AREA.c.id == _USE.c.area_id)
            .where(covers(actor), or_(_USE.c.period == str(year), _USE.c.period.startswith(f"{year}-")))
            .order_by(_AREA.c.path, _USE.c.scheme, _USE.c.payer, _USE.c.period)
        ).all()
        if not rows:
            return []
        recent = _recent(session, {(row.scheme, row.payer) for row in rows}, today)
        plans = _plans(session)
    return [_line(row, plans, recent, today) for row in rows]


def _line(row: Any, plans: _Plans, recent: dict[tuple[int, str, str], int], today: date) -> BudgetLine:
    first, last = bounds_of(row.period)
    covered = {site for site, (path, _) in plans.sites.items() if (path + "/").startswith(row.path + "/")}
    recent_fen = sum(
        fen
        for (site, scheme, payer), fen in recent.items()
        if site in covered and (scheme, payer) == (row.scheme, row.payer)
    )
    before = plans.days(row.path, first, min(last, today - timedelta(days=1)))
    lately = plans.days(row.path, today - timedelta(days=RECENT_DAYS), today - timedelta(days=1))
    return BudgetLine(
        id=row.id,
        scheme=row.scheme,
        payer=row.payer,
        area_path=row.path,
        period=row.period,
        limit_fen=row.limit_fen,
        used_fen=row.used_fen,
        is_typed=row.limit_from == "typed",
        forecast=forecast(
            limit_fen=row.limit_fen,
            used_fen=row.used_fen,
            site_days=sum(sites for _, sites in before),
            recent_fen=recent_fen,
            recent_site_days=sum(sites for _, sites in lately),
            ahead=plans.days(row.path, max(first, today), last),
        ),
    )


def _recent(session: Session, payers: Collection[tuple[str, str]], today: date) -> dict[tuple[int, str, str], int]:
    """What each payer carried at each site in the last ``RECENT_DAYS`` days before today."""
    rows = session.execute(
        select(_SERVING.c.site_id, _SHARE.c.scheme, _SHARE.c.payer, func.sum(_SHARE.c.amount_fen))
        .join(_SERVING, _SERVING.c.id == _SHARE.c.serving_id)
        .where(
            _SERVING.c.site_id.in_(select(_SITE.c.id)),
            _SERVING.c.voided_at.is_(None),
            _SERVING.c.day.between(today - timedelta(days=RECENT_DAYS), today - timedelta(days=1)),
            _SHARE.c.scheme.in_({scheme for scheme, _ in payers}),
        )
        .group_by(_SERVING.c.site_id, _SHARE.c.scheme, _SHARE.c.payer)
    )
    return {(site, scheme, payer): int(fen) for site, scheme, payer, fen in rows}


def _plans(session: Session) -> _Plans:
    exceptions: dict[int, dict[date, DayException]] = {}
    for one in session.execute(select(_EXCEPTION).order_by(_EXCEPTION.c.day)):
        exceptions.setdefault(one.site_id, {})[one.day] = DayException(one.is_open, one.reason)
    rows = session.execute(
        select(_SITE.c.id, _SITE.c.weekdays, _SITE.c.opened_on, _SITE.c.closed_on, _AREA.c.path).join(
            _AREA, _AREA.c.id == _SITE.c.area_id
        )
    )
    return _Plans(
        {
            row.id: (
                row.path,
                ServicePlan(
                    weekdays=row.weekdays,
                    opened_on=row.opened_on,
                    closed_on=row.closed_on,
                    exceptions=exceptions.get(row.id, {}),
                ),
            )
            for row in rows
        }
    )


def budget_history(actor: Actor, use_id: int) -> tuple[BudgetChange, str, list[BudgetRow]]:
    """A budget, the path of its area, and all its rows, the last first. Raises ``NotFound`` out of reach."""
    with reading() as session:
        use = session.execute(
            select(_USE, _AREA.c.path)
            .join(_AREA, _AREA.c.id == _USE.c.area_id)
            .where(_USE.c.id == use_id, covers(actor))
        ).first()
        if use is None:
            raise NotFound("没有找到这项预算", next_step="请从预算列表重新选择")
        rows = session.execute(
            select(_BUDGET, _STAFF.c.name.label("staff_name"))
            .outerjoin(_STAFF, _STAFF.c.id == _BUDGET.c.staff_id)
            .where(*_same(use))
            .order_by(_BUDGET.c.id.desc())
        ).all()
    asked = BudgetChange(
        scheme=use.scheme,
        payer=use.payer,
        area_id=use.area_id,
        period=use.period,
        amount_fen=use.limit_fen,
        source=rows[0].source if rows else "",
        reason="",
    )
    return (
        asked,
        use.path,
        [
            BudgetRow(
                amount_fen=row.amount_fen,
                source=row.source,
                reason=row.reason,
                spent_fen=row.spent_fen,
                recorded_at=row.recorded_at,
                day=day_of(row.recorded_at),
                staff_name=row.staff_name or "",
            )
            for row in rows
        ],
    )


def _same(budget: Any) -> list[ColumnElement[bool]]:
    return [
        _BUDGET.c.scheme == budget.scheme,
        _BUDGET.c.payer == budget.payer,
        _BUDGET.c.area_id == budget.area_id,
        _BUDGET.c.period == budget.period,
    ]


def last_budget(session: Session, change: BudgetChange) -> Any | None:
    """The row that counts for a budget, or None."""
    return session.execute(select(_BUDGET).where(*_same(change)).order_by(_BUDGET.c.id.desc()).limit(1)).first()


def areas_of(actor: Actor) -> list[tuple[int, str]]:
    """The areas an actor may keep budgets of: id and path."""
    inside = (
        true()
        if not actor.area_path
        else or_(_AREA.c.path == actor.area_path, _AREA.c.path.startswith(actor.area_path + "/", autoescape=True))
    )
    with reading() as session:
        return [
            (row.id, row.path)
            for row in session.execute(select(_AREA.c.id, _AREA.c.path).where(inside).order_by(_AREA.c.path))
        ]
