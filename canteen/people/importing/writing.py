"""Writing a planned roster. Session-first: one transaction of the caller, bulk statements made ready before it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm import Session

from canteen.audit import trail
from canteen.base.clock import day_of
from canteen.base.db import LostRace
from canteen.base.records import chunks
from canteen.base.vault import Vault
from canteen.people.importing.comparing import RosterPlan
from canteen.people.importing.on_file import MOST_IN_LIST, OnFile, read_basis
from canteen.people.queries import ELDER, KEY, STATUS
from canteen.people.registry import (
    Rows,
    card_row,
    elder_row,
    ids_are_free,
    insert_rows,
    key_rows,
    rewrite,
    rows_of,
    status_row,
)
from canteen.places.registry import ensure_area

_END_STATUS = update(STATUS).where(STATUS.c.id == bindparam("status")).values(to_day=bindparam("last_day"))


@dataclass(slots=True)
class Writes:
    """Every row an import writes, sealed and spelled."""

    new_ids: list[int]
    rows: Rows
    #: Whole rows of elders that change.
    updates: list[dict[str, Any]] = field(default_factory=list)
    #: Elders whose search keys are made anew.
    rekeyed: list[int] = field(default_factory=list)
    ends: list[dict[str, int | date]] = field(default_factory=list)


def make_ready(plan: RosterPlan, new_ids: list[int], *, recorded_by: int | None, at: datetime, vault: Vault) -> Writes:
    """Seal, hash and spell everything a plan writes; ``new_ids`` were reserved for its new elders."""
    new = zip(new_ids, plan.new, strict=True)
    writes = Writes(new_ids, rows_of(new, recorded_by=recorded_by, at=at, vault=vault))
    for change in plan.changes:
        elder_id, rows = change.elder_id, writes.rows
        writes.updates.append(elder_row(elder_id, change.draft, vault) | {"updated_at": at})
        for status in change.starts:
            rows.statuses.append(status_row(elder_id, status, recorded_by=recorded_by, at=at, vault=vault))
        writes.ends += [{"status": status_id, "last_day": last_day} for status_id, last_day in change.ends]
        if change.card:
            rows.cards.append(card_row(elder_id, change.card, day=day_of(at)))
        if {"name", "phone"} & set(change.facts):
            writes.rekeyed.append(elder_id)
            rows.keys += key_rows(elder_id, change.draft, vault)
    # Two imports that meet take unique values in the same order, so that neither waits for the other in a circle.
    writes.rows.elders.sort(key=lambda row: row["id_hash"])
    writes.rows.cards.sort(key=lambda row: row["number"])
    return writes


def write(session: Session, writes: Writes, *, known: OnFile, new_areas: Mapping[int, str]) -> None:
    """Write it all. ``LostRace`` when what the plan was made from is no longer so.

    ``new_areas`` are the paths of villages to be made, by the negative ids that stand in for them in the rows.
    """
    for part in chunks(sorted(row["id"] for row in writes.updates), MOST_IN_LIST):
        # Held before they are looked at; people who do not change can be served meanwhile.
        session.execute(
            select(ELDER.c.id).where(ELDER.c.id.in_(part)).order_by(ELDER.c.id).with_for_update(key_share=True)
        )
    if read_basis(session, known.wanted) != known.basis:
        raise LostRace("somebody changed people of the roster meanwhile")
    if not ids_are_free(session, ELDER, writes.new_ids):
        raise LostRace("somebody added an elder meanwhile")
    written = {row["id"] for row in writes.updates} | {
        row["elder_id"] for row in (*writes.rows.statuses, *writes.rows.cards)
    }
    trail.touch(session, "elder", *(written - set(writes.new_ids)))
    made = {number: ensure_area(session, path).id for number, path in new_areas.items()}
    for row in (*writes.rows.elders, *writes.updates):
        for column in ("residence_area_id", "hukou_area_id"):
            row[column] = made.get(row[column], row[column])
    for part in chunks(writes.rekeyed, MOST_IN_LIST):
        session.execute(delete(KEY).where(KEY.c.elder_id.in_(part)))
    rewrite(session, writes.updates)
    if writes.ends:
        session.connection().execute(_END_STATUS, writes.ends)
    insert_rows(session, writes.rows)
