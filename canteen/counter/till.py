"""What the counter shows before anything is written: who was found, and what serving them would mean."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from canteen.base.access import Actor
from canteen.base.db import reading
from canteen.base.errors import Refusal
from canteen.base.text import masked_name
from canteen.counter import queries
from canteen.counter.offers import MealOffer, make_offer, refuse_offer
from canteen.counter.requests import ServeRequest
from canteen.counter.rules import SetOffer
from canteen.counter.tickets import left_this_month
from canteen.people import queries as people
from canteen.people.finding.search import Found, only_a_card, search
from canteen.places.queries import SiteFacts
from canteen.purses import drawing
from canteen.schemes.deciding.answer import Decision

#: A regular who has not come for so many days is worth a word.
LONG_AWAY_DAYS = 7

#: A clerk does not read more of them; one more letter finds the person.
MOST_MATCHES = 10


@dataclass(frozen=True, slots=True)
class SetChoice:
    """One set that may be served, with what the elder would pay for it."""

    offer: SetOffer
    own_fen: int
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class CounterOffer:
    """The person, the meal and the money as the clerk sees them before serving."""

    offer: MealOffer
    sets: tuple[SetChoice, ...]
    decision: Decision
    #: Why not, or None.
    refusal: Refusal | None
    #: The elder may have a second portion at own cost.
    may_have_second: bool
    masked_name: str
    #: Fen of the monthly norm open before this meal; None without a monthly limit.
    left_before_fen: int | None
    left_after_fen: int | None
    #: What the elder has paid in and not used; pays the own part when it is enough.
    own_money_fen: int
    #: Days since the last meal, when that is long ago.
    days_away: int | None
    #: How it is taken unless the clerk says otherwise: as it was ordered.
    way: str
    #: Meals of the sitting the elder has had, and ordered ones that are still to come.
    had: int = 0
    to_come: int = 0
    #: Meals the first button serves: those to come, as many as there are of the set.
    portions: int = 1

    @property
    def due_fen(self) -> int:
        """What is paid for ``portions`` meals: every one after the first costs its whole price."""
        return self.decision.own_fen + (self.portions - 1) * self.decision.price_fen


def holder_of(text: str) -> int | None:
    """Whose card was scanned: None when the text is no card in use, or may mean something else as well."""
    card = only_a_card(text)
    if not card:
        return None
    with reading() as session:
        return next(iter(people.find_elder_ids_by_card(session, card)), None)


def find_matches(text: str, *, site: SiteFacts, day: date) -> list[Found]:
    """People a text may mean, those of this site first; empty for an empty text."""
    if not text:
        return []
    with reading() as session:
        return search(session, text, area_prefix=site.county, home_site_id=site.id, day=day, limit=MOST_MATCHES)


def offer_for(request: ServeRequest, *, actor: Actor, now: datetime) -> CounterOffer:
    """Everything the till region shows about serving this person. Raises the refusals of ``make_offer``."""
    with reading() as session:
        offer = make_offer(session, request, actor=actor, now=now)
        if offer.asked and offer.asked.way == "take_away":
            request = replace(request, way=offer.asked.way)  # a scheme may mind
            offer = make_offer(session, request, actor=actor, now=now)
        refusal = refuse_offer(session, request, offer)
        elder, sitting = offer.elder, offer.sitting
        sets = tuple(
            SetChoice(
                each,
                offer.decision.own_fen if each is offer.chosen else offer.pricing.divide(each.price_fen).own_fen,
                each is offer.chosen,
            )
            for each in offer.sets
        )
        own_money_fen = drawing.own_money(session, elder_id=elder.id) if elder else 0
        last = queries.last_day_before(session, elder_id=elder.id, day=sitting.day) if elder else None
        eaten = queries.portions_of(session, elder_id=elder.id, day=sitting.day, slot=sitting.slot) if elder else []
    to_come = max(0, offer.asked.portions - len(eaten)) if offer.asked and offer.asked.site_id == sitting.site.id else 0
    left = offer.chosen.left
    decision = offer.decision
    away = (sitting.day - last).days if last else 0
    return CounterOffer(
        offer=offer,
        sets=sets,
        decision=decision,
        refusal=refusal,
        may_have_second=refusal is not None and refusal.code == "already_served",
        masked_name=masked_name(elder.name) if elder else "",
        left_before_fen=min((left.left_before_fen for left in decision.left if len(left.period) == 7), default=None),
        left_after_fen=left_this_month([{"period": left.period, "left_fen": left.left_fen} for left in decision.left]),
        own_money_fen=own_money_fen,
        days_away=away if away >= LONG_AWAY_DAYS else None,
        way=request.way,
        had=len(eaten),
        to_come=to_come,
        portions=max(1, to_come if left is None else min(to_come, left)),
    )
