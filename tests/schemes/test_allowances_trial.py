"""Trying sequences of events and several schemes: what happens in between, bad input, the commands, the JSON Schemas."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from canteen.base.words import ABILITIES, SERVICES, SLOTS, STATUSES
from canteen.desk.trial_commands import scheme as commands
from canteen.schemes.language.purse import WARES
from canteen.schemes.language.scheme import Scheme, load_scheme
from canteen.schemes.trial.cases import EVENTS
from canteen.schemes.trial.trial import CasesError, read_file, try_schemes

DOCS = Path(__file__).parents[2] / "docs"
ELDER = {"birth_day": "1944-03-01", "statuses": ["dibao"], "ability": "disabled"}
HEAD = 'id = "{id}"\nversion = "1"\nname = "方案{id}"\nstack_group = "{group}"\n'


def purse(name: str, yuan: str, *, group: str = "care", terms: str = "", more: str = "") -> Scheme:
    text = HEAD.format(id=name, group=group)
    text += (
        f'credit = {{ yuan = {yuan} }}\n{more}\n[purse]\nexpires = "never"\npays_for = ["meal", "services"]\n{terms}\n'
    )
    return load_scheme(text)


def run(schemes: list[Scheme], *events: dict[str, Any], **more: Any) -> dict[str, Any]:
    case = {"person": ELDER, "events": list(events)} | more
    (result,) = try_schemes(schemes, read_file(json.dumps({"cases": [case]})).cases)
    return result


def lunch(day: str, price: str, **more: Any) -> dict[str, Any]:
    return {"event": "meal", "day": day, "slot": "lunch", "price": price, **more}


def service(day: str, price: str, **more: Any) -> dict[str, Any]:
    return {"event": "service", "day": day, "kind": "cleaning", "minutes": 60, "price": price, **more}


def credited(month: str) -> dict[str, Any]:
    return {"event": "credit", "month": month}


def amounts(result: dict[str, Any], number: int = 0) -> list[tuple[str, int, str]]:
    return [(one["scheme"], one["amount_fen"], one["reason"]) for one in result["events"][number]["credits"]]


def test_of_a_stack_group_only_the_highest_credit_counts():
    result = run([purse("a", "300"), purse("b", "500"), purse("c", "50", group="other")], credited("2026-11"))

    assert amounts(result) == [("a", 0, "credit_lower"), ("b", 50000, "credit_month"), ("c", 5000, "credit_month")]
    assert result["events"][0]["credits"][0]["words"] == "同组只取最高的一项,按「方案b」计"


def test_of_equal_credits_the_earlier_scheme_counts():
    assert [fen for _, fen, _ in amounts(run([purse("a", "300"), purse("b", "300")], credited("2026-11")))] == [
        30000,
        0,
    ]


@pytest.mark.parametrize(
    ("standard", "expected"),
    [
        pytest.param("600", (10000, "credit_above"), id="raised"),
        pytest.param("500", (0, "credit_not_above"), id="not raised"),
    ],
)
def test_a_district_raises_the_standard_at_its_own_cost(standard, expected):
    district = purse(
        "district", standard, terms='above = "city"', more='funding = [{ payer = "区财政", percent = 100 }]'
    )

    result = run([district, purse("city", "500")], credited("2026-11"), service("2026-11-02", "550.00"))

    assert amounts(result)[0][1:] == expected
    shares = {share["payer"]: share["amount_fen"] for share in result["events"][1]["shares"]}
    assert sum(shares.values()) == 55000


def test_a_purse_pays_what_the_schemes_before_it_leave_open():
    meals = load_scheme(HEAD.format(id="meals", group="meals") + 'amount = { kind = "per_meal", yuan = 3 }\n')

    result = run(
        [meals, purse("a", "10")], credited("2026-11"), lunch("2026-11-02", "8.00"), lunch("2026-11-03", "12.00")
    )

    assert [
        [(one["payer"], one["scheme"], one["amount_fen"]) for one in meal["shares"]] for meal in result["meals"]
    ] == [
        [("public", "meals", 300), ("public", "a", 500), ("own", "", 0)],
        [("public", "meals", 300), ("public", "a", 500), ("own", "", 400)],
    ]
    assert result["purses"] == [{"scheme": "a", "balance_fen": 0, "credited_fen": 1000, "frozen_from": None}]


def test_the_credit_that_expires_first_is_spent_first():
    result = run(
        [purse("a", "100")],
        credited("2026-11"),
        service("2026-11-05", "30"),
        {"event": "month_end", "month": "2026-11"},
        purses=[{"scheme": "a", "balance": "40", "expires_on": "2026-11-30"}],
    )

    assert result["events"][2]["expired"] == [{"scheme": "a", "amount_fen": 1000}]
    assert result["purses"][0]["balance_fen"] == 10000


def test_own_money_pays_first_and_is_refunded_while_the_subsidy_is_frozen():
    money = {"event": "own_money", "day": "2026-11-01", "amount": "20"}

    result = run(
        [purse("a", "100")],
        credited("2026-11"),
        money,
        service("2026-11-02", "105"),
        service("2026-11-03", "5"),
        credited("2026-12"),
        {"event": "close", "day": "2026-12-05"},
        service("2026-12-06", "10"),
    )

    paid = [
        (event["own_fen"], event["from_own_purse_fen"]) for event in result["events"] if event["event"] == "service"
    ]
    assert paid == [(500, 500), (500, 500), (1000, 0)]
    assert (result["events"][5]["refunded_fen"], result["events"][5]["frozen_fen"]) == (1000, 10000)


def test_a_death_stops_everything_from_its_day_and_looks_back():
    result = run(
        [purse("a", "100")],
        credited("2026-11"),
        service("2026-11-02", "10"),
        service("2026-11-09", "10"),
        {"event": "died", "day": "2026-11-05"},
        service("2026-11-20", "10"),
        credited("2026-12"),
    )

    assert result["events"][3]["look_back"] == [2]
    assert (result["events"][4]["public_fen"], result["events"][4]["verdicts"][0]["reason"]) == (0, "died")
    assert amounts(result, 5) == [("a", 0, "died")]


def test_approval_decides_about_the_credit():
    terms = "[approval]\nautomatic_by_age = true\n"
    scheme = purse("a", "100", terms=terms)
    yes, no = ({"event": kind, "day": "2026-11-02", "scheme": "a"} for kind in ("approved", "withdrawn"))

    result = run(
        [scheme],
        credited("2026-11"),
        yes,
        credited("2026-12"),
        no,
        credited("2027-01"),
        person=ELDER | {"approved": []},
    )

    assert [amounts(result, number)[0][2] for number in (0, 2, 4)] == ["not_approved", "credit_month", "not_approved"]


def test_an_elder_who_gave_a_scheme_up_gets_no_credit():
    result = run([purse("a", "100")], credited("2026-11"), person=ELDER | {"waived": ["a"]})

    assert amounts(result) == [("a", 0, "waived")]


def test_a_service_that_the_purse_cannot_pay_is_refused_where_the_scheme_says_so():
    result = run([purse("a", "10", terms='when_short = "refuse"')], credited("2026-11"), service("2026-11-02", "10.01"))

    assert result["events"][1]["refused"]["words"] == "额度余额 10.00,不足以支付 10.01,按规定不能办理"
    assert result["events"][1]["balances"] == {"a": 1000}


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        pytest.param({"contracted": False}, "provider_out", id="no contract"),
        pytest.param({"kind": "medicine"}, "wares", id="medicine"),
    ],
)
def test_what_a_purse_does_not_buy(more, reason):
    result = run([purse("a", "100")], credited("2026-11"), service("2026-11-02", "10", **more))

    assert (result["events"][1]["own_fen"], result["events"][1]["verdicts"][0]["reason"]) == (1000, reason)


def test_a_service_without_any_price_is_not_recorded():
    event = {key: text for key, text in service("2026-11-02", "1").items() if key != "price"}

    assert run([purse("a", "100")], event)["events"][0]["refused"]["reason"] == "service_no_price"


def test_budgets_are_used_up_in_order_and_the_rest_is_the_gap():
    more = """
funding_order = "waterfall"
[[funding]]
payer = "镇财政"
budget_yuan = 5
[[funding]]
payer = "村集体"
budget_yuan = 10
budget_per = "month"
"""
    scheme = purse("a", "100", more=more)

    result = run([scheme], credited("2026-11"), service("2026-11-02", "12"), service("2026-11-03", "8"))

    shares = [[(one["payer"], one["amount_fen"]) for one in event["shares"]] for event in result["events"][1:]]
    assert shares == [[("镇财政", 500), ("村集体", 700), ("own", 0)], [("村集体", 300), ("gap", 500), ("own", 0)]]
    assert result["events"][2]["shares"][1]["words"] == "各方预算已用完,缺口 5.00 由运营方先垫付"
    assert [one["left_fen"] for one in result["budgets"]] == [0, 0]


EVENT = st.one_of(
    st.builds(lambda m: credited(f"2026-{m:02d}"), st.integers(1, 12)),
    st.builds(
        lambda m, d, p: service(f"2026-{m:02d}-{d:02d}", f"{p / 100:.2f}"),
        st.integers(1, 12),
        st.integers(1, 28),
        st.integers(0, 9999),
    ),
    st.builds(
        lambda m, d, p: lunch(f"2026-{m:02d}-{d:02d}", f"{p / 100:.2f}"),
        st.integers(1, 12),
        st.integers(1, 28),
        st.integers(0, 9999),
    ),
    st.builds(lambda m: {"event": "month_end", "month": f"2026-{m:02d}"}, st.integers(1, 12)),
    st.builds(
        lambda m, kind: {"event": kind, "day": f"2026-{m:02d}-15"},
        st.integers(1, 12),
        st.sampled_from(["died", "moved", "hospital_in", "hospital_out", "close"]),
    ),
)
SPLIT = purse(
    "b",
    '"33.33"',
    group="other",
    terms="year_limit = true",
    more='funding = [{ payer = "甲", percent = 33.33 }, { payer = "乙", percent = 66.67 }]',
)
BOTH = [purse("a", "50"), SPLIT]


@settings(max_examples=60, deadline=None)
@given(st.lists(EVENT, min_size=1, max_size=12))
def test_no_order_of_events_spends_what_is_not_there(events):
    result = run(BOTH, *events)

    for event in result["events"]:
        assert all(fen >= 0 for fen in event["balances"].values())
        if "price_fen" in event:
            assert sum(share["amount_fen"] for share in event["shares"]) == event["price_fen"]
            assert all(share["amount_fen"] >= 0 for share in event["shares"])
    spent = dict.fromkeys(("a", "b"), 0)
    for event in result["events"]:
        for draw in event.get("draws", []):
            spent[draw["scheme"]] += draw["amount_fen"]
    expired = sum(one["amount_fen"] for event in result["events"] for one in event.get("expired", []))
    assert sum(spent.values()) + sum(one["balance_fen"] for one in result["purses"]) + expired == sum(
        one["credited_fen"] for one in result["purses"] if one["scheme"]
    )


# Bad input.


def wrong(*events: dict[str, Any], **changes: Any) -> str:
    return json.dumps({"cases": [{"person": ELDER, "events": list(events)} | changes]})


SITE = {"year": 2026, "site": {}}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param(wrong({}), "cases[1].events[1].event:没有写,应为其中之一:meal、service", id="no kind"),
        pytest.param(wrong({"event": "party"}), "cases[1].events[1].event:写的是「party」", id="unknown kind"),
        pytest.param(wrong({"event": "died"}), "cases[1].events[1].day:没有写,应为日期,例如 2026-01-01", id="no day"),
        pytest.param(
            wrong({"event": "died", "day": "2026-02-30"}),
            "cases[1].events[1].day:写的是「2026-02-30」,应为日期,例如 2026-01-01",
            id="no such day",
        ),
        pytest.param(
            wrong({"event": "died", "day": "2026-02-20", "hour": 3}),
            "cases[1].events[1]:不认识的键「hour」,这里可以用:event、day",
            id="key",
        ),
        pytest.param(
            wrong({"event": "credit", "month": "2026-13"}),
            "cases[1].events[1].month:写的是「2026-13」,应为月份,例如 2026-11",
            id="month",
        ),
        pytest.param(
            wrong({"event": "credit"}), "cases[1].events[1].month:没有写,应为月份,例如 2026-11", id="no month"
        ),
        pytest.param(
            wrong({"event": "year_end"}), "cases[1].events[1].year:没有写,应为 1 到 9999 的整数", id="no year"
        ),
        pytest.param(
            wrong({"event": "year_end", "year": 0}),
            "cases[1].events[1].year:写的是 0,应为 1 到 9999 的整数",
            id="year 0",
        ),
        pytest.param(
            wrong({"event": "own_money", "day": "2026-11-01", "amount": "-1"}),
            'cases[1].events[1].amount:写的是「-1」,应为金额(元),0 到 999999999,最多两位小数,例如 10 或 "10.50"',
            id="negative money",
        ),
        pytest.param(
            wrong({"event": "own_money", "day": "2026-11-01"}),
            'cases[1].events[1].amount:没有写,应为金额(元),例如 "10.00"',
            id="no money",
        ),
        pytest.param(
            wrong(service("2026-11-01", "1e9")),
            'cases[1].events[1].price:写的是「1e9」,应为金额(元),0 到 999999999,最多两位小数,例如 10 或 "10.50"',
            id="a billion",
        ),
        pytest.param(
            wrong(service("2026-11-01", "1", kind="massage")),
            "kind:写的是「massage」,应为其中之一:cleaning",
            id="service",
        ),
        pytest.param(
            wrong(service("2026-11-01", "1", minutes=-5)),
            "cases[1].events[1].minutes:写的是 -5,应为 0 到 1440 的整数",
            id="minutes",
        ),
        pytest.param(
            wrong({"event": "facts", "day": "2026-11-01", "end_statuses": ["poor"]}),
            "end_statuses[1]:写的是「poor」",
            id="status",
        ),
        pytest.param(
            wrong({"event": "approved", "day": "2026-11-01"}),
            "cases[1].events[1].scheme:没有写,应为一行文字,最多 60 字",
            id="no scheme",
        ),
        pytest.param(
            wrong(lunch("2026-11-01", "5", net_price="6")),
            "cases[1].events[1].net_price:写的是「6」,应为不高于 price 的金额",
            id="net price",
        ),
        pytest.param(
            wrong(lunch("2026-11-01", "5", booked_time="25:00")),
            "cases[1].events[1].booked_time:写的是「25:00」,应为时间,例如 09:30",
            id="time",
        ),
        pytest.param(wrong(lunch("2026-11-01", "5"), meals=[]), "cases[1]:meals 和 events 只写一个", id="both"),
        pytest.param(
            wrong(lunch("2026-11-01", "5"), budgets=[{"scheme": "a", "payer": "甲", "period": "26", "left": "1"}]),
            "cases[1].budgets[1].period:写的是「26」,应为年或月,例如 2026 或 2026-11",
            id="period",
        ),
        pytest.param(
            wrong(lunch("2026-11-01", "5"), purses=[{"scheme": "a"}]),
            'cases[1].purses[1].balance:没有写,应为金额(元),例如 "10.00"',
            id="no balance",
        ),
        pytest.param(
            wrong(lunch("2026-11-01", "5"), visits=[{"day": "2026-11-01", "kind": "x"}]),
            "visits[1].kind:写的是「x」",
            id="visit",
        ),
        pytest.param('{"schemes": [1], "cases": []}', "schemes[1]:写的是 1,应为文字", id="scheme name"),
        pytest.param(
            json.dumps({"cases": [{"site": {}}]}), "cases[1].year:没有写,应为年份,例如 2026", id="site without a year"
        ),
        pytest.param(
            json.dumps({"cases": [SITE | {"months": [{}]}]}),
            "cases[1].months[1].month:没有写,应为月份,例如 2026-11",
            id="volume without a month",
        ),
        pytest.param(
            json.dumps({"cases": [SITE | {"months": [{"month": "2026-01", "meals": -1}]}]}),
            "cases[1].months[1].meals:写的是 -1,应为 0 到 1000000000 的整数",
            id="volume",
        ),
        pytest.param(
            json.dumps({"cases": [SITE | {"months": [{"month": "2026-01", "ages": {"old": 3}}]}]}),
            "cases[1].months[1].ages:写的是「old」,应为年龄(0 到 150 的整数)= 餐数",
            id="age",
        ),
        pytest.param(
            json.dumps({"cases": [{"year": 2026, "site": {"premises": "tent"}}]}),
            'cases[1].site.premises:写的是「tent」,应为其中之一:""、new_build、rented、altered、owned',
            id="premises",
        ),
        pytest.param(
            json.dumps({"cases": [{"year": 2026, "site": {"opened_on": "2026-02-01", "closed_on": "2026-01-01"}}]}),
            "cases[1].site.closed_on:2026-01-01 早于 opened_on 的 2026-02-01",
            id="closed before it opened",
        ),
        pytest.param(
            json.dumps({"cases": [{"year": 2026, "site": {"days_with": {"4": 1}}}]}),
            "cases[1].site.days_with:不认识的键「4」,这里可以用:1、2、3",
            id="four meals",
        ),
        pytest.param(
            json.dumps({"cases": [{"year": 2026, "site": {"decided": [{"code": "甲"}]}}]}),
            'cases[1].site.decided[1].amount:没有写,应为金额(元),例如 "10.00"',
            id="decided nothing",
        ),
    ],
)
def test_a_mistake_in_events_is_told_with_its_place(text, problem):
    with pytest.raises(CasesError) as raised:
        read_file(text)

    told = raised.value.problems
    assert [found for found in told if found == problem or len(found) > 100 and problem in found], told


KEYS = (
    "event",
    "day",
    "month",
    "year",
    "kind",
    "price",
    "amount",
    "scheme",
    "site",
    "person",
    "events",
    "months",
    "days_with",
)
WORDS = ("meal", "credit", "died", "2026-11-21", "2026-11", "10.00", "cleaning", "passed", "rural", "1944-03-01")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | st.sampled_from(WORDS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(st.builds(lambda item: json.dumps({"cases": item}), JSON))
def test_any_cases_are_refused_or_tried(text):
    try:
        found = read_file(text)
    except CasesError as error:
        assert error.problems
    else:
        json.dumps(try_schemes(BOTH, found.cases), ensure_ascii=False).encode()


# The commands.


def command(*arguments: str | Path) -> Result:
    return CliRunner().invoke(commands, [str(argument) for argument in arguments])


@pytest.fixture
def cases_file(tmp_path: Path) -> Path:
    text = re.search(r"```json\n(.*?)```", (DOCS / "allowances.md").read_text("utf-8"), re.DOTALL)
    assert text
    file = tmp_path / "cases.json"
    file.write_text(text[1], "utf-8")
    return file


def test_built_in_schemes_are_tried_by_name(cases_file):
    answer = command("try", "jinxi", cases_file)

    found = json.loads(answer.stdout)
    assert (answer.exit_code, [one["id"] for one in found["schemes"]]) == (0, ["jinxi", "jinxi-care"])
    assert found["results"][0]["events"][2]["own_fen"] == 1000


def test_other_schemes_are_given_with_an_option_or_beside_the_cases(cases_file, tmp_path):
    (tmp_path / "other.toml").write_text(HEAD.format(id="other", group="x") + 'amount = { kind = "care" }\n', "utf-8")
    text = cases_file.read_text("utf-8").replace('"jinxi-care"', '"other.toml"')
    cases_file.write_text(text, "utf-8")

    answer = command("try", "jinxi", cases_file, "--with", "jinxi-care")

    assert [one["id"] for one in json.loads(answer.stdout)["schemes"]] == ["jinxi", "jinxi-care", "other"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(("jinxi", "--with", "jinxi"), "同一个方案不能试两次", id="twice"),
        pytest.param(("nowhere",), "nowhere:不能读取", id="no such scheme"),
        pytest.param(("jinxi", "--with", "nowhere"), "nowhere:不能读取", id="no such other scheme"),
    ],
)
def test_bad_schemes_are_one_line_and_code_2(arguments, said, cases_file):
    answer = command("try", arguments[0], cases_file, *arguments[1:])

    assert (answer.exit_code, answer.stdout, answer.stderr.count("\n")) == (2, "", 1)
    assert said in answer.stderr


def test_check_tells_what_a_scheme_holds():
    found = json.loads(command("check", "jiangdu").stdout)

    assert (found["purse"]["expires"], found["frequency"], found["approval"]) == (
        "never",
        4,
        ["镇审批", "区备案", "村(社区)公示"],
    )


# The JSON Schemas.

CASES_SCHEMA = json.loads((DOCS / "cases.schema.json").read_text("utf-8"))
RESULTS_SCHEMA = json.loads((DOCS / "results.schema.json").read_text("utf-8"))
TYPES = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
}


def faults(value: Any, schema: dict[str, Any], top: dict[str, Any], at: str = "") -> list[str]:
    """What of a value does not fit a schema: the words of JSON Schema that these two use."""
    if "$ref" in schema:
        return faults(value, top["$defs"][schema["$ref"].rsplit("/", 1)[-1]], top, at)
    found: list[str] = []
    types = schema.get("type", [])
    allowed = [types] if isinstance(types, str) else types
    if allowed and not any(
        isinstance(value, TYPES[one]) and not (isinstance(value, bool) and one != "boolean") for one in allowed
    ):
        return [f"{at}: {value!r} is no {types}"]
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{at}: {value!r} is not among {schema['enum']}")
    if isinstance(value, str) and "pattern" in schema and not re.search(schema["pattern"], value):
        found.append(f"{at}: {value!r} does not match")
    if isinstance(value, int) and value < schema.get("minimum", value):
        found.append(f"{at}: {value} is too small")
    if isinstance(value, list):
        for number, item in enumerate(value):
            found += faults(item, schema.get("items", {}), top, f"{at}[{number}]")
    if isinstance(value, dict):
        found += [f"{at}.{key} is missing" for key in schema.get("required", []) if key not in value]
        rest = schema.get("additionalProperties", True)
        for key, item in value.items():
            if key in schema.get("properties", {}):
                found += faults(item, schema["properties"][key], top, f"{at}.{key}")
            elif rest is False:
                found.append(f"{at}.{key} is not known")
            elif isinstance(rest, dict):
                found += faults(item, rest, top, f"{at}.{key}")
    if "oneOf" in schema:
        each = [faults(value, one, top, at) for one in schema["oneOf"]]
        if sum(not one for one in each) != 1:
            found += min(each, key=len) or [f"{at} fits more than one"]
    return found


@pytest.mark.parametrize("page", ["schemes.md", "allowances.md"])
def test_cases_of_the_documentation_and_their_answers_fit_the_schemas(page, tmp_path):
    (text,) = re.findall(r"```json\n(.*?)```", (DOCS / page).read_text("utf-8"), re.DOTALL)[:1]
    file = tmp_path / "cases.json"
    file.write_text(text, "utf-8")

    answer = json.loads(command("try", "jinxi", file).stdout)

    assert faults(json.loads(text), CASES_SCHEMA, CASES_SCHEMA) == []
    assert faults(answer, RESULTS_SCHEMA, RESULTS_SCHEMA) == []


@settings(max_examples=30, deadline=None)
@given(st.lists(EVENT, min_size=1, max_size=8))
def test_every_answer_fits_the_schema(events):
    cases = {"cases": [{"person": ELDER, "events": events}]}
    results = try_schemes(BOTH, read_file(json.dumps(cases)).cases)

    assert faults(cases, CASES_SCHEMA, CASES_SCHEMA) == []
    for result in results:
        assert faults(result, RESULTS_SCHEMA["$defs"]["person_result"], RESULTS_SCHEMA) == []


def test_the_schema_knows_the_words_of_the_language():
    defs = CASES_SCHEMA["$defs"]
    kinds = [kind for event in defs["event"]["oneOf"] for kind in event["properties"]["event"]["enum"]]

    assert sorted(kinds) == sorted(EVENTS)
    assert defs["statuses"]["items"]["enum"] == list(STATUSES)
    assert defs["person"]["properties"]["ability"]["enum"] == ["", *ABILITIES]
    assert defs["meal"]["properties"]["slot"]["enum"] == list(SLOTS)
    assert defs["event"]["oneOf"][1]["properties"]["kind"]["enum"] == [*SERVICES, *WARES]


def test_the_schema_knows_the_keys_of_the_language():
    unknown = {"x": 1}
    person = {**ELDER, **unknown}
    text = json.dumps(
        {
            "x": 1,
            "cases": [
                {"person": person, "events": [lunch("2026-11-01", "1", x=1)], **unknown},
                {**SITE, "site": unknown, "months": [unknown]},
            ],
        }
    )
    with pytest.raises(CasesError) as raised:
        read_file(text)
    told = {
        line.split(":")[0]: set(line.split("这里可以用:")[1].split("、"))
        for line in raised.value.problems
        if "不认识的键" in line
    }
    defs = CASES_SCHEMA["$defs"]

    expected = {
        "文件": CASES_SCHEMA,
        "cases[1]": defs["person_case"],
        "cases[1].person": defs["person"],
        "cases[1].events[1]": defs["event"]["oneOf"][0],
        "cases[2].site": defs["site"],
        "cases[2].months[1]": defs["volume"],
    }
    for place, schema in expected.items():
        assert told[place] - {"site"} == set(schema["properties"]) - {"site"}, place
