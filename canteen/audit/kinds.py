"""Kinds of subjects the trail keeps, as the tables say (``base.db.keeping``), and reading their stored rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import bindparam, inspect, select
from sqlalchemy.orm import Session

from canteen.audit.hashing import Rows, content_hash, shape_of
from canteen.base.db import Base
from canteen.base.db.keeping import (
    called_of,
    home_of,
    kept_columns,
    kept_tables,
    numbers_of,
    owned_values,
    parent_of,
    root_of,
    rows_of,
)
from canteen.base.db.prepared import Prepared, raw_of_each

#: Kind and number: what stands before and behind the colon of ``serving:17``.
Subject = tuple[str, int]
#: Subjects named in one row of the trail.
MOST = 500
#: Subjects read at once.
PAGE = 1000
#: No number is less or greater: ids are 64 bits wide at most.
FIRST, LAST = -(2**63), 2**63 - 1
_SPAN = re.compile(r"(\d+)(?:-(\d+))?")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind: how the rows of its subjects are read, table by table, and where a subject's site stands."""

    name: str
    #: Names of its tables, and how each is read.
    tables: tuple[str, ...]
    readers: tuple[Prepared, ...]
    #: None: kept in the chain of no site.
    site: Prepared | None
    shape: str
    #: The number that ends a page beginning with another; None: there is only number 0.
    numbers: Prepared | None


@cache
def every_kind() -> dict[str, Kind]:
    """Every kind by its name."""
    return {name: _kind(name, tables) for name, tables in kept_tables(Base.metadata).items()}


def _kind(name: str, tables: list[Any]) -> Kind:
    home = home_of(tables, name)
    site = Prepared(select(home[0].c[home[1]]).where(home[0].c.id == bindparam("number"))) if home else None
    shape = shape_of((table.name, [column.name for column in kept_columns(table)]) for table in tables)
    root = root_of(tables, name)
    ends = numbers_of(root, name).order_by(root.c.id).limit(1).offset(PAGE - 1) if root is not None else None
    names, readers = tuple(one.name for one in tables), tuple(rows_of(one, name) for one in tables)
    return Kind(name, names, readers, site, shape, Prepared(ends) if ends is not None else None)


def subjects_in(text: str) -> list[Subject]:
    """Every subject a row of the trail is about: ``elder:5-7,9`` is four."""
    kind, _, numbers = text.partition(":")
    if kind not in every_kind():
        return []
    found: list[Subject] = []
    for span in (numbers or "0").split(","):
        if (match := _SPAN.fullmatch(span)) is None:
            return []
        every = range(int(match[1]), int(match[2] or match[1]) + 1)
        if len(found) + len(every) > MOST:  # nothing the program wrote
            return []
        found += [(kind, number) for number in every]
    return found


def last_number(text: str) -> int:
    """The last number a row of the trail about many names."""
    found = re.search(r"\d+$", text)
    return int(found[0]) if found else LAST


def as_texts(subjects: Iterable[Subject]) -> Iterator[str]:
    """These subjects as rows of the trail name them, not more than ``MOST`` in one."""
    by_kind: dict[str, list[int]] = {}
    for kind, number in subjects:
        by_kind.setdefault(kind, []).append(number)
    for kind, numbers in by_kind.items():
        numbers.sort()
        for start in range(0, len(numbers), MOST):
            yield as_text(kind, numbers[start : start + MOST])


def as_text(kind: str, numbers: list[int]) -> str:
    """``serving:17``; the only one of its kind by the kind alone; many with a nought before them, so that an index
    finds them: ``serving:05-104,110``."""
    if len(numbers) == 1:
        return f"{kind}:{numbers[0]}" if numbers[0] else kind
    spans = ",".join(f"{a}-{b}" if b > a else str(a) for a, b in _spans(numbers))
    return beginning_of_many(kind) + spans


def beginning_of_many(kind: str) -> str:
    """What the text of many subjects of a kind begins with, and no other."""
    return f"{kind}:0"


def nothing(key: bytes, subject: Subject) -> bytes:
    """The hash of a subject without rows."""
    return content_hash(key, *subject, every_kind()[subject[0]].tables, {})


def _spans(numbers: list[int]) -> Iterator[tuple[int, int]]:
    """Runs of sorted numbers that follow one another: first and last of each."""
    first = last = numbers[0]
    for number in numbers[1:]:
        if number != last + 1 or number - first >= MOST:
            yield first, last
            first = number
        last = number
    yield first, last


def chain_of(session: Session, kind: str, number: int, site_id: int | None = None) -> int:
    """The chain a subject is kept in: its site's, as far as it is known, else as its row says; 0 where it has none."""
    site = every_kind()[kind].site
    if site is None:
        return 0
    return site_id or site.value(session, number=number) or 0


def read(session: Session, kind: Kind, first: int, last: int) -> dict[int, Rows]:
    """The stored rows of the subjects from one number to another; who has none is left out."""
    found: dict[int, dict[str, list[tuple[Any, ...]]]] = {}
    answers = raw_of_each(session, kind.readers, first=first, last=last)
    for name, rows in zip(kind.tables, answers, strict=True):
        for row in rows:
            of_one = found.get(row[0])
            if of_one is None:
                found[row[0]] = {name: [row]}
            elif name in of_one:
                of_one[name].append(row)
            else:
                of_one[name] = [row]
    return dict(found)


def pages(session: Session, kind: Kind, first: int = FIRST, last: int = LAST) -> Iterator[tuple[int, int]]:
    """All numbers from one to another, in pages of at most ``PAGE`` subjects that are there: first and last of each."""
    while kind.numbers is not None and (end := kind.numbers.value(session, first=first)) is not None and end < last:
        yield first, end
        first = end + 1
    yield first, last


def contents(session: Session, key: bytes, subjects: Iterable[Subject]) -> dict[Subject, bytes]:
    """The hash of each subject's rows as they stand now."""
    by_kind: dict[str, list[int]] = {}
    for name, number in subjects:
        by_kind.setdefault(name, []).append(number)
    found = {}
    for name, numbers in by_kind.items():
        kind = every_kind()[name]
        for first, last in _spans(sorted(numbers)):
            rows = read(session, kind, first, last)
            for number in range(first, last + 1):
                found[name, number] = content_hash(key, name, number, kind.tables, rows.get(number, {}))
    return found


def called(session: Session, subjects: Iterable[Subject]) -> dict[Subject, str]:
    """What people call these subjects, of those that have a name and are there."""
    by_kind: dict[str, set[int]] = {}
    for kind, number in subjects:
        by_kind.setdefault(kind, set()).add(number)
    found: dict[Subject, str] = {}
    for kind, numbers in by_kind.items():
        wanted = called_of(kept_tables(Base.metadata)[kind], kind)
        if wanted is not None:
            found |= {(kind, number): name for number, name in session.execute(wanted, {"numbers": sorted(numbers)})}
    return found


def subjects_of_row(session: Session, row: Any) -> Iterator[tuple[Subject, int | None]]:
    """The subject, and its site as far as the row says it, of a row the ORM writes."""
    mapper = inspect(row).mapper
    table = mapper.local_table
    if "kept" not in table.info:
        return
    values = {column.name: getattr(row, mapper.get_property_by_column(column).key) for column in table.columns}
    site = values.get(table.info["kept"].site)
    while (parent := parent_of(table)) is not None:
        table, pointing = parent
        if values[pointing] is None:
            return
        wanted = select(table).where(table.c.id == values[pointing])
        found = session.connection().execute(wanted).first()
        if found is None:  # it goes too, and is told of by itself
            return
        values = dict(found._mapping)
    if (owner := owned_values(table, values.get)) is not None:
        yield owner, site
