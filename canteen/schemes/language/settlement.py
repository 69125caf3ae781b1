"""When a scheme's money is settled (``[settlement]``) and how it is looked after (``[[supervision]]``), as data.

The language is explained in ``docs/allowances.md``.
"""

from dataclasses import dataclass
from datetime import date

from canteen.base.months import last_day, months_on
from canteen.schemes.language.reader import Table

SETTLED = ("month", "quarter", "half_year", "year")
#: What is looked at, and in what the part is counted.
CHECKS = ("call_back", "record_books", "satisfaction", "grading", "inspection")
OF = ("people", "orders", "providers", "sites")
CHECKED = ("day", "month", "quarter", "half_year", "year")


@dataclass(frozen=True, slots=True)
class Settlement:
    """How often service is settled and money is paid."""

    #: Of ``SETTLED``; "" when the notice does not say.
    service_per: str
    money_per: str
    #: Service is settled on or before this day of the following month; None: not stated.
    by_day: int | None
    #: Paid by what was ``approved``, or by what was ``actual``ly used.
    basis: str
    #: ``last_actual``: money is paid ahead, as much as was used in the last period; ``none``.
    advance: str
    #: Who redeems: ``provider``, ``worker`` or ``site``.
    paid_to: str

    def due(self, month: date) -> date | None:
        """The last day for settling a month; not moved for holidays. Source: CG-9, AMB-24."""
        if self.by_day is None:
            return None
        following = last_day(months_on(month, 1))
        return following.replace(day=min(self.by_day, following.day))


@dataclass(frozen=True, slots=True)
class Supervision:
    """One check that somebody owes."""

    what: str
    of: str
    #: Hundredths of a percent of all there are.
    percent_bp: int
    per: str
    #: Who checks.
    by: str
    #: The result that must be reached, in hundredths of a percent; None: none.
    least_bp: int | None

    def sample(self, count: int) -> int:
        """How many of a number must be looked at: rounded up, so at least one if there are any. Source: AMB-22."""
        return -(-count * self.percent_bp // 100_00)


def read_settlement(table: Table) -> Settlement:
    """Read ``[settlement]``."""
    return Settlement(
        service_per=table.choice("service_per", SETTLED) if table.has("service_per") else "",
        money_per=table.choice("money_per", SETTLED) if table.has("money_per") else "",
        by_day=table.whole("by_day", 1, 31) if table.has("by_day") else None,
        basis=table.choice("basis", ("actual", "approved"), default="actual"),
        advance=table.choice("advance", ("none", "last_actual"), default="none"),
        paid_to=table.choice("paid_to", ("provider", "worker", "site"), default="provider"),
    )


def read_supervision(table: Table) -> Supervision:
    """Read one of ``[[supervision]]``."""
    least_bp = table.percent("least_percent") if table.has("least_percent") else None
    return Supervision(
        what=table.choice("what", CHECKS),
        of=table.choice("of", OF),
        percent_bp=table.percent("percent"),
        per=table.choice("per", CHECKED),
        by=table.text("by", default="", longest=40),
        least_bp=least_bp,
    )
