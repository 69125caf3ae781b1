"""Pure decisions about orders: who may ask for a meal until when, and how many of what the kitchen cooks."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from canteen.base.errors import BadInput, Refusal
from canteen.base.words import WAYS
from canteen.people.rules import LifeState
from canteen.places.rules import ServicePlan, SlotHours, is_planned_day

#: An order may be placed for so many days ahead.
DAYS_AHEAD = 31
#: Meals of one order.
MOST_PORTIONS = 9
#: Roles that may still order after the cut-off: they answer for the kitchen's count.
MAY_ORDER_LATE = frozenset({"manager", "administrator"})


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRequest:
    """One elder's meal asked for one sitting."""

    site_id: int
    elder_id: int
    day: date
    slot: str
    #: "": the set that fits the elder's diet.
    set_name: str = ""
    way: str = "dine_in"
    #: Meals, at most ``MOST_PORTIONS``: the first is the elder's, the others are paid in full.
    portions: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderChange:
    """How an order shall be from now on."""

    #: "": the set stays.
    set_name: str = ""
    way: str
    portions: int


@dataclass(frozen=True, slots=True)
class Moment:
    """Now, as a cut-off sees it."""

    today: date
    #: ``HH:MM`` on the wall of the canteen.
    wall_time: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """One order as its list shows it."""

    id: int
    elder_id: int
    name: str
    village_group: str
    #: With "" resolved to the first set of the menu; "" while there is no menu.
    set_name: str
    way: str
    portions: int = 1
    ordered_at: datetime
    #: ``family_link:3`` when a family's link placed or changed it last.
    source: str = ""
    #: ``active``, ``paused``, ``moved`` or ``died`` on the day; only the active are cooked for.
    state: str
    #: Number and instant of the serving that fulfilled it, None while nobody came.
    served_number: str | None
    served_at: datetime | None
    #: Number in the sitting, as orders came: stands on the sheet that is ticked with a pen.
    number: int = 0
    #: Meals the elder had in the sitting: more than ``portions`` when somebody took one more.
    served: int = 0

    @property
    def missing(self) -> int:
        """Meals that were ordered and that nobody had."""
        return max(0, self.portions - self.served)


def cutoff_of(day: date, hours: SlotHours) -> tuple[date, str]:
    """Until when an order for a day is taken: a day and a wall time, whose minute is still in time."""
    return day - timedelta(days=hours.cutoff_days), hours.order_cutoff


def is_late(moment: Moment, *, day: date, hours: SlotHours) -> bool:
    """Whether the cut-off of a sitting has passed. The minute of the cut-off is still in time."""
    return (moment.today, moment.wall_time) > cutoff_of(day, hours)


def next_open(plan: ServicePlan, slots: Sequence[SlotHours], moment: Moment) -> tuple[date, str] | None:
    """The next sitting that can still be ordered; None in the days an order may be ahead."""
    for ahead in range(DAYS_AHEAD + 1):
        day = moment.today + timedelta(days=ahead)
        for hours in slots:
            if is_planned_day(plan, day) and not is_late(moment, day=day, hours=hours):
                return day, hours.slot
    return None


def refuse_sitting(
    moment: Moment, *, day: date, hours: SlotHours | None, is_planned: bool, role: str
) -> Refusal | None:
    """Why no meal can be ordered for a sitting now; None when it can."""
    fields = {"day": day.isoformat()}
    if day < moment.today:
        return Refusal("day_past", "%(day)s 已经过去,不能再订餐", next_step="补录用餐请到「柜台」,选择那一天", **fields)
    if day > moment.today + timedelta(days=DAYS_AHEAD):
        return Refusal(
            "day_too_far", "%(day)s 太远,最多提前 %(most)s 天订餐", next_step="请检查日期", most=DAYS_AHEAD, **fields
        )
    if hours is None:
        return Refusal("slot_not_served", "这个助餐点不供应这一餐", next_step="请换一个餐次")
    if not is_planned:
        return Refusal(
            "closed_day", "%(day)s 不供餐", **fields, next_step="请换一天;如当天加开,请负责人先改「供餐日历」"
        )
    if day == moment.today and moment.wall_time > hours.closes:
        return Refusal("sitting_over", "这一餐已于 %(at)s 结束", next_step="请订下一餐", at=hours.closes)
    if is_late(moment, day=day, hours=hours) and role not in MAY_ORDER_LATE:
        last, at = cutoff_of(day, hours)
        return Refusal(
            "after_cutoff",
            "这一餐 %(at)s 截止订餐,厨房已按份数备餐",
            next_step="请老人直接到柜台用餐,不用订;一定要加订请找站点负责人",
            at=at if last == day else f"{last.isoformat()} {at}",
        )
    return None


def refuse_full(*, ordered: int, more: int, capacity: int | None) -> Refusal | None:
    """Why so many more meals do not fit into a sitting; the last one does."""
    if capacity is None or more <= 0 or ordered + more <= capacity:
        return None
    return Refusal(
        "sitting_full",
        "这一餐最多 %(most)s 份,已订 %(ordered)s 份,还剩 %(left)s 份",
        next_step="请换一餐或少订;要多备请站点负责人在「助餐点」改份数上限",
        most=capacity,
        ordered=ordered,
        left=max(0, capacity - ordered),
    )


def refuse_state(name: str, state: LifeState) -> Refusal | None:
    """Why no meal is cooked for somebody who is paused, has moved or has died; None for the active."""
    fields = {"name": name, "since": state.from_day.isoformat() if state.from_day else ""}
    if state.kind == "died":
        text, next_step = "登记显示 %(name)s 已于 %(since)s 去世", "如登记有误,请负责人在「老人」页更正"
    elif state.kind == "moved":
        text, next_step = "%(name)s 已于 %(since)s 迁出", "如仍在本地居住,请负责人在「老人」页更正"
    elif state.kind == "paused":
        text = "%(name)s 从 %(since)s 起暂停用餐,这一天还没有恢复"
        next_step = "如已恢复,请负责人在「老人」页结束暂停"
    else:
        return None
    return Refusal(f"elder_{state.kind}", text, next_step=next_step, **fields)


def check_request(request: OrderRequest, *, sets: Sequence[str]) -> None:
    """Refuse what no order could mean: an unknown way, or a set that is not on the menu. Raises ``BadInput``."""
    if request.way not in WAYS:
        raise BadInput("没有「%(way)s」这种取餐方式", field="way", way=request.way)
    if not 1 <= request.portions <= MOST_PORTIONS:
        raise BadInput("份数要在 1 到 %(most)s 之间", field="portions", most=MOST_PORTIONS)
    if request.set_name and request.set_name not in sets:
        raise BadInput(
            "菜单里没有「%(name)s」",
            field="set",
            next_step="可选:%(sets)s",
            name=request.set_name,
            sets="、".join(sets),
        )


def already_ordered(name: str, *, site_name: str, set_name: str) -> Refusal:
    """The elder has another order for the same sitting."""
    return Refusal(
        "already_ordered",
        "%(name)s 这一餐已在%(site)s订了%(set)s",
        name=name,
        site=site_name,
        set=set_name,
        next_step="要换套餐或取餐方式,请先取消原来的订餐",
    )


def already_served(name: str, *, number: str) -> Refusal:
    """The elder has eaten in this sitting."""
    return Refusal(
        "already_served",
        "%(name)s 这一餐已经用餐,单号 %(number)s",
        next_step="不用再订;订错了也不用取消",
        name=name,
        number=number,
    )


@dataclass(frozen=True, slots=True)
class KitchenCount:
    """How many meals of each set and way the kitchen cooks."""

    #: Set -> way -> meals; sets and ways without meals are left out.
    meals: dict[str, dict[str, int]]
    total: int

    def of_way(self, way: str) -> int:
        """Meals of one way over all sets."""
        return sum(ways.get(way, 0) for ways in self.meals.values())


def kitchen_count(orders: Iterable[OrderLine]) -> KitchenCount:
    """Count what is to be cooked: nobody cooks for the paused, the moved or the dead."""
    counts: Counter[tuple[str, str]] = Counter()
    for order in orders:
        if order.state == "active":
            counts[order.set_name, order.way] += order.portions
    meals: dict[str, dict[str, int]] = {}
    for (set_name, way), count in sorted(counts.items()):
        meals.setdefault(set_name, {})[way] = count
    return KitchenCount(meals, sum(counts.values()))
