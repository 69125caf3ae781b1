"""What a site is due of the money of a scheme in a year, each sum with its reason. Pure; all money is in fen.

The program counts and proposes; a person assesses, accepts and decides. Source: docs/allowances.md, "SiteYear money";
JX-10, JX-11, CG-13, CG-14, AMB-10 to AMB-13.
"""

from datetime import date, timedelta
from typing import Any, NamedTuple, TypeAlias

from canteen.base.months import last_day
from canteen.schemes.deciding.who_pays import divide
from canteen.schemes.facts import MonthVolume, SiteYear
from canteen.schemes.language.amounts import WHOLE_BP, Rounding
from canteen.schemes.language.scheme import Scheme
from canteen.schemes.language.site_money import AVERAGES, VOLUMES, SiteMoney, Tier
from canteen.schemes.reasons import Reason

#: Grades that every assessment knows.
PASSED, FAILED = "passed", "failed"
#: What may be missing, in words.
_WHAT = {
    "settlement": "城镇或农村",
    "premises": "场所来源",
    "ownership": "公办或民办",
    "operating_model": "运营方式",
    "opened_on": "开业日期",
    "investment": "投入金额",
    "square_metres": "面积",
    "beds": "床位数",
    "seats": "座位数",
}


class SiteGrant(NamedTuple):
    """One sum, or why there is none."""

    code: str
    #: ``2026-11``, ``2026`` or ``once``.
    period: str
    amount_fen: int
    #: Payer and fen; together the amount.
    shares: tuple[tuple[str, int], ...]
    reason: Reason


_HALF_UP = Rounding()
#: Fen, reason code and its facts.
_Sum: TypeAlias = tuple[int, str, dict[str, Any]]


def site_grants(scheme: Scheme, site: SiteYear, year: int) -> tuple[SiteGrant, ...]:
    """Every sum of a scheme for a site in a year, in the order of the scheme; sums by the month one for each month."""
    terms = scheme.at(site.area) if site.area else scheme
    found: list[SiteGrant] = []
    for one in terms.site_money:
        months = sorted((month for month in site.months if month.month.year == year), key=lambda month: month.month)
        if one.per == "month":
            found += [_grant(one, site, f"{month.month:%Y-%m}", [month], last_day(month.month)) for month in months]
        else:
            period = "once" if one.per == "once" else str(year)
            found.append(_grant(one, site, period, months, date(year, 12, 31)))
    return tuple(found)


def pay_back(one: SiteMoney, amount_fen: int, *, paid_on: date, closed_on: date) -> int:
    """What goes back when a site closes before the years it promised are over: all, or by the months missing.

    Whole months from the payment count as kept; a part of a fen is rounded half up.
    """
    promised = one.payback_years * 12
    kept = min(_months_between(paid_on, closed_on), promised)
    if kept >= promised:
        return 0
    return amount_fen if one.payback == "all" else (amount_fen * (promised - kept) * 2 + promised) // (promised * 2)


def _grant(one: SiteMoney, site: SiteYear, period: str, months: list[MonthVolume], until: date) -> SiteGrant:
    refused = _refused(one, site, until) or _too_few_days(one, months)
    amount_fen, code, fields = refused or _reduced(one, site, _sum(one, site, months), until)
    return SiteGrant(one.code, period, amount_fen, tuple(divide(amount_fen, one.funding)), Reason(code, fields))


def _refused(one: SiteMoney, site: SiteYear, until: date) -> _Sum | None:
    """What stands against the sum whatever was counted."""
    for what, allowed in one.sites.items():
        found = getattr(site, what)
        if allowed and not found:
            return _unknown(what)
        if allowed and found not in allowed:
            return 0, "site_other", {}
    if one.places is not None and not one.places.hold(f"{site.area}/"):
        return 0, "site_other", {}
    if one.per == "once" and one.code in site.received:
        return 0, "site_received", {}
    if "serves_meals" in one.needs and not site.serves_meals:
        return 0, "site_needs_serves_meals", {}
    if "accepted" in one.needs and not site.accepted:
        return 0, "site_needs_accepted", {}
    if "in_use" in one.needs and (problem := _not_in_use(one, site, until)):
        return problem
    if "passed" in one.needs or one.grades:
        known = {PASSED, FAILED} | {grade for grade, _ in one.grades}
        if site.assessment not in known:
            return 0, "site_not_assessed", {}
        if site.assessment == FAILED:
            return 0, "site_failed", {}
    return _too_young(one, site, until)


def _not_in_use(one: SiteMoney, site: SiteYear, until: date) -> _Sum | None:
    if site.opened_on is None:
        return _unknown("opened_on")
    first = date(until.year, 1, 1) if one.per != "month" else until.replace(day=1)
    in_use = site.opened_on <= until and (site.closed_on is None or site.closed_on >= first)
    return None if in_use else (0, "site_needs_in_use", {})


def _too_young(one: SiteMoney, site: SiteYear, until: date) -> _Sum | None:
    if not one.least_months:
        return None
    if site.opened_on is None:
        return _unknown("opened_on")
    until = min(until, site.closed_on) if site.closed_on else until
    months = _months_between(site.opened_on, until)
    return (0, "site_too_young", {"least": one.least_months, "months": months}) if months < one.least_months else None


def _too_few_days(one: SiteMoney, months: list[MonthVolume]) -> _Sum | None:
    days = sum(month.service_days for month in months)
    return (
        (0, "site_few_days", {"least": one.least_service_days, "days": days}) if days < one.least_service_days else None
    )


def _sum(one: SiteMoney, site: SiteYear, months: list[MonthVolume]) -> _Sum:
    """The whole sum of the period, before grades, ceilings and parts of a year."""
    if one.basis == "fixed":
        fen = one.money.of(site.settlement) if one.money else None
        return _unknown("settlement") if fen is None else (fen, "site_fixed", {"amount_fen": fen})
    if one.basis == "meals_a_day":
        return _by_meals_a_day(one, site)
    if one.basis == "investment":
        return _by_investment(one, site)
    if one.basis == "decided":
        return _decided(one, site)
    if one.ages:
        return _by_age(one, site, months)
    if one.basis in VOLUMES:
        return _by_count(one, site, sum(getattr(month, one.basis) for month in months))
    if one.basis in AVERAGES:
        days = sum(month.service_days for month in months)
        whole = sum(getattr(month, AVERAGES[one.basis]) for month in months)
        return _by_count(one, site, whole // days if days else 0)
    return _by_count(one, site, site.size[one.size_of]) if one.size_of in site.size else _unknown(one.size_of)


def _by_meals_a_day(one: SiteMoney, site: SiteYear) -> _Sum:
    """The highest tier reached counts, alone (AMB-12). No plan, no sum."""
    needed = -(-site.planned_days * one.threshold_percent // 100)
    fields = {"planned": site.planned_days, "needed": needed, "percent": one.threshold_percent}
    for tier in reversed(one.tiers):
        days = site.days_with.get(tier.start, 0)
        if site.planned_days and days >= needed:
            fen = tier.money.of(site.settlement)
            if fen is None:
                return _unknown("settlement")
            return fen, "site_meals_a_day", fields | {"meals": tier.start, "days": days, "amount_fen": fen}
    return 0, "site_days_short", fields | {"days": site.days_with.get(one.tiers[0].start, 0) if one.tiers else 0}


def _by_investment(one: SiteMoney, site: SiteYear) -> _Sum:
    if site.investment_fen is None:
        return _unknown("investment")
    fen = _HALF_UP.share(site.investment_fen, one.percent_bp)
    return fen, "site_percent", {"base_fen": site.investment_fen, "percent_bp": one.percent_bp, "amount_fen": fen}


def _decided(one: SiteMoney, site: SiteYear) -> _Sum:
    high = one.at_most.of(site.settlement) if one.at_most else None
    low = one.lowest.of(site.settlement) if one.lowest else 0
    if high is None or low is None:
        return _unknown("settlement")
    fields: dict[str, Any] = {"low_fen": low, "high_fen": high}
    if one.code not in site.decided:
        return 0, "site_to_decide", fields
    fen, why = site.decided[one.code]
    if not low <= fen <= high:
        return 0, "site_out_of_range", fields | {"decided_fen": fen}
    return fen, "site_decided", fields | {"amount_fen": fen, "why": why}


def _by_age(one: SiteMoney, site: SiteYear, months: list[MonthVolume]) -> _Sum:
    """Each meal by the first rate whose bounds hold the diner's age; a meal of another age brings nothing."""
    fen = 0
    for month in months:
        for age, meals in (month.subsidised_ages if one.basis == "subsidised_meals" else month.ages).items():
            rate = next((rate for rate in one.ages if rate.lowest <= age <= rate.highest), None)
            if rate is not None:
                rate_fen = rate.money.of(site.settlement)
                if rate_fen is None:
                    return _unknown("settlement")
                fen += rate_fen * meals
    return fen, "site_ages", {"amount_fen": fen}


def _by_count(one: SiteMoney, site: SiteYear, count: int) -> _Sum:
    """So much for each, or by tiers: the whole count at the highest tier reached, or each step at its own rate."""
    if not count:
        return 0, "site_nothing", {}
    if one.money is not None:
        rate = one.money.of(site.settlement)
        if rate is None:
            return _unknown("settlement")
        return count * rate, "site_each", {"count": count, "rate_fen": rate, "amount_fen": count * rate}
    money = [tier.money.of(site.settlement) for tier in one.tiers]
    if any(fen is None for fen in money):
        return _unknown("settlement")
    reached = [(tier, fen or 0) for tier, fen in zip(one.tiers, money, strict=True) if tier.start <= count]
    if not reached:
        return 0, "site_below", {"count": count, "start": one.tiers[0].start if one.tiers else 0}
    if one.is_marginal:
        fen = _marginal(reached, count)
        return fen, "site_marginal", {"count": count, "amount_fen": fen}
    tier, fen = reached[-1]
    fields = {"count": count, "start": tier.start}
    if tier.is_each:
        return count * fen, "site_tier_each", fields | {"rate_fen": fen, "amount_fen": count * fen}
    return fen, "site_tier", fields | {"amount_fen": fen}


def _marginal(reached: list[tuple[Tier, int]], count: int) -> int:
    """The units of each step, from its first to the one before the next step's, at its rate."""
    starts = [max(tier.start, 1) for tier, _ in reached] + [count + 1]
    return sum((starts[number + 1] - starts[number]) * rate for number, (_, rate) in enumerate(reached))


def _reduced(one: SiteMoney, site: SiteYear, found: _Sum, until: date) -> _Sum:
    """The sum by the grade of the assessment, the months of the year, and the ceiling; the last one that cut is told."""
    fen, code, fields = found
    if not fen:
        return found
    percent_bp = dict(one.grades).get(site.assessment)
    if percent_bp is not None and percent_bp < WHOLE_BP:
        fen = _HALF_UP.share(fen, percent_bp)
        code, fields = "site_graded", {"grade": site.assessment, "percent_bp": percent_bp, "amount_fen": fen}
    months = _months_of_year(site, until.year) if one.pro_rata == "months" else 12
    if months < 12:
        whole = fen
        fen = (whole * months * 2 + 12) // 24
        code, fields = "site_months", {"whole_fen": whole, "months": months, "amount_fen": fen}
    ceiling = one.at_most.of(site.settlement) if one.at_most and one.basis != "decided" else None
    if ceiling is not None and fen > ceiling:
        fen, code, fields = ceiling, "site_at_most", {"at_most_fen": ceiling, "amount_fen": ceiling}
    return fen, code, fields


def _months_of_year(site: SiteYear, year: int) -> int:
    """Whole months of a year in which the site was open; a site whose days are unknown was open all year."""
    first = max(site.opened_on or date(year, 1, 1), date(year, 1, 1))
    last = min(site.closed_on or date(year, 12, 31), date(year, 12, 31))
    begins = first.month + (first.day > 1)
    ends = last.month - (last < last_day(last))
    return 0 if first > last else max(ends - begins + 1, 0)


def _months_between(first: date, until: date) -> int:
    """Whole months from one day to another, both included."""
    after = until + timedelta(days=1)
    return max((after.year - first.year) * 12 + after.month - first.month - (after.day < first.day), 0)


def _unknown(what: str) -> _Sum:
    return 0, "site_unknown", {"what": _WHAT[what]}
