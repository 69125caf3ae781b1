"""Changes of facts start, stop or freeze entitlements from their day. Session-first: the caller's transaction.

Whoever writes a status, a death, a move, a pause or an address calls ``follow`` in the same transaction. It works out
the days on which each entitlement cannot hold and sets them against the halts on file, so that calling it twice, or
after a correction, ends in the same rows. What was served is never changed: ``look_back.py`` lists it.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from canteen.audit import trail
from canteen.base.access import Actor
from canteen.base.clock import day_of
from canteen.base.db import table_of
from canteen.base.db.rows import lasts
from canteen.base.records import as_record, as_row, chunks
from canteen.books.models.servings import Serving
from canteen.entitlements import look_back
from canteen.entitlements.elder_records import records
from canteen.entitlements.eligibility import DAY, ElderRecord, HaltFacts, halts_of_facts, halts_of_life
from canteen.entitlements.models import BACK_DATING, ENTITLEMENT, HALT, SANCTION
from canteen.people.followers import BackDated
from canteen.people.queries import ELDER
from canteen.schemes.language.scheme import Scheme
from canteen.schemes.queries import schemes_in_force

_SERVING = table_of(Serving)
#: How far ahead birthdays and ends of statuses are looked at.
HORIZON = timedelta(days=366)
#: Measures that take the entitlement away; the others are about money.
STOPPING = frozenset({"suspend", "cancel"})
#: Elders in one statement.
_CHUNK = 500


def follow(session: Session, elder_id: int, *, day: date, actor: Actor, at: datetime) -> int:
    """Bring the halts of an elder's entitlements up to the facts, as they are from ``day`` on. Returns how many
    entitlements changed. Nothing is done for an elder without entitlements (one statement)."""
    return follow_many(session, [elder_id], day=day, actor=actor, at=at)


def follow_many(session: Session, elder_ids: Iterable[int], *, day: date, actor: Actor, at: datetime) -> int:
    """The same for many elders: five statements for 500 people."""
    ids, changed = list(elder_ids), 0
    schemes = _InForce(session, day_of(at))
    for some in chunks(ids, _CHUNK):
        changed += _follow_some(session, some, schemes, day=day, actor=actor, at=at)
    return changed


class _InForce:
    """The scheme that applies to an area, looked up once for each area."""

    def __init__(self, session: Session, day: date) -> None:
        self._session, self.today = session, day
        self._found: dict[str, dict[str, Scheme]] = {}

    def get(self, area_path: str, scheme: str) -> Scheme | None:
        if area_path not in self._found:
            found = schemes_in_force(self._session, area_path=area_path, day=self.today)
            self._found[area_path] = {one.id: one for one in found}
        return self._found[area_path].get(scheme)


def _follow_some(
    session: Session, ids: Sequence[int], schemes: _InForce, *, day: date, actor: Actor, at: datetime
) -> int:
    live = session.execute(
        select(ENTITLEMENT)
        .where(ENTITLEMENT.c.elder_id.in_(ids), ENTITLEMENT.c.cancelled_at.is_(None), lasts(ENTITLEMENT.c.to_day, day))
        .order_by(ENTITLEMENT.c.id)
    ).all()
    if not live:
        return 0
    people = {one.id: one for one in records(session, ELDER.c.id.in_({row.elder_id for row in live}))}
    halts, sanctions = _halts(session, [row.id for row in live]), _sanctions(session, list(people))
    changed = 0
    for row in live:
        record = people[row.elder_id]
        on_file = halts[row.id]
        wanted = [*halts_of_life(record)]
        wanted += [one for decided_at, one in sanctions[row.elder_id, row.scheme] if decided_at >= row.created_at]
        wanted += _facts(record, row, schemes, list(on_file), day=day)
        clipped = {one for one in (_clip(one, row) for one in wanted) if one is not None}
        changed += _settle_halts(session, row, on_file, clipped, actor=actor, at=at)
    return changed


def _halts(session: Session, ids: list[int]) -> defaultdict[int, dict[HaltFacts, int]]:
    """Entitlement -> its halts that count, with their row ids."""
    found: defaultdict[int, dict[HaltFacts, int]] = defaultdict(dict)
    for row in session.execute(select(HALT).where(HALT.c.entitlement_id.in_(ids), HALT.c.cancelled_at.is_(None))):
        found[row.entitlement_id][as_record(HaltFacts, row)] = row.id
    return found


def _sanctions(
    session: Session, elder_ids: list[int]
) -> defaultdict[tuple[int, str], list[tuple[datetime, HaltFacts]]]:
    """Elder and scheme -> the days lost by a sanction, and when it was decided: a right given later, by a new decision,
    is not touched by it."""
    found: defaultdict[tuple[int, str], list[tuple[datetime, HaltFacts]]] = defaultdict(list)
    rows = session.execute(select(SANCTION).where(SANCTION.c.elder_id.in_(elder_ids), SANCTION.c.lifted_at.is_(None)))
    for row in rows:
        if STOPPING & set(row.measures.split(",")):
            last = row.until_day - DAY if row.until_day else None
            halt = HaltFacts("stopped", "sanction", "", row.id, row.decided_on, last)
            found[row.elder_id, row.scheme].append((row.decided_at, halt))
    return found


def _facts(record: ElderRecord, row: Any, schemes: _InForce, on_file: list[HaltFacts], *, day: date) -> list[HaltFacts]:
    """The halts by facts: what is on file before the day, cut there, and what the facts say from the day on."""
    before = [one for one in on_file if one.cause == "facts"]
    scheme = schemes.get(record.residence, row.scheme) or schemes.get(record.hukou, row.scheme)
    if scheme is None:
        return before  # The scheme is not in force: nothing new can be said.
    start = max(day, row.from_day, scheme.valid_from or day)
    after = list(halts_of_facts(record, scheme, start, max(start, schemes.today) + HORIZON))
    kept: list[HaltFacts] = []
    for one in before:
        if one.from_day >= start:
            continue
        if one.to_day is None or one.to_day >= start:
            following = next(
                (new for new in after if new.from_day == start and new.reason_code == one.reason_code), None
            )
            if following:
                after.remove(following)
                kept.append(replace(one, to_day=following.to_day))
                continue
            one = replace(one, to_day=start - DAY)
        kept.append(one)
    return kept + after


def _clip(one: HaltFacts, row: Any) -> HaltFacts | None:
    """The part of a halt inside the days of the entitlement."""
    first = max(one.from_day, row.from_day)
    if (one.to_day is not None and one.to_day < first) or (row.to_day is not None and row.to_day < first):
        return None
    return replace(one, from_day=first)


def _settle_halts(
    session: Session, row: Any, on_file: dict[HaltFacts, int], wanted: set[HaltFacts], *, actor: Actor, at: datetime
) -> bool:
    gone = [row_id for facts, row_id in on_file.items() if facts not in wanted]
    new = sorted(wanted - set(on_file), key=lambda one: (one.from_day, one.cause, one.source_id))
    if gone or new:
        trail.touch(session, "elder", row.elder_id)
    if gone:
        session.execute(update(HALT).where(HALT.c.id.in_(gone)).values(cancelled_at=at))
    if new:
        written = {"entitlement_id": row.id, "recorded_at": at, "recorded_by": actor.staff_id}
        session.execute(insert(HALT), [as_row(one) | written for one in new])
    if gone or new:
        days = [f"{one.kind} {one.from_day.isoformat()}" for one in new]
        trail.record(session, actor, "halt_entitlement", f"entitlement:{row.id}", at, undone=len(gone), new=days)
    return bool(gone or new)


def note_back_dating(session: Session, change: BackDated, *, actor: Actor, at: datetime) -> int:
    """Remember a status recorded with effect from a day that has passed. Returns how many meals lie in between; with
    none there is nothing to look back at, and nothing is written."""
    today = day_of(at)
    if change.from_day >= today:
        return 0
    meals = session.scalars(
        select(_SERVING.c.id).where(
            _SERVING.c.elder_id == change.elder_id,
            _SERVING.c.voided_at.is_(None),
            _SERVING.c.day.between(change.from_day, today),
        )
    ).all()
    if meals:
        trail.touch(session, "elder", change.elder_id)
        written = {"to_day": today, "recorded_at": at, "recorded_by": actor.staff_id}
        session.execute(insert(BACK_DATING).values(as_row(change) | written))
    return len(meals)


def meals_to_look_at(session: Session, elder_id: int, *, actor: Actor) -> int:
    """How many meals of an elder there are to look back at."""
    return len(look_back.lines(session, actor=actor, elder_id=elder_id))
