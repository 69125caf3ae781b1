"""Schemes as people may read them: which are in force where, what each class gets, and where numbers come from."""

from __future__ import annotations

from flask import Blueprint

from canteen import clock
from canteen.subsidies.queries import scheme_page_of, versions_for
from canteen.web import Answer, allow, current_actor, page

blueprint = Blueprint("subsidies", __name__, url_prefix="/schemes")


@blueprint.get("")
@allow("see_schemes")
def schemes_page() -> Answer:
    """Every version in the actor's county, newest first."""
    return page("subsidies/schemes.html", versions=versions_for(current_actor()), today=clock.today())


@blueprint.get("/<int:version_id>")
@allow("see_schemes")
def scheme_page(version_id: int) -> Answer:
    """One version: classes, amounts, sources and the text it was switched on with."""
    version, scheme, area_path = scheme_page_of(current_actor(), version_id)
    return page("subsidies/scheme.html", version=version, scheme=scheme, area_path=area_path, today=clock.today())
