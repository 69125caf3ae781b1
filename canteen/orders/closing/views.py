"""The screens of closing a day: whom it touches, what becomes of their orders, whom to ring up."""

from flask import request

from canteen.base import clock
from canteen.base.fields import row_id
from canteen.base.web import NO_ERRORS, Answer, Errors, again, allow, current_actor, page
from canteen.orders.closing import forms, service
from canteen.orders.closing.touched import touched_on
from canteen.orders.views import blueprint
from canteen.people.finding import looks
from canteen.places.choice import current_site
from canteen.places.queries import plan_of, site_for
from canteen.places.rules import is_planned_day


@blueprint.get("/orders/close-day")
@allow("keep_site")
def closing_page(errors: Errors = NO_ERRORS) -> Answer:
    """Before a day is closed: how many have ordered, by name and phone."""
    wanted = request.values.get("site_id", "")
    site = site_for(current_actor(), row_id(wanted)) if wanted else current_site()
    day = forms.closing_day(request.values.get("day", ""))
    touched = touched_on(site_id=site.id, day=day)
    looks.note_search(touched.people(), place="orders", actor=current_actor(), now=clock.now())
    return page(
        "orders/close_day.html",
        site=site,
        day=day,
        touched=touched,
        is_planned=is_planned_day(plan_of(site.id), day),
        is_past=day < clock.today(),
        typed=request.values,
        errors=errors,
    )


@blueprint.post("/orders/close-day")
@allow("keep_site")
@again(closing_page)
def close_day() -> Answer:
    """Close the day, and move or cancel what was ordered."""
    wanted = forms.CLOSE_DAY.read({**request.form.to_dict(), **_moving()})
    done = service.close_day(wanted, actor=current_actor(), now=clock.now())
    return page("orders/day_closed.html", wanted=wanted, done=done)


def _moving() -> dict[str, str]:
    """Only where somebody chose to move the orders is the day to move to looked at."""
    return {} if request.form.get("what") == "move" else {"move_to": ""}
