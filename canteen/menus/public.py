"""Today's menu for everybody: very large type for a screen on the wall or a phone, without signing in."""

from datetime import timedelta
from functools import partial

from flask import Blueprint, redirect, request, url_for

from canteen.base import clock
from canteen.base.fields import read_day
from canteen.base.web import Answer, page, public
from canteen.menus import queries
from canteen.menus.dishes.queries import dishes_of
from canteen.menus.dishes.rules import allergens_of
from canteen.places.queries import all_sites, plan_of, site_by_code
from canteen.places.rules import day_state, slot_at

#: Seconds until a screen on the wall asks again.
REFRESH_SECONDS = 600


blueprint = Blueprint("menu_wall", __name__)


@blueprint.get("/menu")
@public
def public_index() -> Answer:
    """The menu of the only site, or a list of sites to choose from."""
    sites = all_sites()
    if len(sites) == 1:
        return redirect(url_for("menu_wall.public_page", code=sites[0].code))
    return page("menus/public_index.html", sites=sites)


@blueprint.get("/menu/<code>")
@public
def public_page(code: str) -> Answer:
    """The menu of one day. Today's page asks again by itself, so that a screen changes with the day."""
    site = site_by_code(code)
    now = clock.now()
    today = clock.day_of(now)
    day = read_day(request.args, today=today)
    plan = plan_of(site.id)
    exception = plan.exceptions.get(day)
    body, status, headers = page(
        "menus/public.html",
        site=site,
        day=day,
        today=today,
        state=day_state(plan, day),
        reason=exception.reason if exception else "",
        menus=queries.menus_between(site_id=site.id, first=day, last=day),
        allergens=partial(allergens_of, known=dishes_of(site_id=site.id)),
        serving_now=slot_at(site.slots, clock.wall_time(now)) if day == today else None,
        before=day - timedelta(days=1),
        after=day + timedelta(days=1),
    )
    if "day" not in request.args:
        headers["Refresh"] = str(REFRESH_SECONDS)
    return body, status, headers
