"""Strict reading of one table: what is taken, what is told, and where each bound lies."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from canteen.schemes.language.reader import AREA_WORDS, DAY_WORDS, UNKNOWN, Notes, Table, is_area, neutral

Read = Callable[[Table], Any]
MONEY_WORDS = '金额(元),0 到 999999999,最多两位小数,例如 10 或 "10.50"'
PERCENT_WORDS = " 0 到 100 的百分数,最多两位小数"


def read(value: object, ask: Read, where: str = "purse") -> tuple[Any, list[str], list[str]]:
    """What is read from a table of one key ``k`` (of none for None), the problems, and what is not stated."""
    notes = Notes()
    found = ask(Table({} if value is None else {"k": value}, where, notes))
    return found, notes.problems, notes.missing


def wrong(shown: str, allowed: str) -> list[str]:
    return [f"purse.k:写的是{shown},应为{allowed}"]


def lacks(allowed: str) -> list[str]:
    return [f"purse.k:没有写,应为{allowed}"]


LINE = "一行文字,最多 5 字"
WORDS = '其中之一:甲、""、乙'


@pytest.mark.parametrize(
    ("ask", "value", "found", "problems"),
    [
        pytest.param(lambda t: t.text("k", longest=5), " 五个字啊 ", "五个字啊", [], id="text"),
        pytest.param(lambda t: t.text("k", longest=5), "一二三四五", "一二三四五", [], id="as long as may be"),
        pytest.param(lambda t: t.text("k", longest=5), "一二三四五六", "", wrong("「一二三四五六」", LINE), id="too long"),
        pytest.param(lambda t: t.text("k", longest=5), " ", "", wrong("「 」", LINE), id="only a space"),
        pytest.param(lambda t: t.text("k", longest=5), "a\nb", "", wrong("「a□b」", LINE), id="two lines"),
        pytest.param(lambda t: t.text("k", longest=5), 5, "", wrong(" 5", LINE), id="a number"),
        pytest.param(lambda t: t.text("k", longest=5), None, "", lacks(LINE), id="no text"),
        pytest.param(lambda t: t.text("k", default="无"), None, "无", [], id="a text that need not be"),
        pytest.param(lambda t: t.text("k"), "字" * 60, "字" * 60, [], id="sixty signs"),
        pytest.param(
            lambda t: t.text("k"), "字" * 61, "", wrong(f"「{'字' * 40}」", "一行文字,最多 60 字"), id="and one more"
        ),
        pytest.param(lambda t: t.match("k", "[a-z]+", "小写字母"), "ab", "ab", [], id="matches"),
        pytest.param(lambda t: t.match("k", "[a-z]+", "小写字母"), "ab1", "", wrong("「ab1」", "小写字母"), id="does not"),
        pytest.param(lambda t: t.match("k", "[a-z]+", "小写字母"), None, "", lacks("小写字母"), id="must be there"),
        pytest.param(lambda t: t.choice("k", ("甲", "", "乙")), "乙", "乙", [], id="one of some words"),
        pytest.param(lambda t: t.choice("k", ("甲", "", "乙")), "丙", "", wrong("「丙」", WORDS), id="another word"),
        pytest.param(lambda t: t.choice("k", ("甲", "", "乙")), None, "", lacks(WORDS), id="no word"),
        pytest.param(lambda t: t.choice("k", ("甲", "乙"), default="乙"), None, "乙", [], id="a word by default"),
        pytest.param(lambda t: t.choice("k", ("甲", "乙"), default="乙"), 1, "乙", wrong(" 1", "其中之一:甲、乙"), id="no"),
        pytest.param(lambda t: t.area("k"), "金溪县/云溪镇", "金溪县/云溪镇", [], id="an area"),
        pytest.param(lambda t: t.area("k"), "金溪县/", "", wrong("「金溪县/」", AREA_WORDS), id="half an area"),
        pytest.param(lambda t: t.area("k"), None, "", lacks(AREA_WORDS), id="no area"),
        pytest.param(lambda t: t.area("k", default=""), "", "", [], id="everywhere"),
        pytest.param(lambda t: t.choices("k", ("甲", "乙")), ["乙", "甲"], ("乙", "甲"), [], id="words"),
        pytest.param(lambda t: t.choices("k", ("甲", "乙")), None, (), [], id="no words"),
        pytest.param(lambda t: t.choices("k", ("甲", "乙")), [], (), wrong("空列表", "列表 [...],至少一项"), id="empty"),
        pytest.param(lambda t: t.choices("k", ("甲", "乙"), least=0), [], (), [], id="may be empty"),
        pytest.param(
            lambda t: t.choices("k", ("甲", "乙"), least=0), "甲", (), wrong("「甲」", "列表 [...]"), id="no list"
        ),
        pytest.param(
            lambda t: t.choices("k", ("甲", "乙")),
            ["甲", "丙", 3],
            ("甲", "", ""),
            [
                "purse.k[2]:写的是「丙」,应为其中之一:甲、乙",
                "purse.k[3]:写的是 3,应为其中之一:甲、乙",
            ],
            id="two wrong words",
        ),
        pytest.param(lambda t: t.names("k"), ["随便", ""], ("随便", ""), [], id="any words"),
        pytest.param(lambda t: t.names("k"), [{}], ("",), ["purse.k[1]:写的是一个表,应为文字"], id="no words at all"),
        pytest.param(lambda t: t.areas("k"), ["甲县", "乙县/丙镇"], ("甲县", "乙县/丙镇"), [], id="areas"),
        pytest.param(lambda t: t.areas("k"), ["甲 县"], ("",), [f"purse.k[1]:写的是「甲 县」,应为{AREA_WORDS}"], id="none"),
        pytest.param(lambda t: t.flag("k"), True, True, [], id="a flag"),
        pytest.param(lambda t: t.flag("k"), None, False, [], id="no flag"),
        pytest.param(lambda t: t.flag("k", default=True), None, True, [], id="a flag by default"),
        pytest.param(lambda t: t.flag("k", default=True), False, False, [], id="not by default"),
        pytest.param(lambda t: t.flag("k"), "true", False, wrong("「true」", " true 或 false"), id="a word for a flag"),
        pytest.param(lambda t: t.day("k"), date(2026, 2, 28), date(2026, 2, 28), [], id="a day"),
        pytest.param(lambda t: t.day("k"), "2026-02-28", date(2026, 2, 28), [], id="a day as text"),
        pytest.param(lambda t: t.day("k"), None, None, [], id="no day"),
        pytest.param(lambda t: t.day("k"), "2026-02-29", None, wrong("「2026-02-29」", DAY_WORDS), id="not in the calendar"),
        pytest.param(lambda t: t.day("k"), "20260228", None, wrong("「20260228」", DAY_WORDS), id="written otherwise"),
        pytest.param(
            lambda t: t.day("k"),
            datetime(2026, 2, 28, 9),
            None,
            wrong("「2026-02-28 09:00:00」", DAY_WORDS),
            id="an hour",
        ),
    ],
)  # fmt: skip
def test_words_and_days(ask: Read, value: object, found: object, problems: list[str]) -> None:
    assert read(value, ask) == (found, problems, [])


@pytest.mark.parametrize(
    ("ask", "value", "found", "shown"),
    [
        (lambda t: t.whole("k", 2, 9), 2, 2, ""),
        (lambda t: t.whole("k", 2, 9), 9, 9, ""),
        (lambda t: t.whole("k", 2, 9), 1, 2, " 1"),
        (lambda t: t.whole("k", 2, 9), 10, 2, " 10"),
        (lambda t: t.whole("k", 0, 9), True, 0, " true"),
        (lambda t: t.whole("k", 0, 9), False, 0, " false"),
        (lambda t: t.whole("k", 0, 9), Decimal("1"), 0, "「1」"),
        (lambda t: t.whole("k", 0, 9), 10**12 - 1, 0, " 999999999999"),
        (lambda t: t.whole("k", 0, 9), 10**12, 0, "过大的数"),
        (lambda t: t.whole("k", 0, 9), -(10**12), 0, "过大的数"),
        (lambda t: t.whole("k", 0, 9), ["x"], 0, "一个列表"),
    ],
)
def test_whole_numbers(ask: Read, value: object, found: int, shown: str) -> None:
    low = 2 if found == 2 or value in (2, 9) else 0
    told = wrong(shown, f" {low} 到 9 的整数") if shown else []

    assert read(value, ask) == (found, told, [])


@pytest.mark.parametrize(
    ("value", "fen"),
    [
        (0, 0),
        (10, 1000),
        ("10.50", 1050),
        (" ¥1,200 ", 120000),
        (Decimal("0.01"), 1),
        (Decimal("1E+2"), 10000),
        (999_999_999, 99_999_999_900),
        ("999999999", 99_999_999_900),
    ],
)
def test_money(value: object, fen: int) -> None:
    assert read(value, lambda t: t.money("k")) == (fen, [], [])


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (-1, " -1"),
        (10**9, " 1000000000"),
        (True, " true"),
        ("十元", "「十元」"),
        ("1.005", "「1.005」"),
        (Decimal("0.001"), "「0.001」"),
        (Decimal("NaN"), "「NaN」"),
        (Decimal("1E+10"), "「1E+10」"),
        (Decimal("1E+999999"), "「1E+999999」"),
        (Decimal("1E-999999"), "「1E-999999」"),
        (Decimal("999999999.01"), "「999999999.01」"),
        ({}, "一个表"),
    ],
)
def test_what_is_no_money(value: object, shown: str) -> None:
    assert read(value, lambda t: t.money("k")) == (0, wrong(shown, MONEY_WORDS), [])


@pytest.mark.parametrize(("value", "fen"), [(50, 5000), ("50.01", 0)])
def test_money_may_have_a_limit_of_its_own(value: object, fen: int) -> None:
    found, problems, _ = read(value, lambda t: t.money("k", highest=50))

    assert (found, bool(problems)) == (fen, not fen)
    assert not problems or problems == wrong("「50.01」", MONEY_WORDS.replace("999999999", "50"))


@pytest.mark.parametrize(
    ("value", "bp", "shown"),
    [
        (0, 0, ""),
        (50, 5000, ""),
        (100, 10000, ""),
        (Decimal("33.33"), 3333, ""),
        (Decimal("0.01"), 1, ""),
        (101, 0, " 101"),
        (Decimal("100.01"), 0, "「100.01」"),
        (-1, 0, " -1"),
        (Decimal("33.333"), 0, "「33.333」"),
        (Decimal("Infinity"), 0, "「Infinity」"),
        (True, 0, " true"),
        ("50", 0, "「50」"),
    ],
)
def test_percentages(value: object, bp: int, shown: str) -> None:
    assert read(value, lambda t: t.percent("k")) == (bp, wrong(shown, PERCENT_WORDS) if shown else [], [])


@pytest.mark.parametrize("value", [None, UNKNOWN])
@pytest.mark.parametrize(
    ("ask", "instead"), [(lambda t: t.whole("k", 3, 9), 3), (lambda t: t.money("k"), 0), (lambda t: t.percent("k"), 0)]
)
def test_a_number_the_notice_does_not_state_is_missing_and_no_mistake(value: object, ask: Read, instead: int) -> None:
    assert read(value, ask) == (instead, [], ["purse.k"])
    assert read(value, ask, where="")[2] == ["k"]


def test_a_wrong_table_is_told_once_and_not_key_by_key() -> None:
    notes = Notes()
    for found, where in (([], "purse"), (5, "")):
        table = Table(found, where, notes)
        table.text("k")
        table.whole("n", 0, 1)
        table.done()

    assert notes.problems == ["purse:写的是空列表,应为一个表(键 = 值)", "文件:写的是 5,应为一个表(键 = 值)"]
    assert notes.missing == []


def test_what_nobody_asked_for_is_named_with_what_may_stand_there() -> None:
    notes = Notes()
    table = Table({"a": 1, "b": 2, "longer": 3}, "purse", notes)
    assert table.keys() == ["a", "b", "longer"] and table.has("a") and not table.has("c") and table.has("a")
    table.done()
    Table({"x": 1}, "", notes).done()

    assert notes.problems == [
        "purse:不认识的键「b」,这里可以用:a、c",
        "purse:不认识的键「longer」,这里可以用:a、c",
        "文件:不认识的键「x」,这里可以用:",
    ]


@pytest.mark.parametrize(("source", "problem"), [("篇三" * 100, ""), ("篇" * 201, "一行文字,最多 200 字")])
def test_a_source_is_kept_with_its_place(source: str, problem: str) -> None:
    notes = Notes()
    Table({"source": source}, "amount", notes).done_with_source()

    assert notes.sources == [("amount", "" if problem else source)]
    assert [one[-len(problem) :] for one in notes.problems] == ([problem] if problem else [])


def test_tables_below_are_counted_from_one_and_read_whole() -> None:
    notes = Notes()
    table = Table({"one": {"a": "x", "source": "甲"}, "list": [{"a": "y"}, {"a": "z", "b": 1}, 7]}, "top", notes)

    assert table.part("one", lambda t: t.text("a")) == "x"
    assert table.part("none", lambda t: t.text("a")) is None
    assert table.parts("list", lambda t: t.text("a")) == ("y", "z", "")
    assert table.parts("none", lambda t: t.text("a")) == ()
    assert table.table("none").keys() == [] and table.tables("none") == []
    assert notes.sources == [("top.one", "甲")]
    assert notes.problems == [
        "top.list[3]:写的是 7,应为一个表(键 = 值)",
        "top.list[2]:不认识的键「b」,这里可以用:a、source",
    ]


def test_keys_that_exclude_each_other() -> None:
    notes = Notes()
    table = Table({"a": 1, "b": 2}, "caps[1]", notes)

    assert table.only_one("a", "b", told="a 和 b ") == ["a", "b"]
    assert table.only_one("a", "c", told="a 和 c ") == ["a"]
    assert table.exactly_one("a", "b", "a 和 b ") and not table.exactly_one("c", "d", "c 和 d ")
    assert table.exactly_one("a", "c", "") and not table.exactly_one("c", "a", "")
    assert notes.problems == [
        "caps[1]:a 和 b 只写一个",
        "caps[1]:a 和 b 要写一个,只写一个",
        "caps[1]:c 和 d 要写一个,只写一个",
    ]


def test_a_name_that_is_there_twice() -> None:
    notes = Notes()
    table = Table({}, "classes[2]", notes)
    for found, earlier in (("甲", ["甲"]), ("乙", ["甲"]), ("", [""])):
        table.once("code", found, earlier, ",不能相同")

    assert notes.problems == ["classes[2].code:「甲」写了两次,不能相同"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("六类", ""),
        ("低保类", "purse.k:「低保类」会印在小票和公示上,不能有「低保」,请换一个中性的写法"),
        ("字" * 40, ""),
        ("字" * 41, f"purse.k:写的是「{'字' * 40}」,应为一行文字,最多 40 字"),
    ],
)
def test_what_is_printed_says_not_what_people_are(text: str, problem: str) -> None:
    assert read(text, lambda t: neutral(t, "k"))[1] == ([problem] if problem else [])


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("金溪县", True), ("a/b/c", True), ("", False), ("/a", False), ("a//b", False), ("a\u200b", False), (5, False)],
)
def test_paths_of_areas(text: object, is_one: bool) -> None:
    assert is_area(text) is is_one
