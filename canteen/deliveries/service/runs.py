"""Planning a run, and opening its doors for who walks it."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from canteen.audit import trail
from canteen.audit.models import Audit
from canteen.base.access import Actor
from canteen.base.clock import day_of
from canteen.base.db import reading, settled, transaction
from canteen.base.errors import NotFound, Refusal
from canteen.base.records import as_row
from canteen.base.vault import the_vault
from canteen.base.words import WORDS
from canteen.deliveries import doors, reach
from canteen.deliveries.models import Drop, Route, Run
from canteen.deliveries.requests import RunRequest
from canteen.deliveries.rules import LeftOut, PlannedDrop, check_planned_day, plan_drops
from canteen.orders.standing.making import make_orders, settle_sets
from canteen.people.queries import states_of
from canteen.places.queries import service_plan, site_facts
from canteen.places.rules import is_planned_day


@dataclass(frozen=True, slots=True)
class PlannedRun:
    """A run as it stands after planning: how many doors were added now, how many there are, who is left out."""

    run_id: int
    added: int
    doors: int
    left_out: tuple[LeftOut, ...]


@settled
def plan_run(session: Session, request: RunRequest, *, actor: Actor, now: datetime) -> PlannedRun:
    """Plan the run of a route: those of its stops for which a meal to be carried is ordered, in order.

    A route has one run a day and slot: planning again adds the doors that came onto the route since, may give the
    run to another volunteer, and takes nothing away. Raises ``Refusal`` (``day_past``, ``slot_not_served``,
    ``no_doors``) and ``NotFound`` for a route out of reach.
    """
    check_planned_day(request.day, today=day_of(now))
    route = session.get(Route, request.route_id)
    if route is None:
        raise NotFound("没有找到这条路线")
    reach.check_reach(session, actor, route.site_id)
    reach.check_volunteer(session, request.staff_id, site_id=route.site_id)
    site = site_facts(session, route.site_id)
    if site.hours_of(request.slot) is None:
        raise Refusal(
            "slot_not_served",
            "%(site)s 不供应%(slot)s",
            next_step="请选择这个助餐点供应的餐次",
            site=site.name,
            slot=WORDS["slot"].get(request.slot, request.slot),
        )
    if not is_planned_day(service_plan(session, site.id), request.day):
        raise Refusal(
            "closed_day",
            "%(day)s 不供餐,不能排出车",
            next_step="请换一天;如当天加开,请负责人先改「供餐日历」",
            day=request.day.isoformat(),
        )
    stops = reach.stops_of(session, route.id)
    elders = [stop.elder_id for stop in stops]
    make_orders(session, site, actor=actor, now=now)
    settle_sets(session, site_id=site.id, day=request.day, slot=request.slot, actor=actor, now=now)
    plan = plan_drops(
        stops,
        lives=states_of(session, elders, day=request.day),
        ordered=reach.ordered_boxes(session, elders=elders, day=request.day, slot=request.slot),
    )
    if not plan.drops:
        raise Refusal(
            "no_doors",
            "路线「%(route)s」这一天没有要送的人",
            route=route.name,
            next_step="订了送餐的人才会排进出车:请在「订餐」页加订,或在路线里为这一户登记常订",
        )
    run = _run_of(session, route, request, now)
    added = _add_drops(session, run.id, plan.drops)
    detail = {"added": added, "left_out": len(plan.left_out), "volunteer": run.staff_id}
    trail.record(session, actor, "plan_run", f"run:{run.id}", now, site_id=run.site_id, **detail)
    count = session.scalar(select(func.count()).select_from(Drop).where(Drop.run_id == run.id)) or 0
    return PlannedRun(run.id, added, count, plan.left_out)


def _run_of(session: Session, route: Route, request: RunRequest, now: datetime) -> Run:
    run = session.scalar(
        select(Run).where(Run.route_id == route.id, Run.day == request.day, Run.slot == request.slot).with_for_update()
    )
    if run is None:
        run = Run(
            **as_row(request, but=("staff_id",)),
            site_id=route.site_id,
            staff_id=request.staff_id or route.staff_id,
            planned_at=now,
        )
        session.add(run)
    elif request.staff_id:
        reach.keep_former(session, run.id, before=run.staff_id, now_with=request.staff_id)
        run.staff_id = request.staff_id
    session.flush()
    return run


def _add_drops(session: Session, run_id: int, drops: tuple[PlannedDrop, ...]) -> int:
    """Add the doors that are not on the run yet, after those that are."""
    rows = session.execute(select(Drop.elder_id, Drop.position).where(Drop.run_id == run_id))
    there = dict(rows.all())
    last = max(there.values(), default=0)
    new = [drop for drop in drops if drop.elder_id not in there]
    session.add_all(
        Drop(**as_row(drop, but=("position",)), run_id=run_id, position=last + place, state="planned")
        for place, drop in enumerate(new, 1)
    )
    session.flush()
    return len(new)


def open_runs(*, site_id: int | None, day: date, actor: Actor, now: datetime) -> list[doors.RunView]:
    """The runs of a day as their walker sees them, with what is sealed of each door.

    The first time somebody opens the doors of a run, the audit trail says so.
    """
    with reading() as session:
        runs = doors.runs_of(session, actor, site_id=site_id, day=day, vault=the_vault())
        mine = {f"run:{run.id}": run for run in runs if run.is_mine and run.doors}
        opened = set(
            session.scalars(
                select(Audit.subject).where(
                    Audit.subject.in_(mine), Audit.action == "open_doors", Audit.actor == actor.label
                )
            )
        )
    if set(mine) - opened:
        with transaction() as session:
            for subject, run in mine.items():
                if subject not in opened:
                    detail = {"doors": len(run.doors), "reason": "deliver"}
                    trail.record(session, actor, "open_doors", subject, now, site_id=run.site_id, **detail)
    return runs
