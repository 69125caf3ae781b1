"""Counting what is asked of the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from canteen.base.db import database


@contextmanager
def statements() -> Iterator[list[str]]:
    """The SELECT, INSERT, UPDATE and DELETE statements sent inside the block."""
    sent: list[str] = []

    def note(*given: object) -> None:
        if str(given[2]).split(None, 1)[0].upper() in ("SELECT", "INSERT", "UPDATE", "DELETE"):
            sent.append(str(given[2]))

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
