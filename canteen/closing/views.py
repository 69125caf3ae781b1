"""The page at the end of a day: its sums, and the papers that go with the money."""

from __future__ import annotations

import secrets
from datetime import timedelta

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from canteen.base import clock
from canteen.base.fields import row_id
from canteen.base.web import Answer, allow, current_actor, page
from canteen.closing import forms, service
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
        key=secrets.token_hex(8),
        has_drawer=has_drawer(site.id),
        reasons=forms.DRAWER_REASONS,
    )


@blueprint.post("/closing")
@allow("close_day")
def print_closing() -> Response:
    """Print the day in sums."""
    actor = current_actor()
    site = site_for(actor, row_id(request.form.get("site_id", "")))
    day = forms.read_day(request.form, today=clock.today())
    service.print_closing(site, day, key=forms.read_key(request.form), actor=actor, now=clock.now())
    flash(gettext("日结单已送去打印"))
    return redirect(url_for("day.day_page", day=day.isoformat()), 303)


@blueprint.post("/drawer")
@allow("close_day")
def open_drawer() -> Response:
    """Open the cash drawer without a ticket."""
    actor = current_actor()
    site = site_for(actor, row_id(request.form.get("site_id", "")))
    key, reason = forms.read_key(request.form), forms.read_drawer_reason(request.form)
    service.open_drawer(site, key=key, reason=reason, actor=actor, now=clock.now())
    flash(gettext("钱箱马上打开;没有打开请用钥匙"))
    return redirect(url_for("day.day_page"), 303)
