"""The facts a decision is made from: a person on one day, a meal, and what was used before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

SLOTS = ("breakfast", "lunch", "dinner")
WAYS = ("dine_in", "take_away", "proxy", "delivery")
SETTLEMENTS = ("urban", "rural")
ABILITIES = ("able", "semi_disabled", "disabled")

#: Every kind of status a condition may name. The right side is the label, which must never be printed.
STATUSES = {
    "dibao": "低保",
    "marginal": "低保边缘",
    "tekun": "特困",
    "sanwu": "三无",
    "wubao": "五保",
    "lost_only_child": "失独",
    "entitled_veteran": "优抚",
    "five_old": "五老",
    "model_worker": "劳动模范",
    "hardship": "困难",
    "disability": "残疾",
    "severe_disability": "重度残疾",
    "living_alone": "独居",
    "empty_nest": "空巢",
    "left_behind": "留守",
    "lonely": "孤寡",
    "no_child_nearby": "子女不在本地",
    "institution": "机构供养",
}

#: Words that say what somebody is. Names and codes that reach paper or a screen in public may not contain one.
LABELS = (
    *("低保", "边缘户", "特困", "三无", "五保", "失独", "优抚", "五老", "困难"),
    *("残疾", "失能", "独居", "空巢", "留守", "孤寡"),
)


@dataclass(frozen=True, slots=True)
class Person:
    """What is known of one elder on the day of the meal. "" means unknown, which is never taken for a no."""

    birth_day: date
    #: Area paths from the county down, "金溪县/云溪镇/枫林村".
    hukou: str
    residence: str
    #: ``urban`` or ``rural``, by the residence at approval; decides rates that differ by it.
    settlement: str
    #: Kinds (keys of ``STATUSES``) in force on the day of the meal. An absent kind is a no.
    statuses: frozenset[str]
    ability: str
    #: Ids of schemes the elder gave up.
    waived: frozenset[str] = frozenset()


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


@dataclass(frozen=True, slots=True)
class Use:
    """What one person has used of one scheme in one period."""

    #: Sum of prices the scheme took into account (what a monthly norm counts).
    settled_fen: int = 0
    #: Sum the scheme paid (what a cap in yuan counts).
    public_fen: int = 0
    #: Meals the scheme paid for (what a cap in meals counts).
    meals: int = 0
