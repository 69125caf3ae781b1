"""How the facts of a paper are kept in its row: sealed, because they name people beside what is paid for them and why."""

from typing import Any

from canteen.base.db.sealed import place_of
from canteen.base.vault import the_vault
from canteen.printing.models import JOB
from canteen.printing.papers.kinds import Paper


def kept(paper: Paper, *, key: str) -> bytes:
    """What the row of the job with that key holds."""
    return the_vault().seal(paper.as_json(), place_of(JOB.c.sealed, key=key))


def opened(sealed: bytes, *, key: str) -> dict[str, Any]:
    """The facts of a row again. ``key`` is the key of its job, to which they are bound."""
    facts: dict[str, Any] = the_vault().open(sealed, place_of(JOB.c.sealed, key=key))
    return facts
