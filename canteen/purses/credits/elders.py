"""Who is looked at by a credit run: the facts of many elders in a few statements.

Facts are those of the first of the month. Of the sealed facts only what a scheme may ask for is opened.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, func, or_, select
from sqlalchemy.orm import Session

from canteen.base.db.rows import lasts
from canteen.base.vault import Vault
from canteen.people.facts import person_on
from canteen.people.personal import open_waivers, personal_of
from canteen.people.queries import AREA, ELDER, LIFE, STATUS, in_area
from canteen.people.rules import waived_on, with_living
from canteen.places.queries import inside
from canteen.schemes.facts import Person


@dataclass(frozen=True, slots=True)
class Roll:
    """Some elders in the order of their ids; dated facts of each, so that more than one month can be looked at."""

    elders: Sequence[Row[Any]]
    statuses: dict[int, list[tuple[str, date, date | None]]]
    gone: dict[int, list[tuple[date, date | None]]]
    personal: dict[int, dict[str, Any]]
    paths: dict[int, str]

    def kinds_on(self, elder_id: int, day: date) -> frozenset[str]:
        """The statuses in force on a day, with the living situations that count as one."""
        kinds = [kind for kind, first, last in self.statuses.get(elder_id, ()) if _running(first, last, day)]
        return with_living(kinds, self.personal[elder_id].get("living", ""))

    def waived_on(self, elder_id: int, day: date) -> frozenset[str]:
        """The schemes given up on a day."""
        facts = self.personal[elder_id]
        return waived_on(open_waivers(facts), day) if facts.get("waived") else frozenset()

    def is_gone(self, elder_id: int, day: date) -> bool:
        """Has this person died or moved away by a day?"""
        return elder_id in self.gone and any(_running(*days, day) for days in self.gone[elder_id])

    def person_on(self, row: Row[Any], day: date, approved: frozenset[str] | None) -> Person:
        """The facts of one of them on a day."""
        person = person_on(
            row,
            personal_of(self.personal[row.id]),
            self.kinds_on(row.id, day),
            day,
            hukou=self.paths.get(row.hukou_area_id),
            residence=self.paths[row.residence_area_id],
        )
        return replace(person, approved=approved)


def _running(first: date, last: date | None, day: date) -> bool:
    return first <= day and (last is None or last >= day)


def meant_by(area: str) -> ColumnElement[bool]:
    """Who is meant by a run for an area: who lives there, eats there, or has the hukou there."""
    here = select(AREA.c.id).where(inside(area))
    return or_(in_area(area), ELDER.c.hukou_area_id.in_(here)) if area else in_area("")


def count(session: Session, *, area: str) -> int:
    """How many elders a run looks at."""
    return session.execute(select(func.count()).select_from(ELDER).where(meant_by(area))).scalar_one()


def area_paths(session: Session) -> dict[int, str]:
    """Every area's path: some hundreds, read once a run instead of joined to every elder twice."""
    return {row.id: row.path for row in session.execute(select(AREA.c.id, AREA.c.path))}


_FACTS = select(
    *ELDER.c["id", "birth_day", "sex", "hukou_area_id", "residence_area_id", "settlement", "sealed"]
).order_by(ELDER.c.id)


def load(session: Session, *, after: int, limit: int, days: Iterable[date], area: str, vault: Vault) -> Roll:
    """The next elders after an id, with everything that decides a credit on these days: four statements."""
    elders = session.execute(_FACTS.where(ELDER.c.id > after, meant_by(area)).limit(limit)).all()
    return _roll(session, elders, days=list(days), vault=vault)


def load_one(session: Session, elder_id: int, *, days: Iterable[date], vault: Vault) -> Roll:
    """The same of one elder."""
    return _roll(session, session.execute(_FACTS.where(ELDER.c.id == elder_id)).all(), days=list(days), vault=vault)


def _roll(session: Session, elders: Sequence[Row[Any]], *, days: list[date], vault: Vault) -> Roll:
    if not elders:
        return Roll((), {}, {}, {}, {})
    first, last = elders[0].id, elders[-1].id
    wanted = {row.id for row in elders}
    statuses: defaultdict[int, list[tuple[str, date, date | None]]] = defaultdict(list)
    running = select(*STATUS.c["elder_id", "from_day", "to_day", "sealed"]).where(
        STATUS.c.elder_id.between(first, last), STATUS.c.from_day <= max(days), lasts(STATUS.c.to_day, min(days))
    )
    for elder_id, from_day, to_day, sealed in session.execute(running).all():
        if elder_id in wanted:
            statuses[elder_id].append((vault.open(sealed, f"status:{elder_id}")["kind"], from_day, to_day))
    gone: defaultdict[int, list[tuple[date, date | None]]] = defaultdict(list)
    left = select(*LIFE.c["elder_id", "from_day", "to_day"]).where(
        LIFE.c.elder_id.between(first, last),
        LIFE.c.cancelled_at.is_(None),
        LIFE.c.kind.in_(("died", "moved")),
        LIFE.c.from_day <= max(days),
    )
    for elder_id, from_day, to_day in session.execute(left):
        gone[elder_id].append((from_day, to_day))
    personal = {row.id: vault.open(row.sealed, f"elder:{row.id}") for row in elders}
    return Roll(elders, statuses, gone, personal, area_paths(session))
