"""Reading elders for the screens of those who keep the register: the list and one person's page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from canteen.base.access import Actor
from canteen.base.db import reading
from canteen.base.errors import NotFound
from canteen.base.vault import the_vault
from canteen.people.finding.search import Search
from canteen.people.personal import Personal, StatusFacts, open_personal, open_status
from canteen.people.queries import (
    AREA,
    CARD,
    ELDER,
    LIFE,
    SITE,
    STATUS,
    ElderFacts,
    in_area,
    in_reach,
    live_cards,
    load_elder,
    states_of,
)
from canteen.people.requests import PeopleFilter
from canteen.people.rules import full_years, masked_id
from canteen.people.waiving import schemes_of
from canteen.staff.models import Staff

#: People on one page of the list.
PAGE = 50
_STAFF = Staff.__table__


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonLine:
    """One elder in the list."""

    id: int
    name: str
    age: int
    residence: str
    village_group: str
    site_name: str
    card: str
    state: str


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """One page of the list."""

    lines: tuple[PersonLine, ...]
    #: How many the filter finds in all; None for a search by text.
    count: int | None
    #: Where the next page starts; None on the last.
    next_after: int | None


@dataclass(frozen=True, slots=True)
class StatusLine:
    """A dated status on a person's page."""

    id: int
    facts: StatusFacts
    from_day: date
    to_day: date | None
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True)
class EventLine:
    """A life event on a person's page, also a cancelled one."""

    id: int
    kind: str
    from_day: date
    to_day: date | None
    reason: str
    recorded_by: str
    cancelled_at: datetime | None


@dataclass(frozen=True, slots=True)
class CardLine:
    """A card on a person's page, also an ended one."""

    id: int
    shown: str
    issued_on: date
    ended_on: date | None
    end_reason: str


@dataclass(frozen=True, slots=True)
class PersonPage:
    """Everything about one elder that a keeper of the register may see; the ID number is masked."""

    facts: ElderFacts
    personal: Personal
    masked_id: str
    site_name: str
    statuses: tuple[StatusLine, ...]
    events: tuple[EventLine, ...]
    cards: tuple[CardLine, ...]
    #: Id -> name of the schemes in force where the elder lives, has the hukou or usually eats.
    schemes: dict[str, str]


def list_people(asked: PeopleFilter, *, actor: Actor, day: date) -> PeoplePage:
    """One page of the elders in the actor's reach, in the order they were registered."""
    inside = and_(in_reach(actor), *_narrowed(asked, day))
    with reading() as session:
        if asked.text:
            found = Search(inside).find(session, asked.text, day=day, home_site_id=actor.site_id, limit=PAGE)
            return PeoplePage(_lines(session, [one.id for one in found], day=day), None, None)
        count = session.scalar(select(func.count()).select_from(ELDER).where(inside))
        ids = list(
            session.scalars(
                select(ELDER.c.id).where(inside, ELDER.c.id > asked.after).order_by(ELDER.c.id).limit(PAGE + 1)
            )
        )
        shown = ids[:PAGE]
        return PeoplePage(_lines(session, shown, day=day), count, shown[-1] if len(ids) > PAGE else None)


def _narrowed(asked: PeopleFilter, day: date) -> list[ColumnElement[bool]]:
    conditions = [in_area(asked.area)] if asked.area else []
    if asked.site_id is not None:
        conditions.append(ELDER.c.home_site_id == asked.site_id)
    kinds = ("paused", "moved", "died")
    if asked.state == "active":
        conditions += [~_is_now(kind, day) for kind in kinds]
    elif asked.state in kinds:
        stronger = kinds[kinds.index(asked.state) + 1 :]
        conditions += [_is_now(asked.state, day), *(~_is_now(kind, day) for kind in stronger)]
    return conditions


def _is_now(kind: str, day: date) -> ColumnElement[bool]:
    return exists().where(
        LIFE.c.elder_id == ELDER.c.id,
        LIFE.c.kind == kind,
        LIFE.c.cancelled_at.is_(None),
        LIFE.c.from_day <= day,
        or_(LIFE.c.to_day.is_(None), LIFE.c.to_day >= day),
    )


def _lines(session: Session, ids: list[int], *, day: date) -> tuple[PersonLine, ...]:
    if not ids:
        return ()
    rows: dict[int, Any] = {
        row.id: row
        for row in session.execute(
            select(
                ELDER.c.id,
                ELDER.c.name,
                ELDER.c.birth_day,
                ELDER.c.village_group,
                AREA.c.name.label("residence"),
                SITE.c.name.label("site_name"),
            )
            .join(AREA, AREA.c.id == ELDER.c.residence_area_id)
            .outerjoin(SITE, SITE.c.id == ELDER.c.home_site_id)
            .where(ELDER.c.id.in_(ids))
        )
    }
    states, cards = states_of(session, ids, day=day), live_cards(session, ids)
    return tuple(
        PersonLine(
            id=row.id,
            name=row.name,
            age=full_years(row.birth_day, day),
            residence=row.residence,
            village_group=row.village_group,
            site_name=row.site_name or "",
            card=cards.get(row.id, ""),
            state=states[row.id].kind,
        )
        for row in (rows[id_] for id_ in ids)
    )


def person_page(elder_id: int, *, actor: Actor, day: date) -> PersonPage:
    """One elder in the actor's reach. Raises ``NotFound``, the same for one out of reach."""
    with reading() as session:
        row = session.execute(_person(elder_id, actor)).first()
        facts = load_elder(session, elder_id, day=day) if row else None
        if row is None or facts is None:
            raise NotFound("没有找到这位老人", next_step="请在老人页面重新查找")
        personal = open_personal(row.sealed, elder_id, the_vault())
        return PersonPage(
            facts=facts,
            personal=personal,
            masked_id=masked_id(personal.id_number),
            site_name=row.site_name or "",
            statuses=_status_lines(session, elder_id),
            events=_event_lines(session, elder_id),
            cards=_card_lines(session, elder_id),
            schemes=schemes_of(session, elder_id, day=day),
        )


def _person(elder_id: int, actor: Actor) -> Select[Any]:
    return (
        select(ELDER.c.sealed, SITE.c.name.label("site_name"))
        .outerjoin(SITE, SITE.c.id == ELDER.c.home_site_id)
        .where(ELDER.c.id == elder_id, in_reach(actor))
    )


def _status_lines(session: Session, elder_id: int) -> tuple[StatusLine, ...]:
    vault = the_vault()
    rows = session.execute(
        select(STATUS, _STAFF.c.name.label("by"))
        .outerjoin(_STAFF, _STAFF.c.id == STATUS.c.recorded_by)
        .where(STATUS.c.elder_id == elder_id)
        .order_by(STATUS.c.to_day.is_not(None), STATUS.c.from_day.desc(), STATUS.c.id)
    )
    return tuple(
        StatusLine(
            row.id, open_status(row.sealed, elder_id, vault), row.from_day, row.to_day, row.recorded_at, row.by or ""
        )
        for row in rows
    )


def _event_lines(session: Session, elder_id: int) -> tuple[EventLine, ...]:
    rows = session.execute(
        select(LIFE, _STAFF.c.name.label("by"))
        .outerjoin(_STAFF, _STAFF.c.id == LIFE.c.recorded_by)
        .where(LIFE.c.elder_id == elder_id)
        .order_by(LIFE.c.from_day.desc(), LIFE.c.id.desc())
    )
    return tuple(
        EventLine(row.id, row.kind, row.from_day, row.to_day, row.reason, row.by or "", row.cancelled_at)
        for row in rows
    )


def _card_lines(session: Session, elder_id: int) -> tuple[CardLine, ...]:
    rows = session.execute(
        select(CARD).where(CARD.c.elder_id == elder_id).order_by(CARD.c.ended_on.is_not(None), CARD.c.id.desc())
    )
    return tuple(CardLine(row.id, row.shown, row.issued_on, row.ended_on, row.end_reason) for row in rows)


def area_paths(actor: Actor) -> list[str]:
    """Paths of the villages and townships in the actor's county, for the lists the forms offer."""
    below = AREA.c.path.startswith(actor.area_path.split("/")[0] + "/", autoescape=True)
    everything = select(AREA.c.path).where(AREA.c.level.in_(("township", "village"))).order_by(AREA.c.path)
    with reading() as session:
        return list(session.scalars(everything.where(below) if actor.area_path else everything))
