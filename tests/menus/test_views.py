"""The pages of menus: the week, one sitting, the import, and the wall for everybody."""

from __future__ import annotations

import io
import re
from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from canteen.base import clock
from canteen.base.access import COMMAND
from canteen.menus import queries
from canteen.places.requests import ExceptionChange
from canteen.places.service import set_exception
from tests.factories import Person, Place, csrf, make_menu, make_site, make_staff, sign_in
from tests.menus.conftest import HEADER, NOVEMBER, csv_of, serve

DAY = "2026-11-21"
SITTING = f"/menus/{DAY}/lunch"


@pytest.fixture
def desk(client: FlaskClient, manager: Person) -> FlaskClient:
    """The manager's browser."""
    return sign_in(client, manager)


def form(client: FlaskClient, site: Place, **fields: str) -> dict[str, str]:
    """The form of one sitting with one set."""
    return {
        "csrf_token": csrf(client, SITTING),
        "site_id": str(site.id),
        "name_0": "A套餐",
        "price_0": "10.50",
        "dishes_0": "红烧肉,青菜",
        "tags_0": "软食",
        **fields,
    }


def test_a_sitting_is_written_and_shown_in_the_week(desk: FlaskClient, site: Place) -> None:
    answer = desk.post(SITTING, data=form(desk, site, name_1="B套餐", price_1="8", dishes_1="粥"))

    assert (answer.status_code, answer.location) == (303, SITTING)
    week = desk.get(f"/menus?day={DAY}").get_data(as_text=True)
    assert "红烧肉、青菜" in week and "¥10.50" in week and "¥8.00" in week
    assert week.count('scope="row"') == 7
    assert 'value="10.50"' in desk.get(SITTING).get_data(as_text=True)


def test_emptied_rows_go_and_all_empty_is_no_menu(desk: FlaskClient, site: Place) -> None:
    desk.post(SITTING, data=form(desk, site))

    answer = desk.post(SITTING, data=form(desk, site, name_0="", price_0="", dishes_0=""), follow_redirects=True)

    assert "这一餐没有菜单" in answer.get_data(as_text=True)
    assert "还没有菜单" in desk.get(f"/menus?day={DAY}").get_data(as_text=True)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        pytest.param({"price_0": "十元"}, "不是金额", id="no price"),
        pytest.param({"price_0": ""}, "不是金额", id="price left out"),
        pytest.param({"price_0": "1001"}, "价格要在", id="too dear"),
        pytest.param({"name_0": ""}, "缺少套餐名称", id="no name"),
        pytest.param({"dishes_0": ""}, "缺少菜品", id="no dishes"),
        pytest.param({"name_3": "A套餐", "price_3": "8", "dishes_3": "粥"}, "写了两次", id="one name twice"),
    ],
)
def test_a_wrong_field_keeps_what_was_typed(desk: FlaskClient, site: Place, fields: dict[str, str], says: str) -> None:
    answer = desk.post(SITTING, data=form(desk, site, **({"tags_0": "少盐要保留"} | fields)))

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert says in page
    assert 'value="少盐要保留"' in page
    assert queries.menus_between(site_id=site.id, first=date(2026, 11, 21), last=date(2026, 11, 21)) == {}


def test_a_price_change_for_meals_already_served_is_told(desk: FlaskClient, site: Place) -> None:
    make_menu(site)
    serve(site, count=3)

    answer = desk.post(SITTING, data=form(desk, site, price_0="12"), follow_redirects=True)

    assert "已供 3 份仍按原价" in answer.get_data(as_text=True)


def test_prepared_counts_are_kept_apart_from_the_menu(desk: FlaskClient, site: Place) -> None:
    make_menu(site)
    counts = {"csrf_token": csrf(desk, SITTING), "site_id": str(site.id), "set_0": "A套餐", "set_1": "B套餐"}

    assert desk.post(f"{SITTING}/prepared", data=counts | {"count_0": "30", "count_1": ""}).status_code == 303
    wrong = desk.post(f"{SITTING}/prepared", data=counts | {"count_0": "-3", "count_1": "7"})

    page = desk.get(SITTING).get_data(as_text=True)
    assert re.search(r'name="count_0"[^>]*value="30"', page)
    assert wrong.status_code == 422
    assert re.search(r'name="count_0"[^>]*value="-3"', wrong.get_data(as_text=True))
    assert re.search(r'name="count_1"[^>]*value="7"', wrong.get_data(as_text=True))


def test_last_week_is_copied_by_a_button_that_says_what_it_left(desk: FlaskClient, site: Place) -> None:
    today = clock.today()
    make_menu(site, day=today - timedelta(days=7))
    make_menu(site, day=today - timedelta(days=7), slot="dinner")
    make_menu(site, day=today, slot="dinner")
    data = {"csrf_token": csrf(desk, "/menus"), "site_id": str(site.id), "day": today.isoformat()}

    answer = desk.post("/menus/copy", data=data, follow_redirects=True)

    page = answer.get_data(as_text=True)
    assert "从上周复制了 1 餐" in page
    assert "已有菜单,没有改动" in page


def upload_form(client: FlaskClient, site: Place, content: bytes) -> dict[str, object]:
    """The form that uploads a file."""
    file = (io.BytesIO(content), "m.csv")
    return {"csrf_token": csrf(client, "/menus/import"), "site_id": str(site.id), "file": file}


def upload(client: FlaskClient, site: Place, content: bytes) -> str:
    """Upload a file and return the address of its preview."""
    answer = client.post("/menus/import", data=upload_form(client, site, content))
    assert answer.status_code == 303, answer.get_data(as_text=True)
    assert answer.location is not None
    return answer.location


def test_a_file_is_looked_at_before_it_is_written(desk: FlaskClient, site: Place) -> None:
    preview = upload(desk, site, NOVEMBER.read_bytes())

    page = desk.get(preview).get_data(as_text=True)
    assert "写入 120 个套餐" in page
    assert queries.menus_between(site_id=site.id, first=date(2026, 11, 1), last=date(2026, 11, 30)) == {}

    for expected in ("写入 120 个套餐,未变 0 个", "写入 0 个套餐,未变 120 个"):
        answer = desk.post(preview, data={"csrf_token": csrf(desk, preview)}, follow_redirects=True)
        assert expected in answer.get_data(as_text=True)
    assert "没有需要写入的内容" in desk.get(preview).get_data(as_text=True)


def test_the_preview_lists_bad_rows_with_number_and_reason(desk: FlaskClient, site: Place) -> None:
    content = csv_of(HEADER, (DAY, "午餐", "A套餐", "贵<b>", "粥"), (DAY, "午餐", "B套餐", "8", "粥"))

    page = desk.get(upload(desk, site, content)).get_data(as_text=True)

    assert re.search(r'<th scope="row">2</th>\s*<td>「贵&lt;b&gt;」不是金额', page)
    assert "写入 1 个套餐" in page


def test_the_preview_says_which_known_prices_change(desk: FlaskClient, site: Place) -> None:
    make_menu(site, day=clock.today())
    content = csv_of(HEADER, (clock.today(), "午餐", "A套餐", "12", "粥"))

    page = desk.get(upload(desk, site, content)).get_data(as_text=True)

    assert "今天午餐 A套餐 由 ¥10.00 改为 ¥12.00" in page


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", "甲,乙\n1,2".encode()], ids=["empty", "broken", "no header"])
def test_a_file_that_is_no_menu_is_said(desk: FlaskClient, site: Place, content: bytes) -> None:
    answer = desk.post("/menus/import", data=upload_form(desk, site, content))

    assert answer.status_code == 422
    assert 'role="alert"' in answer.get_data(as_text=True)


def test_a_pasted_week_is_looked_at_and_written_to_the_week_that_is_meant(desk: FlaskClient, site: Place) -> None:
    text = "餐次\t周一\t周二\n午餐\t红烧肉、青菜\t鱼\n晚餐\t粥\t面"
    data = {"csrf_token": csrf(desk, "/menus/import"), "site_id": str(site.id), "text": text}

    answer = desk.post("/menus/import", data=data | {"week": "2026-12-16", "price": "9.50"})
    page = desk.get(answer.location).get_data(as_text=True)

    assert "写入 4 个套餐" in page and "2026-12-14 起的这一周" in page and "¥9.50" in page
    done = desk.post(answer.location, data={"csrf_token": csrf(desk, answer.location)})
    assert done.location.endswith("/menus?day=2026-12-14")
    menus = queries.menus_between(site_id=site.id, first=date(2026, 12, 14), last=date(2026, 12, 15))
    assert {at: [one.dishes for one in sets] for at, sets in menus.items()} == {
        (date(2026, 12, 14), "lunch"): ["红烧肉、青菜"],
        (date(2026, 12, 14), "dinner"): ["粥"],
        (date(2026, 12, 15), "lunch"): ["鱼"],
        (date(2026, 12, 15), "dinner"): ["面"],
    }


def test_without_a_price_that_of_the_latest_menu_is_taken(desk: FlaskClient, site: Place) -> None:
    make_menu(site, day=date(2026, 12, 1))
    text = "日期\t午餐\n12月14日\t鱼"
    data = {"csrf_token": csrf(desk, "/menus/import"), "site_id": str(site.id), "text": text}

    page = desk.get(desk.post("/menus/import", data=data).location).get_data(as_text=True)

    assert "写入 1 个套餐" in page and "没有写价格的午餐按 ¥10.00" in page


def test_a_text_that_is_no_menu_stays_in_its_box(desk: FlaskClient, site: Place) -> None:
    data = {"csrf_token": csrf(desk, "/menus/import"), "site_id": str(site.id), "text": "大家好,今天不开门"}

    answer = desk.post("/menus/import", data=data | {"price": "9"})

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "没有找到表头" in page and "大家好,今天不开门</textarea>" in page and 'value="9"' in page


@pytest.mark.parametrize("token", ["0" * 64, "..%2F..%2Fkeys%2Fseal.key", "x"])
def test_an_upload_that_is_gone_is_said(desk: FlaskClient, site: Place, token: str) -> None:
    assert desk.get(f"/menus/import/{token}/{site.id}").status_code == 404


def test_another_sites_menus_are_not_found(desk: FlaskClient, site: Place) -> None:
    other = make_site("水口村助餐点", path="金溪县/云溪镇/水口村")
    preview = upload(desk, site, NOVEMBER.read_bytes())
    token = csrf(desk, SITTING)

    assert desk.post(SITTING, data=form(desk, other)).status_code == 404
    assert desk.post(f"{SITTING}/prepared", data={"csrf_token": token, "site_id": str(other.id)}).status_code == 404
    assert desk.post("/menus/copy", data={"csrf_token": token, "site_id": str(other.id)}).status_code == 404
    elsewhere = preview.rsplit("/", 1)[0] + f"/{other.id}"
    assert desk.get(elsewhere).status_code == 404
    assert desk.post(elsewhere, data={"csrf_token": token}).status_code == 404


@pytest.mark.parametrize("role", ["clerk", "volunteer", "committee", "civil_affairs"])
def test_other_roles_may_not_keep_menus(client: FlaskClient, site: Place, role: str) -> None:
    sign_in(client, make_staff(role, site=site))
    token = csrf(client, "/account")

    for path in ("/menus", SITTING, "/menus/import"):
        assert client.get(path).status_code == 403
    for path in (SITTING, f"{SITTING}/prepared", "/menus/copy", "/menus/import", f"/menus/import/{'0' * 64}/{site.id}"):
        assert client.post(path, data={"csrf_token": token}).status_code == 403


def test_a_post_without_its_token_changes_nothing(desk: FlaskClient, site: Place) -> None:
    data = form(desk, site)
    del data["csrf_token"]

    assert desk.post(SITTING, data=data).status_code == 400


@pytest.mark.parametrize(
    "path", ["/menus/2026-11-31/lunch", "/menus/abc/lunch", "/menus?day=x", "/menus?day=9999-01-01"]
)
def test_a_day_that_is_none_is_said(desk: FlaskClient, path: str) -> None:
    assert desk.get(path).status_code == 422


def test_a_slot_that_is_none_is_not_found(desk: FlaskClient) -> None:
    assert desk.get(f"/menus/{DAY}/supper").status_code == 404


def test_everybody_sees_todays_menu_which_asks_again_by_itself(client: FlaskClient, site: Place) -> None:
    make_menu(site, day=clock.today())

    answer = client.get(f"/menu/{site.code}")

    page = answer.get_data(as_text=True)
    assert answer.headers["Refresh"] == "600"
    assert "A套餐" in page and "¥10.00" in page and "软食" in page
    assert "菜单还没有公布" in page, "dinner has no menu"
    assert "<script>" not in page and 'class="wall"' in page


def test_another_day_stays_where_it_is(client: FlaskClient, site: Place) -> None:
    make_menu(site)

    answer = client.get(f"/menu/{site.code}?day={DAY}")

    assert "Refresh" not in answer.headers
    page = answer.get_data(as_text=True)
    assert "2026年11月21日 周六" in page
    assert "day=2026-11-20" in page and "day=2026-11-22" in page


def test_a_closed_day_says_so_with_its_reason(client: FlaskClient, site: Place) -> None:
    closed = ExceptionChange(site_id=site.id, day=clock.today(), is_open=False, reason="停电检修")
    set_exception(closed, actor=COMMAND, now=clock.now())

    page = client.get(f"/menu/{site.code}").get_data(as_text=True)

    assert "这一天不供餐" in page and "停电检修" in page
    assert "菜单还没有公布" not in page


def test_the_only_site_needs_no_code_and_several_are_listed(client: FlaskClient, site: Place) -> None:
    assert client.get("/menu").location == f"/menu/{site.code}"

    other = make_site("水口村助餐点", path="金溪县/云溪镇/水口村")

    page = client.get("/menu").get_data(as_text=True)
    assert f'href="/menu/{site.code}"' in page and f'href="/menu/{other.code}"' in page


def test_before_the_set_up_the_wall_says_there_is_no_site(app: Flask, client: FlaskClient) -> None:
    assert "还没有助餐点" in client.get("/menu").get_data(as_text=True)


@pytest.mark.parametrize("path", ["/menu/S999", "/menu/a%00b", "/menu/%ff"])
def test_a_site_nobody_knows_is_not_found(client: FlaskClient, site: Place, path: str) -> None:
    assert client.get(path).status_code == 404


def test_a_wrong_day_on_the_wall_is_said(client: FlaskClient, site: Place) -> None:
    assert client.get(f"/menu/{site.code}?day=heute").status_code == 422
