"""The rooms of sign-in with the second step as a real site has it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import Person, Place, make_site, make_staff


@pytest.fixture
def app(app: Flask) -> Iterator[Flask]:
    """Administrators and civil affairs must have a second step, as where nothing is set."""
    usual = app.config["CANTEEN"]
    app.config["CANTEEN"] = replace(usual, second_step_roles="")
    yield app
    app.config["CANTEEN"] = usual


@pytest.fixture
def site(app: Flask) -> Place:
    return make_site()


@pytest.fixture
def clerk(site: Place) -> Person:
    return make_staff("clerk", site=site)


@pytest.fixture
def administrator(site: Place) -> Person:
    return make_staff("administrator")


@pytest.fixture
def other_client(app: Flask) -> FlaskClient:
    """A second browser."""
    return app.test_client()
