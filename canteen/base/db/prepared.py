"""Statements of the counter's path: compiled once, then run on the driver's own cursor.

Serving a meal asks the database some twenty times. ``session.execute`` costs 60 to 110 µs each time on top of the 8 µs
of SQLite itself, because it looks the statement up, builds a context and wraps every row anew. A ``Prepared`` does that
once for each database. It runs inside the session's transaction; values are converted by the types' own processors,
trouble is raised as SQLAlchemy's errors, and listeners of ``before_cursor_execute`` hear of it.

A list of unknown length cannot be compiled once: ``one_of`` asks for ids in batches of one size.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import nullcontext
from typing import Any

from sqlalchemy import ClauseElement, ColumnElement, Connection, Integer, bindparam
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

_Convert = Callable[[Any], Any]
_HERE = "canteen_connection"


#: How many ids a statement with ``one_of`` is asked about at once.
_BATCH = 25
_NAMES = [f"id{number}" for number in range(_BATCH)]


def one_of(column: ColumnElement[Any]) -> ColumnElement[bool]:
    """A condition that a column is one of a batch of ids."""
    return column.in_([bindparam(name, type_=Integer) for name in _NAMES])


def batches(ids: Iterable[int]) -> Iterator[dict[str, int]]:
    """The values for ``one_of``, batch by batch; the last one repeats its last id."""
    every = list(ids)
    for start in range(0, len(every), _BATCH):
        some = every[start : start + _BATCH]
        some += some[-1:] * (_BATCH - len(some))
        yield dict(zip(_NAMES, some, strict=True))


class Prepared:
    """One Core statement. Rows are named tuples of its columns."""

    def __init__(self, statement: ClauseElement, *, columns: Iterable[str] = ()) -> None:
        """``columns`` are those an INSERT is given values for, when it names none itself."""
        self._statement = statement
        self._columns = list(columns) or None
        self._compiled: dict[str, _Compiled] = {}

    def all(self, session: Session, **values: Any) -> list[Any]:
        """Every row of the answer."""
        compiled, cursor = self._run(session, values)
        return compiled.rows(cursor.fetchall(), cursor)

    def first(self, session: Session, **values: Any) -> Any:
        """The first row of the answer; None when there is none."""
        compiled, cursor = self._run(session, values)
        rows = compiled.rows(cursor.fetchmany(1), cursor)
        cursor.close()
        return rows[0] if rows else None

    def value(self, session: Session, **values: Any) -> Any:
        """The first column of the first row; None when there is no row."""
        row = self.first(session, **values)
        return None if row is None else row[0]

    def raw(self, session: Session, **values: Any) -> list[tuple[Any, ...]]:
        """Every row as the driver gives it, nothing converted."""
        [found] = raw_of_each(session, [self], **values)
        return found

    def run(self, session: Session, **values: Any) -> int:
        """Run a statement that answers nothing; how many rows it touched."""
        _, cursor = self._run(session, values)
        touched: int = cursor.rowcount
        cursor.close()
        return touched

    def run_each(self, session: Session, rows: Iterable[Mapping[str, Any]]) -> None:
        """Run it once for each of these rows."""
        connection = _connection_of(session)
        compiled = self._for(connection.dialect)
        send(connection, compiled.sql, [compiled.parameters(row) for row in rows], many=True)

    def _run(self, session: Session, values: Mapping[str, Any]) -> tuple[_Compiled, Any]:
        connection = _connection_of(session)
        compiled = self._for(connection.dialect)
        return compiled, send(connection, compiled.sql, compiled.parameters(values))

    def _for(self, dialect: Dialect) -> _Compiled:
        found = self._compiled.get(dialect.name)
        if found is None:  # two threads may both compile it: the same result
            found = self._compiled[dialect.name] = _Compiled(self._statement, self._columns, dialect)
        return found


def raw_of_each(session: Session, statements: Iterable[Prepared], **values: Any) -> list[list[tuple[Any, ...]]]:
    """The rows of several statements with the same values, as the driver gives them; PostgreSQL is asked once for all."""
    connection = _connection_of(session)
    driver: Any = connection.connection.driver_connection
    with driver.pipeline() if connection.dialect.name == "postgresql" else nullcontext():
        cursors = [statement._run(session, values)[1] for statement in statements]
    return [cursor.fetchall() for cursor in cursors]


class _Compiled:
    """The text of a statement for one database, and how its values and rows are converted."""

    def __init__(self, statement: ClauseElement, columns: list[str] | None, dialect: Dialect) -> None:
        compiled: Any = statement.compile(dialect=dialect, column_keys=columns)
        assert not compiled.post_compile_params, "a list of unknown length cannot be prepared"
        assert not getattr(compiled, "insert_prefetch", ()), "give a value for every column with a default of its own"
        self.sql = str(compiled)
        self._dialect = dialect
        self._named = compiled.positiontup is None
        self._names = list(compiled.positiontup or compiled.bind_names.values())
        binds = [compiled.binds[name] for name in self._names]
        #: (key in the values, what stands there unless given)
        self._keys = [(bind.key, None if bind.required else bind.effective_value) for bind in binds]
        converts = [bind.type.dialect_impl(dialect).bind_processor(dialect) for bind in binds]
        self._converts_in = [(place, convert) for place, convert in enumerate(converts) if convert]
        columns_out = getattr(statement, "exported_columns", ())  # what is selected, or returned; a text has none
        self._types = [column.type for column in columns_out]
        self._row: Any = namedtuple("Row", [column.key for column in columns_out], rename=True)  # type: ignore[misc]
        self._converts: list[tuple[int, _Convert]] | None = None

    def parameters(self, values: Mapping[str, Any]) -> Any:
        """What the driver is given. A value that is neither given nor fixed is None, as the driver will say."""
        given = [values.get(key, fixed) for key, fixed in self._keys]
        for place, convert in self._converts_in:
            given[place] = convert(given[place])
        return dict(zip(self._names, given, strict=True)) if self._named else given

    def rows(self, found: list[Any], cursor: Any) -> list[Any]:
        """Raw rows as named tuples with converted values."""
        if not found:
            return []
        if self._converts is None:
            self._converts = [
                (place, convert)
                for place, type_ in enumerate(self._types)
                if (
                    convert := type_.dialect_impl(self._dialect).result_processor(
                        self._dialect, cursor.description[place][1]
                    )
                )
            ]
        make = self._row._make
        if not self._converts:
            return [make(row) for row in found]
        rows = []
        for raw in found:
            row = list(raw)
            for place, convert in self._converts:
                row[place] = convert(row[place])
            rows.append(make(row))
        return rows


def run_on(session: Session, connection: Connection) -> None:
    """Say on which connection the session's transaction runs."""
    session.info[_HERE] = connection


def _connection_of(session: Session) -> Connection:
    """The connection of the session's transaction. Sessions here live as long as one transaction, so it is kept."""
    connection: Connection | None = session.info.get(_HERE)
    if connection is None:
        connection = session.info[_HERE] = session.connection()
    return connection


def send(connection: Connection, sql: str, parameters: Any = (), *, many: bool = False) -> Any:
    """Run a text on the driver's cursor; the cursor. Raises ``DBAPIError``."""
    cursor = connection.connection.cursor()
    dialect = connection.dialect
    driver_error = dialect.loaded_dbapi.Error
    try:
        for listener in connection.dispatch.before_cursor_execute:
            listener(connection, cursor, sql, parameters, None, many)
        if many:
            cursor.executemany(sql, parameters)
        else:
            cursor.execute(sql, parameters)
    except driver_error as error:
        is_lost = dialect.is_disconnect(error, connection.connection.dbapi_connection, cursor)
        if is_lost:
            connection.invalidate(error)
        raise DBAPIError.instance(
            sql, None, error, driver_error, hide_parameters=True, connection_invalidated=is_lost, dialect=dialect
        ) from error
    return cursor
