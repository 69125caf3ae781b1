"""Pure decisions of deliveries: who is on a run, and in which order doors are walked. Marks have theirs (``marking``)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from canteen.base.errors import BadInput, Refusal
from canteen.people.rules import LifeState

#: Longest remark at a door, hint of a stop, and outcome of a check, in characters.
LONGEST_TEXT = 200

#: Somebody without a life event.
_ACTIVE = LifeState("active")


@dataclass(frozen=True, slots=True)
class Stop:
    """One door of a route, in walking order."""

    elder_id: int
    name: str
    pay_way: str


@dataclass(frozen=True, slots=True)
class PlannedDrop:
    """One door of a run to be made."""

    elder_id: int
    position: int
    pay_way: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Somebody on the route to whom nobody goes that day, and why."""

    elder_id: int
    name: str
    #: How they are that day; ``active``: nothing was ordered to be carried to them.
    life: LifeState


@dataclass(frozen=True, slots=True)
class RunPlan:
    """The doors of a run in order, and who was left out."""

    drops: tuple[PlannedDrop, ...]
    left_out: tuple[LeftOut, ...]


def check_length(text: str, *, field: str) -> None:
    """Refuse a text longer than ``LONGEST_TEXT`` characters."""
    if len(text) > LONGEST_TEXT:
        raise BadInput("内容太长,最多 %(most)s 个字", field=field, next_step="请缩短后再试", most=LONGEST_TEXT)


def plan_drops(stops: Sequence[Stop], *, lives: Mapping[int, LifeState], ordered: Collection[int]) -> RunPlan:
    """The doors of a route in a sitting: the remembered order of those for whom a meal to be carried is ordered, without
    those who are paused, have moved or died.

    ``lives`` (how each is on that day) by elder; ``ordered``: elders with a live delivery order. Positions run from 1
    without gaps.
    """
    drops: list[PlannedDrop] = []
    left_out: list[LeftOut] = []
    for stop in stops:
        life = lives.get(stop.elder_id, _ACTIVE)
        if life.kind != "active" or stop.elder_id not in ordered:
            left_out.append(LeftOut(stop.elder_id, stop.name, life))
        else:
            drops.append(PlannedDrop(stop.elder_id, len(drops) + 1, stop.pay_way))
    return RunPlan(tuple(drops), tuple(left_out))


def moved(order: Sequence[int], one: int, direction: str) -> list[int]:
    """The order with ``one`` a place earlier (``up``) or later (``down``); at either end it stays."""
    at = order.index(one)
    to = max(0, min(len(order) - 1, at + {"up": -1, "down": 1}[direction]))
    changed = list(order)
    changed.insert(to, changed.pop(at))
    return changed


def check_planned_day(day: date, *, today: date) -> None:
    """A run is planned for today or later: what was not driven cannot be planned afterwards."""
    if day < today:
        raise Refusal(
            "day_past",
            "%(day)s 已经过去,不能再排出车",
            day=day.isoformat(),
            next_step="请选择今天或以后的日期;漏登的用餐请在柜台补录",
        )
