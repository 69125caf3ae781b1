"""Working out a preview: at once when it is small, else in a process of its own that the page can watch.

Counting 200,000 meals twice takes long enough to slow the counter, so it never runs among the requests. What is kept
are ids and amounts; names are read when somebody looks.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, fields
from datetime import date, datetime, timedelta

from sqlalchemy import Update, delete, select, update
from sqlalchemy.orm import Session

from canteen.base.config import ROOT, Settings
from canteen.base.db import reading, table_of, transaction
from canteen.base.months import month_bounds, span_before
from canteen.desk.preview import sample as samples
from canteen.desk.preview.affected import Recount, Totals
from canteen.desk.preview.sample import Sample
from canteen.places.models import Area
from canteen.schemes.models import SchemeDraft, SchemePreview
from canteen.schemes.queries import parsed

#: Meals that are counted within the request (about half a second); more go to a process of their own.
AT_ONCE = 4_000
#: Elders between two signs of life.
CHUNK = 400
#: A preview that is silent for longer has died.
SILENT = timedelta(minutes=2)

_PREVIEW = table_of(SchemePreview)


def sample_for(session: Session, draft: SchemeDraft, *, from_day: date, month: date) -> Sample:
    """What a preview of this draft counts: the meals of the month that begins on ``month``."""
    path = session.execute(select(Area.path).where(Area.id == draft.area_id)).scalar_one()
    return Sample(draft.text, path, from_day, *month_bounds(month))


def month_to_count(session: Session, area_path: str, *, today: date) -> date:
    """First day of the last full month; of this month where nothing was served before it (a new canteen)."""
    first, last = span_before("month", today)
    return first if samples.count_meals(session, area_path, first=first, last=last) else today.replace(day=1)


def begin(session: Session, draft_id: int, sample: Sample, *, revision: int, now: datetime) -> None:
    """Write down that a preview is being made, in place of an earlier one."""
    total = len(samples.elder_ids(session, sample))
    session.execute(delete(_PREVIEW).where(_PREVIEW.c.draft_id == draft_id))
    session.add(
        SchemePreview(
            draft_id=draft_id,
            revision=revision,
            from_day=sample.from_day,
            month=f"{sample.first:%Y-%m}",
            state="running",
            done=0,
            total=total,
            started_at=now,
            seen_at=now,
            result=None,
        )
    )


def run(draft_id: int, *, now: Callable[[], datetime]) -> Totals | None:
    """Work out the preview that ``begin`` wrote down; None when it was cancelled meanwhile."""
    with reading() as session:
        preview = session.get(SchemePreview, draft_id)
        if preview is None or preview.state != "running":
            return None
        draft = session.get_one(SchemeDraft, draft_id)
        month = date.fromisoformat(f"{preview.month}-01")
        sample = sample_for(session, draft, from_day=preview.from_day, month=month)
        ids = samples.elder_ids(session, sample)
        sets_at = samples.sets_for(session, sample)
        started_at = preview.started_at
    recount = Recount(sets_at, parsed(sample.text).id, sample.from_day)
    for at in range(0, len(ids), CHUNK):
        with reading() as session:
            elders = samples.elders_of(session, ids[at : at + CHUNK], sample)
        for elder in elders:
            recount.add(elder)
        if at + CHUNK < len(ids) and not _note(draft_id, started_at, done=at + len(elders), seen_at=now()):
            return None
    totals = recount.totals
    result = asdict(totals)
    is_kept = _note(draft_id, started_at, done=len(ids), total=len(ids), seen_at=now(), state="done", result=result)
    return totals if is_kept else None


def _note(draft_id: int, started_at: datetime, **changes: object) -> bool:
    """Write how far it is; False when somebody cancelled it or began another."""
    with transaction() as session:
        running = _running(draft_id).where(_PREVIEW.c.started_at == started_at)
        return session.connection().execute(running.values(**changes)).rowcount == 1


def fail(draft_id: int, *, now: datetime) -> None:
    """Write down that a preview could not be made."""
    with transaction() as session:
        session.execute(_running(draft_id).values(state="failed", seen_at=now))


def cancel(session: Session, draft_id: int) -> None:
    """Stop a preview that is being made; nothing else depends on it."""
    session.execute(_running(draft_id).values(state="cancelled"))


def _running(draft_id: int) -> Update:
    return update(_PREVIEW).where(_PREVIEW.c.draft_id == draft_id, _PREVIEW.c.state == "running")


def spawn(draft_id: int, settings: Settings) -> None:
    """Start ``flask scheme preview`` for this draft, apart from this process."""
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "scheme", "preview", str(draft_id)]
    subprocess.Popen(  # noqa: S603 - the command is this program
        command,
        cwd=ROOT,
        env=environ_of(settings),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,  # its errors go where this process's go
    )


def environ_of(settings: Settings) -> dict[str, str]:
    """The environment under which another process reads these settings."""
    said = {f"CANTEEN_{one.name.upper()}": getattr(settings, one.name) for one in fields(Settings)}
    return os.environ | {name: str(int(value) if isinstance(value, bool) else value) for name, value in said.items()}
