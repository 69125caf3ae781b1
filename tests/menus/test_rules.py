"""What a set may be, what an import changes, and which price changes are told."""

from __future__ import annotations

from datetime import date

import pytest

from canteen.base.errors import BadInput
from canteen.menus.rules import (
    MenuRow,
    PriceNote,
    SetChange,
    SetDraft,
    list_of,
    make_draft,
    plan_import,
    price_notes,
    repeated_name,
    week_of,
)
from tests.told import told_where

DAY = date(2026, 11, 21)
LUNCH = (DAY, "lunch")
A = SetDraft("A套餐", 1000, "红烧肉、青菜", "")
DEARER = SetDraft("A套餐", 1200, "鱼")
B = SetDraft("B套餐", 1000, "清蒸鱼、青菜", "软食")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("红烧肉、青菜、米饭", "红烧肉、青菜、米饭"),
        ("红烧肉,青菜,米饭", "红烧肉、青菜、米饭"),
        ("红烧肉; 青菜;米饭", "红烧肉、青菜、米饭"),
        ("红烧肉 青菜\n米饭", "红烧肉、青菜、米饭"),
        ("红烧肉+青菜|米饭", "红烧肉、青菜、米饭"),
        ("、红烧肉、、青菜、", "红烧肉、青菜"),
        ("少油少糖少盐 软食", "少油少糖少盐、软食"),
        ("红烧肉\x00\ud800", "红烧肉"),
        ("", ""),
    ],
)
def test_dishes_are_one_list_however_they_were_separated(text: str, expected: str) -> None:
    assert list_of(text) == expected


def test_a_set_has_one_form() -> None:
    draft = make_draft(name=" \uff21 套餐 ", price_fen=1000, dishes="红烧肉,青菜", tags=" 软食 ")

    assert draft == SetDraft("A 套餐", 1000, "红烧肉、青菜", "软食")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        pytest.param({"name": " "}, "name", id="no name"),
        pytest.param({"name": "长" * 21}, "name", id="long name"),
        pytest.param({"dishes": "、"}, "dishes", id="no dishes"),
        pytest.param({"dishes": "菜" * 201}, "dishes", id="long dishes"),
        pytest.param({"tags": "软" * 61}, "tags", id="long tags"),
        pytest.param({"name": "低保套餐"}, "name", id="a name that labels who eats it"),
        pytest.param({"dishes": "特困餐"}, "dishes", id="a dish that does"),
        pytest.param({"price_fen": -1}, "price", id="below nothing"),
        pytest.param({"price_fen": 100_001}, "price", id="above a thousand yuan"),
    ],
)
def test_a_set_that_cannot_be_is_refused(wrong: dict[str, object], field: str) -> None:
    parts = {"name": "A套餐", "price_fen": 1000, "dishes": "红烧肉", "tags": ""}

    with pytest.raises(BadInput) as error:
        make_draft(**(parts | wrong))  # type: ignore[arg-type]

    assert error.value.field == field


@pytest.mark.parametrize("price_fen", [0, 100_000])
def test_the_ends_of_the_price_are_prices(price_fen: int) -> None:
    assert make_draft(name="A", price_fen=price_fen, dishes="粥", tags="").price_fen == price_fen


def test_a_name_stands_once_in_a_sitting() -> None:
    assert repeated_name([A, B]) is None
    assert repeated_name([A, B, SetDraft("A套餐", 1200, "鱼")]) == 2


def test_an_import_writes_what_is_new_or_different() -> None:
    dearer = SetDraft("B套餐", 1200, B.dishes, B.tags)
    rows = [MenuRow(2, DAY, "lunch", A), MenuRow(3, DAY, "lunch", dearer), MenuRow(4, DAY, "dinner", A)]

    plan = plan_import(rows, {LUNCH: {"A套餐": A, "B套餐": B, "C套餐": A}})

    assert plan.changes == (SetChange(LUNCH, dearer, B), SetChange((DAY, "dinner"), A, None))
    assert plan.unchanged == 1
    assert plan.sittings == [(DAY, "dinner"), LUNCH]


@pytest.mark.parametrize(
    ("change", "served", "today", "expected"),
    [
        pytest.param(SetChange(LUNCH, DEARER, A), 0, DAY, (1000, 1200, 0), id="today, nobody ate yet"),
        pytest.param(SetChange(LUNCH, DEARER, A), 7, DAY, (1000, 1200, 7), id="today, seven ate"),
        pytest.param(SetChange(LUNCH, DEARER, A), 2, date(2026, 11, 22), (1000, 1200, 2), id="yesterday, two ate"),
        pytest.param(SetChange(LUNCH, DEARER, A), 0, date(2026, 11, 20), None, id="tomorrow"),
        pytest.param(SetChange(LUNCH, SetDraft("A套餐", 1000, "鱼"), A), 7, DAY, None, id="only the dishes changed"),
        pytest.param(SetChange(LUNCH, A, None), 0, DAY, None, id="a new set"),
    ],
)
def test_a_price_change_is_told_where_people_know_the_old_one(
    change: SetChange, served: int, today: date, expected: tuple[int, int, int] | None
) -> None:
    notes = price_notes([change], {(LUNCH, "A套餐"): served}, today=today)

    assert notes == ((PriceNote(LUNCH, "A套餐", *expected),) if expected else ())


@pytest.mark.parametrize("day", [date(2026, 11, 16), date(2026, 11, 21), date(2026, 11, 22)])
def test_a_week_is_monday_to_sunday(day: date) -> None:
    assert week_of(day) == [date(2026, 11, 16 + ahead) for ahead in range(7)]


SAID = {
    "no name": ({"name": " "}, ("缺少套餐名称", "", "name")),
    "a name a sign too long": ({"name": "长" * 21}, ("内容太长,最多 20 个字", "", "name")),
    "no dishes": ({"dishes": ""}, ("缺少菜品", "", "dishes")),
    "dishes too long": ({"dishes": "菜" * 201}, ("内容太长,最多 200 个字", "", "dishes")),
    "tags too long": ({"tags": "软" * 61}, ("内容太长,最多 60 个字", "", "tags")),
    "a label": ({"tags": "低保"}, ("会印在小票和餐盒上,不能有「低保」,请换一个中性的写法", "", "tags")),
    "too dear": ({"price_fen": 100_001}, ("价格要在 0 到 1000 元之间", "", "price")),
}


@pytest.mark.parametrize(("changed", "said"), SAID.values(), ids=SAID)
def test_what_a_set_may_not_be_is_said(changed: dict[str, object], said: tuple[str, str, str]) -> None:
    parts = {"name": "A套餐", "price_fen": 1000, "dishes": "红烧肉", "tags": ""}

    assert told_where(lambda: make_draft(**(parts | changed))) == said  # type: ignore[arg-type]


def test_a_set_may_be_as_long_as_it_may_be() -> None:
    draft = make_draft(name="长" * 20, price_fen=0, dishes="菜" * 200, tags="软" * 60)

    assert (len(draft.name), len(draft.dishes), len(draft.tags)) == (20, 200, 60)
