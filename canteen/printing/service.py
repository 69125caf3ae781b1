"""What people do with printers and papers. Each function is one transaction and one line of the audit trail."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from canteen.clock import day_of, wall_time
from canteen.db import settle, transaction
from canteen.errors import BadInput, NotFound, Refusal
from canteen.places.models import Site
from canteen.places.queries import NO_SITE, NO_SITE_STEP, site_facts
from canteen.printing import outbox, queries
from canteen.printing.address import Limits, is_on_screen, parse_address
from canteen.printing.facts import PrinterTestFacts, Reprint
from canteen.printing.models import JOB, PRINTER, Printer, PrintJob
from canteen.printing.requests import NewPrinter
from canteen.printing.troubles import told, told_both
from canteen.staff import audit
from canteen.staff.rules import Actor, reaches_site


def add_printer(new: NewPrinter, *, limits: Limits, actor: Actor, now: datetime) -> int:
    """Put a printer into use and answer its id. The first one of a site is its default and takes what waits; the
    first real one takes over from the on-screen printer.

    Refuses: an address that is not a printer's (``BadInput``), a name taken at the site (``printer_name_taken``).
    """
    parse_address(new.address, limits)
    return settle(lambda session: _add_printer(session, new, actor=actor, now=now))


def _add_printer(session: Session, new: NewPrinter, *, actor: Actor, now: datetime) -> int:
    site = site_facts(session, new.site_id)
    if not reaches_site(actor, site_id=site.id, area_path=site.area_path):
        raise NotFound(NO_SITE, next_step=NO_SITE_STEP)
    _refuse_name_taken(session, site_id=site.id, name=new.name)
    printer = Printer(site_id=site.id, is_default=_becomes_default(session, new))
    _set_up(printer, new)
    session.add(printer)
    session.flush()
    outbox.adopt(session, site.id)
    _note(session, "add_printer", printer, actor=actor, now=now)
    return printer.id


def _refuse_name_taken(session: Session, *, site_id: int, name: str) -> None:
    if queries.printer_named(session, site_id=site_id, name=name):
        raise Refusal("printer_name_taken", "这个助餐点已有叫「%(name)s」的打印机", next_step="请换一个名字", name=name)


def _set_up(printer: Printer, new: NewPrinter) -> None:
    printer.name, printer.address = new.name, new.address.strip()
    printer.width_mm, printer.encoding, printer.rom = new.width_mm, new.encoding, new.rom
    printer.has_cutter, printer.has_qr, printer.answers = new.has_cutter, new.has_qr, new.answers


def _becomes_default(session: Session, new: NewPrinter) -> bool:
    """Whether a new printer is its site's default; an on-screen one makes way for the first real one."""
    default = queries.default_printer(session, new.site_id)
    if default is None:
        return True
    if is_on_screen(new.address) or not is_on_screen(default.address):
        return False
    default.is_default = False
    session.flush()
    return True


def change_printer(printer_id: int, new: NewPrinter, *, limits: Limits, actor: Actor, now: datetime) -> None:
    """Give a printer in use other settings; what waits for it is laid out for them. Its site stays.

    Refuses what ``add_printer`` refuses, and a printer out of use (``printer_off``).
    """
    parse_address(new.address, limits)
    settle(lambda session: _change_printer(session, printer_id, new, actor=actor, now=now))


def _change_printer(session: Session, printer_id: int, new: NewPrinter, *, actor: Actor, now: datetime) -> None:
    printer = _printer_in_use(session, actor, printer_id)
    if new.name != printer.name:
        _refuse_name_taken(session, site_id=printer.site_id, name=new.name)
    _set_up(printer, new)
    session.flush()
    _note(session, "change_printer", printer, actor=actor, now=now)


def make_default(printer_id: int, *, actor: Actor, now: datetime) -> None:
    """Let a printer in use take the papers of its site from now on, and those that have no printer."""
    with transaction() as session:
        printer = _printer_in_use(session, actor, printer_id)
        session.execute(update(PRINTER).where(PRINTER.c.site_id == printer.site_id).values(is_default=False))
        session.execute(update(PRINTER).where(PRINTER.c.id == printer_id).values(is_default=True))
        outbox.adopt(session, printer.site_id)
        _note(session, "make_default_printer", printer, actor=actor, now=now)


def deactivate_printer(printer_id: int, *, actor: Actor, now: datetime) -> None:
    """Take a printer out of use; its waiting papers go to the site's default printer, or wait for one."""
    with transaction() as session:
        printer = _printer_in_use(session, actor, printer_id)
        printer.is_active = printer.is_default = False
        session.flush()
        outbox.adopt(session, printer.site_id)
        _note(session, "deactivate_printer", printer, actor=actor, now=now)


def print_test_page(printer_id: int, *, key: str, actor: Actor, now: datetime) -> int:
    """Queue a test page for a printer and answer the job's id; the same ``key`` makes one page."""
    return settle(lambda session: _print_test_page(session, printer_id, key=f"test:{key}", actor=actor, now=now))


def _print_test_page(session: Session, printer_id: int, *, key: str, actor: Actor, now: datetime) -> int:
    printer = _printer_in_use(session, actor, printer_id)
    earlier = session.execute(select(JOB.c.id).where(JOB.c.key == key)).scalar()
    if earlier is not None:
        return int(earlier)
    site_name: str = session.execute(select(Site.name).where(Site.id == printer.site_id)).scalar_one()
    facts = PrinterTestFacts(
        site_name=site_name, printer_name=printer.name, day=day_of(now), asked_at=wall_time(now),
        staff_name=actor.name,
    )
    job_id = outbox.enqueue_test_page(session, key=key, printer=printer, facts=facts, at=now)
    _note(session, "print_test_page", printer, actor=actor, now=now)
    return job_id


def reprint_ticket(job_id: int, *, copy: int, reason: str, actor: Actor, now: datetime) -> int:
    """Queue a marked copy (补打 第n次) of a paper, under its number, and answer the copy's job id.

    ``copy`` is the n the person saw: pressed twice, or by two clerks at once, it is one copy. Refuses while the
    paper or a copy still waits (``still_waiting``), an n that is not the next one (``other_copy``), and the ticket
    of a voided serving (``voided``). A paper that was uncertain counts as not printed from then on.
    """
    return settle(lambda session: _reprint(session, job_id, copy=copy, reason=reason, actor=actor, now=now))


def _reprint(session: Session, job_id: int, *, copy: int, reason: str, actor: Actor, now: datetime) -> int:
    asked = queries.job_in_reach(session, actor, job_id)
    # Locked, so that what is read below stays true: on PostgreSQL each statement would else see another state.
    original = session.get_one(PrintJob, asked.original_id or asked.id, with_for_update=True)
    made = session.execute(select(JOB.c.id).where(JOB.c.original_id == original.id, JOB.c.copy == copy)).scalar()
    if made is not None:
        return int(made)
    _refuse_copy(session, asked, original, copy)
    if asked.state == "uncertain":
        _settle(session, asked, "failed", words=told("没有打好,要求补打", actor.name), now=now)
    mark = Reprint(copy=copy, day=day_of(now), asked_at=wall_time(now), staff_name=actor.name, reason=reason)
    made_id = outbox.enqueue_copy(session, original=original, mark=mark, at=now)
    audit.record(
        session, actor=actor, action="reprint", subject=f"print_job:{original.id}", at=now,
        site_id=original.site_id, copy=copy, reason=mark.reason,
    )
    return made_id


def _refuse_copy(session: Session, asked: PrintJob, original: PrintJob, copy: int) -> None:
    if original.kind == "test_page":
        raise BadInput("测试页不用补打,请再打一张测试页")
    if original.kind != "void_ticket" and queries.has_void_ticket(session, original.serving_id):
        raise Refusal("voided", "这份用餐已作废,小票不能补打", next_step="需要时请补打作废小票")
    if asked.state in ("queued", "sending") or queries.waiting_copy(session, original.id):
        raise Refusal("still_waiting", "这张小票还在等待打印", next_step="请看打印机是否缺纸或断开;修好后会自动打印")
    if copy != queries.last_copy(session, original.id) + 1:
        raise Refusal("other_copy", "这张小票刚刚有人补打过", next_step="请刷新页面,看看是否还需要再补打")


def settle_uncertain(job_id: int, *, printed: bool, actor: Actor, now: datetime) -> None:
    """Write what a person saw at the printer: the uncertain paper is there (printed) or not (failed).

    The same answer twice is fine; for a paper that is not uncertain it is refused (``not_uncertain``).
    """
    state = "printed" if printed else "failed"
    with transaction() as session:
        job = queries.job_in_reach(session, actor, job_id)
        if job.state == state:
            return
        words = told("确认已打印" if printed else "确认没有打印", actor.name)
        if not _settle(session, job, state, words=words, now=now):
            raise Refusal("not_uncertain", "这张小票已有结果", next_step="请刷新页面查看")
        audit.record(
            session, actor=actor, action="settle_paper", subject=f"print_job:{job.id}", at=now, site_id=job.site_id,
            printed=printed,
        )


def cancel_job(job_id: int, *, actor: Actor, now: datetime) -> None:
    """Take a waiting paper out of the queue; refused once it is being sent or done (``not_waiting``)."""
    with transaction() as session:
        job = queries.job_in_reach(session, actor, job_id)
        taken = session.execute(
            update(JOB)
            .where(JOB.c.id == job_id, JOB.c.state == "queued")
            .values(state="cancelled", finished_at=now, trouble=told("取消", actor.name))
            .returning(JOB.c.id)
        )
        if taken.first() is None:
            raise Refusal("not_waiting", "这张小票不在等待打印", next_step="请刷新页面查看")
        audit.record(
            session, actor=actor, action="cancel_paper", subject=f"print_job:{job.id}", at=now, site_id=job.site_id
        )


def _settle(session: Session, job: PrintJob, state: str, *, words: str, now: datetime) -> bool:
    """Give an uncertain paper a final state; False when it is not uncertain (any more)."""
    settled = session.execute(
        update(JOB)
        .where(JOB.c.id == job.id, JOB.c.state == "uncertain")
        .values(state=state, finished_at=now, trouble=told_both(job.trouble, words))
        .returning(JOB.c.id)
    )
    return settled.first() is not None


def _printer_in_use(session: Session, actor: Actor, printer_id: int) -> Printer:
    printer = queries.printer_in_reach(session, actor, printer_id)
    if not printer.is_active:
        raise Refusal("printer_off", "打印机「%(name)s」已停用", next_step="请另选一台打印机", name=printer.name)
    return printer


def _note(session: Session, action: str, printer: Printer, *, actor: Actor, now: datetime) -> None:
    audit.record(
        session, actor=actor, action=action, subject=f"printer:{printer.id}", at=now, site_id=printer.site_id,
        name=printer.name, address=printer.address,
    )
