"""A scheme version: its shape, and how it is read from TOML. The language is explained in ``docs/schemes.md``."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from canteen.base.errors import BadInput
from canteen.base.words import SLOTS
from canteen.schemes.language.amounts import Rounding, read_rounding
from canteen.schemes.language.approval import ApprovalTerms, read_approval
from canteen.schemes.language.classes import PERIODS, SchemeClass, read_classes
from canteen.schemes.language.conditions import Condition, SiteArea, read_condition, read_site_area
from canteen.schemes.language.funding import Payers, Paying, read_funding, read_paying
from canteen.schemes.language.meals import MealTerms, Spend, check_kinds, read_meal_terms, read_spend
from canteen.schemes.language.purse import PurseTerms, read_purse
from canteen.schemes.language.reader import Notes, Table, neutral
from canteen.schemes.language.services import FrequencyRule, ServiceTerms, read_frequency, read_services
from canteen.schemes.language.settlement import Settlement, Supervision, read_settlement, read_supervision
from canteen.schemes.language.site_money import (
    OperatingGrant,
    SiteMoney,
    as_operating_grant,
    read_operating_grant,
    read_site_money,
)
from canteen.schemes.toml import TooMuchToml, read_toml

#: Keys an override may replace as a whole.
REPLACEABLE = (
    *("slots", "set_meal_only", "spend", "caps", "rounding", "funding", "choose", "valid_from", "valid_to"),
    *("services", "frequency", "site_money", "operating_grant"),
    *("ways", "weekdays", "working_days_only", "booking", "delivery", "own_at_least_yuan", "part_month"),
    *("funding_order", "when_exhausted"),
)
_ID = r"[a-z][a-z0-9_-]{0,39}"
_ID_WORDS = "小写英文字母开头,由小写字母、数字、- 和 _ 组成,最多 40 个"


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
class Override:
    """The scheme as it is at sites inside an area."""

    #: Area path with a closing "/".
    area: str
    scheme: Scheme


@dataclass(frozen=True, slots=True, eq=False)
class Scheme:
    """One version of a scheme, as data. Money is in fen. A text is parsed once, so a scheme is only equal to itself."""

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
    site_area: SiteArea | None
    #: Slots in which a meal is subsidised.
    slots: tuple[str, ...]
    set_meal_only: bool
    spend: Spend | None
    rounding: Rounding
    #: Who pays the subsidy: payer and hundredths of a percent, together 100 %.
    funding: Payers
    operating_grant: OperatingGrant | None
    #: Most specific area first.
    overrides: tuple[Override, ...] = ()
    #: Periods whose use must be kept for the caps and norms of any class at any site, shortest first.
    periods: tuple[str, ...] = ("sitting",)
    #: Paths of numbers that are not stated; a scheme with any of them cannot be in force.
    missing: tuple[str, ...] = ()
    #: Where numbers come from: path in the file ("" the whole scheme) and the notice and clause.
    sources: tuple[tuple[str, str], ...] = ()
    #: Monthly credits that are spent on meals and services; None: the scheme pays meals as they come.
    purse: PurseTerms | None = None
    #: Services other than meals, each kind once.
    services: tuple[ServiceTerms, ...] = ()
    #: How often people are owed a service.
    frequency: tuple[FrequencyRule, ...] = ()
    #: Money for sites; ``operating_grant`` is among them.
    site_money: tuple[SiteMoney, ...] = ()
    #: How an entitlement is approved; None: whoever is in a class is entitled.
    approval: ApprovalTerms | None = None
    #: Ways, days, booking, the delivery fee.
    meal: MealTerms = MealTerms()
    #: In which order the payers pay, and their budgets.
    paying: Paying = Paying()
    #: When money is settled, and who checks what; None and () when the notice does not say.
    settlement: Settlement | None = None
    supervision: tuple[Supervision, ...] = ()

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

    def service(self, kind: str) -> ServiceTerms | None:
        """The terms of one kind of service; None: it has none of its own."""
        return next((one for one in self.services if one.kind == kind), None)

    def in_force(self, day: date) -> bool:
        """Is the day within the scheme's own validity, first and last day included?"""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


def load_scheme(text: str) -> Scheme:
    """Read a scheme from TOML. Raises ``SchemeError`` with all problems at once.

    A scheme in which a number is not stated loads and is ``incomplete``; ``missing`` lists the numbers.
    """
    try:
        document = read_toml(text)
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
    missing = tuple(dict.fromkeys(notes.missing))
    return replace(
        scheme,
        overrides=tuple(
            replace(one, scheme=replace(one.scheme, periods=periods, missing=missing)) for one in overrides
        ),
        periods=periods,
        missing=missing,
        sources=tuple(notes.sources),
    )


def _read_scheme(top: Table) -> Scheme:
    names = (top.match("id", _ID, _ID_WORDS), neutral(top, "version", longest=20), neutral(top, "name"))
    classes = read_classes(top)
    grant = top.part("operating_grant", read_operating_grant)
    site_money = ((grant,) if grant else ()) + read_site_money(top)
    scheme = Scheme(
        *names,
        valid_from=top.day("valid_from"),
        valid_to=top.day("valid_to"),
        stack_group=top.match("stack_group", _ID, _ID_WORDS),
        eligible=read_condition(top.table("eligible")),
        choose=top.choice("choose", ("first", "highest"), default="first"),
        classes=classes,
        site_area=top.part("site_area", read_site_area),
        slots=top.choices("slots", SLOTS) or SLOTS,
        set_meal_only=top.flag("set_meal_only"),
        spend=top.part("spend", read_spend),
        rounding=top.part("rounding", read_rounding) or Rounding(),
        funding=read_funding(top),
        operating_grant=as_operating_grant(site_money),
        purse=top.part("purse", read_purse),
        services=read_services(top),
        frequency=read_frequency(top),
        site_money=site_money,
        approval=read_approval(top.table("approval"), top.notes.codes) if top.has("approval") else None,
        meal=read_meal_terms(top),
        paying=read_paying(top),
        settlement=top.part("settlement", read_settlement),
        supervision=top.parts("supervision", read_supervision),
    )
    check_kinds(top, [one.amount for one in classes])
    if scheme.valid_from and scheme.valid_to and scheme.valid_to < scheme.valid_from:
        top.notes.problems.append(f"valid_to:{scheme.valid_to} 早于 valid_from 的 {scheme.valid_from}")
    top.take("overrides")
    top.done_with_source()
    return scheme


def _read_overrides(top: Table, document: dict[str, Any]) -> tuple[Override, ...]:
    """Read each override by reading the whole scheme again with the override's terms in place."""
    overrides: list[Override] = []
    known = set(top.notes.problems)
    for table in top.tables("overrides"):
        area = f"{table.area('area')}/"
        if area != "/" and area in [earlier.area for earlier in overrides]:
            table.notes.problems.append(f"{table.path('area')}:「{area[:-1]}」写了两次,每个地区只写一次")
        merged = _merged(table, document)
        table.done_with_source()
        notes = Notes()
        scheme = replace(_read_scheme(Table(merged, "", notes)), sources=tuple(notes.sources))
        overrides.append(Override(area, scheme))
        top.notes.problems += [f"{table.where}:换上这些以后,{new}" for new in notes.problems if new not in known]
        top.notes.missing += [f"{table.where}:{path}" for path in notes.missing if path not in top.notes.missing]
    return tuple(sorted(overrides, key=lambda override: override.area.count("/"), reverse=True))


def _merged(table: Table, document: dict[str, Any]) -> dict[str, Any]:
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
    if isinstance(trouble, TooMuchToml):
        return str(trouble)
    if isinstance(trouble, RecursionError):
        return "不是合法的 TOML:括号嵌套过深"
    place = re.search(r"\(at line (\d+), column (\d+)\)$", str(trouble))
    where = f"第 {place[1]} 行第 {place[2]} 列" if place else "文件末尾或数值"
    twice = ",同一个键写了两次" if "overwrite" in str(trouble) else ""
    return f"{where}不是合法的 TOML{twice}({str(trouble)[:100]})"
