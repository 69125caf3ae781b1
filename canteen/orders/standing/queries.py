"""Standing orders to read."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from canteen.base.db import with_reading
from canteen.base.db.rows import lasts
from canteen.base.records import as_record
from canteen.orders.models import StandingOrder
from canteen.people.models import Elder
from canteen.people.queries import states_of


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingLine:
    """One standing order as its list shows it."""

    id: int
    elder_id: int
    name: str
    village_group: str
    slot: str
    weekdays: str
    #: "": the set that fits the diet.
    set_name: str
    way: str
    from_day: date
    to_day: date | None
    #: ``active``, ``paused``, ``moved`` or ``died`` today.
    state: str


@with_reading
def standing_of(session: Session, *, site_id: int, today: date) -> list[StandingLine]:
    """The standing orders of a site that are not over, by group and name."""
    rows = session.execute(
        select(StandingOrder.__table__, Elder.name, Elder.village_group)
        .join(Elder, Elder.id == StandingOrder.elder_id)
        .where(
            StandingOrder.site_id == site_id,
            lasts(StandingOrder.to_day, today),
            lasts(StandingOrder.to_day, StandingOrder.from_day),
        )
        .order_by(Elder.village_group, Elder.name, StandingOrder.slot.desc(), StandingOrder.id)
    ).all()
    states = states_of(session, {row.elder_id for row in rows}, day=today)
    return [as_record(StandingLine, row, state=states[row.elder_id].kind) for row in rows]
