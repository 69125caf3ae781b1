"""What is asked of planning: frozen records between forms and services."""

from collections.abc import Mapping
from dataclasses import dataclass

from canteen.deliveries.planning.rules import DOOR_MINUTES, Walker
from canteen.deliveries.planning.where import Point


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorChange:
    """What planning shall know about a door; ``place`` None: nobody knows where it is."""

    place: Point | None
    minutes: int = DOOR_MINUTES
    #: ``HH:MM`` by which the meal must be there; "" when it has only to be hot.
    eats_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRequest:
    """Routes to be planned anew: where they start and when (``HH:MM``), who walks how, minutes to the last door."""

    site_id: int
    start: Point
    departs: str
    most_minutes: int
    walkers: tuple[Walker, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanChoice:
    """A proposal that is taken: the elders of each route in order."""

    site_id: int
    routes: Mapping[int, tuple[int, ...]]
