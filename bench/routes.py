"""How good a plan of routes is after the time a page waits, against ten times that; and how long sixty doors take.

python -m bench.routes
"""

from __future__ import annotations

import random
import time

from canteen.base.apart import work_apart
from canteen.deliveries.planning.rules import DoorAt, Plan, Problem, Walker
from canteen.deliveries.planning.solving import look_s, solve
from canteen.deliveries.planning.where import Point

#: Metres that a door nobody reaches weighs.
_UNREACHED_M = 20_000


def village(doors: int, walkers: int, seed: int) -> Problem:
    """Doors scattered around a canteen, half of them in three hamlets, enough walkers to reach them."""
    chance = random.Random(seed)
    hamlets = [(chance.uniform(-0.012, 0.012), chance.uniform(-0.012, 0.012)) for _ in range(3)]
    placed = []
    for number in range(doors):
        north, east = chance.choice(hamlets) if number % 2 else (0.0, 0.0)
        spread = 0.003 if number % 2 else 0.014
        place = Point(27.91 + north + chance.uniform(-spread, spread), 116.4 + east + chance.uniform(-spread, spread))
        placed.append(DoorAt(number + 1, place))
    crew = tuple(Walker(number, 12, "e_bike", returns=number % 2 == 0) for number in range(walkers))
    return Problem(Point(27.91, 116.4), crew, tuple(placed))


def metres(plan: Plan) -> float:
    """What a plan costs: everybody's metres, and those for doors nobody reaches."""
    return sum(route.metres for route in plan.routes) + _UNREACHED_M * len(plan.unreached)


def main() -> None:
    """Print the figures."""
    for doors, walkers in ((20, 3), (50, 7), (100, 14)):
        above = []
        for seed in range(5):
            problem = village(doors, walkers, seed)
            short = metres(solve(problem))
            long = metres(solve(problem, for_s=10 * look_s(doors)))
            above.append(100 * (short / long - 1))
        print(
            f"{doors} doors, {look_s(doors):g} s against {10 * look_s(doors):g} s: "
            + ", ".join(f"{one:+.2f} %" for one in above)
        )
    took = []
    for seed in range(5):
        began = time.monotonic()
        work_apart(solve, village(60, 8, seed))
        took.append(time.monotonic() - began)
    print("60 doors with the start of the process: " + ", ".join(f"{one:.2f} s" for one in took))


if __name__ == "__main__":
    main()
