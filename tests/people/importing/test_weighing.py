"""A workbook costs what a list costs, whatever its bytes stand for."""

from __future__ import annotations

import tracemalloc
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from canteen.base.errors import BadInput
from canteen.base.sheets import reading
from canteen.base.sheets.reading import read_sheets
from canteen.base.sheets.weighing import LAST_ROW, LONGEST, MOST_CELLS, MOST_OTHERS, MOST_PARTS, MOST_TEXTS
from tests.people.importing.workbooks import hostile, rows

NUMBER = "<c><v>1</v></c>"
RANGES = '<dataValidation sqref="' + "A1:B2 " * 100_000 + '"/>'
HEAVY = {
    "a far row": lambda: hostile('<sheetData><row r="2147483647"><c><v>1</v></c></row></sheetData>'),
    "a row of 5,000 digits": lambda: hostile(f'<sheetData><row r="{"9" * 5000}"><c><v>1</v></c></row></sheetData>'),
    "shared texts": lambda: hostile(rows(1, NUMBER), "<si><t>a</t></si>" * (MOST_TEXTS + 1)),
    "runs of one text": lambda: hostile(rows(1, NUMBER), "<si>" + "<r><t>a</t></r>" * MOST_TEXTS + "</si>"),
    "texts in cells": lambda: hostile(rows(1, '<c t="inlineStr"><is><t>a</t></is></c>' * (MOST_TEXTS + 1))),
    "cells in a part named like a picture": lambda: hostile(rows(1, "<c/>" * (MOST_CELLS + 1)), name="a.png"),
    "cells": lambda: hostile(rows(1, "<c/>" * (MOST_CELLS + 1))),
    "rows": lambda: hostile(rows(MOST_CELLS + 1, "")),
    "values of one cell": lambda: hostile(rows(1, "<c>" + "<v/>" * (MOST_PARTS + 1) + "</c>")),
    "styles": lambda: hostile(rows(1, NUMBER), styles="<cellXfs>" + "<xf/>" * (MOST_OTHERS + 1) + "</cellXfs>"),
    "ranges": lambda: hostile(f"<sheetData/><dataValidations>{RANGES * 60}</dataValidations>"),
    "a long text": lambda: hostile(rows(1, f'<c t="str"><v>{"x" * (LONGEST + 1)}</v></c>')),
    "a long tag": lambda: hostile(rows(1, "<c " + " ".join(f'a{n}="1"' for n in range(400_000)) + "></c>")),
    "nested": lambda: hostile("<a>" * 1_000_000),
    "one sheet fifty times": lambda: hostile(rows(3, NUMBER), sheets=50),
}


@pytest.mark.parametrize("make", HEAVY.values(), ids=HEAVY)
def test_a_workbook_that_stands_for_too_much_is_refused_before_it_is_read(make, monkeypatch):
    monkeypatch.setattr("openpyxl.load_workbook", lambda *_, **__: pytest.fail("the reader saw it"))
    content = make()
    tracemalloc.start()
    try:
        with pytest.raises(BadInput, match="不像名册") as trouble:
            read_sheets(content, "名册.xlsx")
        most_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert trouble.value.next_step == reading.ONLY_VALUES
    assert most_bytes < 20_000_000


def test_a_packing_that_no_office_program_uses_is_refused():
    with pytest.raises(BadInput, match="打不开"):
        read_sheets(hostile(rows(1, NUMBER), packing=zipfile.ZIP_LZMA), "x.xlsx")


def test_a_whole_roster_and_a_styled_last_row_are_read():
    assert len(read_sheets(hostile(rows(2_000, NUMBER * 20)), "x.xlsx")[0].lines) == 2_000

    far = f'<sheetData><row r="1">{NUMBER}</row><row r="{LAST_ROW}">{NUMBER}</row></sheetData>'
    assert [line.number for line in read_sheets(hostile(far), "x.xlsx")[0].lines] == [1, LAST_ROW]


@pytest.mark.parametrize("content", [b"ab," * 1_300_000, b"a,b\n" + b"\r" * 2_200_000], ids=["columns", "rows"])
def test_a_csv_that_is_no_list_is_refused(content):
    with pytest.raises(BadInput, match="不像名册"):
        read_sheets(content, "x.csv")


TAGS = st.sampled_from(["row", "c", "v", "f", "is", "t", "si", "mergeCells", "sheetData", "x"])
ATTRIBUTES = st.sampled_from(
    ["", ' r="1"', ' r="XFD9999999"', ' r="1e9"', ' r="-1"', ' t="s"', ' t="inlineStr"', ' t="d"']
)
SHAPES = st.recursive(
    st.sampled_from(["", "1", "9" * 400, "1e308", "é"]),
    lambda inner: st.builds(
        lambda tag, attributes, inside, times: f"<{tag}{attributes}>{inside}</{tag}>" * times,
        TAGS,
        ATTRIBUTES,
        inner,
        st.sampled_from([1, 1, 2, 30]),
    ),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None)
@given(SHAPES, SHAPES)
def test_whatever_a_sheet_holds_is_read_or_refused(sheet, strings):
    try:
        found = read_sheets(hostile(f"<sheetData>{sheet}</sheetData>", strings), "x.xlsx")
    except BadInput:
        return
    assert all(line.number <= LAST_ROW and len(line.cells) <= reading.MOST_COLUMNS for line in found[0].lines)
