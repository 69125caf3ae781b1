"""Screens of printers and papers."""

from __future__ import annotations

import secrets

from flask import Blueprint, current_app, flash, redirect, request, url_for
from flask.blueprints import BlueprintSetupState
from flask_babel import gettext
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from canteen.base import clock
from canteen.base.access import may
from canteen.base.i18n import choices
from canteen.base.web import allow, current_actor, page
from canteen.places.choice import current_site
from canteen.printing import forms, queries, service
from canteen.printing.drawing.device import DOTS, ENCODINGS, ROMS
from canteen.printing.drawing.glyphs import drawer
from canteen.printing.papers.kinds import KINDS
from canteen.printing.requests import NewPrinter
from canteen.printing.sending.address import EXAMPLES, Limits

blueprint = Blueprint("printing", __name__, url_prefix="/printing")

Answer = tuple[str, int, dict[str, str]]
#: A printer as most shops sell it: what the form starts with.
USUAL = forms.printer_values(NewPrinter(site_id=0, name="", address=""))


@blueprint.record_once
def _check_settings(setup: BlueprintSetupState) -> None:
    """Wrong networks or ports are found when the program starts (``SettingError``), not at the first ticket."""
    Limits.of(setup.app.config["CANTEEN"])


def _choices() -> dict[str, list[tuple[str, str]]]:
    """What the lists of the form offer."""
    return {
        "width_mm": [(str(width), f"{width} mm") for width in DOTS],
        "encoding": [(name, name.upper()) for name in ENCODINGS],
        "rom": [(name, name.upper()) for name in ROMS],
        "fence": choices("fence"),
        "mode": choices("print_mode"),
    }


def _kinds_seen() -> frozenset[str]:
    """The kinds of paper this person may look at."""
    return frozenset(kind for kind, facts in KINDS.items() if may(current_actor(), facts.needs))


def _limits() -> Limits:
    return Limits.of(current_app.config["CANTEEN"])


@blueprint.get("/")
@allow("see_tickets")
def printers() -> Answer:
    """The printers of the site, what waits, and the latest papers."""
    return _show_printers(USUAL, {})


def _show_printers(values: MultiDict[str, str], errors: dict[str, str]) -> Answer:
    site = current_site()
    return page(
        "printing/printers.html",
        block="live",
        site=site,
        printers=queries.printers_of(site.id, now=clock.now()),
        open_jobs=queries.open_jobs_of_site(site.id),
        may_keep=may(current_actor(), "keep_printers"),
        may_settle=may(current_actor(), "reprint"),
        key=secrets.token_hex(8),
        values=values,
        errors=errors,
        sees=_kinds_seen(),
        choices=_choices(),
        examples=EXAMPLES,
        status=422 if errors else 200,
    )


@blueprint.post("/printers")
@allow("keep_printers")
def create_printer() -> Response | Answer:
    """Put a printer into use."""
    new, errors = forms.read_printer(request.form, site_id=current_site().id, limits=_limits())
    if new is None:
        return _show_printers(request.form, errors)
    service.printers.add_printer(new, limits=_limits(), actor=current_actor(), now=clock.now())
    flash(gettext("已保存,请打一张测试页"))
    return redirect(url_for("printing.printers"), 303)


@blueprint.get("/printers/<int:printer_id>")
@allow("keep_printers")
def printer_page(printer_id: int) -> Answer:
    """The settings of one printer."""
    printer = queries.printer_for(current_actor(), printer_id)
    return _show_printer(printer_id, forms.printer_values(printer), {})


@blueprint.post("/printers/<int:printer_id>")
@allow("keep_printers")
def change_printer(printer_id: int) -> Response | Answer:
    """Save other settings."""
    printer = queries.printer_for(current_actor(), printer_id)
    new, errors = forms.read_printer(request.form, site_id=printer.site_id, limits=_limits())
    if new is None:
        return _show_printer(printer_id, request.form, errors)
    service.printers.change_printer(printer_id, new, limits=_limits(), actor=current_actor(), now=clock.now())
    flash(gettext("已保存,请打一张测试页"))
    return redirect(url_for("printing.printers"), 303)


def _show_printer(printer_id: int, values: MultiDict[str, str], errors: dict[str, str]) -> Answer:
    printer = queries.printer_for(current_actor(), printer_id)
    return page(
        "printing/printer.html",
        printer=printer,
        values=values,
        errors=errors,
        choices=_choices(),
        examples=EXAMPLES,
        status=422 if errors else 200,
    )


@blueprint.post("/printers/<int:printer_id>/activate")
@allow("keep_printers")
def reactivate_printer(printer_id: int) -> Response:
    """Put a printer into use again."""
    service.printers.reactivate_printer(printer_id, actor=current_actor(), now=clock.now())
    flash(gettext("已重新启用,请打一张测试页"))
    return redirect(url_for("printing.printers"), 303)


@blueprint.post("/printers/<int:printer_id>/test-page")
@allow("keep_printers")
def print_test_page(printer_id: int) -> Response:
    """Queue a test page."""
    key = f"{printer_id}-{forms.read_key(request.form)}"
    job_id = service.printers.print_test_page(printer_id, key=key, actor=current_actor(), now=clock.now())
    return redirect(url_for("printing.paper_page", job_id=job_id), 303)


@blueprint.post("/printers/<int:printer_id>/default")
@allow("keep_printers")
def make_default(printer_id: int) -> Response:
    """Let this printer take the site's papers."""
    service.printers.make_default(printer_id, actor=current_actor(), now=clock.now())
    return redirect(url_for("printing.printers"), 303)


@blueprint.post("/printers/<int:printer_id>/deactivate")
@allow("keep_printers")
def deactivate_printer(printer_id: int) -> Response:
    """Take a printer out of use."""
    service.printers.deactivate_printer(printer_id, actor=current_actor(), now=clock.now())
    flash(gettext("已停用"))
    return redirect(url_for("printing.printers"), 303)


@blueprint.get("/jobs")
@allow("see_tickets")
def papers() -> Answer:
    """All papers of the site, the newest first."""
    before_id = request.args.get("before", type=int)
    jobs = queries.jobs_of_site(current_site().id, before_id=before_id)
    older = jobs[-1].id if len(jobs) == queries.PAGE else None
    return page("printing/papers.html", jobs=jobs, older=older, sees=_kinds_seen())


@blueprint.get("/jobs/<int:job_id>/paper")
@allow("see_tickets")
def paper_page(job_id: int) -> Answer:
    """One paper as it is printed, and what can be done about it."""
    return _show_paper(job_id, MultiDict(), {})


def _show_paper(job_id: int, values: MultiDict[str, str], errors: dict[str, str]) -> Answer:
    draw = drawer(current_app.config["CANTEEN"].font_path)
    job = queries.job_for_preview(current_actor(), job_id, draw=draw)
    others = queries.other_printers(job.site_id, but=job.line.printer_id)
    return page(
        "printing/paper.html",
        block="job",
        job=job,
        others=[(one.id, one.name) for one in others],
        values=values,
        errors=errors,
        reasons=[(reason, gettext(reason)) for reason in forms.REASONS],
        status=422 if errors else 200,
    )


@blueprint.post("/jobs/<int:job_id>/copies")
@allow("reprint")
def reprint_ticket(job_id: int) -> Response | Answer:
    """Queue a marked copy."""
    reason, errors = forms.read_reason(request.form)
    if errors:
        return _show_paper(job_id, request.form, errors)
    copy = forms.read_copy(request.form)
    made = service.papers.reprint_ticket(job_id, copy=copy, reason=reason, actor=current_actor(), now=clock.now())
    return redirect(url_for("printing.paper_page", job_id=made), 303)


@blueprint.post("/jobs/<int:job_id>/outcome")
@allow("reprint")
def settle_uncertain(job_id: int) -> Response:
    """Answer whether an uncertain paper is there."""
    printed = forms.read_answer(request.form, "printed")
    service.papers.settle_uncertain(job_id, printed=printed, actor=current_actor(), now=clock.now())
    return redirect(url_for("printing.paper_page", job_id=job_id), 303)


@blueprint.post("/jobs/<int:job_id>/cancel")
@allow("reprint")
def cancel_job(job_id: int) -> Response:
    """Take a waiting paper out of the queue."""
    service.papers.cancel_job(job_id, actor=current_actor(), now=clock.now())
    return redirect(url_for("printing.paper_page", job_id=job_id), 303)


@blueprint.post("/jobs/<int:job_id>/wanted")
@allow("reprint")
def want_job(job_id: int) -> Response:
    """Print a paper that waited too long all the same."""
    service.papers.want_job(job_id, actor=current_actor(), now=clock.now())
    return redirect(url_for("printing.paper_page", job_id=job_id), 303)


@blueprint.post("/held")
@allow("reprint")
def answer_held() -> Response:
    """Print all papers of the site that waited too long, or none of them."""
    is_wanted = forms.read_answer(request.form, "wanted")
    service.papers.answer_held(current_site().id, is_wanted=is_wanted, actor=current_actor(), now=clock.now())
    return redirect(url_for("printing.printers"), 303)


@blueprint.post("/jobs/<int:job_id>/printer")
@allow("reprint")
def move_job(job_id: int) -> Response:
    """Send a waiting paper to another printer."""
    printer_id = forms.read_printer_id(request.form)
    service.papers.move_job(job_id, printer_id=printer_id, actor=current_actor(), now=clock.now())
    return redirect(url_for("printing.paper_page", job_id=job_id), 303)


@blueprint.post("/waiting")
@allow("reprint")
def move_waiting() -> Response:
    """Send all that waits for one printer to another."""
    from_id, printer_id = forms.read_printer_id(request.form, "from"), forms.read_printer_id(request.form)
    moved = service.papers.move_waiting(from_id, printer_id=printer_id, actor=current_actor(), now=clock.now())
    flash(gettext("已改到另一台打印机:%(n)s 张", n=moved))
    return redirect(url_for("printing.printers"), 303)
