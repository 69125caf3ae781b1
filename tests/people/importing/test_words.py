from __future__ import annotations

from datetime import date

import pytest

from canteen.base.words import ABILITIES, PERMITS
from canteen.people.importing.words import (
    ABILITY,
    LIVING,
    PERMIT,
    SETTLEMENT,
    Categories,
    read_categories,
    read_day,
    read_diet,
    read_month,
    read_note,
    read_since,
    read_yes,
)


@pytest.mark.parametrize(
    "cell",
    [
        date(1951, 7, 15),
        "1951年7月15日",
        "1951.07.15",
        "1951-7-15",
        "1951/7/15",
        "19510715",
        "１９５１年７月１５日",
        18824,
        "18824",
        "1951-07-15 00:00:00",
        19510715,
        " 1951 年 7 月 15 日 ",
    ],
)
def test_a_day_in_any_spelling(cell):
    assert read_day(cell) == date(1951, 7, 15)


@pytest.mark.parametrize(
    "cell", [None, "", "1951年7月", "51.7.15", "1951.13.01", "1951-02-30", 5, 195107, "七月", 2.5e9]
)
def test_what_is_no_day(cell):
    assert read_day(cell) is None


@pytest.mark.parametrize(
    ("cell", "month"), [("1951年7月", (1951, 7)), ("1951.07", (1951, 7)), ("1951-12", (1951, 12)), ("x", None)]
)
def test_a_month(cell, month):
    assert read_month(cell) == month


@pytest.mark.parametrize(
    ("cell", "since"),
    [
        ("2020年3月1日", (date(2020, 3, 1), True)),
        ("2020年2月", (date(2020, 2, 29), False)),
        ("2020.13", (None, True)),
        ("五年", (None, True)),
    ],
)
def test_since_when(cell, since):
    assert read_since(cell) == since


@pytest.mark.parametrize(
    ("cell", "kinds"),
    [
        ("失独困难老人", {"lost_only_child", "hardship"}),
        ("优抚军人", {"entitled_veteran"}),
        ("低保家庭老人", {"dibao"}),
        ("70岁及以上低保家庭中的老人", {"dibao"}),
        ("散居特困", {"tekun"}),
        ("特困供养人员", {"tekun"}),
        ("经济困难空巢老人", {"hardship", "empty_nest"}),
        ("经济困难独居老人", {"hardship", "living_alone"}),
        ("经济困难空巢(独居)老人", {"hardship", "empty_nest", "living_alone"}),
        ("经济困难空巢（独居）老人", {"hardship", "empty_nest", "living_alone"}),
        ("高龄困难老人", {"hardship"}),
        ("留守老人", {"left_behind"}),
        ("低保边缘户", {"marginal"}),
        ("高龄困难老人、低保家庭老人、散居特困", {"hardship", "dibao", "tekun"}),
        ("退役军人", {"veteran"}),
        ("烈属、重度残疾", {"martyr_family", "severe_disability", "disability"}),
        ("低收入孤寡老人", {"low_income", "lonely"}),
        ("计划生育特殊家庭", {"lost_only_child", "family_planning"}),
        ("低保，残疾;劳模/五保", {"dibao", "disability", "model_worker", "wubao"}),
    ],
)
def test_categories(cell, kinds):
    found = read_categories(cell)

    assert (set(found.kinds), found.unknown, found.says) == (kinds, (), True)


@pytest.mark.parametrize("cell", ["一般老人", "普通老人", "无", "其他"])
def test_a_category_that_is_none_says_so(cell):
    assert read_categories(cell) == Categories((), (), True)


@pytest.mark.parametrize("cell", [None, "", "、"])
def test_a_blank_category_says_nothing(cell):
    assert read_categories(cell) == Categories((), (), False)


@pytest.mark.parametrize("cell", ["非低保", "建档立卡", "精准扶贫", "原低保", "低保申请中"])
def test_a_category_nobody_knows_gives_no_status(cell):
    assert read_categories(cell) == Categories((), (cell,), True)


@pytest.mark.parametrize(
    ("cell", "answer"),
    [
        ("是", True),
        ("√", True),
        ("需要", True),
        ("y", True),
        (1, True),
        ("否", False),
        ("不需要", False),
        (0, False),
        ("也许", None),
        (None, None),
    ],
)
def test_yes_and_no(cell, answer):
    assert read_yes(cell) is answer


@pytest.mark.parametrize(
    ("cell", "diet"),
    [("糖尿病,低盐", "糖尿病、少盐"), ("不吃辣、忌辣", "忌辣"), ("清真", "清真"), ("无", ""), (None, "")],
)
def test_diet(cell, diet):
    assert read_diet(cell) == diet


def test_words_of_living_ability_and_settlement():
    assert [LIVING[word] for word in ("与子女同住", "独居", "空巢", "留守", "敬老院")] == [
        "with_family",
        "living_alone",
        "empty_nest",
        "left_behind",
        "institution",
    ]
    assert [ABILITY[word] for word in ("自理", "半失能", "失能")] == ["able", "semi_disabled", "disabled"]
    assert [ABILITY[word] for word in ("完好", "轻度失能", "中度", "重度失能", "完全失能")] == [
        "intact",
        "mild",
        "moderate",
        "severe",
        "total",
    ]
    assert set(ABILITY.values()) == set(ABILITIES) and set(PERMIT.values()) == {"", *PERMITS}
    assert [SETTLEMENT[word] for word in ("城镇", "非农业", "农村", "农业户口")] == ["urban", "urban", "rural", "rural"]
    assert (read_note("无"), read_note(" 住三楼 ")) == ("", "住三楼")
