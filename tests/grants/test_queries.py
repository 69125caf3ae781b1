"""A site's standing read from its calendar and its servings."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

import pytest
from factories import NOW, Place, make_area, make_menu, make_site
from flask import Flask

from canteen.base.access import COMMAND
from canteen.base.db import reading, transaction
from canteen.counter.requests import ServeRequest, VoidRequest
from canteen.counter.service import serve_meal, void_serving
from canteen.grants import queries
from canteen.places.models import CalendarException
from canteen.places.queries import SiteFacts, site_facts
from canteen.schemes.builtin import builtin_schemes
from canteen.schemes.switching import switch_on

MONDAY = date(2026, 11, 16)
_keys = itertools.count(1)


@pytest.fixture
def site(app: Flask) -> Place:
    """Weekdays only, open since Monday."""
    return make_site(weekdays="12345", opened_on=MONDAY)


def facts(site: Place) -> SiteFacts:
    with reading() as session:
        return site_facts(session, site.id)


def in_force(valid_from: date = date(2026, 1, 1)) -> None:
    county_id = make_area("金溪县")
    with transaction() as session:
        switch_on(
            session, text=builtin_schemes()["jinxi"], area_id=county_id, valid_from=valid_from, actor=COMMAND, at=NOW
        )


def eat(site: Place, day: date, *slots: str) -> list[int]:
    """A guest eats; the menu is made first. Returns the servings."""
    made = []
    for slot in slots:
        make_menu(site, day=day, slot=slot)
        request = ServeRequest(
            key=f"grant-key-{next(_keys):04d}", site_id=site.id, day=day, slot=slot, guest_kind="villager"
        )
        made.append(serve_meal(request, actor=COMMAND, now=NOW).id)
    return made


def test_a_day_counts_by_the_slots_that_have_a_live_meal(site: Place) -> None:
    in_force()
    eat(site, MONDAY, "lunch", "dinner")
    eat(site, MONDAY + timedelta(days=1), "lunch")
    [undone] = eat(site, MONDAY + timedelta(days=2), "lunch")
    void_serving(VoidRequest(serving_id=undone, key="void-key-1", reason="测试作废"), actor=COMMAND, now=NOW)
    eat(site, date(2026, 11, 21), "lunch")  # a Saturday

    found = queries.standing_of(facts(site), year=2026, today=date(2026, 11, 21))

    assert found.standing is not None
    assert (found.standing.days_with_one, found.standing.days_with_two, found.standing.unplanned_days) == (2, 1, 1)
    assert (found.standing.planned_so_far, found.standing.planned_days) == (5, 34)
    assert (found.standing.one_meal_fen, found.standing.two_meals_fen) == (1_000_000, 2_000_000)
    assert found.standing.needed_days == 31
    assert found.scheme_name == "金溪县老年助餐"
    assert "JX-10" in found.source
    assert [(line.month, line.planned, line.with_one, line.with_two) for line in found.months] == [
        (11, 11, 2, 1),
        (12, 23, 0, 0),
    ]


def test_closed_days_are_not_planned_and_extra_days_are(site: Place) -> None:
    in_force()
    with transaction() as session:
        session.add(CalendarException(site_id=site.id, day=MONDAY, is_open=False, reason="测试停电"))
        session.add(CalendarException(site_id=site.id, day=date(2026, 11, 21), is_open=True, reason="测试加开"))
    eat(site, date(2026, 11, 21), "lunch", "dinner")

    found = queries.standing_of(facts(site), year=2026, today=date(2026, 11, 21))

    assert found.standing is not None
    assert (found.standing.planned_days, found.standing.days_with_two, found.standing.unplanned_days) == (34, 1, 0)


def test_without_a_scheme_there_is_nothing_to_stand_against(site: Place) -> None:
    eat(site, MONDAY, "lunch")

    found = queries.standing_of(facts(site), year=2026, today=date(2026, 11, 21))

    assert (found.standing, found.scheme_name) == (None, "")
    assert found.months[0].with_one == 1


def test_a_year_is_judged_by_the_terms_of_its_last_day_that_has_come(site: Place) -> None:
    in_force(valid_from=date(2026, 11, 1))

    before = queries.standing_of(facts(site), year=2025, today=date(2026, 11, 21))
    this = queries.standing_of(facts(site), year=2026, today=date(2026, 11, 21))

    assert (before.standing is None, this.standing is None) == (True, False)


def test_another_sites_meals_do_not_count(site: Place) -> None:
    in_force()
    other = make_site("测试外村助餐点", path="金溪县/云溪镇/测试村")
    eat(other, MONDAY, "lunch", "dinner")

    found = queries.standing_of(facts(site), year=2026, today=date(2026, 11, 21))

    assert found.standing is not None
    assert found.standing.days_with_one == 0


def test_the_calendar_shows_plan_and_meals_of_whole_weeks(site: Place) -> None:
    eat(site, MONDAY, "dinner", "lunch")

    weeks = queries.service_calendar(site.id, month=date(2026, 11, 1))

    assert [len(week) for week in weeks] == [7] * 6
    days = {one.plan.day: one for week in weeks for one in week}
    assert days[MONDAY].slots == ("lunch", "dinner")
    assert [days[date(2026, 11, day)].plan.state for day in (15, 16, 21)] == ["outside", "planned", "off"]
