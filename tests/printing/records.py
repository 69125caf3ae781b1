"""Rows for tests of printing: a site with a printer, servings, and papers in a given state."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from canteen.base.db import reading, transaction
from canteen.books.models.servings import Serving
from canteen.printing import outbox
from canteen.printing.models import JOB, Printer, PrintJob
from canteen.printing.papers.kinds import KINDS, Paper
from tests.factories import NOW, TODAY, Place, sealed_answer
from tests.printing.samples import PAPERS, TICKET, VOID
from tests.trail import change

_count = itertools.count(1)


def make_serving(place: Place) -> int:
    """A serving of a guest: the least a ticket can belong to."""
    number = next(_count)
    with transaction() as session:
        serving = Serving(
            key=f"test-{number}",
            asked="",
            site_id=place.id,
            day=TODAY,
            slot="lunch",
            sequence=number,
            number=f"1121-{number:03}",
            guest_kind="villager",
            set_name="A套餐",
            price_fen=1200,
            own_fen=1200,
            way="dine_in",
            class_mark="",
            sealed=sealed_answer(Serving, f"test-{number}"),
            served_at=NOW,
        )
        session.add(serving)
        session.flush()
        return serving.id


def make_printer(place: Place, *, name: str = "柜台", address: str = "screen://test", **more: Any) -> int:
    """A printer in use, the default of its site unless told otherwise."""
    with transaction() as session:
        printer = Printer(site_id=place.id, name=name, address=address, **{"is_default": True} | more)
        session.add(printer)
        session.flush()
        return printer.id


def queue_ticket(place: Place, *, at: datetime = NOW, facts: dict[str, Any] | None = None) -> int:
    """A ticket of a new serving, waiting."""
    serving_id = make_serving(place)
    with transaction() as session:
        return outbox.enqueue(
            session,
            Paper.of("ticket", facts).body if facts else TICKET,
            key=f"ticket:{serving_id}",
            site_id=place.id,
            serving_id=serving_id,
            at=at,
        )


def queue_paper(place: Place, kind: str, *, at: datetime = NOW, **facts: Any) -> int:
    """A paper of any kind, waiting."""
    serving_id = make_serving(place) if KINDS[kind].is_of_a_serving else None
    with transaction() as session:
        return outbox.enqueue(
            session,
            Paper.of(kind, PAPERS[kind].as_json() | facts).body,
            key=f"{kind}:{next(_count)}",
            site_id=place.id,
            serving_id=serving_id,
            at=at,
        )


def void_serving_of(job_id: int, *, at: datetime = NOW) -> int:
    """The void ticket of a ticket's serving, waiting."""
    job = job_row(job_id)
    with transaction() as session:
        return outbox.enqueue(
            session, VOID, key=f"void:{job.serving_id}", site_id=job.site_id, serving_id=job.serving_id, at=at
        )


def set_state(job_id: int, state: str, *, at: datetime = NOW, **more: Any) -> None:
    """Put a paper into a state without the way to it."""
    finished = None if state in ("queued", "held", "sending", "uncertain") else at
    with transaction() as session:
        change(session, PrintJob, PrintJob.id == job_id, state=state, finished_at=finished, **more)


def set_printer(printer_id: int, **values: Any) -> None:
    """Change columns of a printer."""
    with transaction() as session:
        change(session, Printer, Printer.id == printer_id, **values)


@contextmanager
def _fresh_reading() -> Iterator[Session]:
    """A reading that sees what other threads have written: in a context, hence a snapshot, of its own."""
    with current_app.app_context(), reading() as session:
        yield session


def job_row(job_id: int) -> PrintJob:
    """A paper's row as it is now."""
    with _fresh_reading() as session:
        return session.get_one(PrintJob, job_id)


def printer_row(printer_id: int) -> Printer:
    """A printer's row as it is now."""
    with _fresh_reading() as session:
        return session.get_one(Printer, printer_id)


def states(*job_ids: int) -> list[str]:
    """States of papers, in the order asked."""
    with _fresh_reading() as session:
        rows = session.execute(select(JOB.c.id, JOB.c.state).where(JOB.c.id.in_(job_ids)))
        found = {row.id: row.state for row in rows}
    return [found[job_id] for job_id in job_ids]
