"""手工登记单: who ordered for one sitting, to be ticked with a pen and keyed in after the meal."""

from collections.abc import Iterator
from dataclasses import dataclass

from canteen.printing.drawing.blocks import BLANK, head, money, title
from canteen.printing.drawing.device import Device
from canteen.printing.drawing.flow import columns
from canteen.printing.drawing.lines import Gap, Pair, PrintLine, Rule, Text
from canteen.printing.papers.facts import SittingFacts
from canteen.printing.papers.neutral import Part, PersonName

#: Where own part and way of paying are written.
_PAID = "自付__________ 现金/扫码/月结"


@dataclass(frozen=True, slots=True)
class Expected(Part):
    """Somebody who ordered."""

    person_name: PersonName
    where: str = ""
    set_name: str = ""
    way: str = ""
    #: What the person would pay by what is known when the sheet is printed; None while the set has no price.
    own_fen: int | None = None
    #: What is typed when the sheet is keyed in; 0 on a sheet of before there were numbers.
    number: int = 0

    def layout(self, place: int, width: int) -> Iterator[PrintLine]:
        name, what = (
            f"□{self.number or place:>3} {self.person_name}",
            " ".join(filter(None, (self.where, self.set_name, self.way))),
        )
        if columns(name) + columns(what) < width:
            yield Pair(name, what, bold=True)
        else:
            yield Text(name, bold=True)
            yield Pair("", what)
        if self.own_fen is None:
            yield Pair("", _PAID)
        else:
            yield Pair(f"应付{money(self.own_fen)}", "现金/扫码/月结", bold=True)
        yield Rule()


@dataclass(frozen=True, slots=True, kw_only=True)
class DayFacts(SittingFacts):
    """Who is expected, and empty lines for those who come without an order."""

    kind = "day_sheet"
    needs = "take_orders"
    in_doubt = "again"

    lines: tuple[Expected, ...] = ()
    #: Empty lines.
    blanks: int = 5
    #: Wall time of the canteen.
    printed_at: str
    staff_name: str

    @property
    def subject(self) -> str:
        return f"{self.when} {len(self.lines)}人"

    def layout(self, device: Device) -> Iterator[PrintLine]:
        yield from head(self.site_name, self.day, self.slot_name)
        yield title("手工登记单")
        yield Pair(f"已订 {len(self.lines)} 人", f"打印 {self.printed_at} {self.staff_name}")
        yield Text("来一位,在□里打√,圈出付款方式。应付按打印时的资料算,收的不同请改写。")
        yield Rule("=")
        for place, line in enumerate(self.lines, 1):
            yield from line.layout(place, device.columns)
        yield Text("没有订餐就来的(写姓名)", bold=True)
        for _ in range(self.blanks):
            yield Gap()
            yield Text("□    " + "_" * (device.columns - 6))
            yield Pair("", _PAID)
        yield Rule("=")
        yield Pair("实到______人", f"自付合计{BLANK}")
        yield Gap()
        yield Text(f"登记人{BLANK}  补录人{BLANK}")
