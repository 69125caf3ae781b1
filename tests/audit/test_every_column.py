"""Every column of every kept table: whatever is changed, removed or added with SQL is named."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Connection,
    Date,
    Integer,
    LargeBinary,
    Table,
    UniqueConstraint,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Session

import canteen
from canteen.audit.adopting import adopt
from canteen.base.db import Base, Instant, database
from canteen.base.db.keeping import Keeping
from canteen.base.vault import the_vault
from tests.factories import NOW
from tests.trail import unwritten

for module in pkgutil.walk_packages(canteen.__path__, "canteen."):
    if ".models" in module.name:  # every table, whatever else ran before
        importlib.import_module(module.name)
TABLES = sorted(Base.metadata.tables)
KEPT = [name for name in TABLES if "kept" in Base.metadata.tables[name].info]


@pytest.mark.parametrize("name", TABLES)
def test_every_table_says_what_the_trail_keeps_of_it_or_why_not(name: str) -> None:
    info = Base.metadata.tables[name].info
    assert ("kept" in info) != bool(info.get("not_kept")), f"{name}: say kept(…) or not_kept(why) beside the table"


def test_what_moves_by_itself_is_a_column() -> None:
    for name in KEPT:
        table = Base.metadata.tables[name]
        keeping: Keeping = table.info["kept"]
        named = {column for _, column in keeping.owners} | keeping.moving | {keeping.through, keeping.site}
        assert named - {""} <= set(table.c.keys()), name


@pytest.fixture
def loose(app: Flask) -> Iterator[Connection]:
    """A transaction, rolled back at the end, in which nothing but the trail minds what is written."""
    the_vault()
    with database.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            driver = connection.connection.driver_connection
            assert driver is not None
            driver.execute("pragma foreign_keys=off")
            driver.execute("pragma ignore_check_constraints=on")
            try:
                yield connection
            finally:
                connection.rollback()
                driver.execute("pragma foreign_keys=on")
                driver.execute("pragma ignore_check_constraints=off")
            return
        connection.exec_driver_sql("set local session_replication_role = replica")
        for table in Base.metadata.tables.values():
            for one in table.constraints:
                if isinstance(one, CheckConstraint):
                    connection.exec_driver_sql(f'alter table "{table.name}" drop constraint "{one.name}"')
        yield connection
        connection.rollback()


def value(column: Any, other: bool = False) -> Any:
    kind = column.type
    if isinstance(kind, Boolean):
        return other
    if isinstance(kind, Integer):
        return 9 if other else 1
    if isinstance(kind, Date):
        return date(2026, 1, 2 if other else 1)
    if isinstance(kind, Instant):
        return datetime(2026, 1, 1, 8, microsecond=int(other), tzinfo=UTC)
    if isinstance(kind, JSON):
        return {"fen": int(other)}
    if isinstance(kind, LargeBinary):
        return b"sealed\x00\xff" + bytes([other])
    return f"{column.name}{' 改' if other else ''}"


def rows_of(table: Table) -> list[dict[str, Any]]:
    """A row for each kind of subject it may belong to."""
    keeping: Keeping = table.info["kept"]
    whole = {column.name: value(column) for column in table.columns}
    columns = [column for _, column in keeping.owners if column not in ("", "id")]
    if len(keeping.owners) < 2:
        return [whole]
    rows = []
    for number, (_, owner) in enumerate(keeping.owners):
        row = whole | {column: None for column in columns if column != owner}
        unique = {column.name: f"{column.name}{number}" for column in table.columns if column.name == "key"}
        rows.append(row | unique | {"id": number + 1, "original_id": number + 1, "reverses_id": number + 1})
    return [{name: given for name, given in row.items() if name in table.c} for row in rows]


def telling_apart(table: Table) -> list[Any]:
    """Columns that must differ for a second row to be taken at all: the last of each unique key."""
    keys = [one.columns for one in table.constraints if isinstance(one, UniqueConstraint)]
    keys += [one.columns for one in table.indexes if one.unique]
    return [list(columns)[-1] for columns in keys]


def fill(connection: Connection) -> Session:
    for table in Base.metadata.sorted_tables:
        if "kept" in table.info:
            for row in rows_of(table):
                connection.execute(insert(table), row)
    session = Session(connection, autoflush=False)
    adopt(session, NOW)
    session.flush()
    assert unwritten(session) == []
    return session


def test_whatever_is_changed_removed_or_added_with_sql_is_named(loose: Connection) -> None:
    session = fill(loose)
    missed = []
    for name in KEPT:
        table = Base.metadata.tables[name]
        keeping: Keeping = table.info["kept"]
        for row in loose.execute(select(table)).mappings().all():
            here = [column == row[column.name] for column in table.primary_key]
            for column in table.columns:
                if column.name in keeping.moving:
                    continue
                with loose.begin_nested() as point:
                    changed = value(column, other=True)
                    assert loose.execute(update(table).where(*here).values({column.name: changed})).rowcount == 1
                    if not any(name in problem for problem in unwritten(session, table=name)):
                        missed.append(f"{name}.{column.name} changed")
                    point.rollback()
            with loose.begin_nested() as point:
                loose.execute(delete(table).where(*here))
                if not any(name in problem for problem in unwritten(session, table=name)):
                    missed.append(f"{name} removed")
                point.rollback()
            with loose.begin_nested() as point:
                other = {column.name: value(column, other=True) for column in table.primary_key}
                again = {"key": "other", "original_id": None, "reverses_id": None, "id_hash": None}
                more = dict(row) | {name: given for name, given in again.items() if name in table.c} | other
                unique = {column.name: value(column, other=True) for column in telling_apart(table)}
                loose.execute(insert(table), more | unique)
                if not any(name in problem for problem in unwritten(session, table=name)):
                    missed.append(f"{name} added")
                point.rollback()
    assert missed == []
