"""The door of print agents at remote sites: JSON over HTTPS with a bearer token of the site. ``docs/printing-sites.md``
says how an agent works; nothing is decided here."""

from typing import Any

from flask import Blueprint, Response, current_app, jsonify

from canteen.base import clock
from canteen.base.incoming import json_body
from canteen.base.web import allow, current_actor
from canteen.printing import queries
from canteen.printing.drawing.glyphs import drawer
from canteen.printing.sending import agent_forms as forms
from canteen.printing.service import remote

blueprint = Blueprint("print_api", __name__, url_prefix="/api/v1/print")


@blueprint.get("/printers")
@allow("print_jobs")
def printers() -> Response:
    """The printers an agent of this site serves, and which of them have something to print."""
    found = queries.printers_for_agent(current_actor(), now=clock.now())
    return jsonify(printers=[one._asdict() for one in found])


@blueprint.post("/printers/<int:printer_id>/turn")
@allow("print_jobs")
def turn(printer_id: int) -> Response:
    """Hold a printer for half a minute, and get what it may print now."""
    agent = forms.read_agent(_body())
    draw = drawer(current_app.config["CANTEEN"].font_path)
    found = remote.hold_printer(current_actor(), printer_id, agent=agent, now=clock.now(), draw=draw)
    jobs = [forms.ready_as_json(job) for job in found.jobs]
    return jsonify(address=found.address, answers=found.answers, pause_s=found.pause_s, jobs=jobs)


@blueprint.post("/printers/<int:printer_id>/leave")
@allow("print_jobs")
def leave(printer_id: int) -> Response:
    """Give a printer back."""
    remote.leave_printer(current_actor(), printer_id, agent=forms.read_agent(_body()))
    return jsonify(left=True)


@blueprint.post("/jobs/<int:job_id>/claim")
@allow("print_jobs")
def claim(job_id: int) -> Response:
    """Take a job before its first byte; the same key is the same taking."""
    body = _body()
    call, longest_s = forms.read_call(body, job_id=job_id), forms.read_longest(body)
    claimed = remote.claim_job(current_actor(), call, longest_s=longest_s, now=clock.now())
    return jsonify(claimed=claimed)


@blueprint.post("/jobs/<int:job_id>/outcome")
@allow("print_jobs")
def outcome(job_id: int) -> Response:
    """Say what became of a job that was taken."""
    body = _body()
    call = forms.read_call(body, job_id=job_id)
    known, note = forms.read_outcome(body)
    state = remote.report_outcome(current_actor(), call, known, note=note, now=clock.now())
    return jsonify(state=state)


@blueprint.post("/jobs/<int:job_id>/postpone")
@allow("print_jobs")
def postpone(job_id: int) -> Response:
    """Say that the printer is not ready; nothing was sent."""
    body = _body()
    call = forms.read_call(body, job_id=job_id, is_claimed=False)
    trouble, attempts = forms.read_trouble(body)
    remote.postpone_job(current_actor(), call, trouble, attempts=attempts, now=clock.now())
    return jsonify(postponed=True)


def _body() -> Any:
    return forms.read_object(json_body())
