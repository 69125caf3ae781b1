"""Who is meant: conditions on a person, with any, all and not (``eligible``, ``when``), and areas.

What a condition answers is in ``deciding/who.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from canteen.base.words import ABILITIES, STATUSES, codes
from canteen.schemes.facts import ABILITY_STEPS
from canteen.schemes.language.reader import Table

#: On which day age is looked at. The first is the day of the meal itself.
ON = ("day", "month", "month_end", "year", "year_end")
#: Facts that are one of a few words.
ONE_OF = {fact: codes(fact) for fact in ("settlement", "permit", "sex")}
#: How many names of a path, from the county down, a level has.
LEVELS = {"county": 1, "township": 2, "village": 3}
#: By which of the elder's areas it is asked whether the site is in the same one.
OWN = ("residence", "hukou")
OLDEST = 150
LONGEST_MONTHS = 1200
DEEPEST = 8


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
class SiteArea(Places):
    """Where the site must be, perhaps in the elder's own township or village."""

    #: A key of ``LEVELS``, "" when the elder's area does not matter; by ``residence`` or ``hukou``.
    same: str = ""
    by: str = "residence"


@dataclass(frozen=True, slots=True)
class Age:
    """Full years on one of the days of ``ON``, both bounds included."""

    lowest: int
    highest: int
    on: str = ON[0]


@dataclass(frozen=True, slots=True)
class Months:
    """Full months at the residence, both bounds included."""

    lowest: int
    highest: int


@dataclass(frozen=True, slots=True)
class InArea:
    """``hukou`` or ``residence`` within places."""

    fact: str
    places: Places


@dataclass(frozen=True, slots=True)
class OneOf:
    """``settlement``, ``permit`` or ``sex`` is one of some words."""

    fact: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AbilityIn:
    """The ability is one of some of the five steps. An assessment in three steps may leave that open."""

    steps: frozenset[str]


@dataclass(frozen=True, slots=True)
class AnyStatus:
    """At least one of some statuses is in force."""

    kinds: frozenset[str]


@dataclass(frozen=True, slots=True)
class AllStatuses:
    """Every one of some statuses is in force."""

    kinds: frozenset[str]


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: Condition


Plain: TypeAlias = Age | Months | InArea | OneOf | AbilityIn | AnyStatus | AllStatuses
Condition: TypeAlias = Plain | All | AnyOf | Not
EVERYBODY = All(())


def plain_parts(condition: Condition) -> Iterator[Plain]:
    """The conditions on one fact each that a condition is made of."""
    if isinstance(condition, All | AnyOf):
        for part in condition.parts:
            yield from plain_parts(part)
    elif isinstance(condition, Not):
        yield from plain_parts(condition.part)
    else:
        yield condition


def read_condition(table: Table, depth: int = 1) -> Condition:
    """Read a table of conditions; all of its keys must hold. An empty table holds for everybody."""
    parts: list[Condition] = []
    if table.has("age"):
        parts.append(_read_age(table.table("age")))
    parts += [InArea(fact, read_places(table.table(fact))) for fact in ("hukou", "residence") if table.has(fact)]
    if table.has("resident_months"):
        parts.append(_read_months(table.table("resident_months")))
    parts += [OneOf(fact, table.choices(fact, words)) for fact, words in ONE_OF.items() if table.has(fact)]
    if table.has("ability"):
        words = table.choices("ability", ABILITIES)
        parts.append(AbilityIn(frozenset().union(*(ABILITY_STEPS.get(word, ()) for word in words))))
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
        parts.append(Not(read_condition(table.table("not"), depth + 1)))
    return parts


def _read_age(table: Table) -> Age:
    """Read ``from`` (满, 以上) ``over`` (超过) ``to`` (以下) ``under`` (不满), in full years, and ``on`` which day."""
    bounds = _read_bounds(table, OLDEST, "没有人同时满足这些年龄界限")
    age = Age(*bounds, table.choice("on", ON, default=ON[0]))
    table.done()
    return age


def _read_months(table: Table) -> Months:
    months = Months(*_read_bounds(table, LONGEST_MONTHS, "没有人同时满足这些月数界限"))
    table.done()
    return months


def _read_bounds(table: Table, most: int, nobody: str) -> tuple[int, int]:
    """``from`` and ``to`` include the number, ``over`` and ``under`` exclude it."""
    lowest, highest = 0, most
    if table.has("from"):
        lowest = table.whole("from", 0, most)
    if table.has("over"):
        lowest = max(lowest, table.whole("over", 0, most) + 1)
    if table.has("to"):
        highest = table.whole("to", 0, most)
    if table.has("under"):
        highest = min(highest, table.whole("under", 0, most) - 1)
    if lowest > highest and not table.notes.missing:
        table.notes.problems.append(f"{table.where}:{nobody}")
    return lowest, highest


def read_places(table: Table) -> Places:
    """Read ``{ in = [...], except = [...] }``; at least one of the two."""
    found = Places(*_read_areas(table, "in", "except"))
    table.done()
    return found


def read_site_area(table: Table) -> SiteArea:
    """Read ``{ in = [...], except = [...], same = "township", by = "residence" }``; at least one of the first three."""
    areas = _read_areas(table, "in", "except", "same")
    same, by = table.choice("same", LEVELS, default=""), table.choice("by", OWN, default="residence")
    if table.has("by") and not same:
        table.notes.problems.append(f"{table.path('by')}:只和 same 一起写")
    return SiteArea(*areas, same, by)


def _read_areas(table: Table, *keys: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """``in`` and ``except``, where at least one of some keys is written."""
    inside, outside = (tuple(f"{area}/" for area in table.areas(key)) for key in ("in", "except"))
    if not any(table.has(key) for key in keys):
        table.notes.lacks(table.path("in"), "地区路径的列表 [...]")
    return inside or ("",), outside
