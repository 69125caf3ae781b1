"""What people do with visits: make and end plans, open their own doors of a day, and say what they found."""

from dataclasses import replace
from datetime import date, datetime, time

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from canteen.audit import trail
from canteen.audit.models import Audit
from canteen.base.access import Actor, may
from canteen.base.clock import SHANGHAI, day_of
from canteen.base.db import reading, settled, transaction
from canteen.base.errors import NotFound, Refusal
from canteen.base.records import as_row
from canteen.base.vault import the_vault
from canteen.people.models import Elder
from canteen.people.queries import in_reach
from canteen.places.queries import MOST_IDS, site_in_reach
from canteen.staff.queries import people_who_may
from canteen.welfare import checks
from canteen.welfare.rules import check_signs
from canteen.welfare.seen import Seen
from canteen.welfare.visits.due import due_lines
from canteen.welfare.visits.models import VisitPlan, WelfareVisit
from canteen.welfare.visits.rules import NewVisitPlan, check_plan, check_result

NO_PLAN = "没有找到这份探访计划"
NO_PLAN_STEP = "计划可能刚停掉或换了人,请刷新页面"


@settled
def add_plan(session: Session, new: NewVisitPlan, *, actor: Actor, now: datetime) -> int:
    """Make a plan. Returns its id. Raises ``BadInput``, and ``NotFound`` for a site, elder or visitor out of reach."""
    check_plan(new)
    site_in_reach(session, actor, new.site_id)
    here = {row[0] for row in people_who_may(session, "visit", new.site_id)}
    if not {new.staff_id, new.partner_id or new.staff_id} <= here:
        raise NotFound("没有找到去探访的人", next_step="请从名单里重新选择")
    if new.elder_id is not None and not _reached(session, actor, new.elder_id):
        raise NotFound("没有找到这位老人", next_step="请从名单里重新选择")
    plan = VisitPlan(**as_row(new), recorded_at=now, recorded_by=actor.staff_id)
    session.add(plan)
    session.flush()
    trail.record(session, actor, "plan_visits", f"visit_plan:{plan.id}", now, site_id=plan.site_id)
    return plan.id


def _reached(session: Session, actor: Actor, elder_id: int) -> bool:
    return session.scalar(select(Elder.id).where(Elder.id == elder_id, in_reach(actor))) is not None


@settled
def end_plan(session: Session, plan_id: int, *, actor: Actor, now: datetime) -> None:
    """Nobody goes any more from today on. A second time changes nothing. Raises ``NotFound`` out of reach."""
    plan = _plan(session, actor, plan_id)
    if plan.ended_on is None:
        plan.ended_on = day_of(now)
        session.flush()
        trail.record(session, actor, "end_visits", f"visit_plan:{plan.id}", now, site_id=plan.site_id)


def _plan(session: Session, actor: Actor, plan_id: int) -> VisitPlan:
    """A plan of a site in reach, locked; a volunteer reaches only the own ones."""
    plan = session.get(VisitPlan, plan_id, with_for_update=True) if plan_id < MOST_IDS else None
    if plan is None or not (may(actor, "keep_visits") or actor.staff_id in (plan.staff_id, plan.partner_id)):
        raise NotFound(NO_PLAN, next_step=NO_PLAN_STEP)
    site_in_reach(session, actor, plan.site_id, missing=NO_PLAN, next_step=NO_PLAN_STEP)
    return plan


@settled
def record_visit(
    session: Session, plan_id: int, elder_id: int, result: str, seen: Seen, *, key: str, actor: Actor, now: datetime
) -> bool:
    """Say what somebody found; answers whether a check was opened, or went on, by it.

    What looked wrong is a check at once; who is not met twice in a row is one like behind a door that does not open.
    The same key again changes nothing. Raises ``BadInput``, ``NotFound`` for another's plan and who is not on it, and
    ``Refusal``: ``plan_over``, ``key_reused``.
    """
    check_result(result)
    seen = replace(seen, signs=check_signs(seen.signs, seen.words) if result == "concern" else ())
    plan = _plan(session, actor, plan_id)
    there = session.scalars(select(WelfareVisit).where(WelfareVisit.key == key)).first()
    if there is not None:
        if (there.plan_id, there.elder_id, there.result) != (plan_id, elder_id, result):
            raise Refusal("key_reused", "这个一次性编号已用于另一件事", next_step="请刷新页面再试")
        return False
    _refuse_over(session, plan, elder_id, day_of(now))
    before = _latest(session, plan_id, elder_id)
    sealed = the_vault().seal(seen.words, f"visit:{key}") if seen.words else None
    visit = WelfareVisit(
        key=key,
        plan_id=plan_id,
        site_id=plan.site_id,
        elder_id=elder_id,
        day=day_of(now),
        at=now,
        staff_id=actor.staff_id,
        result=result,
        sealed_words=sealed,
    )
    session.add(visit)
    session.flush()
    trail.record(session, actor, "record_visit", f"visit:{visit.id}", now, site_id=plan.site_id, result=result)
    tap = f"visit-{key}"
    if result == "concern":
        checks.raise_concern(session, elder_id, seen, site_id=plan.site_id, key=tap, actor=actor, now=now)
    elif result == "not_met" and before == "not_met":
        checks.nobody_answered(
            session, elder_id, site_id=plan.site_id, day=day_of(now), key=tap, words=seen.words, actor=actor, now=now
        )
    return result == "concern" or result == before == "not_met"


def _refuse_over(session: Session, plan: VisitPlan, elder_id: int, day: date) -> None:
    if plan.ended_on is not None and plan.ended_on <= day:
        raise Refusal("plan_over", "这份探访计划已停", next_step="请刷新页面;还要去看的,请站点负责人重新安排")
    if elder_id not in {line.elder_id for line in due_lines(session, VisitPlan.id == plan.id, day=day)}:
        raise NotFound("这份计划里没有这位老人", next_step="老人可能刚登记迁出、去世或换了组,请刷新页面")


def _latest(session: Session, plan_id: int, elder_id: int) -> str | None:
    mine = select(WelfareVisit.result).where(WelfareVisit.plan_id == plan_id, WelfareVisit.elder_id == elder_id)
    return session.scalars(mine.order_by(WelfareVisit.id.desc()).limit(1)).first()


def note_doors_opened(*, actor: Actor, now: datetime) -> None:
    """The first time on a day that somebody opens the addresses of the own plans, the audit trail says so."""
    midnight = datetime.combine(day_of(now), time(), tzinfo=SHANGHAI)
    mine = or_(VisitPlan.staff_id == actor.staff_id, VisitPlan.partner_id == actor.staff_id)
    with reading() as session:
        plans = {
            f"visit_plan:{row.id}": row.site_id
            for row in session.execute(
                select(VisitPlan.id, VisitPlan.site_id).where(mine, VisitPlan.ended_on.is_(None))
            )
        }
        opened = set(
            session.scalars(
                select(Audit.subject).where(
                    Audit.subject.in_(plans),
                    Audit.action == "open_doors",
                    Audit.actor == actor.label,
                    Audit.at >= midnight,
                )
            )
        )
    if plans.keys() - opened:
        with transaction() as session:
            for subject in sorted(plans.keys() - opened):
                trail.record(session, actor, "open_doors", subject, now, site_id=plans[subject], reason="visit")
