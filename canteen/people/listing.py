"""Reading elders for the screens of those who keep the register: the list and one person's page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from types import SimpleNamespace
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, exists, func, select
from sqlalchemy.orm import Session

from canteen.base.access import Actor
from canteen.base.db import reading
from canteen.base.db.rows import covers
from canteen.base.errors import NotFound
from canteen.base.months import full_years
from canteen.base.records import row_with
from canteen.base.vault import the_vault
from canteen.people.facts import Personal
from canteen.people.finding.looks import looks_at
from canteen.people.finding.search import Search
from canteen.people.personal import open_personal, open_status
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
    people_with,
    states_of,
)
from canteen.people.requests import PeopleFilter
from canteen.people.rules import masked_id
from canteen.people.waiving import schemes_of
from canteen.staff.queries import names_of, with_names

#: People on one page of the list.
PAGE = 50


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """One page of the list."""

    #: Rows of who somebody is, with ``id``, ``site_name``, ``age``, ``card`` (as printed) and ``state``.
    lines: tuple[Any, ...]
    #: How many the filter finds in all; None for a search by text.
    count: int | None
    #: Where the next page starts; None on the last.
    next_after: int | None


@dataclass(frozen=True, slots=True)
class PersonPage:
    """Everything about one elder that a keeper of the register may see; the ID number is masked."""

    facts: ElderFacts
    personal: Personal
    masked_id: str
    site_name: str
    #: Rows of ``status`` with its ``facts``; ``recorded_by`` is a name.
    statuses: Sequence[Any]
    #: Life events, also cancelled ones: rows of ``life_event``, ``recorded_by`` a name.
    events: Sequence[Row[Any]]
    #: Cards, also ended ones: rows of ``card``.
    cards: Sequence[Row[Any]]
    #: Id -> name of the schemes in force where the elder lives, has the hukou or usually eats.
    schemes: dict[str, str]


def list_people(wanted: PeopleFilter, *, actor: Actor, day: date) -> PeoplePage:
    """One page of the elders in the actor's reach, in the order they were registered."""
    inside = and_(in_reach(actor), *_narrowed(wanted, day))
    with reading() as session:
        if wanted.text:
            found = Search(inside).find(session, wanted.text, day=day, home_site_id=actor.site_id, limit=PAGE)
            return PeoplePage(_lines(session, [one.id for one in found], day=day), None, None)
        count = session.scalar(select(func.count()).select_from(ELDER).where(inside))
        ids = list(
            session.scalars(
                select(ELDER.c.id).where(inside, ELDER.c.id > wanted.after).order_by(ELDER.c.id).limit(PAGE + 1)
            )
        )
        shown = ids[:PAGE]
        return PeoplePage(_lines(session, shown, day=day), count, shown[-1] if len(ids) > PAGE else None)


def _narrowed(wanted: PeopleFilter, day: date) -> list[ColumnElement[bool]]:
    conditions = [in_area(wanted.area)] if wanted.area else []
    if wanted.site_id is not None:
        conditions.append(ELDER.c.home_site_id == wanted.site_id)
    kinds = ("paused", "moved", "died")
    if wanted.state == "active":
        conditions += [~_is_now(kind, day) for kind in kinds]
    elif wanted.state in kinds:
        stronger = kinds[kinds.index(wanted.state) + 1 :]
        conditions += [_is_now(wanted.state, day), *(~_is_now(kind, day) for kind in stronger)]
    return conditions


def _is_now(kind: str, day: date) -> ColumnElement[bool]:
    of_kind = (LIFE.c.elder_id == ELDER.c.id) & (LIFE.c.kind == kind) & LIFE.c.cancelled_at.is_(None)
    return exists().where(of_kind, covers(LIFE.c.from_day, LIFE.c.to_day, day))


def _lines(session: Session, ids: Sequence[int], *, day: date) -> tuple[Any, ...]:
    found = (
        people_with(ELDER.c.id, ELDER.c.birth_day, func.coalesce(SITE.c.name, "").label("site_name"))
        .outerjoin(SITE, SITE.c.id == ELDER.c.home_site_id)
        .where(ELDER.c.id.in_(ids))
    )
    rows = {row.id: row for row in session.execute(found)}
    states, cards = states_of(session, ids, day=day), live_cards(session, ids)
    return tuple(
        row_with(rows[id_], age=full_years(rows[id_].birth_day, day), card=cards.get(id_, ""), state=states[id_].kind)
        for id_ in ids
    )


def person_page(elder_id: int, *, actor: Actor, day: date) -> PersonPage:
    """One elder in the actor's reach. Raises ``NotFound``, the same for one out of reach."""
    with reading() as session:
        found = select(ELDER.c.sealed, SITE.c.name.label("site_name")).outerjoin(
            SITE, SITE.c.id == ELDER.c.home_site_id
        )
        row = session.execute(found.where(ELDER.c.id == elder_id, in_reach(actor))).first()
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
            events=_events(session, elder_id),
            cards=_cards(session, elder_id),
            schemes=schemes_of(session, elder_id, day=day),
        )


@dataclass(frozen=True, slots=True)
class LooksPage:
    """Who looked for an elder, or at one."""

    elder_id: int
    name: str
    village_group: str
    #: As of ``looks.looks_at`` with ``who``, the name of the account or terminal.
    lines: tuple[Any, ...]


#: Looks on one page; the audit trail holds all.
MOST_LOOKS = 300


def looks_page(elder_id: int, *, actor: Actor) -> LooksPage:
    """Every search for an elder in the actor's reach and every look at one, the latest first. Raises ``NotFound``."""
    with reading() as session:
        seen = select(*ELDER.c["name", "village_group"]).where(ELDER.c.id == elder_id, in_reach(actor))
        row = session.execute(seen).first()
        if row is None:
            raise NotFound("没有找到这位老人", next_step="请在老人页面重新查找")
        found = looks_at(session, elder_id, most=MOST_LOOKS)
        names = names_of(session, {one["actor"] for one in found})
    lines = (SimpleNamespace(**one, who=names.get(one["actor"], one["actor"])) for one in found)
    return LooksPage(elder_id, row.name, row.village_group, tuple(lines))


def _status_lines(session: Session, elder_id: int) -> list[Any]:
    mine = with_names(STATUS, "recorded_by").where(STATUS.c.elder_id == elder_id)
    rows = session.execute(mine.order_by(STATUS.c.to_day.is_not(None), STATUS.c.from_day.desc(), STATUS.c.id))
    return [row_with(row, facts=open_status(row.sealed, elder_id, the_vault())) for row in rows]


def _events(session: Session, elder_id: int) -> Sequence[Row[Any]]:
    mine = with_names(LIFE, "recorded_by").where(LIFE.c.elder_id == elder_id)
    return session.execute(mine.order_by(LIFE.c.from_day.desc(), LIFE.c.id.desc())).all()


def _cards(session: Session, elder_id: int) -> Sequence[Row[Any]]:
    of_elder = select(CARD).where(CARD.c.elder_id == elder_id)
    return session.execute(of_elder.order_by(CARD.c.ended_on.is_not(None), CARD.c.id.desc())).all()


def area_paths(actor: Actor) -> list[str]:
    """Paths of the villages and townships in the actor's county, for the lists the forms offer."""
    below = AREA.c.path.startswith(actor.area_path.split("/")[0] + "/", autoescape=True)
    everything = select(AREA.c.path).where(AREA.c.level.in_(("township", "village"))).order_by(AREA.c.path)
    with reading() as session:
        return list(session.scalars(everything.where(below) if actor.area_path else everything))
