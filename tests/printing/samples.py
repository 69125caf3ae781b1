"""Facts of papers, all invented, and the printers they go to."""

from __future__ import annotations

from datetime import date
from itertools import product

from hypothesis import strategies as st

from canteen.printing.drawing.device import DOTS, ENCODINGS, ROMS, Device
from canteen.printing.drawing.glyphs import Glyph, width_of
from canteen.printing.papers.change_slip import ChangeFacts, CountChange
from canteen.printing.papers.closing_summary import ClosingFacts, SlotSum, Taking
from canteen.printing.papers.day_sheet import DayFacts, Expected
from canteen.printing.papers.drawer import DrawerFacts
from canteen.printing.papers.facts import MealCount, PaperFacts, PayerShare
from canteen.printing.papers.kinds import Reprint
from canteen.printing.papers.kitchen_count import KitchenFacts, SetMeals
from canteen.printing.papers.label import LabelFacts
from canteen.printing.papers.route_sheet import DoorFacts, RouteFacts
from canteen.printing.papers.ticket import GuestTicketFacts, TicketFacts
from canteen.printing.papers.trial_page import TrialPageFacts
from canteen.printing.papers.void_ticket import VoidFacts

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
    shares=(PayerShare("政府补助", 600, "六类 每餐补6元"), PayerShare("村集体", 300)),
    left_fen=3600,
    pay_way="现金",
    served_at="11:42",
    staff_name="李梅",
    qr="S1-1121-017",
)
GUEST = GuestTicketFacts(
    site_name="枫林村助餐点",
    number="1121-017",
    day=DAY,
    slot_name="午餐",
    person_name="村民",
    set_name="A套餐",
    dishes=("红烧肉", "青菜", "米饭"),
    way="堂食",
    price_fen=1200,
    own_fen=1200,
    pay_way="现金",
    served_at="11:42",
    staff_name="李梅",
    qr="S1-1121-017",
)
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
TEST_PAGE = TrialPageFacts(site_name="枫林村助餐点", printer_name="柜台", day=DAY, asked_at="09:01", staff_name="李梅")
KITCHEN = KitchenFacts(
    site_name="枫林村助餐点",
    day=DAY,
    slot_name="午餐",
    edition=1,
    total=42,
    sets=(
        SetMeals(
            set_name="A套餐",
            meals=34,
            ways=(MealCount("堂食", 20), MealCount("自取", 4), MealCount("代领", 2), MealCount("送餐", 8)),
        ),
        SetMeals(set_name="B套餐(低油低盐)", meals=8, ways=(MealCount("堂食", 3), MealCount("送餐", 5))),
    ),
    diets=(MealCount("软食", 5), MealCount("低糖", 3), MealCount("不吃猪肉", 1)),
    counted_at="09:31",
    staff_name="李梅",
)
CHANGE = ChangeFacts(
    site_name="枫林村助餐点",
    day=DAY,
    slot_name="午餐",
    edition=2,
    total_before=42,
    total=43,
    changes=(CountChange("A套餐", 34, 36), CountChange("B套餐(低油低盐)", 8, 7)),
    diet_changes=(CountChange("软食", 5, 6),),
    sets=KITCHEN.sets,
    diets=KITCHEN.diets,
    counted_at="10:12",
    staff_name="李梅",
)
LABEL = LabelFacts(
    site_name="枫林村助餐点",
    day=DAY,
    slot_name="午餐",
    route_name="东线",
    position=3,
    doors=12,
    person_name="王秀兰",
    where="枫林村 7组",
    set_name="A套餐",
    diet="软食 少盐",
    packed_at="10:55",
)
ROUTE = RouteFacts(
    site_name="枫林村助餐点",
    site_phone="0794-5550123",
    day=DAY,
    slot_name="午餐",
    route_name="东线",
    volunteer="张志强",
    doors=(
        DoorFacts(
            position=1,
            person_name="王秀兰",
            where="枫林村 7组",
            address="云溪路12号",
            hint="三楼右手,钥匙在对门",
            diet="软食 少盐",
            set_name="A套餐",
            pay_way="现金",
        ),
        DoorFacts(position=2, person_name="阿卜杜·热合曼", where="枫林村 8组", set_name="B套餐", pay_way="月结"),
        DoorFacts(
            position=3,
            person_name="王䶮",
            where="枫林村 8组",
            address="老学堂后第二家",
            hint="敲门大声些",
            set_name="A套餐",
            pay_way="扫码",
        ),
    ),
    printed_at="10:40",
    staff_name="李梅",
)
DAY_SHEET = DayFacts(
    site_name="枫林村助餐点",
    day=DAY,
    slot_name="午餐",
    lines=(
        Expected("王秀兰", "7组", "A套餐", "堂食", 300),
        Expected("阿卜杜·热合曼", "8组", "B套餐(低油低盐)", "自取", 1200),
        Expected("王䶮", "8组", "A套餐", "送餐"),
    ),
    blanks=2,
    printed_at="10:30",
    staff_name="李梅",
)
CLOSING = ClosingFacts(
    site_name="枫林村助餐点",
    day=DAY,
    slots=(SlotSum("午餐", 42, 43, 3, 2, 10, 45), SlotSum("晚餐", 18, 17, 0, 1)),
    ways=(MealCount("堂食", 40), MealCount("自取", 7), MealCount("送餐", 13)),
    takings=(Taking("现金", 38, 12450), Taking("扫码", 12, 3600), Taking("月结", 10, 3000)),
    payers=(PayerShare("政府补助", 36000), PayerShare("村集体", 17250)),
    price_fen=72300,
    own_fen=19050,
    voided=1,
    second_portions=1,
    anchors=("7-1042-KQ7M-2XPD-9RTF", "0-58-3MXA-77QD-P0ZC"),
    fingerprint="3f2a 91bc 07de 4410 aa51 c2f9 0b7e 66d3",
    printed_at="18:40",
    staff_name="李梅",
)
DRAWER = DrawerFacts(site_name="枫林村助餐点", day=DAY, asked_at="12:01", staff_name="李梅", reason="找零")
#: One paper of every kind.
PAPERS: dict[str, PaperFacts] = {
    "ticket": TICKET,
    "guest_ticket": GUEST,
    "void_ticket": VOID,
    "test_page": TEST_PAGE,
    "kitchen_count": KITCHEN,
    "change_slip": CHANGE,
    "label": LABEL,
    "route_sheet": ROUTE,
    "day_sheet": DAY_SHEET,
    "closing_summary": CLOSING,
    "drawer": DRAWER,
}
COPY = Reprint(copy=2, day=DAY, asked_at="12:01", staff_name="李梅", reason="卡纸")

#: Every combination of width, encoding and ROM, and both widths as pictures.
DEVICES = [
    Device(width_mm=width, encoding=encoding, rom=rom) for width, encoding, rom in product(DOTS, ENCODINGS, ROMS)
]
RASTERS = [Device(width_mm=width, mode="raster") for width in DOTS]

#: Text as people, files and mischief make it: any character, and more of those that have broken printers.
ANY_TEXT = st.text(
    st.characters()
    | st.characters(categories=["Cc", "Cf", "Cs", "Zs", "Mn"])
    | st.sampled_from("王秀兰·—①é䶮㑇𠮷龦鿍㐂〇喆￥¥€\x10\x04\x1b@\x1c.\x1dV\ufe0f\u200b\U000e0100 a1,\u3000・―"),
    max_size=40,
)


def _number_of(char: str) -> int:
    """The code point; where two of its bytes would be a real-time command (U+71014), another number that no character
    has: a ``DrawGlyph`` never holds one."""
    code = ord(char)
    is_command = code >> 8 & 0xFF == 0x10 and code & 0xFF in (0x04, 0x05, 0x14)
    return 1 << 22 | code ^ 0x0800 if is_command else code


class Pen:
    """Draws every character as dots that name it, so that a decoder can read drawn characters back: each column holds
    the character's number below a dot at the top."""

    def __init__(self) -> None:
        self.drawn: dict[bytes, str] = {}

    def __call__(self, char: str, scale: int = 1) -> Glyph:
        bits = f"{1 << 23 | _number_of(char):024b}"
        column = int("".join(bit * scale for bit in bits), 2).to_bytes(3 * scale, "big")
        glyph = Glyph(column * width_of(char, scale))
        self.drawn[glyph.columns[: 72 // (1 + char.isascii())]] = char
        return glyph
