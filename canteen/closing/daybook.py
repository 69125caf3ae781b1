"""One day of one site in sums, as its closing paper and page show it. Voided meals never count."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from canteen.audit.anchors import check_anchor
from canteen.base.access import Actor
from canteen.base.clock import wall_time
from canteen.base.db import reading, with_reading
from canteen.base.errors import BadInput
from canteen.base.records import as_record
from canteen.base.words import PAY_WAYS, WAYS, WORDS
from canteen.books.meals import IS_GUEST, IS_VOID, carried, count_meals, live_meals_at, meals_at
from canteen.books.models.servings import Serving, ServingShare
from canteen.menus.queries import sets_of
from canteen.orders.queries import sitting_orders
from canteen.places.queries import SiteFacts
from canteen.printing.papers.closing_summary import ClosingFacts, SlotSum, Taking
from canteen.printing.papers.facts import MealCount, PayerShare


@dataclass(frozen=True, slots=True, kw_only=True)
class DayBook:
    """A day: every sitting of the site, and the money of its meals."""

    site: SiteFacts
    day: date
    #: (slot, its sums), in the order of a day; a slot that is not served any more is there when it had meals.
    slots: tuple[tuple[str, SlotSum], ...]
    ways: tuple[MealCount, ...]
    takings: tuple[Taking, ...]
    payers: tuple[PayerShare, ...]
    price_fen: int
    own_fen: int
    voided: int
    second_portions: int

    @property
    def cash_fen(self) -> int:
        """What the drawer should hold of this day."""
        return sum(taking.amount_fen for taking in self.takings if taking.is_cash)

    @property
    def served(self) -> int:
        """MealCount of the day."""
        return sum(slot.served for _, slot in self.slots)

    def facts(self, *, actor: Actor, now: datetime, anchors: tuple[str, ...], fingerprint: str) -> ClosingFacts:
        """The closing paper (日结单)."""
        return as_record(
            ClosingFacts,
            self,
            site_name=self.site.name,
            slots=tuple(slot for _, slot in self.slots),
            anchors=anchors,
            fingerprint=fingerprint,
            printed_at=wall_time(now),
            staff_name=actor.name,
        )


def day_book(session: Session, site: SiteFacts, day: date) -> DayBook:
    """A day of a site in a fixed number of statements."""
    by = (Serving.slot, Serving.way, Serving.pay_way, Serving.second_portion, IS_GUEST, IS_VOID)
    rows = count_meals(session, *by, where=meals_at((site.id,), day, day))
    live = [row for row in rows if not row.is_void]
    return DayBook(
        site=site,
        day=day,
        slots=_slots(session, site, day, live),
        ways=tuple(MealCount(WORDS["way"][way], meals) for way in WAYS if (meals := _meals(live, way=way))),
        takings=_takings(live),
        payers=_payers(session, site.id, day),
        price_fen=sum(row.price_fen for row in live),
        own_fen=sum(row.own_fen for row in live),
        voided=sum(row.meals for row in rows if row.is_void),
        second_portions=_meals(live, second_portion=True),
    )


#: For a page.
day_book_of = with_reading(day_book)


def _meals(rows: Iterable[Any], **wanted: object) -> int:
    return sum(row.meals for row in rows if all(getattr(row, name) == value for name, value in wanted.items()))


def _slots(session: Session, site: SiteFacts, day: date, rows: list[Any]) -> tuple[tuple[str, SlotSum], ...]:
    served_by = {hours.slot for hours in site.slots}
    found = []
    for slot in WORDS["slot"]:
        served = _meals(rows, slot=slot)
        if slot not in served_by and not served:
            continue
        orders = [
            order for order in sitting_orders(session, site_id=site.id, day=day, slot=slot) if order.state == "active"
        ]
        found.append(
            (
                slot,
                SlotSum(
                    WORDS["slot"][slot],
                    sum(order.portions for order in orders),
                    served,
                    _meals(rows, slot=slot, is_guest=True),
                    sum(order.missing for order in orders),
                    _meals(rows, slot=slot, way="delivery"),
                    _prepared(session, site, day, slot),
                ),
            )
        )
    return tuple(found)


def _prepared(session: Session, site: SiteFacts, day: date, slot: str) -> int | None:
    """Meals that were cooked for a sitting; None unless every set of its menu was counted."""
    counts = [each.prepared for each in sets_of(session, site_id=site.id, day=day, slot=slot)]
    return sum(one or 0 for one in counts) if counts and None not in counts else None


def _takings(rows: list[Any]) -> tuple[Taking, ...]:
    """Ways somebody paid in; meals without an own part are in none."""
    sums = {pay_way: [row for row in rows if row.pay_way == pay_way and row.own_fen] for pay_way in PAY_WAYS}
    return tuple(
        Taking(WORDS["pay_way"].get(pay_way, pay_way), sum(row.meals for row in paid), sum(row.own_fen for row in paid))
        for pay_way, paid in sums.items()
        if paid
    )


def _payers(session: Session, site_id: int, day: date) -> tuple[PayerShare, ...]:
    where = (*live_meals_at((site_id,), day, day), ServingShare.payer != "own", ServingShare.amount_fen > 0)
    rows = carried(session, ServingShare.payer, where=where)
    return tuple(PayerShare(WORDS["payer"].get(row.payer, row.payer), row.amount_fen) for row in rows)


def anchor_verdict(typed: str) -> str:
    """What the trail says of a closing paper: ``holds``, ``cut``, ``other``; ``unreadable`` for what is no anchor."""
    with reading() as session:
        try:
            return check_anchor(session, typed)
        except BadInput:
            return "unreadable"
