"""Records: the frozen shapes that rooms hand to each other, made from rows and turned into them. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from types import SimpleNamespace
from typing import Any, TypeVar

Record = TypeVar("Record")
Item = TypeVar("Item")


def as_record(kind: type[Record], row: Any, /, **others: Any) -> Record:
    """A dataclass or named tuple whose fields are the columns of a row (or the facts of another record) of the same names.

    ``others`` are the fields the row does not have, or has otherwise.
    """
    found = {name: getattr(row, name) for name in _names(kind) if name not in others}
    return kind(**found, **others)


def row_with(row: Any, /, **others: Any) -> Any:
    """The columns of a row and more facts, or others of the same names, as a page reads them."""
    return SimpleNamespace(**row._asdict() | others)


def as_row(record: Any, *, but: Sequence[str] = ()) -> dict[str, Any]:
    """The fields of a dataclass or named tuple by name, as a table with columns of these names takes them."""
    return {name: getattr(record, name) for name in _names(record) if name not in but}


def _names(kind: Any) -> Sequence[str]:
    return getattr(kind, "_fields", None) or [one.name for one in fields(kind)]


def chunks(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    """Parts of at most ``size``: as many as one statement, or one transaction, should have to do with."""
    return (items[start : start + size] for start in range(0, len(items), size))
