"""What is asked about purses: frozen records between forms and service."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnMoney:
    """Own money of an elder that changes hands at a site."""

    elder_id: int
    site_id: int
    #: Of a refund 0: all there is.
    amount_fen: int
    #: ``cash`` or ``code``
    pay_way: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TopUp(OwnMoney):
    """Own money an elder pays in."""

    #: Reference of the code payment, or a remark.
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund(OwnMoney):
    """Own money paid back to an elder or, on closing, to whoever may have it."""

    #: Who took it, and why.
    receiver: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FreezeRequest:
    """A purse that may not be spent from a day. ``scheme`` "": all that schemes gave."""

    elder_id: int
    scheme: str
    from_day: date
    to_day: date | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PurseCorrection:
    """A new line that puts a purse right. Above zero: added to the lot; below: taken from what is left."""

    elder_id: int
    scheme: str
    amount_fen: int
    #: Last day on which an addition may be spent; None: it does not expire.
    expires_on: date | None
    reason: str
    key: str
