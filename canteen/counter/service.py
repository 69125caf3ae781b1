"""What people do at the counter: serve a meal, undo one."""

from datetime import datetime

from canteen.base.access import Actor
from canteen.base.db import settle
from canteen.counter import servings, voiding
from canteen.counter.requests import Served, ServeRequest, Voided, VoidRequest


def serve_meal(request: ServeRequest, *, actor: Actor, now: datetime) -> Served:
    """Serve one meal, or several of one person: serving, frozen shares, entry, running use, ticket and audit row of each
    in one transaction.

    The same key is the same serving, however often it is sent. Raises what ``servings.record_servings`` raises.
    """
    return settle(lambda session: servings.record_servings(session, request, actor=actor, now=now))


def void_serving(request: VoidRequest, *, actor: Actor, now: datetime) -> Voided:
    """Undo one serving the same day, with a reason. Raises what ``voiding.record_void`` raises."""
    return settle(lambda session: voiding.record_void(session, request, actor=actor, now=now))
