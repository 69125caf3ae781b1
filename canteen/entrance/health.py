"""``/healthz``: whether this canteen can work now, for a monitor or a person with a browser. Says nothing private."""

from datetime import datetime

from flask import Blueprint, Response, jsonify
from sqlalchemy import func, select

from canteen.base import clock, keys
from canteen.base.db import reading
from canteen.base.db.probing import storage_trouble
from canteen.base.web import public, say, say_next_step
from canteen.printing.models import Printer
from canteen.printing.sending.claiming import LEASE

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@public
def healthz() -> tuple[Response, int]:
    """200 when something written is kept and the keys are this database's, and how the print worker is; else 503 and why.

    ``storage`` is ``full``, ``read_only``, ``busy`` (another process holds the lock of SQLite) or ``lost``;
    ``keys`` is ``missing``, ``broken`` or ``foreign``.

    ``print_worker`` is ``running``, ``not_seen`` (its printers are not held by anybody: papers wait) or
    ``no_printer``; a worker that is not seen never stops the counter, so it does not change the status.
    """
    if trouble := storage_trouble():
        return jsonify(ok=False, storage=trouble.kind, message=say(trouble), next_step=say_next_step(trouble)), 503
    with reading() as session:
        found = select(func.count(), func.max(Printer.lease_until)).where(Printer.is_active, ~Printer.is_remote)
        printers, held_until = session.execute(found).one()
        wrong = keys.trouble(session.connection())
    worker = {"print_worker": _worker_word(printers, held_until), "print_worker_seen_at": _seen_at(held_until)}
    if wrong:
        return jsonify(ok=False, keys=wrong.kind, message=say(wrong), next_step=say_next_step(wrong), **worker), 503
    return jsonify(ok=True, **worker), 200


def _worker_word(printers: int, held_until: datetime | None) -> str:
    if not printers:
        return "no_printer"
    return "running" if held_until is not None and held_until > clock.now() else "not_seen"


def _seen_at(held_until: datetime | None) -> str | None:
    """A worker asks for its printers again and again: the last time is the end of its lease, less the length."""
    return (held_until - LEASE).isoformat(timespec="seconds") if held_until else None
