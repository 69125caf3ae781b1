"""The one way a meal comes into the books; ``voiding.py`` is the one way out. Everything here writes in the caller's transaction.

Counter page, terminals and deliveries all end in ``record_serving`` (several meals at once: ``record_servings``).
It reads the facts, asks the rules, and
appends the serving, its frozen shares, the balanced entry, the running use, the ticket and the audit row.

Races: the elder's row is locked first (PostgreSQL), SQLite has one writer at a time, and behind both stands the
UNIQUE index on (elder, day, slot). A key that another request just used, or an elder whom another till just
served, shows as ``LostRace``; ``service.py`` then looks again and finds the winner's serving.
"""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import insert
from sqlalchemy.orm import Session

from canteen.audit import trail
from canteen.base.access import Actor
from canteen.base.clock import day_of
from canteen.base.db import LostRace, table_of, take_next
from canteen.base.db.prepared import Prepared
from canteen.base.db.sealed import place_of
from canteen.base.records import as_row
from canteen.base.vault import the_vault
from canteen.books import ledger, spending, trusted_clock
from canteen.books.meals import class_mark
from canteen.books.models.servings import Serving, ServingShare
from canteen.books.shares import freeze, share_rows, thaw
from canteen.counter import queries, rules, tickets
from canteen.counter.offers import MealOffer, MealSitting, find_person, find_sitting, offer_meal, refuse_offer
from canteen.counter.requests import Served, ServeRequest, ShareLine, other_key, served_of
from canteen.places.queries import site_in_reach
from canteen.printing import outbox
from canteen.purses import drawing

_SERVING = table_of(Serving)
_SHARE = table_of(ServingShare)
#: A void comes later.
_NEW_SERVING = Prepared(
    insert(_SERVING).returning(_SERVING.c.id),
    columns=[one.name for one in _SERVING.c if one.name not in ("id", "voided_at", "void_key", "voided_by")],
)
_NEW_SHARE = Prepared(insert(_SHARE), columns=_SHARE.c.keys())


def record_serving(session: Session, request: ServeRequest, *, actor: Actor, now: datetime) -> Served:
    """Serve one meal; the same key again answers with the earlier serving.

    Raises ``BadInput``, ``NotFound``, or a ``Refusal``: key_reused, unknown_card, unknown_elder, elder_paused,
    elder_moved, elder_died, already_served, no_first_portion, no_menu, unknown_set, sold_out, slot_not_served,
    day_in_future, day_too_old, day_changed, clock_doubt.
    """
    rules.check_request(request)
    repeat = find_repeat(session, request, actor=actor)
    if repeat:
        return repeat
    trusted_clock.refuse_doubt(session, now)
    rules.check_shown_day(request, today=day_of(now))
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
    detail = {"number": served.number, "price_fen": served.price_fen, "own_fen": served.own_fen}
    trail.record(session, actor, "serve", f"serving:{served.id}", now, site_id=served.site_id, **detail)
    return served


def record_servings(session: Session, request: ServeRequest, *, actor: Actor, now: datetime) -> Served:
    """Serve all meals of a key, or none: every one after the first is a second portion under a key made from it.

    Raises what ``record_serving`` raises; ``too_few_left`` when the set does not reach for all.
    """
    first = record_serving(session, request, actor=actor, now=now)
    others = tuple(
        record_serving(
            session,
            replace(request, key=other_key(request.key, box), portions=1, second_portion=True),
            actor=actor,
            now=now,
        )
        for box in range(1, request.portions)
    )
    return replace(first, others=others)


def find_repeat(session: Session, request: ServeRequest, *, actor: Actor) -> Served | None:
    """The serving an earlier request with this key made, if the actor may see it."""
    earlier = queries.served_by_key(session, request.key)
    if earlier is None:
        return None
    content, served = earlier
    rules.same_content(content, request)
    site_in_reach(session, actor, served.site_id, missing="没有找到这份用餐", next_step="")
    return served


def _next_sequence(session: Session, sitting: MealSitting) -> int:
    """Take the site's next number of the day; its row is locked until the end, so numbers have no gaps."""
    row = {"site_id": sitting.site.id, "day": sitting.day, "last_sequence": 1}
    return take_next(session, queries.SITE_DAY, row, count="last_sequence")


def _write_serving(
    session: Session, request: ServeRequest, offer: MealOffer, sequence: int, *, actor: Actor, now: datetime
) -> Served:
    elder, sitting, decision = offer.elder, offer.sitting, offer.decision
    vault, kept = the_vault(), freeze(decision)
    facts = as_row(request, but=("card",)) | {
        "asked": request.content(),
        "site_id": sitting.site.id,
        "day": sitting.day,
        "slot": sitting.slot,
        "sequence": sequence,
        "number": rules.serving_number(sitting.day, sequence),
        "elder_id": elder.id if elder else None,
        "set_name": offer.chosen.name,
        "price_fen": decision.price_fen,
        "own_fen": decision.own_fen,
        "outside_hours": sitting.outside_hours,
        "class_mark": class_mark(vault, site_id=sitting.site.id, day=sitting.day, class_code=decision.class_code),
        "sealed": vault.seal(kept, place_of(_SERVING.c.sealed, key=request.key)),
        "served_at": now,
        "staff_id": actor.staff_id,
        "till": request.till or (actor.name if actor.kind == "token" else ""),
        "void_reason": "",
    }
    serving_id: int = _NEW_SERVING.value(session, **facts)
    trail.made(session, "serving", serving_id, site_id=sitting.site.id)
    _NEW_SHARE.run_each(session, [{"serving_id": serving_id, **share} for share in share_rows(decision.shares)])
    return served_of(
        facts,
        id=serving_id,
        person_name=elder.name if elder else "",
        decision=thaw(kept),
        shares=tuple(ShareLine(s.payer, s.scheme, s.version, s.amount_fen, s.reason) for s in decision.shares),
    )


def _write_money(session: Session, served: Served, offer: MealOffer, *, actor: Actor, now: datetime) -> None:
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
