"""Pure decisions about volunteers: how long a run took, what work is worth in points and why, who can step in."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import ceil

from canteen.base.errors import BadInput

#: Minutes of a visit where no rule says it, and at a door whose place nobody knows.
VISIT_MINUTES, DOOR_MINUTES = 20, 5
#: Marks further apart are no walk: somebody marked the last doors in the evening.
LONGEST_RUN_MINUTES = 240
#: Most minutes and metres of work typed at once, and points of one thing.
MOST_MINUTES, MOST_METRES, MOST_POINTS = 960, 200_000, 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PointTerms:
    """A rule for points as it is typed: from a day on, until the next begins."""

    from_day: date
    per_hour: int
    per_run: int
    per_visit: int
    visit_minutes: int = VISIT_MINUTES
    #: None: as many as there are.
    most_a_day: int | None = None
    most_a_month: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One thing a volunteer did. ``kind``: a word of ``work``; ``measured``: how its minutes are known."""

    day: date
    kind: str
    minutes: int
    #: None: nobody knows where all the doors are.
    metres: int | None
    measured: str
    #: The route, whose visit, or what was typed.
    words: str
    #: Of typed work.
    id: int | None = None


@dataclass(frozen=True, slots=True)
class Scored:
    """Work with its points: for the piece, for the time, and what a limit took away again."""

    work: Work
    for_piece: int
    for_time: int
    per_hour: int
    over: int

    @property
    def points(self) -> int:
        """What counts."""
        return self.for_piece + self.for_time - self.over


def terms_on(rules: Iterable[PointTerms], day: date) -> PointTerms | None:
    """The rule in force on a day: the latest that has begun."""
    begun = [one for one in rules if one.from_day <= day]
    return max(begun, key=lambda one: one.from_day, default=None)


def score(works: Iterable[Work], rules: Sequence[PointTerms]) -> list[Scored]:
    """Points of one volunteer's work, in the order of its days; limits take from what comes last. Whole points: what is
    left of an hour counts by the minute, rounded down for each work. Without a rule there are none."""
    a_day: dict[date, int] = {}
    a_month: dict[tuple[int, int], int] = {}
    found = []
    for work in sorted(works, key=lambda one: one.day):
        terms = terms_on(rules, work.day)
        if terms is None:
            found.append(Scored(work, 0, 0, 0, 0))
            continue
        piece = {"run": terms.per_run, "visit": terms.per_visit}.get(work.kind, 0)
        time = terms.per_hour * work.minutes // 60
        month = (work.day.year, work.day.month)
        room = min(
            _room(terms.most_a_day, a_day.get(work.day, 0), piece + time),
            _room(terms.most_a_month, a_month.get(month, 0), piece + time),
        )
        a_day[work.day] = a_day.get(work.day, 0) + room
        a_month[month] = a_month.get(month, 0) + room
        found.append(Scored(work, piece, time, terms.per_hour, piece + time - room))
    return found


def _room(most: int | None, had: int, wanted: int) -> int:
    return wanted if most is None else max(0, min(wanted, most - had))


def run_minutes(marks: Sequence[datetime], doors: int, planned: int | None) -> tuple[int, str]:
    """How long a run took and how that is known: from the first mark at a door to the last and the minutes at that one;
    by the plan where the marks say nothing; else by doors. ``planned``: minutes, None when not every place is known."""
    span = ceil((max(marks) - min(marks)).total_seconds() / 60) if len(marks) > 1 else 0
    if 0 < span <= LONGEST_RUN_MINUTES:
        return span + DOOR_MINUTES, "marked"
    return (planned, "planned") if planned else (doors * DOOR_MINUTES, "usual")


def check_terms(terms: PointTerms) -> None:
    """Refuse a rule that gives nothing. Raises ``BadInput``."""
    if not (terms.per_hour or terms.per_run or terms.per_visit):
        raise BadInput("三项里至少有一项要给分", field="per_hour")


def check_days(joined_on: date, left_on: date | None) -> None:
    """Refuse who left before they came. Raises ``BadInput``."""
    if left_on is not None and left_on < joined_on:
        raise BadInput("离开的日子不能早于加入", field="left_on")
