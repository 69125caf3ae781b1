"""What a month brings to many people: the engine is asked once for all of whom the same is known.

People in whom the engine can see no difference get one answer.
What is compared here is all that the conditions of the schemes ask for: on which side of their bounds the age lies on
every day it may be looked at, areas as deep as they name one, the statuses they name, and the other facts as they are.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row

from canteen.base.months import last_day
from canteen.base.records import as_record
from canteen.purses.credits.elders import Roll
from canteen.purses.credits.schemes import PurseSchemes
from canteen.purses.models import NEVER
from canteen.schemes.deciding.credits import Credit, credits, made_up
from canteen.schemes.language.conditions import (
    OLDEST,
    ONE_OF,
    AbilityIn,
    Age,
    AllStatuses,
    AnyStatus,
    InArea,
    Months,
    OneOf,
    plain_parts,
)
from canteen.schemes.language.scheme import Scheme
from canteen.schemes.reasons import Reason


@dataclass(frozen=True, slots=True, eq=False)
class Granted:
    """One credit as a line holds it, the same for everybody who gets it. Compared by identity: there are few."""

    scheme: str
    stack_group: str
    #: It raises another scheme's credit instead of standing against the others of its group.
    is_above: bool
    version: str
    amount_fen: int
    #: The month it is for; the first day of the month it is made in, and its last day.
    month: str
    starts_on: date
    expires_on: date
    by_year: bool
    opening_counts: bool
    #: Sealed with the line: neutral class code, the engine's reason, and of minutes how many at which rate.
    reason: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What one month brings to somebody: credits, and the codes of why the other schemes bring nothing."""

    granted: tuple[Granted, ...]
    codes: tuple[str, ...]
    #: There is a scheme with a purse where this person lives or has the hukou.
    has_schemes: bool = True


_NOTHING = Answer((), (), has_schemes=False)
#: Answers of the months that are being credited, by month and schemes. Whoever runs them keeps it.
Seen = dict[Hashable, "Answers"]


def answers_of(month: date, schemes: PurseSchemes, *, made_in: date, seen: Seen) -> Answers:
    """The answers of a month under these very schemes, with what was asked before."""
    key = month, made_in, schemes.key
    if key not in seen:
        seen[key] = Answers(month, schemes, made_in=made_in)
    return seen[key]


class Answers:
    """The answers of one month. It holds the schemes, so that what they are known by here stays theirs."""

    def __init__(self, month: date, schemes: PurseSchemes, *, made_in: date) -> None:
        self._month, self._schemes, self._made_in = month, schemes, made_in
        end = last_day(month)
        #: Of a birthday it only matters on which side of these days of the year it lies.
        self._first, self._last = month.month * 100 + 1, end.month * 100 + end.day
        self._asked = FactsLookedAt.of(schemes.all)
        #: Of each residence and hukou: the schemes, what they are known by here, and the areas as deep as they matter.
        self._places: dict[tuple[str, str], tuple[tuple[Scheme, ...], Hashable]] = {}
        self._found: dict[Hashable, Answer] = {}
        self._granted: dict[Hashable, Granted] = {}

    def of(self, roll: Roll, row: Row[Any], approved: frozenset[str] | None) -> Answer:
        """What the month brings to one of a roll, who is there on the first of it."""
        place = roll.paths[row.residence_area_id], roll.paths.get(row.hukou_area_id, "")
        schemes, where = self._places.get(place) or self._place(place)
        if not schemes:
            return _NOTHING
        facts, birth, wanted = roll.personal[row.id], row.birth_day, self._asked
        years, on, bands = self._month.year - birth.year, birth.month * 100 + birth.day, wanted.bands
        key = (
            where,
            bands[years - (on > 101)],
            bands[years - (on > self._first)],
            bands[years - (on > self._last)],
            bands[years],
            row.settlement,
            roll.kinds_on(row.id, self._month) & wanted.kinds,
            approved,
            roll.waived_on(row.id, self._month),
            wanted.rest and (row.sex, *(facts.get(fact) for fact in ("ability", "resident_since", *ONE_OF))),
        )
        answer = self._found.get(key)
        if answer is None:
            answer = self._found[key] = self._ask(roll.person_on(row, self._month, approved), schemes)
        return answer

    def _place(self, place: tuple[str, str]) -> tuple[tuple[Scheme, ...], Hashable]:
        schemes = self._schemes.of(*place)
        cut = tuple("/".join(path.split("/")[: self._asked.depth]) if path else None for path in place)
        self._places[place] = schemes, (*map(id, schemes), *cut)
        return self._places[place]

    def _ask(self, person: Any, schemes: tuple[Scheme, ...]) -> Answer:
        answers = credits(person, self._month, schemes)
        by_id = {scheme.id: scheme for scheme in schemes}
        return Answer(
            tuple(self._grant(one, by_id[one.scheme]) for one in answers.values() if isinstance(one, Credit)),
            tuple(one.code for one in answers.values() if isinstance(one, Reason)),
        )

    def _grant(self, credit: Credit, scheme: Scheme) -> Granted:
        """The credit as a line holds it; equal credits of different people are one."""
        facts = tuple(sorted(credit.reason.fields.items(), key=str))
        key = id(scheme), credit.class_code, credit.amount_fen, credit.minutes, credit.reason.code, facts
        if key not in self._granted:
            self._granted[key] = granted(credit, scheme, made_in=self._made_in)
        return self._granted[key]


def granted(credit: Credit, scheme: Scheme, *, made_in: date) -> Granted:
    """A credit as its line holds it, made in its own month or made up in the next."""
    assert scheme.purse is not None
    made = made_up(credit, scheme.purse, made_in)
    assert isinstance(made, Credit), "only schemes that allow it are asked for the month before"
    reason: dict[str, Any] = {
        "class_code": credit.class_code,
        "code": credit.reason.code,
        "fields": dict(credit.reason.fields),
    }
    if credit.minutes is not None:
        reason |= {"minutes": credit.minutes, "rate_fen": credit.rate_fen}
    return as_record(
        Granted,
        credit,
        stack_group=scheme.stack_group,
        is_above=bool(scheme.purse.above),
        month=f"{credit.month:%Y-%m}",
        starts_on=made_in,
        expires_on=made.expires_on or NEVER,
        by_year=scheme.purse.year_limit,
        opening_counts=scheme.purse.opening_counts,
        reason=reason,
    )


@dataclass(frozen=True, slots=True)
class FactsLookedAt:
    """What the conditions of some schemes look at. What none of them asks for makes no difference."""

    #: Of every age, by itself: how many bounds of an ``Age`` it has passed.
    bands: tuple[int, ...]
    #: Statuses that any condition names.
    kinds: frozenset[str]
    #: How many names the longest area has that any condition names.
    depth: int
    #: Some condition looks at sex, ability, permit or the months at the residence.
    rest: bool

    @staticmethod
    def of(schemes: Iterable[Scheme]) -> FactsLookedAt:
        """What these schemes ask."""
        parts = [
            part
            for scheme in schemes
            for when in (scheme.eligible, *(one.when for one in scheme.classes))
            for part in plain_parts(when)
        ]
        bounds = {bound for part in parts if isinstance(part, Age) for bound in (part.lowest, part.highest + 1)}
        areas = [
            path for part in parts if isinstance(part, InArea) for path in part.places.inside + part.places.outside
        ]
        kinds = [part.kinds for part in parts if isinstance(part, AnyStatus | AllStatuses)]
        rest = any(
            isinstance(part, AbilityIn | Months) or isinstance(part, OneOf) and part.fact != "settlement"
            for part in parts
        )
        # The last of the ages stands for the one before birth: Python counts -1 from the end.
        ages = (*range(OLDEST * 2), -1)
        return FactsLookedAt(
            tuple(sum(age >= bound for bound in bounds) for age in ages),
            frozenset().union(*kinds),
            max((path.count("/") for path in areas), default=0),
            rest,
        )
