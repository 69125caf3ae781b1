"""Several meals of one person: ordered, shown, served under one key or one by one, and undone one by one."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from factories import TODAY, Person, Place, make_elder, make_menu, make_order, make_site, sign_in
from flask.testing import FlaskClient
from sqlalchemy import select

from canteen.base import clock
from canteen.base.db import reading
from canteen.base.errors import BadInput, Refusal
from canteen.books.models.servings import Serving
from canteen.closing.daybook import day_book
from canteen.counter.service import serve_meal
from canteen.orders.queries import sitting_orders
from canteen.places.queries import site_facts
from tests.counter.test_service import NOW, ask, refusal_of, rows_written

HTMX = {"HX-Request": "true"}


def test_all_meals_of_a_key_are_served_once_the_first_with_the_subsidy(site: Place, clerk: Person) -> None:
    wanted = ask(site, make_elder(site=site), portions=3, pay_way="code")

    served = serve_meal(wanted, actor=clerk.actor, now=NOW)
    written = rows_written()
    again = serve_meal(wanted, actor=clerk.actor, now=NOW)

    assert (served.own_fen, [one.own_fen for one in served.others], served.due_fen) == (500, [1000, 1000], 2500)
    assert [one.second_portion for one in (served, *served.others)] == [False, True, True]
    assert {one.pay_way for one in served.others} == {"code"}
    assert again.is_repeat and [one.id for one in again.others] == [one.id for one in served.others]
    assert rows_written() == written and written["serving"] == 3
    fewer = replace(wanted, portions=2)
    assert refusal_of(lambda: serve_meal(fewer, actor=clerk.actor, now=NOW)) == "key_reused"


def test_where_not_all_are_left_none_is_served(site: Place, clerk: Person) -> None:
    make_menu(site, slot="dinner", sets=("A套餐",), prepared=2)
    elder = make_elder(site=site)
    before = rows_written()

    with pytest.raises(Refusal) as caught:
        serve_meal(ask(site, elder, portions=3, slot="dinner"), actor=clerk.actor, now=NOW)

    assert (caught.value.code, caught.value.fields["left"]) == ("too_few_left", 2)
    assert rows_written() == before
    assert len(serve_meal(ask(site, elder, portions=2, slot="dinner"), actor=clerk.actor, now=NOW).others) == 1


@pytest.mark.parametrize(("portions", "guest"), [(0, ""), (10, ""), (2, "child")])
def test_portions_no_counter_could_mean(site: Place, clerk: Person, portions: int, guest: str) -> None:
    elder = None if guest else make_elder(site=site)
    with pytest.raises(BadInput) as caught:
        serve_meal(ask(site, elder, guest_kind=guest, portions=portions), actor=clerk.actor, now=NOW)
    assert caught.value.field == "portions"


def test_without_a_set_the_ordered_one_is_served(site: Place, clerk: Person) -> None:
    here, elsewhere = make_elder("甲一", site=site), make_elder("乙二", site=site)
    make_order(here, site, set_name="B套餐")
    make_order(elsewhere, make_site("水口村助餐点", path="金溪县/云溪镇/水口村"), set_name="B套餐")

    sets = [serve_meal(ask(site, elder), actor=clerk.actor, now=NOW).set_name for elder in (here, elsewhere)]

    assert sets == ["B套餐", "A套餐"]


def test_who_took_one_of_two_is_missing_one(site: Place, clerk: Person) -> None:
    one, both, none = (make_elder(name, site=site) for name in ("甲一", "乙二", "丙三"))
    for elder in (one, both, none):
        make_order(elder, site, portions=2)
    serve_meal(ask(site, one), actor=clerk.actor, now=NOW)
    serve_meal(ask(site, both, portions=2), actor=clerk.actor, now=NOW)

    with reading() as session:
        lines = sitting_orders(session, site_id=site.id, day=TODAY, slot="lunch")
        sums = dict(day_book(session, site_facts(session, site.id), TODAY).slots)["lunch"]

    assert {line.elder_id: line.missing for line in lines} == {one: 1, both: 0, none: 2}
    assert (sums.ordered, sums.served, sums.not_come) == (6, 3, 3)


def test_the_counter_shows_ordered_meals_serves_them_and_undoes_one(
    client: FlaskClient, site: Place, clerk: Person
) -> None:
    today = clock.today()
    make_menu(site, day=today, slot="dinner")
    elder = make_elder("王秀兰", card="7", site=site)
    make_order(elder, site, day=today, slot="dinner", set_name="B套餐", way="take_away", portions=2)
    till = sign_in(client, clerk)

    def text(answer: object) -> str:
        return re.sub(r"\s+", " ", answer.get_data(as_text=True))  # type: ignore[attr-defined]

    shown = text(till.get("/counter/find?q=7&slot=dinner", headers=HTMX))
    assert "订了 2 份" in shown and "2 份用餐并打印" in shown
    assert re.search(r'own-amount number">¥15\.00<', shown), "the first at half, the other in full"
    assert re.search(r'value="take_away" checked|checked[^>]*value="take_away"', shown)
    form = dict(re.findall(r'name="(csrf_token|key|slot|set|elder_id|shown_day)" value="([^"]*)"', shown))
    form |= {"way": "take_away", "pay_way": "cash"}
    assert form["set"] == "B套餐"

    first = text(till.post("/counter/servings", data=form | {"portions": "1"}, headers=HTMX))
    assert re.search(r'own-amount number">¥5\.00<', first)
    rest = text(till.get("/counter/find?q=7&slot=dinner", headers=HTMX))
    assert "已登记 1 份" in rest and "登记还没取的 1 份(自费)" in rest
    second = text(till.get(f"/counter/find?elder={elder}&second_portion=1&slot=dinner", headers=HTMX))
    form |= dict(re.findall(r'name="(key)" value="([^"]*)"', second))
    result = text(till.post("/counter/servings", data=form | {"second_portion": "1"}, headers=HTMX))
    assert "还登记了 1 份" in result and "第一份" in result

    with reading() as session:
        extra = session.execute(select(Serving.id).where(Serving.second_portion)).scalar_one()
    undo = {"csrf_token": form["csrf_token"], "key": "undo-key-1", "reason_choice": "mistake", "slot": "dinner"}
    undone = text(till.post(f"/counter/servings/{extra}/void", data=undo, headers=HTMX))
    assert "已作废" in undone and "还登记了 1 份" in undone and "第一份" in undone
    assert "还有 1 份没取" in text(till.get("/counter/find?q=7&slot=dinner", headers=HTMX))


def test_what_the_kitchen_cooked_is_served_carried_or_left(site: Place, clerk: Person) -> None:
    make_menu(site, slot="dinner", sets=("A套餐", "B套餐"), prepared=4)
    ways = ("dine_in", "delivery", "delivery", "take_away", "dine_in")
    for place, way in enumerate(ways):
        elder = make_elder(f"甲{place}", site=site)
        serve_meal(ask(site, elder, slot="dinner", way=way, portions=1 + place % 2), actor=clerk.actor, now=NOW)

    with reading() as session:
        sums = dict(day_book(session, site_facts(session, site.id), TODAY).slots)

    dinner, lunch = sums["dinner"], sums["lunch"]
    counter = dinner.served - dinner.delivered
    assert (dinner.prepared, counter, dinner.delivered, dinner.left) == (8, 4, 3, 1)
    assert (lunch.prepared, lunch.left) == (None, None), "nobody counted what was cooked"
