"""What a price is divided on: the facts of person, meal, use, approvals, purses and budgets, read once for a sitting; the same of a service.

Facts that few schemes ask for are read only when one in force asks, so that a plain scheme costs two statements.
"""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from canteen.base.clock import day_of, wall_time
from canteen.base.db import table_of
from canteen.base.db.sealed import place_of
from canteen.base.vault import the_vault
from canteen.books import ledger, spending
from canteen.books.models.services import CareService
from canteen.entitlements.queries import approved_schemes, approved_since
from canteen.entitlements.work_calendar import work_calendar
from canteen.people.queries import ElderFacts
from canteen.purses import drawing
from canteen.purses.rules import open_to
from canteen.schemes.deciding.answer import Decision, Share
from canteen.schemes.deciding.decide import decide, periods
from canteen.schemes.facts import Budgets, Meal, Person, Purses, Service, Times, Used
from canteen.schemes.language.scheme import Scheme
from canteen.schemes.queries import schemes_in_force
from canteen.schemes.reasons import Reason
from canteen.schemes.workdays import is_working_day

_CARE = table_of(CareService)


@dataclass(frozen=True, slots=True)
class Pricing:
    """Everything that divides the price of one meal or service, whatever the price. ``person`` is None for a guest."""

    person: Person | None
    #: A meal is without its price.
    occasion: Meal | Service
    schemes: tuple[Scheme, ...] = ()
    used: Used = field(default_factory=dict)
    times: Times = field(default_factory=dict)
    purses: Purses = field(default_factory=dict)
    budgets: Budgets = field(default_factory=dict)

    def divide(self, price_fen: int) -> Decision:
        """By the schemes in force for an elder, all to the guest otherwise."""
        if self.person is None:
            own = Share("own", "", "", price_fen, Reason("own_all", {"own_fen": price_fen}))
            return Decision(price_fen, price_fen, (own,), ())
        return replace(self, occasion=replace(self.occasion, price_fen=price_fen)).decide()

    def decide(self) -> Decision:
        """The same at the price the occasion has: of a service the provider's, or that of the schemes."""
        assert self.person is not None
        return decide(
            self.person,
            self.occasion,
            self.schemes,
            self.used,
            times=self.times,
            purses=self.purses,
            budgets=self.budgets,
        )


def pricing_for(session: Session, elder: ElderFacts | None, meal: Meal, *, ordered: datetime | None) -> Pricing:
    """Read what decides this person's meal; ``ordered``: when it was asked for, None: not at all.

    What another transaction takes meanwhile shows when it is spent (``LostRace``).
    """
    if elder is None:
        return Pricing(None, meal)
    schemes = schemes_in_force(session, area_path=meal.site_area, day=meal.day)
    here = [scheme.at(meal.site_area) for scheme in schemes]
    pricing = _gathered(session, elder, _with_calendar(session, elder, meal, here, ordered), schemes, meal.site_area)
    return replace(pricing, used=ledger.used(session, elder_id=elder.id, periods=periods(meal.day, meal.slot)))


def pricing_for_service(session: Session, elder: ElderFacts, service: Service, *, area_path: str) -> Pricing:
    """Read what decides a service that the site of an area records for somebody.

    The schemes that may pay are those of where they live, and of where their hukou is.
    """
    found: dict[str, Scheme] = {}
    for path in (elder.person.hukou, elder.person.residence):
        if path:
            in_force = schemes_in_force(session, area_path=path, day=service.day)
            found |= {one.id: one.at(elder.person.residence) for one in in_force}
    schemes = tuple(one for one in found.values() if one.purse is not None or one.services)
    pricing = _gathered(session, elder, service, schemes, area_path)
    return replace(pricing, times=_paid_times(session, elder.id, service.day))


def _gathered(
    session: Session, elder: ElderFacts, occasion: Meal | Service, schemes: tuple[Scheme, ...], area_path: str
) -> Pricing:
    """Approvals, purses and budgets, each asked for where a scheme asks."""
    day, person = occasion.day, elder.person
    if any(scheme.approval is not None for scheme in schemes):
        person = replace(person, approved=approved_schemes(session, elder_id=elder.id, day=day))
        if any(scheme.at(area_path).meal.part_month == "days" for scheme in schemes):
            person = replace(person, started=tuple(approved_since(session, elder_id=elder.id, day=day).items()))
    purses: Purses = {}
    if any(scheme.purse is not None for scheme in schemes):
        held = drawing.balances(session, elder_id=elder.id, day=day)
        purses = open_to(held, schemes, person, day=day, state=elder.state)
    left = spending.left(session, schemes=schemes, day=day, area_path=area_path)
    return Pricing(person, occasion, schemes, purses=purses, budgets=left)


def _paid_times(session: Session, elder_id: int, day: date) -> dict[tuple[str, str, str], int]:
    """How often each scheme paid each kind in the periods a day is in: counted from what was recorded this year, and
    in the week that may have begun in the last one."""
    services = session.execute(
        select(_CARE.c.key, _CARE.c.sealed).where(
            _CARE.c.elder_id == elder_id,
            _CARE.c.day.between(date(day.year - 1, 12, 26), date(day.year + 1, 1, 6)),
            _CARE.c.voided_at.is_(None),
        )
    )
    vault, column = the_vault(), _CARE.c.sealed
    return Counter(
        (scheme, kind, period)
        for key, sealed in services
        for scheme, kind, period in vault.open(sealed, place_of(column, key=key))["times"]
    )


def _with_calendar(
    session: Session, elder: ElderFacts, meal: Meal, terms: list[Scheme], ordered: datetime | None
) -> Meal:
    """The meal with the working day and the booking, where a scheme asks for them."""
    if any(one.meal.working_days_only for one in terms):
        meal = replace(meal, working_day=is_working_day(meal.day, work_calendar(session)))
    if ordered is not None and any(one.meal.booking for one in terms):
        meal = replace(meal, booked_on=day_of(ordered), booked_time=wall_time(ordered))
    return meal
