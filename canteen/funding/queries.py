"""Budgets: what is left of each, how long it lasts, and its history."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, true
from sqlalchemy.orm import Session

from canteen.base.access import Actor
from canteen.base.clock import day_of
from canteen.base.db import reading
from canteen.base.errors import NotFound
from canteen.base.months import bounds_of, days_between, year_bounds
from canteen.base.records import as_record
from canteen.books.models.budgets import FundingUse, TypedBudget
from canteen.books.models.servings import Serving, ServingShare
from canteen.funding.requests import BudgetChange
from canteen.funding.rules import RECENT_DAYS, Forecast, forecast
from canteen.places.models import Area, Site
from canteen.places.queries import service_plans
from canteen.places.rules import is_planned_day
from canteen.staff.models import Staff


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


def covers(actor: Actor) -> ColumnElement[bool]:
    """A condition on ``area``: it lies in the actor's area, or its budgets reach into it."""
    if not actor.area_path:
        return true()
    parts = actor.area_path.split("/")
    above = ["/".join(parts[: depth + 1]) for depth in range(len(parts))]
    return or_(Area.path.in_(above), Area.path.startswith(actor.area_path + "/", autoescape=True))


def budget_lines(actor: Actor, *, year: int, today: date) -> list[BudgetLine]:
    """The budgets of a year (and its months) that concern an actor's sites, each with its forecast."""
    with reading() as session:
        rows = session.execute(
            select(FundingUse.__table__, Area.path)
            .join(Area, Area.id == FundingUse.area_id)
            .where(covers(actor), or_(FundingUse.period == str(year), FundingUse.period.startswith(f"{year}-")))
            .order_by(Area.path, FundingUse.scheme, FundingUse.payer, FundingUse.period)
        ).all()
        if not rows:
            return []
        recent = _recent(session, {row.scheme for row in rows}, today)
        days = _service_days(session, {row.path for row in rows}, year, today)
    return [_line(row, recent, days[row.path], today) for row in rows]


def _line(row: Any, recent: Mapping[tuple[str, str, str], int], days: Mapping[date, int], today: date) -> BudgetLine:
    first, last = bounds_of(row.period)
    lately = today - timedelta(days=RECENT_DAYS)
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
            site_days=sum(sites for day, sites in days.items() if first <= day <= last and day < today),
            recent_fen=sum(
                fen
                for (path, *payer), fen in recent.items()
                if payer == [row.scheme, row.payer] and _is_within(path, row.path)
            ),
            recent_site_days=sum(sites for day, sites in days.items() if lately <= day < today),
            ahead=[(day, sites) for day, sites in days.items() if max(first, today) <= day <= last],
        ),
    )


def _is_within(path: str, area_path: str) -> bool:
    return (path + "/").startswith(area_path + "/")


def _recent(session: Session, schemes: Collection[str], today: date) -> dict[tuple[str, str, str], int]:
    """(path of an area, scheme, payer) -> what was carried at its sites in the ``RECENT_DAYS`` days before today."""
    rows = session.execute(
        select(Area.path, ServingShare.scheme, ServingShare.payer, func.sum(ServingShare.amount_fen))
        .join(Serving, Serving.id == ServingShare.serving_id)
        .join(Site, Site.id == Serving.site_id)
        .join(Area, Area.id == Site.area_id)
        .where(
            Serving.voided_at.is_(None),
            Serving.day.between(today - timedelta(days=RECENT_DAYS), today - timedelta(days=1)),
            ServingShare.scheme.in_(schemes),
        )
        .group_by(Area.path, ServingShare.scheme, ServingShare.payer)
    )
    return {(path, scheme, payer): int(fen) for path, scheme, payer, fen in rows}


def _service_days(session: Session, area_paths: Collection[str], year: int, today: date) -> dict[str, dict[date, int]]:
    """Path of an area -> how many of its sites serve on each day that a forecast of this year looks at."""
    first, last = year_bounds(year)
    lately = days_between(today - timedelta(days=RECENT_DAYS), today)
    span = sorted({*days_between(first, last), *lately})
    paths = dict(session.execute(select(Site.id, Area.path).join(Area, Area.id == Site.area_id)).all())
    plans = service_plans(session)
    found = {}
    for area_path in area_paths:
        within = [plan for site_id, plan in plans.items() if _is_within(paths[site_id], area_path)]
        counted = {day: sum(is_planned_day(plan, day) for plan in within) for day in span}
        found[area_path] = {day: sites for day, sites in counted.items() if sites}
    return found


def budget_history(actor: Actor, use_id: int) -> tuple[BudgetChange, str, list[BudgetRow]]:
    """A budget, the path of its area, and all its rows, the last first. Raises ``NotFound`` out of reach."""
    with reading() as session:
        use = session.execute(
            select(FundingUse.__table__, Area.path)
            .join(Area, Area.id == FundingUse.area_id)
            .where(FundingUse.id == use_id, covers(actor))
        ).first()
        if use is None:
            raise NotFound("没有找到这项预算", next_step="请从预算列表重新选择")
        rows = session.execute(
            select(TypedBudget.__table__, func.coalesce(Staff.name, "").label("staff_name"))
            .outerjoin(Staff, Staff.id == TypedBudget.staff_id)
            .where(*_same(use))
            .order_by(TypedBudget.id.desc())
        ).all()
    change = as_record(BudgetChange, use, amount_fen=use.limit_fen, source=rows[0].source if rows else "", reason="")
    return change, use.path, [as_record(BudgetRow, row, day=day_of(row.recorded_at)) for row in rows]


def _same(budget: Any) -> list[ColumnElement[bool]]:
    return [
        TypedBudget.scheme == budget.scheme,
        TypedBudget.payer == budget.payer,
        TypedBudget.area_id == budget.area_id,
        TypedBudget.period == budget.period,
    ]


def last_budget(session: Session, change: BudgetChange) -> Any | None:
    """The row that counts for a budget, or None."""
    return session.execute(
        select(TypedBudget.__table__).where(*_same(change)).order_by(TypedBudget.id.desc()).limit(1)
    ).first()


def areas_of(actor: Actor) -> list[tuple[int, str]]:
    """The areas an actor may keep budgets of: id and path."""
    inside = (
        true()
        if not actor.area_path
        else or_(Area.path == actor.area_path, Area.path.startswith(actor.area_path + "/", autoescape=True))
    )
    with reading() as session:
        return [
            (row.id, row.path) for row in session.execute(select(Area.id, Area.path).where(inside).order_by(Area.path))
        ]
