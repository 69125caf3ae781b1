"""The standing of a site against the operating grant, as a programme officer could read it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from canteen.grants.rules import MonthLine, month_lines, needed, standing
from canteen.schemes.language.site_money import GrantTier, OperatingGrant

JINXI = OperatingGrant((GrantTier(1, 1_000_000), GrantTier(2, 2_000_000)), threshold_percent=90)
ONE, TWO = frozenset({"lunch"}), frozenset({"lunch", "dinner"})
YEAR_END = date(2026, 12, 31)


def days(count: int, first: date = date(2026, 1, 1)) -> list[date]:
    return [first + timedelta(days=ahead) for ahead in range(count)]


def served(one: int, two: int, first: date = date(2026, 1, 1)) -> dict[date, frozenset[str]]:
    """The first ``two`` days have two meals, the next ``one`` days one."""
    return {day: TWO if at < two else ONE for at, day in enumerate(days(one + two, first))}


@pytest.mark.parametrize(
    ("planned", "percent", "days_needed"),
    [
        pytest.param(300, 90, 270, id="nine tenths"),
        pytest.param(365, 90, 329, id="328.5 days are 329"),
        pytest.param(1, 90, 1, id="the only day"),
        pytest.param(0, 90, 0, id="no plan"),
        pytest.param(250, 100, 250, id="every day"),
        pytest.param(3, 1, 1, id="any part of a day is a day"),
    ],
)
def test_needed_rounds_up(planned, percent, days_needed):
    assert needed(planned, percent) == days_needed


@pytest.mark.parametrize(
    ("one", "two", "proposal", "fen", "short_one", "short_two"),
    [
        pytest.param(0, 90, "two_meals", 2_000_000, 0, 0, id="90 of 100 days with two meals: 20,000, not 30,000"),
        pytest.param(1, 89, "one_meal", 1_000_000, 0, 1, id="89 days with two meals: 10,000"),
        pytest.param(90, 0, "one_meal", 1_000_000, 0, 90, id="90 days with one meal"),
        pytest.param(89, 0, "out_of_reach", 0, 1, 90, id="89 days with one meal: nothing, and no fraction of it"),
        pytest.param(0, 100, "two_meals", 2_000_000, 0, 0, id="all days"),
        pytest.param(0, 0, "out_of_reach", 0, 90, 90, id="never served"),
    ],
)
def test_standing_at_the_end_of_the_year_proposes(one, two, proposal, fen, short_one, short_two):
    found = standing(days(100), served(one, two), JINXI, year=2026, today=YEAR_END)

    assert (found.proposal, found.proposed_fen) == (proposal, fen)
    assert (found.short_one, found.short_two) == (short_one, short_two)
    assert found.days_with_one == one + two
    assert found.needed_days == 90


@pytest.mark.parametrize(
    ("one", "two", "today", "proposal", "left_one", "left_two"),
    [
        pytest.param(0, 9, date(2026, 1, 10), "none_yet", 91, 91, id="early: everything is still open"),
        pytest.param(0, 10, date(2026, 1, 10), "none_yet", 90, 90, id="today already has two meals"),
        pytest.param(1, 9, date(2026, 1, 10), "none_yet", 90, 91, id="today has lunch, dinner may follow"),
        pytest.param(0, 0, date(2026, 1, 11), "none_yet", 90, 90, id="ten days missed: just reachable"),
        pytest.param(0, 0, date(2026, 1, 12), "out_of_reach", 89, 89, id="eleven days missed: out of reach"),
    ],
)
def test_standing_within_the_year_says_what_is_still_possible(one, two, today, proposal, left_one, left_two):
    found = standing(days(100), served(one, two), JINXI, year=2026, today=today)

    assert (found.proposal, found.days_left_one, found.days_left_two) == (proposal, left_one, left_two)


def test_one_meal_reached_says_whether_two_meals_can_still_be():
    reachable = standing(days(100), served(12, 80), JINXI, year=2026, today=days(100)[90])
    missed = standing(days(100), served(80, 12), JINXI, year=2026, today=days(100)[95])

    assert reachable.proposal == missed.proposal == "one_meal"
    assert "尚有" in reachable.reason.text
    assert "达不到" in missed.reason.text


def test_a_day_that_was_not_planned_is_noted_and_does_not_count():
    planned = [day for day in days(100) if day.weekday() < 5]
    saturdays = {day: TWO for day in days(100) if day.weekday() == 5}

    found = standing(planned, saturdays, JINXI, year=2026, today=YEAR_END)

    assert found.days_with_one == found.days_with_two == 0
    assert found.unplanned_days == len(saturdays)
    assert [note.fields["count"] for note in found.notes] == [len(saturdays)]


def test_days_of_another_year_and_days_to_come_do_not_count():
    other_year = {date(2025, 12, 31): TWO, date(2027, 1, 1): TWO, date(2026, 1, 2): TWO}

    found = standing(days(3, date(2025, 12, 31)), other_year, JINXI, year=2026, today=date(2026, 1, 1))

    assert (found.planned_days, found.planned_so_far, found.days_with_two) == (2, 1, 0)


def test_a_year_without_planned_days_proposes_nothing():
    found = standing([], {date(2026, 5, 1): TWO}, JINXI, year=2026, today=YEAR_END)

    assert (found.proposal, found.proposed_fen, found.needed_days) == ("no_plan", 0, 0)


def test_opening_in_the_middle_of_the_year_is_not_prorated_but_noted():
    first = date(2026, 10, 1)

    found = standing(days(92, first), served(0, 92, first), JINXI, year=2026, today=YEAR_END)

    assert (found.proposal, found.proposed_fen) == ("two_meals", 2_000_000)
    assert [note.fields.get("day") for note in found.notes] == ["2026-10-01"]


def test_a_scheme_that_prorates_leaves_the_sum_to_the_assessor():
    terms = OperatingGrant((GrantTier(1, 1), GrantTier(2, 2)), threshold_percent=90, pro_rata="months")

    found = standing(days(10), served(0, 10), terms, year=2026, today=YEAR_END)

    assert [note.text for note in found.notes] == ["方案写明按服务月数折算;这里列的是全年金额,折算由考核人填写"]


def test_every_reason_can_be_filled_with_its_facts():
    for one in range(0, 11):
        for two in range(0, 11 - one):
            for today in (date(2026, 1, 1), date(2026, 1, 6), YEAR_END):
                found = standing(days(10), served(one, two), JINXI, year=2026, today=today)

                assert "%" not in (found.reason.text % found.reason.fields).replace("90%", "")
                assert found.short_two >= found.short_one >= 0
                assert found.days_with_one >= found.days_with_two


REASONS = {
    "two meals": (*(0, 90, YEAR_END), "计划供餐 100 天,需 90 天(90%);每天两餐的有 90 天,已达到"),
    "one meal, two within reach": (
        *(12, 80, days(100)[90]),
        "计划供餐 100 天,需 90 天(90%);供过一餐的有 91 天,已达到一餐标准;两餐还差 10 天,尚有 10 天",
    ),
    "one meal, two out of reach": (
        *(80, 12, days(100)[95]),
        "计划供餐 100 天,需 90 天(90%);供过一餐的有 92 天,已达到一餐标准;两餐还差 78 天,只剩 5 天,今年达不到",
    ),
    "not yet": (*(1, 9, date(2026, 1, 10)), "计划供餐 100 天,需 90 天(90%);供过一餐的有 10 天,还差 80 天,尚有 90 天"),
    "out of reach": (
        *(0, 5, date(2026, 1, 20)),
        "计划供餐 100 天,需 90 天(90%);供过一餐的有 5 天,还差 85 天,只剩 81 天,今年达不到",
    ),
}


@pytest.mark.parametrize(("one", "two", "today", "sentence"), REASONS.values(), ids=REASONS)
def test_a_proposal_says_its_arithmetic(one, two, today, sentence):
    found = standing(days(100), served(one, two), JINXI, year=2026, today=today)

    assert found.reason.text % found.reason.fields == sentence
    assert (found.one_meal_fen, found.two_meals_fen, found.year) == (1_000_000, 2_000_000, 2026)


def test_a_year_without_a_plan_says_so():
    found = standing([], {date(2026, 5, 1): TWO}, JINXI, year=2026, today=YEAR_END)

    assert found.reason.text == "这一年没有计划供餐日,无从计算"
    assert [note.text % note.fields for note in found.notes] == ["有 1 天不在计划内也供了餐,只作记录,不计入"]


def test_a_late_beginning_is_noted_in_words():
    late = standing(days(31, date(2026, 2, 1)), {}, JINXI, year=2026, today=YEAR_END)
    early = standing(days(31, date(2026, 1, 31)), {}, JINXI, year=2026, today=YEAR_END)

    assert [note.text % note.fields for note in late.notes] == [
        "2026 年从 2026-02-01 起才有计划供餐日;是否按全年计,由考核人决定"
    ]
    assert early.notes == ()


def test_months_count_their_planned_days_alone():
    plan = [*days(2, date(2026, 1, 30)), date(2026, 2, 1), date(2026, 12, 31), date(2025, 3, 1)]
    meals = {date(2026, 1, 30): ONE, date(2026, 1, 31): TWO, date(2026, 2, 2): TWO, date(2026, 12, 31): TWO}

    assert month_lines(plan, meals, year=2026) == (MonthLine(1, 2, 2, 1), MonthLine(2, 1, 0, 0), MonthLine(12, 1, 1, 1))
