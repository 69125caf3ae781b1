"""Purses: what a scheme credits to somebody in a month, how long it may be spent, and on what. All money is in fen.

A scheme with a ``[purse]`` credits its classes a sum of money, hours at a rate, or points. Nothing is cash: the
credit is spent on meals and services. Pure: persons, months and schemes in, credits and reasons out.
The language is explained in ``docs/allowances.md``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from canteen.base.words import SERVICES
from canteen.schemes.deciding.known import Known, known_of
from canteen.schemes.facts import Person
from canteen.schemes.language.conditions import distance, refusal
from canteen.schemes.language.purse import (
    CREDITED,
    WARES,
    MonthlyCredit,
    PurseTerms,
    last_day,
    months_on,
    read_credit,
    read_purse,
)
from canteen.schemes.reasons import Reason
from canteen.schemes.values import value

if TYPE_CHECKING:
    from canteen.schemes.language.scheme import Scheme, SchemeClass

__all__ = [
    "SERVICES",
    "WARES",
    "Credit",
    "MonthlyCredit",
    "PurseTerms",
    "chosen",
    "classes_of",
    "credit",
    "credits",
    "read_credit",
    "read_purse",
]


@value
class Credit:
    """What one person is credited under one scheme in one month."""

    scheme: str
    version: str
    class_code: str
    amount_fen: int
    #: Set in a purse of hours; ``rate_fen`` is the rate of an hour.
    minutes: int | None
    rate_fen: int | None
    #: Last day on which it may be spent; None: it does not expire.
    expires_on: date | None
    reason: Reason
    #: First day of the month.
    month: date
    #: How many months it covers.
    months: int = 1
    #: Set in a purse of points; ``rate_fen`` is the worth of a point.
    points: int | None = None
    #: Every class the person is in, in the order of the scheme.
    groups: tuple[str, ...] = ()


#: Where a credit that is not stated stands.
_CREDIT = re.compile(r"classes\[(\d+)\]\.credit\.")


def credit(person: Person, month: date, scheme: Scheme) -> Credit | Reason:
    """What a scheme, by itself, credits to a person in a month (its first day), or why nothing.

    Age is looked at on the first of the month unless the purse says ``age_on = "last"``; the other facts are those
    given. A person in several classes gets the ``first`` or the ``highest`` credit, never their sum.
    Source: docs/allowances.md, "Purse"; AMB-17, AMB-31.
    """
    assert month.day == 1, month
    purse = scheme.purse
    against = _refusal(person, month, scheme)
    if purse is None or against is not None:
        return against or Reason("no_purse", {})
    day = month if purse.age_on == "first" else last_day(month)
    known = known_of(person, day)
    found, failing = classes_of(known, scheme)
    if not found:
        return refusal_on(failing, known, day)
    one = chosen(found, person.settlement, scheme.choose)
    if _is_open(scheme, found if scheme.choose == "highest" else [one]):
        return Reason("incomplete", {})
    months = CREDITED[purse.credited]
    if (month.month - 1) % months:
        due = "、".join(str(number) for number in range(1, 13, months))
        return Reason("credit_later", {"months": due})
    month_fen = one.credit.of(person.settlement) if one.credit else 0
    if month_fen is None:
        return Reason("unknown_settlement", {})
    return _credit(scheme, one, month, month_fen=month_fen, groups=tuple(each.code for each in found if each.code))


def credits(person: Person, month: date, schemes: Sequence[Scheme]) -> dict[str, Credit | Reason]:
    """What every scheme credits in a month, set against each other; by scheme id, in the order given.

    Of the schemes of one stack group only the highest credit counts, of equal ones the earlier (AMB-17). A scheme
    that is ``above`` another credits what its own standard exceeds that one's credit (a district that raises the
    standard at its own cost, SZ-6). Schemes without a purse are left out.
    """
    answers = {scheme.id: credit(person, month, scheme) for scheme in schemes if scheme.purse is not None}
    _leave_highest(answers, [scheme for scheme in schemes if not _above(scheme)])
    for scheme in schemes:
        answer = answers.get(scheme.id)
        if _above(scheme) and isinstance(answer, Credit):
            base = answers.get(_above(scheme))
            answers[scheme.id] = _raised(answer, base if isinstance(base, Credit) else None)
    return answers


def made_up(answer: Credit, purse: PurseTerms, made_in: date) -> Credit | Reason:
    """A credit that is made in another month than the one it is for: only in the next one, where the purse allows it.

    It then lasts as long as the credit of the month it is made in.
    """
    if made_in == answer.month:
        return answer
    if not purse.make_up_next_month or made_in != months_on(answer.month, 1):
        return Reason("credit_missed", {})
    return replace(answer, expires_on=purse.expires_on(made_in))


def _leave_highest(answers: dict[str, Credit | Reason], schemes: Sequence[Scheme]) -> None:
    """Leave one credit a stack group."""
    highest: dict[str, tuple[Scheme, Credit]] = {}
    for scheme in schemes:
        answer = answers.get(scheme.id)
        if isinstance(answer, Credit):
            rival = highest.get(scheme.stack_group)
            if rival is None or answer.amount_fen > rival[1].amount_fen:
                highest[scheme.stack_group] = (scheme, answer)
    for scheme in schemes:
        answer = answers.get(scheme.id)
        if isinstance(answer, Credit) and (winner := highest[scheme.stack_group][0]) is not scheme:
            answers[scheme.id] = _with_class("credit_lower", answer.class_code, {"other": winner.name})


def classes_of(known: Known, scheme: Scheme) -> tuple[list[SchemeClass], int]:
    """The classes somebody is in; when there is none, what stands against the one that came nearest."""
    common = scheme.eligible.failing(known)
    if common:
        return [], common
    against = [(one, one.when.failing(known)) for one in scheme.classes]
    found = [one for one, failing in against if not failing]
    return found, 0 if found else min((failing for _, failing in against), key=distance)


def _is_open(scheme: Scheme, classes: list[SchemeClass]) -> bool:
    """Does a number that is not stated matter to somebody in these classes?

    A scheme with such a number cannot be switched on, but it can be tried: a class whose credit is stated has it.
    """
    for path in scheme.missing:
        place = _CREDIT.match(path)
        if place is None or scheme.classes[int(place[1]) - 1] in classes:
            return True
    return False


def _refusal(person: Person, month: date, scheme: Scheme) -> Reason | None:
    """What stands against any credit whatever the class."""
    if not scheme.in_force(month) and not scheme.in_force(last_day(month)):
        return Reason("not_in_force", {})
    if scheme.id in person.waived:
        return Reason("waived", {})
    if scheme.approval is not None and person.approved is not None and scheme.id not in person.approved:
        return Reason("not_approved", {})
    return None


def refusal_on(failing: int, known: Known, day: date) -> Reason:
    """Why a condition does not hold; an age is told with the day it was looked at, which is not that of a meal."""
    reason = refusal(failing, known, day)
    return Reason("age_month", {"day": day.isoformat(), "age": known.age}) if reason.code == "age" else reason


def chosen(found: list[SchemeClass], settlement: str, choose: str) -> SchemeClass:
    """The first class, or the one with the highest credit, of equal ones the earlier."""
    if choose == "first":
        return found[0]
    return max(found, key=lambda one: (one.credit.of(settlement) or 0) if one.credit else 0)


def _credit(
    scheme: Scheme, one: SchemeClass, month: date, *, month_fen: int, groups: tuple[str, ...]
) -> Credit | Reason:
    assert scheme.purse is not None
    months, terms = CREDITED[scheme.purse.credited], one.credit
    if terms is None or not month_fen:
        return _with_class("care", one.code, {})
    code, fields = "credit_month", {"amount_fen": month_fen * months}
    if terms.minutes is not None:
        code, fields = "credit_hours", fields | {"hours": terms.minutes // 60 * months, "rate_fen": terms.rate_fen or 0}
    elif terms.points is not None:
        code, fields = "credit_points", fields | {"points": terms.points * months, "rate_fen": terms.rate_fen or 0}
    elif months > 1:
        code, fields = "credit_months", fields | {"month_fen": month_fen, "months": months}
    return Credit(
        scheme=scheme.id,
        version=scheme.version,
        class_code=one.code,
        amount_fen=month_fen * months,
        minutes=None if terms.minutes is None else terms.minutes * months,
        rate_fen=terms.rate_fen,
        expires_on=scheme.purse.expires_on(month),
        reason=_with_class(code, one.code, fields),
        month=month,
        months=months,
        points=None if terms.points is None else terms.points * months,
        groups=groups,
    )


def _raised(own: Credit, base: Credit | None) -> Credit | Reason:
    """The part of a local standard that is above the base scheme's credit."""
    if base is None:
        return replace(own, reason=_with_class("credit_no_base", own.class_code, {"amount_fen": own.amount_fen}))
    amount_fen = own.amount_fen - base.amount_fen
    fields = {"standard_fen": own.amount_fen, "base_fen": base.amount_fen}
    if amount_fen <= 0:
        return _with_class("credit_not_above", own.class_code, fields)
    reason = _with_class("credit_above", own.class_code, fields | {"amount_fen": amount_fen})
    return replace(own, amount_fen=amount_fen, minutes=None, points=None, reason=reason)


def _above(scheme: Scheme) -> str:
    return scheme.purse.above if scheme.purse else ""


def _with_class(code: str, class_code: str, fields: dict[str, Any]) -> Reason:
    return Reason(code, {"class_code": class_code, **fields} if class_code else fields)
