"""Pages of rights: what ends, who is due, sanctions, meals looked back at, and the working-day calendar."""

from __future__ import annotations

from flask import flash, request
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from canteen.base import clock
from canteen.base.web import Answer, allow, current_actor, page
from canteen.entitlements import due as without_application
from canteen.entitlements import forms, queries, work_calendar
from canteen.entitlements import look_back as meals
from canteen.entitlements.eligibility_rules import SOON_DAYS
from canteen.entitlements.service import rights
from canteen.entitlements.views.door import blueprint, to


@blueprint.get("/soon")
@allow("take_applications")
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
def grant_due() -> BaseResponse:
    """Give everybody on the list the right."""
    count = rights.grant_due(actor=current_actor(), now=clock.now())
    flash(gettext("已认定 %(n)s 人", n=count) if count else gettext("没有新的到龄人员"))
    return to("due_page")


@blueprint.post("/roster")
@allow("keep_entitlements")
def adopt_roster() -> BaseResponse:
    """Take over the ticked people of a roster."""
    chosen = forms.read_chosen(request.form.getlist("chosen"))
    count = rights.adopt_roster(chosen, actor=current_actor(), now=clock.now())
    flash(gettext("已认定 %(n)s 人", n=count))
    return to("due_page")


@blueprint.post("/rights/<int:right_id>/end")
@allow("keep_entitlements")
def end_right(right_id: int) -> BaseResponse:
    """End a right."""
    last_day, reason = forms.read_day(request.form, "last_day"), forms.read_note(request.form, "reason", needed=True)
    elder_id = rights.end_entitlement(right_id, last_day, reason, actor=current_actor(), now=clock.now())
    flash(gettext("已登记终止"))
    return to("elder_page", elder_id=elder_id)


@blueprint.post("/elders/<int:elder_id>/sanctions")
@allow("keep_entitlements")
def sanction_elder(elder_id: int) -> BaseResponse:
    """Record a sanction."""
    rights.sanction_elder(forms.read_sanction(request.form, elder_id=elder_id), actor=current_actor(), now=clock.now())
    flash(gettext("已登记处理决定"))
    return to("elder_page", elder_id=elder_id)


@blueprint.post("/sanctions/<int:sanction_id>/lift")
@allow("keep_entitlements")
def lift_sanction(sanction_id: int) -> BaseResponse:
    """Take back a sanction that was wrong."""
    elder_id = rights.lift_sanction(sanction_id, actor=current_actor(), now=clock.now())
    flash(gettext("已撤销"))
    return to("elder_page", elder_id=elder_id)


@blueprint.get("/look-back")
@allow("settle_look_back")
def look_back() -> Answer:
    """Meals to look back at."""
    return page("entitlements/look_back.html", lines=meals.open_lines(current_actor()))


@blueprint.post("/look-back/<int:serving_id>")
@allow("settle_look_back")
def settle_look_back(serving_id: int) -> BaseResponse:
    """Tick a meal as dealt with."""
    note = forms.read_note(request.form, "note", needed=True)
    rights.settle_look_back(serving_id, note, actor=current_actor(), now=clock.now())
    flash(gettext("已登记处理"))
    return to("look_back")


@blueprint.get("/calendar")
@allow("take_applications")
def calendar_page() -> Answer:
    """The working days of a year."""
    year = forms.read_year(request.args.get("year", ""), instead=clock.today().year)
    return page("entitlements/calendar.html", calendar=work_calendar.calendar_page(year), values={}, errors={})


@blueprint.post("/calendar/days")
@allow("keep_work_calendar")
def enter_days() -> BaseResponse:
    """Enter holidays or make-up days."""
    entry = forms.read_entry(request.form)
    rights.enter_days(entry, actor=current_actor(), now=clock.now())
    flash(gettext("已登记"))
    return to("calendar_page", year=entry.first.year)


@blueprint.post("/calendar/days/remove")
@allow("keep_work_calendar")
def remove_day() -> BaseResponse:
    """Take back an entry."""
    day = forms.read_day(request.form, "day")
    rights.remove_day(day, actor=current_actor(), now=clock.now())
    flash(gettext("已撤销"))
    return to("calendar_page", year=day.year)


@blueprint.post("/calendar/years")
@allow("keep_work_calendar")
def confirm_year() -> BaseResponse:
    """Say that a year is complete."""
    year = forms.read_year(request.form.get("year", ""), instead=clock.today().year)
    rights.confirm_year(
        year, forms.read_note(request.form, "source", needed=True), actor=current_actor(), now=clock.now()
    )
    flash(gettext("已确认"))
    return to("calendar_page", year=year)
