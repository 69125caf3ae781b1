"""What is sealed about an elder, as types: the personal facts of a person and the facts of a dated status."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from cattrs import Converter

from canteen.base.vault import Vault
from canteen.people.rules import Waiver


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


#: Days are kept as their text; "" and what was not kept yet are unknown.
_JSON = Converter()
_JSON.register_unstructure_hook(date, date.isoformat)
_JSON.register_structure_hook(date, lambda text, _: date.fromisoformat(text))
_JSON.register_structure_hook(date | None, lambda text, _: date.fromisoformat(text) if text else None)


def open_waivers(facts: Mapping[str, Any]) -> tuple[Waiver, ...]:
    """The waivers of opened facts."""
    return _JSON.structure(facts.get("waived", ()), tuple[Waiver, ...])


@dataclass(frozen=True, slots=True, kw_only=True)
class Personal:
    """The sealed facts of an elder. "" is unknown."""

    id_number: str = ""
    ability: str = ""
    #: Day from which the ability is known: of the assessment or of the roster.
    ability_day: date | None = None
    living: str = ""
    diet: str = ""
    #: Digits only.
    phone: str = ""
    address: str = ""
    #: The hukou as it was written, when it is in no area that is kept here.
    hukou_text: str = ""
    contacts: tuple[Contact, ...] = ()
    note: str = ""
    birth_evidence: tuple[BirthEvidence, ...] = ()
    #: First day of living at the residence without a break.
    resident_since: date | None = None
    #: One of ``schemes.facts.PERMITS``.
    permit: str = ""
    #: Schemes given up, also those taken back since, the earliest first.
    waived: tuple[Waiver, ...] = ()

    def seal(self, elder_id: int, vault: Vault) -> bytes:
        """Seal for the elder's row."""
        return vault.seal(_JSON.unstructure(self), f"elder:{elder_id}")


def open_personal(sealed: bytes, elder_id: int, vault: Vault) -> Personal:
    """Open what ``Personal.seal`` made, also before it kept everything it keeps now."""
    return personal_of(vault.open(sealed, f"elder:{elder_id}"))


def personal_of(facts: Mapping[str, Any]) -> Personal:
    """The facts as they stood in the vault."""
    return _JSON.structure(facts, Personal)


@dataclass(frozen=True, slots=True)
class StatusFacts:
    """What a status says: its kind, who found it and on which paper."""

    kind: str
    issuer: str
    evidence: str
    #: ``roster`` when an import recorded it, ``staff`` when a person did.
    origin: str = "staff"

    def seal(self, elder_id: int, vault: Vault) -> bytes:
        """Seal for a row of this elder."""
        return vault.seal(asdict(self), f"status:{elder_id}")


def open_status(sealed: bytes, elder_id: int, vault: Vault) -> StatusFacts:
    """Open what ``StatusFacts.seal`` made."""
    return StatusFacts(**vault.open(sealed, f"status:{elder_id}"))
