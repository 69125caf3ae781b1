"""Who is meant: conditions on a person, with any, all and not.

A condition answers in a set of bits: 0 when it holds, otherwise which facts stand against it. A fact that is
not recorded is neither a yes nor a no: its bit is moved to the upper half, and a condition with only upper bits
is undecided. ``not`` keeps undecided as it is, so a gap in the records never makes anybody eligible.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TypeAlias

from canteen.subsidies.facts import ABILITIES, SETTLEMENTS, STATUSES, Person
from canteen.subsidies.reader import Table
from canteen.subsidies.values import value

AGE, HUKOU, RESIDENCE, SETTLEMENT, STATUS, ABILITY = (1 << number for number in range(6))
#: Facts that stand against; the same bits shifted by ``UNKNOWN`` are facts that are not recorded.
AGAINST = 0b111111
UNKNOWN = 6
_BITS = {"hukou": HUKOU, "residence": RESIDENCE, "settlement": SETTLEMENT, "ability": ABILITY}
_CODES = {AGE: "age", **{bit: fact for fact, bit in _BITS.items() if fact != "ability"}}
_UNKNOWN_CODES = {bit << UNKNOWN: f"unknown_{fact}" for fact, bit in _BITS.items()}

OLDEST = 150
DEEPEST = 8


@value
class Known:
    """A person as conditions look at it, made once for one meal."""

    #: Full years on the day of the meal.
    age: int
    #: Area paths with a closing "/", "" when unknown.
    hukou: str
    residence: str
    settlement: str
    ability: str
    statuses: frozenset[str]


def known_of(person: Person, day: date) -> Known:
    """What is known of a person on a day."""
    hukou, residence = person.hukou and f"{person.hukou}/", person.residence and f"{person.residence}/"
    age = full_years(person.birth_day, day)
    return Known(age, hukou, residence, person.settlement, person.ability, person.statuses)


@dataclass(frozen=True, slots=True)
class Places:
    """Inside one of some areas and outside all of some others.

    Paths are compared by their beginning, all with a closing "/", so that 云溪镇 does not hold 云溪镇北. The
    beginning "" is everywhere.
    """

    inside: tuple[str, ...]
    outside: tuple[str, ...]

    def hold(self, path: str) -> bool:
        """Is a path (with a closing "/") within?"""
        return path.startswith(self.inside) and not path.startswith(self.outside)


@dataclass(frozen=True, slots=True)
class Age:
    """Full years, both bounds included."""

    lowest: int
    highest: int

    @property
    def facts(self) -> int:
        return AGE

    def failing(self, known: Known) -> int:
        return 0 if self.lowest <= known.age <= self.highest else AGE


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
    """``settlement`` or ``ability`` is one of some words."""

    fact: str
    facts: int
    words: tuple[str, ...]

    def failing(self, known: Known) -> int:
        word = getattr(known, self.fact)
        if not word:
            return self.facts << UNKNOWN
        return 0 if word in self.words else self.facts


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
        return failing or self.facts


Condition: TypeAlias = Age | InArea | OneOf | AnyStatus | AllStatuses | All | AnyOf | Not


def full_years(birth_day: date, day: date) -> int:
    """Full years (周岁) on a day; the birthday counts.

    Born on 29 February: the birthday of a common year is 1 March.
    Source: docs/schemes.md, "Age"; AMB-31.
    """
    return day.year - birth_day.year - ((day.month, day.day) < (birth_day.month, birth_day.day))


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


def read_condition(table: Table, depth: int = 1) -> Condition:
    """Read a table of conditions; all of its keys must hold. An empty table holds for everybody."""
    parts: list[Condition] = []
    if table.has("age"):
        parts.append(_read_age(table.table("age")))
    for fact in ("hukou", "residence"):
        if table.has(fact):
            parts.append(InArea(fact, _BITS[fact], read_places(table.table(fact))))
    for fact, words in (("settlement", SETTLEMENTS), ("ability", ABILITIES)):
        if table.has(fact):
            parts.append(OneOf(fact, _BITS[fact], table.choices(fact, words)))
    if table.has("any_status"):
        parts.append(AnyStatus(frozenset(table.choices("any_status", STATUSES))))
    if table.has("all_status"):
        parts.append(AllStatuses(frozenset(table.choices("all_status", STATUSES))))
    parts += _read_nested(table, depth)
    table.done_with_source()
    return parts[0] if len(parts) == 1 else All(tuple(parts))


def _read_nested(table: Table, depth: int) -> list[Condition]:
    if depth > DEEPEST:
        table.notes.problems.append(f"{table.where}:any、all、not 嵌套过深,最多 {DEEPEST} 层")
        for key in ("all", "any", "not"):
            table.take(key)
        return []
    parts: list[Condition] = [read_condition(part, depth + 1) for part in table.tables("all")]
    if choices := tuple(read_condition(part, depth + 1) for part in table.tables("any")):
        parts.append(AnyOf(choices))
    if table.has("not"):
        part = read_condition(table.table("not"), depth + 1)
        parts.append(Not(part, part.facts))
    return parts


def read_places(table: Table) -> Places:
    """Read ``{ in = [...], except = [...] }``; at least one of the two."""
    inside, outside = table.areas("in"), table.areas("except")
    if not table.has("in") and not table.has("except"):
        table.notes.lacks(table.path("in"), "地区路径的列表 [...]")
    table.done()
    return Places(tuple(f"{area}/" for area in inside) or ("",), tuple(f"{area}/" for area in outside))


def _read_age(table: Table) -> Age:
    """Read ``from`` (满, 以上) ``over`` (超过) ``to`` (以下) ``under`` (不满), in full years."""
    lowest, highest = 0, OLDEST
    if table.has("from"):
        lowest = table.whole("from", 0, OLDEST)
    if table.has("over"):
        lowest = max(lowest, table.whole("over", 0, OLDEST) + 1)
    if table.has("to"):
        highest = table.whole("to", 0, OLDEST)
    if table.has("under"):
        highest = min(highest, table.whole("under", 0, OLDEST) - 1)
    if lowest > highest and not table.notes.missing:
        table.notes.problems.append(f"{table.where}:没有人同时满足这些年龄界限")
    table.done()
    return Age(lowest, highest)


def _union(parts: tuple[Condition, ...]) -> int:
    facts = 0
    for part in parts:
        facts |= part.facts
    return facts
