"""A site with its people, an elder with a phone and two contact persons, and meals that were eaten."""

from __future__ import annotations

import itertools
from datetime import date, datetime, time, timedelta

import pytest
from factories import NOW, VILLAGE, Person, Place, make_elder, make_site, make_staff, sealed_answer
from flask import Flask
from sqlalchemy import select

from canteen.base.clock import SHANGHAI, day_of
from canteen.base.db import reading, transaction
from canteen.base.vault import the_vault
from canteen.books.models.servings import Serving
from canteen.people.models import Elder
from canteen.places.models import Site
from canteen.welfare import checks
from canteen.welfare.models import WelfareCheck

_count = itertools.count(1)


@pytest.fixture
def site(app: Flask) -> Place:
    return make_site()


@pytest.fixture
def manager(site: Place) -> Person:
    return make_staff("manager", site=site)


@pytest.fixture
def clerk(site: Place) -> Person:
    return make_staff("clerk", site=site)


@pytest.fixture
def volunteer(site: Place) -> Person:
    return make_staff("volunteer", site=site, name="测试志愿者甲")


@pytest.fixture
def committee(site: Place) -> Person:
    return make_staff("committee", path=VILLAGE)


@pytest.fixture
def wang(site: Place) -> int:
    """Has a phone, a daughter and a neighbour."""
    elder_id = make_elder("王秀兰", site=site, phone="13900000001", address="测试路一号二楼")
    contacts = [
        {"name": "测试女儿", "phone": "13900000002", "relation": "女儿"},
        {"name": "测试邻居", "phone": "", "relation": ""},
    ]
    with transaction() as session:
        elder = session.get_one(Elder, elder_id)
        vault, place = the_vault(), f"elder:{elder_id}"
        elder.sealed = vault.seal(vault.open(elder.sealed, place) | {"contacts": contacts}, place)
    return elder_id


def nobody_answered(elder_id: int, site: Place, person: Person, *, now: datetime = NOW, words: str = "") -> int:
    """A door that does not open; the check it is about."""
    key = f"the-tap-{next(_count)}"
    with transaction() as session:
        checks.nobody_answered(
            session, elder_id, site_id=site.id, day=day_of(now), key=key, words=words, actor=person.actor, now=now
        )
    return check_of(elder_id).id


def check_of(elder_id: int) -> WelfareCheck:
    """The only check of an elder, as it stands now."""
    with reading() as session:
        mine = select(WelfareCheck).where(WelfareCheck.elder_id == elder_id)
        return session.scalars(mine.execution_options(populate_existing=True)).one()


def ate(
    elder_id: int, site: Place, day: date, *, at: datetime | None = None, way: str = "dine_in", **more: object
) -> int:
    """A meal somebody had, without the counter."""
    number = next(_count)
    key = f"the-meal-{number}"
    with transaction() as session:
        meal = Serving(
            key=key,
            asked="x",
            site_id=site.id,
            day=day,
            slot="lunch",
            sequence=number,
            number=f"{number}",
            elder_id=elder_id,
            set_name="A套餐",
            price_fen=0,
            own_fen=0,
            way=way,
            class_mark="",
            sealed=sealed_answer(Serving, key),
            served_at=at or datetime.combine(day, time(12), tzinfo=SHANGHAI),
            **more,
        )
        session.add(meal)
        session.flush()
        return meal.id


def came_until(elder_id: int, site: Place, last: date, *, days: int = 10) -> None:
    """Somebody who came every day up to a last one."""
    for before in range(days):
        ate(elder_id, site, last - timedelta(days=before))


def ask_after(site: Place, days: int) -> None:
    """After so many days of service somebody asks after a regular."""
    with transaction() as session:
        session.get_one(Site, site.id).absent_days = days
