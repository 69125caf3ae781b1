"""Screens of the register of providers: the list (printable), one provider, contracts, assessments, bans."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from canteen.base import clock
from canteen.base.access import may
from canteen.base.fields import row_id
from canteen.base.i18n import choices
from canteen.base.web import Answer, allow, current_actor, page
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


def _new(values: Mapping[str, str], errors: Mapping[str, str], chosen: list[str]) -> Answer:
    return page(
        "care/provider_form.html",
        values=values,
        errors=errors,
        chosen=chosen,
        areas=queries.areas_in_reach(current_actor()),
        kinds=choices("provider_kind"),
        services=choices("service", SERVICES),
        status=422 if errors else 200,
    )


@blueprint.get("/new")
@allow("keep_providers")
def new_provider() -> Answer:
    """An empty form."""
    return _new({}, {}, [])


@blueprint.post("/new")
@allow("keep_providers")
def add_provider() -> Response | Answer:
    """Keep a new provider."""
    asked, errors = forms.read_provider(request.form)
    if asked is None:
        return _new(request.form, errors, request.form.getlist("services"))
    provider_id = service.add_provider(asked, actor=current_actor(), now=clock.now())
    flash(gettext("已登记"))
    return _back(provider_id)


def _back(provider_id: int) -> Response:
    return redirect(url_for("care.providers.provider_page", provider_id=provider_id), 303)


@blueprint.get("/<int:provider_id>")
@allow("see_providers")
def provider_page(provider_id: int) -> Answer:
    """One provider."""
    return _provider(provider_id, {})


def _provider(provider_id: int, errors: Mapping[str, str]) -> Answer:
    actor, today = current_actor(), clock.today()
    found = queries.provider_page(provider_id, actor=actor, day=today)
    return page(
        "care/provider.html",
        found=found,
        today=today,
        errors=errors,
        values=request.form,
        may_keep=may(actor, "keep_providers") and found.may_keep,
        years=BAN_YEARS,
        grades=choices("grade", GRADES),
        status=422 if errors else 200,
    )


@blueprint.post("/<int:provider_id>/contracts")
@allow("keep_providers")
def add_contract(provider_id: int) -> Response | Answer:
    """Record a contract."""
    asked, errors = forms.read_contract(request.form, provider_id=provider_id)
    if asked is None:
        return _provider(provider_id, errors)
    service.add_contract(asked, actor=current_actor(), now=clock.now())
    flash(gettext("已登记合同"))
    return _back(provider_id)


@blueprint.post("/contracts/end")
@allow("keep_providers")
def end_contract() -> Response:
    """End a contract early."""
    contract_id, last, reason = forms.read_ending(request.form)
    provider_id = service.end_contract(contract_id, last=last, reason=reason, actor=current_actor(), now=clock.now())
    flash(gettext("已终止合同"))
    return _back(provider_id)


@blueprint.post("/<int:provider_id>/assessments")
@allow("keep_providers")
def assess(provider_id: int) -> Response | Answer:
    """Record the grade of a quarter or year."""
    asked, errors = forms.read_assessment(request.form, provider_id=provider_id)
    if asked is None:
        return _provider(provider_id, errors)
    service.assess_provider(asked, actor=current_actor(), now=clock.now())
    flash(gettext("已登记考核"))
    return _back(provider_id)


@blueprint.post("/<int:provider_id>/bans")
@allow("keep_providers")
def ban(provider_id: int) -> Response | Answer:
    """Put a provider out of the pool."""
    asked, errors = forms.read_ban(request.form, provider_id=provider_id)
    if asked is None:
        return _provider(provider_id, errors)
    service.ban_provider(asked, actor=current_actor(), now=clock.now())
    flash(gettext("已取消资格"))
    return _back(provider_id)


@blueprint.post("/bans/lift")
@allow("keep_providers")
def lift_ban() -> Response:
    """Lift a ban that was decided wrongly."""
    provider_id = service.lift_ban(row_id(request.form.get("ban_id", "")), actor=current_actor(), now=clock.now())
    flash(gettext("已撤销"))
    return _back(provider_id)
