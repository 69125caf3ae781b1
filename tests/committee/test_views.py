"""The committee's pages, files and picture over HTTP."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable

import pytest
from factories import Person, Place, make_elder, make_menu, make_site, make_staff, sign_in
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import func, select

from canteen.audit.models import Audit
from canteen.base import clock
from canteen.base.db import reading
from canteen.counter.requests import Served
from tests.sent import statements

from .conftest import Serve


@pytest.fixture
def as_committee(app: Flask, committee: Person) -> FlaskClient:
    return sign_in(app.test_client(), committee)


@pytest.fixture
def lunch(serve: Serve, site: Place) -> Served:
    """A subsidised lunch today (the pages ask the clock)."""
    today = clock.today()
    if today.isoformat() != "2026-11-21":
        make_menu(site, day=today)
    elder = make_elder("王秀兰", site=site, address="测试路一号", phone="13900000001")
    return serve(elder, at=clock.now(), day=today)


def text_of(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_data(as_text=True)


def looks() -> int:
    with reading() as session:
        statement = select(func.count()).select_from(Audit).where(Audit.action.in_(("look", "export")))
        return session.execute(statement).scalar_one()


def test_an_empty_month_says_what_to_do_next(as_committee: FlaskClient) -> None:
    shown = text_of(as_committee, "/oversight?month=2026-02")

    assert "这个月还没有用餐" in shown
    assert "请站点负责人检查菜单和供餐日历" in shown
    assert "chart.svg" not in shown


def test_a_meal_goes_up_by_one_everywhere(app: Flask, site: Place, lunch: Served) -> None:
    shown = text_of(sign_in(app.test_client(), make_staff("manager", site=site)), "/oversight")

    assert 'aria-label="今天用餐:1 份,看名单"' in shown
    assert 'aria-label="六类 本月:1 份,看名单"' in shown
    assert "¥5.00" in shown and "政府补助" in shown
    assert '<img class="chart"' in shown and 'alt="每天用餐份数的柱形图' in shown
    assert "年运营补贴" in shown and "供餐日历" in shown


def test_nothing_on_the_counts_names_anybody_and_nobody_is_said_to_have_looked(
    as_committee: FlaskClient, lunch: Served
) -> None:
    shown = text_of(as_committee, "/oversight")

    assert "王" not in shown.split("<main")[1].replace("王*", "")
    assert looks() == 0


def test_every_link_behind_a_number_opens(as_committee: FlaskClient, lunch: Served) -> None:
    shown = text_of(as_committee, "/oversight")
    links = {link.replace("&amp;", "&") for link in re.findall(r'class="drill" href="([^"]+)"', shown)}

    pages = [text_of(as_committee, link) for link in links]

    assert len(links) >= 6
    assert all("王*兰" in page and "王秀兰" not in page for page in pages)
    assert looks() == len(links)


def test_names_show_no_label_and_no_sealed_fact(as_committee: FlaskClient, lunch: Served) -> None:
    shown = text_of(as_committee, "/oversight/names")

    for never in ("秀", "困难", "测试路", "13900000001", "1944"):
        assert never not in shown.split("<main")[1]
    for needed in ("王*兰", "7组", "A套餐", "堂食", lunch.number):
        assert needed in shown
    for never in ("六类", "¥5.00", "类别"):
        assert never not in shown.split("<main")[1]


def test_who_keeps_the_register_sees_class_and_amounts_of_each_meal(app: Flask, site: Place, lunch: Served) -> None:
    manager = sign_in(app.test_client(), make_staff("manager", site=site))

    shown = text_of(manager, "/oversight/names?class=六类")

    assert "六类" in shown and "¥5.00" in shown
    assert "六类" in manager.get("/oversight/names.csv").get_data(as_text=True)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_month_as_a_file_is_what_is_shown(
    app: Flask, site: Place, as_committee: FlaskClient, lunch: Served, kind: str
) -> None:
    answer = as_committee.get(f"/oversight/month.{kind}")

    rows = _rows(answer.data, kind)
    assert rows[0] == ["日期", "午餐", "其中散客", "合计"]
    assert [str(cell) for cell in rows[-1]] == ["合计", "1", "0", "1"]
    manager = sign_in(app.test_client(), make_staff("manager", site=site))
    rows = _rows(manager.get(f"/oversight/month.{kind}").data, kind)
    assert rows[0][4:] == ["自付(元)", "补贴(元)"] and [float(cell) for cell in rows[-1][4:]] == [5.0, 5.0]
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_names_as_a_file_are_masked_and_written_down(as_committee: FlaskClient, lunch: Served, kind: str) -> None:
    answer = as_committee.get(f"/oversight/names.{kind}")

    [row] = _rows(answer.data, kind)[1:]
    assert "王*兰" in row and "王秀兰" not in row
    assert looks() == 1


def _rows(body: bytes, kind: str) -> list[list]:
    if kind == "csv":
        assert body[:3] == b"\xef\xbb\xbf"
        return list(csv.reader(io.StringIO(body[3:].decode())))
    page = load_workbook(io.BytesIO(body)).active
    return [[cell.value for cell in row] for row in page.iter_rows(min_row=2)]


def test_the_picture_is_svg_without_script(as_committee: FlaskClient, lunch: Served) -> None:
    answer = as_committee.get("/oversight/chart.svg")

    assert answer.mimetype == "image/svg+xml"
    assert b"<script" not in answer.data
    assert "午餐".encode() in answer.data
    assert b"http" not in re.sub(rb"http://www\.w3\.org/\S+|<!--.*?-->", b"", answer.data)


def test_the_picture_of_nothing_is_a_picture(as_committee: FlaskClient) -> None:
    assert as_committee.get("/oversight/chart.svg?month=2026-02").data.startswith(b"<?xml")


def test_questions_page_lists_and_is_written_down(
    as_committee: FlaskClient, lunch: Served, void: Callable[[Served], None]
) -> None:
    void(lunch)

    shown = text_of(as_committee, "/oversight/questions")

    assert "作废的用餐" in shown and "测试作废" in shown and "王*兰" in shown
    assert "这些只是问题,不是结论" in shown
    assert looks() == 1


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/oversight?month=nov", 422),
        ("/oversight?month=2026-13", 422),
        ("/oversight?month=９９９９-11", 422),
        ("/oversight?site=x", 422),
        ("/oversight?site=99999", 404),
        ("/oversight/names?first=x", 422),
        ("/oversight/names?slot=tea", 422),
        ("/oversight/names?way=air", 422),
        ("/oversight/names?who=cats", 422),
        ("/oversight/names?before=²", 422),
        ("/oversight/names?class=" + "类" * 11, 422),
        ("/oversight/names?class=六类", 422),
        ("/oversight/names.csv?class=无", 422),
        ("/statements", 403),
        ("/statements/file.csv", 403),
        ("/funding/chart.svg", 403),
        ("/funding/sources.csv", 404),
        ("/oversight/names.pdf", 404),
        ("/oversight/month.exe", 404),
        ("/oversight/names?kind=csv&endpoint=x&_external=1", 200),
        ("/oversight/names?first=2026-12-01&last=2026-01-01", 200),
    ],
)
def test_odd_addresses_are_answered_in_words(as_committee: FlaskClient, path: str, status: int) -> None:
    assert as_committee.get(path).status_code == status


@pytest.mark.parametrize("role", ["clerk", "volunteer"])
@pytest.mark.parametrize(
    "path",
    [
        "/oversight",
        "/oversight/names",
        "/oversight/questions",
        "/oversight/month.csv",
        "/oversight/names.csv",
        "/oversight/chart.svg",
    ],
)
def test_who_does_not_oversee_is_refused(app: Flask, site: Place, role: str, path: str) -> None:
    client = sign_in(app.test_client(), make_staff(role, site=site))

    assert client.get(path).status_code == 403


def test_another_villages_meals_are_not_seen(app: Flask, lunch: Served, site: Place) -> None:
    far = make_site("测试外村助餐点", path="金溪县/云溪镇/测试村")
    client = sign_in(app.test_client(), make_staff("committee", site=far))

    assert "这个月还没有用餐" in text_of(client, "/oversight")
    assert "王*兰" not in text_of(client, "/oversight/names")
    assert client.get(f"/oversight/names?site={site.id}").status_code == 404


def test_the_county_sees_all_sites_or_one(app: Flask, lunch: Served, site: Place) -> None:
    make_site("测试外村助餐点", path="金溪县/云溪镇/测试村")
    client = sign_in(app.test_client(), make_staff("civil_affairs"))

    everything = text_of(client, "/oversight")
    one = text_of(client, f"/oversight?site={site.id}")

    assert "全部 2 个助餐点" in everything and "选一个助餐点" in everything
    assert f'<option value="{site.id}" selected>' in one and "供餐日历" in one
    assert "枫林村助餐点" in text_of(client, "/oversight/names")


def test_a_page_costs_the_same_with_one_meal_and_with_many(
    as_committee: FlaskClient, lunch: Served, serve: Serve
) -> None:
    for path in ("/oversight", "/oversight/names", "/oversight/questions"):
        text_of(as_committee, path)
        with statements() as with_one:
            text_of(as_committee, path)
        for _ in range(3):
            serve(at=clock.now(), day=clock.today())
        with statements() as with_many:
            text_of(as_committee, path)
        assert len(with_many) == len(with_one), path
