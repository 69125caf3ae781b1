"""Screens of deliveries: the manager's board and routes, and the volunteer's phone."""

from __future__ import annotations

import secrets
from datetime import datetime, time

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from canteen.base import clock
from canteen.base.access import may
from canteen.base.i18n import choices, word
from canteen.base.vault import the_vault
from canteen.base.web import Answer, allow, current_actor, page
from canteen.base.words import DOOR_PAY_WAYS
from canteen.deliveries import forms, queries
from canteen.deliveries.service import papers, routes, runs
from canteen.places.choice import current_site

blueprint = Blueprint("deliveries", __name__, url_prefix="/deliveries")


@blueprint.get("")
@allow("close_welfare_checks")
def board() -> Answer:
    """Today's runs, the routes, and everybody who did not answer."""
    site, today = current_site(), clock.today()
    midnight = datetime.combine(today, time(), tzinfo=clock.SHANGHAI)
    shown = queries.board(site_id=site.id, day=today, today_from=midnight, vault=the_vault())
    keeps_routes = may(current_actor(), "keep_routes")
    return page(
        "deliveries/board.html",
        site=site,
        today=today,
        board=shown,
        keeps_routes=keeps_routes,
        route_choices=[(route.id, route.name) for route in shown.routes],
        slots=[(hours.slot, word(hours.slot, "slot")) for hours in site.slots],
        walkers=queries.walkers_of(site.id) if keeps_routes else [],
        key=secrets.token_hex(8),
    )


@blueprint.post("/checks/<int:check_id>/close")
@allow("close_welfare_checks")
def close_check(check_id: int) -> Response:
    """Say how the person is."""
    outcome = request.form.get("outcome", "")
    runs.close_welfare_check(check_id, outcome, actor=current_actor(), now=clock.now())
    flash(gettext("已记下,这条探访结束了"))
    return redirect(url_for("deliveries.board"), 303)


@blueprint.post("/runs")
@allow("keep_routes")
def plan_run() -> Response:
    """Plan a route's run."""
    asked = forms.read_run(request.form, today=clock.today())
    planned = runs.plan_run(asked, actor=current_actor(), now=clock.now())
    flash(gettext("已排好:共 %(doors)s 户,这次新加 %(added)s 户", doors=planned.doors, added=planned.added))
    for out in planned.left_out:
        flash(gettext("没有排进:%(name)s(%(why)s)", name=out.name, why=word(out.life.kind, "life")), "warning")
    return redirect(url_for("deliveries.board"), 303)


@blueprint.post("/runs/<int:run_id>/sheet")
@allow("keep_routes")
def print_route_sheet(run_id: int) -> Response:
    """Print the doors of a run for somebody who walks with paper."""
    key = forms.read_key(request.form)
    papers.print_route_sheet(run_id, key=key, actor=current_actor(), now=clock.now())
    flash(gettext("路线单已送去打印;上面有住址,送完请收回"))
    return redirect(url_for("deliveries.board"), 303)


@blueprint.post("/runs/<int:run_id>/labels")
@allow("keep_routes")
def print_labels(run_id: int) -> Response:
    """Print a label for each box of a run."""
    key = forms.read_key(request.form)
    count = papers.print_labels(run_id, key=key, actor=current_actor(), now=clock.now())
    flash(gettext("%(n)s 张餐盒标签已送去打印", n=count))
    return redirect(url_for("deliveries.board"), 303)


@blueprint.get("/run")
@allow("deliver")
def my_run() -> Answer:
    """Today's doors in order: a volunteer's own runs, a manager's whole site."""
    actor, now = current_actor(), clock.now()
    site_id = None if actor.role == "volunteer" else current_site().id
    found = runs.open_runs(site_id=site_id, day=clock.day_of(now), actor=actor, now=now)
    return page("deliveries/run.html", runs=found, today=clock.day_of(now), new_key=_new_key)


@blueprint.post("/drops/<int:drop_id>")
@allow("deliver")
def record_drop(drop_id: int) -> Answer | Response:
    """Say what happened at a door; the page's script gets the door alone."""
    actor, now = current_actor(), clock.now()
    outcome, key, note = forms.read_tap(request.form)
    runs.record_drop(drop_id, outcome, key=key, note=note, now=now, actor=actor)
    if "HX-Request" not in request.headers:
        return redirect(url_for("deliveries.my_run", _anchor=f"door-{drop_id}"), 303)
    run, door = queries.door_of(actor, drop_id, vault=the_vault())
    return page("deliveries/_door.html", run=run, door=door, new_key=_new_key)


@blueprint.post("/routes")
@allow("keep_routes")
def add_route() -> Response:
    """Add a route to the current site."""
    change = forms.read_route(request.form, site_id=current_site().id, route_id=None)
    route_id = routes.keep_route(change, actor=current_actor(), now=clock.now())
    return redirect(url_for("deliveries.route_page", route_id=route_id), 303)


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
    )


@blueprint.post("/routes/<int:route_id>")
@allow("keep_routes")
def keep_route(route_id: int) -> Response:
    """Give a route another name or volunteer."""
    change = forms.read_route(request.form, site_id=current_site().id, route_id=route_id)
    routes.keep_route(change, actor=current_actor(), now=clock.now())
    flash(gettext("已保存"))
    return redirect(url_for("deliveries.route_page", route_id=route_id), 303)


@blueprint.post("/routes/<int:route_id>/stops")
@allow("keep_routes")
def add_stop(route_id: int) -> Response:
    """Add a door at the end."""
    new = forms.read_stop(request.form, route_id=route_id)
    stop_id = routes.add_stop(new, actor=current_actor(), now=clock.now())
    return _back_to_route(route_id, stop_id)


@blueprint.post("/stops/<int:stop_id>")
@allow("keep_routes")
def keep_stop(stop_id: int) -> Response:
    """Change what to know at a door."""
    pay_way, hint = forms.read_door(request.form)
    route_id = routes.keep_stop(stop_id, pay_way=pay_way, hint=hint, actor=current_actor(), now=clock.now())
    flash(gettext("已保存"))
    return _back_to_route(route_id, stop_id)


@blueprint.post("/stops/<int:stop_id>/remove")
@allow("keep_routes")
def remove_stop(stop_id: int) -> Response:
    """Take a door off its route."""
    route_id = routes.remove_stop(stop_id, actor=current_actor(), now=clock.now())
    return redirect(url_for("deliveries.route_page", route_id=route_id), 303)


@blueprint.post("/stops/<int:stop_id>/move")
@allow("keep_routes")
def move_stop(stop_id: int) -> Response:
    """Walk to a door earlier or later."""
    direction = request.form.get("direction", "")
    route_id = routes.move_stop(stop_id, direction, actor=current_actor(), now=clock.now())
    return _back_to_route(route_id, stop_id)


def _back_to_route(route_id: int, stop_id: int) -> Response:
    return redirect(url_for("deliveries.route_page", route_id=route_id, _anchor=f"stop-{stop_id}"), 303)


def _new_key() -> str:
    return secrets.token_urlsafe(18)
