"""The board, the route pages and the volunteer's phone over HTTP."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from canteen.base import clock
from canteen.base.db import reading, transaction
from canteen.books.models.servings import Serving
from canteen.deliveries.models import Drop, RouteStop, Run
from canteen.menus.models import Menu, MenuSet
from tests.factories import Person, Place, csrf, make_elder, make_life_event, make_site, make_staff, sign_in

from .conftest import Walk


@pytest.fixture(autouse=True)
def _menu_today(site: Place) -> None:
    """The pages ask the clock for today, so today needs a menu."""
    with transaction() as session:
        sets = [MenuSet(position=0, name="A套餐", price_fen=1000, dishes="测试菜")]
        session.add(Menu(site_id=site.id, day=clock.today(), slot="lunch", sets=sets))


def post(client: FlaskClient, path: str, /, **data: str) -> TestResponse:
    headers = data.pop("headers", {})
    token = csrf(client, "/deliveries/run")
    return client.post(path, data={"csrf_token": token, **data}, headers=headers)


def plan(client: FlaskClient, walk: Walk) -> TestResponse:
    walk.order_today()
    return post(client, "/deliveries/runs", route_id=str(walk.route_id), slot="lunch")


def count(model: type) -> int:
    with reading() as session:
        return session.execute(select(func.count()).select_from(model)).scalar_one()


def drop_of(elder_id: int) -> Drop:
    with reading() as session:
        statement = select(Drop).where(Drop.elder_id == elder_id).execution_options(populate_existing=True)
        return session.scalars(statement).one()


def key_of(text: str, drop_id: int) -> str:
    form = text.split(f'id="door-{drop_id}"')[1].split('class="tap"')[1].split("</form>")[0]
    return re.search(r'name="key" value="([^"]+)"', form)[1]


@pytest.fixture
def as_manager(app: Flask, manager: Person) -> FlaskClient:
    return sign_in(app.test_client(), manager)


@pytest.fixture
def as_volunteer(app: Flask, volunteer: Person) -> FlaskClient:
    return sign_in(app.test_client(), volunteer)


def test_planning_from_the_board_says_who_is_left_out(as_manager: FlaskClient, walk: Walk) -> None:
    make_life_event(walk.li, "paused", clock.today())

    answer = plan(as_manager, walk)

    assert (answer.status_code, answer.location) == (303, "/deliveries")
    shown = as_manager.get("/deliveries").get_data(as_text=True)
    assert "已排好:共 2 户,这次新加 2 户" in shown
    assert "没有排进:李桂英(暂停)" in shown
    assert "李桂英:暂停" in shown


def test_planning_twice_is_one_run(as_manager: FlaskClient, walk: Walk) -> None:
    plan(as_manager, walk)
    plan(as_manager, walk)

    assert (count(Run), count(Drop)) == (1, 3)


def test_the_phone_shows_the_doors_in_order_with_what_is_needed_there(
    as_manager: FlaskClient, as_volunteer: FlaskClient, walk: Walk
) -> None:
    plan(as_manager, walk)

    shown = as_volunteer.get("/deliveries/run").get_data(as_text=True)

    assert shown.index("王秀兰") < shown.index("李桂英") < shown.index("赵福贵")
    for needed in ("测试路一号二楼", "少盐软食", 'href="tel:13900000001"', "钥匙在隔壁测试家", "收款:现金", "1 盒"):
        assert needed in shown
    assert '<b class="count-left">3</b>' in shown


def test_a_manager_sees_all_runs_of_the_site_without_what_is_sealed(as_manager: FlaskClient, walk: Walk) -> None:
    plan(as_manager, walk)

    shown = as_manager.get("/deliveries/run").get_data(as_text=True)

    assert "王秀兰" in shown
    for sealed in ("测试路一号二楼", "少盐软食", "13900000001", "钥匙"):
        assert sealed not in shown


def test_a_tap_without_javascript_serves_and_comes_back_to_the_door(
    as_manager: FlaskClient, as_volunteer: FlaskClient, walk: Walk
) -> None:
    plan(as_manager, walk)
    drop = drop_of(walk.wang).id
    key = key_of(as_volunteer.get("/deliveries/run").get_data(as_text=True), drop)

    answers = [post(as_volunteer, f"/deliveries/drops/{drop}", outcome="handed_over", key=key) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].location == f"/deliveries/run#door-{drop}"
    assert count(Serving) == 1
    shown = as_volunteer.get("/deliveries/run").get_data(as_text=True)
    assert "¥5.00" in shown
    assert '<b class="count-done">1</b>' in shown


def test_the_script_gets_the_door_alone(as_manager: FlaskClient, as_volunteer: FlaskClient, walk: Walk) -> None:
    plan(as_manager, walk)
    drop = drop_of(walk.li).id

    answer = post(
        as_volunteer,
        f"/deliveries/drops/{drop}",
        outcome="no_answer",
        key="a-key-of-a-phone",
        headers={"HX-Request": "true"},
    )

    text = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert text.lstrip().startswith('<li class="door panel no_answer"')
    assert 'data-done="1" data-left="2"' in text
    assert "<html" not in text
    assert key_of(text, drop) != "a-key-of-a-phone"


def test_a_refusal_is_a_fragment_for_the_door(as_manager: FlaskClient, as_volunteer: FlaskClient, walk: Walk) -> None:
    plan(as_manager, walk)
    make_life_event(walk.wang, "paused", clock.today())
    drop = drop_of(walk.wang).id

    answer = post(
        as_volunteer,
        f"/deliveries/drops/{drop}",
        outcome="handed_over",
        key="a-key-of-a-phone",
        headers={"HX-Request": "true"},
    )

    text = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert 'data-code="elder_paused"' in text and "<html" not in text
    assert drop_of(walk.wang).state == "planned"
    assert "不要送" in as_volunteer.get("/deliveries/run").get_data(as_text=True)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param({"outcome": "delivered", "key": "a-key-of-a-phone"}, id="no such outcome"),
        pytest.param({"outcome": "handed_over"}, id="no key"),
        pytest.param({"outcome": "no_answer", "key": "a-key-of-a-phone", "note": "话" * 201}, id="too long"),
    ],
)
def test_a_bad_tap_is_422(as_manager: FlaskClient, as_volunteer: FlaskClient, walk: Walk, data: dict[str, str]) -> None:
    plan(as_manager, walk)

    answer = post(as_volunteer, f"/deliveries/drops/{drop_of(walk.wang).id}", **data)

    assert answer.status_code == 422
    assert drop_of(walk.wang).state == "planned"


def test_a_clerk_sees_runs_and_no_routes(app: Flask, site: Place, walk: Walk) -> None:
    client = sign_in(app.test_client(), make_staff("clerk", site=site))

    shown = client.get("/deliveries").get_data(as_text=True)

    assert "这一天还没有排出车。" in shown and "在下面选一条路线排好" not in shown
    assert 'action="/deliveries/runs"' not in shown
    assert client.get(f"/deliveries/routes/{walk.route_id}").status_code == 403


def test_keeping_a_route_by_hand(as_manager: FlaskClient, site: Place) -> None:
    wang, li = make_elder("王秀兰", site=site), make_elder("李桂英", site=site)

    made = post(as_manager, "/deliveries/routes", name="西线")
    page = made.location
    for elder in (wang, li):
        post(as_manager, f"{page}/stops", elder_id=str(elder), pay_way="monthly", hint="测试二楼")
    with reading() as session:
        first, second = session.scalars(select(RouteStop.id).order_by(RouteStop.position)).all()
    moved = post(as_manager, f"/deliveries/stops/{second}/move", direction="up")
    removed = post(as_manager, f"/deliveries/stops/{first}/remove")
    kept = post(as_manager, f"/deliveries/stops/{second}", pay_way="cash", hint="")
    renamed = post(as_manager, page, name="西北线")

    assert [answer.status_code for answer in (made, moved, removed, kept, renamed)] == [303] * 5
    shown = as_manager.get(page).get_data(as_text=True)
    assert "路线 西北线" in shown and "共 1 户" in shown and "李桂英" in shown
    assert f'<option value="{wang}">' in shown


@pytest.mark.parametrize(
    ("path", "data", "status"),
    [
        pytest.param("/deliveries/routes", {"name": " "}, 422, id="a route without a name"),
        pytest.param("/deliveries/routes", {"name": "长" * 41}, 422, id="a name too long"),
        pytest.param("/deliveries/runs", {"route_id": "x", "slot": "lunch"}, 422, id="no route"),
        pytest.param("/deliveries/runs", {"route_id": "99999", "slot": "lunch"}, 404, id="a route that is not there"),
        pytest.param("/deliveries/runs", {"route_id": "1", "slot": "tea"}, 422, id="no such slot"),
        pytest.param("/deliveries/runs", {"route_id": "1", "slot": "lunch", "day": "soon"}, 422, id="no such day"),
        pytest.param("/deliveries/stops/99999/move", {"direction": "up"}, 404, id="a stop that is not there"),
        pytest.param("/deliveries/stops/99999/move", {"direction": "away"}, 422, id="no such direction"),
        pytest.param("/deliveries/routes/99999/stops", {"elder_id": "²"}, 422, id="a digit that is none"),
        pytest.param("/deliveries/drops/99999/concern", {"signs": "doctor", "key": "k" * 12}, 404, id="no such door"),
    ],
)
def test_bad_input_is_answered_in_words(as_manager: FlaskClient, path: str, data: dict[str, str], status: int) -> None:
    answer = post(as_manager, path, **data)

    assert answer.status_code == status
    assert 'class="refusal"' in answer.get_data(as_text=True)


def test_strangers_find_nothing(app: Flask, as_manager: FlaskClient, walk: Walk) -> None:
    plan(as_manager, walk)
    drop = drop_of(walk.wang).id
    far = make_site("测试外村助餐点", path="金溪县/云溪镇/测试村")

    for role in ("manager", "volunteer"):
        client = sign_in(app.test_client(), make_staff(role, site=far))
        answer = post(client, f"/deliveries/drops/{drop}", outcome="handed_over", key="a-key-of-a-phone")
        assert answer.status_code == 404
        assert "王秀兰" not in client.get("/deliveries/run").get_data(as_text=True)
    committee = sign_in(app.test_client(), make_staff("committee", site=far))
    assert committee.get("/deliveries").status_code == 403
    assert committee.get("/deliveries/run").status_code == 403
    assert drop_of(walk.wang).state == "planned"


def test_empty_pages_say_what_to_do(as_manager: FlaskClient, as_volunteer: FlaskClient) -> None:
    assert "先在下面建一条路线" in as_manager.get("/deliveries").get_data(as_text=True)
    assert "请问站点负责人" in as_volunteer.get("/deliveries/run").get_data(as_text=True)


def test_all_that_the_phone_keeps_is_there_and_needs_nobody_signed_in(app: Flask, as_volunteer: FlaskClient) -> None:
    client = app.test_client()
    worker = client.get("/deliveries/phone-worker.js")
    kept = json.loads(re.search(r"const FILES = (.*);", worker.get_data(as_text=True))[1])
    manifest = client.get("/deliveries/phone.webmanifest").get_json(force=True)
    icons = [icon["src"] for icon in manifest["icons"]]

    assert {client.get(path).status_code for path in (*kept, *icons)} == {200}
    assert manifest["start_url"] == "/deliveries/run"
    page = as_volunteer.get("/deliveries/run")
    needed = set(re.findall(r'(?:src|stylesheet" href)="(/static/[^"]+)"', page.get_data(as_text=True)))
    assert needed - {*kept} == set()
    assert 0 < int(page.headers["X-Kept-Seconds"]) <= 86400


def test_a_changed_file_makes_another_worker(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    client = app.test_client()
    before = client.get("/deliveries/phone-worker.js").get_data(as_text=True)
    shutil.copytree(app.static_folder, tmp_path / "static")
    monkeypatch.setattr(app, "static_folder", str(tmp_path / "static"))
    assert client.get("/deliveries/phone-worker.js").get_data(as_text=True) == before

    (tmp_path / "static" / "deliveries.css").write_text("/* another */", "utf-8")

    assert client.get("/deliveries/phone-worker.js").get_data(as_text=True) != before
