"""Which payer carries which part of an amount. All money is in fen, and parts always add up to the whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from canteen.schemes.deciding.known import Situation
from canteen.schemes.language.amounts import SITE, WHOLE_BP
from canteen.schemes.language.funding import GAP, PUBLIC

if TYPE_CHECKING:
    from canteen.schemes.language.scheme import Scheme

Parts = Sequence[tuple[str, int]]


def divide(amount_fen: int, parts: Parts) -> list[tuple[str, int]]:
    """Divide an amount among payers by hundredths of a percent (together 100 %), by largest remainder.

    Everybody gets the whole fen of their part; what is left over goes fen by fen to the largest remainders, of
    equal ones to the earlier payer: 0.05 by 70 : 30 is 0.04 and 0.01. Source: docs/schemes.md, "Funding".
    """
    if len(parts) == 1:
        return [(parts[0][0], amount_fen)]
    assert sum(percent_bp for _, percent_bp in parts) == WHOLE_BP, parts
    fen = [amount_fen * percent_bp // WHOLE_BP for _, percent_bp in parts]
    by_remainder = sorted(range(len(parts)), key=lambda number: -(amount_fen * parts[number][1] % WHOLE_BP))
    for number in by_remainder[: amount_fen - sum(fen)]:
        fen[number] += 1
    return [(payer, part_fen) for (payer, _), part_fen in zip(parts, fen, strict=True)]


def payers_of(terms: Scheme, *, discount: bool) -> Parts:
    """The payers of a scheme; a discount that names none is given by the site."""
    if discount and tuple(terms.funding) == ((PUBLIC, WHOLE_BP),):
        return ((SITE, WHOLE_BP),)
    return terms.funding


def budgets_left(terms: Scheme, asked: Situation, spent: Mapping[str, int]) -> dict[str, int]:
    """What is left of each payer's budget in the period of the meal. ``spent`` is what this meal took already."""
    return {
        budget.payer: max(
            asked.budgets.get((terms.id, budget.payer, asked.keys[budget.per]), budget.limit_fen)
            - spent.get(budget.payer, 0),
            0,
        )
        for budget in terms.paying.budgets
    }


def most_that_is_funded(terms: Scheme, left: Mapping[str, int]) -> int | None:
    """The highest amount the payers can still carry; None: there is no limit."""
    if terms.paying.order == "waterfall":
        if any(payer not in left for payer, _ in terms.funding):
            return None
        return sum(left.values())
    limits = [left[payer] * WHOLE_BP // bp for payer, bp in terms.funding if payer in left and bp]
    if not limits:
        return None
    most_fen = min(limits)
    while any(part_fen > left.get(payer, part_fen) for payer, part_fen in divide(most_fen, terms.funding)):
        most_fen -= 1  # The fen that are left over may fall to a payer that has none: one or two steps.
    return most_fen


def in_order(amount_fen: int, parts: Parts) -> list[tuple[str, int]]:
    """Parts that are fixed, cut from the last one so that they add up to an amount."""
    found = []
    for payer, part_fen in parts:
        taken_fen = min(part_fen, amount_fen)
        amount_fen -= taken_fen
        found.append((payer, taken_fen))
    return found


def within_budgets(amount_fen: int, terms: Scheme, left: Mapping[str, int]) -> list[tuple[str, int]]:
    """Divide an amount among payers with budgets; what none of them has left is the gap."""
    if terms.paying.order == "waterfall":
        parts = in_order(amount_fen, [(payer, left.get(payer, amount_fen)) for payer, _ in terms.funding])
    else:
        asked_of = divide(amount_fen, terms.funding)
        parts = [(payer, min(part_fen, left.get(payer, part_fen))) for payer, part_fen in asked_of]
    return [*parts, (GAP, amount_fen - sum(part_fen for _, part_fen in parts))]
