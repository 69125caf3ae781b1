"""The licence of the program is stated, and those of what it stands on are listed and fit it."""

from __future__ import annotations

import re
import tomllib

import pytest

from tests.architecture.licences import DOCUMENT, FITTING, HEAD, ROOT, licence_of, pinned, table


def test_the_licence_is_stated_alike_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    text = (ROOT / "LICENSE").read_text("utf-8")

    assert (project["license"], project["license-files"]) == ("AGPL-3.0-or-later", ["LICENSE"])
    assert text.startswith("GNU AFFERO GENERAL PUBLIC LICENSE\nVersion 3, 19 November 2007\n")
    assert [int(number) for number in re.findall(r"^(\d+)\. [A-Z]", text, re.MULTILINE)] == list(range(18))
    for name in ("README.md", "README.zh-CN.md", "docs/licences.md"):
        assert "AGPL-3.0-or-later" in (ROOT / name).read_text("utf-8"), name


def test_the_list_is_what_is_installed() -> None:
    """A pin that came or went, or a licence that changed: run tests/architecture/licences.py and look at what is new."""
    text = DOCUMENT.read_text("utf-8")

    assert text[text.index(HEAD) :] == table()


@pytest.mark.parametrize("name", sorted(pinned()))
def test_a_licence_fits_ours(name: str) -> None:
    assert licence_of(name) in FITTING


def test_a_distribution_that_is_not_there_has_no_licence() -> None:
    assert licence_of("no-such-distribution") not in FITTING
