"""A plan as a drawing: where the site and the doors lie, and the way of each walker. Pure; north is up."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import cos, radians

from canteen.deliveries.planning.rules import Problem, Walked
from canteen.deliveries.planning.where import Point

WIDTH, HEIGHT, EDGE = 640, 420, 24


@dataclass(frozen=True, slots=True)
class Way:
    """One walker's way: the corners of its line, and the doors as (x, y, number on the way)."""

    route_id: int
    corners: tuple[tuple[int, int], ...]
    doors: tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True)
class Sketch:
    """The drawing, ``WIDTH`` × ``HEIGHT``: the site, the ways, and the doors nobody goes to."""

    start: tuple[int, int]
    ways: tuple[Way, ...]
    left: tuple[tuple[int, int], ...]


def sketch(problem: Problem, routes: Sequence[Walked], left: Iterable[int]) -> Sketch:
    """Draw a plan. ``left``: elders on no way."""
    places = {door.elder_id: door.place for door in problem.doors}
    at = _drawn({0: problem.start} | places)
    ways = []
    for route in routes:
        doors = [at[door.elder_id] for door in route.doors]
        numbered = tuple((x, y, number) for number, (x, y) in enumerate(doors, 1))
        ways.append(Way(route.route_id, (at[0], *doors) if doors else (), numbered))
    return Sketch(at[0], tuple(ways), tuple(at[one] for one in left if one in at))


def _drawn(places: Mapping[int, Point]) -> dict[int, tuple[int, int]]:
    """Points on the sheet, as large as they fit without being stretched."""
    north = [point.latitude for point in places.values()]
    flat = cos(radians(north[0]))
    east = [point.longitude * flat for point in places.values()]
    wide, high = max(east) - min(east), max(north) - min(north)
    scale = min((WIDTH - 2 * EDGE) / (wide or 1e-9), (HEIGHT - 2 * EDGE) / (high or 1e-9), 1e7)
    left, top = (WIDTH - wide * scale) / 2, (HEIGHT - high * scale) / 2
    return {
        key: (round(left + (x - min(east)) * scale), round(top + (max(north) - y) * scale))
        for key, x, y in zip(places, east, north, strict=True)
    }
