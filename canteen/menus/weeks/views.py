"""Screens of whole weeks: one page to write a week on, and copying."""

from collections.abc import Mapping
from datetime import date, timedelta

from flask import flash, request
from flask_babel import gettext

from canteen.base import clock
from canteen.base.fields import read_day
from canteen.base.money import yuan
from canteen.base.web import NO_ERRORS, Answer, Errors, again, allow, current_actor, go_to, page
from canteen.base.words import DISH_KINDS
from canteen.menus import queries
from canteen.menus.dishes.queries import dishes_of, named_on_menus
from canteen.menus.rules import SetDraft, week_of
from canteen.menus.views import blueprint, form_site, listed, tell_prices
from canteen.menus.weeks import forms, service
from canteen.menus.weeks.rules import BLOCKS, MOST_COLUMNS, columns_of, digest_of
from canteen.places.queries import SiteFacts, plan_of, sites_of
from canteen.places.rules import day_state

#: Days back from which dishes of menus are offered.
OFFERED_BACK = timedelta(days=60)


@blueprint.get("/menus/week")
@allow("keep_menus")
def write_page(errors: Errors = NO_ERRORS) -> Answer:
    """A week to be written: days down, a column for each set; what was typed stays."""
    site = form_site()
    days = week_of(read_day(request.values, today=clock.today()))
    week = queries.menus_between(site_id=site.id, first=days[0], last=days[-1])
    drafts = {at: queries.as_drafts(sets) for at, sets in week.items()}
    typed = request.form if request.form else _typed(site, days, drafts)
    columns = forms.columns_in(typed)
    if (more := request.form.get("more", "")) and len(columns) < MOST_COLUMNS:
        columns.append(max(columns, default=-1) + 1)
        typed = typed | {f"slot_{columns[-1]}": more}
    plan = plan_of(site.id)
    return page(
        "menus/write.html",
        site=site,
        errors=errors,
        typed=typed,
        days=[(day, day_state(plan, day)) for day in days],
        columns=sorted(
            columns, key=lambda one: ([hours.slot for hours in site.slots].index(typed[f"slot_{one}"]), one)
        ),
        seen=digest_of(drafts),
        offered=_offered(site),
    )


def _typed(site: SiteFacts, days: list[date], drafts: Mapping[tuple[date, str], list[SetDraft]]) -> dict[str, str]:
    """The week as its form sends it."""
    slots = [hours.slot for hours in site.slots]
    latest = {slot: queries.as_drafts(sets) for slot, sets in queries.latest_sets(site_id=site.id).items()}
    columns = columns_of(drafts, latest, slots)
    typed: dict[str, str] = {}
    for at, column in enumerate(columns[:MOST_COLUMNS]):
        typed |= {
            f"slot_{at}": column.slot,
            f"name_{at}": column.name,
            f"price_{at}": yuan(column.price_fen),
            f"tags_{at}": column.tags,
        }
        for row, day in enumerate(days):
            for one in drafts.get((day, column.slot), ()):
                if (one.name, one.price_fen, one.tags) == (column.name, column.price_fen, column.tags):
                    typed[f"dishes_{row}_{at}"] = one.dishes
    for slot in slots:
        if slot not in {column.slot for column in columns}:
            typed |= {f"slot_{len(forms.columns_in(typed))}": slot}
    return typed


def _offered(site: SiteFacts) -> list[tuple[str, list[str]]]:
    """Dishes to choose from by kind: those of the list, and those of recent menus."""
    dishes = dishes_of(site_id=site.id)
    named = named_on_menus(site_id=site.id, first=clock.today() - OFFERED_BACK)
    kinds = {name: dishes[name].kind if name in dishes else "other" for name in sorted({*dishes, *named})}
    return [(kind, [name for name in kinds if kinds[name] == kind]) for kind in DISH_KINDS]


@blueprint.post("/menus/week")
@allow("keep_menus")
@again(write_page)
def save_week() -> Answer:
    """Save a week, or give it one more column."""
    if request.form.get("more"):
        return write_page()
    site = form_site()
    days = week_of(read_day(request.form, today=clock.today()))
    week = forms.read_week(request.form, days=days, slots=[hours.slot for hours in site.slots])
    count, notes = service.save_week(
        site_id=site.id, week=week, seen=request.form.get("seen", ""), actor=current_actor(), now=clock.now()
    )
    flash(gettext("已保存:改动 %(n)s 餐", n=count))
    tell_prices(notes)
    return go_to(".week_page", day=days[0].isoformat())


@blueprint.get("/menus/copy")
@allow("keep_menus")
def copy_page(errors: Errors = NO_ERRORS) -> Answer:
    """Choose what is copied, and where to."""
    site = form_site()
    monday = week_of(read_day(request.values if not errors else {}, today=clock.today()))[0]
    start = {"first": monday.isoformat(), "days": "7", "to": (monday + timedelta(days=7)).isoformat()}
    return page(
        "menus/copy.html",
        site=site,
        errors=errors,
        typed=request.form if errors else start,
        chosen=request.form.getlist("site_ids") if errors else [str(site.id)],
        blocks=[(days, gettext("一天") if days == 1 else gettext("%(n)s 周", n=days // 7)) for days in BLOCKS],
        sites=sites_of(current_actor()),
    )


@blueprint.post("/menus/copy-to")
@allow("keep_menus")
@again(copy_page)
def copy_menus() -> Answer:
    """Copy, and say for each site what was written and what was left as it is."""
    form = request.form.to_dict() | {"site_ids": " ".join(request.form.getlist("site_ids"))}
    wanted = forms.COPY.read(form)
    done = service.copy_menus(wanted, actor=current_actor(), now=clock.now())
    for name, one in done.items():
        flash(gettext("%(site)s:复制了 %(n)s 餐", site=name, n=len(one.copied)), "message" if one.copied else "warning")
        if one.existing:
            flash(gettext("%(site)s:已有菜单,没有改动:%(list)s", site=name, list=listed(one.existing)), "warning")
        if one.closed:
            flash(gettext("%(site)s:不供餐,没有复制:%(list)s", site=name, list=listed(one.closed)), "warning")
    return go_to(".week_page", day=wanted.to.isoformat())
