"""Reading an uploaded file into rows of cells. Whatever is wrong with it becomes ``BadInput`` with what to do."""

import csv
import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Any
from xml.etree import ElementTree

from canteen.base.apart import read_apart
from canteen.base.errors import BadInput
from canteen.base.sheets.weighing import LAST_ROW, NoWorkbook, TooHeavy, weigh
from canteen.base.text import plain_text

#: A cell: text, a number, a date, or nothing.
Cell = str | int | float | date | None

MOST_ROWS = 20_000
MOST_COLUMNS = 60
MOST_TEXT = 500
#: Cells that merged ones are carried to.
MOST_CARRIED = 200_000
#: An unpacked workbook of 20,000 rows is about 20 MB; a packed one that grows beyond this is not a roster.
MOST_UNPACKED_BYTES = 64 * 1024 * 1024
#: Bytes, unpacked, that are read in a tenth of a second: a roster of a village.
SMALL = 1024 * 1024
_FORMULA_ERRORS = ("#N/A", "#REF!", "#NAME?", "#VALUE!", "#DIV/0!", "#NULL!", "#NUM!")

ONLY_VALUES = "请新建一个表格,只粘贴名册的数值,再上传"
SAVE_AS = "请在 Excel 或 WPS 里打开,另存为 .xlsx 再上传"


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a sheet with its own number there, from 1."""

    number: int
    cells: tuple[Cell, ...]

    def at(self, column: int) -> Cell:
        """The cell of a column; None beyond the last."""
        return self.cells[column] if column < len(self.cells) else None


@dataclass(frozen=True, slots=True)
class FoundSheet:
    """One worksheet. Blank rows are left out; ``Line.number`` still counts them."""

    name: str
    lines: tuple[Line, ...]
    is_hidden: bool = False
    #: Merged cells: first column, first row, last column, last row, from 1.
    merged: tuple[tuple[int, int, int, int], ...] = ()


def read_sheets(data: bytes, filename: str) -> list[FoundSheet]:
    """The worksheets of a file that have any content; a large one is read in a process of its own.

    Raises ``BadInput``, and for a large file what ``read_apart`` raises.
    """
    return _read_sheets(data, filename) if _is_small(data) else read_apart(_read_sheets, data, filename)


def _is_small(data: bytes) -> bool:
    """Whether it is at most ``SMALL`` bytes, unpacked; what is no package is read to be refused."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            return sum(entry.file_size for entry in package.infolist()) <= SMALL
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return len(data) <= SMALL


def _read_sheets(data: bytes, filename: str) -> list[FoundSheet]:
    if not data.strip(b"\0 \r\n\t"):
        raise BadInput("文件是空的", field="file", next_step="请选择有内容的名册再上传")
    _refuse_other_kinds(data)
    sheets = _read_workbook(data) if data.startswith(b"PK") else [_read_text(data, filename)]
    sheets = [sheet for sheet in sheets if sheet.lines]
    if not sheets:
        raise BadInput("文件里没有内容", field="file", next_step="请选择有内容的名册再上传")
    return sheets


def _refuse_other_kinds(data: bytes) -> None:
    head = data[:2048].lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise BadInput("文件有打开密码", field="file", next_step="请去掉密码,另存为 .xlsx 再上传")
        raise BadInput("这是旧版 .xls(或 .et)文件", field="file", next_step=SAVE_AS)
    if head.startswith((b"<!doctype", b"<html", b"<?xml", b"<table", b"<meta", b"<head")):
        raise BadInput("这是网页文件,不是表格,只是改了扩展名", field="file", next_step=SAVE_AS)
    if head.startswith((b"%pdf", b"\x89png", b"\xff\xd8\xff", b"rar!", b"7z\xbc\xaf")):
        raise BadInput("这不是表格文件", field="file", next_step="请上传 .xlsx 或 .csv 名册")


def _read_workbook(data: bytes) -> list[FoundSheet]:
    _check_package(data)
    import openpyxl  # 0.2 s: only where a workbook is read

    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        return [
            FoundSheet(
                str(sheet.title), tuple(_lines(_rows_of(sheet))), sheet.sheet_state != "visible", tuple(_merged(sheet))
            )
            for sheet in book.worksheets
        ]
    except (BadInput, MemoryError):
        raise
    except Exception as error:  # a damaged workbook can raise anything from the library's depths
        raise BadInput("文件打不开,可能已损坏", field="file", next_step=SAVE_AS) from error


def _check_package(data: bytes) -> None:
    """Look at the zip's directory before anything is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            entries = package.infolist()
            _check_entries(entries)
            weigh(package)
    except TooHeavy as error:
        raise BadInput("文件里的行、格子或样式太多,不像名册", field="file", next_step=ONLY_VALUES) from error
    except NoWorkbook as error:
        raise BadInput("文件打不开,可能已损坏", field="file", next_step=SAVE_AS) from error
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, OSError, NotImplementedError) as error:
        raise BadInput("文件打不开,可能没有传完整", field="file", next_step="请重新选择文件再上传") from error


def _check_entries(entries: list[zipfile.ZipInfo]) -> None:
    if any(entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for entry in entries):
        raise NotImplementedError  # no office program packs otherwise, and some ways may ask for gigabytes
    if sum(entry.file_size for entry in entries) > MOST_UNPACKED_BYTES or len(entries) > 2000:
        raise BadInput("文件展开后太大", field="file", next_step="请删去图片和多余的工作表,只留名册再上传")
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise BadInput("文件有打开密码", field="file", next_step="请去掉密码,另存为 .xlsx 再上传")
    if not any(entry.filename.replace("\\", "/").startswith("xl/workbook") for entry in entries):
        raise BadInput("这不是 .xlsx 表格", field="file", next_step=SAVE_AS)


def _rows_of(sheet: Any) -> Iterator[tuple[Any, ...]]:
    sheet.reset_dimensions()  # some programs write a size that hides rows
    yield from sheet.iter_rows(max_col=MOST_COLUMNS, values_only=True)


def _merged(sheet: Any) -> Iterator[tuple[int, int, int, int]]:
    """The merged cells of a sheet. The reader that does not keep a whole sheet in memory passes over them."""
    from openpyxl.utils.cell import range_boundaries

    # Its parts were weighed: none declares a document type, or is too large.
    with sheet.parent._archive.open(sheet._worksheet_path) as part:
        for _, element in ElementTree.iterparse(part):  # noqa: S314
            if element.tag.endswith("}mergeCell") and None not in (place := range_boundaries(element.get("ref", ""))):
                yield place
            if not element.tag.endswith("}mergeCells"):
                element.clear()


def carried(sheet: FoundSheet) -> FoundSheet:
    """A sheet whose merged cells say everywhere what they say once."""
    by_number = {line.number: list(line.cells) for line in sheet.lines}
    left = MOST_CARRIED
    for first_column, first_row, last_column, last_row in sheet.merged:
        above = by_number.get(first_row, [])
        value = above[first_column - 1] if first_column <= len(above) else None
        columns = range(first_column - 1, min(last_column, MOST_COLUMNS))
        left -= len(columns) * (last_row - first_row + 1)
        if value is None or left < 0:
            continue
        for number in range(first_row, last_row + 1):
            if (cells := by_number.get(number)) is not None:
                cells += [None] * (columns.stop - len(cells))
                cells[columns.start : columns.stop] = [value] * len(columns)
    lines = tuple(Line(line.number, tuple(by_number[line.number])) for line in sheet.lines)
    return replace(sheet, lines=lines)


def read_pasted(text: str) -> list[FoundSheet]:
    """What was pasted: cells of a spreadsheet, or lines of text of one cell each. Raises ``BadInput``."""
    if not text.strip():
        raise BadInput("没有粘贴内容", field="text", next_step="请把表格或文字复制后粘贴到框里")
    if "\t" in text:
        return _read_sheets(text.encode("utf-8", "replace"), "")
    lines = tuple(_lines((line,) for line in text.splitlines()))
    return [FoundSheet("", lines)] if lines else []


def _read_text(data: bytes, filename: str) -> FoundSheet:
    text = _decoded(data)
    if "\0" in text:
        raise BadInput("这不是表格文件", field="file", next_step="请上传 .xlsx 或 .csv 名册")
    separator = max(",\t;", key=text[:4000].count)
    if separator not in text[:4000]:
        raise BadInput("看不出表格的列", field="file", next_step="请上传 .xlsx,或用逗号分列的 .csv")
    if text.count(separator) > MOST_ROWS * MOST_COLUMNS or text.count("\n") + text.count("\r") > 2 * LAST_ROW:
        raise BadInput("文件里的行或列太多,不像名册", field="file", next_step=ONLY_VALUES)
    try:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        return FoundSheet(filename, tuple(_lines(tuple(row[:MOST_COLUMNS]) for row in rows)))
    except csv.Error as error:
        raise BadInput("CSV 文件读不懂", field="file", next_step="请另存为 .xlsx 再上传") from error


def _decoded(data: bytes) -> str:
    """Text of a CSV: UTF-8 with or without mark, UTF-16 with mark, or GB18030 (what Chinese Excel writes)."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadInput("看不懂文件的文字编码", field="file", next_step="请另存为 .xlsx,或 UTF-8 的 .csv")


def _lines(rows: Iterable[tuple[Any, ...]]) -> Iterator[Line]:
    kept = 0
    for number, row in enumerate(rows, 1):
        if row.count(None) == len(row):
            continue  # a sheet may name its millionth row alone: the ones before it cost nothing
        cells = [_cell(value) for value in row]
        while cells and cells[-1] is None:
            cells.pop()
        if not cells:
            continue
        kept += 1
        if kept > MOST_ROWS:
            raise BadInput(
                "行数太多,一次最多 %(most)s 行", field="file", most=MOST_ROWS, next_step="请按村拆成几个文件再上传"
            )
        yield Line(number, tuple(cells))


def _cell(value: Any) -> Cell:
    """A cell as the program keeps it: a midnight is a day, blank text is nothing, whole floats are integers."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 1e18 else value
    if isinstance(value, int):
        return value
    if isinstance(value, time):
        return value.isoformat()
    text = str(value)[:MOST_TEXT]
    return text if plain_text(text) and text not in _FORMULA_ERRORS else None
