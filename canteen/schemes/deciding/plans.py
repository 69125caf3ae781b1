"""Schemes made ready to be asked again and again: who is in which class is worked out once for equal people.

A ``Board`` is some schemes as they are at one site. It asks every different condition once, and remembers the answer
for everything that is known of a person: at a sitting most people have the facts of somebody who came before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from canteen.schemes.deciding.known import Known, days_on, known_of, known_simply
from canteen.schemes.deciding.meal_checks import COMMON, Check, checks_of
from canteen.schemes.deciding.shares import Parts, payers_of
from canteen.schemes.facts import Person
from canteen.schemes.language.amounts import Discount, Free, Layers, MonthlyNorm, Offer, PerDay
from canteen.schemes.language.conditions import MORE, Condition, distance, plain_code, refusal
from canteen.schemes.language.funding import Paying
from canteen.schemes.language.scheme import Scheme, SchemeClass
from canteen.schemes.reasons import Reason
from canteen.schemes.values import value

#: Which schemes pay first: discounts off the price, subsidies, discounts off what they leave, then purses.
BEFORE, SUBSIDY, AFTER, PURSE = range(4)
#: So many boards, and so many different answers of each, are remembered; then it begins anew.
MOST_BOARDS = 32
MOST_PEOPLE = 1024


@value
class Verdict:
    """What one scheme said to this meal, paid or not."""

    scheme: str
    scheme_name: str
    version: str
    reason: Reason


class ClassPlan:
    """One class of a scheme, ready to be asked."""

    __slots__ = ("amount", "code", "has_limits", "meal_caps", "money_caps", "periods")

    def __init__(self, one: SchemeClass) -> None:
        self.code = one.code
        self.amount = one.amount
        #: Period, number of meals where it is one for all, and the table otherwise.
        self.meal_caps = [(cap.per, cap.meals.plain, cap.meals) for cap in one.meal_caps]
        self.money_caps = one.money_caps
        self.periods = tuple(sorted(one.periods))
        #: Has it a limit in money of which something may be left?
        self.has_limits = bool(one.money_caps) or isinstance(one.amount, MonthlyNorm | PerDay)


class Plan:
    """One scheme as it is at a site, ready to be asked."""

    def __init__(self, scheme: Scheme, terms: Scheme, place: int, conditions: dict[Condition, int]) -> None:
        self.terms = terms
        self.id, self.group = terms.id, terms.stack_group
        #: Among the schemes, in the order given.
        self.place = place
        self.incomplete = scheme.incomplete
        self.dated = terms.valid_from is not None or terms.valid_to is not None
        self.phase = phase_of(terms)
        #: Why it has nothing to do with meals, "" when it has.
        self.apart = "purse_not_for_meals" if terms.purse is not None and not terms.purse.buys("meal") else ""
        self.checks: tuple[Check, ...] = checks_of(terms)
        #: Does more stand in the way of a meal than what always does?
        self.particular = len(self.checks) > COMMON
        #: May an amount be cut by more than its caps: what the elder pays at least, a purse, a stopping budget?
        self.beyond_caps = (
            terms.meal.own_least is not None or terms.purse is not None or terms.paying.when_exhausted == "stop"
        )
        self.payers: Parts = payers_of(terms, discount=self.phase in (BEFORE, AFTER))
        #: The payer when there is only one, without a budget.
        simple = len(self.payers) == 1 and terms.paying == Paying()
        self.payer = self.payers[0][0] if simple else ""
        self.periods = terms.periods
        self.highest = terms.choose == "highest"
        self.own_least = terms.meal.own_least
        self.by_days = terms.meal.part_month == "days"
        #: What a scheme of the same group says that pays less than this one.
        self.lower = Offer(0, 0, "lower", {"other": terms.name})
        #: Places of the conditions on the board.
        self.eligible = conditions.setdefault(terms.eligible, len(conditions))
        self.classes = [(ClassPlan(one), conditions.setdefault(one.when, len(conditions))) for one in terms.classes]
        self._verdicts: dict[tuple[str, str, str], Verdict] = {}

        #: In whose name somebody spends what is left in a purse who is in no class of the scheme any more.
        self.anybody = _what_all_have(terms.classes) if self.phase == PURSE and terms.classes else None

    def verdict(self, reason: Reason) -> Verdict:
        return Verdict(self.terms.id, self.terms.name, self.terms.version, reason)

    def plain_verdict(self, code: str, class_code: str = "", other: str = "") -> Verdict:
        """The verdict of a reason with no other facts than the class and another scheme: made once."""
        key = (code, class_code, other)
        found = self._verdicts.get(key)
        if found is None:
            fields = {"class_code": class_code, "other": other}
            reason = Reason(code, {name: fact for name, fact in fields.items() if fact})
            found = self._verdicts[key] = self.verdict(reason)
        return found

    def classes_of(self, failing: tuple[int, ...]) -> tuple[list[ClassPlan], int]:
        """The classes a person is in; when there is none, what stands against the class that came nearest.

        ``failing`` are the answers of the conditions of the board.
        """
        common = failing[self.eligible]
        if common:
            return [], common
        found = [one for one, place in self.classes if not failing[place]]
        if found:
            return found, 0
        return [], min([failing[place] for _, place in self.classes], key=distance)

    def part_of_month(self, person: Person, day: date) -> tuple[int, int] | None:
        """Days in force and days of the month, where limits of a part month go by its days; None: the whole month."""
        if not self.by_days:
            return None
        _, first, last, _, _ = days_on(day)
        started = next((start for scheme, start in person.started if scheme == self.terms.id), first)
        begins = max(first, started, self.terms.valid_from or first)
        ends = min(last, self.terms.valid_to or last)
        whole = (last - first).days + 1
        days = (ends - begins).days + 1
        return None if days == whole else (max(days, 0), whole)


class Standing(NamedTuple):
    """How a person stands with every scheme of a board, whatever the meal."""

    #: Of the schemes that pay nothing whatever the meal; None where ``asked`` has to say.
    verdicts: list[Verdict | None]
    #: The schemes to ask: the classes the person is in, and their codes.
    asked: list[tuple[Plan, list[ClassPlan], list[str]]]
    #: The classes the person is in, over all schemes.
    groups: tuple[str, ...]


class Board:
    """Some schemes, as they are at a site."""

    def __init__(self, schemes: Sequence[Scheme], at: Sequence[Scheme]) -> None:
        assert len({scheme.id for scheme in schemes}) == len(schemes), [scheme.id for scheme in schemes]
        self.kept = (*schemes, *at)  # So that ``board_of`` may tell them apart by identity.
        conditions: dict[Condition, int] = {}
        self.plans = [
            Plan(scheme, terms, place, conditions)
            for place, (scheme, terms) in enumerate(zip(schemes, at, strict=True))
        ]
        self.conditions = tuple(conditions)
        self.phases = sorted({plan.phase for plan in self.plans})
        self.dated = [plan for plan in self.plans if plan.dated]
        #: Is the age on the day of the meal all that is asked of time?
        self.simple = not any(condition.facts & MORE for condition in (*self.conditions, *_of_layers(at)))
        self._standings: dict[object, Standing] = {}

    def know(self, person: Person, day: date) -> Known:
        """What these schemes ask of a person."""
        return known_simply(person, day) if self.simple else known_of(person, day)

    def standing(self, known: Known, day: date) -> Standing:
        """How a person stands with each scheme.

        Remembered, because it is the same for everybody of whom the same is known, and for everybody of the same age
        to whom every condition gives the same answer.
        """
        month = () if self.simple else (day.year, day.month)
        found = self._standings.get((known, month))
        if found is None:
            failing = tuple([condition.failing(known) for condition in self.conditions])
            if len(self._standings) >= MOST_PEOPLE:
                self._standings.clear()
            alike = (failing, known.ages, known.months, month)
            found = self._standings.get(alike)
            if found is None:
                found = self._standings[alike] = self._stand(failing, known, day)
            self._standings[known, month] = found
        return found

    def _stand(self, failing: tuple[int, ...], known: Known, day: date) -> Standing:
        verdicts: list[Verdict | None] = []
        asked: list[tuple[Plan, list[ClassPlan], list[str]]] = []
        for plan in self.plans:
            if plan.incomplete:
                verdicts.append(plan.plain_verdict("incomplete"))
                continue
            if not plan.classes:
                verdicts.append(plan.plain_verdict("only_sites"))
                continue
            found, against = plan.classes_of(failing)
            if found and plan.apart:
                verdicts.append(plan.plain_verdict(plan.apart))
                continue
            if found:
                verdicts.append(None)
                asked.append((plan, found, [one.code for one in found if one.code]))
                continue
            code = plain_code(against)
            verdicts.append(plan.plain_verdict(code) if code else plan.verdict(refusal(against, known, day)))
            if plan.phase == PURSE and not plan.apart:  # What is in a purse may still be spent.
                asked.append((plan, [], []))
        return Standing(verdicts, asked, tuple(dict.fromkeys([code for _, _, codes in asked for code in codes])))


_boards: dict[tuple[int, ...], Board] = {}


def board_of(schemes: Sequence[Scheme], site_area: str) -> Board:
    """The board of these schemes at a site; sites with the same overrides share one.

    Schemes are told apart by identity: a text is parsed once.
    """
    at = [scheme.at(site_area) if scheme.overrides else scheme for scheme in schemes]
    key = tuple(map(id, at))
    found = _boards.get(key)
    if found is None:
        if len(_boards) >= MOST_BOARDS:
            _boards.clear()
        found = _boards[key] = Board(schemes, at)
    return found


def _what_all_have(classes: Sequence[SchemeClass]) -> ClassPlan:
    """A class without a code: the amount and the caps that all classes of a scheme have in common."""
    first = classes[0]
    return ClassPlan(
        replace(
            first,
            code="",
            amount=first.amount if all(one.amount == first.amount for one in classes) else Free(None),
            meal_caps=tuple([cap for cap in first.meal_caps if all(cap in one.meal_caps for one in classes)]),
            money_caps=tuple([cap for cap in first.money_caps if all(cap in one.money_caps for one in classes)]),
        )
    )


def phase_of(terms: Scheme) -> int:
    """When a scheme pays."""
    if terms.purse is not None:
        return PURSE
    discount = next((one.amount for one in terms.classes if isinstance(one.amount, Discount)), None)
    if discount is None:
        return SUBSIDY
    return AFTER if discount.after else BEFORE


def _of_layers(schemes: Sequence[Scheme]) -> Iterator[Condition]:
    """The conditions inside amounts."""
    for one in [one for scheme in schemes for one in scheme.classes]:
        if isinstance(one.amount, Layers):
            yield from [layer.when for layer in one.amount.layers if layer.when is not None]
