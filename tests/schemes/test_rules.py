"""One meal, decided: the worked cases of Jinxi, every kind of amount, caps, stacking, and what always holds."""

from __future__ import annotations

import re
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from canteen.base.money import parse_yuan
from canteen.base.months import full_years
from canteen.base.words import LABELS, STATUSES
from canteen.schemes.builtin import builtin_schemes
from canteen.schemes.deciding.answer import Decision, UseChange
from canteen.schemes.deciding.decide import decide, periods, used_after
from canteen.schemes.deciding.who_pays import divide
from canteen.schemes.facts import Meal, Person, Use
from canteen.schemes.language.scheme import Scheme, load_scheme
from canteen.schemes.reasons import WORDS, Reason

VILLAGE = "金溪县/云溪镇/枫林村"
DAY = date(2026, 11, 21)
JINXI = load_scheme(builtin_schemes()["jinxi"])
FREE_TOWNSHIP = load_scheme(
    builtin_schemes()["jinxi"] + '[[overrides]]\narea = "金溪县/云溪镇"\namount = { own_percent = 0 }\n'
)


def person(*statuses: str, born: date = date(1950, 3, 1), **facts: object) -> Person:
    """Registered and living in the village, 76 years old on the day."""
    known = {"hukou": VILLAGE, "residence": VILLAGE, "settlement": "rural", "ability": "able"}
    return Person(birth_day=born, statuses=frozenset(statuses), **(known | facts))  # type: ignore[arg-type]


def meal(price: str = "10.00", day: date = DAY, slot: str = "lunch", **facts: object) -> Meal:
    known = {"way": "dine_in", "site_area": VILLAGE}
    return Meal(day=day, slot=slot, price_fen=parse_yuan(price), **(known | facts))  # type: ignore[arg-type]


def scheme(terms: str, number: int = 1, group: str = "meals") -> Scheme:
    """A scheme with these terms and nothing else."""
    return load_scheme(f'id = "s{number}"\nversion = "1"\nname = "方案{number}"\nstack_group = "{group}"\n{terms}')


def per_meal(yuan: str, number: int = 1, group: str = "meals") -> Scheme:
    return scheme(f'amount = {{ kind = "per_meal", yuan = "{yuan}" }}', number, group)


def eat(who: Person, meals: list[Meal], schemes: list[Scheme]) -> list[Decision]:
    """One meal after the other, each using what it uses."""
    used: dict[tuple[str, str], Use] = {}
    decisions = []
    for each in meals:
        decisions.append(decide(who, each, schemes, used))
        used = used_after(used, decisions[-1].uses)
    return decisions


def every_day(prices: list[str]) -> list[Meal]:
    """Lunch and dinner, day after day from the first of November, at these prices."""
    return [
        meal(price, day=date(2026, 11, 1) + timedelta(days=number // 2), slot=("lunch", "dinner")[number % 2])
        for number, price in enumerate(prices)
    ]


def codes(decision: Decision) -> list[str]:
    return [verdict.reason.code for verdict in decision.verdicts]


DIBAO = person("dibao")


@pytest.mark.parametrize(
    ("who", "before", "price", "own_fen", "public_fen", "code", "class_code"),
    [
        pytest.param(DIBAO, [], "10.00", 500, 500, "norm_half", "三类", id="first of the month: half of the price"),
        pytest.param(DIBAO, ["10.00"] * 40, "10.00", 1000, 0, "norm_used_up", "三类", id="41st meal: norm used"),
        pytest.param(DIBAO, ["15.00"] * 26, "15.00", 1000, 500, "norm_half", "三类", id="27th at 15: rest is shared"),
        pytest.param(DIBAO, [], "9.99", 500, 499, "norm_half", "三类", id="odd fen: own part half up"),
        pytest.param(DIBAO, [], "0.01", 1, 0, "nothing_due", "三类", id="one fen is the elder's"),
        pytest.param(DIBAO, [], "0.00", 0, 0, "nothing_due", "三类", id="nothing to divide"),
        pytest.param(DIBAO, ["399.99"], "10.00", 1000, 0, "norm_used_up", "三类", id="one fen left pays nothing"),
        pytest.param(DIBAO, ["399.98"], "10.00", 999, 1, "norm_half", "三类", id="two fen left pay one"),
        pytest.param(DIBAO, [], "500.00", 30000, 20000, "norm_half", "三类", id="dearer than the norm"),
        pytest.param(person("left_behind"), [], "10.00", 1000, 0, "care", "关爱", id="cared for, no amount"),
        pytest.param(
            person("dibao", "hardship", "empty_nest", "left_behind"),
            [],
            "10.00",
            500,
            500,
            "norm_half",
            "三类",
            id="in several groups: one entitlement, the lowest number",
        ),
        pytest.param(
            person("dibao", settlement="urban"),
            ["10.00"] * 54,
            "15.00",
            1000,
            500,
            "norm_half",
            "三类",
            id="urban: 550",
        ),
        pytest.param(
            person("dibao", settlement=""),
            [],
            "10.00",
            1000,
            0,
            "unknown_settlement",
            "三类",
            id="urban or rural not recorded",
        ),
    ],
)
def test_jinxi_divides_a_price(who, before, price, own_fen, public_fen, code, class_code):
    decision = eat(who, [*every_day(before), meal(price, day=date(2026, 11, 30))], [JINXI])[-1]

    assert (decision.own_fen, decision.public_fen) == (own_fen, public_fen)
    assert codes(decision) == [code]
    assert decision.class_code == class_code


@pytest.mark.parametrize(
    ("who", "groups"),
    [
        pytest.param(person("lost_only_child", "hardship", born=date(1966, 11, 21)), ("一类",), id="1 at 60"),
        pytest.param(person("lost_only_child", "hardship", born=date(1966, 11, 22)), (), id="1 not at 59"),
        pytest.param(person("lost_only_child"), (), id="1 only when hard up"),
        pytest.param(person("entitled_veteran", born=date(1966, 1, 1)), ("二类",), id="2 at 60"),
        pytest.param(person("dibao", born=date(1956, 11, 21)), ("三类",), id="3 at 70"),
        pytest.param(person("dibao", born=date(1956, 11, 22)), (), id="3 not at 69"),
        pytest.param(person("tekun"), ("四类",), id="4 scattered"),
        pytest.param(person("tekun", "institution"), (), id="4 not in an institution"),
        pytest.param(person("hardship", "empty_nest"), ("五类",), id="5 empty nest"),
        pytest.param(person("hardship", "living_alone"), ("五类",), id="5 living alone"),
        pytest.param(person("living_alone"), (), id="5 only when hard up"),
        pytest.param(person("hardship", born=date(1946, 11, 21)), ("六类",), id="6 at 80"),
        pytest.param(person("hardship"), (), id="6 not at 76"),
        pytest.param(person("left_behind"), ("关爱",), id="left behind"),
        pytest.param(person("left_behind", settlement="urban"), (), id="left behind is rural"),
        pytest.param(person("dibao", hukou="抚州市"), (), id="hukou elsewhere"),
        pytest.param(person("dibao", hukou="金溪县外/云溪镇"), (), id="hukou with a longer name"),
        pytest.param(person("dibao", hukou="金溪县"), ("三类",), id="hukou of the county itself"),
        pytest.param(person("dibao", residence="抚州市/临川区"), ("三类",), id="living elsewhere"),
        pytest.param(
            person("dibao", "hardship", "empty_nest", born=date(1940, 1, 1)),
            ("三类", "五类", "六类"),
            id="three of the six",
        ),
    ],
)
def test_jinxi_knows_its_groups(who, groups):
    decision = decide(who, meal(), [JINXI], {})

    assert decision.groups == groups
    assert decision.class_code == (groups[0] if groups else "")


def test_seventieth_birthday_counts():
    who = person("dibao", born=date(1956, 11, 22))

    before, on = eat(who, [meal(day=date(2026, 11, 21)), meal(day=date(2026, 11, 22))], [JINXI])

    assert (before.own_fen, on.own_fen) == (1000, 500)
    assert before.verdicts[0].reason.words() == "用餐当日 69 周岁,不在年龄范围内"


@pytest.mark.parametrize("site", [VILLAGE, "金溪县/秀谷镇"], ids=["same site", "other site"])
@pytest.mark.parametrize("terms", [JINXI, FREE_TOWNSHIP], ids=["county", "township"])
def test_second_lunch_of_the_day_is_own(terms, site):
    first, second, dinner = eat(DIBAO, [meal(), meal(site_area=site), meal(slot="dinner")], [terms])

    assert first.public_fen > 0
    assert (second.own_fen, codes(second)) == (1000, ["meals_sitting"])
    assert dinner.public_fen > 0


def test_second_portion_is_own_whatever_was_used():
    decision = decide(DIBAO, meal(second_portion=True), [JINXI, per_meal("3")], {})

    assert decision.own_fen == 1000
    assert codes(decision) == ["second_portion", "second_portion"]


@pytest.mark.parametrize(
    ("site", "own_fen"),
    [("金溪县/云溪镇", 0), (VILLAGE, 0), ("金溪县/秀谷镇", 500), ("金溪县/云溪镇北", 500), ("", 500)],
)
def test_township_makes_its_sites_free(site, own_fen):
    assert decide(DIBAO, meal(site_area=site), [FREE_TOWNSHIP], {}).own_fen == own_fen


def test_free_township_still_counts_against_the_norm():
    used = {("jinxi", "2026-11"): Use(settled_fen=39400, public_fen=20000, meals=40)}

    decision = decide(DIBAO, meal(), [FREE_TOWNSHIP], used)

    assert (decision.own_fen, decision.public_fen) == (400, 600)
    assert decision.shares[0].reason.words() == "三类:标准每月 400.00,已用 394.00,本次计入 6.00,免自付"


def test_shares_uses_and_left_say_what_happened():
    used = {("jinxi", "2026-11"): Use(settled_fen=39000, public_fen=19500, meals=26)}

    decision = decide(DIBAO, meal("15.00"), [JINXI], used)

    public, own = decision.shares
    assert (public.payer, public.scheme, public.version, public.amount_fen) == ("public", "jinxi", "1", 500)
    assert public.reason.words() == "三类:标准每月 400.00,已用 390.00,本次计入 10.00,自付一半 5.00"
    assert (own.payer, own.scheme, own.version, own.amount_fen) == ("own", "", "", 1000)
    assert own.reason.words() == "餐价 15.00,补助 5.00,自付 10.00"
    assert decision.verdicts[0].reason == public.reason
    assert decision.uses == (
        UseChange("jinxi", "2026-11-21/lunch", 1000, 500, 1),
        UseChange("jinxi", "2026-11", 1000, 500, 1),
    )
    left = decision.left[0]
    assert (left.scheme, left.period, left.counts) == ("jinxi", "2026-11", "settled")
    assert (left.limit_fen, left.left_before_fen, left.left_fen) == (40000, 1000, 0)


def test_nothing_paid_uses_nothing_and_tells_what_is_left():
    decision = decide(DIBAO, meal(second_portion=True), [JINXI], {})

    assert decision.uses == ()
    assert [(left.left_before_fen, left.left_fen) for left in decision.left] == [(40000, 40000)]
    assert decision.shares[0].reason.code == "second_portion"


def test_norm_lowered_in_mid_month_takes_nothing_back():
    used = {("jinxi", "2026-11"): Use(settled_fen=45000, public_fen=22500, meals=45)}

    decision = decide(DIBAO, meal(), [JINXI], used)

    assert (decision.own_fen, decision.public_fen) == (1000, 0)
    assert decision.left[0].left_fen == 0


def test_without_schemes_all_is_own():
    decision = decide(DIBAO, meal(), [], {})

    assert [(share.payer, share.amount_fen) for share in decision.shares] == [("own", 1000)]
    assert decision.shares[0].reason.words() == "没有补助,全部自付 10.00"
    assert (decision.class_code, decision.groups) == ("", ())


@pytest.mark.parametrize(
    ("born", "day", "years"),
    [
        pytest.param(date(1956, 11, 22), date(2026, 11, 21), 69, id="eve"),
        pytest.param(date(1956, 11, 22), date(2026, 11, 22), 70, id="birthday"),
        pytest.param(date(1956, 2, 29), date(2026, 2, 28), 69, id="leap day, common year: not on 28 February"),
        pytest.param(date(1956, 2, 29), date(2026, 3, 1), 70, id="leap day, common year: on 1 March"),
        pytest.param(date(1956, 2, 29), date(2028, 2, 29), 72, id="leap day, leap year"),
        pytest.param(date(1956, 2, 29), date(2028, 2, 28), 71, id="eve of a leap day"),
    ],
)
def test_full_years(born, day, years):
    assert full_years(born, day) == years


@pytest.mark.parametrize(
    ("day", "week"),
    [
        pytest.param(date(2026, 11, 16), "2026-W47", id="Monday"),
        pytest.param(date(2026, 11, 22), "2026-W47", id="Sunday"),
        pytest.param(date(2027, 1, 1), "2026-W53", id="first of January in the old year's week"),
        pytest.param(date(2024, 12, 30), "2025-W01", id="end of December in the new year's week"),
    ],
)
def test_weeks_run_from_monday_to_sunday(day, week):
    assert periods(day, "lunch")[2] == week


def test_periods_of_a_meal():
    assert periods(DAY, "lunch") == ("2026-11-21/lunch", "2026-11-21", "2026-W47", "2026-11", "2026")


NOBODY = person(hukou="", residence="", settlement="", ability="")


@pytest.mark.parametrize(
    ("condition", "who", "code"),
    [
        pytest.param("age = { from = 76 }", person(), "per_meal", id="from includes"),
        pytest.param("age = { from = 77 }", person(), "age", id="from"),
        pytest.param("age = { over = 76 }", person(), "age", id="over excludes"),
        pytest.param("age = { over = 75 }", person(), "per_meal", id="over"),
        pytest.param("age = { to = 76 }", person(), "per_meal", id="to includes"),
        pytest.param("age = { to = 75 }", person(), "age", id="to"),
        pytest.param("age = { under = 76 }", person(), "age", id="under excludes"),
        pytest.param("age = { from = 75, under = 77 }", person(), "per_meal", id="band"),
        pytest.param('hukou = { in = ["金溪县/云溪镇"] }', person(), "per_meal", id="hukou inside"),
        pytest.param('hukou = { in = ["金溪县/云溪"] }', person(), "hukou", id="hukou: whole names only"),
        pytest.param('hukou = { in = ["金溪县"], except = ["金溪县/云溪镇"] }', person(), "hukou", id="hukou excluded"),
        pytest.param('hukou = { except = ["金溪县/云溪镇"] }', person(hukou="南昌市"), "per_meal", id="only excluded"),
        pytest.param('hukou = { in = ["金溪县/云溪镇"] }', person(hukou="金溪县"), "hukou", id="hukou too coarse"),
        pytest.param('residence = { in = ["南昌市"] }', person(), "residence", id="residence"),
        pytest.param('settlement = ["urban"]', person(), "settlement", id="settlement"),
        pytest.param('settlement = ["urban", "rural"]', person(), "per_meal", id="one of two settlements"),
        pytest.param('any_status = ["dibao", "tekun"]', person("tekun"), "per_meal", id="any status"),
        pytest.param('any_status = ["dibao", "tekun"]', person("sanwu"), "not_in_groups", id="none of them"),
        pytest.param('all_status = ["dibao", "tekun"]', person("dibao", "tekun"), "per_meal", id="all statuses"),
        pytest.param('all_status = ["dibao", "tekun"]', person("tekun"), "not_in_groups", id="one is missing"),
        pytest.param('ability = ["semi_disabled"]', person(ability="semi_disabled"), "per_meal", id="ability"),
        pytest.param('ability = ["semi_disabled"]', person(), "not_in_groups", id="ability is not named"),
        pytest.param("all = [{ age = { from = 60 } }, { age = { under = 70 } }]", person(), "age", id="all"),
        pytest.param(
            'any = [{ age = { from = 80 } }, { any_status = ["dibao"] }]', person("dibao"), "per_meal", id="any"
        ),
        pytest.param(
            'any = [{ age = { from = 80 } }, { any_status = ["dibao"], settlement = ["urban"] }]',
            person(),
            "age",
            id="any: the nearest is told",
        ),
        pytest.param('not = { any_status = ["institution"] }', person(), "per_meal", id="not"),
        pytest.param('not = { any_status = ["institution"] }', person("institution"), "not_in_groups", id="not not"),
        pytest.param('not = { all_status = ["dibao", "tekun"] }', person("dibao"), "per_meal", id="not all statuses"),
        pytest.param("not = { not = { age = { from = 60 } } }", person(), "per_meal", id="twice not"),
        pytest.param(
            'not = { any = [{ age = { from = 90 } }, { not = { settlement = ["rural"] } }] }',
            person(),
            "per_meal",
            id="nested",
        ),
        pytest.param('age = { from = 80 }, hukou = { in = ["南昌市"] }', person(), "not_in_groups", id="two facts"),
        pytest.param('hukou = { in = ["金溪县"] }', NOBODY, "unknown_hukou", id="hukou unknown"),
        pytest.param('residence = { in = ["金溪县"] }', NOBODY, "unknown_residence", id="residence unknown"),
        pytest.param('settlement = ["rural"]', NOBODY, "unknown_settlement", id="settlement unknown"),
        pytest.param('ability = ["disabled"]', NOBODY, "unknown_ability", id="ability unknown"),
        pytest.param('not = { ability = ["disabled"] }', NOBODY, "unknown_ability", id="not unknown is unknown"),
        pytest.param('ability = ["disabled"], age = { from = 80 }', NOBODY, "age", id="unknown but too young anyway"),
        pytest.param(
            'any = [{ ability = ["disabled"] }, { age = { from = 60 } }]',
            NOBODY,
            "per_meal",
            id="unknown but eligible anyway",
        ),
        pytest.param(
            'any = [{ ability = ["disabled"] }, { age = { from = 80 } }]',
            NOBODY,
            "unknown_ability",
            id="undecided is nearer than no",
        ),
        pytest.param(
            'not = { ability = ["disabled"], age = { from = 80 } }', NOBODY, "per_meal", id="not: unknown but no anyway"
        ),
    ],
)
def test_conditions(condition, who, code):
    terms = scheme(f'amount = {{ kind = "per_meal", yuan = 3 }}\neligible = {{ {condition} }}')

    assert codes(decide(who, meal(), [terms], {})) == [code]


@pytest.mark.parametrize(
    ("amount", "price", "public_fen", "code"),
    [
        pytest.param('kind = "per_meal", yuan = 3', "10.00", 300, "per_meal", id="fixed"),
        pytest.param('kind = "per_meal", yuan = 3', "2.50", 250, "per_meal", id="up to the price"),
        pytest.param('kind = "per_meal", yuan = { lunch = "4.50" }', "10.00", 450, "per_meal", id="by slot"),
        pytest.param('kind = "per_meal", yuan = { dinner = 4 }', "10.00", 0, "slot", id="slot not named"),
        pytest.param(
            'kind = "per_meal", yuan = { urban = 2, rural = 4 }', "10.00", 400, "per_meal", id="by settlement"
        ),
        pytest.param('kind = "per_meal", yuan = 0', "10.00", 0, "nothing_due", id="nothing"),
        pytest.param('kind = "percent", percent = 50', "9.99", 500, "percent", id="percent: the subsidy half up"),
        pytest.param('kind = "percent", percent = 12.5', "10.00", 125, "percent", id="percent with decimals"),
        pytest.param('kind = "percent", percent = 100', "9.99", 999, "percent", id="all of it"),
        pytest.param('kind = "percent", percent = 50, at_most_yuan = 4', "10.00", 400, "at_most", id="ceiling"),
        pytest.param('kind = "percent", percent = 50, at_most_yuan = 5', "10.00", 500, "percent", id="at the ceiling"),
        pytest.param('kind = "percent", percent = 50, at_most_yuan = 0', "10.00", 0, "nothing_due", id="ceiling of 0"),
        pytest.param(
            'kind = "percent", percent = 50, at_most_yuan = { dinner = 1 }',
            "10.00",
            0,
            "slot",
            id="ceiling of other slots",
        ),
        pytest.param('kind = "own_price", own_yuan = 5', "12.00", 700, "own_price", id="own price"),
        pytest.param('kind = "own_price", own_yuan = 5', "4.00", 0, "nothing_due", id="cheaper than the own price"),
        pytest.param('kind = "own_price", own_yuan = 5, at_most_yuan = 6', "12.00", 600, "at_most", id="dear"),
        pytest.param('kind = "own_price", own_yuan = { breakfast = 1 }', "12.00", 0, "slot", id="own price, slot"),
        pytest.param('kind = "free"', "12.34", 1234, "free", id="free"),
        pytest.param('kind = "free", at_most_yuan = 8', "12.34", 800, "at_most", id="free up to"),
        pytest.param('kind = "care"', "12.34", 0, "care", id="care"),
        pytest.param('kind = "monthly_norm", yuan = 100, own_percent = 30', "9.99", 699, "norm", id="norm, own 30 %"),
        pytest.param('kind = "monthly_norm", yuan = 100, own_percent = 0', "9.99", 999, "norm_free", id="norm, free"),
        pytest.param('kind = "monthly_norm", yuan = 0, own_percent = 50', "9.99", 0, "norm_used_up", id="norm of 0"),
        pytest.param('kind = "monthly_norm", yuan = 100, own_percent = 100', "9.99", 0, "nothing_due", id="all own"),
    ],
)
def test_amounts(amount, price, public_fen, code):
    decision = decide(person(), meal(price), [scheme(f"amount = {{ {amount} }}")], {})

    assert (decision.public_fen, codes(decision)) == (public_fen, [code])


@pytest.mark.parametrize(
    ("to", "mode", "stated_fen"),
    [
        ("fen", "half_up", 338),
        ("fen", "down", 337),
        ("fen", "up", 338),
        ("jiao", "half_up", 340),
        ("jiao", "down", 330),
        ("jiao", "up", 340),
        ("yuan", "half_up", 300),
        ("yuan", "down", 300),
        ("yuan", "up", 400),
    ],
)
def test_rounding_is_of_the_share_that_is_stated(to, mode, stated_fen):
    """Half of 6.75 is 3.375: the own part of a norm, the subsidy of a percentage."""
    rounding = f'rounding = {{ to = "{to}", mode = "{mode}" }}'
    norm = scheme(f'{rounding}\namount = {{ kind = "monthly_norm", yuan = 100, own_percent = 50 }}')
    percent = scheme(f'{rounding}\namount = {{ kind = "percent", percent = 50 }}')

    assert decide(person(), meal("6.75"), [norm], {}).own_fen == stated_fen
    assert decide(person(), meal("6.75"), [percent], {}).public_fen == stated_fen


def test_rounding_up_is_never_above_the_price():
    terms = scheme('rounding = { to = "yuan", mode = "up" }\namount = { kind = "percent", percent = 90 }')

    assert decide(person(), meal("2.50"), [terms], {}).own_fen == 0


@pytest.mark.parametrize(
    ("terms", "facts", "code"),
    [
        pytest.param('slots = ["dinner"]', {}, "slot", id="slot"),
        pytest.param('slots = ["lunch", "dinner"]', {}, "per_meal", id="one of two slots"),
        pytest.param("set_meal_only = true", {"set_meal": False}, "set_meal_only", id="not a set meal"),
        pytest.param("set_meal_only = true", {}, "per_meal", id="set meal"),
        pytest.param("spend = { from = 10 }", {}, "per_meal", id="spend from includes"),
        pytest.param('spend = { from = "10.01" }', {}, "spend_from", id="spend from"),
        pytest.param("spend = { over = 10 }", {}, "spend_over", id="spend over excludes"),
        pytest.param('spend = { over = "9.99" }', {}, "per_meal", id="spend over"),
        pytest.param('spend = { from = "10.01" }', {"fee_fen": 100}, "spend_from", id="a fee is not spend"),
        pytest.param('site_area = { in = ["金溪县"] }', {}, "per_meal", id="site inside"),
        pytest.param('site_area = { in = ["金溪县/秀谷镇"] }', {}, "site_outside", id="site outside"),
        pytest.param(f'site_area = {{ except = ["{VILLAGE}"] }}', {}, "site_outside", id="site excluded"),
        pytest.param('site_area = { in = ["金溪县"] }', {"site_area": ""}, "site_outside", id="site unknown"),
        pytest.param("valid_from = 2026-11-21", {}, "per_meal", id="first day"),
        pytest.param("valid_from = 2026-11-22", {}, "not_in_force", id="not yet"),
        pytest.param("valid_to = 2026-11-21", {}, "per_meal", id="last day"),
        pytest.param("valid_to = 2026-11-20", {}, "not_in_force", id="no longer"),
        pytest.param('eligible = { age = { from = "?" } }', {}, "incomplete", id="a number is missing"),
    ],
)
def test_terms_of_the_meal(terms, facts, code):
    decision = decide(person(), meal(**facts), [scheme(f'{terms}\namount = {{ kind = "per_meal", yuan = 3 }}')], {})

    assert codes(decision) == [code]
    assert decision.public_fen == (300 if code == "per_meal" else 0)


def test_waived_scheme_pays_nothing_and_leaves_room_for_the_next():
    who = person(waived=frozenset({"s1"}))

    decision = decide(who, meal(), [per_meal("5", 1), per_meal("3", 2)], {})

    assert codes(decision) == ["waived", "per_meal"]
    assert decision.public_fen == 300


def use(**counts: int) -> Use:
    return Use(**{"settled_fen": 5000, "public_fen": 900, "meals": 3} | counts)


@pytest.mark.parametrize("per", ["sitting", "day", "week", "month", "year"])
@pytest.mark.parametrize(
    ("cap", "public_fen", "code"),
    [
        ("meals = 4", 300, "per_meal"),
        ("meals = 3", 0, "meals"),
        ("meals = 2", 0, "meals"),
        ("yuan = 12", 300, "per_meal"),
        ('yuan = "11.99"', 299, "cut"),
        ('yuan = "9.01"', 1, "cut"),
        ("yuan = 9", 0, "money"),
        ("yuan = 8", 0, "money"),
        ("yuan = { urban = 100, rural = 10 }", 100, "cut"),
    ],
)
def test_caps(per, cap, public_fen, code):
    period = dict(zip(["sitting", "day", "week", "month", "year"], periods(DAY, "lunch"), strict=True))[per]
    by_sitting = "" if per == "sitting" and "meals" in cap else '[[caps]]\nper = "sitting"\nmeals = 9\n'
    terms = scheme(f'amount = {{ kind = "per_meal", yuan = 3 }}\n[[caps]]\nper = "{per}"\n{cap}\n{by_sitting}')

    decision = decide(person(), meal(), [terms], {("s1", period): use()})

    assert decision.public_fen == public_fen
    assert codes(decision) == [code if code == "per_meal" else f"{code}_{per}"]
    assert {change.period for change in decision.uses} <= {period, "2026-11-21/lunch"}
    if "yuan" in cap:
        left = decision.left[0]
        assert (left.period, left.counts) == (period, "public")
        assert left.left_before_fen - left.left_fen == public_fen


def test_cap_by_settlement_needs_the_settlement():
    terms = scheme('amount = { kind = "free" }\ncaps = [{ per = "day", yuan = { urban = 1, rural = 2 } }]')

    assert codes(decide(NOBODY, meal(), [terms], {})) == ["unknown_settlement"]


def test_a_meal_nobody_paid_for_counts_for_no_cap():
    terms = scheme(
        'amount = { kind = "per_meal", yuan = 3 }\nspend = { from = 5 }\ncaps = [{ per = "day", meals = 1 }]'
    )

    cheap, lunch = eat(person(), [meal("4.00", slot="breakfast"), meal()], [terms])

    assert (cheap.public_fen, lunch.public_fen) == (0, 300)


def test_several_caps_hold_together():
    terms = scheme('amount = { kind = "free" }\ncaps = [{ per = "day", yuan = 8 }, { per = "month", yuan = 12 }]')

    decisions = eat(person(), [meal(slot="lunch"), meal(slot="dinner"), meal(day=date(2026, 11, 22))], [terms])

    assert [decision.public_fen for decision in decisions] == [800, 0, 400]
    assert [codes(decision)[0] for decision in decisions] == ["cut_day", "money_day", "cut_month"]
    assert decisions[-1].shares[0].reason.words() == "本月补助限额 12.00,已用 8.00,本次补助 4.00"


def test_class_caps_add_to_those_of_the_scheme():
    terms = scheme(
        'caps = [{ per = "day", yuan = 8 }]\n'
        '[[classes]]\ncode = "甲"\nwhen = { any_status = ["dibao"] }\namount = { kind = "free" }\n'
        'caps = [{ per = "month", yuan = 12 }]\n'
        '[[classes]]\ncode = "乙"\nwhen = {}\namount = { kind = "free" }\n'
    )
    meals = [meal(day=date(2026, 11, day)) for day in (1, 2, 3)]

    assert [each.public_fen for each in eat(person("dibao"), meals, [terms])] == [800, 400, 0]
    assert [each.public_fen for each in eat(person(), meals, [terms])] == [800, 800, 800]


CLASSES = """
[[classes]]
code = "甲"
when = { any_status = ["dibao"] }
amount = { kind = "per_meal", yuan = 3 }
[[classes]]
code = "乙"
when = { age = { from = 70 } }
amount = { kind = "percent", percent = 30 }
[[classes]]
code = "丙"
when = { any_status = ["hardship"] }
amount = { kind = "per_meal", yuan = 4 }
"""


@pytest.mark.parametrize(
    ("choose", "who", "price", "public_fen", "class_code", "groups"),
    [
        ("first", person("dibao", "hardship"), "10.00", 300, "甲", ("甲", "乙", "丙")),
        ("first", person("hardship"), "10.00", 300, "乙", ("乙", "丙")),
        ("highest", person("dibao", "hardship"), "10.00", 400, "丙", ("甲", "乙", "丙")),
        ("highest", person("dibao"), "10.00", 300, "甲", ("甲", "乙")),
        ("highest", person("dibao"), "11.00", 330, "乙", ("甲", "乙")),
        ("highest", person("dibao"), "0.00", 0, "甲", ("甲", "乙")),
    ],
)
def test_choice_of_class(choose, who, price, public_fen, class_code, groups):
    decision = decide(who, meal(price), [scheme(f'choose = "{choose}"{CLASSES}')], {})

    assert (decision.public_fen, decision.class_code, decision.groups) == (public_fen, class_code, groups)


@pytest.mark.parametrize(
    ("schemes", "paid", "verdicts"),
    [
        pytest.param([per_meal("3", 1), per_meal("5", 2)], {"s2": 500}, ["lower", "per_meal"], id="the highest"),
        pytest.param([per_meal("5", 1), per_meal("5", 2)], {"s1": 500}, ["per_meal", "lower"], id="ties: the earlier"),
        pytest.param(
            [per_meal("3", 1), per_meal("5", 2, "city")],
            {"s1": 300, "s2": 500},
            ["per_meal", "per_meal"],
            id="groups add",
        ),
        pytest.param(
            [per_meal("8", 1), per_meal("5", 2, "city")],
            {"s1": 800, "s2": 200},
            ["per_meal", "rest"],
            id="never above the price",
        ),
        pytest.param(
            [per_meal("10", 1), per_meal("5", 2, "city")], {"s1": 1000}, ["per_meal", "nothing_left"], id="nothing left"
        ),
        pytest.param(
            [per_meal("3", 1), per_meal("4", 2, "city"), per_meal("6", 3), per_meal("1", 4, "city")],
            {"s2": 400, "s3": 600},
            ["lower", "per_meal", "per_meal", "lower"],
            id="groups mixed",
        ),
    ],
)
def test_several_schemes(schemes, paid, verdicts):
    decision = decide(person(), meal(), schemes, {})

    assert {share.scheme: share.amount_fen for share in decision.shares if share.scheme} == paid
    assert codes(decision) == verdicts
    assert {change.scheme: change.public_fen for change in decision.uses} == paid


def test_a_scheme_whose_cap_is_used_up_leaves_its_group_to_the_next():
    first = scheme('amount = { kind = "per_meal", yuan = 5 }\ncaps = [{ per = "month", meals = 1 }]', 1)
    meals = [meal(day=date(2026, 11, 1)), meal(day=date(2026, 11, 2))]

    before, after = eat(person(), meals, [first, per_meal("3", 2)])

    assert codes(before) == ["per_meal", "lower"]
    assert codes(after) == ["meals_month", "per_meal"]
    assert before.verdicts[1].reason.words() == "同组只取最高的一项,本次按「方案1」补助"


def test_the_class_paid_on_is_told_before_others():
    unpaid = scheme('slots = ["dinner"]\n[[classes]]\ncode = "甲"\nwhen = {}\namount = { kind = "free" }', 1)
    paid = scheme('[[classes]]\ncode = "乙"\nwhen = {}\namount = { kind = "free" }', 2)

    decision = decide(person(), meal(), [unpaid, paid], {})

    assert (decision.class_code, decision.groups) == ("乙", ("甲", "乙"))


@pytest.mark.parametrize(
    ("amount_fen", "parts", "divided"),
    [
        pytest.param(26000, (70, 30), (18200, 7800), id="260.00 by 7:3"),
        pytest.param(5, (70, 30), (4, 1), id="tie to the earlier"),
        pytest.param(7, (70, 30), (5, 2), id="largest remainder"),
        pytest.param(1, (40, 40, 20), (1, 0, 0), id="one fen"),
        pytest.param(3, (40, 40, 20), (1, 1, 1), id="4:4:2"),
        pytest.param(10, (60, 30, 10), (6, 3, 1), id="6:3:1"),
        pytest.param(101, ("33.33", "33.33", "33.34"), (34, 33, 34), id="thirds"),
        pytest.param(0, (50, 50), (0, 0), id="nothing"),
        pytest.param(9, (100,), (9,), id="one payer"),
        pytest.param(9, (0, 100), (0, 9), id="a part of nothing"),
    ],
)
def test_divide(amount_fen, parts, divided):
    shares = divide(amount_fen, [(f"p{number}", parse_yuan(str(part))) for number, part in enumerate(parts)])

    assert tuple(fen for _, fen in shares) == divided


def test_funding_makes_one_share_a_payer():
    terms = scheme(
        'amount = { kind = "per_meal", yuan = "0.01" }\n'
        'funding = [{ payer = "区财政", percent = 70 }, { payer = "镇财政", percent = 30 }]'
    )

    decision = decide(person(), meal(), [terms], {})

    assert [(share.payer, share.amount_fen) for share in decision.shares] == [("区财政", 1), ("own", 999)]


def test_an_override_replaces_terms_and_the_most_specific_counts():
    terms = scheme(
        'amount = { kind = "per_meal", yuan = 3 }\n'
        '[[overrides]]\narea = "金溪县/云溪镇"\namount = { yuan = 5 }\n'
        f'[[overrides]]\narea = "{VILLAGE}"\nslots = ["dinner"]\ncaps = [{{ per = "week", meals = 1 }}]\n'
    )
    sites = ["金溪县/秀谷镇", "金溪县/云溪镇/上村", VILLAGE]

    lunches = [decide(person(), meal(site_area=site), [terms], {}) for site in sites]

    assert [decision.public_fen for decision in lunches] == [300, 500, 0]
    assert [change.period for change in lunches[0].uses] == ["2026-11-21/lunch", "2026-W47"]


def test_an_override_may_be_for_some_classes():
    text = builtin_schemes()["jinxi"] + (
        '[[overrides]]\narea = "金溪县/云溪镇"\nfor_classes = ["四类"]\namount = { own_percent = 0 }\n'
        '[[overrides]]\narea = "金溪县/秀谷镇"\nfor_classes = ["关爱"]\namount = { kind = "per_meal", yuan = 2 }\n'
    )
    terms = load_scheme(text)

    assert decide(person("tekun"), meal(), [terms], {}).own_fen == 0
    assert decide(person("dibao"), meal(), [terms], {}).own_fen == 500
    assert decide(person("left_behind"), meal(site_area="金溪县/秀谷镇"), [terms], {}).own_fen == 800


def test_words_never_hold_a_label():
    """Every sentence, with the class codes of Jinxi: what is printed says nobody's status."""
    labels = {*LABELS, *STATUSES.values()}
    fields = {name: 1 for sentence in WORDS.values() for name in re.findall(r"%\((\w+)\)s", sentence)}
    for code in set(WORDS) - {"in_class"}:
        for one in JINXI.classes:
            words = Reason(code, fields | {"class_code": one.code, "other": JINXI.name}).words()

            assert not [label for label in labels if label in words], words


def test_words_can_be_translated_before_they_are_filled():
    reason = Reason("own_all", {"class_code": "六类", "own_fen": 123450})
    english = {WORDS["own_all"]: "All of %(own_fen)s is own", WORDS["in_class"]: "%(class_code)s: %(sentence)s"}

    assert reason.words() == "六类:没有补助,全部自付 1,234.50"
    assert reason.words(english.__getitem__) == "六类: All of 1,234.50 is own"


def test_a_scheme_twice_is_a_fault_of_the_caller():
    with pytest.raises(AssertionError):
        decide(person(), meal(), [JINXI, JINXI], {})


# What holds for every meal.

MANY = [
    JINXI,
    FREE_TOWNSHIP,
    *[
        scheme(f'choose = "{choose}"{CLASSES}', number, group)
        for number, (choose, group) in enumerate([("first", "meals"), ("highest", "city"), ("highest", "meals")])
    ],
    scheme('amount = { kind = "percent", percent = 33.33 }\nrounding = { to = "jiao", mode = "up" }', 4, "county"),
    scheme('amount = { kind = "free", at_most_yuan = 6 }\ncaps = [{ per = "week", yuan = "20.01" }]', 5, "meals"),
    scheme(
        'amount = { kind = "own_price", own_yuan = 5 }\ncaps = [{ per = "day", meals = 1 }]\n'
        'funding = [{ payer = "甲", percent = 60 }, { payer = "乙", percent = 30 }, { payer = "丙", percent = 10 }]',
        6,
        "gift",
    ),
    scheme(
        'amount = { kind = "monthly_norm", yuan = 61.5, own_percent = 30 }\nslots = ["lunch"]\n'
        'caps = [{ per = "month", yuan = 30 }, { per = "year", meals = 9 }]',
        7,
        "norm",
    ),
]
PEOPLE = st.builds(
    person,
    born=st.dates(date(1930, 1, 1), date(1970, 12, 31)),
    hukou=st.sampled_from(["", "南昌市", VILLAGE]),
    settlement=st.sampled_from(["", "urban", "rural"]),
).flatmap(
    lambda who: st.frozensets(st.sampled_from(sorted(STATUSES)), max_size=4).map(
        lambda statuses: Person(who.birth_day, who.hukou, who.residence, who.settlement, statuses, who.ability)
    )
)
PRICES = st.integers(0, 6000).map(lambda fen: f"{fen // 100}.{fen % 100:02d}")
MEALS = st.builds(
    meal,
    PRICES,
    day=st.dates(date(2026, 10, 28), date(2026, 12, 4)),
    slot=st.sampled_from(["breakfast", "lunch", "dinner"]),
    site_area=st.sampled_from(["", VILLAGE, "金溪县/秀谷镇"]),
    set_meal=st.booleans(),
    second_portion=st.booleans(),
)
SCHEMES = st.permutations(MANY).flatmap(
    lambda order: st.integers(0, len(order)).map(lambda count: list({one.id: one for one in order[:count]}.values()))
)
USES = st.builds(Use, st.integers(0, 60000), st.integers(0, 60000), st.integers(0, 100))


@st.composite
def used_before(draw: st.DrawFn, eaten: Meal) -> dict[tuple[str, str], Use]:
    """Any use of any scheme, also above its limits, as after a cap was lowered."""
    keys = st.tuples(st.sampled_from([one.id for one in MANY]), st.sampled_from(periods(eaten.day, eaten.slot)))
    return draw(st.dictionaries(keys, USES, max_size=8))


@st.composite
def situations(draw: st.DrawFn) -> tuple[Person, Meal, list[Scheme], dict[tuple[str, str], Use]]:
    eaten = draw(MEALS)
    return draw(PEOPLE), eaten, draw(SCHEMES), draw(used_before(eaten))


@settings(max_examples=200, deadline=None)
@given(situations())
def test_shares_add_up_and_nothing_is_negative(situation):
    who, eaten, schemes, used = situation

    decision = decide(who, eaten, schemes, used)

    assert sum(share.amount_fen for share in decision.shares) == decision.price_fen == eaten.price_fen
    assert decision.shares[-1].payer == "own"
    assert decision.shares[-1].amount_fen == decision.own_fen >= 0
    assert all(share.amount_fen > 0 for share in decision.shares[:-1])
    assert [verdict.scheme for verdict in decision.verdicts] == [one.id for one in schemes]
    assert all(change.settled_fen >= change.public_fen > 0 and change.meals == 1 for change in decision.uses)
    assert all(0 <= left.left_fen <= left.left_before_fen <= left.limit_fen for left in decision.left)
    assert all(verdict.reason.words() for verdict in decision.verdicts)


@settings(max_examples=100, deadline=None)
@given(situations())
def test_the_same_facts_give_the_same_answer(situation):
    assert decide(*situation) == decide(*situation)


@settings(max_examples=100, deadline=None)
@given(PEOPLE, st.lists(MEALS, max_size=40), st.permutations(MANY))
def test_no_cap_is_passed_by_any_order_of_meals(who, meals, order):
    schemes = list({one.id: one for one in order}.values())

    used: dict[tuple[str, str], Use] = {}
    for decision in eat(who, meals, schemes):
        used = used_after(used, decision.uses)

    for (scheme_id, period), use in used.items():
        if "/" in period:
            assert use.meals <= 1, (scheme_id, period)
    month = {scheme_id: use for (scheme_id, period), use in used.items() if period == "2026-11"}
    limit = {"": 0, "urban": 55000, "rural": 40000}[who.settlement]
    assert month.get("jinxi", Use()).settled_fen <= limit
    assert month.get("s7", Use()).settled_fen <= 6150
    assert month.get("s7", Use()).public_fen <= 3000
    assert used.get(("s7", "2026"), Use()).meals <= 9
    assert all(use.public_fen <= 2001 for (one, period), use in used.items() if one == "s5" and "W" in period)
    assert all(use.meals <= 1 for (one, period), use in used.items() if one == "s6")


@settings(max_examples=200, deadline=None)
@given(situations(), st.sampled_from(["meals", "city", "new"]), st.integers(0, 1500), st.integers(0, 8))
def test_one_more_scheme_never_lowers_the_benefit_of_a_meal(situation, group, more_fen, place):
    who, eaten, schemes, used = situation
    one_more = per_meal(f"{more_fen // 100}.{more_fen % 100:02d}", 99, group)

    without = decide(who, eaten, schemes, used)
    with_it = decide(who, eaten, [*schemes[:place], one_more, *schemes[place:]], used)

    assert with_it.public_fen >= without.public_fen


@settings(max_examples=100, deadline=None)
@given(PEOPLE, st.lists(PRICES, min_size=1, max_size=60))
def test_a_month_of_jinxi_is_the_norm_shared_in_halves(who, prices):
    """Over a month each meal's own part of the settled sum is half of it, up to half a fen a meal."""
    decisions = eat(who, every_day(prices), [JINXI])

    settled_fen = sum(change.settled_fen for each in decisions for change in each.uses if change.period == "2026-11")
    public_fen = sum(each.public_fen for each in decisions)
    assert 0 <= settled_fen - 2 * public_fen <= len(prices)
    assert all(
        before.left[0].left_fen == after.left[0].left_before_fen
        for before, after in pairwise(decisions)
        if before.left and after.left
    )
