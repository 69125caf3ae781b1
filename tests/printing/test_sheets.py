"""The papers of the kitchen, the routes and the day, and every kind of paper with anything in it."""

from __future__ import annotations

import types
import typing
from dataclasses import fields, is_dataclass, replace
from datetime import date

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from canteen.printing.drawing.blocks import largest, money
from canteen.printing.drawing.device import Device
from canteen.printing.drawing.flow import clean
from canteen.printing.papers.change_slip import ChangeFacts
from canteen.printing.papers.closing_summary import ClosingFacts
from canteen.printing.papers.facts import PaperFacts
from canteen.printing.papers.kinds import KINDS, Paper, paper_bytes
from tests.printing.samples import (
    ANY_TEXT,
    CHANGE,
    COPY,
    DAY,
    DEVICES,
    DRAWER,
    KITCHEN,
    LABEL,
    PAPERS,
    RASTERS,
    ROUTE,
    TICKET,
    Pen,
)
from tests.printing.strict_decoder import Printed, decode

NARROW, WIDE = Device(width_mm=58), Device(width_mm=80)


def printed(kind: str, body: PaperFacts, device: Device = NARROW, **marks: object) -> Printed:
    """What comes out of a printer set up as ``device``."""
    pen = Pen()
    job = paper_bytes(kind, Paper(body, **marks).as_json(), device, pen)  # type: ignore[arg-type]
    # A test page asks for characters a printer need not have.
    is_trial = kind == "test_page" and device.mode == "text"
    rom, encoding = (
        ("gb18030-4", device.encoding.replace("gbk", "gb18030")) if is_trial else (device.rom, device.encoding)
    )
    return decode(
        job.data, width_mm=device.width_mm, encoding=encoding, rom=rom, drawn=pen.drawn, has_drawer=device.has_drawer
    )


KITCHEN_COUNT_58 = """\
枫林村助餐点
2026年11月21日 周六 午餐
厨房备餐单
================================
A套餐       34份
堂食 20  自取 4  代领 2  送餐 8
--------------------------------
B套餐(低油低
盐)          8份
堂食 3  送餐 5
--------------------------------
合计        42份
================================
忌口与软食(已含在合计里)
软食                         5份
低糖                         3份
不吃猪肉                     1份
--------------------------------
统计 09:31             经手 李梅"""

CHANGE_SLIP_58 = """\
枫林村助餐点
2026年11月21日 周六 午餐
备餐变更单
第2张
================================
A套餐     34→36
                       多做 2 份
--------------------------------
B套餐(低油
低盐)       8→7
                       少做 1 份
--------------------------------
合计      42→43
================================
忌口与软食
软食                      5→6份
--------------------------------
统计 10:12             经手 李梅"""

LABEL_58 = """\
枫林村助餐点       11月21日 午餐
王秀兰
枫林村 7组             东线 3/12
--------------------------------
A套餐
※软食 少盐
--------------------------------
10:55 装盒   请当餐吃完 不要隔餐"""

ROUTE_SHEET_58 = """\
枫林村助餐点
2026年11月21日 周六 午餐
送餐路线单
东线         3户
志愿者 张志强      出发 ________
================================
1 王秀兰   A套餐
枫林村 7组 云溪路12号
三楼右手,钥匙在对门
※ 软食 少盐
付款:现金
□送到  □无人应答 时间 ________
--------------------------------
2 阿卜杜·
热合曼     B套餐
枫林村 8组
付款:月结
□送到  □无人应答 时间 ________
--------------------------------
3 王䶮                     A套餐
枫林村 8组 老学堂后第二家
敲门大声些
付款:扫码
□送到  □无人应答 时间 ________
--------------------------------
无人应答:请马上打 0794-5550123
这张单子有住址,送完请交回站点。
打印 10:40             经手 李梅"""

DAY_SHEET_58 = """\
枫林村助餐点
2026年11月21日 周六 午餐
手工登记单
已订 3 人        打印 10:30 李梅
来一位,在□里打√,圈出付款方式。
应付按打印时的资料算,收的不同请
改写。
================================
□  1 王秀兰      7组 A套餐 堂食
应付￥3.00        现金/扫码/月结
--------------------------------
□  2 阿卜杜·热合曼
        8组 B套餐(低油低盐) 自取
应付￥12.00       现金/扫码/月结
--------------------------------
□  3 王䶮        8组 A套餐 送餐
   自付__________ 现金/扫码/月结
--------------------------------
没有订餐就来的(写姓名)
□    __________________________
   自付__________ 现金/扫码/月结
□    __________________________
   自付__________ 现金/扫码/月结
================================
实到______人    自付合计________
登记人________  补录人________"""

CLOSING_SUMMARY_58 = """\
枫林村助餐点
2026年11月21日 周六
日结单
================================
午餐     用餐 43
订餐 42  没有来 2     其中散客 3
柜台 33  送达 10   备餐 45  剩 2
--------------------------------
晚餐     用餐 17
订餐 18  没有来 1     其中散客 0
柜台 17  送达 0
--------------------------------
堂食 40  自取 7  送餐 13
第二份 1          作废 1(不计入)
================================
餐费合计                ￥723.00
  政府补助              ￥360.00
  村集体                ￥172.50
自付合计                ￥190.50
  现金 38笔             ￥124.50
  扫码 12笔              ￥36.00
  月结 10笔              ￥30.00
================================
钱箱里应有的
现金    ￥124.50
实点现金            ____________
差额                ____________
经手________  复核________
账簿印记   7-1042-KQ7M-2XPD-9RTF
账簿印记     0-58-3MXA-77QD-P0ZC
公钥指纹     3f2a 91bc 07de 4410
             aa51 c2f9 0b7e 66d3
打印 18:40                  李梅"""

DAY_SHEET_80 = """\
枫林村助餐点
2026年11月21日 周六 午餐
手工登记单
已订 3 人                        打印 10:30 李梅
来一位,在□里打√,圈出付款方式。应付按打印时的资
料算,收的不同请改写。
================================================
□  1 王秀兰                      7组 A套餐 堂食
应付￥3.00                        现金/扫码/月结
------------------------------------------------
□  2 阿卜杜·热合曼    8组 B套餐(低油低盐) 自取
应付￥12.00                       现金/扫码/月结
------------------------------------------------
□  3 王䶮                        8组 A套餐 送餐
                   自付__________ 现金/扫码/月结
------------------------------------------------
没有订餐就来的(写姓名)
□    __________________________________________
                   自付__________ 现金/扫码/月结
□    __________________________________________
                   自付__________ 现金/扫码/月结
================================================
实到______人                    自付合计________
登记人________  补录人________"""

LABEL_80 = """\
枫林村助餐点                       11月21日 午餐
王秀兰
枫林村 7组                             东线 3/12
------------------------------------------------
A套餐
※软食 少盐
------------------------------------------------
10:55 装盒                   请当餐吃完 不要隔餐"""


@pytest.mark.parametrize(
    ("kind", "device", "text"),
    [
        pytest.param("kitchen_count", NARROW, KITCHEN_COUNT_58, id="kitchen count"),
        pytest.param("change_slip", NARROW, CHANGE_SLIP_58, id="change slip"),
        pytest.param("label", NARROW, LABEL_58, id="label"),
        pytest.param("label", WIDE, LABEL_80, id="label, 80 mm"),
        pytest.param("route_sheet", NARROW, ROUTE_SHEET_58, id="route sheet"),
        pytest.param("day_sheet", NARROW, DAY_SHEET_58, id="day sheet"),
        pytest.param("day_sheet", WIDE, DAY_SHEET_80, id="day sheet, 80 mm"),
        pytest.param("closing_summary", NARROW, CLOSING_SUMMARY_58, id="closing summary"),
    ],
)
def test_sheet(kind: str, device: Device, text: str) -> None:
    assert printed(kind, PAPERS[kind], device).text == text


@pytest.mark.parametrize(
    ("kind", "large"),
    [
        ("kitchen_count", ["厨房备餐单", "A套餐       34份", "B套餐(低油低", "盐)          8份", "合计        42份"]),
        ("label", ["王秀兰", "A套餐", "※软食 少盐"]),
        ("closing_summary", ["日结单", "午餐     用餐 43", "晚餐     用餐 17", "现金    ￥124.50"]),
    ],
)
def test_what_is_looked_for_is_large(kind: str, large: list[str]) -> None:
    assert [line.text for line in printed(kind, PAPERS[kind]).lines if line.height >= 48] == large


def test_a_later_count_says_that_it_replaces_the_ones_before() -> None:
    assert "第3张 以这张为准" in printed("kitchen_count", replace(KITCHEN, edition=3)).text
    assert "第" not in printed("kitchen_count", KITCHEN).text


def test_a_kitchen_without_diets_or_menu_is_told_so() -> None:
    bare = replace(KITCHEN, sets=(replace(KITCHEN.sets[0], set_name="", ways=()),), diets=())

    paper = printed("kitchen_count", bare)

    assert "没有登记忌口与软食。" in paper.text
    assert paper.lines[4].text == "未定        34份"


def test_a_change_slip_without_diets_is_shorter() -> None:
    assert "忌口" not in printed("change_slip", replace(CHANGE, diet_changes=())).text


@pytest.mark.parametrize(
    ("name", "width", "scale"),
    [("王秀兰", 32, 3), ("王秀兰", 16, 2), ("阿卜杜·热合曼", 32, 2), ("阿卜杜·热合曼", 48, 3), ("x", 32, 3)],
)
def test_the_largest_type_that_fits(name: str, width: int, scale: int) -> None:
    assert largest(name, width) == scale


def test_a_door_without_much_known_has_no_empty_lines() -> None:
    bare = replace(ROUTE, doors=(replace(ROUTE.doors[1], where="", pay_way=""),), site_phone="", volunteer="")

    lines = [line.text for line in printed("route_sheet", bare).lines]

    assert lines[4:9] == [
        "志愿者 ________    出发 ________",
        "=" * 32,
        "2 阿卜杜·",
        "热合曼     B套餐",
        "□送到  □无人应答 时间 ________",
    ]
    assert lines[-3] == "无人应答:请马上告诉站点负责人"


@pytest.mark.parametrize(
    ("changed", "marks", "kicks"),
    [
        pytest.param({}, {}, 1, id="paid in cash"),
        pytest.param({"pay_way": "扫码"}, {}, 0, id="paid otherwise"),
        pytest.param({"own_fen": 0}, {}, 0, id="nothing to pay"),
        pytest.param({}, {"reprint": COPY}, 0, id="a copy"),
        pytest.param({}, {"maybe_again": True}, 0, id="tried again"),
    ],
)
def test_the_drawer_opens_with_the_first_ticket_of_a_cash_payment(
    changed: dict[str, object], marks: dict[str, object], kicks: int
) -> None:
    paper = printed("ticket", replace(TICKET, **changed), replace(NARROW, has_drawer=True), **marks)

    assert paper.kicks == kicks


def test_a_second_try_never_opens_the_drawer() -> None:
    drawer_kick = printed("drawer", DRAWER, replace(NARROW, has_drawer=True))
    again = printed("drawer", DRAWER, replace(NARROW, has_drawer=True), maybe_again=True)

    assert (drawer_kick.kicks, again.kicks) == (1, 0)


@pytest.mark.parametrize("device", [NARROW, WIDE], ids=["58", "80"])
def test_a_way_and_its_number_stand_on_one_line(device: Device) -> None:
    meals = {"堂食": 120, "自取": 1400, "代领": 220, "送餐": 180}
    ways = tuple(replace(KITCHEN.sets[0].ways[0], name=name, meals=count) for name, count in meals.items())

    lines = [
        line.text
        for line in printed(
            "kitchen_count", replace(KITCHEN, sets=(replace(KITCHEN.sets[0], ways=ways),)), device
        ).lines
    ]

    for name, count in meals.items():
        assert any(f"{name} {count}" in line for line in lines), lines


def test_a_slip_tried_again_says_so_first() -> None:
    lines = [line.text for line in printed("kitchen_count", KITCHEN, maybe_again=True).lines]

    assert lines[0] == "可能重复"
    assert "\n".join(lines[4:]) == KITCHEN_COUNT_58


def test_tried_again_can_be_said_when_it_is_sent() -> None:
    stored = Paper(KITCHEN).as_json()

    later = paper_bytes("kitchen_count", stored, NARROW, Pen(), maybe_again=True)

    assert later == paper_bytes("kitchen_count", Paper(KITCHEN, maybe_again=True).as_json(), NARROW, Pen())


@pytest.mark.parametrize("device", [NARROW, WIDE, *RASTERS], ids=lambda device: f"{device.width_mm} {device.mode}")
def test_a_name_with_drawn_characters_is_large_on_a_label_too(device: Device) -> None:
    lines = printed("label", replace(LABEL, person_name="王䶮𠮷"), device).lines

    assert (lines[1].text, lines[1].height) == ("王䶮𠮷", 72)


def test_every_kind_has_a_sample() -> None:
    assert set(PAPERS) == set(KINDS)


# Anything in any field of any paper.

#: Fields whose texts are no free text.
GIVEN = {"qr": st.sampled_from(["", "S1-1121-017"]), "blanks": st.integers(0, 3)}
#: Facts that are kept but not printed on the paper itself.
UNPRINTED = {ChangeFacts: {"sets", "diets"}, ClosingFacts: {"payers"}}


def any_of(kind: object) -> st.SearchStrategy[typing.Any]:
    """Any value of a type as facts use it."""
    if typing.get_origin(kind) is tuple:
        return st.lists(any_of(typing.get_args(kind)[0]), max_size=3).map(tuple)
    if isinstance(kind, types.UnionType):
        return st.one_of(*map(any_of, typing.get_args(kind)))
    if isinstance(kind, type) and is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        return st.builds(
            kind,
            **{
                field.name: GIVEN[field.name] if field.name in GIVEN else any_of(hints[field.name])
                for field in fields(kind)
            },
        )
    simple = {
        str: ANY_TEXT,
        int: st.integers(0, 10**11),
        bool: st.booleans(),
        type(None): st.none(),
        date: st.just(DAY),
    }
    return simple[kind]  # type: ignore[index]


def texts(value: object) -> list[str]:
    """Every text that must be on the paper."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, tuple):
        return [text for one in value for text in texts(one)]
    if is_dataclass(value):
        left_out = UNPRINTED.get(type(value), set())  # type: ignore[call-overload]
        return [
            text for field in fields(value) if field.name not in left_out for text in texts(getattr(value, field.name))
        ]
    return []


def bare(text: str) -> str:
    """Without the spaces that lines begin and end with."""
    return text.replace(" ", "").replace("\u3000", "")


@settings(deadline=None, max_examples=25, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(st.data(), st.sampled_from(DEVICES + RASTERS), st.booleans())
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "drawer"])
def test_anything_in_any_paper_on_any_printer(kind: str, data: st.DataObject, device: Device, again: bool) -> None:
    """Every text comes out as it was, no line is too wide, and nothing is a command that was not meant."""
    body = data.draw(any_of(KINDS[kind]))

    paper = printed(kind, body, device, maybe_again=again)

    whole = bare("".join(line.text for line in paper.lines))
    for text in texts(body):
        assert bare(clean(text)) in whole or clean(text).encode() in paper.qr_codes
    assert (paper.fences, paper.kicks, paper.cuts) == (1, 0, 0)


def test_a_character_whose_number_looks_like_a_command() -> None:
    paper = printed("guest_ticket", replace(PAPERS["guest_ticket"], person_name="\U00071014"), NARROW)  # type: ignore[type-var]

    assert "\U00071014" in paper.text


@settings(deadline=None, max_examples=40)
@given(fen=st.integers(0, 10**11), device=st.sampled_from(DEVICES + RASTERS))
def test_amounts_are_whole_and_at_the_right_edge(fen: int, device: Device) -> None:
    paper = printed("ticket", replace(TICKET, price_fen=fen, own_fen=fen, shares=(), left_fen=None), device)

    for line in paper.lines:
        if "￥" in line.text:
            assert line.text.endswith(money(fen))
            assert line.dots == device.dots


@settings(deadline=None, max_examples=30)
@given(ANY_TEXT, st.sampled_from(DEVICES + RASTERS))
def test_a_drawer_job_holds_no_text_at_all(text: str, device: Device) -> None:
    body = replace(PAPERS["drawer"], site_name=text, staff_name=text, reason=text)  # type: ignore[type-var]

    paper = printed("drawer", body, replace(device, has_drawer=True))

    assert (paper.lines, paper.kicks, paper.fed_lines, paper.cuts) == ([], 1, 0, 0)
