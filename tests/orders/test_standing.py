"""Standing orders: which days they ask for, what they make, and what they never make."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from factories import (
    NOW,
    TODAY,
    Person,
    Place,
    csrf,
    make_elder,
    make_life_event,
    make_menu,
    make_order,
    make_site,
    make_staff,
    sign_in,
)
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from canteen.base.access import COMMAND
from canteen.base.db import reading, settle
from canteen.base.errors import BadInput, CanteenError, NotFound, Refusal
from canteen.menus.rules import SetDraft, fitting_set, unmet_diet
from canteen.orders.models import Order, StandingOrder
from canteen.orders.rules import Moment
from canteen.orders.service import cancel_order
from canteen.orders.standing.making import make_orders, settle_sets
from canteen.orders.standing.rules import Habit, StandingRequest, meeting, missing_orders, sittings_ahead
from canteen.orders.standing.service import end_standing, keep_standing
from canteen.places.queries import site_for
from canteen.places.rules import DayException, ServicePlan, SlotHours
from tests.orders.conftest import EARLY, serve

LUNCH = SlotHours("lunch", "11:00", "12:30", "09:30")
DINNER = SlotHours("dinner", "17:00", "18:30", "15:00")
#: Saturday.
DAY = TODAY
MORNING = Moment(TODAY, "08:00")


def habit(**changed) -> Habit:
    facts = {
        "id": 1,
        "elder_id": 7,
        "slot": "lunch",
        "weekdays": "1234567",
        "set_name": "",
        "way": "dine_in",
        "from_day": DAY,
        "to_day": None,
        "told": MORNING,
    }
    return Habit(**facts | changed)


def plan(**changed) -> ServicePlan:
    facts = {"weekdays": "1234567", "opened_on": date(2026, 1, 1), "closed_on": None, "exceptions": {}}
    return ServicePlan(**facts | changed)


# -- rules ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "day", "asks"),
    [
        pytest.param({}, DAY, True, id="its first day"),
        pytest.param({}, DAY - timedelta(days=1), False, id="the day before its first"),
        pytest.param({"to_day": DAY}, DAY, True, id="its last day"),
        pytest.param({"to_day": DAY}, DAY + timedelta(days=1), False, id="the day after its last"),
        pytest.param({"weekdays": "6"}, DAY, True, id="the right day of the week"),
        pytest.param({"weekdays": "12345"}, DAY, False, id="another day of the week"),
        pytest.param({"to_day": DAY - timedelta(days=1)}, DAY, False, id="taken back before it began"),
    ],
)
def test_a_habit_covers_its_weekdays_between_its_days(changed, day, asks):
    assert habit(**changed).covers(day) is asks


@pytest.mark.parametrize(
    ("wall_time", "slots"),
    [
        pytest.param("08:00", ["lunch", "dinner"], id="before both"),
        pytest.param("12:30", ["lunch", "dinner"], id="at the last minute of lunch"),
        pytest.param("12:31", ["dinner"], id="when lunch is over"),
        pytest.param("18:31", [], id="when the day is over"),
    ],
)
def test_todays_sittings_ask_until_they_are_over(wall_time, slots):
    ahead = sittings_ahead(plan(), [LUNCH, DINNER], Moment(DAY, wall_time))

    assert [hours.slot for day, hours in ahead if day == DAY] == slots
    assert {day for day, _ in ahead} - {DAY} == {DAY + timedelta(days=n) for n in range(1, 8)}


def test_closed_days_ask_for_nothing():
    monday = DAY + timedelta(days=2)
    closed = plan(weekdays="12345", exceptions={monday: DayException(is_open=False, reason="测试停电")})

    days = {day for day, _ in sittings_ahead(closed, [LUNCH], MORNING)}

    assert days == {DAY + timedelta(days=n) for n in (3, 4, 5, 6)}


@pytest.mark.parametrize(
    ("told", "is_made"),
    [
        pytest.param(Moment(DAY, "09:30"), True, id="at the minute of the cut-off"),
        pytest.param(Moment(DAY, "09:31"), False, id="after it: from tomorrow on"),
        pytest.param(Moment(DAY - timedelta(days=1), "23:00"), True, id="the evening before"),
    ],
)
def test_a_habit_told_in_time_is_made_late_if_the_computer_was_off(told, is_made):
    assert bool(missing_orders([habit(told=told)], [(DAY, LUNCH)], set())) is is_made


@pytest.mark.parametrize(
    ("changed", "meets"),
    [
        pytest.param({"weekdays": "67"}, True, id="they share a Sunday"),
        pytest.param({"weekdays": "123"}, False, id="other days of the week"),
        pytest.param({"slot": "dinner"}, False, id="another slot"),
        pytest.param({"to_day": DAY - timedelta(days=1)}, False, id="it ended before"),
        pytest.param({"to_day": DAY}, True, id="it ends on the first day"),
        pytest.param({"from_day": DAY + timedelta(days=31)}, False, id="it begins after the last day"),
        pytest.param({"from_day": DAY + timedelta(days=30)}, True, id="it begins on the last day"),
    ],
)
def test_two_habits_meet_on_a_day_both_ask_for(changed, meets):
    new = StandingRequest(
        site_id=1, elder_id=7, slot="lunch", weekdays="7", from_day=DAY, to_day=DAY + timedelta(days=30)
    )

    assert bool(meeting(new, [habit(**changed)])) is meets


days = st.integers(0, 10).map(lambda n: DAY + timedelta(days=n))
habits = st.builds(
    habit,
    id=st.integers(1, 4),
    elder_id=st.integers(1, 3),
    slot=st.sampled_from(["lunch", "dinner"]),
    weekdays=st.sets(st.sampled_from("1234567"), min_size=1).map(lambda found: "".join(sorted(found))),
    from_day=days,
    to_day=st.none() | days,
)


@given(st.lists(habits, max_size=6), st.sets(st.tuples(st.integers(1, 3), days, st.sampled_from(["lunch", "dinner"]))))
def test_what_somebody_decided_is_never_made_again(kept, asked):
    made = missing_orders(kept, sittings_ahead(plan(), [LUNCH, DINNER], MORNING), asked)

    assert not {(one.elder_id, day, one.slot) for one, day in made} & asked
    assert all(one.covers(day) for one, day in made)


SETS = [
    SetDraft("A套餐", 1000, "红烧肉"),
    SetDraft("B套餐", 900, "蒸蛋", "少盐、软食"),
    SetDraft("C套餐", 900, "粥", "软食"),
]


@pytest.mark.parametrize(
    ("diet", "chosen"),
    [
        pytest.param("", "A套餐", id="no diet: the first"),
        pytest.param("软食", "B套餐", id="the first that has it"),
        pytest.param("少盐,软食", "B套餐", id="the one that has both"),
        pytest.param("低糖", "A套餐", id="none has it: the first"),
        pytest.param("低糖、软食", "B套餐", id="half is better than nothing"),
    ],
)
def test_the_set_that_fits_a_diet(diet, chosen):
    assert fitting_set(SETS, diet, {}) == chosen


def test_without_a_menu_no_set_fits():
    assert fitting_set([], "软食", {}) == ""


def test_what_a_set_leaves_unmet_is_named():
    assert unmet_diet("低糖、软食", SetDraft("A", 1000, "粥", "少盐、软食"), {}) == ("低糖",)


# -- what is written ------------------------------------------------------------------------------------------------


@pytest.fixture
def wang(site: Place) -> int:
    make_menu(site)
    return make_elder("王秀兰", site=site, diet="软食")


def request_of(site: Place, elder_id: int, **changed) -> StandingRequest:
    facts = {"site_id": site.id, "elder_id": elder_id, "slot": "lunch", "weekdays": "1234567", "from_day": TODAY}
    return StandingRequest(**facts | changed)


def keep(site: Place, elder_id: int, /, *, now=EARLY, actor=COMMAND, **changed) -> int:
    return keep_standing(request_of(site, elder_id, **changed), actor=actor, now=now)


def orders(elder_id: int) -> list[tuple[date, str, str, str, bool]]:
    with reading() as session:
        rows = session.scalars(select(Order).where(Order.elder_id == elder_id).order_by(Order.day, Order.id))
        return [(row.day, row.slot, row.set_name, row.way, row.cancelled_at is None) for row in rows]


def make(site: Place, now=EARLY) -> int:
    return settle(lambda session: make_orders(session, site_for(COMMAND, site.id), actor=COMMAND, now=now))


def order_on(elder_id: int, day: date) -> int:
    with reading() as session:
        return session.scalars(select(Order.id).where(Order.elder_id == elder_id, Order.day == day)).one()


def test_a_habit_makes_the_orders_of_today_and_a_week(site: Place, wang: int) -> None:
    keep(site, wang, way="delivery")

    assert [(day, way, live) for day, _, _, way, live in orders(wang)] == [
        (TODAY + timedelta(days=n), "delivery", True) for n in range(8)
    ]
    assert make(site) == 0


def test_the_set_fits_the_diet_and_waits_for_a_menu(site: Place, wang: int) -> None:
    keep(site, wang)
    tomorrow = TODAY + timedelta(days=1)
    assert [set_name for _, _, set_name, _, _ in orders(wang)][:2] == ["B套餐", ""]

    make_menu(site, day=tomorrow)
    settle(lambda session: settle_sets(session, site_id=site.id, day=tomorrow, slot="lunch", actor=COMMAND, now=EARLY))

    assert [set_name for _, _, set_name, _, _ in orders(wang)][:3] == ["B套餐", "B套餐", ""]


def test_a_cancelled_order_is_not_made_again(site: Place, wang: int) -> None:
    keep(site, wang)
    tomorrow = TODAY + timedelta(days=1)
    cancel_order(order_on(wang, tomorrow), actor=COMMAND, now=EARLY)

    assert make(site) == 0
    assert [live for day, *_, live in orders(wang) if day == tomorrow] == [False]


def test_nothing_is_made_beside_what_was_asked_for_by_itself(site: Place, wang: int) -> None:
    tomorrow = TODAY + timedelta(days=1)
    make_order(wang, site, day=tomorrow, set_name="A套餐", way="take_away")

    keep(site, wang, way="delivery")

    assert [(set_name, way) for day, _, set_name, way, _ in orders(wang) if day == tomorrow] == [("A套餐", "take_away")]


@pytest.mark.parametrize(
    ("kind", "made"),
    [
        pytest.param("died", 1, id="the dead"),
        pytest.param("moved", 1, id="who moved"),
        pytest.param("paused", 8, id="who comes back"),
    ],
)
def test_nobody_cooks_for_who_is_gone(site: Place, wang: int, kind: str, made: int) -> None:
    keep(site, wang, from_day=TODAY + timedelta(days=30))
    make_life_event(wang, kind, TODAY + timedelta(days=1))
    with reading() as session:
        assert session.scalars(select(Order.id)).all() == []

    settle(lambda session: setattr(session.scalars(select(StandingOrder)).one(), "from_day", TODAY))

    assert make(site) == made


def test_the_same_habit_again_is_the_same_and_another_is_refused(site: Place, wang: int) -> None:
    first = keep(site, wang)

    assert keep(site, wang) == first
    with pytest.raises(Refusal) as refused:
        keep(site, wang, weekdays="6", way="delivery")
    assert refused.value.code == "already_standing"
    assert keep(site, wang, slot="dinner") != first


def test_an_end_takes_back_what_was_made_for_later(site: Place, wang: int) -> None:
    standing = keep(site, wang)
    serve(wang, site, day=TODAY)

    assert end_standing(standing, last_day=TODAY, actor=COMMAND, now=EARLY) == 7
    assert [live for *_, live in orders(wang)] == [True] + [False] * 7
    assert end_standing(standing, last_day=TODAY, actor=COMMAND, now=EARLY) == 0
    assert make(site, EARLY + timedelta(days=1)) == 0


def test_a_habit_may_begin_again_after_its_end(site: Place, wang: int) -> None:
    end_standing(keep(site, wang), last_day=TODAY, actor=COMMAND, now=EARLY)

    keep(site, wang, from_day=TODAY + timedelta(days=1))

    # What the end took back stays taken back: somebody decided about those days. The day after is made anew.
    assert make(site, EARLY + timedelta(days=1)) == 1


@pytest.mark.parametrize(
    ("changed", "kind", "field"),
    [
        pytest.param({"weekdays": ""}, BadInput, "weekdays", id="no day of the week"),
        pytest.param({"way": "drone"}, BadInput, "way", id="a way nobody knows"),
        pytest.param({"to_day": TODAY - timedelta(days=1)}, BadInput, "to_day", id="over before it begins"),
        pytest.param({"slot": "breakfast"}, Refusal, "", id="a slot the site does not serve"),
    ],
)
def test_what_no_habit_could_be(site: Place, wang: int, changed: dict[str, object], kind: type, field: str) -> None:
    with pytest.raises(kind) as wrong:
        keep(site, wang, **changed)

    assert isinstance(wrong.value, CanteenError) and wrong.value.next_step
    assert getattr(wrong.value, "field", "") == field
    assert orders(wang) == []


def test_another_counties_elder_is_not_there(site: Place, wang: int) -> None:
    far = make_elder("远方测试", path="远县/远镇/远村")

    with pytest.raises(NotFound):
        keep(site, far)
    with pytest.raises(NotFound):
        keep(site, 2**40)


def test_another_sites_clerk_ends_nothing(site: Place, wang: int) -> None:
    standing = keep(site, wang)
    stranger = make_staff("clerk", site=make_site("外村测试点", path="金溪县/云溪镇/外村")).actor

    with pytest.raises(NotFound):
        end_standing(standing, last_day=TODAY, actor=stranger, now=NOW)


def test_keeping_and_ending_a_habit_on_the_page(client: FlaskClient, site: Place, clerk: Person) -> None:
    make_elder("王秀兰", site=site)
    sign_in(client, clerk)
    found = client.get("/orders/standing?q=王秀兰").get_data(as_text=True)
    assert "登记常订" in found
    elder_id = found.split('name="elder_id" value="')[1].split('"')[0]
    today = (
        found.split('name="from_day"')[0].rsplit('value="', 1)[0]
        and found.split('id="from-')[1].split('value="')[1][:10]
    )
    form = {
        "csrf_token": csrf(client, "/orders/standing"),
        "site_id": site.id,
        "elder_id": elder_id,
        "slot": "lunch",
        "weekdays": ["1", "3", "5"],
        "way": "delivery",
        "from_day": today,
    }

    assert client.post("/orders/standing", data=form | {"weekdays": []}).status_code == 422
    assert client.post("/orders/standing", data=form).status_code == 303
    shown = client.get("/orders/standing").get_data(as_text=True)
    assert "周一、周三、周五" in shown and "送餐" in shown and "按饮食选" in shown
    with reading() as session:
        standing = session.scalars(select(StandingOrder.id)).one()
    ended = client.post(f"/orders/standing/{standing}/end", data={"csrf_token": form["csrf_token"], "last_day": today})
    assert ended.status_code == 303
