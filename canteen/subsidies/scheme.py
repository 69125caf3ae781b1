"""A scheme version: its shape, and how it is read from TOML. The language is explained in ``docs/schemes.md``."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, TypeAlias

from canteen.errors import BadInput
from canteen.subsidies.amounts import MODES, UNITS_FEN, WHOLE_BP, Amount, MonthlyNorm, Rate, Rounding, read_amount, read_rate
from canteen.subsidies.conditions import Condition, Places, read_condition, read_places
from canteen.subsidies.facts import LABELS, SLOTS
from canteen.subsidies.reader import Notes, Table

#: Periods a cap may count over, shortest first. A week runs from Monday to Sunday.
PERIODS = ("sitting", "day", "week", "month", "year")
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
class MealCap:
    """At most so many subsidised meals in each period."""

    per: str
    meals: int


@dataclass(frozen=True, slots=True)
class MoneyCap:
    """At most so much subsidy in each period."""

    per: str
    public: Rate


Cap: TypeAlias = MealCap | MoneyCap


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
        norm = {"month"} if isinstance(self.amount, MonthlyNorm) else set()
        return norm.union(cap.per for cap in (*self.meal_caps, *self.money_caps))


@dataclass(frozen=True, slots=True)
class Spend:
    """The price from which a meal is subsidised; ``strict`` means it must be exceeded."""

    bound_fen: int
    strict: bool


@dataclass(frozen=True, slots=True)
class GrantTier:
    """What a site gets a year for serving so many meals a day."""

    meals_a_day: int
    year_fen: int


@dataclass(frozen=True, slots=True)
class OperatingGrant:
    """Yearly money for a site that served its planned days. The highest tier that is reached counts, alone."""

    #: Smallest first.
    tiers: tuple[GrantTier, ...]
    #: Whole percent of the planned service days that must be reached.
    threshold_percent: int
    #: ``none``: a whole year or nothing; ``months``: by months of service.
    pro_rata: str


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
    rounding = _read_rounding(top.table("rounding"))
    caps = _read_caps(top)
    scheme = Scheme(
        id=top.match("id", _ID, _ID_WORDS),
        version=_neutral(top, "version", longest=20),
        name=_neutral(top, "name"),
        valid_from=top.day("valid_from"),
        valid_to=top.day("valid_to"),
        stack_group=top.match("stack_group", _ID, _ID_WORDS),
        eligible=read_condition(top.table("eligible")),
        choose=top.choice("choose", ("first", "highest"), default="first"),
        classes=_read_classes(top, caps),
        site_area=read_places(top.table("site_area")) if top.has("site_area") else None,
        slots=top.choices("slots", SLOTS) or SLOTS,
        set_meal_only=top.flag("set_meal_only"),
        spend=_read_spend(top.table("spend")) if top.has("spend") else None,
        rounding=rounding,
        funding=_read_funding(top),
        operating_grant=_read_grant(top.table("operating_grant")) if top.has("operating_grant") else None,
    )
    if scheme.valid_from and scheme.valid_to and scheme.valid_to < scheme.valid_from:
        top.notes.problems.append(f"valid_to:{scheme.valid_to} 早于 valid_from 的 {scheme.valid_from}")
    top.take("overrides")
    top.done_with_source()
    return scheme


def _read_classes(top: Table, caps: tuple[Cap, ...]) -> tuple[SchemeClass, ...]:
    """The classes in order. Without any, the scheme is one class without a code that holds for everybody."""
    has_amount = top.has("amount")
    amount = read_amount(top.table("amount")) if has_amount else None
    if not top.has("classes"):
        if amount is None:
            top.notes.lacks("amount", "一个表:补多少(或在 classes 里分类写)")
            return ()
        everybody = read_condition(Table({}, "", Notes()))
        return (SchemeClass("", "", everybody, amount, *_by_kind(caps)),)
    classes: list[SchemeClass] = []
    for table in top.tables("classes"):
        code = _neutral(table, "code", longest=10)
        if code and code in [earlier.code for earlier in classes]:
            table.notes.problems.append(f"{table.path('code')}:「{code}」写了两次,每一类的代号不能相同")
        own_amount = read_amount(table.table("amount")) if table.has("amount") or amount is None else amount
        when, name = read_condition(table.table("when")), table.text("name", default="")
        classes.append(SchemeClass(code, name, when, own_amount, *_by_kind(caps + _read_caps(table))))
        table.done_with_source()
    return tuple(classes)


def _read_caps(table: Table) -> tuple[Cap, ...]:
    return tuple(_read_cap(cap) for cap in table.tables("caps"))


def _read_cap(table: Table) -> Cap:
    per = table.choice("per", PERIODS)
    has_meals = table.has("meals")
    if has_meals == table.has("yuan"):
        table.notes.problems.append(f"{table.where}:meals(餐数)和 yuan(金额)要写一个,只写一个")
    cap = MealCap(per, table.whole("meals", 0, 10_000)) if has_meals else MoneyCap(per, read_rate(table, "yuan", by_slot=False))
    table.done_with_source()
    return cap


def _by_kind(caps: tuple[Cap, ...]) -> tuple[tuple[MealCap, ...], tuple[MoneyCap, ...]]:
    """Meal caps and money caps. One subsidised meal a sitting, unless the scheme states another number."""
    by_meals = tuple(cap for cap in caps if isinstance(cap, MealCap))
    if not any(cap.per == "sitting" for cap in by_meals):
        by_meals = (MealCap("sitting", 1), *by_meals)
    return by_meals, tuple(cap for cap in caps if isinstance(cap, MoneyCap))


def _read_spend(table: Table) -> Spend:
    """``{ from = 10 }`` (满, 不低于) or ``{ over = 10 }`` (超过)."""
    strict = table.has("over")
    if strict == table.has("from"):
        table.notes.problems.append(f"{table.where}:from(满)和 over(超过)要写一个,只写一个")
    spend = Spend(table.money("over" if strict else "from"), strict)
    table.done_with_source()
    return spend


def _read_rounding(table: Table) -> Rounding:
    unit = table.choice("to", UNITS_FEN, default="fen")
    rounding = Rounding(UNITS_FEN[unit], table.choice("mode", MODES, default="half_up"))
    table.done_with_source()
    return rounding


def _read_funding(top: Table) -> tuple[tuple[str, int], ...]:
    """Payers and their parts. Without any, one payer called ``public``: who that is, is decided elsewhere."""
    if not top.has("funding"):
        return (("public", WHOLE_BP),)
    missing_before = len(top.notes.missing)
    funding: list[tuple[str, int]] = []
    for table in top.tables("funding"):
        payer = _neutral(table, "payer", longest=20)
        if payer == "own" or payer in [earlier for earlier, _ in funding if earlier]:
            table.notes.problems.append(f"{table.path('payer')}:「{payer}」不能用:own 是自付,其他每个只写一次")
        funding.append((payer, table.percent("percent")))
        table.done_with_source()
    total_bp = sum(percent_bp for _, percent_bp in funding)
    if funding and len(top.notes.missing) == missing_before and total_bp != WHOLE_BP:
        top.notes.problems.append(f"funding:各方合计 {Decimal(total_bp) / 100}%,应为 100%")
    return tuple(funding)


def _read_grant(table: Table) -> OperatingGrant:
    tiers: list[GrantTier] = []
    for tier in table.tables("tiers"):
        tiers.append(GrantTier(tier.whole("meals_a_day", 1, len(SLOTS)), tier.money("yuan")))
        tier.done_with_source()
    if not tiers:
        table.notes.lacks(table.path("tiers"), "列表 [...],每项写 meals_a_day(每天几餐)和 yuan(每年金额)")
    tiers.sort(key=lambda tier: tier.meals_a_day)
    grant = OperatingGrant(
        tiers=tuple(tiers),
        threshold_percent=table.whole("threshold_percent", 1, 100),
        pro_rata=table.choice("pro_rata", ("none", "months"), default="none"),
    )
    table.done_with_source()
    return grant


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


def _neutral(table: Table, key: str, *, longest: int = 40) -> str:
    """A text that may be printed where others can read it: without a word that says what somebody is."""
    text = table.text(key, longest=longest)
    if label := next((label for label in LABELS if label in text), None):
        table.notes.problems.append(f"{table.path(key)}:「{text}」会印在小票和公示上,不能有「{label}」,请换一个中性的写法")
    return text


def _toml_words(trouble: Exception) -> str:
    """Where the TOML breaks. The parser's own words are English; they follow for those who can use them."""
    if isinstance(trouble, RecursionError):
        return "不是合法的 TOML:括号嵌套过深"
    place = re.search(r"\(at line (\d+), column (\d+)\)$", str(trouble))
    where = f"第 {place[1]} 行第 {place[2]} 列" if place else "文件末尾或数值"
    return f"{where}不是合法的 TOML({str(trouble)[:100]})"
