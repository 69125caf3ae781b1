"""A site in Jinxi whose scheme is in force, with a menu for today's lunch, and its clerk."""

from __future__ import annotations

from datetime import date

import pytest
from factories import NOW, Person, Place, make_area, make_menu, make_site, make_staff
from flask import Flask

from canteen.base.access import COMMAND
from canteen.base.db import transaction
from canteen.schemes.builtin import builtin_schemes
from canteen.schemes.switching import switch_on


@pytest.fixture
def site(app: Flask) -> Place:
    """A site in Jinxi with its scheme in force and a menu for today's lunch."""
    place = make_site()
    county_id = make_area("金溪县")
    with transaction() as session:
        switch_on(
            session,
            text=builtin_schemes()["jinxi"],
            area_id=county_id,
            valid_from=date(2026, 1, 1),
            actor=COMMAND,
            at=NOW,
        )
    make_menu(place)
    return place


@pytest.fixture
def clerk(site: Place) -> Person:
    """The clerk of that site."""
    return make_staff("clerk", site=site)
