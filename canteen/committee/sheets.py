"""What the committee's tables and picture hold, with headings in the person's language."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from flask_babel import gettext

from canteen.base.clock import wall_time
from canteen.base.i18n import word
from canteen.base.sheets.writing import Cell, Fen, Sheet
from canteen.base.words import SLOTS
from canteen.committee.queries import NameLine
from canteen.committee.rules import NO_CLASS, DayLine
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


def month_sheet(lines: Sequence[DayLine], *, scope: Scope, month: date) -> Sheet:
    """The month by day, with its total."""
    slots = slots_of(lines)
    rows: list[list[Cell]] = [
        [
            line.day,
            *(line.by_slot.get(slot, 0) for slot in slots),
            line.guests,
            line.total,
            Fen(line.own_fen),
            Fen(line.public_fen),
        ]
        for line in lines
    ]
    rows.append(
        [
            gettext("合计"),
            *(sum(line.by_slot.get(slot, 0) for line in lines) for slot in slots),
            sum(line.guests for line in lines),
            sum(line.total for line in lines),
            Fen(sum(line.own_fen for line in lines)),
            Fen(sum(line.public_fen for line in lines)),
        ]
    )
    return Sheet(
        title=gettext(
            "%(site)s %(year)s年%(month)s月用餐统计", site=scope_name(scope), year=month.year, month=month.month
        ),
        header=(
            gettext("日期"),
            *(word(slot, "slot") for slot in slots),
            gettext("其中散客"),
            gettext("合计"),
            gettext("自付(元)"),
            gettext("补贴(元)"),
        ),
        rows=rows,
    )


def names_sheet(lines: Sequence[NameLine], *, scope: Scope) -> Sheet:
    """Meals with masked names, as they are on the page."""
    return Sheet(
        title=gettext("%(site)s 用餐明细(姓名已隐去部分)", site=scope_name(scope)),
        header=tuple(
            gettext(name)
            for name in (
                "日期",
                "餐次",
                "单号",
                "助餐点",
                "姓名",
                "组",
                "类别",
                "套餐",
                "方式",
                "时间",
                "自付(元)",
                "补贴(元)",
                "作废原因",
            )
        ),
        rows=[
            [
                line.day,
                word(line.slot, "slot"),
                line.number,
                line.site_name,
                line.masked_name or word(line.guest_kind, "guest"),
                line.village_group,
                line.class_code or (NO_CLASS if line.masked_name else ""),
                line.set_name,
                word(line.way, "way"),
                wall_time(line.served_at),
                Fen(line.own_fen),
                Fen(line.public_fen),
                line.void_reason,
            ]
            for line in lines
        ],
    )
