"""Links for families: whom they open for, what they show, and that every change goes by the rules of every order."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from canteen.audit.models import Audit
from canteen.base import clock
from canteen.base.db import Base, reading, transaction
from canteen.base.errors import BadInput, NotFound, Refusal
from canteen.deliveries.models import Drop, Route, Run
from canteen.families import meals, queries, rules, service
from canteen.families.rules import FamilyWish, NewLink
from canteen.orders.models import Order
from canteen.orders.queries import sitting_orders
from canteen.people.models import Elder
from canteen.staff.models import LoginAttempt
from tests.at_rest import leaks, rows_at_rest
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
from tests.told import told

#: 09:10 in China on the test day, before the lunch cut-off of 09:30; and 09:31.
EARLY, LATE = NOW.replace(hour=1, minute=10), NOW.replace(hour=1, minute=31)
LUNCH = FamilyWish(day=TODAY, slot="lunch", set_name="B套餐")


@pytest.fixture
def site(app: Flask) -> Place:
    return make_site()


@pytest.fixture
def manager(site: Place) -> Person:
    return make_staff("manager", site=site)


@pytest.fixture
def wang(site: Place) -> int:
    elder_id = make_elder("王秀兰", site=site)
    with transaction() as session:
        session.get_one(Elder, elder_id).wants_delivery = True
    return elder_id


def make(elder_id: int, manager: Person, *, last_day: date = date(2027, 11, 21), now: datetime = EARLY) -> str:
    new = NewLink(elder_id=elder_id, for_whom="测试女儿", last_day=last_day)
    return service.make_link(new, actor=manager.actor, now=now)


def opened(token: str, *, now: datetime = EARLY, address: str = "203.0.113.9") -> queries.OpenLink:
    return service.open_link(token, address=address, now=now)


def order(token: str, *, now: datetime = EARLY) -> int:
    return service.order_meal(token, LUNCH, address="203.0.113.9", now=now)


def cancel(token: str, order_id: int, *, now: datetime = EARLY) -> None:
    service.cancel_meal(token, order_id, address="203.0.113.9", now=now)


@pytest.mark.parametrize(
    ("last_day", "revoked", "life", "does"),
    [
        (TODAY, False, "active", True),
        (TODAY, False, "paused", True),
        (TODAY - timedelta(days=1), False, "active", False),
        (TODAY, True, "active", False),
        (TODAY, False, "died", False),
        (TODAY, False, "moved", False),
    ],
)
def test_when_a_link_opens(last_day: date, revoked: bool, life: str, does: bool) -> None:
    assert rules.opens(last_day=last_day, revoked_at=NOW if revoked else None, life=life, today=TODAY) is does


def test_an_order_by_link_is_an_order_and_names_the_link(site: Place, manager: Person, wang: int) -> None:
    make_menu(site)
    token = make(wang, manager)
    link = opened(token)
    order_id = order(token)
    assert order(token) == order_id, "the same tap twice is one order"
    with reading() as session:
        [line] = sitting_orders(session, site_id=site.id, day=TODAY, slot="lunch")
        told_by = {(row.action, row.subject): row.actor for row in session.scalars(select(Audit))}
    label = f"family_link:{link.id}"
    assert (line.set_name, line.way, line.portions, line.source) == ("B套餐", "delivery", 1, label)
    assert told_by["place_order", f"order:{order_id}"] == label

    refused = told(lambda: cancel(token, order_id, now=LATE))
    assert refused == ("这一餐 09:30 已截止,厨房已按份数备餐", f"要改请给{site.name}打电话 ")
    cancel(token, order_id)
    with reading() as session:
        kept = session.get_one(Order, order_id)
        rows = session.scalars(select(Audit.actor).where(Audit.action == "cancel_order")).all()
    assert (kept.cancelled_at, kept.source, rows) == (EARLY, label, [label])
    with pytest.raises(Refusal) as late:
        order(token, now=LATE)
    assert late.value.code == "after_cutoff"


def test_a_link_reaches_nobody_else(site: Place, manager: Person, wang: int) -> None:
    token = make(wang, manager)
    other = make_order(make_elder("李桂英", site=site), site)
    with pytest.raises(NotFound):
        cancel(token, other)
    stranger = make_staff("manager", site=make_site("测试远处", path="金溪县/云溪镇/石桥村"))
    with pytest.raises(NotFound):
        make(wang, stranger)
    with pytest.raises(NotFound):
        service.revoke_link(opened(token).id, actor=stranger.actor, now=EARLY)


def test_what_ends_a_link(site: Place, manager: Person, wang: int) -> None:
    lost, short, mine = make(wang, manager), make(wang, manager, last_day=TODAY), make(wang, manager)
    service.revoke_link(opened(lost).id, actor=manager.actor, now=EARLY)
    with pytest.raises(NotFound):
        opened(lost)
    opened(short)
    with pytest.raises(NotFound):
        opened(short, now=EARLY + timedelta(days=1))
    opened(mine, now=EARLY + timedelta(days=1))
    make_life_event(wang, "moved", TODAY + timedelta(days=2))
    with pytest.raises(NotFound):
        opened(mine, now=EARLY + timedelta(days=2))


def test_guessing_stops_being_looked_at_and_keeps_no_family_out(site: Place, manager: Person, wang: int) -> None:
    token = make(wang, manager)
    for _ in range(rules.MOST_WRONG + 5):
        with pytest.raises(NotFound):
            opened("x" * 32)
    with reading() as session:
        assert len(session.scalars(select(LoginAttempt.id)).all()) == rules.MOST_WRONG
    make_menu(site)
    for _ in range(rules.MOST_CHANGES // 2):
        cancel(token, order(token))
    with pytest.raises(BadInput, match="改动太多"):
        order(token)


@pytest.mark.parametrize(
    ("state", "life", "door", "until", "refused"),
    [
        ("planned", "active", "planned", True, ""),
        ("no_answer", "active", "no_answer", True, ""),
        ("", "paused", "", False, "elder_paused"),
    ],
)
def test_what_is_said_of_todays_meal(
    site: Place, manager: Person, wang: int, state: str, life: str, door: str, until: bool, refused: str
) -> None:
    make_menu(site)
    if state:
        with transaction() as session:
            route = Route(site_id=site.id, name="东线")
            session.add(route)
            session.flush()
            run = Run(route_id=route.id, site_id=site.id, day=TODAY, slot="lunch", planned_at=NOW)
            session.add(run)
            session.flush()
            session.add(Drop(run_id=run.id, elder_id=wang, position=1, state=state))
    if life != "active":
        make_life_event(wang, life, TODAY)
    found = meals.family_page(opened(make(wang, manager)), now=EARLY)
    lunch = found.days[0].meals[0]
    assert (lunch.came.door, lunch.until is not None) == (door, until)
    assert getattr(lunch.refused, "code", "") == refused


def test_the_page_shows_one_person_and_no_more(client: FlaskClient, site: Place, manager: Person, wang: int) -> None:
    tomorrow = clock.today() + timedelta(days=1)
    make_menu(site, day=tomorrow, price_fen=1234)
    make_elder("李桂英", site=site)
    token = make(wang, manager, last_day=clock.today(), now=clock.now())
    answer = client.get(f"/f/{token}")
    text = answer.get_data(as_text=True)
    assert "王*兰" in text and "B套餐" in text
    for hidden in ("王秀兰", "李桂英", "12.34", "困难", "六类", "csrf_token"):
        assert hidden not in text, hidden
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Robots-Tag"].startswith("noindex") and "no-store" in answer.headers["Cache-Control"]
    assert "Set-Cookie" not in answer.headers
    assert "Meals of 王*兰" in client.get(f"/f/{token}?language=en").get_data(as_text=True)

    wish = {"day": tomorrow.isoformat(), "slot": "lunch", "set": "A套餐"}
    assert client.post(f"/f/{token}/orders", data=wish).status_code == 303
    with reading() as session:
        [kept] = session.scalars(select(Order).where(Order.elder_id == wang))
    assert "取消这一餐" in client.get(f"/f/{token}").get_data(as_text=True)
    assert client.post(f"/f/{token}/orders", data=wish | {"set": "B套餐"}).status_code == 409
    assert client.post(f"/f/{token}/orders/{kept.id}/cancel").status_code == 303
    for path in (f"/f/{'y' * 32}", "/f/short", f"/f/{token}%00"):
        nothing = client.get(path)
        assert (nothing.status_code, nothing.headers["Referrer-Policy"]) == (404, "no-referrer"), path


def test_a_link_is_made_once_and_kept_nowhere(client: FlaskClient, site: Place, manager: Person, wang: int) -> None:
    sign_in(client, manager)
    address = f"/people/{wang}/family"
    form = {"csrf_token": csrf(client, address), "for_whom": "测试女儿", "last_day": clock.today().isoformat()}
    paper = client.post(address, data=form).get_data(as_text=True)
    token = paper.split("/f/", 1)[1][:32]
    assert rules.is_token(token) and token in paper and "data:image/svg+xml" in paper
    assert client.get(f"/f/{token}").status_code == 200
    with reading() as session:
        assert leaks((token, "测试女儿"), rows_at_rest(session, Base.metadata.tables)) == []
    page = client.get(address).get_data(as_text=True)
    assert token not in page and "测试女儿" in page
    too_far = client.post(address, data=form | {"last_day": "2099-01-01"})
    assert too_far.status_code == 422 and "请选今天到两年以内的一天" in too_far.get_data(as_text=True)
