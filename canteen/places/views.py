"""Screens of a site: its settings, its service calendar, and choosing among several."""

from __future__ import annotations

from datetime import date, timedelta

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from canteen.base import clock
from canteen.base.fields import iso_day, row_id
from canteen.base.i18n import choices
from canteen.base.web import Answer, allow, current_actor, page
from canteen.base.words import SLOTS
from canteen.places import choice, forms, queries, service
from canteen.places.choice import current_site
from canteen.places.queries import SiteSettings
from canteen.places.rules import USUAL_HOURS, CalendarDay, month_weeks

blueprint = Blueprint("places", __name__)


@blueprint.get("/site")
@allow("keep_site")
def site_page() -> Answer:
    """The settings of the current site."""
    settings = queries.site_settings(current_actor(), current_site().id)
    return _show_site(settings.facts.id, _values_of(settings), {})


@blueprint.post("/site")
@allow("keep_site")
def save_site() -> Response | Answer:
    """Save the settings."""
    change, errors = forms.read_site(request.form)
    if change is None:
        return _show_site(row_id(request.form.get("site_id", "")), request.form, errors)
    service.keep_site(change, actor=current_actor(), now=clock.now())
    flash(gettext("已保存"))
    return redirect(url_for("places.site_page"), 303)


def _show_site(site_id: int, values: MultiDict[str, str], errors: dict[str, str]) -> Answer:
    models = choices("operating_model")
    return page(
        "places/site.html",
        site=queries.site_for(current_actor(), site_id),
        values=values,
        errors=errors,
        slots=SLOTS,
        usual=USUAL_HOURS,
        models=models,
        status=422 if errors else 200,
    )


def _values_of(settings: SiteSettings) -> MultiDict[str, str]:
    """The settings as their form sends them."""
    facts, plan = settings.facts, settings.plan
    values = MultiDict(
        [
            ("name", facts.name),
            ("phone", facts.phone),
            ("operating_model", settings.operating_model),
            ("opened_on", plan.opened_on.isoformat()),
            ("closed_on", plan.closed_on.isoformat() if plan.closed_on else ""),
        ]
    )
    values.setlist("weekdays", list(plan.weekdays))
    values.setlist("served", [hours.slot for hours in facts.slots])
    for hours in facts.slots:
        values[f"{hours.slot}_opens"], values[f"{hours.slot}_closes"] = hours.opens, hours.closes
        values[f"{hours.slot}_cutoff"] = hours.order_cutoff
    return values


@blueprint.get("/site/calendar")
@allow("keep_site")
def calendar_page() -> Answer:
    """The service calendar of one month."""
    month = forms.read_month(request.args.get("month", ""), today=clock.today())
    return _show_calendar(current_site().id, month, MultiDict(), {})


@blueprint.post("/site/calendar")
@allow("keep_site")
def add_exception() -> Response | Answer:
    """Close one day, or open it after all."""
    change, errors = forms.read_exception(request.form)
    if change is None:
        month = forms.read_month(request.form.get("month", ""), today=clock.today())
        return _show_calendar(row_id(request.form.get("site_id", "")), month, request.form, errors)
    service.set_exception(change, actor=current_actor(), now=clock.now())
    flash(gettext("已写入日历"))
    return redirect(url_for("places.calendar_page", month=f"{change.day:%Y-%m}"), 303)


@blueprint.post("/site/calendar/<day_text>/remove")
@allow("keep_site")
def remove_exception(day_text: str) -> Response:
    """Let one day follow its weekday again."""
    day = iso_day(day_text)
    site_id = row_id(request.form.get("site_id", ""))
    service.remove_exception(site_id=site_id, day=day, actor=current_actor(), now=clock.now())
    flash(gettext("已取消,这一天按星期安排"))
    return redirect(url_for("places.calendar_page", month=f"{day:%Y-%m}"), 303)


def _show_calendar(site_id: int, month: date, values: MultiDict[str, str], errors: dict[str, str]) -> Answer:
    site = queries.site_for(current_actor(), site_id)
    plan = queries.plan_of(site.id)
    weeks = month_weeks(plan, month)
    here = [one for week in weeks for one in week if not one.is_other_month]
    return page(
        "places/calendar.html",
        site=site,
        month=month,
        weeks=weeks,
        values=values,
        errors=errors,
        before=month - timedelta(days=1),
        after=month + timedelta(days=31),
        planned=_planned(here),
        exceptions=[(day, one) for day, one in plan.exceptions.items() if day.replace(day=1) == month],
        status=422 if errors else 200,
    )


def _planned(days: list[CalendarDay]) -> int:
    return sum(one.state in ("planned", "extra") for one in days)


@blueprint.get("/sites")
@allow("use_own_account")
def sites_page() -> Answer:
    """The sites in reach, to choose one."""
    return page("places/sites.html", sites=queries.sites_of(current_actor()), current=current_site())


@blueprint.post("/site/<int:site_id>/choose")
@allow("use_own_account")
def choose_site(site_id: int) -> Response:
    """Work at this site from now on."""
    choice.choose(queries.site_for(current_actor(), site_id))
    return redirect(url_for("home.index"), 303)
