"""A table as a file people open in Excel or WPS: .csv (UTF-8 with BOM) or .xlsx. No cell is ever a formula."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from canteen.base.i18n import said
from canteen.base.money import yuan

Row = TypeVar("Row")

CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

#: Characters of a .csv sent at a time.
_CHUNK = 32_768


@dataclass(frozen=True, slots=True)
class Fen:
    """An amount, written in yuan with two decimals."""

    amount: int


#: A cell: text, a count, a day, or an amount.
Cell = str | int | date | Fen


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table with its title and header."""

    title: str
    header: tuple[str, ...]
    rows: Sequence[Sequence[Cell]]


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """One column of a table: its Chinese heading, and what it says of a row."""

    head: str
    cell: Callable[[Row], Cell]


def heads(columns: Iterable[Column[Row]]) -> tuple[str, ...]:
    """The header in the reader's language."""
    return tuple(said(column.head) for column in columns)


def table(title: str, columns: Sequence[Column[Row]], rows: Iterable[Row]) -> Sheet:
    """A table of rows, column by column."""
    return Sheet(title, heads(columns), [[column.cell(row) for column in columns] for row in rows])


def csv_bytes(sheet: Sheet) -> bytes:
    """The table with its header, as Excel and WPS read it by a double click."""
    return b"".join(csv_stream(sheet.header, sheet.rows))


def csv_stream(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """The same, some rows at a time: as long as it may be, never whole in memory."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([safe_cell(name) for name in header])
    yield b"\xef\xbb\xbf"
    for row in rows:
        writer.writerow([_csv_cell(cell) for cell in row])
        if text.tell() > _CHUNK:
            yield _emptied(text)
    yield _emptied(text)


def _emptied(text: io.StringIO) -> bytes:
    written = text.getvalue().encode()
    text.seek(0)
    text.truncate()
    return written


def _csv_cell(cell: Cell) -> str | int:
    if isinstance(cell, Fen):
        return yuan(cell.amount).replace(",", "")
    if isinstance(cell, date):
        return cell.isoformat()
    return safe_cell(cell) if isinstance(cell, str) else cell


def xlsx_bytes(sheet: Sheet) -> bytes:
    """The table under its title, ready to print on A4; texts are written as texts, amounts as numbers."""
    import xlsxwriter  # 20 ms and 6 MiB that the counter's process does not need

    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    page = book.add_worksheet()
    page.set_paper(9)
    page.set_landscape()
    page.fit_to_pages(1, 0)
    page.repeat_rows(1)
    head = book.add_format({"bold": True, "border": 1, "text_wrap": True, "valign": "top"})
    formats = {Fen: book.add_format({"num_format": "#,##0.00"}), date: book.add_format({"num_format": "yyyy-mm-dd"})}
    page.write_string(0, 0, sheet.title, book.add_format({"bold": True, "font_size": 16}))
    for column, name in enumerate(sheet.header):
        page.write_string(1, column, name, head)
        page.set_column(column, column, 14)
    for place, row in enumerate(sheet.rows, 2):
        for column, cell in enumerate(row):
            if isinstance(cell, Fen):
                page.write_number(place, column, cell.amount / 100, formats[Fen])
            elif isinstance(cell, date):
                page.write_datetime(place, column, cell, formats[date])
            elif isinstance(cell, int):
                page.write_number(place, column, cell)
            else:
                page.write_string(place, column, cell)
    book.close()
    return file.getvalue()


def safe_cell(text: str) -> str:
    """A text no spreadsheet takes for a formula: one that begins like a formula gets an apostrophe in front."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%") else text
