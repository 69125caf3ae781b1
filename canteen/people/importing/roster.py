"""What reading a roster gives: persons, remarks about rows, and what the paper says about itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from canteen.people.facts import Contact, TypedFacts
from canteen.people.importing.columns import Layout
from canteen.people.importing.words import Categories
from canteen.people.rules import IdNumber


@dataclass(frozen=True, slots=True)
class RowRemark:
    """Something to say about one row: a Chinese template and its fields, never with digits of an ID number."""

    row: int
    text: str
    fields: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text % self.fields if self.fields else self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterRow(TypedFacts):
    """A person as one row gives them. None and "" are cells that say nothing: they never take a fact away."""

    row: int
    name: str
    id: IdNumber
    #: The birth date of the paper, when it is another than the ID number's.
    other_birth_day: date | None
    categories: Categories
    settlement: str
    residence: str
    #: No address is given: the residence is where the hukou or the site is, good enough for a new person only.
    is_residence_guessed: bool
    hukou: str
    hukou_text: str
    village_group: str
    contact: Contact | None
    #: As printed; "" without one.
    card: str
    wants_delivery: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """A whole file as it was understood."""

    layout: Layout
    #: Rows about a person, good and bad.
    count: int
    persons: tuple[RosterRow, ...]
    problems: tuple[RowRemark, ...]
    warnings: tuple[RowRemark, ...]
    #: 填报单位 and 填报日期; "" and None when the paper does not say.
    issuer: str
    dated: date | None
    #: Paths of the villages that good rows name and nobody knew.
    new_areas: tuple[str, ...]
    #: Names of further sheets that look like rosters and were not read.
    other_sheets: tuple[str, ...]
