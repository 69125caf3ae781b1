"""Where a site stands against its yearly operating grant. Pure: dates and numbers in, a proposal with its reason out.

The program counts and proposes; an assessor decides (JX-10, AMB-10). Money is in fen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from canteen.schemes.language.site_money import OperatingGrant

#: What may be proposed. ``out_of_reach``: not even the one-meal grant can be reached any more.
PROPOSALS = ("two_meals", "one_meal", "none_yet", "out_of_reach", "no_plan")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A Chinese template with its facts, so that another language can order them."""

    text: str
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantStanding:
    """Planned days, days with meals, what is missing, and what the program proposes."""

    year: int
    planned_days: int
    #: Planned days up to and including today.
    planned_so_far: int
    #: Planned days up to today with at least one, and with at least two slots served.
    days_with_one: int
    days_with_two: int
    #: Days that must have the meals: the threshold of all planned days of the year, rounded up.
    needed_days: int
    #: Days still missing for each grant; 0 when reached.
    short_one: int
    short_two: int
    #: Planned days on which a one-meal (two-meal) day can still be added, today included while it is not yet one.
    days_left_one: int
    days_left_two: int
    #: Days with meals that were not planned: noted, not counted.
    unplanned_days: int
    #: One of ``PROPOSALS``.
    proposal: str
    #: What the proposal would bring a year.
    proposed_fen: int
    one_meal_fen: int
    two_meals_fen: int
    reason: Sentence
    notes: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class MonthLine:
    """Planned days of one month, and how many of them had at least one and at least two meals."""

    month: int
    planned: int
    with_one: int
    with_two: int


def needed(planned_days: int, threshold_percent: int) -> int:
    """The days that must have meals: a share of the planned days, rounded up to a whole day."""
    return -(-planned_days * threshold_percent // 100)


def standing(
    planned: Sequence[date], served: Mapping[date, frozenset[str]], grant: OperatingGrant, *, year: int, today: date
) -> GrantStanding:
    """Count a site's year and propose a grant.

    ``planned`` are the service days the site planned (closed days are not among them), ``served`` the slots of each
    day with at least one meal that was not voided. Days outside the year are ignored; days after today never count
    as served. A day with two slots counts for both grants. No pro rata (AMB-11), no fractions (JX-10).

    Source: schemes.md JX-10, AMB-10, AMB-11, AMB-12.
    """
    plan = sorted({day for day in planned if day.year == year})
    meals = {day: len(slots) for day, slots in served.items() if day.year == year and day <= today and slots}
    in_plan = set(plan)
    counts = [meals.get(day, 0) for day in plan]
    open_days = [meals.get(day, 0) for day in plan if day >= today]
    days_needed = needed(len(plan), grant.threshold_percent)
    with_one, with_two = sum(count >= 1 for count in counts), sum(count >= 2 for count in counts)
    left_one, left_two = sum(count < 1 for count in open_days), sum(count < 2 for count in open_days)
    short_one, short_two = max(0, days_needed - with_one), max(0, days_needed - with_two)
    proposal = _proposal(len(plan), short_one, short_two, left_one)
    facts = {
        "planned": len(plan),
        "needed": days_needed,
        "percent": grant.threshold_percent,
        "one": with_one,
        "two": with_two,
        "short_one": short_one,
        "short_two": short_two,
        "left_one": left_one,
        "left_two": left_two,
    }
    return GrantStanding(
        year=year,
        planned_days=len(plan),
        planned_so_far=sum(day <= today for day in plan),
        days_with_one=with_one,
        days_with_two=with_two,
        needed_days=days_needed,
        short_one=short_one,
        short_two=short_two,
        days_left_one=left_one,
        days_left_two=left_two,
        unplanned_days=sum(day not in in_plan for day in meals),
        proposal=proposal,
        proposed_fen={"two_meals": grant.year_fen(2), "one_meal": grant.year_fen(1)}.get(proposal, 0),
        one_meal_fen=grant.year_fen(1),
        two_meals_fen=grant.year_fen(2),
        reason=Sentence(_reason(proposal, short_two, left_two), facts),
        notes=_notes(plan, meals, grant, year),
    )


def _proposal(planned_days: int, short_one: int, short_two: int, left_one: int) -> str:
    if not planned_days:
        return "no_plan"
    if not short_two:
        return "two_meals"
    if not short_one:
        return "one_meal"
    return "none_yet" if short_one <= left_one else "out_of_reach"


def _reason(proposal: str, short_two: int, left_two: int) -> str:
    if proposal == "no_plan":
        return "这一年没有计划供餐日,无从计算"
    if proposal == "two_meals":
        return "计划供餐 %(planned)s 天,需 %(needed)s 天(%(percent)s%%);每天两餐的有 %(two)s 天,已达到"
    if proposal == "one_meal" and short_two <= left_two:
        return (
            "计划供餐 %(planned)s 天,需 %(needed)s 天(%(percent)s%%);供过一餐的有 %(one)s 天,已达到一餐标准;"
            "两餐还差 %(short_two)s 天,尚有 %(left_two)s 天"
        )
    if proposal == "one_meal":
        return (
            "计划供餐 %(planned)s 天,需 %(needed)s 天(%(percent)s%%);供过一餐的有 %(one)s 天,已达到一餐标准;"
            "两餐还差 %(short_two)s 天,只剩 %(left_two)s 天,今年达不到"
        )
    if proposal == "none_yet":
        return (
            "计划供餐 %(planned)s 天,需 %(needed)s 天(%(percent)s%%);供过一餐的有 %(one)s 天,"
            "还差 %(short_one)s 天,尚有 %(left_one)s 天"
        )
    return (
        "计划供餐 %(planned)s 天,需 %(needed)s 天(%(percent)s%%);供过一餐的有 %(one)s 天,"
        "还差 %(short_one)s 天,只剩 %(left_one)s 天,今年达不到"
    )


def _notes(plan: Sequence[date], meals: Mapping[date, int], grant: OperatingGrant, year: int) -> tuple[Sentence, ...]:
    notes: list[Sentence] = []
    extra = sorted(set(meals) - set(plan))
    if extra:
        notes.append(Sentence("有 %(count)s 天不在计划内也供了餐,只作记录,不计入", {"count": len(extra)}))
    if plan and plan[0].month > 1:
        notes.append(
            Sentence(
                "%(year)s 年从 %(day)s 起才有计划供餐日;是否按全年计,由考核人决定",
                {"year": year, "day": plan[0].isoformat()},
            )
        )
    if grant.pro_rata == "months":
        notes.append(Sentence("方案写明按服务月数折算;这里列的是全年金额,折算由考核人填写", {}))
    return tuple(notes)


def month_lines(planned: Sequence[date], served: Mapping[date, frozenset[str]], *, year: int) -> tuple[MonthLine, ...]:
    """The year by month: only planned days count, as in ``standing``. Months without a planned day are left out."""
    lines = []
    for month in range(1, 13):
        counts = [len(served.get(day, ())) for day in planned if (day.year, day.month) == (year, month)]
        if counts:
            with_one, with_two = sum(count >= 1 for count in counts), sum(count >= 2 for count in counts)
            lines.append(MonthLine(month, len(counts), with_one, with_two))
    return tuple(lines)
