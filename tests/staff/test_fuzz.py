"""Whatever is typed or sent: no crash, no way out of this server, no account by accident."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from werkzeug.datastructures import MultiDict

from canteen.base.db import reading
from canteen.base.errors import BadFields
from canteen.staff import forms
from canteen.staff.models import Staff
from canteen.staff.passwords import password_problem
from canteen.staff.rules import Choices, tidy_username, username_problem
from tests.factories import Person, sign_in
from tests.staff.steps import HERE, HTMX, token

ANYTHING = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
TRICKY = st.sampled_from(
    [
        "//evil.example",
        "/\\evil.example",
        "/%2f/evil.example",
        "https:evil.example",
        "/..//evil.example",
        "/\x00",
        "site:1",
        "area:1",
        "site:",
        "site:-1",
        "1e9",
        "０",
        "\u202eevil",
        "'\"<script>",
        "%(x)s",
        "{{7*7}}",
        "\r\nSet-Cookie: a=b",
    ]
)
FIELDS = st.dictionaries(
    st.sampled_from(
        [
            "username",
            "password",
            "next",
            "inline",
            "kept_action",
            "kept:name",
            "kept:\x00",
            "name",
            "role",
            "reach",
            "elder_id",
            "current_password",
            "password_again",
            "action",
            "subject",
            "before",
        ]
    ),
    ANYTHING | TRICKY,
)
over_http = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@given(ANYTHING | TRICKY)
def test_a_path_that_is_taken_for_local_stays_local_in_a_browser(path: str) -> None:
    if forms.is_local_path(path):
        # Browsers read a backslash as a slash and drop tabs and line ends.
        as_browsers_do = path.replace("\\", "/").replace("\t", "").replace("\n", "").replace("\r", "")
        assert urlsplit(urljoin("http://canteen.test/here", as_browsers_do)).netloc == "canteen.test"


@given(ANYTHING)
def test_a_tidied_user_name_stays_as_it_is_and_only_ascii_passes(typed: str) -> None:
    tidied = tidy_username(typed)

    assert tidy_username(tidied) == tidied or not tidied.isascii()
    assert username_problem(tidied) != "" or (tidied.isascii() and tidied == tidied.lower())


@given(ANYTHING, ANYTHING)
def test_every_password_gets_a_verdict(password: str, username: str) -> None:
    problem = password_problem(password, username=username)

    assert problem != "" or 8 <= len(password) <= 256


@given(FIELDS)
def test_a_form_is_a_request_or_has_errors_never_both(fields: dict[str, str]) -> None:
    try:
        assert forms.read_account(MultiDict(fields), Choices({"site:1": "一", "area:1": "二"}, {1: 1}, is_taken=False))
    except BadFields as wrong:
        assert wrong.errors and all(str(error) for error in wrong.errors.values())


@over_http
@given(fields=FIELDS)
@pytest.mark.parametrize("headers", [{}, HERE, HTMX], ids=["plain", "own page", "swap"])
def test_no_sign_in_form_crashes_or_lets_anybody_in(
    client: FlaskClient, clerk: Person, headers: dict[str, str], fields: dict[str, str]
) -> None:
    answers = [client.post("/sign-in", data=fields, headers=headers), client.get("/sign-in", query_string=fields)]

    assert [answer.status_code for answer in answers] in ([401, 200], [429, 200])


@over_http
@given(fields=FIELDS)
@pytest.mark.parametrize("path", ["/staff", "/staff/{id}/password", "/account"])
def test_no_form_of_an_administrator_crashes(
    client: FlaskClient, clerk: Person, administrator: Person, path: str, fields: dict[str, str]
) -> None:
    if client.get("/account").status_code != 200:
        sign_in(client, administrator)

    fixed = {"csrf_token": token(client), "role": "terminal", "current_password": ""}
    answer = client.post(path.format(id=clerk.id), data=fields | fixed)

    assert answer.status_code in (303, 422)
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(Staff)) == 2


@over_http
@given(fields=FIELDS)
def test_no_query_of_the_audit_page_crashes(client: FlaskClient, administrator: Person, fields: dict[str, str]) -> None:
    if client.get("/account").status_code != 200:
        sign_in(client, administrator)

    assert client.get("/audit", query_string=fields).status_code == 200
