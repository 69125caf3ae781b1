"""What one scheme, by itself, would pay of one meal: class, conditions of the meal, amount, caps, budget, purse."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from canteen.schemes.deciding.known import Situation
from canteen.schemes.deciding.plans import PURSE, ClassPlan, Plan, Verdict
from canteen.schemes.deciding.shares import budgets_left, most_that_is_funded
from canteen.schemes.language.amounts import Free, MonthlyNorm, Offer, PerDay, part_of, silence
from canteen.schemes.language.rates import Rate
from canteen.schemes.reasons import Reason

#: One money limit of a class in the period of the meal: period key, in which money (see ``outcome.Left``), the limit,
#: and what was left of it before the meal.
Limit: TypeAlias = tuple[str, str, int, int]


@dataclass(slots=True)
class Claim:
    """What a scheme would pay to a person in one of its classes, before it is set against the others."""

    plan: Plan
    #: The class that counts; "" in a scheme without classes.
    class_code: str
    #: Codes of all classes the person is in, in the order of the scheme.
    groups: list[str]
    #: Do the conditions of the meal hold? Then a delivery fee may be paid, too.
    is_open: bool
    offer: Offer
    #: What of the offer is paid.
    public_fen: int
    limits: list[Limit]
    #: What the elder pays at least.
    own_least_fen: int = 0

    def pay_nothing(self, offer: Offer) -> None:
        """Pay nothing after all, for the reason of an offer of nothing."""
        self.public_fen, self.offer = 0, offer

    def pay_only(self, public_fen: int) -> None:
        """Pay what is still open."""
        self.public_fen = public_fen
        self.offer = Offer(public_fen, self.offer.settled_fen, "rest", {"public_fen": public_fen}, self.offer.parts)

    def verdict(self) -> Verdict:
        """What the scheme says to this meal: why it is this much, with the class it goes by."""
        offer = self.offer
        if offer is NOTHING_LEFT or offer.code == "lower":
            return self.plan.plain_verdict(offer.code, self.class_code, offer.fields.get("other", ""))
        fields = {"class_code": self.class_code, **offer.fields} if self.class_code else offer.fields
        return self.plan.verdict(Reason(offer.code, fields))


NOTHING_LEFT = Offer(0, 0, "nothing_left", {})


def claim(plan: Plan, found: list[ClassPlan], groups: list[str], asked: Situation) -> Claim:
    """The claim of a person who is in these classes: of the first, or of the one with the highest amount.

    Eligibility comes first, so that the class is known even where nothing is paid.
    """
    asked.scheme = plan.id
    if plan.by_days:
        asked.part = plan.part_of_month(asked.person, asked.meal.day)
    one = found[0] if found else plan.anybody
    assert one is not None, plan.id  # Only a purse is asked for somebody who is in no class.
    asked.class_code = one.code
    refused = None
    if plan.particular or asked.meal.second_portion or asked.person.waived:
        refused = _refusal(plan, asked)
    offer = refused or _offer(plan, one, asked)
    if plan.highest and refused is None:
        for other in found[1:]:
            asked.class_code = other.code
            other_offer = _offer(plan, other, asked)
            if other_offer.public_fen > offer.public_fen:  # Of equal ones the earlier class counts.
                one, offer = other, other_offer
        asked.class_code = one.code
    limits = _limits(one, asked) if one.has_limits else _NO_LIMITS
    made = Claim(plan, one.code, groups, refused is None, offer, offer.public_fen, limits)
    if plan.own_least is not None:
        made.own_least_fen = plan.own_least.of(asked) or 0
    asked.part = None
    return made


_NO_LIMITS: list[Limit] = []


def _refusal(plan: Plan, asked: Situation) -> Offer | None:
    """What stands against this meal whatever the class; None when nothing does."""
    for check in plan.checks:
        refused = check(asked)
        if refused is not None:
            return refused
    return None


def _offer(plan: Plan, one: ClassPlan, asked: Situation) -> Offer:
    """The amount of the class for this meal, cut to what is left of every cap, to the last fen."""
    for per, plain, table in one.meal_caps:
        meals = plain if asked.part is None and plain is not None else _limit(table, per, asked)
        if meals is None:
            return silence(table, asked)
        if asked.use(per).meals >= meals:
            return Offer(0, 0, f"meals_{per}", {"meals": meals})
    offer = one.amount.offer(asked, plan.terms.rounding)
    if not offer.public_fen:
        return offer
    for cap in one.money_caps:
        limit_fen = _limit(cap.public, cap.per, asked)
        if limit_fen is None:
            return silence(cap.public, asked)
        used_fen = asked.use(cap.per).public_fen
        left_fen = limit_fen - used_fen if used_fen < limit_fen else 0
        if left_fen < offer.public_fen:
            code = f"cut_{cap.per}" if left_fen else f"money_{cap.per}"
            offer = _cut(offer, left_fen, code, {"limit_fen": limit_fen, "used_fen": used_fen})
    if plan.beyond_caps and offer.public_fen:
        return _beyond_caps(plan, one, asked, offer)
    return offer


def _beyond_caps(plan: Plan, one: ClassPlan, asked: Situation, offer: Offer) -> Offer:
    """Cut to what the elder pays at least, to what is in the purse, and to what a stopping budget has left."""
    scheme = plan.terms
    if plan.own_least is not None:
        offer = _leave_own(plan.own_least, asked, offer)
    if plan.phase == PURSE and offer.public_fen:
        offer = _from_purse(plan, one, asked, offer)
    if scheme.paying.when_exhausted == "stop" and offer.public_fen:
        most_fen = most_that_is_funded(scheme, budgets_left(scheme, asked, {}))
        if most_fen is not None and most_fen < offer.public_fen:
            offer = _cut(offer, most_fen, "budget_cut" if most_fen else "budget_used_up", {"left_fen": most_fen})
    return offer


def _limit(table: Rate, per: str, asked: Situation) -> int | None:
    """A limit of a period, in a part month by its days."""
    return part_of(table.of(asked), asked.part if per == "month" else None)


def _cut(offer: Offer, public_fen: int, code: str, fields: Mapping[str, Any]) -> Offer:
    return Offer(public_fen, offer.settled_fen, code, {**fields, "public_fen": public_fen}, offer.parts)


def _leave_own(own_least: Rate, asked: Situation, offer: Offer) -> Offer:
    own_fen = own_least.of(asked)
    if own_fen is None:
        return silence(own_least, asked)
    most_fen = max(asked.price_fen - own_fen, 0)
    return offer if offer.public_fen <= most_fen else _cut(offer, most_fen, "own_least", {"own_fen": own_fen})


def _from_purse(plan: Plan, one: ClassPlan, asked: Situation, offer: Offer) -> Offer:
    balance_fen = max(asked.purses.get(plan.id, 0), 0)
    public_fen = min(offer.public_fen, balance_fen)
    if not public_fen:
        return Offer(0, 0, "purse_empty", {})
    if public_fen == offer.public_fen and not isinstance(one.amount, Free):
        return offer
    return _cut(offer, public_fen, "purse", {"balance_fen": balance_fen, "left_fen": balance_fen - public_fen})


def _limits(one: ClassPlan, asked: Situation) -> list[Limit]:
    """Every money limit of the class: that of its amount first, then the caps."""
    limits: list[Limit] = []
    amount, keys = one.amount, asked.keys
    if isinstance(amount, MonthlyNorm):
        limit_fen = amount.limit(asked)
        if limit_fen is not None:
            limits.append((keys["month"], "settled", limit_fen, max(limit_fen - asked.use("month").settled_fen, 0)))
    elif isinstance(amount, PerDay):
        limit_fen = amount.rate.of(asked)
        if limit_fen is not None:
            limits.append((keys["day"], "public", limit_fen, max(limit_fen - asked.use("day").public_fen, 0)))
    for cap in one.money_caps:
        limit_fen = _limit(cap.public, cap.per, asked)
        if limit_fen is not None:
            limits.append((keys[cap.per], "public", limit_fen, max(limit_fen - asked.use(cap.per).public_fen, 0)))
    return limits
