"""Money for sites: the ``[[site_money]]`` of a scheme. Yearly, monthly and one-off sums, by what a site is and does.

Money is in fen. The language is explained in ``docs/allowances.md``; the arithmetic is in ``deciding/site_money.py``.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

from canteen.base.words import SETTLEMENTS, SLOTS
from canteen.schemes.language.amounts import WHOLE_BP
from canteen.schemes.language.conditions import OLDEST, Places, read_places
from canteen.schemes.language.funding import PUBLIC, Payers
from canteen.schemes.language.rates import BySettlement, read_by_settlement
from canteen.schemes.language.reader import Table, neutral

#: What a sum depends on. The volumes are counted; ``size`` and ``investment`` are facts of the site; in ``decided``
#: a person decides within a range, with a reason.
VOLUMES = ("person_days", "meals", "subsidised_meals", "service_days")
#: Volumes of an average service day, without fractions.
AVERAGES = {"persons_a_day": "person_days", "meals_a_service_day": "meals"}
BASES = ("fixed", "meals_a_day", *VOLUMES, *AVERAGES, "size", "investment", "decided")
PREMISES = ("new_build", "rented", "altered", "owned")
OWNERSHIPS = ("public", "private")
MODELS = ("contracted", "village_run", "mutual")
#: What may be asked of a site, and the words for it.
SITES = {"settlement": SETTLEMENTS, "premises": PREMISES, "ownership": OWNERSHIPS, "operating_model": MODELS}
SIZES = ("square_metres", "beds", "seats")
PERS = ("month", "year", "once")
#: What a grant may wait for.
NEEDS = ("serves_meals", "accepted", "in_use", "passed")
#: A period's sum when the site only ran for a part of it.
PRO_RATA = ("none", "months")
_MOST = 10**9


@dataclass(frozen=True, slots=True)
class GrantTier:
    """What a site gets a year for serving so many meals a day."""

    meals_a_day: int
    year_fen: int


@dataclass(frozen=True, slots=True)
class OperatingGrant:
    """Yearly money for a site that served its planned days. The highest tier that is reached counts, alone."""

    #: Smallest first.
    tiers: tuple[GrantTier, ...]
    #: Whole percent of the planned service days that must be reached.
    threshold_percent: int
    #: ``none``: a whole year or nothing; ``months``: by months of service. The program never prorates by itself (AMB-11).
    pro_rata: str = "none"

    def year_fen(self, meals_a_day: int) -> int:
        """What so many meals a day bring a year, instead of what fewer do (AMB-12); 0 without such a tier."""
        return next((tier.year_fen for tier in self.tiers if tier.meals_a_day == meals_a_day), 0)


@dataclass(frozen=True, slots=True)
class Tier:
    """From a number on (included): a sum, or so much for each."""

    start: int
    money: BySettlement
    is_each: bool = False


@dataclass(frozen=True, slots=True)
class AgeRate:
    """So much for each meal of a diner whose age is within bounds, both included."""

    lowest: int
    highest: int
    money: BySettlement


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteMoney:
    """One kind of money for sites."""

    #: Neutral and printable, unique in the scheme.
    code: str
    basis: str
    #: ``month``, ``year`` or ``once``.
    per: str
    #: Path in the file, for its source.
    where: str
    #: Which sites: words by ``settlement``, ``premises`` … (``SITES``); () any.
    sites: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    places: Places | None = None
    #: One of: ``money`` (the sum, or the rate of one), tiers, rates by age, percent of the investment, or a range.
    money: BySettlement | None = None
    tiers: tuple[Tier, ...] = ()
    #: Each step of a volume at its own rate, instead of the whole volume at the rate of the highest step reached.
    is_marginal: bool = False
    ages: tuple[AgeRate, ...] = ()
    percent_bp: int = 0
    lowest: BySettlement | None = None
    at_most: BySettlement | None = None
    #: Of ``SIZES``, for the basis ``size``.
    size_of: str = ""
    needs: tuple[str, ...] = ()
    #: Percent of the sum by grade of the assessment; () when it is only passed or failed.
    grades: tuple[tuple[str, int], ...] = ()
    #: Whole months the site must have run before the period (or the day of a one-off sum).
    least_months: int = 0
    #: Days with meals that the period must have.
    least_service_days: int = 0
    #: For ``meals_a_day``: whole percent of the planned service days that must be reached.
    threshold_percent: int = 0
    pro_rata: str = "none"
    #: The site promises to run so long, or pays back ``all`` or the ``months`` that are missing.
    payback_years: int = 0
    payback: str = ""
    funding: Payers = ((PUBLIC, WHOLE_BP),)


def read_site_money(top: Table) -> tuple[SiteMoney, ...]:
    """Read ``[[site_money]]``, each code once."""
    found: list[SiteMoney] = []
    for table in top.tables("site_money"):
        one = table.whole_of(_read_one)
        table.once("code", one.code, [earlier.code for earlier in found], ",每一项的代号不能相同")
        found.append(one)
    return tuple(found)


def read_operating_grant(table: Table) -> SiteMoney:
    """``[operating_grant]``, the short way to write a yearly sum by meals a day for a site that passed.

    Source: docs/allowances.md, "Money for sites"; JX-10, AMB-10 to AMB-12.
    """
    tiers = _read_meal_tiers(table, lambda tier: BySettlement({"": tier.money("yuan")}))
    if len({tier.start for tier in tiers}) < len(tiers):
        table.notes.problems.append(f"{table.path('tiers')}:同样的每天餐数写了两次")
    return SiteMoney(
        code="运营补贴",
        basis="meals_a_day",
        per="year",
        where="operating_grant",
        tiers=tiers,
        needs=("passed",),
        threshold_percent=table.whole("threshold_percent", 1, 100),
        pro_rata=table.choice("pro_rata", ("none", "months"), default="none"),
    )


def as_operating_grant(found: tuple[SiteMoney, ...]) -> OperatingGrant | None:
    """The first yearly sum by meals a day that is one for all settlements, as the page of the grants takes it."""
    for one in found:
        if one.basis == "meals_a_day" and all("" in tier.money.fen for tier in one.tiers):
            tiers = tuple(GrantTier(tier.start, tier.money.fen[""]) for tier in one.tiers)
            return OperatingGrant(tiers, one.threshold_percent, one.pro_rata)
    return None


def _read_one(table: Table) -> SiteMoney:
    basis, per = table.choice("basis", BASES), table.choice("per", PERS)
    by_tiers, by_age = table.has("tiers"), table.has("by_age")
    decided, counted = basis == "decided", basis in (*VOLUMES, *AVERAGES)
    wants_money = (counted or basis in ("fixed", "size")) and not by_tiers and not by_age
    sites = table.table("sites")
    one = SiteMoney(
        code=neutral(table, "code", longest=20),
        basis=basis,
        per=per,
        where=table.where,
        sites={fact: sites.choices(fact, words) for fact, words in SITES.items()},
        places=read_places(sites.table("area")) if sites.has("area") else None,
        money=read_by_settlement(table, "yuan") if wants_money else None,
        tiers=_read_meal_tiers(table, partial(read_by_settlement, key="yuan"))
        if basis == "meals_a_day"
        else table.parts("tiers", _read_tier),
        is_marginal=table.choice("tiers_count", ("whole", "marginal"), default="whole") == "marginal",
        ages=table.parts("by_age", _read_age),
        percent_bp=table.percent("percent") if basis == "investment" else 0,
        lowest=read_by_settlement(table, "from_yuan") if decided and table.has("from_yuan") else None,
        at_most=read_by_settlement(table, "at_most_yuan") if decided or table.has("at_most_yuan") else None,
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
    )
    sites.done()
    table.notes.problems += [f"{table.path(key) if key else table.where}:{text}" for key, text in _against(one, table)]
    return one


def _against(one: SiteMoney, table: Table) -> Iterator[tuple[str, str]]:
    """Keys that contradict each other: the key that is wrong and what about it."""
    by_tiers, by_age = table.has("tiers"), table.has("by_age")
    counted = (*VOLUMES, *AVERAGES)
    if by_tiers and by_age:
        yield "", "tiers(分档)和 by_age(按年龄)只写一个"
    if by_tiers and one.basis in ("fixed", "investment", "decided"):
        yield "tiers", f"只用于按数量计的({'、'.join(('meals_a_day', *counted, 'size'))})"
    if by_age and one.basis not in ("meals", "subsidised_meals"):
        yield "by_age", "只用于按餐数计的(meals、subsidised_meals)"
    if one.is_marginal and (not by_tiers or any(not tier.is_each for tier in one.tiers)):
        yield "tiers_count", "marginal(超额分段)只用于每档都写 each_yuan(每份)的 tiers"
    if one.basis == "meals_a_day" and one.per != "year":
        yield "per", "按每天餐数(meals_a_day)的只能写 year"
    if one.basis in counted and one.per == "once":
        yield "per", "按数量计的写 month 或 year"
    if one.pro_rata == "months" and one.per != "year":
        yield "pro_rata", 'months(按月折算)只用于每年的(per = "year")'
    starts = [tier.start for tier in one.tiers]
    if starts != sorted(set(starts)):
        yield "tiers", "from 要从小到大,每个只写一次"
    if one.lowest and one.at_most:
        low, high = one.lowest.fen, one.at_most.fen
        if any((low.get(key, low.get("")) or 0) > (high.get(key, high.get("")) or 0) for key in {*low, *high}):
            yield "from_yuan", "大于 at_most_yuan"


def _read_tier(table: Table) -> Tier:
    is_each = table.exactly_one("each_yuan", "yuan", "yuan(这一档的总额)和 each_yuan(每份)")
    start = table.whole("from", 0, _MOST)
    return Tier(start, read_by_settlement(table, "each_yuan" if is_each else "yuan"), is_each)


def _read_meal_tiers(table: Table, read_sum: Callable[[Table], BySettlement]) -> tuple[Tier, ...]:
    """The tiers of ``meals_a_day``: how many meals a day, and the sum of a year, the smallest first."""
    found = table.parts("tiers", lambda tier: Tier(tier.whole("meals_a_day", 1, len(SLOTS)), read_sum(tier)))
    if not found:
        table.notes.lacks(table.path("tiers"), "列表 [...],每项写 meals_a_day(每天几餐)和 yuan(每年金额)")
    return tuple(sorted(found, key=lambda tier: tier.start))


def _read_age(table: Table) -> AgeRate:
    lowest = table.whole("from", 0, OLDEST) if table.has("from") else 0
    highest = table.whole("to", 0, OLDEST) if table.has("to") else OLDEST
    if lowest > highest:
        table.notes.problems.append(f"{table.where}:没有人同时满足这些年龄界限")
    return AgeRate(lowest, highest, read_by_settlement(table, "each_yuan"))


def _read_grades(table: Table) -> tuple[tuple[str, int], ...]:
    """``[{ grade = "优良", percent = 100 }, …]``: the percent of the sum, in hundredths of a percent."""
    found: list[tuple[str, int]] = []
    for grade in table.tables("grades"):
        name = neutral(grade, "grade", longest=20)
        grade.once("grade", name, [earlier for earlier, _ in found], "")
        found.append((name, grade.percent("percent")))
        grade.done_with_source()
    return tuple(found)


def _read_payers(table: Table) -> Payers:
    """``funding`` of one sum: payers and percent, together 100. Without any, one payer called ``public``."""
    if not table.has("funding"):
        return ((PUBLIC, WHOLE_BP),)
    missing_before = len(table.notes.missing)
    found = table.parts("funding", lambda part: (neutral(part, "payer", longest=20), part.percent("percent")))
    if len({payer for payer, _ in found}) < len(found):
        table.notes.problems.append(f"{table.path('funding')}:同一个出资方写了两次")
    total_bp = sum(percent_bp for _, percent_bp in found)
    if found and len(table.notes.missing) == missing_before and total_bp != WHOLE_BP:
        table.notes.problems.append(f"{table.path('funding')}:各方合计 {total_bp / 100:g}%,应为 100%")
    return found


def doubts_of_site_money(one: SiteMoney) -> Iterator[str]:
    """Rates and steps that never count, or count for less than the step before."""
    reached: list[tuple[int, int]] = []
    for number, rate in enumerate(one.ages, start=1):
        if any(low <= rate.lowest and rate.highest <= high for low, high in reached):
            yield f"{one.where}.by_age[{number}]:前面的年龄段已经包括,永远用不到"
        reached.append((rate.lowest, rate.highest))
    for earlier, tier in zip(one.tiers, one.tiers[1:], strict=False):
        lower = [key for key, fen in tier.money.fen.items() if fen < earlier.money.fen.get(key, fen)]
        if lower and not (earlier.is_each or tier.is_each or one.is_marginal):
            yield f"{one.where}.tiers:从 {tier.start} 起的金额比前一档少,请核对"
    if one.grades and not any(percent_bp for _, percent_bp in one.grades):
        yield f"{one.where}.grades:各等级都是 0,永远没有金额"
