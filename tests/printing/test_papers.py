"""Kinds of paper, and how their facts are kept."""

from __future__ import annotations

import json

import pytest
from cryptography.exceptions import InvalidTag
from flask import Flask

from canteen.base.access import ALLOWED
from canteen.base.words import PAPERS_OF_A_SERVING, WORDS
from canteen.printing.papers.kinds import FACTS, KITCHEN_KINDS, SEALED_KINDS, SEE, STALE_AFTER, Paper, subject_of
from canteen.printing.papers.sealing import kept, opened
from tests.at_rest import readable
from tests.printing.samples import COPY, PAPERS

one_database = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)


@pytest.mark.parametrize(
    "kinds",
    [PAPERS_OF_A_SERVING, KITCHEN_KINDS, SEALED_KINDS, SEE, STALE_AFTER],
    ids=["of a serving", "kitchen", "sealed", "see", "stale"],
)
def test_rules_speak_of_kinds_there_are(kinds: object) -> None:
    assert set(kinds) <= set(FACTS)  # type: ignore[call-overload]


def test_every_kind_has_a_name_and_what_is_sealed_needs_a_right() -> None:
    assert set(WORDS["paper"]) == set(FACTS)
    assert set(SEE) == SEALED_KINDS
    assert set(SEE.values()) <= set(ALLOWED)


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
@pytest.mark.parametrize("kind", FACTS)
def test_facts_come_back_from_their_row(app: Flask, kind: str) -> None:
    facts = Paper(PAPERS[kind], COPY).as_json()

    text = kept(kind, facts, key="paper:1")

    assert opened(kind, text, key="paper:1") == json.loads(json.dumps(facts))
    assert subject_of(kind, json.loads(text)) == PAPERS[kind].subject


@one_database
@pytest.mark.parametrize("kind", sorted(SEALED_KINDS))
def test_diets_addresses_and_lists_do_not_lie_readable(app: Flask, kind: str) -> None:
    text = kept(kind, PAPERS[kind].as_json(), key="paper:1")

    secrets = ("软食", "云溪路", "钥匙", "热合曼", "低糖")
    assert readable(secrets, json.dumps(PAPERS[kind].as_json())), "there is nothing to hide"
    assert not readable(secrets, text)


@one_database
def test_a_sealed_paper_is_bound_to_its_job(app: Flask) -> None:
    text = kept("label", PAPERS["label"].as_json(), key="label:1")

    with pytest.raises(InvalidTag):
        opened("label", text, key="label:2")
