"""Signing in with a second step: who must, what counts, what a half-done sign-in may do."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from canteen.audit.models import Audit
from canteen.base import clock
from canteen.base.access import COMMAND
from canteen.base.db import reading, transaction
from canteen.base.words import ROLES
from canteen.staff import service as staff_service
from canteen.staff.models import LoginAttempt, StaffSession
from canteen.staff.second import service
from canteen.staff.second.models import RecoveryCode, SecondFactor, SignInStep
from tests.architecture.test_routes import EXPECTED, address, routes
from tests.factories import Person, Place, make_staff
from tests.staff.second.steps import codes_on, has_second_step, leave, password_of, send, send_same, sets_up_app
from tests.staff.steps import HTMX, is_signed_in, text, trail


@pytest.mark.parametrize("role", ROLES)
def test_administrators_and_civil_affairs_must_set_a_second_step_up_before_they_are_in(
    client: FlaskClient, site: Place, role: str
) -> None:
    person = make_staff(role, site=site)

    answer = password_of(client, person)

    must = role in ("administrator", "civil_affairs")
    assert (answer.status_code, is_signed_in(client)) == ((200, False) if must else (303, True))
    assert ("设置第二步验证" in text(answer)) == must


def test_who_set_up_an_app_is_in_and_signs_in_by_its_codes_from_then_on(
    client: FlaskClient, administrator: Person
) -> None:
    password_of(client, administrator)
    phone, codes = sets_up_app(client)
    assert is_signed_in(client)
    assert len(codes) == 10
    leave(client)

    asked = password_of(client, administrator)
    assert (asked.status_code, is_signed_in(client), "第二步验证" in text(asked)) == (200, False, True)
    done = send(client, "/sign-in/second", code=phone.code(), next="/audit")

    assert (done.status_code, done.headers["Location"], is_signed_in(client)) == (303, "/audit", True)
    assert [row[1] for row in trail()] == ["set_up_second_step", "sign_out", "sign_in"]


def test_a_code_is_worth_nothing_the_second_time(
    client: FlaskClient, other_client: FlaskClient, administrator: Person
) -> None:
    phone, _ = has_second_step(client, administrator)
    leave(client)
    code = phone.code()
    for browser in (client, other_client):
        password_of(browser, administrator)

    first = send(client, "/sign-in/second", code=code)
    second = send(other_client, "/sign-in/second", code=code)

    assert (first.status_code, second.status_code) == (303, 401)
    assert "验证码不对或已经用过" in text(second)


def test_of_two_who_send_one_code_at_the_same_moment_one_gets_in(
    app: Flask, client: FlaskClient, clerk: Person
) -> None:
    phone, codes = has_second_step(client, clerk)
    for typed in (phone.code(), codes[3]):
        waiting = [_step_for(app, clerk) for _ in range(4)]

        def one(step_id: str, typed: str = typed) -> bool:
            with app.app_context():
                here = service.StepPlace(step_id, "10.0.0.7")
                return isinstance(service.pass_code(here, typed, tries=50, now=clock.now()), service.Passed)

        with ThreadPoolExecutor(4) as pool:
            assert sorted(pool.map(one, waiting)) == [False, False, False, True]


def _step_for(app: Flask, person: Person) -> str:
    with app.app_context():
        wanted = staff_service.SignInRequest(person.username, "枫林-testing-2026", "10.0.0.7")
        outcome = staff_service.sign_in(wanted, tries=50, now=clock.now())
        assert isinstance(outcome, staff_service.StepNeeded)
        return outcome.step_id


def test_recovery_codes_get_in_once_each_and_are_kept_as_slow_hashes(client: FlaskClient, clerk: Person) -> None:
    _, codes = has_second_step(client, clerk)
    answers = []
    for typed in (codes[0], codes[7].upper().replace("-", " "), codes[0]):
        leave(client)
        password_of(client, clerk)
        answers.append(send(client, "/sign-in/second", code=typed).status_code)
        if answers[-1] == 401:
            break

    assert answers == [303, 303, 401]
    with reading() as session:
        kept = session.execute(select(RecoveryCode.code_hash, RecoveryCode.used_at)).all()
    assert len({row.code_hash for row in kept}) == 10
    assert {row.code_hash.split("$")[1] for row in kept} == {"argon2id"}
    assert sum(row.used_at is not None for row in kept) == 2
    assert [row[2] for row in trail("use_recovery_code")] == [f"staff:{clerk.id}"] * 2


def test_the_secret_of_an_app_is_sealed(client: FlaskClient, clerk: Person) -> None:
    phone, _ = has_second_step(client, clerk)

    with reading() as session:
        kept = session.execute(select(SecondFactor.__table__)).one()
        steps = session.execute(select(SignInStep.__table__)).all()
    assert kept.sealed_totp is not None
    assert phone.secret.encode() not in bytes(kept.sealed_totp)
    assert steps == []


# Wrong ones


def test_wrong_codes_pause_and_are_written_down_without_what_was_typed(client: FlaskClient, clerk: Person) -> None:
    phone, codes = has_second_step(client, clerk)
    leave(client)
    password_of(client, clerk)

    answers = [send(client, "/sign-in/second", code=typed) for typed in ("000000", "x", "akfm9q2txw7p", "", "111 111")]
    sixth = send(client, "/sign-in/second", code=phone.code())

    assert [answer.status_code for answer in answers] == [401] * 5
    assert (sixth.status_code, "请 15 分钟后再试" in text(sixth), is_signed_in(client)) == (429, True, False)
    assert [row[2] for row in trail("second_step_failed")] == [f"staff:{clerk.id}"] * 5
    with reading() as session:
        rows = str([list(session.execute(select(table.__table__))) for table in (Audit, LoginAttempt)])
    assert [typed for typed in ("000000", "akfm9q2txw7p", phone.secret, codes[0]) if typed in rows] == []


def test_codes_guessed_at_the_same_moment_are_counted_exactly(app: Flask, client: FlaskClient, clerk: Person) -> None:
    has_second_step(client, clerk)
    step_id = _step_for(app, clerk)

    def one(number: int) -> str:
        with app.app_context():
            outcome = service.pass_code(
                service.StepPlace(step_id, "10.0.0.7"), f"{number:06d}", tries=5, now=clock.now()
            )
            return outcome.code  # type: ignore[union-attr]

    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(one, range(16)))

    assert (codes.count("second_step_failed"), codes.count("sign_in_paused")) == (5, 11)


def test_a_right_password_again_does_not_clear_the_count_of_codes(client: FlaskClient, clerk: Person) -> None:
    has_second_step(client, clerk)
    leave(client)
    statuses = []
    for _ in range(6):
        password_of(client, clerk)
        statuses.append(send(client, "/sign-in/second", code="000000").status_code)

    assert statuses == [401] * 5 + [429]


# What a half-done sign-in may do


def test_every_waiting_state_is_nobody_on_every_route(
    app: Flask, client: FlaskClient, other_client: FlaskClient, site: Place, administrator: Person
) -> None:
    """With a right password and nothing more, set up or not, every address answers as to somebody signed out."""
    owner = make_staff("administrator")
    phone, _ = has_second_step(client, owner)
    leave(client)
    password_of(client, owner)
    waits_for_code, waits_for_set_up = client, other_client
    password_of(waits_for_set_up, administrator)
    nobody = app.test_client()

    for endpoint, rules in routes(app).items():
        if EXPECTED[endpoint] == "public":
            continue
        for rule in rules:
            path, method = address(app, rule, site), "POST" if "POST" in (rule.methods or ()) else "GET"
            answers = {
                name: _outcome(browser, method, path)
                for name, browser in (("nobody", nobody), ("code", waits_for_code), ("set-up", waits_for_set_up))
            }
            assert answers["code"] == answers["set-up"] == answers["nobody"], (endpoint, answers)
            assert answers["nobody"][0] in (303, 401), (endpoint, answers)
    with reading() as session:
        assert session.execute(select(StaffSession.id)).all() == []
    assert not is_signed_in(waits_for_code)
    assert send(waits_for_code, "/sign-in/second", code=phone.code()).status_code == 303


def _outcome(client: FlaskClient, method: str, path: str) -> tuple[int, str]:
    answer = send_same(client, path) if method == "POST" else client.get(path)
    return answer.status_code, answer.headers.get("Location", "")


def test_a_code_cannot_be_skipped_by_setting_up_anew(client: FlaskClient, clerk: Person) -> None:
    has_second_step(client, clerk)
    leave(client)
    password_of(client, clerk)

    page = client.get("/sign-in/set-up")
    sent = send(client, "/sign-in/set-up", code="000000", is_only="1")

    assert (page.status_code, page.headers["Location"]) == (303, "/sign-in/second")
    assert (sent.status_code, is_signed_in(client)) == (409, False)


@pytest.mark.parametrize("path", ["/sign-in/second", "/sign-in/set-up"])
@pytest.mark.parametrize("planted", [None, "", "0" * 32, 7, "'"])
def test_without_a_waiting_step_its_pages_lead_back_to_the_password(
    client: FlaskClient, path: str, planted: object
) -> None:
    with client.session_transaction() as held:
        if planted is not None:
            held["step"] = planted

    answer = client.get(path)

    assert (answer.status_code, "请重新输入用户名和密码" in text(answer)) == (409, True)


def test_a_step_waits_a_quarter_of_an_hour(client: FlaskClient, clerk: Person) -> None:
    phone, _ = has_second_step(client, clerk)
    leave(client)
    password_of(client, clerk)
    with transaction() as session:
        session.execute(update(SignInStep).values(started_at=clock.now() - timedelta(minutes=15)))

    answer = send_same(client, "/sign-in/second", code=phone.code())

    assert (answer.status_code, is_signed_in(client)) == (409, False)


@pytest.mark.parametrize("end", ["lock_account", "reset_password"])
def test_a_step_ends_with_the_account_or_its_password(client: FlaskClient, clerk: Person, end: str) -> None:
    phone, _ = has_second_step(client, clerk)
    leave(client)
    password_of(client, clerk)
    if end == "lock_account":
        staff_service.lock_account(COMMAND, clerk.id, now=clock.now())
    else:
        new = "麦田 火车 雨伞 七点半"
        staff_service.reset_password(COMMAND, clerk.id, password=new, must_change_password=False, now=clock.now())

    answer = send_same(client, "/sign-in/second", code=phone.code())

    assert (answer.status_code, is_signed_in(client)) == (409, False)


def test_a_step_works_in_the_browser_of_its_password_only(
    client: FlaskClient, other_client: FlaskClient, clerk: Person
) -> None:
    phone, _ = has_second_step(client, clerk)
    leave(client)
    password_of(client, clerk)

    answer = send(other_client, "/sign-in/second", code=phone.code())

    assert (answer.status_code, is_signed_in(other_client)) == (409, False)


def test_the_session_is_new_after_the_second_step(client: FlaskClient, clerk: Person) -> None:
    phone, _ = has_second_step(client, clerk)
    leave(client)
    with client.session_transaction() as held:
        held["planted"] = "by somebody else"
    password_of(client, clerk)
    send(client, "/sign-in/second", code=phone.code())

    with client.session_transaction() as held:
        assert ("planted" in held, "step" in held, "_user_id" in held) == (False, False, True)


# Nothing typed is lost on the way


def test_a_form_is_carried_through_both_steps(client: FlaskClient, clerk: Person) -> None:
    phone, _ = has_second_step(client, clerk)
    leave(client)

    asked = password_of(client, clerk, **{"kept_action": "/orders?day=2026-11-21", "kept:note": "少盐 <b>"})
    carried = dict(re.findall(r'<input type="hidden" name="(kept[^"]*)" value="([^"]*)"', text(asked)))
    wrong = send(client, "/sign-in/second", code="000000", **carried)
    assert 'name="kept:note"' in text(wrong)
    done = send(client, "/sign-in/second", code=phone.code(), **carried)

    assert (done.status_code, "接着提交" in text(done), "少盐" in text(done)) == (200, True, True)


def test_the_dialog_of_a_waiting_page_asks_for_the_code_too(client: FlaskClient, clerk: Person) -> None:
    phone, _ = has_second_step(client, clerk)
    leave(client)

    asked = password_of(client, clerk, inline="1")
    wrong = send(client, "/sign-in/second", code="x", inline="1")
    done = send(client, "/sign-in/second", code=phone.code(), inline="1")

    assert [("relogin" in text(page), "<html" in text(page)) for page in (asked, wrong)] == [(True, False)] * 2
    assert ("fresh-csrf" in text(done), is_signed_in(client)) == (True, True)


def test_the_dialog_sends_who_must_set_up_to_the_whole_page(client: FlaskClient, administrator: Person) -> None:
    answer = client.post(
        "/sign-in",
        data={
            "username": administrator.username,
            "password": "枫林-testing-2026",
            "inline": "1",
            "csrf_token": re.findall(r'csrf_token" value="([^"]*)"', text(client.get("/sign-in")))[0],
        },
        headers=HTMX,
    )

    assert answer.headers["HX-Redirect"] == "/sign-in/set-up"


def test_codes_are_shown_once(client: FlaskClient, administrator: Person) -> None:
    password_of(client, administrator)
    _, codes = sets_up_app(client)

    pages = [client.get(path, follow_redirects=True) for path in ("/account", "/", "/sign-in/set-up")]

    assert len(codes) == 10
    assert [codes_on(page) for page in pages] == [[], [], []]
