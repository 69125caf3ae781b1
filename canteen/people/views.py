"""Screens of the register of people: the list, one person, and the forms about them."""

from collections.abc import Mapping
from dataclasses import fields

from flask import Blueprint, flash, request
from flask_babel import gettext

from canteen.audit.verbs import VERBS
from canteen.base import clock
from canteen.base.errors import BadFields
from canteen.base.fields import iso_day
from canteen.base.i18n import choices
from canteen.base.web import NO_ERRORS, Answer, Errors, again, allow, current_actor, go_to, page
from canteen.people import forms, listing, service
from canteen.people.facts import TypedFacts
from canteen.people.finding import looks
from canteen.people.importing.views import blueprint as importing
from canteen.people.listing import PersonPage
from canteen.people.requests import PersonInput
from canteen.places.queries import sites_of

blueprint = Blueprint("people", __name__, url_prefix="/people")
blueprint.register_blueprint(importing)


@blueprint.get("/")
@allow("keep_elders")
def people_page() -> Answer:
    """The list of elders in reach, with search and filters."""
    wanted = forms.read_filter(request.args)
    actor = current_actor()
    found = listing.list_people(wanted, actor=actor, day=clock.today())
    if wanted.text:
        looks.note_search((one.elder_id for one in found.lines), place="people", actor=actor, now=clock.now())
    return page(
        "people/people.html",
        block="found",
        wanted=wanted,
        found=found,
        sites=_site_choices(gettext("全部助餐点")),
        areas=[("", gettext("全部地区")), *((path, path) for path in listing.area_paths(actor))],
        states=[("", gettext("全部")), ("active", gettext("正常")), *choices("life")],
    )


def _site_choices(nothing: str) -> list[tuple[str, str]]:
    return [("", nothing), *((str(site.id), site.name) for site in sites_of(current_actor()))]


@blueprint.get("/new")
@allow("keep_elders")
def new_person(errors: Errors = NO_ERRORS) -> Answer:
    """An empty form."""
    site = current_actor().site_id
    usual = {"home_site_id": str(site or ""), "ability_day": clock.today().isoformat()}
    return _form(request.form or usual, errors)


@blueprint.post("/new")
@allow("keep_elders")
@again(new_person)
def add_person() -> Answer:
    """Register a new elder."""
    person = forms.read_person(request.form, today=clock.today(), has_id=False)
    _check(person)
    elder_id = service.add_person(person, actor=current_actor(), now=clock.now())
    flash(gettext("已登记"))
    _tell_birth_day(person)
    return go_to(".person", elder_id=elder_id)


def _check(person: PersonInput, elder_id: int | None = None) -> None:
    error = service.trouble_with(person, elder_id=elder_id, actor=current_actor())
    if error:
        raise BadFields({error.field: error})


def _tell_birth_day(person: PersonInput) -> None:
    if person.id_number and person.birth_day not in (None, person.id_number.birth_day):
        flash(gettext("出生日期与身份证号不同,按身份证号登记,填写的日期另存备查"), "warning")


def _to_person(elder_id: int, said: str, meals: int) -> Answer:
    """Back to the elder; ``meals`` are those the change makes questionable."""
    answer = go_to(".person", said, elder_id=elder_id)
    if meals:
        flash(
            gettext("从这个日期起有 %(n)s 份用餐需要核实,见「资格和申请」的回看清单;用餐记录照原样保留", n=meals),
            "warning",
        )
    return answer


def _form(typed: Mapping[str, str], errors: Mapping[str, str], person: PersonPage | None = None) -> Answer:
    sites = _site_choices(gettext("未定"))
    if person and person.facts.home_site_id and str(person.facts.home_site_id) not in dict(sites):
        sites.append((str(person.facts.home_site_id), person.site_name))
    return page(
        "people/form.html",
        typed=typed,
        errors=errors,
        person=person,
        sites=sites,
        areas=listing.area_paths(current_actor()),
    )


@blueprint.get("/<int:elder_id>")
@allow("keep_elders")
def person(elder_id: int, errors: Errors = NO_ERRORS, id_number: str = "") -> Answer:
    """One elder."""
    found = listing.person_page(elder_id, actor=current_actor(), day=clock.today())
    looks.note_opened(elder_id, place="people", actor=current_actor(), now=clock.now())
    return page(
        "people/person.html",
        person=found,
        today=clock.today(),
        typed=request.form if errors else {},
        errors=errors,
        id_number=id_number,
        kinds=choices("status"),
        life_kinds=choices("life"),
    )


@blueprint.get("/<int:elder_id>/edit")
@allow("keep_elders")
def edit_person(elder_id: int, errors: Errors = NO_ERRORS) -> Answer:
    """The form filled with what is on file; the ID number is never in it."""
    found = listing.person_page(elder_id, actor=current_actor(), day=clock.today())
    looks.note_opened(elder_id, place="people", actor=current_actor(), now=clock.now())
    return _form(request.form if errors else _values_of(found), errors, found)


@blueprint.post("/<int:elder_id>/edit")
@allow("keep_elders")
@again(edit_person)
def change_person(elder_id: int) -> Answer:
    """Change what is known of an elder."""
    found = listing.person_page(elder_id, actor=current_actor(), day=clock.today())
    person = forms.read_person(request.form, today=clock.today(), has_id=bool(found.personal.id_number))
    _check(person, elder_id)
    changed = service.change_person(elder_id, person, actor=current_actor(), now=clock.now())
    flash(gettext("已保存") if changed else gettext("没有改动"))
    _tell_birth_day(person)
    return go_to(".person", elder_id=elder_id)


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
        # A day as it is typed, nothing for None.
        **{one.name: str(getattr(personal, one.name) or "") for one in fields(TypedFacts)},
        "contact_name": contact.name if contact else "",
        "contact_phone": contact.phone if contact else "",
        "contact_relation": contact.relation if contact else "",
    }


@blueprint.post("/<int:elder_id>/id-number")
@allow("unmask")
def unmask_id(elder_id: int) -> Answer:
    """Show the whole ID number once. A page and no redirect: the number must be in no address and no session."""
    number = service.unmask_id(
        elder_id, forms.reason(request.form.get("reason", "")), actor=current_actor(), now=clock.now()
    )
    return person(elder_id, id_number=number)


@blueprint.get("/<int:elder_id>/looks")
@allow("keep_elders")
def looks_page(elder_id: int) -> Answer:
    """Who looked for an elder or at one: to be shown, or printed, for the person concerned."""
    return page(
        "people/looks.html", found=listing.looks_page(elder_id, actor=current_actor()), verbs=VERBS, today=clock.today()
    )


@blueprint.post("/<int:elder_id>/cards")
@allow("keep_elders")
def issue_card(elder_id: int) -> Answer:
    """Give an elder a card."""
    service.issue_card(elder_id, forms.read_card(request.form.get("card", "")), actor=current_actor(), now=clock.now())
    return go_to(".person", gettext("已发卡"), elder_id=elder_id)


@blueprint.post("/<int:elder_id>/cards/<int:card_id>/end")
@allow("keep_elders")
def end_card(elder_id: int, card_id: int) -> Answer:
    """End a card, or replace it by another."""
    service.end_card(
        forms.CARD_ENDING.read(request.form, elder_id=elder_id, card_id=card_id), actor=current_actor(), now=clock.now()
    )
    return go_to(".person", gettext("原卡已停用"), elder_id=elder_id)


@blueprint.post("/<int:elder_id>/statuses")
@allow("keep_elders")
@again(person)
def add_status(elder_id: int) -> Answer:
    """Record a dated status."""
    meals = service.record_status(elder_id, forms.STATUS.read(request.form), actor=current_actor(), now=clock.now())
    return _to_person(elder_id, gettext("已登记"), meals)


@blueprint.post("/<int:elder_id>/statuses/<int:status_id>/end")
@allow("keep_elders")
def end_status(elder_id: int, status_id: int) -> Answer:
    """Say until when a status was in force."""
    last_day = iso_day(request.form.get("to_day", ""))
    meals = service.end_status(elder_id, status_id, last_day, actor=current_actor(), now=clock.now())
    return _to_person(elder_id, gettext("已保存"), meals)


@blueprint.post("/<int:elder_id>/events")
@allow("keep_elders")
@again(person)
def add_event(elder_id: int) -> Answer:
    """Record a pause, a move or a death."""
    meals = service.record_event(elder_id, forms.EVENT.read(request.form), actor=current_actor(), now=clock.now())
    return _to_person(elder_id, gettext("已登记"), meals)


@blueprint.post("/<int:elder_id>/events/<int:event_id>/cancel")
@allow("keep_elders")
def cancel_event(elder_id: int, event_id: int) -> Answer:
    """Undo a life event recorded by mistake."""
    service.cancel_event(elder_id, event_id, actor=current_actor(), now=clock.now())
    return go_to(".person", gettext("已撤销"), elder_id=elder_id)


@blueprint.post("/<int:elder_id>/waivers")
@allow("keep_elders")
@again(person)
def give_up_scheme(elder_id: int) -> Answer:
    """Record that an elder gives a scheme up."""
    service.give_up_scheme(elder_id, **forms.WAIVER.read(request.form), actor=current_actor(), now=clock.now())
    return go_to(".person", gettext("已登记,从今天起这个方案不再计算"), elder_id=elder_id)


@blueprint.post("/<int:elder_id>/waivers/end")
@allow("keep_elders")
def take_back_scheme(elder_id: int) -> Answer:
    """Record that a scheme an elder gave up counts again."""
    service.take_back_scheme(elder_id, **forms.TAKEN_BACK.read(request.form), actor=current_actor(), now=clock.now())
    return go_to(".person", gettext("已登记,从今天起这个方案重新计算"), elder_id=elder_id)
