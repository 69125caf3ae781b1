"""送餐路线单: the doors of one run in walking order, each with boxes to tick, for somebody without a phone."""

from collections.abc import Iterator
from dataclasses import dataclass

from canteen.printing.drawing.blocks import BLANK, head, title
from canteen.printing.drawing.device import Device
from canteen.printing.drawing.lines import Pair, PrintLine, Rule, Text
from canteen.printing.papers.facts import SittingFacts
from canteen.printing.papers.neutral import Diet, Part, PersonName, PlaceName


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorFacts(Part):
    """One door."""

    position: int
    person_name: PersonName
    #: Village and group.
    where: PlaceName = ""
    address: PlaceName = ""
    #: Floor, and who keeps the key.
    hint: PlaceName = ""
    diet: Diet = ""
    set_name: str = ""
    pay_way: str = ""

    def layout(self) -> Iterator[PrintLine]:
        yield Pair(f"{self.position} {self.person_name}", self.set_name, scale=2, bold=True)
        place = f"{self.where} {self.address}".strip()
        if place:
            yield Text(place)
        if self.hint:
            yield Text(self.hint)
        if self.diet:
            yield Text(f"※ {self.diet}", bold=True)
        if self.pay_way:
            yield Text(f"付款:{self.pay_way}")
        yield Pair("□送到  □无人应答", f"时间 {BLANK}")


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteFacts(SittingFacts):
    """The doors of one run."""

    kind = "route_sheet"
    needs = "keep_routes"
    in_doubt = "again"

    #: Whom to call when nobody answers: the site's own number.
    site_phone: str = ""
    route_name: str
    volunteer: str = ""
    doors: tuple[DoorFacts, ...] = ()
    #: Wall time of the canteen.
    printed_at: str
    staff_name: str

    @property
    def subject(self) -> str:
        return f"{self.route_name} {self.slot_name} {len(self.doors)}户"

    def layout(self, device: Device) -> Iterator[PrintLine]:
        yield from head(self.site_name, self.day, self.slot_name)
        yield title("送餐路线单")
        yield Pair(self.route_name, f"{len(self.doors)}户", scale=2, bold=True)
        yield Pair(f"志愿者 {self.volunteer or BLANK}", f"出发 {BLANK}")
        yield Rule("=")
        for door in self.doors:
            yield from door.layout()
            yield Rule()
        if self.site_phone:
            yield Text(f"无人应答:请马上打 {self.site_phone}", bold=True)
        else:
            yield Text("无人应答:请马上告诉站点负责人", bold=True)
        yield Text("这张单子有住址,送完请交回站点。", bold=True)
        yield Pair(f"打印 {self.printed_at}", f"经手 {self.staff_name}")
