"""Screens of welfare checks: what is to be done, one check, and what was known of an elder before."""

from datetime import datetime, time

from flask import Blueprint, request
from flask_babel import gettext

from canteen.base import clock
from canteen.base.access import Actor, may
from canteen.base.web import Answer, allow, current_actor, go_to, new_key, page
from canteen.people.finding import looks
from canteen.places.choice import current_site
from canteen.places.scope import scope_of
from canteen.welfare import forms, queries, service
from canteen.welfare.visits import queries as visits

blueprint = Blueprint("welfare", __name__, url_prefix="/welfare")


def sites_looked_at(actor: Actor) -> tuple[int, ...]:
    """The site somebody works at; for who sees only some checks, all sites in reach. Raises ``NotFound``."""
    return (current_site().id,) if may(actor, "see_all_checks") else scope_of(actor, None).site_ids


@blueprint.get("")
@allow("close_welfare_checks")
def checks_page() -> Answer:
    """Everybody who has to be seen, the most urgent first."""
    actor, now = current_actor(), clock.now()
    midnight = datetime.combine(clock.day_of(now), time(), tzinfo=clock.SHANGHAI)
    found = queries.checks_page(actor, sites_looked_at(actor), now=now, midnight=midnight)
    today, sites = clock.day_of(now), sites_looked_at(actor)
    behind = visits.behind(sites, day=today) if may(actor, "keep_visits") else 0
    return page("welfare/checks.html", found=found, today=today, behind=behind)


@blueprint.get("/checks/<int:check_id>")
@allow("close_welfare_checks")
def check_page(check_id: int) -> Answer:
    """One check: whom to call, what was done, what is next."""
    actor, now = current_actor(), clock.now()
    found = queries.check_page(actor, check_id, now=now)
    looks.note_opened(found.line.elder_id, place="welfare", actor=actor, now=now)
    return page("welfare/check.html", found=found, line=found.line, key=new_key())


@blueprint.post("/checks/<int:check_id>/steps")
@allow("close_welfare_checks")
def take_step(check_id: int) -> Answer:
    """Write down what was done and what came of it."""
    step = forms.STEP.read(request.form)
    service.take_step(check_id, step, actor=current_actor(), now=clock.now())
    if step.result == "well":
        return go_to(".checks_page", gettext("已记下,这条探访结束了"))
    return go_to(".check_page", gettext("已记下"), check_id=check_id)


@blueprint.post("/checks/<int:check_id>/close")
@allow("close_welfare_checks")
def close_check(check_id: int) -> Answer:
    """Say how the person is."""
    outcome = forms.END.read(request.form)
    service.close_check(check_id, outcome, actor=current_actor(), now=clock.now())
    said = gettext("已记下,这条探访结束了")
    if outcome.how in ("hospital", "died"):
        said += gettext(";请在老人资料里登记暂停或去世,厨房和路线才不会再算上")
    return go_to(".checks_page", said)


@blueprint.get("/elders/<int:elder_id>")
@allow("see_all_checks")
def elder_page(elder_id: int) -> Answer:
    """Every check of an elder, and a place to say what was seen."""
    actor, now = current_actor(), clock.now()
    found = queries.history_of(actor, elder_id, now=now)
    looks.note_opened(elder_id, place="welfare", actor=actor, now=now)
    went = visits.visits_of(actor, elder_id)
    return page("welfare/elder.html", found=found, visits=went, key=new_key())


@blueprint.post("/elders/<int:elder_id>/concerns")
@allow("see_all_checks")
def raise_concern(elder_id: int) -> Answer:
    """Write down that something looked wrong."""
    seen, key = forms.read_seen(request.form), forms.one_tap(request.form.get("key", ""))
    site_id, now = current_site().id, clock.now()
    service.raise_concern(elder_id, seen, site_id=site_id, key=key, actor=current_actor(), now=now)
    return go_to(".elder_page", gettext("已记下,请有人去看看"), elder_id=elder_id)
