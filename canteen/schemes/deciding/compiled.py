"""Schemes made ready to be asked: conditions, terms and amounts as closures, worked out once for a parsed scheme.

This is the one cache of the engine: ten schemes decide 12,000 meals a second with it and 1,600 when each is made ready
for every meal (``python -m bench.engine``). A scheme is only equal to itself (``language/scheme.py``) and a text is
parsed once (``queries.parsed``), so a plan is as good as its scheme.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from operator import attrgetter

from canteen.base.months import last_day
from canteen.schemes.deciding.how_much import HowMuch, how_much
from canteen.schemes.deciding.numbers import DecisionFacts, Part
from canteen.schemes.deciding.which_meal import Check, checks_of
from canteen.schemes.deciding.who import HOLDS, Finding, PersonOn, Question, question
from canteen.schemes.deciding.who_pays import payers_of
from canteen.schemes.language.amounts import Discount, Free
from canteen.schemes.language.classes import SchemeClass
from canteen.schemes.language.conditions import EVERYBODY
from canteen.schemes.language.funding import Payers
from canteen.schemes.language.scheme import Scheme

#: Which schemes pay first: discounts off the price, subsidies, discounts off what they leave, then purses.
BEFORE, SUBSIDY, AFTER, PURSE = range(4)


@dataclass(frozen=True, slots=True)
class ClassPlan:
    """One class of a scheme, ready to be asked."""

    terms: SchemeClass
    belongs: Question
    much: HowMuch

    @property
    def code(self) -> str:
        return self.terms.code

    def credit_of(self, settlement: str) -> int | None:
        """Fen a month; None when they depend on a settlement that is unknown."""
        return self.terms.credit.money.of(settlement) if self.terms.credit else 0


@dataclass(frozen=True, slots=True)
class SchemePlan:
    """One scheme as it is at a site, ready to be asked."""

    scheme: Scheme
    #: When it pays of a meal.
    phase: int
    eligible: Question
    classes: tuple[ClassPlan, ...]
    #: In whose name somebody spends what is left in a purse who is in no class of the scheme any more.
    anybody: ClassPlan | None
    checks: tuple[Check, ...]
    payers: Payers

    def classes_of(self, who: PersonOn) -> tuple[list[ClassPlan], Finding]:
        """The classes somebody is in; when there is none, what stands against the one that came nearest."""
        common = self.eligible(who)
        if not common.holds:
            return [], common
        answers = [one.belongs(who) for one in self.classes]
        found = [one for one, answer in zip(self.classes, answers, strict=True) if answer.holds]
        return found, HOLDS if found else min(answers, key=attrgetter("distance"), default=HOLDS)

    def credited(self, found: Sequence[ClassPlan], settlement: str) -> ClassPlan:
        """Of the classes somebody is in the one that credits are paid on: the first, or the one with the highest
        credit, of equal ones the earlier."""
        if self.scheme.choose == "first":
            return found[0]
        return max(found, key=lambda one: one.credit_of(settlement) or 0)

    def part_of_month(self, facts: DecisionFacts) -> Part:
        """Days in force and days of the month, where limits of a part month go by its days; None: the whole month."""
        scheme, day = self.scheme, facts.who.day
        if scheme.meal.part_month != "days":
            return None
        first, last = day.replace(day=1), last_day(day)
        started = dict(facts.who.person.started).get(scheme.id, first)
        begins = max(first, started, scheme.valid_from or first)
        days = (min(last, scheme.valid_to or last) - begins).days + 1
        return None if days == last.day else (max(days, 0), last.day)


@lru_cache(maxsize=512)
def plan_of(scheme: Scheme) -> SchemePlan:
    """A scheme made ready."""
    phase = phase_of(scheme)
    return SchemePlan(
        scheme=scheme,
        phase=phase,
        eligible=question(scheme.eligible),
        classes=tuple(_ready(one, scheme) for one in scheme.classes),
        anybody=_ready(_what_all_have(scheme.classes), scheme) if phase == PURSE and scheme.classes else None,
        checks=checks_of(scheme),
        payers=payers_of(scheme, is_discount=phase in (BEFORE, AFTER)),
    )


def phase_of(scheme: Scheme) -> int:
    """When a scheme pays."""
    if scheme.purse is not None:
        return PURSE
    discounts = [one.amount.after for one in scheme.classes if isinstance(one.amount, Discount)]
    if not discounts:
        return SUBSIDY
    return AFTER if discounts[0] else BEFORE


def _ready(one: SchemeClass, scheme: Scheme) -> ClassPlan:
    return ClassPlan(one, question(one.when), how_much(one.amount, scheme.rounding))


def _what_all_have(classes: Sequence[SchemeClass]) -> SchemeClass:
    """A class without a code: the amount and the caps that all classes of a scheme have in common."""
    first = classes[0]
    return replace(
        first,
        code="",
        when=EVERYBODY,
        amount=first.amount if all(one.amount == first.amount for one in classes) else Free(None),
        meal_caps=tuple(cap for cap in first.meal_caps if all(cap in one.meal_caps for one in classes)),
        money_caps=tuple(cap for cap in first.money_caps if all(cap in one.money_caps for one in classes)),
    )


def classes_of(scheme: Scheme, who: PersonOn) -> tuple[list[SchemeClass], Finding]:
    """The classes of a scheme somebody is in on a day; when there is none, what stands against the one that came
    nearest."""
    found, against = plan_of(scheme).classes_of(who)
    return [one.terms for one in found], against
