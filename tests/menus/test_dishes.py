"""The dish list: whom a set does not fit and why, and the pages that keep it."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from canteen.base import clock
from canteen.base.access import COMMAND
from canteen.base.errors import BadInput, NotFound
from canteen.menus.dishes import service
from canteen.menus.dishes.foods import avoided, sign_of
from canteen.menus.dishes.queries import dishes_of
from canteen.menus.dishes.rules import DishFacts, allergens_of, check_dish, clashes_of, filled, undescribed
from canteen.menus.service import import_menu
from tests.factories import NOW, Person, Place, csrf, make_menu, make_site, make_staff, sign_in
from tests.menus.conftest import csv_of, read

KNOWN = {
    dish.name: dish
    for dish in (
        DishFacts("宫保鸡丁", "main_meat", "鸡腿肉、花生、干辣椒", "花生"),
        DishFacts("鱼香肉丝", "main_meat", "里脊、木耳、泡椒"),
        DishFacts("清蒸鲈鱼", "main_meat", "鲈鱼", "鱼类", "少油、软食"),
        DishFacts("炒青菜", "vegetable", "小白菜", "", "少盐"),
        DishFacts("米饭", "staple", "大米", "", "少盐、软食"),
        DishFacts("土豆牛肉", "main_meat", "牛肉、土豆"),
    )
}


def clash(diet: str, dishes: str, tags: str = "") -> list[str]:
    """What does not fit, in short: a guess has a question mark."""
    found = clashes_of(diet, tags=tags, dishes=dishes, known=KNOWN)
    return [f"{one.kind} {one.word} {one.dish}{'?' if one.is_guess else ''} {one.sign}".strip() for one in found]


@pytest.mark.parametrize(
    ("diet", "dishes", "tags", "found"),
    [
        pytest.param(
            "花生过敏", "宫保鸡丁、米饭", "", ["allergy 花生过敏 宫保鸡丁 花生"], id="an allergen written down"
        ),
        pytest.param("对花生严重过敏", "宫保鸡丁", "", ["allergy 对花生严重过敏 宫保鸡丁 花生"], id="said at length"),
        pytest.param("海鲜过敏", "清蒸鲈鱼、炒青菜", "", ["allergy 海鲜过敏 清蒸鲈鱼 鱼"], id="of a class"),
        pytest.param("鱼过敏", "鱼香肉丝", "", [], id="described: its name says nothing"),
        pytest.param(
            "虾过敏",
            "白灼虾、炒虾仁",
            "",
            ["allergy 虾过敏 白灼虾? 虾", "allergy 虾过敏 炒虾仁? 虾"],
            id="guessed by the name",
        ),
        pytest.param("鱼过敏", "鱼香茄子", "", [], id="a name that means something else"),
        pytest.param("不吃猪肉", "鱼香肉丝", "", ["avoid 不吃猪肉 鱼香肉丝 里脊"], id="left out"),
        pytest.param("不吃猪肉", "土豆牛肉", "", [], id="other meat"),
        pytest.param("清真", "红烧肉", "", ["avoid 清真 红烧肉? 肉"], id="a word that leaves something out"),
        pytest.param("清真", "红烧牛肉", "", [], id="and what it does not leave out"),
        pytest.param("吃素", "土豆牛肉、炒青菜", "", ["avoid 吃素 土豆牛肉 肉"], id="no meat"),
        pytest.param("忌辣", "宫保鸡丁", "", ["avoid 忌辣 宫保鸡丁 辣"], id="not hot"),
        pytest.param("不吃香菜", "香菜牛肉", "", ["avoid 不吃香菜 香菜牛肉? 香菜"], id="a food nobody listed"),
        pytest.param("乳糖不耐受", "奶油蘑菇汤", "", ["allergy 乳糖不耐受 奶油蘑菇汤? 奶"], id="not tolerated"),
        pytest.param("少盐", "宫保鸡丁、米饭", "", ["need 少盐"], id="a tag that is missing"),
        pytest.param("少盐", "宫保鸡丁、米饭", "少油少糖少盐、软食", [], id="a tag of the set"),
        pytest.param("少盐", "炒青菜、米饭", "", [], id="a tag of every dish"),
        pytest.param("少盐", "炒青菜、炖排骨", "", ["need 少盐"], id="a tag of one dish is not enough"),
        pytest.param("糖尿病", "米饭", "低糖", [], id="an illness, answered by what is cooked for it"),
        pytest.param("糖尿病", "米饭", "软食", ["need 糖尿病"], id="and not by another tag"),
        pytest.param("牙口不好", "米饭", "", ["unclear 牙口不好"], id="a word nobody knows is looked at by people"),
        pytest.param(
            "少盐、花生过敏、不吃猪肉",
            "宫保鸡丁、红烧肉",
            "",
            ["allergy 花生过敏 宫保鸡丁 花生", "avoid 不吃猪肉 红烧肉? 肉", "need 少盐"],
            id="the worst first",
        ),
        pytest.param("", "宫保鸡丁", "", [], id="no diet"),
    ],
)
def test_whom_a_set_does_not_fit(diet: str, dishes: str, tags: str, found: list[str]) -> None:
    assert clash(diet, dishes, tags) == found


@pytest.mark.parametrize(
    ("food", "text", "sign"),
    [
        ("蛋", "番茄炒蛋", "蛋"),
        ("鸡肉", "番茄炒鸡蛋", ""),
        ("鸡肉", "素鸡", ""),
        ("奶", "奶白菜", ""),
        ("大豆", "麻婆豆腐", "豆腐"),
        ("大豆", "土豆丝", ""),
        ("麸质", "刀削面", "面"),
        ("猪肉", "酱牛肉、羊肉汤", ""),
        ("猪肉", "牛肉、猪肝", "猪"),
        ("猪肉", "鸡腿肉、素火腿", ""),
        ("猪肉", "鸡、肉末", "肉"),
        ("荤", "羊肚菌炒鸡毛菜", ""),
        ("辣", "青椒土豆丝", ""),
    ],
)
def test_a_food_is_known_by_its_words_and_not_by_others_that_hold_them(food: str, text: str, sign: str) -> None:
    assert sign_of(food, text) == sign


@pytest.mark.parametrize(
    ("word", "foods", "is_allergy"),
    [
        ("鸡蛋过敏", ("蛋",), True),
        ("忌口:海鲜", ("海鲜",), False),
        ("不能吃牛羊肉", ("牛羊肉",), False),
        ("痛风", ("海鲜", "内脏"), False),
        ("不辣", ("辣",), False),
        ("软食", (), False),
    ],
)
def test_what_a_word_of_a_diet_leaves_out(word: str, foods: tuple[str, ...], is_allergy: bool) -> None:
    assert avoided(word) == (foods, is_allergy)


def test_what_nobody_described_is_said_where_a_diet_leaves_something_out() -> None:
    assert undescribed("花生过敏", dishes="宫保鸡丁、蚂蚁上树", known=KNOWN) == ("蚂蚁上树",)
    assert undescribed("少盐", dishes="蚂蚁上树", known=KNOWN) == ()


def test_allergens_of_a_set_are_said_once() -> None:
    assert allergens_of("宫保鸡丁、清蒸鲈鱼、宫保鸡丁、新菜", KNOWN) == "花生、鱼类"


def test_a_file_fills_what_the_list_does_not_say() -> None:
    there = {"鱼": DishFacts("鱼", "other", "鲈鱼"), "汤": DishFacts("汤", "soup")}
    more = [
        DishFacts("鱼", "main_meat", "鲤鱼"),
        DishFacts("汤", "other"),
        DishFacts("饭", "other"),
        DishFacts("饭", "staple"),
    ]

    assert filled(there, more) == [DishFacts("鱼", "main_meat", "鲈鱼"), DishFacts("饭", "staple")]


@pytest.mark.parametrize(
    ("dish", "field"),
    [
        (DishFacts(""), "name"),
        (DishFacts("长" * 31), "name"),
        (DishFacts("鱼", "fish"), "kind"),
        (DishFacts("鱼", ingredients="料" * 201), "ingredients"),
        (DishFacts("低保餐"), "name"),
    ],
)
def test_a_dish_that_cannot_be_is_said(dish: DishFacts, field: str) -> None:
    with pytest.raises(BadInput) as error:
        check_dish(dish)

    assert error.value.field == field


def test_a_dish_is_written_anew_by_its_name_and_taken_out(site: Place, manager: Person) -> None:
    fish, soup = DishFacts("鱼", "main_meat", "鲤鱼"), DishFacts("汤", "soup")
    service.keep_dishes(site_id=site.id, dishes=[fish, soup], actor=manager.actor, now=NOW)

    service.keep_dishes(site_id=site.id, dishes=[DishFacts("鱼", "main_meat", "鲈鱼")], actor=manager.actor, now=NOW)
    service.remove_dish(site_id=site.id, name="汤", actor=manager.actor, now=NOW)

    assert dishes_of(site_id=site.id) == {"鱼": DishFacts("鱼", "main_meat", "鲈鱼")}
    with pytest.raises(NotFound):
        service.remove_dish(site_id=site.id, name="汤", actor=manager.actor, now=NOW)


def test_the_list_of_a_foreign_site_is_out_of_reach(site: Place) -> None:
    stranger = make_staff("manager", site=make_site("水口村助餐点", path="金溪县/云溪镇/水口村"))

    with pytest.raises(NotFound):
        service.keep_dishes(site_id=site.id, dishes=[DishFacts("鱼")], actor=stranger.actor, now=NOW)


def test_an_import_brings_kinds_and_ingredients_of_dishes(site: Place, manager: Person) -> None:
    header = ("日期", "餐次", "套餐", "菜名", "类别", "价格", "配料", "过敏原")
    content = csv_of(
        header,
        ("2026-12-07", "午餐", "A餐", "宫保鸡丁", "大荤", "12", "鸡腿肉、花生", "花生"),
        ("2026-12-07", "午餐", "A餐", "青菜", "素菜", "12", "", ""),
    )

    import_menu(site_id=site.id, file=read(content), actor=manager.actor, now=NOW)

    assert dishes_of(site_id=site.id) == {
        "宫保鸡丁": DishFacts("宫保鸡丁", "main_meat", "鸡腿肉、花生", "花生"),
        "青菜": DishFacts("青菜", "vegetable"),
    }


@pytest.fixture
def desk(client: FlaskClient, manager: Person) -> FlaskClient:
    """The manager's browser."""
    return sign_in(client, manager)


def test_a_dish_on_a_menu_that_nobody_described_stands_first(desk: FlaskClient, site: Place) -> None:
    make_menu(site, day=clock.today())
    missing = desk.get("/menus/dishes").get_data(as_text=True)
    assert (
        "菜单上还没有写配料的菜" in missing
        and "/menus/dishes/one?name=%E6%B5%8B%E8%AF%95%E7%BA%A2%E7%83%A7%E8%82%89" in missing
    )
    data = {
        "csrf_token": csrf(desk, "/menus/dishes/one"),
        "site_id": str(site.id),
        "name": "测试红烧肉",
        "kind": "main_meat",
    }

    answer = desk.post(
        "/menus/dishes/one",
        data=data | {"ingredients": "五花肉,土豆", "allergen": ["大豆", "花生"], "allergens": "芒果"},
    )

    assert answer.status_code == 303
    assert dishes_of(site_id=site.id) == {
        "测试红烧肉": DishFacts("测试红烧肉", "main_meat", "五花肉、土豆", "大豆、花生、芒果")
    }
    page = desk.get("/menus/dishes").get_data(as_text=True)
    assert "name=%E6%B5%8B%E8%AF%95%E7%BA%A2%E7%83%A7%E8%82%89" in page.partition("<table")[2]
    assert "name=%E6%B5%8B%E8%AF%95%E7%BA%A2%E7%83%A7%E8%82%89" not in page.partition("<table")[0]


def test_a_dish_with_a_wrong_field_keeps_what_was_typed(desk: FlaskClient, site: Place) -> None:
    data = {"csrf_token": csrf(desk, "/menus/dishes/one"), "site_id": str(site.id), "name": "", "kind": "soup"}

    answer = desk.post("/menus/dishes/one", data=data | {"ingredients": "要保留"})

    assert answer.status_code == 422
    assert "缺少菜名" in answer.get_data(as_text=True) and "要保留" in answer.get_data(as_text=True)


def test_a_pasted_list_is_written_or_its_row_named(desk: FlaskClient, site: Place) -> None:
    data = {"csrf_token": csrf(desk, "/menus/dishes"), "site_id": str(site.id)}
    text = "菜名\t类别\t配料\t过敏原\t标签\n宫保鸡丁\t荤菜\t鸡肉,花生\t花生\t\n\t\t\t\t\n米饭\t主食\t大米\t\t软食"

    answer = desk.post("/menus/dishes/paste", data=data | {"text": text}, follow_redirects=True)

    assert "写入 2 道菜" in answer.get_data(as_text=True)
    assert list(dishes_of(site_id=site.id).values()) == [
        DishFacts("宫保鸡丁", "main_meat", "鸡肉、花生", "花生"),
        DishFacts("米饭", "staple", "大米", "", "软食"),
    ]
    wrong = desk.post("/menus/dishes/paste", data=data | {"text": text + f"\n{'长' * 31}\t主食"})
    assert wrong.status_code == 422 and "第 5 行" in wrong.get_data(as_text=True)
    assert "宫保鸡丁" in wrong.get_data(as_text=True).partition("<textarea")[2]


def test_the_wall_says_the_allergens_of_a_set(client: FlaskClient, site: Place) -> None:
    make_menu(site, day=clock.today())
    dish = DishFacts("测试红烧肉", "main_meat", "五花肉", "大豆、花生")
    service.keep_dishes(site_id=site.id, dishes=[dish], actor=COMMAND, now=NOW)

    assert "含过敏原:大豆、花生" in client.get(f"/menu/{site.code}").get_data(as_text=True)
