"""Money for sites: the ``[[site_money]]`` of a scheme. Yearly, monthly and one-off sums, by what a site is and does.

Money is in fen. The language is explained in ``docs/allowances.md``; the arithmetic is in ``site_grants.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from canteen.base.words import SETTLEMENTS
from canteen.schemes.language.amounts import WHOLE_BP
from canteen.schemes.language.areas import Places, read_places
from canteen.schemes.language.caps import GrantTier, OperatingGrant, neutral
from canteen.schemes.language.conditions import OLDEST
from canteen.schemes.language.reader import Table

#: What a sum depends on. The volumes are counted; ``size`` and ``investment`` are facts of the site; in ``decided``
#: a person decides within a range, with a reason.
VOLUMES = ("person_days", "meals", "subsidised_meals", "service_days")
#: Volumes of an average service day, without fractions.
AVERAGES = {"persons_a_day": "person_days", "meals_a_service_day": "meals"}
BASES = ("fixed", "meals_a_day", *VOLUMES, *AVERAGES, "size", "investment", "decided")
PREMISES = ("new_build", "rented", "altered", "owned")
OWNERSHIPS = ("public", "private")
MODELS = ("contracted", "village_run", "mutual")
SIZES = ("square_metres", "beds", "seats")
PERS = ("month", "year", "once")
#: What a grant may wait for.
NEEDS = ("serves_meals", "accepted", "in_use", "passed")
#: A period's sum when the site only ran for a part of it.
PRO_RATA = ("none", "months")
_MOST = 10**9


@dataclass(frozen=True, slots=True)
class Money:
    """Fen by settlement of the site; under "" when it is one for all."""

    fen: Mapping[str, int]

    def of(self, settlement: str) -> int | None:
        """Fen; None when the settlement matters and is unknown."""
        return self.fen[""] if "" in self.fen else self.fen.get(settlement)


@dataclass(frozen=True, slots=True)
class Tier:
    """From a number on (included): a sum, or so much for each."""

    start: int
    money: Money
    is_each: bool


@dataclass(frozen=True, slots=True)
class AgeRate:
    """So much for each meal of a diner whose age is within bounds, both included."""

    lowest: int
    highest: int
    money: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteMoney:
    """One kind of money for sites."""

    #: Neutral and printable, unique in the scheme.
    code: str
    basis: str
    #: ``month``, ``year`` or ``once``.
    per: str
    #: Which sites.
    settlements: tuple[str, ...]
    premises: tuple[str, ...]
    ownerships: tuple[str, ...]
    models: tuple[str, ...]
    places: Places | None
    #: One of: ``money`` (the sum, or the rate of one), tiers, rates by age, percent of the investment, or a range.
    money: Money | None
    tiers: tuple[Tier, ...]
    #: Each step of a volume at its own rate, instead of the whole volume at the rate of the highest step reached.
    is_marginal: bool
    ages: tuple[AgeRate, ...]
    percent_bp: int | None
    lowest: Money | None
    at_most: Money | None
    #: Of ``SIZES``, for the basis ``size``.
    size_of: str
    needs: tuple[str, ...]
    #: Percent of the sum by grade of the assessment; () when it is only passed or failed.
    grades: tuple[tuple[str, int], ...]
    #: Whole months the site must have run before the period (or the day of a one-off sum).
    least_months: int
    #: Days with meals that the period must have.
    least_service_days: int
    #: For ``meals_a_day``: whole percent of the planned service days that must be reached.
    threshold_percent: int
    pro_rata: str
    #: The site promises to run so long, or pays back ``all`` or the ``months`` that are missing.
    payback_years: int
    payback: str
    funding: tuple[tuple[str, int], ...]
    #: Path in the file, for its source.
    where: str


def read_site_money(top: Table) -> tuple[SiteMoney, ...]:
    """Read ``[[site_money]]``, each code once."""
    found: list[SiteMoney] = []
    for table in top.tables("site_money"):
        one = _read_one(table)
        if one.code and one.code in [earlier.code for earlier in found]:
            table.notes.problems.append(f"{table.path('code')}:「{one.code}」写了两次,每一项的代号不能相同")
        found.append(one)
    return tuple(found)


def of_operating_grant(grant: OperatingGrant) -> SiteMoney:
    """The same terms as one of ``[[site_money]]``."""
    return SiteMoney(
        code="运营补贴",
        basis="meals_a_day",
        per="year",
        settlements=(),
        premises=(),
        ownerships=(),
        models=(),
        places=None,
        money=None,
        tiers=tuple(Tier(tier.meals_a_day, Money({"": tier.year_fen}), False) for tier in grant.tiers),
        is_marginal=False,
        ages=(),
        percent_bp=None,
        lowest=None,
        at_most=None,
        size_of="",
        needs=("passed",),
        grades=(),
        least_months=0,
        least_service_days=0,
        threshold_percent=grant.threshold_percent,
        pro_rata=grant.pro_rata,
        payback_years=0,
        payback="",
        funding=(("public", WHOLE_BP),),
        where="operating_grant",
    )


def as_operating_grant(found: tuple[SiteMoney, ...]) -> OperatingGrant | None:
    """The first yearly sum by meals a day that is one for all settlements, as the page of the grants takes it."""
    for one in found:
        if one.basis == "meals_a_day" and all("" in tier.money.fen for tier in one.tiers):
            tiers = tuple(GrantTier(tier.start, tier.money.fen[""]) for tier in one.tiers)
            return OperatingGrant(tiers, one.threshold_percent, one.pro_rata)
    return None


def _read_one(table: Table) -> SiteMoney:
    basis = table.choice("basis", BASES)
    per = table.choice("per", PERS)
    by_tiers, by_age = table.has("tiers"), table.has("by_age")
    decided = basis == "decided"
    sites = table.table("sites")
    one = SiteMoney(
        code=neutral(table, "code", longest=20),
        basis=basis,
        per=per,
        settlements=sites.choices("settlement", SETTLEMENTS),
        premises=sites.choices("premises", PREMISES),
        ownerships=sites.choices("ownership", OWNERSHIPS),
        models=sites.choices("operating_model", MODELS),
        places=read_places(sites.table("area")) if sites.has("area") else None,
        money=_money(table, "yuan") if _wants_money(basis, by_tiers=by_tiers, by_age=by_age) else None,
        tiers=_read_tiers(table) if by_tiers and basis != "meals_a_day" else _read_meal_tiers(table, basis),
        is_marginal=table.choice("tiers_count", ("whole", "marginal"), default="whole") == "marginal",
        ages=tuple(_read_age(rate) for rate in table.tables("by_age")),
        percent_bp=table.percent("percent") if basis == "investment" else None,
        lowest=_money(table, "from_yuan") if decided and table.has("from_yuan") else None,
        at_most=_money(table, "at_most_yuan") if decided or table.has("at_most_yuan") else None,
        size_of=table.choice("size_of", SIZES) if basis == "size" else "",
        needs=table.choices("needs", NEEDS, least=0),
        grades=_read_grades(table),
        least_months=table.whole("least_months", 0, 1200) if table.has("least_months") else 0,
        least_service_days=table.whole("least_service_days", 0, 366) if table.has("least_service_days") else 0,
        threshold_percent=table.whole("threshold_percent", 1, 100) if basis == "meals_a_day" else 0,
        pro_rata=table.choice("pro_rata", PRO_RATA, default="none"),
        payback_years=table.whole("payback_years", 1, 100) if table.has("payback_years") else 0,
        payback=table.choice("payback", ("all", "months"), default="all") if table.has("payback_years") else "",
        funding=_read_payers(table),
        where=table.where,
    )
    sites.done()
    _check(table, one, by_tiers=by_tiers, by_age=by_age)
    table.done_with_source()
    return one


def _wants_money(basis: str, *, by_tiers: bool, by_age: bool) -> bool:
    return basis in ("fixed", "size", *VOLUMES, *AVERAGES) and not by_tiers and not by_age


def _check(table: Table, one: SiteMoney, *, by_tiers: bool, by_age: bool) -> None:
    """Keys that contradict each other."""
    problems = table.notes.problems
    if by_tiers and by_age:
        problems.append(f"{table.where}:tiers(分档)和 by_age(按年龄)只写一个")
    if by_tiers and one.basis in ("fixed", "investment", "decided"):
        problems.append(
            f"{table.path('tiers')}:只用于按数量计的({'、'.join(('meals_a_day', *VOLUMES, *AVERAGES, 'size'))})"
        )
    if by_age and one.basis not in ("meals", "subsidised_meals"):
        problems.append(f"{table.path('by_age')}:只用于按餐数计的(meals、subsidised_meals)")
    if one.is_marginal and (not by_tiers or any(not tier.is_each for tier in one.tiers)):
        problems.append(f"{table.path('tiers_count')}:marginal(超额分段)只用于每档都写 each_yuan(每份)的 tiers")
    if one.basis == "meals_a_day" and one.per != "year":
        problems.append(f"{table.path('per')}:按每天餐数(meals_a_day)的只能写 year")
    if one.basis in (*VOLUMES, *AVERAGES) and one.per == "once":
        problems.append(f"{table.path('per')}:按数量计的写 month 或 year")
    if one.pro_rata == "months" and one.per != "year":
        problems.append(f'{table.path("pro_rata")}:months(按月折算)只用于每年的(per = "year")')
    starts = [tier.start for tier in one.tiers]
    if starts != sorted(set(starts)):
        problems.append(f"{table.path('tiers')}:from 要从小到大,每个只写一次")
    if one.lowest and one.at_most:
        low, high = one.lowest.fen, one.at_most.fen
        if any((low.get(key, low.get("")) or 0) > (high.get(key, high.get("")) or 0) for key in {*low, *high}):
            problems.append(f"{table.path('from_yuan')}:大于 at_most_yuan")


def _money(table: Table, key: str) -> Money:
    """Yuan: one number, or a table by settlement of the site."""
    if not isinstance(table.take(key), dict):
        return Money({"": table.money(key)})
    rates = table.table(key)
    found = Money({settlement: rates.money(settlement) for settlement in SETTLEMENTS})
    rates.done()
    return found


def _read_tiers(table: Table) -> tuple[Tier, ...]:
    found: list[Tier] = []
    for tier in table.tables("tiers"):
        is_each = tier.has("each_yuan")
        if is_each == tier.has("yuan"):
            tier.notes.problems.append(f"{tier.where}:yuan(这一档的总额)和 each_yuan(每份)要写一个,只写一个")
        start = tier.whole("from", 0, _MOST)
        found.append(Tier(start, _money(tier, "each_yuan" if is_each else "yuan"), is_each))
        tier.done_with_source()
    return tuple(found)


def _read_meal_tiers(table: Table, basis: str) -> tuple[Tier, ...]:
    """The tiers of ``meals_a_day``: how many meals a day, and the sum of a year."""
    if basis != "meals_a_day":
        return ()
    found: list[Tier] = []
    for tier in table.tables("tiers"):
        found.append(Tier(tier.whole("meals_a_day", 1, 3), _money(tier, "yuan"), False))
        tier.done_with_source()
    if not found:
        table.notes.lacks(table.path("tiers"), "列表 [...],每项写 meals_a_day(每天几餐)和 yuan(每年金额)")
    return tuple(sorted(found, key=lambda tier: tier.start))


def _read_age(table: Table) -> AgeRate:
    lowest = table.whole("from", 0, OLDEST) if table.has("from") else 0
    highest = table.whole("to", 0, OLDEST) if table.has("to") else OLDEST
    if lowest > highest:
        table.notes.problems.append(f"{table.where}:没有人同时满足这些年龄界限")
    found = AgeRate(lowest, highest, _money(table, "each_yuan"))
    table.done_with_source()
    return found


def _read_grades(table: Table) -> tuple[tuple[str, int], ...]:
    """``[{ grade = "优良", percent = 100 }, …]``: the percent of the sum, in hundredths of a percent."""
    found: list[tuple[str, int]] = []
    for grade in table.tables("grades"):
        name = neutral(grade, "grade", longest=20)
        if name in [earlier for earlier, _ in found if earlier]:
            grade.notes.problems.append(f"{grade.path('grade')}:「{name}」写了两次")
        found.append((name, grade.percent("percent")))
        grade.done_with_source()
    return tuple(found)


def _read_payers(table: Table) -> tuple[tuple[str, int], ...]:
    """``funding`` of one sum: payers and percent, together 100. Without any, one payer called ``public``."""
    if not table.has("funding"):
        return (("public", WHOLE_BP),)
    missing_before = len(table.notes.missing)
    found: list[tuple[str, int]] = []
    for part in table.tables("funding"):
        found.append((neutral(part, "payer", longest=20), part.percent("percent")))
        part.done_with_source()
    if len({payer for payer, _ in found}) < len(found):
        table.notes.problems.append(f"{table.path('funding')}:同一个出资方写了两次")
    total_bp = sum(percent_bp for _, percent_bp in found)
    if found and len(table.notes.missing) == missing_before and total_bp != WHOLE_BP:
        table.notes.problems.append(f"{table.path('funding')}:各方合计 {total_bp / 100:g}%,应为 100%")
    return tuple(found)
