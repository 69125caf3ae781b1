"""What serving a person would mean: the sitting, the person, the menu and the divided price. Session-first reads.

The page and the till's door to the books ask here both, so that what is shown and what is written cannot differ but by
what others wrote in between.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy.orm import Session

from canteen.base.access import Actor
from canteen.base.clock import day_of, wall_time
from canteen.base.errors import Refusal
from canteen.base.words import WORDS
from canteen.counter import queries, rules
from canteen.counter.requests import ServeRequest
from canteen.counter.rules import SetOffer
from canteen.menus.guests.queries import guest_price
from canteen.orders.queries import Asked, asked_for
from canteen.people import queries as people
from canteen.people.queries import ElderFacts
from canteen.places.queries import SiteFacts, site_in_reach
from canteen.places.rules import current_slot
from canteen.pricing.pricing import Pricing, pricing_for
from canteen.purses import drawing
from canteen.schemes.deciding.answer import Decision
from canteen.schemes.facts import Meal


@dataclass(frozen=True, slots=True)
class MealSitting:
    """Where and when a meal counts."""

    site: SiteFacts
    day: date
    slot: str
    #: Outside the opening hours: allowed and marked.
    outside_hours: bool

    @property
    def slot_name(self) -> str:
        """午餐"""
        return WORDS["slot"][self.slot]


@dataclass(frozen=True, slots=True)
class MealOffer:
    """What serving this person would mean, before anything is written."""

    sitting: MealSitting
    elder: ElderFacts | None
    #: What the elder ordered for the sitting, at whatever site.
    asked: Asked | None
    sets: tuple[SetOffer, ...]
    chosen: SetOffer
    pricing: Pricing
    decision: Decision


def find_sitting(session: Session, request: ServeRequest, *, actor: Actor, now: datetime) -> MealSitting:
    """The sitting a request means: asked for, or by the opening hours. NotFound for a site out of reach."""
    site = site_in_reach(session, actor, request.site_id, next_step="请检查助餐点编号")
    day = rules.serving_day(request.day, today=day_of(now))
    by_hours, outside = current_slot(site.slots, wall_time(now))
    slot = request.slot or by_hours
    hours = site.hours_of(slot)
    if hours is None:
        raise Refusal(
            "slot_not_served",
            "%(site)s 不供应%(slot)s",
            next_step="可选:%(slots)s",
            site=site.name,
            slot=WORDS["slot"][slot],
            slots="、".join(WORDS["slot"][each.slot] for each in site.slots),
        )
    if request.day is not None and request.day != day_of(now):
        outside = False  # a paper sheet keyed in later says nothing about the hours
    elif request.slot:
        outside = not hours.opens <= wall_time(now) <= hours.closes
    return MealSitting(site, day, slot, outside)


def find_person(session: Session, request: ServeRequest, sitting: MealSitting, *, lock: bool) -> ElderFacts | None:
    """The elder a request names (None: a guest). Raises the refusals of an unknown card or person."""
    elder_id = request.elder_id
    if request.card:
        ids = people.find_elder_ids_by_card(session, request.card)
        if not ids:
            raise Refusal(
                "unknown_card",
                "没有卡号「%(card)s」",
                card=request.card,
                next_step="请再刷一次,或按姓名、电话查找;新卡请负责人在「老人」页登记",
            )
        elder_id = ids[0]
    if elder_id is None:
        return None
    elder = people.load_elder(session, elder_id, day=sitting.day, lock=lock)
    if elder is None or not elder.may_come_to(sitting.site.id, county=sitting.site.county):
        raise Refusal("unknown_elder", "没有找到这位老人", next_step="请按姓名、拼音、电话或卡号重新查找")
    return elder


def make_offer(session: Session, request: ServeRequest, *, actor: Actor, now: datetime) -> MealOffer:
    """Everything that decides a meal, read and decided. Refusals of the sitting, the person and the menu are raised.

    Being paused or served already is *not* raised here: ``refuse_offer`` says it, so that the counter can show the
    person and the refusal together.
    """
    sitting = find_sitting(session, request, actor=actor, now=now)
    return offer_meal(session, request, sitting, find_person(session, request, sitting, lock=False))


def offer_meal(session: Session, request: ServeRequest, sitting: MealSitting, elder: ElderFacts | None) -> MealOffer:
    """Choose the set and divide its price."""
    sets = queries.sets_on_offer(session, site_id=sitting.site.id, day=sitting.day, slot=sitting.slot)
    if request.guest_kind:
        price_fen = guest_price(session, site=sitting.site, kind=request.guest_kind, day=sitting.day)
        sets = sets if price_fen is None else [replace(one, price_fen=price_fen) for one in sets]
    asked = asked_for(session, elder_id=elder.id, day=sitting.day, slot=sitting.slot) if elder else None
    ordered = asked.set_name if asked and asked.site_id == sitting.site.id else ""
    chosen = rules.choose_set(sets, request.set_name, ordered=ordered, day=sitting.day, slot_name=sitting.slot_name)
    meal = Meal(
        day=sitting.day,
        slot=sitting.slot,
        price_fen=0,
        way=request.way,
        site_area=sitting.site.area_path,
        second_portion=request.second_portion,
    )
    pricing = pricing_for(session, elder, meal, ordered=asked.ordered_at if asked else None)
    return MealOffer(sitting, elder, asked, tuple(sets), chosen, pricing, pricing.divide(chosen.price_fen))


def refuse_offer(session: Session, request: ServeRequest, offer: MealOffer) -> Refusal | None:
    """Why this person is not served now, or None."""
    elder, sitting = offer.elder, offer.sitting
    if elder is None:
        return rules.refuse_sold_out(offer.chosen, request.portions)
    earlier = queries.first_portion(session, elder_id=elder.id, day=sitting.day, slot=sitting.slot)
    return (
        rules.refuse_state(
            elder.name, elder.state, since=elder.state_from, until=elder.state_to, reason=elder.state_reason
        )
        or rules.refuse_portion(
            elder.name, earlier, second_portion=request.second_portion, day=sitting.day, slot_name=sitting.slot_name
        )
        or rules.refuse_sold_out(offer.chosen, request.portions)
        or (
            request.pay_way == "purse"
            and rules.refuse_own_money(
                elder.name, own_fen=offer.decision.own_fen, left_fen=drawing.own_money(session, elder_id=elder.id)
            )
        )
        or None
    )
