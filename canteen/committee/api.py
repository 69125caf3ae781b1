"""The terminals' door to the counts of a day. ``counter/openapi.py`` describes it with the rest of the API."""

from flask import Blueprint, Response, jsonify, request

from canteen.base import clock
from canteen.base.fields import iso_day
from canteen.base.web import allow, current_actor
from canteen.committee.queries import counts_of_day
from canteen.places.queries import site_named

blueprint = Blueprint("counts_api", __name__, url_prefix="/api/v1")


@blueprint.get("/counts")
@allow("see_counts")
def counts() -> Response:
    """How many were served at a site on a day."""
    site = site_named(current_actor(), request.args.get("site", ""))
    text = request.args.get("day", "")
    day = iso_day(text) if text else clock.today()
    return jsonify(site=site.code, day=day.isoformat(), **counts_of_day(site.id, day))
