"""Screens of volunteers: the list of a month, one person, the certificate, and rules for points."""

from datetime import date, timedelta

from flask import Blueprint, Response, g, request
from flask_babel import gettext

from canteen.base import clock
from canteen.base.fields import iso_day_or_none, read_month
from canteen.base.i18n import choices
from canteen.base.months import months_on
from canteen.base.web import NO_ERRORS, Answer, Errors, again, allow, current_actor, go_to, new_key, page, sheet_file
from canteen.places.choice import current_site
from canteen.volunteers import forms, queries, service, sheets
from canteen.volunteers.queries import VolunteerPage

blueprint = Blueprint("volunteers", __name__, url_prefix="/volunteers")


def _month() -> tuple[date, date]:
    """First and last day of the month that is looked at."""
    first = read_month(request.args, today=clock.today())
    return first, months_on(first, 1) - timedelta(days=1)


@blueprint.get("")
@allow("see_volunteers")
def volunteers_page(errors: Errors = NO_ERRORS) -> Answer:
    """Who helps at the site, and what each did in a month."""
    site, (first, last) = current_site(), _month()
    found = queries.volunteers_page(site, first=first, last=last)
    return page(
        "volunteers/volunteers.html",
        found=found,
        site=site,
        today=clock.today(),
        month=first,
        before=months_on(first, -1),
        after=months_on(first, 1),
        offered=queries.choices_of(site.id),
        slots=choices("slot", [hours.slot for hours in site.slots]),
        typed=request.form,
        errors=errors,
    )


@blueprint.get("/month.<kind>")
@allow("see_volunteers")
def export(kind: str) -> Response:
    """The list of a month as a file."""
    site, (first, last) = current_site(), _month()
    found = queries.volunteers_page(site, first=first, last=last)
    sheet = sheets.month_sheet(found.lines, site_name=site.name, month=first)
    return sheet_file(sheet, kind, f"volunteers-{first:%Y-%m}")


@blueprint.post("")
@allow("keep_volunteers")
@again(volunteers_page)
def add_volunteer() -> Answer:
    """Write somebody into the register."""
    change = forms.volunteer_form(clock.today()).read(
        forms.with_lists(request.form), site_id=current_site().id, volunteer_id=None
    )
    made = service.keep_volunteer(change, actor=current_actor(), now=clock.now())
    return go_to(".volunteer_page", gettext("已登记"), volunteer_id=made)


@blueprint.get("/<int:volunteer_id>")
@allow("see_volunteers")
def volunteer_page(volunteer_id: int, errors: Errors = NO_ERRORS) -> Answer:
    """One volunteer: what they did in a month with points and why, and their facts."""
    first, last = _month()
    found = queries.volunteer_page(current_actor(), volunteer_id, first=first, last=last)
    return page(
        "volunteers/volunteer.html",
        found=found,
        line=found.line,
        today=clock.today(),
        month=first,
        before=months_on(first, -1),
        after=months_on(first, 1),
        offered=queries.choices_of(found.site.id),
        slots=choices("slot", [hours.slot for hours in found.site.slots]),
        kinds=choices("work"),
        key=new_key(),
        typed=request.form if errors else _values_of(found),
        errors=errors,
    )


def _values_of(found: VolunteerPage) -> dict[str, str]:
    line = found.line
    return {
        "name": line.name,
        "staff_id": str(line.staff_id or ""),
        "phone": found.phone,
        "note": found.note,
        "joined_on": line.joined_on.isoformat(),
        "left_on": line.left_on.isoformat() if line.left_on else "",
    }


@blueprint.post("/<int:volunteer_id>")
@allow("keep_volunteers")
@again(volunteer_page)
def change_volunteer(volunteer_id: int) -> Answer:
    """Change what stands in the register."""
    site_id = queries.volunteer_page(current_actor(), volunteer_id, first=clock.today(), last=clock.today()).site.id
    change = forms.volunteer_form(clock.today()).read(
        forms.with_lists(request.form), site_id=site_id, volunteer_id=volunteer_id
    )
    service.keep_volunteer(change, actor=current_actor(), now=clock.now())
    return go_to(".volunteer_page", gettext("已保存"), volunteer_id=volunteer_id)


@blueprint.post("/<int:volunteer_id>/works")
@allow("keep_volunteers")
@again(volunteer_page)
def type_work(volunteer_id: int) -> Answer:
    """Write down work that no mark tells of."""
    work = forms.WORK.read(request.form, volunteer_id=volunteer_id)
    service.type_work(work, actor=current_actor(), now=clock.now())
    return go_to(".volunteer_page", gettext("已登记"), volunteer_id=volunteer_id, month=f"{work.day:%Y-%m}")


@blueprint.post("/<int:volunteer_id>/works/<int:work_id>/undo")
@allow("keep_volunteers")
def take_work_back(volunteer_id: int, work_id: int) -> Answer:
    """Typed work was wrong."""
    service.take_work_back(volunteer_id, work_id, actor=current_actor(), now=clock.now())
    return go_to(".volunteer_page", gettext("已撤销"), volunteer_id=volunteer_id, month=request.args.get("month"))


@blueprint.get("/<int:volunteer_id>/certificate")
@allow("see_volunteers")
def certificate(volunteer_id: int) -> Answer:
    """The certificate of a span of days, this year's so far where none is named; always in Chinese."""
    g.language = "zh"
    today = clock.today()
    first = iso_day_or_none(request.args.get("first", "")) or today.replace(month=1, day=1)
    last = iso_day_or_none(request.args.get("last", "")) or today
    found = queries.volunteer_page(current_actor(), volunteer_id, first=first, last=last)
    return page("volunteers/certificate.html", found=found, line=found.line, first=first, last=last, today=today)


@blueprint.get("/points")
@allow("keep_points")
def points_page(errors: Errors = NO_ERRORS) -> Answer:
    """The rules for points of the county."""
    terms = queries.county_terms(current_site().county)
    return page("volunteers/points.html", terms=terms, today=clock.today(), typed=request.form, errors=errors)


@blueprint.post("/points")
@allow("keep_points")
@again(points_page)
def set_points() -> Answer:
    """Give the county a rule from a day on."""
    terms = forms.TERMS.read(request.form)
    service.set_terms(current_site().county, terms, actor=current_actor(), now=clock.now())
    return go_to(".points_page", gettext("已保存"))
