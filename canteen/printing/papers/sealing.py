"""How the facts of a paper are kept in its row: as JSON, and sealed where they hold diets, addresses or whole lists."""

import base64
import json
from typing import Any

from canteen.base.vault import the_vault
from canteen.printing.papers.kinds import KINDS, Paper


def kept(paper: Paper, *, key: str) -> str:
    """The text for the row of the job with that key."""
    facts = paper.as_json()
    if paper.body.is_sealed:
        sealed = the_vault().seal(facts, _place(key))
        facts = {"subject": paper.body.subject, "sealed": base64.b64encode(sealed).decode("ascii")}
    return json.dumps(facts, ensure_ascii=False, separators=(",", ":"))


def opened(kind: str, text: str, *, key: str) -> dict[str, Any]:
    """The facts of a row again. ``key`` is the key of its job, to which a sealed text is bound."""
    facts: dict[str, Any] = json.loads(text)
    if KINDS[kind].is_sealed:
        facts = the_vault().open(base64.b64decode(facts["sealed"]), _place(key))
    return facts


def _place(key: str) -> str:
    return f"print_job:{key}"
