"""Trying a scheme on cases, the two commands, and every example of ``docs/schemes.md``."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from canteen.desk.trial_commands import scheme as commands
from canteen.schemes.builtin import builtin_schemes
from canteen.schemes.facts import Meal, Person
from canteen.schemes.language.scheme import load_scheme
from canteen.schemes.trial.trial import CasesError, read_cases, try_scheme

VILLAGE = "金溪县/云溪镇/枫林村"
JINXI = load_scheme(builtin_schemes()["jinxi"])
WANG = {"birth_day": "1950-03-01", "hukou": VILLAGE, "residence": VILLAGE, "settlement": "rural", "statuses": ["dibao"]}


def lunch(day: str, price: str = "15.00") -> dict[str, Any]:
    return {"day": day, "slot": "lunch", "price": price, "way": "dine_in"}


def cases(*meals: dict[str, Any], **changes: Any) -> str:
    """A cases file with Wang and these meals, some keys of the case changed."""
    case = {"name": "王", "person": WANG, "site_area": VILLAGE, "meals": list(meals or [lunch("2026-11-21")])}
    return json.dumps({"cases": [case | changes]})


def test_use_counts_from_meal_to_meal_and_ends_with_the_month():
    meals = [lunch(f"2026-11-{day:02d}") for day in range(1, 29)] + [lunch("2026-12-01")]

    result = try_scheme(JINXI, read_cases(cases(*meals)))[0]

    own = [meal["own_fen"] for meal in result["meals"]]
    assert own == [750] * 26 + [1000, 1500, 750]
    assert result["meals"][26]["left"] == [
        {
            "scheme": "jinxi",
            "period": "2026-11",
            "counts": "settled",
            "limit_fen": 40000,
            "left_before_fen": 1000,
            "left_fen": 0,
        }
    ]
    assert (result["name"], result["price_fen"], result["own_fen"]) == ("王", 29 * 1500, sum(own))
    assert result["public_fen"] == result["price_fen"] - result["own_fen"]


def test_each_case_starts_anew():
    two = json.loads(cases(lunch("2026-11-21")))
    two["cases"].append(two["cases"][0])

    first, second = try_scheme(JINXI, read_cases(json.dumps(two)))

    assert first["meals"] == second["meals"]


def test_a_result_tells_shares_and_reasons_in_words():
    meal = try_scheme(JINXI, read_cases(cases(lunch("2026-11-21", "10.00"))))[0]["meals"][0]

    words = "三类:标准每月 400.00,已用 0.00,本次计入 10.00,自付一半 5.00"
    assert meal["shares"] == [
        {
            "payer": "public",
            "scheme": "jinxi",
            "version": "1",
            "amount_fen": 500,
            "reason": "norm_half",
            "words": words,
        },
        {
            "payer": "own",
            "scheme": "",
            "version": "",
            "amount_fen": 500,
            "reason": "own_rest",
            "words": "餐价 10.00,补助 5.00,自付 5.00",
        },
    ]
    assert meal["verdicts"] == [
        {"scheme": "jinxi", "name": "金溪县老年助餐", "version": "1", "reason": "norm_half", "words": words}
    ]
    assert (meal["class_code"], meal["groups"]) == ("三类", ["三类"])


def test_what_is_left_out_of_a_case_is_unknown():
    text = json.dumps({"cases": [{"person": {"birth_day": "1950-03-01"}, "meals": [lunch("2026-11-21", "10")]}]})

    case = read_cases(text)[0]

    assert case.name == "第 1 例"
    assert case.person == Person(date(1950, 3, 1), "", "", "", frozenset(), "")
    assert case.meals == (Meal(date(2026, 11, 21), "lunch", 1000, "dine_in", ""),)


def test_a_meal_may_say_more():
    text = cases(
        lunch("2026-11-21") | {"set_meal": False, "second_portion": True, "fee": "1.5", "site_area": "金溪县"},
        person=WANG | {"waived": ["jinxi"], "statuses": []},
    )

    case = read_cases(text)[0]

    assert case.person.waived == {"jinxi"}
    assert case.meals == (Meal(date(2026, 11, 21), "lunch", 1500, "dine_in", "金溪县", False, True, 150),)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param("", "第 1 行第 1 列不是合法的 JSON", id="empty"),
        pytest.param("[" * 100000, "不是合法的 JSON:", id="nested"),
        pytest.param('{"cases": NaN}', "不是合法的 JSON:", id="nan"),
        pytest.param('{"cases": ' + "9" * 5000 + "}", "不是合法的 JSON:", id="many digits"),
        pytest.param("[]", "文件:写的是空列表,应为一个表(键 = 值)", id="a list"),
        pytest.param("{}", "cases:没有写,应为案例的列表 [...]", id="no cases"),
        pytest.param('{"cases": []}', "cases:写的是空列表", id="empty list"),
        pytest.param('{"cases": [1]}', "cases[1]:写的是 1,应为一个表", id="case is no table"),
        pytest.param('{"cases": [{}]}', "cases[1].person:没有写", id="no person"),
        pytest.param('{"cases": [{}]}', "cases[1].meals:没有写,应为餐的列表 [...],", id="no meals"),
        pytest.param(
            cases(mels=[]), "cases[1]:不认识的键「mels」,这里可以用:name、site、person、site_area、meals", id="key"
        ),
        pytest.param(cases(person={}), "cases[1].person.birth_day:没有写,应为日期", id="no birth day"),
        pytest.param(
            cases(person=WANG | {"birth_day": "1950"}), "cases[1].person.birth_day:写的是「1950」,应为日期", id="year"
        ),
        pytest.param(
            cases(person=WANG | {"birth_day": "1950-02-29"}), "写的是「1950-02-29」,应为日期", id="no leap year"
        ),
        pytest.param(
            cases(person=WANG | {"birth_day": "2026-12-01"}),
            "cases[1].meals[1].day:写的是「2026-11-21」,应为 2026-12-01(出生日期)或以后的日期",
            id="not yet born",
        ),
        pytest.param(
            cases(person=WANG | {"statuses": ["poor"]}), "cases[1].person.statuses[1]:写的是「poor」", id="status"
        ),
        pytest.param(
            cases(person=WANG | {"statuses": "dibao"}),
            "cases[1].person.statuses:写的是「dibao」,应为列表 [...]",
            id="status as a text",
        ),
        pytest.param(
            cases(person=WANG | {"settlement": "city"}), "cases[1].person.settlement:写的是「city」", id="settlement"
        ),
        pytest.param(
            cases(person=WANG | {"ability": 1}), 'cases[1].person.ability:写的是 1,应为其中之一:""、able', id="ability"
        ),
        pytest.param(
            cases(person=WANG | {"hukou": "/金溪县"}), "cases[1].person.hukou:写的是「/金溪县」,应为地区路径", id="area"
        ),
        pytest.param(cases(person=WANG | {"waived": [1]}), "cases[1].person.waived[1]:写的是 1,应为文字", id="waived"),
        pytest.param(cases(person=WANG | {"age": 70}), "cases[1].person:不认识的键「age」", id="age is not a fact"),
        pytest.param(
            cases(lunch("2026-11-21", "十元")), "cases[1].meals[1].price:写的是「十元」,应为金额(元)", id="price"
        ),
        pytest.param(
            cases({"day": "2026-11-21", "slot": "lunch"}), "cases[1].meals[1].price:没有写,应为金额(元)", id="no price"
        ),
        pytest.param(cases({"slot": "lunch", "price": "1"}), "cases[1].meals[1].day:没有写,应为日期", id="no day"),
        pytest.param(
            cases({"day": "2026-11-21", "price": "1"}),
            "cases[1].meals[1].slot:没有写,应为其中之一:breakfast",
            id="slot",
        ),
        pytest.param(cases(lunch("2026-11-21") | {"way": "post"}), "cases[1].meals[1].way:写的是「post」", id="way"),
        pytest.param(
            cases(lunch("2026-11-21") | {"fee": "?"}), "cases[1].meals[1].fee:没有写,应为金额(元)", id="fee unknown"
        ),
        pytest.param(
            cases(lunch("2026-11-21") | {"set_meal": "yes"}), "cases[1].meals[1].set_meal:写的是「yes」", id="flag"
        ),
        pytest.param(cases(name="\ud800"), "cases[1].name:写的是「□」,应为一行文字", id="half a character"),
    ],
)
def test_a_mistake_in_the_cases_is_told_with_its_place(text, problem):
    with pytest.raises(CasesError) as raised:
        read_cases(text)

    assert [found for found in raised.value.problems if problem in found]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["lunch", "2026-11-21", "10.00", "rural", "dibao", VILLAGE]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "person", "site_area", "meals", "birth_day", "day", "slot", "price", "statuses"]),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=500, deadline=None)
@given(st.builds(lambda item: json.dumps({"cases": item}), JSON) | st.text())
def test_any_cases_are_refused_or_tried(text):
    try:
        found = read_cases(text)
    except CasesError as error:
        assert error.problems
    else:
        json.dumps(try_scheme(JINXI, found), ensure_ascii=False).encode()


# The commands.


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(commands, [str(argument) for argument in arguments])


@pytest.fixture
def jinxi_file(tmp_path: Path) -> Path:
    file = tmp_path / "jinxi.toml"
    file.write_text(builtin_schemes()["jinxi"], "utf-8")
    return file


def test_check_prints_what_the_scheme_is(jinxi_file):
    answer = run("check", jinxi_file)

    found = json.loads(answer.stdout)
    assert answer.exit_code == 0
    assert (found["id"], found["version"], found["complete"], found["missing"]) == ("jinxi", "1", True, [])
    assert found["classes"] == ["一类", "二类", "三类", "四类", "五类", "六类", "关爱"]
    assert found["sources"]["amount"].startswith("金溪县 003 篇三 JX-2")


def test_check_lists_missing_numbers(jinxi_file):
    jinxi_file.write_text(jinxi_file.read_text("utf-8").replace("rural = 400", 'rural = "?"'), "utf-8")

    answer = run("check", jinxi_file)

    assert answer.exit_code == 0
    assert json.loads(answer.stdout)["complete"] is False
    assert json.loads(answer.stdout)["missing"] == ["amount.yuan.rural"]


def test_try_prints_one_result_a_case(jinxi_file, tmp_path):
    file = tmp_path / "cases.json"
    file.write_text(cases(lunch("2026-11-21", "10.00"), lunch("2026-11-21", "10.00")), "utf-8-sig")

    answer = run("try", jinxi_file, file)

    found = json.loads(answer.stdout)
    assert answer.exit_code == 0
    assert (found["scheme"], found["complete"]) == ("jinxi", True)
    assert [meal["own_fen"] for meal in found["results"][0]["meals"]] == [500, 1000]
    assert found["results"][0]["meals"][1]["shares"][0]["words"] == "三类:本餐次最多补助 1 餐,已用完"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(None, "不能读取", id="not there"),
        pytest.param("金溪".encode("gb18030"), "不是 UTF-8 编码的文本", id="another encoding"),
        pytest.param(b"id = 1\n", "方案有 5 处问题:id:写的是 1", id="problems"),
    ],
)
@pytest.mark.parametrize("command", ["check", "try"])
def test_bad_input_is_one_line_and_code_2(command, content, said, tmp_path):
    file = tmp_path / "scheme.toml"
    if content is not None:
        file.write_bytes(content)

    answer = run(command, file, *([file] if command == "try" else []))

    assert answer.exit_code == 2
    assert answer.stdout == ""
    assert said in answer.stderr
    assert answer.stderr.count("\n") == 1


def test_bad_cases_are_one_line_and_code_2(jinxi_file, tmp_path):
    file = tmp_path / "cases.json"
    file.write_text('{"cases": [{}]}', "utf-8")

    answer = run("try", jinxi_file, file)

    assert answer.exit_code == 2
    assert answer.stderr.startswith(f"{file}:案例有 3 处问题:cases[1].person:没有写")
    assert answer.stderr.count("\n") == 1
