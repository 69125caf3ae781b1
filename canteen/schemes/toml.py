"""TOML texts of strangers: measured by a quick look first, because a parser's work and memory grow with the nesting.

tomllib needs the square of a dotted key's parts (90,000 of them: 23 GB). So a text is read sign by sign first, which
knows texts, comments and headers and nothing else, and what no scheme needs is refused before a parser sees it.
"""

import re
import tomllib
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

#: Characters of a text; how deep tables, lists and parts of dotted keys lie in each other; values and parts of keys in
#: all. The longest built-in scheme has 4,000 characters, 7 deep, 400 values and parts.
LONGEST_TEXT, DEEPEST, MOST_VALUES = 200_000, 32, 5_000
_TOKEN = re.compile(
    r"""
    (?P<text> \"{3} (?: [^"\\]++ | \\. | "{1,2}(?!") )*+ "{3,5}
            | '{3} (?: [^']++ | '{1,2}(?!') )*+ '{3,5}
            | "(?!"") (?: [^"\\\n]++ | \\. )*+ "
            | '(?!'') [^'\n]*+ ' )
    | \#[^\n]*+ | (?P<bare> [^\s"'#\[\]{}=,.]++ ) | (?P<blank> [^\S\n]++ ) | (?P<sign> [\n\[\]{}=,.] )
    """,
    re.VERBOSE | re.DOTALL,
)


class TooMuchToml(ValueError):
    """A text that is longer or deeper than a scheme can be; the words say where and what to do."""


def read_toml(text: str) -> dict[str, Any]:
    """The tables of a text, fractions as ``Decimal``.

    Raises ``TooMuchToml`` before anything is parsed, and what tomllib raises: ``ValueError``, ``ArithmeticError``,
    ``RecursionError``.
    """
    for _ in headers_of(text):
        pass
    return tomllib.loads(text, parse_float=Decimal)


def headers_of(text: str) -> Iterator[tuple[int, int]]:
    """Where the lines with a table's header begin: place in the text, and line from 1.

    In a text that is no TOML those before the first mistake, at least. Raises ``TooMuchToml``.
    """
    if len(text) > LONGEST_TEXT:
        raise TooMuchToml(f"文件太长,最多 {LONGEST_TEXT} 个字符")
    place, line, line_begins, is_header, is_first = 0, 1, 0, False, True
    header, key, count = 0, 0, 0  # parts of the header above and of the key at hand; values and parts so far
    opened: list[int] = []  # what each open bracket adds to the depth: itself and the key before it
    while found := _TOKEN.match(text, place):
        place, kind, sign = found.end(), found.lastgroup, found[0]
        if kind == "text":
            line += sign.count("\n")
        elif sign == "\n":
            line, line_begins, key = line + 1, place, 0
            is_header, is_first = False, not opened
            continue
        elif sign == "[" and is_first:
            yield line_begins, line
            is_header, header, count = True, 0, count + 1
        elif sign in ("[", "{") and not is_header:
            opened.append(1 + key)
            key = 0
        elif sign in ("]", "}") and opened:
            opened.pop()
        elif sign in ("=", ","):
            key, count = key if sign == "=" else 0, count + 1
        elif sign == ".":
            header, key, count = header + is_header, key + (not is_header), count + 1
        if header + key + sum(opened) > DEEPEST:
            raise TooMuchToml(f"第 {line} 行不是合法的 TOML 方案:套得太深,最多 {DEEPEST} 层,请拆成几张表")
        if count > MOST_VALUES:
            raise TooMuchToml(
                f"第 {line} 行起不是合法的 TOML 方案:内容太多,一个方案最多 {MOST_VALUES} 个数值,请拆成几个方案"
            )
        is_first = is_first and kind == "blank"
