"""What holds for every scheme the language can say, every person, meal, purse and budget."""

from __future__ import annotations

import ast
import sys
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from canteen.schemes.deciding import plans
from canteen.schemes.deciding.meals import Decision, Meal, Person, Use, decide, periods, used_after
from canteen.schemes.facts import ABILITIES, PERMITS, SEXES, SLOTS, STATUSES, WAYS, WEEKDAYS
from canteen.schemes.language.doubts import warnings_of
from canteen.schemes.language.scheme import PERIODS, Scheme, read_document

TOWN, VILLAGE = "金溪县/云溪镇", "金溪县/云溪镇/枫林村"
AREAS = ["金溪县", TOWN, VILLAGE, "金溪县/秀谷镇", "南昌市"]
#: Everything below is drawn from one number, which a failing test tells.
SEEDS = st.integers(0, 2**48).map(Random)


def some(chance: Random, words: Any, most: int = 4) -> list[Any]:
    return chance.sample(sorted(words), chance.randint(1, min(most, len(words))))


def yuan(chance: Random) -> Decimal:
    return Decimal(chance.choice([0, 100, chance.randint(1, 2500)])) / 100


def places(chance: Random) -> dict[str, Any]:
    return {"in": some(chance, AREAS)} | ({"except": some(chance, AREAS, 1)} if chance.random() < 0.3 else {})


def table(chance: Random, name: str, keys: list[str]) -> dict[str, Any]:
    return {name: {key: yuan(chance) for key in some(chance, keys, 3)}}


def lasting(chance: Random) -> Any:
    """A number, or a table by what does not change from meal to meal."""
    return chance.choice(
        [
            yuan(chance),
            yuan(chance),
            {"urban": yuan(chance), "rural": yuan(chance)},
            {word: yuan(chance) for word in some(chance, ABILITIES)},
            table(chance, "hukou", [*AREAS, "*"]),
            table(chance, "age", ["0", "60", "75"]),
        ]
    )


def rate(chance: Random) -> Any:
    return chance.choice(
        [
            lasting(chance),
            {slot: yuan(chance) for slot in some(chance, SLOTS)},
            {way: lasting(chance) for way in some(chance, WAYS)},
            table(chance, "site", [*AREAS, "*"]),
            table(chance, "price", ["0", "8.5", "12"]),
        ]
    )


def part_of(chance: Random, chances: dict[str, Any], most: float = 0.25) -> dict[str, Any]:
    """Some of the keys, each with a value made for it."""
    return {key: make() for key, make in chances.items() if chance.random() < most}


def condition(chance: Random, depth: int = 0) -> dict[str, Any]:
    plain = part_of(
        chance,
        {
            "age": lambda: chance.choice(
                [{"from": 60}, {"over": 70}, {"to": 80}, {"under": 75}, {"from": 70, "on": "month"}]
            ),
            "hukou": lambda: places(chance),
            "residence": lambda: places(chance),
            "resident_months": lambda: {"from": 6},
            "settlement": lambda: some(chance, ["urban", "rural"]),
            "permit": lambda: some(chance, PERMITS),
            "sex": lambda: some(chance, SEXES),
            "ability": lambda: some(chance, ABILITIES),
            "any_status": lambda: some(chance, ["dibao", "tekun", "hardship"]),
            "all_status": lambda: some(chance, ["dibao", "hardship"]),
        },
        0.15,
    )
    if depth < 2 and chance.random() < 0.3:
        plain["not"] = condition(chance, depth + 1)
    if depth < 2 and chance.random() < 0.3:
        plain["any"] = [condition(chance, depth + 1) for _ in range(chance.randint(1, 2))]
    return plain


def percent(chance: Random) -> Any:
    return chance.choice([0, 10, Decimal("33.33"), 50, 90, 100])


def single(chance: Random) -> dict[str, Any]:
    ceiling = {"at_most_yuan": rate(chance)} if chance.random() < 0.4 else {}
    return chance.choice(
        [
            {"kind": "per_meal", "yuan": rate(chance)},
            {"kind": "percent", "percent": percent(chance), **ceiling},
            {"kind": "own_price", "own_yuan": rate(chance), **ceiling},
            {"kind": "free", **ceiling},
        ]
    )


def amount(chance: Random) -> dict[str, Any]:
    return chance.choice(
        [
            single(chance),
            single(chance),
            {"kind": "per_day", "yuan": lasting(chance)},
            {"kind": "monthly_norm", "yuan": lasting(chance), "own_percent": percent(chance)},
            {"kind": "care"},
        ]
    )


def site_area(chance: Random) -> dict[str, Any]:
    return chance.choice([places(chance), {"same": "county"}, {"same": "township", **places(chance)}])


def cap(chance: Random) -> dict[str, Any]:
    limit = {"meals": chance.randint(0, 4)} if chance.random() < 0.5 else {"yuan": lasting(chance)}
    return {"per": chance.choice(["sitting", "day", "week", "month", "year"]), **limit}


def terms(chance: Random) -> dict[str, Any]:
    return part_of(
        chance,
        {
            "slots": lambda: some(chance, SLOTS),
            "ways": lambda: some(chance, WAYS),
            "weekdays": lambda: some(chance, WEEKDAYS, 6),
            "working_days_only": lambda: True,
            "set_meal_only": lambda: True,
            "spend": lambda: {
                "from": yuan(chance),
                "on": chance.choice(["list", "net"]),
                "with_fee": chance.random() < 0.5,
            },
            "site_area": lambda: site_area(chance),
            "booking": lambda: {"by": "09:00", "days_before": chance.randint(0, 1)},
            "delivery": lambda: chance.choice([{"free": True}, {"yuan": rate(chance)}]),
            "own_at_least_yuan": lambda: rate(chance),
            "part_month": lambda: "days",
            "valid_from": lambda: date(2026, 11, chance.randint(1, 20)),
            "rounding": lambda: {
                "to": chance.choice(["fen", "jiao", "yuan"]),
                "mode": chance.choice(["half_up", "up", "down"]),
            },
            "choose": lambda: "highest",
            "eligible": lambda: condition(chance),
            "caps": lambda: [cap(chance) for _ in range(chance.randint(1, 2))],
        },
        0.12,
    )


def funding(chance: Random) -> dict[str, Any]:
    by_percent = [{"payer": "甲", "percent": 60, "budget_yuan": 9}, {"payer": "乙", "percent": 40}]
    in_turn = [{"payer": "甲", "budget_yuan": 9}, {"payer": "乙", "budget_yuan": 5, "budget_per": "month"}]
    return chance.choice(
        [
            {},
            {"funding": [{"payer": "甲", "percent": 70}, {"payer": "乙", "percent": 30}]},
            {"funding": by_percent},
            {"funding": by_percent, "when_exhausted": "stop"},
            {"funding": in_turn, "funding_order": "waterfall"},
            {"funding": in_turn, "funding_order": "waterfall", "when_exhausted": "stop"},
        ]
    )


def scheme(chance: Random, name: str, *, subsidies_only: bool = False) -> Scheme:
    found: dict[str, Any] = {
        "id": name,
        "version": "1",
        "name": f"方案{name}",
        "stack_group": chance.choice(["a", "b", "c"]),
    }
    found |= terms(chance)
    sort = chance.choice(["amount", "classes", "layers", *([] if subsidies_only else ["discount", "purse"])])
    if sort == "discount":
        found |= {"amount": {"kind": "discount", "percent": 15, "when": chance.choice(["before", "after"])}}
    elif sort == "layers":
        layers = [
            {"payer": f"层{number}", "amount": single(chance)}
            | part_of(chance, {"when": lambda: condition(chance), "site_area": lambda: site_area(chance)})
            for number in range(chance.randint(1, 3))
        ]
        found |= {"amount": {"kind": "layers", "layers": layers}}
    elif sort == "purse":
        found |= {"purse": {"expires": "never", "pays_for": ["meal"]}, "credit": {"yuan": 80}} | funding(chance)
        found |= {"amount": single(chance)} if chance.random() < 0.3 else {}
    elif sort == "classes":
        found |= funding(chance) | {
            "classes": [
                {"code": f"类{number}", "when": condition(chance), "amount": amount(chance)}
                for number in range(chance.randint(1, 4))
            ]
        }
    else:
        found |= funding(chance) | {"amount": amount(chance)}
    return read_document(found)


def person(chance: Random, *, known: bool = False) -> Person:
    """Anybody; ``known``: nothing about them is unknown."""
    unknown = () if known else ("",)
    return Person(
        birth_day=date(chance.randint(1930, 1968), chance.randint(1, 12), chance.randint(1, 28)),
        hukou=chance.choice([*unknown, TOWN, *AREAS]),
        residence=chance.choice([*unknown, VILLAGE, *AREAS]),
        settlement=chance.choice([*unknown, "urban", "rural"]),
        ability=chance.choice(ABILITIES[3:] if known else ["", *ABILITIES]),
        statuses=frozenset(some(chance, ["dibao", "tekun", "hardship", "empty_nest"])),
        resident_since=chance.choice([*([] if known else [None]), date(2025, 3, 31), date(2026, 8, 1)]),
        permit=chance.choice([*unknown, *PERMITS]),
        sex=chance.choice([*unknown, *SEXES]),
    )


def meal(chance: Random) -> Meal:
    price_fen, booked = chance.choice([chance.randint(0, 4000), 1000]), chance.random() < 0.6
    day = date(2026, 11, 1) + timedelta(days=chance.randint(-3, 33))
    return Meal(
        day=day,
        slot=chance.choice(SLOTS),
        price_fen=price_fen,
        way=chance.choice(WAYS),
        site_area=chance.choice(["", VILLAGE, *AREAS]),
        set_meal=chance.random() < 0.8,
        second_portion=chance.random() < 0.1,
        fee_fen=chance.choice([0, 0, 150, 500]),
        net_price_fen=chance.choice([None, None, price_fen, price_fen * 8 // 10]),
        working_day=chance.choice([None, True, False]),
        booked_on=day if booked else None,
        booked_time="08:30" if booked else "",
    )


def world(chance: Random, *, subsidies_only: bool = False) -> dict[str, Any]:
    """Everything ``decide`` takes, as keywords."""
    schemes = [scheme(chance, f"s{n}", subsidies_only=subsidies_only) for n in range(chance.randint(0, 5))]
    eaten = meal(chance)
    keys = periods(eaten.day, eaten.slot)
    used = {
        (one.id, key): Use(chance.randint(0, 6000), chance.randint(0, 3000), chance.randint(0, 4))
        for one in schemes
        for key in keys
        if chance.random() < 0.3
    }
    budgets = {
        (one.id, budget.payer, keys[4] if budget.per == "year" else keys[3]): chance.randint(0, 1500)
        for one in schemes
        for budget in one.paying.budgets
        if chance.random() < 0.6
    }
    purses = {one.id: chance.randint(0, 3000) for one in schemes if one.purse and chance.random() < 0.8}
    return {
        "person": person(chance),
        "meal": eaten,
        "schemes": schemes,
        "used": used,
        "purses": purses,
        "budgets": budgets,
    }


@settings(max_examples=300, deadline=None)
@given(SEEDS)
def test_shares_add_up_to_price_and_fee_and_every_scheme_says_why(chance):
    facts = world(chance)
    decision, meal = decide(**facts), facts["meal"]

    assert sum(share.amount_fen for share in decision.shares) == decision.price_fen == meal.price_fen
    assert sum(share.amount_fen for share in decision.fee_shares) == decision.fee_fen == meal.fee_fen
    assert bool(decision.fee_shares) == bool(meal.fee_fen)
    for shares, own_fen in ((decision.shares, decision.own_fen), (decision.fee_shares, decision.own_fee_fen)):
        assert all(share.amount_fen > 0 for share in shares[:-1])
        assert not shares or (shares[-1].payer, shares[-1].amount_fen) == ("own", own_fen)
    assert own_parts_are_not_negative(decision)
    assert [verdict.scheme for verdict in decision.verdicts] == [one.id for one in facts["schemes"]]
    words = [one.reason.words() for one in (*decision.verdicts, *decision.shares, *decision.fee_shares)]
    assert not [text for text in words for label in STATUSES.values() if label in text]
    assert all(0 <= left.left_fen <= left.left_before_fen <= left.limit_fen for left in decision.left)
    assert all(change.settled_fen >= change.public_fen > 0 and change.meals == 1 for change in decision.uses)


def own_parts_are_not_negative(decision: Decision) -> bool:
    return decision.own_fen >= 0 and decision.own_fee_fen >= 0


@settings(max_examples=200, deadline=None)
@given(SEEDS)
def test_no_purse_and_no_budget_is_overdrawn(chance):
    facts = world(chance)
    decision = decide(**facts)

    for draw in decision.draws:
        paid_fen = sum(share.amount_fen for share in decision.shares if share.scheme == draw.scheme)
        assert 0 < draw.amount_fen == paid_fen <= facts["purses"][draw.scheme]
    month, year = periods(facts["meal"].day, "lunch")[3:]
    for scheme in facts["schemes"]:
        shares = [share for share in (*decision.shares, *decision.fee_shares) if share.scheme == scheme.id]
        for budget in scheme.paying.budgets:
            key = (scheme.id, budget.payer, year if budget.per == "year" else month)
            paid_fen = sum(share.amount_fen for share in shares if share.payer == budget.payer)
            assert paid_fen <= facts["budgets"].get(key, budget.limit_fen)
        assert scheme.paying.when_exhausted == "gap" or "gap" not in {share.payer for share in shares}


@settings(max_examples=100, deadline=None)
@given(SEEDS)
def test_the_same_facts_give_the_same_answer_whatever_was_asked_before(chance):
    facts = world(chance)
    first = decide(**facts)
    decide(person(chance), facts["meal"], facts["schemes"], {})
    again = decide(**facts)
    plans._boards.clear()  # What is remembered of earlier decisions changes nothing.

    assert first == again == decide(**facts)


def test_no_module_of_the_engine_knows_a_clock():
    """Everything ``rules.py`` imports, as far as it is ours."""
    todo, seen = ["canteen.schemes.deciding.meals"], set()
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        seen.add(name)
        tree = ast.parse(Path(sys.modules[name].__file__ or "").read_text("utf-8"))
        imported = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        imported += [one.name for node in ast.walk(tree) if isinstance(node, ast.Import) for one in node.names]
        assert not {"time", "canteen.base.clock", "canteen.base.db", "flask", "sqlalchemy"} & set(imported), name
        called = {
            node.func.attr
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        }
        assert not called & {"now", "today", "utcnow"}, name
        todo += [one for one in imported if one.startswith("canteen.") and one in sys.modules]
    assert len(seen) > 15


@settings(max_examples=120, deadline=None)
@given(SEEDS, st.integers(0, 5))
def test_one_more_subsidy_never_lowers_the_benefit_of_a_meal(chance, place):
    facts = world(chance, subsidies_only=True)
    more, schemes = scheme(chance, "more", subsidies_only=True), facts["schemes"]

    without = decide(**facts)
    with_it = decide(**facts | {"schemes": [*schemes[:place], more, *schemes[place:]]})

    assert with_it.public_fen >= without.public_fen
    assert with_it.own_fee_fen <= without.own_fee_fen


@settings(max_examples=150, deadline=None)
@given(SEEDS)
def test_no_cap_is_passed_by_any_order_of_meals(chance):
    schemes, who = [scheme(chance, f"s{number}") for number in range(3)], person(chance)
    used: dict[tuple[str, str], Use] = {}
    for eaten in [meal(chance) for _ in range(25)]:
        decision = decide(who, eaten, schemes, used, purses={one.id: 900 for one in schemes})
        for left in decision.left:
            use = used.get((left.scheme, left.period), Use())
            before_fen = use.settled_fen if left.counts == "settled" else use.public_fen
            paid = {change.scheme for change in decision.uses}
            assert left.left_before_fen == max(left.limit_fen - before_fen, 0)
            assert left.scheme not in paid or left.left_fen >= 0
        used = used_after(used, decision.uses)
        assert [one.id for one in schemes if not within_caps(one, used, eaten)] == []


def within_caps(one: Scheme, used: dict[tuple[str, str], Use], eaten: Meal) -> bool:
    """Is the use of a scheme within the plain caps that all of its classes share?"""
    keys = dict(zip(PERIODS, periods(eaten.day, eaten.slot), strict=True))
    first = one.classes[0]
    by_meals = [(cap.per, cap.meals.plain) for cap in first.meal_caps]
    by_money = [(cap.per, cap.public.plain) for cap in first.money_caps]
    return all(limit is None or used.get((one.id, keys[per]), Use()).meals <= limit for per, limit in by_meals) and all(
        limit is None or used.get((one.id, keys[per]), Use()).public_fen <= limit for per, limit in by_money
    )


@settings(max_examples=300, deadline=None)
@given(SEEDS)
def test_a_class_called_dead_has_nobody_in_it(chance):
    """Doubts are told about any scheme; whom they say nobody is, nobody is."""
    terms_of_many, who = scheme(chance, "many"), person(chance, known=True)
    eaten = Meal(date(2026, 12, 5), "lunch", 1000, "dine_in", VILLAGE)

    decision = decide(who, eaten, [terms_of_many], {})

    for number, one in enumerate(terms_of_many.classes, start=1):
        told = [text for text in warnings_of(terms_of_many) if text.startswith(f"classes[{number}].when:")]
        assert not told or decision.class_code != one.code, told
        assert not [text for text in told if "没有人符合" in text] or one.code not in decision.groups, told
