"""Pure decisions about standing orders: on which days they make orders, and which two stand in each other's way."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from canteen.base.errors import BadInput, Refusal
from canteen.base.words import WAYS
from canteen.orders.rules import Moment, is_late
from canteen.places.rules import ServicePlan, SlotHours, check_weekdays, is_planned_day

#: Orders are made for today and so many days after it.
AHEAD_DAYS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingRequest:
    """A weekly habit somebody tells of."""

    site_id: int
    elder_id: int
    slot: str
    #: ISO numbers of the days of the week.
    weekdays: str
    #: "": the set that fits the diet.
    set_name: str = ""
    way: str = "dine_in"
    from_day: date
    to_day: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """One standing order as it is kept."""

    id: int
    elder_id: int
    slot: str
    weekdays: str
    set_name: str
    way: str
    from_day: date
    to_day: date | None
    #: When somebody told of it.
    told: Moment

    def covers(self, day: date) -> bool:
        """Whether it asks for a meal on a day."""
        within = self.from_day <= day and (self.to_day is None or day <= self.to_day)
        return within and str(day.isoweekday()) in self.weekdays


def check_standing(request: StandingRequest, *, today: date) -> None:
    """Refuse what no habit could be: no weekday, an unknown way, days the wrong way round or past. Raises ``BadInput``."""
    check_weekdays(request.weekdays)
    if request.way not in WAYS:
        raise BadInput("没有「%(way)s」这种取餐方式", field="way", next_step="请从列表中选择", way=request.way)
    if request.to_day is not None and request.to_day < max(request.from_day, today):
        raise BadInput("最后一天不能早于开始的一天,也不能早于今天", field="to_day", next_step="一直订就留空")


def sittings_ahead(plan: ServicePlan, slots: Sequence[SlotHours], moment: Moment) -> list[tuple[date, SlotHours]]:
    """The sittings for which orders are made now: of the days of service from today on, today's until they are over."""
    days = (moment.today + timedelta(days=ahead) for ahead in range(AHEAD_DAYS + 1))
    return [
        (day, hours)
        for day in days
        if is_planned_day(plan, day)
        for hours in slots
        if day > moment.today or moment.wall_time <= hours.closes
    ]


def missing_orders(
    habits: Iterable[Habit], sittings: Iterable[tuple[date, SlotHours]], asked: Collection[tuple[int, date, str]]
) -> list[tuple[Habit, date]]:
    """The orders to be made. ``asked``: (elder, day, slot) with an order of any kind, cancelled ones too: somebody
    has decided about these already. A habit told in time holds after the cut-off, too: the computer may have been off."""
    by_slot: dict[str, list[Habit]] = {}
    for habit in habits:
        by_slot.setdefault(habit.slot, []).append(habit)
    return [
        (habit, day)
        for day, hours in sittings
        for habit in by_slot.get(hours.slot, ())
        if habit.covers(day)
        and not is_late(habit.told, day=day, hours=hours)
        and (habit.elder_id, day, hours.slot) not in asked
    ]


def meeting(request: StandingRequest, habits: Iterable[Habit]) -> list[Habit]:
    """The habits of the same elder and slot that share a day of the week and a span of days with a new one."""
    return [
        habit
        for habit in habits
        if habit.slot == request.slot
        and set(habit.weekdays) & set(request.weekdays)
        and habit.from_day <= (request.to_day or date.max)
        and request.from_day <= (habit.to_day or date.max)
        and (habit.to_day is None or habit.to_day >= habit.from_day)
    ]


def already_standing(name: str) -> Refusal:
    """The elder has another standing order that asks for a meal on one of the same days."""
    return Refusal(
        "already_standing",
        "%(name)s 这一餐在同样的日子已有常订",
        name=name,
        next_step="要改套餐、方式或星期,请先停掉原来的常订",
    )
