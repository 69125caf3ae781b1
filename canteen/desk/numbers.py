"""The numbers and days of a scheme as fields of a form: change one without touching the text around it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from canteen.base.errors import BadInput
from canteen.base.fields import iso_day
from canteen.base.money import parse_yuan
from canteen.desk.reading_back.labels import Say, chinese, label_of
from canteen.desk.toml_places import leaves_of, parsed_toml, places_of, with_values
from canteen.schemes.language.reader import UNKNOWN

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
    places = places_of(text)
    found = [
        Number(path, label_of(path, document, say), "" if value == UNKNOWN else str(value), kind, places[path].line)
        for path, value in leaves_of(document)
        if path in places and (kind := _kind(path, value))
    ]
    return sorted(found, key=lambda one: places[one.path].start)[:MOST]


def change_numbers(text: str, typed: Mapping[str, str]) -> str:
    """The text with what was typed (path -> text) in place of the old values. Comments and order stay.

    Raises ``BadInput`` naming the field for what cannot be understood.
    """
    known = {one.path: one for one in numbers_of(text)}
    document = dict(leaves_of(parsed_toml(text)))
    changes = {}
    for path, entry in typed.items():
        one = known.get(path)
        if one is None:
            raise BadInput("「%(path)s」不能单独改", path=path, next_step="请直接在原文里修改")
        if entry.strip() != one.shown:
            changes[path] = _written(one, entry.strip(), document[path])
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
        return iso_day_of(entry, one.path)
    if one.kind == "money":
        fen = money_of(entry, one.path)
        return f"{fen // 100}" if fen % 100 == 0 else f"{fen // 100}.{fen % 100:02d}"
    if not _NUMBER.fullmatch(entry) or (isinstance(old, int) and "." in entry and "percent" not in one.path):
        raise BadInput("「%(text)s」不是可以用的数字", text=entry[:20], field=one.path)
    return entry.lstrip("0") or "0" if "." not in entry else entry


def iso_day_of(entry: str, path: str) -> str:
    """A day as TOML writes it. Raises ``BadInput`` naming the field."""
    try:
        return iso_day(entry).isoformat()
    except BadInput as error:
        raise BadInput(error.text, field=path, **error.fields) from error


def money_of(entry: str, path: str) -> int:
    """An amount in fen. Raises ``BadInput`` naming the field."""
    try:
        return parse_yuan(entry)
    except BadInput as error:
        raise BadInput(error.text, field=path, **error.fields) from error


def _kind(path: str, value: Any) -> str:
    key = re.sub(r"\[\d+\]$", "", path).rpartition(".")[2]
    if path in _TEXTS:
        return "text"
    if isinstance(value, date) and not isinstance(value, datetime):
        return "day"
    is_money = "yuan" in path or path.startswith("spend.")
    if isinstance(value, str):
        is_amount = is_money and re.fullmatch(r"[\d.,]+", value)
        return "money" if is_amount or (value == UNKNOWN and is_money) else ("number" if value == UNKNOWN else "")
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or key in ("id",):
        return ""
    return "money" if is_money else "number"
