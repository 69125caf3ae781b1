"""Random schemes, people, meals, purses and budgets, each drawn from one number."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from canteen.base.words import ABILITIES, PERMITS, SEXES, SLOTS, WAYS
from canteen.schemes.deciding.decide import periods
from canteen.schemes.facts import WEEKDAYS, Meal, Person, Use
from canteen.schemes.language.scheme import Scheme, read_document

TOWN, VILLAGE = "金溪县/云溪镇", "金溪县/云溪镇/枫林村"
AREAS = ["金溪县", TOWN, VILLAGE, "金溪县/秀谷镇", "南昌市"]


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
    return read_document(document(chance, name, subsidies_only=subsidies_only))


def document(chance: Random, name: str, *, subsidies_only: bool = False) -> dict[str, Any]:
    """A scheme as the tables of its text."""
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
    return found


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
        "occasion": eaten,
        "schemes": schemes,
        "used": used,
        "purses": purses,
        "budgets": budgets,
    }
