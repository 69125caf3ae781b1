"""One meal or one service, decided: who pays which part of its price, and for every scheme why or why not.

Facts in, facts out: no clock, no database, no settings. All money is in fen. The steps are those of docs/schemes.md,
"How a meal is decided", and each is a module: who, which meal, how much, up to what, with whom, who pays. A service
goes the same way by other terms.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import TypeAlias

from canteen.base.months import period_of
from canteen.schemes.deciding.answer import Decision, Draw, Left, Share, UseChange
from canteen.schemes.deciding.compiled import BEFORE, PURSE, ClassPlan, SchemePlan, plan_of
from canteen.schemes.deciding.fee import divide_fee
from canteen.schemes.deciding.how_much import Contribution, how_much_of_service, nothing, price_of_service
from canteen.schemes.deciding.numbers import DecisionFacts, View, number
from canteen.schemes.deciding.up_to import limits_of, meals_used_up, times_used_up, up_to_caps, up_to_means
from canteen.schemes.deciding.which_meal import against_anybody, too_short
from canteen.schemes.deciding.who import on_day, why_not
from canteen.schemes.deciding.who_pays import Parts, among, budgets_left, in_order, shares_of
from canteen.schemes.deciding.with_whom import Bid, leave_one_a_group, verdict
from canteen.schemes.facts import NOTHING, UNUSED, Budgets, Meal, Person, Purses, Service, Times, Use, Used
from canteen.schemes.language.classes import PERIODS
from canteen.schemes.language.funding import SITE
from canteen.schemes.language.scheme import Scheme
from canteen.schemes.language.services import PERIODS as SERVICE_PERIODS
from canteen.schemes.reasons import Reason

#: A scheme that is asked, and the classes of it the person is in.
_Bidder: TypeAlias = tuple[SchemePlan, list[ClassPlan]]


def periods(day: date, slot: str) -> tuple[str, ...]:
    """The keys of the periods a meal falls in, shortest first, one for each of ``caps.PERIODS``.

    21 November 2026, lunch: ``2026-11-21/lunch``, ``2026-11-21``, ``2026-W47``, ``2026-11``, ``2026``.
    """
    return (f"{day.isoformat()}/{slot}", *[period_of(per, day) for per in PERIODS[1:]])


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


def decide(
    person: Person,
    occasion: Meal | Service,
    schemes: Sequence[Scheme],
    used: Used = NOTHING,
    *,
    times: Times = NOTHING,
    purses: Purses = NOTHING,
    budgets: Budgets = NOTHING,
) -> Decision:
    """Divide the price of one meal (and its delivery fee) or of one service among the schemes and the elder.

    Each scheme first bids by itself (class, amount, what is left of its caps). In each stack group only the highest
    bid counts, of equal ones the earlier scheme; bids of different groups add in the order given, and each pays at
    most what is still open of the price. Of a meal, discounts off the price come before, discounts off the rest and
    purses after the subsidies.

    ``used`` is keyed by scheme id and period key; a use above a limit that was lowered since leaves nothing, never
    less. ``times`` are paid services so far. ``purses`` is what may be spent of each purse, by scheme id; ``budgets``
    what is left of a payer's budget, by scheme id, payer and period key. Scheme ids are unique.
    Source: docs/schemes.md, "How a meal is decided"; docs/allowances.md, "Services"; JX-5, JD-4, JD-13, AQ-3.
    """
    assert len({one.id for one in schemes}) == len(schemes), [one.id for one in schemes]
    if isinstance(occasion, Meal):
        price_fen, site = occasion.price_fen, occasion.site_area
        assert 0 <= _net(occasion) <= price_fen and occasion.fee_fen >= 0, occasion
        keys = dict(zip(PERIODS, periods(occasion.day, occasion.slot), strict=True))
        schemes = [one.at(site) if one.overrides else one for one in schemes]
    else:
        found = price_of_service(person, occasion, schemes)
        if found is None:
            return _refused(schemes, occasion, Reason("service_no_price", {}))
        price_fen, keys = found, {per: period_of(per, occasion.day) for per in SERVICE_PERIODS}
    facts = DecisionFacts(on_day(person, occasion.day), occasion, keys, used, times, purses, budgets)
    plans = [plan_of(one) for one in schemes]
    bidders, said = _who(plans, facts)
    bids, own_fen, fee_price_fen = _with_whom(plans, bidders, facts, price_fen)
    short = next((one.reason for one in bids if one.due.code == "purse_short"), None)
    if short is not None and isinstance(occasion, Service):
        return _refused(schemes, occasion, short)
    decision = _answer(plans, bids, said, facts, price_fen, own_fen)
    if not isinstance(occasion, Meal) or not occasion.fee_fen:
        return decision
    own_fee_fen, fee_shares = divide_fee(plans, bids, facts, decision.shares, price_fen=fee_price_fen)
    return decision._replace(fee_fen=occasion.fee_fen, own_fee_fen=own_fee_fen, fee_shares=fee_shares)


def _net(meal: Meal) -> int:
    """The price after the site's own discount, which comes before everything else."""
    return meal.price_fen if meal.net_price_fen is None else meal.net_price_fen


def _refused(schemes: Iterable[Scheme], service: Service, reason: Reason) -> Decision:
    verdicts = tuple([verdict(one, reason) for one in schemes])
    return Decision(service.price_fen or 0, 0, (), verdicts, refused=reason)


def _who(plans: Iterable[SchemePlan], facts: DecisionFacts) -> tuple[list[_Bidder], dict[str, Reason]]:
    """The schemes that may bid, with the classes the person is in; and why the others are not, by scheme id.

    What is in a purse may still be spent by somebody who is in no class any more.
    """
    bidders: list[_Bidder] = []
    said: dict[str, Reason] = {}
    is_meal = isinstance(facts.occasion, Meal)
    for plan in plans:
        scheme, purse = plan.scheme, plan.scheme.purse
        code = against_anybody(scheme, facts)
        if code:
            said[scheme.id] = Reason(code, {})
            continue
        found, against = plan.classes_of(facts.who)
        is_apart = is_meal and purse is not None and not purse.buys("meal")
        if found and is_apart:
            said[scheme.id] = Reason("purse_not_for_meals", {})
        elif found or (purse is not None and not is_apart and facts.purses.get(scheme.id, 0) > 0):
            bidders.append((plan, found))
        else:
            said[scheme.id] = why_not(against, facts.who, on_its_day=not is_meal)
    return bidders, said


def _with_whom(
    plans: Sequence[SchemePlan], bidders: Sequence[_Bidder], facts: DecisionFacts, price_fen: int
) -> tuple[list[Bid], int, int]:
    """The bids as they are paid, what is left to the elder, and the price that a table for the delivery fee goes by.

    Of a service all schemes bid at once; of a meal those of one phase do, and each purse by itself.
    """
    if not isinstance(facts.occasion, Meal):
        bids = [_bid_for_service(plan, found, facts, price_fen) for plan, found in bidders]
        return *leave_one_a_group(bids, price_fen), price_fen
    paid: list[Bid] = []
    open_fen = price_fen = _net(facts.occasion)
    for phase in sorted({plan.phase for plan in plans}):
        here = [one for one in bidders if one[0].phase == phase]
        for turn in [[one] for one in here] if phase == PURSE else [here]:
            price_fen = open_fen
            bids = [_bid(plan, found, facts, price_fen) for plan, found in turn]
            if phase == PURSE and not open_fen:
                bids = [one._replace(due=nothing("nothing_left")) if one.is_open else one for one in bids]
            bids, open_fen = leave_one_a_group(bids, open_fen)
            paid += bids
        price_fen = open_fen if phase == BEFORE else price_fen
    return paid, open_fen, price_fen


def _bid(plan: SchemePlan, found: Sequence[ClassPlan], facts: DecisionFacts, price_fen: int) -> Bid:
    """The bid for a person who is in these classes: of the first, or of the one with the highest amount.

    Eligibility comes first, so that the class is known even where nothing is paid.
    """
    scheme = plan.scheme
    one = found[0] if found else plan.anybody
    assert one is not None, scheme.id  # Only a purse is asked for somebody who is in no class.
    view = View(facts, scheme.id, one.code, price_fen, plan.part_of_month(facts))
    against = next(filter(None, (check(view) for check in plan.checks)), None)
    due = _due(plan, one, view) if against is None else nothing(*against)
    if scheme.choose == "highest" and against is None:
        for other in found[1:]:
            other_view = view._replace(class_code=other.code)
            other_due = _due(plan, other, other_view)
            if other_due.public_fen > due.public_fen:  # Of equal ones the earlier class counts.
                one, view, due = other, other_view, other_due
    own_least = scheme.meal.own_least
    return Bid(
        plan,
        one.code,
        tuple([each.code for each in found if each.code]),
        against is None,
        due,
        tuple(limits_of(one.terms, view)),
        0 if own_least is None else number(own_least, view) or 0,
    )


def _due(plan: SchemePlan, one: ClassPlan, view: View) -> Contribution:
    """The amount of the class for this meal, up to everything that limits it."""
    used_up = meals_used_up(one.terms, view)
    if used_up is not None:
        return nothing(*used_up)
    return up_to_means(plan.scheme, one.terms, view, up_to_caps(one.terms, view, one.much(view)))


def _bid_for_service(plan: SchemePlan, found: Sequence[ClassPlan], facts: DecisionFacts, price_fen: int) -> Bid:
    """The same by the terms of a service, which are one for all classes; the class is the one the credit is paid on."""
    scheme, service = plan.scheme, facts.occasion
    assert isinstance(service, Service)
    terms = scheme.service(service.kind)
    code = plan.credited(found, facts.who.person.settlement).code if found else ""
    view = View(facts, scheme.id, code, price_fen)
    against = too_short(terms, service.minutes) or times_used_up(scheme, terms, view)
    due = nothing(*against) if against else how_much_of_service(terms, scheme.rounding)(view)
    groups = tuple([one.code for one in found if one.code])
    return Bid(plan, code, groups, True, up_to_means(scheme, None, view, due))


def _answer(
    plans: Sequence[SchemePlan],
    bids: Sequence[Bid],
    said: Mapping[str, Reason],
    facts: DecisionFacts,
    price_fen: int,
    own_fen: int,
) -> Decision:
    """The answer, from the bids as they are paid."""
    bidding = {one.plan.scheme.id: one.reason for one in bids}
    paid = [one for one in bids if one.due.public_fen]
    shares = _given_by_the_site(facts.occasion)
    for one in paid:
        shares += shares_of(one.plan.scheme, _parts(one, facts), bidding[one.plan.scheme.id])
    first = next((bidding[one.scheme.id] for one in plans if one.scheme.id in bidding), None)
    shares.append(Share("own", "", "", own_fen, _own_reason(facts.occasion, price_fen, own_fen, first)))
    assert own_fen >= 0 and sum([share.amount_fen for share in shares]) == price_fen, shares
    said = {**said, **bidding}
    groups = {one.plan.scheme.id: one.groups for one in bids}
    return Decision(
        price_fen,
        own_fen,
        tuple(shares),
        tuple([verdict(one.scheme, said[one.scheme.id]) for one in plans]),
        next((one.class_code for one in (*paid, *bids) if one.class_code), ""),
        tuple(dict.fromkeys([code for one in plans for code in groups.get(one.scheme.id, ())])),
        uses=tuple(_uses(paid, facts)),
        left=tuple([left for one in bids for left in _left(one)]),
        draws=tuple(
            [Draw(one.plan.scheme.id, one.due.public_fen) for one in paid if one.plan.scheme.purse is not None]
        ),
        times=tuple(_times(paid, facts)),
    )


def _given_by_the_site(occasion: Meal | Service) -> list[Share]:
    """The site's own discount on a meal, which comes before everything else."""
    if not isinstance(occasion, Meal) or _net(occasion) == occasion.price_fen:
        return []
    net_fen = _net(occasion)
    reason = Reason("site_discount", {"price_fen": occasion.price_fen, "net_fen": net_fen})
    return [Share(SITE, "", "", occasion.price_fen - net_fen, reason)]


def _parts(one: Bid, facts: DecisionFacts) -> Parts:
    if one.due.parts:
        return in_order(one.due.public_fen, one.due.parts)
    scheme = one.plan.scheme
    payers = one.plan.payers if isinstance(facts.occasion, Meal) else scheme.funding
    return among(one.due.public_fen, scheme, payers, budgets_left(scheme, facts))


def _own_reason(occasion: Meal | Service, price_fen: int, own_fen: int, first: Reason | None) -> Reason:
    """The own part by subtraction; where nothing of a meal is paid, why the first scheme that bid pays nothing."""
    is_meal = isinstance(occasion, Meal)
    if own_fen < price_fen:
        fields = {"price_fen": price_fen, "public_fen": price_fen - own_fen, "own_fen": own_fen}
        return Reason("own_rest" if is_meal else "service_rest", fields)
    return first if is_meal and first is not None else Reason("own_all", {"own_fen": own_fen})


def _uses(paid: Iterable[Bid], facts: DecisionFacts) -> Iterator[UseChange]:
    if isinstance(facts.occasion, Meal):
        for one in paid:
            for per in one.plan.scheme.periods:
                yield UseChange(one.plan.scheme.id, facts.keys[per], one.due.settled_fen, one.due.public_fen, 1)


def _times(paid: Iterable[Bid], facts: DecisionFacts) -> Iterator[tuple[str, str, str]]:
    if isinstance(facts.occasion, Service):
        kind = facts.occasion.kind
        for one in paid:
            if (terms := one.plan.scheme.service(kind)) is not None:
                yield one.plan.scheme.id, kind, facts.keys[terms.per]


def _left(one: Bid) -> Iterator[Left]:
    """The limits before and after the meal; a bid that pays nothing uses nothing."""
    due = one.due
    taken = {"settled": due.settled_fen, "public": due.public_fen} if due.public_fen else {"settled": 0, "public": 0}
    for period, counts, limit_fen, left_fen in one.limits:
        yield Left(one.plan.scheme.id, period, counts, limit_fen, left_fen, max(left_fen - taken[counts], 0))
