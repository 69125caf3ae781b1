"""The page of the operating grant."""

from __future__ import annotations

from datetime import date

import pytest
from factories import NOW, Place, make_area, make_site, make_staff, sign_in
from flask import Flask
from flask.testing import FlaskClient

from canteen.base.access import COMMAND
from canteen.base.db import transaction
from canteen.schemes.builtin import builtin_schemes
from canteen.schemes.switching import switch_on


@pytest.fixture
def site(app: Flask) -> Place:
    place = make_site(opened_on=date(2025, 1, 1))
    county_id = make_area("金溪县")
    with transaction() as session:
        switch_on(
            session,
            text=builtin_schemes()["jinxi"],
            area_id=county_id,
            valid_from=date(2025, 1, 1),
            actor=COMMAND,
            at=NOW,
        )
    return place


@pytest.fixture
def committee(app: Flask, site: Place) -> FlaskClient:
    return sign_in(app.test_client(), make_staff("committee", site=site))


def test_a_year_without_meals_shows_what_is_needed_and_decides_nothing(committee: FlaskClient) -> None:
    shown = committee.get("/grants?year=2025").get_data(as_text=True)

    assert "测算:今年达不到" in shown
    assert "计划供餐 365 天,需 329 天(90%)" in shown
    assert "¥20,000.00" in shown and "¥10,000.00" in shown
    assert '<progress id="bar-two" value="0" max="329">' in shown
    assert "程序只测算,由考核人决定" in shown


@pytest.mark.parametrize("address", ["?year=abcd", "?year=1", "?year=２０２６", "?site=x", "?site=²"])
def test_a_bad_address_is_422(committee: FlaskClient, address: str) -> None:
    assert committee.get(f"/grants{address}").status_code == 422


def test_another_site_is_not_there(committee: FlaskClient) -> None:
    far = make_site("测试外村助餐点", path="金溪县/云溪镇/测试村")

    assert committee.get(f"/grants?site={far.id}").status_code == 404


def test_the_county_chooses_among_its_sites(app: Flask, site: Place) -> None:
    far = make_site("测试外村助餐点", path="金溪县/云溪镇/测试村")
    client = sign_in(app.test_client(), make_staff("civil_affairs"))

    shown = client.get(f"/grants?site={far.id}").get_data(as_text=True)

    assert f'<option value="{far.id}" selected>测试外村助餐点</option>' in shown
    assert "测试外村助餐点" in shown.split("<h1>")[1].split("</h1>")[0]


@pytest.mark.parametrize("role", ["clerk", "volunteer"])
def test_who_does_not_oversee_is_refused(app: Flask, site: Place, role: str) -> None:
    client = sign_in(app.test_client(), make_staff(role, site=site))

    assert client.get("/grants").status_code == 403


def test_without_a_scheme_the_page_says_who_can_help(app: Flask) -> None:
    place = make_site("测试外县助餐点", path="测试县/测试镇/测试村")
    client = sign_in(app.test_client(), make_staff("committee", site=place))

    assert "请民政在「方案」页启用" in client.get("/grants").get_data(as_text=True)
