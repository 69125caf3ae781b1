"""A run sheet keyed in after the walk: handed over or not, by the rules of the phone."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from canteen.base import clock
from canteen.base.db import reading
from canteen.books.models.servings import Serving
from canteen.deliveries.keying.rules import Ticked, read_door
from canteen.deliveries.models import Drop
from canteen.deliveries.requests import RunRequest
from canteen.deliveries.service import runs
from canteen.welfare.models import WelfareCheck
from tests.deliveries.conftest import Walk
from tests.factories import Person, Place, make_menu, make_staff, sign_in

HTMX = {"HX-Request": "true"}


@pytest.mark.parametrize(
    ("typed", "ticked"),
    [
        ("3", Ticked("3", "handed_over")),
        ("3 w", Ticked("3", "no_answer")),
        ("3 W 门锁着 灯亮", Ticked("3", "no_answer", "门锁着 灯亮")),
        ("wxl 无", Ticked("wxl", "no_answer")),
        ("王秀兰 无人应答", Ticked("王秀兰", "no_answer")),
        ("王秀兰 邻居代收", Ticked("王秀兰", "handed_over", "邻居代收")),
        ("", Ticked("", "handed_over")),
    ],
)
def test_what_a_door_means(typed: str, ticked: Ticked) -> None:
    assert read_door(typed) == ticked


def test_a_run_sheet_is_keyed_in_on_the_screen(
    app: Flask, client: FlaskClient, walk: Walk, site: Place, manager: Person
) -> None:
    today, now = clock.today(), clock.now()
    make_menu(site, day=today)
    walk.order_today()
    planned = runs.plan_run(
        RunRequest(route_id=walk.route_id, day=today, slot="lunch", staff_id=None), actor=manager.actor, now=now
    )
    desk = sign_in(client, manager)
    address = f"/deliveries/runs/{planned.run_id}/paper"
    page = desk.get(address).get_data(as_text=True)
    assert "还有 3 户" in page
    token = re.findall(r'name="csrf_token" value="([^"]*)"', page)[0]

    def types(text: str) -> str:
        nonlocal page
        sent = {"csrf_token": token, "row": text, "key": re.findall(r'name="key" value="([^"]*)"', page)[0]}
        page = desk.post(address, data=sent, headers=HTMX).get_data(as_text=True)
        return page

    assert "已送达" in types("2") and "还有 2 户" in page
    assert 'role="alert"' in types("2") and "还有 2 户" in page
    assert "这趟出车里没有「9」" in types("9")
    assert "无人应答" in types("3 w 门锁着") and "还有 1 户" in page
    assert "还有 0 户" in types("王秀兰")

    with reading() as session:
        doors = session.execute(select(Drop.position, Drop.state).order_by(Drop.position)).all()
        meals = session.execute(select(Serving.way, Serving.elder_id).order_by(Serving.id)).all()
        checks = session.scalars(select(WelfareCheck.elder_id)).all()
    assert [tuple(one) for one in doors] == [(1, "handed_over"), (2, "handed_over"), (3, "no_answer")]
    assert [tuple(one) for one in meals] == [("delivery", walk.li), ("delivery", walk.wang)]
    assert checks == [walk.zhao]
    stranger = sign_in(client, make_staff("volunteer", site=site))
    assert stranger.get(address).status_code == 404, "only who walks it, and who keeps the site"
