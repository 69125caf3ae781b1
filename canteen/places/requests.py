"""What is asked of a site: frozen records between forms and services."""

from dataclasses import dataclass
from datetime import date

from canteen.places.rules import SlotHours


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteChange:
    """The settings of a site as they shall be."""

    site_id: int
    name: str
    phone: str
    operating_model: str
    weekdays: str
    slots: tuple[SlotHours, ...]
    opened_on: date
    #: First day without service; None while it serves.
    closed_on: date | None
    #: After so many days of service without a meal somebody asks after a regular; 0: nobody.
    absent_days: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionChange:
    """One day on which a site's plan shall differ from its weekdays."""

    site_id: int
    day: date
    is_open: bool
    #: Shown to the public.
    reason: str
