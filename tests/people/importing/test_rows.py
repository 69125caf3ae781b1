from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from canteen.people.facts import Contact
from canteen.people.importing.reading import read_roster
from canteen.people.importing.results import by_row
from canteen.people.importing.roster import Roster
from tests.people.rosters import HEADER, JINXI, JINXI_REJECTED, TITLES, id_number, person, xlsx

AREAS = [("金溪县", "county"), ("金溪县/云溪镇", "township"), ("金溪县/云溪镇/枫林村", "village")]
HOME = "金溪县/云溪镇/枫林村"
TODAY = date(2026, 11, 21)


def read(*rows: dict[str, Any], header: tuple[str, ...] = (), above: Any = ()) -> Roster:
    extra = tuple(dict.fromkeys(name for row in rows for name in row if name not in HEADER))
    data = xlsx(*rows, header=header or HEADER + extra, above=above)
    return read_roster(data, "名册.xlsx", areas=AREAS, home=HOME, day=TODAY)


def test_the_real_roster():
    roster = read_roster(JINXI.read_bytes(), "roster_jinxi.xlsx", areas=AREAS, home=HOME, day=TODAY)

    assert (roster.count, len(roster.persons)) == (326, 317)
    assert by_row(roster.problems) == JINXI_REJECTED
    assert by_row(roster.warnings) == [
        (26, "不满60周岁(56岁)"),
        (117, "不满60周岁(57岁)"),
        (186, "不满60周岁(54岁)"),
        (188, "不满60周岁(55岁)"),
        (207, "不满60周岁(59岁)"),
        (234, "不满60周岁(55岁)"),
        (271, "不满60周岁(55岁)"),
    ]
    assert (roster.issuer, roster.dated) == ("枫林村村民委员会", date(2026, 11, 1))
    assert roster.new_areas == ("金溪县/云溪镇/上湖村", "金溪县/云溪镇/石桥村")
    by_name = {one.name: one for one in roster.persons}
    assert by_name["董龙"].id.number == "361027195101134717"
    assert by_name["查招彩"].id.number == "36102719500713880X"
    assert (by_name["单玉珍"].phone, by_name["向芳"].phone) == ("13412193252", "13496696458")
    assert (by_name["张䶮"].village_group, by_name["张䶮"].residence) == ("7组", "金溪县/云溪镇/上湖村")
    assert by_name["张䶮"].contact == Contact("家属张", "13900000000", "")


PROBLEMS: dict[str, tuple[dict[str, Any], str]] = {
    "no name": ({"姓名": None}, "没有姓名"),
    "a name of signs": ({"姓名": "——"}, "姓名看不懂"),
    "no ID number": ({"身份证号码": None}, "没有身份证号"),
    "15 digits": ({"身份证号码": "361027590316874"}, "15位旧身份证号,请填写18位"),
    "15 digits as a number": ({"身份证号码": 361027590316874}, "15位旧身份证号,请填写18位"),
    "wrong length": ({"身份证号码": "3610271950010100"}, "身份证号应为18位,这里有16位"),
    "wrong check digit": ({"身份证号码": "361027195001010034"}, "身份证号校验位不对,请逐位核对"),
    "impossible date": ({"身份证号码": id_number("19500230")}, "身份证号中的出生日期不存在"),
    "future": ({"身份证号码": id_number("20270101")}, "身份证号中的出生日期在今天之后"),
    "digits lost to a number": (
        {"身份证号码": 361027195001010000},
        "身份证号被表格改成了数字,后几位已丢失,请把这一列设为文本重新填写",
    ),
    "lives elsewhere": ({"现居住地": "资溪县高阜镇莒洲村"}, "地址不在金溪县"),
    "unknown township": ({"现居住地": "陆坊乡桥上村"}, "金溪县没有「陆坊乡」这个乡镇"),
    "no village": ({"现居住地": "幸福小区3栋"}, "地址看不出是哪个村"),
    "two at once": ({"姓名": None, "身份证号码": None}, "没有姓名;没有身份证号"),
    "a long card": ({"就餐卡号": "9" * 41}, "就餐卡号太长"),
}


@pytest.mark.parametrize(("cells", "reason"), PROBLEMS.values(), ids=PROBLEMS)
def test_a_row_that_cannot_be_taken(cells, reason):
    roster = read(person(1), person(2, **cells))

    assert ([one.row for one in roster.persons], by_row(roster.problems)) == ([2], [(3, reason)])


def test_the_same_id_number_or_card_twice():
    roster = read(person(1), person(2, 身份证号码=person(1)["身份证号码"]), person(3, 就餐卡号="１"))

    assert by_row(roster.problems) == [(3, "身份证号与第2行相同"), (4, "就餐卡号与第2行相同")]


def test_a_bad_row_takes_nothing_from_a_later_good_one():
    roster = read(person(1, 姓名=None), person(1))

    assert ([one.row for one in roster.persons], by_row(roster.problems)) == ([3], [(2, "没有姓名")])


WARNINGS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "other birth date": ({"出生日期": "1950-01-02"}, ["出生日期与身份证号不同,按身份证号登记,表上的日期另存备查"]),
    "the same birth date": ({"出生日期": "1950年1月1日"}, []),
    "the month of birth": ({"出生年月": "1950.01"}, []),
    "another month": ({"出生年月": "1950.02"}, ["出生日期与身份证号不同,按身份证号登记,表上的日期另存备查"]),
    "a birth date nobody can read": ({"出生日期": "腊月初八"}, ["出生日期看不懂,按身份证号登记"]),
    "other sex": ({"性别": "女"}, ["性别与身份证号不同,按身份证号登记"]),
    "under sixty": ({"身份证号码": id_number("19661122")}, ["不满60周岁(59岁)"]),
    "sixty today": ({"身份证号码": id_number("19661121")}, []),
    "unknown category": ({"人员类别": "建档立卡"}, ["人员类别里有不认识的词,没有登记身份,已记入备注"]),
    "unknown living": ({"居住情况": "与老伴同住"}, ["居住情况看不懂,已记入备注"]),
    "lives here since a month": ({"居住起始": "2020年3月"}, ["居住起始只有月份,按那个月的最后一天登记"]),
    "lives here for some time": ({"居住时间": "5年"}, ["居住时间看不懂,已记入备注"]),
    "lives here since before being born": ({"入住日期": "1949-12-31"}, ["入住日期看不懂,已记入备注"]),
    "lives here from tomorrow": ({"入住日期": "2026-11-22"}, ["入住日期看不懂,已记入备注"]),
    "unknown permit": ({"居住证": "办理中"}, ["居住证看不懂,已记入备注"]),
    "the paper everybody has": ({"证件类型": "居民身份证"}, []),
    "two phones": ({"联系电话": "13800000001/13900000002"}, ["联系电话里有第二个号码或不是号码的内容,已记入备注"]),
    "no phone": ({"联系电话": "无"}, []),
    "hukou elsewhere": ({"户籍地址": "资溪县高阜镇"}, ["户籍地不在本县已有的乡镇,按外地户籍登记"]),
    "no residence": ({"现居住地": None}, ["没有现居住地,按户籍地登记"]),
    "nothing about places": ({"现居住地": None, "户籍地址": None}, ["没有现居住地,按助餐点所在的村登记"]),
    "delivery": ({"是否送餐": "看情况"}, ["是否送餐看不懂,没有登记送餐"]),
    "gone": ({"备注": "2026年9月病故"}, ["备注里写着去世或注销,请核对后在老人页面登记"]),
}


@pytest.mark.parametrize(("cells", "texts"), WARNINGS.values(), ids=WARNINGS)
def test_a_row_that_is_taken_with_a_warning(cells, texts):
    roster = read(person(1, **cells))

    assert (len(roster.persons), [str(one) for one in roster.warnings]) == (1, texts)


def test_what_nobody_understands_is_kept_in_the_note():
    row = {"居住情况": "与老伴同住", "人员类别": "低保、建档立卡", "备注": "住三楼"}
    row["联系电话"] = "13800000001 13900000002"

    [one] = read(person(1, **row)).persons

    assert (one.phone, one.categories.kinds) == ("13800000001", ("dibao",))
    assert one.note == "住三楼;人员类别:建档立卡;居住情况:与老伴同住;联系电话:13900000002"


def test_another_birth_date_is_evidence_and_the_id_number_counts():
    [one] = read(person(1, 出生日期="1949.12.31")).persons

    assert (one.id.birth_day, one.other_birth_day) == (date(1950, 1, 1), date(1949, 12, 31))


def test_numbers_and_days_as_a_program_writes_them():
    row = person(1, 联系电话=13800000001.0, 就餐卡号=7, 出生日期=date(1950, 1, 1), 姓名=" 董　龙 ")

    [one] = read(row).persons

    assert (one.name, one.phone, one.card, one.other_birth_day) == ("董龙", "13800000001", "7", None)


def test_township_and_village_in_columns_of_their_own():
    header = ("姓名", "身份证号", "乡镇", "村(居)", "组别", "详细地址")

    cells = ("测试", id_number(), "云溪镇", "石桥村", "四", "桥头8号")
    [one] = read(dict(zip(header, cells, strict=True)), header=header).persons

    assert (one.residence, one.village_group, one.address) == ("金溪县/云溪镇/石桥村", "4组", "桥头8号")


def test_issuer_and_date_of_the_paper():
    roster = read(person(1), above=TITLES)

    assert (roster.issuer, roster.dated, roster.persons[0].row) == ("枫林村村民委员会", date(2026, 11, 1), 4)


def test_residence_permit_and_five_steps():
    [one] = read(person(1, 居住起始日期="2020.3.1", 居住证="有", 能力评估="中度失能")).persons

    assert (one.resident_since, one.permit, one.ability, one.note) == (date(2020, 3, 1), "residence", "moderate", "")
