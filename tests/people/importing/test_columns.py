from __future__ import annotations

import random
from datetime import date

import openpyxl
import pytest

from canteen.base.errors import BadInput
from canteen.base.sheets.reading import read_sheets
from canteen.people.importing.columns import field_of, find_layout, is_person, stated_in
from tests.people.rosters import HEADER, JINXI, TITLES, person, saved, text, xlsx


def layout_of(data: bytes):
    return find_layout(read_sheets(data, "名册.xlsx"))[0]


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("身份证", "id_number"),
        ("身份证号", "id_number"),
        ("证件号码", "id_number"),
        ("公民身份号码", "id_number"),
        ("身份证号码(18位)", "id_number"),
        ("老人身份证号", "id_number"),
        ("身 份 证 号", "id_number"),
        ("姓名", "name"),
        ("老人姓名", "name"),
        ("姓 名", "name"),
        ("姓名*", "name"),
        ("联系电话", "phone"),
        ("手机", "phone"),
        ("电话", "phone"),
        ("户籍地址", "hukou"),
        ("户口所在地", "hukou"),
        ("现居住地", "residence"),
        ("居住地址", "residence"),
        ("家庭住址", "residence"),
        ("人员类别", "category"),
        ("对象类别", "category"),
        ("类别", "category"),
        ("城镇/农村", "settlement"),
        ("户口性质", "settlement"),
        ("城乡", "settlement"),
        ("就餐卡号", "card"),
        ("卡号", "card"),
        ("紧急联系人/姓名", "contact_name"),
        ("紧急联系人/电话", "contact_phone"),
        ("联系人电话", "contact_phone"),
        ("是否送餐", "wants_delivery"),
        ("出生年月", "birth_day"),
        ("NO.", "seq"),
        ("监护人身份证号", ""),
        ("身份证复印件", ""),
        ("身份证地址", ""),
        ("微信", ""),
        ("", ""),
    ],
)
def test_what_a_header_means(header, field):
    assert field_of(header) == field


def test_the_merged_header_of_the_real_roster():
    layout = layout_of(JINXI.read_bytes())

    assert list(layout.fields.values()) == [
        "seq",
        "name",
        "sex",
        "id_number",
        "birth_day",
        "category",
        "settlement",
        "hukou",
        "residence",
        "living",
        "ability",
        "diet",
        "phone",
        "contact_name",
        "contact_phone",
        "card",
        "wants_delivery",
        "note",
    ]
    assert [line.number for line in layout.header] == [3, 4]
    assert stated_in(layout.above) == ("枫林村村民委员会", date(2026, 11, 1))
    assert [line.number for line in layout.below if not is_person(line, layout)] == [332]


@pytest.mark.parametrize("seed", range(5))
def test_columns_in_any_order(seed):
    header = list(HEADER)
    random.Random(seed).shuffle(header)

    layout = layout_of(xlsx(person(1), header=header, above=TITLES))

    assert {header[column]: field for column, field in layout.fields.items()} == {
        "序号": "seq",
        "姓名": "name",
        "性别": "sex",
        "身份证号码": "id_number",
        "人员类别": "category",
        "城镇/农村": "settlement",
        "户籍地址": "hukou",
        "现居住地": "residence",
        "联系电话": "phone",
        "就餐卡号": "card",
        "是否送餐": "wants_delivery",
        "备注": "note",
    }
    assert len(layout.header) == 1


def test_a_header_under_group_names():
    layout = layout_of(
        xlsx(
            header=("基本信息", None, None, "其他", None),
            below=[("姓名", "性别", "身份证号", "微信", "电话"), ("甲", "男", "1", "a", "2")],
        )
    )

    assert (list(layout.fields.values()), layout.ignored) == (["name", "sex", "id_number", "phone"], ("微信",))
    assert len(layout.below) == 1


def test_a_column_that_comes_twice_counts_once_and_is_shown():
    layout = layout_of(xlsx(header=("姓名", "身份证号", "电话", "手机", "血型")))

    assert (list(layout.fields.values()), layout.ignored) == (["name", "id_number", "phone"], ("手机", "血型"))


def test_the_sheet_with_a_header_is_taken_and_others_are_named():
    book = openpyxl.Workbook()
    book.active.title = "填表说明"
    book.active["A1"] = "请如实填写"
    for name in ("枫林村", "石桥村"):
        sheet = book.create_sheet(name)
        sheet.append(["姓名", "身份证号"])
        sheet.append(["甲", "1"])

    layout, others = find_layout(read_sheets(saved(book), "x.xlsx"))

    assert (layout.sheet.name, others) == ("枫林村", ["石桥村"])


def test_without_a_header_it_is_no_roster():
    with pytest.raises(BadInput, match="没有找到表头"):
        layout_of(text(person(1), header=("序号", "姓名", "联系电话")))


@pytest.mark.parametrize(
    ("cells", "is_one"),
    [
        pytest.param(("1", "甲", "361027"), True, id="a person"),
        pytest.param((None, "甲"), True, id="only a name"),
        pytest.param((None, None, "361027"), True, id="only an ID number"),
        pytest.param(("1", None, None, "男", "枫林村"), True, id="neither, but more"),
        pytest.param(("1",), False, id="only a running number"),
        pytest.param(("1", None, None, "男"), False, id="a number and one cell"),
        pytest.param(("制表人:", None, None, "审核人:"), False, id="signatures"),
        pytest.param(("制表人:张三", None, "审核人:", "李四"), False, id="signatures under the ID column"),
        pytest.param(("合计", "12人"), False, id="total"),
        pytest.param((None, "合计", "12"), False, id="total in the name column"),
        pytest.param(("注:以上人员均已核实", "x", "y", "z"), False, id="note"),
        pytest.param(("备注:", "甲", "361027195001010033"), True, id="a person beside a footer word"),
        pytest.param(("序号", "姓名", "身份证号", "性别", "现居住地"), False, id="the header again"),
    ],
)
def test_which_rows_are_persons(cells, is_one):
    layout = layout_of(xlsx(header=("序号", "姓名", "身份证号", "性别", "现居住地"), below=[cells]))

    assert [is_person(line, layout) for line in layout.below] == [is_one]


@pytest.mark.parametrize(
    ("cell", "issuer", "day"),
    [
        ("填报单位:枫林村村民委员会 填报日期:2026年11月1日", "枫林村村民委员会", date(2026, 11, 1)),
        ("单位(盖章):云溪镇民政所", "云溪镇民政所", None),
        ("制表日期:2026.11.1", "", date(2026, 11, 1)),
        ("上报时间:2026-11-01", "", date(2026, 11, 1)),
        ("填报日期:待定", "", None),
    ],
)
def test_what_the_rows_around_the_table_say(cell, issuer, day):
    layout = layout_of(xlsx(above=[(cell,)]))

    assert stated_in(layout.above) == (issuer, day)
