"""What a site is due in a year: on each side of every bound, and the words that say why."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from canteen.schemes.deciding.site_money import SiteGrant, pay_back, site_grants
from canteen.schemes.facts import MonthVolume, SiteYear
from canteen.schemes.language.scheme import load_scheme

HEAD = 'id = "s1"\nversion = "1"\nname = "方案"\nstack_group = "sites"\n'
SITE = SiteYear(settlement="rural", area="甲县/乙镇", opened_on=date(2020, 5, 1), serves_meals=True, accepted=True)
FIXED = 'basis = "fixed"\nper = "year"\nyuan = 1200\n'


def due(terms: str, site: SiteYear = SITE, **facts: Any) -> list[SiteGrant]:
    text = HEAD + f'[[site_money]]\ncode = "补助"\n{terms}\n'
    return list(site_grants(load_scheme(text), replace(site, **facts), 2026))


def one(terms: str, **facts: Any) -> tuple[int, str]:
    """The sum and its words, of money that is once a year."""
    [grant] = due(terms, **facts)
    return grant.amount_fen, grant.reason.words()


def month(number: int, **volume: Any) -> MonthVolume:
    return MonthVolume(date(2026, number, 1), **volume)


FULL = (120000, "定额 1,200.00")
OTHER = (0, "不是这一项所指的助餐点")


def lacks(what: str) -> tuple[int, str]:
    return 0, f"缺少助餐点的情况({what}),不能计算"


@pytest.mark.parametrize(
    ("terms", "facts", "told"),
    [
        ("", {}, FULL),
        ('sites = { settlement = ["rural"] }', {}, FULL),
        ('sites = { settlement = ["urban"] }', {}, OTHER),
        ('sites = { settlement = ["urban"] }', {"settlement": ""}, lacks("城镇或农村")),
        ('sites = { premises = ["rented"] }', {}, lacks("场所来源")),
        ('sites = { premises = ["rented"] }', {"premises": "rented"}, FULL),
        ('sites = { ownership = ["public"] }', {}, lacks("公办或民办")),
        ('sites = { area = { in = ["甲县"] } }', {}, FULL),
        ('sites = { area = { in = ["甲"] } }', {}, OTHER),
        ('sites = { area = { in = ["甲县/乙镇"] } }', {}, FULL),
        ('needs = ["serves_meals"]', {}, FULL),
        ('needs = ["serves_meals"]', {"serves_meals": False}, (0, "没有供餐,不计")),
        ('needs = ["serves_meals"]', {"serves_meals": None}, (0, "没有供餐,不计")),
        ('needs = ["accepted"]', {}, FULL),
        ('needs = ["accepted"]', {"accepted": None}, (0, "还没有验收,不计")),
        ('needs = ["passed"]', {}, (0, "还没有考核,不计")),
        ('needs = ["passed"]', {"assessment": "passed"}, FULL),
        ('needs = ["passed"]', {"assessment": "failed"}, (0, "考核不合格,不计")),
        ('needs = ["passed"]', {"assessment": "优"}, (0, "还没有考核,不计")),
        ('needs = ["in_use"]', {}, FULL),
        ('needs = ["in_use"]', {"opened_on": None}, lacks("开业日期")),
        ('needs = ["in_use"]', {"opened_on": date(2026, 12, 31)}, FULL),
        ('needs = ["in_use"]', {"opened_on": date(2027, 1, 1)}, (0, "这段时间没有投入使用,不计")),
        ('needs = ["in_use"]', {"closed_on": date(2026, 1, 1)}, FULL),
        ('needs = ["in_use"]', {"closed_on": date(2025, 12, 31)}, (0, "这段时间没有投入使用,不计")),
        ("least_months = 12", {"opened_on": date(2026, 1, 1)}, FULL),
        ("least_months = 12", {"opened_on": date(2026, 1, 2)}, (0, "运行满 12 个月才计,现为 11 个月")),
        ("least_months = 12", {"opened_on": None}, lacks("开业日期")),
        (
            "least_months = 12",
            {"opened_on": date(2025, 6, 1), "closed_on": date(2026, 5, 30)},
            (0, "运行满 12 个月才计,现为 11 个月"),
        ),
        ("least_months = 12", {"opened_on": date(2025, 6, 1), "closed_on": date(2026, 5, 31)}, FULL),
        ("least_months = 3", {"opened_on": date(2027, 6, 1)}, (0, "运行满 3 个月才计,现为 0 个月")),
        ("least_service_days = 20", {"months": (month(1, service_days=12), month(2, service_days=8))}, FULL),
        ("least_service_days = 20", {"months": (month(1, service_days=19),)}, (0, "供餐 19 天,满 20 天才计")),
        ("least_service_days = 20", {"months": (replace(month(1, service_days=31), month=date(2025, 1, 1)),)}, (0, "供餐 0 天,满 20 天才计")),
        (
            'grades = [{ grade = "优", percent = 100 }, { grade = "良", percent = 33.33 }]',
            {"assessment": "良"},
            (39996, "考核为「良」,按 33.33% 计 399.96"),
        ),
        ('grades = [{ grade = "优", percent = 100 }]', {"assessment": "优"}, FULL),
        ('grades = [{ grade = "优", percent = 100 }]', {"assessment": "passed"}, FULL),
        ('grades = [{ grade = "优", percent = 100 }]', {}, (0, "还没有考核,不计")),
        ('pro_rata = "months"', {}, FULL),
        ('pro_rata = "months"', {"opened_on": None}, FULL),
        ('pro_rata = "months"', {"opened_on": date(2026, 1, 1)}, FULL),
        ('pro_rata = "months"', {"opened_on": date(2026, 1, 2)}, (110000, "全年 1,200.00,运行 11 个月,计 1,100.00")),
        ('pro_rata = "months"', {"closed_on": date(2026, 6, 30)}, (60000, "全年 1,200.00,运行 6 个月,计 600.00")),
        ('pro_rata = "months"', {"closed_on": date(2026, 6, 29)}, (50000, "全年 1,200.00,运行 5 个月,计 500.00")),
        ('pro_rata = "months"', {"closed_on": date(2025, 6, 29)}, (0, "全年 1,200.00,运行 0 个月,计 0.00")),
        (
            'pro_rata = "months"',
            {"opened_on": date(2026, 7, 5), "closed_on": date(2026, 7, 20)},
            (0, "全年 1,200.00,运行 0 个月,计 0.00"),
        ),
        ("at_most_yuan = 1200", {}, FULL),
        ("at_most_yuan = 1199.99", {}, (119999, "最多 1,199.99,计 1,199.99")),
        (
            'grades = [{ grade = "良", percent = 50 }]\npro_rata = "months"\nat_most_yuan = 200',
            {"assessment": "良", "opened_on": date(2026, 7, 1)},
            (20000, "最多 200.00,计 200.00"),
        ),
    ],
)  # fmt: skip
def test_what_stands_against_a_sum_and_what_lowers_it(terms: str, facts: dict[str, Any], told: tuple[int, str]) -> None:
    assert one(FIXED + terms, **facts) == told


def test_months_of_a_year_are_rounded_once_half_up() -> None:
    terms = 'basis = "fixed"\nper = "year"\nyuan = 0.06\npro_rata = "months"'

    assert one(terms, opened_on=date(2026, 12, 1)) == (1, "全年 0.06,运行 1 个月,计 0.01")
    assert one(terms.replace("0.06", "0.05"), opened_on=date(2026, 12, 1))[0] == 0


@pytest.mark.parametrize(
    ("terms", "facts", "told"),
    [
        ('basis = "fixed"\nyuan = { urban = 2, rural = 1 }', {}, (100, "定额 1.00")),
        ('basis = "fixed"\nyuan = { urban = 2, rural = 1 }', {"settlement": ""}, lacks("城镇或农村")),
        (
            'basis = "investment"\npercent = 33.33',
            {"investment_fen": 1000_00},
            (33330, "投入 1,000.00 的 33.33%,计 333.30"),
        ),
        ('basis = "investment"\npercent = 50', {"investment_fen": 1}, (1, "投入 0.01 的 50%,计 0.01")),
        ('basis = "investment"\npercent = 50', {}, lacks("投入金额")),
        ('basis = "size"\nsize_of = "beds"\nyuan = 3', {"size": {"beds": 4}}, (1200, "4 × 3.00,计 12.00")),
        ('basis = "size"\nsize_of = "beds"\nyuan = 3', {"size": {"seats": 4}}, lacks("床位数")),
        ('basis = "size"\nsize_of = "seats"\nyuan = 3', {}, lacks("座位数")),
        ('basis = "size"\nsize_of = "square_metres"\nyuan = 3', {"size": {"square_metres": 0}}, (0, "数量为 0,不计")),
        ('basis = "meals"\nyuan = { urban = 2 , rural = 1 }', {"settlement": ""}, lacks("城镇或农村")),
        ('basis = "meals"\ntiers = [{ from = 5, yuan = { urban = 2 , rural = 1 } }]', {"settlement": ""}, lacks("城镇或农村")),
        ('basis = "meals"\ntiers = [{ from = 121, yuan = 7 }]', {}, (0, "数量 120,未达到最低一档 121")),
        ('basis = "meals"\ntiers = [{ from = 120, yuan = 7 }]', {}, (700, "数量 120,达到 120 一档,计 7.00")),
        (
            'basis = "meals"\ntiers = [{ from = 1, yuan = 7 }, { from = 100, yuan = 9 }, { from = 121, yuan = 20 }]',
            {},
            (900, "数量 120,达到 100 一档,计 9.00"),
        ),
        (
            'basis = "meals"\ntiers = [{ from = 1, each_yuan = 2 }, { from = 100, each_yuan = 1 }]',
            {},
            (12000, "数量 120,达到 100 一档,每份 1.00,计 120.00"),
        ),
        (
            'basis = "meals"\ntiers_count = "marginal"\n'
            "tiers = [{ from = 0, each_yuan = 2 }, { from = 101, each_yuan = 1 }, { from = 200, each_yuan = 9 }]",
            {},
            (22000, "数量 120,按档分段计 220.00"),
        ),
        ('basis = "subsidised_meals"\nyuan = 1', {}, (7000, "70 × 1.00,计 70.00")),
        ('basis = "person_days"\nyuan = 1', {}, (9000, "90 × 1.00,计 90.00")),
        ('basis = "service_days"\nyuan = 1', {}, (5000, "50 × 1.00,计 50.00")),
        ('basis = "persons_a_day"\nyuan = 1', {}, (100, "1 × 1.00,计 1.00")),
        ('basis = "meals_a_service_day"\nyuan = 1', {}, (200, "2 × 1.00,计 2.00")),
        ('basis = "persons_a_day"\nyuan = 1', {"months": ()}, (0, "数量为 0,不计")),
        (
            'basis = "meals"\nby_age = [{ to = 79, each_yuan = 1 }, { from = 80, to = 89, each_yuan = 2 }]',
            {},
            (2800, "按用餐人年龄计 28.00"),
        ),
        ('basis = "subsidised_meals"\nby_age = [{ from = 90, each_yuan = 3 }]', {}, (600, "按用餐人年龄计 6.00")),
        (
            'basis = "meals"\nby_age = [{ from = 60, each_yuan = { urban = 1, rural = 2 } }]',
            {"settlement": ""},
            lacks("城镇或农村"),
        ),
    ],
)  # fmt: skip
def test_sums_of_each_kind(terms: str, facts: dict[str, Any], told: tuple[int, str]) -> None:
    ages = {"ages": {79: 8, 80: 6, 89: 4, 90: 1}, "subsidised_ages": {89: 1, 90: 2}}
    volumes = (
        month(1, meals=100, subsidised_meals=50, person_days=60, service_days=30, **ages),
        month(2, meals=20, subsidised_meals=20, person_days=30, service_days=20),
        replace(month(1, meals=999, service_days=999), month=date(2025, 12, 1)),
    )
    per = "once" if terms.startswith(('basis = "investment"', 'basis = "size"')) else "year"

    assert one(f'{terms}\nper = "{per}"', **{"months": volumes} | facts) == told


@pytest.mark.parametrize(
    ("planned", "days", "told"),
    [
        (200, {1: 200, 2: 180}, (2000000, "计划供餐 200 天,每天 2 餐的有 180 天,达到 90%,每年 20,000.00")),
        (200, {1: 200, 2: 179}, (1000000, "计划供餐 200 天,每天 1 餐的有 200 天,达到 90%,每年 10,000.00")),
        (200, {1: 179}, (0, "计划供餐 200 天,应有 180 天(90%),有供餐的 179 天,未达到")),
        (201, {1: 180}, (0, "计划供餐 201 天,应有 181 天(90%),有供餐的 180 天,未达到")),
        (201, {1: 181}, (1000000, "计划供餐 201 天,每天 1 餐的有 181 天,达到 90%,每年 10,000.00")),
        (0, {1: 0}, (0, "计划供餐 0 天,应有 0 天(90%),有供餐的 0 天,未达到")),
    ],
)
def test_meals_a_day(planned: int, days: dict[int, int], told: tuple[int, str]) -> None:
    terms = (
        'basis = "meals_a_day"\nper = "year"\nthreshold_percent = 90\n'
        "tiers = [{ meals_a_day = 2, yuan = 20000 }, { meals_a_day = 1, yuan = 10000 }]"
    )

    assert one(terms, planned_days=planned, days_with=days) == told


def test_meals_a_day_by_settlement_needs_it() -> None:
    terms = (
        'basis = "meals_a_day"\nper = "year"\nthreshold_percent = 90\n'
        "tiers = [{ meals_a_day = 1, yuan = { urban = 2, rural = 1 } }]"
    )

    assert one(terms, planned_days=10, days_with={1: 10}, settlement="") == lacks("城镇或农村")


@pytest.mark.parametrize(
    ("decided", "told"),
    [
        ({}, (0, "在 100.00 至 300.00 之间,由有权的人决定并写明理由")),
        ({"补助": (9999, "少")}, (0, "决定的 99.99 不在 100.00 至 300.00 之间,不计")),
        ({"补助": (10000, "新开")}, (10000, "在 100.00 至 300.00 之间决定为 100.00:新开")),
        ({"补助": (30000, "大")}, (30000, "在 100.00 至 300.00 之间决定为 300.00:大")),
        ({"补助": (30001, "多")}, (0, "决定的 300.01 不在 100.00 至 300.00 之间,不计")),
    ],
)
def test_a_sum_that_somebody_decides(decided: dict[str, tuple[int, str]], told: tuple[int, str]) -> None:
    terms = 'basis = "decided"\nper = "once"\nfrom_yuan = 100\nat_most_yuan = 300'

    assert one(terms, decided=decided) == told


def test_a_range_by_settlement_needs_it_and_begins_at_nothing() -> None:
    terms = 'basis = "decided"\nper = "once"\nat_most_yuan = { urban = 5, rural = 3 }'

    assert one(terms, settlement="") == lacks("城镇或农村")
    assert one(terms, decided={"补助": (0, "没有")}) == (0, "在 0.00 至 3.00 之间决定为 0.00:没有")


def test_what_is_paid_once_is_not_paid_again() -> None:
    once = 'basis = "fixed"\nper = "once"\nyuan = 5'

    assert [(grant.period, grant.amount_fen) for grant in due(once)] == [("once", 500)]
    assert one(once, received=frozenset({"补助"})) == (0, "这一项只给一次,已经给过")
    assert one(FIXED, received=frozenset({"补助"})) == FULL


def test_money_by_the_month_is_one_sum_a_month_in_order_of_the_months_of_that_year() -> None:
    months = (month(3, meals=3), month(1, meals=1), replace(month(1, meals=9), month=date(2027, 1, 1)))

    found = due(
        'basis = "meals"\nper = "month"\nyuan = 2\nneeds = ["in_use"]', months=months, opened_on=date(2026, 2, 5)
    )

    assert [(grant.code, grant.period, grant.amount_fen, grant.reason.code) for grant in found] == [
        ("补助", "2026-01", 0, "site_needs_in_use"),
        ("补助", "2026-03", 600, "site_each"),
    ]
    closed = due(
        'basis = "meals"\nper = "month"\nyuan = 2\nneeds = ["in_use"]', months=months, closed_on=date(2026, 3, 1)
    )
    assert [grant.amount_fen for grant in closed] == [200, 600]


def test_a_sum_is_divided_among_its_payers_to_the_fen() -> None:
    payers = 'funding = [{ payer = "县", percent = 66.67 }, { payer = "镇", percent = 33.33 }]'

    [grant] = due('basis = "fixed"\nper = "year"\nyuan = 0.01\n' + payers)
    assert sum(fen for _, fen in grant.shares) == 1 and [payer for payer, _ in grant.shares] == ["县", "镇"]
    [grant] = due(FIXED + payers)
    assert grant.shares == (("县", 80004), ("镇", 39996))
    [grant] = due(FIXED)
    assert grant.shares == (("public", 120000),)


@pytest.mark.parametrize(
    ("payback", "paid_on", "closed_on", "fen"),
    [
        ("all", date(2026, 1, 1), date(2028, 12, 30), 100000),
        ("all", date(2026, 1, 1), date(2028, 12, 31), 0),
        ("months", date(2026, 1, 1), date(2026, 1, 30), 100000),
        ("months", date(2026, 1, 1), date(2026, 1, 31), 97222),
        ("months", date(2026, 1, 15), date(2026, 2, 14), 97222),
        ("months", date(2026, 1, 15), date(2026, 2, 13), 100000),
        ("months", date(2026, 1, 1), date(2028, 11, 30), 2778),
        ("months", date(2026, 1, 1), date(2030, 1, 1), 0),
        ("months", date(2026, 1, 1), date(2025, 1, 1), 100000),
    ],
)
def test_what_goes_back_when_a_site_closes_early(payback: str, paid_on: date, closed_on: date, fen: int) -> None:
    text = f'{HEAD}[[site_money]]\ncode = "补助"\n{FIXED}payback_years = 3\npayback = "{payback}"\n'

    assert pay_back(load_scheme(text).site_money[0], 100000, paid_on=paid_on, closed_on=closed_on) == fen
