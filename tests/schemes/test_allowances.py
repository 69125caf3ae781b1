"""Reading purses, services, frequency and site money: every mistake is told in words, and no text breaks the reader."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from canteen.schemes.deciding.credits import expires_on, year_left
from canteen.schemes.deciding.frequency import Visit, behind
from canteen.schemes.deciding.site_money import pay_back, site_grants
from canteen.schemes.facts import MonthVolume, SiteYear
from canteen.schemes.language.doubts import warnings_of
from canteen.schemes.language.purse import PurseTerms
from canteen.schemes.language.scheme import Scheme, SchemeError, load_scheme, read_document

HEAD = 'id = "s1"\nversion = "1"\nname = "方案"\nstack_group = "care"\n'
PURSE = 'purse = { expires = "never", pays_for = ["services"] }\n'
CREDIT = "credit = { yuan = 50 }\n"
MEALS = 'amount = { kind = "per_meal", yuan = 3 }\n'


def site_money(terms: str) -> str:
    return f'[[site_money]]\ncode = "补助"\n{terms}\n'


@pytest.mark.parametrize(
    ("terms", "problem"),
    [
        # Purses.
        pytest.param(
            CREDIT + "purse = {}",
            "purse.expires:没有写,应为其中之一:month_end、quarter_end、half_year_end、year_end、never",
            id="no expiry",
        ),
        pytest.param(
            CREDIT + 'purse = { expires = "never" }',
            "purse.pays_for:没有写,应为列表 [...]:meal、services 或服务种类",
            id="pays for nothing",
        ),
        pytest.param(
            CREDIT + 'purse = { expires = "never", pays_for = ["massage"] }',
            "purse.pays_for[1]:写的是「massage」,应为其中之一:meal、services、cleaning",
            id="unknown kind",
        ),
        pytest.param(
            CREDIT + 'purse = { expires = "week_end", pays_for = ["meal"] }',
            "purse.expires:写的是「week_end」,应为其中之一:month_end、quarter_end、half_year_end、year_end、never",
            id="expiry",
        ),
        pytest.param(
            CREDIT + 'purse = { expires = "never", expires_after_months = 3, pays_for = ["meal"] }',
            "purse:expires 和 expires_after_months 只写一个",
            id="two expiries",
        ),
        pytest.param(
            CREDIT + 'purse = { expires_after_months = 0, pays_for = ["meal"] }',
            "purse.expires_after_months:写的是 0,应为 1 到 120 的整数",
            id="no months",
        ),
        pytest.param(
            CREDIT + 'purse = { credited = "week", expires = "never", pays_for = ["meal"] }',
            "purse.credited:写的是「week」,应为其中之一:month、quarter、half_year、year",
            id="weekly",
        ),
        pytest.param(
            CREDIT + 'purse = { expires = "never", pays_for = ["meal"], freeze_on = ["left"] }',
            "purse.freeze_on[1]:写的是「left」,应为其中之一:died、moved、hospital、institution、status_ended",
            id="event",
        ),
        pytest.param(
            CREDIT + 'purse = { expires = "never", pays_for = ["meal"], opening_counts = true }',
            "purse.opening_counts:只在 year_limit = true 时有意义",
            id="opening without a limit",
        ),
        pytest.param(
            CREDIT + 'purse = { expires = "never", pays_for = ["meal"], above = "深圳" }',
            "purse.above:写的是「深圳」,应为另一个方案的 id",
            id="above",
        ),
        pytest.param(
            CREDIT + 'purse = { expires = "never", pays_for = ["meal"], cash = true }',
            "purse:不认识的键「cash」,这里可以用:",
            id="never cash",
        ),
        pytest.param(PURSE, "credit:没有写,应为一个表:每月计入多少(或在 classes 里分类写)", id="no credit"),
        pytest.param(MEALS + CREDIT, "credit:只用于有 [purse] 的方案", id="credit without a purse"),
        pytest.param(
            PURSE + 'classes = [{ code = "甲", when = {} }]',
            "classes[1].credit:没有写,应为一个表:这一类每月计入多少",
            id="class without a credit",
        ),
        pytest.param(
            MEALS + 'classes = [{ code = "甲", when = {}, credit = { yuan = 1 } }]',
            "classes[1].credit:只用于有 [purse] 的方案",
            id="class with a credit",
        ),
        pytest.param(
            PURSE + "credit = { yuan = -1 }",
            'credit.yuan:写的是 -1,应为金额(元),0 到 999999999,最多两位小数,例如 10 或 "10.50"',
            id="minus one",
        ),
        pytest.param(
            PURSE + "credit = { yuan = 1e9 }",
            'credit.yuan:写的是「1E+9」,应为金额(元),0 到 999999999,最多两位小数,例如 10 或 "10.50"',
            id="a billion",
        ),
        pytest.param(
            PURSE + "credit = { yuan = 1, hours = 2, rate_yuan = 3 }",
            "credit:yuan(金额)、hours(小时)、points(分)只写一个",
            id="two credits",
        ),
        pytest.param(
            PURSE + "credit = { hours = 1.5, rate_yuan = 3 }",
            "credit.hours:写的是「1.5」,应为 0 到 744 的整数",
            id="half an hour",
        ),
        pytest.param(
            PURSE + "credit = { yuan = 3, rate_yuan = 8 }",
            "credit:不认识的键「rate_yuan」,这里可以用:yuan、hours、points、source",
            id="rate without hours",
        ),
        # Services.
        pytest.param(
            MEALS + "services = [{}]", "services[1].kind:没有写,应为其中之一:cleaning", id="service without a kind"
        ),
        pytest.param(
            MEALS + 'services = [{ kind = "bathing" }, { kind = "bathing" }]',
            "services[2].kind:「bathing」写了两次,每种服务只写一次",
            id="service twice",
        ),
        pytest.param(
            MEALS + 'services = [{ kind = "bathing", yuan = 1, hour_yuan = 2 }]',
            "services[1]:yuan(每次)和 hour_yuan(每小时)只写一个",
            id="two prices",
        ),
        pytest.param(
            MEALS + 'services = [{ kind = "bathing", own_yuan = 1, own_percent = 2 }]',
            "services[1]:own_yuan 和 own_percent 只写一个",
            id="two own parts",
        ),
        pytest.param(
            MEALS + 'services = [{ kind = "bathing", yuan = 1, block_minutes = 30 }]',
            "services[1].block_minutes:只用于按小时计价(hour_yuan)",
            id="blocks of a time",
        ),
        pytest.param(
            MEALS + 'services = [{ kind = "bathing", per = "year" }]',
            "services[1].per:只和 times(次数)一起写",
            id="per without times",
        ),
        # Frequency.
        pytest.param(
            MEALS + 'frequency = [{ per = "month" }]',
            "frequency[1]:visits(次数)和 kinds(种类数)要写一个,只写一个",
            id="nothing owed",
        ),
        pytest.param(
            MEALS + 'frequency = [{ per = "month", visits = 1, kinds = 2 }]',
            "frequency[1]:visits(次数)和 kinds(种类数)要写一个,只写一个",
            id="both owed",
        ),
        pytest.param(
            MEALS + 'frequency = [{ per = "day", visits = 1 }]',
            "frequency[1].per:写的是「day」,应为其中之一:week、month、quarter、year",
            id="per day",
        ),
        pytest.param(
            MEALS + 'frequency = [{ per = "month", visits = 0 }]',
            "frequency[1].visits:写的是 0,应为 1 到 1000 的整数",
            id="no visits",
        ),
        pytest.param(
            PURSE
            + CREDIT
            + 'classes = [{ code = "甲", when = {} }]\nfrequency = [{ per = "month", visits = 1, classes = ["乙"] }]',
            "frequency[1].classes[1]:写的是「乙」,应为其中之一:甲",
            id="unknown class",
        ),
        # Site money.
        pytest.param(
            '[[site_money]]\nbasis = "fixed"\nper = "year"\nyuan = 1',
            "site_money[1].code:没有写,应为一行文字,最多 20 字",
            id="no code",
        ),
        pytest.param(
            '[[site_money]]\ncode = "失能补助"\nbasis = "fixed"\nper = "year"\nyuan = 1',
            "site_money[1].code:「失能补助」会印在小票和公示上,不能有「失能」,请换一个中性的写法",
            id="label in a code",
        ),
        pytest.param(
            site_money('basis = "meals"\nper = "once"\nyuan = 1'),
            "site_money[1].per:按数量计的写 month 或 year",
            id="volume once",
        ),
        pytest.param(
            site_money('basis = "fixed"\nper = "year"\nyuan = 1') * 2,
            "site_money[2].code:「补助」写了两次,每一项的代号不能相同",
            id="code twice",
        ),
        pytest.param(
            site_money('basis = "fixed"\nper = "year"\nyuan = { urban = 1, village = 2 }'),
            "site_money[1].yuan:不认识的键「village」,这里可以用:urban、rural",
            id="settlement",
        ),
        pytest.param(
            site_money('basis = "fixed"\nper = "year"\nyuan = 1\nsites = { premises = ["tent"] }'),
            "site_money[1].sites.premises[1]:写的是「tent」,应为其中之一:new_build、rented、altered、owned",
            id="premises",
        ),
        pytest.param(
            site_money('basis = "fixed"\nper = "year"\ntiers = [{ from = 1, yuan = 1 }]'),
            "site_money[1].tiers:只用于按数量计的",
            id="tiers of a fixed sum",
        ),
        pytest.param(
            site_money('basis = "meals"\nper = "month"\ntiers = [{ from = 5, yuan = 1 }, { from = 5, yuan = 2 }]'),
            "site_money[1].tiers:from 要从小到大,每个只写一次",
            id="tiers in disorder",
        ),
        pytest.param(
            site_money('basis = "meals"\nper = "month"\ntiers = [{ from = 5 }]'),
            "site_money[1].tiers[1]:yuan(这一档的总额)和 each_yuan(每份)要写一个,只写一个",
            id="empty tier",
        ),
        pytest.param(
            site_money('basis = "meals"\nper = "month"\ntiers_count = "marginal"\ntiers = [{ from = 5, yuan = 1 }]'),
            "site_money[1].tiers_count:marginal(超额分段)只用于每档都写 each_yuan(每份)的 tiers",
            id="marginal sums",
        ),
        pytest.param(
            site_money('basis = "meals_a_day"\nper = "year"\nthreshold_percent = 90'),
            "site_money[1].tiers:没有写,应为列表 [...],每项写 meals_a_day(每天几餐)和 yuan(每年金额)",
            id="meals a day without tiers",
        ),
        pytest.param(
            site_money(
                'basis = "meals_a_day"\nper = "month"\nthreshold_percent = 90\ntiers = [{ meals_a_day = 1, yuan = 1 }]'
            ),
            "site_money[1].per:按每天餐数(meals_a_day)的只能写 year",
            id="meals a day by month",
        ),
        pytest.param(
            site_money('basis = "person_days"\nper = "year"\nby_age = [{ each_yuan = 1 }]'),
            "site_money[1].by_age:只用于按餐数计的(meals、subsidised_meals)",
            id="ages of person days",
        ),
        pytest.param(
            site_money('basis = "meals"\nper = "year"\nby_age = [{ from = 80, to = 60, each_yuan = 1 }]'),
            "site_money[1].by_age[1]:没有人同时满足这些年龄界限",
            id="nobody's age",
        ),
        pytest.param(
            site_money('basis = "decided"\nper = "once"\nfrom_yuan = 5\nat_most_yuan = 4'),
            "site_money[1].from_yuan:大于 at_most_yuan",
            id="range",
        ),
        pytest.param(
            site_money('basis = "fixed"\nper = "once"\nyuan = 1\npro_rata = "months"'),
            'site_money[1].pro_rata:months(按月折算)只用于每年的(per = "year")',
            id="pro rata of once",
        ),
        pytest.param(
            site_money('basis = "fixed"\nper = "once"\nyuan = 1\nfunding = [{ payer = "省", percent = 60 }]'),
            "site_money[1].funding:各方合计 60%,应为 100%",
            id="funding",
        ),
        pytest.param(
            site_money('basis = "investment"\nper = "once"\npercent = 101'),
            "site_money[1].percent:写的是 101,应为 0 到 100 的百分数,最多两位小数",
            id="percent",
        ),
        pytest.param(
            site_money('basis = "size"\nper = "once"\nyuan = 5'),
            "site_money[1].size_of:没有写,应为其中之一:square_metres、beds、seats",
            id="size of what",
        ),
        # Settlement and supervision.
        pytest.param(
            MEALS + "settlement = { by_day = 32 }", "settlement.by_day:写的是 32,应为 1 到 31 的整数", id="32nd"
        ),
        pytest.param(
            MEALS + 'supervision = [{ what = "look" }]',
            "supervision[1].what:写的是「look」,应为其中之一:call_back、record_books、satisfaction、grading、inspection",
            id="check",
        ),
    ],
)
def test_a_mistake_is_told_with_its_place(terms, problem):
    with pytest.raises(SchemeError) as raised:
        load_scheme(HEAD + terms)

    told = raised.value.problems
    assert [found for found in told if found == problem or len(found) > 100 and problem in found], told


@pytest.mark.parametrize(
    ("terms", "missing"),
    [
        pytest.param(PURSE + 'credit = { yuan = "?" }', ("credit.yuan",), id="credit"),
        pytest.param(PURSE + "credit = { hours = 20 }", ("credit.rate_yuan",), id="rate"),
        pytest.param(
            PURSE + CREDIT + 'services = [{ kind = "bathing", yuan = "?" }]', ("services[1].yuan",), id="price"
        ),
        pytest.param(MEALS + 'frequency = [{ per = "month", visits = "?" }]', ("frequency[1].visits",), id="visits"),
        pytest.param(site_money('basis = "fixed"\nper = "year"'), ("site_money[1].yuan",), id="sum of a site"),
        pytest.param(
            site_money('basis = "decided"\nper = "once"'), ("site_money[1].at_most_yuan",), id="range without an end"
        ),
    ],
)
def test_a_number_that_is_not_stated_makes_the_scheme_incomplete(terms, missing):
    assert load_scheme(HEAD + terms).missing == missing


@pytest.mark.parametrize(
    ("terms", "month", "last"),
    [
        pytest.param('expires = "month_end"', date(2028, 2, 1), date(2028, 2, 29), id="month"),
        pytest.param('expires = "quarter_end"', date(2026, 5, 1), date(2026, 6, 30), id="quarter"),
        pytest.param('expires = "half_year_end"', date(2026, 7, 1), date(2026, 12, 31), id="half year"),
        pytest.param('expires = "year_end"', date(2026, 1, 1), date(2026, 12, 31), id="year"),
        pytest.param('expires = "never"', date(2026, 1, 1), None, id="never"),
        pytest.param("expires_after_months = 3", date(2026, 11, 1), date(2027, 1, 31), id="three months"),
        pytest.param(
            'credited = "half_year"\nexpires = "month_end"',
            date(2026, 7, 1),
            date(2026, 12, 31),
            id="half a year at once",
        ),
    ],
)
def test_when_a_credit_expires(terms, month, last):
    assert expires_on(purse_of(terms), month) == last


def purse_of(terms: str) -> PurseTerms:
    purse = load_scheme(f'{HEAD}{CREDIT}[purse]\npays_for = ["services"]\n{terms}\n').purse
    assert purse
    return purse


def test_what_a_year_may_still_settle():
    plain, limited, opening = (
        purse_of(f'expires = "never"\n{terms}')
        for terms in ("", "year_limit = true", "year_limit = true\nopening_counts = true")
    )
    used = {"credited_fen": 1000, "opening_fen": 300, "settled_fen": 900}

    assert [year_left(purse, **used) for purse in (plain, limited, opening)] == [None, 100, 400]
    assert year_left(limited, credited_fen=0, opening_fen=300, settled_fen=900) == 0


def scheme_of(terms: str) -> Scheme:
    return load_scheme(HEAD + MEALS + terms)


VISITS = [Visit(date(2026, 10, day), "cleaning", 60) for day in (1, 2)]


@pytest.mark.parametrize(
    ("rule", "visits", "on", "since", "expected"),
    [
        pytest.param(
            'per = "month"\nvisits = 2',
            VISITS,
            date(2026, 10, 31),
            None,
            [("2026-09", 2, True), ("2026-10", 0, False)],
            id="met",
        ),
        pytest.param(
            'per = "month"\nvisits = 2',
            VISITS,
            date(2026, 10, 1),
            date(2026, 10, 1),
            [("2026-10", 1, False)],
            id="a later visit is not yet done",
        ),
        pytest.param(
            'per = "month"\nvisits = 3\nmissed = "next_period"',
            VISITS,
            date(2026, 11, 5),
            date(2026, 10, 1),
            [("2026-10", 1, False), ("2026-11", 3, False)],
            id="to be made up",
        ),
        pytest.param(
            'per = "month"\nvisits = 3',
            VISITS,
            date(2026, 11, 5),
            date(2026, 10, 1),
            [("2026-10", 1, True), ("2026-11", 3, False)],
            id="lost",
        ),
        pytest.param(
            'per = "month"\nvisits = 3',
            VISITS,
            date(2026, 11, 5),
            date(2026, 10, 2),
            [("2026-11", 3, False)],
            id="entitled since the middle of the month before",
        ),
        pytest.param(
            'per = "month"\nvisits = 1\nleast_minutes = 61',
            VISITS,
            date(2026, 10, 31),
            date(2026, 10, 1),
            [("2026-10", 1, False)],
            id="too short",
        ),
        pytest.param(
            'per = "month"\nvisits = 1\nof = ["bathing"]',
            VISITS,
            date(2026, 10, 31),
            date(2026, 10, 1),
            [("2026-10", 1, False)],
            id="of another kind",
        ),
        pytest.param(
            'per = "year"\nkinds = 2',
            VISITS,
            date(2026, 10, 31),
            date(2026, 10, 1),
            [("2026-01", 1, False)],
            id="one kind twice",
        ),
        pytest.param(
            'per = "quarter"\nvisits = 2',
            VISITS,
            date(2027, 1, 1),
            date(2026, 10, 1),
            [("2027-01", 2, False)],
            id="quarter met, the next begins",
        ),
    ],
)
def test_who_is_behind(rule, visits, on, since, expected):
    found = behind(scheme_of(f"[[frequency]]\n{rule}"), "", visits, on, since)

    assert [(f"{one.first:%Y-%m}", one.short, one.is_lost) for one in found] == expected


def test_a_rule_for_other_classes_is_not_owed():
    text = (
        PURSE
        + CREDIT
        + 'classes = [{ code = "甲", when = {} }, { code = "乙", when = {} }]\nfrequency = [{ per = "month", visits = 1, classes = ["乙"] }]'
    )
    scheme = load_scheme(HEAD + text)

    assert [len(behind(scheme, code, [], date(2026, 1, 1), date(2026, 1, 1))) for code in ("甲", "乙")] == [0, 1]


@pytest.mark.parametrize(
    ("payback", "closed", "fen"),
    [
        pytest.param("all", date(2026, 1, 1), 600000, id="at once"),
        pytest.param("all", date(2030, 12, 30), 600000, id="a day before"),
        pytest.param("all", date(2030, 12, 31), 0, id="promise kept"),
        pytest.param("months", date(2028, 6, 30), 300000, id="half of it"),
        pytest.param("months", date(2030, 12, 30), 10000, id="one month missing"),
    ],
)
def test_what_goes_back_when_a_site_closes(payback, closed, fen):
    text = site_money(f'basis = "fixed"\nper = "once"\nyuan = 6000\npayback_years = 5\npayback = "{payback}"')

    assert pay_back(load_scheme(HEAD + text).site_money[0], 600000, paid_on=date(2026, 1, 1), closed_on=closed) == fen


def test_terms_of_a_site_may_differ_by_area():
    text = site_money('basis = "fixed"\nper = "year"\nyuan = 100') + (
        '[[overrides]]\narea = "甲县/乙镇"\nsite_money = [{ code = "镇补助", basis = "fixed", per = "year", yuan = 200 }]\n'
    )
    scheme = load_scheme(HEAD + text)

    found = [site_grants(scheme, SiteYear(area=area), 2026) for area in ("甲县/丙镇", "甲县/乙镇/丁村")]

    assert [[(one.code, one.amount_fen) for one in each] for each in found] == [[("补助", 10000)], [("镇补助", 20000)]]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 5000), st.integers(0, 5000))
def test_marginal_steps_never_pay_less_for_more(fewer, more):
    text = site_money(
        'basis = "meals"\nper = "year"\ntiers_count = "marginal"\ntiers = [{ from = 1, each_yuan = 2 }, { from = 501, each_yuan = "0.35" }]'
    )
    scheme = load_scheme(HEAD + text)
    low, high = sorted((fewer, more))

    paid = [
        site_grants(scheme, SiteYear(months=(MonthVolume(date(2026, 1, 1), meals=meals),)), 2026)[0]
        for meals in (low, high)
    ]

    assert paid[0].amount_fen <= paid[1].amount_fen
    assert all(sum(fen for _, fen in one.shares) == one.amount_fen for one in paid)


KEYS = (
    "expires",
    "pays_for",
    "yuan",
    "hours",
    "kind",
    "per",
    "visits",
    "basis",
    "code",
    "tiers",
    "from",
    "each_yuan",
    "sites",
    "funding",
    "payer",
    "percent",
    "by_age",
    "needs",
)
WORDS = ("never", "month", "once", "meal", "meals", "fixed", "decided", "cleaning", "甲", "?", "passed", "urban")
TERMS = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 10**10) | st.text(max_size=4) | st.sampled_from(WORDS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
    max_leaves=10,
)


@settings(max_examples=120, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(("purse", "credit", "services", "frequency", "site_money", "settlement", "supervision")), TERMS
    )
)
def test_any_terms_are_refused_or_read(terms):
    head = {"id": "s1", "version": "1", "name": "方案", "stack_group": "care", "amount": {"kind": "care"}}
    try:
        scheme = read_document(head | terms)
    except SchemeError as error:
        assert error.problems
    else:
        site_grants(scheme, SiteYear(), 2026)
        behind(scheme, "", [], date(2026, 1, 1), None)


@pytest.mark.parametrize(
    ("terms", "doubt"),
    [
        pytest.param(
            CREDIT + 'purse = { expires = "never", pays_for = ["meal"], above = "s1" }',
            "purse.above:写的是方案自己,永远没有差额",
            id="above itself",
        ),
        pytest.param(PURSE + "credit = { yuan = 0 }", "credit:额度是 0,什么也不计", id="nothing credited"),
        pytest.param(
            CREDIT + 'purse = { expires = "never", pays_for = ["meal"] }\nservices = [{ kind = "bathing", yuan = 1 }]',
            "services[1]:「助浴」不在 purse.pays_for 里,永远用不到",
            id="service the purse does not buy",
        ),
        pytest.param(
            MEALS + 'services = [{ kind = "bathing", own_percent = 100 }]',
            "services[1]:全部由本人自付,方案什么也不付",
            id="all own",
        ),
        pytest.param(
            MEALS + 'frequency = [{ per = "year", kinds = 3, of = ["bathing", "cleaning"] }]',
            "frequency[1].kinds:要 3 种,of 里只有 2 种,永远达不到",
            id="more kinds than there are",
        ),
        pytest.param(
            site_money(
                'basis = "meals"\nper = "year"\nby_age = [{ from = 60, each_yuan = 1 }, { from = 80, each_yuan = 2 }]'
            ),
            "site_money[1].by_age[2]:前面的年龄段已经包括,永远用不到",
            id="ages that never count",
        ),
        pytest.param(
            site_money('basis = "meals"\nper = "year"\ntiers = [{ from = 10, yuan = 9 }, { from = 20, yuan = 8 }]'),
            "site_money[1].tiers:从 20 起的金额比前一档少,请核对",
            id="more volume, less money",
        ),
    ],
)
def test_what_can_hardly_be_meant_is_a_warning(terms, doubt):
    assert doubt in warnings_of(load_scheme(HEAD + terms))
