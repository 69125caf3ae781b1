"""What a scheme with a purse credits to somebody in a month, and how long it may be spent. All money is in fen.

Nothing is cash: the credit is spent on meals and services. Pure: persons, months and schemes in, credits and reasons
out. The language is explained in ``docs/allowances.md``.
"""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from canteen.base.months import last_day, months_on
from canteen.schemes.deciding.compiled import ClassPlan, plan_of
from canteen.schemes.deciding.who import on_day, why_not
from canteen.schemes.deciding.with_whom import highest_of_groups
from canteen.schemes.facts import Person
from canteen.schemes.language.purse import CREDITED, EXPIRES_AFTER, PurseTerms
from canteen.schemes.language.scheme import Scheme
from canteen.schemes.reasons import Reason


class Credit(NamedTuple):
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
    plan, who = plan_of(scheme), on_day(person, month if purse.age_on == "first" else last_day(month))
    found, failing = plan.classes_of(who)
    if not found:
        return why_not(failing, who, on_its_day=True)
    one = plan.credited(found, person.settlement)
    if _is_open(scheme, found if scheme.choose == "highest" else [one]):
        return Reason("incomplete", {})
    months = CREDITED[purse.credited]
    if (month.month - 1) % months:
        due = "、".join(str(number) for number in range(1, 13, months))
        return Reason("credit_later", {"months": due})
    month_fen = one.credit_of(person.settlement)
    if month_fen is None:
        return Reason("unknown_settlement", {})
    return _credit(scheme, one, month, month_fen, tuple(each.code for each in found if each.code))


def credits(person: Person, month: date, schemes: Sequence[Scheme]) -> dict[str, Credit | Reason]:
    """What every scheme credits in a month, set against each other; by scheme id, in the order given.

    Of the schemes of one stack group only the highest credit counts, of equal ones the earlier (AMB-17). A scheme
    that is ``above`` another credits what its own standard exceeds that one's credit (a district that raises the
    standard at its own cost, SZ-6). Schemes without a purse are left out.
    """
    answers = {scheme.id: credit(person, month, scheme) for scheme in schemes if scheme.purse is not None}
    above = {scheme.id: scheme.purse.above for scheme in schemes if scheme.purse is not None and scheme.purse.above}
    of_their_own = [
        scheme for scheme in schemes if isinstance(answers.get(scheme.id), Credit) and scheme.id not in above
    ]
    highest = highest_of_groups(of_their_own, lambda one: one.stack_group, lambda one: _fen(answers[one.id]))
    for scheme in of_their_own:
        winner, answer = highest[scheme.stack_group], answers[scheme.id]
        if winner is not scheme and isinstance(answer, Credit):
            answers[scheme.id] = _with_class("credit_lower", answer.class_code, other=winner.name)
    for scheme_id, base_id in above.items():
        answer, base = answers[scheme_id], answers.get(base_id)
        if isinstance(answer, Credit):
            answers[scheme_id] = _raised(answer, base if isinstance(base, Credit) else None)
    return answers


def expires_on(purse: PurseTerms, month: date) -> date | None:
    """The last day on which a credit made in a month may be spent; None: it never expires.

    A credit for several months at once lasts as long as that for the last of them.
    """
    if purse.expires == "never":
        return None
    if purse.expires == "after_months":
        return last_day(months_on(month, purse.expires_after_months - 1))
    month = months_on(month, CREDITED[purse.credited] - 1)
    length = EXPIRES_AFTER[purse.expires]
    return last_day(date(month.year, -(-month.month // length) * length, 1))


def year_left(purse: PurseTerms, *, credited_fen: int, opening_fen: int, settled_fen: int) -> int | None:
    """What may still be settled this year; None: there is no limit besides the balance. JD-13, AMB-19."""
    if not purse.year_limit:
        return None
    return max(credited_fen + (opening_fen if purse.opening_counts else 0) - settled_fen, 0)


def made_up(answer: Credit, purse: PurseTerms, made_in: date) -> Credit | Reason:
    """A credit that is made in another month than the one it is for: only in the next one, where the purse allows it.

    It then lasts as long as the credit of the month it is made in.
    """
    if made_in == answer.month:
        return answer
    if not purse.make_up_next_month or made_in != months_on(answer.month, 1):
        return Reason("credit_missed", {})
    return answer._replace(expires_on=expires_on(purse, made_in))


def _is_open(scheme: Scheme, classes: Sequence[ClassPlan]) -> bool:
    """Does a number that is not stated matter to somebody in these classes?

    A scheme with such a number cannot be switched on, but it can be tried: a class whose credit is stated has it.
    """
    for path in scheme.missing:
        place = _CREDIT.match(path)
        if place is None or scheme.classes[int(place[1]) - 1] in [one.terms for one in classes]:
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


def _credit(scheme: Scheme, one: ClassPlan, month: date, month_fen: int, groups: tuple[str, ...]) -> Credit | Reason:
    assert scheme.purse is not None
    months, terms = CREDITED[scheme.purse.credited], one.terms.credit
    if terms is None or not month_fen:
        return _with_class("care", one.code)
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
        expires_on=expires_on(scheme.purse, month),
        reason=_with_class(code, one.code, **fields),
        month=month,
        months=months,
        points=None if terms.points is None else terms.points * months,
        groups=groups,
    )


def _raised(own: Credit, base: Credit | None) -> Credit | Reason:
    """The part of a local standard that is above the base scheme's credit."""
    if base is None:
        return own._replace(reason=_with_class("credit_no_base", own.class_code, amount_fen=own.amount_fen))
    amount_fen = own.amount_fen - base.amount_fen
    fields = {"standard_fen": own.amount_fen, "base_fen": base.amount_fen}
    if amount_fen <= 0:
        return _with_class("credit_not_above", own.class_code, **fields)
    reason = _with_class("credit_above", own.class_code, **fields, amount_fen=amount_fen)
    return own._replace(amount_fen=amount_fen, minutes=None, points=None, reason=reason)


def _fen(answer: Credit | Reason) -> int:
    return answer.amount_fen if isinstance(answer, Credit) else 0


def _with_class(code: str, class_code: str, **fields: Any) -> Reason:
    return Reason(code, {"class_code": class_code, **fields} if class_code else fields)
