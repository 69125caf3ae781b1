"""Sealing and opening what is kept of an elder: personal facts, and the facts of a dated status."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from cattrs import Converter

from canteen.base.vault import Vault
from canteen.people.facts import Personal, StatusFacts
from canteen.people.rules import Waiver

#: Days are kept as their text; "" and what was not kept yet are unknown.
_JSON = Converter()
_JSON.register_unstructure_hook(date, date.isoformat)
_JSON.register_structure_hook(date, lambda text, _: date.fromisoformat(text))
_JSON.register_structure_hook(date | None, lambda text, _: date.fromisoformat(text) if text else None)


def open_waivers(facts: Mapping[str, Any]) -> tuple[Waiver, ...]:
    """The waivers of opened facts."""
    return _JSON.structure(facts.get("waived", ()), tuple[Waiver, ...])


def seal_personal(personal: Personal, elder_id: int, vault: Vault) -> bytes:
    """Seal for the elder's row."""
    return vault.seal(_JSON.unstructure(personal), f"elder:{elder_id}")


def open_personal(sealed: bytes, elder_id: int, vault: Vault) -> Personal:
    """Open what ``seal_personal`` made, also before it kept everything it keeps now."""
    return personal_of(vault.open(sealed, f"elder:{elder_id}"))


def personal_of(facts: Mapping[str, Any]) -> Personal:
    """The facts as they stood in the vault."""
    return _JSON.structure(facts, Personal)


def seal_status(status: StatusFacts, elder_id: int, vault: Vault) -> bytes:
    """Seal for a row of this elder."""
    return vault.seal(asdict(status), f"status:{elder_id}")


def open_status(sealed: bytes, elder_id: int, vault: Vault) -> StatusFacts:
    """Open what ``seal_status`` made."""
    return StatusFacts(**vault.open(sealed, f"status:{elder_id}"))
