"""What is sealed about an elder, as types: the personal facts of a person and the facts of a dated status."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

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


def open_waivers(facts: Mapping[str, Any]) -> tuple[Waiver, ...]:
    """The waivers of opened facts."""
    return tuple(
        [
            Waiver(
                one["scheme"],
                date.fromisoformat(one["from_day"]),
                one["reason"],
                _day(one["to_day"]),
                one["end_reason"],
            )
            for one in facts.get("waived", ())
        ]
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


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
        facts = asdict(self)
        facts["ability_day"] = self.ability_day.isoformat() if self.ability_day else None
        facts["birth_evidence"] = [{"day": one.day.isoformat(), "source": one.source} for one in self.birth_evidence]
        facts["resident_since"] = self.resident_since.isoformat() if self.resident_since else ""
        facts["waived"] = [
            asdict(one)
            | {"from_day": one.from_day.isoformat(), "to_day": one.to_day.isoformat() if one.to_day else None}
            for one in self.waived
        ]
        return vault.seal(facts, f"elder:{elder_id}")


def open_personal(sealed: bytes, elder_id: int, vault: Vault) -> Personal:
    """Open what ``Personal.seal`` made, also before it kept everything it keeps now."""
    return personal_of(vault.open(sealed, f"elder:{elder_id}"))


def personal_of(facts: Mapping[str, Any]) -> Personal:
    """The facts as they stood in the vault."""
    return Personal(
        id_number=facts.get("id_number", ""),
        ability=facts.get("ability", ""),
        ability_day=_day(facts.get("ability_day")),
        living=facts.get("living", ""),
        diet=facts.get("diet", ""),
        phone=facts.get("phone", ""),
        address=facts.get("address", ""),
        hukou_text=facts.get("hukou_text", ""),
        contacts=tuple(Contact(**one) for one in facts.get("contacts", ())),
        note=facts.get("note", ""),
        birth_evidence=tuple(
            BirthEvidence(date.fromisoformat(one["day"]), one["source"]) for one in facts.get("birth_evidence", ())
        ),
        resident_since=_day(facts.get("resident_since")),
        permit=facts.get("permit", ""),
        waived=open_waivers(facts),
    )


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
