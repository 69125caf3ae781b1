"""Screens of deliveries: the manager's board and routes, and the volunteer's phone."""

from datetime import datetime, timedelta

from flask import Blueprint, flash, request
from flask_babel import gettext

from canteen.base import clock
from canteen.base.access import may
from canteen.base.fields import one_time_key, read_day
from canteen.base.i18n import choices, word
from canteen.base.vault import the_vault
from canteen.base.web import Answer, allow, current_actor, go_to, new_key, page
from canteen.base.words import DOOR_PAY_WAYS, SLOTS
from canteen.deliveries import forms, queries
from canteen.deliveries.marking.queries import refused_marks
from canteen.deliveries.service import changing, papers, routes, runs
from canteen.places.choice import current_site
from canteen.places.queries import site_for

blueprint = Blueprint("deliveries", __name__, url_prefix="/deliveries")


@blueprint.get("")
@allow("see_runs")
def board() -> Answer:
    """The runs of a day, the routes, and orders that nobody carries."""
    site, today = current_site(), clock.today()
    day = read_day(request.args, today=today)
    shown = queries.board(site_id=site.id, day=day)
    keeps_routes = may(current_actor(), "keep_routes")
    return page(
        "deliveries/board.html",
        site=site,
        day=day,
        today=today,
        tomorrow=today + timedelta(days=1),
        board=shown,
        keeps_routes=keeps_routes,
        route_choices=[(route.id, route.name) for route in shown.routes],
        slots=[(hours.slot, word(hours.slot, "slot")) for hours in site.slots],
        walkers=queries.walkers_of(site.id) if keeps_routes else [],
        key=new_key(),
        refused=refused_marks(site_id=site.id, vault=the_vault()),
    )


@blueprint.post("/runs")
@allow("keep_routes")
def plan_run() -> Answer:
    """Plan a route's run."""
    wanted = forms.run_form(clock.today()).read(request.form)
    planned = runs.plan_run(wanted, actor=current_actor(), now=clock.now())
    flash(gettext("已排好:共 %(doors)s 户,这次新加 %(added)s 户", doors=planned.doors, added=planned.added))
    for out in planned.left_out:
        why = gettext("没有订送餐") if out.life.kind == "active" else word(out.life.kind, "life")
        flash(gettext("没有排进:%(name)s(%(why)s)", name=out.name, why=why), "warning")
    return go_to(".board", **({"day": wanted.day.isoformat()} if wanted.day != clock.today() else {}))


@blueprint.get("/runs/<int:run_id>")
@allow("keep_routes")
def run_page(run_id: int) -> Answer:
    """One run, to give it to somebody else or take doors over to another route."""
    shown = changing.run_to_change(run_id, actor=current_actor(), today=clock.today())
    walkers = [
        (id_, gettext("%(name)s(走过 %(n)s 次)", name=name, n=walked) if walked else name)
        for id_, name, walked in shown.walkers
    ]
    return page("deliveries/change_run.html", shown=shown, walkers=walkers)


@blueprint.post("/runs/<int:run_id>/walker")
@allow("keep_routes")
def hand_over_run(run_id: int) -> Answer:
    """Give a run to another person."""
    changing.hand_over_run(
        run_id, forms.row_id(request.form.get("staff_id", "")), actor=current_actor(), now=clock.now()
    )
    return go_to(".run_page", gettext("已换人"), run_id=run_id)


@blueprint.post("/runs/<int:run_id>/doors")
@allow("keep_routes")
def move_doors(run_id: int) -> Answer:
    """Take doors over to the run of another route."""
    drops = [forms.row_id(text) for text in request.form.getlist("drops")]
    route_id = forms.row_id(request.form.get("route_id", ""))
    count = changing.move_doors(run_id, drops, route_id, actor=current_actor(), now=clock.now())
    return go_to(".board", gettext("%(n)s 户已换到另一趟", n=count))


@blueprint.post("/runs/<int:run_id>/sheet")
@allow("keep_routes")
def print_route_sheet(run_id: int) -> Answer:
    """Print the doors of a run for somebody who walks with paper."""
    key = one_time_key(request.form.get("key", ""))
    papers.print_route_sheet(run_id, key=key, actor=current_actor(), now=clock.now())
    return go_to(".board", gettext("路线单已送去打印;上面有住址,送完请收回"))


@blueprint.post("/runs/<int:run_id>/labels")
@allow("keep_routes")
def print_labels(run_id: int) -> Answer:
    """Print a label for each box of a run."""
    key = one_time_key(request.form.get("key", ""))
    count = papers.print_labels(run_id, key=key, actor=current_actor(), now=clock.now())
    return go_to(".board", gettext("%(n)s 张餐盒标签已送去打印", n=count))


@blueprint.get("/run")
@allow("deliver")
def my_run() -> Answer:
    """Today's doors in order: a volunteer's own runs, a manager's whole site."""
    actor, now = current_actor(), clock.now()
    site_id = None if actor.role == "volunteer" else current_site().id
    found = runs.open_runs(site_id=site_id, day=clock.day_of(now), actor=actor, now=now)
    owner = the_vault().index("phone", actor.label)
    body, status, headers = page(
        "deliveries/run.html", runs=found, today=clock.day_of(now), now=now, owner=owner, new_key=new_key
    )
    return body, status, headers | {"X-Kept-Seconds": str(_seconds_left(now))}


@blueprint.post("/routes")
@allow("keep_routes")
def add_route() -> Answer:
    """Add a route to the current site."""
    change = forms.ROUTE.read(request.form, site_id=current_site().id, route_id=None)
    route_id = routes.keep_route(change, actor=current_actor(), now=clock.now())
    return go_to(".route_page", route_id=route_id)


@blueprint.get("/routes/<int:route_id>")
@allow("keep_routes")
def route_page(route_id: int) -> Answer:
    """The doors of a route in order."""
    shown = queries.route_page(current_actor(), route_id, vault=the_vault())
    return page(
        "deliveries/route.html",
        shown=shown,
        walkers=queries.walkers_of(shown.site_id),
        pay_ways=choices("pay_way", DOOR_PAY_WAYS),
        slots=choices("slot", [hours.slot for hours in site_for(current_actor(), shown.site_id).slots]),
    )


@blueprint.post("/routes/<int:route_id>")
@allow("keep_routes")
def keep_route(route_id: int) -> Answer:
    """Give a route another name or volunteer."""
    change = forms.ROUTE.read(request.form, site_id=current_site().id, route_id=route_id)
    routes.keep_route(change, actor=current_actor(), now=clock.now())
    return go_to(".route_page", gettext("已保存"), route_id=route_id)


@blueprint.post("/routes/<int:route_id>/stops")
@allow("keep_routes")
def add_stop(route_id: int) -> Answer:
    """Add a door at the end."""
    slots = tuple(slot for slot in request.form.getlist("slots") if slot in SLOTS)
    wanted = forms.STOP.read(request.form, route_id=route_id, slots=slots)
    stop_id = routes.add_stop(wanted, actor=current_actor(), now=clock.now())
    return _back_to_route(route_id, stop_id)


@blueprint.post("/stops/<int:stop_id>")
@allow("keep_routes")
def keep_stop(stop_id: int) -> Answer:
    """Change what to know at a door."""
    route_id = routes.keep_stop(stop_id, **forms.DOOR.read(request.form), actor=current_actor(), now=clock.now())
    return _back_to_route(route_id, stop_id, gettext("已保存"))


@blueprint.post("/stops/<int:stop_id>/remove")
@allow("keep_routes")
def remove_stop(stop_id: int) -> Answer:
    """Take a door off its route."""
    route_id = routes.remove_stop(stop_id, actor=current_actor(), now=clock.now())
    return go_to(".route_page", route_id=route_id)


@blueprint.post("/stops/<int:stop_id>/move")
@allow("keep_routes")
def move_stop(stop_id: int) -> Answer:
    """Walk to a door earlier or later."""
    direction = request.form.get("direction", "")
    route_id = routes.move_stop(stop_id, direction, actor=current_actor(), now=clock.now())
    return _back_to_route(route_id, stop_id)


def _back_to_route(route_id: int, stop_id: int, said: str = "") -> Answer:
    return go_to(".route_page", said, route_id=route_id, _anchor=f"stop-{stop_id}")


def _seconds_left(now: datetime) -> int:
    """Seconds until the canteen's day ends: so long a phone keeps today's run."""
    local = now.astimezone(clock.SHANGHAI)
    midnight = (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return int((midnight - local).total_seconds())
