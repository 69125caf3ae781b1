"""A scheme's text as TOML: on which line every value stands, and one value changed while every comment stays.

tomlkit keeps comments and spaces, but it moves a table that stands apart from its list (``[[classes]]`` at the end of
the text, where the desk puts new blocks). So it is given the text piece by piece, each with one header at most.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, TypeAlias

import tomlkit
from tomlkit.container import OutOfOrderTableProxy
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, Array, InlineTable, String, Table

from canteen.base.errors import BadInput
from canteen.schemes.toml import headers_of, read_toml

_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")
#: Stands in the place of a value while lines are counted; a sign for private use, which no notice holds.
_MARK, _MARKED = "\ue000{}\ue001", re.compile("\ue000(\\d+)\ue001")
#: What stands before the first item of a list.
_OPENING = re.compile(r"\[(?:\s|#[^\n]*)*")
#: What holds values: a table or a list of tomlkit.
_Owner: TypeAlias = Any


@dataclass(slots=True)
class _Piece:
    """A table header with what stands under it, or what stands before the first one."""

    #: Line of its beginning.
    line: int
    document: tomlkit.TOMLDocument
    #: Paths of tables with a header of their own.
    tables: list[str] = field(default_factory=list)
    #: Single values: path, what holds the value, and its key or place there.
    values: list[tuple[str, _Owner, Any]] = field(default_factory=list)
    #: Lists and inline tables: path, number of the first value inside, and lines from the opening to it.
    groups: list[tuple[str, int, int]] = field(default_factory=list)

    def read(self, owner: _Owner, path: str, counts: dict[str, int]) -> None:
        """Note what is in a table or list. ``counts``: path of a list of tables -> how many there are so far."""
        is_list = isinstance(owner, Array)
        items: list[tuple[Any, Any]] = list(enumerate(owner) if is_list else owner.items())
        for key, item in items:
            here: str = f"{path}[{key + 1}]" if is_list else f"{path}.{key}" if path else key
            if isinstance(item, AoT | Table | OutOfOrderTableProxy):
                counts[here] = counts.get(here, 0) + isinstance(item, AoT)
                here = f"{here}[{counts[here]}]" if counts[here] else here
                table = item[0] if isinstance(item, AoT) else item
                if isinstance(table, Table) and not table.is_super_table():
                    self.tables.append(here)
                self.read(table, here, counts)
            elif isinstance(item, Array | InlineTable) and item:
                opening = _OPENING.match(item.as_string())
                self.groups.append((here, len(self.values), opening[0].count("\n") if opening else 0))
                self.read(item, here, counts)
            else:
                self.values.append((here, owner, key))


def _pieces(text: str) -> list[_Piece]:
    """The text cut before its headers; [] for a text that is no TOML."""
    if not parsed_toml(text):
        return []
    pieces, counts = list[_Piece](), dict[str, int]()
    begins = [(0, 1), *((place, line) for place, line in headers_of(text) if place)]
    for (place, line), (end, _) in pairwise([*begins, (len(text), 0)]):
        try:
            piece = _Piece(line, tomlkit.parse(text[place:end]))
        except TOMLKitError:
            break  # tomlkit is stricter here and there: what follows has no place of its own
        piece.read(piece.document, "", counts)
        pieces.append(piece)
    return pieces


def lines_of(text: str) -> dict[str, int]:
    """The line, from 1, of every value, list and table, by its path as problems name it
    (``classes[2].when.age.from``); values in the order of the text. Empty for a text that is no TOML."""
    lines: dict[str, int] = {}
    for piece in _pieces(text):
        lines |= dict.fromkeys(piece.tables, piece.line)
        for number, (_, owner, key) in enumerate(piece.values):
            old = owner[key]
            breaks = old.as_string().count("\n") if isinstance(old, String) else 0
            owner[key] = tomlkit.string(_MARK.format(number) + "\n" * breaks, multiline=breaks > 0)
        for number, written in enumerate(tomlkit.dumps(piece.document).split("\n"), start=piece.line):
            lines |= {piece.values[int(found)][0]: number for found in _MARKED.findall(written)}
        lines |= {path: lines[piece.values[first][0]] - breaks for path, first, breaks in piece.groups}
    return lines


def line_of(lines: Mapping[str, int], path: str) -> int | None:
    """The line of a path; of the nearest table around it when it is not there itself."""
    while path and path not in lines:
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
    return lines.get(path)


def with_values(text: str, changes: Mapping[str, str]) -> str:
    """The text with some values (path -> how the new one is written in TOML) in place of the old ones.

    Raises ``BadInput`` when the result would differ from the old text in anything else.
    """
    pieces = _pieces(text)
    places = {path: (owner, key) for piece in pieces for path, owner, key in piece.values}
    for path, written in changes.items():
        if path not in places:
            raise cannot_change(path)
        owner, key = places[path]
        owner[key] = tomlkit.value(written)
    new = "".join(tomlkit.dumps(piece.document) for piece in pieces)
    changed = {path: parsed_toml(f"x = {written}")["x"] for path, written in changes.items()}
    if dict(leaves_of(parsed_toml(new))) != dict(leaves_of(parsed_toml(text))) | changed:
        raise cannot_change("、".join(changes))
    return new


def parsed_toml(text: str) -> dict[str, Any]:
    """The tables of a text; {} for a text that is no TOML."""
    try:
        return read_toml(text)
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


def cannot_change(path: str) -> BadInput:
    """What is said of a value that has no field of its own."""
    return BadInput("「%(path)s」不能单独改", path=path, next_step="请直接在原文里修改")
