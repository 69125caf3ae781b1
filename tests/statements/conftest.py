"""A site in Jinxi with two people at its books."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from factories import NOW, TODAY, Person, Place, make_area, make_menu, make_site, make_staff
from flask import Flask

from canteen.base.access import COMMAND
from canteen.base.db import transaction
from canteen.counter.requests import Served, ServeRequest, VoidRequest
from canteen.counter.service import serve_meal, void_serving
from canteen.schemes.builtin import builtin_schemes
from canteen.schemes.switching import switch_on

_keys = itertools.count(1)
Serve = Callable[..., Served]


@pytest.fixture
def site(app: Flask) -> Place:
    place, county_id = make_site(), make_area("金溪县")
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
    return make_staff("manager", site=site, name="测试站长")


@pytest.fixture
def second(site: Place) -> Person:
    return make_staff("manager", site=site, name="测试会计")


@pytest.fixture
def serve(site: Place) -> Serve:
    """Serve lunch; by default today and of the site."""

    def work(
        elder_id: int | None = None, *, at: datetime = NOW, where: Place = site, day: date = TODAY, **more: Any
    ) -> Served:
        guest = {} if elder_id else {"guest_kind": "villager"}
        request = ServeRequest(
            key=f"book-key-{next(_keys):06d}",
            site_id=where.id,
            elder_id=elder_id,
            day=day,
            **({"slot": "lunch"} | guest | more),
        )
        return serve_meal(request, actor=COMMAND, now=at)

    return work


@pytest.fixture
def void() -> Callable[..., None]:
    def work(served: Served, *, at: datetime | None = None, reason: str = "测试刷错卡") -> None:
        void_serving(
            VoidRequest(serving_id=served.id, key=f"void-{next(_keys):06d}", reason=reason),
            actor=COMMAND,
            now=at or served.served_at,
        )

    return work
