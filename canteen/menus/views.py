"""Screens of menus for who keeps them; the page for everybody is in ``public``."""

from collections.abc import Mapping
from datetime import date, timedelta

from flask import Blueprint, flash, request
from flask_babel import gettext

from canteen.base import clock
from canteen.base.fields import read_day, row_id
from canteen.base.i18n import show_day, word
from canteen.base.money import yuan
from canteen.base.web import NO_ERRORS, Answer, Errors, again, allow, current_actor, go_to, page
from canteen.menus import forms, queries, service
from canteen.menus.clashes.queries import Clashes, clashes_between
from canteen.menus.notes import note_text
from canteen.menus.rules import MOST_SETS, PriceNote, Sitting, week_of
from canteen.people.finding import looks
from canteen.places.choice import current_site
from canteen.places.queries import SiteFacts, plan_of, site_for
from canteen.places.rules import day_state

blueprint = Blueprint("menus", __name__)
#: Empty rows offered below the sets of a sitting.
SPARE_ROWS = 2
#: Price changes told after writing.
MOST_TOLD = 4
#: People whose diet does not fit that stand above the week; all are on the list to call.
MOST_CALLED = 6
#: Sittings named in one sentence.
MOST_LISTED = 6


@blueprint.get("/menus")
@allow("keep_menus")
def week_page() -> Answer:
    """The menus of one week."""
    site = current_site()
    days = week_of(read_day(request.args, today=clock.today()))
    plan = plan_of(site.id)
    return page(
        "menus/week.html",
        site=site,
        days=[(day, day_state(plan, day)) for day in days],
        today=clock.today(),
        found=clashes_of_week(site.id, days),
        most=MOST_CALLED,
        menus=queries.menus_between(site_id=site.id, first=days[0], last=days[-1]),
        before=days[0] - timedelta(days=7),
        after=days[0] + timedelta(days=7),
    )


@blueprint.post("/menus/copy")
@allow("keep_menus")
def copy_week() -> Answer:
    """Copy the menus of the week before to this one."""
    day = read_day(request.form, today=clock.today())
    done = service.copy_last_week(site_id=_site_id(), day=day, actor=current_actor(), now=clock.now())
    flash(gettext("从上周复制了 %(n)s 餐", n=len(done.copied)), "message" if done.copied else "warning")
    if done.existing:
        flash(gettext("已有菜单,没有改动:%(list)s", list=listed(done.existing)), "warning")
    if done.closed:
        flash(gettext("不供餐,没有复制:%(list)s", list=listed(done.closed)), "warning")
    return go_to(".week_page", day=day.isoformat())


def clashes_of_week(site_id: int, days: list[date]) -> Clashes:
    """Whose diet does not fit, of a week from today on; who stands on the list is written down."""
    today = clock.today()
    found = clashes_between(site_id=site_id, first=max(days[0], today), last=days[-1])
    looks.note_listed((one.elder_id for one in found.people), place="menus", actor=current_actor(), now=clock.now())
    return found


def listed(sittings: list[Sitting]) -> str:
    """The first of these sittings in words, and how many more there are."""
    more = len(sittings) - MOST_LISTED
    if more > 0:
        return str(gettext("%(list)s 等 %(n)s 餐", list=listed(sittings[:MOST_LISTED]), n=len(sittings)))
    return "、".join(f"{show_day(day)}{word(slot, 'slot')}" for day, slot in sittings)


def form_site() -> SiteFacts:
    """The site a form was made for, even if another was chosen since; else the current one."""
    return site_for(current_actor(), _site_id()) if request.form else current_site()


def _site_id() -> int:
    return row_id(request.form.get("site_id", ""))


@blueprint.get("/menus/<day_text>/<slot>")
@allow("keep_menus")
def sitting_page(day_text: str, slot: str, errors: Errors = NO_ERRORS) -> Answer:
    """The menu of one sitting, to be changed. A form with wrong fields is that of the sets, or of the counts."""
    site = form_site()
    day, slot = forms.read_sitting(day_text, slot)
    sets = queries.sitting_sets(site_id=site.id, day=day, slot=slot)
    typed, counts = _values_of(sets), _counts_of(sets)
    if errors and "set_0" in request.form:
        counts = request.form
    elif errors:
        typed = request.form
    return page(
        "menus/sitting.html",
        site=site,
        day=day,
        slot=slot,
        sets=sets,
        typed=typed,
        counts=counts,
        errors=errors,
        rows=_rows_of(typed),
    )


@blueprint.post("/menus/<day_text>/<slot>")
@allow("keep_menus")
@again(sitting_page)
def save_sitting(day_text: str, slot: str) -> Answer:
    """Save the sets of one sitting."""
    sitting = forms.read_sitting(day_text, slot)
    sets = forms.read_sets(request.form)
    notes = service.save_menu(site_id=_site_id(), sitting=sitting, sets=sets, actor=current_actor(), now=clock.now())
    flash(gettext("已保存") if sets else gettext("已保存:这一餐没有菜单"))
    tell_prices(notes)
    return go_to(".sitting_page", day_text=day_text, slot=slot)


@blueprint.post("/menus/<day_text>/<slot>/prepared")
@allow("keep_menus")
@again(sitting_page)
def save_prepared(day_text: str, slot: str) -> Answer:
    """Save how many of each set were cooked."""
    sitting = forms.read_sitting(day_text, slot)
    counts = forms.read_prepared(request.form)
    service.set_prepared(site_id=_site_id(), sitting=sitting, counts=counts, actor=current_actor(), now=clock.now())
    return go_to(".sitting_page", gettext("份数已保存"), day_text=day_text, slot=slot)


def _counts_of(sets: list[queries.SetFacts]) -> Mapping[str, str]:
    return {f"count_{row}": str(one.prepared) for row, one in enumerate(sets) if one.prepared is not None}


def _values_of(sets: list[queries.SetFacts]) -> Mapping[str, str]:
    """The sets as their form sends them."""
    typed: dict[str, str] = {}
    for row, one in enumerate(sets):
        typed |= {
            f"name_{row}": one.name,
            f"price_{row}": yuan(one.price_fen),
            f"dishes_{row}": one.dishes,
            f"tags_{row}": one.tags,
        }
    return typed


def _rows_of(typed: Mapping[str, str]) -> range:
    filled = [row for row in range(MOST_SETS) if any(typed.get(f"{part}_{row}") for part in forms.PARTS)]
    return range(min(max(filled, default=-1) + 1 + SPARE_ROWS, MOST_SETS))


def tell_prices(notes: tuple[PriceNote, ...]) -> None:
    """Say which prices changed where people know the old ones."""
    for note in notes[:MOST_TOLD]:
        flash(note_text(note, today=clock.today()), "warning")
    if len(notes) > MOST_TOLD:
        flash(gettext("另有 %(n)s 处改价", n=len(notes) - MOST_TOLD), "warning")
