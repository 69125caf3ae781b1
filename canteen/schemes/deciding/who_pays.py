"""Who pays: payers and their budgets, the gap, the delivery fee. All money is in fen, and parts always add up."""

from collections.abc import Mapping, Sequence

from canteen.schemes.deciding.answer import Share
from canteen.schemes.deciding.numbers import DecisionFacts
from canteen.schemes.language.amounts import WHOLE_BP
from canteen.schemes.language.funding import GAP, PUBLIC, SITE, Payers
from canteen.schemes.language.scheme import Scheme
from canteen.schemes.reasons import Reason

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


def in_order(amount_fen: int, parts: Parts) -> list[tuple[str, int]]:
    """Parts that are fixed, cut from the last one so that they add up to an amount."""
    found = []
    for payer, part_fen in parts:
        taken_fen = min(part_fen, amount_fen)
        amount_fen -= taken_fen
        found.append((payer, taken_fen))
    return found


def payers_of(scheme: Scheme, *, is_discount: bool) -> Payers:
    """The payers of a scheme; a discount that names none is given by the site."""
    if is_discount and scheme.funding == ((PUBLIC, WHOLE_BP),):
        return ((SITE, WHOLE_BP),)
    return scheme.funding


def budgets_left(scheme: Scheme, facts: DecisionFacts, spent: Mapping[str, int] | None = None) -> dict[str, int]:
    """What is left of each payer's budget on the day. ``spent`` is what this meal took already, by payer."""
    found: dict[str, int] = {}
    for budget in scheme.paying.budgets:
        left_fen = facts.budgets.get((scheme.id, budget.payer, facts.keys[budget.per]), budget.limit_fen)
        found[budget.payer] = max(left_fen - (spent or {}).get(budget.payer, 0), 0)
    return found


def most_that_is_funded(scheme: Scheme, left: Mapping[str, int]) -> int | None:
    """The highest amount the payers can still carry; None: there is no limit."""
    if scheme.paying.order == "waterfall":
        if any(payer not in left for payer, _ in scheme.funding):
            return None
        return sum(left.values())
    limits = [left[payer] * WHOLE_BP // bp for payer, bp in scheme.funding if payer in left and bp]
    if not limits:
        return None
    most_fen = min(limits)
    while any(part_fen > left.get(payer, part_fen) for payer, part_fen in divide(most_fen, scheme.funding)):
        most_fen -= 1  # The fen that are left over may fall to a payer that has none: one or two steps.
    return most_fen


def among(amount_fen: int, scheme: Scheme, payers: Payers, left: Mapping[str, int]) -> list[tuple[str, int]]:
    """Divide an amount among the payers of a scheme; what none of them has a budget ``left`` for is the gap."""
    if scheme.paying.order == "waterfall":
        parts = in_order(amount_fen, [(payer, left.get(payer, amount_fen)) for payer, _ in payers])
    else:
        parts = [(payer, min(part_fen, left.get(payer, part_fen))) for payer, part_fen in divide(amount_fen, payers)]
    gap_fen = amount_fen - sum([part_fen for _, part_fen in parts])
    return [*parts, (GAP, gap_fen)] if gap_fen else parts


def shares_of(scheme: Scheme, parts: Parts, reason: Reason, paid_to: str = "site") -> list[Share]:
    """One share for each payer who carries something, and one for the gap, which says what it is."""
    return [
        Share(
            payer, scheme.id, scheme.version, fen, reason if payer != GAP else Reason("gap", {"gap_fen": fen}), paid_to
        )
        for payer, fen in parts
        if fen
    ]
