"""The counter's decisions as tables."""

from __future__ import annotations

from datetime import date

import pytest

from canteen.base.errors import BadInput, Refusal
from canteen.counter import rules
from canteen.counter.requests import ServeRequest, VoidRequest
from canteen.counter.rules import EarlierServing, SetOffer

KEY = "k" * 20
DAY = date(2026, 11, 21)
EARLIER = EarlierServing("1121-003", "上湖村助餐点", "11:42", "2号台")


def ask(**changes: object) -> ServeRequest:
    return ServeRequest(**{"key": KEY, "site_id": 1, "elder_id": 7} | changes)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        pytest.param({"key": "short"}, "key", id="key too short"),
        pytest.param({"key": "k" * 101}, "key", id="key too long"),
        pytest.param({"key": "中文中文中文中文"}, "key", id="key not ASCII"),
        pytest.param({"slot": "supper"}, "slot", id="no such slot"),
        pytest.param({"way": "by_drone"}, "way", id="no such way"),
        pytest.param({"pay_way": "gold"}, "pay_way", id="no such pay way"),
        pytest.param({"elder_id": None, "guest_kind": "king"}, "guest_kind", id="no such guest"),
        pytest.param({"elder_id": None}, "card", id="nobody named"),
        pytest.param({"card": "7"}, "card", id="card and id together"),
        pytest.param({"guest_kind": "child"}, "card", id="elder and guest together"),
        pytest.param({"way": "proxy", "collected_by": "李四"}, "collected_by", id="proxy without relation"),
        pytest.param({"set_name": "长" * 61}, "set_name", id="set name too long"),
    ],
)
def test_check_request_names_the_field_that_is_wrong(changes: dict[str, object], field: str) -> None:
    with pytest.raises(BadInput) as caught:
        rules.check_request(ask(**changes))

    assert caught.value.field == field
    assert caught.value.next_step


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({}, id="an elder"),
        pytest.param({"elder_id": None, "card": "007"}, id="a card"),
        pytest.param({"elder_id": None, "guest_kind": "child"}, id="a guest"),
        pytest.param({"way": "proxy", "collected_by": "李四", "relation": "邻居"}, id="collected by a neighbour"),
    ],
)
def test_check_request_lets_through_what_a_counter_means(changes: dict[str, object]) -> None:
    assert rules.check_request(ask(**changes)) is None


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        pytest.param(None, DAY, id="nothing asked: today"),
        pytest.param(date(2026, 11, 20), date(2026, 11, 20), id="yesterday's paper sheet"),
        pytest.param(date(2025, 11, 20), date(2025, 11, 20), id="the last day that may be keyed in"),
    ],
)
def test_serving_day_of_what_is_asked(asked: date | None, found: date) -> None:
    assert rules.serving_day(asked, today=DAY) == found


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        pytest.param(date(2026, 11, 22), "day_in_future", id="tomorrow"),
        pytest.param(date(2025, 11, 19), "day_too_old", id="a day more than a year back"),
    ],
)
def test_serving_day_refuses(asked: date, code: str) -> None:
    with pytest.raises(Refusal) as caught:
        rules.serving_day(asked, today=DAY)

    assert caught.value.code == code


@pytest.mark.parametrize(
    ("state", "until", "code", "sentence"),
    [
        pytest.param("active", None, None, None, id="active"),
        pytest.param("paused", None, "elder_paused", "王秀兰 从 2026-11-21 起暂停用餐", id="paused without end"),
        pytest.param(
            "paused",
            date(2026, 12, 1),
            "elder_paused",
            "王秀兰 从 2026-11-21 到 2026-12-01 暂停用餐",
            id="paused until a day",
        ),
        pytest.param("moved", None, "elder_moved", "王秀兰 已于 2026-11-21 迁出", id="moved away"),
        pytest.param("died", None, "elder_died", "登记显示 王秀兰 已于 2026-11-21 去世", id="died"),
    ],
)
def test_refuse_state(state: str, until: date | None, code: str | None, sentence: str | None) -> None:
    refusal = rules.refuse_state("王秀兰", state, since=DAY, until=until, reason="住院")

    assert (refusal.code if refusal else None) == code
    assert (str(refusal) if refusal else None) == sentence
    assert refusal is None or refusal.next_step


@pytest.mark.parametrize(
    ("earlier", "second", "code"),
    [
        pytest.param(None, False, None, id="the first portion"),
        pytest.param(EARLIER, False, "already_served", id="a second first portion"),
        pytest.param(EARLIER, True, None, id="a second portion at own cost"),
        pytest.param(None, True, "no_first_portion", id="a second portion before the first"),
    ],
)
def test_refuse_portion(earlier: EarlierServing | None, second: bool, code: str | None) -> None:
    refusal = rules.refuse_portion("王秀兰", earlier, second_portion=second, day=DAY, slot_name="午餐")

    assert (refusal.code if refusal else None) == code


def test_already_served_says_where_and_when() -> None:
    refusal = rules.already_served("王秀兰", EARLIER, day=DAY, slot_name="午餐")

    assert str(refusal) == "王秀兰 2026-11-21 午餐已于 11:42 在 上湖村助餐点(2号台) 用餐,单号 1121-003"


A = SetOffer("A套餐", 1000, "鱼", "", None)
B = SetOffer("B套餐", 1200, "肉", "", 0)


@pytest.mark.parametrize(
    ("sets", "name", "found"),
    [
        pytest.param([A, B], "", A, id="no name: the first"),
        pytest.param([B, A], "", A, id="no name: the first that is left"),
        pytest.param([B], "", B, id="no name, all sold out: the first, refused later"),
        pytest.param([A, B], "B套餐", B, id="by name"),
        pytest.param([A, B], "B", B, id="by the beginning of the name"),
    ],
)
def test_choose_set(sets: list[SetOffer], name: str, found: SetOffer) -> None:
    assert rules.choose_set(sets, name, day=DAY, slot_name="午餐") is found


@pytest.mark.parametrize(
    ("sets", "name", "code"),
    [
        pytest.param([], "", "no_menu", id="no menu"),
        pytest.param([A, B], "C", "unknown_set", id="no such set"),
        pytest.param([A, SetOffer("A大份", 1500, "", "", None)], "A", "unknown_set", id="a beginning of two names"),
    ],
)
def test_choose_set_refuses(sets: list[SetOffer], name: str, code: str) -> None:
    with pytest.raises(Refusal) as caught:
        rules.choose_set(sets, name, day=DAY, slot_name="午餐")

    assert caught.value.code == code


@pytest.mark.parametrize(("left", "code"), [(None, None), (1, None), (0, "sold_out"), (-1, "sold_out")])
def test_refuse_sold_out_at_the_last_portion(left: int | None, code: str | None) -> None:
    refusal = rules.refuse_sold_out(SetOffer("A套餐", 1000, "", "", left))

    assert (refusal.code if refusal else None) == code


def test_the_same_key_must_ask_the_same() -> None:
    rules.same_content(ask().content(), ask(till="2号台"))

    with pytest.raises(Refusal) as caught:
        rules.same_content(ask().content(), ask(elder_id=8))
    assert caught.value.code == "key_reused"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        pytest.param({"key": "x"}, "key", id="key too short"),
        pytest.param({"reason": " "}, "reason", id="no reason"),
        pytest.param({"reason": "x" * 201}, "reason", id="reason too long"),
    ],
)
def test_check_void(changes: dict[str, str], field: str) -> None:
    with pytest.raises(BadInput) as caught:
        rules.check_void(VoidRequest(**{"serving_id": 1, "key": KEY, "reason": "刷错卡"} | changes))

    assert caught.value.field == field


@pytest.mark.parametrize(
    ("day", "keyed_on", "allowed"),
    [
        pytest.param(DAY, DAY, True, id="today's meal"),
        pytest.param(date(2026, 11, 19), DAY, True, id="an older sheet keyed in today"),
        pytest.param(date(2026, 11, 20), date(2026, 11, 20), False, id="yesterday's"),
    ],
)
def test_may_void_only_the_same_day(day: date, keyed_on: date, allowed: bool) -> None:
    if allowed:
        assert rules.may_void(number="1", day=day, keyed_on=keyed_on, today=DAY) is None
        return
    with pytest.raises(Refusal) as caught:
        rules.may_void(number="1", day=day, keyed_on=keyed_on, today=DAY)
    assert caught.value.code == "void_too_late"


@pytest.mark.parametrize(("sequence", "number"), [(1, "1121-001"), (17, "1121-017"), (1234, "1121-1234")])
def test_serving_number(sequence: int, number: str) -> None:
    assert rules.serving_number(DAY, sequence) == number
