"""Who is meant: conditions on a person, with any, all and not.

A condition answers in a set of bits: 0 when it holds, otherwise which facts stand against it. A fact that is
not recorded is neither a yes nor a no: its bit is moved to the upper half, and a condition with only upper bits
is undecided. ``not`` keeps undecided as it is, so a gap in the records never makes anybody eligible.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TypeAlias

from canteen.schemes.deciding.known import ON, Known, days_on, full_years, known_of
from canteen.schemes.facts import ABILITY_STEPS
from canteen.schemes.language.areas import Places
from canteen.schemes.reasons import Reason

__all__ = ["Condition", "Known", "distance", "full_years", "known_of", "refusal", "why_not"]

_FACTS = (
    *(f"age_{on}" for on in ON),
    "hukou",
    "residence",
    "settlement",
    "months",
    "permit",
    "sex",
    "status",
    "ability",
)
#: One bit for every fact; age has one for each day it may be looked at.
BITS = {fact: 1 << number for number, fact in enumerate(_FACTS)}
STATUS, ABILITY = BITS["status"], BITS["ability"]
#: Facts that ``known.known_simply`` leaves out.
MORE = BITS["months"] | sum(BITS[f"age_{on}"] for on in ON[1:])
#: Facts that stand against; the same bits shifted by ``UNKNOWN`` are facts that are not recorded.
UNKNOWN = len(_FACTS)
AGAINST = (1 << UNKNOWN) - 1
_CODES = {bit: "age" if fact == "age_day" else fact for fact, bit in BITS.items() if fact not in ("status", "ability")}
_UNKNOWN_CODES = {bit << UNKNOWN: f"unknown_{fact}" for fact, bit in BITS.items()}

OLDEST = 150
LONGEST_MONTHS = 1200


@dataclass(frozen=True, slots=True)
class Age:
    """Full years on one of the days of ``known.ON``, both bounds included."""

    lowest: int
    highest: int
    #: Place in ``known.ON``.
    on: int = 0

    @property
    def facts(self) -> int:
        return 1 << self.on

    def failing(self, known: Known) -> int:
        return 0 if self.lowest <= known.ages[self.on] <= self.highest else 1 << self.on


@dataclass(frozen=True, slots=True)
class Months:
    """Full months at the residence, both bounds included."""

    lowest: int
    highest: int

    @property
    def facts(self) -> int:
        return BITS["months"]

    def failing(self, known: Known) -> int:
        if known.months < 0:
            return self.facts << UNKNOWN
        return 0 if self.lowest <= known.months <= self.highest else self.facts


@dataclass(frozen=True, slots=True)
class InArea:
    """``hukou`` or ``residence`` within places."""

    fact: str
    facts: int
    places: Places

    def failing(self, known: Known) -> int:
        path = getattr(known, self.fact)
        if not path:
            return self.facts << UNKNOWN
        return 0 if self.places.hold(path) else self.facts


@dataclass(frozen=True, slots=True)
class OneOf:
    """``settlement``, ``permit`` or ``sex`` is one of some words."""

    fact: str
    facts: int
    words: tuple[str, ...]

    def failing(self, known: Known) -> int:
        word = getattr(known, self.fact)
        if not word:
            return self.facts << UNKNOWN
        return 0 if word in self.words else self.facts


@dataclass(frozen=True, slots=True)
class AbilityIn:
    """The ability is one of some of the five steps. An assessment in three steps may leave that open."""

    steps: frozenset[str]

    @property
    def facts(self) -> int:
        return ABILITY

    def failing(self, known: Known) -> int:
        meant = ABILITY_STEPS.get(known.ability)
        if meant is None or not (meant <= self.steps or meant.isdisjoint(self.steps)):
            return ABILITY << UNKNOWN
        return 0 if meant <= self.steps else ABILITY


@dataclass(frozen=True, slots=True)
class AnyStatus:
    """At least one of some statuses is in force."""

    kinds: frozenset[str]

    @property
    def facts(self) -> int:
        return STATUS

    def failing(self, known: Known) -> int:
        return STATUS if self.kinds.isdisjoint(known.statuses) else 0


@dataclass(frozen=True, slots=True)
class AllStatuses:
    """Every one of some statuses is in force."""

    kinds: frozenset[str]

    @property
    def facts(self) -> int:
        return STATUS

    def failing(self, known: Known) -> int:
        return 0 if self.kinds <= known.statuses else STATUS


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds; all facts that stand against are told, not only the first."""

    parts: tuple[Condition, ...]

    @property
    def facts(self) -> int:
        return _union(self.parts)

    def failing(self, known: Known) -> int:
        failing = 0
        for part in self.parts:
            failing |= part.failing(known)
        return failing


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part holds; otherwise the part that came nearest is told."""

    parts: tuple[Condition, ...]

    @property
    def facts(self) -> int:
        return _union(self.parts)

    def failing(self, known: Known) -> int:
        return min((part.failing(known) for part in self.parts), key=distance)


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold, and nothing it depends on is unknown."""

    part: Condition
    facts: int

    def failing(self, known: Known) -> int:
        failing = self.part.failing(known)
        if failing & AGAINST:
            return 0
        return failing or self.facts or STATUS  # "not" of what holds for everybody names no fact.


Condition: TypeAlias = Age | Months | InArea | OneOf | AbilityIn | AnyStatus | AllStatuses | All | AnyOf | Not


@cache
def distance(failing: int) -> tuple[int, int, int]:
    """Sort key, nearest to eligible first: holding, undecided, then by how many facts stand against.

    Of equally many those come first that may be told: "not yet 70" helps, "not in these groups" does not.
    """
    against = failing & AGAINST
    return (against.bit_count(), against & (STATUS | ABILITY), failing.bit_count())


@cache
def why_not(failing: int) -> str:
    """The reason code for a condition that does not hold. Status and ability share one neutral code."""
    against = failing & AGAINST
    if not against:
        return _UNKNOWN_CODES[failing & -failing]
    return _CODES.get(against, "not_in_groups")


@cache
def plain_code(failing: int) -> str:
    """The code of a reason that needs no facts beside it; "" when ``refusal`` has to be asked."""
    code = why_not(failing)
    return "" if code == "months" or code.startswith("age") else code


def refusal(failing: int, known: Known, day: date) -> Reason:
    """The reason for a condition that does not hold for a person on a day."""
    code = why_not(failing)
    if code == "age":
        return Reason(code, {"age": known.age})
    if code == "months":
        return Reason(code, {"months": known.months})
    if code.startswith("age_"):
        on = ON.index(code.removeprefix("age_"))
        return Reason("age_month", {"day": days_on(day)[on].isoformat(), "age": known.ages[on]})
    return Reason(code, {})


def _union(parts: tuple[Condition, ...]) -> int:
    facts = 0
    for part in parts:
        facts |= part.facts
    return facts


def parts_of(condition: Condition) -> Iterator[Condition]:
    """A condition and everything in it."""
    yield condition
    inner: Iterable[Condition] = ()
    if isinstance(condition, All | AnyOf):
        inner = condition.parts
    elif isinstance(condition, Not):
        inner = (condition.part,)
    for part in inner:
        yield from parts_of(part)
