"""Setting up, changing, switching off; passkeys; losing the phone."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from canteen.base import clock
from canteen.base.access import COMMAND
from canteen.base.db import reading
from canteen.staff import queries
from canteen.staff import service as staff_service
from canteen.staff.second import service
from canteen.staff.second.models import Passkey, RecoveryCode, SecondFactor
from tests.factories import PASSWORD, Person, Place, csrf, make_site, make_staff
from tests.staff.second.steps import (
    Stick,
    begin_on_own_page,
    codes_on,
    has_second_step,
    leave,
    options_on,
    password_of,
    send,
    send_same,
    sets_up_app,
)
from tests.staff.steps import is_signed_in, text, trail


def passkey_of(client: FlaskClient, person: Person, **more: str) -> tuple[Stick, list[str]]:
    """Sign in and set up a passkey; the browser is signed in afterwards."""
    if password_of(client, person).status_code == 303:
        begin_on_own_page(client)
    stick = Stick()
    answer = stick.makes(options_on(client.get("/sign-in/set-up")))
    done = send_same(client, "/sign-in/set-up", credential=answer, name="办公室电脑", **more)
    assert done.status_code in (200, 303), text(done)
    return stick, codes_on(done)


def test_a_passkey_is_set_up_and_signs_in(client: FlaskClient, administrator: Person) -> None:
    stick, codes = passkey_of(client, administrator)
    assert (len(codes), "办公室电脑" in text(client.get("/account"))) == (10, True)
    leave(client)

    asked = password_of(client, administrator)
    assert not is_signed_in(client)
    done = send_same(client, "/sign-in/second", credential=stick.signs(options_on(asked)))

    assert (done.status_code, is_signed_in(client)) == (303, True)
    with reading() as session:
        assert session.scalars(select(Passkey.sign_count)).all() == [1]


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda stick, options: stick.signs(options | {"challenge": "AAAA"}), id="another challenge"),
        pytest.param(lambda stick, options: stick.signs(options | {"rpId": "evil.example"}), id="another site"),
        pytest.param(
            lambda stick, options: Stick(origin="http://evil.example", key=stick.key, count=5).signs(options),
            id="another address",
        ),
        pytest.param(lambda stick, options: Stick(count=5).signs(options), id="another key"),
        pytest.param(
            lambda stick, options: Stick(key=stick.key, count=5, credential=b"unknown").signs(options), id="unknown"
        ),
        pytest.param(lambda stick, options: "{}", id="nothing"),
        pytest.param(lambda stick, options: "[" * 4000, id="nested"),
        pytest.param(lambda stick, options: "x" * 20_000, id="too long"),
        pytest.param(lambda stick, options: '{"id": 1, "rawId": [], "response": null}', id="other types"),
    ],
)
def test_a_wrong_answer_of_a_passkey_is_refused(client: FlaskClient, administrator: Person, spoil) -> None:
    stick, _ = passkey_of(client, administrator)
    leave(client)
    asked = password_of(client, administrator)

    answer = send_same(client, "/sign-in/second", credential=spoil(stick, options_on(asked)))

    assert (answer.status_code, is_signed_in(client)) == (401, False)
    assert [row[2] for row in trail("second_step_failed")] == [f"staff:{administrator.id}"]


def test_an_answer_of_a_passkey_cannot_be_sent_again(
    app: Flask, client: FlaskClient, other_client: FlaskClient, administrator: Person
) -> None:
    stick, _ = passkey_of(client, administrator)
    leave(client)
    answer = stick.signs(options_on(password_of(client, administrator)))
    password_of(other_client, administrator)

    first = send_same(client, "/sign-in/second", credential=answer)
    again = [send_same(browser, "/sign-in/second", credential=answer).status_code for browser in (client, other_client)]

    assert (first.status_code, again) == (303, [409, 401])


def test_a_copied_passkey_whose_count_falls_back_is_refused(client: FlaskClient, administrator: Person) -> None:
    stick, _ = passkey_of(client, administrator)
    stick.count = 10
    for count, expected in ((10, 303), (3, 401)):
        leave(client)
        stick.count = count
        asked = password_of(client, administrator)
        answer = send_same(client, "/sign-in/second", credential=stick.signs(options_on(asked)))
        assert answer.status_code == expected
        if expected == 401:
            break


def test_a_passkey_gets_in_while_codes_are_paused(client: FlaskClient, administrator: Person) -> None:
    stick, _ = passkey_of(client, administrator)
    leave(client)
    password_of(client, administrator)
    assert [send(client, "/sign-in/second", code="000000").status_code for _ in range(6)][-1] == 429

    asked = client.get("/sign-in/second")
    done = send_same(client, "/sign-in/second", credential=stick.signs(options_on(asked)))

    assert (done.status_code, is_signed_in(client)) == (303, True)


def password_at(client: FlaskClient, host: str, person: Person):
    """Type name and password on a page opened by this address."""
    base = f"http://{host}"
    token = re.findall(r'csrf_token" value="([^"]*)"', text(client.get("/sign-in", base_url=base)))[0]
    form = {"username": person.username, "password": PASSWORD, "csrf_token": token}
    return client.post("/sign-in", base_url=base, data=form)


@pytest.mark.parametrize("host", ["192.168.1.9:8000", "127.0.0.1"])
def test_over_plain_http_the_page_says_why_there_are_no_passkeys(
    client: FlaskClient, host: str, administrator: Person
) -> None:
    page = password_at(client, host, administrator)

    assert (options_on(page), "通行密钥需要用 HTTPS 网址打开本站" in text(page)) == ({}, True)
    assert '<img src="data:image/svg+xml' in text(page)


def test_a_passkey_of_another_name_is_not_asked_for_and_the_page_says_where_it_works(
    client: FlaskClient, other_client: FlaskClient, administrator: Person
) -> None:
    passkey_of(client, administrator)

    page = password_at(other_client, "192.168.1.9", administrator)

    assert (options_on(page), "只能在 HTTPS 网址 localhost 上使用" in text(page)) == ({}, True)


# One's own page


def test_anybody_may_switch_it_on_and_off(client: FlaskClient, clerk: Person) -> None:
    phone, codes = has_second_step(client, clerk)
    assert len(codes) == 10
    begin_on_own_page(client, "off")

    done = send(client, "/sign-in/second", code=phone.code())

    assert (done.headers["Location"], is_signed_in(client)) == ("/account", True)
    leave(client)
    assert password_of(client, clerk).status_code == 303
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(RecoveryCode)) == 0
        assert session.scalars(select(SecondFactor.sealed_totp)).all() == [None]
    assert trail("end_second_step") == [(clerk.actor.label, "end_second_step", clerk.actor.label)]


def test_who_must_have_one_cannot_switch_it_off(client: FlaskClient, administrator: Person) -> None:
    has_second_step(client, administrator)

    page = text(client.get("/account"))
    answer = begin_on_own_page(client, "off")

    assert ('value="off"' in page, answer.status_code) == (False, 409)


@pytest.mark.parametrize("aim", ["set_up", "codes", "off"])
def test_changes_need_the_password_and_the_second_step_again(client: FlaskClient, clerk: Person, aim: str) -> None:
    _, codes = has_second_step(client, clerk)
    wrong = client.post(
        "/account/second-step", data={"aim": aim, "second_password": "x", "csrf_token": csrf(client, "/account")}
    )
    begin_on_own_page(client, aim)
    answer = send(client, "/sign-in/second", code="000000")

    assert (wrong.status_code, answer.status_code) == (422, 401)
    assert client.get("/sign-in/set-up").headers["Location"] == "/sign-in/second"
    assert _codes_work(client, clerk, codes[0])


def _codes_work(client: FlaskClient, person: Person, code: str) -> bool:
    leave(client)
    password_of(client, person)
    return send(client, "/sign-in/second", code=code).status_code == 303


def test_new_recovery_codes_replace_the_old(client: FlaskClient, other_client: FlaskClient, clerk: Person) -> None:
    _, old = has_second_step(client, clerk)
    password_of(other_client, clerk)
    assert send(other_client, "/sign-in/second", code=old[9]).status_code == 303
    begin_on_own_page(client, "codes")

    new = codes_on(send(client, "/sign-in/second", code=old[0]))

    assert (len(new), set(new) & set(old)) == (10, set())
    assert not is_signed_in(other_client)
    assert (_codes_work(client, clerk, old[1]), _codes_work(client, clerk, new[1])) == (False, True)


def test_a_new_phone_can_replace_all_that_was_before(client: FlaskClient, clerk: Person) -> None:
    old, codes = has_second_step(client, clerk)
    begin_on_own_page(client)
    assert send(client, "/sign-in/second", code=codes[0]).headers["Location"] == "/sign-in/set-up"

    new, more = sets_up_app(client, is_only="1")

    assert len(more) == 10
    assert not _codes_work(client, clerk, old.code())
    assert not _codes_work(client, clerk, codes[1])
    assert _codes_work(client, clerk, new.code())


# One passkey of several


def _passkeys() -> list[int]:
    with reading() as session:
        return list(session.scalars(select(Passkey.id).order_by(Passkey.id)))


def _opens_set_up(client: FlaskClient, code: str) -> None:
    begin_on_own_page(client)
    assert send(client, "/sign-in/second", code=code).headers["Location"] == "/sign-in/set-up"


def test_one_passkey_of_several_is_removed_and_the_rest_stays(
    client: FlaskClient, other_client: FlaskClient, administrator: Person
) -> None:
    stick, codes = passkey_of(client, administrator)
    _opens_set_up(client, codes[0])
    phone, _ = sets_up_app(client)
    password_of(other_client, administrator)
    assert send(other_client, "/sign-in/second", code=codes[1]).status_code == 303
    _opens_set_up(client, codes[2])
    assert "移除“办公室电脑”" in text(client.get("/sign-in/set-up"))

    done = send_same(client, f"/sign-in/passkeys/{_passkeys()[0]}/remove")

    assert (done.headers["Location"], is_signed_in(client), is_signed_in(other_client)) == ("/account", True, False)
    assert trail("remove_passkey") == [(administrator.actor.label, "remove_passkey", administrator.actor.label)]
    leave(client)
    asked = password_of(client, administrator)
    assert options_on(asked) == {}
    assert (
        send_same(client, "/sign-in/second", credential=stick.signs({"challenge": "", "rpId": "x"})).status_code == 401
    )
    assert send(client, "/sign-in/second", code=codes[3]).status_code == 303
    assert _codes_work(client, administrator, phone.code())


def test_the_last_factor_and_anothers_passkey_stay(
    client: FlaskClient, other_client: FlaskClient, administrator: Person, clerk: Person
) -> None:
    _, codes = passkey_of(client, administrator)
    _, clerks = has_second_step(other_client, clerk)
    [mine] = _passkeys()
    _opens_set_up(client, codes[0])
    assert "移除“" not in text(client.get("/sign-in/set-up"))

    last = send_same(client, f"/sign-in/passkeys/{mine}/remove")
    begin_on_own_page(other_client)
    unproven = send_same(other_client, f"/sign-in/passkeys/{mine}/remove")
    _opens_set_up(other_client, clerks[0])
    foreign = send_same(other_client, f"/sign-in/passkeys/{mine}/remove")

    assert (last.status_code, "这是最后一种验证方式" in text(last)) == (409, True)
    assert (unproven.status_code, foreign.status_code, _passkeys()) == (409, 404, [mine])
    assert trail("remove_passkey") == []


# Lost phones


def test_an_administrator_takes_a_lost_second_step_away_and_its_owner_is_told(
    client: FlaskClient, other_client: FlaskClient, administrator: Person, clerk: Person
) -> None:
    has_second_step(client, administrator)
    has_second_step(other_client, clerk)
    form = {"csrf_token": csrf(client, "/account")}

    wrong = client.post(f"/staff/{clerk.id}/second-step", data=form | {"second_password": "x"})
    assert (wrong.status_code, is_signed_in(other_client)) == (422, True)
    client.post(f"/staff/{clerk.id}/second-step", data=form | {"second_password": PASSWORD})

    assert not is_signed_in(other_client)
    password_of(other_client, clerk)
    pages = [text(other_client.get("/account")) for _ in range(2)]
    assert ["管理员重置了您的第二步验证" in page for page in pages] == [True, False]
    assert trail("reset_second_step") == [(administrator.actor.label, "reset_second_step", clerk.actor.label)]


def test_out_of_reach_nothing_is_taken_away(client: FlaskClient, other_client: FlaskClient, site: Place) -> None:
    foreign = make_staff("clerk", site=make_site("柳树村助餐点", path="金溪县/石桥镇/柳树村"))
    own = make_staff("administrator", path="金溪县/云溪镇")
    has_second_step(other_client, foreign)
    has_second_step(client, own)
    form = {"csrf_token": csrf(client, "/account"), "second_password": PASSWORD}

    answers = [client.post(f"/staff/{who}/second-step", data=form).status_code for who in (foreign.id, own.id)]

    assert (answers, is_signed_in(other_client)) == ([404, 409], True)


def test_the_command_resets_the_last_administrator(app: Flask, client: FlaskClient, administrator: Person) -> None:
    has_second_step(client, administrator)

    done = app.test_cli_runner().invoke(args=["user", "second-factor", "reset", administrator.username])

    assert (done.exit_code, administrator.username in done.output) == (0, True)
    assert not is_signed_in(client)
    assert "设置第二步验证" in text(password_of(client, administrator))
    assert trail("reset_second_step") == [("command", "reset_second_step", administrator.actor.label)]
    unknown = app.test_cli_runner().invoke(args=["user", "second-factor", "reset", "nobody"])
    assert (unknown.exit_code, "没有叫 nobody 的账号" in unknown.output) == (1, True)


def test_a_reset_ends_sign_ins_that_wait(app: Flask, client: FlaskClient, clerk: Person) -> None:
    _, codes = has_second_step(client, clerk)
    leave(client)
    password_of(client, clerk)

    service.reset(COMMAND, clerk.id, now=clock.now())

    assert client.get("/sign-in/second").status_code == 409
    assert queries.account_for(COMMAND, clerk.id).is_active


def test_another_password_leaves_the_second_step_in_place(client: FlaskClient, clerk: Person) -> None:
    """Who gets a password from an administrator still needs the own phone."""
    phone, _ = has_second_step(client, clerk)
    new = "麦田 火车 雨伞 七点半"
    staff_service.reset_password(COMMAND, clerk.id, password=new, must_change_password=True, now=clock.now())

    asked = client.post("/sign-in", data={"username": clerk.username, "password": new, "csrf_token": csrf(client)})

    assert ("第二步验证" in text(asked), is_signed_in(client)) == (True, False)
    assert send(client, "/sign-in/second", code=phone.code()).status_code == 303
