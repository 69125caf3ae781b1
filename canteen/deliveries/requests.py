"""What is asked of deliveries: frozen records between forms and services."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteChange:
    """Name and usual volunteer of a route as they shall be."""

    site_id: int
    #: None: a new route.
    route_id: int | None
    name: str
    staff_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewStop:
    """A door to be added at the end of a route."""

    route_id: int
    elder_id: int
    pay_way: str = "cash"
    hint: str = ""
    #: Slots of which a meal is carried here from now on, on every day of service: standing orders.
    slots: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """A route to be walked on one day and slot."""

    route_id: int
    day: date
    slot: str
    #: None: who usually walks the route.
    staff_id: int | None = None
