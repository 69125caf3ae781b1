"""A menu file or a pasted text as good rows and bad ones: which of its sheets are read, and in which shape. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from canteen.base.errors import BadInput
from canteen.base.sheets.reading import FoundSheet, Line, carried
from canteen.menus.dishes.rules import DishFacts
from canteen.menus.importing.chat import read_lines
from canteen.menus.importing.grid import read_grid
from canteen.menus.importing.labels import read_label
from canteen.menus.importing.listed import find_list, missing_columns, read_list
from canteen.menus.importing.pieces import PASSED_OVER, BadRow, Heap, Known, dishes_in, gather
from canteen.menus.rules import MenuRow

#: Lines above a table, which may say which week or month it is.
TITLE_LINES = 5
#: With no more columns missing it was meant as a list.
MOST_MISSING = 2


@dataclass(frozen=True, slots=True)
class MenuFile:
    """What a file holds. ``rows`` counts the sets and the rows that were not taken."""

    rows: int
    good: tuple[MenuRow, ...]
    bad: tuple[BadRow, ...]
    #: How it was completed where it leaves something out, and what was not read.
    remarks: tuple[BadInput, ...] = ()
    #: What it says of dishes: for the dish list, where that says nothing yet.
    dishes: tuple[DishFacts, ...] = ()


def read_menu(sheets: Sequence[FoundSheet], known: Known) -> MenuFile:
    """Sort what a file says into good and bad rows. Every sheet that holds a menu is read, but no hidden one.

    Raises ``BadInput`` when there is none: then nothing can be said about any row.
    """
    good: list[MenuRow] = []
    bad: list[BadRow] = []
    passed_over: list[str] = []
    unread: list[BadRow] = []
    dishes: list[DishFacts] = []
    shown = [sheet for sheet in sheets if not sheet.is_hidden]
    for sheet in shown:
        known.calendar.forget_title()
        heap, is_list = _read_sheet(carried(sheet), known)
        if not (is_list or heap.pieces):
            passed_over.append(sheet.name)
            unread += heap.bad
            continue
        found = gather(heap)
        dishes += dishes_in(heap)
        seen = {(one.day, one.slot, one.draft.name): one.row for one in good}
        for row in found:
            if (row.day, row.slot, row.draft.name) in seen:
                heap.bad.append(BadRow(row.row, BadInput("前面的工作表已有同一天的「%(name)s」", name=row.draft.name)))
            else:
                good.append(row)
        bad += [replace(one, sheet=sheet.name if len(shown) > 1 else "") for one in heap.bad]
    if len(passed_over) == len(shown):
        missing = missing_columns(max((sheet.lines for sheet in shown), key=len, default=()))
        reason = next((one.error for one in unread if one.error.text != PASSED_OVER), None)
        raise reason if reason and len(missing) > MOST_MISSING else _no_menu(missing)
    for sheet in sheets:
        if sheet.is_hidden:
            known.calendar.remark(BadInput("隐藏的工作表「%(name)s」没有读", name=sheet.name))
    for name in passed_over:
        known.calendar.remark(BadInput("工作表「%(name)s」里没有看出菜单,没有读", name=name))
    bad.sort(key=lambda one: (one.sheet, one.row))
    remarks = tuple(known.calendar.remarks.values())
    return MenuFile(len(good) + len(bad), tuple(good), tuple(bad), remarks, tuple(dishes))


def _read_sheet(sheet: FoundSheet, known: Known) -> tuple[Heap, bool]:
    """What a sheet says, and whether it has the header of a list: then it holds a menu, be it an empty one."""
    lines = sheet.lines
    known.calendar.read_title([sheet.name, *_titles(lines)])
    if found := find_list(lines, known):
        at, columns = found
        return read_list(lines[at + 1 :], columns, known), True
    if all(len(line.cells) == 1 for line in lines):
        return read_lines(lines, known), False
    return read_grid(lines, known) or Heap(known), False


def _titles(lines: Sequence[Line]) -> list[str]:
    """The lines above a table: those of one text, be it merged over all columns."""
    titles: list[str] = []
    for line in lines[:TITLE_LINES]:
        texts = {str(cell) for cell in line.cells if cell is not None}
        if len(texts) == 1 and not read_label(next(iter(texts))).says_something:
            titles += texts
    return titles


def _no_menu(missing: Sequence[str]) -> BadInput:
    return BadInput(
        "没有找到表头,缺少列:%(missing)s",
        missing="、".join(missing),
        next_step="列表的第一行请写:日期、餐次、套餐、价格(元)、菜品、标签;一周的表请写上星期或日期,和早餐、午餐、晚餐",
    )
