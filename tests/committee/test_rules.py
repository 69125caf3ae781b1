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

SHARES = (("public", "jinxi", 500), ("own", "", 500))
PAID = (("own:cash", 500), ("due-from:jinxi:public", 500), ("meals", -1000))
ENTRY = EntryFacts("serving", None, None, PAID)
MIRROR = EntryFacts("reversal", 0, None, tuple((account, -amount) for account, amount in PAID))
MEAL = ServingFacts(False, 1000, 500, "cash", False, SHARES, (ENTRY,), ("ticket",))
VOIDED = MEAL._replace(is_voided=True, entries=(ENTRY, MIRROR), papers=("void_ticket", "ticket"))
GUEST = MEAL._replace(is_guest=True)


def codes(problems) -> list[str]:
    return [code for code, _ in problems]


@pytest.mark.parametrize("serving", [MEAL, VOIDED, GUEST._replace(papers=("guest_ticket",))])
def test_an_honest_serving_has_no_problems(serving: ServingFacts) -> None:
    assert list(serving_problems(serving)) == []


def test_a_use_of_zeros_is_the_same_as_none() -> None:
    use = UseChange("jinxi", "2026-11", settled_fen=1000, public_fen=500, meals=1)

    assert codes(use_problems(1, [use], {("jinxi", "2026-11"): (1000, 500, 1), ("jinxi", "2026-10"): (0, 0, 0)})) == []
    assert codes(use_problems(1, [use, use], {("jinxi", "2026-11"): (1000, 500, 1)})) == ["norm_use"]
    assert codes(use_problems(1, [], {("jinxi", "2026-11"): (-1, 0, 0)})) == ["norm_use"]


WRONG = {
    "shares that do not add up": (
        MEAL._replace(
            shares=(("public", "jinxi", 400), ("own", "", 500)),
            entries=(ENTRY._replace(postings=(("own:cash", 500), ("due-from:jinxi:public", 400), ("meals", -900))),),
        ),
        [("shares_sum", "shares add up to 900 fen, the price is 1000")],
    ),
    "another own part": (MEAL._replace(own_fen=400), [("own_share", "own shares are 500 fen, the serving says 400")]),
    "no entry": (MEAL._replace(entries=()), [("serving_entry", "0 entries instead of 1")]),
    "two entries": (MEAL._replace(entries=(ENTRY, ENTRY)), [("serving_entry", "2 entries instead of 1")]),
    "an entry that says otherwise": (
        MEAL._replace(pay_way="code"),
        [("entry_shares", "its entry does not agree with its shares")],
    ),
    "an entry with nothing": (
        MEAL._replace(entries=(ENTRY._replace(postings=()),)),
        [
            ("entry_empty", "its entry (serving) has no postings"),
            ("entry_shares", "its entry does not agree with its shares"),
        ],
    ),
    "voided and not reversed": (VOIDED._replace(entries=(ENTRY,)), [("reversal", "voided, with 0 reversals")]),
    "reversed and not voided": (MEAL._replace(entries=(ENTRY, MIRROR)), [("reversal", "not voided, with 1 reversals")]),
    "a reversal of another": (
        VOIDED._replace(entries=(ENTRY, MIRROR._replace(reverses=None))),
        [("mirror", "its reversal does not mirror its entry")],
    ),
    "a reversal of itself": (
        VOIDED._replace(entries=(ENTRY, MIRROR._replace(reverses=1))),
        [("mirror", "its reversal does not mirror its entry")],
    ),
    "a reversal of another sum": (
        VOIDED._replace(entries=(ENTRY, MIRROR._replace(postings=(("own:cash", -400), ("meals", 400))))),
        [("mirror", "its reversal does not mirror its entry")],
    ),
    "an entry of another site": (
        MEAL._replace(entries=(ENTRY._replace(elsewhere=(2, "2026-11-16")),)),
        [("entry_place", "its entry (serving) is at another site or day")],
    ),
    "a reversal of another day": (
        VOIDED._replace(entries=(ENTRY, MIRROR._replace(elsewhere=(1, "2026-11-17")))),
        [("entry_place", "its entry (reversal) is at another site or day")],
    ),
    "no ticket": (MEAL._replace(papers=()), [("ticket", "it has these papers: none; it needs: ticket")]),
    "two tickets": (
        MEAL._replace(papers=("ticket", "ticket")),
        [("ticket", "it has these papers: ticket, ticket; it needs: ticket")],
    ),
    "a guest's ticket": (
        MEAL._replace(papers=("guest_ticket",)),
        [("ticket", "it has these papers: guest_ticket; it needs: ticket")],
    ),
    "an elder's ticket": (GUEST, [("ticket", "it has these papers: ticket; it needs: guest_ticket")]),
    "a void ticket of a live serving": (
        MEAL._replace(papers=("ticket", "void_ticket")),
        [("ticket", "it has these papers: ticket, void_ticket; it needs: ticket")],
    ),
    "no papers of a void": (
        VOIDED._replace(papers=()),
        [("ticket", "it has these papers: none; it needs: ticket, void_ticket")],
    ),
}


@pytest.mark.parametrize(("serving", "found"), WRONG.values(), ids=WRONG)
def test_what_does_not_hold_is_told_with_its_numbers(serving: ServingFacts, found: list[tuple[str, str]]) -> None:
    assert list(serving_problems(serving)) == found


def test_what_an_entry_adds_leaves_out_what_it_takes_again() -> None:
    entry = ENTRY._replace(postings=(("meals", -5), ("own:cash", 3), ("meals", 5), ("own:cash", 4)))

    assert entry.by_account == {"own:cash": 7}
    assert list(entry_problems(entry.postings)) == [("entry_unbalanced", "postings that sum to 7 fen instead of 0")]
    assert list(entry_problems(())) == [("entry_empty", "no postings")]


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
