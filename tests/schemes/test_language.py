"""Abilities of the language that one example in the documentation does not exhaust: edges, mistakes, reasons."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from canteen.base.months import full_months
from canteen.schemes.deciding.answer import Decision
from canteen.schemes.deciding.decide import decide
from canteen.schemes.facts import Meal, Person
from canteen.schemes.language.scheme import Scheme, SchemeError, load_scheme
from canteen.schemes.reasons import MEALS, OTHERS

VILLAGE = "金溪县/云溪镇/枫林村"
SATURDAY = date(2026, 11, 21)
ELDER = Person(
    date(1950, 3, 1),
    VILLAGE,
    VILLAGE,
    "rural",
    frozenset({"dibao"}),
    "semi_disabled",
    resident_since=date(2026, 6, 1),
    permit="residence",
    sex="female",
)
LUNCH = Meal(SATURDAY, "lunch", 1000, "dine_in", VILLAGE)
THREE = 'amount = { kind = "per_meal", yuan = 3 }\n'


def scheme(terms: str, name: str = "s1", group: str = "meals") -> Scheme:
    return load_scheme(f'id = "{name}"\nversion = "1"\nname = "方案{name}"\nstack_group = "{group}"\n{terms}')


def ask(terms: str, who: Person = ELDER, **facts: object) -> Decision:
    """One lunch under one scheme, some facts of the meal changed."""
    return decide(who, replace(LUNCH, **facts), [scheme(terms)], {})  # type: ignore[arg-type]


def said(decision: Decision) -> str:
    return decision.verdicts[0].reason.words()


def code(decision: Decision) -> str:
    return decision.verdicts[0].reason.code


# Who.


@pytest.mark.parametrize(
    ("since", "day", "months"),
    [
        (date(2026, 5, 21), date(2026, 11, 21), 6),
        (date(2026, 5, 22), date(2026, 11, 21), 5),
        (date(2025, 8, 31), date(2026, 2, 27), 5),
        (date(2025, 8, 31), date(2026, 2, 28), 6),
        (date(2023, 8, 31), date(2024, 2, 28), 5),
        (date(2023, 8, 31), date(2024, 2, 29), 6),
        (date(2026, 11, 21), date(2026, 11, 21), 0),
        (date(2026, 12, 1), date(2026, 11, 21), 0),
    ],
)
def test_full_months(since, day, months):
    assert full_months(since, day) == months


@pytest.mark.parametrize(
    ("condition", "changes", "words"),
    [
        ("resident_months = { from = 6 }", {}, "住满 5 个月,不在规定的居住时间内"),
        ("resident_months = { over = 4 }", {}, ""),
        ("resident_months = { to = 5 }", {}, ""),
        ("resident_months = { from = 6 }", {"resident_since": None}, "缺少居住起始日期,不能判定"),
        ('permit = ["talent"]', {}, "居住证件不在范围内"),
        ('permit = ["talent"]', {"permit": ""}, "缺少居住证件,不能判定"),
        ('not = { permit = ["none"] }', {"permit": ""}, "缺少居住证件,不能判定"),
        ('sex = ["male"]', {}, "性别不在范围内"),
        ('sex = ["male"]', {"sex": ""}, "缺少性别,不能判定"),
        ("age = { from = 77 }", {}, "用餐当日 76 周岁,不在年龄范围内"),
        ('age = { from = 77, on = "month" }', {}, "按 2026-11-01 计 76 周岁,不在年龄范围内"),
        ('age = { from = 77, on = "year_end" }', {}, "按 2026-12-31 计 76 周岁,不在年龄范围内"),
        ('age = { from = 76, on = "year" }', {}, "按 2026-01-01 计 75 周岁,不在年龄范围内"),
        ('age = { from = 76, on = "month_end" }', {"birth_day": date(1950, 11, 30)}, ""),
        (
            'age = { from = 76, on = "month_end" }',
            {"birth_day": date(1950, 12, 1)},
            "按 2026-11-30 计 75 周岁,不在年龄范围内",
        ),
        ('ability = ["mild", "moderate"]', {}, ""),
        ('ability = ["mild"]', {}, "缺少能力评估,不能判定"),
        ('ability = ["intact", "severe"]', {}, "不在这项补助的人群内"),
        ('ability = ["semi_disabled"]', {"ability": "moderate"}, ""),
        ('ability = ["semi_disabled"]', {"ability": "severe"}, "不在这项补助的人群内"),
        ('not = { ability = ["mild"] }', {}, "缺少能力评估,不能判定"),
        ('not = { ability = ["severe"] }', {}, ""),
        ("not = {}", {}, "不在这项补助的人群内"),
    ],
)
def test_conditions_and_what_is_said(condition, changes, words):
    decision = ask(f"{THREE}eligible = {{ {condition} }}", replace(ELDER, **changes))

    assert said(decision) == (words or "每餐补助 3.00,不超过餐价,本次补助 3.00")


def test_a_layer_may_ask_for_more_than_the_classes_do():
    layers = (
        'amount = { kind = "layers", layers = ['
        '{ payer = "甲", amount = { kind = "per_meal", yuan = 2 }, when = { resident_months = { from = 3 } } },'
        '{ payer = "乙", amount = { kind = "per_meal", yuan = 2 }, when = { age = { from = 77, on = "year_end" } } }] }'
    )

    assert said(ask(layers)) == "分级补助共 2.00:甲 2.00;乙 本次不补"
    assert said(ask(layers, replace(ELDER, resident_since=None))) == "甲、乙 本次不补"


@pytest.mark.parametrize(
    ("approved", "words"),
    [
        (None, "每餐补助 3.00,不超过餐价,本次补助 3.00"),
        (frozenset({"s1"}), "每餐补助 3.00,不超过餐价,本次补助 3.00"),
        (frozenset({"other"}), "还没有批准享受这项补助"),
    ],
    ids=["not looked at", "approved", "not approved"],
)
def test_an_approval_that_is_asked_for(approved, words):
    terms = THREE + 'approval = { steps = [{ name = "初审", level = "village", limit_working_days = 10 }] }\n'

    assert said(ask(terms, replace(ELDER, approved=approved))) == words


# Which meals.


@pytest.mark.parametrize(
    ("area", "changes", "site", "answer"),
    [
        ('same = "village"', {}, VILLAGE, "per_meal"),
        ('same = "village"', {}, "金溪县/云溪镇/上村", "site_elsewhere"),
        ('same = "village"', {"residence": "金溪县/云溪镇"}, VILLAGE, "unknown_residence"),
        ('same = "county"', {}, "金溪县/秀谷镇", "per_meal"),
        ('same = "township"', {"residence": ""}, VILLAGE, "unknown_residence"),
        ('same = "township"', {"residence": "金溪县/云溪镇北/上村"}, VILLAGE, "site_elsewhere"),
        ('same = "township", by = "hukou"', {"residence": "南昌市"}, VILLAGE, "per_meal"),
        ('same = "township", by = "hukou"', {"hukou": ""}, VILLAGE, "unknown_hukou"),
        ('same = "county", except = ["金溪县/云溪镇"]', {}, VILLAGE, "site_outside"),
        ('same = "village"', {}, "", "site_elsewhere"),
    ],
)
def test_a_site_in_the_elders_own_area(area, changes, site, answer):
    assert code(ask(f"{THREE}site_area = {{ {area} }}", replace(ELDER, **changes), site_area=site)) == answer


@pytest.mark.parametrize(
    ("booking", "booked", "time", "answer"),
    [
        ('by = "09:00"', SATURDAY, "09:00", "per_meal"),
        ('by = "09:00"', SATURDAY, "09:01", "booked_late"),
        ('before = "09:00"', SATURDAY, "09:00", "booked_late"),
        ('before = "09:00"', SATURDAY, "08:59", "per_meal"),
        ('before = "09:00"', date(2026, 11, 1), "23:00", "per_meal"),
        ('by = "09:00", days_before = 2', date(2026, 11, 19), "09:00", "per_meal"),
        ('by = "09:00", days_before = 2', date(2026, 11, 20), "08:00", "booked_late"),
        ('by = { dinner = "15:00" }', None, "", "per_meal"),
        ('by = { lunch = "15:00" }', None, "", "not_booked"),
    ],
)
def test_booking(booking, booked, time, answer):
    assert code(ask(f"{THREE}booking = {{ {booking} }}", booked_on=booked, booked_time=time)) == answer


def test_a_late_booking_is_told_with_both_times():
    decision = ask(THREE + 'booking = { by = "18:00", days_before = 1 }', booked_on=SATURDAY, booked_time="07:30")

    assert said(decision) == "2026-11-21 07:30 预订,应不晚于 2026-11-20 18:00"


@pytest.mark.parametrize(
    ("terms", "facts", "words"),
    [
        ('ways = ["dine_in"]', {"way": "proxy"}, "这种取餐方式不在补助范围内"),
        ('weekdays = ["mon"]', {}, "这一天不在补助的星期内"),
        ("working_days_only = true", {}, "只补助工作日用餐"),
        ("working_days_only = true", {"working_day": True}, "每餐补助 3.00,不超过餐价,本次补助 3.00"),
        ("own_at_least_yuan = { delivery = 9 }", {}, "这种取餐方式不在补助范围内"),
        ("own_at_least_yuan = 9", {}, "个人至少付 9.00,本次补助 1.00"),
        ("own_at_least_yuan = 10", {}, "个人至少付 10.00,本次补助 0.00"),
    ],
)
def test_terms_of_the_meal(terms, facts, words):
    assert said(ask(f"{THREE}{terms}", **facts)) == words


# How much, and by how many.


@pytest.mark.parametrize(
    ("table", "changes", "public_fen", "answer"),
    [
        ("{ able = 1, mild = 2, moderate = 2 }", {}, 200, "per_meal"),
        ("{ mild = 1, moderate = 2 }", {}, 0, "unknown_ability"),
        ("{ severe = 1 }", {}, 0, "not_in_groups"),
        ("{ semi_disabled = 1, moderate = 4 }", {"ability": "moderate"}, 400, "per_meal"),
        ("{ able = 1 }", {"ability": ""}, 0, "unknown_ability"),
        ('{ hukou = { "南昌市" = 2 } }', {}, 0, "hukou"),
        ('{ hukou = { "南昌市" = 2 } }', {"hukou": ""}, 0, "unknown_hukou"),
        ('{ residence = { "*" = 2, "金溪县/云溪镇" = 5 } }', {}, 500, "per_meal"),
        ('{ residence = { "*" = 2, "金溪县/云溪镇" = 5 } }', {"residence": ""}, 0, "unknown_residence"),
        ('{ site = { "南昌市" = 2 } }', {}, 0, "site_outside"),
        ("{ age = { 80 = 2 } }", {}, 0, "age"),
        ("{ price = { 12 = 2 } }", {}, 0, "spend_from"),
        ("{ urban = 1, rural = { age = { 60 = 1, 76 = 4 } } }", {}, 400, "per_meal"),
        ("{ urban = 1, rural = { dinner = 4 } }", {}, 0, "slot"),
    ],
)
def test_tables_of_numbers(table, changes, public_fen, answer):
    decision = ask(f'amount = {{ kind = "per_meal", yuan = {table} }}', replace(ELDER, **changes))

    assert (decision.public_fen, code(decision)) == (public_fen, answer)


def test_a_percentage_may_differ_too():
    terms = 'amount = { kind = "monthly_norm", yuan = 400, own_percent = { urban = 50, rural = 30 } }'

    assert ask(terms).own_fen == 300
    assert ask(terms, replace(ELDER, settlement="urban")).own_fen == 500
    assert code(ask(terms, replace(ELDER, settlement=""))) == "unknown_settlement"


def test_a_discount_of_somebody_else_and_the_best_of_two():
    nine = 'amount = { kind = "discount", percent = 10 }\nfunding = [{ payer = "慈善会", percent = 100 }]'
    eight = 'amount = { kind = "discount", percent = 20 }'
    half = 'amount = { kind = "percent", percent = 50 }'

    decision = decide(
        ELDER, LUNCH, [scheme(nine, "nine", "off"), scheme(half, "half"), scheme(eight, "eight", "off")], {}
    )

    assert [(share.payer, share.amount_fen) for share in decision.shares] == [
        ("site", 200),
        ("public", 400),
        ("own", 400),
    ]
    assert [verdict.reason.code for verdict in decision.verdicts] == ["lower", "percent", "discount"]
    alone = decide(ELDER, LUNCH, [scheme(nine, "nine", "off")], {})
    assert [share.payer for share in alone.shares] == ["慈善会", "own"]


def test_what_is_left_of_a_purse_may_be_spent_by_who_is_in_no_class_any_more():
    purse = 'purse = { expires = "never", pays_for = ["meal"] }\ncredit = { yuan = 80 }\n'
    terms = scheme(purse + 'eligible = { age = { from = 80 } }\ncaps = [{ per = "day", yuan = 6 }]')

    rich, poor = (decide(ELDER, LUNCH, [terms], {}, purses={"s1": fen}) for fen in (5000, 0))

    assert (rich.public_fen, rich.draws[0].amount_fen) == (600, 600)
    assert (poor.public_fen, poor.draws, code(poor)) == (0, (), "age")


def test_a_purse_that_buys_no_meals_pays_none():
    terms = scheme('purse = { expires = "never", pays_for = ["services"] }\ncredit = { yuan = 80 }\n')

    assert said(decide(ELDER, LUNCH, [terms], {}, purses={"s1": 5000})) == "这个账户不用于用餐"


def test_a_scheme_that_only_gives_money_to_sites_says_so():
    terms = scheme("operating_grant = { tiers = [{ meals_a_day = 1, yuan = 10000 }], threshold_percent = 90 }")

    decision = decide(ELDER, LUNCH, [terms], {})

    assert (decision.own_fen, code(decision)) == (1000, "only_sites")


# The delivery fee.


def fee(*schemes: Scheme, fee_fen: int = 300, budgets: dict[tuple[str, str, str], int] | None = None) -> Decision:
    return decide(ELDER, replace(LUNCH, way="delivery", fee_fen=fee_fen), schemes, {}, budgets=budgets or {})


def test_a_fee_has_shares_of_its_own():
    split = 'funding = [{ payer = "县", percent = 70 }, { payer = "镇", percent = 30 }]\n'
    decision = fee(scheme(THREE + split + 'delivery = { yuan = "2.01", paid_to = "provider" }'))

    assert [(share.payer, share.amount_fen, share.paid_to) for share in decision.fee_shares] == [
        ("县", 141, "provider"),
        ("镇", 60, "provider"),
        ("own", 99, "site"),
    ]
    assert (decision.fee_fen, decision.own_fee_fen, decision.own_fen) == (300, 99, 700)
    assert [share.reason.words() for share in decision.fee_shares[1:]] == [
        "送餐费 3.00,补助 2.01",
        "送餐费 3.00,自付 0.99",
    ]
    assert sum(share.amount_fen for share in decision.shares) == 1000


def test_the_best_fee_of_a_group_counts_and_groups_add():
    schemes = [
        scheme(THREE + "delivery = { yuan = 1 }", "a"),
        scheme(THREE + 'delivery = { yuan = "1.50" }', "b"),
        scheme('amount = { kind = "care" }\ndelivery = { free = true }', "c", "gifts"),
    ]

    assert [(share.scheme, share.amount_fen) for share in fee(*schemes).fee_shares] == [("b", 150), ("c", 150), ("", 0)]


@pytest.mark.parametrize(
    ("terms", "own_fee_fen"),
    [
        ('caps = [{ per = "day", meals = 0 }]\ndelivery = { free = true }', 0),
        ('slots = ["dinner"]\ndelivery = { free = true }', 300),
        ("delivery = { yuan = { dinner = 2 } }", 300),
        ("eligible = { age = { from = 90 } }\ndelivery = { free = true }", 300),
    ],
    ids=["food used up", "slot not subsidised", "slot without a rate", "not eligible"],
)
def test_when_a_fee_is_paid(terms, own_fee_fen):
    assert fee(scheme(THREE + terms)).own_fee_fen == own_fee_fen


def test_food_comes_before_the_fee_out_of_one_budget():
    terms = THREE + 'funding = [{ payer = "镇", percent = 100, budget_yuan = 100 }]\ndelivery = { free = true }\n'
    budgets = {("s1", "镇", "2026"): 400}

    gap = fee(scheme(terms), budgets=budgets)
    stop = fee(scheme(terms + 'when_exhausted = "stop"'), budgets=budgets)

    assert [(share.payer, share.amount_fen) for share in gap.fee_shares] == [("镇", 100), ("gap", 200), ("own", 0)]
    told = [share.reason.words() for share in gap.fee_shares[:2]]
    assert told == ["送餐费 3.00,补助 3.00", "各方预算已用完,缺口 2.00 由运营方先垫付"]
    assert [(share.payer, share.amount_fen) for share in stop.fee_shares] == [("镇", 100), ("own", 200)]


# Funding.


@pytest.mark.parametrize(
    ("when", "left", "shares", "words"),
    [
        ("gap", 100, [("甲", 180), ("乙", 100), ("gap", 20), ("own", 700)], "每餐补助 3.00,不超过餐价,本次补助 3.00"),
        ("stop", 100, [("甲", 150), ("乙", 100), ("own", 750)], "本项预算只剩 2.50,本次补助 2.50"),
        ("stop", 0, [("own", 1000)], "本项预算已用完,本次不补助"),
        ("gap", 0, [("甲", 180), ("gap", 120), ("own", 700)], "每餐补助 3.00,不超过餐价,本次补助 3.00"),
    ],
)
def test_a_split_of_which_one_part_has_a_budget(when, left, shares, words):
    terms = THREE + (
        'funding = [{ payer = "甲", percent = 60 }, { payer = "乙", percent = 40, budget_yuan = 99, budget_per = "month" }]\n'
        f'when_exhausted = "{when}"\n'
    )

    decision = decide(ELDER, LUNCH, [scheme(terms)], {}, budgets={("s1", "乙", "2026-11"): left})

    assert [(share.payer, share.amount_fen) for share in decision.shares] == shares
    assert said(decision) == words


def test_a_scheme_whose_budget_stopped_leaves_its_group_to_the_next():
    stopped = scheme(
        'amount = { kind = "per_meal", yuan = 5 }\nwhen_exhausted = "stop"\n'
        'funding = [{ payer = "镇", percent = 100, budget_yuan = 9 }]'
    )

    decision = decide(ELDER, LUNCH, [stopped, scheme(THREE, "s2")], {}, budgets={("s1", "镇", "2026"): 0})

    assert [verdict.reason.code for verdict in decision.verdicts] == ["budget_used_up", "per_meal"]


def test_the_gap_is_told_with_its_sum():
    terms = THREE + 'funding_order = "waterfall"\nfunding = [{ payer = "镇", budget_yuan = 1 }]'

    gap = ask(terms).shares[1]

    assert (gap.payer, gap.scheme, gap.amount_fen) == ("gap", "s1", 200)
    assert gap.reason.words() == "各方预算已用完,缺口 2.00 由运营方先垫付"


# Mistakes.


@pytest.mark.parametrize(
    ("terms", "problem"),
    [
        (
            'amount = { kind = "per_meal", yuan = -1 }',
            'amount.yuan:写的是 -1,应为金额(元),0 到 100000,最多两位小数,例如 10 或 "10.50"',
        ),
        (
            'amount = { kind = "per_meal", yuan = 1e9 }',
            'amount.yuan:写的是「1E+9」,应为金额(元),0 到 100000,最多两位小数,例如 10 或 "10.50"',
        ),
        (
            'amount = { kind = "per_meal", yuan = 100001 }',
            'amount.yuan:写的是 100001,应为金额(元),0 到 100000,最多两位小数,例如 10 或 "10.50"',
        ),
        (
            THREE + 'caps = [{ per = "day", yuan = 1e9 }]',
            'caps[1].yuan:写的是「1E+9」,应为金额(元),0 到 100000,最多两位小数,例如 10 或 "10.50"',
        ),
        (
            THREE + "own_at_least_yuan = -1",
            'own_at_least_yuan:写的是 -1,应为金额(元),0 到 100000,最多两位小数,例如 10 或 "10.50"',
        ),
        (
            'amount = { kind = "per_meal", yuan = { price = { a = 1 } } }',
            "amount.yuan.price.a:写的是「a」,应为金额(元),0 到 100000,从这个数起(含)",
        ),
        (
            'amount = { kind = "per_meal", yuan = { age = { 60 = 1, "60.0" = 2 } } }',
            "amount.yuan.age:同一个下限写了两次",
        ),
        (
            'amount = { kind = "per_meal", yuan = { age = { "60.5" = 1 } } }',
            "amount.yuan.age.60.5:写的是「60.5」,应为年龄(整岁),0 到 150,从这个数起(含)",
        ),
        (
            'amount = { kind = "per_meal", yuan = { hukou = { "金溪县/" = 1 } } }',
            'amount.yuan.hukou.金溪县/:写的是「金溪县/」,应为地区路径,或表示其他地区的 "*"',
        ),
        (
            'amount = { kind = "per_meal", yuan = { class = { "甲" = 1 } } }',
            "amount.yuan.class.甲:写的是「甲」,应为类别代号,可以用:",
        ),
        (
            'amount = { kind = "per_meal", yuan = { lunch = 1, urban = 1 } }',
            "amount.yuan:一个表只按一项分,这里写了 slot、settlement;要再分,就在里面再写一个表",
        ),
        (
            'amount = { kind = "per_meal", yuan = { noon = 1 } }',
            "amount.yuan:不认识的键「noon」,这里可以用:urban、rural、breakfast、lunch、dinner、dine_in、",
        ),
        ('amount = { kind = "per_meal", yuan = { age = {} } }', "amount.yuan.age:至少写一项"),
        (THREE + "booking = { by = {} }", "booking.by:至少写一个餐次"),
        (THREE + 'ways = ["post"]', "ways[1]:写的是「post」,应为其中之一:dine_in、take_away、proxy、delivery"),
        (
            THREE + 'weekdays = ["monday"]',
            "weekdays[1]:写的是「monday」,应为其中之一:mon、tue、wed、thu、fri、sat、sun",
        ),
        (THREE + "booking = {}", "booking:by(不晚于)和 before(早于)要写一个,只写一个"),
        (THREE + 'booking = { by = "9:00" }', 'booking.by:写的是「9:00」,应为时间,例如 "09:00"'),
        (THREE + 'booking = { by = "24:00" }', 'booking.by:写的是「24:00」,应为时间,例如 "09:00"'),
        (THREE + "delivery = {}", "delivery:free = true(全免)和 yuan(每次最多)要写一个,只写一个"),
        (
            THREE + "delivery = { free = true, yuan = 1 }",
            "delivery:free = true(全免)和 yuan(每次最多)要写一个,只写一个",
        ),
        (THREE + 'delivery = { free = true, classes = ["甲"] }', "delivery.classes[1]:写的是「甲」,应为其中之一:"),
        (THREE + 'site_area = { by = "hukou", in = ["甲"] }', "site_area.by:只和 same 一起写"),
        (
            THREE + 'site_area = { same = "street" }',
            "site_area.same:写的是「street」,应为其中之一:county、township、village",
        ),
        (
            THREE + 'eligible = { age = { from = 60, on = "week" } }',
            "eligible.age.on:写的是「week」,应为其中之一:day、month、month_end、year、year_end",
        ),
        (
            THREE + "eligible = { resident_months = { from = 9, under = 9 } }",
            "eligible.resident_months:没有人同时满足这些月数界限",
        ),
        (THREE + 'funding_order = "waterfall"', "funding_order:只和 [[funding]] 一起写"),
        (THREE + 'when_exhausted = "stop"', "when_exhausted:只和 [[funding]] 的 budget_yuan 一起写"),
        (
            THREE + 'funding_order = "waterfall"\nfunding = [{ payer = "甲", percent = 50 }]',
            'funding[1].percent:funding_order = "waterfall" 时按顺序付,不写比例',
        ),
        (
            THREE + 'funding = [{ payer = "gap", percent = 100 }]',
            "funding[1].payer:「gap」不能用:own、gap、site 另有含义,其他每个只写一次",
        ),
        (
            THREE + 'funding = [{ payer = "甲", percent = 100, budget_per = "month" }]',
            "funding[1].budget_yuan:没有写,应为金额(元):每年或每月的预算",
        ),
        ('amount = { kind = "layers" }', "amount.layers:没有写,应为列表 [...],每项写 payer(谁付)和 amount(付多少)"),
        (
            'amount = { kind = "layers", layers = [{ payer = "甲", amount = { kind = "care" } }] }',
            "amount.layers[1].amount.kind:写的是「care」,应为其中之一:per_meal、percent、own_price、free",
        ),
        (
            'amount = { kind = "layers", layers = [{ payer = "低保金", amount = { kind = "free" } }] }',
            "amount.layers[1].payer:「低保金」会印在小票和公示上,不能有「低保」,请换一个中性的写法",
        ),
        (
            'amount = { kind = "layers", layers = [{ payer = "甲", amount = { kind = "free" } }] }\n'
            'funding = [{ payer = "乙", percent = 100 }]',
            'funding:kind = "layers" 已写明谁付多少,不再写 funding',
        ),
        (
            'classes = [{ code = "甲", when = {}, amount = { kind = "discount", percent = 9 } },'
            ' { code = "乙", when = {}, amount = { kind = "free" } }]',
            "amount.kind:discount(折扣)不能和其他补助写在同一个方案里,请另写一个方案",
        ),
    ],
)
def test_a_mistake_is_told_with_its_place_and_what_is_allowed(terms, problem):
    with pytest.raises(SchemeError) as raised:
        scheme(terms)

    told = raised.value.problems
    assert [found for found in told if found == problem or len(found) > 100 and problem in found], told


def test_an_override_may_replace_the_terms_of_meals():
    terms = scheme(
        THREE + f'[[overrides]]\narea = "{VILLAGE}"\nways = ["delivery"]\ndelivery = {{ free = true }}\n'
        '[[overrides]]\narea = "金溪县/秀谷镇"\nwhen_exhausted = "stop"\nfunding = [{ payer = "镇", percent = 100, budget_yuan = 0 }]'
    )

    at_home, brought, elsewhere = (
        decide(ELDER, replace(LUNCH, site_area=site, way=way, fee_fen=200), [terms], {})
        for site, way in ((VILLAGE, "dine_in"), (VILLAGE, "delivery"), ("金溪县/秀谷镇", "dine_in"))
    )

    assert (code(at_home), at_home.own_fee_fen) == ("way", 200)
    assert (code(brought), brought.own_fee_fen) == ("per_meal", 0)
    assert code(elsewhere) == "budget_used_up"


# Words.


def test_no_code_has_two_sentences():
    assert MEALS.keys() & OTHERS.keys() == set()


def test_words_are_filled():
    decision = ask(THREE + "delivery = { yuan = 1 }", fee_fen=300, way="delivery", net_price_fen=900)

    assert [share.reason.words() for share in (*decision.shares, *decision.fee_shares)] == [
        "餐价 10.00,助餐点优惠后 9.00",
        "每餐补助 3.00,不超过餐价,本次补助 3.00",
        "餐价 10.00,补助 4.00,自付 6.00",
        "送餐费 3.00,补助 1.00",
        "送餐费 3.00,自付 2.00",
    ]


def test_schemes_are_told_apart_however_many_come_and_go():
    """What is remembered of a scheme is not taken for that of another one that came after it."""
    for number in range(1, 150):
        assert ask(f'amount = {{ kind = "per_meal", yuan = "{number / 100:.2f}" }}').public_fen == number


def test_sites_with_the_same_override_are_alike_and_others_are_not():
    terms = scheme(THREE + '[[overrides]]\narea = "金溪县/云溪镇"\namount = { yuan = 5 }')
    sites = [VILLAGE, "金溪县/云溪镇/上村", "金溪县/秀谷镇", "金溪县/双塘镇"]

    assert [decide(ELDER, replace(LUNCH, site_area=site), [terms], {}).public_fen for site in sites] == [
        500,
        500,
        300,
        300,
    ]
