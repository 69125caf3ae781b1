"""What the trail keeps of a table, said once beside the table.

Every table is either *kept* (its rows belong to a subject such as ``serving:17``, and the trail holds a keyed hash of
all rows of a subject as they were last written) or *not kept*, with the reason. A test walks the tables.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    ColumnElement,
    Date,
    DateTime,
    FromClause,
    MetaData,
    Select,
    Table,
    TypeDecorator,
    bindparam,
    literal_column,
    select,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from canteen.base.db.prepared import Prepared


@dataclass(frozen=True, slots=True)
class Keeping:
    """Whose rows a table holds."""

    #: (kind, column): the row belongs to the first kind whose column is not null; column "": to number 0 of the kind.
    owners: tuple[tuple[str, str], ...] = ()
    #: Column that points at the row whose subject it shares, instead of owners.
    through: str = ""
    #: Of the table that makes a kind: the column with its site, whose chain it is kept in; "": the chain of no site.
    site: str = ""
    #: Of the same table: the column by which people call a subject; "": they have no name for one.
    called: str = ""
    #: Columns that move on by themselves, or are proved by what they are added up from.
    moving: frozenset[str] = frozenset()


def kept(
    *owners: str, through: str = "", site: str = "", called: str = "", moving: tuple[str, ...] = (), **options: Any
) -> dict[str, Any]:
    """Table arguments of a table that is kept: ``kept("serving:serving_id", "entry:id")``; ``options`` are the table's."""
    pairs = tuple((kind, column) for kind, _, column in (owner.partition(":") for owner in owners))
    return options | {"info": {"kept": Keeping(pairs, through, site, called, frozenset(moving))}}


def not_kept(why: str, **options: Any) -> dict[str, Any]:
    """Table arguments of a table that is made from kept ones, or that passes, and why nothing is lost with it."""
    return options | {"info": {"not_kept": why}}


def kinds_of(table: Table) -> tuple[str, ...]:
    """Kinds of subjects whose rows a table holds."""
    keeping: Keeping | None = table.info.get("kept")
    if keeping is None:
        return ()
    return kinds_of(_parent(table, keeping)) if keeping.through else tuple(kind for kind, _ in keeping.owners)


def kept_tables(metadata: MetaData) -> dict[str, list[Table]]:
    """Kind of subject -> its tables, by name."""
    found: dict[str, list[Table]] = {}
    for name in sorted(metadata.tables):
        for kind in kinds_of(metadata.tables[name]):
            found.setdefault(kind, []).append(metadata.tables[name])
    return found


def kept_columns(table: Table) -> list[Any]:
    """The columns that are kept, the primary key first."""
    keeping: Keeping = table.info["kept"]
    key = list(table.primary_key.columns)
    return key + [one for one in table.columns if one not in key and one.name not in keeping.moving]


def rows_of(table: Table, kind: str) -> Prepared:
    """Number of the subject, then the kept columns as they are stored, of the subjects ``first`` to ``last``."""
    number, conditions, source = _owned(table, kind)
    between = number.between(bindparam("first", type_=BigInteger), bindparam("last", type_=BigInteger))
    columns = [number.label("subject"), *(as_stored(column).label(column.name) for column in kept_columns(table))]
    return Prepared(select(*columns).select_from(source).where(*conditions, between))


def root_of(tables: list[Table], kind: str) -> Table | None:
    """The table whose ids are the numbers of a kind; None for a kind with only number 0."""
    return next((table for table in tables if (kind, "id") in table.info["kept"].owners), None)


def numbers_of(root: Table, kind: str) -> Select[Any]:
    """Numbers of a kind that are there, from ``first`` on."""
    number, conditions, _ = _owned(root, kind)
    return select(number).where(*conditions, number >= bindparam("first", type_=BigInteger))


def home_of(tables: list[Table], kind: str) -> tuple[Table, str] | None:
    """The table that makes a kind whose subjects belong to sites, and the column of the site."""
    root = root_of(tables, kind)
    site: str = root.info["kept"].site if root is not None else ""
    return (root, site) if root is not None and site else None


def called_of(tables: list[Table], kind: str) -> Select[Any] | None:
    """Number and name (``called``) of the subjects of a kind among ``numbers``; None for a kind without names."""
    root = root_of(tables, kind)
    if root is None or not root.info["kept"].called:
        return None
    return select(root.c.id, root.c[root.info["kept"].called]).where(
        root.c.id.in_(bindparam("numbers", expanding=True))
    )


def owned_values(table: Table, value_of: Any) -> tuple[str, int] | None:
    """(kind, number) of a row whose columns ``value_of`` answers; None when it shares the subject of another row."""
    for kind, column in table.info["kept"].owners:
        number = value_of(column) if column else 0
        if number is not None:
            return kind, number
    return None


def parent_of(table: Table) -> tuple[Table, str] | None:
    """The table whose row a row of this one shares its subject with, and the column that points at it."""
    keeping: Keeping = table.info["kept"]
    return (_parent(table, keeping), keeping.through) if keeping.through else None


def _parent(table: Table, keeping: Keeping) -> Table:
    [key] = table.c[keeping.through].foreign_keys
    return key.column.table


def _owned(table: Table, kind: str) -> tuple[ColumnElement[Any], list[ColumnElement[bool]], FromClause]:
    keeping: Keeping = table.info["kept"]
    if keeping.through:
        parent = _parent(table, keeping)
        number, conditions, source = _owned(parent, kind)
        return number, conditions, source.join(table, table.c[keeping.through] == parent.c.id)
    conditions = []
    for owner, column in keeping.owners:
        if owner == kind:
            return (table.c[column] if column else literal_column("0")), conditions, table
        conditions.append(table.c[column].is_(None))
    raise KeyError(kind)


class as_stored(FunctionElement[Any]):
    """A column as SQLite keeps it, on both databases: days and instants as text, truth as 0 and 1, JSON as its text."""

    inherit_cache = True


@compiles(as_stored)
def _plain(element: as_stored, compiler: Any, **options: Any) -> str:
    return str(compiler.process(element.clauses, **options))


@compiles(as_stored, "postgresql")
def _as_on_sqlite(element: as_stored, compiler: Any, **options: Any) -> str:
    [column] = element.clauses
    sql = str(compiler.process(element.clauses, **options))
    kind = column.type.impl if isinstance(column.type, TypeDecorator) else column.type
    if isinstance(kind, DateTime):
        return f"to_char({sql} at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')"
    if isinstance(kind, Date):
        return f"to_char({sql}, 'YYYY-MM-DD')"
    if isinstance(kind, Boolean):
        return f"({sql})::int"
    if isinstance(kind, JSON):
        return f"({sql})::text"
    return sql
