"""The papers that go with the money of a day."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from canteen.audit import trail
from canteen.audit.anchors import anchor_of
from canteen.audit.chain_key import fingerprint_in
from canteen.base.access import Actor
from canteen.base.db import settled
from canteen.closing.daybook import day_book
from canteen.places.queries import SiteFacts, site_in_reach
from canteen.printing.asking import ask_for_drawer, ask_for_paper


@settled
def print_closing(session: Session, site: SiteFacts, day: date, *, key: str, actor: Actor, now: datetime) -> int:
    """Print a day in sums (日结单) and answer the job's id; the same ``key`` is one paper.

    Raises ``NotFound`` out of reach and ``Refusal`` (``no_printer``).
    """
    site_in_reach(session, actor, site.id)
    found = day_book(session, site, day)
    ends = tuple(end for chain in (site.id, 0) if (end := anchor_of(session, chain)))
    facts = found.facts(actor=actor, now=now, anchors=ends, fingerprint=fingerprint_in(session))
    job_id = ask_for_paper(session, facts, key=f"closing:{key}", site_id=site.id, at=now)
    detail = {"day": day, "meals": found.served, "cash_fen": found.cash_fen}
    trail.record(session, actor, "print_closing", f"job:{job_id}", now, site_id=site.id, **detail)
    return job_id


@settled
def open_drawer(session: Session, site: SiteFacts, *, key: str, reason: str, actor: Actor, now: datetime) -> int:
    """Open the cash drawer without a ticket, to count or to give change; the audit trail says who and why.

    Raises ``NotFound`` out of reach and ``Refusal`` (``no_printer``, ``no_drawer``).
    """
    site_in_reach(session, actor, site.id)
    return ask_for_drawer(session, key=key, site=site, reason=reason, actor=actor, at=now)
