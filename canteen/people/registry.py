"""Writing elders. Session-first: everything here happens in the caller's transaction.

``add_elder`` is for one person, ``rows_of`` and ``insert_rows`` for many at once: an import makes all its rows,
sealed and spelled, before it opens its transaction.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import Table, bindparam, delete, func, insert, select, update
from sqlalchemy.orm import Session

from canteen.audit import trail
from canteen.base.access import Actor
from canteen.base.clock import day_of
from canteen.base.db.rows import add_row
from canteen.base.errors import NotFound
from canteen.base.records import as_record, as_row
from canteen.base.vault import Vault
from canteen.people.facts import Personal, StatusFacts
from canteen.people.finding.keys import name_keys
from canteen.people.personal import open_personal, seal_personal, seal_status
from canteen.people.queries import CARD, ELDER, KEY, LIFE, STATUS, in_reach
from canteen.people.rules import LifePeriod, card_number
from canteen.places.queries import MOST_IDS


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusDraft(StatusFacts):
    """A dated status to be recorded; ``to_day`` is the last day in force, None while it lasts."""

    from_day: date
    to_day: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ElderDraft:
    """An elder to be written. Names and numbers are normalised already (``people.rules``)."""

    name: str
    birth_day: date
    residence_area_id: int
    sex: str = ""
    hukou_area_id: int | None = None
    settlement: str = ""
    village_group: str = ""
    home_site_id: int | None = None
    wants_delivery: bool = False
    personal: Personal = field(default_factory=Personal)
    #: Only looked at when the elder is new.
    statuses: tuple[StatusDraft, ...] = ()
    #: As printed; "" without one. Only looked at when the elder is new.
    card: str = ""


#: Columns of ``elder`` a draft sets directly.
COLUMNS = tuple(one.name for one in fields(ElderDraft) if one.name not in ("personal", "statuses", "card"))


def draft_on_file(row: Any, vault: Vault) -> ElderDraft:
    """What is on file of an elder, as a draft."""
    return as_record(ElderDraft, row, personal=open_personal(row.sealed, row.id, vault), statuses=(), card="")


def changes(before: ElderDraft, after: ElderDraft) -> tuple[str, ...]:
    """Names of the facts in which two drafts of one elder differ; statuses and cards are not looked at."""
    columns = (name for name in COLUMNS if getattr(before, name) != getattr(after, name))
    was, now = as_row(before.personal), as_row(after.personal)
    return (*columns, *(name for name in was if was[name] != now[name]))


@dataclass(slots=True)
class Rows:
    """Rows of many new elders, ready to be inserted."""

    elders: list[dict[str, Any]] = field(default_factory=list)
    statuses: list[dict[str, Any]] = field(default_factory=list)
    cards: list[dict[str, Any]] = field(default_factory=list)
    #: (elder, kind, key)
    keys: list[tuple[int, str, str]] = field(default_factory=list)


def reserve_ids(session: Session, table: Table, count: int) -> list[int]:
    """Ids for new rows, so that values can be sealed for a row before it is written.

    PostgreSQL gives them away for good. On SQLite they are the next free ones, which nobody else can take inside a
    writing transaction; taken in a reading one they must be checked again when writing (``ids_are_free``).
    """
    if count == 0:
        return []
    if session.get_bind().dialect.name == "postgresql":
        sequence = func.pg_get_serial_sequence(table.name, "id")
        drawn = select(func.nextval(sequence)).select_from(func.generate_series(1, count).alias())
        return list(session.scalars(drawn))
    last = session.scalar(select(func.coalesce(func.max(table.c.id), 0))) or 0
    return list(range(last + 1, last + count + 1))


def ids_are_free(session: Session, table: Table, ids: list[int]) -> bool:
    """Whether ids reserved while reading are still nobody's."""
    return not ids or session.scalar(select(func.count()).where(table.c.id.between(ids[0], ids[-1]))) == 0


def add_elder(session: Session, draft: ElderDraft, *, actor: Actor, at: datetime, vault: Vault) -> int:
    """Write a new elder with statuses, card and search keys, and an audit row. Returns the id.

    An ID number or live card that somebody has already is a ``LostRace`` of the transaction: callers look first.
    """
    [elder_id] = reserve_ids(session, ELDER, 1)
    insert_rows(session, rows_of([(elder_id, draft)], recorded_by=actor.staff_id, at=at, vault=vault))
    trail.record(
        session,
        actor,
        "add_elder",
        f"elder:{elder_id}",
        at,
        site_id=draft.home_site_id,
        statuses=len(draft.statuses),
        card=bool(draft.card),
    )
    return elder_id


def rows_of(drafts: Iterable[tuple[int, ElderDraft]], *, recorded_by: int | None, at: datetime, vault: Vault) -> Rows:
    """Everything that will be inserted for new elders with reserved ids: sealed, hashed and spelled."""
    rows = Rows()
    for elder_id, draft in drafts:
        rows.elders.append(elder_row(elder_id, draft, vault) | {"created_at": at, "updated_at": at})
        for status in draft.statuses:
            rows.statuses.append(status_row(elder_id, status, recorded_by=recorded_by, at=at, vault=vault))
        if draft.card:
            rows.cards.append(card_row(elder_id, draft.card, day=day_of(at)))
        rows.keys += key_rows(elder_id, draft, vault)
    return rows


def insert_rows(session: Session, rows: Rows) -> None:
    """Insert the rows of new elders: one statement a table."""
    trail.made(session, "elder", *(row["id"] for row in rows.elders))
    for table, found in ((ELDER, rows.elders), (STATUS, rows.statuses), (CARD, rows.cards)):
        if found:
            session.execute(insert(table), found)
    insert_keys(session, rows.keys)


def insert_keys(session: Session, keys: list[tuple[int, str, str]]) -> None:
    """Insert search keys. Nine in ten rows of an import are keys: they go to the driver as they are, which halves
    the time the write lock is held."""
    if keys:
        connection = session.connection()
        marks = "?, ?, ?" if connection.dialect.paramstyle == "qmark" else "%s, %s, %s"
        connection.exec_driver_sql(f"insert into search_key (elder_id, kind, key) values ({marks})", keys)  # noqa: S608


def elder_row(elder_id: int, draft: ElderDraft, vault: Vault) -> dict[str, Any]:
    """One row of ``elder`` without its instants."""
    number = draft.personal.id_number
    return {column: getattr(draft, column) for column in COLUMNS} | {
        "id": elder_id,
        "id_hash": vault.index("id_number", number) if number else None,
        "sealed": seal_personal(draft.personal, elder_id, vault),
    }


def status_row(
    elder_id: int, draft: StatusDraft, *, recorded_by: int | None, at: datetime, vault: Vault
) -> dict[str, Any]:
    """One row of ``status``."""
    return {
        "elder_id": elder_id,
        "from_day": draft.from_day,
        "to_day": draft.to_day,
        "sealed": seal_status(as_record(StatusFacts, draft), elder_id, vault),
        "recorded_at": at,
        "recorded_by": recorded_by,
    }


def card_row(elder_id: int, shown: str, *, day: date) -> dict[str, Any]:
    """One row of ``card``."""
    return {"elder_id": elder_id, "number": card_number(shown), "shown": shown, "issued_on": day, "end_reason": ""}


def key_rows(elder_id: int, draft: ElderDraft, vault: Vault) -> list[tuple[int, str, str]]:
    """The search keys of an elder: names, pinyin and initials as they are, the phone and its tail as keyed hashes."""
    keys = [*name_keys(draft.name), *phone_keys(draft.personal.phone, vault)]
    return [(elder_id, kind, key) for kind, key in keys]


def phone_keys(phone: str, vault: Vault) -> list[tuple[str, str]]:
    """(kind, keyed hash) of a phone and its tail; none for no phone."""
    if not phone:
        return []
    return [("phone", vault.index("phone", phone)), ("phone_tail", vault.index("phone_tail", phone[-4:]))]


def update_elder(session: Session, elder_id: int, draft: ElderDraft, *, at: datetime, vault: Vault) -> tuple[str, ...]:
    """Set what is known of an elder; statuses and cards are not touched. Returns the names of what changed.

    Search keys are written again when name or phone changed. The caller holds the row and writes the audit.
    """
    before = draft_on_file(session.execute(select(ELDER).where(ELDER.c.id == elder_id)).one(), vault)
    changed = changes(before, draft)
    if changed:
        values = elder_row(elder_id, draft, vault) | {"updated_at": at}
        session.execute(update(ELDER).where(ELDER.c.id == elder_id).values(values))
    if {"name", "phone"} & set(changed):
        session.execute(delete(KEY).where(KEY.c.elder_id == elder_id))
        insert_keys(session, key_rows(elder_id, draft, vault))
    return changed


def rewrite(session: Session, rows: list[dict[str, Any]]) -> None:
    """Set many elders to rows made by ``elder_row`` with ``updated_at``: one statement."""
    if rows:
        columns = [column for column in rows[0] if column != "id"]
        values: dict[str, Any] = {column: bindparam(f"new_{column}") for column in columns}
        statement = update(ELDER).where(ELDER.c.id == bindparam("new_id")).values(values)
        session.connection().execute(statement, [{f"new_{name}": value for name, value in row.items()} for row in rows])


def held_elder(session: Session, elder_id: int, actor: Actor, *, next_step: str = "请重新查找") -> Any:
    """The elder's row, held against other writers until the transaction ends. ``NotFound`` out of the actor's reach."""
    wanted = select(ELDER).where(ELDER.c.id == elder_id, in_reach(actor)).with_for_update(of=ELDER, key_share=True)
    row = session.execute(wanted).first() if elder_id < MOST_IDS else None
    if row is None:
        raise NotFound("没有找到这位老人", next_step=next_step)
    trail.touch(session, "elder", elder_id)
    return row


def touch(session: Session, elder_id: int, *, at: datetime) -> None:
    """Mark an elder as changed; holds the row until the end of the transaction."""
    trail.touch(session, "elder", elder_id)
    session.execute(update(ELDER).where(ELDER.c.id == elder_id).values(updated_at=at))


def add_status(session: Session, elder_id: int, draft: StatusDraft, *, actor: Actor, at: datetime, vault: Vault) -> int:
    """Record a dated status. Returns its id."""
    touch(session, elder_id, at=at)
    return add_row(session, STATUS, **status_row(elder_id, draft, recorded_by=actor.staff_id, at=at, vault=vault))


def add_event(session: Session, elder_id: int, period: LifePeriod, *, actor: Actor, at: datetime) -> int:
    """Record a pause, a move or a death. Returns its id."""
    touch(session, elder_id, at=at)
    return add_row(session, LIFE, elder_id=elder_id, recorded_at=at, recorded_by=actor.staff_id, **as_row(period))


def add_card(session: Session, elder_id: int, shown: str, *, at: datetime) -> int:
    """Give an elder a card. A live card with the same number is a ``LostRace``. Returns its id."""
    touch(session, elder_id, at=at)
    return add_row(session, CARD, **card_row(elder_id, shown, day=day_of(at)))


def end_card(session: Session, card_id: int, reason: str, *, at: datetime) -> None:
    """End a card from now on: its number is free for another."""
    trail.touch(session, "elder", session.execute(select(CARD.c.elder_id).where(CARD.c.id == card_id)).scalar_one())
    session.execute(update(CARD).where(CARD.c.id == card_id).values(ended_on=day_of(at), end_reason=reason))
