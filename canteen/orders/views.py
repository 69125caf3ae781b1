"""Screens of orders: the list of a sitting, adding and cancelling, and the kitchen's count on paper."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from canteen import clock
from canteen.fields import row_id
from canteen.i18n import show_day, word
from canteen.menus.queries import sitting_sets
from canteen.orders import forms, queries, service
from canteen.orders.rules import WAYS, kitchen_count
from canteen.places.choice import current_site
from canteen.places.queries import SiteFacts, site_for
from canteen.places.rules import current_slot
from canteen.web import Answer, allow, current_actor, page

blueprint = Blueprint("orders", __name__)


@dataclass(frozen=True, slots=True)
class Sitting:
    """The sitting a page shows."""

    site: SiteFacts
    day: date
    slot: str


@blueprint.get("/orders")
@allow("take_orders")
def orders_page() -> Answer:
    """The orders of a sitting, and whom a search found."""
    return _show(_sitting(current_site(), request.args), text=forms.read_search(request.args.get("q", "")))


def _sitting(site: SiteFacts, values: Mapping[str, str]) -> Sitting:
    now = clock.now()
    day = forms.read_day(values.get("day", ""), today=clock.day_of(now))
    slot = values.get("slot", "")
    if site.hours_of(slot) is None:
        slot, _ = current_slot(site.slots, clock.wall_time(now))
    return Sitting(site, day, slot)


def _show(at: Sitting, *, text: str = "", errors: Mapping[str, str] | None = None) -> Answer:
    orders = queries.orders_of(site_id=at.site.id, day=at.day, slot=at.slot)
    return page(
        "orders/orders.html", block="found", at=at, hours=at.site.hours_of(at.slot), orders=orders,
        count=kitchen_count(orders), text=text, errors=errors or {},
        found=queries.candidates(text, site=at.site, day=at.day) if text else [],
        ordered={order.elder_id for order in orders},
        sets=[(one.name, one.name) for one in sitting_sets(site_id=at.site.id, day=at.day, slot=at.slot)],
        ways=[(way, word(way, "way")) for way in WAYS],
        before=at.day - timedelta(days=1), after=at.day + timedelta(days=1), today=clock.today(),
        status=422 if errors else 200,
    )


@blueprint.post("/orders")
@allow("take_orders")
def place_order() -> Response | Answer:
    """Write down that an elder wants a meal."""
    asked, errors = forms.read_order(request.form)
    if asked is None:
        site = site_for(current_actor(), row_id(request.form.get("site_id", "")))
        day = {} if "day" in errors else {"day": request.form.get("day", "")}
        values = {"slot": request.form.get("slot", ""), **day}
        return _show(_sitting(site, values), text=forms.read_search(request.form.get("q", "")), errors=errors)
    service.place_order(asked, actor=current_actor(), now=clock.now())
    flash(gettext("已订:%(day)s%(slot)s", day=show_day(asked.day), slot=word(asked.slot, "slot")))
    return redirect(url_for("orders.orders_page", day=asked.day.isoformat(), slot=asked.slot), 303)


@blueprint.post("/orders/<int:order_id>/cancel")
@allow("take_orders")
def cancel_order(order_id: int) -> Response:
    """Take an order back."""
    order = service.cancel_order(order_id, actor=current_actor(), now=clock.now())
    flash(gettext("已取消订餐"))
    return redirect(url_for("orders.orders_page", day=order.day.isoformat(), slot=order.slot), 303)


@blueprint.get("/orders/kitchen")
@allow("take_orders")
def kitchen_page() -> Answer:
    """How many of what the kitchen cooks, for paper."""
    at = _sitting(current_site(), request.args)
    sheet = queries.kitchen_sheet(site_id=at.site.id, day=at.day, slot=at.slot)
    return page("orders/kitchen.html", at=at, sheet=sheet, ways=[(way, word(way, "way")) for way in WAYS],
                printed_at=clock.now())
