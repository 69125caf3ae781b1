"""Screens of orders: the list of a sitting, adding and cancelling, and the kitchen's count on paper."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import timedelta

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from canteen.base import clock
from canteen.base.fields import row_id
from canteen.base.i18n import choices, show_day, word
from canteen.base.web import Answer, allow, current_actor, page
from canteen.menus.queries import sitting_sets
from canteen.orders import forms, papers, queries, service
from canteen.orders.papers import SittingAt
from canteen.orders.rules import kitchen_count
from canteen.places.choice import current_site
from canteen.places.queries import SiteFacts, site_for
from canteen.places.rules import current_slot

blueprint = Blueprint("orders", __name__)


@blueprint.get("/orders")
@allow("take_orders")
def orders_page() -> Answer:
    """The orders of a sitting, and whom a search found."""
    return _show(_sitting(current_site(), request.args), text=forms.read_search(request.args.get("q", "")))


def _sitting(site: SiteFacts, values: Mapping[str, str]) -> SittingAt:
    now = clock.now()
    day = forms.read_day(values.get("day", ""), today=clock.day_of(now))
    slot = values.get("slot", "")
    if site.hours_of(slot) is None:
        slot, _ = current_slot(site.slots, clock.wall_time(now))
    return SittingAt(site=site, day=day, slot=slot)


def _show(at: SittingAt, *, text: str = "", errors: Mapping[str, str] | None = None) -> Answer:
    orders = queries.orders_of(site_id=at.site.id, day=at.day, slot=at.slot)
    news = papers.kitchen_news(at)[1]
    return page(
        "orders/orders.html",
        block="found",
        at=at,
        hours=at.site.hours_of(at.slot),
        orders=orders,
        count=kitchen_count(orders),
        text=text,
        errors=errors or {},
        found=queries.candidates(text, site=at.site, day=at.day) if text else [],
        ordered={order.elder_id for order in orders},
        sets=[(one.name, one.name) for one in sitting_sets(site_id=at.site.id, day=at.day, slot=at.slot)],
        ways=choices("way"),
        before=at.day - timedelta(days=1),
        after=at.day + timedelta(days=1),
        today=clock.today(),
        news=news,
        key=secrets.token_hex(8),
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
    sheet, news = papers.kitchen_news(at)
    return page("orders/kitchen.html", at=at, sheet=sheet, news=news, ways=choices("way"), printed_at=clock.now())


@blueprint.post("/orders/kitchen")
@allow("take_orders")
def print_for_kitchen() -> Response:
    """Print the kitchen's count, or what changed since its last paper."""
    at = _asked_sitting()
    whole = request.form.get("what", "") != "changes"
    edition = forms.read_edition(request.form)
    service.print_for_kitchen(at, edition, whole=whole, actor=current_actor(), now=clock.now())
    flash(gettext("厨房备餐单已送去打印") if whole else gettext("变更单已送去打印"))
    return redirect(url_for("orders.kitchen_page", day=at.day.isoformat(), slot=at.slot), 303)


@blueprint.post("/orders/day-sheet")
@allow("take_orders")
def print_day_sheet() -> Response:
    """Print who ordered, to be ticked by hand."""
    at = _asked_sitting()
    key = forms.read_key(request.form)
    service.print_day_sheet(at, key=key, actor=current_actor(), now=clock.now())
    flash(gettext("手工登记单已送去打印"))
    return redirect(url_for("orders.orders_page", day=at.day.isoformat(), slot=at.slot), 303)


def _asked_sitting() -> SittingAt:
    """The sitting a form names; of the site it was shown for, even if another was chosen since."""
    return _sitting(site_for(current_actor(), row_id(request.form.get("site_id", ""))), request.form)
