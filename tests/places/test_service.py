"""What a manager does with a site: settings and calendar, each in the audit trail."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from canteen.base.errors import BadInput, NotFound, Refusal
from canteen.places import queries
from canteen.places.requests import ExceptionChange, SiteChange
from canteen.places.rules import DayException, SlotHours
from canteen.places.service import keep_site, remove_exception, set_exception
from tests.factories import NOW, Person, Place, make_site, make_staff
from tests.places.conftest import trail

HOLIDAY = date(2026, 10, 1)


def change_of(site: Place) -> SiteChange:
    """The settings as the factory made them."""
    return SiteChange(
        site_id=site.id,
        name=site.name,
        phone="",
        operating_model="village_run",
        weekdays="1234567",
        slots=(SlotHours("lunch", "11:00", "12:30"), SlotHours("dinner", "17:00", "18:30")),
        opened_on=date(2026, 1, 1),
        closed_on=None,
    )


def test_settings_are_kept_and_the_trail_says_what_changed(site: Place, manager: Person) -> None:
    slots = (SlotHours("breakfast", "06:30", "08:00", "06:00"), SlotHours("lunch", "10:50", "12:30", "09:00"))
    change = replace(
        change_of(site),
        name="枫林幸福食堂",
        phone="0794-5550000",
        weekdays="531",
        slots=slots,
        operating_model="mutual",
        closed_on=date(2027, 1, 1),
    )

    keep_site(change, actor=manager.actor, now=NOW)

    settings = queries.site_settings(manager.actor, site.id)
    assert (settings.facts.name, settings.facts.phone, settings.operating_model) == (
        "枫林幸福食堂",
        "0794-5550000",
        "mutual",
    )
    assert settings.facts.slots == slots
    assert (settings.plan.weekdays, settings.plan.closed_on) == ("135", date(2027, 1, 1))
    [(action, detail)] = trail()
    assert action == "keep_site"
    assert detail["weekdays"] == ["1234567", "135"]
    assert "opened_on" not in detail


def test_saving_what_is_there_already_writes_nothing(site: Place, manager: Person) -> None:
    keep_site(change_of(site), actor=manager.actor, now=NOW)

    assert trail() == []


def test_two_sites_of_a_village_have_two_names(site: Place, manager: Person) -> None:
    make_site("枫林二食堂")

    with pytest.raises(Refusal) as refusal:
        keep_site(replace(change_of(site), name="枫林二食堂"), actor=manager.actor, now=NOW)

    assert refusal.value.code == "name_taken"
    assert queries.site_for(manager.actor, site.id).name == site.name
    assert trail() == []


@pytest.mark.parametrize("wrong", [{"slots": ()}, {"weekdays": ""}], ids=["no slot", "no weekday"])
def test_settings_nobody_could_keep_are_refused(site: Place, manager: Person, wrong: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        keep_site(replace(change_of(site), **wrong), actor=manager.actor, now=NOW)  # type: ignore[arg-type]


def test_a_day_is_closed_changed_and_given_back(site: Place, manager: Person) -> None:
    closed = ExceptionChange(site_id=site.id, day=HOLIDAY, is_open=False, reason="国庆节")

    set_exception(closed, actor=manager.actor, now=NOW)
    set_exception(closed, actor=manager.actor, now=NOW)
    assert queries.plan_of(site.id).exceptions == {HOLIDAY: DayException(is_open=False, reason="国庆节")}
    assert queries.planned_days(site.id, HOLIDAY, HOLIDAY) == []

    set_exception(replace(closed, is_open=True, reason="照常供餐"), actor=manager.actor, now=NOW)
    assert queries.planned_days(site.id, HOLIDAY, HOLIDAY) == [HOLIDAY]

    for _ in range(2):
        remove_exception(site_id=site.id, day=HOLIDAY, actor=manager.actor, now=NOW)
    assert queries.plan_of(site.id).exceptions == {}
    assert [action for action, _ in trail()] == ["set_exception", "set_exception", "remove_exception"]
    assert trail()[2][1] == {"day": "2026-10-01", "is_open": True, "reason": "照常供餐"}


def test_another_sites_manager_changes_nothing(site: Place) -> None:
    stranger = make_staff("manager", site=make_site("水口村助餐点", path="金溪县/云溪镇/水口村")).actor
    closed = ExceptionChange(site_id=site.id, day=HOLIDAY, is_open=False, reason="测试")

    for attempt in (
        lambda: keep_site(change_of(site), actor=stranger, now=NOW),
        lambda: set_exception(closed, actor=stranger, now=NOW),
        lambda: remove_exception(site_id=site.id, day=HOLIDAY, actor=stranger, now=NOW),
    ):
        with pytest.raises(NotFound):
            attempt()
    assert queries.plan_of(site.id).exceptions == {}
    assert trail() == []
