"""Counting, months and cells, decided on facts alone."""

from __future__ import annotations

import csv
import io
import zipfile
from dataclasses import replace
from datetime import date

import pytest
from openpyxl import load_workbook

from canteen.base.months import month_bounds, months_on
from canteen.base.sheets.writing import Fen, Sheet, csv_bytes, safe_cell, xlsx_bytes
from canteen.check.rules import EntryFacts, ServingFacts, entry_problems, serving_problems, use_problems, use_sums
from canteen.committee.rules import CountRow, NamesFilter, day_lines, in_class_order, tally
from canteen.schemes.deciding.answer import UseChange

MONDAY, TUESDAY = date(2026, 11, 16), date(2026, 11, 17)
ROWS = (
    CountRow(TUESDAY, "dinner", "delivery", False, 2, 2000, 1000),
    CountRow(MONDAY, "lunch", "dine_in", False, 3, 3000, 1500),
    CountRow(MONDAY, "lunch", "dine_in", False, 1, 1000, 500),
    CountRow(MONDAY, "lunch", "take_away", False, 4, 4000, 4000),
    CountRow(MONDAY, "lunch", "dine_in", True, 5, 5000, 5000),
    CountRow(MONDAY, "lunch", "dine_in", False, 1, 1000, 1000),
)


def test_tally_counts_guests_among_all_and_apart() -> None:
    found = tally(ROWS)

    assert (found.total, found.guests) == (16, 5)
    assert list(found.by_slot.items()) == [("lunch", 14), ("dinner", 2)]
    assert list(found.by_way.items()) == [("dine_in", 10), ("take_away", 4), ("delivery", 2)]
    assert (found.own_fen, found.public_fen) == (13_000, 3_000)


def test_tally_of_nothing_is_nothing() -> None:
    found = tally(())

    assert (found.total, found.guests, dict(found.by_slot), found.public_fen) == (0, 0, {}, 0)


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
    use = UseChange("jinxi", "2026-11", settled_fen=1000, public_fen=500, meals=1)

    assert codes(use_problems(1, [use], {("jinxi", "2026-11"): (1000, 500, 1), ("jinxi", "2026-10"): (0, 0, 0)})) == []
    assert codes(use_problems(1, [use, use], {("jinxi", "2026-11"): (1000, 500, 1)})) == ["norm_use"]
    assert codes(use_problems(1, [], {("jinxi", "2026-11"): (-1, 0, 0)})) == ["norm_use"]


VOIDED = replace(MEAL, is_voided=True)
WRONG = {
    "shares that do not add up": (
        *(MEAL, [("public", "jinxi", 400), ("own", "", 500)]),
        [replace(ENTRY, postings=[("own:cash", 500), ("due-from:jinxi:public", 400), ("meals", -900)])],
        [("shares_sum", "serving 7: shares add up to 900 fen, the price is 1000")],
    ),
    "another own part": (
        *(replace(MEAL, own_fen=400), SHARES, [ENTRY]),
        [("own_share", "serving 7: own shares are 500 fen, the serving says 400")],
    ),
    "no entry": (MEAL, SHARES, [], [("serving_entry", "serving 7 has 0 entries instead of 1")]),
    "an entry that says otherwise": (
        *(
            MEAL,
            SHARES,
            [replace(ENTRY, postings=[("own:code", 500), ("due-from:jinxi:public", 500), ("meals", -1000)])],
        ),
        [("entry_shares", "serving 7: entry 3 does not agree with its shares")],
    ),
    "voided and not reversed": (VOIDED, SHARES, [ENTRY], [("reversal", "serving 7 is voided and has 0 reversals")]),
    "reversed and not voided": (
        *(MEAL, SHARES, [ENTRY, MIRROR]),
        [("reversal", "serving 7 is not voided and has 1 reversals")],
    ),
    "a reversal of another": (
        *(VOIDED, SHARES, [ENTRY, replace(MIRROR, reverses_id=9)]),
        [("mirror", "serving 7: reversal 4 does not mirror entry 3")],
    ),
    "a reversal of another sum": (
        *(VOIDED, SHARES, [ENTRY, replace(MIRROR, postings=[("own:cash", -400), ("meals", 400)])]),
        [("mirror", "serving 7: reversal 4 does not mirror entry 3")],
    ),
    "an entry of another site": (
        *(MEAL, SHARES, [replace(ENTRY, site_id=2)]),
        [("entry_place", "serving 7: entry 3 is at another site or day")],
    ),
    "a reversal of another day": (
        *(VOIDED, SHARES, [ENTRY, replace(MIRROR, day=TUESDAY)]),
        [("entry_place", "serving 7: entry 4 is at another site or day")],
    ),
}


@pytest.mark.parametrize(("serving", "shares", "entries", "found"), WRONG.values(), ids=WRONG)
def test_what_does_not_hold_is_told_with_its_numbers(serving, shares, entries, found) -> None:
    papers = ["ticket", *(["void_ticket"] if serving.is_voided else [])]

    assert list(serving_problems(serving, shares, entries, papers)) == found


def test_papers_that_are_missing_are_told() -> None:
    guest = replace(MEAL, is_guest=True)

    assert list(serving_problems(guest, SHARES, [ENTRY], ["guest_ticket"])) == []
    assert [
        *serving_problems(VOIDED, SHARES, [ENTRY, MIRROR], []),
        *serving_problems(guest, SHARES, [ENTRY], ["ticket"]),
    ] == [
        ("ticket", "serving 7 has these papers: none; it needs: ticket, void_ticket"),
        ("ticket", "serving 7 has these papers: ticket; it needs: guest_ticket"),
    ]


def test_what_an_entry_adds_leaves_out_what_it_takes_again() -> None:
    entry = EntryFacts(3, "serving", None, 1, MONDAY, [("meals", -5), ("own:cash", 3), ("meals", 5), ("own:cash", 4)])

    assert entry.by_account == {"own:cash": 7}
    assert list(entry_problems(entry)) == [("entry_unbalanced", "entry 3 sums to 7 fen instead of 0")]
    assert list(entry_problems(replace(entry, postings=[]))) == [("entry_empty", "entry 3 has no postings")]


USE = UseChange("jinxi", "2026-11", settled_fen=1000, public_fen=500, meals=1)


def test_uses_add_up_by_scheme_and_period() -> None:
    assert use_sums([USE, USE, USE._replace(period="2026-12"), USE._replace(scheme="b")]) == {
        ("jinxi", "2026-11"): (2000, 1000, 2),
        ("jinxi", "2026-12"): (1000, 500, 1),
        ("b", "2026-11"): (1000, 500, 1),
    }
    assert list(use_problems(5, [USE], {("jinxi", "2026-11"): (0, 0, 0), ("b", "2026-11"): (0, -1, 0)})) == [
        ("norm_use", "elder 5, b 2026-11: use is (0, -1, 0), the servings say (0, 0, 0)"),
        ("norm_use", "elder 5, jinxi 2026-11: use is (0, 0, 0), the servings say (1000, 500, 1)"),
    ]


NAMES = NamesFilter(site_ids=(1, 2), first=MONDAY, last=TUESDAY)
DAYS = {"first": "2026-11-16", "last": "2026-11-17"}
FILTERS = {
    "everything": ({}, {}, {}),
    "one slot and way": ({"slot": "lunch", "way": "delivery"},) * 3,
    "a class": ({"class_code": "六类"}, {"class": "六类"}, {"class": "六类"}),
    "no class": ({"class_code": ""}, {"class": "无"}, {}),
    "voided guests": (
        {"who": "guests", "voided": True},
        {"who": "guests", "voided": "1"},
        {"who": "guests", "voided": True},
    ),
}


@pytest.mark.parametrize(("facts", "address", "kept"), FILTERS.values(), ids=FILTERS)
def test_a_filter_is_carried_by_a_link_and_kept_in_the_trail(facts, address, kept) -> None:
    wanted = replace(NAMES, **facts)

    assert wanted.address == DAYS | address
    assert wanted.facts == {"sites": 2} | DAYS | kept


def test_classes_stand_in_the_order_people_know() -> None:
    assert list(in_class_order(dict.fromkeys(("无", "甲", "六类", "一类", "乙"), 1))) == [
        "一类",
        "六类",
        "乙",
        "甲",
        "无",
    ]
    assert list(tally([replace(ROWS[0], slot=slot) for slot in ("dinner", "breakfast", "lunch")]).by_slot) == [
        "breakfast", "lunch", "dinner"
    ]  # fmt: skip
