"""The site's pages: settings, calendar, choosing among several."""

from __future__ import annotations

from datetime import date

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from canteen.base.access import COMMAND
from canteen.base.db import reading
from canteen.places import queries
from canteen.places.models import Site
from canteen.places.requests import ExceptionChange
from canteen.places.service import set_exception
from tests.factories import NOW, Person, Place, csrf, make_site, make_staff, sign_in

HOURS = {"lunch_opens": "11:00", "lunch_closes": "12:30", "lunch_cutoff": "09:30"}


@pytest.fixture
def desk(client: FlaskClient, manager: Person) -> FlaskClient:
    """The manager's browser."""
    return sign_in(client, manager)


def form(client: FlaskClient, site: Place, **fields: str | list[str]) -> dict[str, str | list[str]]:
    """A whole settings form with some fields changed."""
    return {
        "csrf_token": csrf(client, "/site"),
        "site_id": str(site.id),
        "name": site.name,
        "phone": "",
        "operating_model": "village_run",
        "weekdays": ["1", "2", "3", "4", "5"],
        "served": ["lunch"],
        "opened_on": "2026-01-01",
        "closed_on": "",
        "absent_days": "5",
        **HOURS,
        **fields,
    }


def test_settings_are_shown_and_saved(desk: FlaskClient, site: Place) -> None:
    answer = desk.post("/site", data=form(desk, site, phone="0794-5550000"))

    assert answer.status_code == 303
    page = desk.get("/site").get_data(as_text=True)
    assert 'value="0794-5550000"' in page
    assert 'value="lunch" checked' in page and 'value="dinner" checked' not in page
    assert queries.plan_of(site.id).weekdays == "12345"


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        pytest.param({"name": ""}, "名称要有", id="no name"),
        pytest.param({"phone": "1" * 31}, "内容太长", id="too long"),
        pytest.param({"operating_model": "state"}, "请从列表中选择", id="no such model"),
        pytest.param({"weekdays": []}, "至少要有一天", id="no weekday"),
        pytest.param({"served": []}, "至少要供应一个餐次", id="no slot"),
        pytest.param({"lunch_opens": "abc"}, "不是时间", id="no time"),
        pytest.param({"lunch_closes": "10:00"}, "结束时间要晚于", id="ends before it begins"),
        pytest.param({"opened_on": "2026-13-01"}, "不是日期", id="no day"),
        pytest.param({"absent_days": "61"}, "0 到 60", id="asked after too late"),
        pytest.param({"absent_days": ""}, "0 到 60", id="not said when"),
        pytest.param({"closed_on": "2025-12-31"}, "要晚于开始", id="ends before the first day"),
    ],
)
def test_a_wrong_field_keeps_what_was_typed(
    desk: FlaskClient, site: Place, fields: dict[str, str | list[str]], says: str
) -> None:
    answer = desk.post("/site", data=form(desk, site, **({"phone": "0794-1111111"} | fields)))

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert says in page
    assert 'role="alert"' in page
    assert f'value="{fields.get("phone", "0794-1111111")}"' in page
    assert queries.site_for(COMMAND, site.id).phone == ""


def test_what_is_typed_is_never_markup(desk: FlaskClient, site: Place) -> None:
    answer = desk.post("/site", data=form(desk, site, name='"><script>alert(1)</script>' + "x" * 20))
    page = answer.get_data(as_text=True)

    assert "<script>alert" not in page


def test_a_month_shows_every_day_with_word_and_reason(desk: FlaskClient, site: Place) -> None:
    closed = ExceptionChange(site_id=site.id, day=date(2026, 10, 1), is_open=False, reason="国庆节")
    set_exception(closed, actor=COMMAND, now=NOW)

    page = desk.get("/site/calendar?month=2026-10").get_data(as_text=True)

    assert page.count("供餐</span>") == 30
    assert page.count("停餐</span>") == 1
    assert "国庆节" in page
    assert "计划供餐 30 天" in page


def test_a_day_is_closed_and_given_back(desk: FlaskClient, site: Place) -> None:
    token = csrf(desk, "/site/calendar")
    data = {
        "csrf_token": token,
        "site_id": str(site.id),
        "month": "2026-12",
        "day": "2026-12-25",
        "kind": "closed",
        "reason": "检修",
    }

    answer = desk.post("/site/calendar", data=data)

    assert answer.status_code == 303 and answer.location.startswith("/orders/close-day?")
    assert queries.plan_of(site.id).exceptions == {}, "who has ordered is said first"
    assert desk.post("/orders/close-day", data={**data, "seen": "0"}).status_code == 200
    assert queries.planned_days(site.id, date(2026, 12, 25), date(2026, 12, 25)) == []

    answer = desk.post("/site/calendar/2026-12-25/remove", data={"csrf_token": token, "site_id": str(site.id)})

    assert answer.status_code == 303
    assert queries.planned_days(site.id, date(2026, 12, 25), date(2026, 12, 25)) == [date(2026, 12, 25)]


def test_an_exception_needs_a_reason_and_keeps_the_day(desk: FlaskClient, site: Place) -> None:
    answer = desk.post(
        "/site/calendar",
        data={
            "csrf_token": csrf(desk, "/site/calendar"),
            "site_id": str(site.id),
            "month": "2026-12",
            "day": "2026-12-25",
            "kind": "closed",
            "reason": " ",
        },
    )

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'value="2026-12-25"' in page and "请填写这一项" in page
    assert queries.plan_of(site.id).exceptions == {}


@pytest.mark.parametrize("month", ["2026-13", "abc", "1999-01", "2026-1-1"])
def test_a_month_that_does_not_exist_is_said(desk: FlaskClient, month: str) -> None:
    assert desk.get("/site/calendar", query_string={"month": month}).status_code == 422


@pytest.mark.parametrize("month", ["2000-01", "2100-12"])
def test_the_ends_of_the_calendar_open(desk: FlaskClient, month: str) -> None:
    assert "<caption>" in desk.get("/site/calendar", query_string={"month": month}).get_data(as_text=True)


def test_another_sites_settings_are_not_found(desk: FlaskClient, site: Place) -> None:
    other = make_site("水口村助餐点", path="金溪县/云溪镇/水口村")

    assert desk.post("/site", data=form(desk, other)).status_code == 404
    assert desk.post("/site", data=form(desk, other, name="")).status_code == 404
    token = csrf(desk, "/site/calendar")
    exception = {"csrf_token": token, "site_id": str(other.id), "day": "2026-12-25", "kind": "closed", "reason": "测试"}
    assert desk.post("/site/calendar", data=exception).status_code == 404
    assert desk.post("/site/calendar/2026-12-25/remove", data=exception).status_code == 404
    assert desk.post(f"/site/{other.id}/choose", data={"csrf_token": token}).status_code == 404
    assert queries.plan_of(other.id).exceptions == {}
    with reading() as session:
        assert session.scalar(select(Site.name).where(Site.id == other.id)) == other.name


@pytest.mark.parametrize("role", ["clerk", "volunteer", "committee", "civil_affairs"])
def test_other_roles_may_not_change_a_site(client: FlaskClient, site: Place, role: str) -> None:
    sign_in(client, make_staff(role, site=site))

    assert client.get("/site").status_code == 403
    assert client.get("/site/calendar").status_code == 403
    assert client.post("/site", data=form(client, site)).status_code == 403


def test_nobody_is_sent_to_sign_in(client: FlaskClient, site: Place) -> None:
    for path in ("/site", "/site/calendar", "/sites"):
        assert "/sign-in" in client.get(path).location


def test_a_post_without_its_token_changes_nothing(desk: FlaskClient, site: Place) -> None:
    data = form(desk, site, phone="1")
    del data["csrf_token"]

    assert desk.post("/site", data=data).status_code == 400
    assert queries.site_for(COMMAND, site.id).phone == ""


def test_posts_cannot_be_opened(desk: FlaskClient, site: Place) -> None:
    assert desk.get("/site/calendar/2026-12-25/remove").status_code == 405
    assert desk.get(f"/site/{site.id}/choose").status_code == 405


def test_who_reaches_several_sites_chooses_one_and_keeps_it(client: FlaskClient, site: Place) -> None:
    other = make_site("水口村助餐点", path="金溪县/云溪镇/水口村")
    sign_in(client, make_staff("administrator"))
    assert site.name in client.get("/site").get_data(as_text=True)

    answer = client.post(f"/site/{other.id}/choose", data={"csrf_token": csrf(client, "/sites")})

    assert answer.status_code == 303
    assert f'value="{other.name}"' in client.get("/site").get_data(as_text=True)
    assert "现在的" in client.get("/sites").get_data(as_text=True)


def test_a_chosen_site_that_went_out_of_reach_is_forgotten(client: FlaskClient, site: Place) -> None:
    far = make_site("青禾助餐点", path="青禾县/云溪镇/枫林村")
    sign_in(client, make_staff("administrator"))
    with client.session_transaction() as held:
        held["site_id"] = far.id

    assert f'value="{site.name}"' in client.get("/site").get_data(as_text=True)


def test_who_reaches_no_site_reads_what_to_do(client: FlaskClient, site: Place) -> None:
    sign_in(client, make_staff("administrator", path="青禾县"))

    answer = client.get("/site")

    assert answer.status_code == 404
    assert "flask init" in answer.get_data(as_text=True)
