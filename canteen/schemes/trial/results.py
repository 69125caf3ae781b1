"""Answers of the engine as JSON keeps them: money in fen, every reason as code and words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from canteen.schemes.deciding.credits import Credit
from canteen.schemes.deciding.frequency import Behind
from canteen.schemes.deciding.outcome import Decision, Share
from canteen.schemes.deciding.services import ServiceDecision
from canteen.schemes.reasons import Reason


def reason_result(reason: Reason) -> dict[str, str]:
    """A reason as code and words."""
    return {"reason": reason.code, "words": reason.words()}


def decision_result(decision: Decision) -> dict[str, Any]:
    """A meal: who pays which part, and why."""
    return {
        "price_fen": decision.price_fen,
        "own_fen": decision.own_fen,
        "public_fen": decision.public_fen,
        "class_code": decision.class_code,
        "groups": list(decision.groups),
        "shares": _shares(decision.shares),
        "verdicts": _verdicts(decision),
        "draws": _draws(decision),
        "fee_fen": decision.fee_fen,
        "own_fee_fen": decision.own_fee_fen,
        "fee_shares": _shares(decision.fee_shares),
        "left": [
            {
                "scheme": left.scheme,
                "period": left.period,
                "counts": left.counts,
                "limit_fen": left.limit_fen,
                "left_before_fen": left.left_before_fen,
                "left_fen": left.left_fen,
            }
            for left in decision.left
        ],
    }


def service_result(decision: ServiceDecision) -> dict[str, Any]:
    """A service: who pays which part, or why it may not be recorded."""
    found: dict[str, Any] = {
        "price_fen": decision.price_fen,
        "own_fen": decision.own_fen,
        "public_fen": decision.price_fen - decision.own_fen,
        "shares": _shares(decision.shares),
        "verdicts": _verdicts(decision),
        "draws": _draws(decision),
    }
    if decision.refused is not None:
        return {"refused": reason_result(decision.refused), "verdicts": found["verdicts"]}
    return found


def _shares(shares: Sequence[Share]) -> list[dict[str, Any]]:
    return [
        {"payer": share.payer, "scheme": share.scheme, "version": share.version, "amount_fen": share.amount_fen}
        | reason_result(share.reason)
        for share in shares
    ]


def _verdicts(decision: Decision | ServiceDecision) -> list[dict[str, Any]]:
    return [
        {"scheme": verdict.scheme, "name": verdict.scheme_name, "version": verdict.version}
        | reason_result(verdict.reason)
        for verdict in decision.verdicts
    ]


def _draws(decision: Decision | ServiceDecision) -> list[dict[str, Any]]:
    return [{"scheme": draw.scheme, "amount_fen": draw.amount_fen} for draw in decision.draws]


def credit_result(answer: Credit | Reason) -> dict[str, Any]:
    """What a purse was credited, or why nothing."""
    if isinstance(answer, Reason):
        return {"amount_fen": 0, **reason_result(answer)}
    return {
        "amount_fen": answer.amount_fen,
        "class_code": answer.class_code,
        "groups": list(answer.groups),
        "minutes": answer.minutes,
        "points": answer.points,
        "expires_on": answer.expires_on.isoformat() if answer.expires_on else None,
        **reason_result(answer.reason),
    }


def behind_result(one: Behind) -> dict[str, Any]:
    """How somebody stands against one rule of frequency."""
    return {
        "first": one.first.isoformat(),
        "last": one.last.isoformat(),
        "needed": one.needed,
        "done": one.done,
        "short": one.short,
        "due": one.due.isoformat(),
        **reason_result(one.reason),
    }
