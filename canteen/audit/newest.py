"""What the trail holds of a subject, or of every subject of a kind: the content of the newest row about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from heapq import heappop, heappush
from itertools import chain
from typing import Any

from sqlalchemy import bindparam, or_, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.functions import FunctionElement

from canteen.audit.kinds import FIRST, LAST, as_text, beginning_of_many, last_number, subjects_in
from canteen.audit.models import Audit
from canteen.base.db import table_of
from canteen.base.db.prepared import Prepared

_AUDIT = table_of(Audit)
_PAGE = 5000
_ABOUT_ONE = Prepared(
    select(_AUDIT.c.sequence, _AUDIT.c.content)
    .where(_AUDIT.c.subject == bindparam("subject"), _AUDIT.c.content.is_not(None))
    .order_by(_AUDIT.c.sequence.desc())
    .limit(1)
)


def newest_of(session: Session, kind: str, number: int) -> bytes | None:
    """The newest content of one subject; None when the trail holds none."""
    found = [tuple(row) for row in _ABOUT_ONE.all(session, subject=as_text(kind, [number]))]
    many = select(_AUDIT.c.sequence, _AUDIT.c.subject, _AUDIT.c.content).where(
        _AUDIT.c.subject.startswith(beginning_of_many(kind), autoescape=True)
        if not _is_sqlite(session)
        else _AUDIT.c.subject.between(beginning_of_many(kind), beginning_of_many(kind) + "~"),
        _AUDIT.c.content.is_not(None),
    )
    for sequence, subject, content in session.execute(many):
        subjects = subjects_in(subject)
        if (kind, number) in subjects:
            found.append((sequence, _part(content, len(subjects), subjects.index((kind, number)))))
    return max(found)[1] if found else None


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"


def _part(content: bytes, count: int, place: int) -> bytes:
    size = len(content) // count
    return content[place * size : (place + 1) * size]


def newest(session: Session, kind: str, first: int = FIRST, last: int = LAST) -> Iterator[tuple[int, bytes]]:
    """Number and newest content of every subject of a kind that the trail holds, by their numbers, from one to another."""
    number = first_number(_AUDIT.c.subject)
    subject = _AUDIT.c.subject if _is_sqlite(session) else _AUDIT.c.subject.collate("C")
    least, most = texts_between(kind, first, last)
    of_one = (subject == kind) & (number >= first), (subject >= least) & (subject <= most) & (number >= first)
    many = (subject >= beginning_of_many(kind)) & (subject < f"{kind}:1")
    rows = session.execute(
        select(number, _AUDIT.c.sequence, _AUDIT.c.subject, _AUDIT.c.content)
        .where(or_(*of_one, many), number <= last, _AUDIT.c.content.is_not(None))
        .order_by(number, _AUDIT.c.sequence),
        execution_options={"yield_per": _PAGE},
    )
    newest: tuple[int, int, bytes] | None = None
    for entry in _one_by_one(chain.from_iterable(rows.partitions(_PAGE)), first, last):
        if newest is not None and newest[0] != entry[0]:
            yield newest[0], newest[2]
        if newest is None or newest[0] != entry[0] or entry[1] > newest[1]:
            newest = entry
    if newest is not None:
        yield newest[0], newest[2]


def texts_between(kind: str, first: int, last: int) -> tuple[str, str]:
    """Between which texts all of these numbers stand: those of one length sort as their texts do."""
    if first > 0 and len(str(first)) == len(str(last)):
        return f"{kind}:{first}", f"{kind}:{last}"
    return f"{kind}:", f"{kind};"


def _one_by_one(rows: Iterable[Any], least: int, most: int) -> Iterator[tuple[int, int, bytes]]:
    """(number, sequence, content) of each subject of rows that may hold many, by number; rows come by their first."""
    waiting: list[tuple[int, int, bytes]] = []
    for first, sequence, subject, content in rows:
        while waiting and waiting[0][0] < first:
            yield heappop(waiting)
        if "," not in subject and "-" not in subject:
            yield first, sequence, content
        elif last_number(subject) >= least:
            numbers = [number for _, number in subjects_in(subject)]
            for place, number in enumerate(numbers):
                if least <= number <= most:
                    heappush(waiting, (number, sequence, _part(content, len(numbers), place)))
    while waiting:
        yield heappop(waiting)


class first_number(FunctionElement[Any]):
    """The first number a subject names; 0 where it names none."""

    inherit_cache = True


@compiles(first_number)
def _on_sqlite(element: first_number, compiler: Any, **options: Any) -> str:
    text = str(compiler.process(element.clauses, **options))
    return f"cast(substr({text}, instr({text}, ':') + 1) as integer)"


@compiles(first_number, "postgresql")
def _on_postgresql(element: first_number, compiler: Any, **options: Any) -> str:
    text = str(compiler.process(element.clauses, **options))
    return f"coalesce(substring({text} from ':([0-9]+)'), '0')::bigint"
