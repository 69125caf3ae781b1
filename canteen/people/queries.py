"""Reading elders where it must be quick: the counter's look-ups. Core statements on the caller's session."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from sqlalchemy import ColumnElement, Connection, Select, Table, bindparam, or_, select, true
from sqlalchemy.orm import Session

from canteen.base.access import Actor
from canteen.base.db.prepared import Prepared, batches, one_of
from canteen.base.db.rows import covers
from canteen.base.keys import opens
from canteen.base.months import full_years
from canteen.base.records import as_record
from canteen.base.vault import Vault, the_vault
from canteen.people.facts import person_on
from canteen.people.models import Card, Elder, LifeEvent, SearchKey, Status
from canteen.people.personal import open_personal, open_status
from canteen.people.rules import LifePeriod, LifeState, card_number, state_on
from canteen.places.models import Area, Site
from canteen.places.queries import inside
from canteen.schemes.facts import Person

ELDER = cast(Table, Elder.__table__)
STATUS = cast(Table, Status.__table__)
LIFE = cast(Table, LifeEvent.__table__)
CARD = cast(Table, Card.__table__)
KEY = cast(Table, SearchKey.__table__)
AREA = cast(Table, Area.__table__)
SITE = cast(Table, Site.__table__)
_HUKOU = AREA.alias("hukou")
_RESIDENCE = AREA.alias("residence")


@dataclass(frozen=True, slots=True, kw_only=True)
class ElderFacts:
    """What the counter and the subsidy engine know of one elder on one day. "" is unknown."""

    id: int
    name: str
    #: Full years on the day.
    age: int
    #: What a scheme may ask for, without approvals.
    person: Person
    village_group: str
    home_site_id: int | None
    wants_delivery: bool
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

    def may_come_to(self, site_id: int, *, county: str) -> bool:
        """Whether a site serves this elder: one of its county, or one whose usual canteen it is."""
        return self.person.residence.split("/")[0] == county or self.home_site_id == site_id


#: Rows of ``elder`` with the paths of hukou and residence.
WITH_PATHS = (
    select(ELDER, _HUKOU.c.path.label("hukou_path"), _RESIDENCE.c.path.label("residence_path"))
    .join(_RESIDENCE, _RESIDENCE.c.id == ELDER.c.residence_area_id)
    .outerjoin(_HUKOU, _HUKOU.c.id == ELDER.c.hukou_area_id)
)
_ELDER = WITH_PATHS.where(ELDER.c.id == bindparam("elder"))
#: FOR NO KEY UPDATE: two servings of one elder wait for each other, rows that only refer to the elder do not.
_LOAD_LOCKED = Prepared(_ELDER.with_for_update(of=ELDER, key_share=True))
_LOAD = Prepared(_ELDER)
_STATUSES = Prepared(
    select(STATUS.c.sealed).where(
        STATUS.c.elder_id == bindparam("elder"), covers(STATUS.c.from_day, STATUS.c.to_day, bindparam("day"))
    )
)
_LIFE = (
    select(LIFE.c.elder_id, LIFE.c.kind, LIFE.c.from_day, LIFE.c.to_day, LIFE.c.reason)
    .where(LIFE.c.cancelled_at.is_(None))
    .order_by(LIFE.c.id)
)
_EVENTS = Prepared(_LIFE.where(one_of(LIFE.c.elder_id)))
_CARD_HOLDERS = Prepared(select(CARD.c.elder_id).where(CARD.c.number == bindparam("number"), CARD.c.ended_on.is_(None)))
_LIVE_CARDS = Prepared(
    select(CARD.c.elder_id, CARD.c.shown).where(one_of(CARD.c.elder_id), CARD.c.ended_on.is_(None)).order_by(CARD.c.id)
)
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
    kinds = {open_status(row_.sealed, elder_id, vault).kind for row_ in _STATUSES.all(session, elder=elder_id, day=day)}
    state = states_of(session, [elder_id], day=day)[elder_id]
    return as_record(
        ElderFacts,
        row,
        age=full_years(row.birth_day, day),
        person=person_on(row, personal, kinds, day, hukou=row.hukou_path, residence=row.residence_path),
        **{name: getattr(personal, name) for name in ("living", "diet", "phone", "address", "note")},
        state=state.kind,
        state_from=state.from_day,
        state_to=state.to_day,
        state_reason=state.reason,
    )


def name_of(session: Session, elder_id: int) -> str:
    """The full name of an elder; "" when there is none."""
    return session.execute(_NAME, {"elder": elder_id}).scalar() or ""


def people_with(*columns: Any) -> Select[Any]:
    """A statement of who somebody is (``elder_id``, ``name``, ``village_group``, ``residence``: the village) with more
    columns; to be joined and narrowed."""
    who = ELDER.c.id.label("elder_id"), ELDER.c.name, ELDER.c.village_group, _RESIDENCE.c.name.label("residence")
    joined = ELDER.join(_RESIDENCE, _RESIDENCE.c.id == ELDER.c.residence_area_id)
    return select(*who, *columns).select_from(joined)


def states_of(session: Session, elder_ids: Iterable[int], *, day: date) -> dict[int, LifeState]:
    """How each of these elders is on a day."""
    periods: dict[int, list[LifePeriod]] = {elder_id: [] for elder_id in elder_ids}
    for some in batches(periods):
        for elder_id, *period in _EVENTS.all(session, **some):
            periods[elder_id].append(LifePeriod(*period))
    return {elder_id: state_on(found, day) for elder_id, found in periods.items()}


def find_elder_ids_by_card(session: Session, text: str) -> list[int]:
    """Whose live card this is: one id, or none. ``007``, ``7`` and ``００７`` are the same card."""
    number = card_number(text)
    return [row.elder_id for row in _CARD_HOLDERS.all(session, number=number)] if number else []


def in_area(path: str) -> ColumnElement[bool]:
    """A condition on ``elder``: lives inside an area, or usually eats at a site inside it. "" is everywhere."""
    if not path:
        return true()
    return lives_or_eats_in(select(AREA.c.id).where(inside(path)))


def lives_or_eats_in(areas: Select[tuple[int]]) -> ColumnElement[bool]:
    sites = select(SITE.c.id).where(SITE.c.area_id.in_(areas))
    return or_(ELDER.c.residence_area_id.in_(areas), ELDER.c.home_site_id.in_(sites))


def in_reach(actor: Actor) -> ColumnElement[bool]:
    """A condition on ``elder``: lives inside the actor's area, or usually eats at a site in the actor's reach."""
    reach = in_area(actor.area_path)
    return reach if actor.site_id is None else or_(reach, ELDER.c.home_site_id == actor.site_id)


def live_cards(session: Session, elder_ids: Iterable[int]) -> dict[int, str]:
    """The card in use of each of these elders as printed; of several the latest."""
    return {row.elder_id: row.shown for some in batches(elder_ids) for row in _LIVE_CARDS.all(session, **some)}


#: How many elders are asked whether the keys are theirs: one row may be spoilt.
ASKED = 20


def fitting(connection: Connection, vault: Vault) -> tuple[bool, bool]:
    """Whether the seal key and the index key are those of the elders on file; nobody on file contradicts no key."""
    with_number = select(Elder.id, Elder.sealed, Elder.id_hash).where(Elder.id_hash.is_not(None)).limit(ASKED)
    rows = connection.execute(with_number).all()
    rows = rows or connection.execute(select(Elder.id, Elder.sealed, Elder.id_hash).limit(ASKED)).all()
    opened = [row for row in rows if opens(vault, row.sealed, f"elder:{row.id}")]
    numbered = [row for row in opened if row.id_hash]
    found = any(
        vault.index("id_number", open_personal(row.sealed, row.id, vault).id_number) == row.id_hash for row in numbered
    )
    return bool(opened) or not rows, found or not numbered
