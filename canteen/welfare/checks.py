"""Opening checks and taking their steps, inside the caller's transaction."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from canteen.audit import trail
from canteen.base.access import Actor
from canteen.base.clock import day_of
from canteen.base.errors import Refusal
from canteen.base.vault import the_vault
from canteen.welfare.models import WelfareCheck, WelfareStep
from canteen.welfare.rules import check_signs, pace_of
from canteen.welfare.seen import CheckEnd, Seen, StepTold, seal_outcome, seal_seen, seal_told, seen_of

#: How a check ends whose door was marked by mistake.
TAKEN_BACK = "按错了,已撤销"


def nobody_answered(
    session: Session, elder_id: int, *, site_id: int, day: date, key: str, words: str, actor: Actor, now: datetime
) -> None:
    """Nobody opened a door: start a check, or write the second knock into the one that is open.

    ``key`` names the tap, ``words`` are its remark; the caller sees to it that the same tap comes here once.
    """
    missed = (WelfareCheck.elder_id == elder_id, WelfareCheck.site_id == site_id, WelfareCheck.cause != "concern")
    there = session.scalars(
        select(WelfareCheck).where(*missed, WelfareCheck.closed_at.is_(None)).order_by(WelfareCheck.id).limit(1)
    ).first()
    if there is None:
        check = WelfareCheck(
            site_id=site_id,
            elder_id=elder_id,
            cause="no_answer",
            day=day,
            opened_at=now,
            opened_by=actor.staff_id,
            key=key,
            sealed_seen=seal_seen(Seen(words=words), key, the_vault()) if words else None,
            due_at=now + pace_of("no_answer"),
        )
        add_check(session, check, actor=actor)
    else:
        add_step(session, there, "knock", "not_reached", StepTold(words=words), key=key, actor=actor, now=now)


def raise_concern(
    session: Session, elder_id: int, seen: Seen, *, site_id: int, key: str, actor: Actor, now: datetime
) -> int:
    """Write down what somebody saw; a check that somebody must close. Returns its id, for the same key the same.

    Raises ``BadInput`` when nothing is said, ``Refusal`` (``key_reused``) when the key said something else before.
    """
    seen = Seen(check_signs(seen.signs, seen.words), seen.words)
    there = session.scalars(select(WelfareCheck).where(WelfareCheck.key == key)).first()
    if there is not None:
        if (there.elder_id, seen_of(there, the_vault())) != (elder_id, seen):
            raise Refusal("key_reused", "这个一次性编号已用于另一件事", next_step="请刷新页面再试")
        return there.id
    check = WelfareCheck(
        site_id=site_id,
        elder_id=elder_id,
        cause="concern",
        day=day_of(now),
        opened_at=now,
        opened_by=actor.staff_id,
        key=key,
        sealed_seen=seal_seen(seen, key, the_vault()),
        due_at=now + pace_of("concern", seen.signs),
    )
    return add_check(session, check, actor=actor)


def add_check(session: Session, check: WelfareCheck, *, actor: Actor) -> int:
    """Write a new check down. Returns its id."""
    session.add(check)
    session.flush()
    subject = f"welfare_check:{check.id}"
    trail.record(
        session, actor, "open_welfare_check", subject, check.opened_at, site_id=check.site_id, cause=check.cause
    )
    return check.id


def take_back(session: Session, key: str, *, actor: Actor, now: datetime) -> None:
    """The door without an answer was a slip of the finger: its check is closed, if nobody has done anything for it yet.

    Raises ``Refusal`` (``check_followed``): somebody has, or the knock was one of a check that was open before.
    """
    check = session.scalars(select(WelfareCheck).where(WelfareCheck.key == key)).first()
    steps = select(WelfareStep.id).where(WelfareStep.check_id == (check.id if check else 0)).limit(1)
    if check is None or check.closed_at is not None or session.scalar(steps) is not None:
        raise Refusal(
            "check_followed",
            "站点已经在找这位老人,不能撤销「无人应答」",
            next_step="请打电话告诉站点您按错了,由站点在「探访」里办结",
        )
    close(session, check, CheckEnd("other", TAKEN_BACK), actor=actor, now=now)


def close(session: Session, check: WelfareCheck, end: CheckEnd, *, actor: Actor, now: datetime) -> None:
    """Close an open check with how the person is."""
    check.closed_at, check.closed_by = now, actor.staff_id
    check.sealed_outcome = seal_outcome(end, check.id, the_vault())
    session.flush()
    subject = f"welfare_check:{check.id}"
    trail.record(session, actor, "close_welfare_check", subject, now, site_id=check.site_id)


def add_step(
    session: Session,
    check: WelfareCheck,
    kind: str,
    result: str,
    told: StepTold,
    *,
    key: str,
    actor: Actor,
    now: datetime,
) -> None:
    """Write a step down; the next one has as long again, and less when help is needed."""
    session.add(
        WelfareStep(
            check_id=check.id,
            key=key,
            kind=kind,
            result=result,
            at=now,
            staff_id=actor.staff_id,
            sealed_told=seal_told(told, key, the_vault()),
        )
    )
    signs = seen_of(check, the_vault()).signs
    check.due_at = now + pace_of("urgent" if result == "needs_help" else check.cause, signs)
    session.flush()
    subject = f"welfare_check:{check.id}"
    trail.record(session, actor, "take_welfare_step", subject, now, site_id=check.site_id, step=kind, result=result)
