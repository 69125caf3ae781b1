"""The trail is taken out of the house signed, by who may see it, as far as they see it."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from pathlib import Path
from zipfile import ZipFile

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from canteen.audit import trail
from canteen.audit.signing import ROWS, prove_signed
from canteen.base.access import COMMAND
from canteen.base.db import transaction
from canteen.staff.trail import queries
from tests.factories import NOW, TODAY, Person, csrf, make_elder, make_site, make_staff, sign_in


@pytest.fixture
def written(app: Flask) -> Person:
    """A site's clerk did something, and a day before somebody of another county town."""
    here, there = make_site(), make_site("柳树村助餐点", path="金溪县/石桥镇/柳树村")
    clerk, stranger = make_staff("clerk", site=here), make_staff("clerk", site=there)
    with transaction() as session:
        trail.record(session, clerk.actor, "serve", "serving:1", NOW, site_id=here.id, fen=450)
    with transaction() as session:
        before = NOW - timedelta(days=1)
        trail.record(session, stranger.actor, "void", "serving:2", before, site_id=there.id)
    return clerk


def rows_in(body: bytes) -> list[dict[str, object]]:
    with ZipFile(io.BytesIO(body)) as packed:
        return [json.loads(line) for line in packed.read(ROWS).splitlines()][1:]


def export(client: FlaskClient, **days: str) -> tuple[int, bytes]:
    answer = client.post("/audit/file", data={"csrf_token": csrf(client, "/audit"), **days})
    return answer.status_code, answer.data


def test_the_file_holds_the_days_and_says_whose_key_it_is(client: FlaskClient, written: Person) -> None:
    sign_in(client, make_staff("administrator"))
    status, body = export(client, first=TODAY.isoformat(), last=TODAY.isoformat())
    shown = queries.fingerprint()

    assert status == 200
    proved = prove_signed(io.BytesIO(body), shown)
    assert (proved.head["first"], proved.head["last"]) == (TODAY.isoformat(), TODAY.isoformat())
    [served] = [row for row in rows_in(body) if row["action"] == "serve"]
    assert (served["subject"], served["name"], served["detail"]) == ("serving:1", written.actor.name, {"fen": 450})
    assert not [row for row in rows_in(body) if row["action"] == "void"]
    assert shown in client.get("/audit").text
    assert "export" in [row.action for row in queries.audit_page(COMMAND).rows]


def test_nobody_takes_out_what_he_may_not_see(client: FlaskClient, written: Person) -> None:
    sign_in(client, make_staff("civil_affairs", path="金溪县/云溪镇"))
    days = {"first": (TODAY - timedelta(days=2)).isoformat(), "last": TODAY.isoformat()}
    _, body = export(client, **days)

    assert "serving:1" in [row["subject"] for row in rows_in(body)]
    assert "serving:2" not in [row["subject"] for row in rows_in(body)]


@pytest.mark.parametrize(
    ("days", "said"),
    [
        ({"first": "2026-11-21", "last": "2026-11-20"}, "最后一天不能早于第一天"),
        ({"first": "2025-11-20", "last": "2026-11-21"}, "一次最多导出 366 天"),
        ({"first": "gestern", "last": ""}, "不是日期"),
    ],
)
def test_wrong_days_are_told_beside_the_field(
    client: FlaskClient, written: Person, days: dict[str, str], said: str
) -> None:
    sign_in(client, make_staff("administrator"))
    status, body = export(client, **days)

    assert status == 422 and said in body.decode()


def test_commands_export_and_prove(app: Flask, written: Person, tmp_path: Path) -> None:
    runner, file = app.test_cli_runner(), tmp_path / "trail.zip"
    day = TODAY.isoformat()
    given = ["audit", "export", "--first", day, "--last", day, "--out", str(file)]

    assert runner.invoke(args=given).exit_code == 0
    assert runner.invoke(args=given).exit_code == 1  # what is there stays
    shown = runner.invoke(args=["audit", "fingerprint"]).stdout.strip()
    assert runner.invoke(args=["audit", "verify", str(file), "--fingerprint", shown]).exit_code == 0
    assert shown in runner.invoke(args=["audit", "verify", str(file)]).stdout
    assert runner.invoke(args=["audit", "verify", str(file), "--fingerprint", "0" * 32]).exit_code == 1
    file.write_bytes(file.read_bytes()[:-30])
    broken = runner.invoke(args=["audit", "verify", str(file)])
    assert broken.exit_code == 1 and "已经损坏" in broken.stderr


def test_what_was_written_along_with_an_act_stands_beside_it_in_words(client: FlaskClient, app: Flask) -> None:
    site = make_site()
    clerk = make_staff("clerk", site=site)
    elder = make_elder("王秀兰", site=site)
    with transaction() as session:
        trail.record(session, clerk.actor, "serve", "serving:1", NOW, site_id=site.id)
        trail.touch(session, "elder", elder)
        session.execute(text("update elder set name = '王兰' where id = :id"), {"id": elder})
    sign_in(client, make_staff("administrator"))
    page = client.get("/audit?action=serve").text

    assert "同时写入:老人 1 项" in " ".join(page.split()).replace("同时写入: ", "同时写入:")
    assert "elder:1</td>" not in page
