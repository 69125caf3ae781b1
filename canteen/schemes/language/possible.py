"""Is there anybody a condition can mean? Worked out by cutting the space of all possible people into groups.

A group holds, for each fact, the set of answers that are still possible, as bits. A condition becomes a list of
groups, "and" cuts groups with each other, "not" turns them round; when no group is left there is nobody. Facts that
are not recorded are left aside: this is about people, not about gaps in the records.
"""

from collections.abc import Sequence
from itertools import product
from typing import TypeAlias

from canteen.schemes.facts import ABILITY_STEPS
from canteen.schemes.language.conditions import (
    LONGEST_MONTHS,
    OLDEST,
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

#: Fact -> bits of the answers that are possible. A fact that is not there may have any answer.
Answers: TypeAlias = dict[str, int]
#: With more groups than this nothing is said: a doubt must be certain.
MOST = 2_000
MOST_CUTS = 40_000
_STEPS = sorted(set().union(*ABILITY_STEPS.values()))
_NO, _YES = 1, 2


class TooManyError(Exception):
    """The conditions are too tangled to be followed to the end."""


class People:
    """All possible people, cut at the areas that some conditions name."""

    def __init__(self, conditions: Sequence[Condition]) -> None:
        areas: dict[str, set[str]] = {"hukou": set(), "residence": set()}
        for part in (each for condition in conditions for each in plain_parts(condition)):
            if isinstance(part, InArea):
                areas[part.fact] |= {*part.places.inside, *part.places.outside} - {""}
        #: The areas named, each standing for whoever is inside it and inside no smaller one; "" for elsewhere.
        self._areas = {fact: sorted(names | {""}) for fact, names in areas.items()}

    def who(self, condition: Condition, *, holds: bool = True) -> list[Answers]:
        """The groups of people for whom a condition holds, or does not. Raises ``TooManyError``."""
        if isinstance(condition, Not):
            return self.who(condition.part, holds=not holds)
        if isinstance(condition, All | AnyOf):
            parts = [self.who(part, holds=holds) for part in condition.parts]
            if isinstance(condition, All) is holds:
                return both(*parts)
            return [group for part in parts for group in part]
        if isinstance(condition, AnyStatus | AllStatuses):
            groups = [{f"status {kind}": _YES if holds else _NO} for kind in sorted(condition.kinds)]
            return both(*[[group] for group in groups]) if isinstance(condition, AllStatuses) is holds else groups
        fact, bits, whole = self._bits(condition)
        bits = bits if holds else whole & ~bits
        return [{fact: bits}] if bits else []

    def _bits(self, condition: Plain) -> tuple[str, int, int]:
        """The fact a plain condition asks for, the answers that hold, and all answers."""
        if isinstance(condition, Age | Months):
            most = OLDEST if isinstance(condition, Age) else LONGEST_MONTHS
            fact = f"age {condition.on}" if isinstance(condition, Age) else "months"
            return fact, span(condition.lowest, condition.highest), span(0, most)
        if isinstance(condition, InArea):
            areas = self._areas[condition.fact]
            return (
                condition.fact,
                _of(areas, [area for area in areas if condition.places.hold(area)]),
                _of(areas, areas),
            )
        if isinstance(condition, AbilityIn):
            return "ability", _of(_STEPS, condition.steps), _of(_STEPS, _STEPS)
        assert isinstance(condition, OneOf)
        words = ONE_OF[condition.fact]
        return condition.fact, _of(words, condition.words), _of(words, words)


def both(*alternatives: list[Answers]) -> list[Answers]:
    """The people who are in one group of each list. Without any list: everybody."""
    found: list[Answers] = [{}]
    for groups in alternatives:
        if len(found) * len(groups) > MOST_CUTS:
            raise TooManyError
        cut = {}
        for one, other in product(found, groups):
            group = _cut(one, other)
            if group is not None:
                cut[frozenset(group.items())] = group
            if len(cut) > MOST:
                raise TooManyError
        found = list(cut.values())
    return found


def span(lowest: int, highest: int) -> int:
    """The bits from a number to another, both included."""
    return (1 << (highest + 1)) - (1 << lowest) if lowest <= highest else 0


def _cut(one: Answers, other: Answers) -> Answers | None:
    group = dict(one)
    for fact, bits in other.items():
        group[fact] = group.get(fact, bits) & bits
        if not group[fact]:
            return None
    return group


def _of(words: Sequence[str], chosen: Sequence[str] | frozenset[str]) -> int:
    return sum(1 << number for number, word in enumerate(words) if word in chosen)
