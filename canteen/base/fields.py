"""Typed fields of a form: text becomes a value, or a sentence that stands beside its field."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from datetime import date
from typing import TypeVar

from canteen.base.errors import BadInput
from canteen.base.web import say

Value = TypeVar("Value")

#: Days a form may name; farther ones are typing errors (and would overflow a calendar page).
YEARS = range(2000, 2101)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Fields:
    """Reads the fields of one form; ``errors`` holds a sentence in the person's language for each bad one."""

    def __init__(self, form: Mapping[str, str]) -> None:
        self._form = form
        self.errors: dict[str, str] = {}

    def take(self, field: str, parse: Callable[[str], Value], instead: Value) -> Value:
        """The value of a field, or ``instead`` when its text cannot be understood."""
        try:
            return parse(self._form.get(field, ""))
        except BadInput as error:
            self.errors[field] = say(error)
            return instead

    def blame(self, error: BadInput) -> None:
        """Keep an error a rule found; it names its field itself."""
        self.errors[error.field] = say(error)


def line(most: int, *, needed: bool = False) -> Callable[[str], str]:
    """One line of text of at most ``most`` characters, without control characters."""

    def parse(text: str) -> str:
        plain = unicodedata.normalize("NFC", _CONTROL.sub(" ", text)).strip()
        if needed and not plain:
            raise BadInput("请填写这一项")
        if len(plain) > most:
            raise BadInput("内容太长,最多 %(most)s 个字", most=most)
        return plain

    return parse


def read_year(args: Mapping[str, str], *, today: date) -> int:
    """A year; this year when none is given. Raises ``BadInput``."""
    text = args.get("year", "").strip()
    if not text:
        return today.year
    if not (text.isascii() and text.isdigit() and len(text) == 4 and int(text) in YEARS):
        raise BadInput("「%(text)s」不是年份,请写成 2026", field="year", text=text[:20])
    return int(text)


def iso_day(text: str) -> date:
    """A day as a date input sends it (``2026-11-21``)."""
    try:
        day = date.fromisoformat(text.strip())
    except ValueError as error:
        raise BadInput("「%(text)s」不是日期,请写成 2026-11-21", text=text.strip()[:20]) from error
    if day.year not in YEARS:
        raise BadInput("日期的年份不对:%(text)s", text=text.strip()[:20])
    return day


def iso_day_or_none(text: str) -> date | None:
    """A day, or None for an empty field."""
    return iso_day(text) if text.strip() else None


def one_of(choices: Collection[str]) -> Callable[[str], str]:
    """One of the stored words a list offers."""

    def parse(text: str) -> str:
        if text not in choices:
            raise BadInput("请从列表中选择")
        return text

    return parse


def row_id(text: str) -> int:
    """The id of a row as a hidden field carries it. Raises ``BadInput``."""
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and 0 < int(text) < 2**31):
        raise BadInput("请求不完整", next_step="请返回上一页重新填写")
    return int(text)
