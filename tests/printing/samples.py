"""Facts of papers, all invented, and the printers they go to."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import product

from hypothesis import strategies as st

from canteen.printing.device import DOTS, ENCODINGS, ROMS, Device
from canteen.printing.facts import PrinterTestFacts, Reprint, Share, TicketFacts, VoidFacts
from canteen.printing.glyphs import Glyph

DAY = date(2026, 11, 21)

TICKET = TicketFacts(
    site_name="枫林村助餐点",
    number="1121-017",
    day=DAY,
    slot_name="午餐",
    person_name="王秀兰",
    set_name="A套餐",
    dishes=("红烧肉", "青菜", "米饭"),
    way="堂食",
    price_fen=1200,
    own_fen=300,
    shares=(Share("政府补助", 600, "六类 每餐补6元"), Share("村集体", 300)),
    left_fen=3600,
    pay_way="现金",
    served_at="11:42",
    staff_name="李梅",
    qr="S1-1121-017",
)
GUEST = replace(TICKET, person_name="村民", own_fen=1200, shares=(), left_fen=None, is_guest=True)
VOID = VoidFacts(
    site_name="枫林村助餐点",
    number="1121-017",
    day=DAY,
    slot_name="午餐",
    person_name="王秀兰",
    set_name="A套餐",
    own_fen=300,
    pay_way="现金",
    reason="刷错了卡",
    voided_at="11:50",
    staff_name="李梅",
)
TEST_PAGE = PrinterTestFacts(
    site_name="枫林村助餐点", printer_name="柜台", day=DAY, asked_at="09:01", staff_name="李梅"
)
COPY = Reprint(copy=2, day=DAY, asked_at="12:01", staff_name="李梅", reason="卡纸")

#: Every combination of width, encoding and ROM.
DEVICES = [
    Device(width_mm=width, encoding=encoding, rom=rom) for width, encoding, rom in product(DOTS, ENCODINGS, ROMS)
]

#: Text as people, files and mischief make it: any character, and more of those that have broken printers.
ANY_TEXT = st.text(
    st.characters()
    | st.characters(categories=["Cc", "Cf", "Cs", "Zs", "Mn"])
    | st.sampled_from("王秀兰·—①é䶮㑇𠮷龦鿍㐂〇喆￥¥€\x10\x04\x1b@\x1c.\x1dV\ufe0f\u200b\U000e0100 a1,\u3000・―"),
    max_size=40,
)


class Pen:
    """Draws every character as dots that name it, so that a decoder can read drawn characters back."""

    def __init__(self) -> None:
        self.drawn: dict[bytes, str] = {}

    def __call__(self, char: str) -> Glyph:
        bits = f"{ord(char):024b}"
        columns = bytes(0xFF if bit == "1" else 0x00 for bit in bits for _ in range(3))
        self.drawn[columns] = char
        return Glyph(columns)
