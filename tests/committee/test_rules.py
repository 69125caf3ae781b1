"""Counting, months and cells, decided on facts alone."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date

import pytest
from openpyxl import load_workbook

from canteen.base.months import month_bounds, months_on
from canteen.base.sheets.writing import Fen, Sheet, csv_bytes, safe_cell, xlsx_bytes
from canteen.check.rules import EntryFacts, ServingFacts, entry_problems, serving_problems, use_problems
from canteen.committee.rules import CountRow, day_lines, tally

MONDAY, TUESDAY = date(2026, 11, 16), date(2026, 11, 17)
ROWS = (
    CountRow(TUESDAY, "dinner", "delivery", "六类", False, 2, 2000, 1000),
    CountRow(MONDAY, "lunch", "dine_in", "六类", False, 3, 3000, 1500),
    CountRow(MONDAY, "lunch", "dine_in", "一类", False, 1, 1000, 500),
    CountRow(MONDAY, "lunch", "take_away", "", False, 4, 4000, 4000),
    CountRow(MONDAY, "lunch", "dine_in", "", True, 5, 5000, 5000),
    CountRow(MONDAY, "lunch", "dine_in", "关爱", False, 1, 1000, 1000),
)


def test_tally_counts_guests_apart_from_classes() -> None:
    found = tally(ROWS)

    assert (found.total, found.guests) == (16, 5)
    assert list(found.by_slot.items()) == [("lunch", 14), ("dinner", 2)]
    assert list(found.by_way.items()) == [("dine_in", 10), ("take_away", 4), ("delivery", 2)]
    assert list(found.by_class.items()) == [("一类", 1), ("六类", 5), ("关爱", 1), ("无", 4)]
    assert sum(found.by_class.values()) + found.guests == found.total
    assert (found.own_fen, found.public_fen) == (13_000, 3_000)


def test_tally_of_nothing_is_nothing() -> None:
    found = tally(())

    assert (found.total, found.guests, dict(found.by_class), found.public_fen) == (0, 0, {}, 0)


def test_day_lines_are_in_order_and_add_up() -> None:
    lines = day_lines(ROWS)

    assert [(line.day, line.total, line.guests, line.own_fen) for line in lines] == [
        (MONDAY, 14, 5, 12_000),
        (TUESDAY, 2, 0, 1_000),
    ]


@pytest.mark.parametrize(
    ("month", "before", "after", "last"),
    [
        pytest.param(date(2026, 1, 1), date(2025, 12, 1), date(2026, 2, 1), 31, id="January"),
        pytest.param(date(2026, 12, 1), date(2026, 11, 1), date(2027, 1, 1), 31, id="December"),
        pytest.param(date(2028, 2, 1), date(2028, 1, 1), date(2028, 3, 1), 29, id="a leap February"),
    ],
)
def test_months(month: date, before: date, after: date, last: int) -> None:
    assert (months_on(month, -1), months_on(month, 1)) == (before, after)
    assert month_bounds(month.replace(day=15)) == (month, month.replace(day=last))


@pytest.mark.parametrize("text", ["=1+1", "+8613", "-2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "|cmd", "%x"])
def test_no_cell_begins_like_a_formula(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "王*", "1121-017", "A套餐", "¥5.00"])
def test_plain_cells_stay(text: str) -> None:
    assert safe_cell(text) == text


SHEET = Sheet("测试表", ("姓名", "=头"), [["=HYPERLINK(1)", 3], [MONDAY, Fen(-5)], ["http://x/", Fen(123_450)]])


def test_csv_has_a_bom_and_no_formula() -> None:
    body = csv_bytes(SHEET)

    assert body[:3] == b"\xef\xbb\xbf"
    rows = list(csv.reader(io.StringIO(body[3:].decode())))
    assert rows == [["姓名", "'=头"], ["'=HYPERLINK(1)", "3"], ["2026-11-16", "-0.05"], ["http://x/", "1234.50"]]


def test_xlsx_has_numbers_for_amounts_and_no_formula() -> None:
    body = xlsx_bytes(SHEET)

    page = load_workbook(io.BytesIO(body)).active
    assert [[cell.value for cell in row] for row in page.iter_rows(min_row=1)][0][0] == "测试表"
    assert page["A3"].value == "=HYPERLINK(1)" and page["A3"].data_type == "s"
    assert (page["B3"].value, page["B4"].value, page["B5"].value) == (3, -0.05, 1234.5)
    assert page["A4"].value.date() == MONDAY
    with zipfile.ZipFile(io.BytesIO(body)) as parts:
        assert b"<f>" not in parts.read("xl/worksheets/sheet1.xml")


# -- proofs ---------------------------------------------------------------------------------------------------------

MEAL = ServingFacts(7, 1, MONDAY, False, 1000, 500, "cash", False)
SHARES = [("public", "jinxi", 500), ("own", "", 500)]
ENTRY = EntryFacts(3, "serving", None, 1, MONDAY, [("own:cash", 500), ("due-from:jinxi:public", 500), ("meals", -1000)])
MIRROR = EntryFacts(4, "reversal", 3, 1, MONDAY, [("own:cash", -500), ("due-from:jinxi:public", -500), ("meals", 1000)])


def codes(problems) -> list[str]:
    return [code for code, _ in problems]


def test_an_honest_serving_has_no_problems() -> None:
    voided = ServingFacts(7, 1, MONDAY, False, 1000, 500, "cash", True)

    assert codes(serving_problems(MEAL, SHARES, [ENTRY], ["ticket"])) == []
    assert codes(serving_problems(voided, SHARES, [ENTRY, MIRROR], ["void_ticket", "ticket"])) == []


@pytest.mark.parametrize(
    ("entries", "papers", "found"),
    [
        pytest.param([], ["ticket"], ["serving_entry"], id="no entry"),
        pytest.param([ENTRY, ENTRY], ["ticket"], ["serving_entry"], id="two entries"),
        pytest.param([ENTRY, MIRROR], ["ticket"], ["reversal"], id="reversed and not voided"),
        pytest.param([ENTRY], [], ["ticket"], id="no ticket"),
        pytest.param([ENTRY], ["ticket", "ticket"], ["ticket"], id="two tickets"),
        pytest.param([ENTRY], ["guest_ticket"], ["ticket"], id="a guest's ticket"),
        pytest.param([ENTRY], ["ticket", "void_ticket"], ["ticket"], id="a void ticket of a live serving"),
    ],
)
def test_what_does_not_hold_of_a_serving_is_named(entries, papers, found) -> None:
    assert codes(serving_problems(MEAL, SHARES, entries, papers)) == found


def test_an_entry_has_postings_that_sum_to_zero() -> None:
    assert codes(entry_problems(ENTRY)) == []
    assert codes(entry_problems(EntryFacts(3, "serving", None, 1, MONDAY, []))) == ["entry_empty"]
    assert codes(entry_problems(EntryFacts(3, "serving", None, 1, MONDAY, [("meals", 1)]))) == ["entry_unbalanced"]


def test_a_use_of_zeros_is_the_same_as_none() -> None:
    use = {"scheme": "jinxi", "period": "2026-11", "settled_fen": 1000, "public_fen": 500, "meals": 1}

    assert codes(use_problems(1, [use], {("jinxi", "2026-11"): (1000, 500, 1), ("jinxi", "2026-10"): (0, 0, 0)})) == []
    assert codes(use_problems(1, [use, use], {("jinxi", "2026-11"): (1000, 500, 1)})) == ["norm_use"]
    assert codes(use_problems(1, [], {("jinxi", "2026-11"): (-1, 0, 0)})) == ["norm_use", "use_below_zero"]
