"""Pure decisions of deliveries: how a drop moves, who is on a run, and in which order doors are walked."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from canteen.base.errors import BadInput, Refusal
from canteen.base.words import WORDS
from canteen.people.rules import LifeState

OUTCOMES = ("handed_over", "no_answer")

#: (state, outcome) -> next state; every other move is refused. A volunteer may come back to a door that did not
#: answer; nothing undoes a meal here: a wrong hand-over is voided at the counter, with a reason.
DROP_MOVES = {
    ("planned", "handed_over"): "handed_over",
    ("planned", "no_answer"): "no_answer",
    ("no_answer", "handed_over"): "handed_over",
}
#: Longest remark at a door, hint of a stop, and outcome of a check, in characters.
LONGEST_TEXT = 200

_KEY = re.compile(r"[0-9A-Za-z_-]{8,60}")
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


def next_drop_state(state: str, outcome: str) -> str:
    """The state after an outcome at the door. Raises ``Refusal`` (``drop_decided``) for every other move."""
    found = DROP_MOVES.get((state, outcome))
    if found is None:
        raise Refusal(
            "drop_decided",
            "这一户已登记为「%(state)s」,不能改成「%(outcome)s」",
            next_step="不用再按;若登记错了,请告诉站点负责人当天作废",
            state=WORDS["drop"][state],
            outcome=WORDS["drop"].get(outcome, outcome),
        )
    return found


def check_tap(outcome: str, *, key: str, note: str) -> None:
    """Refuse a tap no phone could have meant. Raises ``BadInput`` naming the field."""
    if outcome not in OUTCOMES:
        raise BadInput("没有「%(outcome)s」这种结果", field="outcome", outcome=outcome, next_step="请按页面上的按钮")
    if not _KEY.fullmatch(key):
        raise BadInput("一次性编号不对", field="key", next_step="请刷新页面再试")
    check_length(note, field="note")


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


def order_taken_back() -> Refusal:
    """Somebody cancelled the order a door was planned for."""
    return Refusal(
        "order_cancelled",
        "这一户的订餐已经取消,不能登记送达",
        next_step="餐请带回;如果老人还是收下了,请站点负责人补订以后再按",
    )


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


def check_arrived(day: date, *, today: date) -> None:
    """A door of a later day was not knocked at yet. Raises ``Refusal`` (``day_ahead``)."""
    if day > today:
        raise Refusal(
            "day_ahead",
            "这一趟是 %(day)s 的,今天还不能登记",
            day=day.isoformat(),
            next_step="请核对手机的日期,并刷新送餐页面;当天送到门口再登记",
        )
