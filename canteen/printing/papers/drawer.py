"""开钱箱: opening the cash drawer without a ticket; nothing is printed."""

from collections.abc import Iterator
from dataclasses import dataclass

from canteen.printing.drawing.device import Device
from canteen.printing.drawing.lines import NoPaper, PrintLine
from canteen.printing.papers.facts import PaperFacts
from canteen.printing.papers.neutral import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawerFacts(PaperFacts):
    """Who opened it, and why."""

    kind = "drawer"
    has_copies = False
    wait_s = 20
    in_doubt = "once"

    #: Wall time of the canteen.
    asked_at: str
    staff_name: str
    reason: Reason = ""

    @property
    def subject(self) -> str:
        return self.staff_name

    @property
    def opens_drawer(self) -> bool:
        return True

    def layout(self, device: Device) -> Iterator[PrintLine]:
        yield NoPaper()
