"""What stands beside the counter: the sitting in numbers, the last servings, and whether paper comes out."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from canteen.base.db import reading
from canteen.base.records import as_record
from canteen.counter import queries
from canteen.menus.queries import sets_of
from canteen.orders.queries import ordered_by_set
from canteen.printing.board_queries import not_whole, waiting_count

#: A ticket younger than this is still on its way to the printer and no reason for a banner.
STILL_ON_ITS_WAY_SECONDS = 20


@dataclass(frozen=True, slots=True)
class SetCount:
    """One set on the board beside the counter."""

    name: str
    ordered: int
    served: int
    left: int | None


@dataclass(frozen=True, slots=True)
class LastServing:
    """One of the last servings; what may be undone is decided by the view's clock."""

    id: int
    number: str
    name: str
    guest_kind: str
    set_name: str
    way: str
    own_fen: int
    served_at: datetime
    voided_at: datetime | None
    #: Its paper has boxes in place of characters that cannot be drawn.
    is_boxed: bool


@dataclass(frozen=True, slots=True)
class CounterBoard:
    """What stands beside the counter."""

    sets: tuple[SetCount, ...]
    last: tuple[LastServing, ...]
    waiting_tickets: int
    #: Median seconds from one serving to the next among the last ten; None with fewer than three.
    pace_seconds: int | None


def counter_board(*, site_id: int, day: date, slot: str, now: datetime) -> CounterBoard:
    """Ordered, served and left by set, the last ten servings, unprinted tickets and the pace of the queue."""
    with reading() as session:
        sets = sets_of(session, site_id=site_id, day=day, slot=slot)
        ordered = ordered_by_set(session, site_id=site_id, day=day, slot=slot)
        served = queries.served_by_set(session, site_id=site_id, day=day, slot=slot)
        rows = queries.last_servings(session, site_id=site_id, day=day)
        boxed = not_whole(session, [row.id for row in rows])
        waiting = waiting_count(session, site_id=site_id, before=now - timedelta(seconds=STILL_ON_ITS_WAY_SECONDS))
    prepared = {each.name: each.prepared for each in sets}
    names = list(dict.fromkeys([*prepared, *served]))
    return CounterBoard(
        tuple(_set_count(name, ordered, served, prepared.get(name)) for name in names),
        tuple(as_record(LastServing, row, name=row.person_name or "", is_boxed=row.id in boxed) for row in rows),
        waiting,
        pace([row.served_at for row in rows]),
    )


def _set_count(name: str, ordered: dict[str, int], served: dict[str, int], prepared: int | None) -> SetCount:
    left = None if prepared is None else prepared - served.get(name, 0)
    return SetCount(name, ordered.get(name, 0), served.get(name, 0), left)


def pace(instants: list[datetime]) -> int | None:
    """Median seconds between neighbours of a list that runs backwards in time."""
    steps = sorted(
        int((later - earlier).total_seconds()) for later, earlier in zip(instants, instants[1:], strict=False)
    )
    return steps[len(steps) // 2] if len(steps) >= 2 else None
