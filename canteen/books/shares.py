"""What the rows of a meal or a service keep of a decision: its shares, and what every scheme said. Pure."""

from collections.abc import Iterable
from typing import Any

from canteen.schemes.deciding.answer import Decision, Share


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


def verdict_rows(decision: Decision) -> list[dict[str, Any]]:
    """What every scheme said, with its reason in Chinese, as the JSON of a decision keeps it."""
    return [
        {
            "scheme": v.scheme,
            "name": v.scheme_name,
            "version": v.version,
            "code": v.reason.code,
            "fields": dict(v.reason.fields),
            "reason": v.reason.words(),
        }
        for v in decision.verdicts
    ]
