"""``/healthz`` says ok only when what is written now is kept, and waits for nobody to find out."""

from __future__ import annotations

import resource
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from canteen.base import db
from canteen.base.db import Base, database
from tests.conftest import make_app
from tests.factories import make_site, make_staff, sign_in


@pytest.fixture
def patient(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Flask]:
    """A canteen on SQLite whose writers wait an hour for another process: a test that waits never ends."""
    app = make_app("sqlite", tmp_path, request, busy_seconds=3600)
    with app.app_context():
        Base.metadata.create_all(database.engine)
        yield app


@pytest.fixture(autouse=True)
def _nothing_is_believed(app: Flask) -> None:
    """The tests share an application, which may have been well a moment ago."""
    app.extensions.pop("canteen_written", None)


def held(app: Flask) -> closing[sqlite3.Connection]:
    """Another program that has begun to write, and is not done."""
    other = sqlite3.connect(app.config["CANTEEN"].data_dir / "canteen.db", isolation_level=None)
    other.execute("begin immediate")
    return closing(other)


def wal_size(app: Flask) -> int:
    return (app.config["CANTEEN"].data_dir / "canteen.db-wal").stat().st_size


def test_ok_leaves_nothing_behind(client: FlaskClient, app: Flask) -> None:
    files = sorted(app.config["CANTEEN"].data_dir.iterdir())

    answer = client.get("/healthz")

    assert (answer.status_code, answer.get_json()["ok"]) == (200, True)
    assert sorted(app.config["CANTEEN"].data_dir.iterdir()) == files


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_postgresql_writes_into_its_log(client: FlaskClient) -> None:
    def written() -> int:
        with database.engine.connect() as connection:
            return int(connection.exec_driver_sql("select pg_current_wal_insert_lsn() - '0/0'").scalar_one())

    before = written()
    client.get("/healthz")

    assert written() > before


def test_sqlite_writes_its_first_page_again(patient: Flask) -> None:
    with closing(sqlite3.connect(patient.config["CANTEEN"].data_dir / "canteen.db")) as other:
        other.execute("pragma wal_checkpoint(truncate)")
    before = wal_size(patient)

    patient.test_client().get("/healthz")

    assert (before, wal_size(patient) > 0) == (0, True)


def test_a_full_disk_is_told(app: Flask, client: FlaskClient) -> None:
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limit[1]))
    try:
        answer = client.get("/healthz")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)

    told = answer.get_json()
    assert (answer.status_code, told["ok"], told["storage"]) == (503, False, "full")
    assert "磁盘已满" in told["message"]
    assert told["next_step"]
    assert client.get("/healthz").status_code == 200


def test_a_database_that_is_read_only_is_told(app: Flask, client: FlaskClient, backend: str) -> None:
    on = "pragma query_only=on" if backend == "sqlite" else "set default_transaction_read_only=on"
    off = "pragma query_only=off" if backend == "sqlite" else "set default_transaction_read_only=off"
    with database.engine.connect() as connection:  # the pool gives the last one back first
        connection.exec_driver_sql(on)
        connection.commit()
    answer = client.get("/healthz")
    with database.engine.connect() as connection:
        connection.exec_driver_sql(off)
        connection.commit()

    assert (answer.status_code, answer.get_json()["storage"]) == (503, "read_only")


def test_a_directory_that_is_gone_is_told(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    app = make_app("sqlite", tmp_path / "data", request)
    (tmp_path / "data").rename(tmp_path / "elsewhere")

    answer = app.test_client().get("/healthz")

    assert (answer.status_code, answer.get_json()["storage"]) == (503, "read_only")


def test_a_database_that_another_program_holds_is_told_and_not_waited_for(patient: Flask) -> None:
    client = patient.test_client()
    with held(patient):
        answer = client.get("/healthz")

    assert (answer.status_code, answer.get_json()["storage"]) == (503, "busy")
    assert client.get("/healthz").status_code == 200
    with database.engine.connect() as connection:  # the connection waits for people again as it did
        assert connection.exec_driver_sql("pragma busy_timeout").scalar_one() == 3600_000


def test_it_does_not_stand_in_the_queue_of_this_process(patient: Flask) -> None:
    """Whoever stands first there may wait for another process for an hour."""
    with db._writers:
        assert patient.test_client().get("/healthz").status_code == 200


def test_who_asks_again_at_once_writes_nothing(patient: Flask) -> None:
    """A loop of requests by anybody must not stand between the clerks and the database."""
    client = patient.test_client()
    first = client.get("/healthz")
    assert patient.extensions["canteen_written"] > 0
    patient.extensions["canteen_written"] = float("inf")  # however slow this machine is, no time has passed
    with held(patient):
        second = client.get("/healthz")

    assert (first.status_code, second.status_code) == (200, 200)


@pytest.mark.parametrize("path", ["/", "/counter", "/staff", "/people", "/audit", "/menus", "/sign-in", "/account"])
def test_who_reads_does_not_wait_for_who_writes(patient: Flask, path: str) -> None:
    client = sign_in(patient.test_client(), make_staff("administrator", site=make_site()))
    with held(patient):
        answer = client.get(path, follow_redirects=True)

    assert answer.status_code in (200, 403, 404)
