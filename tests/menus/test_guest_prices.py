"""What guests pay: by kind, from one day to another, of a site or a county; the counter takes what the list says."""

from __future__ import annotations

from datetime import timedelta

import pytest
from factories import NOW, TODAY, Person, Place, csrf, make_menu, make_site, make_staff, sign_in
from flask import Flask
from flask.testing import FlaskClient

from canteen.base import clock
from canteen.base.db import reading
from canteen.base.errors import BadInput, CanteenError, NotFound, Refusal
from canteen.base.words import GUEST_KINDS, PRICED_GUESTS
from canteen.counter.requests import Served, ServeRequest
from canteen.counter.service import serve_meal
from canteen.menus.guests.queries import guest_price, price_list
from canteen.menus.guests.rules import PriceLine, PriceRequest, check_price, last_day_when_ended
from canteen.menus.guests.service import end_price, set_price
from canteen.places.queries import site_for

DAY = timedelta(days=1)


@pytest.fixture
def site(app: Flask) -> Place:
    return make_site()


@pytest.fixture
def manager(site: Place) -> Person:
    return make_staff("manager", site=site)


@pytest.fixture
def county(site: Place) -> Person:
    return make_staff("administrator", path="金溪县")


def ask(
    *kinds: str, price: int | None = 600, back: int = 0, days: int | None = None, county: bool = False
) -> PriceRequest:
    first = TODAY + back * DAY
    last = None if days is None else first + (days - 1) * DAY
    return PriceRequest(kinds=kinds or ("child",), price_fen=price, from_day=first, to_day=last, for_county=county)


def paid(site: Place, actor: Person, kind: str = "child", ahead: int = 0) -> int | None:
    facts = site_for(actor.actor, site.id)
    with reading() as session:
        return guest_price(session, site=facts, kind=kind, day=TODAY + ahead * DAY)


def serve(site: Place, actor: Person, kind: str, key: str) -> Served:
    wanted = ServeRequest(key=f"guest-key-{key}", site_id=site.id, guest_kind=kind, slot="lunch")
    return serve_meal(wanted, actor=actor.actor, now=NOW)


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (PriceRequest(kinds=(), price_fen=1, from_day=TODAY, to_day=None), "kinds"),
        (ask(back=-1), "from_day"),
        (ask(days=0), "to_day"),
    ],
)
def test_what_no_list_could_mean(request_: PriceRequest, field: str) -> None:
    with pytest.raises(BadInput) as caught:
        check_price(request_, today=TODAY)
    assert caught.value.field == field


@pytest.mark.parametrize(("began", "last"), [(-9, -1), (0, -1), (5, 4)])
def test_an_ended_line_stays_true_of_the_days_before(began: int, last: int) -> None:
    line = PriceLine(id=1, guest_kind="child", price_fen=1, from_day=TODAY + began * DAY, to_day=None, is_county=False)
    assert last_day_when_ended(line, today=TODAY) == TODAY + last * DAY


def test_the_site_goes_before_the_county_and_the_later_before_the_earlier(
    site: Place, manager: Person, county: Person
) -> None:
    assert paid(site, manager) is None
    set_price(ask(price=500, county=True), site.id, actor=county.actor, now=NOW)
    other = make_site("水口村助餐点", path="金溪县/云溪镇/水口村")
    far = make_site("外县助餐点", path="安和县/东镇/西村")
    assert [paid(one, county) for one in (site, other)] == [500, 500]
    away = site_for(make_staff("manager", site=far).actor, far.id)
    with reading() as session:
        assert guest_price(session, site=away, kind="child", day=TODAY) is None

    set_price(ask(price=600, back=1, days=3), site.id, actor=manager.actor, now=NOW)
    set_price(ask(price=None, back=2, days=1), site.id, actor=manager.actor, now=NOW)
    assert [paid(site, manager, ahead=ahead) for ahead in range(-1, 6)] == [None, 500, 600, None, 600, 500, 500]
    assert [paid(other, county, ahead=ahead) for ahead in range(2)] == [500, 500]
    assert paid(site, manager, "staff") is None


def test_who_keeps_one_site_leaves_the_county_and_other_sites_alone(
    site: Place, manager: Person, county: Person
) -> None:
    set_price(ask(county=True), site.id, actor=county.actor, now=NOW)
    other = make_site("水口村助餐点", path="金溪县/云溪镇/水口村")
    set_price(ask(), other.id, actor=county.actor, now=NOW)
    of_county, of_other = (
        price_list(site=site_for(county.actor, one.id), day=TODAY)[0]["child"] for one in (site, other)
    )
    assert of_county and of_other

    def refused(work: object) -> type[CanteenError]:
        with pytest.raises(CanteenError) as caught:
            work()  # type: ignore[operator]
        return type(caught.value)

    assert refused(lambda: set_price(ask(county=True), site.id, actor=manager.actor, now=NOW)) is Refusal
    assert refused(lambda: end_price(of_county.id, site.id, actor=manager.actor, now=NOW)) is Refusal
    assert refused(lambda: set_price(ask(), other.id, actor=manager.actor, now=NOW)) is NotFound
    assert refused(lambda: end_price(of_other.id, site.id, actor=manager.actor, now=NOW)) is NotFound
    assert refused(lambda: end_price(10**17, site.id, actor=county.actor, now=NOW)) is NotFound
    assert paid(site, manager) == 600


def test_the_counter_takes_what_the_list_says_and_recorded_meals_stay(site: Place, manager: Person) -> None:
    make_menu(site, price_fen=1000)
    set_price(ask("child", "staff", price=450), site.id, actor=manager.actor, now=NOW)

    served = {kind: serve(site, manager, kind, kind) for kind in GUEST_KINDS}

    assert {kind: one.own_fen for kind, one in served.items()} == {
        "villager": 1000, "child": 450, "staff": 450, "volunteer": 1000, "free": 0, "other": 1000
    }  # fmt: skip
    assert all(one.price_fen == one.own_fen for one in served.values())
    line = price_list(site=site_for(manager.actor, site.id), day=TODAY)[0]["child"]
    assert line
    assert end_price(line.id, site.id, actor=manager.actor, now=NOW) == TODAY - DAY
    assert end_price(line.id, site.id, actor=manager.actor, now=NOW) == TODAY - DAY, "twice is once"
    assert serve(site, manager, "child", "later").own_fen == 1000
    assert serve(site, manager, "child", "child").own_fen == 450, "the same key is the same meal"


def test_a_price_is_set_on_the_page_and_shown_at_the_counter(client: FlaskClient, site: Place, manager: Person) -> None:
    make_menu(site, day=clock.today(), slot="dinner", price_fen=1000)
    desk = sign_in(client, manager)
    form = {"csrf_token": csrf(desk), "site_id": site.id, "price": "4.5", "from_day": clock.today().isoformat()}
    form["place"] = "site"

    wrong = desk.post("/menus/guest-prices", data=form).get_data(as_text=True)
    assert "请至少选一类散客" in wrong and 'value="4.5"' in wrong
    assert desk.post("/menus/guest-prices", data=form | {"kinds": ["child"]}).status_code == 303

    page = desk.get("/menus/guest-prices").get_data(as_text=True)
    assert page.count("¥4.50") == 2 and "所有助餐点" not in page
    offer = desk.get("/counter/guest?kind=child&slot=dinner").get_data(as_text=True)
    assert "¥4.50" in offer and "¥10.00" not in offer.split('id="board"')[0]
    assert set(PRICED_GUESTS) < set(GUEST_KINDS)
