"""One meal, decided: who pays which part of the price, and for every scheme why or why not.

Facts in, facts out: no clock, no database, no settings. All money is in fen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from types import MappingProxyType
from typing import cast

from canteen.schemes.deciding.claims import NOTHING_LEFT, Claim, claim
from canteen.schemes.deciding.fees import divide_fee
from canteen.schemes.deciding.known import UNUSED, Budgets, Purses, Situation, Used
from canteen.schemes.deciding.outcome import Decision, Left, Share, UseChange
from canteen.schemes.deciding.plans import AFTER, PURSE, SUBSIDY, Board, Standing, Verdict, board_of
from canteen.schemes.deciding.shares import budgets_left, divide, in_order, within_budgets
from canteen.schemes.facts import Meal, Person, Use
from canteen.schemes.language.amounts import SITE
from canteen.schemes.language.funding import GAP
from canteen.schemes.language.purse import Draw
from canteen.schemes.language.scheme import PERIODS, Scheme
from canteen.schemes.reasons import Reason

__all__ = [
    "Decision",
    "Draw",
    "Left",
    "Meal",
    "Person",
    "Reason",
    "Share",
    "Use",
    "UseChange",
    "Used",
    "Verdict",
    "decide",
    "divide",
    "periods",
    "used_after",
]

_NOTHING: Mapping[str, int] = MappingProxyType({})
_NO_BUDGETS: Budgets = MappingProxyType({})
#: What pays on the price after discounts; what pays on what is left open.
_ON_THE_REST = (AFTER, PURSE)


def periods(day: date, slot: str) -> tuple[str, ...]:
    """The keys of the periods a meal falls in, shortest first, one for each of ``scheme.PERIODS``.

    21 November 2026, lunch: ``2026-11-21/lunch``, ``2026-11-21``, ``2026-W47``, ``2026-11``, ``2026``. Weeks run
    from Monday to Sunday and bear the ISO year, so 1 January 2027 is in ``2026-W53``.
    """
    text = day.isoformat()
    year, week, _ = day.isocalendar()
    return (f"{text}/{slot}", text, f"{year:04d}-W{week:02d}", text[:7], text[:4])


def decide(
    person: Person,
    meal: Meal,
    schemes: Sequence[Scheme],
    used: Used,
    *,
    purses: Purses = _NOTHING,
    budgets: Budgets = _NO_BUDGETS,
) -> Decision:
    """Divide the price of one meal, and its delivery fee, among the schemes and the elder.

    Each scheme first claims by itself (class, amount, what is left of its caps). In each stack group only the
    highest claim for this meal counts, of equal ones the earlier scheme; claims of different groups add in the
    order given, and a claim pays at most what is still open of the price. Discounts off the price come before,
    discounts off the rest and purses after the subsidies.

    ``used`` is keyed by scheme id and period key; a use above a limit that was lowered since leaves nothing, never
    less. ``purses`` is what may be spent of each purse, by scheme id; ``budgets`` what is left of a payer's budget,
    by scheme id, payer and period key; one that is missing is whole. Scheme ids are unique.
    Source: docs/schemes.md, "How a meal is decided".
    """
    net_fen = meal.price_fen if meal.net_price_fen is None else meal.net_price_fen
    assert 0 <= net_fen <= meal.price_fen and meal.fee_fen >= 0, meal
    board = board_of(schemes, meal.site_area)
    known = board.know(person, meal.day)
    standing = board.standing(known, meal.day)
    asked = Situation(person, meal, known, _keys(meal.day, meal.slot), used, purses, budgets, net_fen)
    claims, own_fen = _pay(board, standing, asked)
    return _decision(board, standing, asked, claims, own_fen)


def _pay(board: Board, standing: Standing, asked: Situation) -> tuple[list[Claim], int]:
    """The claims of all schemes as they are paid, in the order of the phases, and what is left to the elder."""
    claims: list[Claim] = []
    open_fen = asked.price_fen
    for phase in board.phases:
        if phase == PURSE:
            open_fen = _pay_from_purses(standing, asked, claims, open_fen)
            continue
        if phase in _ON_THE_REST:
            asked.price_fen = open_fen
        here = _claims(standing, asked, phase)
        open_fen = _set_against_each_other(here, open_fen)
        claims += here
        if phase < SUBSIDY:
            asked.price_fen = open_fen
    return claims, open_fen


def used_after(used: Used, uses: Iterable[UseChange]) -> dict[tuple[str, str], Use]:
    """The use after a decision: ``used`` and what its meal adds."""
    after = dict(used)
    for change in uses:
        key = (change.scheme, change.period)
        before = after.get(key, UNUSED)
        after[key] = Use(
            settled_fen=before.settled_fen + change.settled_fen,
            public_fen=before.public_fen + change.public_fen,
            meals=before.meals + change.meals,
        )
    return after


@lru_cache(maxsize=64)
def _keys(day: date, slot: str) -> Mapping[str, str]:
    """``periods`` by name. Remembered, because a sitting asks for the same ones again and again."""
    return dict(zip(PERIODS, periods(day, slot), strict=True))


def _claims(standing: Standing, asked: Situation, phase: int) -> list[Claim]:
    """The claims of the schemes that pay in one phase."""
    day = asked.meal.day
    return [
        claim(plan, found, groups, asked)
        for plan, found, groups in standing.asked
        if plan.phase == phase and not (plan.dated and not plan.terms.in_force(day))
    ]


def _set_against_each_other(claims: list[Claim], open_fen: int) -> int:
    """Leave one claim a stack group, and none above what is still open of the price. Answers what stays open."""
    highest: dict[str, Claim] = {}
    for one in claims:
        rival = highest.setdefault(one.plan.group, one)
        if one.public_fen > rival.public_fen:
            highest[one.plan.group] = one
    for one in claims:
        if not one.public_fen:
            continue
        winner = highest[one.plan.group]
        if winner is not one:
            one.pay_nothing(winner.plan.lower)
            continue
        most_fen = open_fen - one.own_least_fen
        if most_fen <= 0:
            one.pay_nothing(NOTHING_LEFT)
        elif most_fen < one.public_fen:
            one.pay_only(most_fen)
        open_fen -= one.public_fen
    return open_fen


def _pay_from_purses(standing: Standing, asked: Situation, claims: list[Claim], open_fen: int) -> int:
    """Let each purse pay what is open after everything before it, up to its balance. Answers what stays open."""
    day = asked.meal.day
    for plan, found, groups in standing.asked:
        if plan.phase != PURSE or (plan.dated and not plan.terms.in_force(day)):
            continue
        if not found and asked.purses.get(plan.terms.id, 0) <= 0:
            continue  # Not eligible, and nothing left from when the elder was.
        asked.price_fen = open_fen
        one = claim(plan, found, groups, asked)
        if not open_fen and one.is_open:
            one.pay_nothing(NOTHING_LEFT)
        open_fen -= one.public_fen
        claims.append(one)
    return open_fen


def _decision(board: Board, standing: Standing, asked: Situation, claims: list[Claim], own_fen: int) -> Decision:
    """The answer, from the claims as they are paid."""
    meal, keys = asked.meal, asked.keys
    verdicts, shares, paid = standing.verdicts.copy(), _given_by_the_site(meal), []
    for one in claims:
        verdicts[one.plan.place] = verdict = one.verdict()
        if one.public_fen:
            paid.append(one)
            shares += _shares(one, verdict.reason, asked)
    for plan in board.dated:
        if not plan.incomplete and not plan.terms.in_force(meal.day):
            verdicts[plan.place] = plan.plain_verdict("not_in_force")
    shares.append(Share("own", "", "", own_fen, _own_reason(meal.price_fen, own_fen, claims)))
    assert own_fen >= 0 and sum([share.amount_fen for share in shares]) == meal.price_fen, shares
    own_fee_fen, fee_shares = divide_fee(claims, asked, shares) if meal.fee_fen else (0, ())
    return Decision(
        meal.price_fen,
        own_fen,
        tuple(shares),
        tuple(cast("list[Verdict]", verdicts)),  # Whoever was asked has made a claim.
        next((code for code in [one.class_code for one in (*paid, *claims)] if code), ""),
        standing.groups if not board.dated else tuple(dict.fromkeys([code for one in claims for code in one.groups])),
        tuple([change for one in paid for change in _uses(one, keys)]),
        tuple([left for one in claims if one.limits for left in _left(one)]),
        tuple([Draw(one.plan.id, one.public_fen) for one in paid if one.plan.phase == PURSE]),
        meal.fee_fen,
        own_fee_fen,
        fee_shares,
    )


def _given_by_the_site(meal: Meal) -> list[Share]:
    """The site's own discount on this meal, which comes before everything else."""
    if meal.net_price_fen is None or meal.net_price_fen == meal.price_fen:
        return []
    reason = Reason("site_discount", {"price_fen": meal.price_fen, "net_fen": meal.net_price_fen})
    return [Share(SITE, "", "", meal.price_fen - meal.net_price_fen, reason)]


def _shares(one: Claim, reason: Reason, asked: Situation) -> list[Share]:
    """One share for each payer of a claim, and one for what no payer has a budget for."""
    plan, scheme = one.plan, one.plan.terms
    if one.offer.parts:
        parts = in_order(one.public_fen, one.offer.parts)
    elif plan.payer:
        return [Share(plan.payer, plan.id, scheme.version, one.public_fen, reason)]
    elif scheme.paying.order == "waterfall" or scheme.paying.budgets:
        parts = within_budgets(one.public_fen, scheme, budgets_left(scheme, asked, _NOTHING))
    else:
        parts = divide(one.public_fen, plan.payers)
    return [
        Share(payer, scheme.id, scheme.version, fen, reason if payer != GAP else Reason("gap", {"gap_fen": fen}))
        for payer, fen in parts
        if fen
    ]


def _own_reason(price_fen: int, own_fen: int, claims: list[Claim]) -> Reason:
    """The own part by subtraction; where nothing is paid, why the scheme that knows the person pays nothing."""
    if own_fen < price_fen:
        return Reason("own_rest", {"price_fen": price_fen, "public_fen": price_fen - own_fen, "own_fen": own_fen})
    if claims:
        return min(claims, key=lambda one: one.plan.place).verdict().reason
    return Reason("own_all", {"own_fen": own_fen})


def _uses(one: Claim, keys: Mapping[str, str]) -> list[UseChange]:
    scheme, settled_fen, public_fen = one.plan.id, one.offer.settled_fen, one.public_fen
    return [UseChange(scheme, keys[per], settled_fen, public_fen, 1) for per in one.plan.periods]


def _left(one: Claim) -> list[Left]:
    """The limits before and after the meal; a claim that pays nothing uses nothing."""
    counted = {"settled": one.offer.settled_fen, "public": one.public_fen} if one.public_fen else _NOTHING
    return [
        Left(one.plan.id, period, counts, limit_fen, left_fen, max(left_fen - counted.get(counts, 0), 0))
        for period, counts, limit_fen, left_fen in one.limits
    ]
