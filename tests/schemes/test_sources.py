"""``docs/sources.md`` tells of every rule id once, and everything it refers to is there."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from canteen.schemes.builtin import builtin_schemes

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "sources.md").read_text("utf-8")
ROWS = re.findall(r"^\| ([A-Z]{2,3}-\d+) \| (.+) \| (.+) \|$", PAGE, re.MULTILINE)
DOCUMENTS = {name: tomllib.loads(text) for name, text in builtin_schemes().items()}
#: How many ids each source has; ids that were never given are left out.
IDS = {
    "JX": [*range(1, 9), *range(10, 14), *range(20, 28)],
    "SZ": range(1, 17),
    "SG": range(1, 11),
    "CG": range(1, 16),
    "JD": range(1, 17),
    "AQ": range(1, 8),
    "KM": range(1, 4),
    **{one: [1] for one in ("SF", "CC", "RU", "UN", "XY", "NN")},
}
EVERY = [f"{source}-{number}" for source, numbers in IDS.items() for number in numbers]
EVERY += [f"AMB-{number:02d}" for number in range(1, 34)]


def test_every_rule_is_told_once():
    assert [rule for rule, _, _ in ROWS] == EVERY


@pytest.mark.parametrize(("rule", "where"), [(rule, where) for rule, _, where in ROWS], ids=EVERY)
def test_where_it_lives_is_there(rule, where):
    found = re.findall(r"`([\w./-]+\.(?:toml|py|md))(?:: ([\w.\[\]-]+))?`", where)

    assert found or "no software" in where or "whoever is in no class pays" in where, where
    for file, key in found:
        if "/" in file:
            assert (ROOT / file).is_file(), file
        else:
            assert_key(DOCUMENTS[file.removesuffix(".toml")], key)


def assert_key(document: dict[str, Any], path: str) -> None:
    """Follow a key such as ``classes[2].credit``."""
    found: Any = document
    for key, number in re.findall(r"([\w-]+)(?:\[(\d+)\])?", path):
        assert key in found, path
        found = found[key]
        if number:
            assert len(found) >= int(number), path
            found = found[int(number) - 1]


def test_rules_that_built_in_schemes_cite_exist():
    cited = {rule for text in builtin_schemes().values() for rule in re.findall(r"\b[A-Z]{2,3}-\d+\b", text)}

    assert cited <= set(EVERY)
