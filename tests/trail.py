"""What tests ask of the trail."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from canteen.audit import chains
from canteen.audit.chain_key import secret_of
from canteen.audit.kinds import every_kind
from canteen.base.db import Base
from canteen.check.contents import content_problems, stray_problems

#: Codes of ``check`` for rows that are not what the trail says was written.
KNOWN_TO_THE_TRAIL = frozenset(("changed", "removed", "unwritten"))


def change(session: Session, model: type[Base], *where: Any, **values: Any) -> None:
    """Change rows as the program does: the trail hears of it."""
    for row in session.scalars(select(model).where(*where)):
        for name, value in values.items():
            setattr(row, name, value)


def broken_chains(session: Session) -> list[str]:
    """Every place where a chain does not hold."""
    return list(chains.broken_chains(session, secret_of(session)))


def unwritten(session: Session) -> list[str]:
    """Every subject whose rows are not what the trail says was written."""
    secret = secret_of(session)
    every = (content_problems(session, secret, kind) for kind in every_kind().values())
    return [sentence for problems in every for _, sentence in problems] + [one for _, one in stray_problems(session)]
