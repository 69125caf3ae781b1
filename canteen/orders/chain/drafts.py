"""A chain as draft orders: each entry with the people it may mean and what stands in the way. Session-first reads."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from canteen.base.db import with_reading
from canteen.base.months import full_years
from canteen.base.records import as_record
from canteen.base.vault import the_vault
from canteen.books.models.servings import Serving
from canteen.menus.queries import sets_of
from canteen.orders.chain.matching import MOST_OFFERED, Match, RollPerson, match
from canteen.orders.chain.rules import Chain, ChainEntry, read_chain
from canteen.orders.models import ChainName, Order
from canteen.orders.papers import SittingAt
from canteen.orders.placing import first_portions
from canteen.people.finding.keys import name_keys
from canteen.people.finding.search import search
from canteen.people.models import Elder, SearchKey
from canteen.people.personal import open_personal
from canteen.people.queries import load_elder, states_of
from canteen.places.queries import SiteFacts
from canteen.pricing.pricing import pricing_for
from canteen.schemes.facts import Meal
from canteen.schemes.reasons import Reason

#: Who ordered here in so many days is looked for, wherever they live.
_LATELY = timedelta(days=60)
#: Lines for which the whole county is searched.
_MOST_SEARCHED = 40
#: What a limit that is reached says in a decision.
_USED_UP = ("norm_used_up", "per_day_used_up", "money_", "meals_")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """The order somebody has for the sitting."""

    id: int
    site_id: int
    set_name: str
    way: str
    portions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Somebody a line may mean, as the page shows them."""

    person: RollPerson
    #: ``active``, ``paused``, ``moved`` or ``died`` on the day.
    state: str
    ordered: Ordered | None
    #: Number of the serving when they have eaten already.
    served_number: str
    wants_delivery: bool

    @property
    def may_order(self) -> bool:
        """Whether an order can be written."""
        return self.state == "active" and not self.served_number


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftLine:
    """One entry with whom it may mean."""

    entry: ChainEntry
    how: str
    candidates: tuple[Candidate, ...]
    #: Id of the one that is taken unless a person says otherwise; None: asked.
    chosen: int | None
    #: A limit of the chosen one is used up: they pay the whole price.
    used_up: Reason | None = None

    @property
    def way(self) -> str:
        """As the chain says, else as they have it or usually have it."""
        one = next((one for one in self.candidates if one.person.id == self.chosen), None)
        one = one or (self.candidates[0] if self.candidates else None)
        if self.entry.way or one is None:
            return self.entry.way or "dine_in"
        return one.ordered.way if one.ordered else "delivery" if one.wants_delivery else "dine_in"


@dataclass(frozen=True, slots=True)
class DraftChain:
    """A pasted chain, ready to be looked through."""

    drafts: tuple[DraftLine, ...]
    unread: tuple[str, ...]

    def people(self) -> set[int]:
        """Everybody it shows."""
        return {one.person.id for draft in self.drafts for one in draft.candidates}


@with_reading
def draft_chain(session: Session, text: str, at: SittingAt) -> DraftChain:
    """Read a chain and match it. Raises ``BadInput`` for a text that is too long."""
    roll = _roll(session, at.site, at.day)
    sets = [one.name for one in sets_of(session, site_id=at.site.id, day=at.day, slot=at.slot)]
    chain = read_chain(text, slot=at.slot, sets=sets, known={one.name for one in roll})
    nicknames = dict(
        session.execute(select(ChainName.said, ChainName.elder_id).where(ChainName.site_id == at.site.id)).all()
    )
    matches = [match(entry, roll, nicknames, _spelled) for entry in chain.entries]
    matches = _from_elsewhere(session, chain, matches, at)
    candidates = _candidates(session, {one.id: one for found in matches for one in found.people}, at)
    times: dict[int, int] = {}
    for found in matches:
        if found.is_sure:
            times[found.people[0].id] = times.get(found.people[0].id, 0) + 1
    drafts = [
        _draft(session, entry, found, candidates, times, at)
        for entry, found in zip(chain.entries, matches, strict=True)
    ]
    return DraftChain(tuple(drafts), chain.unread)


def _draft(
    session: Session,
    entry: ChainEntry,
    found: Match,
    candidates: dict[int, Candidate],
    times: dict[int, int],
    at: SittingAt,
) -> DraftLine:
    people = tuple(candidates[one.id] for one in found.people)
    is_clear = found.is_sure and not entry.doubts and times.get(people[0].person.id) == 1
    chosen = None
    if is_clear:
        [one] = people
        possible = one.ordered is not None if entry.is_cancelled else one.may_order
        chosen = one.person.id if possible else None
    used_up = _used_up(session, chosen, at) if chosen is not None and not entry.is_cancelled else None
    return DraftLine(entry=entry, how=found.how, candidates=people, chosen=chosen, used_up=used_up)


def _spelled(name: str) -> set[str]:
    return {key for kind, key in name_keys(name) if kind == "pinyin"}


def _roll(session: Session, site: SiteFacts, day: date) -> list[RollPerson]:
    """The people a chain of a site may speak of: who eats there, lives there, or ordered there lately."""
    lately = select(Order.elder_id).where(Order.site_id == site.id, Order.day >= day - _LATELY)
    here = or_(Elder.home_site_id == site.id, Elder.residence_area_id == site.area_id, Elder.id.in_(lately))
    rows = session.execute(
        select(Elder.id, Elder.name, Elder.village_group, Elder.birth_day, Elder.sex, Elder.sealed)
        .where(here)
        .order_by(Elder.name, Elder.village_group, Elder.id)
    ).all()
    keys: dict[int, set[str]] = {}
    spelled = select(SearchKey.elder_id, SearchKey.key).join(Elder, Elder.id == SearchKey.elder_id)
    for row in session.execute(spelled.where(here, SearchKey.kind.in_(("pinyin", "initials")))):
        keys.setdefault(row.elder_id, set()).add(row.key)
    vault = the_vault()
    return [
        as_record(
            RollPerson,
            row,
            age=full_years(row.birth_day, day),
            keys=frozenset(keys.get(row.id, ())),
            contacts=open_personal(row.sealed, row.id, vault).contacts,
        )
        for row in rows
    ]


def _from_elsewhere(session: Session, chain: Chain, matches: Sequence[Match], at: SittingAt) -> list[Match]:
    """Full names of nobody here are looked for in the county, and always asked about."""
    found, searched = [], 0
    for entry, here in zip(chain.entries, matches, strict=True):
        if not here.people and not entry.relation and len(entry.who) > 1 and searched < _MOST_SEARCHED:
            searched += 1
            people = [
                RollPerson(
                    id=one.id,
                    name=one.name,
                    village_group=f"{one.residence_name} {one.village_group}",
                    age=one.age,
                    sex="",
                )
                for one in search(session, entry.who, day=at.day, limit=MOST_OFFERED, area_prefix=at.site.county)
                if one.name == entry.who
            ]
            here = Match(tuple(people), "county" if people else "")
        found.append(here)
    return found


def _candidates(session: Session, people: dict[int, RollPerson], at: SittingAt) -> dict[int, Candidate]:
    states = states_of(session, people, day=at.day)
    sitting = (Order.elder_id.in_(people), Order.day == at.day, Order.slot == at.slot, Order.cancelled_at.is_(None))
    columns = (Order.elder_id, Order.id, Order.site_id, Order.set_name, Order.way, Order.portions)
    orders = {row.elder_id: as_record(Ordered, row) for row in session.execute(select(*columns).where(*sitting))}
    served = {
        row.elder_id: row.number for row in session.execute(first_portions(people, [at.day])) if row.slot == at.slot
    }
    carried = set(session.scalars(select(Elder.id).where(Elder.id.in_(people), Elder.wants_delivery)))
    return {
        elder_id: Candidate(
            person=person,
            state=states[elder_id].kind,
            ordered=orders.get(elder_id),
            served_number=served.get(elder_id, ""),
            wants_delivery=elder_id in carried,
        )
        for elder_id, person in people.items()
    }


def _used_up(session: Session, elder_id: int, at: SittingAt) -> Reason | None:
    """Why nothing is paid for the next meal of somebody whose limit is reached; None when something is."""
    sets = sets_of(session, site_id=at.site.id, day=at.day, slot=at.slot)
    elder = load_elder(session, elder_id, day=at.day)
    if elder is None or not sets:
        return None
    meal = Meal(day=at.day, slot=at.slot, price_fen=0, way="dine_in", site_area=at.site.area_path)
    decision = pricing_for(session, elder, meal, ordered=None).divide(sets[0].price_fen)
    if decision.public_fen:
        return None
    return next((one.reason for one in decision.verdicts if one.reason.code.startswith(_USED_UP)), None)


@with_reading
def regulars_without_order(session: Session, at: SittingAt, *, but: Collection[int] = ()) -> list[str]:
    """Names of people who had this meal here at least twice in the two weeks before, and of whom nobody decided for the
    sitting: neither an order nor a cancelled one. The away are left out."""
    before = at.day - timedelta(days=14)
    usual = (
        select(Serving.elder_id)
        .where(
            Serving.site_id == at.site.id,
            Serving.slot == at.slot,
            Serving.day.between(before, at.day - timedelta(days=1)),
            Serving.voided_at.is_(None),
            Serving.elder_id.is_not(None),
        )
        .group_by(Serving.elder_id)
        .having(func.count(Serving.day.distinct()) >= 2)
    )
    decided = select(Order.elder_id).where(Order.day == at.day, Order.slot == at.slot)
    rows = session.execute(
        select(Elder.id, Elder.name)
        .where(Elder.id.in_(usual), Elder.id.not_in(decided))
        .order_by(Elder.village_group, Elder.name)
    ).all()
    states = states_of(session, [row.id for row in rows], day=at.day)
    return [row.name for row in rows if states[row.id].kind == "active" and row.id not in but]
