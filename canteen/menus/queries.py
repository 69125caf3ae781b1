"""Menus to read. ``sets_of`` is on the counter's hot path: one Core statement in the caller's session."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from canteen.base.db import with_reading
from canteen.base.db.prepared import Prepared
from canteen.base.records import as_record
from canteen.books.meals import count_meals, live_meals_at
from canteen.books.models.servings import Serving
from canteen.menus.models import Menu, MenuSet
from canteen.menus.rules import ImportPlan, MenuRow, PriceNote, SetDraft, Sitting, plan_import, price_notes


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


_SETS = (
    select(
        MenuSet.id, MenuSet.name, MenuSet.price_fen, MenuSet.dishes, MenuSet.tags, MenuSet.prepared, Menu.day, Menu.slot
    )
    .join(Menu, Menu.id == MenuSet.menu_id)
    .order_by(Menu.day, Menu.slot, MenuSet.position, MenuSet.id)
)
# Asked for every meal that is served: built once.
_SETS_OF_SITTING = Prepared(
    _SETS.where(Menu.site_id == bindparam("site"), Menu.day == bindparam("day"), Menu.slot == bindparam("slot"))
)


def sets_of(session: Session, *, site_id: int, day: date, slot: str) -> list[SetFacts]:
    """The sets of one sitting in the order of the menu; empty when there is no menu. One statement."""
    return [as_record(SetFacts, row) for row in _SETS_OF_SITTING.all(session, site=site_id, day=day, slot=slot)]


#: For a page.
sitting_sets = with_reading(sets_of)


def set_names(*, site_id: int, first: date, last: date) -> list[tuple[str, str]]:
    """The sets people may name for these days: each name once, as a list offers it."""
    found = menus_between(site_id=site_id, first=first, last=last)
    return [(name, name) for name in dict.fromkeys(one.name for sets in found.values() for one in sets)]


def menus_at(session: Session, *, site_id: int, first: date, last: date) -> dict[Sitting, list[SetFacts]]:
    """The menus from ``first`` to ``last`` (both included) by sitting, in one statement."""
    at = (Menu.site_id == site_id) & Menu.day.between(first, last)
    found: dict[Sitting, list[SetFacts]] = {}
    for row in session.execute(_SETS.where(at)):
        found.setdefault((row.day, row.slot), []).append(as_record(SetFacts, row))
    return found


#: For a page.
menus_between = with_reading(menus_at)


def as_drafts(sets: Iterable[SetFacts]) -> list[SetDraft]:
    """Sets as somebody would write them."""
    return [as_record(SetDraft, one) for one in sets]


@with_reading
def latest_sets(session: Session, *, site_id: int) -> dict[str, list[SetFacts]]:
    """The sets of the latest menu of each slot, in their order."""
    newest = select(Menu.slot, func.max(Menu.day).label("day")).where(Menu.site_id == site_id).group_by(Menu.slot)
    latest = newest.subquery()
    at = (Menu.site_id == site_id) & (Menu.slot == latest.c.slot) & (Menu.day == latest.c.day)
    found: dict[str, list[SetFacts]] = {}
    for row in session.execute(_SETS.join(latest, at)):
        found.setdefault(row.slot, []).append(as_record(SetFacts, row))
    return found


def drafts_at(session: Session, *, site_id: int, days: Collection[date]) -> dict[Sitting, dict[str, SetDraft]]:
    """What stands on the menus of these days, by sitting and name of the set."""
    found: dict[Sitting, dict[str, SetDraft]] = {}
    if days:
        at = (Menu.site_id == site_id) & Menu.day.between(min(days), max(days))
        for row in session.execute(_SETS.where(at)):
            found.setdefault((row.day, row.slot), {})[row.name] = as_record(SetDraft, row)
    return found


def served_by_set(session: Session, *, site_id: int, days: Collection[date]) -> dict[tuple[Sitting, str], int]:
    """How many servings (not voided) each set of these days has."""
    if not days:
        return {}
    where = live_meals_at((site_id,), min(days), max(days))
    rows = count_meals(session, Serving.day, Serving.slot, Serving.set_name, where=where)
    return {((row.day, row.slot), row.set_name): row.meals for row in rows}


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


#: For a page.
preview_of = with_reading(import_preview)
