"""What a scheme says that freezes its purse, besides a death or move, which freeze every purse. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from canteen.schemes.deciding.credits import classes_of
from canteen.schemes.facts import Person
from canteen.schemes.language.conditions import known_of
from canteen.schemes.language.scheme import Scheme


def open_to(
    balances: Mapping[str, int], schemes: Iterable[Scheme], person: Person, *, day: date, state: str
) -> dict[str, int]:
    """The purses somebody may spend from on a day: those whose scheme does not freeze them for what is known.

    ``freeze_on``: ``institution`` freezes while that status is in force, ``hospital`` while the elder is paused (as a
    stay in hospital is recorded), ``status_ended`` when no class of the scheme fits any more.
    Source: docs/allowances.md, "Purse".
    """
    found = dict(balances)
    for scheme in schemes:
        if scheme.id in found and scheme.purse is not None and _freezes(scheme, person, day, state):
            del found[scheme.id]
    return found


def _freezes(scheme: Scheme, person: Person, day: date, state: str) -> bool:
    assert scheme.purse is not None
    events = scheme.purse.freeze_on
    return (
        ("institution" in events and "institution" in person.statuses)
        or ("hospital" in events and state == "paused")
        or ("status_ended" in events and not classes_of(known_of(person, day), scheme)[0])
    )
