"""The terms of a purse: ``[purse]`` of a scheme and ``credit`` of a class. Money is in fen.

The language is explained in ``docs/allowances.md``.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from canteen.base.words import SERVICES, SETTLEMENTS
from canteen.schemes.language.reader import Table
from canteen.schemes.values import value

#: What no purse may buy where the notice forbids it.
WARES = {"medicine": "药品", "goods": "实物商品"}
#: In ``pays_for``: every kind of service.
EVERY_SERVICE = "services"
#: How many months one credit covers.
CREDITED = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
EXPIRES = ("month_end", "quarter_end", "half_year_end", "year_end", "never")
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

    def expires_on(self, month: date) -> date | None:
        """The last day on which a credit made in a month may be spent; None: it never expires.

        A credit for several months at once lasts as long as that for the last of them.
        """
        if self.expires == "never":
            return None
        if self.expires == "after_months":
            return last_day(months_on(month, self.expires_after_months - 1))
        month = months_on(month, CREDITED[self.credited] - 1)
        length = {"month_end": 1, "quarter_end": 3, "half_year_end": 6, "year_end": 12}[self.expires]
        return last_day(date(month.year, -(-month.month // length) * length, 1))

    def year_left(self, *, credited_fen: int, opening_fen: int, settled_fen: int) -> int | None:
        """What may still be settled this year; None: there is no limit besides the balance. JD-13, AMB-19."""
        if not self.year_limit:
            return None
        return max(credited_fen + (opening_fen if self.opening_counts else 0) - settled_fen, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthlyCredit:
    """What a class is credited for one month: money (by settlement or for all), hours at a rate, or points."""

    #: Fen by settlement; under "" when it is one for all.
    fen: Mapping[str, int]
    minutes: int | None = None
    points: int | None = None
    #: Fen for an hour or for a point.
    rate_fen: int | None = None

    def of(self, settlement: str) -> int | None:
        """Fen for this settlement; None when the settlement is unknown and matters."""
        return self.fen[""] if "" in self.fen else self.fen.get(settlement)


@value
class Draw:
    """What leaves the purse of one scheme for one meal or service."""

    scheme: str
    amount_fen: int


def read_purse(table: Table) -> PurseTerms:
    """Read ``[purse]``. Source: docs/allowances.md, "Purse"."""
    after = table.has("expires_after_months")
    if after and table.has("expires"):
        table.notes.problems.append(f"{table.where}:expires 和 expires_after_months 只写一个")
    purse = PurseTerms(
        credited=table.choice("credited", CREDITED, default="month"),
        expires="after_months" if after else table.choice("expires", EXPIRES),
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
    table.done_with_source()
    return purse


def read_credit(table: Table) -> MonthlyCredit:
    """Read the ``credit`` of a class: ``yuan``, ``hours`` with ``rate_yuan``, or ``points`` with ``point_yuan``."""
    kinds = [key for key in ("yuan", "hours", "points") if table.has(key)]
    if len(kinds) > 1:
        table.notes.problems.append(f"{table.where}:yuan(金额)、hours(小时)、points(分)只写一个")
    if "hours" in kinds:
        hours, rate_fen = table.whole("hours", 0, 744), table.money("rate_yuan")
        found = MonthlyCredit(fen={"": hours * rate_fen}, minutes=hours * 60, rate_fen=rate_fen)
    elif "points" in kinds:
        points, rate_fen = table.whole("points", 0, 100_000), table.money("point_yuan")
        found = MonthlyCredit(fen={"": points * rate_fen}, points=points, rate_fen=rate_fen)
    elif isinstance(table.take("yuan"), dict):
        by_settlement = table.table("yuan")
        found = MonthlyCredit(fen={settlement: by_settlement.money(settlement) for settlement in SETTLEMENTS})
        by_settlement.done()
    else:
        found = MonthlyCredit(fen={"": table.money("yuan")})
    table.done_with_source()
    return found


def last_day(day: date) -> date:
    """The last day of a month."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def months_on(month: date, months: int) -> date:
    """The first day of the month so many months after a month."""
    number = month.year * 12 + month.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)
