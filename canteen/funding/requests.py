"""What people ask of budgets and money received."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetChange:
    """A budget as somebody types it."""

    scheme: str
    payer: str
    area_id: int
    #: ``2026`` or ``2026-11``
    period: str
    amount_fen: int
    source: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewIncome:
    """Money that came in, as somebody types it."""

    key: str
    site_id: int
    day: date
    kind: str
    giver: str
    #: What it pays: a scheme and one of its payers (``gap``: what nobody had paid).
    scheme: str
    payer: str
    amount_fen: int
    reference: str
    note: str
