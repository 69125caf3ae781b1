"""Papers other features ask for: queued once for a key, where the site has a printer. Session-first, but for
``has_drawer``, which is for a page."""

from datetime import datetime

from sqlalchemy.orm import Session

from canteen.audit import trail
from canteen.base.access import Actor
from canteen.base.clock import day_of, wall_time
from canteen.base.db import reading
from canteen.base.errors import Refusal
from canteen.places.queries import SiteFacts
from canteen.printing.models import Printer
from canteen.printing.outbox import enqueue
from canteen.printing.papers.drawer import DrawerFacts
from canteen.printing.papers.facts import PaperFacts
from canteen.printing.queries import default_printer, job_with


def ask_for_paper(session: Session, facts: PaperFacts, *, key: str, site_id: int, at: datetime) -> int:
    """Queue a paper for the site's printer and answer the job's id; the same key is the same paper.

    Raises ``Refusal`` (``no_printer``), and ``LostRace`` at the end of the transaction when another asked at once.
    """
    if (earlier := job_with(session, key)) is not None:
        return earlier
    need_printer(session, site_id)
    return enqueue(session, facts, key=key, site_id=site_id, at=at)


def need_printer(session: Session, site_id: int) -> Printer:
    """The printer that takes the site's papers. Raises ``Refusal`` (``no_printer``)."""
    printer = default_printer(session, site_id)
    if printer is None:
        raise Refusal("no_printer", "这个助餐点还没有打印机", next_step="请先在「打印」页添加打印机,或用浏览器打印")
    return printer


def has_drawer(site_id: int) -> bool:
    """Whether the printer that takes the site's papers opens a cash drawer."""
    with reading() as session:
        printer = default_printer(session, site_id)
        return printer is not None and printer.has_drawer


def ask_for_drawer(session: Session, *, key: str, site: SiteFacts, reason: str, actor: Actor, at: datetime) -> int:
    """Open the cash drawer at the site's printer; the audit trail says who and why. The same key opens it once.

    Raises ``Refusal`` (``no_printer``, ``no_drawer``).
    """
    key = f"drawer:{key}"
    if (earlier := job_with(session, key)) is not None:
        return earlier
    if not need_printer(session, site.id).has_drawer:
        raise Refusal("no_drawer", "打印机没有接钱箱", next_step="如已接钱箱,请在「打印」页的打印机设置里勾选")
    facts = DrawerFacts(
        site_name=site.name, day=day_of(at), asked_at=wall_time(at), staff_name=actor.name, reason=reason
    )
    job_id = ask_for_paper(session, facts, key=key, site_id=site.id, at=at)
    trail.record(
        session, actor=actor, action="open_drawer", subject=f"job:{job_id}", at=at, site_id=site.id, reason=facts.reason
    )
    return job_id
