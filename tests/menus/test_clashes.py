"""Whose diet the meal they are to have does not fit: found from orders and habits, by person, to be called."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from canteen.base import clock
from canteen.base.access import COMMAND
from canteen.base.db import reading, transaction
from canteen.menus.clashes.queries import Clashes, clashes_between
from canteen.menus.dishes.rules import DishFacts
from canteen.menus.dishes.service import keep_dishes
from canteen.menus.models import Menu, MenuSet
from canteen.menus.rules import SetDraft, fitting_set
from canteen.orders.models import Order, StandingOrder
from canteen.people.finding.models import FoundPerson
from tests.factories import (
    NOW,
    TODAY,
    Person,
    Place,
    make_elder,
    make_life_event,
    make_order,
    make_site,
    make_staff,
    sign_in,
)

#: A week whose Monday is the day after next.
MONDAY = TODAY + timedelta(days=2)
SUNDAY = MONDAY + timedelta(days=6)
SETS = (SetDraft("A套餐", 1000, "宫保鸡丁、青菜、米饭"), SetDraft("B套餐", 1000, "清蒸鲈鱼、青菜、软饭", "少盐、软食"))
DISHES = [
    DishFacts("宫保鸡丁", "main_meat", "鸡腿肉、花生、干辣椒", "花生"),
    DishFacts("清蒸鲈鱼", "main_meat", "鲈鱼", "鱼类"),
    DishFacts("青菜", "vegetable", "小白菜"),
    DishFacts("米饭", "staple", "大米"),
    DishFacts("软饭", "staple", "大米"),
]


def cook(site: Place, day: date, *, slot: str = "lunch", sets: tuple[SetDraft, ...] = SETS) -> None:
    """A menu of a day."""
    with transaction() as session:
        rows = [
            MenuSet(
                position=at, name=one.name, price_fen=one.price_fen, dishes=one.dishes, tags=one.tags, prepared=None
            )
            for at, one in enumerate(sets)
        ]
        session.add(Menu(site_id=site.id, day=day, slot=slot, sets=rows))


def stand(elder_id: int, site: Place, *, weekdays: str = "1234567", set_name: str = "") -> None:
    """A weekly habit, told of before."""
    with transaction() as session:
        session.add(
            StandingOrder(
                site_id=site.id,
                elder_id=elder_id,
                slot="lunch",
                weekdays=weekdays,
                set_name=set_name,
                way="delivery",
                from_day=TODAY,
                to_day=None,
                recorded_at=NOW,
            )
        )


@pytest.fixture
def menu(site: Place) -> Place:
    """Two sets on Monday and Tuesday, their dishes described."""
    for day in (MONDAY, MONDAY + timedelta(days=1)):
        cook(site, day)
    keep_dishes(site_id=site.id, dishes=DISHES, actor=COMMAND, now=NOW)
    return site


def found(site: Place) -> Clashes:
    return clashes_between(site_id=site.id, first=MONDAY, last=SUNDAY)


def told(site: Place) -> list[str]:
    """What the list says, a line a meal."""
    return [
        f"{person.name} {days} {meal.set_name}{' gone' if meal.is_gone else ''} "
        f"{'/'.join(f'{one.word}:{one.dish}' for one in meal.clashes)} > {meal.instead}".replace("  ", " ")
        for person in found(site).people
        for meal, days in person.alike
    ]


def test_an_order_of_a_set_that_does_not_fit_is_told_with_what_fits_instead(menu: Place) -> None:
    allergic = make_elder("测试花生", diet="花生过敏", phone="13900000001")
    soft = make_elder("测试软食", diet="软食")
    for elder in (allergic, soft, make_elder("测试无忌")):
        make_order(elder, menu, day=MONDAY)

    assert told(menu) == ["测试花生 1 A套餐 花生过敏:宫保鸡丁 > B套餐", "测试软食 1 A套餐 软食: > B套餐"]
    assert found(menu).people[0].phone == "13900000001"


def test_who_fits_is_not_told(menu: Place) -> None:
    make_order(make_elder("测试花生", diet="花生过敏"), menu, day=MONDAY, set_name="B套餐")
    make_order(make_elder("测试软食", diet="软食、少盐"), menu, day=MONDAY, set_name="B套餐")

    assert told(menu) == []


def test_a_habit_is_told_before_its_orders_are_made(menu: Place) -> None:
    stand(make_elder("测试常订", diet="花生过敏、鱼过敏"), menu)
    stand(make_elder("测试选好", diet="花生过敏"), menu, set_name="A套餐", weekdays="2")
    stand(make_elder("测试能配", diet="花生过敏"), menu)

    assert told(menu) == ["测试常订 12 A套餐 花生过敏:宫保鸡丁 > ", "测试选好 2 A套餐 花生过敏:宫保鸡丁 > B套餐"]


def test_a_meal_somebody_decided_about_is_no_habit_any_more(menu: Place) -> None:
    elder = make_elder("测试改单", diet="花生过敏")
    stand(elder, menu, set_name="A套餐", weekdays="12")
    make_order(elder, menu, day=MONDAY, set_name="B套餐")
    order = make_order(elder, menu, day=MONDAY + timedelta(days=1), set_name="A套餐")
    with transaction() as session:
        session.get_one(Order, order).cancelled_at = NOW

    assert told(menu) == []


def test_the_paused_and_the_dead_are_not_called(menu: Place) -> None:
    paused, dead = make_elder("测试暂停", diet="花生过敏"), make_elder("测试去世", diet="花生过敏")
    for elder in (paused, dead):
        make_order(elder, menu, day=MONDAY)
    stand(paused, menu, set_name="A套餐")
    make_life_event(paused, "paused", MONDAY, MONDAY)
    make_life_event(dead, "died", TODAY)

    assert told(menu) == ["测试暂停 2 A套餐 花生过敏:宫保鸡丁 > B套餐"]


def test_a_set_that_went_from_the_menu_is_told_to_who_ordered_it(menu: Place) -> None:
    make_order(make_elder("测试换菜"), menu, day=MONDAY, set_name="C套餐")

    assert told(menu) == ["测试换菜 1 C套餐 gone > A套餐"]


def test_the_worst_stands_first_and_a_guess_behind_what_is_certain(site: Place) -> None:
    cook(site, MONDAY, sets=(SetDraft("A套餐", 1000, "宫保鸡丁、花生米"),))
    keep_dishes(site_id=site.id, dishes=DISHES[:1], actor=COMMAND, now=NOW)
    for name, diet in (("测试一", "少盐"), ("测试二", "不吃花生"), ("测试三", "牙口不好"), ("测试四", "花生过敏")):
        make_order(make_elder(name, diet=diet), site, day=MONDAY)

    people = found(site).people

    assert [person.name for person in people] == ["测试四", "测试二", "测试一", "测试三"]
    assert [(one.dish, one.is_guess) for one in people[0].meals[0].clashes] == [("宫保鸡丁", False), ("花生米", True)]


def test_dishes_nobody_described_are_counted_by_the_people_they_leave_open(site: Place) -> None:
    cook(site, MONDAY, sets=(SetDraft("A套餐", 1000, "蚂蚁上树、青菜"),))
    keep_dishes(site_id=site.id, dishes=DISHES[2:3], actor=COMMAND, now=NOW)
    for name, diet in (("测试一", "花生过敏"), ("测试二", "忌辣"), ("测试三", "")):
        make_order(make_elder(name, diet=diet), site, day=MONDAY)

    assert found(site).people == ()
    assert found(site).unknown == {"蚂蚁上树": 2}


def test_another_sites_orders_are_not_told(menu: Place) -> None:
    other = make_site("水口村助餐点", path="金溪县/云溪镇/水口村")
    make_order(make_elder("测试别处", diet="花生过敏"), other, day=MONDAY)

    assert told(menu) == [] and told(other) == []


@pytest.mark.parametrize(
    ("diet", "name"), [("花生过敏", "B套餐"), ("鱼过敏、软食", "A套餐"), ("软食", "B套餐"), ("", "A套餐")]
)
def test_the_set_that_is_chosen_leaves_allergies_out_first(diet: str, name: str) -> None:
    assert fitting_set(SETS, diet, {dish.name: dish for dish in DISHES}) == name


def test_people_to_call_stand_first_on_the_menu_and_it_is_written_down_who_was_seen(
    client: FlaskClient, site: Place, manager: Person
) -> None:
    today = clock.today()
    cook(site, today)
    keep_dishes(site_id=site.id, dishes=DISHES, actor=COMMAND, now=NOW)
    elder = make_elder("测试花生", diet="花生过敏", phone="13900000001")
    make_order(elder, site, day=today)
    desk = sign_in(client, manager)

    week, listed = (desk.get(path).get_data(as_text=True) for path in ("/menus", "/menus/clashes"))

    for page in (week, listed):
        assert "测试花生" in page and "花生过敏:「宫保鸡丁」含花生" in page and "可换 B套餐" in page
        assert 'href="tel:13900000001"' in page
    assert week.index("测试花生") < week.index("week-menu")
    with reading() as session:
        seen = session.execute(select(FoundPerson.elder_id, FoundPerson.place)).all()
    assert [tuple(row) for row in seen] == [(elder, "menus")], "once, however often the page is looked at"


def test_a_week_without_clashes_says_so(client: FlaskClient, site: Place, manager: Person) -> None:
    cook(site, clock.today())
    desk = sign_in(client, manager)

    assert "没有饮食和套餐不合的" in desk.get("/menus/clashes").get_data(as_text=True)
    assert "clash-table" not in desk.get("/menus").get_data(as_text=True)


def test_others_do_not_see_the_list(client: FlaskClient, site: Place) -> None:
    clerk = sign_in(client, make_staff("clerk", site=site))

    assert clerk.get("/menus/clashes").status_code == 403
