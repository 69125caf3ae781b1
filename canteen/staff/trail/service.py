"""Taking the trail out of the house."""

import tempfile
from collections.abc import Iterator
from datetime import date, datetime
from typing import IO, Any

from sqlalchemy.orm import Session

from canteen.audit import trail
from canteen.audit.chain_key import secret_of
from canteen.audit.signing import write_signed
from canteen.base.access import Actor
from canteen.base.db import reading, settled
from canteen.staff.queries import names_of
from canteen.staff.trail.queries import rows_of_days


def export_trail(actor: Actor, first: date, last: date, *, now: datetime) -> IO[bytes]:
    """The rows of some days in the actor's reach as a signed file (``audit.signing``); that it was taken out is in the
    trail. Raises ``KeyTrouble``."""
    _write_down(actor, first, last, now)
    file = tempfile.TemporaryFile()  # noqa: SIM115 - whoever sends it closes it
    with reading() as session:
        write_signed(file, secret_of(session).signer(), _lines(session, actor, first, last, now))
    file.seek(0)
    return file


@settled
def _write_down(session: Session, actor: Actor, first: date, last: date, now: datetime) -> None:
    trail.record(session, actor, "export", "audit", now, first=first, last=last)


def _lines(session: Session, actor: Actor, first: date, last: date, now: datetime) -> Iterator[dict[str, Any]]:
    """What the file is, then row by row."""
    days = {"first": first.isoformat(), "last": last.isoformat()}
    yield {"file": "canteen audit trail", "reach": actor.area_path, **days, "by": actor.name, "at": now.isoformat()}
    names: dict[str, str] = {}
    for row in rows_of_days(session, actor, first, last):
        if row.actor not in names:
            names[row.actor] = names_of(session, {row.actor}).get(row.actor, "")
        yield {
            "chain": row.chain,
            "row": row.sequence,
            "at": row.at.isoformat(),
            "actor": row.actor,
            "name": names[row.actor],
            "action": row.action,
            "subject": row.subject,
            "detail": row.detail,
            "content": row.content.hex() if row.content is not None else None,
            "hash": row.hash,
        }
