"""Why each line of a statement is what it is: the meal, the person, the engine's reason, what somebody typed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from canteen.counter.models import Serving, ServingShare
from canteen.db import table_of
from canteen.funding.models import Income
from canteen.people.models import Elder
from canteen.people.rules import masked_name
from canteen.places.models import Site
from canteen.statements.models import Correction
from canteen.statements.rules import Account, Place, account_parts

_SERVING = table_of(Serving)
_SHARE = table_of(ServingShare)
_ELDER = table_of(Elder)
_SITE = table_of(Site)
_INCOME = table_of(Income)
_CORRECTION = table_of(Correction)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One posting with its reason."""

    place: Place
    site_name: str
    #: serving, reversal, correction, income …
    kind: str
    number: str
    slot: str
    set_name: str
    #: Masked unless asked otherwise; "" for a guest and for an entry of nobody.
    name: str
    guest_kind: str
    account: Account
    #: ``{"code", "fields"}`` of the engine's reason, or None.
    reason: Mapping[str, Any] | None
    #: Why it was voided, corrected, or what came: as somebody typed it.
    note: str
    amount_fen: int
    #: Of all accounts of the statement together, after this line.
    balance_fen: int


def site_names(session: Session, site_ids: Collection[int]) -> dict[int, str]:
    """The names of some sites."""
    rows = session.execute(select(_SITE.c.id, _SITE.c.name).where(_SITE.c.id.in_(site_ids)))
    return {row.id: row.name for row in rows}


def explained(session: Session, rows: list[Any], carried_fen: int, *, full_names: bool) -> tuple[Line, ...]:
    """Postings as lines; ``carried_fen`` is what the accounts held before the first."""
    servings = _servings(session, {row.serving_id for row in rows if row.serving_id})
    reasons = _reasons(session, set(servings))
    notes = _notes(session, [row.id for row in rows if row.kind in ("income", "correction")])
    sites = site_names(session, {row.site_id for row in rows})
    found = []
    for row in rows:
        carried_fen += row.amount_fen
        serving = servings.get(row.serving_id)
        account = account_parts(row.account)
        payer, scheme = ("own", "") if account.side == "own" else (account.payer, account.scheme)
        name = serving.name or "" if serving else ""
        found.append(Line(
            place=Place(row.site_id, row.day, row.id, row.position), site_name=sites[row.site_id], kind=row.kind,
            number=serving.number if serving else "", slot=serving.slot if serving else "",
            set_name=serving.set_name if serving else "",
            name=name if full_names or not name else masked_name(name),
            guest_kind=serving.guest_kind if serving else "", account=account,
            reason=reasons.get((row.serving_id, payer, scheme)) if row.kind == "serving" else None,
            note=notes.get(row.id, serving.void_reason if serving and row.kind == "reversal" else ""),
            amount_fen=row.amount_fen, balance_fen=carried_fen,
        ))
    return tuple(found)


def _servings(session: Session, ids: Collection[int]) -> dict[int, Any]:
    rows = session.execute(
        select(_SERVING.c.id, _SERVING.c.number, _SERVING.c.slot, _SERVING.c.set_name, _SERVING.c.guest_kind,
               _SERVING.c.void_reason, _ELDER.c.name)
        .outerjoin(_ELDER, _ELDER.c.id == _SERVING.c.elder_id)
        .where(_SERVING.c.id.in_(ids))
    )
    return {row.id: row for row in rows}


def _reasons(session: Session, ids: Collection[int]) -> dict[tuple[int, str, str], dict[str, Any]]:
    rows = session.execute(
        select(_SHARE.c.serving_id, _SHARE.c.payer, _SHARE.c.scheme, _SHARE.c.reason_code, _SHARE.c.reason_fields)
        .where(_SHARE.c.serving_id.in_(ids))
    )
    return {(row.serving_id, row.payer, row.scheme): {"code": row.reason_code, "fields": row.reason_fields} for row in rows}


def _notes(session: Session, entry_ids: Collection[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    if entry_ids:
        incomes = select(_INCOME.c.entry_id, _INCOME.c.giver, _INCOME.c.reference, _INCOME.c.note)
        for entry_id, *words in session.execute(incomes.where(_INCOME.c.entry_id.in_(entry_ids))):
            found[entry_id] = " ".join(filter(None, words))
        corrections = select(_CORRECTION.c.entry_id, _CORRECTION.c.reason)
        for entry_id, reason in session.execute(corrections.where(_CORRECTION.c.entry_id.in_(entry_ids))):
            found[entry_id] = reason
    return found
