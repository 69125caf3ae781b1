"""A site in Jinxi whose scheme is in force, with a menu, its clerk, and a committee that looks."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from factories import NOW, Person, Place, make_area, make_menu, make_site, make_staff
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
    make_menu(place, slot="dinner")
    return place


@pytest.fixture
def clerk(site: Place) -> Person:
    return make_staff("clerk", site=site)


@pytest.fixture
def committee(site: Place) -> Person:
    return make_staff("committee", site=site)


@pytest.fixture
def serve(site: Place, clerk: Person) -> Serve:
    """Serve a meal through the counter's service; by default lunch of an elder at the site, now."""

    def work(elder_id: int | None = None, *, at: datetime = NOW, where: Place = site, **more: Any) -> Served:
        actor = clerk.actor if where.id == site.id else COMMAND
        guest = {} if elder_id else {"guest_kind": "villager"}
        request = ServeRequest(
            key=f"test-key-{next(_keys):06d}", site_id=where.id, elder_id=elder_id, **({"slot": "lunch"} | guest | more)
        )
        return serve_meal(request, actor=more.pop("actor", actor) if "actor" in more else actor, now=at)

    return work


@pytest.fixture
def void(clerk: Person) -> Callable[[Served], None]:
    """Void a serving."""

    def work(served: Served, reason: str = "测试作废") -> None:
        request = VoidRequest(serving_id=served.id, key=f"void-key-{next(_keys):06d}", reason=reason)
        void_serving(request, actor=clerk.actor, now=served.served_at)

    return work
