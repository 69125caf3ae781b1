"""What holds for every scheme the language can say, every person, meal, purse and budget."""

from __future__ import annotations

import ast
import sys
from datetime import date
from pathlib import Path
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from canteen.base.words import STATUSES
from canteen.schemes.deciding.answer import Decision
from canteen.schemes.deciding.compiled import plan_of
from canteen.schemes.deciding.decide import decide, periods, used_after
from canteen.schemes.facts import Meal, Use
from canteen.schemes.language.classes import PERIODS
from canteen.schemes.language.doubts import warnings_of
from canteen.schemes.language.scheme import Scheme
from tests.schemes.worlds import VILLAGE, meal, person, scheme, world

#: Everything below is drawn from one number, which a failing test tells.
SEEDS = st.integers(0, 2**48).map(Random)


@settings(max_examples=300, deadline=None)
@given(SEEDS)
def test_shares_add_up_to_price_and_fee_and_every_scheme_says_why(chance):
    facts = world(chance)
    decision, meal = decide(**facts), facts["occasion"]

    assert sum(share.amount_fen for share in decision.shares) == decision.price_fen == meal.price_fen
    assert sum(share.amount_fen for share in decision.fee_shares) == decision.fee_fen == meal.fee_fen
    assert bool(decision.fee_shares) == bool(meal.fee_fen)
    for shares, own_fen in ((decision.shares, decision.own_fen), (decision.fee_shares, decision.own_fee_fen)):
        assert all(share.amount_fen > 0 for share in shares[:-1])
        assert not shares or (shares[-1].payer, shares[-1].amount_fen) == ("own", own_fen)
    assert own_parts_are_not_negative(decision)
    assert [verdict.scheme for verdict in decision.verdicts] == [one.id for one in facts["schemes"]]
    words = [one.reason.words() for one in (*decision.verdicts, *decision.shares, *decision.fee_shares)]
    assert not [text for text in words for label in STATUSES.values() if label in text]
    assert all(0 <= left.left_fen <= left.left_before_fen <= left.limit_fen for left in decision.left)
    assert all(change.settled_fen >= change.public_fen > 0 and change.meals == 1 for change in decision.uses)


def own_parts_are_not_negative(decision: Decision) -> bool:
    return decision.own_fen >= 0 and decision.own_fee_fen >= 0


@settings(max_examples=200, deadline=None)
@given(SEEDS)
def test_no_purse_and_no_budget_is_overdrawn(chance):
    facts = world(chance)
    decision = decide(**facts)

    for draw in decision.draws:
        paid_fen = sum(share.amount_fen for share in decision.shares if share.scheme == draw.scheme)
        assert 0 < draw.amount_fen == paid_fen <= facts["purses"][draw.scheme]
    month, year = periods(facts["occasion"].day, "lunch")[3:]
    for one in facts["schemes"]:
        shares = [share for share in (*decision.shares, *decision.fee_shares) if share.scheme == one.id]
        for budget in one.paying.budgets:
            key = (one.id, budget.payer, year if budget.per == "year" else month)
            paid_fen = sum(share.amount_fen for share in shares if share.payer == budget.payer)
            assert paid_fen <= facts["budgets"].get(key, budget.limit_fen)
        assert one.paying.when_exhausted == "gap" or "gap" not in {share.payer for share in shares}


@settings(max_examples=100, deadline=None)
@given(SEEDS)
def test_the_same_facts_give_the_same_answer_whatever_was_asked_before(chance):
    facts = world(chance)
    first = decide(**facts)
    decide(person(chance), facts["occasion"], facts["schemes"], {})
    again = decide(**facts)
    plan_of.cache_clear()  # What is remembered of earlier decisions changes nothing.

    assert first == again == decide(**facts)


def test_no_module_of_the_engine_knows_a_clock():
    """Everything ``decide.py`` imports, as far as it is ours."""
    todo, seen = ["canteen.schemes.deciding.decide"], set()
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        seen.add(name)
        tree = ast.parse(Path(sys.modules[name].__file__ or "").read_text("utf-8"))
        imported = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        imported += [one.name for node in ast.walk(tree) if isinstance(node, ast.Import) for one in node.names]
        assert not {"time", "canteen.base.clock", "canteen.base.db", "flask", "sqlalchemy"} & set(imported), name
        called = {
            node.func.attr
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        }
        assert not called & {"now", "today", "utcnow"}, name
        todo += [one for one in imported if one.startswith("canteen.") and one in sys.modules]
    assert len(seen) > 15


@settings(max_examples=120, deadline=None)
@given(SEEDS, st.integers(0, 5))
def test_one_more_subsidy_never_lowers_the_benefit_of_a_meal(chance, place):
    facts = world(chance, subsidies_only=True)
    more, schemes = scheme(chance, "more", subsidies_only=True), facts["schemes"]

    without = decide(**facts)
    with_it = decide(**facts | {"schemes": [*schemes[:place], more, *schemes[place:]]})

    assert with_it.public_fen >= without.public_fen
    assert with_it.own_fee_fen <= without.own_fee_fen


@settings(max_examples=150, deadline=None)
@given(SEEDS)
def test_no_cap_is_passed_by_any_order_of_meals(chance):
    schemes, who = [scheme(chance, f"s{number}") for number in range(3)], person(chance)
    used: dict[tuple[str, str], Use] = {}
    for eaten in [meal(chance) for _ in range(25)]:
        decision = decide(who, eaten, schemes, used, purses={one.id: 900 for one in schemes})
        for left in decision.left:
            use = used.get((left.scheme, left.period), Use())
            before_fen = use.settled_fen if left.counts == "settled" else use.public_fen
            paid = {change.scheme for change in decision.uses}
            assert left.left_before_fen == max(left.limit_fen - before_fen, 0)
            assert left.scheme not in paid or left.left_fen >= 0
        used = used_after(used, decision.uses)
        assert [one.id for one in schemes if not within_caps(one, used, eaten)] == []


def within_caps(one: Scheme, used: dict[tuple[str, str], Use], eaten: Meal) -> bool:
    """Is the use of a scheme within the plain caps that all of its classes share?"""
    keys = dict(zip(PERIODS, periods(eaten.day, eaten.slot), strict=True))
    first = one.classes[0]
    by_meals = [(cap.per, cap.limit.plain) for cap in first.meal_caps]
    by_money = [(cap.per, cap.limit.plain) for cap in first.money_caps]
    return all(limit is None or used.get((one.id, keys[per]), Use()).meals <= limit for per, limit in by_meals) and all(
        limit is None or used.get((one.id, keys[per]), Use()).public_fen <= limit for per, limit in by_money
    )


@settings(max_examples=300, deadline=None)
@given(SEEDS)
def test_a_class_called_dead_has_nobody_in_it(chance):
    """Doubts are told about any scheme; whom they say nobody is, nobody is."""
    terms_of_many, who = scheme(chance, "many"), person(chance, known=True)
    eaten = Meal(date(2026, 12, 5), "lunch", 1000, "dine_in", VILLAGE)

    decision = decide(who, eaten, [terms_of_many], {})

    for number, one in enumerate(terms_of_many.classes, start=1):
        told = [text for text in warnings_of(terms_of_many) if text.startswith(f"classes[{number}].when:")]
        assert not told or decision.class_code != one.code, told
        assert not [text for text in told if "没有人符合" in text] or one.code not in decision.groups, told
