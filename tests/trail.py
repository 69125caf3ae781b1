"""What tests ask of the trail."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Connection, TextClause, select, text
from sqlalchemy.orm import Session

from canteen.audit import chains
from canteen.audit.chain_key import secret_of
from canteen.audit.kinds import every_kind
from canteen.audit.models import Audit
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


def full_tables(connection: Connection) -> set[str]:
    """The tables with a row."""
    return set(connection.scalars(_full(*Base.metadata.tables)))


@cache
def _full(*tables: str) -> TextClause:
    return text(" union all ".join(f"select '{one}' where exists (select 1 from {one})" for one in tables))


def unwritten(session: Session, *, table: str = "") -> list[str]:
    """Every subject whose rows are not what the trail says was written; of one table: subjects that have rows in it."""
    secret = secret_of(session)
    # Reading every kind takes 150 ms on PostgreSQL, which of them have rows or a word in the trail 4.
    there = full_tables(session.connection())
    told = {subject.partition(":")[0] for subject in session.scalars(select(Audit.subject).distinct())}
    kinds = (kind for name, kind in every_kind().items() if name in told or not there.isdisjoint(kind.tables))
    every = (content_problems(session, secret, kind) for kind in kinds if not table or table in kind.tables)
    return [sentence for problems in every for _, sentence in problems] + [one for _, one in stray_problems(session)]
