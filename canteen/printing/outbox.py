"""Papers are queued inside the caller's transaction: a meal and its ticket are stored together or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, ScalarSelect, bindparam, insert, select, update
from sqlalchemy.orm import Session

from canteen.base.prepared import Prepared
from canteen.printing.models import IS_OPEN, JOB, PRINTER, Printer, PrintJob
from canteen.printing.papers.facts import PrinterTestFacts, Reprint
from canteen.printing.papers.kinds import Paper
from canteen.printing.papers.sealing import kept, opened


def _default_printer(site_id: int | BindParameter[int]) -> ScalarSelect[int]:
    """The printer that takes a site's papers, as part of a statement."""
    wanted = select(PRINTER.c.id).where(PRINTER.c.site_id == site_id, PRINTER.c.is_default, PRINTER.c.is_active)
    return wanted.scalar_subquery()


_GIVEN = (
    "key",
    "site_id",
    "kind",
    "serving_id",
    "copy",
    "original_id",
    "facts",
    "state",
    "attempts",
    "repeats",
    "next_try_at",
    "created_at",
    "wanted_at",
    "trouble",
)
_INSERT = Prepared(insert(JOB).returning(JOB.c.id), columns=[*_GIVEN, "printer_id"])
_INSERT_FOR_DEFAULT = Prepared(
    insert(JOB).values(printer_id=_default_printer(bindparam("of_site"))).returning(JOB.c.id), columns=_GIVEN
)


def enqueue(
    session: Session,
    *,
    key: str,
    site_id: int,
    kind: str,
    serving_id: int | None,
    facts: Mapping[str, Any],
    at: datetime,
) -> int:
    """Queue one paper for the site's default printer, in one statement, and answer the job's id.

    ``facts`` is what ``as_json`` of the kind's facts gives (``papers.FACTS``); it is read and written anew, so that
    the row holds nothing else (KeyError or TypeError when something is missing). ``serving_id`` is None for other
    papers than those of a serving.
    Without a default printer the paper waits until the site has one. A key used before is ``LostRace`` at the end
    of the transaction. A ticket whose serving is voided stays queued: its void ticket follows it in order.
    """
    return _put(session, key=key, site_id=site_id, kind=kind, serving_id=serving_id, paper=Paper.of(kind, facts), at=at)


def enqueue_test_page(session: Session, *, key: str, printer: Printer, facts: PrinterTestFacts, at: datetime) -> int:
    """Queue a test page for that printer, whether or not it is its site's default."""
    return _put(
        session,
        key=key,
        site_id=printer.site_id,
        kind="test_page",
        serving_id=None,
        paper=Paper(facts),
        at=at,
        printer_id=printer.id,
    )


def enqueue_copy(session: Session, *, original: PrintJob, mark: Reprint, at: datetime) -> int:
    """Queue a copy (补打) of a paper for the site's default printer, under the original's number.

    The copy's place among the copies is its key: asking twice for "copy 1" is ``LostRace``, not two papers.
    """
    facts = opened(original.kind, original.facts, key=original.key)
    paper = replace(Paper.of(original.kind, facts), reprint=mark)
    return _put(
        session,
        key=f"{original.key}:copy:{mark.copy}",
        site_id=original.site_id,
        kind=original.kind,
        serving_id=original.serving_id,
        paper=paper,
        at=at,
        copy=mark.copy,
        original_id=original.id,
    )


def _put(
    session: Session,
    *,
    key: str,
    site_id: int,
    kind: str,
    serving_id: int | None,
    paper: Paper,
    at: datetime,
    **more: int | None,
) -> int:
    row = {
        "key": key,
        "site_id": site_id,
        "kind": kind,
        "serving_id": serving_id,
        "copy": 0,
        "facts": kept(kind, paper.as_json(), key=key),
        "original_id": None,
        "state": "queued",
        "attempts": 0,
        "repeats": 0,
        "next_try_at": at,
        "created_at": at,
        "wanted_at": at,
        "trouble": "",
    }
    if "printer_id" in more:
        job_id: int = _INSERT.value(session, **row | more)
    else:
        job_id = _INSERT_FOR_DEFAULT.value(session, **row | more, of_site=site_id)
    return job_id


def adopt(session: Session, site_id: int) -> None:
    """Give the site's waiting papers that have no printer in use to its default printer, if it has one."""
    in_use = select(PRINTER.c.id).where(PRINTER.c.is_active)
    homeless = JOB.c.printer_id.is_(None) | JOB.c.printer_id.not_in(in_use)
    session.execute(
        update(JOB)
        .where(JOB.c.site_id == site_id, IS_OPEN, JOB.c.state.in_(("queued", "held")), homeless)
        .values(printer_id=_default_printer(site_id))
    )
