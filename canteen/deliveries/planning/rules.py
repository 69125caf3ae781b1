"""Pure decisions of planning: how long a way takes, when each door is reached, and why one cannot be."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from canteen.base.errors import BadInput, Refusal
from canteen.base.words import codes
from canteen.deliveries.planning.where import Point, metres

MOVES_BY = codes("moves_by")
#: Kilometres an hour, stops at corners included.
SPEEDS: Mapping[str, float] = {"on_foot": 4.5, "bicycle": 11, "e_bike": 18, "car": 25}
#: A way along lanes is longer than the crow's.
DETOUR = 1.3
#: Most doors and walkers planned at once.
MOST_DOORS, MOST_WALKERS = 150, 20
#: Minutes: hot food from the door of the canteen to the last door; at a door, when nothing is said about it.
HOT_MINUTES, DOOR_MINUTES = 40, 3


@dataclass(frozen=True, slots=True)
class Walker:
    """Who walks a route: how many boxes at once, how fast, and whether the way back counts."""

    route_id: int
    boxes: int
    moves_by: str
    returns: bool


@dataclass(frozen=True, slots=True)
class DoorAt:
    """A door with a known place."""

    elder_id: int
    place: Point
    boxes: int = 1
    #: Minutes at the door.
    minutes: int = DOOR_MINUTES
    #: Minutes after departure by which the meal must be there; None: only hot.
    by: int | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """All that a plan is made of. ``most_minutes``: from departure to the last door."""

    start: Point
    walkers: tuple[Walker, ...]
    doors: tuple[DoorAt, ...]
    most_minutes: int = HOT_MINUTES


@dataclass(frozen=True, slots=True)
class Reached:
    """A door on its route, and the minutes after departure at which it is reached."""

    elder_id: int
    at_minute: int


@dataclass(frozen=True, slots=True)
class Walked:
    """A planned route: its doors in order, minutes in all (with the way back where that counts), metres."""

    route_id: int
    doors: tuple[Reached, ...]
    minutes: int
    metres: int


@dataclass(frozen=True, slots=True)
class Unreached:
    """A door nobody gets to, and why: a word of ``unreached``."""

    elder_id: int
    why: str


@dataclass(frozen=True, slots=True)
class Plan:
    """A proposal: a route for each walker (maybe without doors), and who stands on none."""

    routes: tuple[Walked, ...]
    unreached: tuple[Unreached, ...]


def check_problem(walkers: int, doors: int) -> None:
    """Refuse what cannot be planned. Raises ``BadInput`` and ``Refusal``."""
    if not walkers:
        raise BadInput("还没有选路线", field="routes", next_step="请至少勾选一条路线")
    if walkers > MOST_WALKERS or doors > MOST_DOORS:
        raise Refusal(
            "too_many_to_plan",
            "一次最多排 %(walkers)s 条路线、%(doors)s 户",
            walkers=MOST_WALKERS,
            doors=MOST_DOORS,
            next_step="请少勾几条路线,分几次排",
        )
    if not doors:
        raise Refusal(
            "no_places", "选中的路线上没有一户有位置", next_step="请先填几户的位置,或者照原来记住的顺序走,不用排"
        )


def seconds(walker: Walker, one: Point, other: Point) -> int:
    """Of the way between two points."""
    return ceil(metres(one, other) * DETOUR / (SPEEDS[walker.moves_by] / 3.6))


def latest_s(problem: Problem, door: DoorAt) -> int:
    """Seconds after departure by which a door must be reached."""
    return 60 * min(problem.most_minutes, problem.most_minutes if door.by is None else max(door.by, 0))


def walk(problem: Problem, walker: Walker, doors: Sequence[DoorAt]) -> Walked:
    """When each door is reached if they are walked in this order."""
    at, passed, here = 0, 0.0, problem.start
    reached = []
    for door in doors:
        at += seconds(walker, here, door.place)
        passed += metres(here, door.place) * DETOUR
        reached.append(Reached(door.elder_id, ceil(at / 60)))
        at, here = at + 60 * door.minutes, door.place
    if doors and walker.returns:
        at += seconds(walker, here, problem.start)
        passed += metres(here, problem.start) * DETOUR
    return Walked(walker.route_id, tuple(reached), ceil(at / 60), round(passed))


def why_unreached(problem: Problem, door: DoorAt, placed: Collection[int]) -> str:
    """Why a door stands on no route, the plainest reason first. ``placed``: elders who do."""
    quickest = min(seconds(walker, problem.start, door.place) for walker in problem.walkers)
    if quickest > 60 * problem.most_minutes:
        return "too_far"
    if quickest > latest_s(problem, door):
        return "too_early"
    carried = sum(one.boxes for one in problem.doors if one.elder_id in placed)
    room = sum(walker.boxes for walker in problem.walkers) - carried
    if door.boxes > min(room, max(walker.boxes for walker in problem.walkers)):
        return "no_boxes"
    return "no_time"


def in_new_order(there: Sequence[int], wanted: Sequence[int], everywhere: Collection[int]) -> list[int]:
    """The doors of a route after a plan: those ``wanted`` in order, then those that stood ``there`` and are on no
    planned route. Nobody falls off a route by planning."""
    return [*wanted, *(one for one in there if one not in everywhere)]
