"""A month of volunteers as a table for a file."""

from collections.abc import Sequence
from datetime import date

from flask_babel import gettext

from canteen.base.i18n import show_weekdays, word
from canteen.base.sheets.writing import Column, Sheet, table
from canteen.volunteers.queries import VolunteerLine

COLUMNS: list[Column[VolunteerLine]] = [
    Column("姓名", lambda line: line.name),
    Column("哪天有空", lambda line: show_weekdays(line.weekdays) if line.weekdays else ""),
    Column("餐次", lambda line: "、".join(word(slot, "slot") for slot in line.slots)),
    Column("能顶的路线", lambda line: "、".join(line.routes)),
    Column("送餐(次)", lambda line: line.count("run")),
    Column("探访(次)", lambda line: line.count("visit")),
    Column("别的服务(次)", lambda line: line.count("other")),
    Column("时长(分钟)", lambda line: line.minutes),
    Column("路程(米)", lambda line: line.metres),
    Column("积分", lambda line: line.points),
]


def month_sheet(lines: Sequence[VolunteerLine], *, site_name: str, month: date) -> Sheet:
    """A row for each volunteer."""
    title = gettext("%(site)s %(month)s 志愿服务", site=site_name, month=f"{month:%Y-%m}")
    return table(title, COLUMNS, lines)
