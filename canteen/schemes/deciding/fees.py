"""The delivery fee of one meal: what schemes pay of it, apart from the food."""

from __future__ import annotations

from collections.abc import Sequence

from canteen.schemes.deciding.claims import Claim
from canteen.schemes.deciding.known import Situation
from canteen.schemes.deciding.outcome import Share
from canteen.schemes.deciding.shares import budgets_left, divide, most_that_is_funded, within_budgets
from canteen.schemes.reasons import Reason


def divide_fee(claims: Sequence[Claim], asked: Situation, food: Sequence[Share]) -> tuple[int, tuple[Share, ...]]:
    """The elder's part of a fee, and all shares of it; they add up to the fee.

    A scheme pays when the person is in a class and the conditions of the meal hold, also when its amount for the
    food is used up. In each stack group only the highest counts, of equal ones the earlier; ``food`` are the shares
    of the food, which took from the same budgets. Source: docs/schemes.md, "Delivery fee".
    """
    fee_fen = asked.meal.fee_fen
    highest: dict[str, tuple[int, Claim]] = {}
    for one in claims:
        offered_fen = _offer(one, asked, food)
        best = highest.get(one.plan.terms.stack_group)
        if offered_fen and (best is None or offered_fen > best[0]):
            highest[one.plan.terms.stack_group] = (offered_fen, one)
    open_fen, shares = fee_fen, []
    for offered_fen, one in sorted(highest.values(), key=lambda best: best[1].plan.place):
        paid_fen = min(offered_fen, open_fen)
        if paid_fen:
            open_fen -= paid_fen
            shares += _shares(one, paid_fen, asked, food)
    reason = Reason("own_fee", {"fee_fen": fee_fen, "own_fen": open_fen})
    return open_fen, (*shares, Share("own", "", "", open_fen, reason))


def _offer(one: Claim, asked: Situation, food: Sequence[Share]) -> int:
    scheme, fee_fen = one.plan.terms, asked.meal.fee_fen
    delivery = scheme.meal.delivery
    if delivery is None or not one.is_open or (delivery.classes and one.class_code not in delivery.classes):
        return 0
    if delivery.rate is not None:
        asked.class_code = one.class_code
        fee_fen = min(fee_fen, delivery.rate.of(asked) or 0)
    if scheme.paying.when_exhausted == "stop":
        most_fen = most_that_is_funded(scheme, budgets_left(scheme, asked, _spent(one, food)))
        fee_fen = fee_fen if most_fen is None else min(fee_fen, most_fen)
    return fee_fen


def _shares(one: Claim, paid_fen: int, asked: Situation, food: Sequence[Share]) -> list[Share]:
    scheme = one.plan.terms
    assert scheme.meal.delivery is not None
    if scheme.paying.budgets:
        parts = within_budgets(paid_fen, scheme, budgets_left(scheme, asked, _spent(one, food)))
    elif scheme.paying.order == "waterfall":
        parts = within_budgets(paid_fen, scheme, {})
    else:
        parts = divide(paid_fen, one.plan.payers)
    fields = {"class_code": one.class_code} if one.class_code else {}
    reason = Reason("fee", {**fields, "fee_fen": asked.meal.fee_fen, "public_fen": paid_fen})
    paid_to = scheme.meal.delivery.paid_to
    return [Share(payer, scheme.id, scheme.version, fen, reason, paid_to) for payer, fen in parts if fen]


def _spent(one: Claim, food: Sequence[Share]) -> dict[str, int]:
    return {share.payer: share.amount_fen for share in food if share.scheme == one.plan.terms.id}
