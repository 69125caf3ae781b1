"""Reading a scheme: what is allowed, what every mistake is called, what is missing, and no text that breaks it."""

from __future__ import annotations

import copy
import tomllib
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from canteen.schemes.builtin import builtin_schemes
from canteen.schemes.deciding.decide import decide
from canteen.schemes.facts import Meal, Person
from canteen.schemes.language.amounts import MonthlyNorm
from canteen.schemes.language.scheme import Scheme, SchemeError, load_scheme, read_document
from canteen.schemes.language.site_money import GrantTier, OperatingGrant

HEAD = 'id = "s1"\nversion = "1"\nname = "方案"\nstack_group = "meals"\n'
AMOUNT = 'amount = { kind = "per_meal", yuan = 3 }\n'
CLASSES = 'classes = [{ code = "甲", when = {}, amount = { kind = "free" } }]\n'


def problems(text: str) -> list[str]:
    with pytest.raises(SchemeError) as raised:
        load_scheme(text)
    return raised.value.problems


def test_jinxi_is_complete_and_holds_the_numbers_of_the_notice():
    jinxi = load_scheme(builtin_schemes()["jinxi"])

    assert (jinxi.id, jinxi.version, jinxi.incomplete) == ("jinxi", "1", False)
    assert [one.code for one in jinxi.classes] == ["一类", "二类", "三类", "四类", "五类", "六类", "关爱"]
    assert isinstance(jinxi.classes[0].amount, MonthlyNorm)
    assert jinxi.classes[0].amount.norm.fen == {"urban": 55000, "rural": 40000}
    assert jinxi.classes[0].amount.own.plain == 5000
    assert jinxi.funding == (("public", 10000),)
    assert jinxi.operating_grant == OperatingGrant(
        tiers=(GrantTier(meals_a_day=1, year_fen=1000000), GrantTier(meals_a_day=2, year_fen=2000000)),
        threshold_percent=90,
        pro_rata="none",
    )
    assert dict(jinxi.sources)["amount"] == "金溪县 003 篇三 JX-2(标准)、JX-3(自付一半)"


def test_builtin_schemes_bear_the_names_of_their_files():
    assert all(load_scheme(text).id == name for name, text in builtin_schemes().items())


@pytest.mark.parametrize(
    ("terms", "problem"),
    [
        pytest.param("", "amount:没有写,应为一个表:补多少(或在 classes 里分类写)", id="no amount"),
        pytest.param(AMOUNT + "slot = 1", "文件:不认识的键「slot」,这里可以用:", id="unknown key"),
        pytest.param(
            'amount = { kind = "per_meal", yuan = 3, percent = 5 }',
            "amount:不认识的键「percent」,这里可以用:kind、yuan、source",
            id="key of another kind",
        ),
        pytest.param(
            'amount = { kind = "half" }',
            "amount.kind:写的是「half」,应为其中之一:per_meal、percent、own_price、free、monthly_norm、care",
            id="unknown kind",
        ),
        pytest.param(
            "amount = { yuan = 3 }",
            "amount.kind:没有写,应为其中之一:per_meal、percent、own_price、free、monthly_norm、care、per_day、layers、discount",
            id="no kind",
        ),
        pytest.param("amount = 3", "amount:写的是 3,应为一个表(键 = 值)", id="not a table"),
        pytest.param(
            'amount = { kind = "per_meal", yuan = "三元" }',
            'amount.yuan:写的是「三元」,应为金额(元),0 到 100000,最多两位小数,例如 10 或 "10.50"',
            id="no money",
        ),
        pytest.param(
            'amount = { kind = "per_meal", yuan = 3.005 }',
            'amount.yuan:写的是「3.005」,应为金额(元),0 到 100000,最多两位小数,例如 10 或 "10.50"',
            id="mills",
        ),
        pytest.param(
            'amount = { kind = "per_meal", yuan = -3 }',
            'amount.yuan:写的是 -3,应为金额(元),0 到 100000,最多两位小数,例如 10 或 "10.50"',
            id="negative",
        ),
        pytest.param(
            'amount = { kind = "per_meal", yuan = nan }',
            'amount.yuan:写的是「NaN」,应为金额(元),0 到 100000,最多两位小数,例如 10 或 "10.50"',
            id="nan",
        ),
        pytest.param(
            'amount = { kind = "per_meal", yuan = 1e999999 }',
            'amount.yuan:写的是「1E+999999」,应为金额(元),0 到 100000,最多两位小数,例如 10 或 "10.50"',
            id="huge",
        ),
        pytest.param(
            'amount = { kind = "per_meal", yuan = 1000000000 }',
            'amount.yuan:写的是 1000000000,应为金额(元),0 到 100000,最多两位小数,例如 10 或 "10.50"',
            id="a billion",
        ),
        pytest.param(
            'amount = { kind = "per_meal", yuan = true }',
            'amount.yuan:写的是 true,应为金额(元),0 到 100000,最多两位小数,例如 10 或 "10.50"',
            id="flag as money",
        ),
        pytest.param(
            'amount = { kind = "per_meal", yuan = [3] }',
            'amount.yuan:写的是一个列表,应为金额(元),0 到 100000,最多两位小数,例如 10 或 "10.50"',
            id="list as money",
        ),
        pytest.param(
            'amount = { kind = "per_meal", yuan = { noon = 3, lunch = 3 } }',
            "amount.yuan:不认识的键「noon」,这里可以用:breakfast、lunch、dinner",
            id="unknown slot in a table",
        ),
        pytest.param(
            'amount = { kind = "monthly_norm", yuan = { lunch = 3 }, own_percent = 50 }',
            "amount.yuan:不认识的键「lunch」,这里可以用:urban、rural",
            id="a norm is not by slot",
        ),
        pytest.param(
            'amount = { kind = "percent", percent = 101 }',
            "amount.percent:写的是 101,应为 0 到 100 的百分数,最多两位小数",
            id="more than all",
        ),
        pytest.param(
            'amount = { kind = "percent", percent = 33.333 }',
            "amount.percent:写的是「33.333」,应为 0 到 100 的百分数,最多两位小数",
            id="fine percent",
        ),
        pytest.param(
            'amount = { kind = "percent", percent = nan }',
            "amount.percent:写的是「NaN」,应为 0 到 100 的百分数,最多两位小数",
            id="nan percent",
        ),
        pytest.param(
            'amount = { kind = "percent", percent = "50" }',
            "amount.percent:写的是「50」,应为 0 到 100 的百分数,最多两位小数",
            id="percent as text",
        ),
        pytest.param(
            AMOUNT + 'slots = ["noon"]', "slots[1]:写的是「noon」,应为其中之一:breakfast、lunch、dinner", id="slot"
        ),
        pytest.param(AMOUNT + "slots = {}", "slots:写的是一个表,应为列表 [...],至少一项", id="a table for a list"),
        pytest.param(AMOUNT + "slots = []", "slots:写的是空列表,应为列表 [...],至少一项", id="no slots"),
        pytest.param(
            AMOUNT + 'slots = "lunch"', "slots:写的是「lunch」,应为列表 [...],至少一项", id="one slot as a text"
        ),
        pytest.param(AMOUNT + "set_meal_only = 1", "set_meal_only:写的是 1,应为 true 或 false", id="flag"),
        pytest.param(AMOUNT + "spend = {}", "spend:from(满)和 over(超过)要写一个,只写一个", id="empty spend"),
        pytest.param(
            AMOUNT + "spend = { from = 1, over = 2 }", "spend:from(满)和 over(超过)要写一个,只写一个", id="spend twice"
        ),
        pytest.param(AMOUNT + "valid_from = 2026", "valid_from:写的是 2026,应为日期,例如 2026-01-01", id="day"),
        pytest.param(
            AMOUNT + "valid_from = 2026-01-01T00:00:00",
            "valid_from:写的是「2026-01-01 00:00:00」,应为日期,例如 2026-01-01",
            id="instant",
        ),
        pytest.param(
            AMOUNT + 'valid_from = "2026-02-30"',
            "valid_from:写的是「2026-02-30」,应为日期,例如 2026-01-01",
            id="no such day",
        ),
        pytest.param(
            AMOUNT + "valid_from = 2026-02-01\nvalid_to = 2026-01-31",
            "valid_to:2026-01-31 早于 valid_from 的 2026-02-01",
            id="reversed",
        ),
        pytest.param(AMOUNT + 'choose = "best"', "choose:写的是「best」,应为其中之一:first、highest", id="choose"),
        pytest.param(
            AMOUNT + 'rounding = { to = "kuai" }', "rounding.to:写的是「kuai」,应为其中之一:fen、jiao、yuan", id="unit"
        ),
        pytest.param(
            AMOUNT + 'rounding = { mode = "even" }',
            "rounding.mode:写的是「even」,应为其中之一:half_up、down、up",
            id="mode",
        ),
        pytest.param(
            AMOUNT + 'caps = [{ per = "decade", meals = 1 }]',
            "caps[1].per:写的是「decade」,应为其中之一:sitting、day、week、month、year",
            id="period",
        ),
        pytest.param(
            AMOUNT + 'caps = [{ per = "day" }]', "caps[1]:meals(餐数)和 yuan(金额)要写一个,只写一个", id="empty cap"
        ),
        pytest.param(
            AMOUNT + 'caps = [{ per = "day", meals = 1, yuan = 1 }]',
            "caps[1]:meals(餐数)和 yuan(金额)要写一个,只写一个",
            id="cap twice",
        ),
        pytest.param(
            AMOUNT + 'caps = [{ per = "day", meals = 1.5 }]',
            "caps[1].meals:写的是「1.5」,应为 0 到 10000 的整数",
            id="half a meal",
        ),
        pytest.param(AMOUNT + "caps = [1]", "caps[1]:写的是 1,应为一个表(键 = 值)", id="cap is no table"),
        pytest.param(
            AMOUNT + "eligible = { age = { from = 151 } }",
            "eligible.age.from:写的是 151,应为 0 到 150 的整数",
            id="age",
        ),
        pytest.param(
            AMOUNT + "eligible = { age = 60 }", "eligible.age:写的是 60,应为一个表(键 = 值)", id="age as a number"
        ),
        pytest.param(
            AMOUNT + "eligible = { age = { from = 80, under = 80 } }",
            "eligible.age:没有人同时满足这些年龄界限",
            id="nobody's age",
        ),
        pytest.param(
            AMOUNT + 'eligible = { any_status = ["diabo"] }',
            "eligible.any_status[1]:写的是「diabo」,应为其中之一:dibao、",
            id="status",
        ),
        pytest.param(
            AMOUNT + 'eligible = { settlement = ["town"] }',
            "eligible.settlement[1]:写的是「town」,应为其中之一:urban、rural",
            id="settlement",
        ),
        pytest.param(
            AMOUNT + "eligible = { ability = [1] }",
            "eligible.ability[1]:写的是 1,应为其中之一:able、semi_disabled、disabled、intact、mild、moderate、severe、total",
            id="ability",
        ),
        pytest.param(
            AMOUNT + "eligible = { hukou = {} }", "eligible.hukou.in:没有写,应为地区路径的列表 [...]", id="no area"
        ),
        pytest.param(
            AMOUNT + 'eligible = { hukou = { in = ["金溪县/"] } }',
            'eligible.hukou.in[1]:写的是「金溪县/」,应为地区路径,从上到下用 / 隔开,例如 "金溪县/云溪镇"',
            id="area with an open end",
        ),
        pytest.param(
            AMOUNT + "eligible = { any = [] }", "eligible.any:写的是空列表,应为列表 [...],至少一项", id="any of nothing"
        ),
        pytest.param(
            AMOUNT + "eligible = { not = { ages = {} } }", "eligible.not:不认识的键「ages」", id="unknown condition"
        ),
        pytest.param(
            AMOUNT + "eligible = " + "{ not = " * 9 + "{}" + " }" * 9,
            "eligible.not.not.not.not.not.not.not.not:any、all、not 嵌套过深,最多 8 层",
            id="deep",
        ),
        pytest.param(
            AMOUNT + 'site_area = { outside = ["金溪县"] }',
            "site_area:不认识的键「outside」,这里可以用:in、except、same、by、source",
            id="site area",
        ),
        pytest.param("classes = []", "classes:写的是空列表,应为列表 [...],至少一项", id="no classes"),
        pytest.param(
            CLASSES + "overrides = [{ area = 1 }]",
            'overrides[1].area:写的是 1,应为地区路径,从上到下用 / 隔开,例如 "金溪县/云溪镇"',
            id="override's area",
        ),
        pytest.param(
            'classes = [{ code = "甲", when = {} }]', "classes[1].amount.kind:没有写", id="class without amount"
        ),
        pytest.param(
            AMOUNT + 'classes = [{ code = "甲" }, { code = "甲" }]',
            "classes[2].code:「甲」写了两次,每一类的代号不能相同",
            id="code twice",
        ),
        pytest.param(
            AMOUNT + "classes = [{ when = {} }]", "classes[1].code:没有写,应为一行文字,最多 10 字", id="no code"
        ),
        pytest.param(
            AMOUNT + 'classes = [{ code = "低保" }]',
            "classes[1].code:「低保」会印在小票和公示上,不能有「低保」,请换一个中性的写法",
            id="code with a label",
        ),
        pytest.param(
            AMOUNT + 'funding = [{ payer = "特困基金", percent = 100 }]',
            "funding[1].payer:「特困基金」会印在小票和公示上,不能有「特困」,请换一个中性的写法",
            id="payer with a label",
        ),
        pytest.param(
            AMOUNT + 'funding = [{ payer = "区", percent = 70 }, { payer = "镇", percent = 20 }]',
            "funding:各方合计 90%,应为 100%",
            id="funding is not all",
        ),
        pytest.param(
            AMOUNT + 'funding = [{ payer = "own", percent = 100 }]',
            "funding[1].payer:「own」不能用:own、gap、site 另有含义,其他每个只写一次",
            id="payer own",
        ),
        pytest.param(
            AMOUNT + 'funding = [{ payer = "区", percent = 70 }, { payer = "区", percent = 30 }]',
            "funding[2].payer:「区」不能用:own、gap、site 另有含义,其他每个只写一次",
            id="payer twice",
        ),
        pytest.param(
            AMOUNT + "operating_grant = { threshold_percent = 90 }",
            "operating_grant.tiers:没有写,应为列表 [...],每项写 meals_a_day(每天几餐)和 yuan(每年金额)",
            id="no tiers",
        ),
        pytest.param(
            AMOUNT + 'operating_grant = { threshold_percent = 0, pro_rata = "days", tiers = '
            "[{ meals_a_day = 4, yuan = 1 }] }",
            "operating_grant.threshold_percent:写的是 0,应为 1 到 100 的整数",
            id="threshold",
        ),
        pytest.param(
            AMOUNT + "operating_grant = { threshold_percent = 9, tiers = [{ meals_a_day = 1, yuan = 1 }, "
            "{ meals_a_day = 1, yuan = 2 }] }",
            "operating_grant.tiers:同样的每天餐数写了两次",
            id="tier twice",
        ),
        pytest.param(AMOUNT + 'source = ""', "source:写的是「」,应为一行文字,最多 200 字", id="empty text"),
        pytest.param(
            AMOUNT + 'source = "一\\n二"', "source:写的是「一□二」,应为一行文字,最多 200 字", id="control character"
        ),
        pytest.param(
            AMOUNT + "[[overrides]]\nslots = ['lunch']",
            'overrides[1].area:没有写,应为地区路径,从上到下用 / 隔开,例如 "金溪县/云溪镇"',
            id="override, no area",
        ),
        pytest.param(
            AMOUNT + "[[overrides]]\narea = '甲'\nname = '乙'", "overrides[1]:不认识的键「name」", id="override key"
        ),
        pytest.param(
            AMOUNT + "[[overrides]]\narea = '甲'\n[[overrides]]\narea = '甲'",
            "overrides[2].area:「甲」写了两次,每个地区只写一次",
            id="area twice",
        ),
        pytest.param(
            AMOUNT + "[[overrides]]\narea = '甲'\nslots = ['noon']",
            "overrides[1]:换上这些以后,slots[1]:写的是「noon」,应为其中之一:breakfast、lunch、dinner",
            id="override's slot",
        ),
        pytest.param(
            AMOUNT + "[[overrides]]\narea = '甲'\namount = { percent = 50 }",
            "overrides[1]:换上这些以后,amount:不认识的键「percent」,这里可以用:kind、yuan、source",
            id="override's amount of another kind",
        ),
        pytest.param(
            CLASSES + "[[overrides]]\narea = '甲地'\nfor_classes = ['乙']\namount = { kind = 'care' }",
            "overrides[1].for_classes:写的是一个列表,应为类别代号的列表,可以用:甲",
            id="override of no class",
        ),
        pytest.param(
            CLASSES + "[[overrides]]\narea = '甲地'\nfor_classes = ['甲']",
            "overrides[1].amount:没有写,应为一个表:这些类别改成补多少",
            id="override of a class without amount",
        ),
        pytest.param(
            CLASSES + "[[overrides]]\narea = '甲地'\nfor_classes = []\namount = { kind = 'care' }",
            "overrides[1].for_classes:写的是空列表,应为类别代号的列表,可以用:甲",
            id="override of nothing",
        ),
    ],
)
def test_a_mistake_is_told_with_its_place_and_what_is_allowed(terms, problem):
    assert [found for found in problems(HEAD + terms) if found == problem or len(found) > 100 and problem in found]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('id = "Jinxi 县"', "id:写的是「Jinxi 县」,应为小写英文字母开头"),
        ("version = 1", "version:写的是 1,应为一行文字,最多 20 字"),
        ('name = "低保老人助餐"', "name:「低保老人助餐」会印在小票和公示上,不能有「低保」"),
        ('stack_group = ""', "stack_group:写的是「」,应为小写英文字母开头"),
    ],
)
def test_the_head_of_a_scheme(line, problem):
    key = line.split(" ")[0]
    lines = [line if known.startswith(key) else known for known in HEAD.splitlines()]

    assert problem in problems("\n".join(lines) + "\n" + AMOUNT)[0]
    assert f"{key}:没有写" in problems("\n".join(set(lines) - {line}) + "\n" + AMOUNT)[0]


def test_all_problems_are_told_at_once_and_each_once():
    text = HEAD + (
        'nonsense = 1\nslots = ["noon"]\n'
        '[[classes]]\ncode = "甲"\nwhen = { age = { form = 60 } }\namount = { kind = "per_meal", yuan = "x" }\n'
        '[[overrides]]\narea = "金溪县"\nspend = { under = 3 }\n'
    )

    found = problems(text)

    assert [one.split(":")[0] for one in found] == [
        "classes[1].amount.yuan",
        "classes[1].when.age",
        "slots[1]",
        "文件",
        "overrides[1]",
        "overrides[1]",
    ]
    assert str(SchemeError(found)).startswith("方案有 6 处问题:classes[1].amount.yuan:")


@pytest.mark.parametrize(
    ("terms", "missing"),
    [
        pytest.param('amount = { kind = "per_meal" }', ("amount.yuan",), id="left out"),
        pytest.param('amount = { kind = "per_meal", yuan = "?" }', ("amount.yuan",), id="question mark"),
        pytest.param(
            'amount = { kind = "per_meal", yuan = { urban = 3 } }', ("amount.yuan.rural",), id="one settlement"
        ),
        pytest.param(
            'amount = { kind = "per_meal", yuan = {} }', ("amount.yuan.urban", "amount.yuan.rural"), id="none"
        ),
        pytest.param('amount = { kind = "percent" }', ("amount.percent",), id="percent"),
        pytest.param(
            'amount = { kind = "monthly_norm", yuan = "?" }', ("amount.yuan", "amount.own_percent"), id="norm"
        ),
        pytest.param('amount = { kind = "free", at_most_yuan = "?" }', ("amount.at_most_yuan",), id="ceiling"),
        pytest.param(AMOUNT + 'eligible = { age = { from = "?", to = 60 } }', ("eligible.age.from",), id="age"),
        pytest.param(AMOUNT + 'caps = [{ per = "day", meals = "?" }]', ("caps[1].meals",), id="cap"),
        pytest.param(AMOUNT + 'spend = { from = "?" }', ("spend.from",), id="spend"),
        pytest.param(
            AMOUNT + 'funding = [{ payer = "区", percent = "?" }, { payer = "镇", percent = 30 }]',
            ("funding[1].percent",),
            id="funding",
        ),
        pytest.param(
            AMOUNT + 'operating_grant = { threshold_percent = "?", tiers = [{ meals_a_day = 1 }] }',
            ("operating_grant.tiers[1].yuan", "operating_grant.threshold_percent"),
            id="grant",
        ),
        pytest.param(
            AMOUNT + '[[overrides]]\narea = "甲"\namount = { yuan = "?" }', ("overrides[1]:amount.yuan",), id="override"
        ),
    ],
)
def test_a_missing_number_makes_the_scheme_incomplete(terms, missing):
    scheme = load_scheme(HEAD + terms)

    assert scheme.incomplete
    assert scheme.missing == missing


def test_full_width_and_currency_signs_are_understood():
    scheme = load_scheme(HEAD + 'amount = { kind = "per_meal", yuan = "¥3.50元" }')

    assert scheme.classes[0].amount.rate.fen == {"": 350}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("id =", "不是合法的 TOML"),
        ('id = "a"\nid = "b"\n', "不是合法的 TOML,同一个键写了两次"),
        ('id = "a"\nname 3\n', "第 2 行第 6 列不是合法的 TOML"),
        ("a = " + "[" * 20000, "不是合法的 TOML"),
        ("a = " + "9" * 5000, "不是合法的 TOML"),
        ("a = 1e99999999999999999999", "不是合法的 TOML"),
        ("#" * 200_001, "文件太长,最多 200000 个字符"),
    ],
    ids=["cut off", "key twice", "no equals sign", "nested", "many digits", "exponent", "long"],
)
def test_text_that_is_no_toml(text, problem):
    assert problem in problems(text)[0]


def test_a_huge_number_is_not_written_out():
    assert "过大的数" in problems(HEAD + f'amount = {{ kind = "per_meal", yuan = 0x{"f" * 9999} }}')[0]


def test_sources_are_kept_with_their_place():
    scheme = load_scheme(
        HEAD + 'source = "通知"\n[amount]\nkind = "free"\nsource = "三条"\n[[caps]]\nper = "day"\nyuan = 9\n'
        'source = "五条"\n[[overrides]]\narea = "甲"\nsource = "六条"\n[overrides.rounding]\nsource = "七条"\n'
    )

    assert dict(scheme.sources) == {"": "通知", "amount": "三条", "caps[1]": "五条", "overrides[1]": "六条"}
    assert dict(scheme.at("甲/乙").sources)["rounding"] == "七条"


LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 200),
    st.integers(10**20, 10**30),
    st.text(max_size=5),
    st.sampled_from(["?", "lunch", "day", "per_meal", "free", "monthly_norm", "dibao", "金溪县", "own", "甲"]),
    st.decimals(allow_nan=True, allow_infinity=True),
    st.dates(),
    st.just([]),
    st.just({}),
    st.just([{}]),
    st.just({"kind": "percent", "percent": Decimal("12.5")}),
    st.just([{"area": "金溪县", "amount": {"yuan": 1}}]),
)
KEYS = st.sampled_from(
    [
        "amount",
        "kind",
        "yuan",
        "percent",
        "classes",
        "code",
        "when",
        "eligible",
        "age",
        "from",
        "any",
        "not",
        "hukou",
        "in",
        "caps",
        "per",
        "meals",
        "overrides",
        "area",
        "for_classes",
        "funding",
        "payer",
        "spend",
        "source",
        "slots",
    ]
)


def paths_of(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path, *[found for key, child in items for found in paths_of(child, (*path, key))]]


@st.composite
def spoilt_documents(draw: st.DrawFn) -> dict[str, Any]:
    """Jinxi with a few values replaced, removed or added anywhere."""
    text = builtin_schemes()["jinxi"] + '[[overrides]]\narea = "金溪县/云溪镇"\namount = { own_percent = 0 }\n'
    document = copy.deepcopy(tomllib.loads(text, parse_float=Decimal))
    for _ in range(draw(st.integers(1, 4))):
        path = draw(st.sampled_from(paths_of(document)[1:] or [("id",)]))
        parent: Any = document
        for step in path[:-1]:
            parent = parent[step]
        spoil = draw(st.sampled_from(["replace", "remove", "add"]))
        if spoil == "remove":
            del parent[path[-1]]
        elif spoil == "add" and isinstance(parent, dict):
            parent[draw(KEYS)] = copy.deepcopy(draw(LEAVES))
        else:
            parent[path[-1]] = copy.deepcopy(draw(LEAVES))
        if not document:
            break
    return document


WHO = Person(date(1940, 2, 29), "金溪县/云溪镇", "金溪县", "rural", frozenset({"dibao", "hardship"}), "able")


def load_or_refuse(read: Any, given_: Any) -> Scheme | None:
    """The scheme, or None when it is refused with at least one problem. Nothing else may be raised."""
    try:
        return read(given_)
    except SchemeError as error:
        assert error.problems
        return None


@settings(max_examples=400, deadline=None)
@given(spoilt_documents())
def test_a_spoilt_document_is_refused_or_decides(document):
    scheme = load_or_refuse(read_document, document)

    if scheme:
        meal = Meal(date(2026, 11, 21), "lunch", 1000, "dine_in", "金溪县/云溪镇/枫林村")
        decision = decide(WHO, meal, [scheme], {})
        assert sum(share.amount_fen for share in decision.shares) == 1000
        assert decision.verdicts[0].reason.words()
        assert not scheme.missing or decision.verdicts[0].reason.code == "incomplete"


@settings(max_examples=300, deadline=None)
@given(st.text(), st.integers(0, 3000))
def test_any_text_is_refused_or_loads(text, place):
    jinxi = builtin_schemes()["jinxi"]

    load_or_refuse(load_scheme, text)
    load_or_refuse(load_scheme, jinxi[:place] + text + jinxi[place:])
