"""What a number of a scheme is for one person and occasion, where it may differ (``language/rates.py``)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias

from canteen.schemes.deciding.who import PersonOn
from canteen.schemes.facts import ABILITY_STEPS, UNUSED, Budgets, Meal, Purses, Service, Times, Use, Used
from canteen.schemes.language.rates import Number, Rate

#: Days in force and days of the month; None: the whole month.
Part: TypeAlias = tuple[int, int] | None


class DecisionFacts(NamedTuple):
    """Everything one decision is made from."""

    who: PersonOn
    occasion: Meal | Service
    #: Key of each period the occasion falls in, by name.
    keys: Mapping[str, str]
    used: Used
    times: Times
    purses: Purses
    budgets: Budgets

    @property
    def meal(self) -> Meal:
        """The occasion, where only a meal can be meant."""
        assert isinstance(self.occasion, Meal)
        return self.occasion


class View(NamedTuple):
    """The facts as one scheme looks at them for one of its classes."""

    facts: DecisionFacts
    scheme: str
    class_code: str
    #: The price that is asked about: what those who pay before have left of it.
    price_fen: int
    #: Set where limits of a month are those of a part month.
    part: Part = None

    def use(self, per: str) -> Use:
        """What the scheme was used for in a period, before this meal."""
        return self.facts.used.get((self.scheme, self.facts.keys[per]), UNUSED)


def number(rate: Rate, view: View) -> int | None:
    """The number for this person and occasion; None when the table says nothing, see ``silence``."""
    found = _look_up(rate, view)
    return number(found, view) if isinstance(found, Rate) else found


def silence(rate: Rate, view: View) -> tuple[str, dict[str, Any]]:
    """Why ``number`` is None, as code and fields of a reason."""
    found = _look_up(rate, view)
    if isinstance(found, Rate):
        return silence(found, view)
    who, by = view.facts.who, rate.by
    if by in ("slot", "way"):
        return by, {}
    if by == "settlement":
        return (by if who.person.settlement else "unknown_settlement"), {}
    if by in ("hukou", "residence"):
        return (by if getattr(who, by) else f"unknown_{by}"), {}
    if by == "ability":
        steps = ABILITY_STEPS.get(who.person.ability, frozenset())
        return ("not_in_groups" if steps and steps.isdisjoint(rate.fen) else "unknown_ability"), {}
    if by == "age":
        return "age", {"age": who.age}
    if by == "price":
        return "spend_from", {"price_fen": view.price_fen, "bound_fen": rate.bounds[0]}
    return ("site_outside" if by == "site" else "not_in_groups"), {}


def _look_up(rate: Rate, view: View) -> Number | None:
    return rate.fen[""] if not rate.by else _BY[rate.by](rate, view)


def _band(rate: Rate, found: int) -> Number | None:
    place = bisect_right(rate.bounds, found)
    return rate.fen[str(rate.bounds[place - 1])] if place else None


def _area(rate: Rate, path: str) -> Number | None:
    return next((number for area, number in rate.fen.items() if path and path.startswith(area)), None)


_BY: Mapping[str, Callable[[Rate, View], Number | None]] = {
    "slot": lambda rate, view: rate.fen.get(view.facts.meal.slot),
    "way": lambda rate, view: rate.fen.get(view.facts.meal.way),
    "settlement": lambda rate, view: rate.fen.get(view.facts.who.person.settlement),
    "ability": lambda rate, view: rate.fen.get(view.facts.who.person.ability),
    "class": lambda rate, view: rate.fen.get(view.class_code),
    "age": lambda rate, view: _band(rate, view.facts.who.age),
    "price": lambda rate, view: _band(rate, view.price_fen),
    "hukou": lambda rate, view: _area(rate, view.facts.who.hukou),
    "residence": lambda rate, view: _area(rate, view.facts.who.residence),
    "site": lambda rate, view: _area(rate, f"{view.facts.meal.site_area}/"),
}
