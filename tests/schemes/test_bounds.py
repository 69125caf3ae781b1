"""Each number and each text of a scheme has its bounds: on them it is read, beyond them it is told with both."""

from __future__ import annotations

import pytest

from canteen.base.words import SERVICES
from canteen.schemes.language.scheme import SchemeError, load_scheme

HEAD = 'id = "s1"\nversion = "1"\nname = "方案"\nstack_group = "care"\n'
MEALS = 'amount = { kind = "per_meal", yuan = 3 }\n'
PURSE = 'credit = { yuan = 50 }\npurse = { expires = "never", pays_for = ["services"] }\n'
SERVICE = MEALS + '[[services]]\nkind = "cleaning"\n'
OFFICE = MEALS + '[approval]\nsteps = [{ name = "村", level = "village", limit_working_days = 300 }]\n'
SITE = '[[site_money]]\ncode = "补助"\nbasis = "fixed"\nper = "year"\nyuan = 1\n'
SANCTION = 'sanctions = [{ who = "elder", words = "追回", measures = ["recover"]'


def problems(terms: str) -> list[str]:
    try:
        load_scheme(HEAD + terms)
    except SchemeError as error:
        return error.problems
    return []


@pytest.mark.parametrize(
    ("terms", "path", "low", "high"),
    [
        (MEALS + "eligible = { age = { from = # } }", "eligible.age.from", 0, 150),
        (MEALS + "eligible = { age = { to = # } }", "eligible.age.to", 0, 150),
        (MEALS + "eligible = { resident_months = { from = # } }", "eligible.resident_months.from", 0, 1200),
        (MEALS + 'caps = [{ per = "day", meals = # }]', "caps[1].meals", 0, 10_000),
        (MEALS + 'booking = { by = "09:00", days_before = # }', "booking.days_before", 0, 30),
        (
            'credit = { hours = #, rate_yuan = 1 }\npurse = { expires = "never", pays_for = ["meal"] }',
            "credit.hours",
            0,
            744,
        ),
        (
            'credit = { points = #, point_yuan = 1 }\npurse = { expires = "never", pays_for = ["meal"] }',
            "credit.points",
            0,
            100_000,
        ),
        (
            'credit = { yuan = 5 }\npurse = { expires_after_months = #, pays_for = ["meal"] }',
            "purse.expires_after_months",
            1,
            120,
        ),
        (SERVICE + "hour_yuan = 20\nblock_minutes = #", "services[1].block_minutes", 1, 480),
        (SERVICE + "hour_yuan = 20\nleast_minutes = #", "services[1].least_minutes", 0, 1440),
        (SERVICE + "yuan = 20\ntimes = #", "services[1].times", 0, 1000),
        (MEALS + '[[frequency]]\nper = "month"\nvisits = #', "frequency[1].visits", 1, 1000),
        (MEALS + '[[frequency]]\nper = "month"\nkinds = #', "frequency[1].kinds", 1, len(SERVICES) + 1),
        (MEALS + '[[frequency]]\nper = "month"\nvisits = 1\nleast_minutes = #', "frequency[1].least_minutes", 0, 1440),
        (MEALS + "[settlement]\nby_day = #", "settlement.by_day", 1, 31),
        (
            MEALS + "operating_grant = { threshold_percent = #, tiers = [{ meals_a_day = 1, yuan = 1 }] }",
            "operating_grant.threshold_percent",
            1,
            100,
        ),
        (
            MEALS + "operating_grant = { threshold_percent = 9, tiers = [{ meals_a_day = #, yuan = 1 }] }",
            "operating_grant.tiers[1].meals_a_day",
            1,
            3,
        ),
        (SITE + "least_months = #", "site_money[1].least_months", 0, 1200),
        (SITE + "least_service_days = #", "site_money[1].least_service_days", 0, 366),
        (SITE + "payback_years = #", "site_money[1].payback_years", 1, 100),
        (
            SITE.replace("fixed", "meals").replace("yuan = 1\n", "tiers = [{ from = #, yuan = 1 }]\n"),
            "site_money[1].tiers[1].from",
            0,
            10**9,
        ),
        (
            SITE.replace("fixed", "meals").replace("yuan = 1\n", "by_age = [{ from = #, each_yuan = 1 }]\n"),
            "site_money[1].by_age[1].from",
            0,
            150,
        ),
        (
            SITE.replace("fixed", "meals").replace("yuan = 1\n", "by_age = [{ to = #, each_yuan = 1 }]\n"),
            "site_money[1].by_age[1].to",
            0,
            150,
        ),
        (
            SITE.replace("fixed", "meals_a_day").replace(
                "yuan = 1\n", "threshold_percent = #\ntiers = [{ meals_a_day = 1, yuan = 1 }]\n"
            ),
            "site_money[1].threshold_percent",
            1,
            100,
        ),
        (OFFICE + "valid_months = #", "approval.valid_months", 1, 1200),
        (OFFICE + "assessment = { valid_months = # }", "approval.assessment.valid_months", 1, 1200),
        (OFFICE.replace("300", "#"), "approval.steps[1].limit_working_days", 1, 400),
        (
            MEALS
            + '[approval]\nsteps = [{ name = "村", level = "village", publicity = { days = #, counts = "natural" } }]',
            "approval.steps[1].publicity.days",
            1,
            400,
        ),
        (OFFICE + SANCTION + ", barred_years = # }]", "approval.sanctions[1].barred_years", 1, 100),
    ],
)
def test_a_whole_number(terms: str, path: str, low: int, high: int) -> None:
    assert [problems(terms.replace("#", str(number))) for number in (low, high)] == [[], []]
    for number in (low - 1, high + 1):
        told = f"{path}:写的是 {number},应为 {low} 到 {high} 的整数"
        assert told in problems(terms.replace("#", str(number)))


@pytest.mark.parametrize(
    ("terms", "path", "longest"),
    [
        (MEALS + 'classes = [{ code = "#" }]', "classes[1].code", 10),
        (MEALS + 'classes = [{ code = "甲", name = "#" }]', "classes[1].name", 60),
        (MEALS + 'funding = [{ payer = "#", percent = 100 }]', "funding[1].payer", 20),
        ('amount = { kind = "layers", layers = [{ payer = "#", amount = { kind = "free" } }] }', "amount.layers[1].payer", 20),
        (SITE.replace("补助", "#"), "site_money[1].code", 20),
        (SITE + 'funding = [{ payer = "#", percent = 100 }]', "site_money[1].funding[1].payer", 20),
        (SITE + 'grades = [{ grade = "#", percent = 100 }]', "site_money[1].grades[1].grade", 20),
        (OFFICE.replace("村", "#"), "approval.steps[1].name", 20),
        (OFFICE + 'documents = [{ kind = "id_card", words = "#" }]', "approval.documents[1].words", 60),
        (OFFICE + SANCTION.replace("追回", "#") + "}]", "approval.sanctions[1].words", 200),
        (MEALS + '[[supervision]]\nwhat = "call_back"\nof = "visits"\npercent = 5\nper = "month"\nby = "#"', "supervision[1].by", 40),
        (MEALS + 'source = "#"', "source", 200),
    ],
)  # fmt: skip
def test_a_text(terms: str, path: str, longest: int) -> None:
    assert [one for one in problems(terms.replace("#", "字" * longest)) if one.startswith(f"{path}:")] == []
    long = "字" * (longest + 1)
    assert f"{path}:写的是「{long[:40]}」,应为一行文字,最多 {longest} 字" in problems(terms.replace("#", long))


@pytest.mark.parametrize(
    ("key", "written", "problem"),
    [
        ("starts", 'batches = "half_year"\nstarts = "decision"', "approval.starts:写了 batches(分批)就不能再写 starts"),
        (
            "batches",
            'batches = "yearly"',
            '写的是「yearly」,应为"half_year"(1月1日和7月1日),或日期的列表,例如 ["01-01", "07-01"]',
        ),
        (
            "batches",
            'batches = ["02-29"]',
            '写的是一个列表,应为"half_year"(1月1日和7月1日),或日期的列表,例如 ["01-01", "07-01"]',
        ),
        (
            "batches",
            "batches = []",
            '写的是空列表,应为"half_year"(1月1日和7月1日),或日期的列表,例如 ["01-01", "07-01"]',
        ),
        (
            "batches",
            f"batches = {['01-01'] * 13}",
            '写的是一个列表,应为"half_year"(1月1日和7月1日),或日期的列表,例如 ["01-01", "07-01"]',
        ),
        (
            "form_number",
            'form_number = "{year}号"',
            "写的是「{year}号」,应为编号的写法,{number} 是流水号({number:4} 补足四位),{year} 是年份",
        ),
        (
            "form_number",
            'form_number = "{number}{month}"',
            "写的是「{number}{month}」,应为编号的写法,{number} 是流水号({number:4} 补足四位),{year} 是年份",
        ),
        (
            "steps",
            'steps = [{ name = "recorder", level = "village" }]',
            "approval.steps[1].name:「recorder」写了两次或是保留字,每一步的名称不能相同",
        ),
        (
            "steps",
            'steps = [{ name = "村", level = "village" }, { name = "村", level = "county" }]',
            "approval.steps[2].name:「村」写了两次或是保留字,每一步的名称不能相同",
        ),
        (
            "steps",
            "",
            "approval.steps:没有写,应为列表 [...],每一步写 name(名称)和 level(哪一级);按年龄自动认定的写 automatic_by_age = true",
        ),
        (
            "sanctions",
            SANCTION + ', barred = "lifetime", barred_years = 2 }]',
            "approval.sanctions[1]:barred 和 barred_years 只写一个",
        ),
    ],
)
def test_what_an_approval_cannot_be(key: str, written: str, problem: str) -> None:
    steps = "" if key == "steps" else 'steps = [{ name = "村", level = "village" }]\n'
    told = problem if problem.startswith("approval") else f"approval.{key}:{problem}"

    assert told in problems(f"{MEALS}[approval]\n{steps}{written}")


def test_discounts_of_one_scheme_are_all_before_or_all_after() -> None:
    amount = '{{ code = "{}", when = {{}}, amount = {{ kind = "discount", percent = 9, when = "{}" }} }}'
    terms = f"classes = [{amount.format('甲', 'before')}, {amount.format('乙', 'after')}]"

    assert problems(terms) == ["amount.when:同一个方案里的折扣要么都在补助前(before),要么都在补助后(after)"]
