"""Changing runs on the day: another person walks one, doors go over to another route. The meals that were handed over stay
where they are."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from canteen.audit import trail
from canteen.base.access import Actor
from canteen.base.clock import day_of
from canteen.base.db import settled, with_reading
from canteen.base.errors import BadInput, NotFound, Refusal
from canteen.base.words import DELIVERED
from canteen.deliveries import reach
from canteen.deliveries.models import Drop, Route, Run
from canteen.deliveries.rules import check_planned_day
from canteen.people.models import Elder

#: Days of runs that say who knows a route.
KNOWN_DAYS = 90


@dataclass(frozen=True, slots=True)
class RunToChange:
    """A run with who could walk it and where its doors could go."""

    run: Any
    #: (id, name, how often that person walked the route in the last ``KNOWN_DAYS`` days), who knows it best first.
    walkers: tuple[tuple[int, str, int], ...]
    #: (drop id, "王秀兰 7组") of the doors that were not handed over, in order.
    doors: tuple[tuple[int, str], ...]
    #: (id, name) of the other routes of the site.
    others: tuple[tuple[int, str], ...]


@with_reading
def run_to_change(session: Session, run_id: int, *, actor: Actor, today: date) -> RunToChange:
    """What the page of a run offers. Raises ``NotFound`` out of reach."""
    found = select(Run.__table__, Route.name.label("route_name")).join(Route, Route.id == Run.route_id)
    run = session.execute(found.where(Run.id == run_id)).first()
    if run is None:
        raise NotFound("没有找到这趟出车", next_step="请刷新送餐页面")
    reach.check_reach(session, actor, run.site_id)
    walks = select(Run.staff_id, func.count()).where(
        Run.route_id == run.route_id, Run.day.between(today - timedelta(days=KNOWN_DAYS), today)
    )
    known = dict(session.execute(walks.group_by(Run.staff_id)).all())
    walkers = [(id_, name, known.get(id_, 0)) for id_, name in reach.walkers(session, run.site_id)]
    doors = session.execute(
        select(Drop.id, Elder.name, Elder.village_group)
        .join(Elder, Elder.id == Drop.elder_id)
        .where(Drop.run_id == run.id, Drop.state.not_in(DELIVERED))
        .order_by(Drop.position)
    )
    others = select(Route.id, Route.name).where(Route.site_id == run.site_id, Route.id != run.route_id)
    return RunToChange(
        run,
        tuple(sorted(walkers, key=lambda one: -one[2])),
        tuple((row.id, f"{row.name} {row.village_group}".strip()) for row in doors),
        tuple((row.id, row.name) for row in session.execute(others.order_by(Route.name))),
    )


@settled
def hand_over_run(session: Session, run_id: int, staff_id: int, *, actor: Actor, now: datetime) -> None:
    """Give a run to another person. What the phone of the one before marked without a signal still counts.

    Raises ``NotFound`` out of reach or for somebody who may not walk it, ``Refusal`` (``day_past``).
    """
    run = _run(session, run_id, actor, now)
    reach.check_volunteer(session, staff_id, site_id=run.site_id)
    if run.staff_id == staff_id:
        return
    before, run.staff_id = run.staff_id, staff_id
    reach.keep_former(session, run.id, before=before, now_with=staff_id)
    detail = {"before": before, "volunteer": staff_id}
    trail.record(session, actor, "hand_over_run", f"run:{run.id}", now, site_id=run.site_id, **detail)


@settled
def move_doors(
    session: Session, run_id: int, drops: Collection[int], route_id: int, *, actor: Actor, now: datetime
) -> int:
    """Take doors that were not handed over from a run to the run of another route in the same sitting, which is made if
    there is none; answers how many. A run without doors goes. All doors: two runs become one; some: one becomes two.

    The routes themselves stay as they are. Raises ``BadInput`` for no doors, ``Refusal`` (``day_past``, ``doors_done``),
    ``NotFound``.
    """
    if not drops:
        raise BadInput("还没有选要换的人家", field="drops", next_step="请先勾选,再按「换过去」")
    run = _run(session, run_id, actor, now)
    route = session.get(Route, route_id, with_for_update=True)
    if route is None or route.site_id != run.site_id or route.id == run.route_id:
        raise NotFound("没有找到这条路线", next_step="请从列表里选另一条路线")
    rows = session.scalars(
        select(Drop).where(Drop.run_id == run.id, Drop.id.in_(drops)).order_by(Drop.position).with_for_update()
    ).all()
    moving = [drop for drop in rows if drop.state not in DELIVERED]
    if not moving:
        raise Refusal("doors_done", "选中的人家已经送到,不用再换", next_step="请刷新送餐页面")
    other = session.scalar(select(Run).where(Run.route_id == route.id, Run.day == run.day, Run.slot == run.slot))
    if other is None:
        other = Run(
            route_id=route.id,
            site_id=run.site_id,
            day=run.day,
            slot=run.slot,
            staff_id=route.staff_id or run.staff_id,
            planned_at=now,
        )
        session.add(other)
        session.flush()
    trail.touch(session, "run", run.id, other.id, site_id=run.site_id)
    last = session.scalar(select(func.max(Drop.position)).where(Drop.run_id == other.id)) or 0
    reach.keep_former(session, run.id, before=run.staff_id, now_with=other.staff_id, doors=[one.id for one in moving])
    for position, drop in enumerate(moving, last + 1):
        drop.run_id, drop.position = other.id, position
    session.flush()
    detail = {"doors": len(moving), "other": other.id}
    trail.record(session, actor, "move_doors", f"run:{run.id}", now, site_id=run.site_id, **detail)
    if session.scalar(select(func.count()).select_from(Drop).where(Drop.run_id == run.id)) == 0:
        session.delete(run)
        session.flush()
    return len(moving)


def _run(session: Session, run_id: int, actor: Actor, now: datetime) -> Run:
    run = session.get(Run, run_id, with_for_update=True)
    if run is None:
        raise NotFound("没有找到这趟出车", next_step="请刷新送餐页面")
    reach.check_reach(session, actor, run.site_id)
    check_planned_day(run.day, today=day_of(now))
    return run
