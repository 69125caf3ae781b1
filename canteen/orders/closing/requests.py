"""What is asked of a day that shall be closed."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseDay:
    """A day without service."""

    site_id: int
    day: date
    #: Shown to the public.
    reason: str
    #: Orders on the page that was confirmed.
    seen: int
    #: Day to which the orders are moved; None: they are cancelled.
    move_to: date | None = None
