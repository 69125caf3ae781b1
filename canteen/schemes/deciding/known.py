"""A person and a meal as the rules look at them, made once for one decision."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from canteen.schemes.facts import Meal, Person, Use

#: On which day age is looked at. The first is the day of the meal itself.
ON = ("day", "month", "month_end", "year", "year_end")


class Known(NamedTuple):
    """A person as conditions look at it. Two persons of whom the same is known are treated alike."""

    #: Full years on the day of the meal.
    age: int
    #: Full years on each of the days of ``ON``.
    ages: tuple[int, ...]
    #: Full months at the residence, -1 when unknown.
    months: int
    #: Area paths with a closing "/", "" when unknown.
    hukou: str
    residence: str
    settlement: str
    ability: str
    permit: str
    sex: str
    statuses: frozenset[str]


#: What was used before, by scheme id and period key. A pair that is not there was not used.
Used: TypeAlias = Mapping[tuple[str, str], Use]
#: Fen in the elder's purse, by scheme id.
Purses: TypeAlias = Mapping[str, int]
#: Fen left of a payer's budget, by scheme id, payer and period key.
Budgets: TypeAlias = Mapping[tuple[str, str, str], int]
UNUSED = Use()
#: Days in force and days of the month.
Part: TypeAlias = tuple[int, int] | None


@dataclass(slots=True)
class Situation:
    """Everything one decision is made from, made once; what stands below ``budgets`` changes from scheme to scheme."""

    person: Person
    meal: Meal
    known: Known
    #: Key of each period the meal falls in, by name (``terms.PERIODS``).
    keys: Mapping[str, str]
    used: Used
    purses: Purses
    budgets: Budgets
    #: The price that is asked about: of the food, after the discounts that come before the subsidy.
    price_fen: int
    #: The class whose amount is asked for.
    class_code: str = ""
    #: The scheme that is asked.
    scheme: str = ""
    #: Set where limits of a month are those of a part month.
    part: Part = None

    def use(self, per: str) -> Use:
        """What the scheme that is asked was used for in a period, before this meal."""
        return self.used.get((self.scheme, self.keys[per]), UNUSED)


def known_of(person: Person, day: date) -> Known:
    """What is known of a person on a day."""
    ages = tuple([full_years(person.birth_day, on) for on in days_on(day)])
    return Known(
        age=ages[0],
        ages=ages,
        months=full_months(person.resident_since, day) if person.resident_since else -1,
        hukou=person.hukou and f"{person.hukou}/",
        residence=person.residence and f"{person.residence}/",
        settlement=person.settlement,
        ability=person.ability,
        permit=person.permit,
        sex=person.sex,
        statuses=person.statuses,
    )


def known_simply(person: Person, day: date) -> Known:
    """As ``known_of``, for rules that ask for the age on the day of the meal only: the rest is left out."""
    age = full_years(person.birth_day, day)
    hukou, residence = person.hukou and f"{person.hukou}/", person.residence and f"{person.residence}/"
    return Known(
        age, (age,), -1, hukou, residence, person.settlement, person.ability, person.permit, person.sex, person.statuses
    )


@lru_cache(maxsize=64)
def days_on(day: date) -> tuple[date, ...]:
    """The days of ``ON`` for a meal on a day."""
    last = monthrange(day.year, day.month)[1]
    return (day, day.replace(day=1), day.replace(day=last), date(day.year, 1, 1), date(day.year, 12, 31))


def full_years(birth_day: date, day: date) -> int:
    """Full years (周岁) on a day; the birthday counts.

    Born on 29 February: the birthday of a common year is 1 March.
    Source: docs/schemes.md, "Age"; AMB-31.
    """
    years = day.year - birth_day.year
    if day.month > birth_day.month:
        return years
    return years - (day.month < birth_day.month or day.day < birth_day.day)


def full_months(since: date, day: date) -> int:
    """Full months from a day to another, 0 at least; the day of the month counts.

    In a month that has no such day its last one counts: from 31 August to 28 February are six months.
    Source: docs/schemes.md, "Length of residence".
    """
    months = (day.year - since.year) * 12 + day.month - since.month
    if day.day < since.day and day.day < monthrange(day.year, day.month)[1]:
        months -= 1
    return max(months, 0)
