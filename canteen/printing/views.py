"""Screens of printers and papers."""

from flask import Blueprint, current_app, request
from flask.blueprints import BlueprintSetupState
from flask_babel import gettext

from canteen.base import clock
from canteen.base.access import may
from canteen.base.fields import one_time_key, or_none, row_id
from canteen.base.i18n import choices
from canteen.base.web import NO_ERRORS, Answer, Errors, again, allow, current_actor, go_to, new_key, page
from canteen.places.choice import current_site
from canteen.printing import forms, queries, service
from canteen.printing.drawing.device import DOTS, ENCODINGS, ROMS
from canteen.printing.drawing.glyphs import drawer
from canteen.printing.papers.kinds import KINDS
from canteen.printing.requests import NewPrinter
from canteen.printing.sending.address import EXAMPLES, Limits

blueprint = Blueprint("printing", __name__, url_prefix="/printing")

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
def printers(errors: Errors = NO_ERRORS) -> Answer:
    """The printers of the site, what waits, and the latest papers."""
    site = current_site()
    return page(
        "printing/printers.html",
        block="live",
        site=site,
        printers=queries.printers_of(site.id, now=clock.now()),
        open_jobs=queries.open_jobs_of_site(site.id),
        may_keep=may(current_actor(), "keep_printers"),
        may_settle=may(current_actor(), "reprint"),
        key=new_key(),
        typed=request.form if errors else USUAL,
        errors=errors,
        sees=_kinds_seen(),
        choices=_choices(),
        examples=EXAMPLES,
    )


@blueprint.post("/printers")
@allow("keep_printers")
@again(printers)
def create_printer() -> Answer:
    """Put a printer into use."""
    new = forms.read_printer(request.form, site_id=current_site().id, limits=_limits())
    service.printers.add_printer(new, limits=_limits(), actor=current_actor(), now=clock.now())
    return go_to(".printers", gettext("已保存,请打一张测试页"))


@blueprint.get("/printers/<int:printer_id>")
@allow("keep_printers")
def printer_page(printer_id: int, errors: Errors = NO_ERRORS) -> Answer:
    """The settings of one printer."""
    printer = queries.printer_for(current_actor(), printer_id)
    return page(
        "printing/printer.html",
        printer=printer,
        typed=request.form if errors else forms.printer_values(printer),
        errors=errors,
        choices=_choices(),
        examples=EXAMPLES,
    )


@blueprint.post("/printers/<int:printer_id>")
@allow("keep_printers")
@again(printer_page)
def change_printer(printer_id: int) -> Answer:
    """Save other settings."""
    printer = queries.printer_for(current_actor(), printer_id)
    new = forms.read_printer(request.form, site_id=printer.site_id, limits=_limits())
    service.printers.change_printer(printer_id, new, limits=_limits(), actor=current_actor(), now=clock.now())
    return go_to(".printers", gettext("已保存,请打一张测试页"))


@blueprint.post("/printers/<int:printer_id>/activate")
@allow("keep_printers")
def reactivate_printer(printer_id: int) -> Answer:
    """Put a printer into use again."""
    service.printers.reactivate_printer(printer_id, actor=current_actor(), now=clock.now())
    return go_to(".printers", gettext("已重新启用,请打一张测试页"))


@blueprint.post("/printers/<int:printer_id>/test-page")
@allow("keep_printers")
def print_test_page(printer_id: int) -> Answer:
    """Queue a test page."""
    key = f"{printer_id}-{one_time_key(request.form.get('key', ''))}"
    job_id = service.printers.print_test_page(printer_id, key=key, actor=current_actor(), now=clock.now())
    return go_to(".paper_page", job_id=job_id)


@blueprint.post("/printers/<int:printer_id>/default")
@allow("keep_printers")
def make_default(printer_id: int) -> Answer:
    """Let this printer take the site's papers."""
    service.printers.make_default(printer_id, actor=current_actor(), now=clock.now())
    return go_to(".printers")


@blueprint.post("/printers/<int:printer_id>/deactivate")
@allow("keep_printers")
def deactivate_printer(printer_id: int) -> Answer:
    """Take a printer out of use."""
    service.printers.deactivate_printer(printer_id, actor=current_actor(), now=clock.now())
    return go_to(".printers", gettext("已停用"))


@blueprint.get("/jobs")
@allow("see_tickets")
def papers() -> Answer:
    """All papers of the site, the newest first."""
    before_id = or_none(row_id)(request.args.get("before", ""))
    jobs = queries.jobs_of_site(current_site().id, before_id=before_id)
    older = jobs[-1].id if len(jobs) == queries.PAGE else None
    return page("printing/papers.html", jobs=jobs, older=older, sees=_kinds_seen())


@blueprint.get("/jobs/<int:job_id>/paper")
@allow("see_tickets")
def paper_page(job_id: int, errors: Errors = NO_ERRORS) -> Answer:
    """One paper as it is printed, and what can be done about it."""
    draw = drawer(current_app.config["CANTEEN"].font_path)
    job = queries.job_for_preview(current_actor(), job_id, draw=draw)
    others = queries.other_printers(job.site_id, but=job.line.printer_id)
    return page(
        "printing/paper.html",
        block="job",
        job=job,
        others=[(one.id, one.name) for one in others],
        typed=request.form,
        errors=errors,
        reasons=[(reason, gettext(reason)) for reason in forms.REASONS],
    )


@blueprint.post("/jobs/<int:job_id>/copies")
@allow("reprint")
@again(paper_page)
def reprint_ticket(job_id: int) -> Answer:
    """Queue a marked copy."""
    reason = forms.read_reason(request.form)
    copy = forms.copy_number(request.form.get("copy", ""))
    made = service.papers.reprint_ticket(job_id, copy=copy, reason=reason, actor=current_actor(), now=clock.now())
    return go_to(".paper_page", job_id=made)


@blueprint.post("/jobs/<int:job_id>/outcome")
@allow("reprint")
def settle_uncertain(job_id: int) -> Answer:
    """Answer whether an uncertain paper is there."""
    printed = forms.yes(request.form.get("printed", ""))
    service.papers.settle_uncertain(job_id, printed=printed, actor=current_actor(), now=clock.now())
    return go_to(".paper_page", job_id=job_id)


@blueprint.post("/jobs/<int:job_id>/cancel")
@allow("reprint")
def cancel_job(job_id: int) -> Answer:
    """Take a waiting paper out of the queue."""
    service.papers.cancel_job(job_id, actor=current_actor(), now=clock.now())
    return go_to(".paper_page", job_id=job_id)


@blueprint.post("/jobs/<int:job_id>/wanted")
@allow("reprint")
def want_job(job_id: int) -> Answer:
    """Print a paper that waited too long all the same."""
    service.papers.want_job(job_id, actor=current_actor(), now=clock.now())
    return go_to(".paper_page", job_id=job_id)


@blueprint.post("/held")
@allow("reprint")
def answer_held() -> Answer:
    """Print all papers of the site that waited too long, or none of them."""
    is_wanted = forms.yes(request.form.get("wanted", ""))
    service.papers.answer_held(current_site().id, is_wanted=is_wanted, actor=current_actor(), now=clock.now())
    return go_to(".printers")


@blueprint.post("/jobs/<int:job_id>/printer")
@allow("reprint")
def move_job(job_id: int) -> Answer:
    """Send a waiting paper to another printer."""
    printer_id = row_id(request.form.get("printer", ""))
    service.papers.move_job(job_id, printer_id=printer_id, actor=current_actor(), now=clock.now())
    return go_to(".paper_page", job_id=job_id)


@blueprint.post("/waiting")
@allow("reprint")
def move_waiting() -> Answer:
    """Send all that waits for one printer to another."""
    from_id, printer_id = (row_id(request.form.get(name, "")) for name in ("from", "printer"))
    moved = service.papers.move_waiting(from_id, printer_id=printer_id, actor=current_actor(), now=clock.now())
    return go_to(".printers", gettext("已改到另一台打印机:%(n)s 张", n=moved))
