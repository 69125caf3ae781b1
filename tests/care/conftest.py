"""A site, a purse scheme in force, an elder credited, and a provider under contract. All of them are invented."""

from __future__ import annotations

from datetime import date

import pytest
from factories import NOW, Person, Place, make_area, make_elder, make_site, make_staff
from flask import Flask

from canteen.base import clock
from canteen.base.access import COMMAND
from canteen.base.db import transaction
from canteen.care import service
from canteen.care.requests import NewContract, NewProvider
from canteen.purses.credits.run import Job
from canteen.purses.credits.service import credit_month
from canteen.schemes.switching import switch_on

#: A purse of 100 yuan a month; cleaning 30 an hour, of which the elder pays a fifth; two visits a month.
CARE = """
id = "care"
version = "1"
name = "服务券"
stack_group = "care"
classes = [{ code = "甲", when = { age = { from = 80 } }, credit = { yuan = 100 } }]
funding = [{ payer = "区", percent = 70 }, { payer = "镇", percent = 30 }]
[purse]
expires = "month_end"
pays_for = ["services"]
[[services]]
kind = "cleaning"
hour_yuan = 30
own_percent = 20
[[frequency]]
per = "month"
visits = 2
missed = "next_period"
"""


def in_force(text: str = CARE) -> None:
    """Switch a scheme on for the county."""
    area = make_area("金溪县")
    with transaction() as session:
        switch_on(session, text=text, area_id=area, valid_from=date(2026, 1, 1), actor=COMMAND, at=NOW)


def make_provider(name: str = "测试服务队", *, contract: bool = True, services: tuple[str, ...] = ()) -> int:
    """A provider of the county, under contract in 2026."""
    asked = NewProvider(
        area_id=make_area("金溪县"), name=name, kind="business", phone="", licence="", services=services
    )
    provider = service.add_provider(asked, actor=COMMAND, now=NOW)
    if contract:
        service.add_contract(
            NewContract(provider_id=provider, number="测-1", from_day=date(2026, 1, 1), to_day=date(2026, 12, 31)),
            actor=COMMAND,
            now=NOW,
        )
    return provider


@pytest.fixture
def site(app: Flask) -> Place:
    """A site in Jinxi with the purse scheme in force."""
    place = make_site()
    in_force()
    return place


@pytest.fixture
def elder(site: Place) -> int:
    """Somebody of 82 with this month's credit."""
    found = make_elder(site=site)
    credit_month(Job(date(2026, 11, 1)), actor=COMMAND, now=NOW, confirmed=clock.day_of(NOW))
    return found


@pytest.fixture
def provider(site: Place) -> int:
    """A provider under contract."""
    return make_provider()


@pytest.fixture
def clerk(site: Place) -> Person:
    """The clerk of that site."""
    return make_staff("clerk", site=site)


@pytest.fixture
def officer(site: Place) -> Person:
    """The county's civil affairs."""
    return make_staff("civil_affairs")
