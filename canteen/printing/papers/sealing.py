"""How the facts of a paper are kept in its row: as JSON, and sealed where they hold diets, addresses or whole lists."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from canteen.base.vault import the_vault
from canteen.printing.papers.kinds import SEALED_KINDS, subject_of


def kept(kind: str, facts: Mapping[str, Any], *, key: str) -> str:
    """The text for the row of the job with that key."""
    plain: Mapping[str, Any] = facts
    if kind in SEALED_KINDS:
        sealed = the_vault().seal(facts, _place(key))
        plain = {"subject": subject_of(kind, facts), "sealed": base64.b64encode(sealed).decode("ascii")}
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"))


def opened(kind: str, text: str, *, key: str) -> dict[str, Any]:
    """The facts of a row again. ``key`` is the key of its job, to which a sealed text is bound."""
    facts: dict[str, Any] = json.loads(text)
    if kind in SEALED_KINDS:
        facts = the_vault().open(base64.b64decode(facts["sealed"]), _place(key))
    return facts


def _place(key: str) -> str:
    return f"print_job:{key}"
