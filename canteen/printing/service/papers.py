"""What people do with papers: copies, what a person saw, what is still wanted and where it goes. Each function is one
transaction and one line of the audit trail."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.orm import Session

from canteen.audit import trail
from canteen.base.access import Actor
from canteen.base.clock import day_of, wall_time
from canteen.base.db import settle, transaction
from canteen.base.errors import BadInput, NotFound, Refusal
from canteen.places.queries import site_in_reach
from canteen.printing import outbox, queries
from canteen.printing.models import IS_OPEN, JOB, PrintJob
from canteen.printing.papers.kinds import KINDS, Reprint
from canteen.printing.queries import printer_in_use
from canteen.printing.sending.troubles import told, told_both

#: Not a byte of it was sent.
_WAITS = ("queued", "held")
#: A person is asked whether it is still wanted.
_ASKS = ("held",)


def reprint_ticket(job_id: int, *, copy: int, reason: str, actor: Actor, now: datetime) -> int:
    """Queue a marked copy (补打 第n次) of a paper, under its number, and answer the copy's job id.

    ``copy`` is the n the person saw: pressed twice, or by two clerks at once, it is one copy. Refuses while the
    paper or a copy still waits (``still_waiting``), an n that is not the next one (``other_copy``), and the ticket
    of a voided serving (``voided``). A paper that was uncertain counts as not printed from then on.
    """
    return settle(lambda session: _reprint(session, job_id, copy=copy, reason=reason, actor=actor, now=now))


def _reprint(session: Session, job_id: int, *, copy: int, reason: str, actor: Actor, now: datetime) -> int:
    wanted = queries.job_in_reach(session, actor, job_id)
    # Locked, so that what is read below stays true: on PostgreSQL each statement would else see another state.
    original = session.get_one(PrintJob, wanted.original_id or wanted.id, with_for_update=True)
    made = session.execute(select(JOB.c.id).where(JOB.c.original_id == original.id, JOB.c.copy == copy)).scalar()
    if made is not None:
        return int(made)
    _refuse_copy(session, wanted, original, copy)
    if wanted.state == "uncertain":
        _settle(session, wanted, "failed", told("没有打好,要求补打", actor.name), now)
    mark = Reprint(copy=copy, day=day_of(now), asked_at=wall_time(now), staff_name=actor.name, reason=reason)
    made_id = outbox.enqueue_copy(session, original=original, mark=mark, at=now)
    what = f"print_job:{original.id}"
    trail.record(session, actor, "reprint", what, now, site_id=original.site_id, copy=copy, reason=mark.reason)
    return made_id


def _refuse_copy(session: Session, wanted: PrintJob, original: PrintJob, copy: int) -> None:
    if not KINDS[original.kind].has_copies:
        raise BadInput("这一项不能补打", next_step="测试页可以在打印机页再打一张")
    if queries.void_ticket_of(session, kind=original.kind, serving_id=original.serving_id) is not None:
        raise Refusal("voided", "这份用餐已作废,小票不能补打", next_step="需要时请补打作废小票")
    if wanted.state in ("queued", "held", "sending") or queries.waiting_copy(session, original.id):
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
        if not _settle(session, job, state, words, now):
            raise Refusal("not_uncertain", "这张小票已有结果", next_step="请刷新页面查看")
        trail.record(session, actor, "settle_paper", f"print_job:{job_id}", now, site_id=job.site_id, printed=printed)


def cancel_job(job_id: int, *, actor: Actor, now: datetime) -> None:
    """Take a paper that waits, or asks, out of the queue; refused once it is sent or done (``not_waiting``)."""
    with transaction() as session:
        job = queries.job_in_reach(session, actor, job_id)
        if not _change(session, JOB.c.id == job_id, _WAITS, **_cancelled(actor, now)):
            raise _not_waiting()
        trail.record(session, actor, "cancel_paper", f"print_job:{job_id}", now, site_id=job.site_id)


def want_job(job_id: int, *, actor: Actor, now: datetime) -> None:
    """Print a paper that waited too long (``held``) all the same. Refused for any other (``not_held``)."""
    with transaction() as session:
        job = queries.job_in_reach(session, actor, job_id)
        if not _change(session, JOB.c.id == job_id, _ASKS, **_wanted(now)):
            raise Refusal("not_held", "这张小票不用再确认", next_step="请刷新页面查看")
        trail.record(session, actor, "want_paper", f"print_job:{job_id}", now, site_id=job.site_id)


def answer_held(site_id: int, *, is_wanted: bool, actor: Actor, now: datetime) -> int:
    """Answer for all papers of a site that waited too long: print them, or not. How many there were."""
    with transaction() as session:
        site_in_reach(session, actor, site_id)
        of_site = and_(IS_OPEN, JOB.c.site_id == site_id)
        papers = _change(session, of_site, _ASKS, **(_wanted(now) if is_wanted else _cancelled(actor, now)))
        action = "want_paper" if is_wanted else "cancel_paper"
        trail.record(session, actor, action, f"site:{site_id}", now, site_id=site_id, papers=papers)
    return papers


def move_job(job_id: int, *, printer_id: int, actor: Actor, now: datetime) -> None:
    """Send a paper that waits to another printer of its site. Refused once it is being sent (``not_waiting``)."""
    with transaction() as session:
        job = queries.job_in_reach(session, actor, job_id)
        _refuse_elsewhere(session, actor, printer_id, job.site_id)
        if not _change(session, JOB.c.id == job_id, _WAITS, **_moved(printer_id, now)):
            raise _not_waiting()
        trail.record(session, actor, "move_paper", f"print_job:{job_id}", now, site_id=job.site_id, printer=printer_id)


def move_waiting(from_id: int, *, printer_id: int, actor: Actor, now: datetime) -> int:
    """Send all papers that wait for one printer to another of its site; how many. Refuses one and the same
    (``same_printer``)."""
    if from_id == printer_id:
        raise Refusal("same_printer", "两边选的是同一台打印机", next_step="请另选一台")
    with transaction() as session:
        site_id = queries.printer_in_reach(session, actor, from_id).site_id
        _refuse_elsewhere(session, actor, printer_id, site_id)
        moved = _change(session, JOB.c.printer_id == from_id, _WAITS, **_moved(printer_id, now))
        what = f"printer:{from_id}"
        trail.record(session, actor, "move_paper", what, now, site_id=site_id, printer=printer_id, papers=moved)
    return moved


def _refuse_elsewhere(session: Session, actor: Actor, printer_id: int, site_id: int) -> None:
    """Papers go to a printer in use at their own site. Raises ``NotFound``."""
    if printer_in_use(session, actor, printer_id).site_id != site_id:
        raise NotFound("没有找到这台打印机")


def _not_waiting() -> Refusal:
    return Refusal("not_waiting", "这张小票不在等待打印", next_step="请刷新页面查看")


def _settle(session: Session, job: PrintJob, state: str, words: str, now: datetime) -> int:
    """Give an uncertain paper a final state; 0 when it is not uncertain (any more)."""
    trouble = told_both(job.trouble, words)
    return _change(session, JOB.c.id == job.id, ("uncertain",), state=state, finished_at=now, trouble=trouble)


def _cancelled(actor: Actor, now: datetime) -> dict[str, object]:
    return {"state": "cancelled", "finished_at": now, "trouble": told("取消", actor.name)}


def _wanted(now: datetime) -> dict[str, object]:
    return {"state": "queued", "wanted_at": now, "next_try_at": now, "attempts": 0, "trouble": ""}


def _moved(printer_id: int, now: datetime) -> dict[str, object]:
    return {"printer_id": printer_id, "next_try_at": now, "attempts": 0, "trouble": ""}


def _change(session: Session, which: ColumnElement[bool], states: tuple[str, ...], **values: object) -> int:
    """Change papers as long as they are in one of these states; how many. One being sent stays what it is."""
    changed = session.execute(update(JOB).where(which, JOB.c.state.in_(states)).values(**values).returning(JOB.c.id))
    return len(changed.all())
