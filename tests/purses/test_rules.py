"""Pure decisions about purses, as tables."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canteen.base.errors import BadInput, Refusal
from canteen.base.months import months_on
from canteen.purses import rules
from canteen.purses.rules import Lot

NEVER = date(9999, 12, 31)


def lot(day: int, left_fen: int, *, by_year: bool = False) -> Lot:
    return Lot("care", date(2026, 11, 1), date(2026, 11, day), left_fen, by_year)


EARLY, LATE, EMPTY = lot(10, 300), lot(30, 1000), lot(5, 0)


@pytest.mark.parametrize(
    ("lots", "amount_fen", "parts"),
    [
        pytest.param([LATE, EARLY], 300, [(EARLY, 300)], id="what expires first is taken first"),
        pytest.param([LATE, EARLY], 301, [(EARLY, 300), (LATE, 1)], id="then the next"),
        pytest.param([EMPTY, EARLY], 100, [(EARLY, 100)], id="an empty lot gives nothing"),
        pytest.param([EARLY], 301, [(EARLY, 300)], id="never more than is there"),
        pytest.param([EARLY], 0, [], id="nothing asked, nothing taken"),
        pytest.param([], 5, [], id="no lots"),
    ],
)
def test_allocate(lots, amount_fen, parts):
    assert rules.allocate(lots, amount_fen) == parts


@given(st.lists(st.tuples(st.integers(1, 30), st.integers(0, 500)), max_size=8), st.integers(0, 3000))
def test_parts_add_up_to_what_was_asked_or_to_all_there_is(held, amount_fen):
    lots = [lot(day, fen) for day, fen in held]
    parts = rules.allocate(lots, amount_fen)

    assert sum(fen for _, fen in parts) == min(amount_fen, sum(one.left_fen for one in lots))
    assert all(0 < fen <= one.left_fen for one, fen in parts)
    assert [one.expires_on for one, _ in parts] == sorted(one.expires_on for one, _ in parts)


@pytest.mark.parametrize(
    ("lots", "room_fen", "fen"),
    [
        pytest.param([EARLY, LATE], 0, 1300, id="without a yearly limit the lots decide"),
        pytest.param([lot(30, 1000, by_year=True)], 400, 400, id="the year allows less"),
        pytest.param([lot(30, 300, by_year=True)], 400, 300, id="the lots hold less"),
        pytest.param([], 400, 0, id="nothing there"),
    ],
)
def test_spendable(lots, room_fen, fen):
    assert rules.spendable(lots, room_fen) == fen


@pytest.mark.parametrize(("text", "month"), [("2026-11", date(2026, 11, 1)), (" 2027-01 ", date(2027, 1, 1))])
def test_months(text, month):
    assert rules.month_of(text) == month
    assert months_on(months_on(month, 1), -1) == month


@pytest.mark.parametrize(
    "text", ["", "2026", "2026-", "2026-13", "2026-00", "1999-01", "2026-1", "2026-11-01", "二〇二六", "2026-11\x00"]
)
def test_what_is_no_month(text):
    with pytest.raises(BadInput):
        rules.month_of(text)


@pytest.mark.parametrize(
    ("month", "code"),
    [
        (date(2026, 12, 1), None),
        (date(2025, 11, 1), None),
        (date(2027, 1, 1), "month_too_early"),
        (date(2025, 10, 1), "month_too_old"),
    ],
)
def test_months_that_may_be_credited_in_november(month, code):
    if code is None:
        rules.check_credit_month(month, today=date(2026, 11, 21))
        return
    with pytest.raises(Refusal) as refusal:
        rules.check_credit_month(month, today=date(2026, 11, 21))
    assert refusal.value.code == code


def test_every_kind_has_its_other_side():
    from canteen.base.words import WORDS

    assert set(rules.OTHER_SIDE) | {"reversal"} == set(WORDS["purse_line"])
