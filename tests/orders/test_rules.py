"""Who may order until when, and what the kitchen counts."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from canteen.base.errors import BadInput
from canteen.orders.rules import (
    DAYS_AHEAD,
    KitchenCount,
    Moment,
    OrderLine,
    OrderRequest,
    check_request,
    is_late,
    kitchen_count,
    refuse_sitting,
    refuse_state,
)
from canteen.people.rules import LifeState
from canteen.places.rules import SlotHours
from tests.factories import NOW

TODAY = date(2026, 11, 21)
LAST = TODAY + timedelta(days=DAYS_AHEAD)
LUNCH = SlotHours("lunch", "11:00", "12:30", "09:30")


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
