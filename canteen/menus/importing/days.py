"""Days as people write them, also those that leave out the year or say only the day of the week. Pure."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from canteen.base.errors import BadInput
from canteen.menus.importing.words import SLOT_WORDS, WEEKDAY, weekday_number

YEARS = range(2020, 2101)
#: Characters of a cell with a day: a longer one is none, and reading it takes the square of its length.
LONGEST_DAY = 60

_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?(?:[\sT]*0{1,2}:00(?::00)?(?:\.0+)?)?")
_COMPACT_DAY = re.compile(r"(20\d{2})(\d{2})(\d{2})")
_MONTH_DAY = re.compile(r"(?<![\d.])(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?(?![\d.])")
_DAY_ONLY = re.compile(r"(?<!\d)(\d{1,2})\s*[日号]")
_SERIAL = re.compile(r"(\d{5})(?:\.0+)?")
#: From one day to another: the second may leave out what the first has said.
_SPAN = re.compile(
    r"(?:(\d{4})\s*[年./-]\s*)?(\d{1,2})\s*[月./-]\s*(\d{1,2})\s*[日号]?\s*(?:[-—–―~至到]+)\s*"
    r"(?:(?:(\d{4})\s*[年./-]\s*)?(\d{1,2})\s*[月./-]\s*)?(\d{1,2})(?!\d)"
)
_YEAR_MONTH = re.compile(r"(\d{4})\s*[年./-]\s*(\d{1,2})\s*月?")
_YEAR = re.compile(r"(20\d{2})\s*年")
_MONTH = re.compile(r"(?<!\d)(\d{1,2})\s*月")
#: Day 0 of Excel's calendar, which believes in 29 February 1900.
_EXCEL_ZERO = date(1899, 12, 30)


@dataclass(frozen=True, slots=True)
class WrittenDay:
    """A day as a cell says it; what it leaves out is None."""

    text: str
    year: int | None = None
    month: int | None = None
    day: int | None = None
    #: ISO number of the day of the week.
    weekday: int | None = None
    #: A number like 12.1, in which a zero at the end is lost.
    is_number: bool = False


@dataclass(slots=True)
class Calendar:
    """What completes days that are not written whole: the title of the sheet, the week on the screen, today."""

    today: date
    #: Monday of the week that names of days mean where no title says another.
    week: date
    #: What the title says.
    span: tuple[date, date] | None = None
    year: int | None = None
    month: int | None = None
    #: The slot of a sheet whose title names one alone.
    slot: str = ""
    #: Weeks after ``week`` that a block of a rotation is.
    week_offset: int = 0
    #: What was completed, to be said before anything is written: told once each.
    remarks: dict[str, BadInput] = field(default_factory=dict)

    def remark(self, remark: BadInput) -> None:
        """Remember something to be said about the whole file."""
        self.remarks.setdefault(str(remark), remark)

    def forget_title(self) -> None:
        """Begin with another sheet."""
        self.span = self.year = self.month = None
        self.slot, self.week_offset = "", 0

    def read_title(self, texts: Iterable[str]) -> None:
        """Take days, month, year and slot out of the lines above a table. What makes no sense is passed over."""
        titles = [unicodedata.normalize("NFKC", text[:200]) for text in texts]
        named = {
            slot for slot, names in SLOT_WORDS.items() if any(name in title for title in titles for name in names[:2])
        }
        self.slot = named.pop() if len(named) == 1 else ""
        for plain in titles:
            if self.span is None and (found := _SPAN.search(plain)):
                self._take_span(*found.groups())
            if self.month is None and (found := _YEAR_MONTH.search(plain)):
                self.year, self.month = int(found[1]), int(found[2])
            elif self.month is None and (found := _MONTH.search(plain)):
                self.month = int(found[1])
            elif self.year is None and (found := _YEAR.search(plain)):
                self.year = int(found[1])

    def _take_span(self, year: str | None, month: str, day: str, *last: str | None) -> None:
        try:
            first = self._with_year(int(month), int(day), int(year) if year else None)
            end_year, end_month, end_day = (int(part) if part else None for part in last)
            end = self._with_year(end_month or first.month, end_day or 0, end_year or first.year)
            if end < first:
                end = end.replace(year=end.year + 1)
        except ValueError:
            return
        if end - first < timedelta(days=62):
            self.span = (first, end)

    def day_of(self, written: WrittenDay) -> date:
        """The day that is meant. Raises ``BadInput`` for one that cannot be, or cannot be told."""
        if written.is_number and written.day in (1, 2, 3) and written.weekday is None:
            raise BadInput(
                "「%(text)s」可能是 %(day)s 日,也可能是 %(other)s 日",
                text=written.text,
                day=written.day,
                other=written.day * 10,
                next_step="请把日期写成 12月10日 这样的文字",
            )
        try:
            found = self._find(written)
        except ValueError as error:
            raise BadInput("没有这一天:%(text)s", text=written.text[:20]) from error
        if found.year not in YEARS:
            raise BadInput("日期的年份不对:%(text)s", text=found.isoformat())
        if written.weekday is not None and found.isoweekday() != written.weekday:
            self.remark(
                BadInput(
                    "「%(text)s」按 %(day)s 读,日历上那天不是这个星期几", text=written.text[:20], day=found.isoformat()
                )
            )
        return found

    def _find(self, written: WrittenDay) -> date:
        if written.day is None:
            return self._of_week(written)
        if written.month is None:
            return self._of_month(written)
        if written.year is None:
            return self._with_year(written.month, written.day, self.year)
        return date(written.year, written.month, written.day)

    def _of_week(self, written: WrittenDay) -> date:
        first = self.span[0] if self.span else self.week
        monday = first - timedelta(days=first.weekday()) + timedelta(weeks=self.week_offset)
        self.remark(BadInput("只写了星期的,按 %(day)s 起的这一周读", day=monday.isoformat()))
        return monday + timedelta(days=(written.weekday or 1) - 1)

    def _of_month(self, written: WrittenDay) -> date:
        """A day of the month alone: in the span or the month of the title, else in the week that is meant."""
        day = written.day or 0
        first, last = self.span or (self.week, self.week + timedelta(days=6))
        within = (first + timedelta(days=ahead) for ahead in range((last - first).days + 1))
        if self.month is None or self.span:
            found = next((one for one in within if one.day == day), None)
            if found is not None:
                return found
        if self.month is None:
            raise BadInput("「%(text)s」没有写月份", text=written.text[:20], next_step="请写成 12月7日")
        return self._with_year(self.month, day, self.year)

    def _with_year(self, month: int, day: int, year: int | None) -> date:
        """A day of a year that is not written: the nearest to today. Raises ``ValueError``."""
        if year is not None:
            return date(year, month, day)
        around = [self.today.year + ahead for ahead in (-1, 0, 1)]
        days = [date(one, month, day) for one in around if (month, day) != (2, 29) or one % 4 == 0]
        if not days:  # no leap year is near
            raise ValueError
        found = min(days, key=lambda one: abs(one - self.today))
        self.remark(BadInput("没有写年份的日期按 %(year)s 年读", year=str(found.year)))
        return found


def written_day(cell: object) -> tuple[WrittenDay | None, str]:
    """The day a cell says, and what it says besides; None: it says none."""
    if isinstance(cell, date):  # of which a datetime is one
        return WrittenDay(cell.isoformat()[:10], cell.year, cell.month, cell.day), ""
    text = unicodedata.normalize("NFKC", "" if cell is None else str(cell)).strip()
    if len(text) > LONGEST_DAY:
        return None, text
    if found := _SERIAL.fullmatch(text):
        serial = _EXCEL_ZERO + timedelta(days=int(found[1]))
        return WrittenDay(text, serial.year, serial.month, serial.day), ""
    weekday = None
    rest = text
    if found := WEEKDAY.search(rest):
        weekday, rest = weekday_number(found[1]), _cut(rest, found)
    for pattern, parts in ((_DAY, 3), (_COMPACT_DAY, 3), (_MONTH_DAY, 2), (_DAY_ONLY, 1)):
        if found := pattern.search(rest) if parts < 3 else pattern.match(rest):
            year, month, day = [None] * (3 - parts) + [int(part) for part in found.groups()]
            return WrittenDay(text, year, month, day, weekday, isinstance(cell, float)), _cut(rest, found)
    return (WrittenDay(text, weekday=weekday), rest) if weekday is not None else (None, text)


def _cut(text: str, found: re.Match[str]) -> str:
    """A text without what was found in it, and without brackets that hold nothing any more."""
    return re.sub(r"[(\[【]\s*[)\]】]", "", text[: found.start()] + " " + text[found.end() :]).strip(
        " ()[]【】,、:;\n\t"
    )


def read_day(cell: object, calendar: Calendar) -> date:
    """A day as the cell of a list holds it. Raises ``BadInput``."""
    text = unicodedata.normalize("NFKC", "" if cell is None else str(cell)).strip()
    if not text:
        raise BadInput("缺少日期", next_step="合并的单元格请拆开,每一行都填")
    written, rest = written_day(cell)
    if written is None or rest:
        raise BadInput("「%(text)s」不是日期,请写成 2026-11-01", text=text[:20])
    return calendar.day_of(written)
