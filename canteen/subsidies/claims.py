"""What one scheme, by itself, would pay of one meal: class, conditions of the meal, amount, caps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from canteen.subsidies.amounts import MonthlyNorm, Offer
from canteen.subsidies.conditions import Known, distance, why_not
from canteen.subsidies.facts import Meal, Person, Use
from canteen.subsidies.reasons import Reason
from canteen.subsidies.scheme import Scheme, SchemeClass

#: What was used before, by scheme id and period key. A pair that is not there was not used.
Used = Mapping[tuple[str, str], Use]

UNUSED = Use()

#: One money limit of a class in the period of the meal: period key, in which money (see ``rules.Left``), the limit,
#: and what was left of it before the meal.
Limit: TypeAlias = tuple[str, str, int, int]


@dataclass(slots=True)
class Claim:
    """What a scheme would pay to a person in one of its classes, before it is set against the others."""

    #: With the terms of the site's area.
    scheme: Scheme
    #: The class that counts; "" in a scheme without classes.
    class_code: str
    #: Codes of all classes the person is in, in the order of the scheme.
    groups: list[str]
    public_fen: int
    settled_fen: int
    reason: Reason
    limits: list[Limit]


def claim(
    person: Person, known: Known, meal: Meal, scheme: Scheme, keys: Mapping[str, str], used: Used
) -> Claim | Reason:
    """Ask one scheme: a claim (of nothing, too), or the reason why the person is in no class of it.

    ``keys`` are the period keys of the meal. Eligibility comes first, so that the class is known even where
    nothing is paid.
    """
    if scheme.missing:
        return Reason("incomplete", {})
    terms = scheme.at(meal.site_area) if scheme.overrides else scheme
    if not terms.in_force(meal.day):
        return Reason("not_in_force", {})
    found, failing = _classes_of(known, terms)
    if found:
        return _claim_in(found, person, meal, terms, keys, used)
    code = why_not(failing)
    return Reason(code, {"age": known.age} if code == "age" else {})


def _claim_in(
    found: list[SchemeClass],
    person: Person,
    meal: Meal,
    terms: Scheme,
    keys: Mapping[str, str],
    used: Used,
) -> Claim:
    """The claim of a person who is in these classes: of the first, or of the one with the highest amount."""
    uses = {per: used.get((terms.id, keys[per]), UNUSED) for per in terms.periods}
    one, offer = found[0], _refusal(person, meal, terms)
    if offer is None:
        offer = _offer(person, meal, terms, one, uses)
        for other in found[1:] if terms.choose == "highest" else ():
            other_offer = _offer(person, meal, terms, other, uses)
            if other_offer.public_fen > offer.public_fen:  # Of equal ones the earlier class counts.
                one, offer = other, other_offer
    reason = Reason(offer.code, {"class_code": one.code, **offer.fields} if one.code else offer.fields)
    groups = [candidate.code for candidate in found if candidate.code]
    limits = _limits(person, meal, one, keys, uses)
    return Claim(terms, one.code, groups, offer.public_fen, offer.settled_fen, reason, limits)


def _classes_of(known: Known, terms: Scheme) -> tuple[list[SchemeClass], int]:
    """The classes the person is in; when there is none, what stands against the class that came nearest."""
    common = terms.eligible.failing(known)
    if common:
        return [], common
    found, failing = [], []
    for one in terms.classes:
        against = one.when.failing(known)
        if against:
            failing.append(against)
        else:
            found.append(one)
    return found, 0 if found else min(failing, key=distance)


def _refusal(person: Person, meal: Meal, terms: Scheme) -> Offer | None:
    """What stands against this meal whatever the class; None when nothing does."""
    fields: dict[str, int] = {}
    if terms.id in person.waived:
        code = "waived"
    elif meal.second_portion:
        code = "second_portion"
    elif terms.site_area is not None and not terms.site_area.hold(f"{meal.site_area}/"):
        code = "site_outside"
    elif meal.slot not in terms.slots:
        code = "slot"
    elif terms.set_meal_only and not meal.set_meal:
        code = "set_meal_only"
    elif terms.spend is not None and meal.price_fen < terms.spend.bound_fen + terms.spend.strict:
        code = "spend_over" if terms.spend.strict else "spend_from"
        fields = {"price_fen": meal.price_fen, "bound_fen": terms.spend.bound_fen}
    else:
        return None
    return Offer(0, 0, code, fields)


def _offer(person: Person, meal: Meal, terms: Scheme, one: SchemeClass, uses: Mapping[str, Use]) -> Offer:
    """The amount of the class for this meal, cut to what is left of every cap, to the last fen."""
    for cap in one.meal_caps:
        if uses[cap.per].meals >= cap.meals:
            return Offer(0, 0, f"meals_{cap.per}", {"meals": cap.meals})
    offer = one.amount.offer(person, meal, terms.rounding, uses["month"].settled_fen if "month" in uses else 0)
    for money_cap in one.money_caps:
        limit_fen = money_cap.public.of(person, meal)
        if limit_fen is None:
            return money_cap.public.silence()
        used_fen = uses[money_cap.per].public_fen
        left_fen = limit_fen - used_fen if used_fen < limit_fen else 0
        if left_fen < offer.public_fen:
            code = f"cut_{money_cap.per}" if left_fen else f"money_{money_cap.per}"
            fields = {"limit_fen": limit_fen, "used_fen": used_fen, "public_fen": left_fen}
            offer = Offer(left_fen, offer.settled_fen, code, fields)
    return offer


def _limits(
    person: Person, meal: Meal, one: SchemeClass, keys: Mapping[str, str], uses: Mapping[str, Use]
) -> list[Limit]:
    """Every money limit of the class: the monthly norm first, then the caps."""
    limits: list[Limit] = []
    if isinstance(one.amount, MonthlyNorm):
        limit_fen = one.amount.norm.of(person, meal)
        if limit_fen is not None:
            limits.append((keys["month"], "settled", limit_fen, max(limit_fen - uses["month"].settled_fen, 0)))
    for cap in one.money_caps:
        limit_fen = cap.public.of(person, meal)
        if limit_fen is not None:
            limits.append((keys[cap.per], "public", limit_fen, max(limit_fen - uses[cap.per].public_fen, 0)))
    return limits
