"""Orders by phone: find somebody, one tap orders, and the search has the focus again."""

from datetime import timedelta

from flask import request
from flask_babel import gettext

from canteen.base import clock
from canteen.base.fields import search_text
from canteen.base.i18n import choices, show_day, word
from canteen.base.web import Answer, allow, current_actor, go_to, page
from canteen.menus.queries import sitting_sets
from canteen.orders import forms, queries, service
from canteen.orders.rules import next_open
from canteen.orders.views import blueprint, form_site, sitting_of
from canteen.orders.week.grid import usual_ways
from canteen.people.finding import looks
from canteen.places.queries import plan_of


@blueprint.get("/orders/phone")
@allow("take_orders")
def phone_page() -> Answer:
    """Whom a search found, each with one button for what they usually have. Without a day: the next meal that can
    still be ordered."""
    site, now = form_site(), clock.now()
    at = sitting_of(site, request.values)
    if not request.values.get("day"):
        day, slot = next_open(plan_of(site.id), site.slots, queries.moment_of(now)) or (at.day, at.slot)
        at = sitting_of(site, {"day": day.isoformat(), "slot": slot})
    text = search_text(request.values.get("q", ""))
    found = queries.candidates(text, site=site, day=at.day)[:8] if text else []
    if text:
        looks.note_search((one.id for one in found), place="orders", actor=current_actor(), now=now)
    orders = queries.orders_of(site_id=site.id, day=at.day, slot=at.slot)
    return page(
        "orders/phone.html",
        block="found",
        at=at,
        days=[at.day + timedelta(days=ahead) for ahead in (-1, 1)],
        today=clock.today(),
        text=text,
        found=found,
        ordered={order.elder_id: order for order in orders},
        total=sum(order.portions for order in orders if order.state == "active"),
        usual=usual_ways({one.id for one in found}),
        sets=[one.name for one in sitting_sets(site_id=site.id, day=at.day, slot=at.slot)],
        ways=choices("way"),
    )


@blueprint.post("/orders/phone")
@allow("take_orders")
def order_by_phone() -> Answer:
    """One tap: the order is written, and the next caller can be looked for."""
    wanted = forms.ORDER.read(request.form)
    service.place_order(wanted, actor=current_actor(), now=clock.now())
    said = gettext(
        "已订:%(name)s %(day)s%(slot)s %(n)s 份 %(way)s",
        name=queries.name_of(wanted.elder_id),
        day=show_day(wanted.day),
        slot=word(wanted.slot, "slot"),
        n=wanted.portions,
        way=word(wanted.way, "way"),
    )
    return go_to(".phone_page", said, day=wanted.day.isoformat(), slot=wanted.slot)
