"""What a price is divided on: the facts of person, meal, use, approvals, purses and budgets, read once for a sitting.

Facts that few schemes ask for are read only when one in force asks, so that a plain scheme costs two statements.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TypeAlias

from sqlalchemy.orm import Session

from canteen.base.clock import day_of, wall_time
from canteen.books import ledger, spending
from canteen.entitlements.queries import approved_schemes, approved_since
from canteen.entitlements.work_calendar import work_calendar
from canteen.people.queries import ElderFacts
from canteen.purses import drawing
from canteen.purses.rules import open_to
from canteen.schemes.deciding.answer import Decision, Share
from canteen.schemes.deciding.decide import decide, periods
from canteen.schemes.facts import Meal, Person, Used
from canteen.schemes.language.scheme import Scheme
from canteen.schemes.queries import schemes_in_force
from canteen.schemes.reasons import Reason
from canteen.schemes.workdays import is_working_day

#: When an elder (by id) asked for the meal, None: it was not asked for. Called only where a scheme in force minds.
Ordered: TypeAlias = Callable[[int], datetime | None]


@dataclass(frozen=True, slots=True)
class Pricing:
    """Everything that divides a price, whatever the price. ``person`` is None for a guest."""

    person: Person | None
    #: Without its price.
    meal: Meal
    schemes: tuple[Scheme, ...] = ()
    used: Used | None = None
    #: Fen by scheme id.
    purses: Mapping[str, int] | None = None
    #: Fen by (scheme id, payer, period).
    budgets: Mapping[tuple[str, str, str], int] | None = None

    def divide(self, price_fen: int) -> Decision:
        """By the schemes in force for an elder, all to the guest otherwise."""
        if self.person is None:
            own = Share("own", "", "", price_fen, Reason("own_all", {"own_fen": price_fen}))
            return Decision(price_fen, price_fen, (own,), (), "", (), (), ())
        meal = replace(self.meal, price_fen=price_fen)
        return decide(
            self.person, meal, self.schemes, self.used or {}, purses=self.purses or {}, budgets=self.budgets or {}
        )


def pricing_for(session: Session, elder: ElderFacts | None, meal: Meal, *, ordered: Ordered) -> Pricing:
    """Read what decides this person's meal. What another transaction takes meanwhile shows when it is spent (``LostRace``)."""
    if elder is None:
        return Pricing(None, meal)
    schemes = schemes_in_force(session, area_path=meal.site_area, day=meal.day)
    terms = [scheme.at(meal.site_area) for scheme in schemes]
    asks_approval = any(scheme.approval is not None for scheme in schemes)
    counts_days = asks_approval and any(one.meal.part_month == "days" for one in terms)
    person = replace(
        elder.person,
        approved=approved_schemes(session, elder_id=elder.id, day=meal.day) if asks_approval else None,
        started=tuple(approved_since(session, elder_id=elder.id, day=meal.day).items()) if counts_days else (),
    )
    return Pricing(
        person,
        _with_calendar(session, elder, meal, terms, ordered),
        schemes,
        ledger.used(session, elder_id=elder.id, periods=periods(meal.day, meal.slot)),
        _purses(session, elder, person, schemes, meal.day),
        spending.left(session, schemes=schemes, day=meal.day, area_path=meal.site_area),
    )


def _purses(
    session: Session, elder: ElderFacts, person: Person, schemes: tuple[Scheme, ...], day: date
) -> Mapping[str, int]:
    if all(scheme.purse is None for scheme in schemes):
        return {}
    return open_to(drawing.balances(session, elder_id=elder.id, day=day), schemes, person, day=day, state=elder.state)


def _with_calendar(session: Session, elder: ElderFacts, meal: Meal, terms: list[Scheme], ordered: Ordered) -> Meal:
    """The meal with the working day and the booking, where a scheme asks for them."""
    if any(one.meal.working_days_only for one in terms):
        meal = replace(meal, working_day=is_working_day(meal.day, work_calendar(session)))
    if any(one.meal.booking for one in terms):
        ordered_at = ordered(elder.id)
        if ordered_at is not None:
            meal = replace(meal, booked_on=day_of(ordered_at), booked_time=wall_time(ordered_at))
    return meal
