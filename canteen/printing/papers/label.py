"""餐盒标签: what is stuck on a meal box; read at arm's length, by the one who carries and the one who eats."""

from collections.abc import Iterator
from dataclasses import dataclass

from canteen.printing.drawing.blocks import largest
from canteen.printing.drawing.device import Device
from canteen.printing.drawing.lines import Pair, PrintLine, Rule, Text
from canteen.printing.papers.facts import SittingFacts
from canteen.printing.papers.neutral import Diet, PersonName, PlaceName


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelFacts(SittingFacts):
    """One meal box: whose it is, where it goes, what is in it."""

    kind = "label"
    needs = "keep_routes"
    wait_s = 3 * 3600
    in_doubt = "again"

    route_name: str = ""
    #: Place on the route, and doors of it.
    position: int = 0
    doors: int = 0
    #: Which of how many boxes for this person.
    box: int = 1
    boxes: int = 1
    person_name: PersonName
    #: Village and group.
    where: PlaceName = ""
    set_name: str = ""
    diet: Diet = ""
    #: Wall time of the canteen.
    packed_at: str

    @property
    def subject(self) -> str:
        return f"{self.route_name} {self.position}/{self.doors} {self.person_name}".strip()

    def layout(self, device: Device) -> Iterator[PrintLine]:
        yield Pair(self.site_name, self.when)
        yield Text(self.person_name, scale=largest(self.person_name, device.columns), bold=True, shapes="whole")
        place = f"{self.route_name} {self.position}/{self.doors}" if self.position else self.route_name
        yield Pair(self.where, place)
        yield Rule()
        if self.set_name:
            yield Text(self.set_name, scale=2)
        if self.boxes > 1:
            yield Text(f"第 {self.box} 盒,共 {self.boxes} 盒", scale=2)
        if self.diet:
            yield Text(f"※{self.diet}", scale=2, bold=True)
        yield Rule()
        yield Pair(f"{self.packed_at} 装盒", "请当餐吃完 不要隔餐")
