"""What was said of doors. Session-first reads; each runs a fixed number of statements."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from canteen.base.clock import day_of
from canteen.base.db import with_reading
from canteen.base.errors import CanteenError
from canteen.base.records import as_record
from canteen.base.vault import Vault
from canteen.base.words import DELIVERED
from canteen.books.models.servings import Serving
from canteen.deliveries.marking.rules import CLOCK_DOUBT, is_clock_wrong
from canteen.deliveries.marking.told import told_of
from canteen.deliveries.models import Drop, DropMark, DropServing, Route, Run
from canteen.people.models import Elder
from canteen.staff.models import Staff


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkLine:
    """One mark as it is shown."""

    key: str
    outcome: str
    #: When the server was told, and when it was pressed.
    at: datetime
    pressed_at: datetime
    phone_at: datetime | None
    #: Which neighbour took it.
    who: str
    note: str
    #: The elder's part of its boxes that still count, in fen.
    own_fen: int
    #: It made meals, and all of them were voided since.
    is_voided: bool

    @property
    def has_waited(self) -> bool:
        """Whether it came so much later that people should read both times."""
        return self.at - self.pressed_at > CLOCK_DOUBT

    @property
    def is_clock_wrong(self) -> bool:
        """Whether the phone's clock said something else than the server's."""
        return is_clock_wrong(self.pressed_at, self.phone_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedMark:
    """A mark a rule refused and nobody at the site has read."""

    id: int
    name: str
    village_group: str
    route_name: str
    day: date
    slot: str
    volunteer: str
    outcome: str
    pressed_at: datetime
    at: datetime
    note: str
    who: str
    #: Why, as a sentence with its facts.
    why: CanteenError

    @property
    def is_late(self) -> bool:
        """Whether it came after its day."""
        return day_of(self.at) > self.day


def last_marks(session: Session, drops: Collection[int], *, vault: Vault) -> dict[int, MarkLine]:
    """The last mark that counts of each door."""
    live = case((Serving.voided_at.is_(None), Serving.own_fen), else_=0)
    voided = func.count(Serving.id) == func.count(Serving.voided_at)
    rows = session.execute(
        select(DropMark.__table__, func.coalesce(func.sum(live), 0).label("own_fen"), voided.label("is_voided"))
        .outerjoin(DropServing, DropServing.mark_id == DropMark.id)
        .outerjoin(Serving, Serving.id == DropServing.serving_id)
        .where(DropMark.drop_id.in_(drops), DropMark.undone_at.is_(None), DropMark.refusal == "")
        .group_by(DropMark.id)
        .order_by(DropMark.id)
    )
    return {row.drop_id: _line(row, vault) for row in rows}


def _line(row: Any, vault: Vault) -> MarkLine:
    told = told_of(row, vault)
    is_voided = row.outcome in DELIVERED and bool(row.is_voided)
    return as_record(MarkLine, row, who=told.who, note=told.note, own_fen=int(row.own_fen), is_voided=is_voided)


@with_reading
def refused_marks(session: Session, *, site_id: int, vault: Vault) -> list[RefusedMark]:
    """Marks of a site that were refused and that nobody has read, whatever their day."""
    rows = session.execute(
        select(
            DropMark.__table__,
            Elder.name,
            Elder.village_group,
            Route.name.label("route_name"),
            Run.day,
            Run.slot,
            func.coalesce(Staff.name, "").label("volunteer"),
        )
        .join(Drop, Drop.id == DropMark.drop_id)
        .join(Run, Run.id == Drop.run_id)
        .join(Route, Route.id == Run.route_id)
        .join(Elder, Elder.id == Drop.elder_id)
        .outerjoin(Staff, Staff.id == DropMark.staff_id)
        .where(
            Run.site_id == site_id, DropMark.refusal != "", DropMark.looked_at.is_(None), DropMark.undone_at.is_(None)
        )
        .order_by(DropMark.id)
    )
    return [_refused(row, vault) for row in rows]


def _refused(row: Any, vault: Vault) -> RefusedMark:
    told = told_of(row, vault)
    why = CanteenError(told.why, **dict(told.facts))
    return as_record(RefusedMark, row, note=told.note, who=told.who, why=why)
