"""A scheme version: its shape, and how it is read from TOML. The language is explained in ``docs/schemes.md``."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from canteen.errors import BadInput
from canteen.subsidies.amounts import Amount, MonthlyNorm, Rounding, read_amount
from canteen.subsidies.conditions import Condition, Places, read_condition, read_places
from canteen.subsidies.facts import SLOTS
from canteen.subsidies.reader import Notes, Table
from canteen.subsidies.terms import (
    PERIODS,
    GrantTier,
    MealCap,
    MoneyCap,
    OperatingGrant,
    Spend,
    by_kind,
    neutral,
    read_caps,
    read_funding,
    read_grant,
    read_rounding,
    read_spend,
)

__all__ = [
    "PERIODS",
    "GrantTier",
    "OperatingGrant",
    "Override",
    "Scheme",
    "SchemeClass",
    "SchemeError",
    "load_scheme",
    "read_document",
]

#: Keys an override may replace as a whole.
REPLACEABLE = ("slots", "set_meal_only", "spend", "caps", "rounding", "funding", "choose", "valid_from", "valid_to")
_ID = r"[a-z][a-z0-9_-]{0,39}"
_ID_WORDS = "小写英文字母开头,由小写字母、数字、- 和 _ 组成,最多 40 个"
_LONGEST_TEXT = 200_000


class SchemeError(BadInput):
    """A scheme text cannot be used. ``problems`` holds every problem, one Chinese sentence each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(
            "方案有 %(count)s 处问题:%(problems)s",
            next_step="请按每一条的说明修改后再试",
            count=len(problems),
            problems=";".join(problems),
        )
        self.problems = problems


@dataclass(frozen=True, slots=True)
class SchemeClass:
    """One class of people and what they get."""

    #: Neutral and printable (六类); "" when the scheme has no classes.
    code: str
    #: What the notice calls them; for the eyes of those who may see statuses.
    name: str
    when: Condition
    amount: Amount
    #: The caps of the scheme and those of the class, by meals and by money.
    meal_caps: tuple[MealCap, ...]
    money_caps: tuple[MoneyCap, ...]

    @property
    def periods(self) -> set[str]:
        """The periods whose use decides what is left."""
        periods = {cap.per for cap in self.meal_caps} | {cap.per for cap in self.money_caps}
        return periods | {"month"} if isinstance(self.amount, MonthlyNorm) else periods


@dataclass(frozen=True, slots=True)
class Override:
    """The scheme as it is at sites inside an area."""

    #: Area path with a closing "/".
    area: str
    scheme: Scheme


@dataclass(frozen=True, slots=True)
class Scheme:
    """One version of a scheme, as data. Money is in fen."""

    id: str
    version: str
    #: Printed on tickets: holds no status label.
    name: str
    #: First and last day on which it decides; None: open.
    valid_from: date | None
    valid_to: date | None
    #: Only the highest of the schemes of one group pays.
    stack_group: str
    #: What every class needs besides its own condition.
    eligible: Condition
    #: ``first`` class that fits, or the one with the ``highest`` amount for the meal.
    choose: str
    classes: tuple[SchemeClass, ...]
    #: Where the site must be; None: anywhere.
    site_area: Places | None
    #: Slots in which a meal is subsidised.
    slots: tuple[str, ...]
    set_meal_only: bool
    spend: Spend | None
    rounding: Rounding
    #: Who pays the subsidy: payer and hundredths of a percent, together 100 %.
    funding: tuple[tuple[str, int], ...]
    operating_grant: OperatingGrant | None
    #: Most specific area first.
    overrides: tuple[Override, ...] = ()
    #: Periods whose use must be kept for the caps and norms of any class at any site, shortest first.
    periods: tuple[str, ...] = ("sitting",)
    #: Paths of numbers that are not stated; a scheme with any of them cannot be in force.
    missing: tuple[str, ...] = ()
    #: Where numbers come from: path in the file ("" the whole scheme) and the notice and clause.
    sources: tuple[tuple[str, str], ...] = ()

    @property
    def incomplete(self) -> bool:
        """Is a number missing?"""
        return bool(self.missing)

    def at(self, site_area: str) -> Scheme:
        """The scheme as it is at a site: with the override of the most specific area, if there is one."""
        for override in self.overrides:
            if f"{site_area}/".startswith(override.area):
                return override.scheme
        return self

    def in_force(self, day: date) -> bool:
        """Is the day within the scheme's own validity, first and last day included?"""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


def load_scheme(text: str) -> Scheme:
    """Read a scheme from TOML. Raises ``SchemeError`` with all problems at once.

    A scheme in which a number is not stated loads and is ``incomplete``; ``missing`` lists the numbers.
    """
    if len(text) > _LONGEST_TEXT:
        raise SchemeError([f"文件太长,最多 {_LONGEST_TEXT} 个字符"])
    try:
        document = tomllib.loads(text, parse_float=Decimal)
    except (ValueError, ArithmeticError, RecursionError) as trouble:
        raise SchemeError([_toml_words(trouble)]) from trouble
    return read_document(document)


def read_document(document: dict[str, Any]) -> Scheme:
    """Read a scheme from the tables of its TOML text. See ``load_scheme``."""
    notes = Notes()
    top = Table(document, "", notes)
    scheme = _read_scheme(top)
    overrides = _read_overrides(top, document)
    if notes.problems:
        raise SchemeError(list(dict.fromkeys(notes.problems)))
    variants = (scheme, *(override.scheme for override in overrides))
    needed = {"sitting"}.union(*(one.periods for variant in variants for one in variant.classes))
    periods = tuple(per for per in PERIODS if per in needed)
    return replace(
        scheme,
        overrides=tuple(replace(one, scheme=replace(one.scheme, periods=periods)) for one in overrides),
        periods=periods,
        missing=tuple(dict.fromkeys(notes.missing)),
        sources=tuple(notes.sources),
    )


def _read_scheme(top: Table) -> Scheme:
    scheme = Scheme(
        id=top.match("id", _ID, _ID_WORDS),
        version=neutral(top, "version", longest=20),
        name=neutral(top, "name"),
        valid_from=top.day("valid_from"),
        valid_to=top.day("valid_to"),
        stack_group=top.match("stack_group", _ID, _ID_WORDS),
        eligible=read_condition(top.table("eligible")),
        choose=top.choice("choose", ("first", "highest"), default="first"),
        classes=_read_classes(top),
        site_area=read_places(top.table("site_area")) if top.has("site_area") else None,
        slots=top.choices("slots", SLOTS) or SLOTS,
        set_meal_only=top.flag("set_meal_only"),
        spend=read_spend(top.table("spend")) if top.has("spend") else None,
        rounding=read_rounding(top.table("rounding")),
        funding=read_funding(top),
        operating_grant=read_grant(top.table("operating_grant")) if top.has("operating_grant") else None,
    )
    if scheme.valid_from and scheme.valid_to and scheme.valid_to < scheme.valid_from:
        top.notes.problems.append(f"valid_to:{scheme.valid_to} 早于 valid_from 的 {scheme.valid_from}")
    top.take("overrides")
    top.done_with_source()
    return scheme


def _read_classes(top: Table) -> tuple[SchemeClass, ...]:
    """The classes in order. Without any, the scheme is one class without a code that holds for everybody."""
    caps = read_caps(top)
    amount = read_amount(top.table("amount")) if top.has("amount") else None
    if not top.has("classes"):
        if amount is None:
            top.notes.lacks("amount", "一个表:补多少(或在 classes 里分类写)")
            return ()
        everybody = read_condition(Table({}, "", Notes()))
        return (SchemeClass("", "", everybody, amount, *by_kind(caps)),)
    classes: list[SchemeClass] = []
    for table in top.tables("classes"):
        code = neutral(table, "code", longest=10)
        if code and code in [earlier.code for earlier in classes]:
            table.notes.problems.append(f"{table.path('code')}:「{code}」写了两次,每一类的代号不能相同")
        own_amount = read_amount(table.table("amount")) if table.has("amount") or amount is None else amount
        when, name = read_condition(table.table("when")), table.text("name", default="")
        classes.append(SchemeClass(code, name, when, own_amount, *by_kind(caps + read_caps(table))))
        table.done_with_source()
    return tuple(classes)


def _read_overrides(top: Table, document: dict[str, Any]) -> tuple[Override, ...]:
    """Read each override by reading the whole scheme again with the override's terms in place."""
    overrides: list[Override] = []
    known = set(top.notes.problems)
    for table in top.tables("overrides"):
        area = f"{table.area('area')}/"
        if area != "/" and area in [earlier.area for earlier in overrides]:
            table.notes.problems.append(f"{table.path('area')}:「{area[:-1]}」写了两次,每个地区只写一次")
        merged = _merge(table, document)
        table.done_with_source()
        notes = Notes()
        scheme = replace(_read_scheme(Table(merged, "", notes)), sources=tuple(notes.sources))
        overrides.append(Override(area, scheme))
        top.notes.problems += [f"{table.where}:换上这些以后,{new}" for new in notes.problems if new not in known]
        top.notes.missing += [f"{table.where}:{path}" for path in notes.missing if path not in top.notes.missing]
    return tuple(sorted(overrides, key=lambda override: override.area.count("/"), reverse=True))


def _merge(table: Table, document: dict[str, Any]) -> dict[str, Any]:
    """The document with an override's keys: ``amount`` key by key, the others as a whole."""
    merged = {key: value for key, value in document.items() if key != "overrides"}
    merged |= {key: table.take(key) for key in REPLACEABLE if table.has(key)}
    codes, change = table.take("for_classes"), table.take("amount")
    if codes is None:
        if change is not None:
            merged["amount"] = _merged_amount(document.get("amount"), change)
        return merged
    known = [item.get("code") for item in _dicts(document.get("classes"))]
    if not isinstance(codes, list) or not codes or not all(code in known for code in codes):
        table.notes.wrong(table.path("for_classes"), codes, "类别代号的列表,可以用:" + "、".join(map(str, known)))
    elif change is None:
        table.notes.lacks(table.path("amount"), "一个表:这些类别改成补多少")
    else:
        merged["classes"] = [
            item | {"amount": _merged_amount(item.get("amount", document.get("amount")), change)}
            if item.get("code") in codes
            else item
            for item in _dicts(document["classes"])
        ]
    return merged


def _merged_amount(amount: Any, change: Any) -> Any:
    """The changed keys over the old ones; a change that names a kind stands alone."""
    if isinstance(amount, dict) and isinstance(change, dict) and "kind" not in change:
        return {key: value for key, value in amount.items() if key != "source"} | change
    return change


def _dicts(found: Any) -> list[dict[str, Any]]:
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def _toml_words(trouble: Exception) -> str:
    """Where the TOML breaks. The parser's own words are English; they follow for those who can use them."""
    if isinstance(trouble, RecursionError):
        return "不是合法的 TOML:括号嵌套过深"
    place = re.search(r"\(at line (\d+), column (\d+)\)$", str(trouble))
    where = f"第 {place[1]} 行第 {place[2]} 列" if place else "文件末尾或数值"
    twice = ",同一个键写了两次" if "overwrite" in str(trouble) else ""
    return f"{where}不是合法的 TOML{twice}({str(trouble)[:100]})"
