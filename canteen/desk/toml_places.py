"""Where every value stands in a TOML text, so that one number can be changed and every comment stays.

The parser of the standard library does not tell places. This reader only follows the shape of a text that the parser
accepted; ``with_values`` then parses the result and compares, so a wrong step here can never change a scheme.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from canteen.base.errors import BadInput

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_BARE_VALUE = re.compile(r"[^,\]}#\r\n]+")
_SPACE = re.compile(r"[ \t]*")
_GAP = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class Place:
    """A value (or the header of a table): its line, counted from 1, and its signs from ``start`` to ``end``."""

    line: int
    start: int
    end: int


@dataclass(slots=True)
class _Reader:
    text: str
    at: int = 0
    places: dict[str, Place] = field(default_factory=dict)
    #: Path of an array of tables -> how many there are so far.
    counts: dict[str, int] = field(default_factory=dict)
    #: Where each line ends.
    ends: list[int] = field(default_factory=list)

    def run(self) -> None:
        prefix = ""
        self.ends = [found.start() for found in re.finditer("\n", self.text)]
        self._skip(_GAP)
        while self.at < len(self.text):
            start = self.at
            if self.text.startswith("[[", self.at):
                prefix = self._header("]]", 2, is_list=True)
                self._note(prefix, start, self.at)
            elif self.text[self.at] == "[":
                prefix = self._header("]", 1, is_list=False)
                self._note(prefix, start, self.at)
            else:
                self._pair(prefix)
            self._skip(_GAP)

    def _header(self, closing: str, width: int, *, is_list: bool) -> str:
        self.at += width
        self._skip(_SPACE)
        names = self._names()
        self._expect(closing)
        path = ""
        for number, name in enumerate(names, start=1):
            path = f"{path}.{name}" if path else name
            if is_list and number == len(names):
                self.counts[path] = self.counts.get(path, 0) + 1
            if path in self.counts:
                path = f"{path}[{self.counts[path]}]"
        return path

    def _names(self) -> list[str]:
        names = [self._name()]
        self._skip(_SPACE)
        while self.text.startswith(".", self.at):
            self.at += 1
            self._skip(_SPACE)
            names.append(self._name())
            self._skip(_SPACE)
        return names

    def _name(self) -> str:
        if self.text[self.at] in "\"'":
            start = self.at
            self._string()
            return self.text[start + 1 : self.at - 1]
        found = _BARE_KEY.match(self.text, self.at)
        if not found:
            raise ValueError(self.at)
        self.at = found.end()
        return found[0]

    def _pair(self, prefix: str) -> None:
        path = ".".join([*([prefix] if prefix else []), *self._names()])
        self._expect("=")
        self._skip(_SPACE)
        self._value(path)

    def _value(self, path: str) -> None:
        start, sign = self.at, self.text[self.at]
        if sign in "\"'":
            self._string()
        elif sign == "[":
            self._items("]", lambda number: self._value(f"{path}[{number}]"))
        elif sign == "{":
            self._items("}", lambda _: self._pair(path))
        else:
            found = _BARE_VALUE.match(self.text, self.at)
            if not found:
                raise ValueError(self.at)
            self.at = start + len(found[0].rstrip())
        self._note(path, start, self.at)

    def _items(self, closing: str, read: Any) -> None:
        self.at += 1
        number = 1
        self._skip(_GAP)
        while not self.text.startswith(closing, self.at):
            read(number)
            number += 1
            self._skip(_GAP)
            if self.text.startswith(",", self.at):
                self.at += 1
                self._skip(_GAP)
        self.at += len(closing)

    def _string(self) -> None:
        quote = self.text[self.at]
        long = quote * 3
        closing = long if self.text.startswith(long, self.at) else quote
        at = self.at + len(closing)
        while not self.text.startswith(closing, at):
            if at >= len(self.text):
                raise ValueError(at)
            at += 2 if quote == '"' and self.text[at] == "\\" else 1
        at += len(closing)
        while closing == long and self.text.startswith(quote, at):
            at += 1  # up to two quotes may stand before the closing three
        self.at = at

    def _skip(self, what: re.Pattern[str]) -> None:
        found = what.match(self.text, self.at)
        assert found is not None
        self.at = found.end()

    def _expect(self, sign: str) -> None:
        self._skip(_SPACE)
        if not self.text.startswith(sign, self.at):
            raise ValueError(self.at)
        self.at += len(sign)

    def _note(self, path: str, start: int, end: int) -> None:
        self.places[path] = Place(bisect_left(self.ends, start) + 1, start, end)


def places_of(text: str) -> dict[str, Place]:
    """The place of every value and table header by its path, as problems name it (``classes[2].when.age.from``).

    What stands before a fault in the text is found, the rest is not.
    """
    reader = _Reader(text)
    with suppress(ValueError, IndexError, RecursionError):
        reader.run()
    return reader.places


def line_of(places: Mapping[str, Place], path: str) -> int | None:
    """The line of a path; of the nearest table around it when it is not there itself."""
    while path:
        if path in places:
            return places[path].line
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
    return None


def with_values(text: str, changes: Mapping[str, str]) -> str:
    """The text with some values (path -> how the new one is written in TOML) in place of the old ones.

    Raises ``BadInput`` when the result would differ from the old text in anything else.
    """
    places = places_of(text)
    new = text
    for path in sorted(changes, key=lambda path: -places[path].start if path in places else 0):
        if path not in places:
            raise _unsafe(path)
        place = places[path]
        new = new[: place.start] + changes[path] + new[place.end :]
    expected = parsed_toml(text)
    for path, written in changes.items():
        _put(expected, path, parsed_toml(f"x = {written}")["x"])
    if parsed_toml(new) != expected:
        raise _unsafe("、".join(changes))
    return new


def parsed_toml(text: str) -> dict[str, Any]:
    """The tables of a text; {} for a text that is no TOML."""
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except (ValueError, ArithmeticError, RecursionError):
        return {}


def leaves_of(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every single value of some tables with its path."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from leaves_of(item, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for place, item in enumerate(value, start=1):
            yield from leaves_of(item, f"{path}[{place}]")
    else:
        yield path, value


def steps(path: str) -> list[str | int]:
    """``classes[2].when`` as ["classes", 2, "when"]; lists are counted from 1."""
    return [int(number) if number else name for name, number in _STEP.findall(path)]


def _put(document: Any, path: str, value: Any) -> None:
    *way, last = [step - 1 if isinstance(step, int) else step for step in steps(path)]
    for step in way:
        document = document[step]
    document[last] = value


def _unsafe(path: str) -> BadInput:
    return BadInput("「%(path)s」不能单独改", path=path, next_step="请直接在原文里修改")
