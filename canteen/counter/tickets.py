"""What a serving says on paper: facts for ``printing.papers.ticket`` and ``void_ticket``, never a status label or a digit of an ID number."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from canteen.base.access import Actor
from canteen.base.clock import wall_time
from canteen.base.words import WORDS
from canteen.counter.requests import Served
from canteen.places.queries import SiteFacts
from canteen.printing.papers.facts import PayerShare
from canteen.printing.papers.ticket import GuestTicketFacts, TicketFacts
from canteen.printing.papers.void_ticket import VoidFacts


def payer_name(payer: str) -> str:
    """Who pays, as people read it."""
    return WORDS["payer"].get(payer, payer)


def left_this_month(left: list[Mapping[str, Any]]) -> int | None:
    """Fen of a monthly norm still open after the meal, or None where no monthly limit exists."""
    months = [line["left_fen"] for line in left if len(line["period"]) == 7]
    return min(months) if months else None


def ticket_facts(served: Served, *, site: SiteFacts, dishes: str, actor: Actor) -> TicketFacts:
    """The facts of a meal ticket."""
    is_guest = served.elder_id is None
    is_paid_alone = not is_guest and all(share.payer == "own" for share in served.shares)
    return (GuestTicketFacts if is_guest else TicketFacts)(
        site_name=site.name,
        number=served.number,
        day=served.day,
        slot_name=WORDS["slot"][served.slot],
        person_name=served.person_name or WORDS["guest"].get(served.guest_kind, ""),
        set_name=served.set_name,
        dishes=tuple(dish for dish in dishes.split("、") if dish),
        way=WORDS["way"][served.way],
        price_fen=served.price_fen,
        own_fen=served.own_fen,
        shares=tuple(
            PayerShare(payer_name(share.payer), share.amount_fen, share.reason.words())
            for share in served.shares
            if share.payer != "own"
        ),
        unpaid=tuple(
            dict.fromkeys(verdict["reason"] for verdict in served.decision["verdicts"]) if is_paid_alone else ()
        ),
        left_fen=left_this_month(served.decision["left"]),
        pay_way=WORDS["pay_way"][served.pay_way],
        served_at=wall_time(served.served_at),
        staff_name=actor.name,
        outside_hours=served.outside_hours,
        second_portion=served.second_portion,
        is_guest=is_guest,
        qr=f"{site.code}-{served.number}",
    )


def void_facts(row: Any, *, site_name: str, person_name: str, reason: str, actor: Actor, now: datetime) -> VoidFacts:
    """The facts of a void ticket; ``row`` is the serving's row."""
    return VoidFacts(
        site_name=site_name,
        number=row.number,
        day=row.day,
        slot_name=WORDS["slot"][row.slot],
        person_name=person_name or WORDS["guest"].get(row.guest_kind, ""),
        set_name=row.set_name,
        own_fen=row.own_fen,
        pay_way=WORDS["pay_way"][row.pay_way],
        reason=reason,
        voided_at=wall_time(now),
        staff_name=actor.name,
    )
