"""What the committee's tables and picture hold, with headings in the person's language."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date

from flask_babel import gettext

from canteen.base.clock import wall_time
from canteen.base.i18n import said, word
from canteen.base.sheets.writing import Cell, Column, Fen, Sheet, heads, table
from canteen.base.words import SLOTS
from canteen.committee.queries import NameLine
from canteen.committee.rules import NO_CLASS, CountRow, DayLine, Tally, day_lines, tally
from canteen.places.scope import Scope


def scope_name(scope: Scope) -> str:
    """The site looked at, or how many."""
    return scope.chosen.name if scope.chosen else gettext("全部 %(n)s 个助餐点", n=len(scope.sites))


def slots_of(lines: Iterable[DayLine]) -> list[str]:
    """The slots some day was served in, in the order of a day."""
    served = {slot for line in lines for slot in line.by_slot}
    return [slot for slot in SLOTS if slot in served]


def chart_series(lines: Sequence[DayLine], *, last: date) -> tuple[list[int], dict[str, list[int]]]:
    """Every day of the month, and for each slot the meals of each day."""
    by_day = {line.day.day: line.by_slot for line in lines}
    days = list(range(1, last.day + 1))
    return days, {word(slot, "slot"): [by_day.get(day, {}).get(slot, 0) for day in days] for slot in slots_of(lines)}


def month_sheet(rows: Sequence[CountRow], *, scope: Scope, month: date, with_money: bool) -> Sheet:
    """The month by day, with its total. Without money where the amounts of a day with few people would tell a class."""
    lines = day_lines(rows)
    counts: list[Column[Tally]] = [
        *(Column(word(slot, "slot"), _meals_of(slot)) for slot in slots_of(lines)),
        Column("其中散客", lambda line: line.guests),
        Column("合计", lambda line: line.total),
    ]
    if with_money:
        counts += [
            Column("自付(元)", lambda line: Fen(line.own_fen)),
            Column("补贴(元)", lambda line: Fen(line.public_fen)),
        ]
    title = gettext(
        "%(site)s %(year)s年%(month)s月用餐统计", site=scope_name(scope), year=month.year, month=month.month
    )
    days: list[tuple[Cell, Tally]] = [*((line.day, line) for line in lines), (gettext("合计"), tally(rows))]
    return Sheet(
        title,
        (said("日期"), *heads(counts)),
        [[name, *(column.cell(sums) for column in counts)] for name, sums in days],
    )


def _meals_of(slot: str) -> Callable[[Tally], Cell]:
    return lambda sums: sums.by_slot.get(slot, 0)


NAMES: list[Column[NameLine]] = [
    Column("日期", lambda line: line.day),
    Column("餐次", lambda line: word(line.slot, "slot")),
    Column("单号", lambda line: line.number),
    Column("助餐点", lambda line: line.site_name),
    Column("姓名", lambda line: line.masked_name or word(line.guest_kind, "guest")),
    Column("组", lambda line: line.village_group),
    Column("类别", lambda line: line.class_code or (NO_CLASS if line.masked_name else "")),
    Column("套餐", lambda line: line.set_name),
    Column("方式", lambda line: word(line.way, "way")),
    Column("时间", lambda line: wall_time(line.served_at)),
    Column("自付(元)", lambda line: Fen(line.own_fen)),
    Column("补贴(元)", lambda line: Fen(line.public_fen)),
    Column("作废原因", lambda line: line.void_reason),
]


#: Columns that say what somebody is: the class, and the amounts that follow from it.
_TELLING = ("类别", "自付(元)", "补贴(元)")


def names_sheet(lines: Sequence[NameLine], *, scope: Scope, sees_all: bool) -> Sheet:
    """Meals with masked names, as they are on the page."""
    columns = [column for column in NAMES if sees_all or column.head not in _TELLING]
    return table(gettext("%(site)s 用餐明细(姓名已隐去部分)", site=scope_name(scope)), columns, lines)
