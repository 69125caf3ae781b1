"""What each paper looks like: facts to lines, and with a device to bytes. Pure.

Large type (twice) holds what is looked for across a counter: the number and the own part. Everything is laid out
in columns of the device, so a waiting job can go to a printer of another width.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from canteen.money import yuan
from canteen.printing.device import Device
from canteen.printing.encoder import Encoded, encode
from canteen.printing.facts import Paper, PrinterTestFacts, Reprint, Share, TicketFacts, VoidFacts
from canteen.printing.glyphs import Draw
from canteen.printing.lines import Line, Pair, Qr, Rule, Text

#: Characters that tell ROMs apart: each line is printable from its level on. Source: docs/printing.md, "ROM".
PROBES = (
    ("gb2312", "国餐·—①"),
    ("gbk", "喆堃凃犇頔玥〇"),
    ("gb18030-2", "䶮㑇"),
    ("gb18030-4", "𠮷龦鿍㐂"),
)


def paper_bytes(kind: str, facts: Mapping[str, Any], device: Device, draw: Draw) -> Encoded:
    """The bytes of a job for a printer: what is sent and what the preview shows."""
    return encode(lines_of(Paper.of(kind, facts), device), device, draw)


def lines_of(paper: Paper, device: Device) -> Iterator[Line]:
    """The lines of any paper, with the mark of a copy above them. Only the test page looks at the device."""
    if paper.reprint:
        yield from _reprint_mark(paper.reprint)
    match paper.body:
        case TicketFacts() as ticket:
            yield from ticket_lines(ticket)
        case VoidFacts() as void:
            yield from void_lines(void)
        case PrinterTestFacts() as facts:
            yield from test_page_lines(facts, device)


def money(fen: int) -> str:
    """An amount as paper shows it: ￥1,234.50, with the sign every Chinese printer has."""
    return f"-￥{yuan(-fen)}" if fen < 0 else f"￥{yuan(fen)}"


def _on_paper(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日 周{'一二三四五六日'[day.weekday()]}"


def _reprint_mark(reprint: Reprint) -> Iterator[Line]:
    yield Text(f"补打 第{reprint.copy}次", scale=2, bold=True, align="center")
    yield Text(f"{_on_paper(reprint.day)} {reprint.asked_at} {reprint.staff_name}", align="center")
    yield Text(f"原因:{reprint.reason}", align="center")
    yield Rule()


def _head(site_name: str, day: date, slot_name: str) -> Iterator[Line]:
    yield Text(site_name, bold=True, align="center")
    yield Text(f"{_on_paper(day)} {slot_name}", align="center")


def ticket_lines(ticket: TicketFacts) -> Iterator[Line]:
    """A meal ticket, of an elder or a guest."""
    yield from _head(ticket.site_name, ticket.day, ticket.slot_name)
    yield Text(ticket.number, scale=2, bold=True, align="center")
    yield Text(_called(ticket), scale=2, align="center")
    for mark, is_set in (("第二份 不享受补贴", ticket.second_portion), ("非供餐时段", ticket.outside_hours)):
        if is_set:
            yield Text(f"※ {mark}", bold=True, align="center")
    yield Rule()
    yield Pair(ticket.set_name, ticket.way, bold=True)
    if ticket.dishes:
        yield Text("、".join(ticket.dishes))
    yield Rule()
    yield Pair("餐价", money(ticket.price_fen))
    for share in ticket.shares:
        yield from _share(share)
    yield Pair("自付", money(ticket.own_fen), scale=2, bold=True)
    yield Pair("支付方式", ticket.pay_way)
    yield from _left(ticket)
    yield Rule()
    yield Pair(f"时间 {ticket.served_at}", f"经手 {ticket.staff_name}")
    if ticket.qr:
        yield Qr(ticket.qr)


def _called(ticket: TicketFacts) -> str:
    """Who eats: the name, or that it is a guest and of which kind."""
    if ticket.is_guest and "散客" not in ticket.person_name:
        return f"散客 {ticket.person_name}".rstrip()
    return ticket.person_name


def _share(share: Share) -> Iterator[Line]:
    yield Pair(share.label, money(share.amount_fen))
    if share.reason:
        yield Text(f"  {share.reason}")


def _left(ticket: TicketFacts) -> Iterator[Line]:
    if ticket.left_fen is not None:
        yield Pair("本月剩余", money(ticket.left_fen))
    if ticket.left_text:
        yield Text(ticket.left_text)


def void_lines(void: VoidFacts) -> Iterator[Line]:
    """The paper that takes a ticket back; it bears the same number."""
    yield from _head(void.site_name, void.day, void.slot_name)
    yield Text("作 废", scale=3, bold=True, align="center")
    yield Text(void.number, scale=2, bold=True, align="center")
    if void.person_name:
        yield Text(void.person_name, scale=2, align="center")
    yield Rule()
    yield Text(f"小票 {void.number} 作废,不能再用。", bold=True)
    yield Text(f"原因:{void.reason}")
    yield Pair(void.set_name, void.pay_way)
    yield Pair("自付(作废)", money(-void.own_fen))
    yield Rule()
    yield Pair(f"时间 {void.voided_at}", f"经手 {void.staff_name}")


def test_page_lines(facts: PrinterTestFacts, device: Device) -> Iterator[Line]:
    """The page from which the settings of a printer are read off. Its first lines are ASCII: they are readable
    whatever the encoding is, and say what was tried."""
    yield Text("PRINTER TEST", scale=2, bold=True, align="center")
    yield Text(f"WIDTH {device.width_mm} MM  ENCODING {device.encoding.upper()}  ROM {device.rom.upper()}")
    yield Text(f"CUTTER {_yes(device.has_cutter)}  QR {_yes(device.has_qr)}  ANSWERS {_yes(device.answers)}")
    yield Rule()
    yield Text("1. 汉字读不出来:请换编码。", bold=True)
    yield from _head(facts.site_name, facts.day, facts.asked_at)
    yield Pair(f"打印机 {facts.printer_name}", facts.staff_name)
    yield Rule()
    yield Text("2. 下一行应正好占满一行;折行或留空:请换纸宽。", bold=True)
    yield Text(("1234567890" * 5)[: device.columns])
    yield Text("中文" * (device.columns // 4))
    yield Rule()
    yield Text("3. 每级两行应相同;选两行相同的最后一级。", bold=True)
    for rom, chars in PROBES:
        yield Text(f"{rom.upper():<10}{chars}", shapes="rom")
        yield Text(f"{'=':<10}{chars}", shapes="drawn")
    yield Rule()
    yield Text("4. 金额应在右边对齐,￥ 应看得清。", bold=True)
    yield Pair("普通", money(1200))
    yield Pair("两倍", money(123450), scale=2, bold=True)
    yield Text("三倍", scale=3)
    yield Rule()
    yield Text("5. 应能扫出 TEST-0001;没有图:请关二维码。", bold=True)
    yield Qr("TEST-0001")


def _yes(flag: bool) -> str:
    return "YES" if flag else "NO"
