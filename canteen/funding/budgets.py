"""Which payers may be given a budget: those the schemes in force say can run out."""

from __future__ import annotations

from datetime import date

from canteen.funding.spending import limited_payers
from canteen.staff.rules import Actor
from canteen.subsidies.queries import versions_for


def sources_of(actor: Actor, *, day: date) -> list[tuple[str, str, str]]:
    """Scheme id, its name and payer, of every scheme in force on a day in or above the actor's area."""
    found = {
        (scheme.id, scheme.name, payer)
        for version, scheme, _ in versions_for(actor)
        if version.valid_from <= day and (version.valid_to is None or version.valid_to >= day)
        for here in (scheme, *(one.scheme for one in scheme.overrides))
        for payer in limited_payers(here)
    }
    return sorted(found)
