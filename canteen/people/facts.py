"""What is on file of an elder, as types, and the one place that makes of it the ``Person`` a scheme looks at. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from canteen.people.rules import Waiver, waived_on, with_living
from canteen.schemes.facts import Person


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody to call."""

    name: str
    phone: str = ""
    relation: str = ""


@dataclass(frozen=True, slots=True)
class BirthEvidence:
    """A birth date that a paper gives and the ID number does not: kept, never used for an age."""

    day: date
    source: str


def with_evidence(known: tuple[BirthEvidence, ...], day: date | None, source: str) -> tuple[BirthEvidence, ...]:
    """What is kept already, and another birth date if a paper gives one that is new."""
    if day is None or day in {one.day for one in known}:
        return known
    return *known, BirthEvidence(day, source)


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedFacts:
    """The sealed facts that are typed into the form as they are kept. "" is unknown.

    Form and draft take a new one from here; it wants a field on the form, a line on the elder's page and its English.
    """

    ability: str = ""
    #: Day from which the ability is known: of the assessment or of the roster.
    ability_day: date | None = None
    living: str = ""
    diet: str = ""
    #: Digits only.
    phone: str = ""
    address: str = ""
    note: str = ""
    #: First day of living at the residence without a break.
    resident_since: date | None = None
    #: One of ``words.PERMITS``.
    permit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Personal(TypedFacts):
    """All sealed facts of an elder."""

    id_number: str = ""
    #: The hukou as it was written, when it is in no area that is kept here.
    hukou_text: str = ""
    contacts: tuple[Contact, ...] = ()
    birth_evidence: tuple[BirthEvidence, ...] = ()
    #: Schemes given up, also those taken back since, the earliest first.
    waived: tuple[Waiver, ...] = ()


@dataclass(frozen=True, slots=True)
class StatusFacts:
    """What a status says: its kind, who found it and on which paper."""

    kind: str
    issuer: str
    evidence: str
    #: ``roster`` when an import recorded it, ``staff`` when a person did.
    origin: str = "staff"


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
