"""日结单: one day in sums, and what the till should hold; the day sheet and the books must agree with it."""

from collections.abc import Iterator
from dataclasses import dataclass

from canteen.base.words import WORDS
from canteen.printing.drawing.blocks import BLANK, counts, head, money, title
from canteen.printing.drawing.device import Device
from canteen.printing.drawing.lines import Gap, Pair, PrintLine, Rule, Text
from canteen.printing.papers.facts import MealCount, PaperFacts, PayerShare


@dataclass(frozen=True, slots=True)
class SlotSum:
    """One sitting of a day."""

    slot_name: str
    ordered: int
    served: int
    guests: int = 0
    #: Ordered, and not served.
    not_come: int = 0
    #: Of the served ones those that were carried.
    delivered: int = 0
    #: Meals that were cooked; None where not every set was counted.
    prepared: int | None = None

    @property
    def left(self) -> int | None:
        """Meals that were cooked and that nobody had; below zero: more went out than was counted."""
        return None if self.prepared is None else self.prepared - self.served


@dataclass(frozen=True, slots=True)
class Taking:
    """Own parts paid in one way."""

    pay_way: str
    meals: int
    amount_fen: int

    @property
    def is_cash(self) -> bool:
        """Whether it lies in the drawer."""
        return self.pay_way == WORDS["pay_way"]["cash"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingFacts(PaperFacts):
    """The day in sums: meals, who carries them, and what the drawer should hold."""

    kind = "closing_summary"
    in_doubt = "again"

    slots: tuple[SlotSum, ...] = ()
    ways: tuple[MealCount, ...] = ()
    takings: tuple[Taking, ...] = ()
    payers: tuple[PayerShare, ...] = ()
    price_fen: int = 0
    own_fen: int = 0
    voided: int = 0
    second_portions: int = 0
    #: Newest ends of the trail, of the site and of what belongs to none: what is cut off later shows beside them.
    anchors: tuple[str, ...] = ()
    #: Of the key that signs the trail when it is taken out of the house: eight times four digits.
    fingerprint: str = ""
    #: Wall time of the canteen.
    printed_at: str
    staff_name: str

    @property
    def subject(self) -> str:
        return f"{self.day.month}月{self.day.day}日 {sum(slot.served for slot in self.slots)}餐"

    def layout(self, device: Device) -> Iterator[PrintLine]:
        yield from head(self.site_name, self.day, "")
        yield title("日结单")
        yield Rule("=")
        for slot in self.slots:
            yield Pair(slot.slot_name, f"用餐 {slot.served}", scale=2, bold=True)
            yield Pair(f"订餐 {slot.ordered}  没有来 {slot.not_come}", f"其中散客 {slot.guests}")
            went = f"柜台 {slot.served - slot.delivered}  送达 {slot.delivered}"
            yield Text(went) if slot.left is None else Pair(went, _cooked(slot.prepared, slot.left))
            yield Rule()
        yield from counts(((way.name, way.meals) for way in self.ways), device.columns)
        yield Pair(f"第二份 {self.second_portions}", f"作废 {self.voided}(不计入)")
        yield Rule("=")
        yield Pair("餐费合计", money(self.price_fen), bold=True)
        for payer in self.payers:
            yield Pair(f"  {payer.label}", money(payer.amount_fen))
        yield Pair("自付合计", money(self.own_fen), bold=True)
        for taking in self.takings:
            yield Pair(f"  {taking.pay_way} {taking.meals}笔", money(taking.amount_fen))
        yield Rule("=")
        cash = sum(taking.amount_fen for taking in self.takings if taking.is_cash)
        yield Text("钱箱里应有的", bold=True)
        yield Pair("现金", money(cash), scale=2, bold=True)
        yield Gap()
        yield Pair("实点现金", "____________")
        yield Gap()
        yield Pair("差额", "____________")
        yield Gap()
        yield Text(f"经手{BLANK}  复核{BLANK}")
        for anchor in self.anchors:
            yield Pair("账簿印记", anchor)
        if self.fingerprint:  # in halves: a narrow roll has no room for more
            yield Pair("公钥指纹", self.fingerprint[:20].rstrip())
            yield Pair("", self.fingerprint[20:])
        yield Pair(f"打印 {self.printed_at}", self.staff_name)


def _cooked(prepared: int | None, left: int) -> str:
    return f"备餐 {prepared}  {'剩' if left >= 0 else '多发'} {abs(left)}"
