"""Whom a new version would affect: the meals of a month counted again, once as it is and once as it would be.

Pure. Both times the same people, the same meals and the same engine; only the set of schemes differs.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, NamedTuple

from canteen.schemes.deciding.credits import Credit, credit, credits
from canteen.schemes.deciding.decide import decide, used_after
from canteen.schemes.facts import Meal, Person, Use
from canteen.schemes.language.conditions import ONE_OF
from canteen.schemes.language.scheme import Scheme

#: Verdicts of somebody who is in no class; what begins with ``unknown_`` cannot be told for want of a fact.
OUTSIDE = (
    "incomplete",
    "not_in_force",
    "age",
    "hukou",
    "residence",
    "months",
    *ONE_OF,
    "not_in_groups",
    "only_sites",
    "purse_not_for_meals",
)
UNKNOWN, NOBODY = "?", ""
#: A price to ask the engine for the class of somebody who did not eat.
ASKED_FEN = 1000

#: Schemes that would apply at a site, as it is and as it would be.
Sets = tuple[Sequence[Scheme], Sequence[Scheme]]


@dataclass(frozen=True, slots=True)
class ElderMonth:
    """One elder and what they ate in the month, in order."""

    id: int
    #: Facts on a day: statuses begin and end within a month.
    person_on: Callable[[date], Person]
    meals: tuple[Meal, ...]
    #: Where the class is asked for: the area of the usual site, else of residence.
    area: str
    #: Alive and not moved away; others are in no count of classes.
    is_here: bool = True


class Changed(NamedTuple):
    """One elder for whom something changes: what they pay for the month's meals, or what their purses get."""

    id: int
    meals: int
    own_before: int
    own_after: int
    class_before: str
    class_after: str
    credit_before: int = 0
    credit_after: int = 0

    @property
    def loss_fen(self) -> int:
        """How much worse the month is for the elder; below zero: how much better."""
        return self.own_after - self.own_before - (self.credit_after - self.credit_before)


@dataclass(slots=True)
class Totals:
    """What came out so far. Amounts in fen, each as [as it is, as it would be]."""

    elders: int = 0
    meals: int = 0
    own: list[int] = field(default_factory=lambda: [0, 0])
    #: Scheme id and payer, a line each -> amounts.
    payers: dict[str, list[int]] = field(default_factory=dict)
    #: Class code ("" nobody's, "?" cannot be told) -> people.
    classes: dict[str, list[int]] = field(default_factory=dict)
    #: Scheme id -> what its purses are credited for a month.
    credits: dict[str, list[int]] = field(default_factory=dict)
    changed: list[Changed] = field(default_factory=list)


def totals_of(facts: Mapping[str, Any]) -> Totals:
    """Totals as they came back from the table, where each changed elder is a list."""
    return Totals(**{**facts, "changed": [Changed(*one) for one in facts["changed"]]})


def timeless(scheme: Scheme) -> Scheme:
    """The scheme as it counts in any one month: without its own first and last day, because the month is only the sample
    to count on, and with its purse credited month by month."""
    overrides = tuple(replace(one, scheme=_monthly(one.scheme)) for one in scheme.overrides)
    return replace(_monthly(scheme), overrides=overrides)


def _monthly(scheme: Scheme) -> Scheme:
    purse = replace(scheme.purse, credited="month") if scheme.purse is not None else None
    return replace(scheme, valid_from=None, valid_to=None, purse=purse)


@dataclass(frozen=True, slots=True)
class Recount:
    """Counts a month's meals twice; ``totals`` is what came out so far."""

    sets_at: Callable[[str], Sets]
    #: The scheme of which a new version is looked at, and the day from which it would be in force: it decides the class.
    scheme_id: str
    day: date
    totals: Totals = field(default_factory=Totals)

    def add(self, elder: ElderMonth) -> None:
        """Add one elder."""
        person = elder.person_on(self.day)
        meal = Meal(day=self.day, slot="lunch", price_fen=ASKED_FEN, way="dine_in", site_area=elder.area)
        before, after = (self._class_of(person, meal, schemes) for schemes in self.sets_at(elder.area))
        credited = (0, 0)
        if elder.is_here:
            self.totals.classes.setdefault(before, [0, 0])[0] += 1
            self.totals.classes.setdefault(after, [0, 0])[1] += 1
            credited = self._credits(person, self.sets_at(elder.area))
        own = self._meals(elder) if elder.meals else (0, 0)
        if own[0] != own[1] or credited[0] != credited[1]:
            self.totals.changed.append(Changed(elder.id, len(elder.meals), *own, before, after, *credited))

    def _meals(self, elder: ElderMonth) -> tuple[int, int]:
        """What the elder pays for the month's meals, as it is and as it would be."""
        self.totals.elders += 1
        self.totals.meals += len(elder.meals)
        sets = [self.sets_at(area) for area in {meal.site_area for meal in elder.meals}]
        if all(now is then for now, then in sets):
            before = after = self._run(elder, lambda area: self.sets_at(area)[0], (0, 1))
        elif self._is_outside(elder):
            # Only the other schemes can pay, the same both times; where there are none, nothing needs to be decided.
            before = after = self._run(elder, self._others_at, (0, 1))
        else:
            before = self._run(elder, lambda area: self.sets_at(area)[0], (0,))
            after = self._run(elder, lambda area: self.sets_at(area)[1], (1,))
        self.totals.own[0] += before
        self.totals.own[1] += after
        return before, after

    def _credits(self, person: Person, sets: Sets) -> tuple[int, int]:
        """What the elder's purses get for one month, as it is and as it would be."""
        sums = [0, 0]
        for column, schemes in enumerate(sets):
            if all(scheme.purse is None for scheme in schemes):
                continue
            for scheme_id, answer in credits(person, self.day.replace(day=1), schemes).items():
                if isinstance(answer, Credit):
                    self.totals.credits.setdefault(scheme_id, [0, 0])[column] += answer.amount_fen
                    sums[column] += answer.amount_fen
        return sums[0], sums[1]

    def _others_at(self, area: str) -> Sequence[Scheme]:
        return [one for one in self.sets_at(area)[0] if one.id != self.scheme_id]

    def _is_outside(self, elder: ElderMonth) -> bool:
        """Is this elder in no class of the scheme, neither as it is nor as it would be, all month?

        Classes change with statuses and with age, and an age holds for a year: the first and the last day tell.
        """
        first, last = elder.meals[0], elder.meals[-1]
        person = elder.person_on(first.day)
        if any(elder.person_on(meal.day) is not person for meal in elder.meals):
            return False
        return all(
            self._class_of(person, replace(meal, site_area=area), schemes) == NOBODY
            for meal in (first, last)
            for area in {meal.site_area for meal in elder.meals}
            for schemes in self.sets_at(area)
        )

    def _class_of(self, person: Person, meal: Meal, schemes: Sequence[Scheme]) -> str:
        """The class of a person under the scheme in a set; ``NOBODY`` in none, ``UNKNOWN`` when a fact is missing."""
        scheme = next((one for one in schemes if one.id == self.scheme_id), None)
        if scheme is None:
            return NOBODY
        if scheme.purse is not None:
            answer = credit(person, meal.day.replace(day=1), scheme)
            if isinstance(answer, Credit):
                return answer.class_code or scheme.name
            return UNKNOWN if answer.code.startswith("unknown") else NOBODY
        decision = decide(person, meal, [scheme], {})
        if decision.class_code or decision.groups:
            return decision.class_code or decision.groups[0]
        code = decision.verdicts[0].reason.code
        if code.startswith("unknown"):
            return UNKNOWN
        return NOBODY if code in OUTSIDE or any(one.code for one in scheme.classes) else scheme.name

    def _run(self, elder: ElderMonth, schemes_at: Callable[[str], Sequence[Scheme]], columns: Sequence[int]) -> int:
        """Decide the month's meals in order, and add what others pay to ``columns``; the own parts together."""
        used: dict[tuple[str, str], Use] = {}
        own_fen = 0
        for meal in elder.meals:
            schemes = schemes_at(meal.site_area)
            if not schemes:
                own_fen += meal.price_fen
                continue
            decision = decide(elder.person_on(meal.day), meal, schemes, used)
            if decision.uses:
                used = used_after(used, decision.uses)
            own_fen += decision.own_fen
            for share in decision.shares if decision.own_fen < decision.price_fen else ():
                if share.payer != "own":
                    amounts = self.totals.payers.setdefault(f"{share.scheme}\n{share.payer}", [0, 0])
                    for column in columns:
                        amounts[column] += share.amount_fen
        return own_fen
