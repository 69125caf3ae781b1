"""Taking up what stands in the tables as it is found: after an upgrade that keeps something for the first time, or in
another shape. It says of itself on which day; what was wrong by then stays wrong, which is why the books are proved
before an upgrade."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import inspect
from sqlalchemy.orm import Session

from canteen.audit import trail
from canteen.audit.chain_key import keep_shapes, secret_of
from canteen.audit.kinds import Kind, every_kind, pages, read
from canteen.audit.models import ChainKey
from canteen.base.access import COMMAND, Actor
from canteen.base.db.ending import finish


def adopt(session: Session, now: datetime, rewritten: Collection[str] = ()) -> None:
    """Take up every subject of the kinds that are new, have another shape, or were ``rewritten`` by a migration."""
    if not inspect(session.connection()).has_table(ChainKey.__tablename__):
        return
    shapes = secret_of(session).shapes
    for kind in every_kind().values():
        if shapes.get(kind.name) != kind.shape or kind.name in rewritten:
            _take_up(session, kind, now)
    keep_shapes(session, {name: kind.shape for name, kind in every_kind().items()})


def adopt_anew(session: Session, actor: Actor, now: datetime) -> None:
    """Take up everything once more, because all that is sealed was sealed anew."""
    for kind in every_kind().values():
        _take_up(session, kind, now, actor, "rotate_keys")


def _take_up(session: Session, kind: Kind, now: datetime, actor: Actor = COMMAND, action: str = "found") -> None:
    for first, last in pages(session, kind):
        if numbers := sorted(read(session, kind, first, last)):
            trail.made(session, kind.name, *numbers)
            trail.along(session, actor, action, now)
            finish(session)
