"""The terminals' API: the same service, with statuses, bodies and refusals a machine can rely on."""

from __future__ import annotations

from typing import Any

import pytest
from factories import NOW, Person, Place, make_elder, make_menu, make_site
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from canteen.base import clock
from canteen.base.db import reading, transaction
from canteen.books.models.servings import Serving
from canteen.counter.forms import SERVING_FIELDS, VOID_FIELDS
from canteen.counter.openapi import DOCUMENT, SCHEMAS
from canteen.staff.models import ApiToken
from canteen.staff.tokens import hash_token
from tests.trail import change

TOKEN = "ct_" + "a" * 43


class Terminal:
    """A card terminal at one site."""

    def __init__(self, client: FlaskClient, site: Place, token: str = TOKEN) -> None:
        self.client, self.site = client, site
        self.headers = {"Authorization": f"Bearer {token}"}
        self.keys = iter(range(10_000))

    def post(self, path: str, body: Any) -> tuple[int, dict[str, Any]]:
        answer = self.client.post(f"/api/v1{path}", json=body, headers=self.headers)
        return answer.status_code, answer.get_json()

    def get(self, path: str) -> tuple[int, dict[str, Any]]:
        answer = self.client.get(f"/api/v1{path}", headers=self.headers)
        return answer.status_code, answer.get_json()

    def serves(self, **body: Any) -> tuple[int, dict[str, Any]]:
        return self.post(
            "/servings", {"key": f"terminal-{next(self.keys):05d}", "site": self.site.code, "slot": "lunch"} | body
        )


@pytest.fixture
def terminal(client: FlaskClient, site: Place) -> Terminal:
    with transaction() as session:
        session.add(
            ApiToken(name="1号机", site_id=site.id, role="terminal", token_hash=hash_token(TOKEN), created_at=NOW)
        )
    if clock.today() != NOW.date():
        make_menu(site, day=clock.today())
    return Terminal(client, site)


def servings() -> int:
    with reading() as session:
        return session.execute(select(func.count()).select_from(Serving)).scalar_one()


def test_a_card_is_served_with_shares_that_add_up(terminal: Terminal, site: Place) -> None:
    make_elder("王秀兰", card="000007", site=site)

    status, body = terminal.serves(card="００7")

    assert status == 201
    assert (body["price_fen"], body["own_fen"]) == (1000, 500)
    assert body["shares"] == [
        {
            "payer": "public",
            "scheme": "jinxi",
            "amount_fen": 500,
            "reason": "六类:标准每月 400.00,已用 0.00,本次计入 10.00,自付一半 5.00",
        },
        {"payer": "own", "scheme": "", "amount_fen": 500, "reason": "餐价 10.00,补助 5.00,自付 5.00"},
    ]
    assert body["left"]["month_fen"] == 39000
    assert body["number"].endswith("-001")


def test_the_same_key_answers_200_with_the_same_body(terminal: Terminal, site: Place) -> None:
    elder = make_elder(site=site)
    first = terminal.serves(key="one-time-key", elder_id=elder)
    again = terminal.serves(key="one-time-key", elder_id=elder)

    assert (first[0], again[0]) == (201, 200)
    assert first[1] == again[1]
    assert servings() == 1


def test_the_same_key_with_other_content_is_409(terminal: Terminal, site: Place) -> None:
    terminal.serves(key="one-time-key", elder_id=make_elder(site=site))

    status, body = terminal.serves(key="one-time-key", elder_id=make_elder("李福", site=site))

    assert (status, body["code"]) == (409, "key_reused")
    assert servings() == 1


def test_a_second_lunch_says_where_and_when_the_first_was(terminal: Terminal, site: Place) -> None:
    elder = make_elder("王秀兰", site=site)
    terminal.serves(elder_id=elder)

    status, body = terminal.serves(elder_id=elder)

    assert (status, body["code"]) == (409, "already_served")
    assert site.name in body["message"] and "1号机" in body["message"] and body["next_step"]


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        pytest.param({"card": "404404"}, 409, "unknown_card", id="unknown card"),
        pytest.param({"elder_id": 404404}, 409, "unknown_elder", id="unknown elder"),
        pytest.param({"guest_kind": "child", "slot": "breakfast"}, 409, "slot_not_served", id="slot not served here"),
        pytest.param({"guest_kind": "child", "site": "nowhere"}, 404, "not_found", id="unknown site"),
        pytest.param({"guest_kind": "child", "day": "2026-13-01"}, 422, "bad_input", id="no such day"),
        pytest.param({"guest_kind": "child", "slot": "brunch"}, 422, "bad_input", id="no such slot"),
        pytest.param({"guest_kind": "child", "extra": 1}, 422, "bad_input", id="unknown field"),
        pytest.param({"elder_id": "7"}, 422, "bad_input", id="an id as text"),
        pytest.param({"elder_id": True}, 422, "bad_input", id="an id as a truth value"),
        pytest.param({"elder_id": -1}, 422, "bad_input", id="a negative id"),
        pytest.param({"card": 7}, 422, "bad_input", id="a card as a number"),
        pytest.param({"card": "7\x00"}, 422, "bad_input", id="a NUL in a card"),
        pytest.param({"card": "7" * 400}, 409, "unknown_card", id="the longest text"),
        pytest.param({"card": "7" * 401}, 422, "bad_input", id="a text that is too long"),
        pytest.param({"elder_id": 2**31 - 1}, 409, "unknown_elder", id="the highest id"),
        pytest.param({"elder_id": 2**31}, 422, "bad_input", id="an id no table has"),
        pytest.param({}, 422, "bad_input", id="nobody"),
        pytest.param({"guest_kind": "child", "key": "short"}, 422, "bad_input", id="a short key"),
    ],
)
def test_what_is_refused_has_a_code_a_message_and_a_next_step(
    terminal: Terminal, changes: dict[str, Any], status: int, code: str
) -> None:
    answer = terminal.serves(**changes)

    assert (answer[0], answer[1]["code"]) == (status, code)
    assert set(answer[1]) == {"code", "message", "next_step"}
    assert answer[1]["message"] and answer[1]["next_step"]
    assert servings() == 0


@pytest.mark.parametrize("raw", [b"", b"[]", b"{", b'"x"', b"\xff\xfe", b"null"])
def test_a_body_that_is_no_object_is_422(terminal: Terminal, raw: bytes) -> None:
    answer = terminal.client.post("/api/v1/servings", data=raw, headers=terminal.headers)

    assert answer.status_code == 422 and answer.get_json()["code"] == "bad_input"


def test_a_void_gives_the_place_back_and_repeats_harmlessly(terminal: Terminal, site: Place) -> None:
    elder = make_elder(site=site)
    _, body = terminal.serves(elder_id=elder)
    void = {"key": "void-key-1", "reason": "刷错了卡"}

    first = terminal.post(f"/servings/{body['id']}/void", void)
    again = terminal.post(f"/servings/{body['id']}/void", void)
    other = terminal.post(f"/servings/{body['id']}/void", void | {"key": "void-key-2"})

    assert first[0] == again[0] == 200 and first[1] == again[1]
    assert (other[0], other[1]["code"]) == (409, "already_voided")
    assert terminal.serves(elder_id=elder)[0] == 201


def test_who_has_no_token_or_a_revoked_one_is_401(terminal: Terminal, site: Place) -> None:
    bare = terminal.client.get("/api/v1/counts")
    wrong = Terminal(terminal.client, site, token="ct_" + "b" * 43).get("/counts")
    with transaction() as session:
        change(session, ApiToken, revoked_at=NOW)
    revoked = terminal.get("/counts")

    assert (bare.status_code, wrong[0], revoked[0]) == (401, 401, 401)
    assert set(wrong[1]) == {"code", "message", "next_step"}


def test_another_site_is_out_of_reach(terminal: Terminal) -> None:
    other = make_site("上湖村助餐点", path="金溪县/云溪镇/上湖村")

    assert terminal.serves(site=other.code, guest_kind="child")[0] == 404


def test_counts_follow_servings_and_voids(terminal: Terminal, site: Place) -> None:
    _, body = terminal.serves(elder_id=make_elder(site=site))
    terminal.serves(guest_kind="child", way="take_away")
    terminal.post(f"/servings/{body['id']}/void", {"key": "void-key-1", "reason": "刷错了卡"})

    status, counts = terminal.get(f"/counts?site={site.code}")

    assert status == 200 and set(counts) == set(SCHEMAS["Counts"]["properties"])
    assert (counts["total"], counts["guests"], counts["voided"]) == (1, 1, 1)
    assert counts["by_slot"] == {"lunch": 1} and counts["by_way"] == {"take_away": 1}


def test_elders_are_found(terminal: Terminal, site: Place) -> None:
    elder = make_elder("王秀兰", card="000007", site=site)

    _, body = terminal.get("/elders?q=007")

    assert [(found["id"], found["name"], found["card"]) for found in body["elders"]] == [(elder, "王秀兰", "000007")]


def test_the_message_comes_in_the_language_asked_for(terminal: Terminal) -> None:
    answer = terminal.client.post("/api/v1/servings", json={}, headers=terminal.headers | {"Accept-Language": "zh"})

    assert answer.get_json()["message"] == "缺少字段「key」"


def test_the_description_lists_every_route_and_field(app: Flask, client: FlaskClient) -> None:
    described = client.get("/api/v1/openapi.json").get_json()
    routes = {
        (str(rule).removeprefix("/api/v1").replace("<int:serving_id>", "{id}"), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith(("api.", "counts_api."))
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }

    assert described == DOCUMENT
    assert routes == {(path, method) for path, methods in DOCUMENT["paths"].items() for method in methods}
    assert set(SCHEMAS["ServeRequest"]["properties"]) == set(SERVING_FIELDS)
    assert set(SCHEMAS["ServeRequest"]["required"]) == {name for name, (_, needed) in SERVING_FIELDS.items() if needed}
    assert set(SCHEMAS["VoidRequest"]["properties"]) == set(VOID_FIELDS)


def test_an_answer_has_exactly_what_is_described(terminal: Terminal, site: Place) -> None:
    _, body = terminal.serves(elder_id=make_elder(site=site))

    assert set(body) == set(SCHEMAS["Serving"]["properties"])
    assert set(body["left"]["limits"][0]) == set(SCHEMAS["Limit"]["properties"])


def test_a_clerk_signed_in_on_a_page_is_nobody_at_the_api(client: FlaskClient, site: Place, clerk: Person) -> None:
    from factories import sign_in

    assert sign_in(client, clerk).get("/api/v1/counts").status_code == 401
