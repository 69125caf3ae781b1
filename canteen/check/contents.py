"""What must hold of every subject: its rows are those the trail holds the hash of. Problems as ``(code, sentence)``."""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from canteen.audit.chain_key import Secret
from canteen.audit.hashing import SIZE, Rows, content_hash, differing_tables, rows_hasher
from canteen.audit.kinds import FIRST, LAST, Kind, pages, read
from canteen.audit.newest import newest
from canteen.base.db import Base
from canteen.base.db.keeping import parent_of
from canteen.check.rules import Problem

#: Its number, its stored rows, and what the trail kept of it last.
Subject = tuple[int, Rows, bytes | None]


def content_problems(session: Session, secret: Secret, kind: Kind) -> Iterator[Problem]:
    """Subjects of one kind whose rows were changed, removed or added by anything but the program."""
    for page in subjects(session, kind):
        yield from changed(secret, kind, page)


def changed(secret: Secret, kind: Kind, page: Iterable[Subject]) -> Iterator[Problem]:
    """The same of some subjects: their rows are those the trail holds the hash of."""
    rows_hash = rows_hasher(secret.key, kind.name, kind.tables)
    for number, rows, kept in page:
        if kept is None or kept[:SIZE] != rows_hash(number, rows):
            yield _problem(secret, kind, number, rows, kept)


def _problem(secret: Secret, kind: Kind, number: int, rows: Rows, kept: bytes | None) -> Problem:
    name, there = f"{kind.name} {number}", ", ".join(rows)
    if kept is None:
        return "unwritten", f"{name}: rows in {there} that the trail does not know: added without the program"
    found = content_hash(secret.key, kind.name, number, kind.tables, rows)
    tables = ", ".join(differing_tables(kind.tables, kept, found)) or there
    if rows:
        return "changed", f"{name}: {tables} is not as the trail says it was written"
    return "removed", f"{name}: its rows in {tables} were removed without the program"


def subjects(session: Session, kind: Kind, least: int = FIRST, most: int = LAST) -> Iterator[list[Subject]]:
    """Every subject of a kind from one number to another, by pages."""
    kept = newest(session, kind.name, least, most)
    following = next(kept, None)
    for first, last in pages(session, kind, least, most):
        rows: dict[int, Any] = read(session, kind, first, last)
        contents = {}
        while following is not None and following[0] <= last:
            contents[following[0]] = following[1]
            following = next(kept, None)
        yield [(number, rows.get(number, {}), contents.get(number)) for number in sorted(rows.keys() | contents.keys())]


def stray_problems(session: Session) -> Iterator[Problem]:
    """Rows that share the subject of another row, which is not there."""
    for table in Base.metadata.sorted_tables:
        parent = parent_of(table) if "kept" in table.info else None
        if parent is None:
            continue
        whose, column = parent
        lost = select(table.c[column]).outerjoin(whose, whose.c.id == table.c[column]).where(whose.c.id.is_(None))
        for number in session.scalars(lost.limit(100)):
            yield "unwritten", f"{table.name}: a row of {whose.name} {number}, which is not there"
