"""Who is to have which set: asked of the room above that takes orders, named where the house is wired."""

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Eater:
    """One meal somebody is to have."""

    elder_id: int
    day: date
    slot: str
    #: "" where nobody has chosen: the set that fits best.
    set_name: str
    way: str
    #: A weekly habit whose order for the day is not made yet.
    is_standing: bool


class Ask(Protocol):
    """What a room answers."""

    def __call__(self, session: Session, *, site_id: int, first: date, last: date) -> list[Eater]:
        """The meals from ``first`` to ``last`` (both included) at a site, of people who are there then."""


#: Filled once by ``canteen.create_app``.
EATERS: list[Ask] = []
