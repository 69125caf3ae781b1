"""Reading conditions: ``eligible`` of a scheme, ``when`` of a class or a layer."""

from __future__ import annotations

from canteen.base.words import ABILITIES, PERMITS, SETTLEMENTS, SEXES, STATUSES
from canteen.schemes.deciding.known import ON
from canteen.schemes.facts import ABILITY_STEPS
from canteen.schemes.language.areas import read_places
from canteen.schemes.language.conditions import (
    BITS,
    LONGEST_MONTHS,
    OLDEST,
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
)
from canteen.schemes.language.reader import Table

DEEPEST = 8


def read_condition(table: Table, depth: int = 1) -> Condition:
    """Read a table of conditions; all of its keys must hold. An empty table holds for everybody."""
    parts: list[Condition] = []
    if table.has("age"):
        parts.append(_read_age(table.table("age")))
    for fact in ("hukou", "residence"):
        if table.has(fact):
            parts.append(InArea(fact, BITS[fact], read_places(table.table(fact))))
    if table.has("resident_months"):
        parts.append(_read_months(table.table("resident_months")))
    for fact, words in (("settlement", SETTLEMENTS), ("permit", PERMITS), ("sex", SEXES)):
        if table.has(fact):
            parts.append(OneOf(fact, BITS[fact], table.choices(fact, words)))
    if table.has("ability"):
        words_meant = table.choices("ability", ABILITIES)
        parts.append(AbilityIn(frozenset().union(*(ABILITY_STEPS.get(word, ()) for word in words_meant))))
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


def _read_age(table: Table) -> Age:
    """Read ``from`` (满, 以上) ``over`` (超过) ``to`` (以下) ``under`` (不满), in full years, and ``on`` which day."""
    lowest, highest = _read_bounds(table, OLDEST, "没有人同时满足这些年龄界限")
    age = Age(lowest, highest, ON.index(table.choice("on", ON, default="day") or "day"))
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
