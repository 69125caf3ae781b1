"""Who is behind with the services that are owed: at least so many visits or kinds in a period (``[[frequency]]``).

Pure: what was done and a day in, what is missing out. Source: docs/allowances.md, "Frequency"; JD-11, AMB-21, AMB-23.
"""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from canteen.base.months import span_before, span_of
from canteen.schemes.language.scheme import Scheme
from canteen.schemes.language.services import FrequencyRule
from canteen.schemes.reasons import Reason


class Visit(NamedTuple):
    """One service that was given and not taken back."""

    day: date
    #: A service kind, or ``meal``.
    kind: str
    minutes: int


class Behind(NamedTuple):
    """How one person stands against one rule in one period."""

    rule: FrequencyRule
    #: First and last day of the period.
    first: date
    last: date
    needed: int
    #: Of the period, with what was made up for it in the following one.
    done: int
    #: Missing; 0 when the rule is met.
    short: int
    #: The last day on which it can still be done: the end of the period, or of the next where it may be made up.
    due: date
    reason: Reason

    @property
    def is_lost(self) -> bool:
        """Is it missing, and can no longer be made up on the day that was looked at?"""
        return self.reason.code.endswith("_lost")


def behind(
    scheme: Scheme, class_code: str, visits: Sequence[Visit], on: date, since: date | None
) -> tuple[Behind, ...]:
    """Where somebody paid in a class stands on a day: the running period of every rule, and the one before it.

    The period before is told when something of it is missing: to be made up in the running one where the rule allows
    that, otherwise as lost. ``since`` is the first day of the entitlement: a period before the running one that began
    earlier is not owed. A visit that makes up for the period before is not counted again in its own.
    """
    found: list[Behind] = []
    for rule in scheme.frequency:
        if rule.holds_for(class_code):
            found += _standing(rule, visits, on, since)
    return tuple(found)


def _standing(rule: FrequencyRule, visits: Sequence[Visit], on: date, since: date | None) -> list[Behind]:
    this_first, this_last = span_of(rule.per, on)
    before_first, before_last = span_before(rule.per, on)
    done_before = _counted(rule, visits, before_first, before_last)
    done_now = _counted(rule, visits, this_first, min(on, this_last))
    needed = rule.visits or rule.kinds or 0
    found: list[Behind] = []
    if since is None or since <= before_first:
        missing = max(needed - len(done_before), 0)
        made_up = min(missing, len(done_now)) if rule.make_up else 0
        due = this_last if rule.make_up else before_last
        if missing:
            found.append(_behind(rule, (before_first, before_last), len(done_before) + made_up, due, on))
            done_now = done_now[made_up:]
    found.append(_behind(rule, (this_first, this_last), len(done_now), this_last, on))
    return found


def _behind(rule: FrequencyRule, period: tuple[date, date], done: int, due: date, on: date) -> Behind:
    needed = rule.visits or rule.kinds or 0
    short = max(needed - done, 0)
    what = "kinds" if rule.kinds else "visits"
    code = f"frequency_{what}" if not short else f"frequency_{what}_{'short' if on <= due else 'lost'}"
    fields = {
        "first": period[0].isoformat(),
        "last": period[1].isoformat(),
        "needed": needed,
        "done": done,
        "short": short,
        "due": due.isoformat(),
    }
    return Behind(rule, period[0], period[1], needed, done, short, due, Reason(code, fields))


def _counted(rule: FrequencyRule, visits: Sequence[Visit], first: date, last: date) -> list[str]:
    """The kinds that count, one entry a visit; each kind once where kinds are counted."""
    kinds = [
        visit.kind
        for visit in sorted(visits, key=lambda visit: visit.day)
        if first <= visit.day <= last and _counts(rule, visit)
    ]
    return list(dict.fromkeys(kinds)) if rule.kinds else kinds


def _counts(rule: FrequencyRule, visit: Visit) -> bool:
    """Is it a visit the rule asks for? A meal counts only where the rule names it, and has no minutes."""
    if visit.kind == "meal":
        return "meal" in rule.of
    return visit.minutes >= rule.least_minutes and (not rule.of or visit.kind in rule.of)
