"""The counter's pages: one screen, one region that is swapped, one board beside it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import Blueprint, current_app, request, session

from canteen.base import clock
from canteen.base.errors import BadInput
from canteen.base.web import Answer, allow, current_actor, go_to, new_key, one_moment, page
from canteen.base.words import GUEST_KINDS
from canteen.counter import forms, queries, service
from canteen.counter.board import CounterBoard, counter_board
from canteen.counter.requests import Served
from canteen.counter.rules import UNDO_SECONDS
from canteen.counter.till import MOST_MATCHES, CounterOffer, find_matches, holder_of, offer_for
from canteen.people.finding import looks
from canteen.places.choice import current_site
from canteen.places.queries import SiteFacts
from canteen.places.rules import current_slot
from canteen.printing.drawing.glyphs import drawer
from canteen.printing.queries import job_for_preview

blueprint = Blueprint("counter", __name__, url_prefix="/counter")


@dataclass(frozen=True, slots=True)
class Sitting:
    """The sitting the screen works on."""

    site: SiteFacts
    day: date
    slot: str
    outside_hours: bool
    #: A paper sheet of another day is being keyed in.
    is_other_day: bool
    till: str

    @property
    def address(self) -> dict[str, Any]:
        """What a link carries along so that the sitting stays chosen."""
        return {"slot": self.slot, "day": self.day.isoformat()} if self.is_other_day else {"slot": self.slot}


def sitting_now(now: datetime) -> Sitting:
    """The sitting the screen works on: as the address says, or by the opening hours."""
    site = current_site()
    today = clock.day_of(now)
    day = forms.read_day(request.values.get("day", "")) or today
    by_hours, outside = current_slot(site.slots, clock.wall_time(now))
    slot = request.values.get("slot", "")
    hours = site.hours_of(slot)
    if hours is None:
        slot = by_hours
    elif day == today:
        outside = not hours.opens <= clock.wall_time(now) <= hours.closes
    return Sitting(site, day, slot, outside and day == today, day != today, session.get("till", ""))


def _answer(now: datetime, sitting: Sitting, **shown: Any) -> Answer:
    """The counter with one thing shown in its till region: matches, an offer, or a result.

    A swapped region does not wait for the board: it makes the board fetch itself (``changed`` says when).
    """
    board = None if request.htmx else _board(sitting, now)  # type: ignore[attr-defined]
    return page(
        "counter/counter.html", block="till", sitting=sitting, board=board, now=now, undo_seconds=UNDO_SECONDS, **shown
    )


def _shown(served: Served) -> dict[str, Any]:
    """A result, with what else may have to be undone."""
    return {"served": served, "beside": queries.portions_beside(served), "key": new_key()}


def _board(sitting: Sitting, now: datetime) -> CounterBoard:
    return counter_board(site_id=sitting.site.id, day=sitting.day, slot=sitting.slot, now=now)


@blueprint.get("")
@allow("serve")
def counter_page() -> Answer:
    """The empty counter, or the result a plain form was sent to."""
    now = clock.now()
    sitting = sitting_now(now)
    shown = request.args.get("served", "")
    if shown.isascii() and shown.isdigit() and len(shown) < 16:
        served = queries.served_at_site(int(shown), site_id=sitting.site.id)
        return _answer(now, sitting, **_shown(served))
    return _answer(now, sitting)


@blueprint.get("/board")
@allow("serve")
def board() -> Answer:
    """What stands beside the counter: fetched by itself after every serving and void."""
    now = clock.now()
    sitting = sitting_now(now)
    return page("counter/_board.html", sitting=sitting, board=_board(sitting, now))


@blueprint.get("/find")
@allow("serve")
def find_elder() -> Answer:
    """Find a person: the only match is chosen; one match chosen by hand comes with ``elder``."""
    now, actor = clock.now(), current_actor()
    answer, searched, opened = _found(now)
    if searched is not None:
        looks.note_search(searched, place="counter", actor=actor, now=now)
    if opened:
        looks.note_opened(opened, place="counter", actor=actor, now=now)
    return answer


@one_moment
def _found(now: datetime) -> tuple[Answer, list[int] | None, int]:
    """The page; whom a search shows (None: a card was read); the elder of another canteen who is opened, or 0."""
    sitting, searched = sitting_now(now), None
    text = request.args.get("q", "").strip()[:60]
    chosen = request.args.get("elder", "") or holder_of(text)
    if not chosen:
        matches = find_matches(text, site=sitting.site, day=sitting.day)
        searched = [one.id for one in matches] if text else None
        if len(matches) != 1:
            return _answer(now, sitting, matches=matches, text=text, most_matches=MOST_MATCHES), searched, 0
        chosen = matches[0].id
    form = {"key": new_key(), "elder_id": str(chosen), **request.args, **sitting.address}
    form.pop("elder", None)
    wanted = forms.serve_form(form, site_id=sitting.site.id, till=sitting.till)
    offer: CounterOffer = offer_for(wanted, actor=current_actor(), now=now)
    elder = offer.offer.elder
    is_far = elder is not None and elder.home_site_id != sitting.site.id  # those of the house come every day
    return _answer(now, sitting, offer=offer, wanted=wanted), searched, elder.id if elder and is_far else 0


@blueprint.get("/guest")
@allow("serve")
@one_moment
def guest() -> Answer:
    """Offer a meal to a guest: counted, never subsidised."""
    now = clock.now()
    sitting = sitting_now(now)
    kind = request.args.get("kind", GUEST_KINDS[0])
    form = {**request.args, "key": new_key(), "guest_kind": kind, **sitting.address}
    wanted = forms.serve_form(form, site_id=sitting.site.id, till=sitting.till)
    return _answer(now, sitting, offer=offer_for(wanted, actor=current_actor(), now=now), wanted=wanted)


@blueprint.post("/servings")
@allow("serve")
def create_serving() -> Answer:
    """Serve a meal."""
    now = clock.now()
    sitting = sitting_now(now)
    wanted = forms.serve_form(request.form, site_id=sitting.site.id, till=sitting.till)
    served = service.serve_meal(wanted, actor=current_actor(), now=now)
    return _result(now, sitting, served)


def _result(now: datetime, sitting: Sitting, served: Served) -> Answer:
    if request.htmx:  # type: ignore[attr-defined]
        return _answer(now, sitting, **_shown(served))
    return go_to(".counter_page", served=served.id, **sitting.address)


@blueprint.get("/servings/<int:serving_id>")
@allow("serve")
def serving_page(serving_id: int) -> Answer:
    """One serving: every share with its reason, its ticket, and the void form."""
    now = clock.now()
    serving = queries.serving_detail(serving_id, site_id=current_site().id)
    beside = queries.portions_beside(serving.served)
    return page("counter/serving.html", serving=serving, beside=beside, key=new_key(), now=now)


@blueprint.get("/servings/<int:serving_id>/paper")
@allow("serve")
def serving_paper(serving_id: int) -> Answer:
    """The latest paper of a serving as it is printed, where the site's printer is drawn on the screen; else nothing."""
    if not queries.prints_on_screen(current_site().id):
        return "", 200, {}
    detail = queries.serving_detail(serving_id, site_id=current_site().id)
    draw = drawer(current_app.config["CANTEEN"].font_path)
    job = job_for_preview(current_actor(), detail.papers[-1][0], draw=draw)
    return page("printing/_paper.html", sheet=job.sheet)


@blueprint.post("/servings/<int:serving_id>/void")
@allow("void")
def void_serving(serving_id: int) -> Answer:
    """Undo a serving, with a reason."""
    now = clock.now()
    sitting = sitting_now(now)
    served = queries.served_at_site(serving_id, site_id=sitting.site.id)  # NotFound for another site's
    voided = service.void_serving(forms.void_form(request.form, serving_id=serving_id), actor=current_actor(), now=now)
    if request.htmx:  # type: ignore[attr-defined]
        beside = queries.portions_beside(served)
        return _answer(now, sitting, voided=voided, beside=beside, person=served.person_name, key=new_key())
    return go_to(".serving_page", serving_id=serving_id)


@blueprint.post("/till")
@allow("serve")
def name_till() -> Answer:
    """Remember which till this browser is."""
    name = request.form.get("till", "").strip()
    if len(name) > 20:
        raise BadInput("柜台名称最多 20 个字", field="till", next_step="例如:1号台")
    session["till"] = name
    return go_to(".counter_page")


@blueprint.get("/display")
@allow("serve")
def customer_display() -> Answer:
    """The second screen: the browser tells it the masked name and what to pay; the server sends nothing."""
    return page("counter/display.html", site=current_site())
