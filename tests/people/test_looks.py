"""Who may search, how often, and what the person concerned may read of it."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from factories import NOW, Place, make_elder, make_menu, make_site, make_staff, sign_in
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from canteen.audit.models import Audit
from canteen.base import clock
from canteen.base.db import reading, transaction
from canteen.base.errors import Refusal
from canteen.people.finding import looks
from canteen.people.finding.models import FoundPerson, SearchCount
from canteen.staff.models import ApiToken
from canteen.staff.tokens import hash_token


@pytest.fixture
def site(app: Flask) -> Place:
    return make_site()


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def page(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return " ".join(re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True).split("<main")[1]).split())


def written(action: str) -> list[tuple[str, str, dict[str, object]]]:
    with reading() as session:
        rows = session.execute(select(Audit.actor, Audit.subject, Audit.detail).where(Audit.action == action))
        return [tuple(row) for row in rows]


SEARCHES = {
    "/entitlements/apply?q=王秀兰": "applications",
    "/people/?q=王秀兰": "people",
    "/purses?q=王秀兰": "purses",
    "/care/new?q=王秀兰": "services",
    "/orders?q=王秀兰": "orders",
    "/counter/find?q=王秀": "counter",
    "/statements?of=elder&find=王秀兰": "statements",
}


@pytest.mark.parametrize("address", SEARCHES)
def test_each_search_is_written_down_with_whom_it_showed(app: Flask, site: Place, address: str) -> None:
    make_menu(site)
    wang, other = make_elder("王秀兰", site=site), make_elder("王秀英", site=site)
    manager = make_staff("manager", site=site)
    client = sign_in(app.test_client(), manager)

    shown = client.get(address.format(site=site.code)).get_data(as_text=True)

    found = [wang, other] if address.endswith("王秀") else [wang]
    assert "王秀兰" in shown
    [(actor, subject, detail)] = written("find_people")
    assert (actor, subject) == (f"staff:{manager.id}", "people")
    assert detail == {"place": SEARCHES[address], "found": found}


def test_a_search_of_a_terminal_is_written_down(app: Flask, site: Place) -> None:
    wang = make_elder("王秀兰", site=site)
    token = "ct_" + "a" * 43
    with transaction() as session:
        session.add(
            ApiToken(name="一号机", site_id=site.id, role="terminal", token_hash=hash_token(token), created_at=NOW)
        )

    answer = app.test_client().get("/api/v1/elders?q=王秀兰", headers={"Authorization": f"Bearer {token}"})

    assert answer.get_json()["elders"][0]["id"] == wang
    assert written("find_people") == [("token:1", "people", {"place": "terminal", "found": [wang]})]


def test_the_person_concerned_may_read_who_looked(app: Flask, site: Place) -> None:
    wang, other = make_elder("王秀兰", site=site, phone="13900000001"), make_elder("李桂英", site=site)
    clerk = sign_in(app.test_client(), make_staff("clerk", site=site, name="测试柜员"))
    manager = sign_in(app.test_client(), make_staff("manager", site=site, name="测试站长"))
    page(clerk, "/entitlements/apply?q=王秀兰")
    page(clerk, f"/entitlements/elders/{wang}")
    page(manager, f"/people/{wang}")
    page(manager, f"/people/{wang}")

    shown = page(manager, f"/people/{wang}/looks")

    for needed in (
        "测试柜员 查找老人 资格和申请",
        "测试柜员 打开老人资料 资格和申请",
        "测试站长 打开老人资料 老人名单",
    ):
        assert needed in shown
    assert shown.count("测试站长") == 1, "the same person a minute later is the same look"
    assert "还没有人看过" in page(manager, f"/people/{other}/looks")


def test_who_looked_is_shown_in_reach_only(app: Flask, site: Place) -> None:
    far = make_elder("赵不熟", path="邻县/河口镇/河口村")
    manager = sign_in(app.test_client(), make_staff("manager", site=site))

    assert manager.get(f"/people/{far}/looks").status_code == 404


def test_a_committee_finds_nobody_and_opens_only_applications(app: Flask, site: Place) -> None:
    wang = make_elder("王秀兰", site=site, card="0007", phone="13900000001")
    committee = sign_in(app.test_client(), make_staff("committee", site=site))

    for address in (
        "/entitlements/apply?q=0007",
        "/entitlements/apply?q=王秀兰",
        f"/entitlements/elders/{wang}",
        "/entitlements/soon",
        "/people/?q=0007",
        f"/people/{wang}",
        f"/people/{wang}/looks",
        f"/statements?of=elder&elder={wang}",
        "/statements?of=elder&find=0007",
        "/purses?q=0007",
        "/care/new?q=0007",
        "/counter/find?q=0007",
        "/orders?q=0007",
    ):
        answer = committee.get(address)
        assert answer.status_code == 403, address
        assert "王" not in answer.get_data(as_text=True)
    assert "受理申请" not in page(committee, "/entitlements/")


def test_a_guest_of_another_canteen_at_the_counter_is_a_look(app: Flask, site: Place) -> None:
    make_menu(site)
    own = make_elder("王秀兰", site=site, card="0007")
    far = make_elder("赵不熟", site=make_site("测试外村助餐点", path="金溪县/云溪镇/测试村"), card="0008")
    clerk = sign_in(app.test_client(), make_staff("clerk", site=site))

    page(clerk, "/counter/find?q=0000007")
    page(clerk, "/counter/find?q=0000008")
    page(clerk, f"/counter/find?elder={own}")

    assert [subject for _, subject, _ in written("open_person")] == [f"elder:{far}"]


def test_the_last_search_of_the_hour_is_the_last(app: Flask, site: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(looks.MOST_SEARCHES, "office", 3)
    actor = make_staff("civil_affairs").actor
    elder = make_elder()

    def search(at: datetime = NOW, place: str = "people") -> None:
        looks.note_search([elder], place=place, actor=actor, now=at)

    for _ in range(3):
        search()
    with pytest.raises(Refusal) as refused:
        search()
    assert refused.value.code == "too_many_searches" and refused.value.fields["time"] == "12:00"
    search(place="counter")
    search(NOW + timedelta(hours=1))
    search(NOW + timedelta(days=2))
    with reading() as session:
        hours = session.scalars(select(SearchCount.hour).where(SearchCount.kind == "office")).all()
        assert hours == ["2026-11-23T03"], "hours long over are forgotten"
        assert session.scalar(select(func.count()).select_from(FoundPerson)) == 6


def test_a_refused_search_shows_nobody(app: Flask, site: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(looks.MOST_SEARCHES, "office", 1)
    make_elder("王秀兰", site=site)
    client = sign_in(app.test_client(), make_staff("clerk", site=site))
    page(client, "/entitlements/apply?q=无此人")

    answer = client.get("/entitlements/apply?q=王秀兰")

    assert answer.status_code == 409
    said = answer.get_data(as_text=True)
    assert "您的账号这个小时已查找 1 次" in said and "12:00" in said and "王秀兰" not in said.split("<main")[1]


def test_searches_at_once_are_counted_exactly(app: Flask, site: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(looks.MOST_SEARCHES, "office", 20)
    actor = make_staff("civil_affairs").actor

    def search(_: int) -> bool:
        with app.app_context():
            try:
                looks.note_search([], place="people", actor=actor, now=datetime(2026, 11, 21, 3, tzinfo=UTC))
            except Refusal:
                return False
            return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(search, range(40))) == 20
