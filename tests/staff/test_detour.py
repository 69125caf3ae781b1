"""The detour through sign-in: time-out without loss, the dialog in the page, forms with an old token."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from canteen.base import clock
from canteen.base.db import reading
from canteen.staff.models import Staff
from tests.factories import PASSWORD, Person, Place, csrf, make_staff, sign_in
from tests.staff.steps import HERE, HTMX, TYPED, cookie_of, hidden, is_signed_in, leave_alone, text, token

# Time-out


@pytest.mark.parametrize(
    ("role", "minutes"),
    [
        ("clerk", 30),
        ("manager", 30),
        ("volunteer", 30),
        ("committee", 15),
        ("civil_affairs", 15),
        ("administrator", 15),
    ],
)
def test_a_session_left_alone_is_nobody(client: FlaskClient, site: Place, role: str, minutes: int) -> None:
    sign_in(client, make_staff(role, site=site))
    leave_alone(client, minutes=minutes - 1)
    assert is_signed_in(client)
    leave_alone(client, minutes=minutes + 1)

    assert client.get("/account").headers["Location"] == "/sign-in?next=/account"


def test_a_session_without_last_seen_is_nobody(client: FlaskClient, administrator: Person) -> None:
    sign_in(client, administrator)
    with cookie_of(client) as held:
        held["seen"] = "just now"

    assert not is_signed_in(client)


@pytest.mark.parametrize(
    ("seconds_ago", "headers", "sets_cookie"),
    [
        pytest.param(30, {}, False, id="seen half a minute ago"),
        pytest.param(90, {}, True, id="seen longer than a minute ago"),
        pytest.param(
            90,
            HTMX | {"HX-Current-URL": "http://localhost/account?x=1"},
            False,
            id="the page fetches itself: no sign of a person",
        ),
        pytest.param(90, HTMX | {"HX-Current-URL": "http://localhost/staff"}, True, id="a swap asked for by a person"),
    ],
)
def test_last_seen_is_rewritten_at_most_once_a_minute(
    client: FlaskClient, administrator: Person, seconds_ago: int, headers: dict[str, str], sets_cookie: bool
) -> None:
    sign_in(client, administrator)
    token(client)
    with cookie_of(client) as held:
        held["seen"] = int((clock.now() - timedelta(seconds=seconds_ago)).timestamp())

    answer = client.get("/account", headers=headers)

    assert ("Set-Cookie" in answer.headers) == sets_cookie


def test_a_plain_form_sent_after_the_time_out_goes_through_sign_in_and_is_not_lost(
    client: FlaskClient, administrator: Person
) -> None:
    sign_in(client, administrator)
    form = TYPED | {"csrf_token": token(client)}
    leave_alone(client)

    asked = client.post("/staff?from=list", data=form, headers=HERE)
    carried = hidden(asked)
    wrong = client.post("/sign-in", data=carried | {"username": administrator.username, "password": "x"})
    right = client.post("/sign-in", data=hidden(wrong) | {"username": administrator.username, "password": PASSWORD})
    back = hidden(right)

    assert [answer.status_code for answer in (asked, wrong, right)] == [401, 401, 200]
    assert 'action="/staff?from=list"' in text(right)
    assert {name: back[name] for name in back if name != "csrf_token"} == {
        name: value for name, value in TYPED.items() if name != "password"
    }
    assert "secret words" not in text(asked) + text(right)
    again = client.post("/staff?from=list", data=back)
    assert (again.status_code, 'value="李梅 &lt;i&gt;"' in text(again)) == (422, True)


def test_a_form_sent_without_any_session_is_carried_too(client: FlaskClient, administrator: Person) -> None:
    asked = client.post("/staff", data=TYPED, headers={"Referer": "http://localhost/staff/new"})

    assert asked.status_code == 401
    assert (hidden(asked)["kept_action"], hidden(asked)["kept:name"]) == ("/staff", "李梅 <i>")


def test_a_sign_in_page_that_is_older_than_its_session_asks_again_with_all_it_carried(
    client: FlaskClient, administrator: Person
) -> None:
    carried = hidden(client.post("/staff", data=TYPED, headers=HERE))
    client.delete_cookie("session")

    asked = client.post("/sign-in", data=carried | {"username": administrator.username, "password": PASSWORD})

    assert asked.status_code == 401
    assert hidden(asked)["kept:name"] == "李梅 <i>"
    right = client.post("/sign-in", data=hidden(asked) | {"username": administrator.username, "password": PASSWORD})
    assert 'action="/staff"' in text(right)


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"Origin": "https://evil.example"}, id="another site"),
        pytest.param({"Origin": "null"}, id="a page without an origin"),
        pytest.param({"Referer": "http://localhost.evil.example/"}, id="a host that begins the same"),
        pytest.param({}, id="nobody says"),
    ],
)
def test_what_another_site_makes_a_browser_send_is_not_carried(client: FlaskClient, headers: dict[str, str]) -> None:
    asked = client.post("/staff", data=TYPED, headers=headers)

    assert asked.status_code == 401
    assert set(hidden(asked)) == {"csrf_token", "next"}


def test_a_swap_after_the_time_out_gets_the_dialog_and_the_page_stays(
    client: FlaskClient, administrator: Person
) -> None:
    sign_in(client, administrator)
    form = TYPED | {"csrf_token": token(client)}
    leave_alone(client)

    asked = client.post("/staff", data=form, headers=HTMX)

    assert asked.status_code == 401
    assert (asked.headers["HX-Retarget"], asked.headers["HX-Reswap"]) == ("#relogin", "innerHTML")
    assert "<main" not in text(asked)
    assert 'hx-target="#relogin"' in text(asked)


def test_signing_in_inside_the_dialog_hands_a_fresh_token_to_the_waiting_form(
    client: FlaskClient, administrator: Person
) -> None:
    sign_in(client, administrator)
    form = TYPED | {"csrf_token": token(client)}
    leave_alone(client)
    asked = client.post("/staff", data=form, headers=HTMX)
    dialog = {"csrf_token": value_of(asked, "csrf_token"), "inline": "1", "username": administrator.username}

    wrong = client.post("/sign-in", data=dialog | {"password": "x"}, headers=HTMX)
    right = client.post("/sign-in", data=dialog | {"password": PASSWORD}, headers=HTMX)
    fresh = re.search(r'<span id="fresh-csrf" data-token="([^"]+)"', text(right))

    assert (wrong.status_code, right.status_code) == (401, 200)
    assert "用户名或密码不对" in text(wrong)
    assert "<main" not in text(wrong) + text(right)
    assert fresh is not None
    assert fresh[1] != form["csrf_token"]
    assert client.post("/staff", data=form | {"csrf_token": fresh[1]}).status_code == 422


def value_of(answer: TestResponse, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', text(answer))
    assert found is not None
    return found[1]


@pytest.mark.parametrize(
    ("path", "page_url", "is_disturbed"),
    [
        pytest.param("/audit", "http://localhost/audit", False, id="the page fetches itself"),
        pytest.param("/audit", "http://localhost/audit?action=serve", False, id="without what it was opened with"),
        pytest.param("/audit?action=serve", "http://localhost/audit?action=serve", False, id="or with it"),
        pytest.param("/audit?action=void", "http://localhost/audit?action=serve", True, id="a person asks for another"),
        pytest.param("/audit", "http://localhost/staff", True, id="from another page"),
        pytest.param("/audit", "", True, id="nobody says from where"),
    ],
)
def test_a_page_that_fetches_itself_does_not_disturb_the_dialog(
    client: FlaskClient, path: str, page_url: str, is_disturbed: bool
) -> None:
    answer = client.get(path, headers=HTMX | {"HX-Current-URL": page_url})

    assert answer.status_code == 401
    assert (answer.headers["HX-Reswap"], "relogin" in text(answer)) == (
        ("innerHTML", True) if is_disturbed else ("none", False)
    )


#: Templates with an element that asks by the clock. It must fetch the very page it stands on: any other request
#: would count as a sign of a person, and the page would keep its session alive for ever.
FETCH_THEMSELVES = {"people/result.html", "printing/paper.html", "printing/printers.html", "desk/_outcome.html"}


def test_only_known_templates_ask_by_the_clock(app: Flask) -> None:
    found = set()
    for name in app.jinja_env.list_templates(extensions=["html"]):
        source, _, _ = app.jinja_env.loader.get_source(app.jinja_env, name)  # type: ignore[union-attr]
        if re.search(r"hx-trigger=\"[^\"]*\bevery\b", source):
            found.add(name)

    assert found == FETCH_THEMSELVES | {"counter/_board.html"}


def test_the_counters_question_by_the_clock_disturbs_nobody(client: FlaskClient) -> None:
    """It asks for the board, not for its page, and is known by the id of what asks."""
    for trigger, is_disturbed in (("unprinted", False), ("board", True)):
        answer = client.get(
            "/counter/board", headers=HTMX | {"HX-Current-URL": "http://localhost/counter", "HX-Trigger": trigger}
        )

        assert ("relogin" in text(answer)) is is_disturbed


# Form tokens


def test_no_form_is_taken_without_its_token(
    client: FlaskClient, other_client: FlaskClient, administrator: Person
) -> None:
    sign_in(client, administrator)
    token(client)
    of_another = {"csrf_token": csrf(other_client)}

    statuses = [
        client.post("/staff", data=TYPED | forged).status_code
        for forged in ({}, {"csrf_token": ""}, {"csrf_token": "forged"}, of_another)
    ]

    assert statuses == [400, 400, 400, 400]
    with reading() as session:
        assert session.scalars(select(Staff.username)).all() == [administrator.username]


def test_a_stale_form_of_somebody_signed_in_can_be_sent_again(client: FlaskClient, administrator: Person) -> None:
    """Signed in again in another window: the token of this window's form is of the session before."""
    sign_in(client, administrator)

    plain = client.post("/staff", data=TYPED | {"csrf_token": "of before"}, headers=HERE)
    swap = client.post("/staff", data=TYPED | {"csrf_token": "of before"}, headers=HTMX)
    foreign = client.post("/staff", data=TYPED, headers={"Origin": "https://evil.example"})

    assert (plain.status_code, hidden(plain)["name"]) == (400, "李梅 <i>")
    assert client.post("/staff", data=hidden(plain)).status_code == 422
    fresh = re.search(r'<span id="fresh-csrf" data-token="([^"]+)"', text(swap))
    assert (swap.status_code, fresh is not None) == (400, True)
    assert (foreign.status_code, "李梅" in text(foreign)) == (400, False)


def test_the_form_token_lives_as_long_as_its_session(app: Flask) -> None:
    assert app.config["WTF_CSRF_TIME_LIMIT"] is None


@pytest.mark.parametrize("header", ["Referer", "Origin", "HX-Current-URL"])
def test_a_header_that_is_no_address_is_like_none(client: FlaskClient, header: str) -> None:
    told = {header: "http://[::1"} | ({"HX-Request": "true"} if header == "HX-Current-URL" else {})

    asked = client.get("/people/", headers=told)
    sent = client.post("/people/new", data={"name": "测试"}, headers=told)

    assert (asked.status_code, sent.status_code) in ((303, 401), (401, 401))
