"""The language button: without a session, and back to the page it was on."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from tests.staff.steps import text


def test_the_language_is_chosen_without_a_session_and_the_page_comes_back(client: FlaskClient) -> None:
    answer = client.post("/language/en", headers={"Referer": "http://localhost/sign-in?next=/audit"})

    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in?next=/audit")
    assert 'lang="en"' in text(client.get("/sign-in"))
    client.post("/language/zh")
    assert 'lang="zh-Hans"' in text(client.get("/sign-in"))


@pytest.mark.parametrize(
    "referrer",
    [
        pytest.param("https://evil.example/sign-in", id="another site"),
        pytest.param("http://localhost.evil.example/sign-in", id="a host that begins the same"),
        pytest.param("http://localhost//evil.example/", id="a path that is a host"),
        pytest.param("http://localhost/sign-out", id="a page that cannot be opened"),
        pytest.param("http://localhost/nowhere", id="no page"),
        pytest.param("", id="nobody says"),
    ],
)
def test_the_language_button_leads_nowhere_else(client: FlaskClient, referrer: str) -> None:
    assert client.post("/language/en", headers={"Referer": referrer}).headers["Location"] == "/"


def test_there_are_two_languages(client: FlaskClient) -> None:
    assert client.post("/language/fr").status_code == 404
