"""Kinds of paper, and how their facts are kept."""

from __future__ import annotations

import importlib
import json
import pkgutil
import re

import pytest
from cryptography.exceptions import InvalidTag
from flask import Flask
from sqlalchemy import CheckConstraint

from canteen.base.access import ALLOWED
from canteen.base.config import ROOT
from canteen.base.words import WORDS
from canteen.printing import papers
from canteen.printing.models import PrintJob
from canteen.printing.papers.facts import PaperFacts
from canteen.printing.papers.kinds import KINDS, Paper, subject_of
from canteen.printing.papers.sealing import kept, opened
from tests.at_rest import readable
from tests.printing.samples import COPY, PAPERS

one_database = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
HOURS = 3600


@pytest.mark.parametrize(
    ("kind", "decided"),
    [
        ("ticket", ("see_tickets", True, True, 4 * HOURS, "look")),
        ("guest_ticket", ("see_tickets", True, True, 4 * HOURS, "look")),
        ("void_ticket", ("see_tickets", True, True, 4 * HOURS, "look")),
        ("test_page", ("see_tickets", False, False, 4 * HOURS, "look")),
        ("kitchen_count", ("take_orders", False, True, 3 * HOURS, "again")),
        ("change_slip", ("take_orders", False, True, 3 * HOURS, "again")),
        ("label", ("keep_routes", False, True, 3 * HOURS, "again")),
        ("route_sheet", ("keep_routes", False, True, 4 * HOURS, "again")),
        ("day_sheet", ("take_orders", False, True, 4 * HOURS, "again")),
        ("closing_summary", ("see_tickets", False, True, 4 * HOURS, "again")),
        ("drawer", ("see_tickets", False, False, 20, "once")),
    ],
)
def test_what_its_kind_decides(kind: str, decided: tuple[object, ...]) -> None:
    """Who may see it, whether it is of a serving, may be copied, how long it waits, what a doubt becomes."""
    facts = KINDS[kind]

    assert decided == (facts.needs, facts.is_of_a_serving, facts.has_copies, facts.wait_s, facts.in_doubt)


def what_is_missing(facts: type[PaperFacts]) -> list[str]:
    """What a kind of paper still needs beside its file, and in it."""
    kind = facts.kind
    checks = {
        str(one.name): str(one.sqltext) for one in PrintJob.__table__.constraints if isinstance(one, CheckConstraint)
    }
    documented = (ROOT / "docs" / "printing.md").read_text("utf-8")
    is_there = {
        "printing/papers/kinds.py: in KINDS": KINDS.get(kind) is facts,
        "base/words.py: its word": kind in WORDS["paper"],
        "printing/models.py: in the CHECK of kinds": f"'{kind}'" in checks["ck_print_job_kind"],
        "printing/models.py: in the CHECK of servings, or not": facts.is_of_a_serving
        == (f"'{kind}'" in checks["ck_print_job_serving"]),
        "base/access.py: the action somebody needs to see it": facts.needs in ALLOWED,
        "its subject": facts.subject is not PaperFacts.subject,
        "its layout": facts.layout is not PaperFacts.layout,
        "tests/printing/samples.py: a sample": kind in PAPERS,
        "docs/printing.md: its row": f"| `{kind}` |" in documented,
    }
    return [what for what, there in is_there.items() if not there]


def every_kind_in_the_folder() -> set[type[PaperFacts]]:
    modules = [
        importlib.import_module(f"{papers.__name__}.{one.name}") for one in pkgutil.iter_modules(papers.__path__)
    ]
    classes = [one for module in modules for one in vars(module).values() if isinstance(one, type)]
    return {one for one in classes if issubclass(one, PaperFacts) and "kind" in vars(one)}


def test_every_kind_is_whole() -> None:
    assert {facts.kind: missing for facts in every_kind_in_the_folder() if (missing := what_is_missing(facts))} == {}
    assert set(KINDS) == set(WORDS["paper"]) == set(PAPERS)


def test_of_a_half_made_kind_it_is_said_what_is_missing() -> None:
    class Invoice(PaperFacts):
        kind = "invoice"

    assert what_is_missing(Invoice) == [
        "printing/papers/kinds.py: in KINDS",
        "base/words.py: its word",
        "printing/models.py: in the CHECK of kinds",
        "its subject",
        "its layout",
        "tests/printing/samples.py: a sample",
        "docs/printing.md: its row",
    ]


@pytest.mark.parametrize(
    ("kind", "subject"),
    [
        ("ticket", "1121-017 王秀兰"),
        ("guest_ticket", "1121-017 村民"),
        ("void_ticket", "1121-017 王秀兰"),
        ("test_page", "柜台"),
        ("kitchen_count", "11月21日 午餐 42份"),
        ("change_slip", "11月21日 午餐 42→43份"),
        ("label", "东线 3/12 王秀兰"),
        ("route_sheet", "东线 午餐 3户"),
        ("day_sheet", "11月21日 午餐 3人"),
        ("closing_summary", "11月21日 60餐"),
        ("drawer", "李梅"),
    ],
)
def test_what_a_list_says_of_a_paper(kind: str, subject: str) -> None:
    assert subject_of(kind, PAPERS[kind].as_json()) == subject


@one_database
@pytest.mark.parametrize("kind", KINDS)
def test_facts_come_back_from_their_row(app: Flask, kind: str) -> None:
    paper = Paper(PAPERS[kind], COPY)

    sealed = kept(paper, key="paper:1")

    assert opened(sealed, key="paper:1") == json.loads(json.dumps(paper.as_json()))
    assert subject_of(kind, opened(sealed, key="paper:1")) == PAPERS[kind].subject


@one_database
@pytest.mark.parametrize("kind", KINDS)
def test_no_paper_lies_readable(app: Flask, kind: str) -> None:
    words = re.findall("[\u4e00-\u9fff]{2,}", json.dumps(PAPERS[kind].as_json(), ensure_ascii=False))

    assert words, "there is nothing to hide"
    assert not readable(words, kept(Paper(PAPERS[kind]), key="paper:1"))


@one_database
def test_a_sealed_paper_is_bound_to_its_job(app: Flask) -> None:
    sealed = kept(Paper(PAPERS["label"]), key="label:1")

    with pytest.raises(InvalidTag):
        opened(sealed, key="label:2")
