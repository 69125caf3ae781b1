"""What a serving says on paper: facts for ``printing.papers.ticket`` and ``void_ticket``, never a status label or a digit of an ID number."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from canteen.base.access import Actor
from canteen.base.clock import wall_time
from canteen.base.records import as_record
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
    return as_record(
        GuestTicketFacts if is_guest else TicketFacts,
        served,
        site_name=site.name,
        slot_name=WORDS["slot"][served.slot],
        person_name=served.person_name or WORDS["guest"].get(served.guest_kind, ""),
        dishes=tuple(dish for dish in dishes.split("、") if dish),
        way=WORDS["way"][served.way],
        shares=tuple(
            PayerShare(payer_name(share.payer), share.amount_fen, share.reason.words())
            for share in served.shares
            if share.payer != "own"
        ),
        unpaid=tuple(dict.fromkeys(verdict["reason"] for verdict in served.decision.verdicts) if is_paid_alone else ()),
        left_fen=left_this_month(served.decision.left),
        left_text="",
        pay_way=WORDS["pay_way"][served.pay_way],
        served_at=wall_time(served.served_at),
        staff_name=actor.name,
        is_guest=is_guest,
        qr=f"{site.code}-{served.number}",
    )


def void_facts(row: Any, *, site_name: str, person_name: str, reason: str, actor: Actor, now: datetime) -> VoidFacts:
    """The facts of a void ticket; ``row`` is the serving's row."""
    return as_record(
        VoidFacts,
        row,
        site_name=site_name,
        slot_name=WORDS["slot"][row.slot],
        person_name=person_name or WORDS["guest"].get(row.guest_kind, ""),
        pay_way=WORDS["pay_way"][row.pay_way],
        reason=reason,
        voided_at=wall_time(now),
        staff_name=actor.name,
    )
