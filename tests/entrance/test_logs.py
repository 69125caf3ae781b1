"""A day on which everything goes wrong, and every line the program writes about it."""

from __future__ import annotations

import logging

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import IntegrityError

from canteen.base.errors import StorageTrouble
from canteen.counter import service as counter
from canteen.staff import queries as staff
from canteen.staff.trail import queries as trail
from tests.factories import PASSWORD, Place, csrf, make_elder, make_menu, make_site, make_staff, sign_in

NAME, CARD, PHONE, ID_NUMBER = "王秀兰", "00731946", "13800000731", "361027194403010027"
TYPED = "my-secret-words-typed"
PLANTED = "x\ncanteen ERROR made up"
SECRETS = (NAME, CARD, PHONE, ID_NUMBER, PASSWORD, TYPED, "731946", "不吃花生")


@pytest.fixture
def site(app: Flask) -> Place:
    site = make_site()
    make_menu(site)
    make_elder(NAME, card=CARD, phone=PHONE, site=site, diet="不吃花生")
    return site


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Every line as a handler would write it, of every logger and level."""
    formatter = logging.Formatter("%(name)s %(levelname)s %(message)s")
    return [line for record in caplog.records for line in formatter.format(record).splitlines()]


def test_no_line_of_the_log_says_anything_about_anybody(
    app: Flask, client: FlaskClient, site: Place, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    clerk, administrator = make_staff("clerk", site=site), make_staff("administrator", site=site)
    client.post("/sign-in", data={"username": TYPED, "password": TYPED, "csrf_token": csrf(client)})
    client.get("/api/v1/elders?q=" + PHONE, headers={"Authorization": f"Bearer {TYPED}"})
    client.get(f"/{NAME}/{ID_NUMBER}")
    client.get(f"/people/{ID_NUMBER}")
    sign_in(client, clerk)
    client.get("/counter/find", query_string={"q": CARD, "slot": "lunch"})
    form = {"csrf_token": csrf(client, "/account"), "elder_id": "1", "slot": "lunch", "note": NAME}

    def breaks(*_given: object, **_named: object) -> None:
        try:
            raise ValueError(f"Key (name, phone)=({NAME}, {PHONE}) is not present")
        except ValueError as error:
            raise IntegrityError(f"insert {ID_NUMBER}", {"name": NAME}, error) from error

    def is_full(*_given: object, **_named: object) -> None:
        try:
            breaks()
        except IntegrityError as error:
            raise StorageTrouble("full") from error

    for fault in (breaks, is_full):
        monkeypatch.setattr(counter, "serve_meal", fault)
        client.post("/counter/servings", data=form | {"key": "0" * 32, "set_name": "A套餐", "way": "dine_in"})
        monkeypatch.setattr(trail, "audit_page", fault)
        monkeypatch.setattr(staff, "accounts_of", fault)
    client.post("/sign-out", data={"csrf_token": form["csrf_token"]})
    sign_in(client, administrator)
    answers = [client.get(f"{path}?subject={NAME}&q={PHONE}").status_code for path in ("/audit", "/staff")]

    written = lines(caplog)
    assert answers == [503, 503]
    assert any("IntegrityError" in line for line in written)
    assert any("storage: full" in line for line in written)
    assert [line for line in written if any(secret in line for secret in SECRETS)] == []


def test_a_line_cannot_be_made_up(
    client: FlaskClient, site: Place, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    sign_in(client, make_staff("administrator", site=site))

    def breaks(*_given: object, **_named: object) -> None:
        raise RuntimeError(PLANTED)

    monkeypatch.setattr(staff, "accounts_of", breaks)

    client.get("/staff?x=%0Acanteen%20ERROR%20made%20up", headers={"User-Agent": "x"})

    assert [line for line in lines(caplog) if "made up" in line] == []
    assert any("RuntimeError" in line for line in lines(caplog))
