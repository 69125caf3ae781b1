"""What people ask of the books."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCorrection:
    """A correction as somebody proposes it: ``from_account`` gets less, ``to_account`` more."""

    key: str
    site_id: int
    day: date
    from_account: str
    to_account: str
    amount_fen: int
    #: Number (``1121-017``) and day of the serving it is about; "" and None when about none.
    number: str
    serving_day: date | None
    reason: str
