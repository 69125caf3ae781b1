"""An application becomes a right, and what stands against it. Session-first: the caller's transaction."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from canteen.audit import trail
from canteen.base.access import Actor
from canteen.base.clock import day_of
from canteen.base.db.rows import add_row, lasts
from canteen.base.errors import Refusal
from canteen.base.vault import the_vault
from canteen.entitlements.applications.queries import Filed, as_assessed, assessed
from canteen.entitlements.eligibility import DAY, Span, reason_against, refuse_twice, standing
from canteen.entitlements.following import follow
from canteen.entitlements.models import ENTITLEMENT, SANCTION
from canteen.people import registry
from canteen.people.queries import ELDER, states_of
from canteen.schemes.language.scheme import Scheme


def refuse_gone(session: Session, elder_id: int, day: date) -> None:
    """Nobody who died or moved away gets a right."""
    state = states_of(session, [elder_id], day=day)[elder_id]
    if state.kind in ("died", "moved"):
        raise Refusal(
            "elder_gone", "登记显示这位老人已去世或迁出", next_step="登记错了的请先在老人页面撤销;否则这份申请不能办理"
        )


def refuse_barred(session: Session, elder_id: int, scheme: Scheme, day: date) -> None:
    """Nobody gets a scheme back before a sanction ends."""
    row = session.execute(
        select(SANCTION.c.barred, SANCTION.c.until_day)
        .where(
            SANCTION.c.elder_id == elder_id,
            SANCTION.c.scheme == scheme.id,
            SANCTION.c.lifted_at.is_(None),
            SANCTION.c.barred.in_(("lifetime", "years")),
            or_(SANCTION.c.until_day.is_(None), SANCTION.c.until_day > day),
        )
        .limit(1)
    ).first()
    if row is not None and row.barred == "lifetime":
        raise Refusal("barred", "这位老人已按规定终身不得享受这个方案", next_step="处理决定有误的,请民政人员先撤销决定")
    if row is not None:
        raise Refusal(
            "barred",
            "这位老人到 %(day)s 才可以重新申请这个方案",
            day=row.until_day.isoformat(),
            next_step="处理决定有误的,请民政人员先撤销决定",
        )


def latest_spans(session: Session, elder_id: int, scheme: str, day: date) -> dict[int, Span]:
    """The entitlements of an elder under a scheme that hold on a day or begin after it."""
    rows = session.execute(
        select(*ENTITLEMENT.c["id", "from_day", "to_day"]).where(
            ENTITLEMENT.c.elder_id == elder_id,
            ENTITLEMENT.c.scheme == scheme,
            ENTITLEMENT.c.cancelled_at.is_(None),
            lasts(ENTITLEMENT.c.to_day, day),
        )
    )
    return {row.id: Span(row.from_day, row.to_day) for row in rows}


def approve(session: Session, found: Filed, *, actor: Actor, now: datetime) -> str:
    """Write the entitlement of an application whose last step is passed. Returns its class.

    Assessed ability goes to the register first. A change ends the earlier right the day before. Raises ``Refusal``:
    elder_gone, barred, not_eligible, already_entitled.
    """
    row, today = found.row, day_of(now)
    elder = session.execute(
        select(ELDER).where(ELDER.c.id == row.elder_id).with_for_update(of=ELDER, key_share=True)
    ).one()
    starts = found.terms.starts_on(decided=today, applied=row.applied_on)
    refuse_gone(session, row.elder_id, max(starts, today))
    refuse_barred(session, row.elder_id, found.scheme, today)
    record = as_assessed(session, found)
    now_standing = standing(record, found.scheme, starts)
    if now_standing.reason_code:
        reason = reason_against(record, found.scheme, starts)
        raise Refusal(
            "not_eligible",
            "按 %(day)s 的登记情况不符合这个方案:%(reason)s",
            day=starts,
            reason=reason.words(),
            next_step="请先在老人页面核对身份、户籍和居住地;确实不符合的请不予通过",
        )
    wanted = Span(starts, found.terms.ends_on(starts))
    trail.touch(session, "elder", row.elder_id)
    _make_room(session, row, wanted, today, now)
    _keep_ability(session, found, elder, now)
    entitlement_id = add_row(
        session,
        ENTITLEMENT,
        elder_id=row.elder_id,
        scheme=row.scheme,
        settlement=record.settlement,
        from_day=wanted.from_day,
        to_day=wanted.to_day,
        **written(
            row.elder_id,
            "application",
            row.number,
            class_code=now_standing.class_code,
            actor=actor,
            at=now,
            application_id=row.id,
        ),
    )
    follow(session, row.elder_id, day=wanted.from_day, actor=actor, at=now)
    what = {"elder": row.elder_id, "scheme": row.scheme, "origin": "application", "from_day": starts}
    trail.record(session, actor, "grant_entitlement", f"entitlement:{entitlement_id}", now, **what)
    return now_standing.class_code


def written(
    elder_id: int,
    origin: str,
    evidence: str,
    *,
    class_code: str,
    actor: Actor,
    at: datetime,
    application_id: int | None = None,
) -> dict[str, Any]:
    """What a row of ``entitlement`` says of how it came about."""
    return {
        "origin": origin,
        "application_id": application_id,
        "sealed": the_vault().seal({"evidence": evidence, "class_code": class_code}, f"elder:{elder_id}"),
        "created_at": at,
        "created_by": actor.staff_id,
    }


def _make_room(session: Session, row: Any, wanted: Span, today: date, now: datetime) -> None:
    """A new right must not meet another; a change ends the others the day before, or cancels what never began."""
    spans = latest_spans(session, row.elder_id, row.scheme, min(today, wanted.from_day))
    if row.purpose == "new":
        if refusal := refuse_twice(spans, wanted):
            raise refusal
        return
    for entitlement_id, span in spans.items():
        began = span.from_day < wanted.from_day
        values = {"to_day": wanted.from_day - DAY} if began else {"cancelled_at": now}
        session.execute(update(ENTITLEMENT).where(ENTITLEMENT.c.id == entitlement_id).values(values))


def _keep_ability(session: Session, found: Filed, elder: Any, now: datetime) -> None:
    """The assessed ability becomes the one on file, unless a later assessment is there already."""
    facts, vault = assessed(session, found.row.id, elder.id), the_vault()
    if facts is None:
        return
    was = registry.draft_on_file(elder, vault)
    day = date.fromisoformat(facts["day"]) if facts["day"] else day_of(now)
    if was.personal.ability_day is not None and was.personal.ability_day > day:
        return
    draft = replace(was, personal=replace(was.personal, ability=facts["ability"], ability_day=day))
    registry.update_elder(session, elder.id, draft, at=now, vault=vault)
