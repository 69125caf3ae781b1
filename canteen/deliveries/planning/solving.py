"""Finding a plan: pyvrp looks for the shortest walks in a process of its own (``base.apart``)."""

from canteen.deliveries.planning.rules import DoorAt, Plan, Problem, Unreached, latest_s, seconds, walk, why_unreached

#: Seconds of looking for each door; longer finds next to nothing more (docs/performance.md).
_LOOK_S = 0.018
#: Seconds of walking a door is worth: more than any way to it and back, and less than pyvrp takes for a box too many.
_WORTH = 30_000


def look_s(doors: int) -> float:
    """Seconds of looking at so many doors."""
    return max(0.3, _LOOK_S * doors)


def solve(problem: Problem, *, for_s: float | None = None) -> Plan:
    """The plan with the least walking that reaches as many doors as can be.

    Every route starts at once and reaches each door in time; a walker who does not come back has no way back to walk.
    """
    from pyvrp import Model  # half a second, and only here
    from pyvrp.stop import MaxRuntime

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
    for walker in problem.walkers:
        profile = model.add_profile()
        model.add_vehicle_type(
            1,
            capacity=[walker.boxes],
            start_depot=start,
            end_depot=start,
            start_late=0,
            unit_distance_cost=0,
            unit_duration_cost=1,
            profile=profile,
        )
        for here, one in zip(places, points, strict=True):
            for there, other in zip(places, points, strict=True):
                back = there is places[0] and not walker.returns
                way = 0 if back or here is there else seconds(walker, one, other)
                model.add_edge(here, there, distance=way, duration=way, profile=profile)
    best = model.solve(MaxRuntime(look_s(len(problem.doors)) if for_s is None else for_s), seed=1, display=False).best
    found: dict[int, list[DoorAt]] = {}
    for route in best.routes():
        found[route.vehicle_type()] = [problem.doors[step.idx] for step in route if step.is_client()]
    routes = tuple(walk(problem, walker, found.get(place, [])) for place, walker in enumerate(problem.walkers))
    placed = {door.elder_id for route in routes for door in route.doors}
    left = [door for door in problem.doors if door.elder_id not in placed]
    return Plan(routes, tuple(Unreached(door.elder_id, why_unreached(problem, door, placed)) for door in left))
