"""Terms of a scheme that need more than person and price, taken through the real counter: what is read from the
tables (orders, the working-day calendar, other sites' meals, purses) reaches the engine as what it is."""

from __future__ import annotations

import itertools
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from factories import NOW, TODAY, Person, Place, make_area, make_elder, make_menu, make_site, make_staff
from flask import Flask
from sqlalchemy import select

from canteen.base import clock
from canteen.base.access import COMMAND
from canteen.base.db import reading, transaction
from canteen.base.errors import BadInput, Refusal
from canteen.counter.board import counter_board, pace
from canteen.counter.queries import served_for
from canteen.counter.requests import Served, ServeRequest, VoidRequest
from canteen.counter.service import serve_meal, void_serving
from canteen.counter.till import offer_for
from canteen.entitlements.work_calendar import DayEntry, enter_days
from canteen.menus.models import MenuSet
from canteen.orders.rules import OrderRequest
from canteen.orders.service import cancel_order, place_order
from canteen.purses.credits.run import Job
from canteen.purses.credits.service import credit_month
from canteen.schemes.switching import switch_on

_keys = itertools.count(1)
PLAIN = """
id = "plain"
version = "1"
name = "助餐"
stack_group = "meals"
amount = { kind = "per_meal", yuan = 3 }
"""
BOOKED = PLAIN + 'booking = { by = { lunch = "09:10", dinner = "20:00" } }\n'
WORKED = PLAIN + "working_days_only = true\n"
EARLY = NOW.replace(hour=1, minute=10)  # 09:10 in China


def in_force(text: str, *, path: str = "金溪县", since: date = date(2026, 1, 1)) -> None:
    area = make_area(path)
    with transaction() as session:
        switch_on(session, text=text, area_id=area, valid_from=since, actor=COMMAND, at=NOW)


@pytest.fixture
def site(app: Flask) -> Place:
    place = make_site()
    make_menu(place)
    make_menu(place, slot="dinner")
    return place


@pytest.fixture
def clerk(site: Place) -> Person:
    return make_staff("clerk", site=site)


def serve(site: Place, elder: int, *, slot: str = "lunch", now: datetime = NOW, **changes: Any) -> Served:
    request = ServeRequest(key=f"terms-key-{next(_keys):06d}", site_id=site.id, elder_id=elder, slot=slot, **changes)
    return serve_meal(request, actor=COMMAND, now=now)


def void(served: Served) -> None:
    request = VoidRequest(serving_id=served.id, key=f"terms-void-{next(_keys):06d}", reason="没有取餐")
    void_serving(request, actor=COMMAND, now=NOW)


def told(served: Served) -> tuple[int, list[str]]:
    """The own part, and the sentence of every scheme."""
    return served.own_fen, [verdict["reason"] for verdict in served.decision.verdicts]


PAID = (700, ["每餐补助 3.00,不超过餐价,本次补助 3.00"])
NOT_BOOKED = (1000, ["没有预订,只补助预订的餐"])


def order(
    site: Place, elder: int, clerk: Person, *, at: datetime = EARLY, day: date = TODAY, slot: str = "lunch"
) -> int:
    return place_order(OrderRequest(site_id=site.id, elder_id=elder, day=day, slot=slot), actor=clerk.actor, now=at)


def test_a_meal_ordered_in_time_is_paid(site: Place, clerk: Person) -> None:
    in_force(BOOKED)
    elder = make_elder(site=site)
    order(site, elder, clerk)

    assert told(serve(site, elder)) == PAID


def test_a_meal_ordered_a_minute_late_is_not_and_both_times_are_told(site: Place, clerk: Person) -> None:
    in_force(BOOKED)
    elder = make_elder(site=site)
    order(site, elder, clerk, at=EARLY + timedelta(minutes=1))

    own_fen, [sentence] = told(serve(site, elder))

    assert own_fen == 1000
    assert "09:11 预订" in sentence and "应不晚于" in sentence and "09:10" in sentence


def test_orders_that_are_not_for_this_meal_do_not_count(site: Place, clerk: Person) -> None:
    """Another meal of the day, another day, another elder, and one taken back."""
    in_force(BOOKED)
    elder, other = make_elder(site=site), make_elder("李桂花", site=site)
    order(site, elder, clerk, slot="dinner")
    order(site, elder, clerk, day=TODAY + timedelta(days=1))
    order(site, other, clerk)
    assert told(serve(site, elder)) == NOT_BOOKED

    taken_back = make_elder("赵取消", site=site)
    cancel_order(order(site, taken_back, clerk), actor=clerk.actor, now=EARLY)
    assert told(serve(site, taken_back)) == NOT_BOOKED


def test_where_no_scheme_asks_for_it_nobody_must_order(site: Place) -> None:
    in_force(PLAIN)

    assert told(serve(site, make_elder(site=site))) == PAID


@pytest.mark.parametrize(
    ("day", "entered", "paid"),
    [
        pytest.param(date(2026, 11, 20), None, True, id="a Friday"),
        pytest.param(date(2026, 11, 21), None, False, id="a Saturday"),
        pytest.param(date(2026, 10, 1), None, False, id="a holiday on a Thursday"),
        pytest.param(date(2026, 10, 10), None, True, id="a Saturday that is worked"),
        pytest.param(date(2026, 11, 20), False, False, id="a Friday the office entered as off"),
        pytest.param(date(2026, 11, 21), True, True, id="a Saturday the office entered as worked"),
    ],
)
def test_working_days_are_those_of_the_calendar(site: Place, day: date, entered: bool | None, paid: bool) -> None:
    in_force(WORKED)
    if entered is not None:
        with transaction() as session:
            enter_days(session, DayEntry(day, day, entered, "测试"))
    make_menu(site, day=day) if day != TODAY else None

    served = serve(site, make_elder(site=site), now=NOW.replace(month=day.month, day=day.day))

    assert told(served) == (PAID if paid else (1000, ["只补助工作日用餐"]))


def test_one_scheme_that_minds_working_days_leaves_the_others_alone(site: Place) -> None:
    in_force(WORKED)
    in_force(PLAIN.replace('id = "plain"', 'id = "every"').replace('"meals"', '"more"'))
    holiday = date(2026, 10, 1)  # a Thursday
    make_menu(site, day=holiday)

    told_then = told(serve(site, make_elder(site=site), now=NOW.replace(month=10, day=1)))

    assert told_then == (700, ["只补助工作日用餐", PAID[1][0]])


def test_a_limit_counts_the_meals_at_other_sites_and_of_this_period_only(site: Place) -> None:
    in_force(PLAIN + 'caps = [{ per = "week", meals = 2 }]\n')
    other = make_site("石门村助餐点", path="金溪县/云溪镇/石门村")
    make_menu(other, slot="dinner")
    elder = make_elder(site=site)
    for ahead in (-1, 2):
        make_menu(site, day=TODAY + timedelta(days=ahead))

    friday = serve(site, elder, now=NOW - timedelta(days=1))
    lunch = serve(site, elder)
    dinner = serve(other, elder, slot="dinner", now=NOW + timedelta(hours=6))
    monday = serve(site, elder, now=NOW + timedelta(days=2))

    assert [told(one)[0] for one in (friday, lunch, dinner, monday)] == [700, 700, 1000, 700]
    assert told(dinner)[1] == ["本周最多补助 2 餐,已用完"]


def test_a_voided_meal_leaves_its_limit_as_it_was(site: Place) -> None:
    in_force(PLAIN + 'caps = [{ per = "day", meals = 1 }]\n')
    elder = make_elder(site=site)
    void(serve(site, elder))

    assert told(serve(site, elder)) == PAID
    assert told(serve(site, elder, slot="dinner", now=NOW + timedelta(hours=6))) == (1000, ["本日最多补助 1 餐,已用完"])


@pytest.mark.parametrize(("reason", "taken"), [("", False), ("x", False), (" x\u3000", False), ("刷错", True)])
def test_a_meal_is_voided_for_a_reason_of_more_than_a_letter(site: Place, reason: str, taken: bool) -> None:
    in_force(PLAIN)
    elder = make_elder(site=site)
    request = VoidRequest(serving_id=serve(site, elder).id, key="void-for-why", reason=reason)
    if taken:
        assert void_serving(request, actor=COMMAND, now=NOW).reason == reason
        return

    with pytest.raises(BadInput) as wrong:
        void_serving(request, actor=COMMAND, now=NOW)

    assert wrong.value.field == "reason"
    assert serve_refused(site, elder) == "already_served", "it is still in the books"


def serve_refused(site: Place, elder: int) -> str:
    with pytest.raises(Refusal) as refused:
        serve(site, elder)
    return refused.value.code


def test_a_ticket_is_missed_on_the_board_when_it_has_had_its_time(site: Place) -> None:
    """Twenty seconds are a ticket on its way; after that it waits, and the clerk is told."""
    in_force(PLAIN)
    serve(site, make_elder(site=site))

    def waiting(seconds: int) -> int:
        later = NOW + timedelta(seconds=seconds)
        return counter_board(site_id=site.id, day=TODAY, slot="lunch", now=later).waiting_tickets

    assert [waiting(seconds) for seconds in (0, 19, 21, 600)] == [0, 0, 1, 1]


def test_a_set_the_kitchen_counted_runs_out_beside_one_it_did_not(site: Place) -> None:
    in_force(PLAIN)
    with transaction() as session:
        for one in session.scalars(select(MenuSet).where(MenuSet.name == "A套餐")):
            one.prepared = 1
    serve(site, make_elder("甲", site=site), set_name="A套餐")

    with pytest.raises(Refusal) as refused:
        serve(site, make_elder("乙", site=site), set_name="A套餐")
    assert refused.value.code == "sold_out"
    assert serve(site, make_elder("丙", site=site), set_name="B套餐").set_name == "B套餐"


def test_the_pace_is_the_middle_of_the_steps_between_servings() -> None:
    """Backwards in time: 10, 20 and 60 seconds apart."""
    last = [NOW - timedelta(seconds=seconds) for seconds in (0, 10, 30, 90)]

    assert (pace(last), pace(last[:3]), pace(last[:2]), pace([])) == (20, 20, None, None)


def test_of_several_limits_of_a_month_the_clerk_sees_the_nearest(site: Place, clerk: Person) -> None:
    in_force(PLAIN + 'caps = [{ per = "month", yuan = 8 }]\n')
    wide = PLAIN.replace('id = "plain"', 'id = "wide"').replace('"meals"', '"more"')
    in_force(wide + 'caps = [{ per = "month", yuan = 20 }, { per = "day", yuan = 3 }]\n')
    asked = ServeRequest(key="offer-key-1", site_id=site.id, elder_id=make_elder(site=site), slot="lunch")

    offer = offer_for(asked, actor=clerk.actor, now=NOW)

    assert (offer.left_before_fen, offer.left_after_fen) == (800, 500)


def test_what_is_paid_for_a_meal_is_told_share_by_share_in_words_that_add_up(site: Place) -> None:
    """Two schemes and a purse on one meal: each sentence names the fen of its own share."""
    in_force(PLAIN)
    in_force(
        'id = "care"\nversion = "1"\nname = "服务券"\nstack_group = "care"\ncredit = { yuan = 5 }\n'
        'purse = { expires = "month_end", pays_for = ["meal"] }\n'
    )
    elder = make_elder(site=site)
    credit_month(Job(TODAY.replace(day=1)), actor=COMMAND, now=NOW, confirmed=clock.day_of(NOW))

    lunch = serve(site, elder)
    dinner = serve(site, elder, slot="dinner", now=NOW + timedelta(hours=6))

    with reading() as session:
        lunch, dinner = served_for(session, lunch.id), served_for(session, dinner.id)
    assert [(one.payer, one.amount_fen, one.reason.words()) for one in lunch.shares] == [
        ("public", 300, "每餐补助 3.00,不超过餐价,本次补助 3.00"),
        ("public", 500, "从账户余额 5.00 中支付 5.00,还剩 0.00"),
        ("own", 200, "餐价 10.00,补助 8.00,自付 2.00"),
    ]
    assert [(one.amount_fen, one.reason.words()) for one in dinner.shares] == [
        (300, "每餐补助 3.00,不超过餐价,本次补助 3.00"),
        (700, "餐价 10.00,补助 3.00,自付 7.00"),
    ]
    assert sum(one.amount_fen for one in (*lunch.shares, *dinner.shares)) == 2000


def test_a_fact_that_is_not_registered_is_called_missing_and_not_somebody_elses(site: Place) -> None:
    """缺少…不能判定, never 不在范围内: the one is a form to fill, the other an answer."""
    in_force(PLAIN + 'eligible = { settlement = ["rural"] }\n')
    unknown = make_elder(site=site, settlement="")
    elsewhere = make_elder("钱城里", site=site, settlement="urban")

    assert told(serve(site, unknown)) == (1000, ["缺少城镇或农村类别,不能判定"])
    assert told(serve(site, elsewhere)) == (1000, ["城镇或农村类别不在范围内"])
