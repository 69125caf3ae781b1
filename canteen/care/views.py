"""Screens of services other than meals: the list of a month, recording one, voiding one, and who is behind."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, request
from flask_babel import gettext

from canteen.base import clock
from canteen.base.access import may
from canteen.base.fields import read_day, read_month, row_id, search_text
from canteen.base.i18n import choices
from canteen.base.money import yen_sign
from canteen.base.months import months_on
from canteen.base.web import NO_ERRORS, Answer, Errors, again, allow, current_actor, go_to, new_key, page
from canteen.base.words import SERVICES
from canteen.care import forms, queries, service
from canteen.care.owed import who_is_behind
from canteen.care.providers import blueprint as providers
from canteen.people.finding import looks
from canteen.places.choice import current_site

blueprint = Blueprint("care", __name__, url_prefix="/care")
blueprint.register_blueprint(providers)


@blueprint.get("")
@allow("see_services")
def care_list() -> Answer:
    """The services of this site and month."""
    today = clock.today()
    month = read_month(request.args, today=today)
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
def new_care(errors: Errors = NO_ERRORS) -> Answer:
    """Find the person, then an empty form."""
    if request.values.get("elder_id"):
        today = clock.today().isoformat()
        usual = {"day": today, "minutes": "60", "pay_way": "cash", "confirmed_by": "elder"}
        return _form(request.form or usual | request.args.to_dict(), errors)
    text = search_text(request.args.get("q", ""))
    found = queries.find(text, site=current_site(), actor=current_actor(), day=clock.today()) if text else []
    if text:
        looks.note_search((one.id for one in found), place="services", actor=current_actor(), now=clock.now())
    return page("care/find.html", block="found", text=text, found=found)


def _form(typed: Mapping[str, str], errors: Errors = NO_ERRORS, **shown: Any) -> Answer:
    actor, today = current_actor(), clock.today()
    day = today if "day" in errors else read_day(typed, today=today)
    elder = queries.receiver(row_id(typed.get("elder_id", "")), actor=actor, day=day)
    looks.note_opened(elder.id, place="services", actor=actor, now=clock.now())
    providers_here = queries.choices(elder.residence, day=day)
    context: dict[str, Any] = {"offer": None, "refusal": None} | shown
    return page(
        "care/form.html",
        elder=elder,
        typed=typed,
        errors=errors,
        today=today,
        key=typed.get("key") or new_key(),
        kinds=choices("service", SERVICES),
        providers=[(one.id, one.name) for one in providers_here],
        pay_ways=choices("pay_way"),
        confirmers=choices("confirmed_by"),
        **context,
    )


@blueprint.post("/new")
@allow("record_services")
@again(new_care)
def record_care() -> Answer:
    """Show who would pay what (``do`` is ``try``), or record the service."""
    wanted = forms.CARE.read(request.form, site_id=current_site().id)
    actor, now = current_actor(), clock.now()
    if request.form.get("do") == "try":
        offer, refusal = service.try_service(wanted, actor=actor, now=now)
        return _form(request.form, offer=offer, refusal=refusal)
    recorded = service.record_service(wanted, actor=actor, now=now)
    return go_to(
        ".care_page",
        gettext(
            "已登记:价格 %(price)s,自付 %(own)s", price=yen_sign(recorded.price_fen), own=yen_sign(recorded.own_fen)
        ),
        care_id=recorded.id,
    )


@blueprint.get("/<int:care_id>")
@allow("see_services")
def care_page(care_id: int) -> Answer:
    """One service, who paid what and why."""
    return page(
        "care/service.html",
        found=queries.care_page(care_id, actor=current_actor()),
        key=new_key(),
        may_void=may(current_actor(), "record_services"),
    )


@blueprint.post("/<int:care_id>/void")
@allow("record_services")
def void_care(care_id: int) -> Answer:
    """Undo one service with a reason."""
    service.void_service(forms.VOID.read(request.form, care_id=care_id), actor=current_actor(), now=clock.now())
    return go_to(".care_page", gettext("已作废,额度已退回"), care_id=care_id)


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
