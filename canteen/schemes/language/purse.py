"""The terms of a purse: ``[purse]`` of a scheme and ``credit`` of a class. Money is in fen.

The language is explained in ``docs/allowances.md``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from canteen.base.words import WORDS
from canteen.schemes.language.rates import BySettlement, read_by_settlement
from canteen.schemes.language.reader import Table

#: Kinds of service besides meals, with the names of the notices (schemes.md §8).
SERVICES = {kind: name for kind, name in WORDS["service"].items() if kind != "meal"}
#: What no purse may buy where the notice forbids it.
WARES = {"medicine": "药品", "goods": "实物商品"}
#: In ``pays_for``: every kind of service.
EVERY_SERVICE = "services"
#: How many months one credit covers.
CREDITED = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
#: How many months the periods have at whose end a credit is gone.
EXPIRES_AFTER = {"month_end": 1, "quarter_end": 3, "half_year_end": 6, "year_end": 12}
#: What stops the purse from the day it happens.
EVENTS = ("died", "moved", "hospital", "institution", "status_ended")


@dataclass(frozen=True, slots=True, kw_only=True)
class PurseTerms:
    """The ``[purse]`` of a scheme."""

    #: ``month``, or how many months are credited at once (January, and every so many months).
    credited: str
    #: When a credit that was not spent is gone; ``after_months`` with ``expires_after_months``.
    expires: str
    expires_after_months: int
    #: May the credit of a month that was missed be made up in the month that follows it?
    make_up_next_month: bool
    #: Events (``EVENTS``) that freeze the purse from their day.
    freeze_on: tuple[str, ...]
    #: Own money that was paid in goes back when the purse is closed.
    refund_own: bool
    #: What is settled in a year may not be above what was credited in it (and brought into it).
    year_limit: bool
    opening_counts: bool
    #: ``meal``, service kinds; ``services`` stands for every kind.
    pays_for: tuple[str, ...]
    #: Of ``WARES``: what it may not buy.
    not_for: tuple[str, ...]
    #: ``own`` pays what the purse cannot, or the service is refused (``refuse``).
    when_short: str
    #: On which day of the month age is looked at: ``first`` or ``last``.
    age_on: str
    #: Id of the scheme whose credit this one raises to its own standard; "" for none.
    above: str

    def buys(self, kind: str) -> bool:
        """May it be spent on ``meal`` or this kind of service?"""
        return kind in self.pays_for or (EVERY_SERVICE in self.pays_for and kind in SERVICES)


@dataclass(frozen=True, slots=True)
class MonthlyCredit:
    """What a class is credited for one month: money (by settlement or for all), hours at a rate, or points."""

    money: BySettlement
    minutes: int | None = None
    points: int | None = None
    #: Fen for an hour or for a point.
    rate_fen: int | None = None


def read_purse(table: Table) -> PurseTerms:
    """Read ``[purse]``. Source: docs/allowances.md, "Purse"."""
    after = table.has("expires_after_months")
    if after and table.has("expires"):
        table.notes.problems.append(f"{table.where}:expires 和 expires_after_months 只写一个")
    purse = PurseTerms(
        credited=table.choice("credited", CREDITED, default="month"),
        expires="after_months" if after else table.choice("expires", (*EXPIRES_AFTER, "never")),
        expires_after_months=table.whole("expires_after_months", 1, 120) if after else 0,
        make_up_next_month=table.choice("missed_month", ("lost", "next_month"), default="lost") == "next_month",
        freeze_on=table.choices("freeze_on", EVENTS) if table.has("freeze_on") else ("died", "moved"),
        refund_own=table.flag("refund_own", default=True),
        year_limit=table.flag("year_limit"),
        opening_counts=table.flag("opening_counts"),
        pays_for=table.choices("pays_for", ("meal", EVERY_SERVICE, *SERVICES)),
        not_for=table.choices("not_for", WARES, least=0),
        when_short=table.choice("when_short", ("own", "refuse"), default="own"),
        age_on=table.choice("age_on", ("first", "last"), default="first"),
        above=table.match("above", r"[a-z][a-z0-9_-]{0,39}", "另一个方案的 id") if table.has("above") else "",
    )
    if not table.has("pays_for"):
        table.notes.lacks(table.path("pays_for"), "列表 [...]:meal、services 或服务种类")
    if purse.opening_counts and not purse.year_limit:
        table.notes.problems.append(f"{table.path('opening_counts')}:只在 year_limit = true 时有意义")
    return purse


def read_credit(table: Table) -> MonthlyCredit:
    """Read the ``credit`` of a class: ``yuan``, ``hours`` with ``rate_yuan``, or ``points`` with ``point_yuan``."""
    kinds = table.only_one("yuan", "hours", "points", told="yuan(金额)、hours(小时)、points(分)")
    if "hours" in kinds:
        hours, rate_fen = table.whole("hours", 0, 744), table.money("rate_yuan")
        return MonthlyCredit(BySettlement({"": hours * rate_fen}), minutes=hours * 60, rate_fen=rate_fen)
    if "points" in kinds:
        points, rate_fen = table.whole("points", 0, 100_000), table.money("point_yuan")
        return MonthlyCredit(BySettlement({"": points * rate_fen}), points=points, rate_fen=rate_fen)
    return MonthlyCredit(read_by_settlement(table, "yuan"))


def doubts_of_purse(purse: PurseTerms, scheme: str, credits: Mapping[str, MonthlyCredit | None]) -> Iterator[str]:
    """A purse above itself; credits of nothing. ``credits`` are those of the classes, by their place."""
    if purse.above == scheme:
        yield "purse.above:写的是方案自己,永远没有差额"
    for place, credit in credits.items():
        if credit is not None and not any(credit.money.fen.values()):
            yield f"{place}:额度是 0,什么也不计"
