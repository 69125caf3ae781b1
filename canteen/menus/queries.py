"""Menus to read. ``sets_of`` is on the counter's hot path: one Core statement in the caller's session."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, func, select
from sqlalchemy.orm import Session

from canteen.base.db import reading
from canteen.base.prepared import Prepared
from canteen.books.models.servings import Serving
from canteen.menus.models import Menu, MenuSet
from canteen.menus.rules import ImportPlan, MenuRow, PriceNote, SetDraft, Sitting, plan_import, price_notes

_MENU = Menu.__table__
_SET = MenuSet.__table__
_SERVING = Serving.__table__


@dataclass(frozen=True, slots=True)
class SetFacts:
    """One set of a menu."""

    id: int
    name: str
    price_fen: int
    #: Joined by 、.
    dishes: str
    tags: str
    #: How many were cooked; None when nobody counted.
    prepared: int | None


_SETS: Select[Any] = (
    select(
        _SET.c.id, _SET.c.name, _SET.c.price_fen, _SET.c.dishes, _SET.c.tags, _SET.c.prepared, _MENU.c.day, _MENU.c.slot
    )
    .join(_MENU, _MENU.c.id == _SET.c.menu_id)
    .order_by(_MENU.c.day, _MENU.c.slot, _SET.c.position, _SET.c.id)
)
# Asked for every meal that is served: built once.
_SETS_OF_SITTING = Prepared(
    _SETS.where(
        _MENU.c.site_id == bindparam("site"), _MENU.c.day == bindparam("day"), _MENU.c.slot == bindparam("slot")
    )
)


def _facts(row: Row[Any]) -> SetFacts:
    return SetFacts(row.id, row.name, row.price_fen, row.dishes, row.tags, row.prepared)


def sets_of(session: Session, *, site_id: int, day: date, slot: str) -> list[SetFacts]:
    """The sets of one sitting in the order of the menu; empty when there is no menu. One statement."""
    return [_facts(row) for row in _SETS_OF_SITTING.all(session, site=site_id, day=day, slot=slot)]


def sitting_sets(*, site_id: int, day: date, slot: str) -> list[SetFacts]:
    """``sets_of`` for a page."""
    with reading() as session:
        return sets_of(session, site_id=site_id, day=day, slot=slot)


def menus_between(*, site_id: int, first: date, last: date) -> dict[Sitting, list[SetFacts]]:
    """The menus from ``first`` to ``last`` (both included) by sitting, in one statement."""
    at = (_MENU.c.site_id == site_id) & _MENU.c.day.between(first, last)
    found: dict[Sitting, list[SetFacts]] = {}
    with reading() as session:
        for row in session.execute(_SETS.where(at)):
            found.setdefault((row.day, row.slot), []).append(_facts(row))
    return found


def drafts_at(session: Session, *, site_id: int, days: Collection[date]) -> dict[Sitting, dict[str, SetDraft]]:
    """What stands on the menus of these days, by sitting and name of the set."""
    found: dict[Sitting, dict[str, SetDraft]] = {}
    if days:
        at = (_MENU.c.site_id == site_id) & _MENU.c.day.between(min(days), max(days))
        for row in session.execute(_SETS.where(at)):
            draft = SetDraft(row.name, row.price_fen, row.dishes, row.tags)
            found.setdefault((row.day, row.slot), {})[row.name] = draft
    return found


def served_by_set(session: Session, *, site_id: int, days: Collection[date]) -> dict[tuple[Sitting, str], int]:
    """How many servings (not voided) each set of these days has."""
    if not days:
        return {}
    at: ColumnElement[bool] = (_SERVING.c.site_id == site_id) & _SERVING.c.day.between(min(days), max(days))
    counted = session.execute(
        select(_SERVING.c.day, _SERVING.c.slot, _SERVING.c.set_name, func.count())
        .where(at, _SERVING.c.voided_at.is_(None))
        .group_by(_SERVING.c.day, _SERVING.c.slot, _SERVING.c.set_name)
    )
    return {((day, slot), name): count for day, slot, name, count in counted}


@dataclass(frozen=True, slots=True)
class ImportPreview:
    """What importing would do, and which price changes would need telling."""

    plan: ImportPlan
    notes: tuple[PriceNote, ...]


def import_preview(session: Session, rows: tuple[MenuRow, ...], *, site_id: int, today: date) -> ImportPreview:
    """Compare the good rows of a file with what stands on the menus."""
    plan = plan_import(rows, drafts_at(session, site_id=site_id, days={row.day for row in rows}))
    dearer = {change.sitting[0] for change in plan.changes if change.before is not None}
    served = served_by_set(session, site_id=site_id, days=dearer)
    return ImportPreview(plan, price_notes(plan.changes, served, today=today))


def preview_of(rows: tuple[MenuRow, ...], *, site_id: int, today: date) -> ImportPreview:
    """``import_preview`` for a page."""
    with reading() as session:
        return import_preview(session, rows, site_id=site_id, today=today)
