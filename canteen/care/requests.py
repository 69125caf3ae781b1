"""What is asked about services and providers: frozen records between forms and service."""

from dataclasses import dataclass
from datetime import date

from canteen.books.once import content_of
from canteen.schemes.deciding.answer import Share


@dataclass(frozen=True, slots=True, kw_only=True)
class CareRequest:
    """One service to be recorded."""

    #: One-time key of the form; the same key is the same service.
    key: str
    site_id: int
    elder_id: int
    provider_id: int
    #: A key of ``SERVICES``.
    kind: str
    day: date
    minutes: int
    #: None: the price of the scheme.
    price_fen: int | None
    #: ``cash``, ``code``, ``monthly`` or ``purse`` (own money paid in before).
    pay_way: str
    #: ``elder``, ``relative`` or ``callback``, and who it was.
    confirmed_by: str
    confirmer: str
    worker: str = ""
    note: str = ""

    def content(self) -> str:
        """A fingerprint of everything but the key: one key stands for one content."""
        return content_of(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A service as it was written: the same for the first request and for every repeat of its key."""

    id: int
    price_fen: int
    own_fen: int
    shares: tuple[Share, ...]
    is_repeat: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CareVoid:
    """One service to be undone."""

    care_id: int
    key: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewProvider:
    """A provider to be kept."""

    area_id: int
    name: str
    kind: str
    phone: str
    licence: str
    services: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewContract:
    """A contract with a provider; both days are inside."""

    provider_id: int
    number: str
    from_day: date
    to_day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAssessment:
    """The grade of a provider for a quarter or a year."""

    provider_id: int
    period: str
    grade: str
    rectify_by: date | None
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBan:
    """A provider put out of the pool. ``until`` None: three years from the decision."""

    provider_id: int
    decided_on: date
    until: date | None
    reason: str
