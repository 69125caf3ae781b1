"""The week's page: cells, pasted tables, what is written, and what stays typed. And orders by phone."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from canteen.base import clock
from canteen.base.access import COMMAND
from canteen.base.errors import BadInput, NotFound, Refusal
from canteen.base.words import WAYS
from canteen.orders import queries
from canteen.orders.rules import Moment, OrderChange, next_open
from canteen.orders.service import cancel_order, change_order
from canteen.orders.week.grid import usual_ways, week_grid
from canteen.orders.week.requests import CellChange
from canteen.orders.week.rules import Wish, letters_of, monday_of, read_cell, read_table, show_cell
from canteen.orders.week.service import keep_week
from canteen.places.queries import plan_of, site_for
from tests.factories import (
    NOW,
    TODAY,
    Person,
    Place,
    csrf,
    make_elder,
    make_life_event,
    make_menu,
    make_order,
    make_site,
    make_staff,
    sign_in,
)
from tests.orders.conftest import EARLY, serve, trail

LETTERS = {"A套餐": "A", "B套餐": "B"}
MONDAY = monday_of(TODAY)
#: Three days after the test's today: Tuesday of the next week.
SOON = TODAY + timedelta(days=3)


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        *((none, None) for none in ("", " ", "0", "-", "×", "取消", "／", "无")),
        *((one, Wish()) for one in ("1", "√", "１", "1份", "v", "是", "订")),
        ("2", Wish(2)),
        ("送", Wish(1, "delivery")),
        ("2送", Wish(2, "delivery")),
        ("送2", Wish(2, "delivery")),
        ("送餐", Wish(1, "delivery")),
        ("自取", Wish(1, "take_away")),
        ("1代", Wish(1, "proxy")),
        ("堂", Wish(1, "dine_in")),
        ("b", Wish(1, "", "B套餐")),
        ("2B送", Wish(2, "delivery", "B套餐")),
        ("B套餐 2 送", Wish(2, "delivery", "B套餐")),
    ],
)
def test_a_cell_is_read(text: str, wish: Wish | None) -> None:
    assert read_cell(text, LETTERS) == wish


@pytest.mark.parametrize("text", ["abc", "12", "2送送", "AB", "今天", "-1", "1.5"])
def test_a_cell_that_says_nothing_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        read_cell(text, LETTERS)


@given(st.integers(1, 9), st.sampled_from(WAYS), st.sampled_from(list(LETTERS)))
def test_what_a_cell_shows_it_means(portions: int, way: str, set_name: str) -> None:
    shown = show_cell(portions=portions, way=way, set_name=set_name, letters=LETTERS)

    assert read_cell(shown, LETTERS) in (Wish(portions, way, set_name), Wish(portions, "", set_name))


@given(st.text(max_size=30))
def test_any_cell_is_read_or_refused(text: str) -> None:
    try:
        wish = read_cell(text, LETTERS)
    except BadInput:
        return
    assert wish is None or 1 <= wish.portions <= 9


@pytest.mark.parametrize(
    ("sets", "letters"),
    [
        (["A套餐", "B套餐", "A套餐"], LETTERS),
        (["普通", "软食"], {"普通": "普", "软食": "软"}),
        (["套餐一", "套餐二"], {}),
        (["送福餐", "普通"], {"普通": "普"}),
        (["A套餐"], {}),
        ([], {}),
    ],
)
def test_signs_of_sets(sets: list[str], letters: dict[str, str]) -> None:
    assert letters_of(sets) == letters


NAMES = {"王秀兰": [1], "李德福": [2], "张有福": [3, 4]}


@pytest.mark.parametrize(
    ("text", "cells", "unknown"),
    [
        pytest.param(
            "王秀兰\t1\t\t2送\n李德福\t\t1",
            {(1, 0): "1", (1, 1): "", (1, 2): "2送", (2, 0): "", (2, 1): "1"},
            (),
            id="no head",
        ),
        pytest.param("姓名\t周三\t周五\n王秀兰\t1\t2", {(1, 2): "1", (1, 4): "2"}, (), id="weekdays"),
        pytest.param("姓名\t11月17日\t11/20\n王秀兰\t1\t2", {(1, 1): "1", (1, 4): "2"}, (), id="dates"),
        pytest.param(
            "\t2026-11-16(一)\t2026-11-17(二)\n王秀兰\t√\t", {(1, 0): "√", (1, 1): ""}, (), id="dates with weekdays"
        ),
        pytest.param(
            "姓名\t12/1\t11/17\t周六\n王秀兰\t9\t1\t2", {(1, 1): "1", (1, 5): "2"}, (), id="a day of another week"
        ),
        pytest.param("王秀兰,1,1", {(1, 0): "1", (1, 1): "1"}, (), id="commas"),
        pytest.param("张有福\t1\n孙悟空\t1\n", {}, ("张有福", "孙悟空"), id="two of one name, and nobody"),
        pytest.param("王 秀 兰\t1", {(1, 0): "1"}, (), id="a spaced name"),
        pytest.param("", {}, (), id="nothing"),
    ],
)
def test_a_table_is_read(text: str, cells: dict[tuple[int, int], str], unknown: tuple[str, ...]) -> None:
    table = read_table(text, monday=MONDAY, names=NAMES)

    assert table.cells == {(elder, MONDAY + timedelta(days=ahead)): cell for (elder, ahead), cell in cells.items()}
    assert table.unknown == unknown


@given(st.text(alphabet="王秀兰李1送周三/\t\n,-月日 ", max_size=120))
def test_any_table_is_read(text: str) -> None:
    table = read_table(text, monday=MONDAY, names=NAMES)

    assert all(MONDAY <= day < MONDAY + timedelta(days=7) for _, day in table.cells)


# -- written ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def menus(site: Place) -> None:
    for ahead in range(8):
        make_menu(site, day=TODAY + timedelta(days=ahead))


def keep(site: Place, by: Person, *cells: tuple[int, date, str], now=EARLY):
    changes = [CellChange(*cell) for cell in cells]
    return keep_week(changes, site_id=site.id, slot="lunch", sets=list(LETTERS), actor=by.actor, now=now)


def orders(site: Place, day: date) -> dict[str, tuple[str, str, int]]:
    lines = queries.orders_of(site_id=site.id, day=day, slot="lunch")
    return {one.name: (one.set_name, one.way, one.portions) for one in lines}


@pytest.mark.usefixtures("menus")
def test_cells_become_orders_changes_and_cancellations(site: Place, clerk: Person) -> None:
    wang, li, zhao = (make_elder(name, site=site) for name in ("王秀兰", "李德福", "赵桂香"))
    make_order(li, site, day=SOON, set_name="B套餐", way="delivery")
    make_order(zhao, site, day=SOON)
    cells = ((wang, SOON, "2送"), (li, SOON, "3"), (zhao, SOON, ""))

    kept = keep(site, clerk, *cells)
    again = keep(site, clerk, *cells)

    assert (kept.placed, kept.changed, kept.cancelled, kept.not_kept) == (1, 1, 1, ())
    assert (again.placed, again.changed, again.cancelled, again.not_kept) == (0, 0, 0, ())
    assert orders(site, SOON) == {"王秀兰": ("A套餐", "delivery", 2), "李德福": ("B套餐", "delivery", 3)}


@pytest.mark.usefixtures("menus")
def test_what_cannot_be_kept_is_told_and_the_rest_stands(site: Place, clerk: Person) -> None:
    wang, gone = make_elder("王秀兰", site=site), make_elder("李德福", site=site)
    make_life_event(gone, "moved", TODAY)

    kept = keep(site, clerk, (wang, SOON, "1"), (wang, SOON + timedelta(days=1), "乱写"), (gone, SOON, "1"))

    assert kept.placed == 1
    assert [(one.change.elder_id, type(one.trouble)) for one in kept.not_kept] == [(wang, BadInput), (gone, Refusal)]


@pytest.mark.usefixtures("menus")
def test_the_usual_way(site: Place, clerk: Person) -> None:
    wang, li = make_elder("王秀兰", site=site), make_elder("李德福", site=site)
    make_order(wang, site, way="take_away")

    assert usual_ways({wang, li}) == {wang: "take_away", li: "dine_in"}
    keep(site, clerk, (wang, SOON, "1"), (li, SOON, "1"))
    assert orders(site, SOON) == {"王秀兰": ("A套餐", "take_away", 1), "李德福": ("A套餐", "dine_in", 1)}


def grid_of(site: Place, *, everybody: bool = False, also: tuple[int, ...] = ()):
    facts = site_for(COMMAND, site.id)
    return week_grid(
        facts, monday=MONDAY, slot="lunch", today=TODAY, sets=list(LETTERS), everybody=everybody, also=also
    )


def test_who_stands_on_the_page(site: Place) -> None:
    regular, ate, home, elsewhere = (make_elder(name, site=site) for name in ("甲某", "乙某", "丙某", "丁某"))
    make_order(regular, site, day=TODAY - timedelta(days=7))
    serve(ate, site, day=TODAY - timedelta(days=3))
    other = make_site("水口村助餐点", path="金溪县/云溪镇/水口村")
    make_order(elsewhere, other)

    assert [row.name for row in grid_of(site).rows] == ["乙某", "甲某"]
    assert {row.name for row in grid_of(site, everybody=True).rows} == {"甲某", "乙某", "丙某", "丁某"}
    [row] = [row for row in grid_of(site, also=(elsewhere,)).rows if row.elder_id == elsewhere]
    assert (row.cells, row.closed) == ({}, {TODAY: "elsewhere"})
    assert home


def test_days_that_are_closed_to_somebody(site: Place) -> None:
    away, done = make_elder("甲某", site=site), make_elder("乙某", site=site)
    make_life_event(away, "paused", TODAY, TODAY)
    serve(done, site)

    rows = {row.name: row.closed for row in grid_of(site, everybody=True).rows}

    assert rows == {"甲某": {TODAY: "paused"}, "乙某": {TODAY: "eaten"}}
    assert grid_of(site).shut == {MONDAY + timedelta(days=ahead) for ahead in range(5)}


def test_an_order_is_changed_without_cancelling(site: Place, clerk: Person) -> None:
    make_menu(site)
    order_id = make_order(make_elder("王秀兰", site=site), site)

    for _ in range(2):
        change_order(order_id, OrderChange(set_name="B套餐", way="delivery", portions=2), actor=clerk.actor, now=EARLY)

    assert orders(site, TODAY) == {"王秀兰": ("B套餐", "delivery", 2)}
    assert [action for action, _ in trail()] == ["change_order"]


def test_a_change_is_refused_like_an_order(site: Place, clerk: Person) -> None:
    make_menu(site)
    order_id = make_order(make_elder("王秀兰", site=site), site)
    change = OrderChange(way="delivery", portions=1)
    stranger = make_staff("clerk", site=make_site("水口村助餐点", path="金溪县/云溪镇/水口村"))

    with pytest.raises(Refusal, match="截止"):
        change_order(order_id, change, actor=clerk.actor, now=NOW)
    with pytest.raises(NotFound):
        change_order(order_id, change, actor=stranger.actor, now=EARLY)
    with pytest.raises(NotFound):
        change_order(2**40, change, actor=clerk.actor, now=EARLY)
    cancel_order(order_id, actor=clerk.actor, now=EARLY)
    with pytest.raises(Refusal, match="已经取消"):
        change_order(order_id, change, actor=clerk.actor, now=EARLY)


def test_the_next_meal_that_can_be_ordered(site: Place) -> None:
    facts, plan = site_for(COMMAND, site.id), plan_of(site.id)

    found = [next_open(plan, facts.slots, Moment(TODAY, at)) for at in ("08:00", "09:31", "20:00")]

    tomorrow = TODAY + timedelta(days=1)
    assert found == [
        (TODAY, "lunch"),
        (TODAY, "dinner") if facts.slots[1].order_cutoff > "09:31" else (tomorrow, "lunch"),
        (tomorrow, "lunch"),
    ]
    assert next_open(plan, (), Moment(TODAY, "08:00")) is None


# -- pages -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def desk(client: FlaskClient, clerk: Person) -> FlaskClient:
    return sign_in(client, clerk)


@pytest.fixture
def tomorrow(site: Place) -> date:
    day = clock.today() + timedelta(days=1)
    make_menu(site, day=day)
    return day


def fields(client: FlaskClient, site: Place, day: date, **more: str) -> dict[str, str]:
    return {
        "csrf_token": csrf(client, "/orders"),
        "site_id": str(site.id),
        "day": day.isoformat(),
        "slot": "lunch",
        **more,
    }


def test_only_changed_cells_are_saved_and_wrong_ones_stay(desk: FlaskClient, site: Place, tomorrow: date) -> None:
    wang, li, zhao = (make_elder(name, site=site) for name in ("王秀兰", "李德福", "赵桂香"))
    make_order(zhao, site, day=tomorrow)
    ahead = (tomorrow - monday_of(tomorrow)).days
    was = "|".join("1A" if place == ahead else "" for place in range(7))
    sent = {
        f"cell-{wang}-{ahead}": "2送",
        f"cell-{li}-{ahead}": "两百",
        f"cell-{zhao}-{ahead}": "1A",
        f"was-{zhao}": was,
    }

    answer = desk.post("/orders/week", data=fields(desk, site, tomorrow, **sent))

    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "看不懂「两百」" in page and re.search(rf'name="cell-{li}-{ahead}" value="两百"', page)
    assert orders(site, tomorrow) == {"王秀兰": ("A套餐", "delivery", 2), "赵桂香": ("A套餐", "dine_in", 1)}
    good = desk.post("/orders/week", data=fields(desk, site, tomorrow, **{f"cell-{li}-{ahead}": "1"}))
    assert good.status_code == 303 and len(orders(site, tomorrow)) == 3


def test_last_week_is_filled_in_and_not_saved(desk: FlaskClient, site: Place, tomorrow: date) -> None:
    wang = make_elder("王秀兰", site=site)
    make_order(wang, site, day=tomorrow - timedelta(days=7), way="delivery")
    ahead = (tomorrow - monday_of(tomorrow)).days

    page = desk.get(f"/orders/week?day={tomorrow}&slot=lunch&last=1").get_data(as_text=True)

    assert re.search(rf'name="cell-{wang}-{ahead}" value="1A送"', page)
    assert orders(site, tomorrow) == {}


def test_a_pasted_table_is_filled_in_and_not_saved(desk: FlaskClient, site: Place, tomorrow: date) -> None:
    wang = make_elder("王秀兰", site=site)
    ahead = (tomorrow - monday_of(tomorrow)).days
    table = f"姓名\t{tomorrow.month}/{tomorrow.day}\t周日\n王秀兰\t3\t\n孙悟空\t1\t"

    page = desk.post("/orders/week/table", data=fields(desk, site, tomorrow, table=table)).get_data(as_text=True)

    assert re.search(rf'name="cell-{wang}-{ahead}" value="3"', page) and "孙悟空" in page
    assert orders(site, tomorrow) == {}


def test_a_phone_order_is_one_tap_and_the_search_has_the_focus(desk: FlaskClient, site: Place, tomorrow: date) -> None:
    wang = make_elder("王秀兰", site=site)
    address = f"/orders/phone?day={tomorrow}&slot=lunch"
    assert re.search(r'name="q"[^>]*autofocus', desk.get(address).get_data(as_text=True))
    found = desk.get(f"{address}&q=王秀兰").get_data(as_text=True)
    assert re.search(r'name="portions" value="1" autofocus', found)

    sent = fields(desk, site, tomorrow, elder_id=str(wang), way="dine_in", portions="2")
    answer = desk.post("/orders/phone", data=sent)

    assert (answer.status_code, answer.location) == (303, address)
    after = desk.get(address).get_data(as_text=True)
    assert "已订:王秀兰" in after and re.search(r'name="q"[^>]*autofocus', after)
    assert orders(site, tomorrow) == {"王秀兰": ("A套餐", "dine_in", 2)}


def test_another_sites_week_is_not_found(desk: FlaskClient, tomorrow: date) -> None:
    other = make_site("水口村助餐点", path="金溪县/云溪镇/水口村")

    for address in ("/orders/week", "/orders/week/table", "/orders/phone"):
        assert desk.post(address, data=fields(desk, other, tomorrow, elder_id="1", way="dine_in")).status_code == 404
