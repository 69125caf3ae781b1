"""What is known already of the people on a roster: read before the plan, and looked at again when writing."""

from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from canteen.base.access import Actor
from canteen.base.records import chunks
from canteen.base.vault import the_vault
from canteen.people.facts import StatusFacts
from canteen.people.personal import open_status
from canteen.people.queries import CARD, ELDER, STATUS, in_reach, states_of
from canteen.people.registry import ElderDraft, draft_on_file

#: Values in one IN list: PostgreSQL takes 65,535, SQLite 32,766.
MOST_IN_LIST = 5_000


@dataclass(frozen=True, slots=True)
class StatusOnFile:
    """A status on file."""

    id: int
    facts: StatusFacts
    from_day: date
    to_day: date | None


@dataclass(slots=True)
class ElderOnFile:
    """An elder on file whose ID number is on the roster."""

    id: int
    #: What is on file, as a draft.
    draft: ElderDraft
    is_reachable: bool
    statuses: list[StatusOnFile] = field(default_factory=list)
    #: Card number -> whether it is in use.
    cards: dict[str, bool] = field(default_factory=dict)
    #: active, paused, moved or died today.
    state: str = "active"


@dataclass(frozen=True, slots=True)
class OnRoster:
    """The people and cards of a roster."""

    #: Hashes of ID numbers, numbers of cards, names.
    hashes: tuple[str, ...]
    cards: tuple[str, ...]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Basis:
    """What a plan was made from, to see when writing that nobody changed it meanwhile."""

    #: Hash of the ID number -> (elder, last change).
    elders: dict[str, tuple[int, datetime]]
    #: Number of a card in use -> elder.
    holders: dict[str, int]


@dataclass(frozen=True, slots=True)
class OnFile:
    """Everything on file about the people and cards of a roster."""

    wanted: OnRoster
    basis: Basis
    #: By hash of the ID number.
    elders: dict[str, ElderOnFile]
    #: (name, birth day) of people on file without an ID number: they may be the same person.
    unnumbered: frozenset[tuple[str, date]]


def read_basis(session: Session, wanted: OnRoster) -> Basis:
    """Who has these ID numbers and cards now."""
    elders: dict[str, tuple[int, datetime]] = {}
    for part in chunks(wanted.hashes, MOST_IN_LIST):
        found = select(ELDER.c.id_hash, ELDER.c.id, ELDER.c.updated_at).where(ELDER.c.id_hash.in_(part))
        elders |= {row.id_hash: (row.id, row.updated_at) for row in session.execute(found)}
    holders: dict[str, int] = {}
    for part in chunks(wanted.cards, MOST_IN_LIST):
        in_use = select(CARD.c.number, CARD.c.elder_id).where(CARD.c.number.in_(part), CARD.c.ended_on.is_(None))
        holders |= {row.number: row.elder_id for row in session.execute(in_use)}
    return Basis(elders, holders)


def read_on_file(session: Session, wanted: OnRoster, *, actor: Actor, day: date) -> OnFile:
    """Everything on file about the people and cards of a roster. ``day`` is today.

    The basis comes first: what somebody writes while the rest is read then shows when it is read again.
    """
    vault = the_vault()
    basis = read_basis(session, wanted)
    elders: dict[str, ElderOnFile] = {}
    for part in chunks(wanted.hashes, MOST_IN_LIST):
        rows = session.execute(select(ELDER, in_reach(actor).label("is_reachable")).where(ELDER.c.id_hash.in_(part)))
        elders |= {row.id_hash: ElderOnFile(row.id, draft_on_file(row, vault), bool(row.is_reachable)) for row in rows}
    by_id = {elder.id: elder for elder in elders.values()}
    for ids in chunks(list(by_id), MOST_IN_LIST):
        for row in session.execute(select(STATUS).where(STATUS.c.elder_id.in_(ids)).order_by(STATUS.c.id)):
            facts = open_status(row.sealed, row.elder_id, vault)
            by_id[row.elder_id].statuses.append(StatusOnFile(row.id, facts, row.from_day, row.to_day))
        for row in session.execute(select(CARD).where(CARD.c.elder_id.in_(ids)).order_by(CARD.c.id)):
            by_id[row.elder_id].cards[row.number] = row.ended_on is None
        for elder_id, state in states_of(session, ids, day=day).items():
            by_id[elder_id].state = state.kind
    return OnFile(wanted, basis, elders, _unnumbered(session, wanted))


def _unnumbered(session: Session, wanted: OnRoster) -> frozenset[tuple[str, date]]:
    found: set[tuple[str, date]] = set()
    for part in chunks(wanted.names, MOST_IN_LIST):
        same = select(ELDER.c.name, ELDER.c.birth_day).where(ELDER.c.id_hash.is_(None), ELDER.c.name.in_(part))
        found |= {(row.name, row.birth_day) for row in session.execute(same)}
    return frozenset(found)
