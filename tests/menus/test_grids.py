"""Menus as kitchens keep them: grids either way round, a row a dish, columns by kind, and lines of a chat."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from canteen.base.errors import BadInput
from canteen.base.sheets.reading import FoundSheet, Line, read_pasted
from canteen.menus.importing.reading import MenuFile, read_menu
from tests.menus.conftest import known, read

#: Monday to Friday of the week that names of days mean.
MON, TUE, WED = (date(2026, 12, day) for day in (7, 8, 9))
DECEMBER = date(2026, 12, 1)

Cells = Sequence[Sequence[object]]


def pasted(text: str, *, price_fen: int | None = 1000, served: Sequence[str] = ("lunch", "dinner")) -> MenuFile:
    """A text as somebody pastes it on 1 December; ``|`` is a tab."""
    sheets = read_pasted(text.replace("|", "\t"))
    return read_menu(sheets, known(served, price_fen=price_fen, today=DECEMBER))


def book(rows: Cells, *, merged: Sequence[str] = (), hidden: Cells = ()) -> bytes:
    """A workbook, perhaps with merged cells, or with a hidden sheet in front."""
    file = openpyxl.Workbook()
    sheet = file.active
    if hidden:
        for row in hidden:
            sheet.append(list(row))
        sheet.title, sheet.sheet_state = "旧", "hidden"
        sheet = file.create_sheet("本周")
    for row in rows:
        sheet.append(list(row))
    for cells in merged:
        sheet.merge_cells(cells)
    content = io.BytesIO()
    file.save(content)
    return content.getvalue()


def said(file: MenuFile) -> list[str]:
    """What was read, a line for each set."""
    return [
        f"{one.day.month}-{one.day.day} {one.slot} {one.draft.name} {one.draft.price_fen // 100} {one.draft.dishes}"
        for one in file.good
    ]


ACROSS = "餐次|星期一|星期二\n午餐|红烧肉、青菜|鱼块\n晚餐|面条|粥\n价格|12|13"
SHAPES = {
    "days across, one price for all above": (
        ACROSS,
        [
            "12-7 lunch A套餐 12 红烧肉、青菜",
            "12-8 lunch A套餐 13 鱼块",
            "12-7 dinner A套餐 12 面条",
            "12-8 dinner A套餐 13 粥",
        ],
    ),
    "days across, the week in the title": (
        "枫林村一周食谱(12月14日—12月18日)||\n" + ACROSS,
        [
            "12-14 lunch A套餐 12 红烧肉、青菜",
            "12-15 lunch A套餐 13 鱼块",
            "12-14 dinner A套餐 12 面条",
            "12-15 dinner A套餐 13 粥",
        ],
    ),
    "days across, kinds down": (
        "||周一|周二\n午餐|主食|米饭|馒头\n|大荤|红烧肉|鱼\n|素菜|青菜|休息\n|汤|蛋汤|-\n晚餐|主食|粥|面\n|特色|拌菜|汤圆",
        [
            "12-7 lunch A套餐 10 米饭、红烧肉、青菜、蛋汤",
            "12-8 lunch A套餐 10 馒头、鱼",
            "12-7 dinner A套餐 10 粥、拌菜",
            "12-8 dinner A套餐 10 面、汤圆",
        ],
    ),
    "days across, sets down with their price": (
        "餐次|套餐|12月7日|12月8日\n午餐|A套餐|肉|鱼\n|价格|12|12\n|B套餐|豆腐|蛋\n|价格|9|8",
        ["12-7 lunch A套餐 12 肉", "12-8 lunch A套餐 12 鱼", "12-7 lunch B套餐 9 豆腐", "12-8 lunch B套餐 8 蛋"],
    ),
    "days across, a column of prices": (
        "餐次|周一|周二|价格\n午餐|肉|鱼|12\n晚餐|粥|面|8元",
        ["12-7 lunch A套餐 12 肉", "12-8 lunch A套餐 12 鱼", "12-7 dinner A套餐 8 粥", "12-8 dinner A套餐 8 面"],
    ),
    "names of days above their dates": (
        "|星期一|星期二\n|12.14|12.15\n午餐|肉|鱼",
        ["12-14 lunch A套餐 10 肉", "12-15 lunch A套餐 10 鱼"],
    ),
    "several sets in one cell": (
        '|周一|周二\n午餐|"A:红烧肉、青菜\nB餐 8元:粥"|鱼(12元)',
        ["12-7 lunch A套餐 10 红烧肉、青菜", "12-7 lunch B餐 8 粥", "12-8 lunch A套餐 12 鱼"],
    ),
    "one day across": ("餐次|12月7日\n午餐|肉\n晚餐|粥", ["12-7 lunch A套餐 10 肉", "12-7 dinner A套餐 10 粥"]),
    "weeks of a rotation": (
        "第一周||\n|周一|周二\n午餐|肉|鱼\n第二周||\n|周一|周二\n午餐|鸡|蛋",
        ["12-7 lunch A套餐 10 肉", "12-8 lunch A套餐 10 鱼", "12-14 lunch A套餐 10 鸡", "12-15 lunch A套餐 10 蛋"],
    ),
    "a month like a calendar": (
        "12月午餐菜谱\n周一|周二\n7日|8日\n肉|鱼\n14日|15日\n蛋|豆腐",
        ["12-7 lunch A套餐 10 肉", "12-8 lunch A套餐 10 鱼", "12-14 lunch A套餐 10 蛋", "12-15 lunch A套餐 10 豆腐"],
    ),
    "days down, slots across": (
        "日期|午餐|晚餐\n12月7日 周一|红烧肉、青菜|面条\n12月8日 周二|鱼|停餐",
        ["12-7 lunch A套餐 10 红烧肉、青菜", "12-7 dinner A套餐 10 面条", "12-8 lunch A套餐 10 鱼"],
    ),
    "days down, slots over sets": (
        "|午餐||晚餐|\n日期|A套餐|B套餐|A套餐|价格\n12/7|肉|豆腐|面|8\n12/8|鱼|粥|饼|9元",
        [
            "12-7 lunch A套餐 10 肉",
            "12-7 lunch B套餐 10 豆腐",
            "12-7 dinner A套餐 8 面",
            "12-8 lunch A套餐 10 鱼",
            "12-8 lunch B套餐 10 粥",
            "12-8 dinner A套餐 9 饼",
        ],
    ),
    "days down, slots over kinds": (
        "日期|午餐|||晚餐|\n|主食|荤菜|汤|主食|小菜\n12月7日|饭|肉|蛋汤|粥|咸菜",
        ["12-7 lunch A套餐 10 饭、肉、蛋汤", "12-7 dinner A套餐 10 粥、咸菜"],
    ),
    "days down, the slot before the sets": (
        "日期|餐次|A套餐|B套餐\n12月7日|午餐|肉、菜|鱼\n|晚餐|粥|\n12月8日|午餐|鸡|蛋",
        [
            "12-7 lunch A套餐 10 肉、菜",
            "12-7 lunch B套餐 10 鱼",
            "12-7 dinner A套餐 10 粥",
            "12-8 lunch A套餐 10 鸡",
            "12-8 lunch B套餐 10 蛋",
        ],
    ),
    "columns by kind, the day said once": (
        "日期|餐次|主食|大荤|小荤|素菜1|素菜2|汤|价格\n12/7|午餐|米饭|红烧肉|肉丝|青菜|豆芽|蛋汤|12元\n|晚餐|粥||肉片|青菜|无||8元/份",
        ["12-7 lunch A套餐 12 米饭、红烧肉、肉丝、青菜、豆芽、蛋汤", "12-7 dinner A套餐 8 粥、肉片、青菜"],
    ),
    "one dish a row": (
        "日期|餐次|套餐|菜名|类别|价格\n2026-12-07|午餐|A餐|红烧肉|大荤|12\n|||青菜|素菜|\n||B餐|豆腐|素菜|10\n12月8日|午餐|A餐|鱼|大荤|12",
        ["12-7 lunch A餐 12 红烧肉、青菜", "12-7 lunch B餐 10 豆腐", "12-8 lunch A餐 12 鱼"],
    ),
    "a chat, a line a slot": (
        "12月7日 周一\n午餐:红烧肉、青菜\n晚餐:面条\n12月8日(周二)\n午餐 A套餐 12元:鱼、豆腐\nB套餐 9元:粥",
        [
            "12-7 lunch A套餐 10 红烧肉、青菜",
            "12-7 dinner A套餐 10 面条",
            "12-8 lunch A套餐 12 鱼、豆腐",
            "12-8 lunch B套餐 9 粥",
        ],
    ),
    "a chat, all in one line, with numbers": (
        "周一午餐:1.红烧肉 2.青菜 12元\n12/8 晚餐 鱼、豆腐(8元/份)\n周三 休息",
        ["12-7 lunch A套餐 12 红烧肉、青菜", "12-8 dinner A套餐 8 鱼、豆腐"],
    ),
    "a chat, a line a kind": (
        "12月7日\n午餐\n主食:米饭\n大荤:红烧肉\n素菜:青菜、豆腐\n价格:15元",
        ["12-7 lunch A套餐 15 米饭、红烧肉、青菜、豆腐"],
    ),
}


@pytest.mark.parametrize(("text", "sets"), SHAPES.values(), ids=SHAPES)
def test_a_menu_is_read_in_the_shape_it_is_kept_in(text: str, sets: list[str]) -> None:
    file = pasted(text)

    assert said(file) == sets
    assert file.bad == ()


def test_a_cell_merged_over_days_and_slots_says_everywhere_what_it_says_once() -> None:
    rows = [
        ("日期", "餐次", "套餐", "价格", "菜品"),
        ("2026-12-07", "午餐", "A餐", 12, "红烧肉、青菜"),
        (None, None, "B餐", 10, "豆腐"),
        (None, "晚餐", "A餐", 12, "鱼"),
        ("2026-12-08", "午餐", "A餐", 12, "鸡"),
    ]

    file = read(book(rows, merged=["A2:A4", "B2:B3"]))

    assert said(file) == [
        "12-7 lunch A餐 12 红烧肉、青菜",
        "12-7 lunch B餐 10 豆腐",
        "12-7 dinner A餐 12 鱼",
        "12-8 lunch A餐 12 鸡",
    ]


def test_a_workbook_with_real_dates_a_title_and_merged_heads() -> None:
    rows = [
        ("枫林村助餐点菜单", None, None, None),
        ("餐次", "类别", MON, TUE),
        ("午餐", "荤", "肉", "鱼"),
        (None, "素", "菜", "停餐"),
        ("价格", None, 12, 13.5),
        ("制表人:测试", None, None, None),
    ]

    file = read(book(rows, merged=["A1:D1", "A3:A4", "C4:D4"]))

    assert said(file) == ["12-7 lunch A套餐 12 肉、菜", "12-8 lunch A套餐 13 鱼、菜"]
    assert [(bad.row, bad.reason) for bad in file.bad] == [(6, "没有读:制表人:测试")]


def test_every_shown_sheet_is_read_and_no_hidden_one() -> None:
    header = ("日期", "餐次", "套餐", "价格", "菜品")
    old, new = (header, ("2026-12-23", "午餐", "A餐", 9, "去年菜")), (header, ("2026-12-24", "午餐", "A餐", 12, "新菜"))

    file = read(book(new, hidden=old))

    assert said(file) == ["12-24 lunch A餐 12 新菜"]
    assert [str(remark) for remark in file.remarks] == ["隐藏的工作表「旧」没有读"]


def test_two_sheets_are_read_together_and_a_day_they_both_have_is_told() -> None:
    first = FoundSheet("第一张", (Line(1, ("日期", "午餐")), Line(2, ("12月7日", "肉")), Line(3, ("12月8日", "鱼"))))
    second = FoundSheet("第二张", (Line(1, ("日期", "午餐")), Line(2, ("12月8日", "蛋")), Line(3, ("12月9日", "鸡"))))
    notes = FoundSheet("须知", (Line(1, ("请", "提前订餐")),))

    file = read_menu([first, second, notes], known(price_fen=1000, today=DECEMBER))

    assert said(file) == ["12-7 lunch A套餐 10 肉", "12-8 lunch A套餐 10 鱼", "12-9 lunch A套餐 10 鸡"]
    assert [(bad.sheet, bad.row) for bad in file.bad] == [("第二张", 2)]
    assert "工作表「须知」里没有看出菜单,没有读" in [str(remark) for remark in file.remarks]


@pytest.mark.parametrize(
    ("text", "remark"),
    [
        ("日期|午餐\n12月7日|肉", "没有写年份的日期按 2026 年读"),
        ("日期|午餐\n1月7日|肉", "没有写年份的日期按 2027 年读"),
        ("|周一|周二\n午餐|肉|鱼", "只写了星期的,按 2026-12-07 起的这一周读"),
        ("日期|午餐\n12月7日|肉", "没有写套餐名称的按「A套餐」"),
        ("日期|午餐\n12月7日|肉", "没有写价格的午餐按 ¥10.00"),
        ("日期|午餐\n12月8日 周三|肉", "「12月8日 周三」按 2026-12-08 读,日历上那天不是这个星期几"),
    ],
)
def test_what_was_completed_is_said(text: str, remark: str) -> None:
    assert remark in [str(one) for one in pasted(text).remarks]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("日期|早餐|午餐\n12月7日|粥|肉", "本助餐点不供应早餐"),
        ("日期|午餐\n12月32日|肉\n12月7日|鱼", "没有这一天"),
        ("日期|午餐\n12月7日|肉\n厨房电话 0000|", "没有读"),
        ("日期|餐次|套餐|菜名|价格\n12月7日|午餐|A餐|肉|12\n||A餐|鱼|13", "「A餐」写了两个价格"),
        ("下周菜单来啦\n12月7日\n午餐:肉", "没有读"),
    ],
)
def test_what_cannot_be_read_is_listed(text: str, says: str) -> None:
    assert says in [bad.reason[: len(says)] for bad in pasted(text).bad]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("|周一|周二\n肉|鱼|蛋", "看不出是哪一餐"),
        ("日期|早餐\n12月7日|粥", "本助餐点不供应早餐"),
        ("欢迎大家\n来吃饭", "没有找到表头"),
        ("姓名|电话\n测试|0000", "没有找到表头"),
    ],
)
def test_what_holds_no_menu_is_refused_with_what_is_wrong(text: str, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        pasted(text)


def test_without_a_price_anywhere_it_says_where_to_type_one() -> None:
    file = pasted("日期|午餐\n12月7日|肉", price_fen=None)

    assert file.good == ()
    assert [bad.reason for bad in file.bad] == ["缺少价格"]
    assert file.bad[0].error.next_step


cells = st.one_of(
    st.sampled_from(
        [
            "",
            "周一",
            "星期二",
            "12月7日",
            "12.8",
            "午餐",
            "晚餐",
            "大荤",
            "价格",
            "12元",
            "A套餐",
            "红烧肉、青菜",
            "第二周",
        ]
    ),
    st.sampled_from(["日期", "餐次", "菜名", "备注", "A:肉\nB:鱼", "一二三四五六七八", "7日", "12月7日至11日"]),
    st.text(max_size=8),
)


@settings(max_examples=300, deadline=None)
@given(rows=st.lists(st.lists(cells, max_size=6), max_size=8))
def test_whatever_is_pasted_is_read_or_refused(rows: list[list[str]]) -> None:
    lines = tuple(Line(number, tuple(cell or None for cell in row)) for number, row in enumerate(rows, 1) if any(row))

    try:
        file = read_menu([FoundSheet("", lines)], known(price_fen=1000, today=DECEMBER))
    except BadInput:
        return

    assert file.rows == len(file.good) + len(file.bad)
    assert len({(one.day, one.slot, one.draft.name) for one in file.good}) == len(file.good)
    assert all(one.draft.dishes and one.slot in ("lunch", "dinner") for one in file.good)
