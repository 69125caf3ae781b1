"""A site in 枫林村 and its manager, who keeps the register."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import Person, Place, make_site, make_staff, sign_in


@pytest.fixture
def site(app: Flask) -> Place:
    """The site."""
    return make_site()


@pytest.fixture
def manager(site: Place) -> Person:
    """The manager of that site."""
    return make_staff("manager", site=site)


@pytest.fixture
def keeper(client: FlaskClient, manager: Person) -> FlaskClient:
    """A browser in which the manager is signed in."""
    return sign_in(client, manager)
