"""What people do with printers. Each function is one transaction and one line of the audit trail."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from canteen.audit import trail
from canteen.base.access import Actor
from canteen.base.clock import day_of, wall_time
from canteen.base.db import settle, transaction
from canteen.base.errors import Refusal
from canteen.base.records import as_row
from canteen.places.queries import site_facts, site_in_reach
from canteen.printing import outbox, queries
from canteen.printing.models import PRINTER, Printer
from canteen.printing.papers.trial_page import TrialPageFacts
from canteen.printing.queries import printer_in_use
from canteen.printing.requests import NewPrinter
from canteen.printing.sending.address import Limits, is_on_screen, parse_address


def add_printer(new: NewPrinter, *, limits: Limits, actor: Actor, now: datetime) -> int:
    """Put a printer into use and answer its id. The first one of a site is its default and takes what waits; the
    first real one takes over from the on-screen printer.

    Refuses: an address that is not a printer's (``BadInput``), a name taken at the site (``printer_name_taken``).
    """
    parse_address(new.address, limits)
    return settle(lambda session: _add_printer(session, new, actor=actor, now=now))


def _add_printer(session: Session, new: NewPrinter, *, actor: Actor, now: datetime) -> int:
    site = site_in_reach(session, actor, new.site_id)
    _refuse_name_taken(session, site_id=site.id, name=new.name)
    printer = Printer(site_id=site.id, is_default=_becomes_default(session, new))
    _set_up(printer, new)
    session.add(printer)
    session.flush()
    outbox.adopt(session, site.id)
    _note(session, "add_printer", printer, actor=actor, now=now)
    return printer.id


def _refuse_name_taken(session: Session, *, site_id: int, name: str) -> None:
    there = queries.printer_named(session, site_id=site_id, name=name)
    if there is not None:
        step = "请换一个名字" if there.is_active else "它已停用,可以在打印机列表里重新启用"
        raise Refusal("printer_name_taken", "这个助餐点已有叫「%(name)s」的打印机", next_step=step, name=name)


def _set_up(printer: Printer, new: NewPrinter) -> None:
    for name, value in as_row(replace(new, address=new.address.strip()), but=("site_id",)).items():
        setattr(printer, name, value)


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
    printer = printer_in_use(session, actor, printer_id)
    if new.name != printer.name:
        _refuse_name_taken(session, site_id=printer.site_id, name=new.name)
    _set_up(printer, new)
    session.flush()
    _note(session, "change_printer", printer, actor=actor, now=now)


def make_default(printer_id: int, *, actor: Actor, now: datetime) -> None:
    """Let a printer in use take the papers of its site from now on, and those that have no printer."""
    with transaction() as session:
        printer = printer_in_use(session, actor, printer_id)
        of_site = select(PRINTER.c.id).where(PRINTER.c.site_id == printer.site_id)
        trail.touch(session, "printer", *session.scalars(of_site), site_id=printer.site_id)
        session.execute(update(PRINTER).where(PRINTER.c.site_id == printer.site_id).values(is_default=False))
        session.execute(update(PRINTER).where(PRINTER.c.id == printer_id).values(is_default=True))
        outbox.adopt(session, printer.site_id)
        _note(session, "make_default_printer", printer, actor=actor, now=now)


def deactivate_printer(printer_id: int, *, actor: Actor, now: datetime) -> None:
    """Take a printer out of use; its waiting papers go to the site's default printer, or wait for one. Of a default
    printer another takes its place, a real one before one on the screen."""
    with transaction() as session:
        printer = printer_in_use(session, actor, printer_id)
        was_default = printer.is_default
        printer.is_active = printer.is_default = False
        session.flush()
        if was_default:
            _choose_default(session, printer.site_id)
        outbox.adopt(session, printer.site_id)
        _note(session, "deactivate_printer", printer, actor=actor, now=now)


def _choose_default(session: Session, site_id: int) -> None:
    in_use = select(Printer).where(Printer.site_id == site_id, Printer.is_active).order_by(Printer.id)
    chosen = min(session.scalars(in_use), key=lambda one: is_on_screen(one.address), default=None)
    if chosen is not None:
        chosen.is_default = True
        session.flush()


def reactivate_printer(printer_id: int, *, actor: Actor, now: datetime) -> None:
    """Put a printer into use again, with the settings it had. Without another it is the default, and takes what waits."""
    with transaction() as session:
        printer = queries.printer_in_reach(session, actor, printer_id)
        if printer.is_active:
            return
        printer.is_active = True
        printer.is_default = queries.default_printer(session, printer.site_id) is None
        printer.last_trouble = ""
        session.flush()
        outbox.adopt(session, printer.site_id)
        _note(session, "reactivate_printer", printer, actor=actor, now=now)


def print_test_page(printer_id: int, *, key: str, actor: Actor, now: datetime) -> int:
    """Queue a test page for a printer and answer the job's id; the same ``key`` makes one page."""
    return settle(lambda session: _print_test_page(session, printer_id, key=f"test:{key}", actor=actor, now=now))


def _print_test_page(session: Session, printer_id: int, *, key: str, actor: Actor, now: datetime) -> int:
    printer = printer_in_use(session, actor, printer_id)
    if (earlier := queries.job_with(session, key)) is not None:
        return earlier
    site = site_facts(session, printer.site_id)
    facts = TrialPageFacts(
        site_name=site.name, printer_name=printer.name, day=day_of(now), asked_at=wall_time(now), staff_name=actor.name
    )
    job_id = outbox.enqueue_test_page(session, facts, key=key, printer=printer, at=now)
    _note(session, "print_test_page", printer, actor=actor, now=now)
    return job_id


def _note(session: Session, action: str, printer: Printer, *, actor: Actor, now: datetime) -> None:
    what, named = f"printer:{printer.id}", {"name": printer.name, "address": printer.address}
    trail.record(session, actor, action, what, now, site_id=printer.site_id, **named)
