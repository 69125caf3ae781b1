"""Menu files as people make them, and files that are none."""

from __future__ import annotations

import random
from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from canteen.base.errors import BadInput
from canteen.base.sheets.reading import FoundSheet, Line
from canteen.menus.importing.days import read_day
from canteen.menus.importing.labels import read_price, read_slot
from canteen.menus.importing.reading import read_menu
from canteen.menus.importing.words import HEADERS
from canteen.menus.rules import HIGHEST_PRICE_FEN, MOST_SETS, SetDraft
from tests.menus.conftest import HEADER, NOVEMBER, csv_of, known, read, xlsx_of

GOOD = ("2026/11/01", "午餐", "A套餐", "10", "红烧肉、青菜", "")


def row(**changed: object) -> tuple[object, ...]:
    """A good row with some cells changed."""
    cells = dict(zip(("day", "slot", "name", "price", "dishes", "tags"), GOOD, strict=True)) | changed
    return tuple(cells.values())


def test_the_menu_of_november_is_read_whole() -> None:
    file = read(NOVEMBER.read_bytes())

    assert (file.rows, len(file.good), file.bad) == (120, 120, ())
    assert len({(one.day, one.slot) for one in file.good}) == 60
    assert {one.draft.price_fen for one in file.good} == {1000}
    assert (file.good[1].row, file.good[1].draft) == (
        3,
        SetDraft("B套餐", 1000, "清蒸鱼、丝瓜、酸豆角、豆腐青菜汤、软饭", "少油少糖少盐、软食"),
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_the_encoding_does_not_matter(encoding: str) -> None:
    content = NOVEMBER.read_text("utf-8-sig").encode(encoding)

    assert read(content) == read(NOVEMBER.read_bytes())


def test_a_workbook_reads_like_the_text() -> None:
    cells = [line.split(",") for line in NOVEMBER.read_text("utf-8-sig").splitlines()]
    typed = [
        cells[0],
        *(
            [datetime.strptime(day, "%Y/%m/%d"), slot, name, float(price), dishes, tags]
            for day, slot, name, price, dishes, tags in cells[1:]
        ),
    ]

    assert read(xlsx_of(*typed)) == read(NOVEMBER.read_bytes())


def test_titles_sheets_and_blank_rows_before_the_header_are_passed_over() -> None:
    content = xlsx_of(("枫林村助餐点十一月菜单",), (), ("制表:测试",), HEADER, (), row(), before=["说明"])

    file = read(content)

    assert [one.row for one in file.good] == [6]


def test_headers_in_another_order_and_by_other_names() -> None:
    content = csv_of(
        ("菜 谱", "单价(元/份)", "供餐日期", "备注", "餐别", "套餐名称"),
        ("红烧肉、青菜", "10", "2026-11-1", "忽略", "中餐", "A套餐"),
    )

    assert read(content).good == read(csv_of(HEADER, GOOD)).good


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_any_usual_delimiter(delimiter: str) -> None:
    content = "\n".join(delimiter.join(map(str, cells)) for cells in (HEADER, GOOD)).encode()

    assert len(read(content).good) == 1


@pytest.mark.parametrize("missing", ["日期", "餐次", "菜品"])
def test_a_missing_column_is_named(missing: str) -> None:
    kept = [place for place, name in enumerate(HEADER) if name != missing]

    with pytest.raises(BadInput) as error:
        read(csv_of(*([cells[place] for place in kept] for cells in (HEADER, GOOD))))

    assert missing in str(error.value)


def test_tags_may_be_left_out() -> None:
    assert len(read(csv_of(HEADER[:5], GOOD[:5])).good) == 1


@pytest.mark.parametrize(
    "cell",
    [
        "2026/11/01",
        "2026/11/1",
        "2026-11-1",
        "2026.11.01",
        "2026年11月1日",
        "2026年11月1日 周日",
        "2026/11/1(星期日)",
        "\uff12\uff10\uff12\uff16/11/1",
        "20261101",
        "2026-11-01 00:00:00",
        "46327",
        "46327.0",
        46327,
        date(2026, 11, 1),
        datetime(2026, 11, 1),
    ],
    ids=str,
)
def test_a_day_in_any_usual_form(cell: object) -> None:
    assert read_day(cell, known().calendar) == date(2026, 11, 1)


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ("", "缺少日期"),
        (None, "缺少日期"),
        ("2026/2/29", "没有这一天"),
        ("2026/13/1", "没有这一天"),
        ("26/11/1", "不是日期"),
        ("1926-11-01", "年份"),
        ("99999", "年份"),
        ("明天", "不是日期"),
        (12.1, "可能是 1 日"),
        ("13月1日", "没有这一天"),
        ("1日", "没有写月份"),
        ("2026/11/1 12:30", "不是日期"),
        ("20260230", "没有这一天"),
    ],
)
def test_a_day_that_is_none_is_said(cell: object, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        read_day(cell, known().calendar)


@pytest.mark.parametrize(
    ("cell", "fen"),
    [
        ("10", 1000),
        ("10.0", 1000),
        ("10.5", 1050),
        ("￥10.50", 1050),
        ("¥10.50", 1050),
        ("\uff11\uff10", 1000),
        ("10元", 1000),
        (10, 1000),
        (10.5, 1050),
        ("0", 0),
        ("1,000", HIGHEST_PRICE_FEN),
    ],
    ids=str,
)
def test_a_price_in_any_usual_form(cell: object, fen: int) -> None:
    assert read_price(cell) == fen


@pytest.mark.parametrize(
    "cell", ["", None, "十元", "-10", "10.555", "1e3", "10/份", float("nan"), float("inf"), "1" * 40]
)
def test_a_price_that_is_none_is_said(cell: object) -> None:
    with pytest.raises(BadInput):
        read_price(cell)


@pytest.mark.parametrize(
    ("cell", "slot"),
    [
        ("早餐", "breakfast"),
        ("午餐", "lunch"),
        ("中餐", "lunch"),
        (" 午 饭", None),
        ("中午", "lunch"),
        ("晚餐", "dinner"),
        ("晚饭", "dinner"),
        ("Lunch", "lunch"),
        ("夜宵", None),
        ("", None),
        (None, None),
    ],
)
def test_a_slot_by_any_of_its_names(cell: object, slot: str | None) -> None:
    if slot:
        assert read_slot(cell) == slot
    else:
        with pytest.raises(BadInput):
            read_slot(cell)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        pytest.param({"day": ""}, "与第 2 行重复", id="the day of the row above"),
        pytest.param({"slot": "夜宵"}, "不是餐次", id="no such slot"),
        pytest.param({"slot": "早餐"}, "不供应早餐", id="a slot the site does not serve"),
        pytest.param({"name": ""}, "缺少套餐", id="no name"),
        pytest.param({"price": "贵"}, "不是金额", id="no price"),
        pytest.param({"name": "C套餐", "price": "2000"}, "价格要在", id="too dear"),
        pytest.param({"dishes": ""}, "缺少菜品", id="no dishes"),
        pytest.param({}, "与第 2 行重复", id="twice"),
        pytest.param({"price": "12"}, "与第 2 行重复", id="twice with another price"),
    ],
)
def test_a_bad_row_is_listed_and_the_good_ones_stay(wrong: dict[str, object], says: str) -> None:
    file = read(csv_of(HEADER, GOOD, row(**wrong), row(name="B套餐")))

    assert [one.row for one in file.good] == [2, 4]
    assert [one.row for one in file.bad] == [3]
    assert says in file.bad[0].reason
    assert file.rows == 3


def test_a_sitting_holds_only_so_many_sets() -> None:
    file = read(csv_of(HEADER, *(row(name=f"{number}号餐") for number in range(MOST_SETS + 2))))

    assert len(file.good) == MOST_SETS
    assert [bad.row for bad in file.bad] == [MOST_SETS + 2, MOST_SETS + 3]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n",
        b"\x00" * 40,
        b"PK\x03\x04 not a zip",
        b"\xd0\xcf\x11\xe0 old",
        b"\xff\xfe\x00",
        b"%PDF-1.4",
        b"<html><table></table></html>",
        "只有一格".encode(),
        xlsx_of(("只有", "两格")),
    ],
    ids=["empty", "blank", "zeros", "broken zip", "old excel", "half utf-16", "pdf", "html", "one cell", "no header"],
)
def test_a_file_that_is_no_menu_is_said(content: bytes) -> None:
    with pytest.raises(BadInput) as error:
        read(content)

    assert error.value.next_step


titles = st.sampled_from([name for names in HEADERS.values() for name in names] + [""])
cells = st.one_of(
    st.none(),
    st.text(max_size=12),
    st.integers(),
    st.floats(),
    st.dates(),
    titles,
    st.sampled_from(["午餐", "晚餐", "2026-11-01", "2026年11月1日", "10", "￥10.50", "A套餐", "红烧肉、青菜"]),
)


@settings(max_examples=300, deadline=None)
@given(rows=st.lists(st.lists(cells, max_size=7), max_size=12), with_header=st.booleans())
def test_whatever_the_cells_every_row_is_good_or_bad(rows: list[list[object]], with_header: bool) -> None:
    lines = [Line(number, tuple(row)) for number, row in enumerate([list(HEADER), *rows] if with_header else rows, 1)]  # type: ignore[arg-type]

    try:
        file = read_menu([FoundSheet("", tuple(lines))], known())
    except BadInput:
        assert not with_header
        return

    assert file.rows == len(file.good) + len(file.bad)
    assert len({(one.day, one.slot, one.draft.name) for one in file.good}) == len(file.good)
    for one in file.good:
        assert 0 <= one.draft.price_fen <= HIGHEST_PRICE_FEN
        assert one.draft.name and one.draft.dishes
        assert one.draft.name.encode() and "\x00" not in one.draft.name + one.draft.dishes + one.draft.tags


texts = st.text(max_size=200)
contents = st.one_of(
    st.binary(max_size=400),
    texts.map(str.encode),
    texts.map(lambda text: ("日期,餐次,套餐,价格,菜品\n" + text).encode("gb18030", "replace")),
)


@settings(max_examples=300, deadline=None)
@given(content=contents)
def test_whatever_the_bytes_a_file_is_read_or_refused(content: bytes) -> None:
    try:
        file = read(content, {"lunch"})
    except BadInput:
        return

    assert file.rows == len(file.good) + len(file.bad)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), flips=st.integers(1, 40))
def test_a_damaged_workbook_is_read_or_refused(seed: int, flips: int) -> None:
    dice = random.Random(seed)
    content = bytearray(WORKBOOK)
    for _ in range(flips):
        content[dice.randrange(len(content))] = dice.randrange(256)

    try:
        read(bytes(content))
    except BadInput as error:
        assert error.next_step


WORKBOOK = xlsx_of(HEADER, GOOD)


def test_a_long_cell_is_no_title_and_no_day() -> None:
    """Both were read in the square of their length: a sheet of such cells held a thread for hours."""
    with pytest.raises(BadInput, match="没有找到表头"):
        read_menu([FoundSheet("菜单", (Line(1, ("(" * 300_000,)),))], known({"lunch"}))
    with pytest.raises(BadInput, match="不是日期"):
        read_day("2026-11-21" + " " * 300_000 + "1", known().calendar)
