from __future__ import annotations

import io
import os
from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from canteen.audit.models import Audit
from canteen.base import clock
from canteen.base.db import reading
from canteen.people.models import Elder
from tests.factories import Place, csrf, make_site, make_staff, sign_in
from tests.people.rosters import JINXI, person, xlsx
from tests.people.test_views import words


def upload(client: FlaskClient, site: Place, data: bytes, filename: str = "花名册.xlsx"):
    form = {"csrf_token": csrf(client, "/people/"), "site_id": str(site.id), "file": (io.BytesIO(data), filename)}
    return client.post("/people/import/", data=form)


def press(client: FlaskClient, path: str):
    return client.post(path, data={"csrf_token": csrf(client, "/people/")})


def folder(app: Flask) -> Path:
    return app.config["CANTEEN"].data_dir / "uploads" / "rosters"


@pytest.fixture(autouse=True)
def empty_folder(app: Flask):
    for file in folder(app).glob("*"):
        file.unlink()


def people() -> int:
    with reading() as session:
        return session.scalar(select(func.count()).select_from(Elder)) or 0


def test_the_real_roster_from_upload_to_bad_rows(keeper: FlaskClient, site: Place, app: Flask):
    sent = upload(keeper, site, JINXI.read_bytes())
    preview = words(keeper.get(sent.headers["Location"]))
    before = people()
    done = press(keeper, sent.headers["Location"])
    result = words(keeper.get(done.headers["Location"]))
    sheet = keeper.get(f"{sent.headers['Location']}/bad-rows.xlsx")

    assert (sent.status_code, done.status_code, before, people()) == (303, 303, 0, 317)
    assert "326 行 317 人要新登记 0 人要更新 0 人没有变化 9 行有问题" in preview
    assert "金溪县/云溪镇/上湖村、金溪县/云溪镇/石桥村" in preview and "22 身份证号校验位不对,请逐位核对" in preview
    assert "新登记 317 人,更新 0 人,没有变化 0 人,有问题 9 行" in result and "71 没有姓名" in result
    rows = list(openpyxl.load_workbook(io.BytesIO(sheet.data)).active.iter_rows(values_only=True))
    assert (rows[2][-1], len(rows)) == ("问题", 13)
    assert sheet.headers["Cache-Control"] == "no-store"
    assert [file.suffix for file in folder(app).iterdir()] == [".result"]


def test_a_second_press_imports_nothing_twice(keeper: FlaskClient, site: Place):
    at = upload(keeper, site, xlsx(person(1))).headers["Location"]

    first, second = press(keeper, at), press(keeper, at)

    assert first.headers["Location"] == second.headers["Location"]
    assert "新登记 1 人" in words(keeper.get(second.headers["Location"]))
    assert keeper.get(at).headers["Location"] == f"{at}/result"
    with reading() as session:
        assert len(session.scalars(select(Audit).where(Audit.action == "import_roster")).all()) == 1


def test_while_another_press_is_at_work_the_page_waits(keeper: FlaskClient, site: Place, app: Flask):
    at = upload(keeper, site, xlsx(person(1))).headers["Location"]
    [file] = folder(app).iterdir()
    file.rename(file.with_suffix(".taken"))

    second = press(keeper, at)
    page = keeper.get(second.headers["Location"])

    assert "正在写入,请稍候" in words(page) and 'hx-trigger="every 2s"' in page.get_data(as_text=True)
    assert people() == 0


def test_a_press_that_died_can_be_repeated(keeper: FlaskClient, site: Place, app: Flask):
    at = upload(keeper, site, xlsx(person(1))).headers["Location"]
    [file] = folder(app).iterdir()
    taken = file.rename(file.with_suffix(".taken"))
    long_ago = (clock.now() - timedelta(minutes=6)).timestamp()
    os.utime(taken, (long_ago, long_ago))

    done = press(keeper, at)

    assert ("新登记 1 人" in words(keeper.get(done.headers["Location"])), people()) == (True, 1)


def test_a_failed_import_leaves_the_file_to_be_tried_again(keeper: FlaskClient, site: Place, app: Flask):
    from tests.people.importing.test_service import failing_after

    at = upload(keeper, site, xlsx(person(1))).headers["Location"]
    with app.app_context(), failing_after(0):
        failed = press(keeper, at)
    done = press(keeper, at)

    assert (failed.status_code, done.status_code, people()) == (500, 303, 1)


def test_an_upload_is_sealed_and_only_its_owners(keeper: FlaskClient, client: FlaskClient, site: Place, app: Flask):
    at = upload(keeper, site, JINXI.read_bytes()).headers["Location"]
    [file] = folder(app).iterdir()
    kept = file.read_bytes()

    other = app.test_client()
    sign_in(other, make_staff("manager", site=site))

    assert not [sign for sign in (b"PK\x03\x04", b"xl/worksheets", "花名册".encode()) if sign in kept]
    assert oct(folder(app).stat().st_mode)[-3:] == "700"
    assert [other.get(at).status_code, press(other, at).status_code, people()] == [404, 404, 0]


def test_an_old_upload_is_forgotten(keeper: FlaskClient, site: Place, app: Flask):
    at = upload(keeper, site, xlsx(person(1))).headers["Location"]
    [file] = folder(app).iterdir()
    yesterday = (clock.now() - timedelta(days=1, minutes=1)).timestamp()
    os.utime(file, (yesterday, yesterday))

    upload(keeper, site, xlsx(person(2)))

    assert (keeper.get(at).status_code, len(list(folder(app).iterdir()))) == (404, 1)


@pytest.mark.parametrize("token", ["x", "a" * 22, "..%2F..%2Fkeys%2Fseal.key"])
def test_a_token_nobody_made(keeper: FlaskClient, token):
    assert [
        keeper.get(f"/people/import/{token}").status_code,
        keeper.get(f"/people/import/{token}/result").status_code,
        keeper.get(f"/people/import/{token}/bad-rows.xlsx").status_code,
    ] == [404, 404, 404]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [(b"", "文件是空的"), (b"<html>", "这是网页文件,不是表格,只是改了扩展名"), (b"a,b\n1,2\n", "没有找到表头")],
)
def test_a_wrong_file_is_said_and_not_kept(keeper: FlaskClient, site: Place, app: Flask, data, sentence):
    answer = upload(keeper, site, data)

    assert (answer.status_code, sentence in words(answer)) == (422, True)
    assert not folder(app).exists() or list(folder(app).iterdir()) == []


def test_no_file_is_said(keeper: FlaskClient, site: Place):
    answer = keeper.post("/people/import/", data={"csrf_token": csrf(keeper, "/people/"), "site_id": str(site.id)})

    assert (answer.status_code, "没有选择文件" in words(answer)) == (422, True)


def test_another_site_is_not_there(keeper: FlaskClient, site: Place):
    other = make_site("秀谷镇助餐点", path="金溪县/秀谷镇/河东社区")

    assert upload(keeper, other, xlsx(person(1))).status_code == 404


def test_changes_are_named_before_they_are_written(keeper: FlaskClient, site: Place):
    press(keeper, upload(keeper, site, xlsx(person(1))).headers["Location"])

    preview = words(keeper.get(upload(keeper, site, xlsx(person(1, 联系电话="13911112222"))).headers["Location"]))

    assert "1 人要更新" in preview and "2 测试乙 电话" in preview
