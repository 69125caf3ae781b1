"""The pages of orders. They read the clock, so the orders are for tomorrow: never past, never after a cut-off."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from canteen.base import clock
from canteen.orders import queries
from canteen.orders.rules import OrderRequest
from canteen.orders.service import place_order
from tests.factories import Person, Place, csrf, make_elder, make_life_event, make_menu, make_site, make_staff, sign_in
from tests.orders.conftest import serve

HTMX = {"HX-Request": "true"}


@pytest.fixture
def tomorrow(site: Place) -> date:
    """Tomorrow, with a menu."""
    day = clock.today() + timedelta(days=1)
    make_menu(site, day=day)
    return day


@pytest.fixture
def desk(client: FlaskClient, clerk: Person) -> FlaskClient:
    """The clerk's browser."""
    return sign_in(client, clerk)


def form(client: FlaskClient, site: Place, elder_id: int, day: date, **fields: str) -> dict[str, str]:
    return {
        "csrf_token": csrf(client, "/orders"),
        "site_id": str(site.id),
        "elder_id": str(elder_id),
        "day": day.isoformat(),
        "slot": "lunch",
        "set": "",
        "way": "dine_in",
        "q": "王秀兰",
        **fields,
    }


def names(site: Place, day: date) -> list[tuple[str, str]]:
    return [(one.name, one.set_name) for one in queries.orders_of(site_id=site.id, day=day, slot="lunch")]


def test_a_card_finds_the_elder_and_a_button_orders(desk: FlaskClient, site: Place, tomorrow: date) -> None:
    wang = make_elder("王秀兰", card="000007", site=site)
    address = f"/orders?day={tomorrow}&slot=lunch"

    found = desk.get(f"{address}&q=7").get_data(as_text=True)
    assert f'name="elder_id" value="{wang}"' in found
    assert '<option value="B套餐">' in found

    answer = desk.post("/orders", data=form(desk, site, wang, tomorrow, set="B套餐", way="delivery"))

    assert (answer.status_code, answer.location) == (303, f"/orders?day={tomorrow}&slot=lunch")
    page = desk.get(address).get_data(as_text=True)
    assert "王秀兰" in page and "备餐 1 份" in page and "待用餐" in page
    assert names(site, tomorrow) == [("王秀兰", "B套餐")]


def without_token(answer: TestResponse) -> str:
    """The text of a page without its form tokens, which carry the second they were made in."""
    return re.sub(r'name="csrf_token" value="[^"]*"', "", answer.get_data(as_text=True))


def test_htmx_gets_only_what_was_found(desk: FlaskClient, site: Place, tomorrow: date) -> None:
    make_elder("王秀兰", site=site)
    address = f"/orders?day={tomorrow}&slot=lunch&q=王秀兰"

    block, page = (without_token(desk.get(address, headers=headers)) for headers in (HTMX, {}))

    assert "<html" not in block and "王秀兰" in block
    assert block.strip() in page


def test_nobody_found_is_said(desk: FlaskClient, site: Place) -> None:
    assert "没有找到「查无此人」" in desk.get("/orders?q=查无此人").get_data(as_text=True)


def test_who_is_away_or_has_ordered_gets_no_button(
    desk: FlaskClient, site: Place, tomorrow: date, clerk: Person
) -> None:
    away, done = make_elder("张有福", site=site), make_elder("张有禄", site=site)
    make_life_event(away, "paused", tomorrow)
    request = OrderRequest(site_id=site.id, elder_id=done, day=tomorrow, slot="lunch")
    place_order(request, actor=clerk.actor, now=clock.now())

    found = desk.get(f"/orders?day={tomorrow}&slot=lunch&q=张有", headers=HTMX).get_data(as_text=True)

    assert "暂停" in found and "已订" in found
    assert 'name="set"' not in found


def test_an_order_is_cancelled(desk: FlaskClient, site: Place, tomorrow: date, clerk: Person) -> None:
    request = OrderRequest(site_id=site.id, elder_id=make_elder(), day=tomorrow, slot="lunch")
    order_id = place_order(request, actor=clerk.actor, now=clock.now())

    answer = desk.post(f"/orders/{order_id}/cancel", data={"csrf_token": csrf(desk, "/orders")})

    assert answer.status_code == 303
    assert names(site, tomorrow) == []


def test_a_refusal_says_why_and_what_to_do(desk: FlaskClient, site: Place, tomorrow: date) -> None:
    gone = make_elder("王秀兰", site=site)
    make_life_event(gone, "died", tomorrow)

    answer = desk.post("/orders", data=form(desk, site, gone, tomorrow))

    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert 'data-code="elder_died"' in page and 'role="alert"' in page
    assert names(site, tomorrow) == []


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        pytest.param({"way": "fly"}, "请从列表中选择", id="no such way"),
        pytest.param({"slot": "supper"}, "请从列表中选择", id="no such slot"),
        pytest.param({"day": "heute"}, "不是日期", id="no day"),
        pytest.param({"set": "套" * 21}, "内容太长", id="long set"),
        pytest.param({"elder_id": "x"}, "请求不完整", id="no elder"),
    ],
)
def test_a_wrong_field_keeps_the_search(
    desk: FlaskClient, site: Place, tomorrow: date, fields: dict[str, str], says: str
) -> None:
    wang = make_elder("王秀兰", site=site)

    answer = desk.post("/orders", data=form(desk, site, wang, tomorrow) | fields)

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert says in page
    assert re.search(r'name="q"[^>]*value="王秀兰"', page)
    assert names(site, tomorrow) == []


def test_a_served_order_cannot_be_cancelled_from_the_page(desk: FlaskClient, site: Place, clerk: Person) -> None:
    day = clock.today() + timedelta(days=1)
    wang = make_elder("王秀兰", site=site)
    place_order(OrderRequest(site_id=site.id, elder_id=wang, day=day, slot="lunch"), actor=clerk.actor, now=clock.now())
    serve(wang, site, day=day)

    page = desk.get(f"/orders?day={day}&slot=lunch").get_data(as_text=True)

    assert "已用餐 11:42" in page
    assert "/cancel" not in page


def test_the_kitchen_sheet_has_numbers_and_no_names(
    desk: FlaskClient, site: Place, tomorrow: date, clerk: Person
) -> None:
    asked = (("王秀兰", "A套餐", "dine_in"), ("李德福", "B套餐", "delivery"), ("赵桂香", "", "delivery"))
    for name, set_name, way in asked:
        elder = make_elder(name, site=site, diet="软食")
        request = OrderRequest(site_id=site.id, elder_id=elder, day=tomorrow, slot="lunch", set_name=set_name, way=way)
        place_order(request, actor=clerk.actor, now=clock.now())

    page = desk.get(f"/orders/kitchen?day={tomorrow}&slot=lunch").get_data(as_text=True)

    cells = [re.sub(r"<[^>]+>", " ", row).split() for row in re.findall(r"<tr>(.*?)</tr>", page, re.S)]
    assert ["A套餐", "1", "0", "0", "0", "1"] in cells
    assert ["B套餐", "0", "0", "0", "2", "2"] in cells
    assert ["合计", "1", "0", "0", "2", "3"] in cells
    assert ["软食", "3"] in cells
    assert "王秀兰" not in page


def test_another_sites_orders_are_not_found(desk: FlaskClient, site: Place, tomorrow: date) -> None:
    other = make_site("水口村助餐点", path="金溪县/云溪镇/水口村")
    wang = make_elder()
    stranger = make_staff("clerk", site=other)
    request = OrderRequest(site_id=other.id, elder_id=wang, day=tomorrow, slot="lunch")
    order_id = place_order(request, actor=stranger.actor, now=clock.now())

    assert desk.post("/orders", data=form(desk, other, wang, tomorrow)).status_code == 404
    assert desk.post("/orders", data=form(desk, other, wang, tomorrow, way="fly")).status_code == 404
    token = csrf(desk, "/orders")
    assert desk.post(f"/orders/{order_id}/cancel", data={"csrf_token": token}).status_code == 404
    assert desk.post(f"/orders/{2**70}/cancel", data={"csrf_token": token}).status_code == 404
    assert names(other, tomorrow) == [("王秀兰", "")]


@pytest.mark.parametrize("role", ["volunteer", "committee", "civil_affairs"])
def test_other_roles_take_no_orders(client: FlaskClient, site: Place, role: str) -> None:
    sign_in(client, make_staff(role, site=site))
    token = csrf(client, "/account")

    assert client.get("/orders").status_code == 403
    assert client.get("/orders/kitchen").status_code == 403
    assert client.post("/orders", data={"csrf_token": token}).status_code == 403
    assert client.post("/orders/1/cancel", data={"csrf_token": token}).status_code == 403


def test_a_post_without_its_token_changes_nothing(desk: FlaskClient, site: Place, tomorrow: date) -> None:
    data = form(desk, site, make_elder(), tomorrow)
    del data["csrf_token"]

    assert desk.post("/orders", data=data).status_code == 400
    assert names(site, tomorrow) == []


def test_cancelling_cannot_be_opened(desk: FlaskClient) -> None:
    assert desk.get("/orders/1/cancel").status_code == 405


@pytest.mark.parametrize("text", ["%00", "%ff", "'", "%25", "9" * 60, "%F0%9F%8D%9A", " "])
def test_an_odd_search_finds_nobody(desk: FlaskClient, site: Place, text: str) -> None:
    make_elder("王秀兰", site=site)

    answer = desk.get(f"/orders?q={text}")

    assert answer.status_code == 200
    assert 'name="elder_id"' not in answer.get_data(as_text=True)
