"""What the papers look like, on 58 mm and 80 mm."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from canteen.printing.drawing.blocks import money
from canteen.printing.drawing.device import Device
from canteen.printing.drawing.flow import clean
from canteen.printing.drawing.glyphs import draw_box
from canteen.printing.papers.facts import PayerShare
from canteen.printing.papers.kinds import Paper, paper_bytes
from canteen.printing.papers.ticket import TicketFacts
from canteen.printing.papers.trial_page import PROBES
from tests.printing.samples import ANY_TEXT, COPY, DAY, DEVICES, GUEST, TEST_PAGE, TICKET, VOID, Pen
from tests.printing.strict_decoder import Printed, decode

NARROW, WIDE = Device(width_mm=58), Device(width_mm=80)


def printed(kind: str, paper: Paper, device: Device = NARROW, machine: Device | None = None) -> Printed:
    """What comes out of a printer set up as ``device``; ``machine`` is what it really is, if that differs."""
    pen = Pen()
    job = paper_bytes(kind, paper.as_json(), device, pen)
    real = machine or device
    return decode(job.data, width_mm=real.width_mm, encoding=real.encoding, rom=real.rom, drawn=pen.drawn)


TICKET_58 = """\
枫林村助餐点
2026年11月21日 周六 午餐
1121-017
王秀兰
--------------------------------
A套餐                       堂食
红烧肉、青菜、米饭
--------------------------------
餐价                     ￥12.00
政府补助                  ￥6.00
  六类 每餐补6元
村集体                    ￥3.00
自付      ￥3.00
支付方式                    现金
本月剩余                 ￥36.00
--------------------------------
时间 11:42             经手 李梅"""

TICKET_80 = """\
枫林村助餐点
2026年11月21日 周六 午餐
1121-017
王秀兰
------------------------------------------------
A套餐                                       堂食
红烧肉、青菜、米饭
------------------------------------------------
餐价                                     ￥12.00
政府补助                                  ￥6.00
  六类 每餐补6元
村集体                                    ￥3.00
自付              ￥3.00
支付方式                                    现金
本月剩余                                 ￥36.00
------------------------------------------------
时间 11:42                             经手 李梅"""

VOID_58 = """\
枫林村助餐点
2026年11月21日 周六 午餐
作 废
1121-017
王秀兰
--------------------------------
小票 1121-017 作废,不能再用。
原因:刷错了卡
A套餐                       现金
退还      ￥3.00
--------------------------------
作废 11:50             经手 李梅"""


@pytest.mark.parametrize(
    ("kind", "body", "device", "text"),
    [
        pytest.param("ticket", TICKET, NARROW, TICKET_58, id="ticket, 58 mm"),
        pytest.param("ticket", TICKET, WIDE, TICKET_80, id="ticket, 80 mm"),
        pytest.param("void_ticket", VOID, NARROW, VOID_58, id="void ticket"),
    ],
)
def test_paper(kind: str, body, device: Device, text: str) -> None:
    assert printed(kind, Paper(body), device).text == text


@pytest.mark.parametrize(
    ("pay_way", "own_fen", "said"),
    [
        pytest.param("扫码", 300, "退还      ￥3.00", id="what was scanned goes back"),
        pytest.param("月结", 300, "自付(作废)               -￥3.00", id="nothing was handed over"),
        pytest.param("现金", 0, "自付(作废)                ￥0.00", id="nothing to give back"),
    ],
)
def test_a_void_ticket_says_what_goes_back(pay_way: str, own_fen: int, said: str) -> None:
    lines = [line.text for line in printed("void_ticket", Paper(replace(VOID, pay_way=pay_way, own_fen=own_fen))).lines]

    assert said in lines


def test_number_name_and_own_part_are_large() -> None:
    paper = printed("ticket", Paper(TICKET))

    assert [line.text for line in paper.lines if line.height == 48] == ["1121-017", "王秀兰", "自付      ￥3.00"]


def test_qr_holds_what_the_facts_say_and_nothing_else() -> None:
    assert printed("ticket", Paper(TICKET)).qr_codes == [b"S1-1121-017"]
    assert printed("ticket", Paper(replace(TICKET, qr=""))).qr_codes == []


def test_a_ticket_nobody_else_pays_says_why_without_a_label() -> None:
    ticket = replace(TICKET, shares=(), own_fen=1200, unpaid=("用餐当日 58 周岁", "不属于低保"))

    lines = [line.text for line in printed("ticket", Paper(ticket)).lines]

    price = lines.index("餐价                     ￥12.00")
    assert lines[price + 1 : price + 3] == ["  用餐当日 58 周岁", "  不符合补助条件"]


@pytest.mark.parametrize(("name", "shown"), [("村民", "散客 村民"), ("其他散客", "其他散客"), ("", "散客")])
def test_guest_ticket_says_so_and_has_no_subsidy(name: str, shown: str) -> None:
    lines = [line.text for line in printed("guest_ticket", Paper(replace(GUEST, person_name=name))).lines]

    assert lines[3] == shown
    assert lines[7:10] == ["--------------------------------", "餐价                     ￥12.00", "自付     ￥12.00"]


@pytest.mark.parametrize(
    ("marks", "shown"),
    [
        ({}, []),
        ({"second_portion": True}, ["※ 第二份 不享受补贴"]),
        ({"outside_hours": True}, ["※ 非供餐时段"]),
        ({"second_portion": True, "outside_hours": True}, ["※ 第二份 不享受补贴", "※ 非供餐时段"]),
    ],
)
def test_marks(marks: dict[str, bool], shown: list[str]) -> None:
    paper = printed("ticket", Paper(replace(TICKET, **marks)))

    assert [line.text for line in paper.lines if "※" in line.text] == shown


def test_a_copy_says_which_one_who_when_and_why_and_keeps_the_number() -> None:
    lines = [line.text for line in printed("ticket", Paper(TICKET, COPY)).lines]

    assert lines[:3] == ["补打 第2次", "2026年11月21日 周六 12:01 李梅", "原因:卡纸"]
    assert lines[4:] == TICKET_58.split("\n")


def test_left_in_words() -> None:
    paper = printed("ticket", Paper(replace(TICKET, left_fen=None, left_text="本月还可用 12 餐")))

    assert [line.text for line in paper.lines if "本月" in line.text] == ["本月还可用 12 餐"]


@pytest.mark.parametrize("device", DEVICES, ids=lambda device: f"{device.width_mm} {device.encoding} {device.rom}")
def test_test_page_shows_settings_probes_ruler_amounts_and_qr(device: Device) -> None:
    encoding = "utf-8" if device.encoding == "utf-8" else "gb18030"
    machine = replace(device, encoding=encoding, rom="gb18030-4")

    paper = printed("test_page", Paper(TEST_PAGE), device, machine)

    lines = [line.text for line in paper.lines]

    assert lines[1].startswith(f"WIDTH {device.width_mm} MM")
    assert device.encoding.upper() in paper.text and device.rom.upper() in paper.text
    for _rom, chars in PROBES:
        assert len([line for line in lines if line.endswith(chars)]) == 2
    assert ("1234567890" * 5)[: device.columns] in lines
    assert "中文" * (device.columns // 4) in lines
    assert paper.qr_codes == [b"TEST-0001"]


@pytest.mark.parametrize(("fen", "text"), [(0, "￥0.00"), (5, "￥0.05"), (123450, "￥1,234.50"), (-300, "-￥3.00")])
def test_money(fen: int, text: str) -> None:
    assert money(fen) == text


@settings(deadline=None)
@given(
    name=ANY_TEXT,
    dish=ANY_TEXT,
    payer=ANY_TEXT,
    reason=ANY_TEXT,
    fen=st.integers(0, 10**11),
    device=st.sampled_from(DEVICES),
)
def test_any_name_and_amount_on_any_printer(
    name: str, dish: str, payer: str, reason: str, fen: int, device: Device
) -> None:
    ticket = TicketFacts(
        site_name=name,
        number="1121-017",
        day=DAY,
        slot_name="午餐",
        person_name=name,
        set_name=dish,
        dishes=(dish,),
        way="堂食",
        price_fen=fen,
        own_fen=fen,
        shares=(PayerShare(payer, fen, reason),),
        left_fen=fen,
        pay_way="现金",
        served_at="11:42",
        staff_name=name,
        qr="S1-1121-017",
    )

    paper = printed("ticket", Paper(ticket), device)

    whole = "".join(line.text for line in paper.lines).replace(" ", "")
    for text in (ticket.person_name, ticket.set_name, ticket.shares[0].label, ticket.shares[0].reason):
        assert clean(text).replace(" ", "") in whole
    assert whole.count(money(fen)) >= 4


def test_a_rare_name_costs_at_most_two_hundred_bytes_for_two_drawn_characters() -> None:
    plain, rare = (
        paper_bytes("ticket", replace(TICKET, person_name=name).as_json(), NARROW, draw_box).data
        for name in ("王秀兰", "王䶮𠮷")
    )

    assert len(rare) - len(plain) <= 200
