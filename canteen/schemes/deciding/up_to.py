"""Up to what: caps and paid times, what the elder pays at least, what is in the purse, what a stopping budget has left."""

from collections.abc import Iterator
from typing import TypeAlias

from canteen.schemes.deciding.how_much import Contribution, norm_of, nothing, part_of
from canteen.schemes.deciding.numbers import View, number, silence
from canteen.schemes.deciding.which_meal import Against
from canteen.schemes.deciding.who_pays import budgets_left, most_that_is_funded
from canteen.schemes.facts import Meal
from canteen.schemes.language.amounts import Free, MonthlyNorm, PerDay
from canteen.schemes.language.classes import Cap, SchemeClass
from canteen.schemes.language.rates import Rate
from canteen.schemes.language.scheme import Scheme
from canteen.schemes.language.services import ServiceTerms

#: One money limit of a class in the period of the meal: period key, in which money (see ``answer.Left``), the limit,
#: and what was left of it before the meal.
Limit: TypeAlias = tuple[str, str, int, int]


def times_used_up(scheme: Scheme, terms: ServiceTerms | None, view: View) -> Against:
    """Whether a service was paid as often as its terms allow: the code of a reason with its fields, or None."""
    service = view.facts.occasion
    if terms is None or terms.times is None or isinstance(service, Meal):
        return None
    paid = view.facts.times.get((scheme.id, service.kind, view.facts.keys[terms.per]), 0)
    return (f"service_times_{terms.per}", {"times": terms.times}) if paid >= terms.times else None


def meals_used_up(one: SchemeClass, view: View) -> Against:
    """Whether a cap in meals is reached, or says nothing about this person."""
    for cap in one.meal_caps:
        meals = _limit(cap, view)
        if meals is None:
            return silence(cap.limit, view)
        if view.use(cap.per).meals >= meals:
            return f"meals_{cap.per}", {"meals": meals}
    return None


def up_to_caps(one: SchemeClass, view: View, due: Contribution) -> Contribution:
    """Cut to what is left of every cap in yuan, to the last fen."""
    for cap in one.money_caps if due.public_fen else ():
        limit_fen = _limit(cap, view)
        if limit_fen is None:
            return nothing(*silence(cap.limit, view))
        used_fen = view.use(cap.per).public_fen
        left_fen = max(limit_fen - used_fen, 0)
        if left_fen < due.public_fen:
            code = f"cut_{cap.per}" if left_fen else f"money_{cap.per}"
            due = due.cut(left_fen, code, limit_fen=limit_fen, used_fen=used_fen)
    return due


def up_to_means(scheme: Scheme, one: SchemeClass | None, view: View, due: Contribution) -> Contribution:
    """Cut to what the elder pays at least of a meal, to what is in the purse, and to what a stopping budget has left.

    ``one`` is the class whose amount it is; None for a service, which goes by its own terms.
    """
    own_least = scheme.meal.own_least if one is not None else None
    if own_least is not None and due.public_fen:
        due = _leave_own(own_least, view, due)
    if scheme.purse is not None and due.public_fen:
        due = _from_purse(scheme, one, view, due)
    if one is not None and scheme.paying.when_exhausted == "stop" and due.public_fen:
        most_fen = most_that_is_funded(scheme, budgets_left(scheme, view.facts))
        if most_fen is not None and most_fen < due.public_fen:
            due = due.cut(most_fen, "budget_cut" if most_fen else "budget_used_up", left_fen=most_fen)
    return due


def limits_of(one: SchemeClass, view: View) -> Iterator[Limit]:
    """Every money limit of the class: that of its amount first, then the caps."""
    keys, amount = view.facts.keys, one.amount
    if isinstance(amount, MonthlyNorm):
        limit_fen = norm_of(amount, view)
        if limit_fen is not None:
            yield keys["month"], "settled", limit_fen, max(limit_fen - view.use("month").settled_fen, 0)
    elif isinstance(amount, PerDay):
        limit_fen = number(amount.rate, view)
        if limit_fen is not None:
            yield keys["day"], "public", limit_fen, max(limit_fen - view.use("day").public_fen, 0)
    for cap in one.money_caps:
        limit_fen = _limit(cap, view)
        if limit_fen is not None:
            yield keys[cap.per], "public", limit_fen, max(limit_fen - view.use(cap.per).public_fen, 0)


def _limit(cap: Cap, view: View) -> int | None:
    """The limit of a period, in a part month by its days."""
    return part_of(number(cap.limit, view), view.part if cap.per == "month" else None)


def _leave_own(own_least: Rate, view: View, due: Contribution) -> Contribution:
    own_fen = number(own_least, view)
    if own_fen is None:
        return nothing(*silence(own_least, view))
    most_fen = max(view.price_fen - own_fen, 0)
    return due if due.public_fen <= most_fen else due.cut(most_fen, "own_least", own_fen=own_fen)


def _from_purse(scheme: Scheme, one: SchemeClass | None, view: View, due: Contribution) -> Contribution:
    """What the balance covers. A service that may only be paid whole is refused (``purse_short``)."""
    assert scheme.purse is not None
    balance_fen = max(view.facts.purses.get(scheme.id, 0), 0)
    if one is None and scheme.purse.when_short == "refuse" and balance_fen < due.public_fen:
        return nothing("purse_short", {"left_fen": balance_fen, "due_fen": due.public_fen})
    if not balance_fen:
        return nothing("purse_empty")
    public_fen = min(due.public_fen, balance_fen)
    if one is None:
        return due.cut(public_fen, "purse_pays", left_fen=balance_fen)
    if public_fen == due.public_fen and not isinstance(one.amount, Free):
        return due
    return due.cut(public_fen, "purse", balance_fen=balance_fen, left_fen=balance_fen - public_fen)
