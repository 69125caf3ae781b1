"""Writing what was changed on the week's page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from canteen.base.access import Actor
from canteen.base.db import reading
from canteen.base.errors import BadInput, CanteenError
from canteen.orders.rules import OrderRequest
from canteen.orders.service import cancel_order, place_orders
from canteen.orders.week.grid import orders_of_week, usual_ways
from canteen.orders.week.requests import CellChange
from canteen.orders.week.rules import Wish, letters_of, monday_of, read_cell


@dataclass(frozen=True, slots=True)
class NotKept:
    """A cell that was not written, and why."""

    change: CellChange
    name: str
    trouble: CanteenError


@dataclass(frozen=True, slots=True)
class WeekKept:
    """What became of the changed cells."""

    placed: int
    changed: int
    cancelled: int
    not_kept: tuple[NotKept, ...]


def keep_week(
    changes: Sequence[CellChange], *, site_id: int, slot: str, sets: Sequence[str], actor: Actor, now: datetime
) -> WeekKept:
    """Order, change and cancel as the cells say, each for itself; sent twice it is the same.

    Raises ``NotFound`` for a site out of reach.
    """
    not_kept: list[NotKept] = []
    wishes: list[tuple[CellChange, Wish | None]] = []
    for change in changes:
        try:
            wishes.append((change, read_cell(change.text, letters_of(sets))))
        except BadInput as trouble:
            not_kept.append(NotKept(change, "", trouble))
    elders, mondays = {change.elder_id for change in changes}, {monday_of(change.day) for change in changes}
    with reading() as session:
        orders = {at: one for monday in mondays for at, one in orders_of_week(session, elders, monday, slot).items()}
    ways = usual_ways(elders)
    asked: dict[tuple[int, date], tuple[CellChange, OrderRequest]] = {}
    cancelled = 0
    for change, wish in wishes:
        at = (change.elder_id, change.day)
        there = orders.get(at)
        if wish is not None:
            way = wish.way or (there.way if there else ways.get(change.elder_id, "dine_in"))
            request = OrderRequest(
                site_id=site_id,
                elder_id=change.elder_id,
                day=change.day,
                slot=slot,
                set_name=wish.set_name,
                way=way,
                portions=wish.portions,
            )
            asked[at] = (change, request)
        elif there is not None:
            try:
                cancel_order(there.id, actor=actor, now=now)
                cancelled += 1
            except CanteenError as trouble:
                not_kept.append(NotKept(change, "", trouble))
    placed = place_orders([request for _, request in asked.values()], site_id, actor=actor, now=now, may_change=True)
    for one in placed:
        if one.trouble is not None:
            not_kept.append(NotKept(asked[one.request.elder_id, one.request.day][0], one.name, one.trouble))
    counts = [one.became for one in placed if one.trouble is None]
    return WeekKept(counts.count("placed"), counts.count("changed"), cancelled, tuple(not_kept))
