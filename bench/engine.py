"""Decisions a second: the pure engine with ten schemes in force, in this process, on one core.

python -m bench.engine        beside a loop of plain Python, which tells how fast the machine is just now
"""

from __future__ import annotations

import copy
import random
import sys
import time
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from bench.people import Village, residents
from canteen.schemes.builtin import builtin_schemes
from canteen.schemes.deciding.decide import decide, used_after
from canteen.schemes.facts import Meal, Person, Use
from canteen.schemes.language.scheme import Scheme, read_document

_VILLAGE = Village(1, "金溪县/示例1镇/示例1村", "rural", 1)
_TODAY = date(2026, 11, 1)
#: What the other nine give instead of the monthly norm, one after the other.
_AMOUNTS: tuple[dict[str, Any], ...] = (
    {"kind": "per_meal", "yuan": {"urban": 4, "rural": 3}},
    {"kind": "percent", "percent": 30, "at_most_yuan": 6},
    {"kind": "own_price", "own_yuan": {"lunch": 5, "dinner": 4}, "at_most_yuan": 8},
)


@dataclass(frozen=True, slots=True)
class Speed:
    """Decisions a second of processor time, and steps a second of the loop of plain Python beside them."""

    #: As at a counter: the same 400 elders, day after day.
    regulars: float
    #: 4,000 elders, each from another village, each once.
    strangers: float
    loop: float


def ten_schemes() -> tuple[Scheme, ...]:
    """Jinxi and nine smaller ones: three of its classes each, other amounts, a yearly cap, three stack groups."""
    jinxi = tomllib.loads(builtin_schemes()["jinxi"], parse_float=Decimal)
    schemes = [read_document(jinxi)]
    for number in range(9):
        other = copy.deepcopy(jinxi)
        other |= {"id": f"other{number}", "stack_group": f"group{number % 3}", "amount": _AMOUNTS[number % 3]}
        other["classes"] = other["classes"][:3]
        other["caps"] = [*other.get("caps", []), {"per": "year", "meals": 300}]
        schemes.append(read_document(other))
    assert not any(scheme.missing for scheme in schemes)
    return tuple(schemes)


def decisions_a_second(schemes: tuple[Scheme, ...], *, seconds: float) -> float:
    """Decide meals of 400 elders through a month, again and again, until the time is over. By the clock on the wall."""
    people = _people()
    done, began = 0, time.perf_counter()
    while True:
        used: list[dict[tuple[str, str], Use]] = [{} for _ in people]
        for ahead in range(30):
            meal = _lunch(ahead)
            for number, person in enumerate(people):
                decision = decide(person, meal, schemes, used[number])
                if ahead % 10 == 0:  # the running use is the database's work; now and then is enough to be true
                    used[number] = used_after(used[number], decision.uses)
            done += len(people)
            passed = time.perf_counter() - began
            if passed > seconds:
                return done / passed


def measure(*, rounds: int = 12) -> Speed:
    """The best of some short rounds in processor time, side by side, so that other work on the machine counts little."""
    schemes, people = ten_schemes(), _people()
    villages = [replace(_VILLAGE, path=f"金溪县/示例1镇/示例{number}村") for number in range(4000)]
    strangers = _people(4000, villages)
    best = Speed(0, 0, 0)
    for _ in range(rounds):
        best = Speed(
            max(best.regulars, _decide_all(schemes, people, days=3)),
            max(best.strangers, _decide_all(ten_schemes(), strangers, days=1)),
            max(best.loop, _plain_loop()),
        )
    return best


def _decide_all(schemes: tuple[Scheme, ...], people: list[Person], *, days: int) -> float:
    began = time.process_time()
    for ahead in range(days):
        meal = _lunch(ahead)
        for person in people:
            decide(person, meal, schemes, {})
    return days * len(people) / (time.process_time() - began)


def _plain_loop() -> float:
    """Steps a second of a loop that does a little arithmetic and writes into a dictionary."""
    began, total, kept = time.process_time(), 0, {}
    for step in range(300_000):
        total += step * 3 % 7
        kept[step & 255] = total
    return 300_000 / (time.process_time() - began)


def _people(count: int = 400, villages: Sequence[Village] = (_VILLAGE,)) -> list[Person]:
    found = residents(list(range(1, count + 1)), list(villages), chance=random.Random(3), today=_TODAY)
    return [resident.person for resident, _ in found]


def _lunch(ahead: int) -> Meal:
    day = _TODAY + timedelta(days=ahead)
    return Meal(day=day, slot="lunch", price_fen=1000, way="dine_in", site_area=_VILLAGE.path)


if __name__ == "__main__":
    speed = measure()
    sys.stdout.write(
        f"decisions a second of processor time: {speed.regulars:,.0f}, of strangers {speed.strangers:,.0f};"
        f" steps of the plain loop for one: {speed.loop / speed.regulars:.0f} and {speed.loop / speed.strangers:.0f}\n"
    )
