"""The kinds of paper, one file each, and a paper of any kind: its facts and the marks of a copy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from canteen.printing.drawing.blocks import on_paper, title
from canteen.printing.drawing.device import Device
from canteen.printing.drawing.encoder import Encoded, encode
from canteen.printing.drawing.glyphs import DrawGlyph
from canteen.printing.drawing.lines import Kick, PrintLine, Rule, Text
from canteen.printing.papers.change_slip import ChangeFacts
from canteen.printing.papers.closing_summary import ClosingFacts
from canteen.printing.papers.day_sheet import DayFacts
from canteen.printing.papers.drawer import DrawerFacts
from canteen.printing.papers.facts import Facts, PaperFacts
from canteen.printing.papers.kitchen_count import KitchenFacts
from canteen.printing.papers.label import LabelFacts
from canteen.printing.papers.neutral import Reason
from canteen.printing.papers.route_sheet import RouteFacts
from canteen.printing.papers.ticket import GuestTicketFacts, TicketFacts
from canteen.printing.papers.trial_page import TrialPageFacts
from canteen.printing.papers.void_ticket import VoidFacts

#: Every kind of paper there is, by its word.
KINDS: dict[str, type[PaperFacts]] = {
    facts.kind: facts
    for facts in (
        TicketFacts,
        GuestTicketFacts,
        VoidFacts,
        TrialPageFacts,
        KitchenFacts,
        ChangeFacts,
        LabelFacts,
        RouteFacts,
        DayFacts,
        ClosingFacts,
        DrawerFacts,
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reprint(Facts):
    """What makes a paper a copy (补打): which one, who asked, when, why."""

    copy: int
    day: date
    #: Wall time of the canteen.
    asked_at: str
    staff_name: str
    reason: Reason

    def layout(self) -> Iterator[PrintLine]:
        yield title(f"补打 第{self.copy}次")
        yield Text(f"{on_paper(self.day)} {self.asked_at} {self.staff_name}", align="center")
        yield Text(f"原因:{self.reason}", align="center")
        yield Rule()


@dataclass(frozen=True, slots=True)
class Paper:
    """The facts of one job: what it says, and the marks of a copy."""

    body: PaperFacts
    reprint: Reprint | None = None
    #: Tried again by itself: it may have been printed before.
    maybe_again: bool = False

    @classmethod
    def of(cls, kind: str, facts: Mapping[str, Any]) -> Paper:
        """Read a job's facts; KeyError or TypeError when something is missing or of an unknown kind."""
        mark = facts.get("reprint")
        return cls(
            KINDS[kind].from_json(facts), Reprint.from_json(mark) if mark else None, bool(facts.get("maybe_again"))
        )

    def as_json(self) -> dict[str, Any]:
        """What ``of`` reads."""
        marks: dict[str, Any] = {"reprint": self.reprint.as_json()} if self.reprint else {}
        if self.maybe_again:
            marks["maybe_again"] = True
        return self.body.as_json() | marks

    def layout(self, device: Device) -> Iterator[PrintLine]:
        """Its lines, with the marks of a copy above them. The drawer opens for the first one only."""
        if self.body.opens_drawer and not (self.reprint or self.maybe_again):
            yield Kick()
        if self.reprint:
            yield from self.reprint.layout()
        if self.maybe_again:
            yield title("可能重复")
            yield Text("上一张没有得到确认。如已有同样的一张,请丢掉这张。", align="center")
            yield Rule()
        yield from self.body.layout(device)


def paper_bytes(
    kind: str, facts: Mapping[str, Any], device: Device, draw: DrawGlyph, *, job_id: int = 0, maybe_again: bool = False
) -> Encoded:
    """The bytes of a job for a printer: what is sent and what the preview shows."""
    paper = Paper.of(kind, facts)
    if maybe_again:
        paper = replace(paper, maybe_again=True)
    return encode(paper.layout(device), device, draw, job_id=job_id)


def subject_of(kind: str, facts: Mapping[str, Any]) -> str:
    """What a list says of a paper."""
    return KINDS[kind].from_json(facts).subject
