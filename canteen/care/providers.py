"""Screens of the register of providers: the list (printable), one provider, contracts, assessments, bans."""

from flask import Blueprint, request
from flask_babel import gettext

from canteen.base import clock
from canteen.base.access import may
from canteen.base.fields import row_id
from canteen.base.i18n import choices
from canteen.base.web import NO_ERRORS, Answer, Errors, again, allow, current_actor, go_to, page
from canteen.base.words import GRADES, SERVICES
from canteen.care import forms, queries, service
from canteen.care.rules import BAN_YEARS

blueprint = Blueprint("providers", __name__, url_prefix="/providers")


@blueprint.get("")
@allow("see_providers")
def provider_list() -> Answer:
    """The register, as it may hang on a wall."""
    actor, today = current_actor(), clock.today()
    found = queries.providers_of(actor, day=today)
    only = request.args.get("all") != "1"
    shown = [one for one in found if one.standing == "contracted"] if only else found
    return page(
        "care/providers.html",
        found=shown,
        only=only,
        left_out=len(found) - len(shown),
        today=today,
        may_keep=may(actor, "keep_providers"),
    )


@blueprint.get("/new")
@allow("keep_providers")
def new_provider(errors: Errors = NO_ERRORS) -> Answer:
    """An empty form."""
    return page(
        "care/provider_form.html",
        typed=request.form,
        errors=errors,
        chosen=request.form.getlist("services"),
        areas=queries.areas_in_reach(current_actor()),
        kinds=choices("provider_kind"),
        services=choices("service", SERVICES),
    )


@blueprint.post("/new")
@allow("keep_providers")
@again(new_provider)
def add_provider() -> Answer:
    """Keep a new provider."""
    provider_id = service.add_provider(forms.read_provider(request.form), actor=current_actor(), now=clock.now())
    return go_to(".provider_page", gettext("已登记"), provider_id=provider_id)


@blueprint.get("/<int:provider_id>")
@allow("see_providers")
def provider_page(provider_id: int, errors: Errors = NO_ERRORS) -> Answer:
    """One provider."""
    actor, today = current_actor(), clock.today()
    found = queries.provider_page(provider_id, actor=actor, day=today)
    return page(
        "care/provider.html",
        found=found,
        today=today,
        errors=errors,
        typed=request.form,
        may_keep=may(actor, "keep_providers") and found.may_keep,
        years=BAN_YEARS,
        grades=choices("grade", GRADES),
    )


@blueprint.post("/<int:provider_id>/contracts")
@allow("keep_providers")
@again(provider_page)
def add_contract(provider_id: int) -> Answer:
    """Record a contract."""
    service.add_contract(
        forms.CONTRACT.read(request.form, provider_id=provider_id), actor=current_actor(), now=clock.now()
    )
    return go_to(".provider_page", gettext("已登记合同"), provider_id=provider_id)


@blueprint.post("/contracts/end")
@allow("keep_providers")
def end_contract() -> Answer:
    """End a contract early."""
    ending = forms.ENDING.read(request.form)
    provider_id = service.end_contract(**ending, actor=current_actor(), now=clock.now())
    return go_to(".provider_page", gettext("已终止合同"), provider_id=provider_id)


@blueprint.post("/<int:provider_id>/assessments")
@allow("keep_providers")
@again(provider_page)
def assess(provider_id: int) -> Answer:
    """Record the grade of a quarter or year."""
    service.assess_provider(
        forms.ASSESSMENT.read(request.form, provider_id=provider_id), actor=current_actor(), now=clock.now()
    )
    return go_to(".provider_page", gettext("已登记考核"), provider_id=provider_id)


@blueprint.post("/<int:provider_id>/bans")
@allow("keep_providers")
@again(provider_page)
def ban(provider_id: int) -> Answer:
    """Put a provider out of the pool."""
    service.ban_provider(forms.BAN.read(request.form, provider_id=provider_id), actor=current_actor(), now=clock.now())
    return go_to(".provider_page", gettext("已取消资格"), provider_id=provider_id)


@blueprint.post("/bans/lift")
@allow("keep_providers")
def lift_ban() -> Answer:
    """Lift a ban that was decided wrongly."""
    provider_id = service.lift_ban(row_id(request.form.get("ban_id", "")), actor=current_actor(), now=clock.now())
    return go_to(".provider_page", gettext("已撤销"), provider_id=provider_id)
