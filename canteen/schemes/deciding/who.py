"""Who: what a condition answers about somebody, and in which classes of a scheme they are.

A fact that is not recorded is neither a yes nor a no, so an answer is one of three: the condition holds, it fails, or
that is unknown. ``not`` keeps unknown as it is, so a gap in the records never makes anybody eligible.
Source: docs/schemes.md, "Who: conditions", "What is not known".
"""

from collections.abc import Callable, Sequence
from datetime import date
from operator import attrgetter
from typing import NamedTuple, TypeAlias

from canteen.base.months import full_months, full_years, last_day
from canteen.schemes.facts import ABILITY_STEPS, Person
from canteen.schemes.language.conditions import (
    ON,
    ONE_OF,
    AbilityIn,
    Age,
    All,
    AllStatuses,
    AnyOf,
    AnyStatus,
    Condition,
    InArea,
    Months,
    Not,
    OneOf,
    Plain,
    plain_parts,
)
from canteen.schemes.reasons import Reason

#: Facts that are never told by name, and how ungladly.
_PRIVATE = {"status": 1, "ability": 2}
#: Of several facts that are not recorded the first of these is told.
_FACTS = ("hukou", "residence", "settlement", "months", *(fact for fact in ONE_OF if fact != "settlement"), *_PRIVATE)


class PersonOn(NamedTuple):
    """A person on a day, as conditions look at them."""

    person: Person
    day: date
    #: Full years on the day.
    age: int
    #: Area paths with a closing "/", "" when unknown.
    hukou: str
    residence: str


class Finding(NamedTuple):
    """The answer of a condition: it holds, or it fails by some facts, or that is unknown for want of some. See ``finding``."""

    holds: bool
    #: Facts that stand against it, and facts that are not recorded.
    against: frozenset[str]
    unknown: frozenset[str]
    #: Sort key, nearest to eligible first: holding, unknown, then by how many facts stand against. Of equally many those
    #: come first that may be told: "not yet 70" helps, "not in these groups" does not.
    distance: tuple[int, int, int]

    @property
    def code(self) -> str:
        """The reason code of what does not hold. Status and ability share one neutral code."""
        if not self.against:
            return f"unknown_{min(self.unknown, key=_FACTS.index)}"
        fact, *more = self.against
        return "not_in_groups" if more or fact in _PRIVATE else "age" if fact == "age_day" else fact


def finding(against: frozenset[str] = frozenset(), unknown: frozenset[str] = frozenset()) -> Finding:
    """What some facts come to. Without any the condition holds; with any ``against`` it fails."""
    private = ("status" in against) + 2 * ("ability" in against)  # Told less gladly, the second least.
    distance = (len(against), private, len(against) + len(unknown))
    return Finding(not against and not unknown, against, unknown, distance)


HOLDS = finding()
#: A condition, ready to be asked about anybody.
Question: TypeAlias = Callable[[PersonOn], Finding]
_distance = attrgetter("distance")


def on_day(person: Person, day: date) -> PersonOn:
    """What conditions look at, made once for a decision."""
    hukou, residence = person.hukou and f"{person.hukou}/", person.residence and f"{person.residence}/"
    return PersonOn(person, day, full_years(person.birth_day, day), hukou, residence)


def day_on(on: str, day: date) -> date:
    """The day of ``conditions.ON`` on which age is looked at."""
    if on == "day":
        return day
    if on.startswith("month"):
        return day.replace(day=1) if on == "month" else last_day(day)
    return date(day.year, 1, 1) if on == "year" else date(day.year, 12, 31)


def question(condition: Condition) -> Question:
    """A condition made ready to be asked."""
    if isinstance(condition, All):
        return _all([question(part) for part in condition.parts])
    if isinstance(condition, AnyOf):
        return _any([question(part) for part in condition.parts])
    if isinstance(condition, Not):
        return _not(question(condition.part), frozenset(_fact(part) for part in plain_parts(condition.part)))
    return _plain(condition)


def _all(parts: Sequence[Question]) -> Question:
    """Every part holds; all facts that stand against are told, not only the first."""

    def ask(who: PersonOn) -> Finding:
        failing = [answer for part in parts if not (answer := part(who)).holds]
        if len(failing) < 2:
            return failing[0] if failing else HOLDS
        return finding(
            frozenset().union(*[answer.against for answer in failing]),
            frozenset().union(*[answer.unknown for answer in failing]),
        )

    return ask


def _any(parts: Sequence[Question]) -> Question:
    """At least one part holds; otherwise the part that came nearest is told."""
    return lambda who: min([part(who) for part in parts], key=_distance)


def _not(part: Question, facts: frozenset[str]) -> Question:
    """The part does not hold, and nothing it depends on is unknown. "Not" of what holds for everybody names no fact."""
    fails = finding(facts or frozenset({"status"}))

    def ask(who: PersonOn) -> Finding:
        answer = part(who)
        return HOLDS if answer.against else fails if answer.holds else answer

    return ask


def _fact(condition: Plain) -> str:
    if isinstance(condition, InArea | OneOf):
        return condition.fact
    if isinstance(condition, Age):
        return f"age_{condition.on}"
    return "months" if isinstance(condition, Months) else "ability" if isinstance(condition, AbilityIn) else "status"


def _plain(condition: Plain) -> Question:
    fact = frozenset({_fact(condition)})
    fails, unknown = finding(fact), finding(unknown=fact)
    if isinstance(condition, Age):
        return _age(condition, fails)
    if isinstance(condition, AnyStatus | AllStatuses):
        kinds = condition.kinds
        if isinstance(condition, AllStatuses):
            return lambda who: HOLDS if kinds <= who.person.statuses else fails
        return lambda who: fails if kinds.isdisjoint(who.person.statuses) else HOLDS
    if isinstance(condition, InArea):
        path_of, hold = attrgetter(condition.fact), condition.places.hold
        return lambda who: (HOLDS if hold(path) else fails) if (path := path_of(who)) else unknown
    if isinstance(condition, OneOf):
        word_of, words = attrgetter(condition.fact), condition.words
        return lambda who: (HOLDS if word in words else fails) if (word := word_of(who.person)) else unknown
    if isinstance(condition, AbilityIn):
        told = {word: HOLDS if meant else fails for word, meant in _abilities(condition.steps).items()}
        return lambda who: told.get(who.person.ability, unknown)
    return _months(condition, fails, unknown)


def _age(age: Age, fails: Finding) -> Question:
    lowest, highest, on = age.lowest, age.highest, age.on
    if on == ON[0]:
        return lambda who: HOLDS if lowest <= who.age <= highest else fails
    return lambda who: HOLDS if lowest <= full_years(who.person.birth_day, day_on(on, who.day)) <= highest else fails


def _months(months: Months, fails: Finding, unknown: Finding) -> Question:
    def ask(who: PersonOn) -> Finding:
        since = who.person.resident_since
        if since is None:
            return unknown
        return HOLDS if months.lowest <= full_months(since, who.day) <= months.highest else fails

    return ask


def _abilities(steps: frozenset[str]) -> dict[str, bool]:
    """Whether each word for ability means one of some steps. An assessment in three steps leaves open which of two it
    is: where that matters it is not here."""
    told = {word: meant for word, meant in ABILITY_STEPS.items() if meant <= steps or meant.isdisjoint(steps)}
    return {word: meant <= steps for word, meant in told.items()}


def why_not(finding: Finding, who: PersonOn, *, on_its_day: bool = False) -> Reason:
    """The reason for a condition that does not hold. ``on_its_day``: an age is told with the day it was looked at,
    also where that is the day asked about."""
    code = finding.code
    if code == "months" and who.person.resident_since is not None:
        return Reason(code, {"months": full_months(who.person.resident_since, who.day)})
    if code == "age" and not on_its_day:
        return Reason(code, {"age": who.age})
    if code.startswith("age"):
        day = day_on(code.removeprefix("age").removeprefix("_") or ON[0], who.day)
        return Reason("age_month", {"day": day.isoformat(), "age": full_years(who.person.birth_day, day)})
    return Reason(code, {})
