"""A site, its clerk, an administrator of the county, and two browsers."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import Person, Place, make_site, make_staff


@pytest.fixture
def other_client(app: Flask) -> FlaskClient:
    """A second browser."""
    return app.test_client()


@pytest.fixture
def site(app: Flask) -> Place:
    return make_site()


@pytest.fixture
def clerk(site: Place) -> Person:
    return make_staff("clerk", site=site)


@pytest.fixture
def administrator(site: Place) -> Person:
    return make_staff("administrator")
