"""Twenty thousand random decisions as lines of JSON, to be compared before and after a change of the engine.

    python -m tests.drills.decisions write FILE
    python -m tests.drills.decisions compare BEFORE AFTER

Meals, services, credits of purses, services owed, money for sites, and what the reader says to texts that are nearly
right: the whole answer of each, to the fen and to the reason. By hand, not in CI: it proves that a change changes
nothing; what is right is what the tests say.
"""

from __future__ import annotations

import json
import sys
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

from canteen.base.words import SERVICES, SLOTS, WAYS
from canteen.schemes.builtin import builtin_schemes
from canteen.schemes.deciding.credits import Credit, credits, made_up
from canteen.schemes.deciding.decide import decide
from canteen.schemes.deciding.frequency import Visit, behind
from canteen.schemes.deciding.site_money import site_grants
from canteen.schemes.facts import MonthVolume, Person, Service, SiteYear, Use
from canteen.schemes.language.doubts import warnings_of
from canteen.schemes.language.purse import WARES
from canteen.schemes.language.scheme import Scheme, SchemeError, read_document
from tests.schemes import worlds

SEED = 20261122
#: How many of each. Meals come in runs: what one uses is gone for the next.
RUNS, SERVICES_RUNS, CREDITS, SITES, TEXTS = 2_400, 1_100, 1_500, 1_500, 1_500
MEALS_OF_A_RUN, SERVICES_OF_A_RUN = 6, 5
KINDS = ("cleaning", "bathing", "shopping", "comfort", "medical")
_PERSON_AREAS = ("", "金溪县/云溪镇/枫林村", "金溪县/秀谷镇", "金溪县/云溪镇", "南昌市")


def wide_document(chance: Random, name: str) -> dict[str, Any]:
    """A scheme of the tests' worlds, and on it what they leave out."""
    found = worlds.document(chance, name)
    if "classes" in found:
        codes = [one["code"] for one in found["classes"]]
        if chance.random() < 0.4:
            table = {"class": {code: worlds.yuan(chance) for code in codes[:2]}}
            found["classes"][0]["amount"] = {"kind": "per_meal", "yuan": table}
        if chance.random() < 0.4:
            found["classes"][-1]["caps"] = [worlds.cap(chance)]
        if chance.random() < 0.3:
            found["delivery"] = {"free": True, "classes": codes[:1], "paid_to": "provider"}
    some = worlds.part_of(
        chance,
        {
            "approval": lambda: {"automatic_by_age": True},
            "spend": lambda: {"over": {"lunch": worlds.yuan(chance), "dinner": worlds.yuan(chance)}},
            "booking": lambda: {"before": {"lunch": "08:30", "dinner": "16:00"}},
            "site_area": lambda: {"same": chance.choice(["county", "township", "village"]), "by": "hukou"},
            "valid_to": lambda: date(2026, 11, chance.randint(20, 28)),
            "overrides": lambda: [_override(chance, found)],
            "services": lambda: _services(chance),
        },
        0.2,
    )
    found |= some
    if "services" not in found and chance.random() < 0.2:
        found["services"] = _services(chance)
    if "purse" in found:
        found["purse"] = _purse(chance)
        found["credit"] = _credit(chance)
        found["frequency"] = [
            {"per": chance.choice(["week", "month", "quarter", "year"]), chance.choice(["visits", "kinds"]): 2}
            | worlds.part_of(chance, {"least_minutes": lambda: 45, "missed": lambda: "next_period"}, 0.5)
        ]
    return found


def _override(chance: Random, found: dict[str, Any]) -> dict[str, Any]:
    terms = {key: one for key, one in worlds.terms(chance).items() if key not in ("eligible", "site_area")}
    if chance.random() < 0.5 and found.get("amount", {}).get("kind") in ("per_meal", "free", "percent"):
        terms["amount"] = {"kind": "per_meal", "yuan": 2}
    return {"area": chance.choice(worlds.AREAS), **(terms or {"slots": ["lunch"]})}


def _services(chance: Random) -> list[dict[str, Any]]:
    found = []
    for kind in worlds.some(chance, KINDS, 3):
        one: dict[str, Any] = {"kind": kind}
        if chance.random() < 0.6:
            price = chance.choice([30, {"urban": 40, "rural": 35}])
            one |= chance.choice([{"yuan": price}, {"hour_yuan": price, "block_minutes": 30}])
        own = [{"own_percent": worlds.percent(chance)}, {"own_yuan": 5}, {}]
        one |= chance.choice(own)
        one |= worlds.part_of(chance, {"least_minutes": lambda: 45, "at_most_yuan": lambda: 20}, 0.3)
        if chance.random() < 0.4:
            one |= {"times": chance.randint(0, 2), "per": chance.choice(["week", "month", "quarter", "year"])}
        found.append(one)
    return found


def _purse(chance: Random) -> dict[str, Any]:
    bought = chance.choice(
        [["meal"], ["services"], ["meal", "services"], ["meal", "services"], ["cleaning", "bathing"]]
    )
    found = {"expires": chance.choice(["month_end", "quarter_end", "never"]), "pays_for": bought}
    return (
        found
        | worlds.part_of(
            chance,
            {
                "credited": lambda: chance.choice(["quarter", "half_year", "year"]),
                "age_on": lambda: "last",
                "missed_month": lambda: "next_month",
                "above": lambda: "s0",
            },
            0.2,
        )
        | worlds.part_of(chance, {"when_short": lambda: "refuse"}, 0.1)
    )


def _credit(chance: Random) -> dict[str, Any]:
    return chance.choice(
        [
            {"yuan": 80},
            {"yuan": {"urban": 60, "rural": 50}},
            {"hours": 20, "rate_yuan": 8},
            {"points": 30, "point_yuan": "0.50"},
        ]
    )


def some_schemes(chance: Random, builtin: list[Scheme]) -> list[Scheme]:
    """Up to five: made ones, sometimes with built-in ones among them, sometimes one with a number missing."""
    found: list[Scheme] = []
    for number in range(chance.randint(0, 4)):
        document = wide_document(chance, f"s{number}")
        if chance.random() < 0.03:
            document["own_at_least_yuan"] = "?"
        try:
            found.append(read_document(document))
        except SchemeError:  # What was added does not go with what was there.
            found.append(worlds.scheme(chance, f"s{number}"))
    if chance.random() < 0.5:
        found += chance.sample(builtin, chance.randint(1, 3))
        chance.shuffle(found)
    return found


def some_person(chance: Random, schemes: list[Scheme]) -> Person:
    person = replace(worlds.person(chance), residence=chance.choice(_PERSON_AREAS))
    ids = [one.id for one in schemes]
    if ids and chance.random() < 0.15:
        person = replace(person, waived=frozenset([chance.choice(ids)]))
    if chance.random() < 0.5:
        person = replace(person, approved=frozenset(one for one in ids if chance.random() < 0.6))
    if ids and chance.random() < 0.3:
        person = replace(person, started=((chance.choice(ids), date(2026, 11, chance.randint(1, 28))),))
    return person


def _purses(chance: Random, schemes: list[Scheme]) -> dict[str, int]:
    return {
        one.id: chance.choice([0, chance.randint(0, 4000)]) for one in schemes if one.purse and chance.random() < 0.8
    }


def _budgets(chance: Random, schemes: list[Scheme], day: date) -> dict[tuple[str, str, str], int]:
    return {
        (one.id, budget.payer, f"{day:%Y}" if budget.per == "year" else f"{day:%Y-%m}"): chance.randint(0, 1500)
        for one in schemes
        for budget in one.paying.budgets
        if chance.random() < 0.6
    }


def meals(chance: Random, builtin: list[Scheme]) -> Iterator[dict[str, Any]]:
    schemes = some_schemes(chance, builtin)
    person, used = some_person(chance, schemes), {}
    first = worlds.world(chance)["used"]
    used = {key: use for key, use in first.items() if chance.random() < 0.5}
    purses = _purses(chance, schemes)
    slot, day = chance.choice(SLOTS), date(2026, 11, chance.randint(1, 28))
    for _ in range(MEALS_OF_A_RUN):
        meal = worlds.meal(chance)
        if chance.random() < 0.6:  # Often the same days, so that caps are reached.
            meal = replace(meal, day=day, slot=chance.choice([slot, *SLOTS]), way=chance.choice(WAYS))
        if chance.random() < 0.8:
            price = chance.choice([800, 1000, 1234, 2500])
            meal = replace(meal, second_portion=False, net_price_fen=None, price_fen=price)
        at_site = [one.at(meal.site_area) for one in schemes]
        budgets = _budgets(chance, at_site, meal.day)
        decision = decide(person, meal, schemes, used, purses=purses, budgets=budgets)
        for draw in decision.draws:
            purses[draw.scheme] -= draw.amount_fen
        for change in decision.uses:
            key, before = (change.scheme, change.period), used.get((change.scheme, change.period), Use())
            used[key] = Use(
                before.settled_fen + change.settled_fen,
                before.public_fen + change.public_fen,
                before.meals + change.meals,
            )
        yield {
            "price": decision.price_fen,
            "own": decision.own_fen,
            "shares": _shares(decision.shares),
            "verdicts": _verdicts(decision.verdicts),
            "class": decision.class_code,
            "groups": list(decision.groups),
            "uses": [[one.scheme, one.period, one.settled_fen, one.public_fen, one.meals] for one in decision.uses],
            "left": [
                [one.scheme, one.period, one.counts, one.limit_fen, one.left_before_fen, one.left_fen]
                for one in decision.left
            ],
            "draws": [[one.scheme, one.amount_fen] for one in decision.draws],
            "fee": decision.fee_fen,
            "own_fee": decision.own_fee_fen,
            "fee_shares": _shares(decision.fee_shares),
        }


def services(chance: Random, builtin: list[Scheme]) -> Iterator[dict[str, Any]]:
    schemes = some_schemes(chance, builtin)
    person, times, purses = some_person(chance, schemes), {}, _purses(chance, schemes)
    for _ in range(SERVICES_OF_A_RUN):
        day = date(2026, 12, 1) + timedelta(days=chance.randint(-20, 40))
        service = Service(
            day=day,
            kind=chance.choice([*KINDS[:3], *KINDS, *SERVICES, *WARES]),
            minutes=chance.choice([20, 45, 60, 95]),
            price_fen=chance.choice([None, *[chance.randint(0, 6000)] * 4, 3000]),
            contracted=chance.random() < 0.9,
        )
        decision = decide(person, service, schemes, purses=purses, times=times, budgets=_budgets(chance, schemes, day))
        for draw in decision.draws:
            purses[draw.scheme] -= draw.amount_fen
        for key in decision.times:
            times[key] = times.get(key, 0) + 1
        yield {
            "price": decision.price_fen,
            "own": decision.own_fen,
            "shares": _shares(decision.shares),
            "verdicts": _verdicts(decision.verdicts),
            "draws": [[one.scheme, one.amount_fen] for one in decision.draws],
            "times": [list(one) for one in decision.times],
            "refused": _reason(decision.refused) if decision.refused else None,
        }


def month_credits(chance: Random, builtin: list[Scheme]) -> Iterator[dict[str, Any]]:
    """What a month credits, and where the person stands with the services that are owed."""
    schemes = some_schemes(chance, builtin) + chance.sample([one for one in builtin if one.purse], 2)
    schemes = list({one.id: one for one in schemes}.values())
    person, month = some_person(chance, schemes), date(2026, chance.randint(1, 12), 1)
    visits = [
        Visit(month + timedelta(days=chance.randint(-60, 30)), chance.choice([*KINDS, "meal"]), chance.choice([30, 60]))
        for _ in range(chance.randint(0, 8))
    ]
    answers = credits(person, month, schemes)
    found: dict[str, Any] = {}
    for one in schemes:
        answer = answers.get(one.id)
        if isinstance(answer, Credit) and one.purse:
            made = made_up(answer, one.purse, chance.choice([month, (month + timedelta(days=32)).replace(day=1)]))
            found[one.id] = [
                answer.version,
                answer.class_code,
                answer.amount_fen,
                answer.minutes,
                answer.points,
                answer.rate_fen,
                str(answer.expires_on),
                answer.months,
                list(answer.groups),
                _reason(answer.reason),
                _reason(made) if not isinstance(made, Credit) else str(made.expires_on),
            ]
            on = month + timedelta(days=chance.randint(0, 40))
            found[f"{one.id} owed"] = [
                [str(b.first), str(b.last), b.needed, b.done, b.short, str(b.due), b.is_lost, _reason(b.reason)]
                for b in behind(one, answer.class_code, visits, on, chance.choice([None, month]))
            ]
        elif answer is not None:
            found[one.id] = _reason(answer)
    yield found


def sites(chance: Random, builtin: list[Scheme]) -> Iterator[dict[str, Any]]:
    def some(word: str, *words: str) -> str:
        return chance.choice([word, *words, ""])

    months = tuple(
        MonthVolume(
            date(2026, month, 1),
            *[chance.randint(0, 2000) for _ in range(3)],
            service_days=chance.randint(0, 26),
            ages={chance.randint(55, 95): chance.randint(1, 300) for _ in range(3)},
            subsidised_ages={chance.randint(55, 95): chance.randint(1, 300) for _ in range(3)},
        )
        for month in range(1, chance.randint(2, 13))
    )
    site = SiteYear(
        settlement=some("urban", "rural"),
        area=some(*worlds.AREAS),
        premises=some("new_build", "rented", "altered", "owned"),
        ownership=some("public", "private"),
        operating_model=some("contracted", "village_run", "mutual"),
        opened_on=chance.choice([None, date(2025, 3, 1), date(2026, 4, 2)]),
        closed_on=chance.choice([None, None, date(2026, 10, 31)]),
        size=chance.choice([{}, {"beds": 20, "seats": 40, "square_metres": 300}]),
        investment_fen=chance.choice([None, 20_000_000]),
        serves_meals=chance.choice([None, True, True, False]),
        accepted=chance.choice([None, True, True]),
        assessment=chance.choice(["passed", "passed", "failed", "优良", "合格", ""]),
        planned_days=chance.choice([0, 250]),
        days_with={1: chance.randint(200, 250), 2: chance.randint(150, 250)},
        months=months,
        decided={"建设补助": (chance.randint(0, 20_000_000), "按实际")},
    )
    yield {
        one.id: [
            [grant.code, grant.period, grant.amount_fen, [list(part) for part in grant.shares], _reason(grant.reason)]
            for grant in site_grants(one, site, 2026)
        ]
        for one in builtin
    }


def texts(chance: Random, documents: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """A text in which some places hold something else: what the reader says, and what can hardly be meant."""
    document = json.loads(json.dumps(chance.choice(documents), default=_plain))
    if chance.random() < 0.3:
        document = json.loads(json.dumps(wide_document(chance, "wide"), default=_plain))
    for _ in range(chance.randint(0, 3)):
        _change(chance, document)
    try:
        found = read_document(document)
    except SchemeError as wrong:
        yield {"problems": wrong.problems}
        return
    yield {
        "missing": list(found.missing),
        "sources": [list(one) for one in found.sources],
        "periods": list(found.periods),
        "doubts": list(warnings_of(found)),
    }


def _change(chance: Random, found: Any) -> None:
    """Walk down at random and put something else in one place."""
    keys = list(found) if isinstance(found, dict) else list(range(len(found)))
    if not keys:
        return
    key = chance.choice(keys)
    if isinstance(found[key], dict | list) and chance.random() < 0.8:
        _change(chance, found[key])
        return
    others = ["?", "", 0, -1, 5, 100, 101, "free", True, [], {}, "lunch", "month", 3.5, "低保", "2026-02-30", None]
    replacement = chance.choice(others)
    if replacement is None and isinstance(found, dict):
        found[chance.choice(["yuan", "meals", "own_percent", "odd", "caps", "percent", "hours"])] = found.pop(key)
    else:
        found[key] = Decimal("3.5") if replacement == 3.5 else replacement


def _plain(one: Any) -> Any:
    return float(one) if isinstance(one, Decimal) else str(one)


def _reason(reason: Any) -> list[Any]:
    return [reason.code, dict(reason.fields), reason.words()]


def _shares(shares: Any) -> list[Any]:
    return [[one.payer, one.scheme, one.version, one.amount_fen, one.paid_to, _reason(one.reason)] for one in shares]


def _verdicts(verdicts: Any) -> list[Any]:
    return [[one.scheme, one.scheme_name, one.version, _reason(one.reason)] for one in verdicts]


def write(path: Path) -> None:
    """All lines, each after a number that names it."""
    builtin_documents = [tomllib.loads(text, parse_float=Decimal) for text in builtin_schemes().values()]
    builtin = [read_document(one) for one in builtin_documents]
    plan: tuple[tuple[str, int, Callable[[Random, Any], Iterator[dict[str, Any]]], Any], ...] = (
        ("meal", RUNS, meals, builtin),
        ("service", SERVICES_RUNS, services, builtin),
        ("credit", CREDITS, month_credits, builtin),
        ("site", SITES, sites, builtin),
        ("text", TEXTS, texts, builtin_documents),
    )
    codes: Counter[str] = Counter()
    with path.open("w", encoding="utf-8") as lines:
        for name, count, make, given in plan:
            for run in range(count):
                for number, answer in enumerate(make(Random(f"{SEED} {name} {run}"), given)):
                    text = json.dumps(answer, ensure_ascii=False, sort_keys=True)
                    lines.write(f"{name} {run}.{number} {text}\n")
                    codes[name] += 1
    sys.stdout.write(f"{dict(codes)}\n")


def compare(before: Path, after: Path) -> int:
    """Tell every line that differs, the first forty in full. Returns how many."""
    old, new = before.read_text("utf-8").splitlines(), after.read_text("utf-8").splitlines()
    different = [(one, other) for one, other in zip(old, new, strict=False) if one != other]
    for one, other in different[:40]:
        sys.stdout.write(f"- {one}\n+ {other}\n\n")
    count = len(different) + abs(len(old) - len(new))
    sys.stdout.write(f"{len(old)} lines before, {len(new)} after, {count} differ\n")
    return count


if __name__ == "__main__":
    if sys.argv[1] == "write":
        write(Path(sys.argv[2]))
    else:
        sys.exit(bool(compare(Path(sys.argv[2]), Path(sys.argv[3]))))
