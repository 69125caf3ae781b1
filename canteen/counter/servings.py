"""The one way a meal comes into the books, and out again. Everything here writes in the caller's transaction.

Counter page, terminals and deliveries all end in ``record_serving``: it reads the facts, asks the rules, and
appends the serving, its frozen shares, the balanced entry, the running use, the ticket and the audit row.

Races: the elder's row is locked first (PostgreSQL), SQLite has one writer at a time, and behind both stands the
UNIQUE index on (elder, day, slot). A key that another request just used, or an elder whom another till just
served, shows as ``LostRace``; ``service.py`` then looks again and finds the winner's serving.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from canteen.audit import trail
from canteen.base.access import Actor, reaches_site
from canteen.base.clock import day_of, wall_time
from canteen.base.db import LostRace, table_of, take_next
from canteen.base.errors import NotFound, Refusal
from canteen.base.prepared import Prepared
from canteen.base.words import WORDS
from canteen.books import ledger, spending
from canteen.books.models.servings import Serving, ServingShare
from canteen.counter import queries, rules, tickets
from canteen.counter.requests import Served, ServeRequest, ShareLine, Voided, VoidRequest
from canteen.counter.rules import SetOffer
from canteen.orders.queries import ordered_at
from canteen.people import queries as people
from canteen.people.queries import ElderFacts
from canteen.places import queries as places
from canteen.places.queries import SiteFacts
from canteen.places.rules import current_slot
from canteen.pricing.pricing import Pricing, pricing_for
from canteen.printing import outbox
from canteen.purses import drawing
from canteen.schemes.deciding.meals import Decision, Meal

_SERVING = table_of(Serving)
_NEW_SERVING = Prepared(
    insert(_SERVING).returning(_SERVING.c.id),
    columns=[
        "key",
        "asked",
        "site_id",
        "day",
        "slot",
        "sequence",
        "number",
        "elder_id",
        "guest_kind",
        "set_name",
        "price_fen",
        "own_fen",
        "way",
        "collected_by",
        "relation",
        "second_portion",
        "outside_hours",
        "pay_way",
        "class_code",
        "decision",
        "served_at",
        "staff_id",
        "till",
        "void_reason",
    ],
)
_NEW_SHARE = Prepared(
    insert(table_of(ServingShare)),
    columns=[
        "serving_id",
        "position",
        "payer",
        "scheme",
        "version",
        "amount_fen",
        "reason_code",
        "reason_fields",
        "reason",
    ],
)


@dataclass(frozen=True, slots=True)
class Sitting:
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
class Offer:
    """What serving this person would mean, before anything is written."""

    sitting: Sitting
    elder: ElderFacts | None
    sets: tuple[SetOffer, ...]
    chosen: SetOffer
    pricing: Pricing
    decision: Decision


def find_sitting(session: Session, request: ServeRequest, *, actor: Actor, now: datetime) -> Sitting:
    """The sitting a request means: asked for, or by the opening hours. NotFound for a site out of reach."""
    site = places.site_facts(session, request.site_id)
    if not reaches_site(actor, site_id=site.id, area_path=site.area_path):
        raise NotFound("没有找到这个助餐点", next_step="请检查助餐点编号")
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
    return Sitting(site, day, slot, outside)


def find_person(session: Session, request: ServeRequest, sitting: Sitting, *, lock: bool) -> ElderFacts | None:
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


def make_offer(session: Session, request: ServeRequest, *, actor: Actor, now: datetime) -> Offer:
    """Everything that decides a meal, read and decided. Refusals of the sitting, the person and the menu are raised.

    Being paused or served already is *not* raised here: ``refuse_offer`` says it, so that the counter can show the
    person and the refusal together.
    """
    sitting = find_sitting(session, request, actor=actor, now=now)
    return offer_meal(session, request, sitting, find_person(session, request, sitting, lock=False))


def offer_meal(session: Session, request: ServeRequest, sitting: Sitting, elder: ElderFacts | None) -> Offer:
    """Choose the set and divide its price."""
    sets = queries.sets_on_offer(session, site_id=sitting.site.id, day=sitting.day, slot=sitting.slot)
    chosen = rules.choose_set(sets, request.set_name, day=sitting.day, slot_name=sitting.slot_name)
    meal = Meal(
        day=sitting.day,
        slot=sitting.slot,
        price_fen=0,
        way=request.way,
        site_area=sitting.site.area_path,
        second_portion=request.second_portion,
    )
    pricing = pricing_for(
        session,
        elder,
        meal,
        ordered=lambda elder_id: ordered_at(session, elder_id=elder_id, day=meal.day, slot=meal.slot),
    )
    return Offer(sitting, elder, tuple(sets), chosen, pricing, pricing.divide(chosen.price_fen))


def refuse_offer(session: Session, request: ServeRequest, offer: Offer) -> Refusal | None:
    """Why this person is not served now, or None."""
    elder, sitting = offer.elder, offer.sitting
    if elder is None:
        return rules.refuse_sold_out(offer.chosen)
    earlier = queries.first_portion(session, elder_id=elder.id, day=sitting.day, slot=sitting.slot)
    return (
        rules.refuse_state(
            elder.name, elder.state, since=elder.state_from, until=elder.state_to, reason=elder.state_reason
        )
        or rules.refuse_portion(
            elder.name, earlier, second_portion=request.second_portion, day=sitting.day, slot_name=sitting.slot_name
        )
        or rules.refuse_sold_out(offer.chosen)
        or (
            request.pay_way == "purse"
            and rules.refuse_own_money(
                elder.name, own_fen=offer.decision.own_fen, left_fen=drawing.own_money(session, elder_id=elder.id)
            )
        )
        or None
    )


def record_serving(session: Session, request: ServeRequest, *, actor: Actor, now: datetime) -> Served:
    """Serve one meal; the same key again answers with the earlier serving.

    Raises ``BadInput``, ``NotFound``, or a ``Refusal``: key_reused, unknown_card, unknown_elder, elder_paused,
    elder_moved, elder_died, already_served, no_first_portion, no_menu, unknown_set, sold_out, slot_not_served,
    day_in_future, day_too_old.
    """
    rules.check_request(request)
    repeat = find_repeat(session, request, actor=actor)
    if repeat:
        return repeat
    sitting = find_sitting(session, request, actor=actor, now=now)
    elder = find_person(session, request, sitting, lock=True)
    # The number's row is locked before anything is counted, so that two tills cannot both take the last portion.
    sequence = _next_sequence(session, sitting)
    offer = offer_meal(session, request, sitting, elder)
    refusal = refuse_offer(session, request, offer)
    if refusal:
        if queries.served_by_key(session, request.key):
            raise LostRace("the same key was served while this request waited")
        raise refusal
    served = _write_serving(session, request, offer, sequence, actor=actor, now=now)
    _write_money(session, served, offer, actor=actor, now=now)
    outbox.enqueue(
        session,
        tickets.ticket_facts(served, site=sitting.site, dishes=offer.chosen.dishes, actor=actor),
        key=f"ticket:{served.id}",
        site_id=served.site_id,
        serving_id=served.id,
        at=now,
    )
    trail.record(
        session,
        actor,
        "serve",
        f"serving:{served.id}",
        now,
        site_id=served.site_id,
        number=served.number,
        price_fen=served.price_fen,
        own_fen=served.own_fen,
    )
    return served


def find_repeat(session: Session, request: ServeRequest, *, actor: Actor) -> Served | None:
    """The serving an earlier request with this key made, if the actor may see it."""
    earlier = queries.served_by_key(session, request.key)
    if earlier is None:
        return None
    asked, served = earlier
    rules.same_content(asked, request)
    site = places.site_facts(session, served.site_id)
    if not reaches_site(actor, site_id=site.id, area_path=site.area_path):
        raise NotFound("没有找到这份用餐")
    return served


def _next_sequence(session: Session, sitting: Sitting) -> int:
    """Take the site's next number of the day; its row is locked until the end, so numbers have no gaps."""
    row = {"site_id": sitting.site.id, "day": sitting.day, "last_sequence": 1}
    return take_next(session, queries.SITE_DAY, row, count="last_sequence")


def _write_serving(
    session: Session, request: ServeRequest, offer: Offer, sequence: int, *, actor: Actor, now: datetime
) -> Served:
    elder, sitting, decision = offer.elder, offer.sitting, offer.decision
    number = rules.serving_number(sitting.day, sequence)
    frozen = freeze(decision)
    serving_id: int = _NEW_SERVING.value(
        session,
        key=request.key,
        asked=request.asked(),
        site_id=sitting.site.id,
        day=sitting.day,
        slot=sitting.slot,
        sequence=sequence,
        number=number,
        elder_id=elder.id if elder else None,
        guest_kind=request.guest_kind,
        set_name=offer.chosen.name,
        price_fen=decision.price_fen,
        own_fen=decision.own_fen,
        way=request.way,
        collected_by=request.collected_by,
        relation=request.relation,
        second_portion=request.second_portion,
        outside_hours=sitting.outside_hours,
        pay_way=request.pay_way,
        class_code=decision.class_code,
        decision=frozen,
        served_at=now,
        staff_id=actor.staff_id,
        till=request.till or (actor.name if actor.kind == "token" else ""),
        void_reason="",
    )
    _NEW_SHARE.run_each(
        session,
        [
            {
                "serving_id": serving_id,
                "position": position,
                "payer": share.payer,
                "scheme": share.scheme,
                "version": share.version,
                "amount_fen": share.amount_fen,
                "reason_code": share.reason.code,
                "reason_fields": dict(share.reason.fields),
                "reason": share.reason.words(),
            }
            for position, share in enumerate(decision.shares)
        ],
    )
    return Served(
        id=serving_id,
        number=number,
        site_id=sitting.site.id,
        day=sitting.day,
        slot=sitting.slot,
        elder_id=elder.id if elder else None,
        person_name=elder.name if elder else "",
        guest_kind=request.guest_kind,
        set_name=offer.chosen.name,
        price_fen=decision.price_fen,
        own_fen=decision.own_fen,
        way=request.way,
        pay_way=request.pay_way,
        second_portion=request.second_portion,
        outside_hours=sitting.outside_hours,
        served_at=now,
        shares=tuple(ShareLine(s.payer, s.scheme, s.version, s.amount_fen, s.reason) for s in decision.shares),
        decision=frozen,
    )


def freeze(decision: Decision) -> dict[str, Any]:
    """The engine's answer as JSON keeps it on the serving; shares have rows of their own."""
    return {
        "verdicts": [
            {
                "scheme": v.scheme,
                "name": v.scheme_name,
                "version": v.version,
                "code": v.reason.code,
                "fields": dict(v.reason.fields),
                "reason": v.reason.words(),
            }
            for v in decision.verdicts
        ],
        "groups": list(decision.groups),
        "uses": [
            {
                "scheme": u.scheme,
                "period": u.period,
                "settled_fen": u.settled_fen,
                "public_fen": u.public_fen,
                "meals": u.meals,
            }
            for u in decision.uses
        ],
        "left": [
            {
                "scheme": left.scheme,
                "period": left.period,
                "counts": left.counts,
                "limit_fen": left.limit_fen,
                "left_fen": left.left_fen,
            }
            for left in decision.left
        ],
    }


def _write_money(session: Session, served: Served, offer: Offer, *, actor: Actor, now: datetime) -> None:
    ledger.post_shares(
        session,
        serving_id=served.id,
        site_id=served.site_id,
        day=served.day,
        shares=offer.decision.shares,
        pay_way=served.pay_way,
        staff_id=actor.staff_id,
        at=now,
    )
    if served.elder_id is None:
        return
    decision, pricing = offer.decision, offer.pricing
    ledger.add_use(session, elder_id=served.elder_id, changes=decision.uses)
    spending.spend(
        session, schemes=pricing.schemes, shares=decision.shares, day=served.day, area_path=offer.sitting.site.area_path
    )
    if decision.draws:
        drawing.draw(
            session,
            elder_id=served.elder_id,
            draws=decision.draws,
            day=served.day,
            at=now,
            actor=actor,
            serving_id=served.id,
        )
    if served.pay_way == "purse":
        drawing.draw_own(
            session,
            elder_id=served.elder_id,
            amount_fen=decision.own_fen,
            day=served.day,
            at=now,
            actor=actor,
            serving_id=served.id,
        )


def record_void(session: Session, request: VoidRequest, *, actor: Actor, now: datetime) -> Voided:
    """Undo one serving: mark it, append the mirror entry, give the use back, print a void ticket.

    The same key again answers the same. Raises ``BadInput``, ``NotFound``, ``Refusal``: already_voided,
    void_too_late, key_reused.
    """
    rules.check_void(request)
    row = queries.lock_serving(session, request.serving_id)
    site = places.site_facts(session, row.site_id) if row else None
    if row is None or site is None or not reaches_site(actor, site_id=site.id, area_path=site.area_path):
        raise NotFound("没有找到这份用餐", next_step="请在最近的用餐里重新选择")
    if row.voided_at is not None:
        if row.void_key == request.key:
            return Voided(id=row.id, number=row.number, voided_at=row.voided_at, reason=row.void_reason, is_repeat=True)
        raise rules.already_voided(number=row.number, time=wall_time(row.voided_at), reason=row.void_reason)
    rules.may_void(number=row.number, day=row.day, keyed_on=day_of(row.served_at), today=day_of(now))

    reason = request.reason.strip()
    session.execute(
        update(_SERVING)
        .where(_SERVING.c.id == row.id)
        .values(voided_at=now, void_reason=reason, void_key=request.key, voided_by=actor.staff_id)
    )
    ledger.reverse(session, serving_id=row.id, site_id=row.site_id, day=row.day, staff_id=actor.staff_id, at=now)
    if row.elder_id is not None:
        ledger.give_back_use(session, elder_id=row.elder_id, changes=row.decision["uses"])
        spending.give_back(session, serving_id=row.id, day=row.day, area_path=site.area_path)
        drawing.give_back(session, serving_id=row.id, at=now, actor=actor)
    name = people.name_of(session, row.elder_id) if row.elder_id else ""
    outbox.enqueue(
        session,
        tickets.void_facts(row, site_name=site.name, person_name=name, reason=reason, actor=actor, now=now),
        key=f"void:{row.id}",
        site_id=row.site_id,
        serving_id=row.id,
        at=now,
    )
    trail.record(session, actor, "void", f"serving:{row.id}", now, site_id=row.site_id, number=row.number)
    return Voided(id=row.id, number=row.number, voided_at=now, reason=reason)
