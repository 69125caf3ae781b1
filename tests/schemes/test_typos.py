"""A word nobody knows is told wherever it stands: no table of a scheme swallows one."""

from __future__ import annotations

import copy
import re
import tomllib
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from canteen.schemes.builtin import builtin_schemes
from canteen.schemes.language.doubts import warnings_of
from canteen.schemes.language.scheme import SchemeError, load_scheme, read_document

DOCS = Path(__file__).parents[2] / "docs"


def _documents() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every scheme that is printed in the documentation or comes with the program."""
    texts = dict(builtin_schemes())
    for page in ("schemes", "allowances", "approvals"):
        blocks = re.findall(r"```toml\n(.*?)```", (DOCS / f"{page}.md").read_text("utf-8"), re.DOTALL)
        head = "\n".join(blocks[0].splitlines()[:4]) + "\n"
        for number, block in enumerate(blocks, start=1):
            texts[f"{page} {number}"] = block if block.startswith("id") else head + block
    for name, text in texts.items():
        try:
            load_scheme(text)
        except (SchemeError, tomllib.TOMLDecodeError):
            continue
        yield name, tomllib.loads(text, parse_float=Decimal)


DOCUMENTS = dict(_documents())


def tables(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict):
        yield path
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from tables(item, (*path, key))


def at(document: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        document = document[step]
    return document


def swallowed(document: dict[str, Any]) -> list[tuple[Any, ...]]:
    """The tables in which a key nobody knows is not told."""
    found = []
    for path in tables(document):
        if path[-1:] in (("residence",), ("hukou",)) and "yuan" in path:
            continue  # Numbers by area: any name may be one.
        spoilt = copy.deepcopy(document)
        at(spoilt, path)["typo"] = 7
        try:
            read_document(spoilt)
        except SchemeError as error:
            if any("typo" in problem for problem in error.problems):
                continue
        found.append(path)
    return found


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_typing_error_in_any_table_is_told(name: str) -> None:
    assert swallowed(DOCUMENTS[name]) == []


def test_all_blocks_of_the_language_are_tried() -> None:
    """What is not in any of the documents could not be seen here."""
    keys = {
        path[-1] for document in DOCUMENTS.values() for path in tables(document) if path and isinstance(path[-1], str)
    }

    assert {"settlement", "purse", "credit", "booking", "delivery", "spend", "rounding", "publicity"} <= keys


def test_a_scheme_that_is_meant_as_it_stands_raises_no_doubt() -> None:
    """Three examples of the page show a number that is missing, and one of lunches alone limits meals a day."""
    doubted = {name: warnings_of(read_document(document)) for name, document in DOCUMENTS.items()}

    assert sorted(doubt for doubts in doubted.values() for doubt in doubts) == [
        "amount:slots 里有 breakfast,但金额表里没有,这样不补助",
        "amount:slots 里有 dinner,但金额表里没有,这样不补助",
        "amount:slots 里有 dinner,但金额表里没有,这样不补助",
        "classes[1].caps:每日上限 1 餐 到不了(每餐次最多 1 餐),每日的一条不起作用",
        "classes[2].caps:每日上限 1 餐 到不了(每餐次最多 1 餐),每日的一条不起作用",
    ]
    assert not any(doubted[name] for name in builtin_schemes())
