"""What can be read but can hardly be meant."""

from __future__ import annotations

import pytest

from canteen.schemes.builtin import builtin_schemes
from canteen.schemes.language.doubts import warnings_of
from canteen.schemes.language.scheme import load_scheme

HEAD = 'id = "s1"\nversion = "1"\nname = "方案"\nstack_group = "meals"\n'
THREE = 'amount = { kind = "per_meal", yuan = 3 }\n'


def doubts(terms: str) -> tuple[str, ...]:
    return warnings_of(load_scheme(HEAD + terms))


def classes(*whens: str, **terms: str) -> str:
    """Classes 甲, 乙, 丙 … under these conditions, all with the amount of the scheme."""
    above = "".join(f"{key} = {value}\n" for key, value in terms.items())
    return (
        THREE
        + above
        + "".join(
            f'[[classes]]\ncode = "{code}"\nwhen = {{ {when} }}\n'
            for code, when in zip("甲乙丙丁", whens, strict=False)
        )
    )


@pytest.mark.parametrize(
    ("terms", "doubt"),
    [
        pytest.param(
            THREE + "eligible = { age = { from = 60 }, not = { age = { from = 50 } } }",
            "eligible:这些条件互相矛盾,没有人符合",
            id="contradiction",
        ),
        pytest.param(
            THREE + "eligible = { all = [{ age = { under = 70 } }, { age = { from = 70 } }] }",
            "eligible:这些条件互相矛盾,没有人符合",
            id="age bands apart",
        ),
        pytest.param(
            classes("age = { under = 60 }", eligible="{ age = { from = 60 } }"),
            "classes[1].when:「甲」和 eligible 合在一起没有人符合",
            id="class outside eligible",
        ),
        pytest.param(
            classes('any_status = ["dibao"], not = { any_status = ["dibao", "tekun"] }'),
            "classes[1].when:「甲」的条件互相矛盾,没有人符合",
            id="status and not status",
        ),
        pytest.param(
            classes("age = { from = 60 }", 'age = { from = 70 }, any_status = ["dibao"]'),
            "classes[2].when:符合「乙」的人都已归入前面的类别,这一类永远用不到",
            id="covered by one",
        ),
        pytest.param(
            classes(
                "age = { under = 70 }", "age = { from = 70, under = 80 }", "age = { from = 80 }", "age = { to = 99 }"
            ),
            "classes[4].when:符合「丁」的人都已归入前面的类别,这一类永远用不到",
            id="covered by several together",
        ),
        pytest.param(
            classes('residence = { in = ["甲县"] }', 'residence = { in = ["甲县/乙镇", "甲县/丙镇"] }'),
            "classes[2].when:符合「乙」的人都已归入前面的类别,这一类永远用不到",
            id="covered area",
        ),
        pytest.param(
            classes('ability = ["semi_disabled", "disabled"]', 'ability = ["severe"], settlement = ["rural"]'),
            "classes[2].when:符合「乙」的人都已归入前面的类别,这一类永远用不到",
            id="covered ability",
        ),
        pytest.param(
            classes("", 'resident_months = { from = 6 }, permit = ["talent"], sex = ["male"]'),
            "classes[2].when:符合「乙」的人都已归入前面的类别,这一类永远用不到",
            id="everybody first",
        ),
        pytest.param(
            'amount = { kind = "per_meal", yuan = { age = { 50 = 1, 60 = 2 } } }\neligible = { age = { from = 60 } }',
            "amount.age.50:没有人在这一档",
            id="tier of no age",
        ),
        pytest.param(
            'amount = { kind = "per_meal", yuan = { price = { 5 = 1, 8 = 2, 12 = 3 } } }\nspend = { from = 8 }',
            "amount.price:5.00 起的一档低于起补金额 8.00,永远用不到",
            id="tier below the minimum spend",
        ),
        pytest.param(
            'amount = { kind = "per_meal", yuan = { lunch = 1, dinner = 2 } }\nslots = ["lunch"]',
            "amount:写了 dinner,但 slots 里没有,这一项永远用不到",
            id="rate without slot",
        ),
        pytest.param(
            'amount = { kind = "per_meal", yuan = { lunch = 1 } }\nslots = ["lunch", "dinner"]',
            "amount:slots 里有 dinner,但金额表里没有,这样不补助",
            id="slot without rate",
        ),
        pytest.param('amount = { kind = "per_meal", yuan = 0 }', "amount:写的是 0,这样从不补助", id="nothing"),
        pytest.param(
            'amount = { kind = "layers", layers = [{ payer = "镇", amount = { kind = "free" }, when = { age = { under = 60 } } }] }\n'
            "eligible = { age = { from = 60 } }",
            "amount.layers[1]:「镇」这一层没有人符合",
            id="layer of nobody",
        ),
        pytest.param(THREE + 'caps = [{ per = "day", meals = 0 }]', "caps:每日的上限是 0,这样从不补助", id="cap of 0"),
        pytest.param(
            THREE + 'caps = [{ per = "day", yuan = 50 }, { per = "month", yuan = 30 }]',
            "caps:每日上限 50.00 不低于每月上限 30.00,每日的一条不起作用",
            id="short cap above the long one",
        ),
        pytest.param(
            THREE + 'caps = [{ per = "day", meals = 1 }, { per = "month", meals = 40 }]',
            "caps:每月上限 40 餐 到不了(每日最多 1 餐),每月的一条不起作用",
            id="long cap out of reach",
        ),
        pytest.param(
            THREE + 'caps = [{ per = "day", yuan = 5 }, { per = "day", yuan = 6 }]',
            "caps:每日的上限写了两条,只有较低的一条起作用",
            id="cap twice",
        ),
        pytest.param(
            THREE + 'slots = ["lunch"]\ncaps = [{ per = "day", meals = 2 }]',
            "caps:每日上限 2 餐 到不了(每餐次最多 1 餐),每日的一条不起作用",
            id="more than there are sittings",
        ),
        pytest.param(
            THREE + 'site_area = { in = ["甲县/乙镇"], except = ["甲县"] }',
            "site_area:in 的地区都在 except 里,没有助餐点符合",
            id="nowhere",
        ),
        pytest.param(
            THREE + 'site_area = { in = ["甲县"] }\n[[overrides]]\narea = "乙县"\nslots = ["lunch"]',
            "overrides:「乙县」不在 site_area 的范围内,永远用不到",
            id="override elsewhere",
        ),
        pytest.param(
            THREE + '[[overrides]]\narea = "乙县"\ncaps = [{ per = "day", meals = 0 }]',
            "overrides:「乙县」caps:每日的上限是 0,这样从不补助",
            id="doubt of an override",
        ),
        pytest.param(
            THREE + 'working_days_only = true\nweekdays = ["sat", "sun"]',
            "weekdays:和 working_days_only 合在一起,只剩调休上班的周末",
            id="working weekends",
        ),
        pytest.param(
            THREE + 'ways = ["dine_in"]\ndelivery = { free = true }',
            "delivery:ways 里没有 delivery,送餐费的补助永远用不到",
            id="fee without delivery",
        ),
        pytest.param(
            THREE + 'funding_order = "waterfall"\nfunding = [{ payer = "县" }, { payer = "镇", budget_yuan = 9 }]',
            "funding[1]:「县」没有预算上限,后面的各方永远轮不到",
            id="payer whose turn never comes",
        ),
        pytest.param(
            THREE + 'funding = [{ payer = "县", percent = 100 }, { payer = "镇", percent = 0 }]',
            "funding[2]:「镇」比例是 0,从不付款",
            id="payer of nothing",
        ),
        pytest.param(
            THREE + 'funding = [{ payer = "县", percent = 100, budget_yuan = 0 }]',
            "funding[1]:「县」预算是 0,从不付款",
            id="empty budget",
        ),
    ],
)
def test_a_doubt_is_told_with_its_place(terms, doubt):
    assert doubt in doubts(terms)


@pytest.mark.parametrize(
    "terms",
    [
        pytest.param(classes("age = { from = 70 }", "age = { from = 60 }"), id="higher age first"),
        pytest.param(classes("age = { from = 60 }", "age = { from = 70 }", choose='"highest"'), id="highest"),
        pytest.param(
            classes(
                'any_status = ["dibao", "tekun"]',
                'all_status = ["dibao", "hardship"], age = { to = 59 }',
                eligible='{ any = [{ age = { from = 60 } }, { any_status = ["hardship"] }] }',
                choose='"highest"',
            ),
            id="overlapping",
        ),
        pytest.param(
            classes('hukou = { in = ["甲县"], except = ["甲县/乙镇"] }', 'hukou = { in = ["甲县"] }'),
            id="rest of an area",
        ),
        pytest.param(classes('age = { from = 70, on = "month" }', "age = { from = 70 }"), id="age on another day"),
        pytest.param(THREE + 'caps = [{ per = "day", meals = 1 }, { per = "month", meals = 26 }]', id="caps that fit"),
        pytest.param(
            THREE + 'caps = [{ per = "week", yuan = 10 }, { per = "month", yuan = 50 }]', id="weeks in two months"
        ),
        pytest.param(
            THREE + 'site_area = { in = ["甲县/乙镇"] }\n[[overrides]]\narea = "甲县"\nslots = ["lunch"]',
            id="wider override",
        ),
        pytest.param('amount = { kind = "monthly_norm", yuan = 400, own_percent = 0 }', id="own part of nothing"),
        pytest.param(
            THREE + 'funding_order = "waterfall"\nfunding = [{ payer = "镇", budget_yuan = 9 }, { payer = "县" }]',
            id="last without",
        ),
    ],
)
def test_no_doubt_without_reason(terms):
    assert doubts(terms) == ()


def test_tangled_conditions_raise_no_doubt_and_take_no_time():
    """Where the conditions cannot be followed to the end, nothing is said."""
    kinds = ["dibao", "tekun", "sanwu", "wubao", "hardship", "veteran", "lonely", "bereaved", "dementia", "marginal"]
    parts = ", ".join(f'{{ any_status = ["{one}", "{other}"] }}' for one in kinds for other in kinds if one < other)

    assert doubts(classes(f"all = [{parts}]", "")) == ()


def test_an_incomplete_scheme_raises_no_doubt():
    assert doubts('amount = { kind = "per_meal", yuan = "?" }\ncaps = [{ per = "day", meals = 0 }]') == ()


@pytest.mark.parametrize("name", sorted(builtin_schemes()))
def test_the_schemes_of_the_sources_raise_no_doubt(name):
    assert warnings_of(load_scheme(builtin_schemes()[name])) == ()


def test_a_number_for_one_of_several_bands_of_ages_is_meant() -> None:
    terms = (
        "eligible = { any = [{ age = { from = 60, under = 70 } }, { age = { from = 80 } }] }\n"
        'amount = { kind = "per_meal", yuan = { age = { 60 = 1, %s = 2 } } }\n'
    )

    assert doubts(terms % 80) == ()
    assert doubts(terms % 70) == ()
    assert doubts((terms % 70).replace("70 = 2", "70 = 2, 80 = 3")) == ("amount.age.70:没有人在这一档",)
