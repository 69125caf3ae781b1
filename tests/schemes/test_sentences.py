"""Every sentence of a reason, said once with its sums: what is told is what was reckoned.

One row a code of ``reasons.WORDS``; the last test finds a code without a row.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from canteen.schemes.language.scheme import Scheme, load_scheme
from canteen.schemes.reasons import WORDS
from canteen.schemes.trial.trial import read_file, try_schemes

HEAD = 'id = "{id}"\nversion = "1"\nname = "方案{id}"\nstack_group = "{group}"\n'
THREE = 'amount = { kind = "per_meal", yuan = 3 }\n'
PLACE = "金溪县/云溪镇/枫林村"
#: 82 years old on the days below.
ELDER = {
    "birth_day": "1944-03-01",
    "hukou": PLACE,
    "residence": PLACE,
    "settlement": "rural",
    "statuses": ["dibao"],
    "ability": "able",
    "sex": "female",
}
PURSE = '[purse]\nexpires = "never"\npays_for = ["meal", "services"]\n'
Event = dict[str, Any]


def scheme(terms: str, name: str = "a", group: str = "g") -> Scheme:
    return load_scheme(HEAD.format(id=name, group=group) + terms)


def lunch(price: str = "10.00", day: str = "2026-11-20", **more: Any) -> Event:
    return {"event": "meal", "day": day, "slot": "lunch", "price": price, **more}


def dinner(price: str = "10.00", day: str = "2026-11-20", **more: Any) -> Event:
    return lunch(price, day, **more) | {"slot": "dinner"}


def service(price: str = "40.00", day: str = "2026-11-20", **more: Any) -> Event:
    return {"event": "service", "day": day, "kind": "bathing", "minutes": 60, "price": price, **more}


def credited(month: str = "2026-11", **more: Any) -> Event:
    return {"event": "credit", "month": month, **more}


def happens(kind: str, day: str = "2026-11-10") -> Event:
    return {"event": kind, "day": day}


def told(schemes: list[Scheme], events: list[Event], **case: Any) -> Iterator[tuple[str, str]]:
    """Code and words of every reason in the answer, in its order."""
    facts = {"person": ELDER, "site_area": PLACE, "events": events} | case
    (result,) = try_schemes(schemes, read_file(json.dumps({"cases": [facts]})).cases)
    yield from reasons(result)


def told_of_site(terms: str, site: Event, months: list[Event]) -> Iterator[tuple[str, str]]:
    case = {"year": 2026, "site": site} | ({"months": months} if months else {})
    (result,) = try_schemes([scheme(terms)], read_file(json.dumps({"cases": [case]})).cases)
    yield from reasons(result)


def reasons(found: Any) -> Iterator[tuple[str, str]]:
    if isinstance(found, dict) and "words" in found:
        yield found["reason"], found["words"]
    for inner in found.values() if isinstance(found, dict) else found if isinstance(found, list) else ():
        yield from reasons(inner)


def month(**volumes: Any) -> Event:
    return {"month": "2026-03", **volumes}


def cap(per: str, most: str = "yuan = 4") -> str:
    return THREE + f'caps = [{{ per = "{per}", {most} }}]\n'


TWO = [lunch(), dinner()]
#: Terms of a scheme and what happens -> the sentence.
OF_MEALS: list[tuple[str, str, list[Event], str, dict[str, Any]]] = [
    ("norm_half", 'amount = { kind = "monthly_norm", yuan = 400, own_percent = 50 }', [lunch("10.01")],
     "标准每月 400.00,已用 0.00,本次计入 10.01,自付一半 5.01", {}),
    ("norm", 'amount = { kind = "monthly_norm", yuan = 400, own_percent = 30 }', [lunch(), dinner()],
     "标准每月 400.00,已用 10.00,本次计入 10.00,自付 30% 即 3.00", {}),
    ("norm_free", 'amount = { kind = "monthly_norm", yuan = 400, own_percent = 0 }', [lunch()],
     "标准每月 400.00,已用 0.00,本次计入 10.00,免自付", {}),
    ("norm_used_up", 'amount = { kind = "monthly_norm", yuan = 10, own_percent = 50 }', TWO,
     "标准每月 10.00,已用 10.00,没有可补助的余额", {}),
    ("per_meal", THREE, [lunch()], "每餐补助 3.00,不超过餐价,本次补助 3.00", {}),
    ("percent", 'amount = { kind = "percent", percent = 12.5 }', [lunch()], "按餐价 10.00 的 12.5% 补助 1.25", {}),
    ("own_price", 'amount = { kind = "own_price", own_yuan = 4 }', [lunch()],
     "自付 4.00,其余 6.00 由补助支付", {}),
    ("free", 'amount = { kind = "free" }', [lunch()], "免费用餐,补助 10.00", {}),
    ("at_most", 'amount = { kind = "free", at_most_yuan = 8 }', [lunch()], "每餐最多补助 8.00,本次补助 8.00", {}),
    ("cut_sitting", THREE + 'caps = [{ per = "sitting", yuan = 2 }]', [lunch()],
     "本餐次补助限额 2.00,已用 0.00,本次补助 2.00", {}),
    ("cut_day", cap("day"), TWO, "本日补助限额 4.00,已用 3.00,本次补助 1.00", {}),
    ("cut_week", cap("week"), TWO, "本周补助限额 4.00,已用 3.00,本次补助 1.00", {}),
    ("cut_month", cap("month"), TWO, "本月补助限额 4.00,已用 3.00,本次补助 1.00", {}),
    ("cut_year", cap("year"), TWO, "本年补助限额 4.00,已用 3.00,本次补助 1.00", {}),
    ("money_day", cap("day"), [lunch(), dinner(), lunch() | {"slot": "breakfast"}],
     "本日补助限额 4.00,已用完", {}),
    ("money_week", cap("week"), [*TWO, lunch(day="2026-11-21")], "本周补助限额 4.00,已用完", {}),
    ("money_month", cap("month"), [*TWO, lunch(day="2026-11-30")], "本月补助限额 4.00,已用完", {}),
    ("money_year", cap("year"), [*TWO, lunch(day="2026-12-31")], "本年补助限额 4.00,已用完", {}),
    ("meals_sitting", THREE, [lunch(), lunch()], "本餐次最多补助 1 餐,已用完", {}),
    ("meals_day", cap("day", "meals = 1"), TWO, "本日最多补助 1 餐,已用完", {}),
    ("meals_week", cap("week", "meals = 1"), [lunch(), lunch(day="2026-11-22")], "本周最多补助 1 餐,已用完", {}),
    ("meals_month", cap("month", "meals = 1"), [lunch(), lunch(day="2026-11-30")], "本月最多补助 1 餐,已用完", {}),
    ("meals_year", cap("year", "meals = 1"), [lunch(), lunch(day="2026-12-31")], "本年最多补助 1 餐,已用完", {}),
    ("per_day", 'amount = { kind = "per_day", yuan = 8 }', [lunch("6.00"), dinner("6.00")],
     "每天补助 8.00,本日已用 6.00,本次补助 2.00", {}),
    ("per_day_used_up", 'amount = { kind = "per_day", yuan = 8 }', TWO, "每天补助 8.00,本日已用完", {}),
    ("discount", 'amount = { kind = "discount", percent = 20, when = "before" }', [lunch()],
     "按 10.00 优惠 20%,即 2.00", {}),
    ("own_least", 'amount = { kind = "free" }\nown_at_least_yuan = 1', [lunch()], "个人至少付 1.00,本次补助 9.00", {}),
    ("budget_cut", THREE + 'when_exhausted = "stop"\nfunding = [{ payer = "镇", percent = 100, budget_yuan = 4, budget_per = "month" }]',
     TWO, "本项预算只剩 1.00,本次补助 1.00", {}),
    ("gap", THREE + 'funding = [{ payer = "镇", percent = 100, budget_yuan = 4, budget_per = "month" }]', TWO,
     "各方预算已用完,缺口 2.00 由运营方先垫付", {}),
    ("budget_used_up", THREE + 'when_exhausted = "stop"\nfunding = [{ payer = "镇", percent = 100, budget_yuan = 3, budget_per = "year" }]',
     TWO, "本项预算已用完,本次不补助", {}),
    ("care", 'amount = { kind = "care" }', [lunch()], "属关爱帮扶,没有补助金额", {}),
    ("waived", THREE, [lunch()], "本人已放弃这项补助", {"person": ELDER | {"waived": ["a"]}}),
    ("not_approved", THREE + "[approval]\nautomatic_by_age = true", [lunch()], "还没有批准享受这项补助",
     {"person": ELDER | {"approved": []}}),
    ("site_outside", THREE + 'site_area = { in = ["金溪县/秀谷镇"] }', [lunch()], "用餐地点不在补助地区内", {}),
    ("site_elsewhere", THREE + 'site_area = { same = "township" }', [lunch()],
     "不在本人所在地的助餐点用餐,不补助", {"site_area": "金溪县/秀谷镇/上村"}),
    ("slot", THREE + 'slots = ["lunch"]', [dinner()], "这个餐次不在补助范围内", {}),
    ("set_meal_only", THREE + "set_meal_only = true", [lunch(set_meal=False)], "只补助套餐", {}),
    ("way", THREE + 'ways = ["dine_in"]', [lunch(way="delivery")], "这种取餐方式不在补助范围内", {}),
    ("weekday", THREE + 'weekdays = ["mon"]', [lunch()], "这一天不在补助的星期内", {}),
    ("working_day", THREE + "working_days_only = true", [lunch(working_day=False)], "只补助工作日用餐", {}),
    ("not_booked", THREE + 'booking = { by = "09:00" }', [lunch()], "没有预订,只补助预订的餐", {}),
    ("booked_late", THREE + 'booking = { by = "09:00" }', [lunch(booked_on="2026-11-20", booked_time="09:01")],
     "2026-11-20 09:01 预订,应不晚于 2026-11-20 09:00", {}),
    ("second_portion", THREE, [lunch(second_portion=True)], "本餐次的第二份不补助", {}),
    ("spend_from", THREE + "spend = { from = 11 }", [lunch()], "餐价 10.00,满 11.00 才有补助", {}),
    ("spend_over", THREE + "spend = { over = 10 }", [lunch()], "餐价 10.00,超过 10.00 才有补助", {}),
    ("nothing_due", 'amount = { kind = "own_price", own_yuan = 10 }', [lunch()], "按规定计算,本次补助为 0.00", {}),
    ("not_in_force", "valid_to = 2026-11-19\n" + THREE, [lunch()], "用餐当日方案不在有效期内", {}),
    ("incomplete", 'amount = { kind = "per_meal", yuan = "?" }', [lunch()], "方案缺少数字,不能使用", {}),
    ("age", THREE + "eligible = { age = { from = 83 } }", [lunch()], "用餐当日 82 周岁,不在年龄范围内", {}),
    ("hukou", THREE + 'eligible = { hukou = { in = ["南昌市"] } }', [lunch()], "户籍地不在范围内", {}),
    ("residence", THREE + 'eligible = { residence = { in = ["南昌市"] } }', [lunch()], "居住地不在范围内", {}),
    ("settlement", THREE + 'eligible = { settlement = ["urban"] }', [lunch()], "城镇或农村类别不在范围内", {}),
    ("months", THREE + "eligible = { resident_months = { from = 6 } }", [lunch()],
     "住满 5 个月,不在规定的居住时间内", {"person": ELDER | {"resident_since": "2026-05-21"}}),
    ("permit", THREE + 'eligible = { permit = ["residence"] }', [lunch()], "居住证件不在范围内",
     {"person": ELDER | {"permit": "none"}}),
    ("sex", THREE + 'eligible = { sex = ["male"] }', [lunch()], "性别不在范围内", {}),
    ("not_in_groups", THREE + 'eligible = { any_status = ["tekun"] }', [lunch()], "不在这项补助的人群内", {}),
    ("own_rest", THREE, [lunch()], "餐价 10.00,补助 3.00,自付 7.00", {}),
    ("own_all", 'amount = { kind = "per_meal", yuan = "?" }', [lunch()], "没有补助,全部自付 10.00", {}),
    ("site_discount", THREE, [lunch(net_price="8.00")], "餐价 10.00,助餐点优惠后 8.00", {}),
    ("fee", THREE + "delivery = { yuan = 2 }", [lunch(way="delivery", fee="3.00")], "送餐费 3.00,补助 2.00", {}),
    ("own_fee", THREE + "delivery = { yuan = 2 }", [lunch(way="delivery", fee="3.00")], "送餐费 3.00,自付 1.00", {}),
    *(
        (f"unknown_{fact}", THREE + f"eligible = {{ {terms} }}", [lunch()], f"缺少{words},不能判定",
         {"person": {key: value for key, value in ELDER.items() if key != fact}})
        for fact, terms, words in (
            ("hukou", 'hukou = { in = ["金溪县"] }', "户籍地"),
            ("residence", 'residence = { in = ["金溪县"] }', "居住地"),
            ("settlement", 'settlement = ["rural"]', "城镇或农村类别"),
            ("months", "resident_months = { from = 6 }", "居住起始日期"),
            ("permit", 'permit = ["residence"]', "居住证件"),
            ("sex", 'sex = ["female"]', "性别"),
            ("ability", 'ability = ["able"]', "能力评估"),
        )
    ),
]  # fmt: skip


@pytest.mark.parametrize(("code", "terms", "events", "words", "case"), OF_MEALS, ids=[row[0] for row in OF_MEALS])
def test_of_a_meal(code: str, terms: str, events: list[Event], words: str, case: dict[str, Any]) -> None:
    found = list(told([scheme(terms)], events, **case))

    assert (code, words) in found, found


def pair(first: str, second: str, *, groups: tuple[str, str] = ("g", "h")) -> list[Scheme]:
    return [scheme(first, "a", groups[0]), scheme(second, "b", groups[1])]


FIVE = 'amount = { kind = "free", at_most_yuan = 5 }\n'
FIFTY = "credit = { yuan = 50 }\n"
CLASS = '[[classes]]\ncode = "甲"\nwhen = { any_status = ["dibao"] }\n'
HOSPITAL = FIFTY + PURSE + 'freeze_on = ["died", "moved", "hospital", "institution", "status_ended"]\n'
SITE = {
    "settlement": "rural",
    "opened_on": "2020-01-01",
    "assessment": "passed",
    "accepted": True,
    "serves_meals": True,
}
EACH = '[[site_money]]\ncode = "补助"\nper = "year"\nbasis = "{basis}"\n'
FIXED = EACH.replace("{basis}", "fixed") + "yuan = 12000\n"
COUNT = EACH.replace("{basis}", "meals")
TIERS = "tiers = [{ from = 10, yuan = 500 }, { from = 100, yuan = 900 }]\n"
EACH_TIERS = TIERS.replace(" yuan", " each_yuan")
DECIDED = EACH.replace("{basis}", "decided") + "from_yuan = 100\nat_most_yuan = 900\n"
GRANT = "[operating_grant]\ntiers = [{ meals_a_day = 1, yuan = 10000 }, { meals_a_day = 2, yuan = 20000 }]\n" + (
    "threshold_percent = 90\n"
)
LAYERS = (
    'amount = { kind = "layers", layers = [{ payer = "省", amount = { kind = "per_meal", yuan = { lunch = 2 } } }, '
    '{ payer = "市", amount = { kind = "per_meal", yuan = 1 }, when = { any_status = ["tekun"] } }] }'
)
BATH = '[[services]]\nkind = "bathing"\n'
#: Schemes and what happens -> a sentence of several schemes, of purses, of services, of frequency.
OF_THE_REST: list[tuple[str, list[Scheme], list[Event], str]] = [
    ("lower", pair(THREE, FIVE, groups=("g", "g")), [lunch()], "同组只取最高的一项,本次按「方案b」补助"),
    ("rest", pair(THREE, 'amount = { kind = "free" }'), [lunch()], "其他补助先付,本项只补其余的 7.00"),
    ("nothing_left", pair('amount = { kind = "free" }', THREE), [lunch()], "其他补助已付清餐价"),
    ("layers", [scheme('amount = { kind = "layers", layers = [{ payer = "省", amount = { kind = "per_meal", yuan = 2 } }, '
     '{ payer = "市", amount = { kind = "per_meal", yuan = 1 } }] }')], [lunch()], "分级补助共 3.00:省 2.00、市 1.00"),
    ("layers_some", [scheme(LAYERS)], [lunch()], "分级补助共 2.00:省 2.00;市 本次不补"),
    ("layers_none", [scheme(LAYERS)], [dinner()], "市 本次不补"),
    ("only_sites", [scheme(FIXED)], [lunch()], "这个方案只有助餐点的补助,与个人无关"),
    ("money_sitting", [scheme(THREE + 'caps = [{ per = "sitting", meals = 2 }, { per = "sitting", yuan = 3 }]')],
     [lunch(), lunch()], "本餐次补助限额 3.00,已用完"),
    ("purse", [scheme(FIFTY + PURSE)], [credited(), lunch()], "从账户余额 50.00 中支付 10.00,还剩 40.00"),
    ("purse_not_for_meals", [scheme(FIFTY + PURSE.replace('"meal", ', ""))], [credited(), lunch()], "这个账户不用于用餐"),
    ("credit_month", [scheme(FIFTY + PURSE)], [credited()], "每月额度 50.00"),
    ("credit_months", [scheme(FIFTY + PURSE + 'credited = "quarter"\n')], [credited("2026-10")],
     "每月额度 50.00,一次计入 3 个月,共 150.00"),
    ("credit_hours", [scheme("credit = { hours = 20, rate_yuan = 8 }\n" + PURSE)], [credited()],
     "每月 20 小时,每小时 8.00,计 160.00"),
    ("credit_points", [scheme('credit = { points = 30, point_yuan = "0.50" }\n' + PURSE)], [credited()],
     "每月 30 分,每分 0.50,计 15.00"),
    ("credit_above", pair("credit = { yuan = 60 }\n" + PURSE + 'above = "b"\n', FIFTY + PURSE), [credited()],
     "本地标准 60.00,基础部分 50.00,补差额 10.00"),
    ("credit_not_above", pair("credit = { yuan = 40 }\n" + PURSE + 'above = "b"\n', FIFTY + PURSE), [credited()],
     "本地标准 40.00 不高于基础部分 50.00,没有差额"),
    ("credit_no_base", [scheme("credit = { yuan = 60 }\n" + PURSE + 'above = "b"\n')], [credited()],
     "没有基础部分,按本地标准 60.00"),
    ("credit_lower", pair(FIFTY + PURSE, "credit = { yuan = 60 }\n" + PURSE, groups=("g", "g")), [credited()],
     "同组只取最高的一项,按「方案b」计"),
    ("credit_later", [scheme(FIFTY + PURSE + 'credited = "half_year"\n')], [credited("2026-08")],
     "这项额度在 1、7 月计入,本月不计"),
    ("credit_missed", [scheme(FIFTY + PURSE)], [credited("2026-08", made_in="2026-11")],
     "这个月没有按时计入,按规定不能在这时补计"),
    ("credit_twice", [scheme(FIFTY + PURSE)], [credited(), credited()], "这个月的额度已经计入过"),
    ("age_month", [scheme(FIFTY + "eligible = { age = { from = 83 } }\n" + PURSE)], [credited()],
     "按 2026-11-01 计 82 周岁,不在年龄范围内"),
    ("hospital", [scheme(HOSPITAL)], [credited("2026-10"), happens("hospital_in"), lunch(), credited("2026-12")],
     "住院期间暂停"),
    ("left_area", [scheme(FIFTY + PURSE)], [credited("2026-10"), happens("moved"), lunch(), credited("2026-12")],
     "已迁出,自当日起停止"),
    ("died", [scheme(FIFTY + PURSE)], [credited("2026-10"), happens("died"), lunch(), credited("2026-12")],
     "已去世,自当日起停止"),
    ("closed", [scheme(FIFTY + PURSE)], [credited("2026-10"), happens("close"), lunch(), credited("2026-12")], "账户已注销"),
    ("no_class_any_more", [scheme(CLASS + FIFTY + HOSPITAL.removeprefix(FIFTY))],
     [credited("2026-10"), happens("facts") | {"end_statuses": ["dibao"]}, credited("2026-12")], "不再符合条件,自当日起停止"),
    ("in_institution", [scheme(HOSPITAL)],
     [credited("2026-10"), happens("facts") | {"add_statuses": ["institution"]}, credited("2026-12")],
     "已入住机构,自当日起停止"),
    ("service_no_price", [scheme(THREE + BATH)], [service() | {"price": None}],
     "方案没有写这种服务的价格,请填写服务方的价格"),
    ("service_not_covered", [scheme(THREE + BATH)], [service(kind="cleaning")], "这种服务不在支付范围内"),
    ("service_whole", [scheme(THREE + BATH)], [service()], "由补助支付 40.00"),
    ("service_own", [scheme(THREE + BATH + "own_percent = 30\n")], [service("40.01")], "自付 12.00,其余 28.01 由补助支付"),
    ("service_at_most", [scheme(THREE + BATH + "at_most_yuan = 30\n")], [service()], "每次最多支付 30.00,本次支付 30.00"),
    ("service_short", [scheme(THREE + BATH + "least_minutes = 61\n")], [service()], "服务 60 分钟,不足 61 分钟,不支付"),
    *(
        (f"service_times_{per}", [scheme(THREE + BATH + f'times = 1\nper = "{per}"\n')],
         [service(day="2026-11-16"), service(day=last)], f"{words}最多支付 1 次,已用完")
        for per, words, last in (
            ("week", "本周", "2026-11-22"), ("month", "本月", "2026-11-30"),
            ("quarter", "本季度", "2026-12-31"), ("year", "本年", "2026-12-31"),
        )
    ),
    ("service_rest", [scheme(THREE + BATH + "own_yuan = 15\n")], [service()], "服务价格 40.00,补助 25.00,自付 15.00"),
    ("purse_pays", [scheme(FIFTY + PURSE)], [credited(), service("60.00")], "额度余额 50.00,本次支付 50.00"),
    ("purse_empty", [scheme(FIFTY + PURSE)], [service()], "额度没有余额"),
    ("purse_short", [scheme(FIFTY + PURSE + 'when_short = "refuse"\n')], [credited(), service("60.00")],
     "额度余额 50.00,不足以支付 60.00,按规定不能办理"),
    ("wares", [scheme(FIFTY + PURSE)], [credited(), service(kind="medicine")], "不能用于药品和实物商品"),
    ("provider_out", [scheme(FIFTY + PURSE)], [credited(), service(contracted=False)], "服务方没有有效的合同或已被取消资格"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "schemes", "events", "words"), OF_THE_REST, ids=[row[0] for row in OF_THE_REST])
def test_of_purses_and_services(code: str, schemes: list[Scheme], events: list[Event], words: str) -> None:
    found = list(told(schemes, events))

    assert (code, words) in found, found


#: Sums of ``[[site_money]]`` -> terms, what is known of the site, its months, the sentence.
OF_SITES: list[tuple[str, str, Event, list[Event], str]] = [
    ("site_other", FIXED + 'sites = { settlement = ["urban"] }', {}, [], "不是这一项所指的助餐点"),
    ("site_needs_serves_meals", FIXED + 'needs = ["serves_meals"]', {"serves_meals": False}, [], "没有供餐,不计"),
    ("site_needs_accepted", FIXED + 'needs = ["accepted"]', {"accepted": False}, [], "还没有验收,不计"),
    ("site_needs_in_use", FIXED + 'needs = ["in_use"]', {"closed_on": "2025-12-31"}, [], "这段时间没有投入使用,不计"),
    ("site_not_assessed", FIXED + 'needs = ["passed"]', {"assessment": None}, [], "还没有考核,不计"),
    ("site_failed", FIXED + 'needs = ["passed"]', {"assessment": "failed"}, [], "考核不合格,不计"),
    ("site_too_young", FIXED + "least_months = 6", {"opened_on": "2026-08-01"}, [], "运行满 6 个月才计,现为 5 个月"),
    ("site_few_days", COUNT + "yuan = 1\nleast_service_days = 21", {}, [month(meals=5, service_days=20)],
     "供餐 20 天,满 21 天才计"),
    ("site_received", FIXED.replace('"year"', '"once"'), {"received": ["补助"]}, [], "这一项只给一次,已经给过"),
    ("site_fixed", FIXED, {}, [], "定额 12,000.00"),
    ("site_meals_a_day", GRANT, {"planned_days": 250, "days_with": {"1": 240, "2": 225}}, [],
     "计划供餐 250 天,每天 2 餐的有 225 天,达到 90%,每年 20,000.00"),
    ("site_days_short", GRANT, {"planned_days": 250, "days_with": {"1": 224, "2": 10}}, [],
     "计划供餐 250 天,应有 225 天(90%),有供餐的 224 天,未达到"),
    ("site_each", COUNT + "yuan = 2", {}, [month(meals=300)], "300 × 2.00,计 600.00"),
    ("site_tier", COUNT + TIERS, {}, [month(meals=99)], "数量 99,达到 10 一档,计 500.00"),
    ("site_tier_each", COUNT + EACH_TIERS, {}, [month(meals=100)], "数量 100,达到 100 一档,每份 900.00,计 90,000.00"),
    ("site_marginal", COUNT + EACH_TIERS + 'tiers_count = "marginal"', {}, [month(meals=101)],
     "数量 101,按档分段计 46,800.00"),
    ("site_below", COUNT + TIERS, {}, [month(meals=9)], "数量 9,未达到最低一档 10"),
    ("site_ages", COUNT + "by_age = [{ from = 60, to = 79, each_yuan = 1 }, { from = 80, each_yuan = 2.5 }]", {},
     [month(meals=110, ages={"72": 100, "85": 10})], "按用餐人年龄计 125.00"),
    ("site_percent", EACH.replace("{basis}", "investment") + "percent = 12.5", {"investment": "1000.04"}, [],
     "投入 1,000.04 的 12.5%,计 125.01"),
    ("site_decided", DECIDED, {"decided": [{"code": "补助", "amount": "900", "why": "按实际"}]}, [],
     "在 100.00 至 900.00 之间决定为 900.00:按实际"),
    ("site_to_decide", DECIDED, {}, [], "在 100.00 至 900.00 之间,由有权的人决定并写明理由"),
    ("site_out_of_range", DECIDED, {"decided": [{"code": "补助", "amount": "99.99", "why": "少"}]}, [],
     "决定的 99.99 不在 100.00 至 900.00 之间,不计"),
    ("site_at_most", COUNT + "yuan = 2\nat_most_yuan = 599", {}, [month(meals=300)], "最多 599.00,计 599.00"),
    ("site_graded", FIXED + 'grades = [{ grade = "合格", percent = 80 }]', {"assessment": "合格"}, [],
     "考核为「合格」,按 80% 计 9,600.00"),
    ("site_months", FIXED + 'pro_rata = "months"', {"opened_on": "2026-04-01"}, [],
     "全年 12,000.00,运行 9 个月,计 9,000.00"),
    ("site_nothing", COUNT + "yuan = 2", {}, [], "数量为 0,不计"),
    *(
        ("site_unknown", terms, dict.fromkeys(missing), [month(meals=150)], f"缺少助餐点的情况({words}),不能计算")
        for terms, missing, words in (
            (COUNT + "yuan = { urban = 2, rural = 1 }", ["settlement"], "城镇或农村"),
            (COUNT + "tiers = [{ from = 10, yuan = { urban = 2, rural = 1 } }, { from = 100, yuan = 9 }]", ["settlement"],
             "城镇或农村"),
            (FIXED + 'sites = { premises = ["rented"] }', [], "场所来源"),
            (FIXED + 'sites = { ownership = ["private"] }', [], "公办或民办"),
            (FIXED + 'sites = { operating_model = ["mutual"] }', [], "运营方式"),
            (FIXED + "least_months = 6", ["opened_on"], "开业日期"),
            (EACH.replace("{basis}", "investment") + "percent = 30", [], "投入金额"),
            *(
                (EACH.replace("{basis}", "size") + f'size_of = "{size}"\nyuan = 1', [], what)
                for size, what in (("square_metres", "面积"), ("beds", "床位数"), ("seats", "座位数"))
            ),
        )
    ),
]  # fmt: skip


@pytest.mark.parametrize(("code", "terms", "changed", "months", "words"), OF_SITES, ids=[row[0] for row in OF_SITES])
def test_of_money_for_sites(code: str, terms: str, changed: Event, months: list[Event], words: str) -> None:
    site = {key: value for key, value in (SITE | changed).items() if value is not None}

    found = list(told_of_site(terms, site, months))

    assert found == [(code, words)]


def test_of_a_size() -> None:
    """Square metres, beds and seats are each counted as what they are."""
    for size, count in (("square_metres", 120), ("beds", 12), ("seats", 40)):
        terms = EACH.replace("{basis}", "size") + f'size_of = "{size}"\nyuan = 2'
        [(_, words)] = told_of_site(terms, SITE | {size: count}, [])
        assert words == f"{count} × 2.00,计 {count * 2}.00"


OWED = FIFTY + PURSE + "[[frequency]]\n"
OF_FREQUENCY = [
    ("frequency_visits", OWED + 'per = "month"\nvisits = 1', "2026-11-30", "2026-11-01 至 2026-11-30 应服务 1 次,已 1 次,已达到"),
    ("frequency_visits_short", OWED + 'per = "month"\nvisits = 3', "2026-11-30",
     "2026-11-01 至 2026-11-30 应服务 3 次,已 1 次,还差 2 次,2026-11-30 前补齐"),
    ("frequency_visits_lost", OWED + 'per = "month"\nvisits = 3', "2026-12-01",
     "2026-11-01 至 2026-11-30 应服务 3 次,已 1 次,差 2 次,已过期限"),
    ("frequency_kinds", OWED + 'per = "year"\nkinds = 1', "2026-11-30", "2026-01-01 至 2026-12-31 应有 1 种服务,已 1 种,已达到"),
    ("frequency_kinds_short", OWED + 'per = "year"\nkinds = 3', "2026-11-30",
     "2026-01-01 至 2026-12-31 应有 3 种服务,已 1 种,还差 2 种,2026-12-31 前补齐"),
    ("frequency_kinds_lost", OWED + 'per = "month"\nkinds = 3', "2026-12-01",
     "2026-11-01 至 2026-11-30 应有 3 种服务,已 1 种,差 2 种,已过期限"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "terms", "day", "words"), OF_FREQUENCY, ids=[row[0] for row in OF_FREQUENCY])
def test_of_frequency(code: str, terms: str, day: str, words: str) -> None:
    found = list(told([scheme(terms)], [credited(), service(), happens("frequency", day)]))

    assert (code, words) in found, found


def test_the_class_stands_before_the_sentence() -> None:
    assert ("per_meal", "甲:每餐补助 3.00,不超过餐价,本次补助 3.00") in told([scheme(CLASS + THREE)], [lunch()])


def test_no_sentence_is_left_out() -> None:
    """``in_class`` is the frame of a sentence; nobody asks a scheme without a purse for its credit (``no_purse``)."""
    said = {row[0] for rows in (OF_MEALS, OF_THE_REST, OF_SITES, OF_FREQUENCY) for row in rows}

    assert set(WORDS) - said == {"in_class", "no_purse"}


def test_a_service_is_paid_again_in_the_next_period() -> None:
    """A Sunday and the Monday after it; the last day of a month, a quarter, a year, and the first of the next."""
    for per, last, following in (
        ("week", "2026-11-22", "2026-11-23"),
        ("month", "2026-11-30", "2026-12-01"),
        ("quarter", "2026-09-30", "2026-10-01"),
        ("year", "2026-12-31", "2027-01-01"),
    ):
        found = told(
            [scheme(THREE + BATH + f'times = 1\nper = "{per}"\n')], [service(day=last), service(day=following)]
        )
        assert [code for code, _ in found].count("service_whole") == 4, per
