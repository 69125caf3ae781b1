"""What is said at doors, on real databases: every outcome, taken back, out of order, from two phones, late."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from canteen.base.db import reading, transaction
from canteen.base.errors import NotFound, Refusal
from canteen.base.vault import the_vault
from canteen.books.models.servings import Serving
from canteen.check import proving
from canteen.counter.requests import ServeRequest, VoidRequest
from canteen.counter.service import serve_meal, void_serving
from canteen.deliveries.marking import service as marking
from canteen.deliveries.marking.queries import RefusedMark, last_marks, refused_marks
from canteen.deliveries.marking.requests import MarkRequest, PhoneTime
from canteen.deliveries.models import Drop
from canteen.deliveries.requests import RouteChange, RunRequest
from canteen.deliveries.service import changing, routes, runs
from canteen.orders.models import Order
from canteen.welfare.models import WelfareCheck
from canteen.welfare.reach import IS_SOFT
from canteen.welfare.requests import StepInput
from canteen.welfare.service import take_step
from tests.factories import NOW, TODAY, Person, Place, make_staff

from .conftest import Walk

_keys = itertools.count(1)
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


@pytest.fixture
def doors(walk: Walk, manager: Person) -> dict[int, int]:
    """Elder -> the drop of today's lunch."""
    run = runs.plan_run(RunRequest(route_id=walk.route_id, day=TODAY, slot="lunch"), actor=manager.actor, now=NOW)
    with reading() as session:
        return dict(session.execute(select(Drop.elder_id, Drop.id).where(Drop.run_id == run.run_id)).all())


def mark(outcome: str, key: str = "", **more: object) -> MarkRequest:
    return MarkRequest(outcome=outcome, key=key or f"mark-{next(_keys):08d}", **more)


def says(drop_id: int, said: MarkRequest, person: Person, *, now=NOW) -> marking.DropOutcome:
    return marking.record_drop(drop_id, said, now=now, actor=person.actor)


def takes_back(drop_id: int, said: MarkRequest, person: Person, *, now=NOW) -> marking.DropOutcome:
    return marking.undo_mark(drop_id, said, now=now, actor=person.actor)


def refusal_of(work: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as caught:
        work()
    return caught.value.code


def live_meals() -> list[tuple[int, str, str, str]]:
    """(elder, way, who took it, relation) of the meals that count."""
    with reading() as session:
        found = select(Serving.elder_id, Serving.way, Serving.collected_by, Serving.relation)
        return [tuple(row) for row in session.execute(found.where(Serving.voided_at.is_(None)).order_by(Serving.id))]


def state_of(drop_id: int) -> str:
    with reading() as session:
        return session.scalars(select(Drop.state).where(Drop.id == drop_id)).one()


def waiting(site: Place) -> list[RefusedMark]:
    return refused_marks(site_id=site.id, vault=the_vault())


def portions(elder_id: int, count: int) -> None:
    with transaction() as session:
        for order in session.scalars(select(Order).where(Order.elder_id == elder_id, Order.slot == "lunch")):
            order.portions = count


@pytest.mark.parametrize(
    ("outcome", "meals", "checks"),
    [
        ("handed_over", 1, 0),
        ("neighbour", 1, 0),
        ("no_answer", 0, 1),
        ("refused", 0, 0),
        ("wrong_address", 0, 0),
        ("brought_back", 0, 0),
    ],
)
def test_each_outcome_and_back_again(
    walk: Walk, doors: dict[int, int], volunteer: Person, outcome: str, meals: int, checks: int
) -> None:
    """Only what somebody has is a serving; taken back, the door is to be gone to again and nothing is owed."""
    said = mark(outcome, who="隔壁测试家" if outcome == "neighbour" else "")

    says(doors[walk.li], said, volunteer)

    with reading() as session:
        opened = session.scalar(select(func.count()).select_from(WelfareCheck))
    assert (len(live_meals()), opened, state_of(doors[walk.li])) == (meals, checks, outcome)

    takes_back(doors[walk.li], said, volunteer)
    takes_back(doors[walk.li], said, volunteer)

    assert (live_meals(), state_of(doors[walk.li])) == ([], "planned")
    assert says(doors[walk.li], said, volunteer).is_repeat, "a mark that comes again after it was taken back"
    assert live_meals() == []
    with reading() as session:
        assert session.scalars(select(WelfareCheck.id).where(WelfareCheck.closed_at.is_(None))).all() == []
    assert proving.prove().problems == []


def test_a_neighbour_is_named_on_the_meal_and_nobody_has_seen_the_elder(
    walk: Walk, doors: dict[int, int], volunteer: Person
) -> None:
    says(doors[walk.li], mark("no_answer"), volunteer)

    says(doors[walk.li], mark("neighbour", who="隔壁测试家"), volunteer, now=NOW + MINUTE)

    assert live_meals() == [(walk.li, "delivery", "隔壁测试家", "邻居")]
    with reading() as session:
        assert session.scalars(select(WelfareCheck.id).where(IS_SOFT)).all() == []


def test_every_box_of_a_door_is_taken_back_with_its_mark(walk: Walk, doors: dict[int, int], volunteer: Person) -> None:
    portions(walk.wang, 3)
    said = mark("handed_over")
    says(doors[walk.wang], said, volunteer)
    assert len(live_meals()) == 3
    with reading() as session:
        assert last_marks(session, [doors[walk.wang]], vault=the_vault())[doors[walk.wang]].own_fen == 500 + 2 * 1000

    takes_back(doors[walk.wang], said, volunteer)

    assert live_meals() == []


def test_only_the_last_mark_of_a_door_is_taken_back(walk: Walk, doors: dict[int, int], volunteer: Person) -> None:
    first, second = mark("refused"), mark("handed_over")
    says(doors[walk.wang], first, volunteer)
    says(doors[walk.wang], second, volunteer)

    assert refusal_of(lambda: takes_back(doors[walk.wang], first, volunteer)) == "mark_followed"
    takes_back(doors[walk.wang], second, volunteer)

    assert state_of(doors[walk.wang]) == "refused"


def test_a_door_somebody_is_looking_after_already_is_not_taken_back(
    walk: Walk, site: Place, doors: dict[int, int], volunteer: Person, manager: Person
) -> None:
    said = mark("no_answer")
    says(doors[walk.wang], said, volunteer)
    with reading() as session:
        check_id = session.scalars(select(WelfareCheck.id)).one()
    step = StepInput(kind="call", result="not_reached", contact=None, words="", key="a-call-0001")
    take_step(check_id, step, actor=manager.actor, now=NOW)

    assert refusal_of(lambda: takes_back(doors[walk.wang], said, volunteer)) == "check_followed"
    assert state_of(doors[walk.wang]) == "no_answer"


def test_a_meal_of_yesterday_is_not_taken_back(walk: Walk, doors: dict[int, int], volunteer: Person) -> None:
    said = mark("handed_over")
    says(doors[walk.wang], said, volunteer)

    assert refusal_of(lambda: takes_back(doors[walk.wang], said, volunteer, now=NOW + DAY)) == "void_too_late"
    assert (len(live_meals()), state_of(doors[walk.wang])) == (1, "handed_over")


def test_a_meal_voided_at_the_counter_is_said_at_the_door_and_can_be_delivered_after_all(
    walk: Walk, site: Place, doors: dict[int, int], volunteer: Person, manager: Person
) -> None:
    said = mark("handed_over")
    serving_id = says(doors[walk.wang], said, volunteer).serving_id
    void_serving(
        VoidRequest(serving_id=serving_id, key="void-at-counter", reason="刷错卡"), actor=manager.actor, now=NOW
    )
    with reading() as session:
        assert last_marks(session, [doors[walk.wang]], vault=the_vault())[doors[walk.wang]].is_voided

    takes_back(doors[walk.wang], said, volunteer)
    says(doors[walk.wang], mark("handed_over"), volunteer)

    assert len(live_meals()) == 1


def test_taken_back_before_it_came_counts_for_nothing(walk: Walk, doors: dict[int, int], volunteer: Person) -> None:
    """Two messages of a phone overtake each other."""
    said = mark("handed_over")

    takes_back(doors[walk.wang], said, volunteer)
    says(doors[walk.wang], said, volunteer)

    assert (live_meals(), state_of(doors[walk.wang])) == ([], "planned")


def test_an_old_mark_sent_again_after_a_newer_one_is_still_the_same(
    walk: Walk, doors: dict[int, int], volunteer: Person
) -> None:
    first = mark("no_answer")
    says(doors[walk.wang], first, volunteer)
    says(doors[walk.wang], mark("handed_over"), volunteer)

    again = says(doors[walk.wang], first, volunteer)

    assert (again.is_repeat, again.state) == (True, "handed_over")


def test_a_mark_keeps_the_phone_s_time_beside_its_own(walk: Walk, doors: dict[int, int], volunteer: Person) -> None:
    """A clock a day ahead, and half an hour without a signal."""
    phone = PhoneTime(NOW + DAY - 30 * MINUTE, NOW + DAY)

    says(doors[walk.wang], mark("handed_over", phone=phone), volunteer)

    with reading() as session:
        shown = last_marks(session, [doors[walk.wang]], vault=the_vault())[doors[walk.wang]]
        assert session.scalars(select(Serving.day)).one() == TODAY
    assert (shown.at, shown.pressed_at, shown.phone_at) == (NOW, NOW - 30 * MINUTE, phone.pressed)
    assert (shown.is_clock_wrong, shown.has_waited) == (True, True)


# -- refused, and never lost ------------------------------------------------------------------------------------------


def test_two_channels_are_refused_in_words_and_somebody_reads_it(
    walk: Walk, site: Place, doors: dict[int, int], volunteer: Person, manager: Person
) -> None:
    serve_meal(ServeRequest(key="at-the-counter", site_id=site.id, elder_id=walk.wang), actor=manager.actor, now=NOW)
    said = mark("handed_over", note="测试:本人收的")

    for _ in range(2):
        assert refusal_of(lambda: says(doors[walk.wang], said, volunteer)) == "already_served"

    [kept] = waiting(site)
    assert (kept.name, kept.outcome, kept.note, kept.volunteer) == (
        "王秀兰",
        "handed_over",
        "测试:本人收的",
        "测试志愿者甲",
    )
    assert "11:42" in str(kept.why)
    clerk = make_staff("clerk", site=site)
    for _ in range(2):
        marking.look_at_mark(kept.id, now=NOW, actor=clerk.actor)
    assert waiting(site) == []


def test_delivered_first_the_counter_refuses(
    walk: Walk, site: Place, doors: dict[int, int], volunteer: Person, manager: Person
) -> None:
    says(doors[walk.wang], mark("neighbour", who="隔壁测试家"), volunteer)
    request = ServeRequest(key="at-the-counter", site_id=site.id, elder_id=walk.wang)

    assert refusal_of(lambda: serve_meal(request, actor=manager.actor, now=NOW)) == "already_served"
    assert len(live_meals()) == 1


def test_a_refused_mark_counts_when_it_is_sent_again_after_things_were_put_right(
    walk: Walk, site: Place, doors: dict[int, int], volunteer: Person
) -> None:
    said = mark("handed_over")
    with transaction() as session:
        order = session.scalars(select(Order).where(Order.elder_id == walk.wang, Order.slot == "lunch")).first()
        order.cancelled_at = NOW
    assert refusal_of(lambda: says(doors[walk.wang], said, volunteer)) == "order_cancelled"
    assert len(waiting(site)) == 1
    with transaction() as session:
        session.get_one(Order, order.id).cancelled_at = None

    says(doors[walk.wang], said, volunteer)

    assert (len(live_meals()), waiting(site)) == (1, [])


def test_what_says_nothing_new_is_not_put_before_anybody(
    walk: Walk, site: Place, doors: dict[int, int], volunteer: Person
) -> None:
    """Two phones press the same button; the second is told, and there is nothing to look into."""
    says(doors[walk.wang], mark("handed_over"), volunteer)

    assert refusal_of(lambda: says(doors[walk.wang], mark("handed_over"), volunteer)) == "drop_decided"
    assert waiting(site) == []
    assert refusal_of(lambda: says(doors[walk.wang], mark("no_answer"), volunteer)) == "drop_decided"
    assert [one.outcome for one in waiting(site)] == ["no_answer"]


def test_a_mark_too_late_for_the_books_is_kept_as_late(
    walk: Walk, site: Place, doors: dict[int, int], volunteer: Person
) -> None:
    late = NOW + 400 * DAY

    assert refusal_of(lambda: says(doors[walk.wang], mark("handed_over"), volunteer, now=late)) == "day_too_old"

    [kept] = waiting(site)
    assert (kept.is_late, kept.day, state_of(doors[walk.wang])) == (True, TODAY, "planned")


# -- given to somebody else while the phone had no signal ----------------------------------------------------------------


def test_what_was_marked_before_the_run_was_given_away_counts(
    walk: Walk, site: Place, doors: dict[int, int], volunteer: Person, manager: Person
) -> None:
    other = make_staff("volunteer", site=site, name="测试志愿者乙")
    with reading() as session:
        run_id = session.scalars(select(Drop.run_id).limit(1)).one()
    changing.hand_over_run(run_id, other.id, actor=manager.actor, now=NOW)

    says(doors[walk.wang], mark("handed_over"), volunteer)

    assert len(live_meals()) == 1
    assert refusal_of(lambda: says(doors[walk.wang], mark("no_answer"), other)) == "drop_decided"
    assert runs.open_runs(site_id=None, day=TODAY, actor=volunteer.actor, now=NOW) == []
    stranger = make_staff("volunteer", site=site, name="测试志愿者丙")
    with pytest.raises(NotFound):
        says(doors[walk.li], mark("handed_over"), stranger)


def test_what_was_marked_before_a_door_went_to_another_route_counts(
    walk: Walk, site: Place, doors: dict[int, int], volunteer: Person, manager: Person
) -> None:
    other = make_staff("volunteer", site=site, name="测试志愿者乙")
    west = RouteChange(site_id=site.id, route_id=None, name="西线", staff_id=other.id)
    west_id = routes.keep_route(west, actor=manager.actor, now=NOW)
    with reading() as session:
        run_id = session.scalars(select(Drop.run_id).limit(1)).one()
    changing.move_doors(run_id, [doors[walk.wang]], west_id, actor=manager.actor, now=NOW)

    says(doors[walk.wang], mark("handed_over"), volunteer)

    assert [meal[0] for meal in live_meals()] == [walk.wang]
    with pytest.raises(NotFound):
        says(doors[walk.li], mark("handed_over"), other)
