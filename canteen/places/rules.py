"""Pure decisions about places: which slot it is, which days are planned, what level an area name has."""

import calendar
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from itertools import zip_longest
from typing import Literal

from canteen.base.errors import BadInput, Refusal
from canteen.base.words import LEVELS, SLOTS, either

#: Usual hours of a slot: opens, closes, until when orders of the same day are taken.
USUAL_HOURS = {
    "breakfast": ("06:30", "08:30", "06:00"),
    "lunch": ("11:00", "12:30", "09:30"),
    "dinner": ("17:00", "18:30", "15:00"),
}

#: Names under which a statement asks for an area and all above it (``levels_of``).
LEVEL_NAMES = tuple(f"level{number}" for number in range(1, len(LEVELS) + 1))

#: Level and the endings of its names, looked for in this order: 社区, 自治区 and 地区 end like a county's 区.
_ENDINGS = (
    ("village", ("居民委员会", "村民委员会", "居委会", "村委会", "社区", "小区", "嘎查", "村")),
    ("township", ("街道办事处", "街道", "苏木", "镇", "乡")),
    ("province", ("特别行政区", "自治区", "省")),
    ("city", ("自治州", "地区", "盟")),
    ("county", ("自治县", "自治旗", "县", "区", "旗")),
    ("city", ("市",)),
)
#: Endings of a residents' committee: the settlement is urban; every other village-level name is rural.
_URBAN = ("居民委员会", "居委会", "社区", "小区")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")

#: Days before the meal on which orders may end at the earliest, and meals one sitting may have.
MOST_CUTOFF_DAYS, MOST_CAPACITY = 3, 2_000

DayState = Literal["planned", "extra", "closed", "off", "outside"]


@dataclass(frozen=True, slots=True)
class SlotHours:
    """A slot a site serves, with its hours on the wall of the canteen (``HH:MM``)."""

    slot: str
    opens: str
    closes: str
    #: Until when an order is taken: at this time, so many days before (0: of the same day).
    order_cutoff: str = "09:30"
    cutoff_days: int = 0
    #: Meals that may be ordered for a sitting; None: as many as want.
    capacity: int | None = None


@dataclass(frozen=True, slots=True)
class DayException:
    """One day on which the plan differs from the weekdays."""

    is_open: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServicePlan:
    """When a site means to serve: weekdays, exceptions, first day, and the first day without service."""

    weekdays: str
    opened_on: date
    closed_on: date | None = None
    exceptions: Mapping[date, DayException] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """One cell of a month."""

    day: date
    #: Outside the month shown: the ends of its first and last week.
    is_other_month: bool
    state: DayState
    reason: str


@dataclass(frozen=True, slots=True)
class AreaName:
    """One node of an area path as it was read."""

    name: str
    level: str
    path: str
    #: ``urban`` or ``rural`` for a village, "" above.
    settlement: str


@lru_cache(maxsize=1024)
def levels_of(area_path: str) -> Mapping[str, str]:
    """An area and all above it by ``LEVEL_NAMES``; a level the path does not have is "", which is no area."""
    parts = area_path.split("/")
    paths = ["/".join(parts[: depth + 1]) for depth in range(len(parts))]
    return dict(zip_longest(LEVEL_NAMES, paths, fillvalue=""))


def current_slot(slots: Sequence[SlotHours], at_wall_time: str) -> tuple[str, bool]:
    """The slot a meal counts for at a wall time (``HH:MM``), and whether that is outside its hours.

    Inside a slot's hours (both ends count) it is that slot; outside, the nearest by time, of two equally near the
    earlier. A site with one slot always gets it. Raises ``Refusal`` (``no_slots``) when the site serves none.
    """
    if not slots:
        raise Refusal("no_slots", "这个助餐点还没有设置餐次", next_step="请站点负责人在「助餐点」页填写供餐时间")
    at = _minutes(at_wall_time)

    def distance(hours: SlotHours) -> int:
        return max(_minutes(hours.opens) - at, at - _minutes(hours.closes), 0)

    nearest = min(slots, key=lambda hours: (distance(hours), hours.opens))
    return nearest.slot, distance(nearest) > 0


def slot_at(slots: Sequence[SlotHours], at_wall_time: str) -> str | None:
    """The slot being served at a wall time; None outside all hours."""
    return next((hours.slot for hours in slots if hours.opens <= at_wall_time <= hours.closes), None)


def _minutes(wall_time: str) -> int:
    hours, minutes = wall_time.split(":")
    return int(hours) * 60 + int(minutes)


def check_hours(slots: Sequence[SlotHours]) -> None:
    """Refuse hours nobody could keep: at least one slot, each opening before it closes, in the order of a day."""
    if not slots:
        raise BadInput("至少要供应一个餐次", field="slots", next_step="请勾选%(most)s或%(last)s", **either("slot"))
    before = "00:00"
    for hours in sorted(slots, key=lambda one: SLOTS.index(one.slot)):
        for name, text in (("opens", hours.opens), ("closes", hours.closes), ("cutoff", hours.order_cutoff)):
            if not _TIME.fullmatch(text):
                raise BadInput("「%(text)s」不是时间,请写成 11:00", field=f"{hours.slot}_{name}", text=text)
        if hours.opens >= hours.closes:
            raise BadInput("结束时间要晚于开始时间", field=f"{hours.slot}_closes")
        if hours.opens < before:
            raise BadInput("这一餐与上一餐的时间重叠", field=f"{hours.slot}_opens")
        if not 0 <= hours.cutoff_days <= MOST_CUTOFF_DAYS:
            raise BadInput("最多提前 %(most)s 天截止", field=f"{hours.slot}_cutoff_days", most=MOST_CUTOFF_DAYS)
        if hours.capacity is not None and not 0 < hours.capacity <= MOST_CAPACITY:
            raise BadInput(
                "份数上限要在 1 到 %(most)s 之间,不限就空着", field=f"{hours.slot}_capacity", most=MOST_CAPACITY
            )
        if hours.cutoff_days == 0 and hours.order_cutoff > hours.closes:
            raise BadInput("订餐截止不能晚于供餐结束", field=f"{hours.slot}_cutoff")
        before = hours.closes


def day_state(plan: ServicePlan, day: date) -> DayState:
    """What a day is in the plan of a site.

    ``planned`` by its weekday, ``extra`` open after all, ``closed`` by exception, ``off`` by its weekday, and
    ``outside`` before the first day of service or from ``closed_on`` on, which no exception changes.
    """
    if day < plan.opened_on or (plan.closed_on is not None and day >= plan.closed_on):
        return "outside"
    by_weekday = str(day.isoweekday()) in plan.weekdays
    exception = plan.exceptions.get(day)
    if exception is None or exception.is_open == by_weekday:
        return "planned" if by_weekday else "off"
    return "extra" if exception.is_open else "closed"


def is_planned_day(plan: ServicePlan, day: date) -> bool:
    """Whether the site means to serve on a day: what the operating grant counts as a planned day."""
    return day_state(plan, day) in ("planned", "extra")


def month_weeks(plan: ServicePlan, month: date) -> list[list[CalendarDay]]:
    """The weeks (Monday to Sunday) a month touches, each day with its state in the plan."""
    nothing = DayException(is_open=False, reason="")
    return [
        [
            CalendarDay(day, day.month != month.month, day_state(plan, day), plan.exceptions.get(day, nothing).reason)
            for day in week
        ]
        for week in calendar.Calendar().monthdatescalendar(month.year, month.month)
    ]


def parse_area_path(text: str) -> tuple[AreaName, ...]:
    """Read ``金溪县/云溪镇/枫林村`` into its areas from the top; each level must be below the one before.

    The level follows from the ending of the name (省/市/县区/镇乡街道/村社区居委会). A 市 below a 市, or right above a
    township, is a county-level city. Raises ``BadInput`` for an unknown ending or a wrong order.
    """
    names = [name.strip() for name in unicodedata.normalize("NFKC", text).strip().strip("/").split("/")]
    if not all(names) or len(names) > len(LEVELS):
        raise BadInput("「%(text)s」不是地区,请写成 金溪县/云溪镇/枫林村", field="area", text=text)
    levels = [_level_of(name) for name in names]
    for at, level in enumerate(levels):
        above = levels[at - 1] if at else ""
        below = levels[at + 1] if at + 1 < len(levels) else ""
        if level == "city" and names[at].endswith("市") and (above == "city" or below == "township"):
            levels[at] = "county"
    if any(LEVELS.index(above) >= LEVELS.index(below) for above, below in zip(levels, levels[1:], strict=False)):
        raise BadInput("「%(text)s」的上下级不对,请从大到小写:金溪县/云溪镇/枫林村", field="area", text=text)
    return tuple(
        AreaName(name, level, "/".join(names[: at + 1]), _settlement_of(name, level))
        for at, (name, level) in enumerate(zip(names, levels, strict=True))
    )


def _level_of(name: str) -> str:
    for level, endings in _ENDINGS:
        if name.endswith(endings) and 2 <= len(name) <= 40:
            return level
    raise BadInput(
        "「%(name)s」看不出是哪一级",
        field="area",
        name=name,
        next_step="请写全称,例如 金溪县、云溪镇、枫林村、天后宫社区",
    )


def _settlement_of(name: str, level: str) -> str:
    if level != "village":
        return ""
    return "urban" if name.endswith(_URBAN) else "rural"


def plain_name(text: str) -> str:
    """The name of a site in one form: full-width letters are narrow, no space at the ends. Raises ``BadInput``."""
    name = " ".join(unicodedata.normalize("NFKC", text).split())
    if not name or len(name) > 30 or not name.isprintable():
        raise BadInput("助餐点名称要有 1 到 30 个字", field="name")
    return name


def county_of(areas: Sequence[AreaName]) -> AreaName:
    """The county of a path, or its top when no county is named: what schemes and the first administrator cover."""
    return next((area for area in areas if area.level == "county"), areas[0])


def check_weekdays(text: str) -> str:
    """ISO weekday numbers in order without repeats (``12345``). Raises ``BadInput`` when none is left."""
    weekdays = "".join(sorted(set(text) & set("1234567")))
    if not weekdays:
        raise BadInput("一周至少要有一天供餐", field="weekdays", next_step="请勾选供餐的星期")
    return weekdays
