"""Facts go into JSON and back, and never say what must not be said."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from canteen.printing.facts import Paper, Reprint, Share, neutral
from canteen.words import WORDS
from tests.printing.samples import ANY_TEXT, COPY, GUEST, TEST_PAGE, TICKET, VOID


@pytest.mark.parametrize(
    ("kind", "body"),
    [("ticket", TICKET), ("guest_ticket", GUEST), ("void_ticket", VOID), ("test_page", TEST_PAGE)],
)
@pytest.mark.parametrize("mark", [None, COPY])
def test_json_and_back(kind: str, body, mark: Reprint | None) -> None:
    paper = Paper(body, mark)

    assert Paper.of(kind, json.loads(json.dumps(paper.as_json()))) == paper


def test_what_a_newer_version_adds_is_left_out() -> None:
    assert Paper.of("ticket", TICKET.as_json() | {"from_the_future": 1}) == Paper(TICKET)


def test_what_is_missing_is_refused() -> None:
    with pytest.raises(TypeError):
        Paper.of("ticket", {"site_name": "枫林村助餐点"})


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(KeyError):
        Paper.of("invoice", TICKET.as_json())


LABELS = [*WORDS["status"].values(), "独居", "空巢", "留守", "失能", "半失能", "孤寡"]


@pytest.mark.parametrize("label", LABELS)
def test_a_status_label_never_gets_into_facts(label: str) -> None:
    ticket = replace(
        TICKET, shares=(Share(f"{label}补助", 600, f"{label}老人每餐补6元"),), left_text=f"{label}额度还剩 3 餐"
    )
    void = replace(VOID, reason=f"不是{label}")
    copy = replace(COPY, reason=f"{label}老人要求")

    text = json.dumps([Paper(ticket, copy).as_json(), void.as_json()], ensure_ascii=False)

    assert label not in text
    assert ticket.shares == (Share("补贴", 600, "按资格"),)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        pytest.param("身份证110101194403070012的老人", "身份证***的老人", id="ID number"),
        pytest.param("11010119440307001X", "***", id="ID number ending in X"),
        pytest.param("110101 19440307 0012", "***", id="ID number in groups"),
        pytest.param("电话13800138000", "电话***", id="phone"),
        pytest.param("138-0013-8000", "***", id="phone in groups"),
        pytest.param("2026-11-21 起每餐补6元", "2026-11-21 起每餐补6元", id="a date stays"),
        pytest.param("1121-017 卡号0000123", "1121-017 卡号0000123", id="a number of a ticket stays"),
    ],
)
def test_long_numbers_are_hidden(typed: str, kept: str) -> None:
    assert neutral(typed) == kept


@settings(deadline=None)
@given(ANY_TEXT, st.sampled_from(LABELS), ANY_TEXT)
def test_a_label_inside_any_text_is_found(before: str, label: str, after: str) -> None:
    assert neutral(before + label + after, "按资格") == "按资格"
