"""What is known of a site and of what it did: the facts its money is worked out from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import date

from canteen.schemes.values import value

#: Grades that every assessment knows.
PASSED, FAILED = "passed", "failed"
#: What may be missing, in words.
WHAT = {
    "settlement": "城镇或农村",
    "premises": "场所来源",
    "ownership": "公办或民办",
    "operating_model": "运营方式",
    "opened_on": "开业日期",
    "investment": "投入金额",
    "square_metres": "面积",
    "beds": "床位数",
    "seats": "座位数",
}


@value
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


@value
class Site:
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
