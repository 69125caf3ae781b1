"""Schemes as people may read them: which are in force where, what they say in plain words, where numbers come from.
Officers begin drafts here; the desk itself is in ``desk/``."""

from flask import Blueprint
from flask_babel import gettext

from canteen.base import clock
from canteen.base.access import may
from canteen.base.web import Answer, allow, current_actor, page
from canteen.desk import queries as desk
from canteen.desk.checking import check
from canteen.desk.drafts import reaches
from canteen.desk.reading_back.explain import explain
from canteen.schemes.queries import scheme_page_of, versions_for
from canteen.schemes.rules import state_of

blueprint = Blueprint("schemes", __name__, url_prefix="/schemes")


@blueprint.get("")
@allow("see_schemes")
def schemes_page() -> Answer:
    """Every version in the actor's county, drafts for those who keep them, and what a draft may begin with."""
    actor, today = current_actor(), clock.today()
    versions = [
        (version, scheme, path, state_of(version.valid_from, version.valid_to, today))
        for version, scheme, path in versions_for(actor)
    ]
    areas = desk.areas_for(actor) if may(actor, "keep_schemes") else []
    return page(
        "desk/schemes.html",
        versions=versions,
        builtins=desk.builtins(),
        areas=areas,
        drafts=desk.drafts_for(actor) if areas else [],
    )


@blueprint.get("/<int:version_id>")
@allow("see_schemes")
def scheme_page(version_id: int) -> Answer:
    """One version: what it says, its sources, and the text it was switched on with."""
    actor, today = current_actor(), clock.today()
    version, scheme, area_path = scheme_page_of(actor, version_id)
    may_keep = may(actor, "keep_schemes") and reaches(actor, area_path)
    return page(
        "desk/scheme.html",
        version=version,
        scheme=scheme,
        area_path=area_path,
        today=today,
        state=state_of(version.valid_from, version.valid_to, today),
        may_keep=may_keep,
        checked=check(version.text, gettext),
        told=explain(check(version.text, gettext).document, gettext),
    )
