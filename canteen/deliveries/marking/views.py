"""What happens at a door over HTTP: marks, taking them back, what looked wrong; and what the site reads of them."""

from flask import request
from flask_babel import gettext

from canteen.base import clock
from canteen.base.vault import the_vault
from canteen.base.web import Answer, allow, current_actor, go_to, new_key, page
from canteen.deliveries import forms, queries
from canteen.deliveries.marking import service
from canteen.deliveries.marking.forms import read_mark
from canteen.deliveries.views import blueprint


@blueprint.post("/drops/<int:drop_id>")
@allow("deliver")
def record_drop(drop_id: int) -> Answer:
    """Say what happened at a door; the page's script gets the door alone."""
    service.record_drop(drop_id, read_mark(request.form), now=clock.now(), actor=current_actor())
    return _door(drop_id)


@blueprint.post("/drops/<int:drop_id>/undo")
@allow("deliver")
def undo_mark(drop_id: int) -> Answer:
    """Take back what was said of a door."""
    service.undo_mark(drop_id, read_mark(request.form), now=clock.now(), actor=current_actor())
    return _door(drop_id)


def _door(drop_id: int) -> Answer:
    """The door as it stands now; somebody who has given it away reads only that the mark is written."""
    if "HX-Request" not in request.headers:
        return go_to(".my_run", _anchor=f"door-{drop_id}")
    found = queries.door_still_theirs(current_actor(), drop_id, vault=the_vault())
    if found is None:
        return page("deliveries/_given_away.html", drop_id=drop_id)
    run, door = found
    return page("deliveries/_door.html", run=run, door=door, new_key=new_key)


@blueprint.post("/drops/<int:drop_id>/concern")
@allow("deliver")
def raise_concern(drop_id: int) -> Answer:
    """Say that something looked wrong at a door."""
    seen, key = forms.read_seen(request.form), forms.one_tap(request.form.get("key", ""))
    service.raise_concern(drop_id, seen, key=key, now=clock.now(), actor=current_actor())
    return go_to(".my_run", gettext("已告诉站点,会有人去看;紧急的请先打 120"), _anchor=f"door-{drop_id}")


@blueprint.post("/marks/<int:mark_id>/looked-at")
@allow("see_runs")
def look_at_mark(mark_id: int) -> Answer:
    """A mark that was refused has been read."""
    service.look_at_mark(mark_id, now=clock.now(), actor=current_actor())
    return go_to(".board", gettext("已看过"))
