"""The numbers and days of a scheme as fields of a form: change one without touching the text around it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import Any, TypeVar

from canteen.base.errors import BadInput
from canteen.base.fields import iso_day
from canteen.base.money import parse_yuan
from canteen.desk.reading_back.labels import Say, chinese, label_of
from canteen.desk.toml_text import cannot_change, leaves_of, lines_of, parsed_toml, with_values
from canteen.schemes.language.reader import UNKNOWN

Typed = TypeVar("Typed")
#: More fields than this no form shows.
MOST = 200
_NUMBER = re.compile(r"\d{1,9}(\.\d{1,2})?", re.ASCII)
#: Texts that change with every version.
_TEXTS = ("version", "name")


@dataclass(frozen=True, slots=True)
class Number:
    """One value that can be changed by itself."""

    path: str
    label: str
    #: As it is typed into the field; "" for one that is not stated.
    shown: str
    #: ``number``, ``money``, ``day`` or ``text``.
    kind: str
    line: int


def numbers_of(text: str, say: Say = chinese) -> list[Number]:
    """Every number, day and name in the order of the text, at most ``MOST``."""
    document = parsed_toml(text)
    leaves = dict(leaves_of(document))
    found = (
        Number(path, label_of(path, document, say), "" if leaves[path] == UNKNOWN else str(leaves[path]), kind, line)
        for path, line in lines_of(text).items()
        if path in leaves and (kind := _kind(path, leaves[path]))
    )
    return list(islice(found, MOST))


def change_numbers(text: str, typed: Mapping[str, str]) -> str:
    """The text with what was typed (path -> text) in place of the old values. Comments and order stay.

    Raises ``BadInput`` naming the field for what cannot be understood.
    """
    numbers = {one.path: one for one in numbers_of(text)}
    leaves = dict(leaves_of(parsed_toml(text)))
    changes = {}
    for path, entry in typed.items():
        if path not in numbers:
            raise cannot_change(path)
        if entry.strip() != numbers[path].shown:
            changes[path] = _written(numbers[path], entry.strip(), leaves[path])
    return with_values(text, changes) if changes else text


def _written(one: Number, entry: str, old: Any) -> str:
    """The new value in TOML."""
    if one.kind == "text":
        if not entry or not entry.isprintable() or '"' in entry or "\\" in entry:
            raise BadInput("请填写一行文字,不要用引号", field=one.path)
        return f'"{entry}"'
    if not entry or entry == UNKNOWN:
        return f'"{UNKNOWN}"'
    if one.kind == "day":
        return _read(iso_day, entry, one.path).isoformat()
    if one.kind == "money":
        fen = _read(parse_yuan, entry, one.path)
        return f"{fen // 100}" if fen % 100 == 0 else f"{fen // 100}.{fen % 100:02d}"
    if not _NUMBER.fullmatch(entry) or (isinstance(old, int) and "." in entry and "percent" not in one.path):
        raise BadInput("「%(text)s」不是可以用的数字", text=entry[:20], field=one.path)
    return entry.lstrip("0") or "0" if "." not in entry else entry


def _read(parse: Callable[[str], Typed], entry: str, path: str) -> Typed:
    """A typed value. Raises ``BadInput`` naming the field."""
    try:
        return parse(entry)
    except BadInput as error:
        raise BadInput(error.text, field=path, **error.fields) from error


def _kind(path: str, value: Any) -> str:
    if path in _TEXTS:
        return "text"
    if isinstance(value, date) and not isinstance(value, datetime):
        return "day"
    is_money = "yuan" in path or path.startswith("spend.")
    is_number = isinstance(value, int | Decimal) and not isinstance(value, bool)
    if isinstance(value, str):
        is_number = value == UNKNOWN or (is_money and re.fullmatch(r"[\d.,]+", value) is not None)
    return ("money" if is_money else "number") if is_number else ""
