"""Columns of what the vault sealed: each says in its model for which place, so that whoever reads, moves or renews what
is sealed needs no list of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from string import Formatter
from typing import Any

from sqlalchemy import ColumnElement, LargeBinary, Select, Table, select
from sqlalchemy.orm import mapped_column

from canteen.base.db import Base


def sealed_at(place: str, *, through: str = "") -> Any:
    """A column for what the vault seals at a place, which names columns of the row: ``serving:{key}``.

    ``through`` is a foreign key of the row; the columns are then those of the row it points at.
    """
    return mapped_column(LargeBinary, info={"place": place, "through": through})


def place_of(column: Any, **facts: Any) -> str:
    """The place of a value of a column, by the facts it names."""
    place: str = column.info["place"]
    return place.format(**facts)


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """One column of sealed values."""

    table: Table
    name: str

    def values(self) -> Select[Any]:
        """Every value: the primary key of its row (``key_…``), the value as ``sealed``, the facts of its place."""
        column = self.table.c[self.name]
        keys = [key.label(f"key_{key.name}") for key in self.table.primary_key]
        return select(*keys, column.label("sealed"), *self._facts()).where(column.is_not(None))

    def place(self, row: Any) -> str:
        """The place of a row of ``values``."""
        return place_of(self.table.c[self.name], **row._mapping)

    def _facts(self) -> Iterator[ColumnElement[Any]]:
        info = self.table.c[self.name].info
        for _, name, _, _ in Formatter().parse(info["place"]):
            if name and info["through"]:
                [key] = self.table.c[info["through"]].foreign_keys
                behind = select(key.column.table.c[name]).where(key.column == key.parent)
                yield behind.scalar_subquery().label(name)
            elif name:
                yield self.table.c[name].label(name)


def sealed_columns() -> Iterator[SealedColumn]:
    """Every column that holds what the vault sealed."""
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if "place" in column.info:
                yield SealedColumn(table, column.name)
