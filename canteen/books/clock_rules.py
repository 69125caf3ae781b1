"""Whether the computer's clock may be believed, by what the books know. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from canteen.base.months import days_between

#: No computer on which this version runs can be at an earlier day: an empty battery says 1970, 2000 or 2015.
NOT_BEFORE = date(2026, 1, 1)
#: Clocks are set right by a few minutes all the time.
SLACK = timedelta(minutes=10)
#: After so many days without anybody, the day is asked for whatever the calendar says.
LONG_AWAY = 7


@dataclass(frozen=True, slots=True)
class ClockDoubt:
    """Why the clock is not believed without a word."""

    #: ``early`` (before the program was made), ``behind`` what is written already, ``ahead`` of it by days of service.
    kind: str
    #: The day the computer says it is.
    day: date
    #: When the program was last used; None where nobody did.
    seen_at: datetime | None
    #: Days between, of which nothing is known.
    days: int = 0


def doubt_of(
    now: datetime, seen_at: datetime | None, *, day_of: Callable[[datetime], date], is_planned: Callable[[date], bool]
) -> ClockDoubt | None:
    """What speaks against ``now``; None: nothing.

    ``seen_at`` is the last instant that was believed, ``is_planned`` whether some canteen means to serve on a day. A
    day of service on which nobody did anything is what a clock set forward leaves behind; a weekend is not.
    """
    day = day_of(now)
    if day < NOT_BEFORE:
        return ClockDoubt("early", day, seen_at)
    if seen_at is None:
        return None
    if now < seen_at - SLACK:
        return ClockDoubt("behind", day, seen_at)
    between = list(days_between(day_of(seen_at) + timedelta(days=1), day - timedelta(days=1)))
    away = len(between)
    if away >= LONG_AWAY or any(is_planned(one) for one in between):
        return ClockDoubt("ahead", day, seen_at, away)
    return None
