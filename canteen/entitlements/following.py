"""How rights follow the register of people: a ``people.followers.Follower``."""

from __future__ import annotations

from sqlalchemy.orm import Session

from canteen.base.access import Actor
from canteen.entitlements import lookback
from canteen.entitlements.events import follow_many, note_back_dating

__all__ = ["follow_many", "meals_to_look_at", "note_back_dating"]


def meals_to_look_at(session: Session, elder_id: int, *, actor: Actor) -> int:
    """How many meals of an elder there are to look back at."""
    return len(lookback.lines(session, actor=actor, elder_id=elder_id))
