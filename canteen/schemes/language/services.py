"""Services other than meals: the ``[[services]]`` of a scheme, and how often they are owed (``[[frequency]]``).

Money is in fen. The language is explained in ``docs/allowances.md``.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from canteen.base.words import SERVICES
from canteen.schemes.language.purse import PurseTerms
from canteen.schemes.language.rates import BySettlement, read_by_settlement
from canteen.schemes.language.reader import Table

PERIODS = ("week", "month", "quarter", "year")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceTerms:
    """One kind of service under one scheme."""

    kind: str
    #: What a price is for: one ``time``, or an ``hour``.
    unit: str
    #: For one unit; None: the price is the provider's.
    price: BySettlement | None
    #: Begun blocks of so many minutes are counted whole (only by the hour).
    block_minutes: int
    #: A shorter visit is not paid for.
    least_minutes: int
    #: The part the elder always pays, in hundredths of a percent, or a fixed sum each time.
    own_bp: int
    own_fen: int | None
    #: The scheme pays at most so much of one service; None: no limit of its own.
    at_most_fen: int | None
    #: At most so many paid times in each period; None: no limit.
    times: int | None
    per: str

    def price_of(self, settlement: str, minutes: int) -> int | None:
        """Fen of one service; None when the scheme states no price (or the settlement it depends on is unknown)."""
        if self.price is None:
            return None
        unit_fen = self.price.of(settlement)
        if unit_fen is None or self.unit == "time":
            return unit_fen
        counted = -(-minutes // self.block_minutes) * self.block_minutes
        return (unit_fen * counted * 2 + 60) // 120  # Half a fen counts as one.


@dataclass(frozen=True, slots=True, kw_only=True)
class FrequencyRule:
    """How often somebody is owed a service."""

    #: Class codes it holds for; () every class.
    classes: tuple[str, ...]
    #: ``week``, ``month``, ``quarter`` or ``year``.
    per: str
    #: At least so many visits, or so many different kinds (one of the two is set).
    visits: int | None
    kinds: int | None
    #: A shorter visit does not count.
    least_minutes: int
    #: Of these kinds only; () of any.
    of: tuple[str, ...]
    #: May a visit that was missed be made up in the period that follows?
    make_up: bool

    def holds_for(self, class_code: str) -> bool:
        """Is it owed to somebody who is paid in this class?"""
        return not self.classes or class_code in self.classes


def read_services(top: Table) -> tuple[ServiceTerms, ...]:
    """Read ``[[services]]``, each kind once."""
    found: list[ServiceTerms] = []
    for table in top.tables("services"):
        terms = table.whole_of(_read_service)
        table.once("kind", terms.kind, [earlier.kind for earlier in found], ",每种服务只写一次")
        found.append(terms)
    return tuple(found)


def _read_service(table: Table) -> ServiceTerms:
    keys = table.only_one("yuan", "hour_yuan", told="yuan(每次)和 hour_yuan(每小时)")
    own_fixed, limited = table.has("own_yuan"), table.has("times")
    if own_fixed and table.has("own_percent"):
        table.notes.problems.append(f"{table.where}:own_yuan 和 own_percent 只写一个")
    by_hour = keys == ["hour_yuan"]
    if table.has("block_minutes") and not by_hour:
        table.notes.problems.append(f"{table.path('block_minutes')}:只用于按小时计价(hour_yuan)")
    terms = ServiceTerms(
        kind=table.choice("kind", SERVICES),
        unit="hour" if by_hour else "time",
        price=read_by_settlement(table, keys[0]) if keys else None,
        block_minutes=table.whole("block_minutes", 1, 480) if table.has("block_minutes") else 1,
        least_minutes=table.whole("least_minutes", 0, 1440) if table.has("least_minutes") else 0,
        own_bp=table.percent("own_percent") if table.has("own_percent") and not own_fixed else 0,
        own_fen=table.money("own_yuan") if own_fixed else None,
        at_most_fen=table.money("at_most_yuan") if table.has("at_most_yuan") else None,
        times=table.whole("times", 0, 1000) if limited else None,
        per=table.choice("per", PERIODS, default="month"),
    )
    if table.has("per") and not limited:
        table.notes.problems.append(f"{table.path('per')}:只和 times(次数)一起写")
    return terms


def read_frequency(top: Table) -> tuple[FrequencyRule, ...]:
    """Read ``[[frequency]]``."""
    return top.parts("frequency", _read_frequency)


def _read_frequency(table: Table) -> FrequencyRule:
    by_visits = table.exactly_one("visits", "kinds", "visits(次数)和 kinds(种类数)")
    return FrequencyRule(
        classes=table.choices("classes", table.notes.codes),
        per=table.choice("per", PERIODS),
        visits=table.whole("visits", 1, 1000) if by_visits else None,
        kinds=None if by_visits else table.whole("kinds", 1, len(SERVICES) + 1),
        least_minutes=table.whole("least_minutes", 0, 1440) if table.has("least_minutes") else 0,
        of=table.choices("of", ("meal", *SERVICES)),
        make_up=table.choice("missed", ("lost", "next_period"), default="lost") == "next_period",
    )


def doubts_of_services(services: tuple[ServiceTerms, ...], purse: PurseTerms | None) -> Iterator[str]:
    """Services nobody pays."""
    for number, terms in enumerate(services, start=1):
        if purse is not None and not purse.buys(terms.kind):
            yield f"services[{number}]:「{SERVICES.get(terms.kind, terms.kind)}」不在 purse.pays_for 里,永远用不到"
        if terms.own_bp == 100_00 or terms.at_most_fen == 0 or terms.times == 0:
            yield f"services[{number}]:全部由本人自付,方案什么也不付"


def doubts_of_frequency(frequency: tuple[FrequencyRule, ...]) -> Iterator[str]:
    """More kinds owed than there are to choose from."""
    for number, rule in enumerate(frequency, start=1):
        if rule.kinds and rule.of and rule.kinds > len(rule.of):
            yield f"frequency[{number}].kinds:要 {rule.kinds} 种,of 里只有 {len(rule.of)} 种,永远达不到"
