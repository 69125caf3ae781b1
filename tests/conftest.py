"""Fixtures every test may use: an application on an empty database, on SQLite and on PostgreSQL.

``app`` runs each test twice, once for each database. The applications live as long as the test process; before each
test every row is deleted. Tests that need their own (other settings, two processes, a broken disk) use ``make_app``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from canteen import create_app
from canteen.base.config import Settings
from canteen.base.db import Base, database
from tests.postgresql import PostgreSQL
from tests.trail import unwritten

#: No test fails for being slow on a busy machine.
hypothesis.settings.register_profile("canteen", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("canteen")

BACKENDS = ("sqlite", "postgresql")
KEY = "k" * 40
#: Files whose tests write rows past the program; of all others the trail must hold at the end.
BY_HAND = (
    "committee/test_books.py",
    "committee/test_funds.py",
    "statements/test_services.py",
    "test_at_rest.py",
    "test_db.py",
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests of the real browser live in tests/e2e: the folder is the marker. So it is for files that arrange by hand."""
    for item in items:
        if any(item.path.match(f"tests/{file}") for file in BY_HAND):
            item.add_marker(pytest.mark.by_hand)
    browser = [item for item in items if "e2e" in item.path.parts]
    for item in browser:
        item.add_marker(pytest.mark.browser)
    if browser and os.environ.get("CANTEEN_TEST_BROWSER") == "skip":
        items[:] = [item for item in items if item not in browser]
        config.hook.pytest_deselected(items=browser)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """The throw-away PostgreSQL server of this test process. Loses its data when killed; drills start their own."""
    server = PostgreSQL()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def postgresql_url(postgresql: PostgreSQL) -> str:
    """An empty database on it."""
    return postgresql.create("canteen_test")


def make_app(backend: str, data_dir: Path, request: pytest.FixtureRequest, **settings: Any) -> Flask:
    """An application on one kind of database: a new SQLite file in ``data_dir``, or this process's PostgreSQL."""
    url = request.getfixturevalue("postgresql_url") if backend == "postgresql" else ""
    # Most tests are about something else than the second step; those of tests/staff/second ask for it.
    given = {"second_step_roles": "none"} | settings
    return create_app(Settings(env="test", data_dir=data_dir, database_url=url, secret_key=KEY, **given))


@pytest.fixture(scope="session")
def _apps() -> dict[str, Flask]:
    return {}


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    """The kind of database; a test that uses it runs once for each."""
    return str(request.param)


@pytest.fixture
def app(
    backend: str, _apps: dict[str, Flask], request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    """The application, its tables empty, inside an application context."""
    if backend not in _apps:
        _apps[backend] = _first_app(backend, tmp_path_factory.mktemp(backend), request)
    application = _apps[backend]
    with application.app_context():
        _empty(database.engine)
        application.extensions["canteen_clock"].clear()
        yield application
        database.session.remove()
        if request.node.get_closest_marker("by_hand") is None:
            with Session(database.engine) as session:
                assert unwritten(session) == [], "written without a word to the trail (mark: by_hand)"


class Browser(FlaskClient):
    """A client whose every request has an application context of its own, as on the server: nothing kept in ``g``
    for one request (who asks, which site, which language) is seen by the next."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        with self.application.app_context():
            return super().open(*args, **kwargs)


def _first_app(backend: str, data_dir: Path, request: pytest.FixtureRequest) -> Flask:
    fresh = make_app(backend, data_dir, request)
    fresh.test_client_class = Browser
    with fresh.app_context():
        engine = database.engine
        Base.metadata.drop_all(engine)
        Base.metadata.create_all(engine)
        if backend == "postgresql":
            with engine.begin() as connection:
                connection.exec_driver_sql(_EMPTY_ALL)
    return fresh


#: Truncating forty tables takes 60 ms, deleting the few rows of a test 2: foreign keys are off meanwhile.
_EMPTY_ALL = """
create or replace function empty_all() returns void language plpgsql as $$
declare found record;
begin
  set local session_replication_role = replica;
  for found in select tablename as name from pg_tables where schemaname = 'public' and tablename <> 'alembic_version'
  loop execute format('delete from %%I', found.name); end loop;
  for found in select sequencename as name from pg_sequences where schemaname = 'public' and last_value is not null
  loop perform setval(found.name::regclass, 1, false); end loop;
end $$
"""


def _empty(engine: Engine) -> None:
    """Delete every row, and count from 1 again."""
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("select empty_all()")
            return
        connection.exec_driver_sql("pragma defer_foreign_keys=on")
        for table in Base.metadata.tables:
            connection.exec_driver_sql(f"delete from {table}")


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without a session."""
    return app.test_client()
