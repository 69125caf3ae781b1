"""Screen of the guests' price list."""

from flask import request
from flask_babel import gettext

from canteen.base import clock
from canteen.base.fields import row_id
from canteen.base.i18n import choices
from canteen.base.web import NO_ERRORS, Answer, Errors, again, allow, current_actor, go_to, page
from canteen.base.words import PRICED_GUESTS
from canteen.menus.guests import forms, service
from canteen.menus.guests.queries import price_list
from canteen.menus.views import blueprint, form_site


@blueprint.get("/menus/guest-prices")
@allow("keep_menus")
def guest_prices_page(errors: Errors = NO_ERRORS) -> Answer:
    """What each kind of guest pays today, and what was set from when to when."""
    site, today = form_site(), clock.today()
    now, lines = price_list(site=site, day=today)
    return page(
        "menus/guest_prices.html",
        site=site,
        today=today,
        now=now,
        lines=lines,
        errors=errors,
        typed=request.form,
        ticked=request.form.getlist("kinds"),
        kinds=choices("guest", PRICED_GUESTS),
        may_county=service.may_price_county(current_actor(), site),
    )


@blueprint.post("/menus/guest-prices")
@allow("keep_menus")
@again(guest_prices_page)
def set_guest_price() -> Answer:
    """Set what some kinds pay from a day on."""
    form = request.form.to_dict() | {"kinds": ",".join(request.form.getlist("kinds"))}
    wanted = forms.read_price(form, today=clock.today())
    service.set_price(wanted, form_site().id, actor=current_actor(), now=clock.now())
    return go_to(".guest_prices_page", gettext("已保存散客价格"))


@blueprint.post("/menus/guest-prices/<int:price_id>/end")
@allow("keep_menus")
def end_guest_price(price_id: int) -> Answer:
    """End a line of the list."""
    site_id = row_id(request.form.get("site_id", ""))
    service.end_price(price_id, site_id, actor=current_actor(), now=clock.now())
    return go_to(".guest_prices_page", gettext("这一条价格今天起不再用"))
