"""Strict reading of a TOML or JSON table: each key is asked for by name, and what nobody asked for is a problem.

Reading goes on after a problem, so that one look at a file tells everything that is wrong with it. A problem is
one Chinese sentence: where, what was found, what is allowed. Lists are counted from 1 (``classes[1]``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from canteen.base.errors import BadInput
from canteen.base.money import parse_yuan
from canteen.base.words import label_in

#: Written in place of a number that the notice does not state (masked, garbled, left out).
UNKNOWN = "?"
Part = TypeVar("Part")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_AREA = re.compile(r"[^/\s]+(/[^/\s]+)*")


@dataclass(slots=True)
class Notes:
    """What is found on the way: problems, numbers that are not stated, and where numbers come from."""

    problems: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    sources: list[tuple[str, str]] = field(default_factory=list)
    #: Codes of the classes of the file, which tables of numbers may go by.
    codes: tuple[str, ...] = ()

    def wrong(self, path: str, found: object, allowed: str) -> None:
        """Note a value that cannot be used."""
        self.problems.append(f"{path}:写的是{_shown(found)},应为{allowed}")

    def lacks(self, path: str, allowed: str) -> None:
        """Note a key that must be there."""
        self.problems.append(f"{path}:没有写,应为{allowed}")


class Table:
    """One table being read. Every method takes a key, notes what is wrong, and returns something usable."""

    def __init__(self, found: object, where: str, notes: Notes) -> None:
        self.where, self.notes = where, notes
        self._asked: list[str] = []
        self._found: dict[str, Any] = {}
        if isinstance(found, dict):
            self._found = found
        else:
            notes.wrong(where or "文件", found, "一个表(键 = 值)")
            self.notes = Notes()  # The table is wrong as a whole: do not complain about each of its keys.

    def path(self, key: str) -> str:
        """Where a key is, as problems and sources name it."""
        return f"{self.where}.{key}" if self.where else key

    def take(self, key: str) -> Any:
        """The raw value, None when the key is not there."""
        self._asked.append(key)
        return self._found.get(key)

    def keys(self) -> list[str]:
        """The keys that are written, for a table in which they are not known beforehand."""
        return list(self._found)

    def has(self, key: str) -> bool:
        """Is the key there?"""
        return self.take(key) is not None

    def done(self) -> None:
        """Every key of the table must have been asked for by now."""
        allowed = "、".join(dict.fromkeys(self._asked))
        for key in self._found:
            if key not in self._asked:
                self.notes.problems.append(f"{self.where or '文件'}:不认识的键{_shown(key)},这里可以用:{allowed}")

    def done_with_source(self) -> None:
        """As ``done``; the table may also say which notice and clause its numbers come from."""
        if self.has("source"):
            self.notes.sources.append((self.where, self.text("source", longest=200)))
        self.done()

    def text(self, key: str, *, default: str | None = None, longest: int = 60) -> str:
        """A text of one line without control characters. Without a default it must be there."""
        return self._one(
            key,
            lambda found: 0 < len(found.strip()) <= longest and found.isprintable(),
            f"一行文字,最多 {longest} 字",
            default,
        ).strip()

    def match(self, key: str, pattern: str, allowed: str) -> str:
        """A text that must be there and match."""
        return self._one(key, lambda found: bool(re.fullmatch(pattern, found)), allowed)

    def choice(self, key: str, allowed: Collection[str], *, default: str | None = None) -> str:
        """One of a few words."""
        return self._one(key, lambda found: found in allowed, _one_of(allowed), default)

    def area(self, key: str, *, default: str | None = None) -> str:
        """One area path. Without a default it must be there."""
        return self._one(key, lambda found: found == default or is_area(found), AREA_WORDS, default)

    def choices(self, key: str, allowed: Collection[str], *, least: int = 1) -> tuple[str, ...]:
        """A list of words out of a few, () when the key is not there."""
        return self._each(key, lambda word: word in allowed, _one_of(allowed), least)

    def names(self, key: str) -> tuple[str, ...]:
        """A list of any words, () when the key is not there."""
        return self._each(key, lambda _: True, "文字", 0)

    def areas(self, key: str) -> tuple[str, ...]:
        """A list of area paths, () when the key is not there."""
        return self._each(key, is_area, AREA_WORDS, 1)

    def _one(self, key: str, is_right: Callable[[str], bool], allowed: str, default: str | None = None) -> str:
        found = self.take(key)
        if found is None and default is None:
            self.notes.lacks(self.path(key), allowed)
        elif isinstance(found, str) and is_right(found):
            return found
        elif found is not None:
            self.notes.wrong(self.path(key), found, allowed)
        return default or ""

    def _each(self, key: str, is_right: Callable[[str], bool], allowed: str, least: int) -> tuple[str, ...]:
        words: list[str] = []
        for number, word in self._items(key, least=least):
            right = isinstance(word, str) and is_right(word)
            if not right:
                self.notes.wrong(f"{self.path(key)}[{number}]", word, allowed)
            words.append(word if right else "")
        return tuple(words)

    def flag(self, key: str, *, default: bool = False) -> bool:
        """True or false."""
        found = self.take(key)
        if found is None or isinstance(found, bool):
            return default if found is None else found
        self.notes.wrong(self.path(key), found, " true 或 false")
        return default

    def day(self, key: str) -> date | None:
        """A day, None when the key is not there."""
        found = self.take(key)
        if isinstance(found, date) and not isinstance(found, datetime):
            return found
        if isinstance(found, str) and _DAY.fullmatch(found):
            try:
                return date.fromisoformat(found)
            except ValueError:
                pass  # A day that is not in the calendar is said below like any other wrong one.
        if found is not None:
            self.notes.wrong(self.path(key), found, DAY_WORDS)
        return None

    def whole(self, key: str, low: int, high: int) -> int:
        """A whole number within bounds. One that is not stated makes the scheme incomplete."""
        found = self.take(key)
        if self._is_missing(key, found):
            return low
        if isinstance(found, int) and not isinstance(found, bool) and low <= found <= high:
            return found
        self.notes.wrong(self.path(key), found, f" {low} 到 {high} 的整数")
        return low

    def money(self, key: str, *, highest: int = 999_999_999) -> int:
        """Yuan (text or number, at most two decimals) as fen. One that is not stated makes the scheme incomplete."""
        found = self.take(key)
        if self._is_missing(key, found):
            return 0
        fen = _fen(found)
        if fen is None or fen > highest * 100:
            self.notes.wrong(self.path(key), found, f'金额(元),0 到 {highest},最多两位小数,例如 10 或 "10.50"')
            return 0
        return fen

    def percent(self, key: str) -> int:
        """0 to 100 with at most two decimals, in hundredths of a percent (50 -> 5000)."""
        found = self.take(key)
        if self._is_missing(key, found):
            return 0
        if isinstance(found, int | Decimal) and not isinstance(found, bool):
            number = Decimal(found)
            if number.is_finite() and 0 <= number <= 100 and number * 100 == int(number * 100):
                return int(number * 100)
        self.notes.wrong(self.path(key), found, " 0 到 100 的百分数,最多两位小数")
        return 0

    def table(self, key: str) -> Table:
        """A table below this one (an empty one when the key is not there)."""
        found = self.take(key)
        return Table({} if found is None else found, self.path(key), self.notes)

    def tables(self, key: str) -> list[Table]:
        """A list of tables, [] when the key is not there."""
        return [Table(item, f"{self.path(key)}[{number}]", self.notes) for number, item in self._items(key)]

    def part(self, key: str, read: Callable[[Table], Part]) -> Part | None:
        """What is read from a table below this one, with its source; None when the key is not there."""
        return self.table(key).whole_of(read) if self.has(key) else None

    def parts(self, key: str, read: Callable[[Table], Part]) -> tuple[Part, ...]:
        """What is read from each of a list of tables, () when the key is not there."""
        return tuple([table.whole_of(read) for table in self.tables(key)])

    def whole_of(self, read: Callable[[Table], Part]) -> Part:
        """What is read from this table; nothing of it may be left over."""
        found = read(self)
        self.done_with_source()
        return found

    def once(self, key: str, found: str, earlier: Collection[str], why: str) -> None:
        """Note a name that another entry of the list has already."""
        if found and found in earlier:
            self.notes.problems.append(f"{self.path(key)}:「{found}」写了两次{why}")

    def only_one(self, *keys: str, told: str) -> list[str]:
        """The keys of these that are written; more than one is a problem, which calls them what is ``told``."""
        written = [key for key in keys if self.has(key)]
        if len(written) > 1:
            self.notes.problems.append(f"{self.where}:{told}只写一个")
        return written

    def exactly_one(self, key: str, other: str, told: str) -> bool:
        """Whether the first of two keys is written; both and none are a problem, which calls them what is ``told``."""
        if self.has(key) == self.has(other):
            self.notes.problems.append(f"{self.where}:{told}要写一个,只写一个")
        return self.has(key)

    def _items(self, key: str, *, least: int = 1) -> Iterable[tuple[int, Any]]:
        found = self.take(key)
        if found is None:
            return ()
        if isinstance(found, list) and len(found) >= least:
            return enumerate(found, start=1)
        self.notes.wrong(self.path(key), found, "列表 [...]" + (",至少一项" if least else ""))
        return ()

    def _is_missing(self, key: str, found: object) -> bool:
        if found is None or found == UNKNOWN:
            self.notes.missing.append(self.path(key))
            return True
        return False


def neutral(table: Table, key: str, *, longest: int = 40) -> str:
    """A text without a word that says what somebody is: names, versions, class codes, payers."""
    text = table.text(key, longest=longest)
    if label := label_in(text):
        table.notes.problems.append(
            f"{table.path(key)}:「{text}」会印在小票和公示上,不能有「{label}」,请换一个中性的写法"
        )
    return text


DAY_WORDS = "日期,例如 2026-01-01"
AREA_WORDS = '地区路径,从上到下用 / 隔开,例如 "金溪县/云溪镇"'


def is_area(found: object) -> bool:
    """Is this an area path such as 金溪县/云溪镇?"""
    return isinstance(found, str) and found.isprintable() and _AREA.fullmatch(found) is not None


def _fen(found: object) -> int | None:
    """Yuan as text, whole number or decimal in fen; None when it is none of these."""
    if isinstance(found, Decimal) and (not found.is_finite() or abs(found.adjusted()) > 9):
        return None  # Written out, 1e999999 would be a text of a million digits.
    if isinstance(found, bool) or not isinstance(found, str | int | Decimal):
        return None
    if isinstance(found, int) and not 0 <= found < 10**9:
        return None
    try:
        return parse_yuan(found if isinstance(found, str) else f"{found:f}")
    except BadInput:
        return None


def _one_of(words: Collection[str]) -> str:
    return "其中之一:" + "、".join(word or '""' for word in words)


def _shown(found: object) -> str:
    if isinstance(found, bool):
        return " true" if found else " false"
    if isinstance(found, dict):
        return "一个表"
    if isinstance(found, list):
        return "一个列表" if found else "空列表"
    if isinstance(found, int):
        return f" {found}" if abs(found) < 10**12 else "过大的数"
    text = "".join(sign if sign.isprintable() else "□" for sign in str(found)[:40])
    return f"「{text}」"
