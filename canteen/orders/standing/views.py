"""The screen of standing orders: who has which habit, a new one, and an end."""

from datetime import timedelta

from flask import request
from flask_babel import gettext

from canteen.base import clock
from canteen.base.fields import search_text
from canteen.base.i18n import choices
from canteen.base.web import NO_ERRORS, Answer, Errors, again, allow, current_actor, go_to, page
from canteen.menus.queries import set_names
from canteen.orders import queries
from canteen.orders.standing import forms, service
from canteen.orders.standing.queries import standing_of
from canteen.orders.standing.rules import AHEAD_DAYS
from canteen.orders.views import blueprint, form_site
from canteen.people.finding import looks
from canteen.places.queries import plan_of


@blueprint.get("/orders/standing")
@allow("take_orders")
def standing_page(errors: Errors = NO_ERRORS) -> Answer:
    """The habits of a site, and whom a search found."""
    site, today = form_site(), clock.today()
    text = search_text(request.values.get("q", ""))
    found = queries.candidates(text, site=site, day=today) if text else []
    if text:
        looks.note_search((one.id for one in found), place="orders", actor=current_actor(), now=clock.now())
    lines = standing_of(site_id=site.id, today=today)
    return page(
        "orders/standing.html",
        block="found",
        site=site,
        today=today,
        tomorrow=today + timedelta(days=1),
        lines=lines,
        text=text,
        errors=errors,
        found=found,
        habits={line.elder_id for line in lines},
        weekdays=plan_of(site.id).weekdays,
        slots=choices("slot", [hours.slot for hours in site.slots]),
        sets=set_names(site_id=site.id, first=today, last=today + timedelta(days=AHEAD_DAYS)),
        ways=choices("way"),
    )


@blueprint.post("/orders/standing")
@allow("take_orders")
@again(standing_page)
def keep_standing() -> Answer:
    """Write down a habit."""
    form = {**request.form.to_dict(), "weekdays": "".join(request.form.getlist("weekdays"))}
    wanted = forms.STANDING.read(form)
    service.keep_standing(wanted, actor=current_actor(), now=clock.now())
    return go_to(".standing_page", gettext("已登记常订,以后按这些日子自动订餐"))


@blueprint.post("/orders/standing/<int:standing_id>/end")
@allow("take_orders")
def end_standing(standing_id: int) -> Answer:
    """End a habit; the orders it made for later days are taken back."""
    last_day = forms.last_day(request.form.get("last_day", ""))
    taken_back = service.end_standing(standing_id, last_day=last_day, actor=current_actor(), now=clock.now())
    return go_to(".standing_page", gettext("常订已停,取消了后面 %(n)s 份订餐", n=taken_back))
