"""Screens of a site: its settings, its service calendar, and choosing among several."""

from flask import Blueprint, request
from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from canteen.base import clock
from canteen.base.fields import iso_day, read_month, row_id
from canteen.base.i18n import choices
from canteen.base.months import months_on
from canteen.base.web import NO_ERRORS, Answer, Errors, again, allow, current_actor, go_to, page
from canteen.base.words import SLOTS
from canteen.places import choice, forms, queries, service
from canteen.places.choice import current_site
from canteen.places.queries import SiteSettings
from canteen.places.rules import USUAL_HOURS, month_weeks

blueprint = Blueprint("places", __name__)


@blueprint.get("/site")
@allow("keep_site")
def site_page(errors: Errors = NO_ERRORS) -> Answer:
    """The settings of the current site, or of the one its form was sent for."""
    settings = queries.site_settings(current_actor(), _site_id())
    return page(
        "places/site.html",
        site=queries.site_for(current_actor(), settings.facts.id),
        typed=request.form if errors else _values_of(settings),
        errors=errors,
        slots=SLOTS,
        usual=USUAL_HOURS,
        models=choices("operating_model"),
    )


def _site_id() -> int:
    """The site a form was made for, even if another was chosen since; else the current one."""
    return row_id(request.form.get("site_id", "")) if request.form else current_site().id


@blueprint.post("/site")
@allow("keep_site")
@again(site_page)
def save_site() -> Answer:
    """Save the settings."""
    service.keep_site(forms.read_site(request.form), actor=current_actor(), now=clock.now())
    return go_to(".site_page", gettext("已保存"))


def _values_of(settings: SiteSettings) -> MultiDict[str, str]:
    """The settings as their form sends them."""
    facts, plan = settings.facts, settings.plan
    typed = MultiDict(
        [
            ("name", facts.name),
            ("phone", facts.phone),
            ("operating_model", settings.operating_model),
            ("opened_on", plan.opened_on.isoformat()),
            ("closed_on", plan.closed_on.isoformat() if plan.closed_on else ""),
            ("absent_days", str(settings.absent_days)),
        ]
    )
    typed.setlist("weekdays", list(plan.weekdays))
    typed.setlist("served", [hours.slot for hours in facts.slots])
    for hours in facts.slots:
        typed[f"{hours.slot}_opens"], typed[f"{hours.slot}_closes"] = hours.opens, hours.closes
        typed[f"{hours.slot}_cutoff"] = hours.order_cutoff
        typed[f"{hours.slot}_cutoff_days"] = str(hours.cutoff_days)
        typed[f"{hours.slot}_capacity"] = str(hours.capacity or "")
    return typed


@blueprint.get("/site/calendar")
@allow("keep_site")
def calendar_page(errors: Errors = NO_ERRORS) -> Answer:
    """The service calendar of one month."""
    month = read_month(request.values, today=clock.today())
    site = queries.site_for(current_actor(), _site_id())
    plan = queries.plan_of(site.id)
    weeks = month_weeks(plan, month)
    here = [one for week in weeks for one in week if not one.is_other_month]
    return page(
        "places/calendar.html",
        site=site,
        month=month,
        weeks=weeks,
        typed=request.form,
        errors=errors,
        before=months_on(month, -1),
        after=months_on(month, 1),
        planned=sum(one.state in ("planned", "extra") for one in here),
        exceptions=[(day, one) for day, one in plan.exceptions.items() if day.replace(day=1) == month],
    )


@blueprint.post("/site/calendar")
@allow("keep_site")
@again(calendar_page)
def add_exception() -> Answer:
    """Open one day after all. Closing one goes by a page that says who has ordered for it."""
    change = forms.EXCEPTION.read(request.form)
    if not change.is_open:
        site = queries.site_for(current_actor(), change.site_id)
        return go_to("orders.closing_page", site_id=site.id, day=change.day.isoformat(), reason=change.reason)
    service.set_exception(change, actor=current_actor(), now=clock.now())
    return go_to(".calendar_page", gettext("已写入日历"), month=f"{change.day:%Y-%m}")


@blueprint.post("/site/calendar/<day_text>/remove")
@allow("keep_site")
def remove_exception(day_text: str) -> Answer:
    """Let one day follow its weekday again."""
    day = iso_day(day_text)
    service.remove_exception(site_id=_site_id(), day=day, actor=current_actor(), now=clock.now())
    return go_to(".calendar_page", gettext("已取消,这一天按星期安排"), month=f"{day:%Y-%m}")


@blueprint.get("/sites")
@allow("use_own_account")
def sites_page() -> Answer:
    """The sites in reach, to choose one."""
    return page("places/sites.html", sites=queries.sites_of(current_actor()), current=current_site())


@blueprint.post("/site/<int:site_id>/choose")
@allow("use_own_account")
def choose_site(site_id: int) -> Answer:
    """Work at this site from now on."""
    choice.choose(queries.site_for(current_actor(), site_id))
    return go_to("home.index")
