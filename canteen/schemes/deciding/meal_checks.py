"""What stands against a meal whatever the class: one small function for every term a scheme has."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

from canteen.base.words import SLOTS, WAYS
from canteen.schemes.deciding.known import Situation
from canteen.schemes.language.amounts import Offer, silence

if TYPE_CHECKING:
    from canteen.schemes.language.areas import SiteArea
    from canteen.schemes.language.caps import Spend
    from canteen.schemes.language.meals import Booking
    from canteen.schemes.language.scheme import Scheme

#: The refusal of a meal as an offer of nothing, None when nothing stands against it.
Check: TypeAlias = Callable[[Situation], Offer | None]
#: Checks that every scheme has: waived, second portion.
COMMON = 2


def checks_of(terms: Scheme) -> tuple[Check, ...]:
    """The checks of a scheme, in the order in which they are told."""
    meal = terms.meal
    checks: list[Check] = []
    if terms.approval is not None:
        checks.append(_approved(terms.id))
    checks += (_waived(terms.id), _first_portion)  # ``COMMON``: every scheme has these two.
    if terms.site_area is not None:
        checks.append(_site(terms.site_area))
    if set(terms.slots) != set(SLOTS):
        checks.append(_one_of("slot", terms.slots))
    if set(meal.ways) != set(WAYS):
        checks.append(_one_of("way", meal.ways))
    if terms.set_meal_only:
        checks.append(_set_meal)
    if meal.weekdays is not None:
        checks.append(_weekday(meal.weekdays))
    if meal.working_days_only:
        checks.append(_working_day)
    if meal.booking is not None:
        checks.append(_booked(meal.booking))
    if terms.spend is not None:
        checks.append(_spent(terms.spend))
    return tuple(checks)


def _no(code: str) -> Offer:
    return Offer(0, 0, code, {})


def _approved(scheme: str) -> Check:
    refused = _no("not_approved")

    def check(asked: Situation) -> Offer | None:
        approved = asked.person.approved
        return None if approved is None or scheme in approved else refused

    return check


def _waived(scheme: str) -> Check:
    refused = _no("waived")
    return lambda asked: refused if scheme in asked.person.waived else None


_SECOND_PORTION, _NO_SET_MEAL, _NO_WORKING_DAY = _no("second_portion"), _no("set_meal_only"), _no("working_day")


def _first_portion(asked: Situation) -> Offer | None:
    return _SECOND_PORTION if asked.meal.second_portion else None


def _site(area: SiteArea) -> Check:
    def check(asked: Situation) -> Offer | None:
        code = area.refuse(asked.meal.site_area, asked.known)
        return _no(code) if code else None

    return check


def _one_of(fact: str, words: tuple[str, ...]) -> Check:
    """``slot`` or ``way``; each is the code of its own refusal."""
    refused = _no(fact)
    if fact == "slot":
        return lambda asked: None if asked.meal.slot in words else refused
    return lambda asked: None if asked.meal.way in words else refused


def _set_meal(asked: Situation) -> Offer | None:
    return None if asked.meal.set_meal else _NO_SET_MEAL


def _weekday(days: frozenset[int]) -> Check:
    refused = _no("weekday")
    return lambda asked: None if asked.meal.day.weekday() in days else refused


def _working_day(asked: Situation) -> Offer | None:
    working = asked.meal.working_day
    if working is None:
        working = asked.meal.day.weekday() < 5  # No calendar is known: Monday to Friday.
    return None if working else _NO_WORKING_DAY


def _booked(booking: Booking) -> Check:
    refused = _no("not_booked")

    def check(asked: Situation) -> Offer | None:
        meal = asked.meal
        time = booking.until.get(meal.slot)
        if time is None:
            return None
        if meal.booked_on is None:
            return refused
        last = meal.day - timedelta(days=booking.days_before)
        late = meal.booked_time >= time if booking.strict else meal.booked_time > time
        if meal.booked_on < last or (meal.booked_on == last and not late):
            return None
        fields = {"booked": f"{meal.booked_on} {meal.booked_time}".strip(), "until": f"{last} {time}"}
        return Offer(0, 0, "booked_late", fields)

    return check


def _spent(spend: Spend) -> Check:
    code = "spend_over" if spend.strict else "spend_from"

    def check(asked: Situation) -> Offer | None:
        bound_fen = spend.bound.of(asked)
        if bound_fen is None:  # A slot or a way that is not named has no minimum; anything else decides nothing.
            return None if spend.bound.silence(asked)[0] in ("slot", "way") else silence(spend.bound, asked)
        price_fen = asked.price_fen if spend.on == "net" else asked.meal.price_fen
        if spend.with_fee:
            price_fen += asked.meal.fee_fen
        if price_fen >= bound_fen + spend.strict:
            return None
        return Offer(0, 0, code, {"price_fen": price_fen, "bound_fen": bound_fen})

    return check
