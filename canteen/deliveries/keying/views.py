"""The screen a run sheet is keyed in on: one field, Enter, the next door."""

from flask import request

from canteen.base import clock
from canteen.base.fields import one_time_key, or_none, row_id
from canteen.base.vault import the_vault
from canteen.base.web import Answer, allow, current_actor, new_key, page
from canteen.deliveries.doors import RunView
from canteen.deliveries.keying.service import KeyedDoor, take_door
from canteen.deliveries.queries import run_of
from canteen.deliveries.views import blueprint
from canteen.places.queries import site_for


@blueprint.get("/runs/<int:run_id>/paper")
@allow("deliver")
def run_paper_page(run_id: int) -> Answer:
    """The doors of a run with the field they are typed into."""
    return _answer(_run(run_id), KeyedDoor())


@blueprint.post("/runs/<int:run_id>/paper")
@allow("deliver")
def key_in_door(run_id: int) -> Answer:
    """Key in one door; which of several is meant is asked."""
    actor, run, form = current_actor(), _run(run_id), request.form
    drop_id = or_none(row_id)(form.get("drop", ""))
    outcome = take_door(
        run,
        form.get("row" if drop_id is None else "typed", "").strip()[:200],
        drop_id=drop_id,
        key=one_time_key(form.get("key", "")),
        county=site_for(actor, run.site_id).county,
        actor=actor,
        now=clock.now(),
    )
    return _answer(_run(run_id), outcome)


def _run(run_id: int) -> RunView:
    return run_of(current_actor(), run_id, vault=the_vault())


def _answer(run: RunView, outcome: KeyedDoor) -> Answer:
    keyed = next((door for door in run.doors if door.id == outcome.drop_id), None)
    return page(
        "deliveries/keying.html",
        block="keyed",
        run=run,
        outcome=outcome,
        keyed=keyed,
        key=new_key(),
        today=clock.today(),
    )
