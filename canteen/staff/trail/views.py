"""The page of the audit trail, and the trail as a signed file."""

from collections.abc import Mapping
from datetime import timedelta

from flask import Blueprint, Response, request, send_file
from flask_babel import gettext

from canteen.audit.kinds import Subject, subjects_in
from canteen.audit.verbs import DOERS, KINDS, OTHERS, VERBS
from canteen.base import clock
from canteen.base.web import NO_ERRORS, Answer, Errors, again, allow, current_actor, page
from canteen.staff.trail import forms, queries, service
from canteen.staff.trail.words import told

blueprint = Blueprint("trail", __name__, url_prefix="/audit")


@blueprint.get("")
@allow("see_audit")
def audit_page(errors: Errors = NO_ERRORS) -> Answer:
    """The audit trail, the newest first."""
    wanted = forms.read_audit_filter(request.args)
    found = queries.audit_page(current_actor(), action=wanted.action, subject=wanted.subject, before=wanted.before)
    today = clock.today()
    return page(
        "staff/audit.html",
        found=found,
        wanted=wanted,
        verbs={verb: gettext(text) for verb, text in VERBS.items()},
        kinds={kind: gettext(text) for kind, text in KINDS.items()},
        about={row.id: _about(row.subject, found.called) for row in found.rows},
        told={row.id: list(told(row.detail)) for row in found.rows},
        doers={kind: gettext(text) for kind, text in DOERS.items()},
        times={row.id: row.at.astimezone(clock.SHANGHAI).strftime("%Y-%m-%d %H:%M:%S") for row in found.rows},
        typed=request.form or {"first": (today - timedelta(days=30)).isoformat(), "last": today.isoformat()},
        errors=errors,
    )


def _about(text: str, called: Mapping[Subject, str]) -> str:
    """What a row is about, in words: 用餐 1121-017; of many of a kind how many, and nothing where nobody has a word."""
    kind, _, rest = text.partition(":")
    if kind in OTHERS:
        return " ".join((gettext(OTHERS[kind]), *([rest] if kind in ("day", "month") else [])))
    subjects = subjects_in(text)
    if not subjects:
        return ""
    name = gettext(KINDS[kind])
    if len(subjects) > 1:
        return f"{name} {gettext('%(n)s 项', n=len(subjects))}"
    return f"{name} {called.get(subjects[0], '')}".strip()


@blueprint.post("/file")
@allow("see_audit")
@again(audit_page)
def export() -> Response:
    """The trail of some days as a signed file."""
    first, last = forms.read_days(request.form)
    file = service.export_trail(current_actor(), first, last, now=clock.now())
    return send_file(file, "application/zip", as_attachment=True, download_name=f"audit-{first}-{last}.zip")
