"""A sheet as it is keyed in: who stands on it under which number, and what is there already."""

from dataclasses import dataclass
from datetime import date

from canteen.base.db import reading
from canteen.counter import queries as counter
from canteen.orders.queries import sitting_orders
from canteen.orders.rules import OrderLine


@dataclass(frozen=True, slots=True)
class TickedSheet:
    """The sheet of a sitting."""

    #: In the order of the numbers; the paused, the moved and the dead are not on it.
    lines: tuple[OrderLine, ...]
    #: Meals of the sitting that are in the books.
    meals: int

    @property
    def missing(self) -> int:
        """People who ordered and of whom nothing is keyed in; what is carried stands on the run's sheet."""
        return sum(line.served_number is None and line.way != "delivery" for line in self.lines)

    def numbered(self, number: int) -> OrderLine | None:
        """Who stands under a number."""
        return next((line for line in self.lines if line.number == number), None)


def sheet_of(*, site_id: int, day: date, slot: str) -> TickedSheet:
    """The sheet of a sitting."""
    with reading() as session:
        orders = sitting_orders(session, site_id=site_id, day=day, slot=slot)
        served = counter.served_by_set(session, site_id=site_id, day=day, slot=slot)
    expected = sorted((order for order in orders if order.state == "active"), key=lambda order: order.number)
    return TickedSheet(tuple(expected), sum(served.values()))
