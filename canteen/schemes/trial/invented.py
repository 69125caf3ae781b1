"""Invented people and meals: one list of the facts a scheme may ask for, for the cases of a file and the try page.

A field of ``Person`` or ``Meal`` that is not listed here fails at the first case that is read.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from canteen.base.words import ABILITIES, PERMITS, SETTLEMENTS, SEXES, SLOTS, STATUSES, WAYS
from canteen.schemes.facts import Meal, Person
from canteen.schemes.language.reader import DAY_WORDS, Table


@dataclass(frozen=True, slots=True)
class Fact:
    """How one fact is written. ``kind``: a key of ``_READ``."""

    kind: str
    #: The words it may be, or some of which it may hold.
    words: Collection[str] = ()
    #: Without it there is no person or meal.
    is_needed: bool = False
    #: May be another from a day on (event ``facts``).
    may_change: bool = False


#: By field of ``Person``.
PERSON_FACTS: Mapping[str, Fact] = {
    "birth_day": Fact("day", is_needed=True),
    "hukou": Fact("area", may_change=True),
    "residence": Fact("area", may_change=True),
    "settlement": Fact("word", ("", *SETTLEMENTS), may_change=True),
    "statuses": Fact("words", STATUSES, may_change=True),
    "ability": Fact("word", ("", *ABILITIES), may_change=True),
    "waived": Fact("schemes", may_change=True),
    "resident_since": Fact("day", may_change=True),
    "permit": Fact("word", ("", *PERMITS), may_change=True),
    "sex": Fact("word", ("", *SEXES)),
    "approved": Fact("schemes"),
    "started": Fact("days_by_scheme"),
}
#: By field of ``Meal``; amounts are written without the ``_fen``.
MEAL_FACTS: Mapping[str, Fact] = {
    "day": Fact("day", is_needed=True),
    "slot": Fact("word", SLOTS, is_needed=True),
    "price_fen": Fact("money", is_needed=True),
    "way": Fact("word", WAYS),
    "site_area": Fact("area"),
    "set_meal": Fact("flag"),
    "second_portion": Fact("flag"),
    "fee_fen": Fact("money"),
    "net_price_fen": Fact("money"),
    "working_day": Fact("flag"),
    "booked_on": Fact("day"),
    "booked_time": Fact("time"),
}
#: What is not written of a person is unknown; a status that is not written is a no.
UNKNOWN_PERSON: Mapping[str, Any] = {
    "hukou": "",
    "residence": "",
    "settlement": "",
    "statuses": frozenset(),
    "ability": "",
}
#: Of the clock, as it is written.
TIME = r"([01]\d|2[0-3]):[0-5]\d"
_MONTH = r"[0-9]{4}-(0[1-9]|1[0-2])"


def read_person(table: Table) -> Person:
    """The person of a case; only the birth day must be there. Problems are noted on the table."""
    person = Person(**{**UNKNOWN_PERSON, **_written(table, Person, PERSON_FACTS)})
    table.done()
    return person


def read_changes(table: Table) -> dict[str, Any]:
    """The facts of a person that may change, as far as they are written."""
    return _written(table, Person, PERSON_FACTS, lambda fact: fact.may_change)


def read_meal(table: Table, *, site_area: str) -> Meal:
    """A meal of a case, at a site of ``site_area`` where it names no other."""
    return Meal(**{"way": WAYS[0], "site_area": site_area, **_written(table, Meal, MEAL_FACTS)})


def read_day(table: Table, key: str) -> date:
    """A day that must be there."""
    if not table.has(key):
        table.notes.lacks(table.path(key), DAY_WORDS)
    return table.day(key) or date.min


def read_month(table: Table, key: str) -> date:
    """The first day of a month that must be there."""
    found = table.match(key, _MONTH, "月份,例如 2026-11")
    return date.fromisoformat(f"{found}-01") if found and found[:4] != "0000" else date.min


def read_whole(table: Table, key: str, low: int, high: int) -> int:
    """A whole number that must be there."""
    if not table.has(key):
        table.notes.lacks(table.path(key), f" {low} 到 {high} 的整数")
        return low
    return table.whole(key, low, high)


def _written(
    table: Table, kind: type, facts: Mapping[str, Fact], wanted: Callable[[Fact], bool] = lambda _: True
) -> dict[str, Any]:
    """What is written, by field."""
    found = {}
    for name, key in ((field.name, field.name.removesuffix("_fen")) for field in fields(kind)):
        fact = facts[name]
        if wanted(fact) and (table.has(key) or fact.is_needed):
            found[name] = _READ[fact.kind](table, key, fact)
    return found


def _days_by_scheme(table: Table, key: str, _: Fact) -> tuple[tuple[str, date], ...]:
    days = table.table(key)
    schemes = days.keys()
    found = tuple((scheme, read_day(days, scheme)) for scheme in schemes)
    days.done()
    return found


_READ: Mapping[str, Callable[[Table, str, Fact], Any]] = {
    "day": lambda table, key, fact: read_day(table, key) if fact.is_needed else table.day(key),
    "area": lambda table, key, _: table.area(key, default=""),
    "word": lambda table, key, fact: table.choice(key, fact.words),
    "words": lambda table, key, fact: frozenset(table.choices(key, fact.words, least=0)),
    "schemes": lambda table, key, _: frozenset(table.names(key)),
    "days_by_scheme": _days_by_scheme,
    "money": lambda table, key, _: table.money(key),
    "flag": lambda table, key, _: table.flag(key),
    "time": lambda table, key, _: table.match(key, TIME, "时间,例如 09:30"),
}
