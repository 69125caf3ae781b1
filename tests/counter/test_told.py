"""The counter in words and types: every refusal with what to do, what a form or a terminal sends, what a ticket says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import pytest
from factories import TODAY

from canteen.base.errors import Refusal
from canteen.counter import forms, rules
from canteen.counter.requests import ServeRequest, VoidRequest
from canteen.counter.rules import EarlierServing, SetOffer
from canteen.counter.tickets import left_this_month, payer_name
from tests.told import told_where

KEY = "k" * 20
EARLIER = EarlierServing("1121-003", "上湖村助餐点", "11:42", "2号台")
A, B = SetOffer("A套餐", 1000, "鱼", "", None), SetOffer("B套餐", 1200, "肉", "", 0)


def ask(**changed: Any) -> ServeRequest:
    return ServeRequest(**{"key": KEY, "site_id": 1, "elder_id": 7} | changed)


WAYS, PAY = "可用:堂食、自取、代领、送餐", "可用:现金、扫码、挂账、自有资金"
ASKED = {
    "no key": ({"key": "short"}, ("一次性编号不对", "请刷新页面再试", "key")),
    "own money of a guest": (
        {"elder_id": None, "guest_kind": "child", "pay_way": "purse"},
        ("散客没有自有资金", "请收现金或扫码", "pay_way"),
    ),
    "nobody": ({"elder_id": None}, ("要有卡号、老人编号或散客中的一项,并且只能有一项", "请重新刷卡或查找", "card")),
    "two at once": ({"card": "7"}, ("要有卡号、老人编号或散客中的一项,并且只能有一项", "请重新刷卡或查找", "card")),
    "collected by nobody": (
        {"way": "proxy", "relation": "邻居"},
        ("代领要写明谁来领、是什么关系", "请填写代领人和关系", "collected_by"),
    ),
    "collected by a stranger": (
        {"way": "proxy", "collected_by": "李四"},
        ("代领要写明谁来领、是什么关系", "请填写代领人和关系", "collected_by"),
    ),
    "a long name of who collects": ({"collected_by": "长" * 61}, ("内容太长,最多 60 个字", "请缩短后再试", "collected_by")),
    "a long relation": ({"relation": "长" * 61}, ("内容太长,最多 60 个字", "请缩短后再试", "relation")),
    "a long set": ({"set_name": "长" * 61}, ("内容太长,最多 60 个字", "请缩短后再试", "set_name")),
    "a long till": ({"till": "长" * 61}, ("内容太长,最多 60 个字", "请缩短后再试", "till")),
}  # fmt: skip


@pytest.mark.parametrize(("changed", "said"), ASKED.values(), ids=ASKED)
def test_what_no_counter_could_have_meant_is_told(changed: dict[str, Any], said: tuple[str, str, str]) -> None:
    assert told_where(lambda: rules.check_request(ask(**changed))) == said


CHOSEN = {
    "slot": ({"slot": "supper"}, "没有「supper」这个餐次", "breakfast、lunch、dinner"),
    "way": ({"way": "by_drone"}, "没有「by_drone」这种取餐方式", "dine_in、take_away、proxy、delivery"),
    "no way at all": ({"way": ""}, "没有「」这种取餐方式", "dine_in、take_away、proxy、delivery"),
    "pay_way": ({"pay_way": "gold"}, "没有「gold」这种付款方式", "cash、code、monthly、purse"),
    "guest_kind": ({"elder_id": None, "guest_kind": "king"}, "没有「king」这类散客", ""),
}


@pytest.mark.parametrize(("changed", "said", "choices"), CHOSEN.values(), ids=CHOSEN)
def test_a_word_nobody_offers_is_told_with_those_that_are(changed: dict[str, Any], said: str, choices: str) -> None:
    found, next_step, _ = told_where(lambda: rules.check_request(ask(**changed)))

    assert found == said
    assert next_step.startswith("可用:") and (not choices or next_step == f"可用:{choices}")


def test_what_a_counter_means_at_its_limits_is_taken() -> None:
    longest = ask(slot="", way="proxy", collected_by="长" * 60, relation="长" * 60, set_name="长" * 60, till="长" * 60)

    assert rules.check_request(longest) is None
    assert rules.check_request(ask(pay_way="purse")) is None
    assert rules.check_request(ask(elder_id=0)) is None


PAUSED, GUEST = "如已恢复,请负责人结束暂停;今天可按散客登记", "如登记有误,请负责人在「老人」页更正;来人用餐可按散客登记"
SAID: dict[str, tuple[Callable[[], object], tuple[str, str, str]]] = {
    "tomorrow": (
        lambda: rules.serving_day(date(2026, 11, 22), today=TODAY),
        ("2026-11-22 还没有到,不能登记用餐", "请检查日期", "day_in_future"),
    ),
    "too long ago": (
        lambda: rules.serving_day(date(2025, 11, 19), today=TODAY),
        ("2025-11-19 已超过一年,不能再补录", "请与民政联系更正", "day_too_old"),
    ),
    "no menu": (
        lambda: rules.choose_set([], "", day=TODAY, slot_name="午餐"),
        ("2026-11-21 午餐没有菜单,不知道价格", "请负责人先在「菜单」页录入这一餐", "no_menu"),
    ),
    "no such set": (
        lambda: rules.choose_set([A, B], "C", day=TODAY, slot_name="午餐"),
        ("菜单里没有「C」", "今天可选:A套餐、B套餐", "unknown_set"),
    ),
    "another meal under a key": (
        lambda: rules.same_content(ask().content(), ask(way="take_away")),
        ("这个一次性编号已用于另一份用餐", "请刷新页面,重新刷卡", "key_reused"),
    ),
    "a void for nothing": (
        lambda: rules.check_void(VoidRequest(serving_id=1, key=KEY, reason=" x ")),
        ("作废要写明原因", "例如:刷错卡、老人没有取餐", "reason"),
    ),
    "a void at length": (
        lambda: rules.check_void(VoidRequest(serving_id=1, key=KEY, reason="长" * 201)),
        ("原因太长,最多 200 个字", "请缩短后再试", "reason"),
    ),
    "a void too late": (
        lambda: rules.may_void(number="1120-001", day=date(2026, 11, 20), keyed_on=date(2026, 11, 20), today=TODAY),
        ("单号 1120-001 是 2026-11-20 的,过了当天不能作废", "请告诉站点负责人,在月结前用更正处理", "void_too_late"),
    ),
}


@pytest.mark.parametrize(("work", "said"), SAID.values(), ids=SAID)
def test_what_is_refused_says_what_to_do(work: Callable[[], object], said: tuple[str, str, str]) -> None:
    assert told_where(work) == said


ANSWERED: dict[str, tuple[Refusal | None, tuple[str, str, str] | None]] = {
    "died": (
        rules.refuse_state("王秀兰", "died", since=TODAY, until=None, reason=""),
        ("elder_died", "登记显示 王秀兰 已于 2026-11-21 去世", GUEST),
    ),
    "moved": (
        rules.refuse_state("王秀兰", "moved", since=TODAY, until=None, reason=""),
        ("elder_moved", "王秀兰 已于 2026-11-21 迁出", "如仍在本地居住,请负责人更正;今天可按散客登记"),
    ),
    "paused": (
        rules.refuse_state("王秀兰", "paused", since=None, until=None, reason=""),
        ("elder_paused", "王秀兰 从  起暂停用餐", PAUSED),
    ),
    "served": (
        rules.refuse_portion("王秀兰", EARLIER, second_portion=False, day=TODAY, slot_name="午餐"),
        (
            "already_served",
            "王秀兰 2026-11-21 午餐已于 11:42 在 上湖村助餐点(2号台) 用餐,单号 1121-003",
            "要再来一份,请选「第二份(自费)」;若登记错了,请先作废那一份",
        ),
    ),
    "served at no named till": (
        rules.already_served("王秀兰", EarlierServing("1", "甲", "11:42", ""), day=TODAY, slot_name="午餐"),
        (
            "already_served",
            "王秀兰 2026-11-21 午餐已于 11:42 在 甲 用餐,单号 1",
            "要再来一份,请选「第二份(自费)」;若登记错了,请先作废那一份",
        ),
    ),
    "no first portion": (
        rules.refuse_portion("王秀兰", None, second_portion=True, day=TODAY, slot_name="午餐"),
        ("no_first_portion", "王秀兰 这一餐还没有登记第一份", "请按第一份登记,可以享受补助"),
    ),
    "own money": (
        rules.refuse_own_money("王秀兰", own_fen=501, left_fen=500),
        ("own_money_short", "王秀兰 的自有资金还有 5.00 元,不够自付 5.01 元", "请改收现金或扫码,或先充值"),
    ),
    "own money to the fen": (rules.refuse_own_money("王秀兰", own_fen=500, left_fen=500), None),
    "sold out": (
        rules.refuse_sold_out(B),
        ("sold_out", "B套餐 已经发完", "请换一种套餐;若厨房又做了,请负责人在菜单里改份数"),
    ),
    "voided": (
        rules.already_voided(number="1121-001", time="11:50", reason="刷错卡"),
        ("already_voided", "单号 1121-001 已于 11:50 作废:刷错卡", "不用再作废"),
    ),
}


@pytest.mark.parametrize(("refusal", "said"), ANSWERED.values(), ids=ANSWERED)
def test_what_stands_against_a_meal_is_said(refusal: Refusal | None, said: tuple[str, str, str] | None) -> None:
    assert (refusal and (refusal.code, str(refusal), refusal.next_step)) == said


def test_a_set_is_meant_by_its_whole_name_before_a_beginning() -> None:
    longer = SetOffer("A套餐大份", 1500, "", "", None)

    assert rules.choose_set([longer, A], "A套餐", day=TODAY, slot_name="午餐") is A
    assert rules.choose_set([SetOffer("C", 1, "", "", -1), A], "", day=TODAY, slot_name="午餐").name == "C"
    assert rules.refuse_sold_out(SetOffer("C", 1, "", "", 1)) is None


# What a form sends.

FORM = {
    "key": KEY, "elder_id": "7", "day": "2026-11-20", "slot": "lunch", "set": " A  套餐\x07", "way": "proxy",
    "collected_by": " 李四 ", "relation": "邻居", "second_portion": "1", "pay_way": "code", "guest_kind": "",
}  # fmt: skip


def test_the_counters_form_becomes_a_request() -> None:
    assert forms.serve_form(FORM, site_id=3, till="1号台") == ServeRequest(
        key=KEY, site_id=3, day=date(2026, 11, 20), slot="lunch", elder_id=7, set_name="A 套餐", way="proxy",
        collected_by="李四", relation="邻居", second_portion=True, pay_way="code", till="1号台",
    )  # fmt: skip
    assert forms.serve_form({"key": KEY, "elder_id": "7"}, site_id=3, till="") == ServeRequest(
        key=KEY, site_id=3, elder_id=7
    )
    guest = forms.serve_form(
        FORM | {"way": "take_away", "elder_id": "", "guest_kind": "child", "second_portion": "0"}, site_id=3, till=""
    )
    assert (guest.collected_by, guest.relation, guest.elder_id, guest.guest_kind, guest.second_portion) == (
        "", "", None, "child", False
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"day": "2026-02-30"}, ("「2026-02-30」不是日期", "请写成 2026-11-21", "day")),
        ({"day": "x" * 41}, (f"「{'x' * 40}」不是日期", "请写成 2026-11-21", "day")),
        ({"elder_id": "7a"}, ("编号不对", "请重新刷卡或查找", "elder_id")),
        ({"elder_id": "７"}, ("编号不对", "请重新刷卡或查找", "elder_id")),
        ({"elder_id": "1" * 16}, ("编号不对", "请重新刷卡或查找", "elder_id")),
    ],
)
def test_a_form_that_cannot_be_read_is_told(changed: dict[str, str], said: tuple[str, str, str]) -> None:
    assert told_where(lambda: forms.serve_form(FORM | changed, site_id=3, till="")) == said
    assert forms.serve_form(FORM | {"elder_id": "1" * 15}, site_id=3, till="").elder_id == int("1" * 15)


@pytest.mark.parametrize(
    ("form", "reason"),
    [
        ({"reason": " 厨房没有做 ", "reason_choice": "wrong_person"}, "厨房没有做"),
        ({"reason_choice": "wrong_person"}, None),
        ({"reason_choice": " 别的 "}, "别的"),
        ({}, ""),
    ],
)
def test_a_typed_reason_goes_before_a_chosen_one(form: Mapping[str, str], reason: str | None) -> None:
    from canteen.base.words import WORDS

    chosen = next(iter(WORDS["void_reason"]))
    given = {**form, "key": KEY, **({"reason_choice": chosen} if reason is None else {})}
    expected = WORDS["void_reason"][chosen] if reason is None else reason

    assert forms.void_form(given, serving_id=5) == VoidRequest(serving_id=5, key=KEY, reason=expected)


# What a terminal sends.

BODY: dict[str, Any] = {"key": KEY, "site": "S1", "elder_id": 7}
SPEC = "请按 /api/v1/openapi.json 的说明发送"
BODIES: dict[str, tuple[Any, tuple[str, str, str]]] = {
    "no object": ([], ("请求内容不是 JSON 对象", SPEC, "")),
    "a field nobody knows": (BODY | {"sett": "A"}, ("不认识的字段「sett」", SPEC, "sett")),
    "a long one": (BODY | {"s" * 50: "A"}, (f"不认识的字段「{'s' * 40}」", SPEC, "s" * 40)),
    "no key": ({"site": "S1"}, ("缺少字段「key」", "请补上后再发送", "key")),
    "no site": (BODY | {"site": None}, ("缺少字段「site」", "请补上后再发送", "site")),
    "a number for a text": (BODY | {"slot": 1}, ("字段「slot」应为文字", "请改正后再发送", "slot")),
    "a text for a number": (BODY | {"elder_id": "7"}, ("字段「elder_id」应为整数", "请改正后再发送", "elder_id")),
    "yes for a number": (BODY | {"elder_id": True}, ("字段「elder_id」应为整数", "请改正后再发送", "elder_id")),
    "a number for yes": (
        BODY | {"second_portion": 1}, ("字段「second_portion」应为true 或 false", "请改正后再发送", "second_portion")
    ),
    "a control character": (BODY | {"set": "A\x00"}, ("字段「set」太长或有控制字符", "请改正后再发送", "set")),
    "a long text": (BODY | {"set": "A" * 401}, ("字段「set」太长或有控制字符", "请改正后再发送", "set")),
    "nobody's number": (BODY | {"elder_id": 0}, ("字段「elder_id」的数值不对", "请改正后再发送", "elder_id")),
    "a number too large": (BODY | {"elder_id": 2**31}, ("字段「elder_id」的数值不对", "请改正后再发送", "elder_id")),
}  # fmt: skip


@pytest.mark.parametrize(("body", "said"), BODIES.values(), ids=BODIES)
def test_a_body_that_cannot_be_read_is_told(body: Any, said: tuple[str, str, str]) -> None:
    assert told_where(lambda: forms.read_json(body, forms.SERVING_FIELDS)) == said


def test_a_body_at_its_limits_is_read_and_null_is_nothing() -> None:
    body = BODY | {"set": "A" * 400, "elder_id": 2**31 - 1, "second_portion": False, "card": None}

    assert forms.read_json(body, forms.SERVING_FIELDS) == {
        name: value for name, value in body.items() if name != "card"
    }


def test_a_terminals_serving_becomes_a_request() -> None:
    sent = BODY | {
        "day": "2026-11-20", "slot": "lunch", "set": " A ", "way": "proxy", "collected_by": " 李四 ", "relation": " 邻居 ",
        "second_portion": True, "pay_way": "code",
    }  # fmt: skip

    assert forms.serve_json(sent, site_id=3) == ServeRequest(
        key=KEY, site_id=3, day=date(2026, 11, 20), slot="lunch", elder_id=7, set_name="A", way="proxy",
        collected_by="李四", relation="邻居", second_portion=True, pay_way="code",
    )  # fmt: skip
    plain = {"key": KEY, "site": "S1", "card": " 007 ", "way": "", "pay_way": ""}
    assert forms.serve_json(plain, site_id=3) == ServeRequest(key=KEY, site_id=3, card="007")
    guest = {"key": KEY, "site": "S1", "guest_kind": "child"}
    assert forms.serve_json(guest, site_id=3) == ServeRequest(key=KEY, site_id=3, guest_kind="child")


# What a ticket says.


@pytest.mark.parametrize(
    ("left", "fen"),
    [
        ([], None),
        ([{"period": "2026", "left_fen": 5}], None),
        ([{"period": "2026-11", "left_fen": 500}, {"period": "2026-11", "left_fen": 300}], 300),
        ([{"period": "2026-W47", "left_fen": 1}, {"period": "2026-11", "left_fen": 0}], 0),
    ],
)
def test_of_limits_of_a_month_the_nearest_is_told(left: list[Mapping[str, Any]], fen: int | None) -> None:
    assert left_this_month(left) == fen


def test_a_payer_is_called_by_its_word_or_its_own_name() -> None:
    assert payer_name("区财政") == "区财政" and payer_name("public") not in ("", "public")
