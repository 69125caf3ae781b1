"""What a month brings to somebody, and what stands against a service: each refusal and each sum in its words."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from canteen.schemes.deciding.credits import Credit, credit, credits, made_up
from canteen.schemes.deciding.decide import decide
from canteen.schemes.facts import Person, Service
from canteen.schemes.language.scheme import Scheme, load_scheme

HEAD = 'id = "s1"\nversion = "1"\nname = "方案"\nstack_group = "care"\n'
MEALS = 'amount = { kind = "per_meal", yuan = 3 }\n'
PURSE = 'credit = { yuan = 50 }\npurse = { expires = "never", pays_for = ["services"] }\n'
SERVICE = MEALS + '[[services]]\nkind = "cleaning"\n'

# What a month brings

NOVEMBER = date(2026, 11, 1)
ELDER = Person(date(1946, 11, 15), "甲县", "甲县", "rural", frozenset({"dibao"}), "disabled")


def purse(terms: str = "credit = { yuan = { urban = 90, rural = 60 } }", more: str = "", name: str = "s1") -> Scheme:
    return load_scheme(
        f'id = "{name}"\nversion = "1"\nname = "方案{name}"\nstack_group = "care"\n{terms}\n'
        f'[purse]\nexpires = "month_end"\npays_for = ["services"]\n{more}\n'
    )


def told(scheme: Scheme, who: Person = ELDER, month: date = NOVEMBER) -> tuple[int, str]:
    answer = credit(who, month, scheme)
    return (answer.amount_fen, answer.reason.words()) if isinstance(answer, Credit) else (0, answer.words())


def who(**facts: Any) -> Person:
    return replace(ELDER, **facts)


CLASSES = 'classes = [{ code = "甲", when = { age = { from = 80 } }, credit = { yuan = 80 } }, { code = "乙", when = {}, credit = { yuan = # } }]'


@pytest.mark.parametrize(
    ("scheme", "facts", "answer"),
    [
        (purse(), {}, (6000, "每月额度 60.00")),
        (purse(), {"settlement": "urban"}, (9000, "每月额度 90.00")),
        (purse(), {"settlement": ""}, (0, "缺少城镇或农村类别,不能判定")),
        (purse(), {"waived": frozenset({"s1"})}, (0, "本人已放弃这项补助")),
        (purse("valid_from = 2026-11-30\ncredit = { yuan = 5 }"), {}, (500, "每月额度 5.00")),
        (purse("valid_from = 2026-12-01\ncredit = { yuan = 5 }"), {}, (0, "用餐当日方案不在有效期内")),
        (purse("valid_to = 2026-11-01\ncredit = { yuan = 5 }"), {}, (500, "每月额度 5.00")),
        (purse("valid_to = 2026-10-31\ncredit = { yuan = 5 }"), {}, (0, "用餐当日方案不在有效期内")),
        (purse("credit = { yuan = 0 }"), {}, (0, "属关爱帮扶,没有补助金额")),
        (purse("credit = { hours = 10, rate_yuan = 8 }"), {}, (8000, "每月 10 小时,每小时 8.00,计 80.00")),
        (purse("credit = { points = 10, point_yuan = 0.5 }"), {}, (500, "每月 10 分,每分 0.50,计 5.00")),
        (purse('credit = { yuan = "?" }'), {}, (0, "方案缺少数字,不能使用")),
        (purse(CLASSES.replace("#", '"?"')), {"birth_day": date(1940, 1, 1)}, (8000, "甲:每月额度 80.00")),
        (purse(CLASSES.replace("#", '"?"')), {"birth_day": date(1950, 1, 1)}, (0, "方案缺少数字,不能使用")),
        (purse(CLASSES.replace("#", "70")), {}, (7000, "乙:每月额度 70.00")),
        (purse(CLASSES.replace("#", "70"), 'age_on = "last"'), {}, (8000, "甲:每月额度 80.00")),
        (purse(CLASSES.replace("#", "90"), 'age_on = "last"'), {}, (8000, "甲:每月额度 80.00")),
        (purse('choose = "highest"\n' + CLASSES.replace("#", "90"), 'age_on = "last"'), {}, (9000, "乙:每月额度 90.00")),
        (purse(more='credited = "quarter"'), {}, (0, "这项额度在 1、4、7、10 月计入,本月不计")),
        (purse(more='credited = "half_year"'), {}, (0, "这项额度在 1、7 月计入,本月不计")),
        (load_scheme(HEAD + MEALS), {}, (0, "这个方案没有额度账户")),
    ],
)  # fmt: skip
def test_what_a_month_brings(scheme: Scheme, facts: dict[str, Any], answer: tuple[int, str]) -> None:
    assert told(scheme, who(**facts)) == answer


@pytest.mark.parametrize(
    ("credited", "month", "sum_fen", "last"),
    [
        ("quarter", date(2026, 10, 1), 18000, date(2026, 12, 31)),
        ("half_year", date(2026, 7, 1), 36000, date(2026, 12, 31)),
        ("year", date(2026, 1, 1), 72000, date(2026, 12, 31)),
    ],
)
def test_several_months_at_once(credited: str, month: date, sum_fen: int, last: date) -> None:
    found = credit(ELDER, month, purse(more=f'credited = "{credited}"'))
    assert isinstance(found, Credit)
    months = {"quarter": 3, "half_year": 6, "year": 12}[credited]
    assert (found.amount_fen, found.months, found.expires_on, found.month) == (sum_fen, months, last, month)
    assert found.reason.words() == f"每月额度 60.00,一次计入 {months} 个月,共 {sum_fen / 100:.2f}"
    hours = credit(ELDER, month, purse("credit = { hours = 2, rate_yuan = 8 }", f'credited = "{credited}"'))
    points = credit(ELDER, month, purse("credit = { points = 2, point_yuan = 8 }", f'credited = "{credited}"'))
    assert isinstance(hours, Credit) and (hours.minutes, hours.rate_fen, hours.points) == (120 * months, 800, None)
    assert isinstance(points, Credit) and (points.minutes, points.rate_fen, points.points) == (None, 800, 2 * months)


def test_of_a_group_the_highest_counts_and_of_equals_the_earlier() -> None:
    low, high, same = (
        purse(f"credit = {{ yuan = {yuan} }}", name=name) for name, yuan in (("a", 5), ("b", 9), ("c", 9))
    )

    found = credits(ELDER, NOVEMBER, [low, high, same, load_scheme(HEAD + MEALS)])

    assert {name: one.words() if not isinstance(one, Credit) else one.amount_fen for name, one in found.items()} == {
        "a": "同组只取最高的一项,按「方案b」计",
        "b": 900,
        "c": "同组只取最高的一项,按「方案b」计",
    }


@pytest.mark.parametrize(
    ("own", "base", "amount_fen", "words"),
    [
        (90, 60, 3000, "本地标准 90.00,基础部分 60.00,补差额 30.00"),
        (60, 60, None, "本地标准 60.00 不高于基础部分 60.00,没有差额"),
        (50, 60, None, "本地标准 50.00 不高于基础部分 60.00,没有差额"),
        (90, None, 9000, "没有基础部分,按本地标准 90.00"),
    ],
)
def test_a_local_standard_above_another(own: int, base: int | None, amount_fen: int | None, words: str) -> None:
    above = purse(f"credit = {{ yuan = {own} }}", 'above = "base"', name="above")
    below = [purse(f"credit = {{ yuan = {base} }}", name="base")] if base else []

    answer = credits(ELDER, NOVEMBER, [above, *below])["above"]

    assert (answer.amount_fen if isinstance(answer, Credit) else None) == amount_fen
    assert (answer.reason if isinstance(answer, Credit) else answer).words() == words


def test_a_missed_month_is_made_up_in_the_next_one_only_where_the_purse_allows_it() -> None:
    for more, months in (("", {11: True, 12: False}), ('missed_month = "next_month"', {11: True, 12: True})):
        scheme = purse(more=more)
        answer = credit(ELDER, NOVEMBER, scheme)
        assert isinstance(answer, Credit) and scheme.purse is not None
        for month, is_made in months.items():
            assert isinstance(made_up(answer, scheme.purse, date(2026, month, 1)), Credit) is is_made
        late = made_up(answer, scheme.purse, date(2027, 1, 1))
        assert not isinstance(late, Credit) and late.words() == "这个月没有按时计入,按规定不能在这时补计"
    made = made_up(answer, scheme.purse, date(2026, 12, 1))
    assert isinstance(made, Credit) and made.expires_on == date(2026, 12, 31)


# What stands against a service

CLEANING = Service(date(2026, 11, 21), "cleaning", 60, 3000)


@pytest.mark.parametrize(
    ("terms", "facts", "service", "words"),
    [
        (SERVICE + "yuan = 30", {}, {}, "由补助支付 30.00"),
        (SERVICE + "yuan = 30", {"waived": frozenset({"s1"})}, {}, "本人已放弃这项补助"),
        (SERVICE + 'yuan = "?"', {}, {}, "方案缺少数字,不能使用"),
        ("valid_from = 2026-11-22\n" + SERVICE + "yuan = 30", {}, {}, "用餐当日方案不在有效期内"),
        ("valid_to = 2026-11-21\n" + SERVICE + "yuan = 30", {}, {}, "由补助支付 30.00"),
        (SERVICE + "yuan = 30", {}, {"kind": "medicine"}, "不能用于药品和实物商品"),
        (SERVICE + "yuan = 30", {}, {"kind": "bathing"}, "这种服务不在支付范围内"),
        (SERVICE + "yuan = 30", {}, {"contracted": False}, "服务方没有有效的合同或已被取消资格"),
        (SERVICE + "yuan = 30\nleast_minutes = 61", {}, {}, "服务 60 分钟,不足 61 分钟,不支付"),
        (SERVICE + "yuan = 30\nleast_minutes = 60", {}, {}, "由补助支付 30.00"),
        (SERVICE + "yuan = 30\ntimes = 0", {}, {}, "本月最多支付 0 次,已用完"),
        (SERVICE + "yuan = 30\nown_yuan = 5", {}, {}, "自付 5.00,其余 25.00 由补助支付"),
        (SERVICE + "yuan = 30\nat_most_yuan = 20", {}, {}, "每次最多支付 20.00,本次支付 20.00"),
        (PURSE, {}, {}, "额度没有余额"),
    ],
)
def test_what_is_said_of_a_service(terms: str, facts: dict[str, Any], service: dict[str, Any], words: str) -> None:
    decision = decide(who(**facts), replace(CLEANING, **service), [load_scheme(HEAD + terms)], {})

    assert decision.verdicts[0].reason.words() == words
