"""At the counter: sources pay in turn, two tills at the last yuan, a void, and a budget that is used up says so."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from factories import NOW, TODAY, Person, Place, make_elder, make_menu, make_staff, sign_in
from flask import Flask
from flask.testing import FlaskClient

from canteen.base import clock
from canteen.base.access import COMMAND
from canteen.base.db import database
from canteen.check import proving
from canteen.counter.requests import Served, ServeRequest, VoidRequest
from canteen.counter.service import serve_meal, void_serving
from canteen.funding import sources

from .conftest import WATERFALL
from .test_spending import NOVEMBER, YEAR, Left, change

_keys = itertools.count(1)
STOP = WATERFALL.replace('funding_order = "waterfall"', 'funding_order = "waterfall"\nwhen_exhausted = "stop"')


def serve(site: Place, elder_id: int) -> Served:
    request = ServeRequest(key=f"fund-key-{next(_keys):06d}", site_id=site.id, elder_id=elder_id, slot="lunch")
    return serve_meal(request, actor=COMMAND, now=NOW)


def parts(served: Served) -> dict[str, int]:
    return {share.payer: share.amount_fen for share in served.shares}


def test_a_meal_a_void_and_the_books(site: Place, left: Left) -> None:
    wang = make_elder(site=site)
    first = serve(site, wang)
    assert (parts(first), left(site)) == ({"乡镇": 500, "own": 500}, {NOVEMBER: 1500, YEAR: 10000})

    void_serving(VoidRequest(serving_id=first.id, key="void-000001", reason="测试刷错卡"), actor=COMMAND, now=NOW)
    assert left(site) == {NOVEMBER: 2000, YEAR: 10000}
    serve(site, wang)
    assert left(site) == {NOVEMBER: 1500, YEAR: 10000}
    assert proving.prove().problems == []


def test_tills_at_the_last_yuan(app: Flask, site: Place, officer: Person, left: Left) -> None:
    """Six tills at once, 8.00 of the township and 6.00 of the collective: to the last fen, and the rest is the gap."""
    change(officer, yuan=8)
    change(officer, payer="村集体", period="2026", yuan=6)
    elders = [make_elder(f"测试{number}", site=site) for number in range(6)]
    served: list[Served] = []

    def till(elder_id: int) -> None:
        with app.app_context():
            served.append(serve(site, elder_id))
            database.session.remove()

    tills = [threading.Thread(target=till, args=(elder,)) for elder in elders]
    for one in tills:
        one.start()
    for one in tills:
        one.join()

    paid = [parts(one) for one in sorted(served, key=lambda one: one.number)]
    assert paid == [
        {"乡镇": 500, "own": 500},
        {"乡镇": 300, "村集体": 200, "own": 500},
        {"村集体": 400, "gap": 100, "own": 500},
        {"gap": 500, "own": 500},
        {"gap": 500, "own": 500},
        {"gap": 500, "own": 500},
    ]
    assert left(site) == {NOVEMBER: 0, YEAR: 0}
    assert [line.open_fen for line in sources.gap_lines([(site.id, site.name)], year=2026)] == [1600]
    assert proving.prove().problems == []


def test_tills_of_two_sites_at_the_last_yuan(app: Flask, site: Place, officer: Person, left: Left) -> None:
    """No number's row stands between them: only the budget's own guard."""
    from factories import make_site

    other = make_site("石门村助餐点", path="金溪县/云溪镇/石门村")
    make_menu(other)
    change(officer, yuan=7)
    change(officer, payer="村集体", period="2026", yuan=0)
    took: list[int] = []

    def till(where: Place, elder_id: int) -> None:
        with app.app_context():
            took.append(parts(serve(where, elder_id)).get("乡镇", 0))
            database.session.remove()

    people = [
        (where, make_elder(f"测试{where.id}号{number}", site=where)) for number in range(2) for where in (site, other)
    ]
    tills = [threading.Thread(target=till, args=one) for one in people]
    for one in tills:
        one.start()
    for one in tills:
        one.join()

    assert sorted(took) == [0, 0, 200, 500]
    assert left(site)[NOVEMBER] == 0
    assert proving.prove().problems == []


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_used_up_budget_says_so_at_the_counter(
    switch: Callable[..., None], client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    from factories import make_site

    monkeypatch.setattr(clock, "now", lambda: NOW)
    site = make_site()
    switch(STOP)
    make_menu(site)
    change(make_staff("civil_affairs"), yuan=0)
    change(make_staff("civil_affairs"), payer="村集体", period="2026", yuan=0)
    wang = make_elder("王秀兰", site=site, card="000777")
    sign_in(client, make_staff("clerk", site=site))

    offer = client.get("/counter/find?q=000777&slot=lunch").get_data(as_text=True)
    assert "预算已用完" in offer and "¥10.00" in offer
    assert parts(serve(site, wang)) == {"own": 1000}


def test_the_next_month_pays_again(site: Place, officer: Person, left: Left) -> None:
    change(officer, yuan=5)
    wang = make_elder(site=site)
    assert parts(serve(site, wang)) == {"乡镇": 500, "own": 500}

    make_menu(site, day=TODAY + timedelta(days=10))
    later = ServeRequest(key="next-month-1", site_id=site.id, elder_id=wang, slot="lunch")
    assert parts(serve_meal(later, actor=COMMAND, now=NOW + timedelta(days=10))) == {"乡镇": 500, "own": 500}
    assert left(site, TODAY + timedelta(days=10))["stream", "乡镇", "2026-12"] == 1500


def test_a_budget_typed_while_people_are_served(app: Flask, site: Place, officer: Person, left: Left) -> None:
    """Whichever comes first, each meal is counted once in the new budget."""
    elders = [make_elder(f"测试{number}", site=site) for number in range(4)]

    def till(elder_id: int) -> None:
        with app.app_context():
            serve(site, elder_id)
            database.session.remove()

    tills = [threading.Thread(target=till, args=(elder,)) for elder in elders]
    for one in tills[:2]:
        one.start()
    change(officer, path="金溪县/云溪镇", yuan=40)
    for one in tills[2:]:
        one.start()
    for one in tills:
        one.join()

    assert left(site)[NOVEMBER] == 0 == 2000 - 4 * 500
    assert proving.prove().problems == []
    change(officer, yuan=100)
    assert left(site)[NOVEMBER] == 4000 - 2000
