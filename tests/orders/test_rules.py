"""Who may order until when, and what the kitchen counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from canteen.base.errors import BadInput, Refusal
from canteen.orders.rules import (
    DAYS_AHEAD,
    KitchenCount,
    Moment,
    OrderLine,
    OrderRequest,
    already_ordered,
    already_served,
    check_request,
    is_late,
    kitchen_count,
    refuse_full,
    refuse_sitting,
    refuse_state,
)
from canteen.people.rules import LifeState
from canteen.places.rules import SlotHours
from tests.factories import NOW
from tests.told import told_where

TODAY = date(2026, 11, 21)
LAST = TODAY + timedelta(days=DAYS_AHEAD)
LUNCH = SlotHours("lunch", "11:00", "12:30", "09:30")
#: Orders end the day before at 15:00.
EVE = SlotHours("lunch", "11:00", "12:30", "15:00", cutoff_days=1)


@pytest.mark.parametrize(
    ("at", "day", "role", "is_planned", "hours", "code"),
    [
        pytest.param("08:00", TODAY, "clerk", True, LUNCH, None, id="in time"),
        pytest.param("09:30", TODAY, "clerk", True, LUNCH, None, id="the minute of the cut-off"),
        pytest.param("09:31", TODAY, "clerk", True, LUNCH, "after_cutoff", id="a minute late"),
        pytest.param("09:31", TODAY, "manager", True, LUNCH, None, id="a manager may be late"),
        pytest.param("09:31", TODAY, "administrator", True, LUNCH, None, id="an administrator too"),
        pytest.param("12:30", TODAY, "manager", True, LUNCH, None, id="until the end"),
        pytest.param("12:31", TODAY, "manager", True, LUNCH, "sitting_over", id="nobody after the end"),
        pytest.param("23:00", TODAY + timedelta(days=1), "clerk", True, LUNCH, None, id="tomorrow has no cut-off"),
        pytest.param(
            "15:00", TODAY + timedelta(days=1), "clerk", True, EVE, None, id="the minute of the eve's cut-off"
        ),
        pytest.param("15:01", TODAY + timedelta(days=1), "clerk", True, EVE, "after_cutoff", id="after the eve's"),
        pytest.param("08:00", TODAY, "clerk", True, EVE, "after_cutoff", id="the day itself is after the eve"),
        pytest.param("08:00", TODAY, "manager", True, EVE, None, id="a manager may be late, too"),
        pytest.param("23:00", TODAY + timedelta(days=2), "clerk", True, EVE, None, id="the day after tomorrow"),
        pytest.param("08:00", TODAY - timedelta(days=1), "manager", True, LUNCH, "day_past", id="yesterday"),
        pytest.param("08:00", LAST, "clerk", True, LUNCH, None, id="the last day ahead"),
        pytest.param("08:00", LAST + timedelta(days=1), "clerk", True, LUNCH, "day_too_far", id="too far"),
        pytest.param("08:00", TODAY, "clerk", False, LUNCH, "closed_day", id="a closed day"),
        pytest.param("08:00", TODAY, "clerk", True, None, "slot_not_served", id="a slot the site does not serve"),
    ],
)
def test_a_sitting_takes_orders_until_its_cut_off(
    at: str, day: date, role: str, is_planned: bool, hours: SlotHours | None, code: str | None
) -> None:
    refusal = refuse_sitting(Moment(TODAY, at), day=day, hours=hours, is_planned=is_planned, role=role)

    assert (refusal and refusal.code) == code
    assert refusal is None or refusal.next_step


@pytest.mark.parametrize(
    ("ordered", "more", "capacity", "left"),
    [
        (0, 1, None, None),
        (9, 1, 10, None),
        (10, 1, 10, 0),
        (8, 3, 10, 2),
        (8, 2, 10, None),
        (12, 1, 10, 0),
        (12, 0, 10, None),
    ],
)
def test_a_sitting_has_room_for_the_last_meal_and_none_more(
    ordered: int, more: int, capacity: int | None, left: int | None
) -> None:
    refusal = refuse_full(ordered=ordered, more=more, capacity=capacity)

    assert (refusal and refusal.fields["left"]) == left
    assert refusal is None or refusal.code == "sitting_full"


def test_being_late_is_only_of_today() -> None:
    assert is_late(Moment(TODAY, "09:31"), day=TODAY, hours=LUNCH)
    assert not is_late(Moment(TODAY, "09:31"), day=TODAY + timedelta(days=1), hours=LUNCH)


@pytest.mark.parametrize(
    ("kind", "code"), [("active", None), ("paused", "elder_paused"), ("moved", "elder_moved"), ("died", "elder_died")]
)
def test_nobody_cooks_for_who_is_away(kind: str, code: str | None) -> None:
    refusal = refuse_state("王秀兰", LifeState(kind, TODAY))  # type: ignore[arg-type]

    assert (refusal and refusal.code) == code
    assert refusal is None or ("王秀兰" in str(refusal) and "2026-11-21" in str(refusal))


@pytest.mark.parametrize(
    ("changed", "field"), [({"way": "fly"}, "way"), ({"set_name": "C套餐"}, "set")], ids=["unknown way", "unknown set"]
)
def test_what_no_order_could_mean_is_refused(changed: dict[str, str], field: str) -> None:
    request = OrderRequest(site_id=1, elder_id=1, day=TODAY, slot="lunch", **changed)  # type: ignore[arg-type]

    with pytest.raises(BadInput) as error:
        check_request(request, sets=["A套餐", "B套餐"])

    assert error.value.field == field


def line(set_name: str, way: str, state: str = "active") -> OrderLine:
    return OrderLine(
        id=1,
        elder_id=1,
        name="王秀兰",
        village_group="",
        set_name=set_name,
        way=way,
        ordered_at=NOW,
        state=state,
        served_number=None,
        served_at=None,
    )


def test_the_kitchen_counts_sets_and_ways_without_the_absent() -> None:
    orders = [
        line("A", "dine_in"),
        line("A", "dine_in"),
        line("A", "delivery"),
        line("B", "delivery"),
        line("A", "dine_in", "paused"),
        line("C", "dine_in", "died"),
    ]

    count = kitchen_count(orders)

    assert count == KitchenCount({"A": {"delivery": 1, "dine_in": 2}, "B": {"delivery": 1}}, 4)
    assert (count.of_way("delivery"), count.of_way("dine_in"), count.of_way("proxy")) == (2, 2, 0)


def test_an_empty_kitchen_counts_nothing() -> None:
    assert kitchen_count([]) == KitchenCount({}, 0)


CORRECT = "如登记有误,请负责人在「老人」页更正"
SAID = {
    "yesterday": (
        refuse_sitting(Moment(TODAY, "08:00"), day=date(2026, 11, 20), hours=LUNCH, is_planned=True, role="clerk"),
        ("2026-11-20 已经过去,不能再订餐", "补录用餐请到「柜台」,选择那一天"),
    ),
    "too far": (
        refuse_sitting(Moment(TODAY, "08:00"), day=date(2026, 12, 23), hours=LUNCH, is_planned=True, role="clerk"),
        ("2026-12-23 太远,最多提前 31 天订餐", "请检查日期"),
    ),
    "not served": (
        refuse_sitting(Moment(TODAY, "08:00"), day=TODAY, hours=None, is_planned=True, role="clerk"),
        ("这个助餐点不供应这一餐", "请换一个餐次"),
    ),
    "closed": (
        refuse_sitting(Moment(TODAY, "08:00"), day=TODAY, hours=LUNCH, is_planned=False, role="clerk"),
        ("2026-11-21 不供餐", "请换一天;如当天加开,请负责人先改「供餐日历」"),
    ),
    "over": (
        refuse_sitting(Moment(TODAY, "12:31"), day=TODAY, hours=LUNCH, is_planned=True, role="clerk"),
        ("这一餐已于 12:30 结束", "请订下一餐"),
    ),
    "late": (
        refuse_sitting(Moment(TODAY, "09:31"), day=TODAY, hours=LUNCH, is_planned=True, role="clerk"),
        ("这一餐 09:30 截止订餐,厨房已按份数备餐", "请老人直接到柜台用餐,不用订;一定要加订请找站点负责人"),
    ),
    "died": (refuse_state("王秀兰", LifeState("died", TODAY)), ("登记显示 王秀兰 已于 2026-11-21 去世", CORRECT)),
    "moved": (
        refuse_state("王秀兰", LifeState("moved", TODAY)),
        ("王秀兰 已于 2026-11-21 迁出", "如仍在本地居住,请负责人在「老人」页更正"),
    ),
    "paused": (
        refuse_state("王秀兰", LifeState("paused", None)),
        ("王秀兰 从  起暂停用餐,这一天还没有恢复", "如已恢复,请负责人在「老人」页结束暂停"),
    ),
    "ordered": (
        already_ordered("王秀兰", site_name="枫林村助餐点", set_name="A套餐"),
        ("王秀兰 这一餐已在枫林村助餐点订了A套餐", "要换套餐或取餐方式,请先取消原来的订餐"),
    ),
    "served": (
        already_served("王秀兰", number="1121-001"),
        ("王秀兰 这一餐已经用餐,单号 1121-001", "不用再订;订错了也不用取消"),
    ),
}


@pytest.mark.parametrize(("refusal", "said"), SAID.values(), ids=SAID)
def test_a_refusal_says_why_and_what_to_do(refusal: Refusal | None, said: tuple[str, str]) -> None:
    assert refusal is not None and (str(refusal), refusal.next_step) == said


def test_what_no_order_could_mean_is_told() -> None:
    request = OrderRequest(site_id=1, elder_id=1, day=TODAY, slot="lunch")
    sets = ["A套餐", "B套餐"]

    check_request(request, sets=[])
    check_request(replace(request, set_name="B套餐"), sets=sets)
    assert told_where(lambda: check_request(replace(request, way="fly"), sets=sets)) == (
        "没有「fly」这种取餐方式", "", "way"
    )  # fmt: skip
    assert told_where(lambda: check_request(replace(request, set_name="C"), sets=sets)) == (
        "菜单里没有「C」", "可选:A套餐、B套餐", "set"
    )  # fmt: skip
