"""The page at the end of a day: its sums, and the papers that go with the money."""

from datetime import timedelta

from flask import Blueprint, request
from flask_babel import gettext

from canteen.base import clock
from canteen.base.fields import one_time_key, row_id
from canteen.base.web import Answer, allow, current_actor, go_to, new_key, page
from canteen.closing import daybook, forms, service
from canteen.closing.daybook import day_book_of
from canteen.places.choice import current_site
from canteen.places.queries import site_for
from canteen.printing.asking import has_drawer

blueprint = Blueprint("day", __name__, url_prefix="/day")


@blueprint.get("")
@allow("close_day")
def day_page() -> Answer:
    """One day of the site in sums."""
    today = clock.today()
    day = forms.read_day(request.args, today=today)
    site = current_site()
    return page(
        "closing/day.html",
        book=day_book_of(site, day),
        day=day,
        today=today,
        before=day - timedelta(days=1),
        after=day + timedelta(days=1),
        key=new_key(),
        has_drawer=has_drawer(site.id),
        reasons=forms.DRAWER_REASONS,
        anchor=(typed := request.args.get("anchor", "").strip()),
        verdict=daybook.anchor_verdict(typed) if typed else "",
    )


@blueprint.post("/closing")
@allow("close_day")
def print_closing() -> Answer:
    """Print the day in sums."""
    actor = current_actor()
    site = site_for(actor, row_id(request.form.get("site_id", "")))
    day = forms.read_day(request.form, today=clock.today())
    service.print_closing(site, day, key=one_time_key(request.form.get("key", "")), actor=actor, now=clock.now())
    return go_to(".day_page", gettext("日结单已送去打印"), day=day.isoformat())


@blueprint.post("/drawer")
@allow("close_day")
def open_drawer() -> Answer:
    """Open the cash drawer without a ticket."""
    actor = current_actor()
    site = site_for(actor, row_id(request.form.get("site_id", "")))
    key, reason = one_time_key(request.form.get("key", "")), forms.drawer_reason(request.form.get("reason", ""))
    service.open_drawer(site, key=key, reason=reason, actor=actor, now=clock.now())
    return go_to(".day_page", gettext("钱箱马上打开;没有打开请用钥匙"))
