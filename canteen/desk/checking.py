"""A text looked at: the scheme it is, or every problem with its line; the numbers that are missing; doubts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from canteen.desk.reading_back.labels import Say, chinese, label_of
from canteen.desk.toml_places import Place, leaves_of, line_of, parsed_toml, places_of
from canteen.schemes.language.doubts import warnings_of
from canteen.schemes.language.reader import UNKNOWN
from canteen.schemes.language.scheme import Scheme, SchemeError
from canteen.schemes.queries import parsed

_LINE = re.compile(r"\S (\d+) \S")
_PATH = re.compile(r"([^:]+):")


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing to look at. ``line`` is None where it is about the whole text."""

    line: int | None
    words: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What a text says and what is wrong with it."""

    #: None when there are problems.
    scheme: Scheme | None
    document: Mapping[str, Any]
    problems: tuple[Remark, ...]
    #: Numbers that are not stated: the scheme cannot be switched on.
    missing: tuple[Remark, ...]
    #: Nothing is wrong, but it may not be meant.
    warnings: tuple[Remark, ...]

    @property
    def state(self) -> str:
        """``wrong``, ``incomplete`` or ``ready``."""
        if self.scheme is None:
            return "wrong"
        return "incomplete" if self.missing else "ready"

    @property
    def name(self) -> str:
        """The name as far as it can be read; "" in a text that is no TOML."""
        return _short(self.document.get("name"))

    @property
    def version(self) -> str:
        """The version as far as it can be read."""
        return _short(self.document.get("version"))


def check(text: str, say: Say = chinese) -> Checked:
    """Look at a text. Never raises."""
    document = parsed_toml(text)
    places = places_of(text)
    try:
        scheme = parsed(text)
    except SchemeError as error:
        problems = tuple(_problem(words, places) for words in error.problems)
        # The reader of schemes stops at problems; what is marked as not stated can be told all the same.
        marked = (path for path, value in leaves_of(document) if value == UNKNOWN)
        return Checked(None, document, problems, _missing(marked, document, places, say), ())
    warnings = tuple(_problem(words, places) for words in _warnings(text))
    return Checked(scheme, document, (), _missing(scheme.missing, document, places, say), warnings)


@lru_cache(maxsize=64)
def _warnings(text: str) -> tuple[str, ...]:
    """Looking for classes nobody reaches takes a while; the same text is looked at on every page of a draft."""
    return warnings_of(parsed(text))


def _missing(
    paths: Iterable[str], document: Mapping[str, Any], places: Mapping[str, Place], say: Say
) -> tuple[Remark, ...]:
    """Numbers in an area's terms are told as ``overrides[1]:amount.own_percent``; in the text one leads to the other."""
    found = ((path, path.replace(":", ".")) for path in paths)
    return tuple(Remark(line_of(places, where), f"{label_of(where, document, say)}({path})") for path, where in found)


def _problem(words: str, places: Mapping[str, Place]) -> Remark:
    """A problem begins with its path, or says its line itself."""
    said = _LINE.match(words)
    if said:
        return Remark(int(said[1]), words)
    path = _PATH.match(words)
    return Remark(line_of(places, path[1]) if path else None, words)


def _short(value: object) -> str:
    return value.strip()[:60] if isinstance(value, str) else ""
