"""Screens of visits: the visitor's phone, and the plans with whom nobody saw in time."""

from collections import defaultdict

from flask import request
from flask_babel import gettext

from canteen.base import clock
from canteen.base.web import NO_ERRORS, Answer, Errors, again, allow, current_actor, go_to, new_key, page
from canteen.places.choice import current_site
from canteen.welfare.forms import one_tap, read_seen
from canteen.welfare.views import blueprint
from canteen.welfare.visits import forms, queries, service


@blueprint.get("/visits/mine")
@allow("visit")
def my_visits() -> Answer:
    """Whom I look in on: due first."""
    actor, now = current_actor(), clock.now()
    service.note_doors_opened(actor=actor, now=now)
    today = clock.day_of(now)
    return page("welfare/mine.html", mine=queries.my_visits(actor, day=today), today=today, new_key=new_key)


@blueprint.post("/visits/<int:plan_id>/elders/<int:elder_id>")
@allow("visit")
def record_visit(plan_id: int, elder_id: int) -> Answer:
    """Say what I found."""
    key, result = one_tap(request.form.get("key", "")), request.form.get("result", "")
    seen = read_seen(request.form)
    opened = service.record_visit(plan_id, elder_id, result, seen, key=key, actor=current_actor(), now=clock.now())
    said = gettext("已记下,已告诉站点,会有人去看;紧急的请先打 120") if opened else gettext("已记下")
    return go_to(".my_visits", said)


@blueprint.get("/visits")
@allow("keep_visits")
def visits_page(errors: Errors = NO_ERRORS) -> Answer:
    """The plans of the site, and whom nobody saw in time."""
    site, today = current_site(), clock.today()
    typed = request.form if errors else defaultdict(str, every_days="7", from_day=today.isoformat())
    found = queries.visits_page(site, day=today)
    return page("welfare/visits.html", found=found, today=today, typed=typed, errors=errors)


@blueprint.post("/visits")
@allow("keep_visits")
@again(visits_page)
def add_plan() -> Answer:
    """Make a plan."""
    new = forms.plan_form(clock.today()).read(request.form, site_id=current_site().id)
    service.add_plan(new, actor=current_actor(), now=clock.now())
    return go_to(".visits_page", gettext("已安排,去的人在手机的「我的探访」里看得到"))


@blueprint.post("/visits/<int:plan_id>/end")
@allow("keep_visits")
def end_plan(plan_id: int) -> Answer:
    """Nobody goes any more."""
    service.end_plan(plan_id, actor=current_actor(), now=clock.now())
    return go_to(".visits_page", gettext("已停"))
