"""What ``docs/architecture.md`` says is there is there: files, the functions of each hop, the floors of the contract."""

from __future__ import annotations

import ast
import re

import pytest

from tests.architecture.house import LAYERS, ROOT

TEXT = (ROOT / "docs" / "architecture.md").read_text("utf-8")
#: ``file.py: name`` and the names that follow it with "and"; ``file.html``.
HOPS = re.findall(r"`([\w./<>]+\.py):\s+(\w+)`", TEXT)
FILES = re.findall(r"`((?:[\w.]+/)+[\w.]+\.(?:py|html|md|toml))(?::\s+\w+)?`", TEXT)


def place(path: str) -> str:
    roots = ("tests/", "docs/", "canteen/")
    return path if path.startswith(roots) else f"canteen/{path}"


@pytest.mark.parametrize(("path", "name"), sorted(set(HOPS)), ids=lambda part: part)
def test_a_hop_is_there(path: str, name: str) -> None:
    tree = ast.parse((ROOT / place(path)).read_text("utf-8"))
    defined = {getattr(node, "name", "") for node in tree.body}
    for node in tree.body:
        if isinstance(node, ast.Assign):
            defined |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            defined.add(node.target.id)

    assert name in defined


@pytest.mark.parametrize("path", sorted(set(FILES)))
def test_a_file_that_is_named_is_there(path: str) -> None:
    assert (ROOT / place(path)).exists()


def test_the_walks_are_at_most_six_hops() -> None:
    walks = re.findall(r"## Walk \d:.*?(?=\n## )", TEXT, re.DOTALL)

    assert len(walks) == 3
    assert [walk for walk in walks if len(re.findall(r"^\d\. ", walk, re.MULTILINE)) > 6] == []


def test_the_floors_are_those_of_the_contract() -> None:
    table = TEXT.partition("## The floors")[2].partition("\n## ")[0]
    rows = [line.split("|")[2:-2] for line in table.replace("\\|", "¦").splitlines() if line.startswith("|")][2:]
    told = {name for row in rows for name in re.findall(r"`(\w+)`", row[0])}

    assert told == {name for layer in LAYERS for name in layer.split(" | ")}
