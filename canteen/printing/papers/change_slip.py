"""备餐变更单: what is other than the kitchen was told."""

from collections.abc import Iterator
from dataclasses import dataclass

from canteen.printing.drawing.blocks import head, title
from canteen.printing.drawing.device import Device
from canteen.printing.drawing.lines import Pair, PrintLine, Rule, Text
from canteen.printing.papers.kitchen_count import KitchenFacts
from canteen.printing.papers.neutral import Diet, Part


@dataclass(frozen=True, slots=True)
class CountChange(Part):
    """One set or diet whose count is another now."""

    name: Diet
    before: int
    after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeFacts(KitchenFacts):
    """What changed since the kitchen was last told, with the whole count as it is now: what the next change is counted
    from. ``edition`` counts the papers of a sitting together with its kitchen counts."""

    kind = "change_slip"

    total_before: int
    changes: tuple[CountChange, ...]
    diet_changes: tuple[CountChange, ...] = ()

    @property
    def subject(self) -> str:
        return f"{self.when} {self.total_before}→{self.total}份"

    def layout(self, device: Device) -> Iterator[PrintLine]:
        yield from head(self.site_name, self.day, self.slot_name)
        yield title("备餐变更单")
        yield Text(f"第{self.edition}张", bold=True, align="center")
        yield Rule("=")
        for change in self.changes:
            more = change.after - change.before
            yield Pair(change.name or "未定", f"{change.before}→{change.after}", scale=2, bold=True)
            yield Pair("", f"{'多做' if more > 0 else '少做'} {abs(more)} 份", bold=True)
            yield Rule()
        yield Pair("合计", f"{self.total_before}→{self.total}", scale=2, bold=True)
        yield Rule("=")
        if self.diet_changes:
            yield Text("忌口与软食", bold=True)
            for change in self.diet_changes:
                yield Pair(change.name, f"{change.before}→{change.after}份", bold=True)
            yield Rule()
        yield Pair(f"统计 {self.counted_at}", f"经手 {self.staff_name}")
