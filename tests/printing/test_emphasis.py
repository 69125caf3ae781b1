"""What stands out on each paper: a kitchen reads its count from two metres, and a person finds name and own part."""

from __future__ import annotations

import pytest

from canteen.printing.drawing.device import Device
from canteen.printing.drawing.glyphs import draw_box
from canteen.printing.drawing.preview import TextRun, read_paper
from canteen.printing.papers.kinds import KINDS, Paper, paper_bytes
from tests.printing.samples import COPY, PAPERS

WIDE = Device(width_mm=80)
HEAD = ["cb 枫林村助餐点", "c 2026年11月21日 周六 午餐"]
#: Lines that are centred (c), bold (b), or two or three times as large; the code of a ticket stands below all.
STANDS_OUT = {
    "ticket": [*HEAD, "cb2 1121-017", "c2 王秀兰", "b A套餐", "b2 自付", "c "],
    "guest_ticket": [*HEAD, "cb2 1121-017", "c2 散客 村民", "b A套餐", "b2 自付", "c "],
    "void_ticket": [*HEAD, "cb3 作 废", "cb2 1121-017", "c2 王秀兰", "b 小票 1121-017 作废,不能再用。", "b2 退还"],
    "test_page": [
        *["cb2 PRINTER TEST", "cb 枫林村助餐点", "c 2026年11月21日 周六 09:01"],
        *["b 2. 下一行应正好占满一行;折行或留空:请换纸宽。", "b 3. 每级两行应相同;选两行相同的最后一级。"],
        *["b 4. 金额靠右对齐,￥ 看得清。", "b2 两倍", "3 三倍"],
        *["b 5. 应能扫出 TEST-0001;没有图:请关二维码。", "c "],
        *["b 6. 汉字换什么编码都不对,而下一行看得清:打印方式", "b 选「图形」。"],
    ],
    "kitchen_count": [
        *[*HEAD, "cb2 厨房备餐单", "b2 A套餐", "b2 B套餐(低油低盐)", "b2 合计"],
        *["b 忌口与软食(已含在合计里)", "b 软食", "b 低糖", "b 不吃猪肉"],
    ],
    "change_slip": [
        *[*HEAD, "cb2 备餐变更单", "cb 第2张", "b2 A套餐", "b 多做 2 份", "b2 B套餐(低油低盐)", "b 少做 1 份"],
        *["b2 合计", "b 忌口与软食", "b 软食"],
    ],
    "label": ["b3 王秀兰", "2 A套餐", "b2 ※软食 少盐"],
    "route_sheet": [
        *[*HEAD, "cb2 送餐路线单", "b2 东线", "b2 1 王秀兰", "b ※ 软食 少盐", "b2 2 阿卜杜·热合曼", "b 3 王"],
        *["b 无人应答:请马上打 0794-5550123", "b 这张单子有住址,送完请交回站点。"],
    ],
    "day_sheet": [
        *[*HEAD, "cb2 手工登记单", "b □", "b 应付￥3.00", "b □", "b 应付￥12.00", "b □", "b 没有订餐就来的(写姓名)"]
    ],
    "closing_summary": [
        *["cb 枫林村助餐点", "c 2026年11月21日 周六", "cb2 日结单", "b2 午餐", "b2 晚餐", "b 餐费合计", "b 自付合计"],
        *["b 钱箱里应有的", "b2 现金"],
    ],
    "drawer": [],
}
ABOVE_A_COPY = [
    *["cb2 补打 第2次", "c 2026年11月21日 周六 12:01 李梅", "c 原因:卡纸", "cb2 可能重复"],
    *["c 上一张没有得到确认。如已有同样的一张,请丢掉这", "c 张。"],
]


def standing_out(paper: Paper) -> list[str]:
    sheet = read_paper(paper_bytes(paper.body.kind, paper.as_json(), WIDE, draw_box).data, WIDE)
    found = []
    for line in sheet.lines:
        runs = [part for part in line.parts if isinstance(part, TextRun)]
        scale = max((run.scale for run in runs), default=1)
        marks = {"left": "", "center": "c", "right": "r"}[line.align] + "b" * any(run.bold for run in runs)
        marks += str(scale) if scale > 1 else ""
        if marks:
            found.append(f"{marks} {''.join(run.text for run in runs).strip().split('  ')[0]}")
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_what_stands_out(kind: str) -> None:
    assert standing_out(Paper(PAPERS[kind])) == STANDS_OUT[kind]


def test_a_copy_and_a_repeat_say_so_above_everything() -> None:
    assert standing_out(Paper(PAPERS["ticket"], COPY, maybe_again=True)) == ABOVE_A_COPY + STANDS_OUT["ticket"]
