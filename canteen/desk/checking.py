"""A text looked at: the scheme it is, or every problem with its line; the numbers that are missing; doubts."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from canteen.desk.reading_back.labels import Say, chinese, label_of
from canteen.desk.toml_text import leaves_of, line_of, lines_of, parsed_toml
from canteen.schemes.language.doubts import warnings_of
from canteen.schemes.language.reader import UNKNOWN
from canteen.schemes.language.scheme import Scheme, SchemeError
from canteen.schemes.queries import parsed

_LINE = re.compile(r"\S (\d+) \S")
_PATH = re.compile(r"([^:]+):")


@dataclass(frozen=True, slots=True)
class TextRemark:
    """One thing to look at. ``line`` is None where it is about the whole text."""

    line: int | None
    words: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What a text says and what is wrong with it."""

    #: None when there are problems.
    scheme: Scheme | None
    document: Mapping[str, Any]
    problems: tuple[TextRemark, ...]
    #: Numbers that are not stated: the scheme cannot be switched on.
    missing: tuple[TextRemark, ...]
    #: Nothing is wrong, but it may not be meant.
    warnings: tuple[TextRemark, ...]

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
    problems: Sequence[str] = ()
    try:
        scheme = parsed(text)
        missing, warnings = list(scheme.missing), warnings_of(scheme)
    except SchemeError as error:
        # The reader of schemes stops at problems; what is marked as not stated can be told all the same.
        missing = [path for path, value in leaves_of(document) if value == UNKNOWN]
        scheme, problems, warnings = None, error.problems, ()
    lines = lines_of(text) if problems or missing or warnings else {}
    return Checked(
        scheme,
        document,
        tuple(_problem(words, lines) for words in problems),
        tuple(_missing(path, document, lines, say) for path in missing),
        tuple(_problem(words, lines) for words in warnings),
    )


def _missing(path: str, document: Mapping[str, Any], lines: Mapping[str, int], say: Say) -> TextRemark:
    """Numbers in an area's terms are told as ``overrides[1]:amount.own_percent``; in the text one leads to the other."""
    where = path.replace(":", ".")
    return TextRemark(line_of(lines, where), f"{label_of(where, document, say)}({path})")


def _problem(words: str, lines: Mapping[str, int]) -> TextRemark:
    """A problem begins with its path, or says its line itself."""
    said = _LINE.match(words)
    if said:
        return TextRemark(int(said[1]), words)
    path = _PATH.match(words)
    return TextRemark(line_of(lines, path[1]) if path else None, words)


def _short(value: object) -> str:
    return value.strip()[:60] if isinstance(value, str) else ""
