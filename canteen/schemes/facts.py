"""The facts a decision is made from: a person on one day, a meal or a service, what was used before; and a site."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any, TypeAlias

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
#: Which of the five steps each word may mean. An assessment in three steps leaves open which of two it is.
ABILITY_STEPS: Mapping[str, frozenset[str]] = {
    "able": frozenset({"intact"}),
    "semi_disabled": frozenset({"mild", "moderate"}),
    "disabled": frozenset({"severe", "total"}),
    **{step: frozenset({step}) for step in ("intact", "mild", "moderate", "severe", "total")},
}


@dataclass(frozen=True, slots=True)
class Person:
    """What is known of one elder on the day of the meal. "" and None mean unknown, which is never taken for a no."""

    birth_day: date
    #: Area paths from the county down, "金溪县/云溪镇/枫林村".
    hukou: str
    residence: str
    #: ``urban`` or ``rural``, by the residence at approval; decides rates that differ by it.
    settlement: str
    #: Kinds (keys of ``STATUSES``) in force on the day of the meal. An absent kind is a no.
    statuses: frozenset[str]
    #: One of ``ABILITIES``.
    ability: str
    #: Ids of schemes the elder gave up.
    waived: frozenset[str] = frozenset()
    #: Since when the elder has lived at the residence without a break.
    resident_since: date | None = None
    #: One of ``PERMITS``.
    permit: str = ""
    #: One of ``SEXES``.
    sex: str = ""
    #: Ids of schemes for which an entitlement is in force on the day; None: approvals were not looked at.
    approved: frozenset[str] | None = None
    #: First day of the entitlement, by scheme id, where a part month is counted from it.
    started: tuple[tuple[str, date], ...] = ()


@dataclass(frozen=True, slots=True)
class Meal:
    """One portion for one person. ``price_fen`` is the price of the food; ``fee_fen`` (delivery) is outside it."""

    day: date
    slot: str
    price_fen: int
    way: str
    site_area: str
    set_meal: bool = True
    #: A further portion in a sitting where this person already had one: never subsidised.
    second_portion: bool = False
    fee_fen: int = 0
    #: The price after the site's own discount; None: there is none.
    net_price_fen: int | None = None
    #: Is the day a working day, make-up days included? None: no calendar is known, Monday to Friday are.
    working_day: bool | None = None
    #: Day and time (``HH:MM`` on the wall) the meal was booked; None and "": it was not booked.
    booked_on: date | None = None
    booked_time: str = ""


@dataclass(frozen=True, slots=True)
class Service:
    """One service other than a meal, for one person."""

    day: date
    #: A key of ``SERVICES``, or of ``WARES`` for what was bought instead of a service.
    kind: str
    minutes: int
    #: The provider's price; None: the price of the scheme.
    price_fen: int | None = None
    #: Does the provider have a contract in force and no ban?
    contracted: bool = True


@dataclass(frozen=True, slots=True)
class Use:
    """What one person has used of one scheme in one period."""

    #: Sum of prices the scheme took into account (what a monthly norm counts).
    settled_fen: int = 0
    #: Sum the scheme paid (what a cap in yuan counts).
    public_fen: int = 0
    #: Meals the scheme paid for (what a cap in meals counts).
    meals: int = 0


#: What was used before, by scheme id and period key. A pair that is not there was not used.
Used: TypeAlias = Mapping[tuple[str, str], Use]
#: Paid services so far, by scheme id, kind and period key.
Times: TypeAlias = Mapping[tuple[str, str, str], int]
#: Fen in the elder's purse, by scheme id.
Purses: TypeAlias = Mapping[str, int]
#: Fen left of a payer's budget, by scheme id, payer and period key; one that is missing is whole.
Budgets: TypeAlias = Mapping[tuple[str, str, str], int]
UNUSED = Use()
#: Nothing before, in any of these.
NOTHING: Mapping[Any, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class MonthVolume:
    """What a site did in one month."""

    #: First day of the month.
    month: date
    person_days: int = 0
    meals: int = 0
    subsidised_meals: int = 0
    service_days: int = 0
    #: Meals, and subsidised meals, by the diner's age in full years.
    ages: Mapping[int, int] = field(default_factory=dict)
    subsidised_ages: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SiteYear:
    """What is known of a site and its year. "" and None mean unknown."""

    settlement: str = ""
    area: str = ""
    premises: str = ""
    ownership: str = ""
    operating_model: str = ""
    opened_on: date | None = None
    closed_on: date | None = None
    size: Mapping[str, int] = field(default_factory=dict)
    investment_fen: int | None = None
    serves_meals: bool | None = None
    accepted: bool | None = None
    #: ``passed``, ``failed``, or a grade of the scheme.
    assessment: str = ""
    planned_days: int = 0
    #: Planned days with at least so many meals served (1, 2, 3).
    days_with: Mapping[int, int] = field(default_factory=dict)
    months: tuple[MonthVolume, ...] = ()
    #: Codes of one-off sums that were paid before.
    received: frozenset[str] = frozenset()
    #: What a person decided within a range, and why, by code.
    decided: Mapping[str, tuple[int, str]] = field(default_factory=dict)
