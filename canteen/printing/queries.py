"""What screens show of printers and papers. Functions that take a session read in the caller's."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Row, Select, bindparam, func, select
from sqlalchemy.orm import Session

from canteen.base.access import Actor, may, reaches_site
from canteen.base.clock import day_of
from canteen.base.db import reading
from canteen.base.errors import NotFound, Refusal
from canteen.base.records import as_record
from canteen.places.models import Area, Site
from canteen.printing.drawing.device import Device
from canteen.printing.drawing.glyphs import DrawGlyph
from canteen.printing.drawing.preview import PaperSheet, read_paper
from canteen.printing.models import IS_OPEN, IS_QUEUED, JOB, PRINTER, Printer, PrintJob
from canteen.printing.papers.kinds import KINDS, paper_bytes, subject_of
from canteen.printing.papers.sealing import opened
from canteen.printing.papers.void_ticket import VoidFacts
from canteen.printing.sending.address import is_on_screen
from canteen.printing.sending.queue import device_of, due_printers
from canteen.printing.sending.troubles import sentences

Reached = TypeVar("Reached", Printer, PrintJob)

#: Papers are listed in pages of so many.
PAGE = 50

#: Whether a worker beside the database holds any printer.
_WORKER_RUNS = select(PRINTER.c.id).where(PRINTER.c.lease_until >= bindparam("now"), ~PRINTER.c.is_remote).limit(1)


@dataclass(frozen=True, slots=True)
class PrinterState:
    """A printer, what waits for it, and whether a worker serves it now."""

    printer: Printer
    #: ``ready``, ``untried``, ``trouble``, ``no_worker``, ``no_agent`` or ``off``.
    state: str
    waiting: int


@dataclass(frozen=True, slots=True)
class JobLine:
    """One paper of a list."""

    id: int
    kind: str
    copy: int
    state: str
    #: What it is about: number and name of a ticket, day and count of a kitchen slip.
    subject: str
    #: How often it was sent again by itself although it may be on paper.
    repeats: int
    printer_id: int | None
    printer_name: str
    created_at: datetime
    trouble: str

    @property
    def troubles(self) -> list[tuple[str, str]]:
        """What is amiss: sentences, each with what stands behind it."""
        return sentences(self.trouble)

    @property
    def day(self) -> date:
        """The canteen day it was made on."""
        return day_of(self.created_at)


@dataclass(frozen=True, slots=True)
class JobDetail:
    """One paper with everything a person needs to decide about it."""

    line: JobLine
    site_id: int
    #: What the next copy would be: 1 for "补打 第1次".
    next_copy: int
    #: Whether papers of its kind are copied at all.
    has_copies: bool
    sheet: PaperSheet
    #: The void ticket of a ticket whose serving was undone: there are no more copies of it then.
    void_ticket_id: int | None


def printers_of(site_id: int, *, now: datetime) -> list[PrinterState]:
    """The printers of a site, those in use first."""
    queued = (
        select(JOB.c.printer_id, func.count().label("waiting")).where(IS_QUEUED).group_by(JOB.c.printer_id).subquery()
    )
    with reading() as session:
        rows = session.execute(
            select(Printer, func.coalesce(queued.c.waiting, 0))
            .outerjoin(queued, queued.c.printer_id == Printer.id)
            .where(Printer.site_id == site_id)
            .order_by(Printer.is_active.desc(), Printer.is_default.desc(), Printer.name)
        ).all()
        is_served = session.execute(_WORKER_RUNS, {"now": now}).first() is not None
    return [PrinterState(printer, _state(printer, now, is_served=is_served), waiting) for printer, waiting in rows]


def other_printers(site_id: int, *, but: int | None) -> list[Printer]:
    """The printers in use at a site that a paper of printer ``but`` could go to instead."""
    wanted = select(Printer).where(Printer.site_id == site_id, Printer.is_active).order_by(Printer.name)
    with reading() as session:
        return [printer for printer in session.scalars(wanted) if printer.id != but]


def _state(printer: Printer, now: datetime, *, is_served: bool) -> str:
    if not printer.is_active:
        return "off"
    is_new = printer.lease_until is None and is_served and not printer.is_remote  # the worker has not come round yet
    if not is_new and (printer.lease_until is None or printer.lease_until < now):
        return "no_agent" if printer.is_remote else "no_worker"
    if printer.last_trouble:
        return "trouble"
    return "ready" if printer.last_seen_at or is_on_screen(printer.address) else "untried"


def printer_for(actor: Actor, printer_id: int) -> Printer:
    """A printer of a site in the actor's reach. Raises ``NotFound``."""
    with reading() as session:
        return printer_in_reach(session, actor, printer_id)


def jobs_of_site(site_id: int, *, before_id: int | None = None, limit: int = PAGE) -> list[JobLine]:
    """Papers of a site, the newest first, older than ``before_id``."""
    wanted = _lines().where(JOB.c.site_id == site_id).order_by(JOB.c.id.desc()).limit(limit)
    if before_id is not None:
        wanted = wanted.where(JOB.c.id < before_id)
    return _read(wanted)


def open_jobs_of_site(site_id: int) -> list[JobLine]:
    """Papers of a site that wait or are uncertain, the oldest first: at most a page of them.

    Sorted here: asked for in order, SQLite would walk through all papers of the site instead of the open ones.
    """
    found = _read(_lines().where(JOB.c.site_id == site_id, IS_OPEN))
    return sorted(found, key=lambda line: line.id)[:PAGE]


def _lines() -> Select[Any]:
    return select(JOB, PRINTER.c.name.label("printer_name")).outerjoin(PRINTER, PRINTER.c.id == JOB.c.printer_id)


def _read(wanted: Select[Any]) -> list[JobLine]:
    with reading() as session:
        return [_line(row) for row in session.execute(wanted)]


def _line(row: Row[Any]) -> JobLine:
    subject = subject_of(row.kind, opened(row.sealed, key=row.key))
    return as_record(JobLine, row, subject=subject, printer_name=row.printer_name or "")


class AgentPrinter(NamedTuple):
    """A printer that a print agent serves, and whether it has something to print."""

    id: int
    name: str
    due: bool


def printers_for_agent(actor: Actor, *, now: datetime) -> list[AgentPrinter]:
    """The printers in use that the agent of the actor's site serves. Asked for every second or two: two queries."""
    wanted = select(PRINTER.c.id, PRINTER.c.name).where(
        PRINTER.c.site_id == actor.site_id, PRINTER.c.is_active, PRINTER.c.is_remote
    )
    with reading() as session:
        found = session.execute(wanted.order_by(PRINTER.c.id)).all()
    due = due_printers([row.id for row in found], now=now) if found else set()
    return [AgentPrinter(row.id, row.name, row.id in due) for row in found]


def printer_named(session: Session, *, site_id: int, name: str) -> Printer | None:
    """The printer of a site that is called so, in use or not."""
    return session.scalars(select(Printer).where(Printer.site_id == site_id, Printer.name == name)).first()


def default_printer(session: Session, site_id: int) -> Printer | None:
    """The printer that takes the papers of the site."""
    wanted = select(Printer).where(Printer.site_id == site_id, Printer.is_default, Printer.is_active)
    return session.scalars(wanted).first()


def _in_reach(session: Session, actor: Actor, kind: type[Reached], row_id: int, missing: str) -> Reached:
    """A row of a site in the actor's reach. Raises ``NotFound``."""
    wanted = select(kind, Area.path).join(Site, Site.id == kind.site_id).join(Area, Area.id == Site.area_id)
    row = session.execute(wanted.where(kind.id == row_id)).first()
    if row is None or not reaches_site(actor, site_id=row[0].site_id, area_path=row[1]):
        raise NotFound(missing)
    return row[0]


def printer_in_reach(session: Session, actor: Actor, printer_id: int) -> Printer:
    """A printer of a site in the actor's reach. Raises ``NotFound``."""
    return _in_reach(session, actor, Printer, printer_id, "没有找到这台打印机")


def printer_in_use(session: Session, actor: Actor, printer_id: int) -> Printer:
    """The same, and it must be in use (Refusal ``printer_off``)."""
    printer = printer_in_reach(session, actor, printer_id)
    if not printer.is_active:
        raise Refusal("printer_off", "打印机「%(name)s」已停用", next_step="请另选一台打印机", name=printer.name)
    return printer


def job_in_reach(session: Session, actor: Actor, job_id: int) -> PrintJob:
    """A paper of a site in the actor's reach, of a kind the actor may see. Raises ``NotFound``."""
    job = _in_reach(session, actor, PrintJob, job_id, "没有找到这张小票")
    if not may(actor, KINDS[job.kind].needs):
        raise NotFound("没有找到这张小票")
    return job


def job_with(session: Session, key: str) -> int | None:
    """The job that was queued under a key."""
    return session.execute(select(JOB.c.id).where(JOB.c.key == key)).scalar()


def waiting_copy(session: Session, original_id: int) -> bool:
    """Whether a copy of a paper is still on its way."""
    on_its_way = JOB.c.state.in_(("queued", "held", "sending"))
    return session.execute(select(JOB.c.id).where(JOB.c.original_id == original_id, on_its_way)).first() is not None


def void_ticket_of(session: Session, *, kind: str, serving_id: int | None) -> int | None:
    """The void ticket, queued or printed, that took a ticket back; None for other papers and while it is good."""
    if kind == VoidFacts.kind or serving_id is None:
        return None
    wanted = select(func.min(JOB.c.id)).where(JOB.c.serving_id == serving_id, JOB.c.kind == VoidFacts.kind)
    return session.execute(wanted).scalar()


def last_copy(session: Session, original_id: int) -> int:
    """How many copies of a paper were made."""
    most = session.execute(select(func.max(JOB.c.copy)).where(JOB.c.original_id == original_id)).scalar()
    return most or 0


def job_for_preview(actor: Actor, job_id: int, *, draw: DrawGlyph) -> JobDetail:
    """A paper as it is or would be printed: the very bytes, read back. Raises ``NotFound``.

    A job without a printer is shown as a 58 mm printer with usual settings would print it.
    """
    with reading() as session:
        job = job_in_reach(session, actor, job_id)
        row = session.execute(_lines().where(JOB.c.id == job_id)).one()
        printer = session.get(Printer, job.printer_id) if job.printer_id else None
        copies = last_copy(session, job.original_id or job.id)
        void_ticket_id = void_ticket_of(session, kind=job.kind, serving_id=job.serving_id)
    device = device_of(printer) if printer else Device()
    facts = opened(job.sealed, key=job.key)
    encoded = paper_bytes(job.kind, facts, device, draw, job_id=job.id, maybe_again=job.repeats > 0)
    sheet = read_paper(encoded.data, device)
    return JobDetail(_line(row), job.site_id, copies + 1, KINDS[job.kind].has_copies, sheet, void_ticket_id)
