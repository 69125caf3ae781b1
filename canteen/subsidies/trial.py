"""Trying a scheme on cases: who would pay what, over a sequence of meals, with no database.

A case is one person and their meals; the use of one meal counts for the next, so caps over days, weeks and months
can be tried. The form of a cases file is documented in ``docs/schemes.md``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NoReturn

from canteen.errors import BadInput
from canteen.subsidies.facts import ABILITIES, SETTLEMENTS, SLOTS, STATUSES, WAYS
from canteen.subsidies.reader import DAY_WORDS, Notes, Table
from canteen.subsidies.rules import Decision, Meal, Person, Reason, Use, decide, used_after
from canteen.subsidies.scheme import Scheme


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


@dataclass(frozen=True, slots=True)
class Case:
    """One person and the meals to try, in the order they are eaten."""

    name: str
    person: Person
    meals: tuple[Meal, ...]


def read_cases(text: str) -> list[Case]:
    """Read cases from JSON. Raises ``CasesError`` with all problems at once."""
    try:
        document = json.loads(text, parse_float=Decimal, parse_constant=_refuse_constant)
    except json.JSONDecodeError as trouble:
        raise CasesError([f"第 {trouble.lineno} 行第 {trouble.colno} 列不是合法的 JSON"]) from trouble
    except (ValueError, RecursionError, ArithmeticError) as trouble:
        raise CasesError(["不是合法的 JSON:数值过大或括号嵌套过深"]) from trouble
    notes = Notes()
    top = Table(document, "", notes)
    if not top.has("cases"):
        notes.lacks("cases", "案例的列表 [...]")
    cases = [_read_case(table, number) for number, table in enumerate(top.tables("cases"), start=1)]
    top.done()
    for path in notes.missing:
        notes.lacks(path, "金额(元),例如 \"10.00\"")
    if notes.problems:
        raise CasesError(notes.problems)
    return cases


def try_scheme(scheme: Scheme, cases: list[Case]) -> list[dict[str, Any]]:
    """Decide every meal of every case. One result a case, ready for JSON; money in fen."""
    return [_try_case(scheme, case) for case in cases]


def _try_case(scheme: Scheme, case: Case) -> dict[str, Any]:
    used: dict[tuple[str, str], Use] = {}
    decisions: list[Decision] = []
    for meal in case.meals:
        decision = decide(case.person, meal, [scheme], used)
        used = used_after(used, decision.uses)
        decisions.append(decision)
    return {
        "name": case.name,
        "price_fen": sum(decision.price_fen for decision in decisions),
        "own_fen": sum(decision.own_fen for decision in decisions),
        "public_fen": sum(decision.public_fen for decision in decisions),
        "meals": [_meal_result(meal, decision) for meal, decision in zip(case.meals, decisions, strict=True)],
    }


def _meal_result(meal: Meal, decision: Decision) -> dict[str, Any]:
    return {
        "day": meal.day.isoformat(),
        "slot": meal.slot,
        "price_fen": decision.price_fen,
        "own_fen": decision.own_fen,
        "public_fen": decision.public_fen,
        "class_code": decision.class_code,
        "groups": list(decision.groups),
        "shares": [
            {"payer": share.payer, "scheme": share.scheme, "version": share.version, "amount_fen": share.amount_fen}
            | _reason(share.reason)
            for share in decision.shares
        ],
        "verdicts": [
            {"scheme": verdict.scheme, "name": verdict.scheme_name, "version": verdict.version}
            | _reason(verdict.reason)
            for verdict in decision.verdicts
        ],
        "left": [
            {
                "period": left.period,
                "counts": left.counts,
                "limit_fen": left.limit_fen,
                "left_before_fen": left.left_before_fen,
                "left_fen": left.left_fen,
            }
            for left in decision.left
        ],
    }


def _reason(reason: Reason) -> dict[str, str]:
    return {"reason": reason.code, "words": reason.words()}


def _read_case(table: Table, number: int) -> Case:
    name = table.text("name", default=f"第 {number} 例")
    if not table.has("person"):
        table.notes.lacks(table.path("person"), "一个表:这个人的情况")
    person = _read_person(table.table("person"))
    site_area = table.area("site_area", default="")
    if not table.has("meals"):
        table.notes.lacks(table.path("meals"), "餐的列表 [...]")
    meals = [_read_meal(meal, site_area, person.birth_day) for meal in table.tables("meals")]
    table.done()
    return Case(name, person, tuple(meals))


def _read_person(table: Table) -> Person:
    """Only the birth day must be there; what is not written is unknown, a status that is not written is a no."""
    person = Person(
        birth_day=_read_day(table, "birth_day"),
        hukou=table.area("hukou", default=""),
        residence=table.area("residence", default=""),
        settlement=table.choice("settlement", ("", *SETTLEMENTS), default=""),
        statuses=frozenset(table.choices("statuses", STATUSES, least=0)),
        ability=table.choice("ability", ("", *ABILITIES), default=""),
        waived=frozenset(table.names("waived")),
    )
    table.done()
    return person


def _read_meal(table: Table, site_area: str, birth_day: date) -> Meal:
    meal = Meal(
        day=_read_day(table, "day"),
        slot=table.choice("slot", SLOTS),
        price_fen=table.money("price"),
        way=table.choice("way", WAYS, default="dine_in"),
        site_area=table.area("site_area", default=site_area),
        set_meal=table.flag("set_meal", default=True),
        second_portion=table.flag("second_portion"),
        fee_fen=table.money("fee") if table.has("fee") else 0,
    )
    if table.has("day") and meal.day < birth_day:
        table.notes.wrong(table.path("day"), meal.day, f" {birth_day}(出生日期)或以后的日期")
    table.done()
    return meal


def _read_day(table: Table, key: str) -> date:
    if not table.has(key):
        table.notes.lacks(table.path(key), DAY_WORDS)
    return table.day(key) or date.min


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)
