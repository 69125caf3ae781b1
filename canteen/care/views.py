"""Screens of services other than meals: the list of a month, recording one, voiding one, and who is behind."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from canteen.base import clock
from canteen.base.access import may
from canteen.base.fields import row_id
from canteen.base.i18n import choices
from canteen.base.money import yen_sign
from canteen.base.months import months_on
from canteen.base.web import Answer, allow, current_actor, page
from canteen.base.words import SERVICES
from canteen.care import forms, queries, service
from canteen.care.owed import who_is_behind
from canteen.care.providers import blueprint as providers
from canteen.places.choice import current_site

blueprint = Blueprint("care", __name__, url_prefix="/care")
blueprint.register_blueprint(providers)


@blueprint.get("")
@allow("see_services")
def care_list() -> Answer:
    """The services of this site and month."""
    today = clock.today()
    month = forms.read_month(request.args.get("month", ""), today=today)
    site = current_site()
    return page(
        "care/list.html",
        site=site,
        found=queries.services_of(site.id, month=month),
        before=months_on(month, -1),
        after=months_on(month, 1),
        may_record=may(current_actor(), "record_services"),
    )


@blueprint.get("/new")
@allow("record_services")
def new_care() -> Answer:
    """Find the person, then an empty form."""
    if request.args.get("elder_id"):
        today = clock.today().isoformat()
        values = {"day": today, "minutes": "60", "pay_way": "cash", "confirmed_by": "elder"} | request.args.to_dict()
        return _form(row_id(request.args["elder_id"]), values, {})
    text = forms.read_search(request.args.get("q", ""))
    found = queries.find(text, site=current_site(), actor=current_actor(), day=clock.today()) if text else []
    return page("care/find.html", block="found", text=text, found=found)


def _form(elder_id: int, values: Mapping[str, str], errors: Mapping[str, str], **shown: Any) -> Answer:
    actor, today = current_actor(), clock.today()
    day = today if "day" in errors else forms.read_day(values.get("day", ""), today=today)
    elder = queries.receiver(elder_id, actor=actor, day=day)
    providers_here = queries.choices(elder.residence, day=day)
    context: dict[str, Any] = {"offer": None, "refusal": None} | shown
    return page(
        "care/form.html",
        elder=elder,
        values=values,
        errors=errors,
        today=today,
        key=values.get("key") or secrets.token_urlsafe(16),
        kinds=choices("service", SERVICES),
        providers=[(one.id, one.name) for one in providers_here],
        pay_ways=choices("pay_way"),
        confirmers=choices("confirmed_by"),
        status=422 if errors else 200,
        **context,
    )


@blueprint.post("/new")
@allow("record_services")
def record_care() -> Response | Answer:
    """Show who would pay what (``do`` is ``try``), or record the service."""
    asked, errors = forms.read_care(request.form, site_id=current_site().id)
    elder_id = row_id(request.form.get("elder_id", ""))
    if asked is None:
        return _form(elder_id, request.form, errors)
    actor, now = current_actor(), clock.now()
    if request.form.get("do") == "try":
        offer, refusal = service.try_service(asked, actor=actor, now=now)
        return _form(elder_id, request.form, {}, offer=offer, refusal=refusal)
    recorded = service.record_service(asked, actor=actor, now=now)
    flash(
        gettext(
            "已登记:价格 %(price)s,自付 %(own)s", price=yen_sign(recorded.price_fen), own=yen_sign(recorded.own_fen)
        )
    )
    return redirect(url_for("care.care_page", care_id=recorded.id), 303)


@blueprint.get("/<int:care_id>")
@allow("see_services")
def care_page(care_id: int) -> Answer:
    """One service, who paid what and why."""
    return page(
        "care/service.html",
        found=queries.care_page(care_id, actor=current_actor()),
        key=secrets.token_urlsafe(16),
        may_void=may(current_actor(), "record_services"),
    )


@blueprint.post("/<int:care_id>/void")
@allow("record_services")
def void_care(care_id: int) -> Response:
    """Undo one service with a reason."""
    asked = forms.read_void(request.form, care_id=care_id)
    service.void_service(asked, actor=current_actor(), now=clock.now())
    flash(gettext("已作废,额度已退回"))
    return redirect(url_for("care.care_page", care_id=care_id), 303)


@blueprint.get("/behind")
@allow("see_services")
def behind_page() -> Answer:
    """Who has had fewer services than the schemes owe."""
    only_late = request.args.get("late") == "1"
    found = who_is_behind(actor=current_actor(), day=clock.today(), only_late=only_late)
    return page(
        "care/behind.html",
        found=found,
        only_late=only_late,
        today=clock.today(),
        may_record=may(current_actor(), "record_services"),
    )
