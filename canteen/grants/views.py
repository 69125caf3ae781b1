"""The page of the operating grant."""

from datetime import date

from flask import Blueprint, request

from canteen.base import clock
from canteen.base.fields import read_year
from canteen.base.web import Answer, allow, current_actor, page
from canteen.grants import forms, money, queries
from canteen.places.choice import current_site
from canteen.places.queries import site_for, sites_of

blueprint = Blueprint("grants", __name__, url_prefix="/grants")


@blueprint.get("")
@allow("see_people_masked")
def grants_page() -> Answer:
    """A site's year against the operating grant, by month, with the service calendar of its last month."""
    actor, today = current_actor(), clock.today()
    year = read_year(request.args, today=today)
    wanted = forms.read_site_id(request.args)
    site = current_site() if wanted is None else site_for(actor, wanted)
    stated = forms.read_stated(request.args)
    month = date(year, today.month if year == today.year else 12, 1)
    return page(
        "grants/grants.html",
        found=queries.standing_of(site, year=year, today=today),
        today=today,
        month=month,
        stated=stated,
        lines=money.money_of(site, stated, year=year, today=today),
        weeks=queries.service_calendar(site.id, month=month),
        sites=[(one.id, one.name) for one in sites_of(actor)],
        years=[(one, one) for one in range(max(today.year, year), 2019, -1)],
    )
