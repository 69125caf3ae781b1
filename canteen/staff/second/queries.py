"""What the pages of the second step show."""

from dataclasses import dataclass
from datetime import datetime

from canteen.base.access import Actor
from canteen.base.db import reading
from canteen.staff.second import factors
from canteen.staff.second.rules import Factors


@dataclass(frozen=True, slots=True)
class WaitingStep:
    """A right password that waits in this browser, and whose it is."""

    id: str
    aim: str
    is_proven: bool
    staff_id: int
    username: str
    name: str
    factors: Factors


def waiting_step(step_id: str, *, now: datetime) -> WaitingStep:
    """What waits under this id. Raises ``Refusal`` ``step_gone``."""
    with reading() as session:
        row = factors.step_of(session, step_id, at=now)
        mine = factors.factors_of(session, row.staff_id)
    return WaitingStep(row.id, row.aim, row.is_proven, row.staff_id, row.username, row.name, mine)


def own_factors(actor: Actor) -> Factors:
    """What one's own account proves the second step with."""
    return factors_for(actor.id)


def factors_for(staff_id: int) -> Factors:
    """The same for an account whose page is shown."""
    with reading() as session:
        return factors.factors_of(session, staff_id)
