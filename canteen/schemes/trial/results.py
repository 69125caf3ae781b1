"""Answers of the engine as JSON keeps them: money in fen, every reason as code and words (docs/results.schema.json)."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from canteen.schemes.deciding.answer import Decision
from canteen.schemes.deciding.credits import Credit
from canteen.schemes.deciding.frequency import Behind
from canteen.schemes.reasons import Reason

_SHARE = ("payer", "scheme", "version", "amount_fen", "reason")
_LIMIT = ("scheme", "period", "counts", "limit_fen", "left_before_fen", "left_fen")
_DRAW = ("scheme", "amount_fen")
_CREDIT = ("amount_fen", "class_code", "groups", "minutes", "points", "expires_on", "reason")
_BEHIND = ("first", "last", "needed", "done", "short", "due", "reason")


def reason_result(reason: Reason) -> dict[str, str]:
    """A reason as code and words."""
    return {"reason": reason.code, "words": reason.words()}


def decision_result(decision: Decision) -> dict[str, Any]:
    """A meal: who pays which part, and why."""
    return {
        **_told(decision, ("price_fen", "own_fen", "public_fen", "class_code", "groups")),
        **_parts(decision),
        **_told(decision, ("fee_fen", "own_fee_fen")),
        "fee_shares": _all_told(decision.fee_shares, _SHARE),
        "left": _all_told(decision.left, _LIMIT),
    }


def service_result(decision: Decision) -> dict[str, Any]:
    """A service: who pays which part, or why it may not be recorded."""
    if decision.refused is not None:
        return {"refused": reason_result(decision.refused), "verdicts": _parts(decision)["verdicts"]}
    public_fen = decision.price_fen - decision.own_fen
    return {**_told(decision, ("price_fen", "own_fen")), "public_fen": public_fen, **_parts(decision)}


def credit_result(answer: Credit | Reason) -> dict[str, Any]:
    """What a purse was credited, or why nothing."""
    return {"amount_fen": 0, **reason_result(answer)} if isinstance(answer, Reason) else _told(answer, _CREDIT)


def behind_result(one: Behind) -> dict[str, Any]:
    """How somebody stands against one rule of frequency."""
    return _told(one, _BEHIND)


def _parts(decision: Decision) -> dict[str, Any]:
    verdicts = [
        {"scheme": one.scheme, "name": one.scheme_name, **_told(one, ("version", "reason"))}
        for one in decision.verdicts
    ]
    return {
        "shares": _all_told(decision.shares, _SHARE),
        "verdicts": verdicts,
        "draws": _all_told(decision.draws, _DRAW),
    }


def _all_told(answers: Iterable[object], names: Iterable[str]) -> list[dict[str, Any]]:
    return [_told(one, names) for one in answers]


def _told(answer: object, names: Iterable[str]) -> dict[str, Any]:
    """Some fields of an answer; a reason is told by two keys of its own."""
    found: dict[str, Any] = {}
    for name in names:
        value = getattr(answer, name)
        if isinstance(value, Reason):
            found |= reason_result(value)
        elif isinstance(value, date):
            found[name] = value.isoformat()
        else:
            found[name] = list(value) if isinstance(value, tuple) else value
    return found
