"""The banner while the computer's clock is in doubt, and the page where somebody says what day it is."""

from flask import Blueprint, Flask, g, request
from flask_babel import gettext

from canteen.base import clock
from canteen.base.errors import Refusal
from canteen.base.fields import Facts, Form, iso_day
from canteen.base.web import NO_ERRORS, Answer, Errors, again, allow, current_actor, find_actor, go_to, page
from canteen.books import trusted_clock

blueprint = Blueprint("clock", __name__, url_prefix="/clock")

#: Asked by everybody all the time; nothing is shown or done there.
_NOBODYS = (None, "static", "htmx", "health.healthz")
FORM = Form(Facts, today=iso_day)


@blueprint.get("")
@allow("confirm_clock")
def clock_page(errors: Errors = NO_ERRORS) -> Answer:
    """What the computer says, and the question what the calendar says."""
    return page("home/clock.html", now=clock.now(), typed=request.form, errors=errors)


@blueprint.post("")
@allow("confirm_clock")
@again(clock_page)
def confirm() -> Answer:
    """Somebody looked at a calendar."""
    form = FORM.read(request.form)
    trusted_clock.confirm(form["today"], actor=current_actor(), now=clock.now())
    return go_to("home.index", gettext("已核对日期:%(day)s", day=clock.today().isoformat()))


def _doubt() -> Refusal | None:
    """What is to be said about the clock on a page of somebody who is signed in."""
    found = g.get("clock_doubt")
    return trusted_clock.words_of(found) if found else None


def connect(app: Flask) -> None:
    """Look at the clock before every request of somebody known, and tell templates (``clock_doubt``)."""
    trusted_clock.connect(app)
    app.register_blueprint(blueprint)
    app.jinja_env.globals["clock_doubt"] = _doubt

    @app.before_request
    def look_at_the_clock() -> None:
        writes = request.method == "POST"
        if request.endpoint in _NOBODYS:
            return
        if find_actor() is not None or (writes and request.endpoint == "staff.sign_in"):
            g.clock_doubt = trusted_clock.look(clock.now(), writes=writes)
