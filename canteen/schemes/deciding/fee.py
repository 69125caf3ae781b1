"""The delivery fee of one meal: what schemes pay of it, apart from the food."""

from collections.abc import Sequence

from canteen.schemes.deciding.answer import Share
from canteen.schemes.deciding.compiled import SchemePlan
from canteen.schemes.deciding.numbers import DecisionFacts, View, number
from canteen.schemes.deciding.who_pays import among, budgets_left, most_that_is_funded, shares_of
from canteen.schemes.deciding.with_whom import Bid, highest_of_groups
from canteen.schemes.reasons import Reason


def divide_fee(
    plans: Sequence[SchemePlan], bids: Sequence[Bid], facts: DecisionFacts, food: Sequence[Share], *, price_fen: int
) -> tuple[int, tuple[Share, ...]]:
    """The elder's part of a fee, and all shares of it; they add up to the fee.

    A scheme pays when the person is in a class and the terms of the meal hold, also when its amount for the food is
    used up. In each stack group only the highest counts, of equal ones the earlier; ``food`` are the shares of the
    food, which took from the same budgets; ``price_fen`` is the price of the food that a table by price goes by.
    Source: docs/schemes.md, "Delivery fee".
    """
    fee_fen = open_fen = facts.meal.fee_fen
    left = {one.plan.scheme.id: _budgets_left(one, facts, food) for one in bids}
    offers = [(one, _offer(one, facts, left[one.plan.scheme.id], price_fen)) for one in bids]
    highest = highest_of_groups(
        [offer for offer in offers if offer[1]], lambda offer: offer[0].plan.scheme.stack_group, lambda offer: offer[1]
    )
    places = {plan.scheme.id: place for place, plan in enumerate(plans)}
    shares: list[Share] = []
    for one, offered_fen in sorted(highest.values(), key=lambda offer: places[offer[0].plan.scheme.id]):
        paid_fen, scheme = min(offered_fen, open_fen), one.plan.scheme
        if paid_fen and scheme.meal.delivery is not None:
            open_fen -= paid_fen
            fields = {"class_code": one.class_code} if one.class_code else {}
            reason = Reason("fee", {**fields, "fee_fen": fee_fen, "public_fen": paid_fen})
            parts = among(paid_fen, scheme, one.plan.payers, left[scheme.id])
            shares += shares_of(scheme, parts, reason, scheme.meal.delivery.paid_to)
    own = Reason("own_fee", {"fee_fen": fee_fen, "own_fen": open_fen})
    return open_fen, (*shares, Share("own", "", "", open_fen, own))


def _budgets_left(one: Bid, facts: DecisionFacts, food: Sequence[Share]) -> dict[str, int]:
    scheme = one.plan.scheme
    return budgets_left(scheme, facts, {share.payer: share.amount_fen for share in food if share.scheme == scheme.id})


def _offer(one: Bid, facts: DecisionFacts, left: dict[str, int], price_fen: int) -> int:
    """What a scheme would pay of the fee by itself."""
    scheme, fee_fen = one.plan.scheme, facts.meal.fee_fen
    delivery = scheme.meal.delivery
    if delivery is None or not one.is_open or (delivery.classes and one.class_code not in delivery.classes):
        return 0
    if delivery.rate is not None:
        fee_fen = min(fee_fen, number(delivery.rate, View(facts, scheme.id, one.class_code, price_fen)) or 0)
    if scheme.paying.when_exhausted == "stop":
        most_fen = most_that_is_funded(scheme, left)
        fee_fen = fee_fen if most_fen is None else min(fee_fen, most_fen)
    return fee_fen
