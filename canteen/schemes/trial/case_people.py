"""Reading the person of a case: the facts that schemes ask for. See ``cases.py``."""

from __future__ import annotations

from datetime import date
from typing import Any

from canteen.schemes.facts import ABILITIES, PERMITS, SETTLEMENTS, SEXES, STATUSES, Person
from canteen.schemes.language.reader import DAY_WORDS, Table


def read_person(table: Table) -> Person:
    """Only the birth day must be there; what is not written is unknown, a status that is not written is a no."""
    facts = read_facts(table)
    started = table.table("started")
    since = tuple((scheme, read_day(started, scheme)) for scheme in _keys(table, "started"))
    started.done()
    person = Person(
        birth_day=read_day(table, "birth_day"),
        hukou=facts.get("hukou", ""),
        residence=facts.get("residence", ""),
        settlement=facts.get("settlement", ""),
        statuses=facts.get("statuses", frozenset()),
        ability=facts.get("ability", ""),
        waived=facts.get("waived", frozenset()),
        resident_since=facts.get("resident_since"),
        permit=facts.get("permit", ""),
        sex=table.choice("sex", ("", *SEXES), default=""),
        approved=frozenset(table.names("approved")) if table.has("approved") else None,
        started=since,
    )
    table.done()
    return person


def read_facts(table: Table) -> dict[str, Any]:
    """The facts of a person that may change, as far as they are written."""
    found: dict[str, Any] = {}
    for key in ("hukou", "residence"):
        if table.has(key):
            found[key] = table.area(key, default="")
    for key, words in (("settlement", SETTLEMENTS), ("ability", ABILITIES), ("permit", PERMITS)):
        if table.has(key):
            found[key] = table.choice(key, ("", *words), default="")
    if table.has("statuses"):
        found["statuses"] = frozenset(table.choices("statuses", STATUSES, least=0))
    if table.has("waived"):
        found["waived"] = frozenset(table.names("waived"))
    if table.has("resident_since"):
        found["resident_since"] = table.day("resident_since")
    return found


def _keys(table: Table, key: str) -> list[str]:
    found = table.take(key)
    return [name for name in found if isinstance(name, str)] if isinstance(found, dict) else []


def read_day(table: Table, key: str) -> date:
    """A day that must be there."""
    if not table.has(key):
        table.notes.lacks(table.path(key), DAY_WORDS)
    return table.day(key) or date.min
