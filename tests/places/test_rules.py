"""Slots by the hour, planned days, and the levels of areas."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from canteen.base.errors import BadInput, Refusal
from canteen.places.rules import (
    LEVEL_NAMES,
    DayException,
    ServicePlan,
    SlotHours,
    check_hours,
    check_weekdays,
    county_of,
    current_slot,
    day_state,
    is_planned_day,
    levels_of,
    month_weeks,
    parse_area_path,
    plain_name,
    slot_at,
)
from tests.told import told_where

BREAKFAST = SlotHours("breakfast", "06:30", "08:30", "06:00")
LUNCH = SlotHours("lunch", "11:00", "12:30", "09:30")
DINNER = SlotHours("dinner", "17:00", "18:30", "15:00")
THREE = (BREAKFAST, LUNCH, DINNER)


@pytest.mark.parametrize(
    ("slots", "at", "expected"),
    [
        pytest.param(THREE, "11:00", ("lunch", False), id="the opening minute is inside"),
        pytest.param(THREE, "12:30", ("lunch", False), id="the closing minute is inside"),
        pytest.param(THREE, "12:31", ("lunch", True), id="a minute late is lunch, outside"),
        pytest.param(THREE, "10:59", ("lunch", True), id="a minute early is lunch, outside"),
        pytest.param(THREE, "08:31", ("breakfast", True), id="just after breakfast"),
        pytest.param(THREE, "09:45", ("breakfast", True), id="equally near: the earlier"),
        pytest.param(THREE, "09:46", ("lunch", True), id="nearer to lunch"),
        pytest.param(THREE, "14:46", ("dinner", True), id="nearer to dinner"),
        pytest.param(THREE, "17:42", ("dinner", False), id="dinner"),
        pytest.param(THREE, "23:59", ("dinner", True), id="late at night"),
        pytest.param(THREE, "00:00", ("breakfast", True), id="just after midnight"),
        pytest.param((DINNER, LUNCH), "11:42", ("lunch", False), id="the order given does not matter"),
        pytest.param((LUNCH,), "18:00", ("lunch", True), id="the only slot always gets it"),
    ],
)
def test_the_hour_chooses_the_slot(slots: tuple[SlotHours, ...], at: str, expected: tuple[str, bool]) -> None:
    assert current_slot(slots, at) == expected


def test_a_site_without_slots_says_what_to_do() -> None:
    with pytest.raises(Refusal) as refusal:
        current_slot((), "11:42")

    assert refusal.value.code == "no_slots"


@pytest.mark.parametrize(("at", "expected"), [("10:59", None), ("11:00", "lunch"), ("12:30", "lunch"), ("12:31", None)])
def test_serving_now_is_only_inside_the_hours(at: str, expected: str | None) -> None:
    assert slot_at((LUNCH, DINNER), at) == expected


@pytest.mark.parametrize(
    ("slots", "field"),
    [
        pytest.param((), "slots", id="no slot at all"),
        pytest.param((SlotHours("lunch", "11:00", "25:00"),), "lunch_closes", id="no such hour"),
        pytest.param((SlotHours("lunch", "", "12:30"),), "lunch_opens", id="no opening"),
        pytest.param((SlotHours("lunch", "11:00", "12:30", "930"),), "lunch_cutoff", id="cut-off is no time"),
        pytest.param((SlotHours("lunch", "12:30", "11:00"),), "lunch_closes", id="closes before it opens"),
        pytest.param((SlotHours("lunch", "11:00", "11:00"),), "lunch_closes", id="no time at all"),
        pytest.param((LUNCH, SlotHours("dinner", "12:00", "18:30")), "dinner_opens", id="overlapping"),
        pytest.param((SlotHours("dinner", "09:00", "10:00"), LUNCH), "dinner_opens", id="dinner before lunch"),
        pytest.param((SlotHours("lunch", "11:00", "12:30", "12:31"),), "lunch_cutoff", id="orders after the end"),
    ],
)
def test_hours_nobody_could_keep_are_refused(slots: tuple[SlotHours, ...], field: str) -> None:
    with pytest.raises(BadInput) as error:
        check_hours(slots)

    assert error.value.field == field


def test_usual_hours_are_accepted_in_any_order() -> None:
    assert check_hours((DINNER, BREAKFAST, LUNCH)) is None


PLAN = ServicePlan(
    weekdays="12345",
    opened_on=date(2026, 11, 9),
    closed_on=date(2026, 12, 1),
    exceptions={
        date(2026, 11, 18): DayException(is_open=False, reason="停电"),
        date(2026, 11, 22): DayException(is_open=True, reason="敬老日"),
        date(2026, 11, 19): DayException(is_open=True, reason="多余"),
        date(2026, 11, 29): DayException(is_open=False, reason="多余"),
        date(2026, 11, 8): DayException(is_open=True, reason="开业前"),
        date(2026, 12, 2): DayException(is_open=True, reason="停业后"),
    },
)


@pytest.mark.parametrize(
    ("day", "state"),
    [
        pytest.param(date(2026, 11, 20), "planned", id="a Friday"),
        pytest.param(date(2026, 11, 21), "off", id="a Saturday"),
        pytest.param(date(2026, 11, 18), "closed", id="closed on a weekday"),
        pytest.param(date(2026, 11, 22), "extra", id="open on a Sunday after all"),
        pytest.param(date(2026, 11, 19), "planned", id="opening an open day changes nothing"),
        pytest.param(date(2026, 11, 29), "off", id="closing a day off changes nothing"),
        pytest.param(date(2026, 11, 9), "planned", id="the first day"),
        pytest.param(date(2026, 11, 8), "outside", id="before the first day, whatever the exception"),
        pytest.param(date(2026, 11, 30), "planned", id="the last day"),
        pytest.param(date(2026, 12, 1), "outside", id="the day of closing"),
        pytest.param(date(2026, 12, 2), "outside", id="after closing, whatever the exception"),
    ],
)
def test_a_day_has_one_state_in_the_plan(day: date, state: str) -> None:
    assert day_state(PLAN, day) == state
    assert is_planned_day(PLAN, day) == (state in ("planned", "extra"))


def test_a_month_is_whole_weeks_from_monday() -> None:
    weeks = month_weeks(PLAN, date(2026, 11, 1))

    assert [len(week) for week in weeks] == [7] * 6
    assert (weeks[0][0].day, weeks[0][0].is_other_month) == (date(2026, 10, 26), True)
    assert (weeks[0][6].day, weeks[0][6].is_other_month) == (date(2026, 11, 1), False)
    wednesday = weeks[3][2]
    assert (wednesday.day, wednesday.state, wednesday.reason) == (date(2026, 11, 18), "closed", "停电")


@pytest.mark.parametrize(
    ("path", "levels"),
    [
        pytest.param("金溪县/云溪镇/枫林村", "county township village", id="county, town, village"),
        pytest.param("江西省/抚州市/金溪县/云溪镇/枫林村", "province city county township village", id="all five"),
        pytest.param("深圳市/宝安区/松岗街道/东方社区", "city county township village", id="city districts"),
        pytest.param("绥芬河市/阜宁镇/建东村", "county township village", id="county-level city above a town"),
        pytest.param("黑龙江省/牡丹江市/绥芬河市", "province city county", id="county-level city below a city"),
        pytest.param("内蒙古自治区/锡林郭勒盟/太仆寺旗/宝昌镇", "province city county township", id="banner"),
        pytest.param("安庆市/天后宫社区", "city village", id="levels may be left out"),
        pytest.param(" 金溪县 / 云溪镇 ", "county township", id="spaces and full-width slashes"),
        pytest.param("金溪县/云溪镇/枫林村村委会", "county township village", id="a villagers' committee"),
        pytest.param("金溪县", "county", id="one level"),
    ],
)
def test_the_ending_of_a_name_says_its_level(path: str, levels: str) -> None:
    assert [area.level for area in parse_area_path(path)] == levels.split()


def test_paths_grow_from_the_top() -> None:
    areas = parse_area_path("金溪县/云溪镇/枫林村")

    assert [area.path for area in areas] == ["金溪县", "金溪县/云溪镇", "金溪县/云溪镇/枫林村"]
    assert [area.name for area in areas] == ["金溪县", "云溪镇", "枫林村"]


@pytest.mark.parametrize(
    ("name", "settlement"),
    [("枫林村", "rural"), ("枫林村委会", "rural"), ("天后宫社区", "urban"), ("城北居委会", "urban"), ("云溪镇", "")],
)
def test_a_residents_committee_is_urban_and_a_village_rural(name: str, settlement: str) -> None:
    assert parse_area_path(f"金溪县/{name}")[-1].settlement == settlement


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("", id="nothing"),
        pytest.param("金溪县//枫林村", id="a gap"),
        pytest.param("枫林村/云溪镇", id="upside down"),
        pytest.param("金溪县/永新县", id="two of one level"),
        pytest.param("金溪县/枫林", id="no ending"),
        pytest.param("村", id="an ending alone"),
        pytest.param("甲省/乙市/丙县/丁镇/戊村/己村", id="too deep"),
        pytest.param("金溪县/" + "长" * 40 + "村", id="too long"),
    ],
)
def test_a_path_that_cannot_be_read_is_refused(path: str) -> None:
    with pytest.raises(BadInput):
        parse_area_path(path)


@pytest.mark.parametrize(
    ("path", "county"),
    [
        ("金溪县/云溪镇/枫林村", "金溪县"),
        ("江西省/抚州市/金溪县/云溪镇", "江西省/抚州市/金溪县"),
        ("安庆市/天后宫社区", "安庆市"),
    ],
)
def test_the_county_of_a_path(path: str, county: str) -> None:
    assert county_of(parse_area_path(path)).path == county


@pytest.mark.parametrize(("text", "weekdays"), [("7531", "1357"), ("1112", "12"), ("123x", "123")])
def test_weekdays_are_kept_in_order(text: str, weekdays: str) -> None:
    assert check_weekdays(text) == weekdays


def test_a_week_needs_a_day() -> None:
    with pytest.raises(BadInput):
        check_weekdays("089")


@pytest.mark.parametrize(
    ("text", "name"), [(" 枫林村  助餐点 ", "枫林村 助餐点"), ("\uff21\uff22\uff23食堂", "ABC食堂")]
)
def test_a_name_has_one_form(text: str, name: str) -> None:
    assert plain_name(text) == name


@pytest.mark.parametrize("text", ["", "  ", "长" * 31, "a\x00b"])
def test_a_name_that_cannot_be_kept_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        plain_name(text)


def test_only_slashes_at_the_ends_of_a_path_are_passed_over():
    assert [area.name for area in parse_area_path("/金溪县/云溪镇/")] == ["金溪县", "云溪镇"]
    with pytest.raises(BadInput):
        parse_area_path("金溪县/云溪镇?")


LUNCH_LATE = SlotHours("lunch", "11:00", "12:30", "12:30")
HOURS = {
    "nothing": ((), ("至少要供应一个餐次", "请勾选早餐、午餐或晚餐", "slots")),
    "no time": ((SlotHours("lunch", "11", "12:30"),), ("「11」不是时间,请写成 11:00", "", "lunch_opens")),
    "no end": ((SlotHours("lunch", "11:00", "24:00"),), ("「24:00」不是时间,请写成 11:00", "", "lunch_closes")),
    "no cut-off": (
        (SlotHours("lunch", "11:00", "12:30", "9:30"),),
        ("「9:30」不是时间,请写成 11:00", "", "lunch_cutoff"),
    ),
    "backwards": ((SlotHours("lunch", "12:30", "12:30"),), ("结束时间要晚于开始时间", "", "lunch_closes")),
    "one over the other": (
        (LUNCH, SlotHours("dinner", "12:29", "18:30")),
        ("这一餐与上一餐的时间重叠", "", "dinner_opens"),
    ),
    "orders after the end": (
        (SlotHours("lunch", "11:00", "12:30", "12:31"),),
        ("订餐截止不能晚于供餐结束", "", "lunch_cutoff"),
    ),
    "one after the other, orders to the end": ((LUNCH_LATE, SlotHours("dinner", "12:30", "18:30", "12:00")), None),
}


@pytest.mark.parametrize(("slots", "said"), HOURS.values(), ids=HOURS)
def test_what_is_wrong_with_hours_is_said(slots: tuple[SlotHours, ...], said: tuple[str, str, str] | None) -> None:
    if said is None:
        check_hours(slots)
    else:
        assert told_where(lambda: check_hours(slots)) == said


PLACES = {
    "no slot": (
        lambda: current_slot((), "11:42"),
        ("这个助餐点还没有设置餐次", "请站点负责人在「助餐点」页填写供餐时间", "no_slots"),
    ),
    "a gap": (
        lambda: parse_area_path("金溪县//枫林村"),
        ("「金溪县//枫林村」不是地区,请写成 金溪县/云溪镇/枫林村", "", "area"),
    ),
    "upside down": (
        lambda: parse_area_path("枫林村/云溪镇"),
        ("「枫林村/云溪镇」的上下级不对,请从大到小写:金溪县/云溪镇/枫林村", "", "area"),
    ),
    "no level": (
        lambda: parse_area_path("金溪县/枫林"),
        ("「枫林」看不出是哪一级", "请写全称,例如 金溪县、云溪镇、枫林村、天后宫社区", "area"),
    ),
    "no name": (lambda: plain_name(" "), ("助餐点名称要有 1 到 30 个字", "", "name")),
    "no day": (lambda: check_weekdays("089"), ("一周至少要有一天供餐", "请勾选供餐的星期", "weekdays")),
}


@pytest.mark.parametrize(("work", "said"), PLACES.values(), ids=PLACES)
def test_what_is_wrong_with_a_place_is_said(work: Callable[[], object], said: tuple[str, str, str]) -> None:
    assert told_where(work) == said


def test_an_area_and_all_above_it_by_their_levels() -> None:
    found = levels_of("金溪县/云溪镇")

    assert list(found) == list(LEVEL_NAMES) and len(found) == 5
    assert list(found.values()) == ["金溪县", "金溪县/云溪镇", "", "", ""]


def test_names_as_long_as_they_may_be() -> None:
    assert plain_name("长" * 30) == "长" * 30
    assert parse_area_path("长" * 39 + "村")[0].level == "village"
    assert [area.level for area in parse_area_path("甲省/乙市/丙县/丁镇/戊村")] == [
        "province",
        "city",
        "county",
        "township",
        "village",
    ]
