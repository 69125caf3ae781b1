"""What is done at the end of a transaction, after all that people wrote in it and before it is committed."""

from collections.abc import Callable

from sqlalchemy.orm import Session

_AT_END = "canteen_at_end"


def at_end(session: Session, work: Callable[[Session], None]) -> None:
    """Have ``work`` done once at the end of the session's ``transaction()``, however often it is asked for."""
    session.info.setdefault(_AT_END, {})[work] = True


def finish(session: Session) -> None:
    """Write what the session still holds, then do what was asked for the end."""
    session.flush()
    for work in session.info.pop(_AT_END, ()):
        work(session)
