"""Screens of the roster import: choose a file, look, write, and get the bad rows back."""

import base64
import io
from collections.abc import Iterable
from typing import Any

from flask import Blueprint, current_app, request, send_file
from flask_babel import gettext

from canteen.base import clock
from canteen.base.errors import BadInput
from canteen.base.fields import row_id
from canteen.base.incoming import takes_file
from canteen.base.vault import the_vault
from canteen.base.web import Answer, allow, current_actor, go_to, page
from canteen.people.importing import service
from canteen.people.importing.results import FACT_WORDS
from canteen.people.importing.roster import RowRemark
from canteen.people.importing.uploads import Upload, Uploads
from canteen.places.queries import site_for, sites_of

blueprint = Blueprint("importing", __name__, url_prefix="/import")

#: Lines of one kind on a page; the rest is in the sheet of bad rows.
MOST_SHOWN = 200
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _uploads() -> Uploads:
    return Uploads(current_app.config["CANTEEN"].data_dir / "uploads" / "rosters", the_vault(), current_actor())


@blueprint.get("/")
@allow("keep_elders")
def choose_file() -> Answer:
    """Choose a roster and the site it is for."""
    sites = [(site.id, site.name) for site in sites_of(current_actor())]
    return page("people/import.html", sites=sites)


@blueprint.post("/")
@allow("keep_elders")
@takes_file
def upload() -> Answer:
    """Read an uploaded roster, keep it sealed, and go on to what it would do."""
    file = request.files.get("file")
    if file is None or not file.filename:
        raise BadInput("没有选择文件", field="file", next_step="请选择 .xlsx 或 .csv 名册再上传")
    site = site_for(current_actor(), row_id(request.form.get("site_id", "")))
    sent = Upload(file.read(), file.filename[-100:], site.id)
    service.preview_roster(sent.data, sent.filename, site_id=site.id, actor=current_actor(), day=clock.today())
    token = _uploads().keep(sent, now=clock.now())
    return go_to(".preview", token=token)


@blueprint.get("/<token>")
@allow("keep_elders")
def preview(token: str) -> Answer:
    """What importing a kept roster would do."""
    uploads = _uploads()
    if uploads.is_done(token) or uploads.is_running(token, now=clock.now()):
        return go_to(".result", token=token)
    sent = uploads.open(token)
    found = service.preview_roster(
        sent.data, sent.filename, site_id=sent.site_id, actor=current_actor(), day=clock.today()
    )
    return page(
        "people/preview.html",
        token=token,
        preview=found,
        bad=_lines(found.problems),
        most=MOST_SHOWN,
        warnings=_lines(found.warnings),
        fact_words={fact: gettext(text) for fact, text in FACT_WORDS.items()},
    )


def _lines(remarks: Iterable[RowRemark]) -> list[tuple[int, list[str]]]:
    """(row, its remarks in the person's language), in the order of the sheet."""
    found: dict[int, list[str]] = {}
    for one in remarks:
        found.setdefault(one.row, []).append(gettext(one.text, **one.fields) if one.fields else gettext(one.text))
    return sorted(found.items())


@blueprint.post("/<token>")
@allow("keep_elders")
def confirm(token: str) -> Answer:
    """Write a kept roster. A second click finds what the first one did."""
    uploads = _uploads()
    now = clock.now()
    if not (uploads.is_done(token) or uploads.is_running(token, now=now)):
        service.import_upload(uploads, token, actor=current_actor(), now=now)
    return go_to(".result", token=token)


@blueprint.get("/<token>/result")
@allow("keep_elders")
def result(token: str) -> Answer:
    """What an import did, or that it is still at work."""
    uploads = _uploads()
    if uploads.is_running(token, now=clock.now()) and not uploads.is_done(token):
        return page("people/result.html", block="outcome", token=token, result=None)
    found = uploads.result(token)
    problems, warnings = (_remarks(found[name]) for name in ("problems", "warnings"))
    return page(
        "people/result.html",
        block="outcome",
        token=token,
        result=found,
        bad=_lines(problems),
        warnings=_lines(warnings),
        most=MOST_SHOWN,
    )


def _remarks(facts: list[list[Any]]) -> list[RowRemark]:
    return [RowRemark(row, text, fields) for row, text, fields in facts]


@blueprint.get("/<token>/bad-rows.xlsx")
@allow("keep_elders")
def bad_rows(token: str) -> Answer:
    """The sheet of only the bad rows."""
    found = _uploads().result(token)
    sheet = io.BytesIO(base64.b64decode(found["bad_rows"]))
    answer = send_file(sheet, mimetype=_XLSX, as_attachment=True, download_name=f"{gettext('待改正')}.xlsx")
    answer.headers["Cache-Control"] = "no-store"  # send_file would let the browser keep it
    return answer
