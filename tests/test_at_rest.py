"""The search for readable words finds what is planted, however it is written and wherever it lies."""

from __future__ import annotations

import json

import pytest
from flask import Flask

from canteen.audit import trail
from canteen.base.access import COMMAND
from canteen.base.db import reading, transaction
from canteen.people.models import Elder
from tests.at_rest import leaks, readable, rows_at_rest
from tests.factories import NOW, TODAY, make_elder, make_life_event

WORD = "住三楼"


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(f"x{WORD}x".encode(), id="utf-8"),
        pytest.param(f"x{WORD}x".encode("gb18030"), id="gb18030"),
        pytest.param(f"x{WORD}x".encode("utf-16-le"), id="utf-16"),
        pytest.param(json.dumps({"note": WORD}).encode(), id="JSON"),
        pytest.param(json.dumps({"note": WORD}, ensure_ascii=False), id="text"),
    ],
)
def test_a_word_is_found_in_every_spelling(content: bytes | str) -> None:
    assert readable([WORD, "不在"], content) == [WORD]


def test_words_planted_in_columns_of_every_kind_are_found(app: Flask) -> None:
    elder = make_elder("王秀兰")
    make_life_event(elder, "paused", TODAY, reason="去省城了")
    with transaction() as session:
        trail.record(
            session, actor=COMMAND, action="plant", subject="test", at=NOW, detail={"note": WORD, "deep": ["糖尿病"]}
        )
        session.get_one(Elder, elder).sealed = "没有封".encode()

    with reading() as session:
        found = rows_at_rest(session, ["audit", "elder", "life_event"])

    words = ("王秀兰", WORD, "糖尿病", "没有封", "去省城了", "不在")
    assert sorted(leaks(words, found)) == [
        ("table audit", WORD),
        ("table audit", "糖尿病"),
        ("table elder", "没有封"),
        ("table elder", "王秀兰"),
        ("table life_event", "去省城了"),
    ]
