"""Schemes with a purse in force in Jinxi, and people in their classes. All of them are invented."""

from __future__ import annotations

from datetime import date

import pytest
from factories import NOW, Person, Place, make_area, make_site, make_staff
from flask import Flask

from canteen.base.access import COMMAND
from canteen.base.db import transaction
from canteen.schemes.switching import switch_on

#: Spent in its month only; 80 and older.
MONTHLY = """
id = "care"
version = "1"
name = "服务券"
stack_group = "care"
classes = [{ code = "甲", when = { age = { from = 80 } }, credit = { yuan = 100 } }]
[purse]
expires = "month_end"
pays_for = ["meal", "services"]
"""
#: Carried over; settled within the year; a missed month is made up.
CARRIED = """
id = "long"
version = "1"
name = "电子券"
stack_group = "long"
classes = [{ code = "乙", when = { any_status = ["hardship"] }, credit = { yuan = 80 } }]
[purse]
expires = "never"
year_limit = true
missed_month = "next_month"
pays_for = ["services"]
"""


def in_force(text: str, *, path: str = "金溪县", since: date = date(2026, 1, 1)) -> None:
    """Switch a scheme on."""
    area = make_area(path)
    with transaction() as session:
        switch_on(session, text=text, area_id=area, valid_from=since, actor=COMMAND, at=NOW)


@pytest.fixture
def site(app: Flask) -> Place:
    """A site in Jinxi with the monthly purse in force."""
    place = make_site()
    in_force(MONTHLY)
    return place


@pytest.fixture
def clerk(site: Place) -> Person:
    """The clerk of that site."""
    return make_staff("clerk", site=site)


@pytest.fixture
def officer(site: Place) -> Person:
    """The county's civil affairs."""
    return make_staff("civil_affairs")
