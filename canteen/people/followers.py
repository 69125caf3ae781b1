"""Who follows when the facts of an elder change: rooms above this one, named where the house is wired.

Every function works in the transaction that changes the facts: the change and what it brings are written together or
not at all.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from sqlalchemy.orm import Session

from canteen.base.access import Actor


@dataclass(frozen=True, slots=True)
class BackDated:
    """A status that was recorded (``added``) or ended (``ended``) with effect from a day."""

    elder_id: int
    status_id: int
    kind: str
    from_day: date


class Follower(Protocol):
    """What a room does when facts change."""

    def follow_many(self, session: Session, elder_ids: Iterable[int], *, day: date, actor: Actor, at: datetime) -> int:
        """Bring the room up to the facts of these elders as they are from ``day`` on; doing it twice changes nothing."""

    def note_back_dating(self, session: Session, change: BackDated, *, actor: Actor, at: datetime) -> int:
        """Remember that a status counts from a day that is past."""

    def meals_to_look_at(self, session: Session, elder_id: int, *, actor: Actor) -> int:
        """How many meals of the elder somebody should look at again."""


#: Filled once by ``canteen.create_app``.
FOLLOWERS: list[Follower] = []


def follow(session: Session, elder_ids: Iterable[int], *, day: date, actor: Actor, at: datetime) -> None:
    """Facts of elders changed with effect from ``day``."""
    ids = list(elder_ids)
    for follower in FOLLOWERS:
        follower.follow_many(session, ids, day=day, actor=actor, at=at)


def note_back_dating(session: Session, change: BackDated, *, actor: Actor, at: datetime) -> None:
    """A status was recorded or ended with effect from a day."""
    for follower in FOLLOWERS:
        follower.note_back_dating(session, change, actor=actor, at=at)


def meals_to_look_at(session: Session, elder_id: int, *, actor: Actor) -> int:
    """How many meals of an elder there are to look at again."""
    return sum(follower.meals_to_look_at(session, elder_id, actor=actor) for follower in FOLLOWERS)
