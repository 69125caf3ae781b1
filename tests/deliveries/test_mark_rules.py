"""Marks at the door decided on facts alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from canteen.base.errors import BadInput, Refusal
from canteen.base.words import DELIVERED, OUTCOMES, codes
from canteen.deliveries.marking.requests import MarkRequest, PhoneTime
from canteen.deliveries.marking.rules import (
    DROP_MOVES,
    FAILED,
    check_tap,
    is_clock_wrong,
    next_drop_state,
    when_pressed,
)
from tests.told import told_where

NOW = datetime(2026, 11, 21, 3, 42, tzinfo=UTC)
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


def tap(outcome: str = "handed_over", key: str = "k" * 12, **more: str) -> MarkRequest:
    return MarkRequest(outcome=outcome, key=key, **more)


@pytest.mark.parametrize(
    ("state", "outcomes"),
    [
        ("planned", {*OUTCOMES}),
        ("no_answer", {*OUTCOMES} - {"no_answer"}),
        ("refused", {*OUTCOMES} - {"refused"}),
        ("wrong_address", {*OUTCOMES} - {"wrong_address"}),
        ("brought_back", {*DELIVERED}),
        ("handed_over", set()),
        ("neighbour", set()),
    ],
)
def test_what_may_be_said_of_a_door(state, outcomes):
    """Whoever found nobody may come again; what somebody has eaten is only taken back."""
    assert {outcome for outcome in OUTCOMES if (state, outcome) in DROP_MOVES} == outcomes


def test_every_word_of_a_door_is_one_of_four_kinds():
    assert {"planned", *DELIVERED, *FAILED, "brought_back"} == set(codes("drop"))


@pytest.mark.parametrize(
    ("state", "outcome"), sorted(set(product(codes("drop"), (*OUTCOMES, "delivered"))) - {*DROP_MOVES})
)
def test_every_other_move_is_refused(state, outcome):
    with pytest.raises(Refusal) as refused:
        next_drop_state(state, outcome)

    assert (refused.value.code, bool(refused.value.next_step)) == ("drop_decided", True)


@pytest.mark.parametrize(
    ("mark", "field"),
    [
        pytest.param(tap("delivered"), "outcome", id="an outcome nobody knows"),
        pytest.param(tap("planned"), "outcome", id="no outcome"),
        pytest.param(tap(key="short"), "key", id="a key too short"),
        pytest.param(tap(key="k" * 61), "key", id="a key too long"),
        pytest.param(tap(key="key with space"), "key", id="a key with a space"),
        pytest.param(tap("no_answer", note="话" * 201), "note", id="a remark too long"),
        pytest.param(tap("neighbour"), "who", id="a neighbour without a name"),
        pytest.param(tap("neighbour", who="  "), "who", id="a neighbour of blanks"),
        pytest.param(tap("neighbour", who="张" * 41), "who", id="a name too long"),
    ],
)
def test_check_tap_names_the_field(mark, field):
    with pytest.raises(BadInput) as wrong:
        check_tap(mark)

    assert wrong.value.field == field


@pytest.mark.parametrize(
    "mark", [tap("no_answer", "k" * 8, note="话" * 200), tap(key="a_B-9" * 12), tap("neighbour", who="张" * 40)]
)
def test_a_tap_at_its_limits_is_taken(mark):
    assert check_tap(mark) is None


@pytest.mark.parametrize(
    ("phone", "at", "is_wrong"),
    [
        pytest.param(None, NOW, False, id="a plain form"),
        pytest.param(PhoneTime(NOW, NOW), NOW, False, id="sent at once"),
        pytest.param(PhoneTime(NOW - 30 * MINUTE, NOW), NOW - 30 * MINUTE, False, id="waited half an hour"),
        pytest.param(PhoneTime(NOW - DAY, NOW - DAY), NOW, True, id="a clock a day behind, sent at once"),
        pytest.param(PhoneTime(NOW + DAY, NOW + DAY), NOW, True, id="a clock a day ahead, sent at once"),
        pytest.param(
            PhoneTime(NOW + DAY - 30 * MINUTE, NOW + DAY),
            NOW - 30 * MINUTE,
            True,
            id="a day ahead, waited half an hour",
        ),
        pytest.param(PhoneTime(NOW + MINUTE, NOW + MINUTE), NOW, False, id="a minute ahead is nothing"),
        pytest.param(PhoneTime(NOW, NOW - DAY), NOW, False, id="set back while it waited"),
        pytest.param(PhoneTime(NOW - DAY, NOW - 2 * DAY), NOW, True, id="set back while it waited, and wrong"),
        pytest.param(PhoneTime(NOW - 30 * DAY, NOW), NOW, True, id="waited longer than anybody believes"),
    ],
)
def test_the_server_takes_its_own_time(phone, at, is_wrong):
    pressed = when_pressed(phone, now=NOW)

    assert pressed.at == at
    assert pressed.phone_at == (phone.pressed if phone else None)
    assert is_clock_wrong(pressed.at, pressed.phone_at) is is_wrong


SAID = {
    "a meal handed over twice": (
        lambda: next_drop_state("handed_over", "no_answer"),
        (
            "这一户已登记为「已送达」,不能改成「无人应答」",
            "登记错了,请先按「撤销」;撤销不了,请告诉站点负责人",
            "drop_decided",
        ),
    ),
    "a button that is not there": (
        lambda: check_tap(tap("delivered")),
        ("没有「delivered」这种结果", "请按页面上的按钮", "outcome"),
    ),
    "a key that cannot be": (lambda: check_tap(tap(key="k")), ("一次性编号不对", "请刷新页面再试", "key")),
    "a long remark": (lambda: check_tap(tap(note="话" * 201)), ("内容太长,最多 200 个字", "请缩短后再试", "note")),
    "a neighbour nobody names": (
        lambda: check_tap(tap("neighbour")),
        ("还没有写是谁代收的", "请写上邻居的名字,例如「隔壁张家」", "who"),
    ),
}


@pytest.mark.parametrize(("work", "said"), SAID.values(), ids=SAID)
def test_what_is_refused_says_what_to_do(work, said):
    assert told_where(work) == said
