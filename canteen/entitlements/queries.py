"""Which rights hold on a day, and which end soon: what other rooms ask. Core statements on the caller's session."""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

from sqlalchemy import bindparam, literal, select
from sqlalchemy.orm import Session

from canteen.base.access import Actor
from canteen.base.db import reading
from canteen.base.db.prepared import Prepared
from canteen.base.db.rows import covers
from canteen.base.db.sealed import place_of
from canteen.base.records import row_with
from canteen.base.vault import the_vault
from canteen.entitlements.eligibility import DAY, SOON_DAYS
from canteen.entitlements.models import ENTITLEMENT, HALT
from canteen.people.queries import ELDER, in_reach, people_with
from canteen.schemes.queries import scheme_names

_HOLDS = (
    ENTITLEMENT.c.cancelled_at.is_(None),
    covers(ENTITLEMENT.c.from_day, ENTITLEMENT.c.to_day, bindparam("day")),
    ~select(HALT.c.id)
    .where(
        HALT.c.entitlement_id == ENTITLEMENT.c.id,
        HALT.c.cancelled_at.is_(None),
        covers(HALT.c.from_day, HALT.c.to_day, bindparam("day")),
    )
    .exists(),
)
# On the counter's path: built once, one statement on two indexes.
_APPROVED = Prepared(
    select(ENTITLEMENT.c.scheme, ENTITLEMENT.c.from_day).where(ENTITLEMENT.c.elder_id == bindparam("elder"), *_HOLDS)
)
_APPROVED_OF_ALL = select(ENTITLEMENT.c.elder_id, ENTITLEMENT.c.scheme).where(*_HOLDS)
_APPROVED_OF_SOME = _APPROVED_OF_ALL.where(ENTITLEMENT.c.elder_id.in_(bindparam("elders")))
#: More ids than this are not sent to the database: it answers for everybody.
_MOST_IDS = 10_000


def approved_schemes(session: Session, *, elder_id: int, day: date) -> frozenset[str]:
    """Ids of the schemes for which this elder has an entitlement in force on this day, neither stopped nor frozen."""
    return frozenset(row.scheme for row in _APPROVED.all(session, elder=elder_id, day=day))


def approved_since(session: Session, *, elder_id: int, day: date) -> dict[str, date]:
    """The same with the first day of each entitlement."""
    return {row.scheme: row.from_day for row in _APPROVED.all(session, elder=elder_id, day=day)}


def approved_schemes_of(session: Session, *, elder_ids: Collection[int], day: date) -> dict[int, frozenset[str]]:
    """The same for many elders in one statement; elders without any are left out."""
    if len(elder_ids) > _MOST_IDS:
        rows = session.execute(_APPROVED_OF_ALL, {"day": day})
    else:
        rows = session.execute(_APPROVED_OF_SOME, {"elders": list(elder_ids), "day": day})
    found: dict[int, set[str]] = {}
    wanted = set(elder_ids)
    for elder_id, scheme in rows:
        if elder_id in wanted:
            found.setdefault(elder_id, set()).add(scheme)
    return {elder_id: frozenset(schemes) for elder_id, schemes in found.items()}


def ending_soon(actor: Actor, *, today: date) -> list[Any]:
    """Rights in reach that end, or are halted, within the next weeks; the earliest first.

    Rows of who, scheme and class with ``scheme_name``, ``last_day`` and ``cause``: ``valid`` (it was given for a time), or
    the cause of the halt.
    """
    soon = today + timedelta(days=SOON_DAYS)
    rights = (
        people_with(ENTITLEMENT.c.scheme, ENTITLEMENT.c.sealed)
        .join(ENTITLEMENT, ENTITLEMENT.c.elder_id == ELDER.c.id)
        .where(ENTITLEMENT.c.cancelled_at.is_(None), in_reach(actor))
    )
    held = rights.add_columns(ENTITLEMENT.c.to_day.label("last_day"), literal("valid").label("cause"))
    halted = rights.add_columns(HALT.c.from_day, HALT.c.cause).join(HALT, HALT.c.entitlement_id == ENTITLEMENT.c.id)
    running = HALT.c.cancelled_at.is_(None), HALT.c.from_day.between(today + DAY, soon + DAY)
    names = scheme_names()
    with reading() as session:
        rows = session.execute(held.where(ENTITLEMENT.c.to_day.between(today, soon))).all()
        found = [(row, row.last_day) for row in rows]
        found += [(row, row.from_day - DAY) for row in session.execute(halted.where(*running))]
    lines = [
        row_with(
            row,
            last_day=last_day,
            scheme_name=names.get(row.scheme, row.scheme),
            class_code=the_vault().open(row.sealed, place_of(ENTITLEMENT.c.sealed, elder_id=row.elder_id))[
                "class_code"
            ],
        )
        for row, last_day in found
    ]
    return sorted(lines, key=lambda one: (one.last_day, one.elder_id))
