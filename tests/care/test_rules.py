"""Pure decisions about providers, as tables."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from canteen.base.words import GRADES, SERVICES, WORDS
from canteen.care import rules
from canteen.care.requests import CareRequest, CareVoid, NewAssessment, NewContract
from canteen.care.rules import Ban, Contract, ProviderStanding
from tests.told import told_where

YEAR = Contract(date(2026, 1, 1), date(2026, 12, 31))
BAN = Ban(date(2026, 11, 20), date(2029, 11, 20), "测试")


@pytest.mark.parametrize(
    ("decided_on", "until"),
    [
        (date(2026, 11, 20), date(2029, 11, 20)),
        (date(2024, 2, 29), date(2027, 3, 1)),
        (date(2026, 12, 31), date(2029, 12, 31)),
    ],
)
def test_a_ban_ends_on_the_same_day_three_years_on(decided_on, until):
    assert rules.ban_until(decided_on) == until


@pytest.mark.parametrize(
    ("provider", "day", "word"),
    [
        pytest.param(ProviderStanding("x", (), [YEAR], []), date(2026, 12, 31), "contracted", id="the last day counts"),
        pytest.param(ProviderStanding("x", (), [YEAR], []), date(2027, 1, 1), "no_contract", id="the day after"),
        pytest.param(
            ProviderStanding("x", (), [Contract(YEAR.from_day, YEAR.to_day, date(2026, 6, 30))], []),
            date(2026, 7, 1),
            "no_contract",
            id="ended early",
        ),
        pytest.param(
            ProviderStanding("x", (), [YEAR], [BAN]), date(2026, 11, 19), "contracted", id="before the decision"
        ),
        pytest.param(ProviderStanding("x", (), [YEAR], [BAN]), date(2026, 11, 20), "banned", id="from the decision"),
        pytest.param(
            ProviderStanding("x", (), [Contract(date(2029, 1, 1), date(2030, 1, 1))], [BAN]),
            date(2029, 11, 20),
            "contracted",
            id="the same day three years on",
        ),
        pytest.param(
            ProviderStanding("x", (), [YEAR], [], "fail"), date(2026, 5, 1), "failed", id="a failed assessment"
        ),
        pytest.param(
            ProviderStanding("x", (), [YEAR], [], "pass_with_rectification"),
            date(2026, 5, 1),
            "contracted",
            id="to be put right",
        ),
    ],
)
def test_standing(provider, day, word):
    assert provider.word(day) == word
    assert (rules.refuse_provider(provider, "cleaning", day) is None) == (word == "contracted")


def test_a_provider_serves_only_its_kinds():
    provider = ProviderStanding("x", ("bathing",), [YEAR], [])

    assert rules.refuse_provider(provider, "bathing", date(2026, 5, 1)) is None
    refusal = rules.refuse_provider(provider, "cleaning", date(2026, 5, 1))
    assert refusal is not None and refusal.code == "provider_other_kind"


def test_every_stored_word_can_be_read():
    assert set(SERVICES) <= set(WORDS["service"])
    assert {key: WORDS["service"][key] for key in SERVICES} == dict(SERVICES)
    assert set(GRADES) | {""} == set(WORDS["grade"])


REQUEST = CareRequest(
    key="care-key-1",
    site_id=1,
    elder_id=2,
    provider_id=3,
    kind="cleaning",
    day=date(2026, 11, 21),
    minutes=60,
    price_fen=3000,
    pay_way="cash",
    confirmed_by="elder",
    confirmer="",
)
LIST = "请从列表中选择"
ASKED = {
    "as it is": ({}, None),
    "a minute": ({"minutes": 1}, None),
    "a day": ({"minutes": 1440}, None),
    "the price of the scheme": ({"price_fen": None}, None),
    "for nothing": ({"price_fen": 0}, None),
    "as dear as may be": ({"price_fen": 1_000_000}, None),
    "confirmed by a relative with a name": ({"confirmed_by": "relative", "confirmer": "女儿"}, None),
    "under no key": ({"key": "short"}, ("一次性编号不对", "请刷新页面再试", "key")),
    "of no kind": ({"kind": "meal"}, (LIST, "", "kind")),
    "paid in no way": ({"pay_way": "card"}, (LIST, "", "pay_way")),
    "confirmed by nobody known": ({"confirmed_by": "neighbour"}, (LIST, "", "confirmed_by")),
    "of no time": ({"minutes": 0}, ("时长要在 1 到 1440 分钟之间", "", "minutes")),
    "longer than a day": ({"minutes": 1441}, ("时长要在 1 到 1440 分钟之间", "", "minutes")),
    "below nothing": ({"price_fen": -1}, ("金额要在 0 到 10000 元之间", "", "price")),
    "dearer": ({"price_fen": 1_000_001}, ("金额要在 0 到 10000 元之间", "", "price")),
    "confirmed by a relative without a name": (
        {"confirmed_by": "relative", "confirmer": " "},
        ("请写明由谁确认", "", "confirmer"),
    ),
}


@pytest.mark.parametrize(("changed", "said"), ASKED.values(), ids=ASKED)
def test_a_service_nobody_could_have_meant_is_told(changed, said):
    request = replace(REQUEST, **changed)

    if said is None:
        rules.check_request(request)
    else:
        assert told_where(lambda: rules.check_request(request)) == said


DAYS = {
    "today": (date(2026, 11, 21), None),
    "tomorrow": (date(2026, 11, 22), ("2026-11-22 还没有到,不能登记服务", "请检查日期", "day_in_future")),
    "as long ago as may be": (date(2026, 8, 21), None),
    "a day longer": (date(2026, 8, 20), ("2026-08-20 已过去 92 天以上,不能再补录", "请与民政联系", "day_too_old")),
}


@pytest.mark.parametrize(("day", "said"), DAYS.values(), ids=DAYS)
def test_a_service_is_recorded_on_its_day_or_soon_after(day, said):
    if said is None:
        rules.check_day(day, today=date(2026, 11, 21))
    else:
        assert told_where(lambda: rules.check_day(day, today=date(2026, 11, 21))) == said


def words(refusal):
    return refusal and (refusal.code, str(refusal), refusal.next_step)


CORRECT = "请核对日期;登记有误的,请负责人在「老人」页更正"
STATES = {
    "active": ("active", None, None),
    "paused": ("paused", date(2026, 11, 1), None),
    "died": ("died", date(2026, 11, 1), ("elder_died", "登记显示 王秀兰 已于 2026-11-01 去世", CORRECT)),
    "moved": ("moved", date(2026, 11, 1), ("elder_moved", "王秀兰 已于 2026-11-01 迁出", CORRECT)),
    "moved, nobody knows when": ("moved", None, ("elder_moved", "王秀兰 已于  迁出", CORRECT)),
}


@pytest.mark.parametrize(("state", "since", "said"), STATES.values(), ids=STATES)
def test_nobody_is_served_after_a_death_or_a_move(state, since, said):
    assert words(rules.refuse_state("王秀兰", state, since)) == said


OTHER = "请换一家服务机构"
PROVIDERS = {
    "banned": (
        ProviderStanding("甲", (), [YEAR], [BAN], "fail"),
        ("provider_banned", "「甲」已被取消资格(2026-11-20 至 2029-11-20 前):测试", OTHER),
    ),
    "failed": (
        ProviderStanding("甲", (), [], [], "fail"),
        ("provider_failed", "「甲」最近一次考核不合格,已退出", OTHER),
    ),
    "without a contract": (
        ProviderStanding("甲", (), [], []),
        ("provider_no_contract", "「甲」在 2026-11-21 没有有效的合同", "请核对日期,或请民政登记合同"),
    ),
    "for other kinds": (
        ProviderStanding("甲", ("bathing",), [YEAR], []),
        ("provider_other_kind", "「甲」不提供这种服务", "请换一家服务机构或核对服务种类"),
    ),
    "for every kind": (ProviderStanding("甲", (), [YEAR], []), None),
}


@pytest.mark.parametrize(("provider", "said"), PROVIDERS.values(), ids=PROVIDERS)
def test_what_stands_against_a_provider_is_said(provider, said):
    assert words(rules.refuse_provider(provider, "cleaning", date(2026, 11, 21))) == said


def test_a_contract_ends_on_the_earlier_of_its_days():
    assert [Contract(YEAR.from_day, YEAR.to_day, ended).last for ended in (None, date(2026, 6, 30), date(2027, 6, 30))] == [
        YEAR.to_day, date(2026, 6, 30), YEAR.to_day
    ]  # fmt: skip
    assert [YEAR.covers(day) for day in (date(2025, 12, 31), date(2026, 1, 1))] == [False, True]


def test_one_key_asks_for_one_service():
    rules.same_content(REQUEST.content(), replace(REQUEST, key="other-key"))
    assert told_where(lambda: rules.same_content(REQUEST.content(), replace(REQUEST, minutes=61))) == (
        "这个一次性编号已用于另一次服务",
        "请刷新页面,重新填写",
        "key_reused",
    )


def test_a_void_needs_a_reason_and_comes_within_a_month():
    example = "例如:登记错人、没有上门"
    assert told_where(lambda: rules.check_void(CareVoid(care_id=1, key="void-key-1", reason=" x "))) == (
        "作废要写明原因", example, "reason"
    )  # fmt: skip
    rules.check_void(CareVoid(care_id=1, key="void-key-1", reason="没有上门"))
    rules.may_void(recorded_on=date(2026, 11, 1), today=date(2026, 12, 2))
    assert told_where(lambda: rules.may_void(recorded_on=date(2026, 11, 1), today=date(2026, 12, 3))) == (
        "登记已超过 31 天,不能作废", "请与民政联系,用更正处理", "void_too_late"
    )  # fmt: skip


CONTRACTS = {
    "after the earlier one": (date(2027, 1, 1), date(2027, 12, 31), None),
    "for a day": (date(2027, 1, 1), date(2027, 1, 1), None),
    "before it": (date(2025, 1, 1), date(2025, 12, 31), None),
    "backwards": (date(2027, 1, 2), date(2027, 1, 1), ("最后一天不能早于第一天", "", "to_day")),
    "over its last day": (
        date(2026, 12, 31),
        date(2027, 12, 31),
        ("与 2026-01-01 至 2026-12-31 的合同重叠", "请核对日期,或先提前终止那份合同", "contract_overlaps"),
    ),
    "over its first day": (
        date(2025, 1, 1),
        date(2026, 1, 1),
        ("与 2026-01-01 至 2026-12-31 的合同重叠", "请核对日期,或先提前终止那份合同", "contract_overlaps"),
    ),
}


@pytest.mark.parametrize(("first", "last", "said"), CONTRACTS.values(), ids=CONTRACTS)
def test_contracts_follow_one_another(first, last, said):
    new = NewContract(provider_id=1, number="1", from_day=first, to_day=last)

    if said is None:
        rules.check_contract(new, [YEAR])
    else:
        assert told_where(lambda: rules.check_contract(new, [YEAR])) == said


PERIOD = ("考核期写成 2026(年度)或 2026-Q4(季度)", "", "period")
RECTIFY = ("「合格,限期整改」要写整改期限,其他等次不写", "", "rectify_by")
GRADED = {
    "of a year": ("2026", "excellent", None, None),
    "of a quarter": ("2026-Q4", "excellent", None, None),
    "to be put right by a day": ("2026", "pass_with_rectification", date(2027, 1, 1), None),
    "of a quarter there is not": ("2026-Q5", "excellent", None, PERIOD),
    "of a month": ("2026-11", "excellent", None, PERIOD),
    "by no grade": ("2026", "good", None, (LIST, "", "grade")),
    "to be put right by no day": ("2026", "pass_with_rectification", None, RECTIFY),
    "with a day for nothing": ("2026", "excellent", date(2027, 1, 1), RECTIFY),
}


@pytest.mark.parametrize(("period", "grade", "by", "said"), GRADED.values(), ids=GRADED)
def test_a_grade_has_a_period_and_a_day_where_it_is_asked_for(period, grade, by, said):
    new = NewAssessment(provider_id=1, period=period, grade=grade, rectify_by=by, note="")

    if said is None:
        rules.check_assessment(new)
    else:
        assert told_where(lambda: rules.check_assessment(new)) == said
