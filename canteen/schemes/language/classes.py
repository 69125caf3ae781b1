"""The classes of a scheme: who is in each, how much it gets, and its caps."""

from __future__ import annotations

from dataclasses import dataclass

from canteen.schemes.language.amounts import Amount, Care, Free
from canteen.schemes.language.caps import MealCap, MoneyCap, by_kind, neutral, read_caps
from canteen.schemes.language.conditions import Condition
from canteen.schemes.language.purse import MonthlyCredit, read_credit
from canteen.schemes.language.read_amounts import read_amount
from canteen.schemes.language.read_conditions import read_condition
from canteen.schemes.language.reader import Notes, Table


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
    #: What the purse of the scheme is credited for a month; None in a scheme without a purse.
    credit: MonthlyCredit | None = None

    @property
    def periods(self) -> set[str]:
        """The periods whose use decides what is left."""
        periods = {cap.per for cap in self.meal_caps} | {cap.per for cap in self.money_caps}
        return periods | self.amount.periods


def read_classes(top: Table) -> tuple[SchemeClass, ...]:
    """The classes in order. Without any, the scheme is one class without a code that holds for everybody."""
    if isinstance(found := top.take("classes"), list):
        top.notes.codes = tuple(str(item["code"]) for item in found if isinstance(item, dict) and "code" in item)
    caps = read_caps(top)
    amount = read_amount(top.table("amount")) if top.has("amount") else None
    credit = read_credit(top.table("credit")) if top.has("credit") else None
    purse = top.has("purse")
    if purse and amount is None:
        amount = Free(None)  # What a purse pays of a meal is limited by its balance, unless the scheme says more.
    if credit is not None and not purse:
        top.notes.problems.append("credit:只用于有 [purse] 的方案")
    if amount is None and top.has("services"):
        amount = Care()  # A scheme of services pays no meals.
    if not top.has("classes"):
        if amount is None and (top.has("site_money") or top.has("operating_grant")):
            return ()  # Money for sites only: nobody is in a class.
        if amount is None:
            top.notes.lacks("amount", "一个表:补多少(或在 classes 里分类写)")
            return ()
        if purse and credit is None:
            top.notes.lacks("credit", "一个表:每月计入多少(或在 classes 里分类写)")
        everybody = read_condition(Table({}, "", Notes()))
        return (SchemeClass("", "", everybody, amount, *by_kind(caps), credit),)
    classes: list[SchemeClass] = []
    for table in top.tables("classes"):
        code = neutral(table, "code", longest=10)
        if code and code in [earlier.code for earlier in classes]:
            table.notes.problems.append(f"{table.path('code')}:「{code}」写了两次,每一类的代号不能相同")
        own_amount = read_amount(table.table("amount")) if table.has("amount") or amount is None else amount
        when, name = read_condition(table.table("when")), table.text("name", default="")
        own_credit = _read_class_credit(table, purse, credit)
        classes.append(SchemeClass(code, name, when, own_amount, *by_kind(caps + read_caps(table)), own_credit))
        table.done_with_source()
    return tuple(classes)


def _read_class_credit(table: Table, purse: bool, common: MonthlyCredit | None) -> MonthlyCredit | None:
    """The credit of a class: its own, else that of the scheme; only in a scheme with a purse, where it must be."""
    if purse and not table.has("credit"):
        if common is None:
            table.notes.lacks(table.path("credit"), "一个表:这一类每月计入多少")
        return common
    if table.has("credit"):
        if purse:
            return read_credit(table.table("credit"))
        table.notes.problems.append(f"{table.path('credit')}:只用于有 [purse] 的方案")
    return None
