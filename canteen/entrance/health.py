"""``/healthz``: whether this canteen can work now, for a monitor or a person with a browser. Says nothing private."""

from datetime import datetime

from flask import Blueprint, Response, jsonify
from sqlalchemy import func, select

from canteen.base import clock
from canteen.base.db import reading
from canteen.base.web import public
from canteen.printing.models import Printer
from canteen.printing.sending.claiming import LEASE

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@public
def healthz() -> Response:
    """200 when the database answers (503 otherwise, by the handler every page has), and how the print worker is.

    ``print_worker`` is ``running``, ``not_seen`` (its printers are not held by anybody: papers wait) or
    ``no_printer``; a worker that is not seen never stops the counter, so it does not change the status.
    """
    with reading() as session:
        found = select(func.count(), func.max(Printer.lease_until)).where(Printer.is_active, ~Printer.is_remote)
        printers, held_until = session.execute(found).one()
    return jsonify(ok=True, print_worker=_worker_word(printers, held_until), print_worker_seen_at=_seen_at(held_until))


def _worker_word(printers: int, held_until: datetime | None) -> str:
    if not printers:
        return "no_printer"
    return "running" if held_until is not None and held_until > clock.now() else "not_seen"


def _seen_at(held_until: datetime | None) -> str | None:
    """A worker asks for its printers again and again: the last time is the end of its lease, less the length."""
    return (held_until - LEASE).isoformat(timespec="seconds") if held_until else None
