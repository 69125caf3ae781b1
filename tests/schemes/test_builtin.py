"""The worked cases of the source schemes that come with the program, through the trial of a cases file."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from canteen.base.words import LABELS
from canteen.schemes.builtin import builtin_schemes
from canteen.schemes.deciding.credits import Credit, credit
from canteen.schemes.facts import Person
from canteen.schemes.language.scheme import Scheme, load_scheme
from canteen.schemes.trial.trial import read_file, try_schemes

SCHEMES = {name: load_scheme(text) for name, text in builtin_schemes().items()}
VILLAGE = "金溪县/云溪镇/枫林村"
RURAL = {"hukou": VILLAGE, "residence": VILLAGE, "settlement": "rural", "ability": "able"}
TOWN = {**RURAL, "settlement": "urban"}
#: A birth day that is 70 (72, 80 …) full years before 1 January 2026.
BORN = {age: f"{2026 - age}-01-01" for age in range(59, 101)}


def run(names: str, person: dict[str, Any], *events: dict[str, Any], **more: Any) -> dict[str, Any]:
    case = {"person": person, "site_area": person.get("residence", ""), "events": list(events)} | more
    found = read_file(json.dumps({"cases": [case]}, ensure_ascii=False))
    (result,) = try_schemes([SCHEMES[name] for name in names.split()], found.cases)
    return result


def lunch(day: str, price: str = "10.00", **more: Any) -> dict[str, Any]:
    return {"event": "meal", "day": day, "slot": "lunch", "price": price, **more}


def meals(count: int, price: str) -> list[dict[str, Any]]:
    """One meal a sitting, from the first of a month of 31 days on."""
    days = [(day, slot) for slot in ("lunch", "dinner") for day in range(1, 32)]
    return [{"event": "meal", "day": f"2026-10-{day:02d}", "slot": slot, "price": price} for day, slot in days[:count]]


@pytest.mark.parametrize(
    ("person", "events", "own_fen", "public_fen"),
    [
        pytest.param({**RURAL, "statuses": ["dibao"]}, meals(1, "10.00"), 500, 500, id="half of the price"),
        pytest.param({**RURAL, "statuses": ["dibao"]}, meals(41, "10.00"), 1000, 0, id="the 41st meal"),
        pytest.param({**RURAL, "statuses": ["dibao"]}, meals(27, "15.00"), 1000, 500, id="the 27th at 15.00"),
        pytest.param({**RURAL, "statuses": ["dibao"]}, meals(1, "9.99"), 500, 499, id="own share half up"),
        pytest.param({**TOWN, "statuses": ["dibao"]}, meals(55, "10.00"), 500, 500, id="urban: the 55th"),
        pytest.param({**TOWN, "statuses": ["dibao"]}, meals(56, "10.00"), 1000, 0, id="urban: the 56th"),
        pytest.param({**RURAL, "statuses": ["left_behind"]}, meals(1, "10.00"), 1000, 0, id="left behind, no amount"),
        pytest.param(
            {**RURAL, "statuses": ["dibao", "hardship", "living_alone", "entitled_veteran"]},
            meals(1, "10.00"),
            500,
            500,
            id="in three groups, one entitlement",
        ),
        pytest.param(
            {**RURAL, "statuses": ["dibao"]}, [*meals(1, "10.00"), lunch("2026-10-01")], 1000, 0, id="second lunch"
        ),
    ],
)
def test_jinxi(person, events, own_fen, public_fen):
    last = run("jinxi", {"birth_day": BORN[72], **person}, *events)["meals"][-1]

    assert (last["own_fen"], last["public_fen"]) == (own_fen, public_fen)


def test_jinxi_from_the_birthday_on():
    person = {**RURAL, "birth_day": "1956-11-22", "statuses": ["dibao"]}

    today, tomorrow = run("jinxi", person, lunch("2026-11-21"), lunch("2026-11-22"))["meals"]

    assert (today["public_fen"], tomorrow["public_fen"]) == (0, 500)
    assert today["verdicts"][0]["reason"] == "age"


def test_jinxi_records_all_groups_and_pays_on_the_first():
    person = {**RURAL, "birth_day": BORN[81], "statuses": ["dibao", "hardship", "entitled_veteran"]}

    (meal,) = run("jinxi", person, lunch("2026-11-21"))["meals"]

    assert (meal["class_code"], meal["groups"]) == ("二类", ["二类", "三类", "六类"])


def test_jinxi_where_a_township_made_it_free():
    text = builtin_schemes()["jinxi"]
    free = "\n".join(line[2:] for line in text.splitlines()[-3:]).replace("某镇", "云溪镇")
    case = {"person": {**RURAL, "birth_day": BORN[72], "statuses": ["dibao"]}, "site_area": VILLAGE}
    found = read_file(
        json.dumps({"cases": [{**case, "meals": [{"day": "2026-11-20", "slot": "lunch", "price": "10"}]}]})
    )

    (result,) = try_schemes([load_scheme(f"{text}\n{free}\n")], found.cases)

    assert (result["own_fen"], result["public_fen"]) == (0, 1000)


def test_jinxi_meals_and_care_add_up_in_two_groups():
    person = {**RURAL, "birth_day": BORN[72], "statuses": ["dibao"]}
    service = {"event": "service", "day": "2026-11-21", "kind": "cleaning", "minutes": 60, "price": "60.00"}

    result = run("jinxi jinxi-care", person, {"event": "credit", "month": "2026-11"}, lunch("2026-11-20"), service)

    assert [event.get("public_fen") for event in result["events"]] == [None, 500, 5000]
    assert result["events"][2]["own_fen"] == 1000


BAOAN = {"hukou": "深圳市/宝安区", "residence": "深圳市/宝安区"}
CHENGGONG = {"hukou": "呈贡区/龙城街道", "residence": "呈贡区/龙城街道"}
JIANGDU = {"hukou": "江都区/仙女镇", "residence": "江都区/仙女镇", "resident_since": "2000-01-01"}
ANQING = {"hukou": "安庆市/迎江区", "residence": "安庆市/迎江区", "settlement": "urban"}


@pytest.mark.parametrize(
    ("scheme", "person", "month", "fen", "expires"),
    [
        pytest.param(
            "jinxi-care",
            {**RURAL, "birth_day": BORN[70], "statuses": ["dibao"]},
            "2026-11",
            5000,
            "2026-11-30",
            id="jinxi care 50",
        ),
        pytest.param(
            "jinxi-care",
            {**RURAL, "birth_day": BORN[69], "statuses": ["dibao"]},
            "2026-11",
            "age_month",
            None,
            id="jinxi care 69",
        ),
        pytest.param(
            "jinxi-care",
            {**RURAL, "birth_day": BORN[72], "statuses": ["left_behind"]},
            "2026-11",
            "not_in_groups",
            None,
            id="jinxi care only for the six",
        ),
        pytest.param(
            "shenzhen",
            {**BAOAN, "birth_day": BORN[60], "statuses": ["dibao"], "ability": "disabled"},
            "2026-11",
            50000,
            None,
            id="shenzhen 500, not 800",
        ),
        pytest.param(
            "shenzhen",
            {**BAOAN, "birth_day": BORN[60], "ability": "disabled"},
            "2026-11",
            30000,
            None,
            id="shenzhen not on dibao, unable",
        ),
        pytest.param(
            "shenzhen",
            {**BAOAN, "birth_day": BORN[60], "statuses": ["dibao"], "ability": "able"},
            "2026-11",
            30000,
            None,
            id="shenzhen dibao, able",
        ),
        pytest.param(
            "shenzhen",
            {**BAOAN, "birth_day": BORN[60], "ability": "able"},
            "2026-11",
            "not_in_groups",
            None,
            id="shenzhen neither",
        ),
        pytest.param(
            "shenzhen",
            {**BAOAN, "birth_day": BORN[59], "statuses": ["dibao"]},
            "2026-11",
            "age_month",
            None,
            id="shenzhen 59",
        ),
        pytest.param(
            "shenzhen",
            {**BAOAN, "hukou": "东莞市", "birth_day": BORN[60], "statuses": ["dibao"]},
            "2026-11",
            "hukou",
            None,
            id="shenzhen other hukou",
        ),
        pytest.param(
            "songgang",
            {"hukou": "深圳市/宝安区/松岗街道", "birth_day": BORN[81], "ability": "able"},
            "2026-11",
            "incomplete",
            None,
            id="songgang masked",
        ),
        pytest.param(
            "chenggong",
            {**CHENGGONG, "birth_day": BORN[81], "statuses": ["living_alone"], "ability": "able"},
            "2026-11",
            10000,
            "2026-11-30",
            id="chenggong 80+ alone, gone at month end",
        ),
        pytest.param(
            "chenggong",
            {**CHENGGONG, "birth_day": BORN[61], "statuses": ["sanwu"], "ability": "semi_disabled"},
            "2026-11",
            30000,
            "2026-11-30",
            id="chenggong free class",
        ),
        pytest.param(
            "chenggong",
            {
                **CHENGGONG,
                "birth_day": BORN[81],
                "statuses": ["living_alone", "dibao", "no_child_nearby"],
                "ability": "disabled",
            },
            "2026-11",
            "incomplete",
            None,
            id="chenggong unknown class",
        ),
        pytest.param(
            "chenggong",
            {
                **CHENGGONG,
                "hukou": "呈贡区/托管街道/某村",
                "birth_day": BORN[81],
                "statuses": ["living_alone"],
                "ability": "able",
            },
            "2026-11",
            "hukou",
            None,
            id="chenggong entrusted subdistrict",
        ),
        pytest.param(
            "jiangdu",
            {**JIANGDU, "birth_day": BORN[82], "statuses": ["dibao"], "ability": "disabled"},
            "2026-11",
            26000,
            None,
            id="jiangdu 260, not 320",
        ),
        pytest.param(
            "jiangdu",
            {**JIANGDU, "birth_day": BORN[62], "statuses": ["dibao"], "ability": "semi_disabled"},
            "2026-11",
            15000,
            None,
            id="jiangdu half able",
        ),
        pytest.param(
            "jiangdu",
            {**JIANGDU, "birth_day": BORN[62], "statuses": ["dibao"], "ability": "able"},
            "2026-11",
            8000,
            None,
            id="jiangdu able",
        ),
        pytest.param(
            "jiangdu", {**JIANGDU, "birth_day": BORN[82], "ability": "able"}, "2026-11", 6000, None, id="jiangdu 80+"
        ),
        pytest.param(
            "jiangdu",
            {**JIANGDU, "birth_day": "1946-11-02", "ability": "able"},
            "2026-11",
            "age_month",
            None,
            id="jiangdu 80 on the 2nd: not yet",
        ),
        pytest.param(
            "jiangdu",
            {**JIANGDU, "birth_day": "1946-11-02", "ability": "able"},
            "2026-12",
            6000,
            None,
            id="jiangdu 80 in the month before",
        ),
        pytest.param(
            "jiangdu",
            {**JIANGDU, "resident_since": "2026-06-02", "birth_day": BORN[82], "ability": "able"},
            "2026-12",
            "months",
            None,
            id="jiangdu five months",
        ),
        pytest.param(
            "jiangdu",
            {**JIANGDU, "resident_since": "2026-06-01", "birth_day": BORN[82], "ability": "able"},
            "2026-12",
            6000,
            None,
            id="jiangdu half a year",
        ),
        pytest.param(
            "anqing",
            {**ANQING, "birth_day": BORN[70], "statuses": ["sanwu"], "ability": "able"},
            "2026-11",
            16000,
            "2026-12-31",
            id="anqing 20 hours",
        ),
        pytest.param(
            "anqing",
            {**ANQING, "birth_day": BORN[100], "ability": "able"},
            "2026-11",
            16000,
            "2026-12-31",
            id="anqing a hundred years",
        ),
        pytest.param(
            "anqing",
            {**ANQING, "birth_day": BORN[80], "statuses": ["empty_nest"], "ability": "able"},
            "2026-11",
            8000,
            "2026-12-31",
            id="anqing 10 hours",
        ),
        pytest.param(
            "anqing-purchase",
            {**ANQING, "birth_day": BORN[70], "statuses": ["marginal", "empty_nest"]},
            "2026-11",
            "incomplete",
            None,
            id="anqing bought service",
        ),
        pytest.param(
            "rural-75-79",
            {"hukou": "本县/某村", "settlement": "rural", "birth_day": BORN[74]},
            "2026-01",
            "age_month",
            None,
            id="rural 74",
        ),
        pytest.param(
            "rural-75-79",
            {"hukou": "本县/某村", "settlement": "rural", "birth_day": BORN[75]},
            "2026-01",
            "incomplete",
            None,
            id="rural 75",
        ),
        pytest.param(
            "rural-75-79",
            {"hukou": "本县/某村", "settlement": "rural", "birth_day": BORN[80]},
            "2026-01",
            "age_month",
            None,
            id="rural 80",
        ),
        pytest.param(
            "two-communities",
            {"hukou": "本区/甲社区", "residence": "本区/丙社区", "birth_day": BORN[75]},
            "2026-01",
            "residence",
            None,
            id="two communities, living elsewhere",
        ),
        pytest.param(
            "two-communities",
            {"hukou": "本区/甲社区", "residence": "本区/乙社区", "birth_day": BORN[75]},
            "2026-01",
            "incomplete",
            None,
            id="two communities",
        ),
    ],
)
def test_monthly_credits(scheme, person, month, fen, expires):
    (found,) = run(scheme, person, {"event": "credit", "month": month})["events"][0]["credits"]

    assert (found["amount_fen"] or found["reason"], found.get("expires_on")) == (fen, expires)


def test_anqing_hours_are_carried_within_the_year():
    person = {**ANQING, "birth_day": BORN[70], "statuses": ["sanwu"], "ability": "able"}
    months = [{"event": "credit", "month": month} for month in ("2026-11", "2026-12", "2027-01")]

    result = run("anqing", person, *months[:2], {"event": "year_end", "year": 2026}, months[2])

    assert [event["balances"]["anqing"] for event in result["events"]] == [16000, 32000, 0, 16000]
    assert result["events"][0]["credits"][0]["minutes"] == 1200
    assert result["events"][2]["expired"] == [{"scheme": "anqing", "amount_fen": 32000}]


def test_chenggong_vouchers_are_gone_at_the_end_of_the_month():
    person = {**CHENGGONG, "birth_day": BORN[81], "statuses": ["living_alone"], "ability": "able"}
    service = {"event": "service", "day": "2026-12-01", "kind": "cleaning", "minutes": 60, "price": "40"}

    result = run(
        "chenggong",
        person,
        {"event": "credit", "month": "2026-11"},
        {"event": "month_end", "month": "2026-11"},
        service,
    )

    assert result["events"][1]["expired"] == [{"scheme": "chenggong", "amount_fen": 10000}]
    assert (result["events"][2]["own_fen"], result["events"][2]["verdicts"][0]["reason"]) == (4000, "purse_empty")


def test_jiangdu_splits_seven_to_three_and_keeps_the_rest_for_the_next_month():
    person = {**JIANGDU, "birth_day": BORN[82], "statuses": ["dibao"], "ability": "disabled"}
    credits_ = [{"event": "credit", "month": month} for month in ("2026-11", "2026-12")]
    service = {"event": "service", "day": "2026-11-21", "kind": "life_care", "minutes": 120, "price": "260.00"}
    meal = {**lunch("2026-12-01", "300.00")}

    result = run("jiangdu", person, credits_[0], service, credits_[1], meal)

    assert [(share["payer"], share["amount_fen"]) for share in result["events"][1]["shares"]] == [
        ("区财政", 18200),
        ("镇财政", 7800),
        ("own", 0),
    ]
    assert (result["events"][3]["public_fen"], result["events"][3]["own_fen"]) == (26000, 4000)


def test_jiangdu_settles_no_more_in_a_year_than_was_credited_in_it():
    person = {**JIANGDU, "birth_day": BORN[82], "ability": "able"}
    service = {"event": "service", "day": "2026-01-05", "kind": "errands", "minutes": 60, "price": "100"}

    result = run(
        "jiangdu",
        person,
        {"event": "credit", "month": "2026-01"},
        service,
        purses=[{"scheme": "jiangdu", "balance": "500"}],
    )

    assert (result["events"][1]["public_fen"], result["purses"][0]["balance_fen"]) == (6000, 50000)


@pytest.mark.parametrize(
    ("statuses", "ability", "visits", "short"),
    [
        pytest.param(["dibao"], "disabled", 4, 0, id="disabled: 4 a month"),
        pytest.param(["dibao"], "disabled", 3, 1, id="disabled: one missing"),
        pytest.param(["dibao"], "semi_disabled", 1, 1, id="half able: 2 a month"),
        pytest.param([], "able", 1, 0, id="80+: 1 a month"),
    ],
)
def test_jiangdu_visits(statuses, ability, visits, short):
    person = {**JIANGDU, "birth_day": BORN[82], "statuses": statuses, "ability": ability}
    done = [{"day": f"2026-11-{day:02d}", "kind": "cleaning", "minutes": 60} for day in range(1, visits + 1)]

    result = run(
        "jiangdu",
        person,
        {"event": "credit", "month": "2026-11"},
        {"event": "frequency", "day": "2026-11-30"},
        visits=done,
    )

    kinds, month = result["events"][1]["frequency"]
    assert (kinds["needed"], kinds["short"]) == (3, 2)
    assert (month["first"], month["short"]) == ("2026-11-01", short)


def site(names: str, facts: dict[str, Any]) -> list[tuple[str, int, list[int]]]:
    found = read_file(json.dumps({"cases": [{"year": 2026, "site": facts}]}))
    (result,) = try_schemes([SCHEMES[name] for name in names.split()], found.cases)
    return [
        (one["code"], one["amount_fen"], [share["amount_fen"] for share in one["shares"]])
        for one in result["site_money"]
        if one["amount_fen"]
    ]


OPEN = {"opened_on": "2020-01-01"}


@pytest.mark.parametrize(
    ("names", "facts", "expected"),
    [
        pytest.param(
            "chenggong-centre",
            {"settlement": "rural", "ownership": "private", "premises": "rented", **OPEN},
            [("租用补助", 5000000, [3000000, 1500000, 500000]), ("运营补助", 2400000, [2400000])],
            id="rural, rented",
        ),
        pytest.param(
            "chenggong-centre",
            {"settlement": "rural", "ownership": "private", "premises": "new_build", **OPEN},
            [("新建补助", 15000000, [9000000, 4500000, 1500000]), ("运营补助", 2400000, [2400000])],
            id="rural, new",
        ),
        pytest.param(
            "chenggong-centre",
            {"settlement": "urban", "ownership": "private", "premises": "new_build", **OPEN},
            [("新建补助", 30000000, [18000000, 9000000, 3000000]), ("运营补助", 2400000, [2400000])],
            id="urban, new",
        ),
        pytest.param(
            "chenggong-centre",
            {"settlement": "urban", "ownership": "private", "premises": "rented", "received": ["租用补助"], **OPEN},
            [("运营补助", 2400000, [2400000])],
            id="urban, rented, paid before",
        ),
        pytest.param(
            "chenggong-centre",
            {
                "settlement": "urban",
                "ownership": "public",
                "premises": "new_build",
                "accepted": True,
                "investment": "1000",
            },
            [("公办建设", 100000, [40000, 40000, 20000])],
            id="public: 4:4:2",
        ),
        pytest.param(
            "jinxi",
            {"assessment": "passed", "planned_days": 300, "days_with": {"1": 300, "2": 270}},
            [("运营补贴", 2000000, [2000000])],
            id="two meals a day",
        ),
        pytest.param(
            "jinxi",
            {"assessment": "passed", "planned_days": 300, "days_with": {"1": 300, "2": 269}},
            [("运营补贴", 1000000, [1000000])],
            id="one meal a day",
        ),
        pytest.param("jinxi", {"planned_days": 300, "days_with": {"1": 300, "2": 300}}, [], id="not assessed"),
        pytest.param(
            "jinxi",
            {
                "accepted": True,
                "serves_meals": True,
                "decided": [{"code": "建设补助", "amount": "100000", "why": "验收"}],
            },
            [("建设补助", 10000000, [10000000])],
            id="construction, at most 100000",
        ),
        pytest.param(
            "jinxi",
            {
                "accepted": True,
                "serves_meals": True,
                "decided": [{"code": "建设补助", "amount": "100000.01", "why": "验收"}],
            },
            [],
            id="construction above the range",
        ),
        pytest.param("kunming-start", {}, [("启动资金", 5000000, [5000000])], id="start money"),
    ],
)
def test_money_of_sites(names, facts, expected):
    assert site(names, facts) == expected


def test_the_five_yuan_lunch():
    person = {"birth_day": BORN[72]}

    (meal,) = run("xy-canteen", person, lunch("2026-11-20", "13.00", site_area="本区/一社区"))["meals"]

    assert (meal["own_fen"], meal["public_fen"]) == (500, 800)


@pytest.mark.parametrize("scheme", SCHEMES.values(), ids=SCHEMES)
def test_every_scheme_tells_its_source_and_keeps_labels_off_paper(scheme: Scheme):
    sources = dict(scheme.sources)

    assert sources[""]
    printed = [
        scheme.name,
        scheme.version,
        *(one.code for one in scheme.classes),
        *(payer for payer, _ in scheme.funding),
    ]
    assert not [text for text in printed for label in LABELS if label in text]
    assert scheme.approval is None or not scheme.approval.warnings


def test_schemes_of_one_group_do_not_add_up():
    person = {
        **JIANGDU,
        "birth_day": BORN[82],
        "statuses": ["dibao", "sanwu"],
        "ability": "disabled",
        "settlement": "urban",
    }
    both = {**person, "hukou": "江都区/仙女镇"}

    found = run("jiangdu shenzhen", {**both}, {"event": "credit", "month": "2026-11"})["events"][0]["credits"]

    assert [(one["scheme"], one["amount_fen"], one["reason"]) for one in found] == [
        ("jiangdu", 26000, "credit_month"),
        ("shenzhen", 0, "hukou"),
    ]


def test_a_credit_is_asked_without_a_cases_file():
    person = Person(
        date(1944, 1, 1), "江都区", "江都区", "", frozenset({"dibao"}), "disabled", resident_since=date(2020, 1, 1)
    )

    answer = credit(person, date(2026, 11, 1), SCHEMES["jiangdu"])

    assert isinstance(answer, Credit)
    assert (answer.class_code, answer.groups, answer.reason.words()) == ("甲三", ("甲三", "乙"), "甲三:每月额度 260.00")
