"""The kinds of paper: what each is made of, who may look at it, and how long it waits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from canteen.printing.papers.facts import DrawerFacts, PrinterTestFacts, Reprint, TicketFacts, VoidFacts
from canteen.printing.papers.sheet_facts import (
    ChangeFacts,
    ClosingFacts,
    DayFacts,
    KitchenFacts,
    LabelFacts,
    RouteFacts,
)

Body = (
    TicketFacts
    | VoidFacts
    | PrinterTestFacts
    | DrawerFacts
    | KitchenFacts
    | ChangeFacts
    | LabelFacts
    | RouteFacts
    | DayFacts
    | ClosingFacts
)

#: Kind of job -> what its facts are.
FACTS: dict[str, type[Body]] = {
    "ticket": TicketFacts,
    "guest_ticket": TicketFacts,
    "void_ticket": VoidFacts,
    "test_page": PrinterTestFacts,
    "kitchen_count": KitchenFacts,
    "change_slip": ChangeFacts,
    "label": LabelFacts,
    "route_sheet": RouteFacts,
    "day_sheet": DayFacts,
    "closing_summary": ClosingFacts,
    "drawer": DrawerFacts,
}
#: Kinds that are tried again by themselves when nobody knows whether they came out: a lost meal is worse than two
#: slips. Such a paper says 可能重复.
KITCHEN_KINDS = ("kitchen_count", "change_slip", "label")
#: Kinds whose facts are sealed in their row: diets, addresses, the names of a whole day.
SEALED_KINDS = frozenset({"kitchen_count", "change_slip", "label", "route_sheet", "day_sheet"})
#: Kind -> the action somebody needs to look at it; "see_tickets" for the rest.
SEE = {
    "kitchen_count": "take_orders",
    "change_slip": "take_orders",
    "day_sheet": "take_orders",
    "label": "keep_routes",
    "route_sheet": "keep_routes",
}
#: Kind -> seconds after which it is not printed by itself any more; the rest waits as long as a ticket.
STALE_AFTER = {"drawer": 20, "kitchen_count": 3 * 3600, "change_slip": 3 * 3600, "label": 3 * 3600}


@dataclass(frozen=True, slots=True)
class Paper:
    """The facts of one job: what it says, and the marks of a copy."""

    body: Body
    reprint: Reprint | None = None
    #: Tried again by itself: it may have been printed before.
    maybe_again: bool = False

    @classmethod
    def of(cls, kind: str, facts: Mapping[str, Any]) -> Paper:
        """Read a job's facts; KeyError or TypeError when something is missing or of an unknown kind."""
        mark = facts.get("reprint")
        return cls(
            FACTS[kind].from_json(facts), Reprint.from_json(mark) if mark else None, bool(facts.get("maybe_again"))
        )

    def as_json(self) -> dict[str, Any]:
        """What ``of`` reads."""
        marks: dict[str, Any] = {"reprint": self.reprint.as_json()} if self.reprint else {}
        if self.maybe_again:
            marks["maybe_again"] = True
        return self.body.as_json() | marks


def subject_of(kind: str, facts: Mapping[str, Any]) -> str:
    """What a list says of a paper; of a sealed one what was left readable."""
    if "sealed" in facts:
        return str(facts.get("subject", ""))
    return FACTS[kind].from_json(facts).subject
