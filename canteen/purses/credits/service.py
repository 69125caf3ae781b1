"""Crediting a month, chunk by chunk."""

from collections.abc import Callable
from datetime import date, datetime

from sqlalchemy.orm import Session

from canteen.audit import trail
from canteen.base.access import Actor
from canteen.base.clock import day_of
from canteen.base.db import settled
from canteen.base.errors import NotFound
from canteen.base.vault import the_vault
from canteen.books import trusted_clock
from canteen.purses import rules
from canteen.purses.credits import run as crediting
from canteen.purses.credits.month import Seen
from canteen.purses.credits.run import Job
from canteen.purses.credits.schemes import purse_schemes


def begin_credits(job: Job, *, actor: Actor, now: datetime, confirmed: date | None = None) -> None:
    """Begin crediting a month, or go on with a run that did not finish. Raises ``Refusal`` for a month too far, and
    while the clock is in doubt unless ``confirmed`` says today."""
    trusted_clock.require(now, actor=actor, confirmed=confirmed)
    _begin(job, actor=actor, now=now)


@settled
def _begin(session: Session, job: Job, *, actor: Actor, now: datetime) -> None:
    rules.check_credit_month(job.month, today=day_of(now))
    known = purse_schemes(session, month=job.month).ids
    if job.scheme and job.scheme not in known:
        raise NotFound(
            "没有带额度的方案「%(scheme)s」",
            scheme=job.scheme,
            next_step="这个月可以计入的方案:%(ids)s",
            ids="、".join(known) or "-",
        )
    crediting.begin(session, job, at=now, staff_id=actor.staff_id)
    trail.record(session, actor, "begin_credits", f"month:{job.month:%Y-%m}", now, scheme=job.scheme, area=job.area)


@settled
def step_credits(session: Session, job: Job, *, actor: Actor, now: datetime, seen: Seen | None = None) -> bool:
    """Credit the next few hundred elders in a transaction of their own. Returns whether the run is finished."""
    is_over = crediting.step(session, job, vault=the_vault(), at=now, actor=actor, seen=seen)
    if is_over:
        run = crediting.row_of(session, job)
        assert run is not None
        what = {"scheme": job.scheme, "area": job.area, "credited": run.credited, "amount_fen": run.amount_fen}
        trail.record(session, actor, "credit_month", f"month:{job.month:%Y-%m}", now, **what)
    return is_over


def credit_month(
    job: Job, *, actor: Actor, now: datetime, show: Callable[[], None] = lambda: None, confirmed: date | None = None
) -> None:
    """Credit a whole month, chunk by chunk; ``show`` is called after each. Killed half-way: run it again."""
    begin_credits(job, actor=actor, now=now, confirmed=confirmed)
    seen: Seen = {}
    while not step_credits(job, actor=actor, now=now, seen=seen):
        show()
    show()
