"""A day sheet keyed in after the meal: numbers, letters, Enter; by the rules, refusals and keys of the counter."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from factories import NOW, TODAY, Person, Place, make_elder, make_menu, make_order, sign_in
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from canteen.base import clock
from canteen.base.db import reading
from canteen.base.errors import BadInput, Refusal
from canteen.books.models.servings import Serving
from canteen.counter.paper.rules import Row, read_row
from canteen.counter.paper.service import KeyedRow, key_in
from canteen.orders.models import Order
from canteen.orders.queries import sitting_orders
from canteen.orders.service import cancel_order

HTMX = {"HX-Request": "true"}


@pytest.mark.parametrize(
    ("typed", "row"),
    [
        ("12", Row(number=12)),
        ("12 2", Row(number=12, portions=2)),
        ("12 S", Row(number=12, pay_way="code")),
        ("12 扫", Row(number=12, pay_way="code")),
        ("王秀兰 月结 自取", Row(who="王秀兰", pay_way="monthly", way="take_away")),
        ("wxl t 3 x", Row(who="wxl", way="dine_in", portions=3, pay_way="cash")),
        ("007", Row(who="007")),
        ("1234", Row(who="1234")),
        ("村民", Row(guest_kind="villager")),
        ("儿童 y", Row(guest_kind="child", pay_way="monthly")),
        ("", Row()),
        ("12", Row(number=12)),
    ],
)
def test_what_a_row_means(typed: str, row: Row) -> None:
    assert read_row(typed) == row


@pytest.mark.parametrize("typed", ["12 0", "12 10", "12 z", "12 2 3", "12 s y", "12 送餐", "12 -1"])
def test_what_means_nothing_is_said(typed: str) -> None:
    with pytest.raises(BadInput) as caught:
        read_row(typed)
    assert caught.value.field == "row" and caught.value.next_step


def row(site: Place, elder_id: int | None, key: str, **more: Any) -> KeyedRow:
    known = {"key": f"paper-key-{key}", "site_id": site.id, "day": TODAY, "slot": "lunch", "pay_way": "cash"}
    return KeyedRow(**known | {"elder_id": elder_id} | more)  # type: ignore[arg-type]


def test_a_row_is_served_as_it_was_ordered_once(site: Place, clerk: Person) -> None:
    elder = make_elder(site=site)
    make_order(elder, site, set_name="B套餐", way="take_away", portions=2)
    wanted, late = row(site, elder, "1"), NOW + timedelta(days=2)

    served = key_in(wanted, actor=clerk.actor, now=late)
    again = key_in(wanted, actor=clerk.actor, now=late)

    assert (served.set_name, served.way, len(served.others), served.own_fen) == ("B套餐", "take_away", 1, 500)
    assert (served.day, served.served_at) == (TODAY, late), "the books say for which day, and when it was keyed in"
    assert again.id == served.id and len(again.others) == 1
    with pytest.raises(Refusal) as caught:
        key_in(row(site, elder, "2"), actor=clerk.actor, now=late)
    assert caught.value.code == "already_served"
    with pytest.raises(Refusal) as caught:
        key_in(row(site, make_elder("别人", site=site), "1"), actor=clerk.actor, now=late)
    assert caught.value.code == "key_reused"
    with reading() as session:
        assert len(session.scalars(select(Serving.id)).all()) == 2


def test_the_second_meal_of_an_order_may_be_keyed_in_later(site: Place, clerk: Person) -> None:
    elder = make_elder(site=site)
    make_order(elder, site, portions=2)

    first = key_in(row(site, elder, "1", portions=1), actor=clerk.actor, now=NOW)
    second = key_in(row(site, elder, "2"), actor=clerk.actor, now=NOW)

    assert [(one.own_fen, one.second_portion) for one in (first, second)] == [(500, False), (1000, True)]


def test_a_meal_that_is_carried_belongs_to_the_run_sheet(site: Place, clerk: Person) -> None:
    elder = make_elder(site=site)
    make_order(elder, site, way="delivery")

    with pytest.raises(Refusal) as caught:
        key_in(row(site, elder, "1"), actor=clerk.actor, now=NOW)

    assert caught.value.code == "ordered_delivery"
    assert key_in(row(site, elder, "1", way="dine_in"), actor=clerk.actor, now=NOW).way == "dine_in"


def test_a_number_stays_when_others_cancel(app: Flask, site: Place, clerk: Person) -> None:
    elders = [make_elder(name, site=site) for name in ("甲一", "乙二", "丙三")]
    orders = [make_order(elder, site) for elder in elders]
    cancel_order(orders[0], actor=clerk.actor, now=NOW)
    with reading() as session:
        lines = sitting_orders(session, site_id=site.id, day=TODAY, slot="lunch")
    assert [(line.number, line.name) for line in lines] == [(2, "乙二"), (3, "丙三")]


def test_a_sheet_is_keyed_in_on_the_screen(client: FlaskClient, site: Place, clerk: Person) -> None:
    day = clock.today() - timedelta(days=1)
    make_menu(site, day=day)
    for name in ("王秀兰", "李桂英"):
        make_order(make_elder(name, site=site), site, day=day)
    for group in ("7组", "9组"):
        make_elder("赵德全", site=site, village_group=group)
    desk = sign_in(client, clerk)
    form = {"slot": "lunch", "day": day.isoformat(), "pay_way": "code"}

    page = desk.get("/counter/paper", query_string=form).get_data(as_text=True)
    assert "还有 2 人没有登记" in page and "补录:账上写着今天录的" in page
    form["csrf_token"] = re.findall(r'name="csrf_token" value="([^"]*)"', page)[0]

    def types(text: str, **more: str) -> str:
        nonlocal page
        sent = form | {"row": text, "key": re.findall(r'name="key" value="([^"]*)"', page)[0]} | more
        page = desk.post("/counter/paper", data=sent, headers=HTMX).get_data(as_text=True)
        return page

    assert "李桂英" in types("2").split("单子上的人")[0] and "还有 1 人没有登记" in page
    assert 'value="code" checked' in page, "how most paid stays chosen"
    assert "已于" in types("2") and 'data-code="already_served"' in page and "<kbd>2</kbd>" in page
    assert "登记单上没有 77 号" in types("77")
    assert "看不懂「乱写」" in types("1 乱写")
    assert "没有找到「没有这人」" in types("没有这人")
    both = types("赵德全")
    assert "「赵德全」是哪一位?" in both and "7组" in both and "9组" in both
    chosen = re.findall(r'name="elder" value="(\d+)"', both)[1]
    assert "赵德全" in types("", typed="赵德全 y", elder=chosen) and "月结" in page
    assert "儿童" in types("儿童").split("<p>")[0]
    assert "还有 0 人没有登记" in types("王秀兰")
    with reading() as session:
        rows = session.execute(select(Serving.pay_way, Serving.day, Serving.guest_kind).order_by(Serving.id)).all()
        assert session.scalar(select(Order.id).where(Order.cancelled_at.is_not(None))) is None
    assert [tuple(one) for one in rows] == [
        ("code", day, ""), ("monthly", day, ""), ("code", day, "child"), ("code", day, "")
    ]  # fmt: skip
