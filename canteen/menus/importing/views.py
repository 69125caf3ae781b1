"""Screens that take a menu in: choose a file or paste, look at what it would do, write it."""

from collections.abc import Mapping
from datetime import date, timedelta

from flask import flash, request
from flask_babel import gettext

from canteen.base import clock
from canteen.base.fields import Fields
from canteen.base.incoming import takes_file
from canteen.base.sheets.reading import read_pasted, read_sheets
from canteen.base.web import NO_ERRORS, Answer, Errors, again, allow, current_actor, go_to, page
from canteen.menus import queries, service, uploads
from canteen.menus.importing.knowing import known_of
from canteen.menus.importing.reading import MenuFile, read_menu
from canteen.menus.notes import note_text
from canteen.menus.rules import week_of
from canteen.menus.views import blueprint, form_site, tell_prices
from canteen.places.queries import SiteFacts, site_for

#: Lines of one kind on the preview page.
MOST_SHOWN = 200


@blueprint.get("/menus/import")
@allow("keep_menus")
def import_page(errors: Errors = NO_ERRORS) -> Answer:
    """Choose a menu file, or paste one."""
    following = week_of(clock.today())[0] + timedelta(days=7)
    return page(
        "menus/import.html", site=form_site(), errors=errors, typed=request.form or {"week": following.isoformat()}
    )


@blueprint.post("/menus/import")
@allow("keep_menus")
@takes_file
@again(import_page)
def upload_menu() -> Answer:
    """Keep an uploaded or pasted menu and show what it would do."""
    site = form_site()
    upload = request.files.get("file")
    content = upload.read() if upload else b""
    given = {name: request.form[name] for name in ("week", "price") if request.form.get(name)}
    if not content and (pasted := request.form.get("text", "").strip()):
        content, given["pasted"] = pasted.encode("utf-8", "replace"), "1"
    fields = Fields(request.form)
    fields.check(_read, content, site, given)
    fields.stop()
    token = uploads.keep(content, now=clock.now())
    return go_to(".preview_page", token=token, site_id=site.id, **given)


def _read(content: bytes, site: SiteFacts, given: Mapping[str, str]) -> MenuFile:
    """The file with what was said about it. Raises ``BadInput`` where it is no menu."""
    known = known_of(site, week=given.get("week", ""), price=given.get("price", ""), today=clock.today())
    sheets = read_pasted(content.decode("utf-8", "replace")) if given.get("pasted") else read_sheets(content, "")
    return read_menu(sheets, known)


@blueprint.get("/menus/import/<token>/<int:site_id>")
@allow("keep_menus")
def preview_page(token: str, site_id: int) -> Answer:
    """What importing would change, how it was completed, and which rows cannot be taken."""
    site = site_for(current_actor(), site_id)
    file = _read(uploads.kept(token), site, request.args)
    preview = queries.preview_of(file.good, site_id=site.id, today=clock.today())
    return page(
        "menus/preview.html",
        site=site,
        token=token,
        given=request.args.to_dict(),
        file=file,
        plan=preview.plan,
        changes=preview.plan.changes[:MOST_SHOWN],
        bad=file.bad[:MOST_SHOWN],
        notes=[note_text(note, today=clock.today()) for note in preview.notes],
    )


@blueprint.post("/menus/import/<token>/<int:site_id>")
@allow("keep_menus")
def import_menu(token: str, site_id: int) -> Answer:
    """Write the good rows of an uploaded file."""
    site = site_for(current_actor(), site_id)
    file = _read(uploads.kept(token), site, request.args)
    done = service.import_menu(site_id=site.id, file=file, actor=current_actor(), now=clock.now())
    flash(
        gettext(
            "写入 %(written)s 个套餐,未变 %(unchanged)s 个,未导入 %(bad)s 行",
            written=len(done.plan.changes),
            unchanged=done.plan.unchanged,
            bad=len(file.bad),
        )
    )
    tell_prices(done.notes)
    first: date = min((row.day for row in file.good), default=clock.today())
    return go_to(".week_page", day=first.isoformat())
