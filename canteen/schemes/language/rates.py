"""Numbers that may differ: one for all, or a table by slot, settlement, way, ability, area, age, price or class.

A table may hold tables again: ``{ urban = 4, rural = { lunch = 3, dinner = 2 } }``. How one is looked up is in
``deciding/numbers.py``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import TypeAlias

from canteen.base.words import ABILITIES, SETTLEMENTS, SLOTS, WAYS
from canteen.schemes.facts import ABILITY_STEPS
from canteen.schemes.language.reader import Table, is_area

#: More than a meal, a month or a year of meals can cost: a slip of the pen.
HIGHEST_YUAN = 100_000
_WORDS: dict[str, tuple[str, ...]] = {"slot": SLOTS, "settlement": SETTLEMENTS, "way": WAYS, "ability": ABILITIES}
_AREAS = ("hukou", "residence", "site")
_BANDS = ("age", "price")
#: What a table of numbers may go by, besides the words of ``_WORDS`` that are written without a name.
NAMED = (*_AREAS, *_BANDS, "class")
#: What does not depend on the meal, for numbers that count over many of them.
LASTING = ("settlement", "ability", "hukou", "residence", "age", "class")
ALL = (*_WORDS, *NAMED)
#: In a table by area: everywhere else.
ELSEWHERE = "*"

Number: TypeAlias = "int | Rate"
Read: TypeAlias = Callable[[Table, str], int]
#: Money of meals.
read_money: Read = partial(Table.money, highest=HIGHEST_YUAN)


@dataclass(frozen=True, slots=True)
class Rate:
    """A number in fen, hundredths of a percent or times: one for all, or a table."""

    #: One of ``ALL``; "" when it is one for all.
    by: str
    #: The number (or a further table) by word, by area with a closing "/" (most specific first), by the lower bound
    #: of a band, by class code; under "" when it is one for all.
    fen: Mapping[str, Number]
    #: Lower bounds of age (years) or price (fen), in order, each the key of ``fen`` as text.
    bounds: tuple[int, ...] = ()

    @property
    def plain(self) -> int | None:
        """The number when it is one for all."""
        number = self.fen[""] if not self.by else None
        return number if isinstance(number, int) else None


@dataclass(frozen=True, slots=True)
class BySettlement:
    """Fen by settlement; under "" when it is one for all."""

    fen: Mapping[str, int]

    def of(self, settlement: str) -> int | None:
        """Fen; None when the settlement matters and is unknown."""
        return self.fen[""] if "" in self.fen else self.fen.get(settlement)


def read_by_settlement(table: Table, key: str) -> BySettlement:
    """Read yuan: one number, or a table that names both settlements."""
    if not isinstance(table.take(key), dict):
        return BySettlement({"": table.money(key)})
    rates = table.table(key)
    found = BySettlement({settlement: rates.money(settlement) for settlement in SETTLEMENTS})
    rates.done()
    return found


def read_rate(table: Table, key: str, allowed: tuple[str, ...] = ALL) -> Rate:
    """Read yuan: a number or a table by what is ``allowed``."""
    return read_numbers(table, key, read_money, allowed)


def read_percents(table: Table, key: str, allowed: tuple[str, ...] = LASTING) -> Rate:
    """Read percentages, as hundredths of a percent."""
    return read_numbers(table, key, Table.percent, allowed)


def read_numbers(table: Table, key: str, read: Read, allowed: tuple[str, ...]) -> Rate:
    """Read a number or a table of numbers. A settlement must be told for both; what else is not named gets nothing."""
    found = table.take(key)
    if not isinstance(found, dict):
        return Rate("", {"": read(table, key)})
    rates = table.table(key)
    written = [name for name in allowed if name in found or found.keys() & set(_WORDS.get(name, ()))]
    if len(written) > 1:
        table.notes.problems.append(
            f"{rates.where}:一个表只按一项分,这里写了 {'、'.join(written)};要再分,就在里面再写一个表"
        )
    by = written[0] if written else "settlement"
    if by in NAMED:
        rate = _read_named(rates, by, read, allowed)
    else:
        present = [word for word in _WORDS[by] if rates.has(word) or by == "settlement"]
        rate = Rate(by, {word: _entry(rates, word, read, allowed) for word in present})
        if by == "ability":
            rate = Rate(by, _every_step(rate.fen))
    if not written:
        for name in allowed:  # Nothing is known: tell everything that would be.
            for word in _WORDS.get(name, (name,)):
                rates.take(word)
    rates.done()
    return rate


def _read_named(rates: Table, by: str, read: Read, allowed: tuple[str, ...]) -> Rate:
    """Read ``{ hukou = { … } }``, ``{ age = { … } }`` or ``{ class = { … } }``."""
    inner = rates.table(by)
    keys = inner.keys()
    if not keys and rates.take(by) == {}:
        rates.notes.problems.append(f"{rates.path(by)}:至少写一项")
    deeper = tuple(name for name in allowed if name != by)
    fen = {key: _entry(inner, key, read, deeper) for key in keys}
    if by == "class":
        for key in keys:
            if key not in rates.notes.codes:
                rates.notes.wrong(inner.path(key), key, "类别代号,可以用:" + "、".join(rates.notes.codes))
        return Rate(by, fen)
    if by in _BANDS:
        bounds = {key: _bound(inner, key, by) for key in keys}
        ordered = sorted(keys, key=bounds.__getitem__)
        if len(set(bounds.values())) < len(bounds):
            rates.notes.problems.append(f"{rates.path(by)}:同一个下限写了两次")
        return Rate(by, {str(bounds[key]): fen[key] for key in ordered}, tuple(bounds[key] for key in ordered))
    for key in keys:
        if key != ELSEWHERE and not is_area(key):
            rates.notes.wrong(inner.path(key), key, '地区路径,或表示其他地区的 "*"')
    deepest = sorted(keys, key=lambda key: -1 if key == ELSEWHERE else key.count("/"), reverse=True)
    return Rate(by, {"" if key == ELSEWHERE else f"{key}/": fen[key] for key in deepest})


def _entry(rates: Table, key: str, read: Read, allowed: tuple[str, ...]) -> Number:
    """A number, or a table by something else."""
    rate = read_numbers(rates, key, read, allowed)
    return rate.fen[""] if not rate.by else rate


def _bound(inner: Table, key: str, by: str) -> int:
    """The lower bound of a band: years, or yuan as fen. From this one on (以上, 满)."""
    try:
        number = Decimal(key)
    except ArithmeticError:
        number = Decimal(-1)
    scale, highest = (1, 150) if by == "age" else (100, HIGHEST_YUAN)
    if not 0 <= number <= highest or number * scale != int(number * scale):
        what = "年龄(整岁)" if by == "age" else "金额(元)"
        inner.notes.wrong(inner.path(key), key, f"{what},0 到 {highest},从这个数起(含)")
        return 0
    return int(number * scale)


def _every_step(fen: Mapping[str, Number]) -> Mapping[str, Number]:
    """The table by every word for ability: a word that may mean two steps counts where both get the same."""
    steps = {step: number for word, number in fen.items() for step in ABILITY_STEPS[word]}
    steps |= {word: number for word, number in fen.items() if len(ABILITY_STEPS[word]) == 1}
    found: dict[str, Number] = {}
    for word in ABILITIES:
        meant = [steps.get(step) for step in sorted(ABILITY_STEPS[word])]
        if meant[0] is not None and meant.count(meant[0]) == len(meant):
            found[word] = meant[0]
    return found
