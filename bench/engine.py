"""Decisions a second: the pure engine with ten schemes in force, in this process, on one core."""

from __future__ import annotations

import random
import re
import time
from datetime import date, timedelta

from bench.people import Village, residents
from canteen.subsidies.builtin import builtin_schemes
from canteen.subsidies.facts import Meal, Use
from canteen.subsidies.rules import decide, used_after
from canteen.subsidies.scheme import Scheme, load_scheme

_VILLAGE = Village(1, "金溪县/示例1镇/示例1村", "rural", 1)
#: What the other nine give instead of the monthly norm, one after the other.
_AMOUNTS = (
    'kind = "per_meal"\nyuan = { urban = 4, rural = 3 }',
    'kind = "percent"\npercent = 30\nat_most_yuan = 6',
    'kind = "own_price"\nown_yuan = { lunch = 5, dinner = 4 }\nat_most_yuan = 8',
)
_AMOUNT = re.compile(r"(?<=\[amount\]\n).*?(?=\n\n)", re.DOTALL)


def ten_schemes() -> tuple[Scheme, ...]:
    """Jinxi and nine smaller ones: three of its classes each, other amounts, a yearly cap, three stack groups."""
    text = builtin_schemes()["jinxi"]
    schemes = [load_scheme(text)]
    head, *classes = text.split("[[classes]]")
    smaller = "[[classes]]".join([head, *classes[:3]])
    for number in range(9):
        other = smaller.replace('id = "jinxi"', f'id = "other{number}"')
        other = other.replace('stack_group = "meals"', f'stack_group = "group{number % 3}"')
        other = _AMOUNT.sub(_AMOUNTS[number % 3], other, count=1)
        schemes.append(load_scheme(other + '\n[[caps]]\nper = "year"\nmeals = 300\n'))
    assert not any(scheme.missing for scheme in schemes)
    return tuple(schemes)


def decisions_a_second(schemes: tuple[Scheme, ...], *, seconds: float) -> float:
    """Decide meals of 400 elders through a month, again and again, until the time is over."""
    today = date(2026, 11, 1)
    people = [one.person for one, _ in residents(list(range(1, 401)), [_VILLAGE], chance=random.Random(3), today=today)]
    done, began = 0, time.perf_counter()
    while True:
        used: list[dict[tuple[str, str], Use]] = [{} for _ in people]
        for ahead in range(30):
            day = today + timedelta(days=ahead)
            meal = Meal(day=day, slot="lunch", price_fen=1000, way="dine_in", site_area=_VILLAGE.path)
            for number, person in enumerate(people):
                decision = decide(person, meal, schemes, used[number])
                if ahead % 10 == 0:  # the running use is the database's work; now and then is enough to be true
                    used[number] = used_after(used[number], decision.uses)
            done += len(people)
            passed = time.perf_counter() - began
            if passed > seconds:
                return done / passed
