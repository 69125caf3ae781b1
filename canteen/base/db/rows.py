"""What statements of every room share: a row added, and the days a row holds. Nothing here commits."""

from typing import Any

from sqlalchemy import ColumnElement, Table, and_, insert, or_
from sqlalchemy.orm import Session


def add_row(session: Session, table: Table, /, **values: Any) -> int:
    """Insert one row and answer its id."""
    return int(session.execute(insert(table).values(values).returning(table.c.id)).scalar_one())


def lasts(last: Any, day: Any) -> ColumnElement[bool]:
    """A condition: what has a last day (none while it lasts) is not over before ``day``."""
    return or_(last.is_(None), last >= day)


def covers(first: Any, last: Any, day: Any) -> ColumnElement[bool]:
    """A condition: days from a first to a last one (none while it lasts) hold ``day``; both ends count."""
    return and_(first <= day, lasts(last, day))
