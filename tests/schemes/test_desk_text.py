"""The desk's pure parts: places in a text, single numbers, plain words, comparing, dates and versions."""

from __future__ import annotations

import sys
import tomllib
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from canteen.base.errors import BadInput, Refusal
from canteen.desk.checking import check
from canteen.desk.numbers import change_numbers, numbers_of
from canteen.desk.reading_back.compare import differences, text_lines
from canteen.desk.reading_back.explain import explain
from canteen.desk.reading_back.labels import label_of
from canteen.desk.toml_text import line_of, lines_of, parsed_toml, with_values
from canteen.schemes.builtin import builtin_schemes
from canteen.schemes.rules import (
    Period,
    check_days,
    check_end,
    may_switch_on,
    next_version,
    start_notes,
    state_of,
    superseded,
    version_in_use,
)
from tests.schemes.desk_texts import TEXT
from tests.told import told_where

JINXI = TEXT
TRICKY = '''\
a."b c" = 1 # = 2
text = "x # y \\" [z]"
long = """
a = 1
""""
list = [
  { yuan = 3, name = "一" }, # 第一
  { yuan = 4 },
]
[[classes]]
code = "甲"
[classes.when]
age = { from = 60, under = 70 }
[[classes]]
code = '乙'
caps = [{ per = "day", yuan = "2.50" }]
'''
#: Blocks put at the end of the text, away from the others of their list.
APART = """\
caps = [
  # 3 meals
  { per = "day", meals = 3 }, # 3
]
when.age.from = 60
note = 1
when.age.to = 70
[[classes]]
code = "一"
[other]
[[classes]] # 二
code = "二"
  [classes.when]
  note = \'\'\'
[classes]
1\'\'\'
  days = [[1], [
    2]]
"""


@pytest.mark.parametrize(
    "text", [TRICKY, APART, *builtin_schemes().values()], ids=["tricky", "apart", *builtin_schemes()]
)
def test_every_value_has_its_line_and_is_changed_there_alone(text):
    lines = lines_of(text)
    old = text.split("\n")

    for path, value in leaves(tomllib.loads(text, parse_float=Decimal)):
        assert old[lines[path] - 1].strip(), path
        changed = with_values(text, {path: "77"}).split("\n")
        height = value.count("\n") + (value.count("\n") > 0) if isinstance(value, str) else 0
        assert changed == [*old[: lines[path] - 1], changed[lines[path] - 1], *old[lines[path] + height :]], path
        assert "77" in changed[lines[path] - 1] and dict(leaves(parsed_toml("\n".join(changed))))[path] == 77, path


def leaves(value: Any, path: str = "") -> Any:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for place, item in enumerate(value, 1):
            yield from leaves(item, f"{path}[{place}]")
    else:
        yield path, value


@pytest.mark.parametrize(
    ("path", "line"),
    [("classes[2].when.age.from", 37), ("classes[2].when.nothing", 37), ("caps[1].meals", 25), ("no.such.key", None)],
)
def test_a_problem_finds_its_line_or_the_table_around_it(path, line):
    assert line_of(lines_of(JINXI), path) == line


@given(st.text(alphabet="ab=.[]{}\"'\n #,1", max_size=40))
@settings(max_examples=200)
def test_lines_never_fail_and_a_change_never_touches_anything_else(text):
    lines = lines_of(text)
    assert parsed_toml(text) or not lines
    for path in lines:
        try:
            changed = with_values(text, {path: "77"})
        except (BadInput, KeyError, IndexError, TypeError):
            continue
        after = dict(leaves(parsed_toml(changed)))
        assert after.pop(path) == 77
        assert after.items() <= dict(leaves(parsed_toml(text))).items()


def test_one_number_is_changed_and_nothing_else():
    text = change_numbers(JINXI, {"amount.yuan.rural": "450.5", "amount.own_percent": "40", "version": "2"})

    assert parsed_toml(text)["amount"] == parsed_toml(JINXI)["amount"] | {
        "yuan": {"urban": 550, "rural": Decimal("450.50")},
        "own_percent": 40,
    }
    assert [line.split("#")[-1] for line in text.splitlines() if "#" in line] == [
        line.split("#")[-1] for line in JINXI.splitlines() if "#" in line
    ]
    assert sum(old != new for old, new in zip(JINXI.splitlines(), text.splitlines(), strict=True)) == 3


@pytest.mark.parametrize(
    ("typed", "written"),
    [("", '"?"'), ("?", '"?"'), ("０４５０", "450"), ("￥1,200元", "1200"), ("12.5", "12.50"), ("400", "400")],
)
def test_money_is_read_as_people_type_it(typed, written):
    assert f"rural = {written} }}" in change_numbers(JINXI, {"amount.yuan.rural": typed})


@pytest.mark.parametrize(
    ("path", "typed"),
    [
        ("amount.yuan.rural", "-1"),
        ("amount.yuan.rural", "1e9"),
        ("amount.yuan.rural", "1.234"),
        ("caps[1].meals", "1.5"),
        ("caps[1].meals", "多"),
        ("version", 'a" x = "'),
        ("version", ""),
        ("id", "other"),
        ("classes", "1"),
        ("no.such", "1"),
    ],
)
def test_what_is_no_number_is_refused_with_its_field(path, typed):
    with pytest.raises(BadInput):
        change_numbers(JINXI, {path: typed})


def test_numbers_are_named_in_words():
    found = {
        one.path: one
        for one in numbers_of("valid_from = 2026-01-01\n" + JINXI.replace("own_percent = 50", 'own_percent = "?"'))
    }

    assert found["classes[2].when.age.from"].label == "二类 · 条件 · 年龄 · 满"
    assert (found["amount.yuan.rural"].label, found["amount.yuan.rural"].kind) == ("金额 · 农村", "money")
    assert (found["amount.own_percent"].shown, found["amount.own_percent"].kind) == ("", "number")
    assert found["valid_from"].kind == "day"
    assert "id" not in found


def test_a_scheme_is_told_in_words():
    told = explain(parsed_toml(JINXI))

    one = told.classes[3]
    assert one.who == "户籍在金溪县,并且满 70 周岁,并且属于特困,并且不是(属于机构供养)"
    assert one.how_much == "每月标准 城镇 550.00 元、农村 400.00 元,其中老人自付 50%"
    rows = {row.title: row.words for row in told.rows}
    assert rows["运营补贴"].startswith(
        "每天 1 餐:每年 10,000.00 元;每天 2 餐:每年 20,000.00 元;完成计划供餐日的 90% 以上"
    )


def test_what_the_text_does_not_say_is_told_all_the_same():
    told = explain(parsed_toml('amount = { kind = "per_meal", yuan = 3 }'))

    assert [(row.title, row.words) for row in told.rows] == [
        ("金额", "每餐补助 3.00 元,不超过餐价"),
        ("餐次", "没有写明:每个餐次都补助"),
        ("限额", "没有写明:每餐次最多补助 1 餐"),
        ("谁出钱", "政府补助,没有写明由谁出资"),
    ]
    assert (
        explain(parsed_toml('purse = { expires = "never" }\namount = { kind = "free" }')).rows[-1].title == "额度账户"
    )


CONDITIONS = {
    "nobody named": ("", "所有人"),
    "ages": ("age = { from = 60, under = 80 }", "满 60 周岁、不满 80 周岁"),
    "over and to": ("age = { over = 60, to = 79 }", "超过 60 周岁、79 周岁以下(含)"),
    "places": ('residence = { in = ["甲县"], except = ["甲县/乙镇"] }', "居住在甲县(甲县/乙镇除外)"),
    "any": ('any = [{ any_status = ["dibao"] }, { age = { from = 80 } }]', "(属于低保)或者(满 80 周岁)"),
    "not known yet": ("moon_phase = 3", "moon_phase:3"),
}


@pytest.mark.parametrize(("toml", "words"), CONDITIONS.values(), ids=CONDITIONS)
def test_conditions_in_words(toml, words):
    document = parsed_toml(f'[[classes]]\ncode = "甲"\n[classes.when]\n{toml}')

    assert explain(document).classes[0].who.replace("((", "(").replace("))", ")") == words


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.dates(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "amount",
                    "kind",
                    "yuan",
                    "classes",
                    "when",
                    "age",
                    "any",
                    "not",
                    "caps",
                    "funding",
                    "overrides",
                    "spend",
                    "slots",
                    "tiers",
                    "per",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(
    st.dictionaries(
        st.sampled_from(
            [
                "amount",
                "classes",
                "eligible",
                "caps",
                "funding",
                "overrides",
                "spend",
                "slots",
                "operating_grant",
                "rounding",
                "site_area",
                "purse",
            ]
        ),
        values,
        max_size=5,
    )
)
@settings(max_examples=150)
def test_anything_is_told_without_failing(document):
    assert explain(document) is not None
    for path, _ in leaves(document):
        assert label_of(path, document), path


def test_a_text_is_checked_with_lines_and_missing_numbers():
    wrong = check(JINXI.replace("from = 60", "from = 600", 1))
    broken = check("id = \nname")
    missing = check(JINXI.replace("rural = 400", 'rural = "?"'))

    assert [(one.line, one.words.split(":")[0]) for one in wrong.problems] == [(31, "classes[1].when.age.from")]
    assert (broken.state, broken.problems[0].line) == ("wrong", 1)
    assert (missing.state, [(one.line, one.words) for one in missing.missing]) == (
        "incomplete",
        [(13, "金额 · 农村(amount.yuan.rural)")],
    )


def test_what_may_not_be_meant_is_told_with_its_line():
    text = JINXI.replace('any_status = ["dibao"]', 'any_status = ["dibao"], not = { any_status = ["dibao"] }')

    doubted = check(text)

    assert doubted.state == "ready"
    assert [(one.line, one.words.split(":")[0]) for one in doubted.warnings] == [(43, "classes[3].when")]


def test_a_number_missing_in_an_area_has_its_line():
    text = JINXI + '[[overrides]]\narea = "金溪县/云溪镇"\namount = { own_percent = "?" }\n'

    (missing,) = check(text).missing

    assert (missing.line, missing.words) == (
        len(text.splitlines()),
        "金溪县/云溪镇 · 金额 · 自付比例(overrides[1]:amount.own_percent)",
    )


def test_differences_are_by_meaning():
    new = JINXI.replace("own_percent = 50", "own_percent = 40 # 新").replace(
        'code = "六类"', 'code = "六类"\ncaps = [{ per = "week", meals = 5 }]'
    )
    blocks = JINXI.split("\n\n")
    moved = "\n\n".join([*blocks[:5], blocks[6], blocks[5], *blocks[7:]])

    assert [(one.label, one.old, one.new) for one in differences(JINXI, new)] == [
        ("金额 · 自付比例", "50", "40"),
        ("六类 · 限额第 1 项 · 每", "", "week"),
        ("六类 · 限额第 1 项 · 餐数", "", "5"),
    ]
    assert differences(JINXI, moved) == []
    assert [line.kind for line in text_lines(JINXI, new) if line.kind in ("old", "new")] == ["old", "new", "new"]


@pytest.mark.parametrize(
    ("version", "taken", "after"),
    [
        ("1", ["1"], "2"),
        ("1", ["1", "2"], "3"),
        ("2026", ["2026"], "2026-2"),
        ("2026-1", ["2026-1"], "2026-2"),
        ("试行", [], "试行-2"),
        ("", [], "2"),
        ("v9", ["v9"], "v10"),
    ],
)
def test_the_next_version_name(version, taken, after):
    assert next_version(version, taken) == after


NOVEMBER, DECEMBER, TODAY = date(2026, 11, 1), date(2026, 12, 1), date(2026, 11, 21)
OPEN = Period(1, "1", date(2026, 1, 1), None)
TILL_NOVEMBER = Period(1, "1", date(2026, 1, 1), date(2026, 11, 30))


def test_an_open_version_ends_and_one_with_days_of_its_own_stands_in_the_way():
    assert superseded([OPEN], DECEMBER, None, name="甲") == [OPEN]
    assert superseded([TILL_NOVEMBER], DECEMBER, None, name="甲") == []
    with pytest.raises(Refusal, match="2026-11-30") as refused:
        superseded([TILL_NOVEMBER], date(2026, 11, 30), None, name="甲")
    assert refused.value.code == "overlap"


def test_a_later_version_is_in_the_way_unless_the_new_one_ends_before_it():
    later = Period(2, "2", date(2027, 1, 1), None)

    assert superseded([OPEN, later], DECEMBER, date(2026, 12, 31), name="甲") == [OPEN]
    with pytest.raises(Refusal) as refused:
        superseded([OPEN, later], DECEMBER, None, name="甲")
    assert refused.value.code == "later_version"


def test_an_end_may_not_run_into_the_next_version():
    later = Period(2, "2", DECEMBER, None)

    check_end(OPEN, date(2026, 11, 30), [later], name="甲")
    for last in (None, DECEMBER):
        with pytest.raises(Refusal):
            check_end(OPEN, last, [later], name="甲")
    with pytest.raises(BadInput):
        check_end(later, NOVEMBER, [], name="甲")


@pytest.mark.parametrize(
    ("first", "consents"),
    [(DECEMBER, 0), (date(2026, 11, 23), 1), (NOVEMBER, 1), (date(2026, 11, 2), 2)],
    ids=["next month", "mid-month", "past", "past and mid-month"],
)
def test_what_needs_to_be_said(first, consents):
    notes = start_notes(first, today=TODAY, served=3, own_first=None, own_last=None)

    assert [note.needs_consent for note in notes] == [True] * consents


def test_the_scheme_s_own_days_are_told():
    notes = start_notes(DECEMBER, today=TODAY, served=0, own_first=date(2027, 1, 1), own_last=date(2027, 12, 31))

    assert [note.needs_consent for note in notes] == [True, False]


@pytest.mark.parametrize(
    ("edited_by", "actor", "others", "refused"),
    [
        (1, 1, ["乙"], True),
        (1, 2, ["乙"], False),
        (1, 1, [], False),
        (None, 1, ["乙"], False),
        (1, None, ["乙"], False),
    ],
    ids=["own draft", "another's", "nobody else may", "by command", "the command line"],
)
def test_who_writes_does_not_switch_on(edited_by, actor, others, refused):
    assert (may_switch_on(edited_by=edited_by, actor_id=actor, others=others) is not None) is refused


def test_states_and_days():
    assert [
        state_of(NOVEMBER, None, TODAY),
        state_of(DECEMBER, None, TODAY),
        state_of(NOVEMBER, date(2026, 11, 20), TODAY),
    ] == ["in_force", "planned", "ended"]
    assert state_of(TODAY, TODAY, TODAY) == "in_force"
    with pytest.raises(BadInput):
        check_days(DECEMBER, NOVEMBER, today=TODAY)
    with pytest.raises(BadInput):
        check_days(date(2031, 1, 1), None, today=TODAY)


PAST = "启用日期已经过去:从那天起已登记的 3 份用餐仍按当时的方案,不会重算;以后补登的用餐按新版本"
MID_MONTH = "从月中启用:本月 {} 以前用掉的额度照算,新标准较低时可能已没有余额,已付的补助不追回"
NOTES = {
    "the first of next month": (DECEMBER, None, None, []),
    "today": (TODAY, None, None, [(MID_MONTH.format("2026-11-21"), True)]),
    "the first of this month": (NOVEMBER, None, None, [(PAST, True)]),
    "yesterday": (date(2026, 11, 20), None, None, [(PAST, True), (MID_MONTH.format("2026-11-20"), True)]),
    "as the text says": (DECEMBER, DECEMBER, None, []),
    "before the text says": (
        DECEMBER,
        date(2026, 12, 2),
        None,
        [("方案写明从 2026-12-02 起有效,在那以前不补助", True)],
    ),
    "until its last day": (DECEMBER, None, DECEMBER, [("方案写明到 2026-12-01 为止有效", False)]),
    "after its last day": (DECEMBER, None, date(2026, 11, 30), [("方案写明到 2026-11-30 为止有效", True)]),
}


@pytest.mark.parametrize(("first", "own_first", "own_last", "notes"), NOTES.values(), ids=NOTES)
def test_what_a_day_of_switching_on_means_is_said(first, own_first, own_last, notes):
    found = start_notes(first, today=TODAY, served=3, own_first=own_first, own_last=own_last)

    assert [(note.text % note.fields, note.needs_consent) for note in found] == notes


LATER = Period(2, "2", date(2027, 1, 1), None)
REFUSED = {
    "over a version with days of its own": (
        lambda: superseded([TILL_NOVEMBER], date(2026, 11, 30), None, name="甲"),
        (
            "方案 甲 的版本 1 到 2026-11-30 才结束,日期重叠",
            "请从它结束的第二天起启用,或先把它的结束日期改早",
            "overlap",
        ),
    ),
    "over a later one": (
        lambda: superseded([LATER], DECEMBER, date(2027, 1, 1), name="甲"),
        ("方案 甲 已有从 2027-01-01 起的版本 2", "请选择更晚的启用日期,或填写早于那一天的结束日期", "later_version"),
    ),
    "from its very day": (
        lambda: superseded([LATER], date(2027, 1, 1), None, name="甲"),
        ("方案 甲 已有从 2027-01-01 起的版本 2", "请选择更晚的启用日期,或填写早于那一天的结束日期", "later_version"),
    ),
    "ended on the first day of the next": (
        lambda: check_end(OPEN, date(2027, 1, 1), [LATER], name="甲"),
        ("方案 甲 的版本 2 从 2027-01-01 起执行,日期重叠", "请选择早于那一天的结束日期", "overlap"),
    ),
    "ended before it began": (
        lambda: check_end(LATER, DECEMBER, [], name="甲"),
        ("结束日期早于启用日期 2027-01-01", "", "last"),
    ),
    "in use": (
        lambda: _raise(version_in_use("甲", "1")),
        ("方案 甲 的版本 1 已启用,不能修改", "请给修改后的内容一个新的版本号", "version_in_use"),
    ),
    "days backwards": (
        lambda: check_days(DECEMBER, date(2026, 11, 30), today=TODAY),
        ("结束日期早于启用日期 2026-12-01", "", "last"),
    ),
    "days too far": (
        lambda: check_days(date(2029, 11, 24), None, today=TODAY),
        ("启用日期太远:2029-11-24", "", "first"),
    ),
    "by who wrote it": (
        lambda: _raise(may_switch_on(edited_by=1, actor_id=1, others=["乙", "丙"])),
        ("这份草稿最后是您改的,要由另一个人启用", "请让其中一位来启用:丙、乙", "maker_is_checker"),
    ),
}


def _raise(refusal):
    raise refusal


@pytest.mark.parametrize(("work", "said"), REFUSED.values(), ids=REFUSED)
def test_what_stands_against_a_version_is_said(work, said):
    assert told_where(work) == said


def test_days_at_their_limits_are_taken():
    check_days(DECEMBER, DECEMBER, today=TODAY)
    check_days(date(2029, 11, 23), None, today=TODAY)
    check_end(OPEN, OPEN.first, [LATER], name="甲")
    check_end(LATER, None, [OPEN, Period(3, "3", LATER.first, None)], name="甲")
    assert superseded([TILL_NOVEMBER, OPEN], DECEMBER, None, name="甲") == [OPEN]
    assert superseded([LATER], DECEMBER, date(2026, 12, 31), name="甲") == []
    refused = may_switch_on(edited_by=1, actor_id=1, others=["乙", "丙"])
    assert refused is not None and refused.fields == {"names": "丙、乙"}


@pytest.mark.parametrize(
    ("version", "taken", "after"),
    [
        ("1999", [], "1999-2"),
        ("2099", ["2099-2"], "2099-3"),
        ("3026", [], "3027"),
        ("1", ["2", "3"], "4"),
        ("9a", [], "9a-2"),
    ],
)
def test_a_year_is_no_number_to_count_on(version, taken, after):
    assert next_version(version, taken) == after


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a\n" * 90_000, id="one line 90,000 times"),
        pytest.param("\n".join(f"a = {number}\n" for number in range(1_500)), id="blank lines between"),
        pytest.param("\n" * 199_000, id="blank lines alone"),
    ],
)
def test_texts_too_long_to_be_compared_say_so(text: str) -> None:
    assert [(line.kind, line.text) for line in text_lines(text, text + "b")] == [("gap", "文本太长,不能逐行比较")]


def test_the_dearest_texts_that_are_compared_cost_little() -> None:
    """Counted: steps of the comparison, which is quadratic in what is alike."""
    distinct = [f"a = {number}" for number in range(1_900)]
    worst = [
        (distinct, distinct[::-1]),
        (["a", "b"] * 130, ["b", "a", "a"] * 80),
        ([*distinct[:1800], *[""] * 195], [*[""] * 195, *distinct[:1800][::-1]]),
    ]
    for old, new in worst:
        steps = 0

        def count(frame: object, kind: str, _: object) -> None:
            nonlocal steps
            steps += kind == "call"

        sys.setprofile(count)
        lines = text_lines("\n".join(old), "\n".join(new))
        sys.setprofile(None)
        assert lines[0].kind != "gap"
        assert steps < 20_000
