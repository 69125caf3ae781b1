"""Papers are queued inside the caller's transaction: a meal and its ticket are stored together or not at all."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import BindParameter, ScalarSelect, bindparam, insert, select, update
from sqlalchemy.orm import Session

from canteen.audit import trail
from canteen.base.db.prepared import Prepared
from canteen.printing.models import IS_OPEN, JOB, PRINTER, Printer, PrintJob
from canteen.printing.papers.facts import PaperFacts
from canteen.printing.papers.kinds import Paper, Reprint
from canteen.printing.papers.sealing import kept, opened
from canteen.printing.papers.trial_page import TrialPageFacts


def _default_printer(site_id: int | BindParameter[int]) -> ScalarSelect[int]:
    """The printer that takes a site's papers, as part of a statement."""
    wanted = select(PRINTER.c.id).where(PRINTER.c.site_id == site_id, PRINTER.c.is_default, PRINTER.c.is_active)
    return wanted.scalar_subquery()


#: A paper without a printer in use.
IS_HOMELESS = JOB.c.printer_id.is_(None) | JOB.c.printer_id.not_in(select(PRINTER.c.id).where(PRINTER.c.is_active))
#: A paper that nobody has tried yet, and that is no copy.
_NEW = {"copy": 0, "original_id": None, "state": "queued", "attempts": 0, "repeats": 0, "trouble": ""}
_GIVEN = ("key", "site_id", "kind", "serving_id", "sealed", "next_try_at", "created_at", "wanted_at", *_NEW)
_INSERT = Prepared(insert(JOB).returning(JOB.c.id), columns=[*_GIVEN, "printer_id"])
_INSERT_FOR_DEFAULT = Prepared(
    insert(JOB).values(printer_id=_default_printer(bindparam("of_site"))).returning(JOB.c.id), columns=_GIVEN
)


def enqueue(
    session: Session, facts: PaperFacts, *, key: str, site_id: int, at: datetime, serving_id: int | None = None
) -> int:
    """Queue one paper for the site's default printer, in one statement, and answer the job's id.

    ``serving_id`` is None for other papers than those of a serving. Without a default printer the paper waits until the
    site has one. A key used before is ``LostRace`` at the end of the transaction. A ticket whose serving is voided stays
    queued: its void ticket follows it in order.
    """
    row = _row(Paper(facts), key=key, site_id=site_id, serving_id=serving_id, at=at)
    if serving_id is not None:
        trail.touch(session, "serving", serving_id, site_id=site_id)
    job_id: int = _INSERT_FOR_DEFAULT.value(session, **row, of_site=site_id)
    if serving_id is None:
        trail.made(session, "print_job", job_id, site_id=site_id)
    return job_id


def enqueue_test_page(session: Session, facts: TrialPageFacts, *, key: str, printer: Printer, at: datetime) -> int:
    """Queue a test page for that printer, whether or not it is its site's default."""
    row = _row(Paper(facts), key=key, site_id=printer.site_id, at=at)
    job_id: int = _INSERT.value(session, **row, printer_id=printer.id)
    trail.made(session, "print_job", job_id, site_id=printer.site_id)
    return job_id


def enqueue_copy(session: Session, *, original: PrintJob, mark: Reprint, at: datetime) -> int:
    """Queue a copy (补打) of a paper for the site's default printer, under the original's number.

    The copy's place among the copies is its key: asking twice for "copy 1" is ``LostRace``, not two papers.
    """
    facts = opened(original.sealed, key=original.key)
    row = _row(
        replace(Paper.of(original.kind, facts), reprint=mark),
        key=f"{original.key}:copy:{mark.copy}",
        site_id=original.site_id,
        serving_id=original.serving_id,
        at=at,
    )
    copy = {"copy": mark.copy, "original_id": original.id}
    if original.serving_id is not None:
        trail.touch(session, "serving", original.serving_id, site_id=original.site_id)
    job_id: int = _INSERT_FOR_DEFAULT.value(session, **row | copy, of_site=original.site_id)
    if original.serving_id is None:
        trail.made(session, "print_job", job_id, site_id=original.site_id)
    return job_id


def _row(paper: Paper, *, key: str, site_id: int, at: datetime, serving_id: int | None = None) -> dict[str, object]:
    times = dict.fromkeys(("next_try_at", "created_at", "wanted_at"), at)
    sealed, kind = kept(paper, key=key), paper.body.kind
    return {"key": key, "site_id": site_id, "kind": kind, "serving_id": serving_id, "sealed": sealed, **times, **_NEW}


def adopt(session: Session, site_id: int) -> None:
    """Give the site's waiting papers that have no printer in use to its default printer, if it has one."""
    session.execute(
        update(JOB)
        .where(JOB.c.site_id == site_id, IS_OPEN, JOB.c.state.in_(("queued", "held")), IS_HOMELESS)
        .values(printer_id=_default_printer(site_id))
    )
