"""What the committee sees: aggregates made by the database, and names one page at a time. Voided meals never count."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from canteen.base.db import reading, with_reading
from canteen.base.records import as_record, as_row
from canteen.base.text import masked_name
from canteen.books.meals import (
    AN_ID,
    IS_GUEST,
    LIVE,
    carried,
    classes_of,
    count_meals,
    is_of_class,
    live_meals_at,
    meals_at,
)
from canteen.books.models.servings import Serving, ServingShare
from canteen.committee.questions import questions
from canteen.committee.rules import NO_CLASS, CountRow, NamesFilter, in_class_order, tally
from canteen.people.models import Elder
from canteen.places.models import Site

#: Names on one page.
PAGE = 50


@dataclass(frozen=True, slots=True)
class SourceSum:
    """What one source carried: ``own``, or a payer of a scheme."""

    payer: str
    scheme: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Sums:
    """Counts and money of some days."""

    rows: tuple[CountRow, ...]
    #: Different elders who ate.
    persons: int
    voided: int
    sources: tuple[SourceSum, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NameLine:
    """One meal with the name masked: nothing that identifies or labels."""

    id: int
    day: date
    slot: str
    number: str
    site_name: str
    #: "" for a guest.
    masked_name: str
    guest_kind: str
    village_group: str
    class_code: str
    set_name: str
    way: str
    second_portion: bool
    served_at: datetime
    own_fen: int
    public_fen: int
    void_reason: str


@dataclass(frozen=True, slots=True)
class NamesPage:
    """Some meals, the latest first; ``next_before`` continues (None: that was all)."""

    lines: tuple[NameLine, ...]
    total: int
    next_before: int | None


def counts(session: Session, *, site_ids: Collection[int], first: date, last: date) -> list[CountRow]:
    """Meals of some sites from ``first`` to ``last`` (both included), added up by the database."""
    by = (Serving.day, Serving.slot, Serving.way, IS_GUEST)
    rows = count_meals(session, *by, where=live_meals_at(site_ids, first, last))
    return [as_record(CountRow, row, is_guest=bool(row.is_guest)) for row in rows]


#: For a picture or a file.
rows_between = with_reading(counts)


def classes(session: Session, *, site_ids: Collection[int], first: date, last: date) -> dict[str, int]:
    """Meals of elders by class, in the order people know; guests have none."""
    where = *live_meals_at(site_ids, first, last), Serving.elder_id.is_not(None)
    marks = session.execute(
        select(Serving.class_mark, func.count(), AN_ID).where(*where).group_by(Serving.class_mark)
    ).all()
    codes = classes_of(session, {mark: an_id for mark, _, an_id in marks})
    counted: Counter[str] = Counter()
    for mark, meals, _ in marks:
        counted[codes[mark] or NO_CLASS] += meals
    return in_class_order(counted)


#: For a page.
classes_between = with_reading(classes)


def sums(*, site_ids: Collection[int], first: date, last: date) -> Sums:
    """Counts, persons, voids, and who carried how much."""
    live = live_meals_at(site_ids, first, last)
    with reading() as session:
        persons = session.execute(select(func.count(Serving.elder_id.distinct())).where(*live)).scalar_one()
        return Sums(
            tuple(counts(session, site_ids=site_ids, first=first, last=last)),
            persons,
            _voided(session, site_ids, first, last),
            tuple(
                as_record(SourceSum, row)
                for row in carried(session, ServingShare.scheme, ServingShare.payer, where=live)
            ),
        )


def _voided(session: Session, site_ids: Collection[int], first: date, last: date) -> int:
    where = (*meals_at(site_ids, first, last), ~LIVE)
    count: int = session.execute(select(func.count()).select_from(Serving).where(*where)).scalar_one()
    return count


def counts_of_day(site_id: int, day: date) -> dict[str, Any]:
    """One site's day for the terminals' API: total, guests, voided, by_slot, by_way, by_class, own_fen, public_fen."""
    with reading() as session:
        found = tally(counts(session, site_ids=(site_id,), first=day, last=day))
        by_class = classes(session, site_ids=(site_id,), first=day, last=day)
        voided = _voided(session, (site_id,), day, day)
    return as_row(found) | {"by_class": by_class, "voided": voided}


def names(session: Session, wanted: NamesFilter, *, before: int | None = None, limit: int = PAGE) -> NamesPage:
    """Meals behind a number, the latest first, names masked."""
    where = _conditions(session, wanted)
    total = session.execute(select(func.count()).select_from(Serving).where(*where)).scalar_one()
    if before is not None:
        where.append(Serving.id < before)
    rows = session.execute(
        select(
            Serving.__table__,
            Site.name.label("site_name"),
            Elder.name,
            func.coalesce(Elder.village_group, "").label("village_group"),
        )
        .join(Site, Site.id == Serving.site_id)
        .outerjoin(Elder, Elder.id == Serving.elder_id)
        .where(*where)
        .order_by(Serving.id.desc())
        .limit(limit + 1)
    ).all()
    codes = classes_of(session, {row.class_mark: row.id for row in rows})
    lines = tuple(
        as_record(
            NameLine,
            row,
            masked_name=masked_name(row.name) if row.name else "",
            class_code=codes[row.class_mark],
            public_fen=row.price_fen - row.own_fen,
        )
        for row in rows[:limit]
    )
    return NamesPage(lines, total, lines[-1].id if len(rows) > limit else None)


def _conditions(session: Session, wanted: NamesFilter) -> list[ColumnElement[bool]]:
    where = meals_at(wanted.site_ids, wanted.first, wanted.last)
    where.append(~LIVE if wanted.voided else LIVE)
    where += [column == value for column, value in ((Serving.slot, wanted.slot), (Serving.way, wanted.way)) if value]
    if wanted.who:
        where.append(Serving.elder_id.is_(None) if wanted.who == "guests" else Serving.elder_id.is_not(None))
    if wanted.class_code is not None:
        where.append(Serving.elder_id.is_not(None))
        where.append(is_of_class(session, wanted.class_code, where=where))
    return where


def question_counts(*, site_ids: Collection[int], first: date, last: date) -> dict[str, int]:
    """How many things each question has, without names."""
    with reading() as session:
        return {one.code: one.count for one in questions(session, site_ids=site_ids, first=first, last=last)}
