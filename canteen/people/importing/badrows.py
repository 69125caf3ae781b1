"""The sheet of only the bad rows: what was given, and on top of it a column 问题, to be corrected and sent again."""

import io
from collections.abc import Mapping
from dataclasses import dataclass

from canteen.base.sheets.reading import Line
from canteen.people.importing.columns import Layout
from canteen.people.importing.words import cell_text

PROBLEM = "问题"


@dataclass(frozen=True, slots=True)
class BadRows:
    """The rows of a roster that were not taken, with everything above its header."""

    above: tuple[Line, ...]
    header: tuple[Line, ...]
    #: (row, what is wrong with it)
    rows: tuple[tuple[Line, str], ...]


def bad_rows(layout: Layout, reasons: Mapping[int, str]) -> BadRows:
    """Pick the rows with a reason. A column 问题 of an earlier round stays where it is."""
    rows = tuple((line, reasons[line.number]) for line in layout.below if line.number in reasons)
    return BadRows(layout.above, layout.header, rows)


def workbook(bad: BadRows) -> bytes:
    """The sheet as .xlsx. Every cell is text: ID numbers keep their digits and nothing can become a formula."""
    import xlsxwriter  # 0.1 s: only where a sheet is made

    out = io.BytesIO()
    plain = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(out, {"in_memory": True} | plain)
    sheet = book.add_worksheet("待改正")
    text = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
    head = book.add_format({"num_format": "@", "bold": True, "bg_color": "#F5F0E6", "border": 1})
    wrong = book.add_format({"num_format": "@", "text_wrap": True, "font_color": "#8F1414", "valign": "top"})
    lines = [*bad.above, *bad.header, *(line for line, _ in bad.rows)]
    last = max((len(line.cells) for line in lines[len(bad.above) :]), default=0)
    for at, line in enumerate(lines):
        for column, cell in enumerate(line.cells):
            sheet.write_string(at, column, cell_text(cell), head if line in bad.header else text)
    sheet.write_string(len(bad.above), last, PROBLEM, head)
    for at, (line, reason) in enumerate(bad.rows, len(bad.above) + len(bad.header)):
        sheet.write_string(at, last, f"原第{line.number}行:{reason}", wrong)
    sheet.set_column(0, max(last - 1, 0), 14)
    sheet.set_column(last, last, 44)
    sheet.freeze_panes(len(bad.above) + len(bad.header), 0)
    book.close()
    return out.getvalue()
