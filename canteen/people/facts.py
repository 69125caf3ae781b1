"""From what is on file of a registered elder to the facts a scheme may ask for: the one place that makes such a ``Person``."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Protocol

from canteen.people.personal import Personal
from canteen.people.rules import waived_on, with_living
from canteen.schemes.facts import Person


class ElderRow(Protocol):
    """What stands plainly in an elder's row."""

    @property
    def birth_day(self) -> date: ...
    @property
    def sex(self) -> str: ...
    @property
    def settlement(self) -> str: ...


def person_on(
    row: ElderRow, personal: Personal, kinds: Iterable[str], day: date, *, hukou: str | None, residence: str
) -> Person:
    """The facts of one elder on a day. ``kinds``: the statuses in force on it; ``hukou`` and ``residence``: area paths.

    Approvals are rights, not facts on file: who looks at them adds ``approved`` and ``started``.
    """
    return Person(
        birth_day=row.birth_day,
        hukou=hukou or "",
        residence=residence,
        settlement=row.settlement,
        statuses=with_living(kinds, personal.living),
        ability=personal.ability,
        waived=waived_on(personal.waived, day),
        resident_since=personal.resident_since,
        permit=personal.permit,
        sex=row.sex,
    )
