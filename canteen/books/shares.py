"""What a meal or a service keeps of a decision: its shares as rows, and sealed beside them why they are so much, what
every scheme said, the class, and the use it added. Pure.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from canteen.schemes.deciding.answer import Decision, Left, Share, UseChange
from canteen.schemes.reasons import Reason

#: What is kept of a limit: what was left before the meal is the offer's.
_LEFT = tuple(name for name in Left._fields if name != "left_before_fen")
#: What stands before the use in the text. In a JSON string no quotation mark stands without a backslash before it, and
#: nothing else that is kept has this name.
_USES = '"uses":'
_read = json.JSONDecoder().raw_decode


@dataclass(frozen=True, slots=True)
class Frozen:
    """The engine's answer as it was kept."""

    class_code: str
    #: What every scheme said: scheme, name, version, and of its reason code, fields and the Chinese sentence.
    verdicts: list[dict[str, Any]]
    #: The reasons of the shares, in the order of their positions.
    reasons: tuple[Reason, ...]
    groups: list[str]
    #: What it added to the use of norms.
    uses: list[UseChange]
    #: What was left of each money limit: scheme, period, counts, limit_fen, left_fen.
    left: list[Mapping[str, Any]]
    #: Of a service: scheme, kind and period of each time a scheme paid by terms of its own.
    times: list[list[str]]


def share_rows(shares: Iterable[Share]) -> list[dict[str, Any]]:
    """Frozen shares in their order; the id of the meal or service is missing."""
    return [
        {
            "position": position,
            "payer": share.payer,
            "scheme": share.scheme,
            "version": share.version,
            "amount_fen": share.amount_fen,
        }
        for position, share in enumerate(shares)
    ]


def freeze(decision: Decision) -> dict[str, Any]:
    """The engine's answer as JSON to be sealed. Shares and verdicts mostly have the same reason: each is kept once, with
    its sentence in Chinese, and pointed at."""
    reasons: list[Reason] = []

    def kept(reason: Reason) -> int:
        if reason not in reasons:
            reasons.append(reason)
        return reasons.index(reason)

    return {
        "class": decision.class_code,
        "groups": decision.groups,
        "uses": decision.uses,
        "left": [[getattr(left, name) for name in _LEFT] for left in decision.left],
        "times": decision.times,
        "shares": [kept(share.reason) for share in decision.shares],
        "verdicts": [[v.scheme, v.scheme_name, v.version, kept(v.reason)] for v in decision.verdicts],
        "reasons": [[one.code, one.fields, one.words()] for one in reasons],
    }


def thaw(kept: Mapping[str, Any]) -> Frozen:
    """What ``freeze`` kept."""
    reasons = kept["reasons"]
    verdicts = []
    for scheme, name, version, at in kept["verdicts"]:
        code, fields, words = reasons[at]
        verdicts.append(
            {"scheme": scheme, "name": name, "version": version, "code": code, "fields": fields, "reason": words}
        )
    return Frozen(
        class_code=kept["class"],
        verdicts=verdicts,
        reasons=tuple(reasons_of(kept)),
        groups=list(kept["groups"]),
        uses=[UseChange(*use) for use in kept["uses"]],
        left=[dict(zip(_LEFT, left, strict=True)) for left in kept["left"]],
        times=[list(one) for one in kept["times"]],
    )


def reasons_of(kept: Mapping[str, Any]) -> list[Reason]:
    """Of what ``freeze`` kept only the reasons of the shares, in the order of their positions."""
    return [Reason(*kept["reasons"][at][:2]) for at in kept["shares"]]


def uses_in(text: str) -> list[UseChange]:
    """Of the text of what ``freeze`` kept only the use: the rest, five times as long, is not read."""
    return [UseChange(*use) for use in _read(text, text.index(_USES) + len(_USES))[0]]
