"""What a print agent at a remote site does: it holds the printers of its site, takes papers and says what became of
them. Every function is safe to repeat: an answer that is lost on the way is simply asked for again."""

from datetime import datetime

from sqlalchemy import select

from canteen.base.access import Actor
from canteen.base.db import reading
from canteen.base.errors import NotFound
from canteen.printing.drawing.glyphs import DrawGlyph
from canteen.printing.models import JOB
from canteen.printing.queries import printer_in_reach
from canteen.printing.requests import AgentCall
from canteen.printing.sending import claiming, queue, supply
from canteen.printing.sending.claiming import JobClaim, JobDone, Move
from canteen.printing.sending.wires import NotReady, Outcome


def hold_printer(actor: Actor, printer_id: int, *, agent: str, now: datetime, draw: DrawGlyph) -> supply.Turn:
    """Hold a printer of the agent's site and answer what may be printed. Raises ``NotFound`` when it is not its."""
    _site_of(actor, printer_id)
    turn = supply.look(printer_id, worker=_worker(actor, agent), now=now, draw=draw, is_remote=True)
    if turn is None:
        raise NotFound("没有找到这台打印机")
    return turn


def claim_job(actor: Actor, call: AgentCall, *, longest_s: float, now: datetime) -> bool:
    """Take a job for sending; the same key is the same taking. False when it may not be sent."""
    _site_of(actor, call.printer_id)
    claim = JobClaim(job_id=call.job_id, longest_s=longest_s)
    move = Move(printer_id=call.printer_id, worker=_worker(actor, call.agent), claim=claim)
    return claiming.apply([move], claim_key=call.claim_key, now=now)[0]


def report_outcome(actor: Actor, call: AgentCall, outcome: Outcome, *, note: str, now: datetime) -> str:
    """Write what became of a job that was taken, and answer its state now. An outcome that comes late, or of an older
    taking, changes nothing that is better known."""
    site_id = _site_of(actor, call.printer_id, is_served=False)  # also of one that was taken out of use meanwhile
    kind, repeats, _ = _job(call, site_id)
    done = JobDone(job_id=call.job_id, kind=kind, repeats=repeats, claim_key=call.claim_key, outcome=outcome, note=note)
    move = Move(printer_id=call.printer_id, worker=_worker(actor, call.agent), done=done)
    claiming.apply([move], claim_key="", now=now)
    return _job(call, site_id)[2]


def postpone_job(actor: Actor, call: AgentCall, trouble: NotReady, *, attempts: int, now: datetime) -> None:
    """The printer is not ready: nothing was sent, and it is tried again after a pause."""
    kind, _, _ = _job(call, _site_of(actor, call.printer_id))
    queue.postpone(call.printer_id, trouble, job_id=call.job_id, kind=kind, attempts=attempts, now=now)


def leave_printer(actor: Actor, printer_id: int, *, agent: str) -> None:
    """Give a printer back."""
    _site_of(actor, printer_id)
    queue.leave_printer(printer_id, worker=_worker(actor, agent))


def _worker(actor: Actor, agent: str) -> str:
    return f"agent:{actor.id}:{agent}"


def _site_of(actor: Actor, printer_id: int, *, is_served: bool = True) -> int:
    """The site of a printer; as a rule one that agents serve. Raises ``NotFound``."""
    with reading() as session:
        printer = printer_in_reach(session, actor, printer_id)
    if is_served and not (printer.is_remote and printer.is_active):
        raise NotFound("没有找到这台打印机")
    return printer.site_id


def _job(call: AgentCall, site_id: int) -> tuple[str, int, str]:
    """Kind, repeats and state of a job of the site. Raises ``NotFound``."""
    wanted = select(JOB.c.kind, JOB.c.repeats, JOB.c.state).where(JOB.c.id == call.job_id, JOB.c.site_id == site_id)
    with reading() as session:
        found = session.execute(wanted).first()
    if found is None:
        raise NotFound("没有找到这张小票")
    return found.kind, found.repeats, found.state
