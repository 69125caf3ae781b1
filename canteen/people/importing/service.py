"""Importing a roster: look at it first, then write it all in one transaction or nothing.

Reading, comparing, sealing and spelling happen before the transaction opens. Inside it the plan's basis is read
again; when somebody changed it meanwhile, everything is planned anew.
"""

import base64
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from canteen.audit import trail
from canteen.base.access import Actor
from canteen.base.clock import day_of
from canteen.base.db import LostRace, reading, transaction
from canteen.base.errors import StorageTrouble
from canteen.base.months import full_years
from canteen.base.records import as_record
from canteen.base.vault import Vault, the_vault
from canteen.people.followers import follow
from canteen.people.importing.badrows import bad_rows, workbook
from canteen.people.importing.comparing import RosterPlan, RosterSetting, make_plan
from canteen.people.importing.on_file import OnFile, OnRoster, read_on_file
from canteen.people.importing.reading import read_roster
from canteen.people.importing.results import ChangedPerson, ImportResult, Preview, SampleRow, by_row
from canteen.people.importing.roster import Roster, RosterRow, RowRemark
from canteen.people.importing.uploads import Uploads
from canteen.people.importing.writing import make_ready, write
from canteen.people.queries import AREA, ELDER
from canteen.people.registry import reserve_ids
from canteen.people.rules import card_number, masked_id
from canteen.places.queries import SiteFacts, site_for
from canteen.places.rules import parse_area_path

#: How often a plan may grow old before an import gives up.
_LOOKS = 5
#: Persons a preview shows.
_SAMPLE = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """A file that was read, and what its rows hang on."""

    filename: str
    site: SiteFacts
    roster: Roster
    #: Today, and the day the statuses count from.
    day: date
    dated: date
    #: Good rows by the hash of their ID number.
    rows: dict[str, RosterRow]
    actor: Actor
    vault: Vault

    @property
    def issuer(self) -> str:
        return self.roster.issuer or self.site.name


def preview_roster(data: bytes, filename: str, *, site_id: int, actor: Actor, day: date) -> Preview:
    """What importing a file would do; nothing is written.

    Raises ``BadInput`` for a file that is no roster and ``NotFound`` for a site out of reach.
    """
    task = _read(data, filename, site_id=site_id, actor=actor, day=day)
    with reading() as session:
        plan, _, new_areas = _plan(session, task)
    roster, bad = task.roster, {remark.row for remark in plan.problems}
    sample = [row for row in roster.persons if row.row not in bad][:_SAMPLE]
    return as_record(
        Preview,
        roster,
        filename=filename,
        site_name=task.site.name,
        issuer=task.issuer,
        dated=task.dated,
        is_dated_by_paper=task.dated == roster.dated,
        new=len(plan.new),
        columns=tuple((roster.layout.headers[column], name) for column, name in roster.layout.fields.items()),
        ignored=roster.layout.ignored,
        **_outcome(task, plan, new_areas),
        changes=tuple(ChangedPerson(change.row, change.draft.name, change.facts) for change in plan.changes),
        sample=tuple(_sample(row, day) for row in sample),
    )


def import_roster(data: bytes, filename: str, *, site_id: int, actor: Actor, now: datetime) -> ImportResult:
    """Take every good row of a roster into the register, in one transaction; bad rows are listed and left out.

    New people come with statuses from the roster's date, card and search keys; known people (by ID number) get what
    the paper says otherwise; villages it names in a known township are made. One audit row tells what changed. The
    same file again changes nothing. Raises what ``preview_roster`` raises, and ``StorageTrouble``.
    """
    task = _read(data, filename, site_id=site_id, actor=actor, day=day_of(now))
    for _look in range(_LOOKS):
        with reading() as session:
            plan, known, new_areas = _plan(session, task)
            ids = reserve_ids(session, ELDER, len(plan.new))
        if plan.is_empty:
            return _result(task, plan, new_areas)
        writes = make_ready(plan, ids, recorded_by=actor.staff_id, at=now, vault=task.vault)
        try:
            with transaction() as session:
                write(session, writes, known=known, new_areas=new_areas)
                changed = [change.elder_id for change in plan.changes]
                follow(session, changed, day=task.dated, actor=actor, at=now)
                _audit(session, task, plan, ids, at=now)
            return _result(task, plan, new_areas)
        except LostRace:
            continue
    raise StorageTrouble("busy")


def import_upload(uploads: Uploads, token: str, *, actor: Actor, now: datetime) -> None:
    """Import an uploaded roster and keep what came of it under the same token.

    Of two clicks one takes the file; the other finds ``NotFound``. A failed import leaves the file to be tried again.
    """
    upload = uploads.take(token)
    try:
        done = import_roster(upload.data, upload.filename, site_id=upload.site_id, actor=actor, now=now)
    except BaseException:
        uploads.give_back(token)
        raise
    uploads.finish(
        token,
        {
            **{name: getattr(done, name) for name in ("rows", "imported", "updated", "unchanged")},
            "filename": upload.filename,
            "rejected": len(done.rejected),
            "new_areas": list(done.new_areas),
            "problems": [[one.row, one.text, dict(one.fields)] for one in done.problems],
            "warnings": [[one.row, one.text, dict(one.fields)] for one in done.warnings],
            "bad_rows": base64.b64encode(workbook(done.bad_rows)).decode() if done.rejected else "",
        },
    )


def _read(data: bytes, filename: str, *, site_id: int, actor: Actor, day: date) -> _Task:
    site = site_for(actor, site_id)
    with reading() as session:
        areas = [(row.path, row.level) for row in session.execute(select(AREA.c.path, AREA.c.level))]
    roster = read_roster(data, filename, areas=areas, home=site.area_path, day=day)
    vault = the_vault()
    return _Task(
        filename=filename,
        site=site,
        roster=roster,
        actor=actor,
        vault=vault,
        day=day,
        dated=roster.dated if roster.dated and roster.dated <= day else day,
        rows={vault.index("id_number", row.id.number): row for row in roster.persons},
    )


def _plan(session: Session, task: _Task) -> tuple[RosterPlan, OnFile, dict[int, str]]:
    """The plan, what it was made from, and the villages that must be made for it (by their stand-in ids)."""
    areas = {row.path: row for row in session.execute(select(AREA.c.path, AREA.c.id, AREA.c.settlement))}
    new_areas = {path: -at for at, path in enumerate(task.roster.new_areas, 1) if path not in areas}
    setting = as_record(
        RosterSetting,
        task,
        site_id=task.site.id,
        area_ids={path: row.id for path, row in areas.items()} | new_areas,
        settlements={path: row.settlement for path, row in areas.items()}
        | {path: parse_area_path(path)[-1].settlement for path in new_areas},
    )
    wanted = OnRoster(
        hashes=tuple(task.rows),
        cards=tuple(card_number(row.card) for row in task.rows.values() if row.card),
        names=tuple({row.name for row in task.rows.values()}),
    )
    known = read_on_file(session, wanted, actor=task.actor, day=task.day)
    plan = make_plan(task.rows, known, setting)
    used = plan.area_ids
    return plan, known, {number: path for path, number in new_areas.items() if number in used}


def _audit(session: Session, task: _Task, plan: RosterPlan, ids: list[int], *, at: datetime) -> None:
    """One row for the whole import: who is new, and which facts of whom changed; never what they are."""
    trail.record(
        session,
        task.actor,
        "import_roster",
        f"site:{task.site.id}",
        at,
        site_id=task.site.id,
        rows=task.roster.count,
        imported=len(ids),
        unchanged=plan.unchanged,
        rejected=len(by_row(_problems(task, plan))),
        new_elders=[ids[0], ids[-1]] if ids else [],
        changed={str(change.elder_id): list(change.facts) for change in plan.changes},
    )


def _problems(task: _Task, plan: RosterPlan) -> tuple[RowRemark, ...]:
    return tuple(sorted((*task.roster.problems, *plan.problems), key=lambda remark: remark.row))


def _outcome(task: _Task, plan: RosterPlan, new_areas: dict[int, str]) -> dict[str, Any]:
    """What a preview and an import say alike: the fields of ``ImportOutcome``."""
    bad = {remark.row for remark in plan.problems}
    warnings = (remark for remark in (*task.roster.warnings, *plan.warnings) if remark.row not in bad)
    return {
        "rows": task.roster.count,
        "unchanged": plan.unchanged,
        "problems": _problems(task, plan),
        "warnings": tuple(sorted(warnings, key=lambda remark: remark.row)),
        "new_areas": tuple(new_areas.values()),
    }


def _result(task: _Task, plan: RosterPlan, new_areas: dict[int, str]) -> ImportResult:
    bad = bad_rows(task.roster.layout, dict(by_row(_problems(task, plan))))
    outcome = _outcome(task, plan, new_areas)
    return ImportResult(**outcome, imported=len(plan.new), updated=len(plan.changes), bad_rows=bad)


def _sample(row: RosterRow, day: date) -> SampleRow:
    return as_record(SampleRow, row, masked_id=masked_id(row.id.number), age=full_years(row.id.birth_day, day))
