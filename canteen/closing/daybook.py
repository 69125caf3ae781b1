"""One day of one site in sums, as its closing paper and page show it. Voided meals never count."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from canteen.base.access import Actor
from canteen.base.clock import wall_time
from canteen.base.db import reading
from canteen.base.words import PAY_WAYS, WAYS, WORDS
from canteen.books.models.servings import Serving, ServingShare
from canteen.orders.queries import sitting_orders
from canteen.places.queries import SiteFacts
from canteen.printing.papers.closing_summary import ClosingFacts, SlotSum, Taking
from canteen.printing.papers.facts import MealCount, PayerShare

_SERVING = Serving.__table__
_SHARE = ServingShare.__table__


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

    def facts(self, *, actor: Actor, now: datetime) -> ClosingFacts:
        """The closing paper (日结单)."""
        return ClosingFacts(
            site_name=self.site.name,
            day=self.day,
            slots=tuple(slot for _, slot in self.slots),
            ways=self.ways,
            takings=self.takings,
            payers=self.payers,
            price_fen=self.price_fen,
            own_fen=self.own_fen,
            voided=self.voided,
            second_portions=self.second_portions,
            printed_at=wall_time(now),
            staff_name=actor.name,
        )


def day_book(session: Session, site: SiteFacts, day: date) -> DayBook:
    """A day of a site in a fixed number of statements."""
    rows = session.execute(
        select(
            _SERVING.c.slot,
            _SERVING.c.way,
            _SERVING.c.pay_way,
            _SERVING.c.second_portion,
            _SERVING.c.elder_id.is_(None).label("is_guest"),
            _SERVING.c.voided_at.is_not(None).label("is_void"),
            func.count().label("meals"),
            func.sum(_SERVING.c.price_fen).label("price_fen"),
            func.sum(_SERVING.c.own_fen).label("own_fen"),
        )
        .where(_SERVING.c.site_id == site.id, _SERVING.c.day == day)
        .group_by(
            _SERVING.c.slot,
            _SERVING.c.way,
            _SERVING.c.pay_way,
            _SERVING.c.second_portion,
            _SERVING.c.elder_id.is_(None),
            _SERVING.c.voided_at.is_not(None),
        )
    ).all()
    live = [row for row in rows if not row.is_void]
    return DayBook(
        site=site,
        day=day,
        slots=_slots(session, site, day, live),
        ways=tuple(MealCount(WORDS["way"][way], meals) for way in WAYS if (meals := _meals(live, way=way))),
        takings=_takings(live),
        payers=_payers(session, site.id, day),
        price_fen=sum(int(row.price_fen) for row in live),
        own_fen=sum(int(row.own_fen) for row in live),
        voided=sum(row.meals for row in rows if row.is_void),
        second_portions=_meals(live, second_portion=True),
    )


def day_book_of(site: SiteFacts, day: date) -> DayBook:
    """``day_book`` for a page."""
    with reading() as session:
        return day_book(session, site, day)


def _meals(rows: Iterable[Row[Any]], **wanted: object) -> int:
    return sum(row.meals for row in rows if all(getattr(row, name) == value for name, value in wanted.items()))


def _slots(session: Session, site: SiteFacts, day: date, rows: list[Row[Any]]) -> tuple[tuple[str, SlotSum], ...]:
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
                    len(orders),
                    served,
                    _meals(rows, slot=slot, is_guest=True),
                    sum(order.served_number is None for order in orders),
                ),
            )
        )
    return tuple(found)


def _takings(rows: list[Row[Any]]) -> tuple[Taking, ...]:
    """Ways somebody paid in; meals without an own part are in none."""
    sums = {pay_way: [row for row in rows if row.pay_way == pay_way and row.own_fen] for pay_way in PAY_WAYS}
    return tuple(
        Taking(
            WORDS["pay_way"].get(pay_way, pay_way),
            sum(row.meals for row in paid),
            sum(int(row.own_fen) for row in paid),
        )
        for pay_way, paid in sums.items()
        if paid
    )


def _payers(session: Session, site_id: int, day: date) -> tuple[PayerShare, ...]:
    rows = session.execute(
        select(_SHARE.c.payer, func.sum(_SHARE.c.amount_fen).label("amount_fen"))
        .join(_SERVING, _SERVING.c.id == _SHARE.c.serving_id)
        .where(
            _SERVING.c.site_id == site_id,
            _SERVING.c.day == day,
            _SERVING.c.voided_at.is_(None),
            _SHARE.c.payer != "own",
            _SHARE.c.amount_fen > 0,
        )
        .group_by(_SHARE.c.payer)
        .order_by(_SHARE.c.payer)
    )
    return tuple(PayerShare(WORDS["payer"].get(row.payer, row.payer), int(row.amount_fen)) for row in rows)
