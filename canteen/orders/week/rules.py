"""Pure decisions about the week's page: what a cell says, and what a pasted table says. ``2送`` is two meals, carried."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from canteen.base.errors import BadInput
from canteen.people.rules import person_name

DAYS = 7
#: Way -> how a cell says it; dine in is said by nothing.
WAY_SIGNS = {"delivery": "送", "take_away": "自", "proxy": "代"}
_WAYS = re.compile(r"送餐?|自取?|代[领取]?|堂食?")
_WAY_OF = {"送": "delivery", "自": "take_away", "代": "proxy", "堂": "dine_in"}
_NONE = frozenset({"", "0", "-", "—", "×", "X", "/", "取消", "不", "无", "否", "休"})
_ONE = frozenset({"√", "✓", "✔", "V", "Y", "是", "有", "订", "1份", "份"})
_COUNT = re.compile(r"([1-9])\s?份?")
_DAY = re.compile(
    r"(?:(?:\d{4}[-/.年])?(?P<month>\d{1,2})[-/.月](?P<day>\d{1,2})日?)?\s*\(?(?:(?:周|星期|礼拜)?(?P<week>[一二三四五六日天]))?\)?"
)
MOST_TEXT = 20_000


@dataclass(frozen=True, slots=True)
class Wish:
    """What a cell asks for. "" is: as it is, as usual."""

    portions: int = 1
    way: str = ""
    set_name: str = ""


def monday_of(day: date) -> date:
    """The first day of a day's week."""
    return day - timedelta(days=day.weekday())


def letters_of(sets: Iterable[str]) -> dict[str, str]:
    """Set -> the sign a cell names it by, where a week has several that begin differently."""
    names = list(dict.fromkeys(sets))
    first = [name[:1].upper() for name in names]
    free = [sign for sign in first if first.count(sign) == 1 and not sign.isdigit() and sign not in _WAY_OF]
    return {name: sign for name, sign in zip(names, first, strict=True) if sign in free} if len(names) > 1 else {}


def read_cell(text: str, letters: Mapping[str, str]) -> Wish | None:
    """What a cell asks for; None is: nothing. Raises ``BadInput``."""
    plain = "".join(unicodedata.normalize("NFKC", text).split()).upper()
    if plain in _NONE:
        return None
    if plain in _ONE:
        return Wish()
    portions, way, set_name, rest = 0, "", "", plain
    while rest:
        named = next((name for name in sorted(letters, key=len, reverse=True) if rest.startswith(name.upper())), "")
        signed = next((name for name, sign in letters.items() if rest.startswith(sign)), "")
        if not portions and (count := _COUNT.match(rest)):
            portions, rest = int(count[1]), rest[count.end() :]
        elif not way and (found := _WAYS.match(rest)):
            way, rest = _WAY_OF[found[0][0]], rest[found.end() :]
        elif not set_name and (named or signed):
            set_name = named or signed
            rest = rest[len(named) if named else len(letters[signed]) :]
        else:
            raise BadInput(
                "看不懂「%(text)s」", next_step="写份数,要送写「送」:1、2、送、2送;空着就是不订", text=text.strip()[:20]
            )
    return Wish(portions or 1, way, set_name)


def show_cell(*, portions: int, way: str, set_name: str, letters: Mapping[str, str]) -> str:
    """An order as a cell says it; ``read_cell`` reads the same from it."""
    return f"{portions}{letters.get(set_name, '')}{WAY_SIGNS.get(way, '')}"


@dataclass(frozen=True, slots=True)
class PastedTable:
    """A table from a spreadsheet: cells by (elder, day), and names that fit nobody or several."""

    cells: dict[tuple[int, date], str]
    unknown: tuple[str, ...]


def read_table(text: str, *, monday: date, names: Mapping[str, Sequence[int]]) -> PastedTable:
    """Names in the first column, days in the others: as a head of dates or weekdays says, else Monday on.

    ``names``: name -> ids of the people who bear it. Raises ``BadInput`` for a table that is too long.
    """
    if len(text) > MOST_TEXT:
        raise BadInput("内容太长", field="table", next_step="请分几次粘贴")
    rows = [[cell.strip() for cell in re.split(r"\t|,|,", line)] for line in text.splitlines() if line.strip()]
    days: dict[int, date] = {place: monday + timedelta(days=place - 1) for place in range(1, DAYS + 1)}
    cells, unknown = {}, []
    for row in rows:
        head = {place: day for place, cell in enumerate(row) if place and (day := _day_of(cell, monday)) is not None}
        if len(head) > 1 or (head and not any(row[1:])):
            days = head
            continue
        name = person_name(row[0])
        people = names.get(name, ())
        if len(people) != 1:
            unknown.append(row[0][:20])
            continue
        for place, day in days.items():
            if place < len(row):
                cells[people[0], day] = row[place][:12]
    return PastedTable(cells, tuple(filter(None, dict.fromkeys(unknown))))


def _day_of(text: str, monday: date) -> date | None:
    """The day of the week a head names: 12/2, 12月2日, 周三, 12-02(三), 2026-12-02."""
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    found = _DAY.fullmatch(plain) if plain else None
    if found is None or not (found["day"] or (found["week"] and len(plain) > 1)):
        return None
    week = [monday + timedelta(days=ahead) for ahead in range(DAYS)]
    if found["day"]:
        wanted = (int(found["month"]), int(found["day"]))
        return next((day for day in week if (day.month, day.day) == wanted), None)
    return week["一二三四五六日".index(found["week"].replace("天", "日"))]
