"""Helpers for sign-in: a browser, who is in the trail, and a session left alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from tests.factories import Person, Place, make_site, make_staff
from tests.fresh_client import fresh_client

from canteen import clock
from canteen.db import reading
from canteen.staff.models import Audit


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return fresh_client(app)


@pytest.fixture
def other_client(app: Flask) -> FlaskClient:
    """A second browser."""
    return fresh_client(app)


@pytest.fixture
def site(app: Flask) -> Place:
    return make_site()


@pytest.fixture
def clerk(site: Place) -> Person:
    return make_staff("clerk", site=site)


@pytest.fixture
def administrator(site: Place) -> Person:
    return make_staff("administrator")


@contextmanager
def cookie_of(client: FlaskClient) -> Iterator[dict[str, object]]:
    """What the session cookie holds."""
    with client.session_transaction() as held:
        yield held  # type: ignore[misc]


def leave_alone(client: FlaskClient, minutes: int = 31) -> None:
    """Nobody touches the browser for a while."""
    with client.session_transaction() as held:
        held["seen"] = int((clock.now() - timedelta(minutes=minutes)).timestamp())


def trail(action: str = "") -> list[tuple[str, str, str]]:
    """Actor, action and subject of the audit rows, the oldest first."""
    asked = select(Audit).order_by(Audit.id)
    with reading() as session:
        rows = session.scalars(asked.where(Audit.action == action) if action else asked).all()
    return [(row.actor, row.action, row.subject) for row in rows]
