"""Screens between a draft and a scheme in force: whom it would affect, switching on, ending."""

from typing import Any

from flask import Blueprint, current_app, request
from flask_babel import gettext

from canteen.base import clock
from canteen.base.web import Answer, allow, current_actor, file_of, go_to, page, sentences, sheet_file
from canteen.desk import forms, queries, service
from canteen.desk.preview.sheets import preview_sheet

blueprint = Blueprint("switch", __name__, url_prefix="/schemes")

#: What the list of a preview may show.
KINDS = ("lose", "gain")


@blueprint.get("/drafts/<int:draft_id>/preview")
@allow("keep_schemes")
def preview(draft_id: int) -> Answer:
    """Whom the draft would affect; names masked."""
    return _show_preview(draft_id, whole_names=False)


@blueprint.post("/drafts/<int:draft_id>/preview")
@allow("keep_schemes")
def start_preview(draft_id: int) -> Answer:
    """Work it out."""
    service.start_preview(
        draft_id,
        forms.PREVIEW.read(request.form),
        actor=current_actor(),
        now=clock.now,
        settings=current_app.config["CANTEEN"],
    )
    return go_to(".preview", draft_id=draft_id)


@blueprint.post("/drafts/<int:draft_id>/preview/cancel")
@allow("keep_schemes")
def cancel_preview(draft_id: int) -> Answer:
    """Stop working it out."""
    service.cancel_preview(draft_id, actor=current_actor())
    return go_to(".preview", draft_id=draft_id)


@blueprint.post("/drafts/<int:draft_id>/preview/names")
@allow("keep_schemes")
def preview_names(draft_id: int) -> Answer:
    """The same with whole names. A page and no redirect: who looks again says again why."""
    service.unmask_preview(
        draft_id, forms.reason(request.form.get("reason", "")), actor=current_actor(), now=clock.now()
    )
    return _show_preview(draft_id, whole_names=True)


@blueprint.get("/drafts/<int:draft_id>/preview.<kind>")
@allow("keep_schemes")
def export_preview(draft_id: int, kind: str) -> Answer:
    """Everybody for whom something changes as a file, names masked."""
    file_of(kind)
    actor, now = current_actor(), clock.now()
    draft, found = queries.draft_page(actor, draft_id, gettext), queries.preview_page(actor, draft_id, now=now)
    lines = queries.all_lines(found.totals) if found is not None and found.totals is not None else []
    sheet = preview_sheet(found, lines, name=draft.checked.name)
    service.export_preview(draft_id, actor=actor, now=now)
    return sheet_file(sheet, kind, f"preview-{draft_id}")


def _show_preview(draft_id: int, *, whole_names: bool) -> Answer:
    actor = current_actor()
    draft = queries.draft_page(actor, draft_id, gettext)
    found = queries.preview_page(actor, draft_id, now=clock.now())
    first, _, _ = forms.read_period({}, today=clock.today())
    kind, number = request.values.get("kind", ""), forms.read_page(request.values)
    shown: dict[str, Any] = {"lines": [], "count": 0}
    if found is not None and found.totals is not None:
        counts = {each: len(queries.changed_of(found.totals, each)) for each in KINDS}
        if kind not in KINDS:
            kind = "lose" if counts["lose"] else "gain"
        shown = {
            "counts": counts,
            "count": counts[kind],
            "totals": found.totals,
            "lines": queries.change_lines(found.totals, kind=kind, page=number, whole_names=whole_names),
        }
    return page(
        "desk/preview.html",
        block="outcome",
        draft=draft,
        found=found,
        first=found.from_day if found else first,
        kind=kind,
        number=number,
        per_page=queries.PAGE,
        whole_names=whole_names,
        **shown,
    )


@blueprint.get("/drafts/<int:draft_id>/switch-on")
@allow("keep_schemes")
def switch_on_page(draft_id: int) -> Answer:
    """What switching on from a day would do, and the button."""
    actor, today = current_actor(), clock.today()
    draft = queries.draft_page(actor, draft_id, gettext)
    first, last, errors = forms.read_period(request.args, today=today)
    plan = None
    if draft.checked.state == "ready" and draft.version_id is None and not errors:
        plan = queries.plan_for(actor, draft_id, first=first, last=last, today=today)
    return page(
        "desk/switch_on.html",
        draft=draft,
        plan=plan,
        first=first,
        last=last,
        errors=sentences(errors),
        today=today,
        found=queries.preview_page(actor, draft_id, now=clock.now()),
        actor=actor,
    )


@blueprint.post("/drafts/<int:draft_id>/switch-on")
@allow("keep_schemes")
def switch_on(draft_id: int) -> Answer:
    """Put the draft in force."""
    wanted = forms.SWITCH_ON.read(request.form, draft_id=draft_id)
    version_id = service.switch_on_draft(wanted, actor=current_actor(), now=clock.now())
    return go_to("schemes.scheme_page", gettext("已启用"), version_id=version_id)


@blueprint.post("/<int:version_id>/end")
@allow("keep_schemes")
def end_version(version_id: int) -> Answer:
    """Give a version its last day, or leave it open."""
    service.end_version(forms.END.read(request.form, version_id=version_id), actor=current_actor(), now=clock.now())
    return go_to("schemes.scheme_page", gettext("已保存"), version_id=version_id)


@blueprint.post("/<int:version_id>/withdraw")
@allow("keep_schemes")
def withdraw_version(version_id: int) -> Answer:
    """Take back a version that has not begun."""
    service.withdraw_version(version_id, actor=current_actor(), now=clock.now())
    return go_to("schemes.schemes_page", gettext("已撤回,草稿可以继续修改"))
