"""Which names the server answers to, and that no name somebody forged comes back in an answer."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from canteen.base import hosts
from canteen.base.config import SettingError
from tests.architecture.test_routes import EXPECTED, knock, knocks, routes
from tests.conftest import make_app
from tests.factories import make_site

FORGED = "evil.example"
one_database = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)


@one_database
@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"Host": FORGED}, id="host"),
        pytest.param({"X-Forwarded-Host": FORGED, "Forwarded": f"host={FORGED}"}, id="forwarded"),
        pytest.param({"Host": FORGED, "X-Forwarded-Host": "localhost"}, id="both"),
    ],
)
def test_a_forged_name_comes_back_in_no_answer(app: Flask, headers: dict[str, str]) -> None:
    """Every route, for nobody and for an administrator, and the addresses that are not there."""
    site = make_site()
    callers = knocks(app, site)
    refused = "Host" in headers

    for caller in ("nobody", "administrator"):
        at = callers[caller]
        at.headers.update(headers)
        answers = [knock(app, rule, at, site) for rules in routes(app).values() for rule in rules]
        answers += [at.client.get(path, headers=at.headers) for path in ("/nowhere", "//x/nowhere", "/static/nothing")]
        for answer in answers:
            location = answer.headers.get("Location", "/")
            assert location.startswith("/") and not location.startswith("//"), location
            assert FORGED not in str(answer.headers)
            assert FORGED.encode() not in answer.data
            assert answer.status_code == 400 or not refused, answer.request.path
        assert len(answers) > len(EXPECTED)


@one_database
def test_a_foreign_name_is_told_in_plain_words_and_what_to_do(app: Flask) -> None:
    page = app.test_client().get("/sign-in", headers={"Host": FORGED})
    api = app.test_client().get("/api/v1/openapi.json", headers={"Host": FORGED, "Accept-Language": "en"})

    assert (page.status_code, page.mimetype) == (400, "text/plain")
    assert page.text.splitlines()[0] == "这台服务器不使用这个网址"
    assert "CANTEEN_HOSTS" in page.text
    assert (api.status_code, api.get_json()["code"]) == (400, "foreign_host")
    assert api.get_json()["message"] == "This server does not go by this address"


def statuses(app: Flask, *names: str) -> dict[str, int]:
    return {name: app.test_client().get("/api/v1/openapi.json", headers={"Host": name}).status_code for name in names}


def test_without_the_setting_it_answers_where_it_stands(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    app = make_app("sqlite", tmp_path, request)
    hosts.answer_to(app, "Canteen.village")
    own = hosts.own_names()
    right = ["localhost", "127.0.0.1:8000", "[::1]:8000", "192.168.1.20:8000", "10.0.0.7", "[fd00::7]:80"]
    wrong = [
        "8.8.8.8",
        "evil.example:80",
        "192.168.1.20.evil.example",
        "evil.example@10.0.0.7",
        "[",
        "a b",
        "10.0.0.7:x",
    ]

    found = statuses(app, *right, *own, "canteen.village:8000", *wrong)

    assert [name for name, status in found.items() if status == 400] == wrong


def test_the_setting_says_all_names_there_are(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    app = make_app("sqlite", tmp_path, request, hosts="Canteen.example.org, .village.cn,10.0.0.7,食堂.中国")

    found = statuses(
        app,
        *(
            "canteen.example.org",
            "canteen.example.org:8443",
            "a.village.cn",
            "10.0.0.7",
            "食堂.中国".encode("idna").decode(),
        ),
        *("127.0.0.1:8000", "x.canteen.example.org", "10.0.0.8", "evilvillage.cn"),
    )

    assert [name for name, status in found.items() if status == 400] == [
        *("x.canteen.example.org", "10.0.0.8", "evilvillage.cn")
    ]


@pytest.mark.parametrize("text", ["https://canteen.org", "canteen.org:8000", "*", "a b"])
def test_a_setting_that_holds_no_name_is_refused(text: str) -> None:
    with pytest.raises(SettingError, match="CANTEEN_HOSTS="):
        hosts.names_in(text)


def test_behind_a_proxy_the_name_it_passes_on_must_be_ours(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    client = make_app("sqlite", tmp_path, request, hosts="canteen.example.org", proxies=1).test_client()

    forged = client.get("/api/v1/openapi.json", headers={"Host": "canteen.example.org", "X-Forwarded-Host": FORGED})
    ours = client.get(
        "/api/v1/openapi.json", headers={"Host": "127.0.0.1:8000", "X-Forwarded-Host": "canteen.example.org"}
    )

    assert forged.status_code == 400
    assert ours.status_code != 400
