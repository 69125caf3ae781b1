"""The parts of a price as the rows of a meal or a service keep them. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from canteen.schemes.deciding.answer import Share


def share_rows(shares: Iterable[Share]) -> list[dict[str, Any]]:
    """Frozen shares in their order, each with its reason in Chinese; the id of the meal or service is missing."""
    return [
        {
            "position": position,
            "payer": share.payer,
            "scheme": share.scheme,
            "version": share.version,
            "amount_fen": share.amount_fen,
            "reason_code": share.reason.code,
            "reason_fields": dict(share.reason.fields),
            "reason": share.reason.words(),
        }
        for position, share in enumerate(shares)
    ]
