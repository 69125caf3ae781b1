"""``flask user …`` and ``flask token …``."""

from __future__ import annotations

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from canteen.base.db import reading
from canteen.staff import queries, service
from canteen.staff.models import ApiToken, Staff
from canteen.staff.tokens import hash_token
from tests.factories import NOW, Person, Place, make_area, make_site
from tests.staff.steps import GOOD, trail


def run(app: Flask, *words: str, password: str = GOOD, typed: str = "") -> Result:
    return app.test_cli_runner().invoke(args=list(words), env={"CANTEEN_ADMIN_PASSWORD": password}, input=typed)


# Tokens


def test_a_token_is_printed_once_alone_on_the_last_line(app: Flask, site: Place) -> None:
    result = run(app, "token", "add", "一号机", "--site", site.name, "--role", "terminal")

    token = result.output.splitlines()[-1]
    assert (result.exit_code, token[:3], len(token)) == (0, "ct_", 46)
    found = queries.bearer(hash_token(token))
    assert found is not None
    assert (found.name, found.site_id, found.role) == ("一号机", site.id, "terminal")
    assert token not in run(app, "token", "list").output


def test_only_the_hash_of_a_token_is_kept(app: Flask, site: Place) -> None:
    token = run(app, "token", "add", "一号机", "--site", site.code, "--role", "terminal").output.splitlines()[-1]

    with reading() as session:
        row = session.execute(select(ApiToken.__table__)).one()
    assert row.token_hash == hash_token(token)
    assert token not in str(row)
    assert trail() == [("command", "add_token", f"token:{row.id}")]


def test_an_unknown_site_lists_what_exists(app: Flask, site: Place) -> None:
    other = make_site("柳树村助餐点", path="金溪县/石桥镇/柳树村")

    result = run(app, "token", "add", "一号机", "--site", "不存在", "--role", "terminal")

    assert result.exit_code == 1
    assert [f"{one.code} {one.name}" in result.output for one in (site, other)] == [True, True]


def test_a_revoked_token_is_listed_as_such_and_its_name_stays_taken(app: Flask, site: Place) -> None:
    add = ("token", "add", "一号机", "--site", site.code, "--role", "terminal")
    token = run(app, *add).output.splitlines()[-1]

    revoked = run(app, "token", "revoke", "一号机", "--site", site.code)
    listed, again = run(app, "token", "list"), run(app, *add)
    twice = run(app, "token", "revoke", "一号机", "--site", site.code)

    assert [result.exit_code for result in (revoked, again, twice)] == [0, 1, 1]
    assert "已吊销" in listed.output
    assert queries.bearer(hash_token(token)) is None


def test_one_name_may_be_used_at_two_sites(app: Flask, site: Place) -> None:
    other = make_site("柳树村助餐点", path="金溪县/石桥镇/柳树村")

    results = [run(app, "token", "add", "一号机", "--site", one.code, "--role", "terminal") for one in (site, other)]

    assert [result.exit_code for result in results] == [0, 0]


@pytest.mark.parametrize(
    ("words", "exit_code"),
    [
        pytest.param(["一号机", "--role", "clerk"], 2, id="a person's role"),
        pytest.param(["", "--role", "terminal"], 1, id="no name"),
        pytest.param(["x" * 41, "--role", "terminal"], 1, id="a name too long"),
    ],
)
def test_a_token_that_breaks_a_rule_is_not_made(app: Flask, site: Place, words: list[str], exit_code: int) -> None:
    result = run(app, "token", "add", *words, "--site", site.code)

    assert result.exit_code == exit_code
    with reading() as session:
        assert session.scalars(select(ApiToken.id)).all() == []


# Accounts


def row_of(username: str) -> tuple[object, ...]:
    with reading() as session:
        found = session.execute(
            select(
                Staff.name, Staff.role, Staff.area_id, Staff.site_id, Staff.is_active, Staff.must_change_password
            ).where(Staff.username == username)
        ).one()
    return tuple(found)


def can_sign_in(username: str, password: str) -> bool:
    outcome = service.sign_in(service.SignInRequest(username, password, "10.0.0.7"), tries=5, now=NOW)
    return isinstance(outcome, service.SignedIn)


def test_an_account_at_a_site(app: Flask, site: Place) -> None:
    result = run(app, "user", "add", "Li.Mei", "--name", "李梅", "--role", "clerk", "--site", site.code)

    assert (result.exit_code, result.output) == (0, "已建立账号 li.mei\n")
    assert row_of("li.mei") == ("李梅", "clerk", site.area_id, site.id, True, False)
    assert can_sign_in("li.mei", GOOD)


def test_an_account_of_an_area(app: Flask) -> None:
    area_id = make_area("金溪县/云溪镇")

    result = run(app, "user", "add", "zheng", "--name", "郑民政", "--role", "civil_affairs", "--area", "金溪县/云溪镇")

    assert result.exit_code == 0
    assert row_of("zheng") == ("郑民政", "civil_affairs", area_id, None, True, False)


def test_the_password_may_be_typed_or_come_from_standard_input(app: Flask, site: Place) -> None:
    add = ("--name", "李梅", "--role", "clerk", "--site", site.code)

    piped = run(app, "user", "add", "li.one", *add, "--password-stdin", typed=f"{GOOD} one\nmore\n")
    typed = run(app, "user", "add", "li.two", *add, password="", typed=f"{GOOD} two\n{GOOD} two\n")

    assert (piped.exit_code, typed.exit_code) == (0, 0)
    assert [can_sign_in("li.one", f"{GOOD} one"), can_sign_in("li.two", f"{GOOD} two")] == [True, True]
    assert GOOD not in piped.output + typed.output


@pytest.mark.parametrize(
    ("words", "password", "exit_code", "says"),
    [
        pytest.param(["李梅", "--role", "clerk", "--site", "SITE"], GOOD, 1, "用户名只能用", id="a Chinese user name"),
        pytest.param(["li", "--role", "clerk", "--site", "SITE"], "password123", 1, "太常见", id="a common password"),
        pytest.param(
            ["li", "--role", "clerk", "--area", "金溪县"], GOOD, 1, "要属于一个助餐点", id="a clerk of an area"
        ),
        pytest.param(
            ["li", "--role", "manager", "--area", "玉山县"], GOOD, 1, "、金溪县/云溪镇、", id="an unknown area"
        ),
        pytest.param(["li", "--role", "manager", "--site", "nowhere"], GOOD, 1, "枫林村助餐点", id="an unknown site"),
        pytest.param(["li", "--role", "manager"], GOOD, 2, "exactly one", id="no reach"),
        pytest.param(
            ["li", "--role", "manager", "--site", "SITE", "--area", "金溪县"], GOOD, 2, "exactly one", id="two reaches"
        ),
        pytest.param(["li", "--role", "terminal", "--site", "SITE"], GOOD, 2, "terminal", id="not a person's role"),
    ],
)
def test_an_account_that_breaks_a_rule_is_not_added(
    app: Flask, site: Place, words: list[str], password: str, exit_code: int, says: str
) -> None:
    words = [site.code if word == "SITE" else word for word in words]

    result = run(app, "user", "add", *words, "--name", "李梅", password=password)

    assert (result.exit_code, says in result.output) == (exit_code, True)
    with reading() as session:
        assert session.scalars(select(Staff.id)).all() == []


def test_accounts_are_listed_locked_unlocked_and_given_passwords(app: Flask, site: Place, clerk: Person) -> None:
    lock = run(app, "user", "lock", clerk.username)
    listed = run(app, "user", "list").output
    unlock = run(app, "user", "unlock", clerk.username)
    reset = run(app, "user", "password", clerk.username)

    assert [result.exit_code for result in (lock, unlock, reset)] == [0, 0, 0]
    assert listed == f"{clerk.username}\t测试clerk\tclerk\t{site.name}\t停用 locked\n"
    assert can_sign_in(clerk.username, GOOD)


@pytest.mark.parametrize("verb", ["lock", "unlock", "password"])
def test_an_unknown_account_is_said(app: Flask, verb: str) -> None:
    result = run(app, "user", verb, "nobody.here")

    assert (result.exit_code, "没有叫 nobody.here 的账号" in result.output) == (1, True)
