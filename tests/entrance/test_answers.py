"""What every answer tells a browser, and what no answer tells anybody."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from canteen.staff import queries
from tests.factories import make_site, make_staff, sign_in

PAGES = ("/sign-in", "/staff", "/no-such-page", "/healthz", "/api/v1/counts", "/account", "/static/app.css")


@pytest.fixture
def signed_in(client: FlaskClient) -> FlaskClient:
    return sign_in(client, make_staff("administrator", site=make_site()))


@pytest.mark.parametrize("path", PAGES)
def test_every_answer_tells_browsers_what_is_allowed(signed_in: FlaskClient, path: str) -> None:
    headers = signed_in.get(path, headers={"Origin": "http://evil.example"}).headers

    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"  # which is also object-src
    assert (policy["script-src"], policy["style-src"]) == ("'self'", "'self'")
    assert (policy["base-uri"], policy["frame-ancestors"], policy["form-action"]) == ("'none'", "'none'", "'self'")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert ("no-store" in headers["Cache-Control"]) == (not path.startswith("/static/"))
    assert [name for name, _ in headers if name.lower().startswith("access-control-")] == []


@pytest.mark.parametrize("path", PAGES)
def test_every_answer_says_what_it_is(signed_in: FlaskClient, path: str) -> None:
    kind = signed_in.get(path).headers["Content-Type"]

    assert kind.startswith(("text/html; charset=utf-8", "text/css; charset=utf-8", "application/json"))


@pytest.mark.parametrize("is_https", [True, False])
def test_behind_https_browsers_are_told_to_stay_with_it(app: Flask, client: FlaskClient, is_https: bool) -> None:
    usual = app.config["CANTEEN"]
    app.config["CANTEEN"] = replace(usual, https=is_https)
    try:
        told = client.get("/sign-in").headers.get("Strict-Transport-Security", "")
    finally:
        app.config["CANTEEN"] = usual

    assert told == ("max-age=31536000" if is_https else "")


@pytest.mark.parametrize(
    "path",
    [
        "/static/",
        "/static",
        "/static/../__init__.py",
        "/static/%2e%2e/__init__.py",
        "/static/..%2f..%2f.git/config",
        "/.git/config",
        "/var/canteen.db",
        "/static/..\\__init__.py",
    ],
)
def test_nothing_but_static_files_is_served_from_the_disk(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_trace_is_not_answered(client: FlaskClient) -> None:
    answer = client.open("/sign-in", method="TRACE", headers={"Cookie": "secret=1"})

    assert (answer.status_code, "secret" in answer.get_data(as_text=True)) == (405, False)


def test_a_fault_shows_a_number_and_nothing_of_the_program(
    signed_in: FlaskClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def breaks(*_given: object) -> None:
        raise ZeroDivisionError("inside of the program")

    monkeypatch.setattr(queries, "accounts_of", breaks)

    answer = signed_in.get("/staff")

    body = answer.get_data(as_text=True)
    number = caplog.records[-1].args[0]  # type: ignore[index]
    assert (answer.status_code, str(number) in body) == (500, True)
    assert [word for word in ("inside of", "ZeroDivision", "Traceback", "canteen/", ".py") if word in body] == []
