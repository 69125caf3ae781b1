"""The facts a decision is made from: a person on one day, a meal, and what was used before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

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
class Use:
    """What one person has used of one scheme in one period."""

    #: Sum of prices the scheme took into account (what a monthly norm counts).
    settled_fen: int = 0
    #: Sum the scheme paid (what a cap in yuan counts).
    public_fen: int = 0
    #: Meals the scheme paid for (what a cap in meals counts).
    meals: int = 0
