"""The screen of planning: where doors are, a proposal, and taking it."""

from flask import request
from flask_babel import gettext

from canteen.base import clock
from canteen.base.i18n import choices
from canteen.base.web import NO_ERRORS, Answer, Errors, again, allow, current_actor, go_to, page
from canteen.deliveries.planning import forms, service
from canteen.deliveries.planning.rules import HOT_MINUTES, MOVES_BY
from canteen.deliveries.planning.service import Proposal
from canteen.deliveries.planning.sketch import HEIGHT, WIDTH
from canteen.deliveries.planning.where import as_shown
from canteen.deliveries.views import blueprint
from canteen.places.choice import current_site


@blueprint.get("/planning")
@allow("keep_routes")
def planning_page(
    errors: Errors = NO_ERRORS, *, proposal: Proposal | None = None, elder_id: int | None = None
) -> Answer:
    """The routes and doors of the site, and what was proposed; ``elder_id``: whose door is being written about."""
    site = current_site()
    shown = proposal.site if proposal else service.site_to_plan(site.id, now=clock.now())
    return page(
        "deliveries/planning.html",
        site=site,
        shown=shown,
        start=as_shown(shown.start) if shown.start else "",
        as_shown=as_shown,
        proposal=proposal,
        route_names={route.id: route.name for route in shown.routes},
        ticked=request.form.getlist("routes") or [str(route.id) for route in shown.routes],
        moves_by=choices("moves_by", MOVES_BY),
        hot_minutes=HOT_MINUTES,
        width=WIDTH,
        height=HEIGHT,
        typed=request.form,
        errors=errors,
        open_door=elder_id,
    )


@blueprint.post("/planning")
@allow("keep_routes")
@again(planning_page)
def plan_routes() -> Answer:
    """Have routes planned; nothing is changed yet."""
    wanted = forms.read_plan(request.form, site_id=current_site().id)
    return planning_page(proposal=service.propose(wanted, actor=current_actor(), now=clock.now()))


@blueprint.post("/planning/take")
@allow("keep_routes")
def take_plan() -> Answer:
    """Put the doors in the proposed order."""
    choice = forms.read_choice(request.form, site_id=current_site().id)
    changed = service.take_plan(choice, actor=current_actor(), now=clock.now())
    said = gettext("路线已改好:%(n)s 户换了或新上了路线。已经排好的出车不变,再排一次出车就按新的走", n=changed)
    return go_to(".board", said)


@blueprint.post("/planning/doors/<int:elder_id>")
@allow("keep_routes")
@again(planning_page)
def keep_door(elder_id: int) -> Answer:
    """Say where a door is and what to know about it."""
    service.keep_door(elder_id, forms.DOOR.read(request.form), actor=current_actor(), now=clock.now())
    return go_to(".planning_page", gettext("已保存"), _anchor=f"door-{elder_id}")


@blueprint.post("/drops/<int:drop_id>/place")
@allow("deliver")
def keep_place_at_door(drop_id: int) -> Answer:
    """Whoever stands at a door says where it is."""
    place = forms.phone_point(request.form.get("place", ""))
    service.keep_place_at_door(drop_id, place, actor=current_actor(), now=clock.now())
    return go_to(".my_run", gettext("位置已记下,以后排路线会用"), _anchor=f"door-{drop_id}")
