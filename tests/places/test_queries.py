"""Who reaches which site, and what every feature sees of one."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask

from canteen.base.access import COMMAND
from canteen.base.db import reading, transaction
from canteen.base.errors import NotFound
from canteen.places import queries
from canteen.places.registry import NewSite, add_site, ensure_area, usual_hours
from canteen.places.requests import ExceptionChange
from canteen.places.rules import SlotHours
from canteen.places.service import set_exception
from tests.factories import NOW, Place, make_site, make_staff
from tests.sent import statements
from tests.told import told

OTHER_VILLAGE = "金溪县/云溪镇/水口村"
OTHER_COUNTY = "青禾县/云溪镇/枫林村"


def test_the_facts_of_a_site_come_in_one_statement(site: Place) -> None:
    with reading() as session, statements() as sent:
        facts = queries.site_facts(session, site.id)

    assert len(sent) == 1
    assert (facts.code, facts.name, facts.area_path) == (site.code, site.name, site.area_path)
    assert facts.slots == (SlotHours("lunch", "11:00", "12:30"), SlotHours("dinner", "17:00", "18:30"))
    assert facts.hours_of("dinner") == facts.slots[1]
    assert facts.hours_of("breakfast") is None


def test_reach_is_the_own_site_or_the_area_and_all_below(site: Place) -> None:
    other = make_site("水口村助餐点", path=OTHER_VILLAGE)
    far = make_site("青禾助餐点", path=OTHER_COUNTY)
    reach = {
        "bound": (make_staff("clerk", site=site).actor, [site.id]),
        "village": (make_staff("committee", path=OTHER_VILLAGE).actor, [other.id]),
        "county": (make_staff("administrator", path="金溪县").actor, [site.id, other.id]),
        "command line": (COMMAND, [site.id, other.id, far.id]),
    }

    for name, (actor, expected) in reach.items():
        assert [one.id for one in queries.sites_of(actor)] == expected, name
        assert queries.default_site(actor).id == expected[0], name
        for place in (site, other, far):
            if place.id in expected:
                assert queries.site_for(actor, place.id).id == place.id
            else:
                with pytest.raises(NotFound):
                    queries.site_for(actor, place.id)


def test_a_name_that_begins_the_same_is_not_inside(site: Place) -> None:
    make_site("溪县食堂", path="金溪县镇/枫林村")

    assert [one.id for one in queries.sites_of(make_staff("administrator", path="金溪县").actor)] == [site.id]


@pytest.mark.parametrize("site_id", [0, -1, 999, 2**31, 2**70])
def test_a_site_that_is_not_there_is_not_found(app: Flask, site_id: int) -> None:
    with pytest.raises(NotFound):
        queries.site_for(COMMAND, site_id)


def test_who_reaches_no_site_hears_what_to_do(app: Flask) -> None:
    stranger = make_staff("administrator", path="青禾县").actor

    with pytest.raises(NotFound) as error:
        queries.default_site(stranger)

    assert "init" in error.value.next_step


def test_a_command_names_a_site_by_code_or_name_or_not_at_all(site: Place) -> None:
    assert queries.site_named(COMMAND, "").id == site.id
    assert queries.site_named(COMMAND, site.code).id == site.id
    assert queries.site_named(COMMAND, site.name).id == site.id

    other = make_site("水口村助餐点", path=OTHER_VILLAGE)
    with pytest.raises(NotFound) as error:
        queries.site_named(COMMAND, "")
    assert site.code in str(error.value.fields) and other.code in str(error.value.fields)


@pytest.mark.parametrize("code", ["S999", "x\x00y", "' or 1=1 --", "長" * 400])
def test_a_code_nobody_has_is_not_found(site: Place, code: str) -> None:
    with pytest.raises(NotFound):
        queries.site_by_code(code)


def test_planned_days_follow_weekdays_exceptions_and_the_first_day(app: Flask) -> None:
    place = make_site(weekdays="135", opened_on=date(2026, 11, 4))
    for day, is_open in ((date(2026, 11, 6), False), (date(2026, 11, 7), True)):
        change = ExceptionChange(site_id=place.id, day=day, is_open=is_open, reason="测试")
        set_exception(change, actor=COMMAND, now=NOW)

    found = queries.planned_days(place.id, date(2026, 11, 1), date(2026, 11, 11))

    assert found == [date(2026, 11, day) for day in (4, 7, 9, 11)]
    assert queries.planned_days(place.id, date(2026, 11, 5), date(2026, 11, 4)) == []


def test_an_area_is_made_once_with_all_above_it(app: Flask) -> None:
    with transaction() as session:
        first = ensure_area(session, "江西省/抚州市/金溪县/云溪镇/天后宫社区")
        again = ensure_area(session, "江西省/抚州市/金溪县/云溪镇/天后宫社区")
        beside = ensure_area(session, "江西省/抚州市/金溪县/云溪镇/枫林村")

        assert again.id == first.id
        assert (first.level, first.settlement) == ("village", "urban")
        assert (beside.parent_id, beside.settlement) == (first.parent_id, "rural")


def test_codes_of_new_sites_skip_those_in_use(app: Flask) -> None:
    with transaction() as session:
        area_id = ensure_area(session, "金溪县/云溪镇/枫林村").id

        def add(name: str, code: str = "") -> str:
            new = NewSite(area_id=area_id, name=name, opened_on=NOW.date(), slots=(usual_hours("lunch"),), code=code)
            return add_site(session, new).code

        assert [add("甲"), add("乙", "S3"), add("丙"), add("丁")] == ["S1", "S3", "S4", "S5"]


@pytest.mark.parametrize("said", [{}, {"missing": "没有找到这份用餐", "next_step": "请刷新页面"}])
def test_a_site_that_is_not_there_and_one_out_of_reach_are_told_alike(site: Place, said: dict[str, str]) -> None:
    """Not there, or not yours: who asks learns nothing of other sites."""
    stranger = make_staff("manager", site=make_site("水口村助餐点", path=OTHER_COUNTY))
    with reading() as session:
        answers = {
            told(lambda one=one: queries.site_in_reach(session, stranger.actor, one, **said)) for one in (site.id, 999)
        }

    assert answers == {(said.get("missing", "没有找到这个助餐点"), said.get("next_step", "请从首页重新选择助餐点"))}
