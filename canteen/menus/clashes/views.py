"""The list to call: whose diet the meal they are to have does not fit. Made for the screen and for paper."""

from datetime import timedelta

from flask import request

from canteen.base import clock
from canteen.base.fields import read_day
from canteen.base.web import Answer, allow, page
from canteen.menus.rules import week_of
from canteen.menus.views import blueprint, clashes_of_week
from canteen.places.choice import current_site


@blueprint.get("/menus/clashes")
@allow("keep_menus")
def clashes_page() -> Answer:
    """Everybody to call about one week."""
    site = current_site()
    days = week_of(read_day(request.args, today=clock.today()))
    return page(
        "menus/clashes.html",
        site=site,
        first=days[0],
        last=days[-1],
        today=clock.today(),
        before=days[0] - timedelta(days=7),
        after=days[0] + timedelta(days=7),
        found=clashes_of_week(site.id, days),
    )
