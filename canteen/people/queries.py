"""Reading elders where it must be quick: the counter's look-ups. Core statements on the caller's session."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from sqlalchemy import ColumnElement, FromClause, Table, bindparam, or_, select, true
from sqlalchemy.orm import Session

from canteen.people.keys import Asked, asked_for
from canteen.people.models import Card, Elder, LifeEvent, SearchKey, Status
from canteen.people.personal import open_personal, open_status
from canteen.people.rules import LIVING_STATUSES, LifePeriod, LifeState, card_number, full_years, state_on
from canteen.places.models import Area, Site
from canteen.prepared import Prepared
from canteen.staff.rules import Actor
from canteen.vault import the_vault

ELDER = cast(Table, Elder.__table__)
STATUS = cast(Table, Status.__table__)
LIFE = cast(Table, LifeEvent.__table__)
CARD = cast(Table, Card.__table__)
KEY = cast(Table, SearchKey.__table__)
AREA = cast(Table, Area.__table__)
SITE = cast(Table, Site.__table__)
_HUKOU = AREA.alias("hukou")
_RESIDENCE = AREA.alias("residence")
#: Keys a prefix is followed for: who types one letter in a county of many thousands types another.
_MOST_KEYS = 1_000
#: Above every key that starts with a prefix.
_TOP = "\U0010ffff"


@dataclass(frozen=True, slots=True, kw_only=True)
class ElderFacts:
    """What the counter and the subsidy engine know of one elder on one day. "" is unknown."""

    id: int
    name: str
    sex: str
    birth_day: date
    #: Full years on the day.
    age: int
    hukou_path: str
    residence_path: str
    settlement: str
    village_group: str
    home_site_id: int | None
    wants_delivery: bool
    #: Kinds in force on the day, with the living situations a scheme may ask for.
    statuses: frozenset[str]
    ability: str
    living: str
    diet: str
    phone: str
    address: str
    note: str
    #: ``active``, ``paused``, ``moved`` or ``died`` on the day, since and until when, and why.
    state: str
    state_from: date | None
    state_to: date | None
    state_reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One elder a search found: enough to tell two of one name apart."""

    id: int
    name: str
    #: Full years on the day of the search.
    age: int
    village_group: str
    #: The village they live in.
    residence_name: str
    home_site_id: int | None
    #: As printed; "" without a live card.
    card: str
    state: str


_ELDER = (
    select(ELDER, _HUKOU.c.path.label("hukou_path"), _RESIDENCE.c.path.label("residence_path"))
    .join(_RESIDENCE, _RESIDENCE.c.id == ELDER.c.residence_area_id)
    .outerjoin(_HUKOU, _HUKOU.c.id == ELDER.c.hukou_area_id)
    .where(ELDER.c.id == bindparam("elder"))
)
#: FOR NO KEY UPDATE: two servings of one elder wait for each other, rows that only refer to the elder do not.
_LOAD_LOCKED = Prepared(_ELDER.with_for_update(of=ELDER, key_share=True))
_LOAD = Prepared(_ELDER)
_STATUSES = Prepared(select(STATUS.c.sealed).where(
    STATUS.c.elder_id == bindparam("elder"),
    STATUS.c.from_day <= bindparam("day"),
    or_(STATUS.c.to_day.is_(None), STATUS.c.to_day >= bindparam("day")),
))
_LIFE = (
    select(LIFE.c.elder_id, LIFE.c.kind, LIFE.c.from_day, LIFE.c.to_day, LIFE.c.reason)
    .where(LIFE.c.cancelled_at.is_(None))
    .order_by(LIFE.c.id)
)
_EVENTS = _LIFE.where(LIFE.c.elder_id.in_(bindparam("elders", expanding=True)))
_EVENTS_OF_ONE = Prepared(_LIFE.where(LIFE.c.elder_id == bindparam("elder")))
_CARD_HOLDERS = Prepared(select(CARD.c.elder_id).where(CARD.c.number == bindparam("number"), CARD.c.ended_on.is_(None)))
_NAME = select(ELDER.c.name).where(ELDER.c.id == bindparam("elder"))


def load_elder(session: Session, elder_id: int, *, day: date, lock: bool = False) -> ElderFacts | None:
    """Everything that decides a meal of one elder, in three statements; None when there is no such elder.

    ``lock`` holds the elder's row until the end of the transaction on PostgreSQL; SQLite has one writer anyway.
    """
    row = (_LOAD_LOCKED if lock else _LOAD).first(session, elder=elder_id)
    if row is None:
        return None
    vault = the_vault()
    personal = open_personal(row.sealed, elder_id, vault)
    kinds = {
        open_status(row_.sealed, elder_id, vault).kind for row_ in _STATUSES.all(session, elder=elder_id, day=day)
    }
    if personal.living in LIVING_STATUSES:
        kinds.add(personal.living)
    periods = [LifePeriod(*period) for _, *period in _EVENTS_OF_ONE.all(session, elder=elder_id)]
    state = state_on(periods, day)
    return ElderFacts(
        id=row.id, name=row.name, sex=row.sex, birth_day=row.birth_day, age=full_years(row.birth_day, day),
        hukou_path=row.hukou_path or "", residence_path=row.residence_path, settlement=row.settlement,
        village_group=row.village_group, home_site_id=row.home_site_id, wants_delivery=row.wants_delivery,
        statuses=frozenset(kinds), ability=personal.ability, living=personal.living, diet=personal.diet,
        phone=personal.phone, address=personal.address, note=personal.note, state=state.kind,
        state_from=state.from_day, state_to=state.to_day, state_reason=state.reason,
    )


def name_of(session: Session, elder_id: int) -> str:
    """The full name of an elder; "" when there is none."""
    return session.execute(_NAME, {"elder": elder_id}).scalar() or ""


def states_of(session: Session, elder_ids: Iterable[int], *, day: date) -> dict[int, LifeState]:
    """How each of these elders is on a day."""
    periods: dict[int, list[LifePeriod]] = {elder_id: [] for elder_id in elder_ids}
    for elder_id, *period in session.execute(_EVENTS, {"elders": list(periods)}):
        periods[elder_id].append(LifePeriod(*period))
    return {elder_id: state_on(found, day) for elder_id, found in periods.items()}


def find_elder_ids_by_card(session: Session, text: str) -> list[int]:
    """Whose live card this is: one id, or none. ``007``, ``7`` and ``００７`` are the same card."""
    number = card_number(text)
    return [row.elder_id for row in _CARD_HOLDERS.all(session, number=number)] if number else []


def search(
    session: Session, text: str, *, day: date, limit: int = 20, home_site_id: int | None = None, area_prefix: str = ""
) -> list[Found]:
    """Elders a scanned or typed text may mean: by card, ID number, phone, its tail, name, pinyin or initials.

    Those of ``home_site_id`` come first; ``area_prefix`` keeps to people who live, or whose canteen is, inside that
    area. A text with nothing to find gives an empty list.
    """
    return search_within(session, text, in_area(area_prefix), day=day, limit=limit, home_site_id=home_site_id)


def search_within(
    session: Session, text: str, inside: ColumnElement[bool], *, day: date, limit: int, home_site_id: int | None
) -> list[Found]:
    """The same among the elders a condition on ``elder`` lets through."""
    asked = asked_for(text)
    found = dict.fromkeys(find_elder_ids_by_card(session, asked.card) if asked.card else [])
    for condition in _exact(asked):
        found.update(dict.fromkeys(session.scalars(select(ELDER.c.id).where(condition, inside).limit(limit))))
    matching = _matching(asked)
    if matching is not None:
        if home_site_id is not None:
            near = (ELDER.c.home_site_id == home_site_id) & inside
            found.update(dict.fromkeys(_ids(session, KEY, matching, near, limit)))
        if len(found) < limit:
            first = select(KEY).where(matching).order_by(KEY.c.key).limit(_MOST_KEYS).subquery("first")
            found.update(dict.fromkeys(_ids(session, first, true(), inside, limit)))
    return _found(session, list(found), inside, day=day, home_site_id=home_site_id)[:limit]


def in_area(path: str) -> ColumnElement[bool]:
    """A condition on ``elder``: lives inside an area, or usually eats at a site inside it. "" is everywhere."""
    if not path:
        return true()
    areas = select(AREA.c.id).where(or_(AREA.c.path == path, AREA.c.path.startswith(path + "/", autoescape=True)))
    sites = select(SITE.c.id).where(SITE.c.area_id.in_(areas))
    return or_(ELDER.c.residence_area_id.in_(areas), ELDER.c.home_site_id.in_(sites))


def in_reach(actor: Actor) -> ColumnElement[bool]:
    """A condition on ``elder``: lives inside the actor's area, or usually eats at a site in the actor's reach."""
    reach = in_area(actor.area_path)
    return reach if actor.site_id is None else or_(reach, ELDER.c.home_site_id == actor.site_id)


def _exact(asked: Asked) -> list[ColumnElement[bool]]:
    vault = the_vault()
    conditions: list[ColumnElement[bool]] = []
    if asked.id_number:
        conditions.append(ELDER.c.id_hash == vault.index("id_number", asked.id_number))
    for kind, value in (("phone", asked.phone), ("phone_tail", asked.phone_tail)):
        if value:
            keys = select(KEY.c.elder_id).where(KEY.c.key == vault.index(kind, value), KEY.c.kind == kind)
            conditions.append(ELDER.c.id.in_(keys))
    return conditions


def _matching(asked: Asked) -> ColumnElement[bool] | None:
    for prefix, kinds in ((asked.name, ("name",)), (asked.letters, ("pinyin", "initials"))):
        if prefix:
            return (KEY.c.key >= prefix) & (KEY.c.key < prefix + _TOP) & KEY.c.kind.in_(kinds)
    return None


def _ids(
    session: Session, keys: FromClause, matching: ColumnElement[bool], inside: ColumnElement[bool], limit: int
) -> list[int]:
    """The first ids in the order of the keys; an elder with several matching keys counts once."""
    statement = select(keys.c.elder_id).join(ELDER, ELDER.c.id == keys.c.elder_id).where(matching, inside)
    return list(dict.fromkeys(session.scalars(statement.order_by(keys.c.key).limit(limit * 4))))[:limit]


def _found(
    session: Session, ids: list[int], inside: ColumnElement[bool], *, day: date, home_site_id: int | None
) -> list[Found]:
    if not ids:
        return []
    rows: dict[int, Any] = {row.id: row for row in session.execute(
        select(ELDER.c.id, ELDER.c.name, ELDER.c.birth_day, ELDER.c.village_group, ELDER.c.home_site_id,
               _RESIDENCE.c.name.label("residence"))
        .join(_RESIDENCE, _RESIDENCE.c.id == ELDER.c.residence_area_id)
        .where(ELDER.c.id.in_(ids), inside)
    )}  # fmt: skip
    states = states_of(session, rows, day=day)
    cards = live_cards(session, rows)
    near = [id_ for id_ in ids if id_ in rows]
    if home_site_id is not None:
        near.sort(key=lambda id_: rows[id_].home_site_id != home_site_id)
    return [
        Found(id=row.id, name=row.name, age=full_years(row.birth_day, day), village_group=row.village_group,
              residence_name=row.residence, home_site_id=row.home_site_id, card=cards.get(row.id, ""),
              state=states[row.id].kind)
        for row in (rows[id_] for id_ in near)
    ]  # fmt: skip


def live_cards(session: Session, elder_ids: Iterable[int]) -> dict[int, str]:
    """The card in use of each of these elders as printed; of several the latest."""
    rows = session.execute(
        select(CARD.c.elder_id, CARD.c.shown)
        .where(CARD.c.elder_id.in_(list(elder_ids)), CARD.c.ended_on.is_(None))
        .order_by(CARD.c.id)
    )
    return {row.elder_id: row.shown for row in rows}
