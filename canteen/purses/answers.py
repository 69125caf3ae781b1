"""What a month brings to many people: the engine is asked once for all of whom the same is known.

The engine looks at a person through ``subsidies.known.Known``; people in whom it can see no difference get one answer.
What is compared here is at least that: the age on every day it may be looked at, areas as deep as any condition names
one, and every other fact as it is.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row

from canteen.purses.models import NEVER
from canteen.purses.roll import PurseSchemes, Roll
from canteen.subsidies.allowances import Credit, credits
from canteen.subsidies.places import Places
from canteen.subsidies.purse_terms import last_day
from canteen.subsidies.reasons import Reason
from canteen.subsidies.scheme import Scheme


@dataclass(frozen=True, slots=True, eq=False)
class Granted:
    """One credit as a line holds it, the same for everybody who gets it. Compared by identity: there are few."""

    scheme: str
    stack_group: str
    #: It raises another scheme's credit instead of standing against the others of its group.
    is_above: bool
    version: str
    class_code: str
    amount_fen: int
    #: The month it is for; the first day of the month it is made in, and its last day.
    month: str
    starts_on: date
    expires_on: date
    by_year: bool
    opening_counts: bool
    reason: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What one month brings to somebody: credits, and the codes of why the other schemes bring nothing."""

    granted: tuple[Granted, ...]
    codes: tuple[str, ...]
    #: There is a scheme with a purse where this person lives or has the hukou.
    has_schemes: bool = True


_NOTHING = Answer((), (), has_schemes=False)


class Answers:
    """The answers of one month, kept while a chunk is decided."""

    def __init__(self, month: date, schemes: PurseSchemes, *, made_in: date) -> None:
        self._month, self._schemes, self._made_in = month, schemes, made_in
        end = last_day(month)
        #: Of a birthday it only matters on which side of these days of the year it lies.
        self._first, self._last = month.month * 100 + 1, end.month * 100 + end.day
        self._depth = max((_depth(scheme) for scheme in schemes.all), default=0)
        #: Of each residence and hukou: the schemes, what they are known by here, and the areas as deep as they matter.
        self._places: dict[tuple[str, str], tuple[tuple[Scheme, ...], Hashable]] = {}
        self._found: dict[Hashable, Answer] = {}
        self._granted: dict[Hashable, Granted] = {}

    def of(self, roll: Roll, row: Row[Any], approved: frozenset[str] | None) -> Answer:
        """What the month brings to one of a roll, who is there on the first of it."""
        place = roll.paths[row.residence_area_id], roll.paths.get(row.hukou_area_id, "")
        known = self._places.get(place)
        if known is None:
            schemes = self._schemes.of(*place)
            cut = tuple(_cut(path, self._depth) for path in place)
            known = self._places[place] = schemes, (*map(id, schemes), *cut)
        schemes, where = known
        if not schemes:
            return _NOTHING
        facts, birth = roll.personal[row.id], row.birth_day
        on = birth.month * 100 + birth.day
        key = (
            where, birth.year, on <= 101, on <= self._first, on <= self._last, row.settlement,
            row.sex, roll.kinds_on(row.id, self._month), facts.get("ability", ""), facts.get("permit", ""),
            facts.get("resident_since"), approved,
        )  # fmt: skip
        answer = self._found.get(key)
        if answer is None:
            person = roll.of(row, self._month, approved).person
            answer = self._found[key] = self._ask(person, schemes)
        return answer

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
    """A credit as its line holds it. One made up for a missed month lasts as long as one of the month it is made in."""
    assert scheme.purse is not None
    ends = credit.expires_on if credit.month == made_in else scheme.purse.expires_on(made_in)
    reason: dict[str, Any] = {"code": credit.reason.code, "fields": dict(credit.reason.fields)}
    if credit.minutes is not None:
        reason |= {"minutes": credit.minutes, "rate_fen": credit.rate_fen}
    return Granted(
        scheme=credit.scheme, stack_group=scheme.stack_group, is_above=bool(scheme.purse.above), version=credit.version,
        class_code=credit.class_code, amount_fen=credit.amount_fen, month=f"{credit.month:%Y-%m}", starts_on=made_in,
        expires_on=ends or NEVER, by_year=scheme.purse.year_limit, opening_counts=scheme.purse.opening_counts,
        reason=reason,
    )  # fmt: skip


def _cut(path: str, depth: int) -> str:
    return "/".join(path.split("/")[:depth]) if depth else path and "-"


def _depth(scheme: Scheme) -> int:
    """How many names the longest area has that a condition of the scheme asks for."""
    conditions = (scheme.eligible, *(one.when for one in scheme.classes))
    return max((path.count("/") for places in _places(conditions) for path in places.inside + places.outside), default=0)


def _places(thing: Any) -> Iterator[Places]:
    """Every ``Places`` in a condition, however deep."""
    if isinstance(thing, Places):
        yield thing
    elif isinstance(thing, tuple):
        for part in thing:
            yield from _places(part)
    elif is_dataclass(thing):
        for one in fields(thing):
            yield from _places(getattr(thing, one.name))
