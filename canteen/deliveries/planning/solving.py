"""Finding a plan: pyvrp looks for the shortest walks in a process of its own (``base.apart``)."""

from dataclasses import replace
from typing import Any

from canteen.deliveries.planning.rules import (
    DoorAt,
    Plan,
    Problem,
    Unreached,
    Walker,
    latest_s,
    seconds,
    walk,
    why_unreached,
)

#: Seconds of looking for each door up to ``_FEW`` doors, and for each above (docs/performance.md).
_LOOK_S, _FEW, _LOOK_MORE_S = 0.018, 60, 0.2
#: Seconds of one look.
_LOOK_OF_S = 1.5
#: Seconds of walking a door is worth: more than any way to it and back, and less than pyvrp takes for a box too many.
_WORTH = 30_000


def look_s(doors: int) -> float:
    """Seconds of looking at so many doors."""
    return max(0.3, _LOOK_S * min(doors, _FEW)) + _LOOK_MORE_S * max(0, doors - _FEW)


def _best(model: Any, for_s: float) -> Any:
    """The best solution of several looks, each from another start: a look soon stays where it is, and another one ends
    elsewhere."""
    from pyvrp import IteratedLocalSearchParams, SolveParams
    from pyvrp.search import NeighbourhoodParams, PerturbationParams
    from pyvrp.stop import MaxRuntime

    quickly = SolveParams(
        ils=IteratedLocalSearchParams(history_length=50),
        neighbourhood=NeighbourhoodParams(num_neighbours=20),
        perturbation=PerturbationParams(1, 20),
    )
    looks = max(1, round(for_s / _LOOK_OF_S))
    found = [
        model.solve(MaxRuntime(for_s / looks), seed=seed, display=False, collect_stats=False, params=quickly)
        for seed in range(1, looks + 1)
    ]
    return min(found, key=lambda one: one.cost()).best


def solve(problem: Problem, *, for_s: float | None = None) -> Plan:
    """The plan with the least walking that reaches as many doors as can be.

    Every route starts at once and reaches each door in time; a walker who does not come back has no way back to walk.
    """
    from pyvrp import Model  # half a second, and only here

    model = Model()
    points = [problem.start, *(door.place for door in problem.doors)]
    places = [model.add_location(point.longitude, point.latitude) for point in points]
    start = model.add_depot(places[0])
    for door, place in zip(problem.doors, places[1:], strict=True):
        model.add_client(
            place,
            delivery=[door.boxes],
            service_duration=60 * door.minutes,
            tw_late=latest_s(problem, door),
            prize=_WORTH,
            required=False,
        )
    # Walkers who are alike are one kind: told apart, the same plan would be looked for again and again.
    kinds: dict[Walker, list[Walker]] = {}
    for walker in problem.walkers:
        kinds.setdefault(replace(walker, route_id=0), []).append(walker)
    profiles: dict[tuple[str, bool], Any] = {}
    for kind, alike in kinds.items():
        ways = (kind.moves_by, kind.returns)
        is_new = ways not in profiles
        profile = profiles.setdefault(ways, model.add_profile() if is_new else None)
        model.add_vehicle_type(
            len(alike),
            capacity=[kind.boxes],
            start_depot=start,
            end_depot=start,
            start_late=0,
            unit_distance_cost=0,
            unit_duration_cost=1,
            profile=profile,
        )
        for here, one in zip(places, points, strict=True) if is_new else ():
            for there, other in zip(places, points, strict=True):
                back = there is places[0] and not kind.returns
                way = 0 if back or here is there else seconds(kind, one, other)
                model.add_edge(here, there, distance=way, duration=way, profile=profile)
    best = _best(model, look_s(len(problem.doors)) if for_s is None else for_s)
    found: dict[int, list[DoorAt]] = {}
    free = [list(alike) for alike in kinds.values()]
    for route in best.routes():
        walker = free[route.vehicle_type()].pop(0)
        found[walker.route_id] = [problem.doors[step.idx] for step in route if step.is_client()]
    routes = tuple(walk(problem, walker, found.get(walker.route_id, [])) for walker in problem.walkers)
    placed = {door.elder_id for route in routes for door in route.doors}
    left = [door for door in problem.doors if door.elder_id not in placed]
    return Plan(routes, tuple(Unreached(door.elder_id, why_unreached(problem, door, placed)) for door in left))
