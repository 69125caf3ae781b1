from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from canteen.base.errors import BadInput
from canteen.people.importing.areas import Gazetteer, PlacedAddress, group_name

AREAS = [
    ("金溪县", "county"),
    ("金溪县/云溪镇", "township"),
    ("金溪县/云溪镇/枫林村", "village"),
    ("金溪县/云溪镇/石桥村", "village"),
    ("金溪县/秀谷镇", "township"),
    ("金溪县/秀谷镇/石桥村", "village"),
    ("金溪县/秀谷镇/河东社区", "village"),
    ("资溪县", "county"),
    ("资溪县/高阜镇", "township"),
]
HOME = "金溪县/云溪镇/枫林村"


@pytest.fixture
def gazetteer() -> Gazetteer:
    return Gazetteer(AREAS, home=HOME)


@pytest.mark.parametrize(
    ("text", "path", "group"),
    [
        ("金溪县云溪镇枫林村", HOME, ""),
        ("江西省抚州市金溪县云溪镇枫林村", HOME, ""),
        ("金溪县/云溪镇/枫林村", HOME, ""),
        ("枫林村7组1号", HOME, "7组"),
        ("枫林村委会第十二村民小组3号", HOME, "12组"),
        ("枫林村村民委员会二十三组", HOME, "23组"),
        ("枫林村下屋小组8号", HOME, "下屋小组"),
        ("7组1号", HOME, "7组"),
        ("本村", HOME, ""),
        ("云溪镇", HOME, ""),
        ("秀谷镇", "金溪县/秀谷镇", ""),
        ("秀谷镇石桥村4组", "金溪县/秀谷镇/石桥村", "4组"),
        ("石桥村４组", "金溪县/云溪镇/石桥村", "4组"),
        ("河东社区3栋", "金溪县/秀谷镇/河东社区", ""),
        ("云溪镇上湖村9组", "金溪县/云溪镇/上湖村", "9组"),
        ("上湖村9组", "金溪县/云溪镇/上湖村", "9组"),
        ("秀谷镇城南社区居委会", "金溪县/秀谷镇/城南社区", ""),
        ("秀谷镇老街居民委员会", "金溪县/秀谷镇/老街居委会", ""),
        ("市场村2组", "金溪县/云溪镇/市场村", "2组"),
    ],
)
def test_an_address_is_placed(gazetteer, text, path, group):
    assert gazetteer.place(text) == PlacedAddress(path, group)


def test_the_hukou_says_which_township_is_meant(gazetteer):
    assert gazetteer.place("石桥村4组", near="金溪县/秀谷镇/河东社区").path == "金溪县/秀谷镇/石桥村"
    assert gazetteer.place("新村", near="金溪县/秀谷镇").path == "金溪县/秀谷镇/新村"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("资溪县高阜镇莒洲村", "地址不在金溪县"),
        ("江西省南昌市西湖区", "地址不在金溪县"),
        ("陆坊乡桥上村", "金溪县没有「陆坊乡」这个乡镇"),
        ("幸福小区3栋", "地址看不出是哪个村"),
        ("", "地址看不出是哪个村"),
    ],
)
def test_an_address_that_cannot_be_placed(gazetteer, text, sentence):
    with pytest.raises(BadInput) as error:
        gazetteer.place(text)

    assert str(error.value) == sentence


def test_two_villages_of_one_name_need_their_township():
    areas = [*AREAS, ("金溪县/左坊镇", "township")]
    gazetteer = Gazetteer(areas, home="金溪县/左坊镇")

    with pytest.raises(BadInput, match="几个乡镇都有「石桥村」"):
        gazetteer.place("石桥村")


def test_a_site_of_the_whole_county_makes_no_village_up():
    with pytest.raises(BadInput, match="地址没有写乡镇"):
        Gazetteer(AREAS, home="金溪县").place("上湖村")


@settings(deadline=None)
@given(st.text("金溪县云镇枫林村组号社区省市 0123456789七/委会", max_size=20))
def test_any_address_is_placed_in_the_county_or_refused(text):
    try:
        found = Gazetteer(AREAS, home=HOME).place(text)
    except BadInput:
        return
    assert found.path.split("/")[0] == "金溪县" and 2 <= len(found.path.split("/")) <= 3


@pytest.mark.parametrize(
    ("text", "group"),
    [
        ("七组", "7组"),
        ("第7村民小组", "7组"),
        ("7", "7组"),
        ("７组", "7组"),
        ("十", "10组"),
        ("二十三", "23组"),
        ("下屋组", "下屋组"),
        ("", ""),
    ],
)
def test_group_name(text, group):
    assert group_name(text) == group
