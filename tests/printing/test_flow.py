"""Cleaning and columns, on anything a person may have typed."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from canteen.printing.drawing.flow import clean, columns, pair, wrap
from tests.printing.samples import ANY_TEXT


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        pytest.param("王秀兰", "王秀兰", id="a usual name is left alone"),
        pytest.param("¥12", "￥12", id="the half-width yen sign becomes the full-width one"),
        pytest.param("王\u200b秀\ufeff兰\u200d", "王秀兰", id="zero-width characters go"),
        pytest.param("葛\U000e0100", "葛", id="variation selectors go"),
        pytest.param("cafe\u0301", "café", id="composed (NFC)"),
        pytest.param("王\x1bp\x00\x19秀兰", "王p秀兰", id="a drawer kick is disarmed"),
        pytest.param("王\x1dV\x00", "王V", id="a cut is disarmed"),
        pytest.param("一楼\r\n二楼\t东", "一楼 二楼 东", id="line breaks and tabs are one space"),
        pytest.param("王\u00a0秀\u2009兰\u3000!", "王 秀 兰\u3000!", id="odd spaces are plain, the Chinese one stays"),
        pytest.param("王\ud842兰", "王兰", id="half of a pair goes"),
        pytest.param("\x85\x9b1m", " 1m", id="C1 controls go"),
    ],
)
def test_clean(typed: str, printed: str) -> None:
    assert clean(typed) == printed


@settings(deadline=None)
@given(ANY_TEXT)
def test_clean_leaves_only_what_may_be_printed(text: str) -> None:
    cleaned = clean(text)

    assert clean(cleaned) == cleaned
    assert unicodedata.is_normalized("NFC", cleaned)
    assert not [char for char in cleaned if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp")]
    cleaned.encode("gb18030")
    cleaned.encode("utf-8")


@pytest.mark.parametrize(("text", "width"), [("abc", 3), ("王秀兰", 6), ("·", 2), ("①é", 4), ("￥1.00", 6), ("", 0)])
def test_columns_follow_the_encoding(text: str, width: int) -> None:
    assert columns(text) == width


@settings(deadline=None)
@given(ANY_TEXT.map(clean), st.integers(2, 48))
def test_wrap_loses_nothing_and_fits(text: str, width: int) -> None:
    pieces = wrap(text, width)

    assert "".join(pieces).replace(" ", "") == text.replace(" ", "")
    assert all(columns(piece) <= width for piece in pieces)
    assert all(pieces) or pieces == [""]


@pytest.mark.parametrize(
    ("text", "width", "pieces"),
    [
        pytest.param("堂食 20 自取 14", 14, ["堂食 20 自取 ", "14"], id="a number stays whole"),
        pytest.param("堂食 20 自取 14", 12, ["堂食 20 自取", "14"], id="the space at a break goes"),
        pytest.param("合计￥1,234.50", 12, ["合计", "￥1,234.50"], id="an amount keeps its sign"),
        pytest.param("红烧肉、青菜", 6, ["红烧", "肉、青", "菜"], id="no line begins with a comma"),
        pytest.param("A" * 9, 4, ["AAAA", "AAAA", "A"], id="a word longer than the line"),
        pytest.param("王秀兰", 2, ["王", "秀", "兰"], id="a column for each character"),
        pytest.param("王、、、、", 4, ["王、", "、、", "、"], id="nothing but commas left"),
    ],
)
def test_wrap_breaks_where_a_reader_expects_it(text: str, width: int, pieces: list[str]) -> None:
    assert wrap(text, width) == pieces


@pytest.mark.parametrize(
    ("left", "right", "width", "lines"),
    [
        pytest.param("餐价", "￥12.00", 16, ["餐价     ￥12.00"], id="the amount ends in the last column"),
        pytest.param("", "￥12.00", 8, [" ￥12.00"], id="no text"),
        pytest.param("政府助餐补助", "￥6.00", 16, ["政府助餐", "补助      ￥6.00"], id="a long text wraps above"),
        pytest.param("自付", "￥1,234,567.00", 14, ["自付", "￥1,234,567.00"], id="a wide amount goes below"),
        pytest.param("自付", "￥123,456,789.00", 8, ["自付", "￥123,45", "6,789.00"], id="too wide: wrapped"),
    ],
)
def test_pair(left: str, right: str, width: int, lines: list[str]) -> None:
    assert pair(left, right, width) == lines


@settings(deadline=None)
@given(ANY_TEXT.map(clean), ANY_TEXT.map(clean), st.integers(4, 48))
def test_pair_is_flush_right_and_loses_nothing(left: str, right: str, width: int) -> None:
    lines = pair(left, right, width)

    assert all(columns(line) <= width for line in lines)
    assert columns(lines[-1]) == width
    assert "".join(lines).replace(" ", "") == (left + right).replace(" ", "")
