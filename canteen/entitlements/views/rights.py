"""Pages of rights: what ends, who is due, sanctions, meals looked back at, and the working-day calendar."""

from flask import request
from flask_babel import gettext

from canteen.base import clock
from canteen.base.fields import iso_day
from canteen.base.web import Answer, allow, current_actor, go_to, page
from canteen.entitlements import due as without_application
from canteen.entitlements import forms, queries, work_calendar
from canteen.entitlements import look_back as meals
from canteen.entitlements.eligibility import SOON_DAYS
from canteen.entitlements.service import rights
from canteen.entitlements.views.door import blueprint


@blueprint.get("/soon")
@allow("start_applications")
def ending_soon() -> Answer:
    """Rights that end soon."""
    return page(
        "entitlements/soon.html", lines=queries.ending_soon(current_actor(), today=clock.today()), days=SOON_DAYS
    )


@blueprint.get("/due")
@allow("keep_entitlements")
def due_page() -> Answer:
    """Who is entitled by age, and who stands on a roster."""
    actor, today = current_actor(), clock.today()
    due, roster = without_application.due(actor, today=today), without_application.on_roster(actor, today=today)
    return page(
        "entitlements/due.html",
        due=due[: without_application.MOST_DUE],
        roster=roster[: without_application.MOST_DUE],
        due_count=len(due),
        roster_count=len(roster),
    )


@blueprint.post("/due")
@allow("keep_entitlements")
def grant_due() -> Answer:
    """Give everybody on the list the right."""
    count = rights.grant_due(actor=current_actor(), now=clock.now())
    return go_to(".due_page", gettext("已认定 %(n)s 人", n=count) if count else gettext("没有新的到龄人员"))


@blueprint.post("/roster")
@allow("keep_entitlements")
def adopt_roster() -> Answer:
    """Take over the ticked people of a roster."""
    chosen = forms.read_chosen(request.form.getlist("chosen"))
    count = rights.adopt_roster(chosen, actor=current_actor(), now=clock.now())
    return go_to(".due_page", gettext("已认定 %(n)s 人", n=count))


@blueprint.post("/rights/<int:right_id>/end")
@allow("keep_entitlements")
def end_right(right_id: int) -> Answer:
    """End a right."""
    last_day, reason = iso_day(request.form.get("last_day", "")), forms.note(request.form.get("reason", ""))
    elder_id = rights.end_entitlement(right_id, last_day, reason, actor=current_actor(), now=clock.now())
    return go_to(".elder_page", gettext("已登记终止"), elder_id=elder_id)


@blueprint.post("/elders/<int:elder_id>/sanctions")
@allow("keep_entitlements")
def sanction_elder(elder_id: int) -> Answer:
    """Record a sanction."""
    rights.sanction_elder(forms.read_sanction(request.form, elder_id=elder_id), actor=current_actor(), now=clock.now())
    return go_to(".elder_page", gettext("已登记处理决定"), elder_id=elder_id)


@blueprint.post("/sanctions/<int:sanction_id>/lift")
@allow("keep_entitlements")
def lift_sanction(sanction_id: int) -> Answer:
    """Take back a sanction that was wrong."""
    elder_id = rights.lift_sanction(sanction_id, actor=current_actor(), now=clock.now())
    return go_to(".elder_page", gettext("已撤销"), elder_id=elder_id)


@blueprint.get("/look-back")
@allow("settle_look_back")
def look_back() -> Answer:
    """Meals to look back at."""
    return page("entitlements/look_back.html", lines=meals.open_lines(current_actor()))


@blueprint.post("/look-back/<int:serving_id>")
@allow("settle_look_back")
def settle_look_back(serving_id: int) -> Answer:
    """Tick a meal as dealt with."""
    note = forms.note(request.form.get("note", ""))
    rights.settle_look_back(serving_id, note, actor=current_actor(), now=clock.now())
    return go_to(".look_back", gettext("已登记处理"))


@blueprint.get("/calendar")
@allow("take_applications")
def calendar_page() -> Answer:
    """The working days of a year."""
    year = forms.read_year(request.args.get("year", ""), instead=clock.today().year)
    return page("entitlements/calendar.html", calendar=work_calendar.calendar_page(year), typed={}, errors={})


@blueprint.post("/calendar/days")
@allow("keep_work_calendar")
def enter_days() -> Answer:
    """Enter holidays or make-up days."""
    entry = forms.ENTRY.read(request.form)
    rights.enter_days(entry, actor=current_actor(), now=clock.now())
    return go_to(".calendar_page", gettext("已登记"), year=entry.first.year)


@blueprint.post("/calendar/days/remove")
@allow("keep_work_calendar")
def remove_day() -> Answer:
    """Take back an entry."""
    day = iso_day(request.form.get("day", ""))
    rights.remove_day(day, actor=current_actor(), now=clock.now())
    return go_to(".calendar_page", gettext("已撤销"), year=day.year)


@blueprint.post("/calendar/years")
@allow("keep_work_calendar")
def confirm_year() -> Answer:
    """Say that a year is complete."""
    year = forms.read_year(request.form.get("year", ""), instead=clock.today().year)
    rights.confirm_year(year, forms.note(request.form.get("source", "")), actor=current_actor(), now=clock.now())
    return go_to(".calendar_page", gettext("已确认"), year=year)
