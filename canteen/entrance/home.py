"""The front door: each role lands where its work is; the header shows only places the person may go."""

from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files

from flask import Blueprint, Flask, Response, redirect, request, send_file, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from canteen.base import clock
from canteen.base.access import Actor, may
from canteen.base.errors import NotFound
from canteen.base.web import allow, current_actor, find_actor, page, public
from canteen.deliveries import unplaced
from canteen.places.choice import current_site
from canteen.welfare import queries as welfare
from canteen.welfare.views import sites_looked_at

blueprint = Blueprint("home", __name__)

#: Endpoint, text and the action that opens it, in the order of a working day.
PLACES = (
    ("counter.counter_page", "柜台", "serve"),
    ("orders.orders_page", "订餐", "take_orders"),
    ("deliveries.board", "送餐", "see_runs"),
    ("welfare.checks_page", "探访", "close_welfare_checks"),
    ("deliveries.my_run", "送餐路线", "deliver"),
    ("welfare.my_visits", "我的探访", "visit"),
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
    ("trail.audit_page", "日志", "see_audit"),
)
#: Others find these behind pages of theirs.
OF_VOLUNTEERS = ("deliveries.my_run", "welfare.my_visits")
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
    #: What waits there for somebody, and how much of it is urgent.
    waiting: int = 0
    urgent: int = 0


class Here:
    """What the header shows, worked out when a template first asks: a swapped block never does."""

    @cached_property
    def actor(self) -> Actor | None:
        return find_actor()

    @cached_property
    def places(self) -> tuple[Place, ...]:
        return _places_of(self.actor) if self.actor else ()

    @cached_property
    def site_name(self) -> str:
        try:
            return current_site().name if self.actor else ""
        except NotFound:
            return ""

    @cached_property
    def overdue(self) -> int:
        """Checks nobody saw to in time, said once more on the first page of whoever closes them."""
        if self.actor is None or request.endpoint != FIRST.get(self.actor.role, "home.index"):
            return 0
        checks = url_for("welfare.checks_page")
        return sum(place.urgent for place in self.places if place.url == checks)

    @property
    def may_change_site(self) -> bool:
        """Whether there is another site to go to."""
        return self.actor is not None and self.actor.site_id is None


def _places_of(actor: Actor) -> tuple[Place, ...]:
    found = []
    for endpoint, text, action in PLACES:
        if may(actor, action) and (endpoint not in OF_VOLUNTEERS or actor.role == "volunteer"):
            here = (request.endpoint or "").split(".")[0] == endpoint.split(".")[0]
            found.append(Place(url_for(endpoint), gettext(text), here, *_waiting(actor, endpoint)))
    return tuple(found)


def _waiting(actor: Actor, endpoint: str) -> tuple[int, int]:
    """What waits at a place, and how much of it is urgent."""
    try:
        if endpoint == "deliveries.board":
            orders = unplaced.waiting(site_id=current_site().id, day=clock.today())
            return orders, orders
        if endpoint == "welfare.checks_page":
            return welfare.waiting(actor, sites_looked_at(actor), now=clock.now())
    except NotFound:
        pass
    return 0, 0


def connect(app: Flask) -> None:
    """Install the front door and ``here`` for templates."""
    app.register_blueprint(blueprint)
    app.context_processor(lambda: {"here": Here()})
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
