"""Screens of the register of people: the list, one person, and the forms about them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from canteen.base import clock
from canteen.base.i18n import choices
from canteen.base.web import Answer, allow, current_actor, page, say
from canteen.people import forms, listing, service
from canteen.people.importing.views import blueprint as importing
from canteen.people.listing import PersonPage
from canteen.people.requests import PersonInput
from canteen.places.queries import sites_of

blueprint = Blueprint("people", __name__, url_prefix="/people")
blueprint.register_blueprint(importing)

Choices = list[tuple[str, str]]


@blueprint.get("/")
@allow("keep_elders")
def people_page() -> Answer:
    """The list of elders in reach, with search and filters."""
    asked = forms.read_filter(request.args)
    actor = current_actor()
    found = listing.list_people(asked, actor=actor, day=clock.today())
    return page(
        "people/people.html",
        block="found",
        asked=asked,
        found=found,
        sites=_site_choices(gettext("全部助餐点")),
        areas=[("", gettext("全部地区")), *((path, path) for path in listing.area_paths(actor))],
        states=[("", gettext("全部")), ("active", gettext("正常")), *_words("life")],
    )


def _words(slot: str) -> Choices:
    return choices(slot)


def _site_choices(nothing: str) -> Choices:
    return [("", nothing), *((str(site.id), site.name) for site in sites_of(current_actor()))]


@blueprint.get("/new")
@allow("keep_elders")
def new_person() -> Answer:
    """An empty form."""
    site = current_actor().site_id
    return _form({"home_site_id": str(site) if site else "", "ability_day": clock.today().isoformat()}, {})


@blueprint.post("/new")
@allow("keep_elders")
def add_person() -> Response | Answer:
    """Register a new elder."""
    asked, errors = forms.read_person(request.form, today=clock.today(), has_id=False)
    errors = errors or _trouble(asked)
    if asked is None or errors:
        return _form(request.form, errors)
    elder_id = service.add_person(asked, actor=current_actor(), now=clock.now())
    flash(gettext("已登记"))
    _tell_birth_day(asked)
    return redirect(url_for("people.person", elder_id=elder_id), 303)


def _trouble(asked: PersonInput | None, elder_id: int | None = None) -> dict[str, str]:
    error = service.trouble_with(asked, elder_id=elder_id, actor=current_actor()) if asked else None
    return {error.field: say(error)} if error else {}


def _tell_birth_day(asked: PersonInput) -> None:
    if asked.id_number and asked.birth_day not in (None, asked.id_number.birth_day):
        flash(gettext("出生日期与身份证号不同,按身份证号登记,填写的日期另存备查"), "warning")


def _tell_look_back(meals: int) -> None:
    if meals:
        flash(
            gettext("从这个日期起有 %(n)s 份用餐需要核实,见「资格和申请」的回看清单;用餐记录照原样保留", n=meals),
            "warning",
        )


def _form(values: Mapping[str, str], errors: Mapping[str, str], person: PersonPage | None = None) -> Answer:
    sites = _site_choices(gettext("未定"))
    if person and person.facts.home_site_id and str(person.facts.home_site_id) not in dict(sites):
        sites.append((str(person.facts.home_site_id), person.site_name))
    return page(
        "people/form.html",
        values=values,
        errors=errors,
        person=person,
        sites=sites,
        areas=listing.area_paths(current_actor()),
        sexes=_words("sex"),
        settlements=_words("settlement"),
        abilities=_words("ability"),
        livings=_words("living"),
        permits=_words("permit"),
        status=422 if errors else 200,
    )


@blueprint.get("/<int:elder_id>")
@allow("keep_elders")
def person(elder_id: int) -> Answer:
    """One elder."""
    return _person(elder_id)


def _person(elder_id: int, **shown: Any) -> Answer:
    errors = shown.get("errors") or {}
    found = listing.person_page(elder_id, actor=current_actor(), day=clock.today())
    context: dict[str, Any] = {"values": {}, "errors": errors, "id_number": "", "opened": ""} | shown
    return page(
        "people/person.html",
        person=found,
        today=clock.today(),
        status=422 if errors else 200,
        kinds=choices("status"),
        life_kinds=_words("life"),
        **context,
    )


@blueprint.get("/<int:elder_id>/edit")
@allow("keep_elders")
def edit_person(elder_id: int) -> Answer:
    """The form filled with what is on file; the ID number is never in it."""
    found = listing.person_page(elder_id, actor=current_actor(), day=clock.today())
    return _form(_values_of(found), {}, found)


@blueprint.post("/<int:elder_id>/edit")
@allow("keep_elders")
def change_person(elder_id: int) -> Response | Answer:
    """Change what is known of an elder."""
    found = listing.person_page(elder_id, actor=current_actor(), day=clock.today())
    has_id = bool(found.personal.id_number)
    asked, errors = forms.read_person(request.form, today=clock.today(), has_id=has_id)
    errors = errors or _trouble(asked, elder_id)
    if asked is None or errors:
        return _form(request.form, errors, found)
    changed = service.change_person(elder_id, asked, actor=current_actor(), now=clock.now())
    flash(gettext("已保存") if changed else gettext("没有改动"))
    _tell_birth_day(asked)
    return redirect(url_for("people.person", elder_id=elder_id), 303)


def _values_of(found: PersonPage) -> dict[str, str]:
    """What is on file as the form sends it."""
    facts, personal = found.facts, found.personal
    contact = personal.contacts[0] if personal.contacts else None
    return {
        "name": facts.name,
        "sex": facts.person.sex,
        "settlement": facts.person.settlement,
        "village_group": facts.village_group,
        "birth_day": "" if personal.id_number else facts.person.birth_day.isoformat(),
        "residence": facts.person.residence,
        "hukou": facts.person.hukou or personal.hukou_text,
        "wants_delivery": "1" if facts.wants_delivery else "",
        "home_site_id": str(facts.home_site_id or ""),
        "ability": personal.ability,
        "living": personal.living,
        "ability_day": personal.ability_day.isoformat() if personal.ability_day else "",
        "diet": personal.diet,
        "phone": personal.phone,
        "address": personal.address,
        "note": personal.note,
        "resident_since": personal.resident_since.isoformat() if personal.resident_since else "",
        "permit": personal.permit,
        "contact_name": contact.name if contact else "",
        "contact_phone": contact.phone if contact else "",
        "contact_relation": contact.relation if contact else "",
    }


@blueprint.post("/<int:elder_id>/id-number")
@allow("unmask")
def unmask_id(elder_id: int) -> Answer:
    """Show the whole ID number once. A page and no redirect: the number must be in no address and no session."""
    reason = forms.read_reason(request.form)
    number = service.unmask_id(elder_id, reason, actor=current_actor(), now=clock.now())
    return _person(elder_id, id_number=number)


@blueprint.post("/<int:elder_id>/cards")
@allow("keep_elders")
def issue_card(elder_id: int) -> Response:
    """Give an elder a card."""
    service.issue_card(elder_id, forms.read_card(request.form.get("card", "")), actor=current_actor(), now=clock.now())
    flash(gettext("已发卡"))
    return redirect(url_for("people.person", elder_id=elder_id), 303)


@blueprint.post("/<int:elder_id>/cards/<int:card_id>/end")
@allow("keep_elders")
def end_card(elder_id: int, card_id: int) -> Response:
    """End a card, or replace it by another."""
    ending = forms.read_card_ending(request.form, elder_id=elder_id, card_id=card_id)
    service.end_card(ending, actor=current_actor(), now=clock.now())
    flash(gettext("原卡已停用"))
    return redirect(url_for("people.person", elder_id=elder_id), 303)


@blueprint.post("/<int:elder_id>/statuses")
@allow("keep_elders")
def add_status(elder_id: int) -> Response | Answer:
    """Record a dated status."""
    draft, errors = forms.read_status(request.form)
    if draft is None:
        return _person(elder_id, values=request.form, errors=errors, opened="status")
    meals = service.record_status(elder_id, draft, actor=current_actor(), now=clock.now())
    flash(gettext("已登记"))
    _tell_look_back(meals)
    return redirect(url_for("people.person", elder_id=elder_id), 303)


@blueprint.post("/<int:elder_id>/statuses/<int:status_id>/end")
@allow("keep_elders")
def end_status(elder_id: int, status_id: int) -> Response:
    """Say until when a status was in force."""
    last_day = forms.read_last_day(request.form)
    meals = service.end_status(elder_id, status_id, last_day, actor=current_actor(), now=clock.now())
    flash(gettext("已保存"))
    _tell_look_back(meals)
    return redirect(url_for("people.person", elder_id=elder_id), 303)


@blueprint.post("/<int:elder_id>/events")
@allow("keep_elders")
def add_event(elder_id: int) -> Response | Answer:
    """Record a pause, a move or a death."""
    period, errors = forms.read_event(request.form)
    if period is None:
        return _person(elder_id, values=request.form, errors=errors, opened="event")
    meals = service.record_event(elder_id, period, actor=current_actor(), now=clock.now())
    flash(gettext("已登记"))
    _tell_look_back(meals)
    return redirect(url_for("people.person", elder_id=elder_id), 303)


@blueprint.post("/<int:elder_id>/events/<int:event_id>/cancel")
@allow("keep_elders")
def cancel_event(elder_id: int, event_id: int) -> Response:
    """Undo a life event recorded by mistake."""
    service.cancel_event(elder_id, event_id, actor=current_actor(), now=clock.now())
    flash(gettext("已撤销"))
    return redirect(url_for("people.person", elder_id=elder_id), 303)


@blueprint.post("/<int:elder_id>/waivers")
@allow("keep_elders")
def give_up_scheme(elder_id: int) -> Response | Answer:
    """Record that an elder gives a scheme up."""
    asked, errors = forms.read_waiver(request.form)
    if asked is None:
        return _person(elder_id, values=request.form, errors=errors, opened="waiver")
    service.give_up_scheme(elder_id, *asked, actor=current_actor(), now=clock.now())
    flash(gettext("已登记,从今天起这个方案不再计算"))
    return redirect(url_for("people.person", elder_id=elder_id), 303)


@blueprint.post("/<int:elder_id>/waivers/end")
@allow("keep_elders")
def take_back_scheme(elder_id: int) -> Response:
    """Record that a scheme an elder gave up counts again."""
    scheme, reason = forms.read_scheme(request.form), forms.read_reason(request.form)
    service.take_back_scheme(elder_id, scheme, reason, actor=current_actor(), now=clock.now())
    flash(gettext("已登记,从今天起这个方案重新计算"))
    return redirect(url_for("people.person", elder_id=elder_id), 303)
