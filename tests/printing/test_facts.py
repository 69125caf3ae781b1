"""Facts go into JSON and back, and never say what must not be said."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from canteen.base.config import ROOT
from canteen.base.words import WORDS
from canteen.printing.papers.facts import PayerShare
from canteen.printing.papers.kinds import KINDS, Paper, Reprint
from canteen.printing.papers.neutral import neutral, unlabelled
from tests.printing.samples import ANY_TEXT, CLOSING, COPY, PAPERS, ROUTE, TICKET, VOID


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("mark", "maybe_again"), [(None, False), (COPY, False), (None, True)])
def test_json_and_back(kind: str, mark: Reprint | None, maybe_again: bool) -> None:
    paper = Paper(PAPERS[kind], mark, maybe_again)

    assert Paper.of(kind, json.loads(json.dumps(paper.as_json()))) == paper


#: Rows of jobs as the first version of the program wrote them, one of each kind: they may wait for a printer still.
KEPT = dict(line.split(" ", 1) for line in (ROOT / "tests/data/papers_kept.txt").read_text("utf-8").splitlines())


#: What the samples say that the first version did not know yet is empty on its papers.
FIRST = {
    "closing_summary": replace(
        CLOSING,
        slots=tuple(replace(one, delivered=0, prepared=None) for one in CLOSING.slots),
        anchors=(),
        fingerprint="",
    )
}


@pytest.mark.parametrize("kind", KEPT)
def test_a_job_of_an_older_version_is_read(kind: str) -> None:
    mark = COPY if kind in ("ticket", "label") else None

    assert Paper.of(kind, json.loads(KEPT[kind])) == Paper(FIRST.get(kind, PAPERS[kind]), mark)


@pytest.mark.parametrize(("name", "wrong"), [("price_fen", "1200"), ("number", 17), ("qr", None), ("is_guest", 1)])
def test_a_fact_of_another_type_is_refused(name: str, wrong: object) -> None:
    with pytest.raises(TypeError):
        Paper.of("ticket", TICKET.as_json() | {name: wrong})


def test_a_part_of_a_newer_version_loses_what_is_unknown() -> None:
    facts = ROUTE.as_json()
    facts["doors"][0]["from_the_future"] = 1

    assert Paper.of("route_sheet", facts) == Paper(ROUTE)


def test_what_a_newer_version_adds_is_left_out() -> None:
    assert Paper.of("ticket", TICKET.as_json() | {"from_the_future": 1}) == Paper(TICKET)


def test_what_is_missing_is_refused() -> None:
    with pytest.raises(TypeError):
        Paper.of("ticket", {"site_name": "枫林村助餐点"})


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(KeyError):
        Paper.of("invoice", TICKET.as_json())


LABELS = [*WORDS["status"].values(), "独居", "空巢", "留守", "失能", "半失能", "轻度失能", "完全失能", "孤寡"]


@pytest.mark.parametrize("label", LABELS)
def test_a_status_label_never_gets_into_facts(label: str) -> None:
    ticket = replace(
        TICKET, shares=(PayerShare(f"{label}补助", 600, f"{label}老人每餐补6元"),), left_text=f"{label}额度还剩 3 餐"
    )
    void = replace(VOID, reason=f"不是{label}")
    copy = replace(COPY, reason=f"{label}老人要求")

    text = json.dumps([Paper(ticket, copy).as_json(), void.as_json()], ensure_ascii=False)

    assert label not in text
    assert ticket.shares == (PayerShare("补贴", 600, "按资格"),)


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


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        pytest.param("低\u200b保户,证362101\u200b19500101\u200b1234", ",证***", id="invisible characters inside"),
        pytest.param("13800\u200d138000", "***", id="joined phone"),
        pytest.param("138.0013.8000 1380 013 8000 138–0013–8000", "*** *** ***", id="phones as people write them"),
        pytest.param("站点0794-5550123", "站点***", id="landline"),
        pytest.param("低低保保 独独居居", " ", id="a label inside a label"),
        pytest.param("低 保户在三楼", "在三楼", id="with a blank inside"),
        pytest.param("残疾人,钥匙在对门", ",钥匙在对门", id="with what belongs to it"),
        pytest.param("优抚医院对面", "优抚医院对面", id="a hospital"),
        pytest.param("五老村老学堂后", "五老村老学堂后", id="a village"),
        pytest.param("五老村民", "村民", id="somebody of five"),
        pytest.param("残疾人联合会后面", "残疾人联合会后面", id="a federation"),
        pytest.param("残疾人联系电话在门上", "联系电话在门上", id="not a federation"),
        pytest.param("留守儿童之家旁", "留守儿童之家旁", id="a home"),
        pytest.param("11.21 12.30 5.00", "11.21 12.30 5.00", id="days and amounts stay"),
    ],
)
def test_a_door_keeps_its_place_and_loses_the_label(typed: str, kept: str) -> None:
    assert unlabelled(typed) == kept


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("kind", ["kitchen_count", "change_slip", "label", "route_sheet", "closing_summary"])
def test_a_status_label_never_gets_onto_a_sheet(kind: str, label: str) -> None:
    """Diets, hints, places and payers may hold one; where it stood, the rest of a door's hint stays."""
    text = json.dumps(PAPERS[kind].as_json(), ensure_ascii=False)
    for word in ("软食", "三楼右手", "枫林村 ", "云溪路", "政府补助"):
        text = text.replace(word, f"{label}{word}")

    read = json.dumps(Paper.of(kind, json.loads(text)).as_json(), ensure_ascii=False)

    assert label not in read
    if kind == "route_sheet":
        assert "三楼右手,钥匙在对门" in read


@settings(deadline=None)
@given(ANY_TEXT, st.sampled_from(LABELS), ANY_TEXT)
def test_a_label_inside_any_text_is_found(before: str, label: str, after: str) -> None:
    assert neutral(before + label + after, "按资格") == "按资格"
