"""What the committee sees: aggregates made by the database, and names one page at a time. Voided meals never count."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from canteen.base.db import reading
from canteen.books.models.servings import Serving, ServingShare
from canteen.committee.questions import questions
from canteen.committee.rules import CountRow, NamesFilter, tally
from canteen.people.models import Elder
from canteen.people.rules import masked_name
from canteen.places.models import Site

_SERVING = Serving.__table__
_SHARE = ServingShare.__table__
_ELDER = Elder.__table__
_SITE = Site.__table__

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
    is_guest = _SERVING.c.elder_id.is_(None)
    rows = session.execute(
        select(
            _SERVING.c.day,
            _SERVING.c.slot,
            _SERVING.c.way,
            _SERVING.c.class_code,
            is_guest.label("is_guest"),
            func.count().label("meals"),
            func.sum(_SERVING.c.price_fen).label("price_fen"),
            func.sum(_SERVING.c.own_fen).label("own_fen"),
        )
        .where(*_live(site_ids, first, last))
        .group_by(_SERVING.c.day, _SERVING.c.slot, _SERVING.c.way, _SERVING.c.class_code, is_guest)
        .order_by(_SERVING.c.day, _SERVING.c.slot)
    )
    return [
        CountRow(
            row.day,
            row.slot,
            row.way,
            row.class_code,
            bool(row.is_guest),
            row.meals,
            int(row.price_fen),
            int(row.own_fen),
        )
        for row in rows
    ]


def rows_between(*, site_ids: Collection[int], first: date, last: date) -> list[CountRow]:
    """``counts`` for a picture or a file."""
    with reading() as session:
        return counts(session, site_ids=site_ids, first=first, last=last)


def _between(site_ids: Collection[int], first: date, last: date) -> list[ColumnElement[bool]]:
    return [_SERVING.c.site_id.in_(site_ids), _SERVING.c.day.between(first, last)]


def _live(site_ids: Collection[int], first: date, last: date) -> list[ColumnElement[bool]]:
    return [*_between(site_ids, first, last), _SERVING.c.voided_at.is_(None)]


def sums(*, site_ids: Collection[int], first: date, last: date) -> Sums:
    """Counts, persons, voids, and who carried how much."""
    with reading() as session:
        persons = session.execute(
            select(func.count(_SERVING.c.elder_id.distinct())).where(*_live(site_ids, first, last))
        ).scalar_one()
        return Sums(
            tuple(counts(session, site_ids=site_ids, first=first, last=last)),
            persons,
            _voided(session, site_ids, first, last),
            tuple(_sources(session, site_ids, first, last)),
        )


def _voided(session: Session, site_ids: Collection[int], first: date, last: date) -> int:
    count: int = session.execute(
        select(func.count())
        .select_from(_SERVING)
        .where(*_between(site_ids, first, last), _SERVING.c.voided_at.is_not(None))
    ).scalar_one()
    return count


def _sources(session: Session, site_ids: Collection[int], first: date, last: date) -> list[SourceSum]:
    amount = func.sum(_SHARE.c.amount_fen)
    rows = session.execute(
        select(_SHARE.c.payer, _SHARE.c.scheme, amount.label("amount_fen"))
        .join(_SERVING, _SERVING.c.id == _SHARE.c.serving_id)
        .where(*_live(site_ids, first, last))
        .group_by(_SHARE.c.payer, _SHARE.c.scheme)
        .order_by(_SHARE.c.scheme, _SHARE.c.payer)
    )
    return [SourceSum(row.payer, row.scheme, int(row.amount_fen)) for row in rows]


def counts_of_day(site_id: int, day: date) -> dict[str, Any]:
    """One site's day for the terminals' API: total, guests, voided, by_slot, by_way, by_class, own_fen, public_fen."""
    with reading() as session:
        found = tally(counts(session, site_ids=(site_id,), first=day, last=day))
        voided = _voided(session, (site_id,), day, day)
    return {
        "total": found.total,
        "guests": found.guests,
        "voided": voided,
        "by_slot": dict(found.by_slot),
        "by_way": dict(found.by_way),
        "by_class": dict(found.by_class),
        "own_fen": found.own_fen,
        "public_fen": found.public_fen,
    }


def names(session: Session, asked: NamesFilter, *, before: int | None = None, limit: int = PAGE) -> NamesPage:
    """Meals behind a number, the latest first, names masked."""
    conditions = _conditions(asked)
    total = session.execute(select(func.count()).select_from(_SERVING).where(*conditions)).scalar_one()
    if before is not None:
        conditions.append(_SERVING.c.id < before)
    rows = session.execute(
        select(_SERVING, _SITE.c.name.label("site_name"), _ELDER.c.name, _ELDER.c.village_group)
        .join(_SITE, _SITE.c.id == _SERVING.c.site_id)
        .outerjoin(_ELDER, _ELDER.c.id == _SERVING.c.elder_id)
        .where(*conditions)
        .order_by(_SERVING.c.id.desc())
        .limit(limit + 1)
    ).all()
    lines = tuple(
        NameLine(
            id=row.id,
            day=row.day,
            slot=row.slot,
            number=row.number,
            site_name=row.site_name,
            masked_name=masked_name(row.name) if row.name else "",
            guest_kind=row.guest_kind,
            village_group=row.village_group or "",
            class_code=row.class_code,
            set_name=row.set_name,
            way=row.way,
            second_portion=row.second_portion,
            served_at=row.served_at,
            own_fen=row.own_fen,
            public_fen=row.price_fen - row.own_fen,
            void_reason=row.void_reason,
        )
        for row in rows[:limit]
    )
    return NamesPage(lines, total, lines[-1].id if len(rows) > limit else None)


def _conditions(asked: NamesFilter) -> list[ColumnElement[bool]]:
    conditions = _between(asked.site_ids, asked.first, asked.last)
    conditions.append(_SERVING.c.voided_at.is_not(None) if asked.voided else _SERVING.c.voided_at.is_(None))
    for column, value in ((_SERVING.c.slot, asked.slot), (_SERVING.c.way, asked.way)):
        if value:
            conditions.append(column == value)
    if asked.class_code is not None:
        conditions += [_SERVING.c.class_code == asked.class_code, _SERVING.c.elder_id.is_not(None)]
    if asked.who:
        conditions.append(_SERVING.c.elder_id.is_(None) if asked.who == "guests" else _SERVING.c.elder_id.is_not(None))
    return conditions


def question_counts(*, site_ids: Collection[int], first: date, last: date) -> dict[str, int]:
    """How many things each question has, without names."""
    with reading() as session:
        return {one.code: one.count for one in questions(session, site_ids=site_ids, first=first, last=last)}
