"""Several people at once: one wins, the others are told, nothing is there twice."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

from factories import NOW, TODAY, VILLAGE, make_elder, make_staff
from flask import Flask
from sqlalchemy import func, select

from canteen.base import clock
from canteen.base.access import COMMAND
from canteen.base.db import reading
from canteen.base.errors import Refusal
from canteen.entitlements.applications.models import Application, StepDecision
from canteen.entitlements.models import Entitlement
from canteen.entitlements.service import applications, rights
from tests.entitlements.office import AUTOMATIC, asking, at, decide, post, show, switch, take
from tests.trail import broken_chains

AT_ONCE = 4


def at_once(app: Flask, acts: list[Callable[[], object]]) -> list[object]:
    """Run acts in threads that start together; the answer of each, or the code of its refusal."""
    barrier = Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        with app.app_context():
            barrier.wait()
            try:
                return act()
            except Refusal as refusal:
                return refusal.code

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def count(model: type) -> int:
    with reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_two_officers_decide_at_once(app, office):
    after = TODAY + timedelta(days=8)
    application = take(office, make_elder(site=office.site))
    show(office, application)
    post(office, (application,))
    officers = [office.village, *(make_staff("committee", path=VILLAGE) for _ in range(AT_ONCE - 1))]

    found = at_once(app, [lambda who=who: decide(who, application, 0, after) for who in officers])

    assert sorted(map(str, found)) == ["open", *["step_decided"] * (AT_ONCE - 1)]
    assert count(StepDecision) == 1
    with reading() as session:
        assert list(broken_chains(session)) == []


def test_two_counters_take_the_same_elder_at_once(app, office):
    elder = make_elder(site=office.site)
    asked = [asking(office, elder, key=f"{number:032x}") for number in range(AT_ONCE)]

    found = at_once(
        app,
        [lambda one=one: applications.take_application(one, actor=office.clerk.actor, now=at(TODAY)) for one in asked],
    )

    assert sorted(map(str, found)) == ["1", *["already_applied"] * (AT_ONCE - 1)]
    assert count(Application) == 1


def test_the_run_by_age_started_twice_at_once(app, office):
    switch(AUTOMATIC)
    for number in range(5):
        make_elder(f"到龄{number}", birth_day=TODAY.replace(year=1950, month=1 + number), site=office.site)

    found = at_once(
        app, [lambda: rights.grant_due(actor=COMMAND, now=NOW, confirmed=clock.day_of(NOW)) for _ in range(AT_ONCE)]
    )

    assert sum(map(int, map(str, found))) == 5
    assert count(Entitlement) == 5
