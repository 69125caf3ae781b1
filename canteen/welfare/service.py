"""What people do with welfare checks: take steps, close them, say what they saw; and looking for who stays away."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from canteen.base.access import COMMAND, Actor
from canteen.base.clock import day_of, wall_time
from canteen.base.db import reading, settle, settled
from canteen.base.errors import BadInput, NotFound, Refusal
from canteen.base.vault import the_vault
from canteen.people.models import Elder
from canteen.people.personal import open_personal
from canteen.people.queries import in_reach
from canteen.places.queries import SiteFacts, site_in_reach
from canteen.welfare import checks
from canteen.welfare.absent import absent_of
from canteen.welfare.models import WelfareCheck, WelfareStep
from canteen.welfare.reach import check_in_reach
from canteen.welfare.requests import StepInput
from canteen.welfare.rules import check_end, check_step, pace_of
from canteen.welfare.seen import CheckEnd, Seen, StepTold, outcome_of, told_of


@settled
def take_step(session: Session, check_id: int, step: StepInput, *, actor: Actor, now: datetime) -> None:
    """Write down what was done for an elder and what came of it. Somebody who was found well closes the check.

    The same key again changes nothing. Raises ``BadInput``, ``NotFound`` out of reach, ``Refusal``: ``already_closed``,
    ``key_reused``.
    """
    check_step(step.kind, step.result)
    check = check_in_reach(session, actor, check_id, now=now, lock=True)
    told = StepTold(_contact(session, check.elder_id, step), step.words)
    there = session.scalars(select(WelfareStep).where(WelfareStep.key == step.key)).first()
    if there is not None:
        asked = (check_id, step.kind, step.result, told)
        if (there.check_id, there.kind, there.result, told_of(there, the_vault())) != asked:
            raise Refusal("key_reused", "这个一次性编号已用于另一件事", next_step="请刷新页面再试")
        return
    _refuse_closed(check)
    checks.add_step(session, check, step.kind, step.result, told, key=step.key, actor=actor, now=now)
    if step.result == "well":
        checks.close(session, check, CheckEnd("well", step.words), actor=actor, now=now)


def _contact(session: Session, elder_id: int, step: StepInput) -> str:
    """The contact person of a step by name and relation; "" for none."""
    if step.kind != "contact" or step.contact is None:
        return ""
    sealed = session.execute(select(Elder.sealed).where(Elder.id == elder_id)).scalar_one()
    contacts = open_personal(sealed, elder_id, the_vault()).contacts
    if not 0 < step.contact <= len(contacts):
        raise BadInput("没有这位联系人", field="contact", next_step="老人资料里的联系人可能刚改过,请刷新页面再选")
    one = contacts[step.contact - 1]
    return f"{one.name} {one.relation}".strip()


@settled
def close_check(session: Session, check_id: int, outcome: CheckEnd, *, actor: Actor, now: datetime) -> None:
    """Say how the person is; the check is closed and its outcome sealed.

    The same by the same person again changes nothing. Raises ``BadInput`` without words, ``NotFound`` out of reach,
    ``Refusal`` (``already_closed``) when somebody closed it otherwise.
    """
    check_end(outcome.how, outcome.words)
    check = check_in_reach(session, actor, check_id, now=now, lock=True)
    if check.closed_by == actor.staff_id and outcome_of(check, the_vault()) == outcome:
        return
    _refuse_closed(check)
    checks.close(session, check, outcome, actor=actor, now=now)


def _refuse_closed(check: WelfareCheck) -> None:
    if check.closed_at is not None:
        raise Refusal(
            "already_closed", "这条探访已于 %(time)s 结束", next_step="不用再填", time=wall_time(check.closed_at)
        )


@settled
def raise_concern(
    session: Session, elder_id: int, seen: Seen, *, site_id: int, key: str, actor: Actor, now: datetime
) -> int:
    """Write down at a site what somebody saw of an elder in reach. See ``checks.raise_concern``; ``NotFound``."""
    site_in_reach(session, actor, site_id)
    if session.scalar(select(Elder.id).where(Elder.id == elder_id, in_reach(actor))) is None:
        raise NotFound("没有找到这位老人", next_step="请重新查找")
    return checks.raise_concern(session, elder_id, seen, site_id=site_id, key=key, actor=actor, now=now)


def look_for_absent(site: SiteFacts, *, now: datetime) -> None:
    """Open a check for each regular of a site who has stayed away too long and whom nobody asked after since.

    What the server does by the clock. Looks first and writes only what is missing.
    """
    with reading() as session:
        found = absent_of(session, site, day=day_of(now))
    if found:
        settle(lambda session: _open_absent(session, site, now))


def _open_absent(session: Session, site: SiteFacts, now: datetime) -> None:
    day = day_of(now)
    for elder_id in absent_of(session, site, day=day):
        due = now + pace_of("absent")
        check = WelfareCheck(site_id=site.id, elder_id=elder_id, cause="absent", day=day, opened_at=now, due_at=due)
        checks.add_check(session, check, actor=COMMAND)
