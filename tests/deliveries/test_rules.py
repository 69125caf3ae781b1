"""Deliveries decided on facts alone."""

from __future__ import annotations

from datetime import date
from itertools import product

import pytest

from canteen.base.errors import Refusal
from canteen.deliveries.rules import PlannedDrop, Stop, check_planned_day, moved, plan_drops
from canteen.people.rules import LifeState
from tests.told import told_where

DAY = date(2026, 11, 21)
WANG, LI, ZHAO = Stop(1, "王秀兰", "cash"), Stop(2, "李桂英", "monthly"), Stop(3, "赵福贵", "cash")
DIED = LifeState("died", date(2026, 11, 20))
PAUSED = LifeState("paused", date(2026, 11, 19), date(2026, 11, 21))
ACTIVE = LifeState("active")


def test_plan_drops_keeps_the_remembered_order_and_says_who_is_left_out():
    chen = Stop(4, "陈秀珍", "cash")

    plan = plan_drops((WANG, LI, chen, ZHAO), lives={1: ACTIVE, 2: DIED}, ordered={1, 2, 3})

    assert plan.drops == (PlannedDrop(1, 1, "cash"), PlannedDrop(3, 2, "cash"))
    assert [(out.name, out.life.kind) for out in plan.left_out] == [("李桂英", "died"), ("陈秀珍", "active")]


def test_plan_drops_never_loses_anybody():
    for facts in product(product((False, True), (False, True)), repeat=3):
        lives = {number: PAUSED if is_paused else ACTIVE for number, (is_paused, _) in enumerate(facts, 1)}
        ordered = {number for number, (_, has_ordered) in enumerate(facts, 1) if has_ordered}

        plan = plan_drops((WANG, LI, ZHAO), lives=lives, ordered=ordered)

        assert {drop.elder_id for drop in plan.drops} == {n for n in ordered if lives[n] is ACTIVE}
        assert {drop.elder_id for drop in plan.drops} | {out.elder_id for out in plan.left_out} == {1, 2, 3}
        assert [drop.position for drop in plan.drops] == list(range(1, len(plan.drops) + 1))


@pytest.mark.parametrize(
    ("one", "direction", "after"),
    [
        pytest.param(7, "up", [7, 5, 9], id="up"),
        pytest.param(7, "down", [5, 9, 7], id="down"),
        pytest.param(5, "up", [5, 7, 9], id="the first stays first"),
        pytest.param(9, "down", [5, 7, 9], id="the last stays last"),
    ],
)
def test_moved_changes_one_place(one, direction, after):
    assert moved([5, 7, 9], one, direction) == after


def test_check_planned_day_refuses_yesterday_only():
    check_planned_day(DAY, today=DAY)
    check_planned_day(date(2026, 11, 22), today=DAY)
    with pytest.raises(Refusal) as refused:
        check_planned_day(date(2026, 11, 20), today=DAY)
    assert refused.value.code == "day_past"


SAID = {
    "a day that is past": (
        lambda: check_planned_day(date(2026, 11, 20), today=DAY),
        ("2026-11-20 已经过去,不能再排出车", "请选择今天或以后的日期;漏登的用餐请在柜台补录", "day_past"),
    )
}


@pytest.mark.parametrize(("work", "said"), SAID.values(), ids=SAID)
def test_what_is_refused_says_what_to_do(work, said):
    assert told_where(work) == said
