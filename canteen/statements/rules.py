"""What a statement is about, and which accounts belong to it. Pure."""

from dataclasses import dataclass
from datetime import date

#: What a statement may be of.
SUBJECTS = ("site", "scheme", "source", "elder")
#: Lines on one page, and on one page that is to be printed whole.
PAGE, LONG_PAGE = 100, 1000
#: The other side of every meal and service: a statement shows who carried the price, not that it was one.
MIRRORS = ("meals", "services")
#: The longest period one statement covers.
MOST_DAYS = 366 * 3


@dataclass(frozen=True, slots=True)
class LinePlace:
    """Where a page of lines ended: the next begins after it."""

    site_id: int
    day: date
    entry_id: int
    position: int

    def text(self) -> str:
        """As an address carries it: ``3.2026-11-21.55.0``."""
        return f"{self.site_id}.{self.day.isoformat()}.{self.entry_id}.{self.position}"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementRequest:
    """One statement: of whom, over which sites, from a day to a day (both included)."""

    subject: str
    #: Sites looked at, in ascending order.
    site_ids: tuple[int, ...]
    first: date
    last: date
    scheme: str = ""
    payer: str = ""
    elder_id: int = 0
    #: Names in full, for who keeps the register; masked otherwise.
    full_names: bool = False

    @property
    def label(self) -> str:
        """What the audit trail keeps: ``elder:17``."""
        return {"elder": f"elder:{self.elder_id}", "scheme": f"scheme:{self.scheme}"}.get(self.subject, self.subject)
