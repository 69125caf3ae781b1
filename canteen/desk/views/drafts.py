"""Screens of the scheme desk: drafts, their numbers, trying them, and comparing."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, request
from flask_babel import gettext

from canteen.base import clock
from canteen.base.fields import row_id
from canteen.base.i18n import choices
from canteen.base.web import NO_ERRORS, Answer, Errors, again, allow, current_actor, go_to, page
from canteen.desk import forms, queries, service, trial
from canteen.desk.checking import check
from canteen.desk.drafts import plain_text
from canteen.desk.numbers import numbers_of
from canteen.desk.reading_back.compare import differences, text_lines
from canteen.desk.reading_back.explain import explain
from canteen.desk.requests import DraftConflict
from canteen.desk.snippets import SNIPPETS
from canteen.people.finding import looks
from canteen.schemes.trial.invented import PERSON_FACTS

blueprint = Blueprint("desk", __name__, url_prefix="/schemes")


@blueprint.post("/drafts")
@allow("keep_schemes")
def start_draft() -> Answer:
    """Begin a draft as a copy of something, or of an empty sheet."""
    draft_id = service.start_draft(forms.NEW.read(request.form), actor=current_actor(), now=clock.now())
    return go_to(".draft", draft_id=draft_id)


@blueprint.get("/drafts/<int:draft_id>")
@allow("keep_schemes")
def draft(draft_id: int) -> Answer:
    """The editor, with the scheme in plain words beside it."""
    shown = queries.draft_page(current_actor(), draft_id, gettext)
    below = [path for _, path in queries.areas_for(current_actor()) if path.startswith(shown.area_path + "/")]
    return page(
        "desk/draft.html",
        draft=shown,
        areas=below,
        **_read_back(shown.text),
        snippets=[(name, gettext(what)) for name, what in SNIPPETS.items()],
    )


@blueprint.post("/drafts/<int:draft_id>")
@allow("keep_schemes")
def save_draft(draft_id: int) -> Answer:
    """Keep the text. Somebody else's change in between is shown beside one's own, and nothing is lost."""
    conflict = service.save_draft(forms.read_save(request.form, draft_id), actor=current_actor(), now=clock.now())
    if conflict is not None:
        return _show_conflict(draft_id, conflict)
    return go_to(
        ".draft",
        gettext("草稿已保存,新的一段在原文末尾") if request.form.get("do") == "insert" else gettext("草稿已保存"),
        draft_id=draft_id,
    )


@blueprint.post("/drafts/<int:draft_id>/check")
@allow("keep_schemes")
def check_draft(draft_id: int) -> Answer:
    """What is wrong with the text as typed so far, and what it says. Nothing is written."""
    shown = queries.draft_page(current_actor(), draft_id, gettext)
    text = plain_text(request.form.get("text", ""))
    return page("desk/draft.html", block="checked", draft=shown, **_read_back(text))


def _read_back(text: str) -> dict[str, Any]:
    checked = check(text, gettext)
    return {"text": text, "checked": checked, "told": explain(checked.document, gettext)}


def _show_conflict(draft_id: int, conflict: DraftConflict) -> Answer:
    shown = queries.draft_page(current_actor(), draft_id, gettext)
    return page(
        "desk/conflict.html",
        draft=shown,
        conflict=conflict,
        status=409,
        lines=text_lines(conflict.their_text, conflict.text, gettext),
    )


@blueprint.post("/drafts/<int:draft_id>/discard")
@allow("keep_schemes")
def discard_draft(draft_id: int) -> Answer:
    """Throw a draft away."""
    service.discard_draft(draft_id, revision=forms.read_revision(request.form), actor=current_actor(), now=clock.now())
    return go_to("schemes.schemes_page", gettext("草稿已删除"))


@blueprint.get("/drafts/<int:draft_id>/numbers")
@allow("keep_schemes")
def numbers(draft_id: int) -> Answer:
    """Every number of a draft as a field."""
    shown = queries.draft_page(current_actor(), draft_id, gettext)
    return page("desk/numbers.html", draft=shown, numbers=numbers_of(shown.text, gettext), prefix=forms.NUMBER)


@blueprint.post("/drafts/<int:draft_id>/numbers")
@allow("keep_schemes")
def save_numbers(draft_id: int) -> Answer:
    """Change the numbers that were typed anew; the rest of the text stays as it is."""
    conflict = service.save_numbers(
        draft_id,
        forms.read_revision(request.form),
        forms.read_numbers(request.form),
        actor=current_actor(),
        now=clock.now(),
    )
    if conflict is not None:
        return _show_conflict(draft_id, conflict)
    return go_to(".draft", gettext("草稿已保存"), draft_id=draft_id)


@blueprint.get("/drafts/<int:draft_id>/try")
@allow("keep_schemes")
def try_page(draft_id: int, errors: Errors = NO_ERRORS, tried: Sequence[trial.TriedMeal] = ()) -> Answer:
    """People and meals to try a draft on."""
    actor, today = current_actor(), clock.today()
    sought = request.args.get("q", "")[:40]
    found = trial.find_elders(actor, sought, day=today)
    if sought:
        looks.note_search((one.id for one in found), place="schemes", actor=actor, now=clock.now())
    draft, elder_id = queries.draft_page(actor, draft_id, gettext), request.values.get("elder_id", "")
    elder = trial.elder_to_try(actor, row_id(elder_id), day=today) if elder_id else None
    if elder is not None:
        looks.note_opened(elder.id, place="schemes", actor=actor, now=clock.now())
    return page(
        "desk/try.html",
        block="tried",
        draft=draft,
        typed=request.form,
        rows=forms.meal_rows(request.form, today=today),
        errors=errors,
        tried=tried,
        sums=_sums(tried),
        sought=request.args.get("q", ""),
        elder=elder,
        found=found,
        slots=choices("slot"),
        ways=choices("way"),
        words={name: choices(name, fact.words) for name, fact in PERSON_FACTS.items() if fact.kind == "word"},
        statuses=choices("status"),
        schemes=queries.schemes_to_waive(draft.checked),
        every_meal=forms.has_every_meal(request.form),
    )


@blueprint.post("/drafts/<int:draft_id>/try")
@allow("keep_schemes")
@again(try_page)
def try_draft(draft_id: int) -> Answer:
    """Who would pay what, and why. A page and no redirect: nothing is written, and facts stay out of addresses."""
    return try_page(draft_id, tried=trial.try_draft(current_actor(), draft_id, forms.read_try(request.form)))


def _sums(tried: Sequence[trial.TriedMeal]) -> dict[str, int]:
    """All meals together."""
    return {"meals": sum(one.count for one in tried)} | {
        name: sum(getattr(one.decision, name) * one.count for one in tried)
        for name in ("price_fen", "public_fen", "own_fen")
    }


@blueprint.get("/compare")
@allow("see_schemes")
def compare_page() -> Answer:
    """Two schemes side by side: what differs in meaning and in letters. Made to be printed."""
    actor, old, new = current_actor(), request.args.get("old", "")[:80], request.args.get("new", "")[:80]
    shown: dict[str, Any] = {}
    if old and new:
        (old_name, old_text), (new_name, new_text) = queries.source_text(actor, old), queries.source_text(actor, new)
        shown = {
            "old_name": old_name,
            "new_name": new_name,
            "lines": text_lines(old_text, new_text, gettext),
            "differences": differences(old_text, new_text, gettext),
        }
    return page("desk/compare.html", sources=queries.sources_for(actor), old=old, new=new, today=clock.today(), **shown)


@blueprint.get("/builtin/<name>")
@allow("see_schemes")
def builtin_page(name: str) -> Answer:
    """A scheme that comes with the program, in plain words."""
    _, text = queries.source_text(current_actor(), f"builtin:{name}")
    checked = check(text, gettext)
    return page(
        "desk/builtin.html",
        source=f"builtin:{name}",
        text=text,
        checked=checked,
        told=explain(checked.document, gettext),
        areas=queries.areas_for(current_actor()),
    )
