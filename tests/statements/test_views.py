"""Statements on the screen and as files, closing and correcting in the browser, and who may."""

from __future__ import annotations

import csv
import io

import openpyxl
import pytest
from factories import NOW, TODAY, Person, Place, csrf, make_elder, make_staff, sign_in
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from canteen.audit.models import Audit
from canteen.base import clock
from canteen.base.db import reading
from canteen.statements import views

from .conftest import Serve
from .test_service import DECEMBER

one_database = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def desk(client: FlaskClient, manager: Person) -> FlaskClient:
    return sign_in(client, manager)


def text(answer) -> str:
    return answer.get_data(as_text=True)


def trail() -> list[tuple[str, str]]:
    with reading() as session:
        return [
            (row.action, row.subject)
            for row in session.scalars(select(Audit).where(Audit.action != "write").order_by(Audit.id))
            if row.action in ("look", "export")
        ]


@one_database
def test_a_statement_of_the_site(desk: FlaskClient, site: Place, serve: Serve) -> None:
    serve(make_elder("王秀兰", site=site))
    page = text(desk.get("/statements"))

    assert "王秀兰" in page, "who keeps the register sees names"
    assert "¥10.00" in page and "¥5.00" in page and "期初" in page
    assert trail() == [("look", "site")]


@one_database
def test_a_committee_sees_months_and_no_lines(client: FlaskClient, site: Place, serve: Serve) -> None:
    elder = make_elder("王秀兰", site=site, statuses=("hardship", "dibao"))
    serve(elder)
    sign_in(client, make_staff("committee", site=site))

    for address in (
        "",
        f"?of=elder&elder={elder}",
        "?of=elder&find=王秀兰",
        "/file.csv",
        f"/file.csv?of=elder&elder={elder}",
    ):
        assert client.get(f"/statements{address}").status_code == 403, address
    page = text(client.get("/statements/books"))
    assert "各月账目" in page and "王" not in page and "更正</h2>" not in page


@one_database
def test_an_elder_out_of_reach_has_no_statement(client: FlaskClient, site: Place) -> None:
    stranger = make_elder("赵不熟", path="邻县/河口镇/河口村")
    sign_in(client, make_staff("manager", site=site))

    assert client.get(f"/statements?of=elder&elder={stranger}").status_code == 404
    assert client.get(f"/statements/file.csv?of=elder&elder={stranger}").status_code == 404
    assert "没有找到" in text(client.get("/statements?of=elder&find=赵不熟"))
    assert client.get("/statements?site=4711").status_code == 404


@one_database
def test_files_hold_what_the_page_holds(
    desk: FlaskClient, site: Place, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(make_elder("=王秀兰", site=site))
    serve()
    plain = desk.get("/statements/file.csv")
    rows = list(csv.reader(io.StringIO(plain.data.decode("utf-8-sig"))))
    sheet = openpyxl.load_workbook(io.BytesIO(desk.get("/statements/file.xlsx").data)).active
    assert sheet is not None

    assert plain.data.startswith(b"\xef\xbb\xbf") and "attachment" in plain.headers["Content-Disposition"]
    assert [row[-2:] for row in rows] == [
        ["金额(元)", "余额(元)"],
        ["", "0.00"],
        ["5.00", "5.00"],
        ["5.00", "10.00"],
        ["10.00", "20.00"],
        ["", "20.00"],
    ]
    assert rows[2][3] == "'=王秀兰", "no cell is a formula"
    assert [sheet.cell(4, column).value for column in (3, 8, 9)] == [site.name, 5, 5]
    monkeypatch.setattr(views, "MOST_ROWS", 2)
    assert desk.get("/statements/file.xlsx").status_code == 409
    assert desk.get("/statements/file.pdf").status_code == 404
    assert desk.get("/statements/file.csv?of=elder").status_code == 404


@one_database
@pytest.mark.parametrize(
    "query",
    [
        "of=nobody",
        "first=2026-13-01",
        "first=2026-11-21&last=2026-11-20",
        "first=2000-01-01&last=2026-01-01",
        "after=1.2.3",
        "after=99999999999.2026-11-21.1.0",
        "elder=x",
        "site=0",
        "scheme=" + "x" * 61,
        "payer=%0A",
    ],
)
def test_nonsense_is_answered_in_words(desk: FlaskClient, query: str) -> None:
    answer = desk.get(f"/statements?{query}")

    assert answer.status_code == 422 and "refusal" in text(answer)


@one_database
def test_paging_by_links(desk: FlaskClient, site: Place, serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    from canteen.statements import forms

    monkeypatch.setattr(forms, "PAGE", 2)
    for _ in range(3):
        serve()
    first = text(desk.get("/statements?of=source&payer=own"))
    link = first.split('class="button primary" href="', 1)[1].split('"', 1)[0].replace("&amp;", "&")
    second = text(desk.get(link))

    assert "after=" in link and "这一页以前:¥20.00" in second and "¥30.00" in second


@one_database
def test_a_month_is_closed_in_the_browser(
    client: FlaskClient, manager: Person, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve()
    monkeypatch.setattr(clock, "now", lambda: DECEMBER)
    desk = sign_in(client, manager)
    page = text(desk.get("/statements/books"))
    answer = desk.post("/statements/months", data={"csrf_token": csrf(desk, "/statements/books"), "month": "2026-11"})
    after = text(desk.get("/statements/books"))

    assert answer.status_code == 303
    assert '<button class="button">' in page and "已月结" in after and "测试站长" in after
    bad = desk.post("/statements/months", data={"csrf_token": csrf(desk, "/statements/books"), "month": "十一月"})
    assert bad.status_code == 422


@one_database
def test_a_correction_in_the_browser(app: Flask, desk: FlaskClient, site: Place, serve: Serve, second: Person) -> None:
    served = serve(make_elder(site=site))
    page = text(desk.get("/statements/books"))
    form = {
        "csrf_token": csrf(desk, "/statements/books"),
        "key": page.split('name="key" value="', 1)[1].split('"', 1)[0],
        "from_account": "due-from:jinxi:public",
        "to_account": "own:cash",
        "amount": "5",
        "day": TODAY.isoformat(),
        "number": served.number,
        "serving_day": TODAY.isoformat(),
        "reason": "测试:错给了补助",
    }
    wrong = desk.post("/statements/corrections", data=form | {"amount": "-5", "reason": "", "from_account": "a"})
    once, again = desk.post("/statements/corrections", data=form), desk.post("/statements/corrections", data=form)
    mine = text(desk.get("/statements/books"))
    own = desk.post("/statements/corrections/1", data={"csrf_token": form["csrf_token"], "verdict": "post"})
    other = sign_in(app.test_client(), second)
    posted = other.post(
        "/statements/corrections/1", data={"csrf_token": csrf(other, "/statements/books"), "verdict": "post"}
    )

    assert wrong.status_code == 422 and text(wrong).count('class="error"') == 3
    assert (once.status_code, again.status_code, own.status_code, posted.status_code) == (303, 303, 409, 303)
    assert mine.count("测试:错给了补助") == 1 and "请另一位同事复核" in mine
    assert "更正" in text(desk.get("/statements")) and "测试:错给了补助" in text(desk.get("/statements"))


@one_database
def test_who_reads_does_not_write(client: FlaskClient, site: Place, serve: Serve) -> None:
    serve()
    sign_in(client, make_staff("committee", site=site))
    token = csrf(client, "/statements/books")

    assert "提出更正" not in text(client.get("/statements/books"))
    for address in ("/statements/months", "/statements/corrections", "/statements/corrections/1"):
        assert client.post(address, data={"csrf_token": token}).status_code == 403


@one_database
def test_a_clerk_does_not_read_the_books(client: FlaskClient, site: Place) -> None:
    sign_in(client, make_staff("clerk", site=site))

    assert client.get("/statements").status_code == 403
    assert client.get("/funding").status_code == 403
