"""Everything the trail may say has words: no code of the program on the audit page."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from canteen.audit.verbs import KINDS, VERBS
from canteen.base.config import ROOT

#: Functions of the rooms that hand a verb on to the trail.
HANDING_ON = {"record", "along", "note", "_note"}


def verbs_in(path: Path) -> Iterator[str]:
    """Words with an underscore that are handed to the trail, or to a function of that file that hands them on."""
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in HANDING_ON:
                yield from (
                    one.value
                    for one in node.args
                    if isinstance(one, ast.Constant) and isinstance(one.value, str) and "_" in one.value
                )


def test_every_verb_that_is_recorded_has_words() -> None:
    found = {verb: path.name for path in (ROOT / "canteen").rglob("*.py") for verb in verbs_in(path)}

    assert len(found) > 60
    assert {verb: name for verb, name in found.items() if verb not in {*VERBS, *KINDS}} == {}
