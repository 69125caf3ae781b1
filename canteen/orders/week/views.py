"""The week's page: people × days, saved at once."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from flask import request
from flask_babel import gettext

from canteen.base import clock
from canteen.base.fields import search_text
from canteen.base.i18n import word
from canteen.base.web import Answer, allow, current_actor, go_to, page
from canteen.menus.queries import set_names
from canteen.orders import queries
from canteen.orders.papers import SittingAt
from canteen.orders.views import blueprint, form_site, sitting_of
from canteen.orders.week import forms, grid, service
from canteen.orders.week.rules import DAYS, monday_of, read_table
from canteen.people.finding import looks

#: (elder, day) -> what was typed and is not saved.
Typed = Mapping[tuple[int, date], str]


@blueprint.get("/orders/week")
@allow("take_orders")
def week_page() -> Answer:
    """A week of one slot; with ``last`` the cells of the week before are filled in, not saved."""
    at = sitting_of(form_site(), request.args)
    monday = monday_of(at.day)
    typed: dict[tuple[int, date], str] = {}
    if request.args.get("last"):
        before = grid.cells_of_week(at.site, monday=monday - timedelta(days=DAYS), slot=at.slot, sets=_sets(at, monday))
        typed = {(elder, monday + timedelta(days=ahead)): text for (elder, ahead), text in before.items()}
    return _show(at, typed)


@blueprint.post("/orders/week/table")
@allow("take_orders")
def read_week_table() -> Answer:
    """A table of a spreadsheet, filled into the cells and not saved."""
    at = sitting_of(form_site(), request.form)
    everybody = _grid(at, everybody=True)
    names: dict[str, list[int]] = {}
    for row in everybody.rows:
        names.setdefault(row.name, []).append(row.elder_id)
    table = read_table(request.form.get("table", ""), monday=monday_of(at.day), names=names)
    return _show(at, table.cells, unknown=table.unknown)


@blueprint.post("/orders/week")
@allow("take_orders")
def keep_week() -> Answer:
    """Save the cells that were changed; what cannot be saved stays typed, with the reason."""
    at = sitting_of(form_site(), request.form)
    monday = monday_of(at.day)
    changes = forms.changes(request.form, monday)
    kept = service.keep_week(
        changes, site_id=at.site.id, slot=at.slot, sets=_sets(at, monday), actor=current_actor(), now=clock.now()
    )
    said = gettext(
        "新订 %(placed)s 份,改 %(changed)s 份,取消 %(cancelled)s 份",
        placed=kept.placed,
        changed=kept.changed,
        cancelled=kept.cancelled,
    )
    if not kept.not_kept:
        return go_to(".week_page", said, day=monday.isoformat(), slot=at.slot)
    typed = {(one.change.elder_id, one.change.day): one.change.text for one in kept.not_kept}
    body, _, headers = _show(at, typed, said=said, not_kept=kept.not_kept)
    return body, 409, headers


def _sets(at: SittingAt, monday: date) -> list[str]:
    return [name for name, _ in set_names(site_id=at.site.id, first=monday, last=monday + timedelta(days=DAYS - 1))]


def _grid(at: SittingAt, *, everybody: bool, also: tuple[int, ...] = ()) -> grid.WeekGrid:
    monday = monday_of(at.day)
    return grid.week_grid(
        at.site,
        monday=monday,
        slot=at.slot,
        today=clock.today(),
        sets=_sets(at, monday),
        everybody=everybody,
        also=also,
    )


def _show(at: SittingAt, typed: Typed, **more: Any) -> tuple[str, int, dict[str, str]]:
    text = search_text(request.values.get("q", ""))
    found = queries.candidates(text, site=at.site, day=at.day) if text else []
    if text:
        looks.note_search((one.id for one in found), place="orders", actor=current_actor(), now=clock.now())
    also = {one.id for one in found} | {elder for elder, _ in typed}
    monday = monday_of(at.day)
    week = _grid(at, everybody=bool(request.values.get("all")), also=tuple(sorted(also)))
    heads = [f"{day.month}/{day.day} {word(str(day.isoweekday()), 'weekday')}" for day in week.days]
    return page(
        "orders/week.html",
        at=at,
        monday=monday,
        heads=[gettext("姓名"), gettext("组"), *heads],
        week=week,
        typed=typed,
        text=text,
        found={one.id for one in found},
        before=monday - timedelta(days=DAYS),
        after=monday + timedelta(days=DAYS),
        **{"said": "", "not_kept": (), "unknown": ()} | more,
    )
