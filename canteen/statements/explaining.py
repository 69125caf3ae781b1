"""Why each line of a statement is what it is: the meal, the person, the engine's reason, what somebody typed."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from canteen.base.db import table_of
from canteen.base.db.sealed import place_of
from canteen.base.records import as_record
from canteen.base.text import masked_name
from canteen.base.vault import the_vault
from canteen.books.accounts import LedgerAccount, account_parts
from canteen.books.models.budgets import Income
from canteen.books.models.services import CareService, CareShare
from canteen.books.models.servings import Serving, ServingShare
from canteen.books.shares import reasons_of
from canteen.people.models import Elder
from canteen.places.models import Site
from canteen.schemes.reasons import Reason
from canteen.statements.models import Correction
from canteen.statements.rules import LinePlace


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementLine:
    """One posting with its reason."""

    place: LinePlace
    site_name: str
    #: serving, reversal, correction, income …
    kind: str
    number: str
    #: Of a meal; "" otherwise.
    slot: str
    set_name: str
    #: Kind of a service other than a meal; "" otherwise.
    service: str
    #: Masked unless wanted otherwise; "" for a guest and for an entry of nobody.
    name: str
    guest_kind: str
    account: LedgerAccount
    #: The engine's reason, or None.
    reason: Reason | None
    #: Why it was voided, corrected, or what came: as somebody typed it.
    note: str
    amount_fen: int
    #: Of all accounts of the statement together, after this line.
    balance_fen: int


def explained(session: Session, rows: list[Any], carried_fen: int, *, full_names: bool) -> tuple[StatementLine, ...]:
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
            as_record(
                StatementLine,
                what,
                place=LinePlace(row.site_id, row.day, row.id, row.position),
                site_name=sites[row.site_id],
                kind=row.kind,
                name=what.name if full_names or not what.name else masked_name(what.name),
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
    reasons: dict[tuple[str, str], Reason] = field(default_factory=dict)


_NOTHING = _What()
_SEALED = {"serving": table_of(Serving).c.sealed, "care": table_of(CareService).c.sealed}
#: (``serving`` or ``care``, id)
_Whats = dict[tuple[str, int], _What]


def _servings(session: Session, ids: Collection[int]) -> _Whats:
    if not ids:
        return {}
    return _whats(
        session,
        "serving",
        select(
            Serving.id,
            Serving.number,
            Serving.slot,
            Serving.set_name,
            Serving.guest_kind,
            Serving.void_reason,
            func.coalesce(Elder.name, "").label("name"),
            Serving.key,
            Serving.sealed,
        )
        .outerjoin(Elder, Elder.id == Serving.elder_id)
        .where(Serving.id.in_(ids)),
        select(ServingShare.serving_id, ServingShare.position, ServingShare.payer, ServingShare.scheme).where(
            ServingShare.serving_id.in_(ids)
        ),
    )


def _services(session: Session, ids: Collection[int]) -> _Whats:
    if not ids:
        return {}
    return _whats(
        session,
        "care",
        select(
            CareService.id,
            CareService.kind.label("service"),
            CareService.void_reason,
            Elder.name,
            CareService.key,
            CareService.sealed,
        )
        .join(Elder, Elder.id == CareService.elder_id)
        .where(CareService.id.in_(ids)),
        select(CareShare.care_id, CareShare.position, CareShare.payer, CareShare.scheme).where(
            CareShare.care_id.in_(ids)
        ),
    )


def _whats(session: Session, kind: str, wholes: Any, shares: Any) -> _Whats:
    """Meals or services by (kind, id), each with the reasons of its shares."""
    vault, found = the_vault(), {}
    reasons: dict[int, list[Reason]] = {}
    for row in session.execute(wholes).mappings():
        facts = dict(row)
        of, sealed, key = facts.pop("id"), facts.pop("sealed"), facts.pop("key")
        reasons[of] = reasons_of(vault.open(sealed, place_of(_SEALED[kind], key=key)))
        found[kind, of] = _What(**facts)
    for of, position, payer, scheme in session.execute(shares):
        found[kind, of].reasons[payer, scheme] = reasons[of][position]
    return found


def _notes(session: Session, entry_ids: Collection[int]) -> dict[int, str]:
    incomes = select(Income.entry_id, Income.giver, Income.reference, Income.note)
    corrections = select(Correction.entry_id, Correction.reason)
    return {
        entry_id: " ".join(filter(None, words))
        for statement in (
            incomes.where(Income.entry_id.in_(entry_ids)),
            corrections.where(Correction.entry_id.in_(entry_ids)),
        )
        for entry_id, *words in (session.execute(statement) if entry_ids else ())
    }


def site_names(session: Session, site_ids: Collection[int]) -> dict[int, str]:
    """The names of some sites."""
    return dict(session.execute(select(Site.id, Site.name).where(Site.id.in_(site_ids))).all())
