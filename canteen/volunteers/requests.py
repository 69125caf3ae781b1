"""What is asked about volunteers: frozen records between forms and services."""

from dataclasses import dataclass
from datetime import date

from canteen.volunteers.rules import check_days


@dataclass(frozen=True, slots=True, kw_only=True)
class VolunteerChange:
    """A volunteer as they shall stand in the register; ``volunteer_id`` None: a new one."""

    site_id: int
    volunteer_id: int | None
    name: str
    staff_id: int | None
    phone: str
    note: str
    weekdays: str
    slots: tuple[str, ...]
    routes: tuple[int, ...]
    joined_on: date
    left_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedWork:
    """Work somebody types for a volunteer."""

    volunteer_id: int
    key: str
    day: date
    kind: str
    minutes: int
    metres: int
    note: str


def check_change(change: VolunteerChange) -> None:
    """Raises ``BadInput`` for days that do not fit."""
    check_days(change.joined_on, change.left_on)
