"""A site in Jinxi with a menu, a volunteer, and a route of three doors: Wang, Li, Zhao."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select

from canteen.base import clock
from canteen.base.access import COMMAND
from canteen.base.db import reading, transaction
from canteen.deliveries.requests import NewStop, RouteChange
from canteen.deliveries.service import routes
from canteen.orders.models import Order
from canteen.schemes.builtin import builtin_schemes
from canteen.schemes.switching import switch_on
from tests.factories import NOW, Person, Place, make_area, make_elder, make_menu, make_order, make_site, make_staff

#: 09:10 in China on the test day, before the lunch cut-off of 09:30.
EARLY = NOW.replace(hour=1, minute=10)


@dataclass(frozen=True)
class Walk:
    """A route and who is on it: every day lunch and dinner are carried to them."""

    route_id: int
    wang: int
    li: int
    zhao: int
    site: Place

    def order_today(self) -> None:
        """Pages ask the clock for today: whoever of them has no order there yet has lunch carried."""
        with reading() as session:
            there = set(session.scalars(select(Order.elder_id).where(Order.day == clock.today())))
        for elder_id in {self.wang, self.li, self.zhao} - there:
            make_order(elder_id, self.site, day=clock.today(), way="delivery")


@pytest.fixture
def site(app: Flask) -> Place:
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
def manager(site: Place) -> Person:
    return make_staff("manager", site=site)


@pytest.fixture
def volunteer(site: Place) -> Person:
    return make_staff("volunteer", site=site, name="测试志愿者甲")


@pytest.fixture
def walk(site: Place, manager: Person, volunteer: Person) -> Walk:
    wang = make_elder("王秀兰", site=site, diet="少盐软食", phone="13900000001", address="测试路一号二楼")
    li = make_elder("李桂英", site=site, phone="13900000002", address="测试路二号")
    zhao = make_elder("赵福贵", site=site, village_group="3组")
    route_id = routes.keep_route(
        RouteChange(site_id=site.id, route_id=None, name="东线", staff_id=volunteer.id), actor=manager.actor, now=NOW
    )
    for elder, hint in ((wang, "钥匙在隔壁测试家"), (li, ""), (zhao, "")):
        stop = NewStop(route_id=route_id, elder_id=elder, hint=hint, slots=("lunch", "dinner"))
        routes.add_stop(stop, actor=manager.actor, now=EARLY)
    return Walk(route_id, wang, li, zhao, site)
