"""Which meal: what stands against a meal or a service whatever the amount, one small function for every term.

What stands against it is the code of a reason with its fields; None: nothing does.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any, TypeAlias

from canteen.base.words import SLOTS, WAYS
from canteen.schemes.deciding.numbers import DecisionFacts, View, number, silence
from canteen.schemes.deciding.who import PersonOn
from canteen.schemes.facts import Meal
from canteen.schemes.language.conditions import LEVELS, SiteArea
from canteen.schemes.language.meals import Booking, Spend
from canteen.schemes.language.purse import WARES
from canteen.schemes.language.scheme import Scheme
from canteen.schemes.language.services import ServiceTerms

Against: TypeAlias = tuple[str, Mapping[str, Any]] | None
#: A term of a scheme, ready to be asked about an occasion.
Check: TypeAlias = Callable[[View], Against]


def against_anybody(scheme: Scheme, facts: DecisionFacts) -> str:
    """What stands against a scheme whoever is meant: the code of a reason, "" when nothing does."""
    occasion = facts.occasion
    if isinstance(occasion, Meal):
        if scheme.incomplete:
            return "incomplete"
        if not scheme.in_force(occasion.day):
            return "not_in_force"
        return "" if scheme.classes else "only_sites"
    if scheme.id in facts.who.person.waived:
        return "waived"
    if scheme.incomplete and scheme.purse is None:  # What is in a purse was credited by numbers that are stated.
        return "incomplete"
    if not scheme.in_force(occasion.day):
        return "not_in_force"
    if occasion.kind in WARES:
        return "wares"
    if scheme.purse is not None:
        covered = scheme.purse.buys(occasion.kind)
    else:
        covered = any(one.kind == occasion.kind for one in scheme.services)
    if not covered:
        return "service_not_covered"
    return "" if occasion.contracted else "provider_out"


def checks_of(scheme: Scheme) -> tuple[Check, ...]:
    """The terms of a meal, in the order in which they are told."""
    return tuple(_checks(scheme))


def _checks(scheme: Scheme) -> Iterator[Check]:
    meal = scheme.meal
    if scheme.approval is not None:
        yield _unless("not_approved", lambda view: _is_approved(view, scheme.id))
    yield _unless("waived", lambda view: scheme.id not in view.facts.who.person.waived)
    yield _unless("second_portion", lambda view: not view.facts.meal.second_portion)
    if scheme.site_area is not None:
        yield _site(scheme.site_area)
    if set(scheme.slots) != set(SLOTS):
        yield _unless("slot", lambda view: view.facts.meal.slot in scheme.slots)
    if set(meal.ways) != set(WAYS):
        yield _unless("way", lambda view: view.facts.meal.way in meal.ways)
    if scheme.set_meal_only:
        yield _unless("set_meal_only", lambda view: view.facts.meal.set_meal)
    if (weekdays := meal.weekdays) is not None:
        yield _unless("weekday", lambda view: view.facts.meal.day.weekday() in weekdays)
    if meal.working_days_only:
        yield _unless("working_day", lambda view: _is_worked(view.facts.meal))
    if meal.booking is not None:
        yield _booked(meal.booking)
    if scheme.spend is not None:
        yield _spent(scheme.spend)


def too_short(terms: ServiceTerms | None, minutes: int) -> Against:
    """What stands against a service whose kind is paid for."""
    if terms is None or minutes >= terms.least_minutes:
        return None
    return "service_short", {"minutes": minutes, "least": terms.least_minutes}


def site_against(area: SiteArea, site_area: str, who: PersonOn) -> str:
    """Why a site does not count: the code of a reason, "" when it does. ``site_area`` has no closing "/"."""
    path = f"{site_area}/"
    if not area.hold(path):
        return "site_outside"
    if not area.same:
        return ""
    names = (who.residence if area.by == "residence" else who.hukou).split("/")[:-1]
    depth = LEVELS[area.same]
    if len(names) < depth:
        return f"unknown_{area.by}"
    return "" if path.startswith("/".join(names[:depth]) + "/") else "site_elsewhere"


def _unless(code: str, holds: Callable[[View], bool]) -> Check:
    refused: Against = (code, {})
    return lambda view: None if holds(view) else refused


def _is_approved(view: View, scheme: str) -> bool:
    approved = view.facts.who.person.approved
    return approved is None or scheme in approved


def _is_worked(meal: Meal) -> bool:
    """Where no calendar is known: Monday to Friday."""
    return meal.day.weekday() < 5 if meal.working_day is None else meal.working_day


def _site(area: SiteArea) -> Check:
    def check(view: View) -> Against:
        code = site_against(area, view.facts.meal.site_area, view.facts.who)
        return (code, {}) if code else None

    return check


def _booked(booking: Booking) -> Check:
    def check(view: View) -> Against:
        meal = view.facts.meal
        time = booking.until.get(meal.slot)
        if time is None:
            return None
        if meal.booked_on is None:
            return "not_booked", {}
        last = meal.day - timedelta(days=booking.days_before)
        late = meal.booked_time >= time if booking.strict else meal.booked_time > time
        if meal.booked_on < last or (meal.booked_on == last and not late):
            return None
        return "booked_late", {"booked": f"{meal.booked_on} {meal.booked_time}".strip(), "until": f"{last} {time}"}

    return check


def _spent(spend: Spend) -> Check:
    code = "spend_over" if spend.strict else "spend_from"

    def check(view: View) -> Against:
        bound_fen = number(spend.bound, view)
        if bound_fen is None:  # A slot or a way that is not named has no minimum; anything else decides nothing.
            unknown = silence(spend.bound, view)
            return None if unknown[0] in ("slot", "way") else unknown
        meal = view.facts.meal
        price_fen = (view.price_fen if spend.on == "net" else meal.price_fen) + (meal.fee_fen if spend.with_fee else 0)
        if price_fen >= bound_fen + spend.strict:
            return None
        return code, {"price_fen": price_fen, "bound_fen": bound_fen}

    return check
