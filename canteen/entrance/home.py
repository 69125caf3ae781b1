"""The front door: each role lands where its work is; the header shows only places the person may go."""

from __future__ import annotations

from dataclasses import dataclass, fields
from importlib.resources import files
from typing import Any

from flask import Blueprint, Flask, Response, redirect, request, send_file, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from canteen.base.access import Actor, may
from canteen.base.errors import NotFound
from canteen.base.web import allow, current_actor, find_actor, page, public
from canteen.places.choice import current_site

blueprint = Blueprint("home", __name__)

#: Endpoint, text and the action that opens it, in the order of a working day.
PLACES = (
    ("counter.counter_page", "柜台", "serve"),
    ("orders.orders_page", "订餐", "take_orders"),
    ("deliveries.board", "送餐", "close_welfare_checks"),
    ("deliveries.my_run", "送餐路线", "deliver"),
    ("day.day_page", "日结", "close_day"),
    ("menus.week_page", "菜单", "keep_menus"),
    ("people.people_page", "老人", "keep_elders"),
    ("entitlements.desk_page", "资格", "take_applications"),
    ("purses.purses_page", "额度", "see_purses"),
    ("committee.month_page", "统计", "see_people_masked"),
    ("grants.grants_page", "运营补贴", "see_people_masked"),
    ("funding.budgets_page", "资金", "see_funding"),
    ("printing.printers", "打印", "see_tickets"),
    ("schemes.schemes_page", "方案", "see_schemes"),
    ("places.site_page", "助餐点", "keep_site"),
    ("staff.staff_page", "人员", "keep_staff"),
    ("staff.audit_page", "日志", "see_audit"),
)
#: Where a role starts.
FIRST = {
    "clerk": "counter.counter_page",
    "volunteer": "deliveries.my_run",
    "committee": "committee.month_page",
    "civil_affairs": "committee.month_page",
}


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the header."""

    url: str
    text: str
    is_here: bool


@dataclass(frozen=True, slots=True)
class Here:
    """What the header shows."""

    actor: Actor | None
    places: tuple[Place, ...]
    site_name: str
    #: Whether there is another site to go to.
    may_change_site: bool = False


def _places_of(actor: Actor) -> tuple[Place, ...]:
    found = []
    for endpoint, text, action in PLACES:
        if may(actor, action) and not (endpoint == "deliveries.my_run" and actor.role != "volunteer"):
            here = (request.endpoint or "").split(".")[0] == endpoint.split(".")[0]
            found.append(Place(url_for(endpoint), gettext(text), here))
    return tuple(found)


def _here() -> Here:
    actor = find_actor()
    if actor is None:
        return Here(None, (), "")
    try:
        name = current_site().name
    except NotFound:
        name = ""
    return Here(actor, _places_of(actor), name, actor.site_id is None)


class _LazyHere:
    """Computed when a template first asks: a swapped block never does."""

    def __getattr__(self, name: str) -> Any:
        here = _here()
        self.__dict__.update({field.name: getattr(here, field.name) for field in fields(here)})
        return self.__dict__[name]


def connect(app: Flask) -> None:
    """Install the front door and ``here`` for templates."""
    app.register_blueprint(blueprint)
    app.context_processor(lambda: {"here": _LazyHere()})
    script = files("js_lib_htmx").joinpath("static/htmx/htmx.min.js")

    @app.get("/static/htmx.js", endpoint="htmx")
    @public
    def htmx() -> Response:
        """The htmx script from its package."""
        answer = send_file(str(script), mimetype="text/javascript", max_age=86400)
        return answer


@blueprint.get("/")
@allow("use_own_account")
def index() -> BaseResponse | tuple[str, int, dict[str, str]]:
    """Go where this role works; a manager or administrator sees the site's front page."""
    actor = current_actor()
    if actor.role in FIRST:
        return redirect(url_for(FIRST[actor.role]))
    return page("home/index.html", places=_places_of(actor))
