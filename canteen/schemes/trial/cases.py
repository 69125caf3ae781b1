"""Reading a cases file (JSON): people with what happens to them, and sites with what they did.

The form is documented in ``docs/allowances.md`` and, for programs, in ``docs/cases.schema.json``.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, NoReturn

from canteen.base.errors import BadInput
from canteen.base.months import last_day
from canteen.base.words import SERVICES, STATUSES
from canteen.schemes.deciding.frequency import Visit
from canteen.schemes.facts import Meal, Person, Service
from canteen.schemes.language.purse import WARES
from canteen.schemes.language.reader import Notes, Table
from canteen.schemes.trial.invented import read_changes, read_day, read_meal, read_month, read_person, read_whole
from canteen.schemes.trial.site_cases import SiteCase, read_site_case

#: What may happen, in the order of a cases file.
EVENTS = (
    *("meal", "service", "credit", "own_money", "facts", "approved", "withdrawn"),
    *("moved", "died", "hospital_in", "hospital_out", "close", "month_end", "year_end", "frequency"),
)


class CasesError(BadInput):
    """A cases file cannot be used. ``problems`` holds every problem, one Chinese sentence each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(
            "案例有 %(count)s 处问题:%(problems)s",
            next_step="请按每一条的说明修改后再试",
            count=len(problems),
            problems=";".join(problems),
        )
        self.problems = problems


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happens on a day; which of the other fields are set depends on the kind."""

    #: One of ``EVENTS``.
    kind: str
    day: date
    meal: Meal | None = None
    service: Service | None = None
    #: Facts of the person that are different from now on.
    changes: Mapping[str, Any] = field(default_factory=dict)
    scheme: str = ""
    amount_fen: int = 0
    #: Of a credit: the first day of the month it is for; ``day`` is that of the month it is made in.
    month: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What is there before the first event: money in a purse, or left in a budget."""

    scheme: str
    amount_fen: int
    #: Of a purse: the last day it may be spent.
    expires_on: date | None = None
    #: Of a budget.
    payer: str = ""
    period: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonCase:
    """One person and what happens, in the order written."""

    name: str
    person: Person
    events: tuple[Event, ...]
    purses: tuple[Opening, ...] = ()
    budgets: tuple[Opening, ...] = ()
    visits: tuple[Visit, ...] = ()

    @property
    def meals(self) -> tuple[Meal, ...]:
        """The meals among the events."""
        return tuple(event.meal for event in self.events if event.meal is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cases:
    """A whole cases file."""

    cases: tuple[PersonCase | SiteCase, ...]
    #: Further schemes to load: names of built-in ones, or files beside the cases file.
    schemes: tuple[str, ...]


def read_file(text: str) -> Cases:
    """Read a cases file from JSON. Raises ``CasesError`` with all problems at once."""
    try:
        document = json.loads(text, parse_float=Decimal, parse_constant=_refuse_constant)
    except json.JSONDecodeError as trouble:
        raise CasesError([f"第 {trouble.lineno} 行第 {trouble.colno} 列不是合法的 JSON"]) from trouble
    except (ValueError, RecursionError, ArithmeticError) as trouble:
        raise CasesError(["不是合法的 JSON:数值过大或括号嵌套过深"]) from trouble
    notes = Notes()
    top = Table(document, "", notes)
    schemes = top.names("schemes")
    if not top.has("cases"):
        notes.lacks("cases", "案例的列表 [...]")
    cases = [_read_either(table, number) for number, table in enumerate(top.tables("cases"), start=1)]
    top.done()
    for path in notes.missing:
        notes.lacks(path, '金额(元),例如 "10.00"' if path.rsplit(".", 1)[-1] in _MONEY else "整数")
    if notes.problems:
        raise CasesError(list(dict.fromkeys(notes.problems)))
    return Cases(cases=tuple(cases), schemes=schemes)


def read_cases(text: str) -> list[PersonCase]:
    """The cases with people. Raises ``CasesError`` with all problems at once."""
    return [case for case in read_file(text).cases if isinstance(case, PersonCase)]


_MONEY = ("price", "fee", "amount", "balance", "left", "net_price", "investment")


def _read_either(table: Table, number: int) -> PersonCase | SiteCase:
    name = table.text("name", default=f"第 {number} 例")
    if table.has("site"):
        return read_site_case(table, name)
    return _read_case(table, name)


def _read_case(table: Table, name: str) -> PersonCase:
    if not table.has("person"):
        table.notes.lacks(table.path("person"), "一个表:这个人的情况")
    person = read_person(table.table("person"))
    site_area = table.area("site_area", default="")
    if not table.has("meals") and not table.has("events"):
        table.notes.lacks(table.path("meals"), "餐的列表 [...],或者写 events(各种事情的列表)")
    if table.has("meals") and table.has("events"):
        table.notes.problems.append(f"{table.where}:meals 和 events 只写一个")
    events = [_meal_event(meal, site_area, person.birth_day) for meal in table.tables("meals")]
    events += [_read_event(event, site_area, person.birth_day) for event in table.tables("events")]
    purses = tuple(_read_purse(opening) for opening in table.tables("purses"))
    budgets = tuple(_read_budget(opening) for opening in table.tables("budgets"))
    visits = tuple(_read_visit(visit) for visit in table.tables("visits"))
    table.done()
    return PersonCase(name=name, person=person, events=tuple(events), purses=purses, budgets=budgets, visits=visits)


def _read_event(table: Table, site_area: str, birth_day: date) -> Event:
    kind = table.choice("event", EVENTS)
    if kind == "meal":
        return _meal_event(table, site_area, birth_day)
    if kind == "credit":
        month = read_month(table, "month")
        event = Event(kind=kind, day=read_month(table, "made_in") if table.has("made_in") else month, month=month)
    elif kind == "month_end":
        event = Event(kind=kind, day=last_day(read_month(table, "month")))
    elif kind == "year_end":
        event = Event(kind=kind, day=date(read_whole(table, "year", 1, 9999), 12, 31))
    else:
        event = _read_dated(table, kind)
    table.done()
    return event


def _read_dated(table: Table, kind: str) -> Event:
    """The events with a day of their own."""
    day = read_day(table, "day")
    if kind == "service":
        return Event(kind=kind, day=day, service=_read_service(table, day))
    if kind == "own_money":
        return Event(kind=kind, day=day, amount_fen=table.money("amount"))
    if kind in ("approved", "withdrawn"):
        return Event(kind=kind, day=day, scheme=table.text("scheme"))
    changes = read_changes(table) if kind in ("facts", "moved") else {}
    if kind == "facts":
        for key in ("add_statuses", "end_statuses"):
            if table.has(key):
                changes[key] = frozenset(table.choices(key, STATUSES))
    return Event(kind=kind, day=day, changes=changes)


def _read_service(table: Table, day: date) -> Service:
    return Service(
        day=day,
        kind=table.choice("kind", (*SERVICES, *WARES)),
        minutes=read_whole(table, "minutes", 0, 1440) if table.has("minutes") else 0,
        price_fen=table.money("price") if table.has("price") else None,
        contracted=table.flag("contracted", default=True),
    )


def _meal_event(table: Table, site_area: str, birth_day: date) -> Event:
    table.take("event")
    meal = read_meal(table, site_area=site_area)
    if table.has("day") and meal.day < birth_day:
        table.notes.wrong(table.path("day"), meal.day, f" {birth_day}(出生日期)或以后的日期")
    if meal.net_price_fen is not None and meal.net_price_fen > meal.price_fen:
        table.notes.wrong(table.path("net_price"), table.take("net_price"), "不高于 price 的金额")
    table.done()
    return Event(kind="meal", day=meal.day, meal=meal)


def _read_purse(table: Table) -> Opening:
    opening = Opening(
        scheme=table.text("scheme"), amount_fen=table.money("balance"), expires_on=table.day("expires_on")
    )
    table.done()
    return opening


def _read_budget(table: Table) -> Opening:
    period = table.match("period", r"\d{4}(-(0[1-9]|1[0-2]))?", "年或月,例如 2026 或 2026-11")
    opening = Opening(
        scheme=table.text("scheme"), amount_fen=table.money("left"), payer=table.text("payer"), period=period
    )
    table.done()
    return opening


def _read_visit(table: Table) -> Visit:
    visit = Visit(
        day=read_day(table, "day"),
        kind=table.choice("kind", ("meal", *SERVICES)),
        minutes=read_whole(table, "minutes", 0, 1440) if table.has("minutes") else 0,
    )
    table.done()
    return visit


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)
