"""What is asked of a door: frozen records between forms and services."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class PhoneTime:
    """The phone's own clock, which may be wrong: when the button was pressed, and when the mark was sent."""

    pressed: datetime
    sent: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkRequest:
    """One tap at a door."""

    outcome: str
    #: One-time key of the page or the phone.
    key: str
    note: str = ""
    #: Which neighbour took it.
    who: str = ""
    #: None: a plain form.
    phone: PhoneTime | None = None
    #: Whether somebody at the site must read it when it is refused; not where the site itself keys it in.
    is_kept: bool = True
