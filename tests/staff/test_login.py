"""Sessions over HTTP: rotation, time-out without loss, form tokens, where to go afterwards, terminals' tokens."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select
from tests.factories import NOW, PASSWORD, Person, Place, csrf, make_site, sign_in
from tests.staff.conftest import cookie_of, leave_alone, trail
from werkzeug.test import TestResponse

from canteen import clock
from canteen.config import Settings
from canteen.db import database, reading
from canteen.errors import Refusal, StorageTrouble
from canteen.staff import detour, login, service
from canteen.staff.models import Staff
from canteen.staff.rules import COMMAND, Actor

HERE = {"Origin": "http://localhost"}
HTMX = {"HX-Request": "true"}
#: A half-typed form; every POST view would do.
TYPED = {"username": "li.mei", "name": "李梅 <i>", "role": "clerk", "reach": "", "elder_id": "", "password": "secret words"}


def text(answer: TestResponse) -> str:
    return answer.get_data(as_text=True)


def hidden(answer: TestResponse) -> dict[str, str]:
    """The hidden fields of the form in ``main``, by name."""
    body = text(answer).split("<main", 1)[1]
    return {
        html.unescape(name): html.unescape(value)
        for name, value in re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', body)
    }


def is_signed_in(client: FlaskClient) -> bool:
    return client.get("/account").status_code == 200


def raw_cookie(client: FlaskClient) -> str:
    found = client.get_cookie("session")
    assert found is not None
    return found.value


# Signing in


def test_signing_in_begins_a_new_session_with_a_new_form_token(client: FlaskClient, administrator: Person) -> None:
    csrf(client)
    with cookie_of(client) as held:
        held["planted"] = "by somebody else"
        held["site_id"] = 3
        before = held["csrf_token"]

    sign_in(client, administrator)

    with cookie_of(client) as held:
        assert "planted" not in held
        assert held["site_id"] == 3
        assert "csrf_token" not in held or held["csrf_token"] != before
        first = held["_user_id"]
    client.post("/sign-in", data={"username": administrator.username, "password": PASSWORD, "csrf_token": token(client)})
    with cookie_of(client) as held:
        assert held["_user_id"] != first
        held["_user_id"] = first
    assert not is_signed_in(client)


def token(client: FlaskClient) -> str:
    """A form token of a signed-in session."""
    return csrf(client, "/account")


def test_the_cookie_is_for_this_site_and_not_for_scripts(client: FlaskClient, clerk: Person) -> None:
    answer = client.post("/sign-in", data={"username": clerk.username, "password": PASSWORD, "csrf_token": csrf(client)})

    cookie = answer.headers["Set-Cookie"]
    assert [flag in cookie for flag in ("HttpOnly", "SameSite=Lax", "Path=/", "Domain")] == [True, True, True, False]


def test_behind_https_the_cookie_is_bound_to_the_host(app: Flask) -> None:
    bare = Flask("bare")
    bare.config["CANTEEN"] = Settings(https=True)

    login.connect(bare)

    assert bare.config["SESSION_COOKIE_NAME"] == "__Host-session"


def test_a_wrong_password_keeps_the_name_and_says_what_to_do(client: FlaskClient, clerk: Person) -> None:
    answer = client.post("/sign-in", data={"username": clerk.username, "password": "x", "csrf_token": csrf(client)})

    assert answer.status_code == 401
    assert "用户名或密码不对。请检查大小写和输入法,再试一次" in text(answer)
    assert f'value="{clerk.username}"' in text(answer)


def test_the_sixth_try_is_told_how_long_to_wait(client: FlaskClient, clerk: Person) -> None:
    form = {"username": clerk.username, "password": "x", "csrf_token": csrf(client)}

    statuses = [client.post("/sign-in", data=form).status_code for _ in range(6)]

    assert statuses == [401] * 5 + [429]
    assert "请 15 分钟后再试" in text(client.post("/sign-in", data=form | {"password": PASSWORD}))


def test_somebody_signed_in_has_no_use_for_the_sign_in_page(client: FlaskClient, administrator: Person) -> None:
    sign_in(client, administrator)

    assert client.get("/sign-in?next=/account").headers["Location"] == "/account"


# Where to go


def test_a_page_is_come_back_to(client: FlaskClient, administrator: Person) -> None:
    first = client.get("/audit?subject=elder:3")
    assert (first.status_code, first.headers["Location"]) == (303, "/sign-in?next=/audit?subject%3Delder:3")

    page = client.get(first.headers["Location"])
    answer = client.post("/sign-in", data=hidden(page) | {"username": administrator.username, "password": PASSWORD})

    assert (answer.status_code, answer.headers["Location"]) == (303, "/audit?subject=elder:3")


@pytest.mark.parametrize("elsewhere", [
    "https://evil.example/", "//evil.example/", "/\\evil.example", "\\\\evil.example", "http:evil.example",
    "javascript:alert(1)", "/\t/evil.example", "/\n/evil.example", "evil.example", " //evil.example", "///evil.example",
])  # fmt: skip
def test_no_other_place_is_gone_to(client: FlaskClient, administrator: Person, elsewhere: str) -> None:
    form = {"username": administrator.username, "password": PASSWORD, "csrf_token": csrf(client)}

    plain = client.post("/sign-in", data=form | {"next": elsewhere})
    kept = client.post("/sign-in", data=form | {"kept_action": elsewhere, "kept:name": "x", "csrf_token": token(client)})

    assert plain.headers["Location"] == "/"
    assert (kept.status_code, kept.headers["Location"]) == (303, "/")


# Signing out


def test_after_signing_out_a_copied_cookie_is_worth_nothing(client: FlaskClient, administrator: Person) -> None:
    sign_in(client, administrator)
    form = {"csrf_token": token(client)}
    copied = raw_cookie(client)

    answer = client.post("/sign-out", data=form)
    client.set_cookie("session", copied)

    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in")
    assert not is_signed_in(client)
    assert trail("sign_out") == [(administrator.actor.label, "sign_out", administrator.actor.label)]


def test_signing_out_needs_a_post_and_a_token(client: FlaskClient, administrator: Person) -> None:
    sign_in(client, administrator)

    statuses = [client.get("/sign-out").status_code, client.post("/sign-out").status_code]

    assert statuses == [405, 400]
    assert is_signed_in(client)


def test_signing_out_when_the_session_is_gone_ends_at_the_sign_in_page(client: FlaskClient) -> None:
    answer = client.post("/sign-out")

    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in")


# Time-out


def test_a_session_left_alone_is_nobody(client: FlaskClient, administrator: Person) -> None:
    sign_in(client, administrator)
    leave_alone(client, minutes=29)
    assert is_signed_in(client)
    leave_alone(client, minutes=31)

    assert client.get("/account").headers["Location"] == "/sign-in?next=/account"


def test_a_session_without_last_seen_is_nobody(client: FlaskClient, administrator: Person) -> None:
    sign_in(client, administrator)
    with cookie_of(client) as held:
        held["seen"] = "just now"

    assert not is_signed_in(client)


@pytest.mark.parametrize(("seconds_ago", "headers", "sets_cookie"), [
    pytest.param(30, {}, False, id="seen half a minute ago"),
    pytest.param(90, {}, True, id="seen longer than a minute ago"),
    pytest.param(90, {detour.POLL_HEADER: "1"}, False, id="the page asks by itself: no sign of a person"),
])  # fmt: skip
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


@pytest.mark.parametrize("headers", [
    pytest.param({"Origin": "https://evil.example"}, id="another site"),
    pytest.param({"Origin": "null"}, id="a page without an origin"),
    pytest.param({"Referer": "http://localhost.evil.example/"}, id="a host that begins the same"),
    pytest.param({}, id="nobody says"),
])  # fmt: skip
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


def test_a_page_that_asks_by_itself_does_not_disturb_the_dialog(client: FlaskClient) -> None:
    answer = client.get("/audit", headers=HTMX | {detour.POLL_HEADER: "1"})

    assert (answer.status_code, answer.headers["HX-Reswap"], text(answer)) == (401, "none", "")


def test_every_template_that_asks_by_itself_says_so(app: Flask) -> None:
    """A page that polls would keep its session alive for ever, unless its requests carry the header."""
    silent = []
    for name in app.jinja_env.list_templates(extensions=["html"]):
        source, _, _ = app.jinja_env.loader.get_source(app.jinja_env, name)  # type: ignore[union-attr]
        for tag in re.findall(r"<[a-z][^>]*hx-trigger=\"[^\"]*\bevery\b[^>]*>", source):
            if detour.POLL_HEADER not in tag:
                silent.append(f"{name}: {tag[:80]}")

    assert silent == []


# Form tokens


def test_no_form_is_taken_without_its_token(client: FlaskClient, administrator: Person) -> None:
    sign_in(client, administrator)
    token(client)

    statuses = [
        client.post("/staff", data=TYPED | forged).status_code
        for forged in ({}, {"csrf_token": ""}, {"csrf_token": "forged"}, {"csrf_token": csrf(client.application.test_client())})
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


# The password somebody else set


def test_who_got_a_password_from_somebody_else_can_only_replace_it(
    client: FlaskClient, administrator: Person
) -> None:
    service.reset_password(COMMAND, administrator.id, password=PASSWORD, must_change_password=True, now=NOW)
    sign_in(client, administrator)

    page = client.get("/staff")
    swap = client.get("/staff", headers=HTMX)
    form = {"csrf_token": token(client)}
    sent = client.post("/staff", data=TYPED | form)
    assert (page.status_code, page.headers["Location"]) == (303, "/account")
    assert swap.headers["HX-Redirect"] == "/account"
    assert (sent.status_code, "请先设置自己的密码" in text(sent)) == (409, True)

    new = "麦田 火车 雨伞 七点半"
    changed = client.post(
        "/account", data=form | {"current_password": PASSWORD, "password": new, "password_again": new}
    )
    assert (changed.status_code, client.get("/staff").status_code) == (303, 200)


# Ended from elsewhere


@pytest.mark.parametrize("end", [
    pytest.param(lambda person: service.lock_account(COMMAND, person.id, now=NOW), id="locked"),
    pytest.param(lambda person: service.reset_password(
        COMMAND, person.id, password="麦田 火车 雨伞 七点半", must_change_password=False, now=NOW), id="password reset"),
])  # fmt: skip
def test_a_session_ended_from_elsewhere_is_nobody_at_the_next_click(
    client: FlaskClient, administrator: Person, end
) -> None:
    sign_in(client, administrator)
    assert is_signed_in(client)

    end(administrator)

    assert not is_signed_in(client)


# Who is asking


def actor_of(app: Flask, path: str, **headers: str) -> Actor | None:
    with app.app_context(), app.test_request_context(path, headers=headers):
        found: Actor | None = app.extensions["canteen_find_actor"]()
        return found


def test_a_terminal_is_its_token_until_that_is_revoked(app: Flask, site: Place) -> None:
    made = service.add_token(COMMAND, name="一号机", site_id=site.id, role="terminal", now=NOW)
    header = {"Authorization": f"Bearer {made}"}

    found = actor_of(app, "/api/v1/counts", **header)
    assert found == Actor("token", 1, "一号机", "terminal", site.area_path, site.id)
    assert [
        actor_of(app, "/account", **header),
        actor_of(app, "/api/v1/counts", Authorization=f"Bearer {made}x"),
        actor_of(app, "/api/v1/counts", Authorization="Bearer "),
        actor_of(app, "/api/v1/counts", Authorization=f"Basic {made}"),
        actor_of(app, "/api/v1/counts", Authorization=made),
        actor_of(app, "/api/v1/counts"),
    ] == [None] * 6

    service.revoke_token(COMMAND, name="一号机", site_id=site.id, now=NOW)
    assert actor_of(app, "/api/v1/counts", **header) is None


def test_a_terminal_reaches_its_own_site_only(app: Flask, site: Place) -> None:
    foreign = make_site("第二助餐点")
    made = service.add_token(COMMAND, name="一号机", site_id=foreign.id, role="terminal", now=NOW)

    found = actor_of(app, "/api/v1/counts", Authorization=f"Bearer {made}")

    assert found is not None
    assert (found.site_id == foreign.id, found.site_id == site.id) == (True, False)


def test_the_api_never_looks_at_a_cookie(client: FlaskClient, administrator: Person) -> None:
    sign_in(client, administrator)

    answer = client.get("/api/v1/counts")

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert set(answer.get_json()) == {"code", "message", "next_step"}
    assert answer.get_json()["code"] == "sign_in_first"


def test_one_statement_finds_who_is_asking(app: Flask, client: FlaskClient, administrator: Person) -> None:
    sign_in(client, administrator)
    with cookie_of(client) as held:
        session = dict(held)
    asked: list[str] = []
    count = lambda *args: asked.append(args[2])  # noqa: E731
    event.listen(database.engine, "before_cursor_execute", count)
    try:
        with app.app_context(), app.test_request_context("/account"):
            from flask import session as current

            current.update(session)
            assert app.extensions["canteen_find_actor"]() == administrator.actor
    finally:
        event.remove(database.engine, "before_cursor_execute", count)

    assert [statement.split()[0] for statement in asked if not statement.startswith("BEGIN")] == ["SELECT"]


# Refusals


def test_a_refusal_is_written_down_with_its_code_and_place_only(
    client: FlaskClient, administrator: Person
) -> None:
    sign_in(client, administrator)

    answer = client.post(f"/staff/{administrator.id}/lock", data={"csrf_token": token(client)})

    assert answer.status_code == 409
    assert trail("refuse") == [(administrator.actor.label, "refuse", "staff.lock_account")]


def test_a_refusal_that_cannot_be_written_down_is_still_shown(
    client: FlaskClient, administrator: Person, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def disk_is_full(*_args: object, **_facts: object) -> None:
        raise StorageTrouble("full")

    sign_in(client, administrator)
    form = {"csrf_token": token(client)}
    monkeypatch.setattr(service, "record_refusal", disk_is_full)

    answer = client.post(f"/staff/{administrator.id}/lock", data=form)

    assert (answer.status_code, "不能停用自己的账号" in text(answer)) == (409, True)
    assert "refusal own_account was not written" in caplog.text


def test_recording_a_refusal_never_raises(app: Flask) -> None:
    with app.test_request_context("/"):
        app.extensions["canteen_record_refusal"](None, Refusal("no_menu", "没有菜单", next_step="请先填写"))

    assert trail() == [("nobody", "refuse", "home.index")]
