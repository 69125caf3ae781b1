"""Forms as declarations: the text of each field becomes a value, or an error that stands beside its field."""

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeVar

from canteen.base.errors import BadFields, BadInput
from canteen.base.money import parse_yuan

Value = TypeVar("Value")
Record = TypeVar("Record")
Parse = Callable[[str], Value]
#: What a form reads that makes no record of its own: arguments by name.
Facts = dict[str, Any]

#: Days a form may name; farther ones are typing errors (and would overflow a calendar page).
YEARS = range(2000, 2101)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_MONTH = re.compile(r"(\d{4})-(\d{1,2})", re.ASCII)


class Fields:
    """Reads the fields of one form; ``errors`` holds what is wrong, by field."""

    def __init__(self, form: Mapping[str, str]) -> None:
        self._form = form
        self.errors: dict[str, BadInput] = {}

    def take(self, field: str, parse: Parse[Value], instead: Value) -> Value:
        """The value of a field, or ``instead`` when its text cannot be understood."""
        try:
            return parse(self._form.get(field, ""))
        except BadInput as error:
            self.errors[field] = error
            return instead

    def check(self, rule: Callable[..., object], *values: Any) -> None:
        """Ask a rule, whose error names its field itself."""
        try:
            rule(*values)
        except BadInput as error:
            self.errors[error.field] = error

    def stop(self) -> None:
        """Raise ``BadFields`` when anything was wrong so far."""
        if self.errors:
            raise BadFields(self.errors)


@dataclass(frozen=True, slots=True)
class Field(Generic[Value]):
    """How one value is read. ``name``: of the form's field, where it is not the record's. ``hidden``: put there by our
    own page, so that a wrong one is nobody's typing error and raises at once."""

    parse: Parse[Value]
    name: str = ""
    hidden: bool = False


class Form(Generic[Record]):
    """A form as a declaration: the record it makes, and how each of its fields is read.

    ``Form(NewBan, decided_on=iso_day, until=iso_day_or_none, reason=Field(line(200, needed=True), "why"))``
    """

    def __init__(
        self,
        make: Callable[..., Record],
        check: Callable[[Record], object] | None = None,
        /,
        **fields: Parse[Any] | Field[Any],
    ) -> None:
        """``check`` is asked when every field is right; its ``BadInput`` names the field that does not fit the others."""
        self._make, self._check = make, check
        self._fields = {name: one if isinstance(one, Field) else Field(one) for name, one in fields.items()}

    def read(self, form: Mapping[str, str], **given: Any) -> Record:
        """The record, made with what is ``given`` besides. Raises ``BadFields``, and ``BadInput`` of a hidden field."""
        fields, values = Fields(form), {}
        for name, one in self._fields.items():
            field = one.name or name
            values[name] = one.parse(form.get(field, "")) if one.hidden else fields.take(field, one.parse, None)
        fields.stop()
        record = self._make(**values, **given)
        if self._check:
            fields.check(self._check, record)
        fields.stop()
        return record


def hidden(parse: Parse[Value], name: str = "") -> Field[Value]:
    """A field our own page put there."""
    return Field(parse, name, hidden=True)


def as_sent(text: str) -> str:
    """The text itself; the service knows what may be in it."""
    return text


def line(most: int, *, needed: bool = False) -> Parse[str]:
    """One line of text of at most ``most`` characters, without control characters."""

    def parse(text: str) -> str:
        plain = unicodedata.normalize("NFC", _CONTROL.sub(" ", text)).strip()
        if needed and not plain:
            raise BadInput("请填写这一项")
        if len(plain) > most:
            raise BadInput("内容太长,最多 %(most)s 个字", most=most)
        return plain

    return parse


def search_text(text: str) -> str:
    """What was typed or scanned to find somebody, short enough to be a name or a card."""
    return text.strip()[:60]


def or_none(parse: Parse[Value]) -> Parse[Value | None]:
    """The same, with None for an empty field."""
    return lambda text: parse(text) if text.strip() else None


def whole(first: int, last: int, wrong: str = "请求不完整", *, next_step: str = "") -> Parse[int]:
    """A whole number from ``first`` to ``last``; of another ``text`` is said what is ``wrong``."""

    def parse(text: str) -> int:
        plain = text.strip()
        if not (plain.isascii() and plain.isdigit() and len(plain) < 16 and first <= int(plain) <= last):
            raise BadInput(wrong, next_step=next_step, text=plain[:20], most=last)
        return int(plain)

    return parse


def amount(most_fen: int, wrong: str = "金额要大于 0,不超过 %(most)s 元") -> Parse[int]:
    """An amount of yuan as fen, above zero and not absurd."""

    def parse(text: str) -> int:
        fen = parse_yuan(text)
        if not 0 < fen <= most_fen:
            raise BadInput(wrong, most=most_fen // 100)
        return fen

    return parse


def iso_day(text: str) -> date:
    """A day as a date input sends it (``2026-11-21``)."""
    try:
        day = date.fromisoformat(text.strip())
    except ValueError as error:
        raise BadInput("「%(text)s」不是日期,请写成 2026-11-21", text=text.strip()[:20]) from error
    if day.year not in YEARS:
        raise BadInput("日期的年份不对:%(text)s", text=text.strip()[:20])
    return day


iso_day_or_none = or_none(iso_day)


def read_day(args: Mapping[str, str], *, today: date) -> date:
    """The ``day`` of an address; today when none is given. Raises ``BadInput``."""
    return iso_day_or_none(args.get("day", "")) or today


def month(text: str) -> date:
    """The first day of a month as a month input sends it (``2026-11``)."""
    found = _MONTH.fullmatch(text.strip())
    if not found or int(found[1]) not in YEARS or not 1 <= int(found[2]) <= 12:
        raise BadInput("「%(text)s」不是月份,请写成 2026-11", field="month", text=text[:20])
    return date(int(found[1]), int(found[2]), 1)


def read_month(args: Mapping[str, str], *, today: date) -> date:
    """The first day of the ``month`` of an address; of this month when none is given. Raises ``BadInput``."""
    text = args.get("month", "")
    return month(text) if text.strip() else today.replace(day=1)


def read_year(args: Mapping[str, str], *, today: date) -> int:
    """The ``year`` of an address; this year when none is given. Raises ``BadInput``."""
    text = args.get("year", "").strip()
    if not text:
        return today.year
    if not (text.isascii() and text.isdigit() and len(text) == 4 and int(text) in YEARS):
        raise BadInput("「%(text)s」不是年份,请写成 2026", field="year", text=text[:20])
    return int(text)


def one_of(choices: Collection[str], wrong: str = "请从列表中选择", *, next_step: str = "") -> Parse[str]:
    """One of the stored words a list offers; of anything else is said what is ``wrong``."""

    def parse(text: str) -> str:
        if text not in choices:
            raise BadInput(wrong, next_step=next_step)
        return text

    return parse


def row_id(text: str) -> int:
    """The id of a row as a hidden field carries it. Raises ``BadInput``."""
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and 0 < int(text) < 2**31):
        raise BadInput("请求不完整", next_step="请返回上一页重新填写")
    return int(text)


def read_site_id(args: Mapping[str, str]) -> int | None:
    """The ``site`` of an address or form; None when none is given. Raises ``BadInput``."""
    return or_none(row_id)(args.get("site", "").strip())


def yes_or(no: str, yes: str) -> Parse[bool]:
    """A button or ring that says one of two words."""
    return lambda text: one_of((no, yes), "请求不完整", next_step="请返回上一页重新填写")(text) == yes


def key_like(signs: str) -> Parse[str]:
    """The one-time key of a form (``web.new_key``): 8 to 64 of these signs."""

    def parse(text: str) -> str:
        if not re.fullmatch(f"[{signs}]{{8,64}}", text, re.ASCII):
            raise BadInput("请求不完整", next_step="请刷新页面再试")
        return text

    return parse


one_time_key = key_like(r"0-9A-Za-z")
