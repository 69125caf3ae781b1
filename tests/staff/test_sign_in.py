"""Signing in, and the count of failures."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from argon2 import PasswordHasher, extract_parameters
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from canteen.audit.models import Audit
from canteen.base import clock
from canteen.base.access import COMMAND
from canteen.base.config import ROOT
from canteen.base.db import reading, transaction
from canteen.base.errors import Refusal
from canteen.staff import queries, service
from canteen.staff.models import LoginAttempt, Staff
from canteen.staff.rules import TRY_WINDOW, SignedIn
from tests.factories import NOW, PASSWORD, Person, Place, csrf, make_elder, make_staff, sign_in
from tests.staff.steps import TRIES, enter, session_of, trail
from tests.trail import change


def attempts() -> int:
    with reading() as session:
        return session.scalar(select(func.count()).select_from(LoginAttempt))


# Signing in


def test_a_right_password_begins_a_session(clerk: Person) -> None:
    outcome = enter(clerk.username)

    assert isinstance(outcome, SignedIn)
    account = queries.account_of_session(outcome.session_id, now=NOW)
    assert account is not None
    assert account.actor == clerk.actor
    assert trail() == [(f"staff:{clerk.id}", "sign_in", f"staff:{clerk.id}")]


def test_the_actor_knows_which_elder_the_person_is(site: Place) -> None:
    elder_id = make_elder(site=site)
    person = make_staff("clerk", site=site, elder_id=elder_id)

    account = queries.account_of_session(session_of(person), now=NOW)

    assert account is not None
    assert account.actor.elder_id == elder_id


def test_capitals_and_full_width_letters_are_the_same_name(clerk: Person) -> None:
    wide = "".join(chr(ord(sign) + 0xFEE0) for sign in clerk.username.upper())

    assert isinstance(enter(wide), SignedIn)


def test_session_ids_are_128_random_bits(clerk: Person) -> None:
    ids = {session_of(clerk) for _ in range(3)}

    assert [len(bytes.fromhex(session_id)) for session_id in ids] == [16, 16, 16]


@pytest.mark.parametrize(
    ("username", "password"),
    [
        pytest.param(None, "not the password", id="a wrong password"),
        pytest.param("stranger", PASSWORD, id="an unknown name"),
        pytest.param("王秀兰", PASSWORD, id="a name that is not ASCII"),
        pytest.param("", "", id="nothing"),
        pytest.param("stranger\x00", "x\x00", id="a sign no database keeps"),
        pytest.param("x' or 1=1 --", "x", id="an injection"),
    ],
)
def test_every_wrong_pair_gets_the_same_answer(clerk: Person, username: str | None, password: str) -> None:
    outcome = enter(clerk.username if username is None else username, password)

    assert isinstance(outcome, Refusal)
    assert (outcome.code, outcome.text) == ("sign_in_failed", "用户名或密码不对")


def test_an_unknown_name_costs_the_same_work(clerk: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    verified: list[str | None] = []
    real = service.matches
    monkeypatch.setattr(service, "matches", lambda kept, password: verified.append(kept) or real(kept, password))

    enter(clerk.username, "not the password")
    enter("stranger", "not the password")

    assert [kept is None for kept in verified] == [False, True]
    assert attempts() == 4  # each a name and an address


def test_failures_are_recorded_without_what_was_typed(clerk: Person) -> None:
    enter(clerk.username, "not-the-password-31")
    enter("typed-my-password-here", "x")

    assert trail() == [("nobody", "sign_in_failed", f"staff:{clerk.id}"), ("nobody", "sign_in_failed", "nobody")]
    with reading() as session:
        kept = [str(row) for table in (Audit, LoginAttempt) for row in session.execute(select(table.__table__))]
    assert [row for row in kept if "not-the-password-31" in row or "typed-my-password-here" in row] == []


def test_a_locked_account_is_told_only_to_who_knows_the_password(clerk: Person) -> None:
    service.lock_account(COMMAND, clerk.id, now=NOW)

    wrong, right = enter(clerk.username, "x"), enter(clerk.username)

    assert isinstance(wrong, Refusal)
    assert isinstance(right, Refusal)
    assert (wrong.code, right.code) == ("sign_in_failed", "account_locked")


# Throttling


def fail(username: str, times: int, *, address: str = "10.0.0.7", at=NOW) -> list[str]:
    return [enter(username, "x", address=address, at=at).code for _ in range(times)]  # type: ignore[union-attr]


def test_a_name_pauses_after_five_failures_whatever_the_password(clerk: Person) -> None:
    codes = fail(clerk.username, TRIES + 1)
    right = enter(clerk.username, address="10.9.9.9")

    assert codes == ["sign_in_failed"] * TRIES + ["sign_in_paused"]
    assert isinstance(right, Refusal)
    assert (right.code, right.fields) == ("sign_in_paused", {"minutes": 15})


def test_unknown_names_pause_in_the_same_way(app: Flask) -> None:
    assert fail("stranger", TRIES + 1) == ["sign_in_failed"] * TRIES + ["sign_in_paused"]


def test_other_names_are_not_paused_with_it(site: Place, clerk: Person) -> None:
    other = make_staff("clerk", site=site)
    fail(clerk.username, TRIES)

    assert isinstance(enter(other.username), SignedIn)


def test_a_pause_ends_when_the_window_has_passed_and_tries_in_it_do_not_prolong_it(clerk: Person) -> None:
    fail(clerk.username, TRIES)
    fail(clerk.username, 3, at=NOW + TRY_WINDOW - timedelta(seconds=1))

    assert isinstance(enter(clerk.username, at=NOW + TRY_WINDOW), SignedIn)


def test_success_clears_the_failures_of_the_name(clerk: Person) -> None:
    fail(clerk.username, TRIES - 1)
    enter(clerk.username)

    assert fail(clerk.username, TRIES) == ["sign_in_failed"] * TRIES


def guess(times: int, *, address: str = "10.0.0.7") -> None:
    """Fail once each with as many names, where a name may fail once and an address ten times."""
    for number in range(times):
        assert enter(f"guess{number}", "x", address=address.format(number=number), tries=1).code == "sign_in_failed"


def test_an_address_pauses_after_ten_times_as_many_over_any_names(clerk: Person) -> None:
    guess(10)

    here, elsewhere = enter(clerk.username, tries=1), enter(clerk.username, address="10.0.0.8", tries=1)

    assert isinstance(here, Refusal)
    assert here.code == "sign_in_paused"
    assert isinstance(elsewhere, SignedIn)


def test_success_does_not_clear_the_failures_of_the_address(clerk: Person) -> None:
    guess(9)
    assert isinstance(enter(clerk.username, tries=1), SignedIn)
    enter("one-more", "x", tries=1)

    paused = enter("another", "x", tries=1)

    assert isinstance(paused, Refusal)
    assert paused.code == "sign_in_paused"


def test_an_ipv6_network_is_one_address(clerk: Person) -> None:
    guess(10, address="2001:db8:1:2::{number:x}")

    same = enter(clerk.username, address="2001:db8:1:2:ffff::1", tries=1)
    other = enter(clerk.username, address="2001:db8:1:3::1", tries=1)

    assert isinstance(same, Refusal)
    assert isinstance(other, SignedIn)


def test_a_pause_is_recorded_once_a_minute_however_many_try(clerk: Person) -> None:
    fail(clerk.username, TRIES)
    for second in (0, 1, 59, 61):
        fail(clerk.username, 1, at=NOW + timedelta(seconds=second))

    assert trail("sign_in_paused") == [("nobody", "sign_in_paused", f"staff:{clerk.id}")] * 2


def test_tries_at_the_same_moment_do_not_slip_past_the_count(app: Flask, clerk: Person) -> None:
    def one(_number: int) -> str:
        with app.app_context():
            return fail(clerk.username, 1)[0]

    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(one, range(16)))

    assert codes.count("sign_in_failed") == TRIES
    assert fail(clerk.username, 1) == ["sign_in_paused"]


def test_an_address_counts_tries_at_the_same_moment_just_as_well(app: Flask) -> None:
    """Every thread guesses another name, so that only the address can count them."""

    def one(number: int) -> str:
        with app.app_context():
            return enter(f"guess{number}", "x", tries=1).code  # type: ignore[union-attr]

    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(one, range(24)))

    assert (codes.count("sign_in_failed"), codes.count("sign_in_paused")) == (10, 14)


def test_tries_in_several_processes_are_counted_together(app: Flask, clerk: Person) -> None:
    """As a county runs it: more than one server on one database."""
    settings = app.config["CANTEEN"]
    environ = {
        **os.environ,
        "CANTEEN_ENV": "test",
        "CANTEEN_DATA_DIR": str(settings.data_dir),
        "CANTEEN_DATABASE_URL": settings.database_url,
        "CANTEEN_SECRET_KEY": settings.secret_key,
    }
    program = [sys.executable, "-c", GUESSING, clerk.username]
    running = [
        subprocess.Popen(program, cwd=ROOT, env=environ, stdout=subprocess.PIPE, encoding="utf-8") for _ in range(2)
    ]
    codes = [code for process in running for code in process.communicate(timeout=60)[0].split()]

    assert (codes.count("sign_in_failed"), codes.count("sign_in_paused")) == (TRIES, 12 - TRIES)


GUESSING = """
import sys
from concurrent.futures import ThreadPoolExecutor
from canteen import create_app
from tests.staff.steps import enter

app = create_app()
def one(_number):
    with app.app_context():
        return enter(sys.argv[1], "x").code
with ThreadPoolExecutor(3) as pool:
    print(*pool.map(one, range(6)))
"""


# Somebody else's tries


def test_a_stranger_who_keeps_guessing_does_not_keep_the_person_out(client: FlaskClient, clerk: Person) -> None:
    sign_in(client, clerk)
    csrf_token = csrf(client, "/account")
    client.post("/sign-out", data={"csrf_token": csrf_token})
    fail(clerk.username, TRIES, at=clock.now())
    form = {"username": clerk.username, "csrf_token": csrf(client)}

    known = client.post("/sign-in", data=form | {"password": PASSWORD})
    unknown = client.application.test_client()
    elsewhere = unknown.post(
        "/sign-in", data={"username": clerk.username, "password": PASSWORD, "csrf_token": csrf(unknown)}
    )

    assert (known.status_code, elsewhere.status_code) == (303, 429)


def test_in_a_known_browser_tries_are_counted_too(client: FlaskClient, clerk: Person) -> None:
    sign_in(client, clerk)
    client.post("/sign-out", data={"csrf_token": csrf(client, "/account")})
    form = {"username": clerk.username, "csrf_token": csrf(client), "password": "x"}

    assert [client.post("/sign-in", data=form).status_code for _ in range(6)] == [401] * 5 + [429]


def test_a_browser_is_known_for_the_names_that_signed_in_there_and_no_other(
    client: FlaskClient, site: Place, clerk: Person
) -> None:
    other = make_staff("clerk", site=site)
    sign_in(client, clerk)
    client.post("/sign-out", data={"csrf_token": csrf(client, "/account")})
    fail(other.username, TRIES, at=clock.now())

    answer = client.post(
        "/sign-in", data={"username": other.username, "password": PASSWORD, "csrf_token": csrf(client)}
    )

    assert answer.status_code == 429


@pytest.mark.parametrize("value", ["", "x", "W10.x", "x" * 5000])
def test_a_made_up_cookie_of_a_browser_counts_as_none(client: FlaskClient, clerk: Person, value: str) -> None:
    client.set_cookie("device", value)
    fail(clerk.username, TRIES, at=clock.now())

    answer = client.post(
        "/sign-in", data={"username": clerk.username, "password": PASSWORD, "csrf_token": csrf(client)}
    )

    assert answer.status_code == 429


def test_old_failures_are_forgotten(clerk: Person) -> None:
    fail(clerk.username, 3)
    enter(clerk.username, at=NOW + TRY_WINDOW)

    assert attempts() == 0


def test_a_password_kept_by_an_earlier_version_is_kept_in_the_newer_way_from_its_next_use_on(clerk: Person) -> None:
    earlier = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1).hash(PASSWORD)
    with transaction() as session:
        change(session, Staff, Staff.id == clerk.id, password_hash=earlier)

    assert isinstance(enter(clerk.username, "wrong"), Refusal)
    assert kept_hash(clerk) == earlier
    assert isinstance(enter(clerk.username), SignedIn)
    anew = kept_hash(clerk)
    assert (extract_parameters(anew).time_cost, extract_parameters(anew).memory_cost) == (5, 7 * 1024)
    assert isinstance(enter(clerk.username), SignedIn)
    assert kept_hash(clerk) == anew


def kept_hash(person: Person) -> str:
    with reading() as session:
        return session.scalars(select(Staff.password_hash).where(Staff.id == person.id)).one()
