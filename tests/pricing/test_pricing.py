"""What is gathered for a price: each fact is read where a scheme in force asks for it, of this person and of that day."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from factories import NOW, TODAY, Place, make_area, make_elder, make_site
from flask import Flask

from canteen.base import clock
from canteen.base.access import COMMAND
from canteen.base.db import reading, transaction
from canteen.books.models.services import CareService
from canteen.care.models import Provider
from canteen.entitlements.models import ENTITLEMENT
from canteen.entitlements.work_calendar import DayEntry, enter_days
from canteen.people.queries import load_elder
from canteen.pricing.pricing import Pricing, pricing_for, pricing_for_service
from canteen.purses.credits.run import Job
from canteen.purses.credits.service import credit_month
from canteen.schemes.facts import Meal, Service
from canteen.schemes.switching import switch_on
from tests.entitlements.test_rights import halt, right
from tests.factories import sealed_answer
from tests.sent import statements

PLAIN = 'id = "plain"\nversion = "1"\nname = "助餐"\nstack_group = "meals"\namount = { kind = "per_meal", yuan = 3 }\n'
APPROVED = PLAIN + '[approval]\n[[approval.steps]]\nname = "初审"\nlevel = "village"\n'
PURSE = """
id = "care"
version = "1"
name = "服务券"
stack_group = "care"
classes = [{ code = "甲", when = { age = { from = 80 } }, credit = { yuan = 100 } }]
[purse]
expires = "month_end"
pays_for = ["meal", "services"]
freeze_on = ["hospital"]
"""
BUDGET = (
    PLAIN.replace('"plain"', '"stream"')
    + 'funding_order = "waterfall"\n[[funding]]\npayer = "乡镇"\nbudget_yuan = 20\nbudget_per = "month"\n'
)
VISITS = """
id = "visits"
version = "1"
name = "上门服务"
stack_group = "visits"
[[services]]
kind = "cleaning"
hour_yuan = 30
"""


@pytest.fixture
def site(app: Flask) -> Place:
    return make_site()


def in_force(text: str, *, path: str = "金溪县", since: date = date(2026, 1, 1)) -> None:
    area = make_area(path)
    with transaction() as session:
        switch_on(session, text=text, area_id=area, valid_from=since, actor=COMMAND, at=NOW)


def meal(**changed: Any) -> Meal:
    known = {"day": TODAY, "slot": "lunch", "price_fen": 0, "way": "dine_in", "site_area": "金溪县/云溪镇/枫林村"}
    return Meal(**known | changed)


def gather(elder: int | None, occasion: Meal | None = None, *, ordered: datetime | None = None) -> Pricing:
    wanted = occasion or meal()
    with reading() as session:
        known = None if elder is None else load_elder(session, elder, day=wanted.day)
        return pricing_for(session, known, wanted, ordered=ordered)


def gather_service(elder: int, *, day: date = TODAY, area_path: str = "金溪县/云溪镇/枫林村") -> Pricing:
    service = Service(day, "cleaning", 60)
    with reading() as session:
        known = load_elder(session, elder, day=day)
        assert known is not None
        return pricing_for_service(session, known, service, area_path=area_path)


def test_a_guest_pays_all_and_nothing_is_read(site: Place) -> None:
    in_force(PLAIN)
    with statements() as sent:
        found = gather(None)
    decision = found.divide(1234)

    assert (found, sent) == (Pricing(None, meal()), [])
    assert (decision.price_fen, decision.own_fen, decision.public_fen) == (1234, 1234, 0)
    assert [(one.payer, one.scheme, one.amount_fen, one.reason.code) for one in decision.shares] == [
        ("own", "", 1234, "own_all")
    ]


def test_a_plain_scheme_asks_for_nothing_but_itself_and_the_use(site: Place) -> None:
    in_force(PLAIN)
    elder = make_elder(site=site)
    found = gather(elder, ordered=NOW)

    assert [one.id for one in found.schemes] == ["plain"]
    assert (found.used, found.times, found.purses, found.budgets) == ({}, {}, {}, {})
    assert found.person is not None and (found.person.approved, found.person.started) == (None, ())
    assert found.occasion == meal()
    assert found.divide(1000).own_fen == 700


def test_an_approval_is_the_persons_of_the_day(site: Place) -> None:
    in_force(APPROVED)
    elder, other = make_elder(site=site), make_elder("李桂花", site=site)
    right(elder, date(2026, 11, 1), date(2026, 11, 21), scheme="plain")
    right(other, scheme="plain")

    def approved(day: date) -> frozenset[str] | None:
        person = gather(elder, meal(day=day)).person
        assert person is not None and person.started == ()
        return person.approved

    days = (date(2026, 10, 31), date(2026, 11, 1), TODAY, TODAY + timedelta(days=1))
    assert [approved(day) for day in days] == [frozenset(), {"plain"}, {"plain"}, frozenset()]
    with transaction() as session:
        held = session.scalar(ENTITLEMENT.select().where(ENTITLEMENT.c.elder_id == elder))
    halt(held, TODAY)
    assert approved(TODAY) == frozenset()


def test_the_first_day_of_a_right_counts_where_a_part_month_does(site: Place) -> None:
    in_force(
        APPROVED.replace("[approval]", 'part_month = "days"\ncaps = [{ per = "month", yuan = 30 }]\n[approval]', 1)
    )
    elder = make_elder(site=site)
    right(elder, date(2026, 11, 16), scheme="plain")

    person = gather(elder).person

    assert person is not None and person.started == (("plain", date(2026, 11, 16)),)


CALENDARS = {"nobody asks": (PLAIN, None), "a Saturday": (PLAIN + "working_days_only = true\n", False)}


@pytest.mark.parametrize(("text", "worked"), CALENDARS.values(), ids=CALENDARS)
def test_the_calendar_is_read_where_a_scheme_pays_on_working_days(site: Place, text: str, worked: bool | None) -> None:
    in_force(text)
    elder = make_elder(site=site)
    assert gather(elder).occasion.working_day is worked  # type: ignore[union-attr]

    with transaction() as session:
        enter_days(session, DayEntry(TODAY, TODAY, True, "调休"))
    assert gather(elder).occasion.working_day is (None if worked is None else True)  # type: ignore[union-attr]


def test_a_booking_is_told_in_the_canteens_time_where_a_scheme_asks(site: Place) -> None:
    at = datetime(2026, 11, 20, 16, 30, tzinfo=NOW.tzinfo)  # half past midnight in China
    elder = make_elder(site=site)
    in_force(PLAIN)
    assert gather(elder, ordered=at).occasion == meal()

    in_force(PLAIN.replace('"plain"', '"booked"') + 'booking = { by = { lunch = "09:10" } }\n')
    assert gather(elder, ordered=at).occasion == meal(booked_on=TODAY, booked_time="00:30")
    assert gather(elder).occasion == meal()


def test_a_purse_that_its_scheme_freezes_is_not_among_them(site: Place) -> None:
    from factories import make_life_event

    in_force(PURSE)
    elder = make_elder(site=site)
    credit_month(Job(date(2026, 11, 1)), actor=COMMAND, now=NOW, confirmed=clock.day_of(NOW))

    assert gather(elder).purses == gather_service(elder).purses == {"care": 10000}
    assert gather(elder, meal(day=date(2026, 12, 1))).purses == {}
    make_life_event(elder, "paused", TODAY)
    assert gather(elder).purses == gather_service(elder).purses == {}
    assert gather(elder, meal(day=date(2026, 11, 20))).purses == {"care": 10000}


def test_budgets_are_those_of_the_place_and_the_day(site: Place) -> None:
    in_force(BUDGET)
    elder = make_elder(site=site)

    assert gather(elder).budgets == {("stream", "乡镇", "2026-11"): 2000}
    assert gather(elder, meal(day=date(2026, 12, 1))).budgets == {("stream", "乡镇", "2026-12"): 2000}
    assert gather(elder, meal(site_area="青禾县/云溪镇/枫林村")).budgets == {}


def test_the_schemes_of_a_meal_are_those_of_the_site_and_of_the_day(site: Place) -> None:
    in_force(PLAIN, since=TODAY)
    in_force(PLAIN.replace('"plain"', '"far"'), path="青禾县")
    elder = make_elder(site=site, hukou="青禾县/云溪镇/枫林村")

    def ids(**changed: Any) -> list[str]:
        return [one.id for one in gather(elder, meal(**changed)).schemes]

    assert (ids(), ids(day=date(2026, 11, 20)), ids(site_area="青禾县/云溪镇")) == (["plain"], [], ["far"])


def test_the_schemes_of_a_service_are_those_of_the_residence_and_of_the_hukou(site: Place) -> None:
    """Those with a purse or services; of one scheme the residence's version counts."""
    in_force(PLAIN)
    in_force(VISITS)
    in_force(VISITS.replace("上门服务", "户籍地的"), path="青禾县")
    in_force(PURSE, path="青禾县")
    elder, here = make_elder(site=site, hukou="青禾县/云溪镇/枫林村"), make_elder("李桂花", site=site)

    assert [(one.id, one.name) for one in gather_service(elder).schemes] == [("visits", "上门服务"), ("care", "服务券")]
    assert [one.id for one in gather_service(here).schemes] == ["visits"]
    assert [one.id for one in gather_service(elder, day=date(2025, 12, 31)).schemes] == []


def test_paid_times_are_those_of_this_year_not_voided(site: Place) -> None:
    """Counted in the periods that were written with each; from the week that may have begun in the last year on."""
    in_force(VISITS)
    elder, other = make_elder(site=site), make_elder("李桂花", site=site)
    with transaction() as session:
        provider = Provider(
            area_id=site.area_id, name="测试服务队", kind="business", phone="", licence="", services=[], created_at=NOW
        )
        session.add(provider)
        session.flush()
        for number, (who, day, voided) in enumerate(
            (
                (elder, TODAY, None),
                (elder, date(2026, 1, 1), None),
                (elder, date(2025, 12, 26), None),
                (elder, date(2025, 12, 25), None),
                (elder, date(2026, 2, 1), NOW),
                (other, TODAY, None),
            )
        ):
            keys = (("visits", "cleaning", f"{day:%Y-%m}"), ("visits", "cleaning", f"{day:%Y}"))
            session.add(
                CareService(
                    key=f"care-key-{number}", asked="", site_id=site.id, elder_id=who, provider_id=provider.id,
                    kind="cleaning", day=day, minutes=60, price_fen=3000, own_fen=0, pay_way="cash",
                    confirmed_by="elder", confirmer="", worker="", note="", sealed=sealed_answer(CareService, f"care-key-{number}", times=keys),
                    recorded_at=NOW, voided_at=voided, void_reason="x" if voided else "",
                )
            )  # fmt: skip

    assert gather_service(elder).times == {
        ("visits", "cleaning", "2026-11"): 1,
        ("visits", "cleaning", "2026-01"): 1,
        ("visits", "cleaning", "2025-12"): 1,
        ("visits", "cleaning", "2026"): 2,
        ("visits", "cleaning", "2025"): 1,
    }
