"""What people do with volunteers: keep the register, type work and take it back, set a rule for points."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from canteen.audit import trail
from canteen.base.access import Actor, reaches_area
from canteen.base.clock import day_of
from canteen.base.db import settled
from canteen.base.errors import BadInput, NotFound, Refusal
from canteen.base.records import as_row
from canteen.base.vault import the_vault
from canteen.places.models import Area
from canteen.places.queries import site_in_reach
from canteen.volunteers.models import PointRule, Volunteer, VolunteerRoute, VolunteerWork
from canteen.volunteers.queries import NO_VOLUNTEER, NO_VOLUNTEER_STEP, choices_of, volunteer_in_reach
from canteen.volunteers.requests import TypedWork, VolunteerChange
from canteen.volunteers.rules import PointTerms, check_terms


def keep_volunteer(change: VolunteerChange, *, actor: Actor, now: datetime) -> int:
    """Write a volunteer into the register, or change one; answers the id.

    Raises ``NotFound`` for a site, volunteer, account or route out of reach, and ``Refusal`` (``account_taken``) when the
    account is another volunteer's.
    """
    offered = choices_of(change.site_id)
    if change.staff_id is not None and change.staff_id not in dict(offered.accounts):
        raise NotFound(NO_VOLUNTEER, next_step=NO_VOLUNTEER_STEP)
    known = dict(offered.routes)
    return _keep(replace(change, routes=tuple(one for one in change.routes if one in known)), actor=actor, now=now)


@settled
def _keep(session: Session, change: VolunteerChange, *, actor: Actor, now: datetime) -> int:
    site_in_reach(session, actor, change.site_id)
    one = _of(session, change, actor, now)
    taken = select(Volunteer.id).where(Volunteer.staff_id == change.staff_id, Volunteer.id != (one.id or 0))
    if change.staff_id is not None and session.scalar(taken) is not None:
        raise Refusal("account_taken", "这个账号已经是另一位志愿者的", next_step="请选别的账号,或先在那一位的页上改")
    one.name, one.staff_id, one.weekdays = change.name, change.staff_id, change.weekdays
    one.slots, one.joined_on, one.left_on = ",".join(change.slots), change.joined_on, change.left_on
    session.add(one)
    session.flush()
    one.sealed = the_vault().seal({"phone": change.phone, "note": change.note}, f"volunteer:{one.id}")
    session.execute(delete(VolunteerRoute).where(VolunteerRoute.volunteer_id == one.id))
    session.add_all([VolunteerRoute(volunteer_id=one.id, route_id=route_id) for route_id in change.routes])
    session.flush()
    trail.record(session, actor, "keep_volunteer", f"volunteer:{one.id}", now, site_id=one.site_id)
    return one.id


def _of(session: Session, change: VolunteerChange, actor: Actor, now: datetime) -> Volunteer:
    if change.volunteer_id is None:
        return Volunteer(site_id=change.site_id, sealed=b"", recorded_at=now)
    one, _ = volunteer_in_reach(session, actor, change.volunteer_id)
    trail.touch(session, "volunteer", one.id, site_id=one.site_id)
    return one


@settled
def type_work(session: Session, work: TypedWork, *, actor: Actor, now: datetime) -> int:
    """Write down work no mark tells of; the same key is the same work. Answers its id.

    Raises ``NotFound``, ``BadInput`` for a day to come or before the person joined, ``Refusal`` (``key_reused``).
    """
    one, site = volunteer_in_reach(session, actor, work.volunteer_id)
    if not one.joined_on <= work.day <= day_of(now):
        raise BadInput("日期要在加入之后、今天以前", field="day")
    there = session.scalars(select(VolunteerWork).where(VolunteerWork.key == work.key)).first()
    if there is not None:
        if (there.volunteer_id, there.day, there.minutes) != (work.volunteer_id, work.day, work.minutes):
            raise Refusal("key_reused", "这个一次性编号已用于另一件事", next_step="请刷新页面再试")
        return there.id
    row = VolunteerWork(**as_row(work), recorded_at=now, recorded_by=actor.staff_id)
    session.add(row)
    session.flush()
    detail = {"work": row.id, "day": row.day, "minutes": row.minutes}
    trail.record(session, actor, "type_work", f"volunteer:{one.id}", now, site_id=site.id, **detail)
    return row.id


@settled
def take_work_back(session: Session, volunteer_id: int, work_id: int, *, actor: Actor, now: datetime) -> None:
    """Typed work was wrong: it counts no more. A second time changes nothing. Raises ``NotFound``."""
    one, site = volunteer_in_reach(session, actor, volunteer_id)
    row = session.scalars(
        select(VolunteerWork).where(VolunteerWork.id == work_id, VolunteerWork.volunteer_id == one.id)
    ).first()
    if row is None:
        raise NotFound("没有找到这次服务", next_step="请刷新页面")
    if row.cancelled_at is None:
        row.cancelled_at = now
        session.flush()
        trail.record(session, actor, "take_work_back", f"volunteer:{one.id}", now, site_id=site.id, work=row.id)


@settled
def set_terms(session: Session, county: str, terms: PointTerms, *, actor: Actor, now: datetime) -> None:
    """Give a county a rule for points from a day on; what was done before keeps its rule.

    Raises ``BadInput`` for a day that is past or has a rule already, and ``NotFound`` out of reach.
    """
    check_terms(terms)
    area_id = session.scalar(select(Area.id).where(Area.path == county)) if reaches_area(actor, county) else None
    if area_id is None:
        raise NotFound("没有找到这个县", next_step="积分规则由县级民政或管理员设置")
    if terms.from_day < day_of(now):
        raise BadInput("从今天或以后的一天起;以前的服务按当时的规则", field="from_day")
    there = select(PointRule.id).where(PointRule.area_id == area_id, PointRule.from_day == terms.from_day)
    if session.scalar(there) is not None:
        raise BadInput("这一天已有规则", field="from_day", next_step="请换一天")
    row = PointRule(area_id=area_id, **as_row(terms), recorded_at=now, recorded_by=actor.staff_id)
    session.add(row)
    session.flush()
    trail.record(session, actor, "set_point_rule", f"point_rule:{row.id}", now, from_day=terms.from_day)
