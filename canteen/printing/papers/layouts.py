"""What each paper looks like: facts to lines, and with a device to bytes. Pure.

Large type (twice and more) holds what is looked for across a counter: the number, the name and the own part.
Everything is laid out in columns of the device, so a waiting job can go to a printer of another width. Here are the
papers of the counter; ``sheets`` has those of the kitchen, the routes and the day, ``trial_page`` the test page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from canteen.printing.drawing.device import Device
from canteen.printing.drawing.encoder import Encoded, encode
from canteen.printing.drawing.glyphs import Draw
from canteen.printing.drawing.lines import Kick, Line, NoPaper, Pair, Qr, Rule, Text
from canteen.printing.papers import sheets
from canteen.printing.papers.facts import DrawerFacts, PrinterTestFacts, Share, TicketFacts, VoidFacts
from canteen.printing.papers.kinds import Body, Paper
from canteen.printing.papers.pieces import head, maybe_again_mark, money, reprint_mark, title
from canteen.printing.papers.sheet_facts import (
    ChangeFacts,
    ClosingFacts,
    DayFacts,
    KitchenFacts,
    LabelFacts,
    RouteFacts,
)
from canteen.printing.papers.trial_page import trial_page_lines


def paper_bytes(
    kind: str, facts: Mapping[str, Any], device: Device, draw: Draw, *, job_id: int = 0, maybe_again: bool = False
) -> Encoded:
    """The bytes of a job for a printer: what is sent and what the preview shows."""
    paper = Paper.of(kind, facts)
    if maybe_again:
        paper = replace(paper, maybe_again=True)
    return encode(lines_of(paper, device), device, draw, job_id=job_id)


def lines_of(paper: Paper, device: Device) -> Iterator[Line]:
    """The lines of any paper, with the marks of a copy above them. The drawer opens for the first one only."""
    is_first = not (paper.reprint or paper.maybe_again)
    if is_first and (
        isinstance(paper.body, DrawerFacts) or isinstance(paper.body, TicketFacts) and paper.body.takes_cash
    ):
        yield Kick()
    if paper.reprint:
        yield from reprint_mark(paper.reprint)
    if paper.maybe_again:
        yield from maybe_again_mark()
    yield from _body_lines(paper.body, device)


def _body_lines(body: Body, device: Device) -> Iterator[Line]:
    match body:
        case TicketFacts():
            return ticket_lines(body)
        case VoidFacts():
            return void_lines(body)
        case KitchenFacts():
            return sheets.kitchen_lines(body, device.columns)
        case ChangeFacts():
            return sheets.change_lines(body)
        case LabelFacts():
            return sheets.label_lines(body, device.columns)
        case RouteFacts():
            return sheets.route_lines(body)
        case DayFacts():
            return sheets.day_lines(body, device.columns)
        case ClosingFacts():
            return sheets.closing_lines(body, device.columns)
        case PrinterTestFacts():
            return trial_page_lines(body, device)
        case DrawerFacts():
            return iter((NoPaper(),))


def ticket_lines(ticket: TicketFacts) -> Iterator[Line]:
    """A meal ticket, of an elder or a guest."""
    yield from head(ticket.site_name, ticket.day, ticket.slot_name)
    yield title(ticket.number)
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
    for reason in ticket.unpaid:
        yield Text(f"  {reason}")
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
    yield from head(void.site_name, void.day, void.slot_name)
    yield Text("作 废", scale=3, bold=True, align="center")
    yield title(void.number)
    if void.person_name:
        yield Text(void.person_name, scale=2, align="center")
    yield Rule()
    yield Text(f"小票 {void.number} 作废,不能再用。", bold=True)
    yield Text(f"原因:{void.reason}")
    yield Pair(void.set_name, void.pay_way)
    if void.gives_back:
        yield Pair("退还", money(void.own_fen), scale=2, bold=True)
    else:
        yield Pair("自付(作废)", money(-void.own_fen))
    yield Rule()
    yield Pair(f"作废 {void.voided_at}", f"经手 {void.staff_name}")
