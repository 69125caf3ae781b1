"""A menu file as canteens keep it: headers in any order under their usual names, dates and prices as people type
them. Pure: cells in, good rows and bad rows with reasons out."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from canteen.base.errors import BadInput
from canteen.base.money import parse_yuan
from canteen.base.sheets.reading import FoundSheet, Line
from canteen.base.words import WORDS, either
from canteen.menus.rules import MOST_SETS, MenuRow, make_draft, plain

#: Column -> the headers it is known by, without spaces and brackets.
HEADERS: Mapping[str, tuple[str, ...]] = {
    "day": ("日期", "用餐日期", "供餐日期", "就餐日期", "日子", "date", "day"),
    "slot": ("餐次", "餐别", "餐段", "用餐时段", "时段", "slot", "meal"),
    "name": ("套餐", "套餐名称", "套餐名", "餐名", "名称", "品名", "set"),
    "price": ("价格", "单价", "售价", "价钱", "金额", "餐费", "price"),
    "dishes": ("菜品", "菜名", "菜式", "菜单", "菜谱", "菜肴", "内容", "dishes"),
    "tags": ("标签", "饮食标签", "特点", "口味", "适合", "说明", "tags"),
}
TITLES = {"day": "日期", "slot": "餐次", "name": "套餐", "price": "价格(元)", "dishes": "菜品", "tags": "标签"}
#: What a slot is called besides its name and its word.
_ALSO_CALLED = {
    "breakfast": ("早饭", "早", "早上"),
    "lunch": ("中餐", "午饭", "中饭", "午", "中", "中午"),
    "dinner": ("晚饭", "晚", "晚上"),
}
SLOT_WORDS = {slot: (name, *_ALSO_CALLED.get(slot, ()), slot) for slot, name in WORDS["slot"].items()}
#: The header stands within so many rows of the top: village lists begin with a title and a site name.
HEADER_WITHIN = 10
YEARS = range(2020, 2101)
#: Characters of a title, and of a cell with a day: a longer one is none, and reading it takes the square of its length.
LONGEST_TITLE, LONGEST_DAY = 200, 60

_BRACKETS = re.compile(r"[(\[【].*?[)\]】]|\s")
_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[\sT]*0{1,2}:00(?::00)?(?:\.0+)?)?")
_COMPACT_DAY = re.compile(r"(20\d{2})(\d{2})(\d{2})")
_WEEKDAY = re.compile(r"\s*[(]?(?:周|星期|礼拜)[一二三四五六日天][)]?\s*$")
_SERIAL = re.compile(r"(\d{5})(?:\.0+)?")
#: Day 0 of Excel's calendar, which believes in 29 February 1900.
_EXCEL_ZERO = date(1899, 12, 30)


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that was not taken, and why."""

    row: int
    error: BadInput

    @property
    def reason(self) -> str:
        """The reason in Chinese."""
        return str(self.error)


@dataclass(frozen=True, slots=True)
class MenuFile:
    """What a file holds. ``rows`` counts the rows below the header that have anything in them."""

    rows: int
    good: tuple[MenuRow, ...]
    bad: tuple[BadRow, ...]


@dataclass(slots=True)
class _Seen:
    """Sets met so far: a set stands once in a file, a sitting holds only so many."""

    where: dict[tuple[date, str, str], int] = field(default_factory=dict)
    sizes: dict[tuple[date, str], int] = field(default_factory=dict)

    def add(self, row: MenuRow) -> None:
        key, sitting = (row.day, row.slot, row.draft.name), (row.day, row.slot)
        if key in self.where:
            raise BadInput("与第 %(row)s 行重复", row=self.where[key])
        if self.sizes.get(sitting, 0) >= MOST_SETS:
            raise BadInput("一餐最多 %(most)s 个套餐", most=MOST_SETS)
        self.where[key] = row.row
        self.sizes[sitting] = self.sizes.get(sitting, 0) + 1


def read_menu(sheets: Sequence[FoundSheet], *, served: Collection[str]) -> MenuFile:
    """Sort the rows of a file into good and bad ones; ``served`` are the slots of the site.

    The first worksheet with a header is read. Raises ``BadInput`` when there is none: then nothing can be said about
    any row.
    """
    lines, columns = _find_header(sheets)
    good: list[MenuRow] = []
    bad: list[BadRow] = []
    seen = _Seen()
    for line in lines:
        try:
            row = _read_row(line.number, {name: line.at(column) for name, column in columns.items()}, served)
            seen.add(row)
        except BadInput as error:
            bad.append(BadRow(line.number, error))
        else:
            good.append(row)
    return MenuFile(len(good) + len(bad), tuple(good), tuple(bad))


def _find_header(sheets: Iterable[FoundSheet]) -> tuple[Sequence[Line], dict[str, int]]:
    """The lines below the header, and where its columns are."""
    best: dict[str, int] = {}
    for sheet in sheets:
        for at, line in enumerate(sheet.lines[:HEADER_WITHIN], start=1):
            columns = _columns_of(line)
            if columns.keys() >= HEADERS.keys() - {"tags"}:
                return sheet.lines[at:], columns
            best = max(best, columns, key=len)
    missing = "、".join(TITLES[name] for name in HEADERS if name != "tags" and name not in best)
    raise BadInput(
        "没有找到表头,缺少列:%(missing)s",
        field="file",
        missing=missing,
        next_step="第一行请写:日期、餐次、套餐、价格(元)、菜品、标签",
    )


def _columns_of(line: Line) -> dict[str, int]:
    columns: dict[str, int] = {}
    for column, cell in enumerate(line.cells):
        title = _BRACKETS.sub("", unicodedata.normalize("NFKC", str(cell or "")[:LONGEST_TITLE])).lower()
        for name, titles in HEADERS.items():
            if title in titles:
                columns.setdefault(name, column)
    return columns


def _read_row(number: int, cells: Mapping[str, object], served: Collection[str]) -> MenuRow:
    day = read_day(cells["day"])
    slot = read_slot(cells["slot"])
    if slot not in served:
        raise BadInput("本助餐点不供应%(slot)s", slot=SLOT_WORDS[slot][0])
    name = plain(_text(cells["name"]))
    draft = make_draft(
        name=name, price_fen=read_price(cells["price"]), dishes=_text(cells["dishes"]), tags=_text(cells.get("tags"))
    )
    return MenuRow(number, day, slot, draft)


def _text(cell: object) -> str:
    return "" if cell is None else str(cell)


def read_day(cell: object) -> date:
    """A day as a cell holds it: a date, text in the usual ways, or Excel's day number. Raises ``BadInput``."""
    if isinstance(cell, datetime):
        cell = cell.date()
    if isinstance(cell, date):
        return _sane(cell)
    written = unicodedata.normalize("NFKC", _text(cell)).strip()
    if len(written) > LONGEST_DAY:
        raise BadInput("「%(text)s」不是日期,请写成 2026-11-01", text=written[:20])
    text = _WEEKDAY.sub("", written)
    if not text:
        raise BadInput("缺少日期", next_step="合并的单元格请拆开,每一行都填")
    for pattern in (_DAY, _COMPACT_DAY):
        if found := pattern.fullmatch(text):
            try:
                return _sane(date(int(found[1]), int(found[2]), int(found[3])))
            except ValueError as error:
                raise BadInput("没有这一天:%(text)s", text=text[:20]) from error
    if found := _SERIAL.fullmatch(text):
        return _sane(_EXCEL_ZERO + timedelta(days=int(found[1])))
    raise BadInput("「%(text)s」不是日期,请写成 2026-11-01", text=text[:20])


def _sane(day: date) -> date:
    if day.year not in YEARS:
        raise BadInput("日期的年份不对:%(text)s", text=day.isoformat())
    return day


def read_slot(cell: object) -> str:
    """A slot by any of its names. Raises ``BadInput``."""
    text = plain(_text(cell)).lower()
    if not text:
        raise BadInput("缺少餐次")
    for slot, names in SLOT_WORDS.items():
        if text in names:
            return slot
    raise BadInput("「%(text)s」不是餐次,请写%(most)s或%(last)s", text=text[:20], **either("slot"))


def read_price(cell: object) -> int:
    """A price in fen, from a number or from text. Raises ``BadInput``; nothing is rounded silently."""
    text = _text(cell).strip()
    if not text:
        raise BadInput("缺少价格")
    if len(text) > 30:
        raise BadInput("价格不对:%(text)s", text=text[:20])
    return parse_yuan(text)
