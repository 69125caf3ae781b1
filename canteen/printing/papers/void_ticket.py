"""作废小票: the paper that takes a ticket back; it bears the same number."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from canteen.base.words import WORDS
from canteen.printing.drawing.blocks import head, money, title
from canteen.printing.drawing.device import Device
from canteen.printing.drawing.lines import Pair, PrintLine, Rule, Text
from canteen.printing.papers.facts import ServedFacts
from canteen.printing.papers.neutral import Neutral


@dataclass(frozen=True, slots=True, kw_only=True)
class VoidFacts(ServedFacts):
    """A serving that was undone."""

    kind = "void_ticket"

    reason: Annotated[str, Neutral.instead("资格有误")]
    #: Wall time of the canteen.
    voided_at: str

    @property
    def gives_back(self) -> bool:
        """Whether money that was handed over goes back."""
        return self.own_fen > 0 and self.pay_way in (WORDS["pay_way"]["cash"], WORDS["pay_way"]["code"])

    def layout(self, device: Device) -> Iterator[PrintLine]:
        yield from head(self.site_name, self.day, self.slot_name)
        yield Text("作 废", scale=3, bold=True, align="center")
        yield title(self.number)
        if self.person_name:
            yield Text(self.person_name, scale=2, align="center")
        yield Rule()
        yield Text(f"小票 {self.number} 作废,不能再用。", bold=True)
        yield Text(f"原因:{self.reason}")
        yield Pair(self.set_name, self.pay_way)
        if self.gives_back:
            yield Pair("退还", money(self.own_fen), scale=2, bold=True)
        else:
            yield Pair("自付(作废)", money(-self.own_fen))
        yield Rule()
        yield Pair(f"作废 {self.voided_at}", f"经手 {self.staff_name}")
