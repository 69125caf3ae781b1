"""Why each line of a statement is what it is: the meal, the person, the engine's reason, what somebody typed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Table, select
from sqlalchemy.orm import Session

from canteen.base.db import table_of
from canteen.books.models.budgets import Income
from canteen.books.models.services import CareService, CareShare
from canteen.books.models.servings import Serving, ServingShare
from canteen.people.models import Elder
from canteen.people.rules import masked_name
from canteen.places.models import Site
from canteen.statements.models import Correction
from canteen.statements.rules import Account, Place, account_parts

_SERVING = table_of(Serving)
_SHARE = table_of(ServingShare)
_CARE = table_of(CareService)
_CARE_SHARE = table_of(CareShare)
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
    #: Of a meal; "" otherwise.
    slot: str
    set_name: str
    #: Kind of a service other than a meal; "" otherwise.
    service: str
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


def explained(session: Session, rows: list[Any], carried_fen: int, *, full_names: bool) -> tuple[Line, ...]:
    """Postings as lines; ``carried_fen`` is what the accounts held before the first."""
    whats = _servings(session, {row.serving_id for row in rows if row.serving_id})
    whats |= _services(session, {row.care_id for row in rows if row.care_id})
    notes = _notes(session, [row.id for row in rows if row.kind in ("income", "correction")])
    sites = site_names(session, {row.site_id for row in rows})
    found = []
    for row in rows:
        carried_fen += row.amount_fen
        what = whats.get(("serving", row.serving_id) if row.serving_id else ("care", row.care_id), _NOTHING)
        account = account_parts(row.account)
        payer, scheme = ("own", "") if account.side == "own" else (account.payer, account.scheme)
        found.append(
            Line(
                place=Place(row.site_id, row.day, row.id, row.position),
                site_name=sites[row.site_id],
                kind=row.kind,
                number=what.number,
                slot=what.slot,
                set_name=what.set_name,
                service=what.service,
                name=what.name if full_names or not what.name else masked_name(what.name),
                guest_kind=what.guest_kind,
                account=account,
                reason=what.reasons.get((payer, scheme)) if row.kind in ("serving", "service") else None,
                note=notes.get(row.id, what.void_reason if row.kind == "reversal" else ""),
                amount_fen=row.amount_fen,
                balance_fen=carried_fen,
            )
        )
    return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class _What:
    """What an entry is about: a meal or a service."""

    number: str = ""
    slot: str = ""
    set_name: str = ""
    service: str = ""
    name: str = ""
    guest_kind: str = ""
    void_reason: str = ""
    #: (payer, scheme) -> reason
    reasons: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)


_NOTHING = _What()
#: (``serving`` or ``care``, id)
_Whats = dict[tuple[str, int], _What]


def _servings(session: Session, ids: Collection[int]) -> _Whats:
    if not ids:
        return {}
    rows = session.execute(
        select(
            _SERVING.c.id,
            _SERVING.c.number,
            _SERVING.c.slot,
            _SERVING.c.set_name,
            _SERVING.c.guest_kind,
            _SERVING.c.void_reason,
            _ELDER.c.name,
        )
        .outerjoin(_ELDER, _ELDER.c.id == _SERVING.c.elder_id)
        .where(_SERVING.c.id.in_(ids))
    )
    reasons = _reasons(session, _SHARE, _SHARE.c.serving_id, ids)
    return {
        ("serving", row.id): _What(
            number=row.number,
            slot=row.slot,
            set_name=row.set_name,
            guest_kind=row.guest_kind,
            name=row.name or "",
            void_reason=row.void_reason,
            reasons=reasons.get(row.id, {}),
        )
        for row in rows
    }


def _services(session: Session, ids: Collection[int]) -> _Whats:
    if not ids:
        return {}
    rows = session.execute(
        select(_CARE.c.id, _CARE.c.kind, _CARE.c.void_reason, _ELDER.c.name)
        .join(_ELDER, _ELDER.c.id == _CARE.c.elder_id)
        .where(_CARE.c.id.in_(ids))
    )
    reasons = _reasons(session, _CARE_SHARE, _CARE_SHARE.c.care_id, ids)
    return {
        ("care", row.id): _What(
            service=row.kind, name=row.name, void_reason=row.void_reason, reasons=reasons.get(row.id, {})
        )
        for row in rows
    }


def _reasons(
    session: Session, table: Table, of: ColumnElement[int], ids: Collection[int]
) -> dict[int, dict[tuple[str, str], dict[str, Any]]]:
    found: dict[int, dict[tuple[str, str], dict[str, Any]]] = {}
    rows = session.execute(
        select(of.label("of"), table.c.payer, table.c.scheme, table.c.reason_code, table.c.reason_fields).where(
            of.in_(ids)
        )
    )
    for row in rows:
        found.setdefault(row.of, {})[row.payer, row.scheme] = {"code": row.reason_code, "fields": row.reason_fields}
    return found


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


def site_names(session: Session, site_ids: Collection[int]) -> dict[int, str]:
    """The names of some sites."""
    rows = session.execute(select(_SITE.c.id, _SITE.c.name).where(_SITE.c.id.in_(site_ids)))
    return {row.id: row.name for row in rows}
