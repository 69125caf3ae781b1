"""Screens of orders: the list of a sitting, adding and cancelling, and the kitchen's count on paper."""

from collections.abc import Mapping
from datetime import timedelta

from flask import Blueprint, request
from flask_babel import gettext

from canteen.base import clock
from canteen.base.fields import one_time_key, read_day, row_id, search_text
from canteen.base.i18n import choices, show_day, word
from canteen.base.web import NO_ERRORS, Answer, Errors, again, allow, current_actor, go_to, new_key, page
from canteen.menus.queries import sitting_sets
from canteen.orders import forms, papers, queries, service
from canteen.orders.papers import SittingAt
from canteen.orders.rules import MOST_PORTIONS, cutoff_of, kitchen_count
from canteen.people.finding import looks
from canteen.places.choice import current_site
from canteen.places.queries import SiteFacts, closed_because, site_for
from canteen.places.rules import current_slot

blueprint = Blueprint("orders", __name__)


@blueprint.get("/orders")
@allow("take_orders")
def orders_page(errors: Errors = NO_ERRORS) -> Answer:
    """The orders of a sitting, and whom a search found."""
    typed = {name: text for name, text in request.values.items() if name not in errors}
    at, text = sitting_of(form_site(), typed), search_text(request.values.get("q", ""))
    found = queries.candidates(text, site=at.site, day=at.day) if text else []
    if text:
        looks.note_search((one.id for one in found), place="orders", actor=current_actor(), now=clock.now())
    orders = queries.orders_of(site_id=at.site.id, day=at.day, slot=at.slot)
    hours = at.site.hours_of(at.slot)
    return page(
        "orders/orders.html",
        block="found",
        at=at,
        hours=hours,
        cutoff=cutoff_of(at.day, hours) if hours else None,
        orders=orders,
        count=kitchen_count(orders),
        text=text,
        errors=errors,
        found=found,
        ordered={order.elder_id for order in orders},
        no_shows=queries.no_shows({one.id for one in found}, before=clock.today()),
        is_over=at.day < clock.today(),
        sets=[(one.name, one.name) for one in sitting_sets(site_id=at.site.id, day=at.day, slot=at.slot)],
        ways=choices("way"),
        most=MOST_PORTIONS,
        before=at.day - timedelta(days=1),
        after=at.day + timedelta(days=1),
        today=clock.today(),
        news=papers.kitchen_news(at)[1],
        closed=closed_because(at.site.id, at.day),
        key=new_key(),
    )


def form_site() -> SiteFacts:
    """The site a form was made for, even if another was chosen since; else the current one."""
    return site_for(current_actor(), row_id(request.form.get("site_id", ""))) if request.form else current_site()


def sitting_of(site: SiteFacts, values: Mapping[str, str]) -> SittingAt:
    """The sitting an address or a form names; the one that is on now when it names none."""
    now = clock.now()
    day = read_day(values, today=clock.day_of(now))
    slot = values.get("slot", "")
    if site.hours_of(slot) is None:
        slot, _ = current_slot(site.slots, clock.wall_time(now))
    return SittingAt(site=site, day=day, slot=slot)


@blueprint.post("/orders")
@allow("take_orders")
@again(orders_page)
def place_order() -> Answer:
    """Write down that an elder wants a meal."""
    wanted = forms.ORDER.read(request.form)
    service.place_order(wanted, actor=current_actor(), now=clock.now())
    return go_to(
        ".orders_page",
        gettext("已订:%(day)s%(slot)s", day=show_day(wanted.day), slot=word(wanted.slot, "slot")),
        day=wanted.day.isoformat(),
        slot=wanted.slot,
    )


@blueprint.post("/orders/<int:order_id>/change")
@allow("take_orders")
def change_order(order_id: int) -> Answer:
    """Change set, way or portions of an order without cancelling it."""
    now = service.change_order(order_id, forms.CHANGE.read(request.form), actor=current_actor(), now=clock.now())
    return go_to(".orders_page", gettext("已改订餐"), day=now.day.isoformat(), slot=now.slot)


@blueprint.post("/orders/<int:order_id>/cancel")
@allow("take_orders")
def cancel_order(order_id: int) -> Answer:
    """Take an order back."""
    order = service.cancel_order(order_id, actor=current_actor(), now=clock.now())
    return go_to(".orders_page", gettext("已取消订餐"), day=order.day.isoformat(), slot=order.slot)


@blueprint.get("/orders/kitchen")
@allow("take_orders")
def kitchen_page() -> Answer:
    """How many of what the kitchen cooks, for paper."""
    at = sitting_of(current_site(), request.args)
    sheet, news = papers.kitchen_news(at)
    return page(
        "orders/kitchen.html",
        at=at,
        sheet=sheet,
        news=news,
        ways=choices("way"),
        closed=closed_because(at.site.id, at.day),
        printed_at=clock.now(),
    )


@blueprint.post("/orders/kitchen")
@allow("take_orders")
def print_for_kitchen() -> Answer:
    """Print the kitchen's count, or what changed since its last paper."""
    at = sitting_of(form_site(), request.form)
    whole = request.form.get("what", "") != "changes"
    edition = forms.edition(request.form.get("edition", ""))
    service.print_for_kitchen(at, edition, whole=whole, actor=current_actor(), now=clock.now())
    return go_to(
        ".kitchen_page",
        gettext("厨房备餐单已送去打印") if whole else gettext("变更单已送去打印"),
        day=at.day.isoformat(),
        slot=at.slot,
    )


@blueprint.post("/orders/day-sheet")
@allow("take_orders")
def print_day_sheet() -> Answer:
    """Print who ordered, to be ticked by hand."""
    at = sitting_of(form_site(), request.form)
    key = one_time_key(request.form.get("key", ""))
    service.print_day_sheet(at, key=key, actor=current_actor(), now=clock.now())
    return go_to(".orders_page", gettext("手工登记单已送去打印"), day=at.day.isoformat(), slot=at.slot)
