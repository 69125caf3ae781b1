"""厨房备餐单: how many of what the kitchen cooks for one sitting."""

from collections.abc import Iterator
from dataclasses import dataclass

from canteen.printing.drawing.blocks import counts, head, title
from canteen.printing.drawing.device import Device
from canteen.printing.drawing.lines import Pair, PrintLine, Rule, Text
from canteen.printing.papers.facts import MealCount, SittingFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class SetMeals:
    """MealCount of one set, by way."""

    #: "" while there is no menu.
    set_name: str
    meals: int
    ways: tuple[MealCount, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KitchenFacts(SittingFacts):
    """The count of one sitting: the sets in large type, the ways below, then the diets."""

    kind = "kitchen_count"
    needs = "take_orders"
    wait_s = 3 * 3600
    in_doubt = "again"  # a lost meal is worse than two slips

    #: 1 for the first count of the sitting; a later one replaces the ones before.
    edition: int
    total: int
    sets: tuple[SetMeals, ...] = ()
    diets: tuple[MealCount, ...] = ()
    #: Wall time of the canteen.
    counted_at: str
    staff_name: str

    @property
    def subject(self) -> str:
        return f"{self.when} {self.total}份"

    def layout(self, device: Device) -> Iterator[PrintLine]:
        yield from head(self.site_name, self.day, self.slot_name)
        yield title("厨房备餐单")
        if self.edition > 1:
            yield Text(f"第{self.edition}张 以这张为准", bold=True, align="center")
        yield Rule("=")
        for one in self.sets:
            yield Pair(one.set_name or "未定", f"{one.meals}份", scale=2, bold=True)
            yield from counts(((way.name, way.meals) for way in one.ways), device.columns)
            yield Rule()
        yield Pair("合计", f"{self.total}份", scale=2, bold=True)
        yield Rule("=")
        if self.diets:
            yield Text("忌口与软食(已含在合计里)", bold=True)
            for diet in self.diets:
                yield Pair(diet.name, f"{diet.meals}份", bold=True)
        else:
            yield Text("没有登记忌口与软食。")
        yield Rule()
        yield Pair(f"统计 {self.counted_at}", f"经手 {self.staff_name}")
