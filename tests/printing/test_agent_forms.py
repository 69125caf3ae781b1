"""What print agents send and are given: how long and how large, and what a wrong field is told."""

from __future__ import annotations

from typing import Any

import pytest

from canteen.printing.requests import AgentCall
from canteen.printing.sending import agent_forms
from canteen.printing.sending.supply import Ready
from canteen.printing.sending.wires import Outcome
from tests.told import told_where

CALL = {"agent": "a" * 8, "key": "0" * 64, "printer": 2**31 - 1, "longest_s": 300, "attempts": 10_000, "is_hold": False}
SAID = {"state": "sent", "reason": "x" * 300, "note": "  两个空格 "}


def read(**change: Any) -> Any:
    body = CALL | SAID | change
    call = agent_forms.read_call(body, job_id=7)
    trouble, attempts = agent_forms.read_trouble(body)
    known, note = agent_forms.read_outcome(body)
    longest_s = agent_forms.read_longest(body)
    return call, trouble.reason, trouble.is_hold, attempts, known, note, longest_s


def test_what_an_agent_may_send_at_most() -> None:
    call = AgentCall(agent="a" * 8, printer_id=2**31 - 1, job_id=7, claim_key="0" * 64)

    assert read() == (call, "x" * 200, False, 10_000, Outcome("sent", "x" * 200), "两个空格", 300.0)
    assert read(printer=0, longest_s=0, attempts=0)[3] == 0
    assert agent_forms.read_call(CALL | {"key": ""}, job_id=7, is_claimed=False).claim_key == ""
    assert agent_forms.read_outcome({"state": "printed"}) == (Outcome("printed"), "")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("agent", "a" * 7),
        ("agent", "a" * 65),
        ("agent", "A" * 8),
        ("agent", 12345678),
        ("key", None),
        ("key", "k" * 8 + "\n"),
        ("printer", 2**31),
        ("printer", -1),
        ("printer", True),
        ("longest_s", 301),
        ("longest_s", 1.5),
        ("attempts", 10_001),
        ("is_hold", 1),
        ("state", "failed"),
        ("state", None),
        ("reason", 5),
        ("note", ["x"]),
    ],
)
def test_what_an_agent_may_not_send(field: str, value: Any) -> None:
    said = (f"请求里的 {field} 不对", "请更新打印代理程序", field)

    assert told_where(lambda: read(**{field: value})) == said


def test_a_body_is_an_object() -> None:
    said = ("请求内容不是 JSON", "请用 UTF-8 编码的 JSON 发送", "")

    assert told_where(lambda: agent_forms.read_object([])) == said
    assert agent_forms.read_object({"a": 1}) == {"a": 1}


def test_a_paper_reaches_an_agent_as_it_is() -> None:
    job = Ready(
        id=7,
        kind="ticket",
        attempts=1,
        repeats=2,
        data=bytes(range(256)),
        mark=b"0007",
        note="没有字体可画,打成方框:䶮",
    )

    assert agent_forms.ready_of(agent_forms.ready_as_json(job) | {"newer": 1}) == job
