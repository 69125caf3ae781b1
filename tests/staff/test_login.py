"""Sign-in over HTTP: rotation, where to go afterwards, who is asking, refusals."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from canteen.base.access import COMMAND, Actor
from canteen.base.config import Settings
from canteen.base.db import database
from canteen.base.errors import Refusal, StorageTrouble
from canteen.staff import login, service
from tests.factories import NOW, PASSWORD, Person, Place, csrf, make_site, sign_in
from tests.staff.steps import HTMX, TYPED, cookie_of, hidden, is_signed_in, text, token, trail


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
    form = {"username": administrator.username, "password": PASSWORD, "csrf_token": token(client)}
    client.post("/sign-in", data=form)
    with cookie_of(client) as held:
        assert held["_user_id"] != first
        held["_user_id"] = first
    assert not is_signed_in(client)


def test_the_cookie_is_for_this_site_and_not_for_scripts(client: FlaskClient, clerk: Person) -> None:
    form = {"username": clerk.username, "password": PASSWORD, "csrf_token": csrf(client)}

    answer = client.post("/sign-in", data=form)

    cookies = {cookie.split("=")[0]: cookie for cookie in answer.headers.getlist("Set-Cookie")}
    assert set(cookies) == {"session", "device"}
    assert ["SameSite=Lax" in cookies["session"], "SameSite=Strict" in cookies["device"]] == [True, True]
    for cookie in cookies.values():
        assert [flag in cookie for flag in ("HttpOnly", "Path=/", "Domain")] == [True, True, False]


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


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "http:evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/\n/evil.example",
        "evil.example",
        " //evil.example",
        "///evil.example",
    ],
)
def test_no_other_place_is_gone_to(client: FlaskClient, administrator: Person, elsewhere: str) -> None:
    form = {"username": administrator.username, "password": PASSWORD, "csrf_token": csrf(client)}

    plain = client.post("/sign-in", data=form | {"next": elsewhere})
    form |= {"csrf_token": token(client)}
    kept = client.post("/sign-in", data=form | {"kept_action": elsewhere, "kept:name": "x"})

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


def test_signing_out_empties_the_browsers_cache(client: FlaskClient, administrator: Person) -> None:
    """But not its storage: there a volunteer's taps may wait for a signal."""
    sign_in(client, administrator)

    answer = client.post("/sign-out", data={"csrf_token": token(client)})

    assert answer.headers["Clear-Site-Data"] == '"cache"'


def test_signing_out_needs_a_post_and_a_token(client: FlaskClient, administrator: Person) -> None:
    sign_in(client, administrator)

    statuses = [client.get("/sign-out").status_code, client.post("/sign-out").status_code]

    assert statuses == [405, 400]
    assert is_signed_in(client)


def test_signing_out_when_the_session_is_gone_ends_at_the_sign_in_page(client: FlaskClient) -> None:
    answer = client.post("/sign-out")

    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in")


# The password somebody else set


def test_who_got_a_password_from_somebody_else_can_only_replace_it(client: FlaskClient, administrator: Person) -> None:
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


@pytest.mark.parametrize(
    "end",
    [
        pytest.param(lambda person: service.lock_account(COMMAND, person.id, now=NOW), id="locked"),
        pytest.param(
            lambda person: service.reset_password(
                COMMAND, person.id, password="麦田 火车 雨伞 七点半", must_change_password=False, now=NOW
            ),
            id="password reset",
        ),
    ],
)
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


def test_a_refusal_is_written_down_with_its_code_and_place_only(client: FlaskClient, administrator: Person) -> None:
    sign_in(client, administrator)

    answer = client.post(
        f"/staff/{administrator.id}/lock", data={"csrf_token": token(client), "lock_password": PASSWORD}
    )

    assert answer.status_code == 409
    assert trail("refuse") == [(administrator.actor.label, "refuse", "staff.lock_account")]


def test_a_refusal_that_cannot_be_written_down_is_still_shown(
    client: FlaskClient, administrator: Person, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def disk_is_full(*_args: object, **_facts: object) -> None:
        raise StorageTrouble("full")

    sign_in(client, administrator)
    form = {"csrf_token": token(client), "lock_password": PASSWORD}
    monkeypatch.setattr(service, "record_refusal", disk_is_full)

    answer = client.post(f"/staff/{administrator.id}/lock", data=form)

    assert (answer.status_code, "不能停用自己的账号" in text(answer)) == (409, True)
    assert "refusal own_account was not written" in caplog.text


def test_recording_a_refusal_never_raises(app: Flask) -> None:
    with app.test_request_context("/"):
        app.extensions["canteen_record_refusal"](None, Refusal("no_menu", "没有菜单", next_step="请先填写"))

    assert trail() == [("nobody", "refuse", "home.index")]
