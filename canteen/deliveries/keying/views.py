"""The screen a run sheet is keyed in on: one field, Enter, the next door."""

from typing import Any

from flask import request

from canteen.base import clock
from canteen.base.errors import CanteenError, NotFound
from canteen.base.fields import one_time_key, row_id
from canteen.base.vault import the_vault
from canteen.base.web import Answer, allow, current_actor, new_key, page
from canteen.deliveries.doors import Door, RunView
from canteen.deliveries.keying.queries import people_meant
from canteen.deliveries.keying.rules import doors_meant, read_door
from canteen.deliveries.queries import run_of
from canteen.deliveries.service import runs
from canteen.deliveries.views import blueprint
from canteen.places.queries import site_for


@blueprint.get("/runs/<int:run_id>/paper")
@allow("deliver")
def run_paper_page(run_id: int) -> Answer:
    """The doors of a run with the field they are typed into."""
    return _answer(_run(run_id))


@blueprint.post("/runs/<int:run_id>/paper")
@allow("deliver")
def key_in_door(run_id: int) -> Answer:
    """Key in one door; which of several is meant is asked."""
    now, actor, run = clock.now(), current_actor(), _run(run_id)
    text = request.form.get("typed" if "drop" in request.form else "row", "").strip()[:200]
    ticked = read_door(text)
    try:
        meant = _meant(run, ticked.who)
        if not meant:
            raise NotFound(
                "这趟出车里没有「%(who)s」", who=ticked.who[:20], next_step="请看路线单上的号,或者打姓名、拼音"
            )
        if len(meant) > 1:
            return _answer(run, text=text, matches=meant)
        key = one_time_key(request.form.get("key", ""))
        runs.record_drop(meant[0].id, ticked.outcome, key=key, note=ticked.note, now=now, actor=actor)
    except CanteenError as trouble:
        return _answer(run, text=text, trouble=trouble)
    run = _run(run_id)
    return _answer(run, keyed=next(door for door in run.doors if door.id == meant[0].id))


def _meant(run: RunView, who: str) -> list[Door]:
    chosen = request.form.get("drop", "")
    if chosen:
        return [door for door in run.doors if door.id == row_id(chosen)]
    county = site_for(current_actor(), run.site_id).county
    return doors_meant(run.doors, who, people_meant(who, county=county, day=run.day) if who else [])


def _run(run_id: int) -> RunView:
    return run_of(current_actor(), run_id, vault=the_vault())


def _answer(run: RunView, **shown: Any) -> Answer:
    return page("deliveries/keying.html", block="keyed", run=run, key=new_key(), today=clock.today(), **shown)
