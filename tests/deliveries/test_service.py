"""Routes, runs and drops on real databases."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from canteen.audit.models import Audit
from canteen.base.db import reading, transaction
from canteen.base.errors import BadInput, NotFound, Refusal
from canteen.base.vault import the_vault
from canteen.books.models.ledger import Entry
from canteen.books.models.servings import Serving
from canteen.counter.requests import ServeRequest
from canteen.counter.service import serve_meal
from canteen.deliveries import doors, queries
from canteen.deliveries.marking import service as marking
from canteen.deliveries.marking.requests import MarkRequest
from canteen.deliveries.marking.told import told_of as told_at_door
from canteen.deliveries.models import Drop, DropMark, RouteStop, Run
from canteen.deliveries.requests import NewStop, RouteChange, RunRequest
from canteen.deliveries.service import routes, runs
from canteen.orders.models import Order
from canteen.welfare.models import WelfareCheck, WelfareStep
from canteen.welfare.seen import Seen, seen_of, told_of
from tests.at_rest import readable
from tests.factories import NOW, TODAY, Person, Place, make_elder, make_life_event, make_order, make_site, make_staff
from tests.sent import statements

from .conftest import Walk

_keys = itertools.count(1)


def key() -> str:
    return f"tap-{next(_keys):08d}"


def plan(walk: Walk, manager: Person, *, day: date = TODAY, slot: str = "lunch", **more: int) -> runs.PlannedRun:
    request = RunRequest(route_id=walk.route_id, day=day, slot=slot, **more)
    return runs.plan_run(request, actor=manager.actor, now=NOW)


def drops(run_id: int) -> dict[int, Drop]:
    """The drops of a run by elder."""
    with reading() as session:
        return {
            drop.elder_id: drop
            for drop in session.scalars(
                select(Drop)
                .where(Drop.run_id == run_id)
                .order_by(Drop.position)
                .execution_options(populate_existing=True)
            )
        }


def tap(drop: Drop, outcome: str, person: Person, *, tap_key: str = "", note: str = "") -> marking.DropOutcome:
    return marking.record_drop(
        drop.id, MarkRequest(outcome=outcome, key=tap_key or key(), note=note), now=NOW, actor=person.actor
    )


def count(model: type) -> int:
    with reading() as session:
        return session.execute(select(func.count()).select_from(model)).scalar_one()


def refusal_of(work: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as caught:
        work()
    return caught.value.code


def order_of(route_id: int) -> list[int]:
    with reading() as session:
        return list(
            session.scalars(
                select(RouteStop.elder_id).where(RouteStop.route_id == route_id).order_by(RouteStop.position)
            )
        )


# -- routes ---------------------------------------------------------------------------------------------------------


def test_a_route_remembers_its_order(walk: Walk, manager: Person) -> None:
    with reading() as session:
        zhao_stop = session.scalars(select(RouteStop.id).where(RouteStop.elder_id == walk.zhao)).one()

    routes.move_stop(zhao_stop, "up", actor=manager.actor, now=NOW)

    assert order_of(walk.route_id) == [walk.wang, walk.zhao, walk.li]


def test_a_removed_stop_leaves_the_others_in_order(walk: Walk, manager: Person) -> None:
    with reading() as session:
        wang_stop = session.scalars(select(RouteStop.id).where(RouteStop.elder_id == walk.wang)).one()

    routes.remove_stop(wang_stop, actor=manager.actor, now=NOW)
    routes.add_stop(NewStop(route_id=walk.route_id, elder_id=walk.wang), actor=manager.actor, now=NOW)

    assert order_of(walk.route_id) == [walk.li, walk.zhao, walk.wang]


def test_adding_the_same_door_twice_is_one_stop(walk: Walk, manager: Person) -> None:
    routes.add_stop(NewStop(route_id=walk.route_id, elder_id=walk.li), actor=manager.actor, now=NOW)

    assert order_of(walk.route_id) == [walk.wang, walk.li, walk.zhao]


def test_a_hint_is_sealed(walk: Walk) -> None:
    with reading() as session:
        stop = session.scalars(select(RouteStop).where(RouteStop.elder_id == walk.wang)).one()

    assert stop.sealed_hint is not None
    assert not readable(["钥匙"], stop.sealed_hint)
    assert the_vault().open(stop.sealed_hint, f"stop:{walk.wang}") == "钥匙在隔壁测试家"


def test_a_name_the_site_has_is_refused(walk: Walk, site: Place, manager: Person) -> None:
    again = RouteChange(site_id=site.id, route_id=None, name=" 东线 ", staff_id=None)

    assert refusal_of(lambda: routes.keep_route(again, actor=manager.actor, now=NOW)) == "name_taken"


def test_routes_of_another_site_are_not_there(walk: Walk) -> None:
    stranger = make_staff("manager", site=make_site("测试外村助餐点", path="金溪县/云溪镇/测试村")).actor
    far = make_elder("外村测试", path="金溪县/云溪镇/测试村")
    with reading() as session:
        stop = session.scalars(select(RouteStop.id).where(RouteStop.elder_id == walk.wang)).one()

    for work in (
        lambda: routes.add_stop(NewStop(route_id=walk.route_id, elder_id=far), actor=stranger, now=NOW),
        lambda: routes.remove_stop(stop, actor=stranger, now=NOW),
        lambda: routes.move_stop(stop, "down", actor=stranger, now=NOW),
        lambda: routes.keep_stop(stop, pay_way="cash", hint="", actor=stranger, now=NOW),
        lambda: queries.route_page(stranger, walk.route_id, vault=the_vault()),
        lambda: runs.plan_run(RunRequest(route_id=walk.route_id, day=TODAY, slot="lunch"), actor=stranger, now=NOW),
    ):
        with pytest.raises(NotFound):
            work()
    assert order_of(walk.route_id) == [walk.wang, walk.li, walk.zhao]


def test_an_elder_out_of_reach_cannot_be_added(walk: Walk, manager: Person) -> None:
    far = make_elder("外村测试", path="金溪县/云溪镇/测试村")

    with pytest.raises(NotFound):
        routes.add_stop(NewStop(route_id=walk.route_id, elder_id=far), actor=manager.actor, now=NOW)


def test_only_somebody_who_delivers_here_can_be_given_a_route(walk: Walk, site: Place, manager: Person) -> None:
    clerk = make_staff("clerk", site=site)
    elsewhere = make_staff("volunteer", site=make_site("测试外村助餐点", path="金溪县/云溪镇/测试村"))

    for person in (clerk, elsewhere):
        change = RouteChange(site_id=site.id, route_id=walk.route_id, name="东线", staff_id=person.id)
        with pytest.raises(NotFound):
            routes.keep_route(change, actor=manager.actor, now=NOW)


def test_a_route_is_not_called_after_what_its_people_are(walk: Walk, site: Place, manager: Person) -> None:
    """The name stands on boxes and sheets."""
    change = RouteChange(site_id=site.id, route_id=walk.route_id, name="低保线", staff_id=None)

    with pytest.raises(BadInput) as labelled:
        routes.keep_route(change, actor=manager.actor, now=NOW)

    assert (labelled.value.field, labelled.value.fields["label"]) == ("name", "低保")


# -- planning -------------------------------------------------------------------------------------------------------


def test_a_run_has_the_stops_in_order_and_the_sets_that_were_ordered(
    walk: Walk, site: Place, manager: Person, volunteer: Person
) -> None:
    eats_there = make_elder("孙测试", site=site)
    routes.add_stop(NewStop(route_id=walk.route_id, elder_id=eats_there), actor=manager.actor, now=NOW)
    make_order(eats_there, site, way="dine_in")
    with transaction() as session:
        for order in session.scalars(select(Order).where(Order.day == TODAY, Order.slot == "lunch")):
            order.set_name = "B套餐" if order.elder_id == walk.li else order.set_name
            order.cancelled_at = NOW if order.elder_id == walk.zhao else None

    planned = plan(walk, manager)

    assert (planned.added, planned.doors) == (2, 2)
    assert [(out.name, out.life.kind) for out in planned.left_out] == [("赵福贵", "active"), ("孙测试", "active")]
    [run] = runs.open_runs(site_id=None, day=TODAY, actor=volunteer.actor, now=NOW)
    assert [(door.elder_id, door.position, door.set_name, door.state) for door in run.doors] == [
        (walk.wang, 1, "A套餐", "planned"),
        (walk.li, 2, "B套餐", "planned"),
    ]
    with reading() as session:
        assert session.scalars(select(Run.staff_id)).one() == volunteer.id


@pytest.mark.parametrize("kind", ["paused", "moved", "died"])
def test_nobody_is_sent_to_the_paused_the_moved_or_the_dead(walk: Walk, manager: Person, kind: str) -> None:
    make_life_event(walk.li, kind, TODAY - timedelta(days=2))

    planned = plan(walk, manager)

    assert list(drops(planned.run_id)) == [walk.wang, walk.zhao]
    assert [(out.elder_id, out.life.kind) for out in planned.left_out] == [(walk.li, kind)]


def test_a_pause_that_ended_yesterday_leaves_nobody_out(walk: Walk, manager: Person) -> None:
    make_life_event(walk.li, "paused", TODAY - timedelta(days=5), TODAY - timedelta(days=1))

    assert plan(walk, manager).left_out == ()


def test_planning_again_is_the_same_run_and_only_adds(
    walk: Walk, site: Place, manager: Person, volunteer: Person
) -> None:
    first = plan(walk, manager)
    tap(drops(first.run_id)[walk.wang], "no_answer", volunteer)
    new = make_elder("孙测试", site=site)
    routes.add_stop(NewStop(route_id=walk.route_id, elder_id=new), actor=manager.actor, now=NOW)
    make_order(new, site, way="delivery")

    again = plan(walk, manager)

    assert (again.run_id, again.added, again.doors) == (first.run_id, 1, 4)
    states = [(drop.elder_id, drop.position, drop.state) for drop in drops(first.run_id).values()]
    assert states == [
        (walk.wang, 1, "no_answer"),
        (walk.li, 2, "planned"),
        (walk.zhao, 3, "planned"),
        (new, 4, "planned"),
    ]


def test_planning_may_give_the_run_to_somebody_else(walk: Walk, site: Place, manager: Person) -> None:
    other = make_staff("volunteer", site=site)
    plan(walk, manager)

    plan(walk, manager, staff_id=other.id)

    with reading() as session:
        assert session.scalars(select(Run.staff_id)).all() == [other.id]


def test_two_managers_who_plan_at_once_make_one_run(app: Flask, walk: Walk, manager: Person) -> None:
    def press(_: int) -> int:
        with app.app_context():
            return plan(walk, manager).run_id

    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(press, range(4)))

    assert len(set(made)) == 1
    assert (count(Run), count(Drop)) == (1, 3)


@pytest.mark.parametrize(
    ("day", "slot", "code"),
    [
        pytest.param(TODAY - timedelta(days=1), "lunch", "day_past", id="yesterday"),
        pytest.param(TODAY, "breakfast", "slot_not_served", id="a slot the site does not serve"),
    ],
)
def test_a_run_nobody_can_walk_is_refused(walk: Walk, manager: Person, day: date, slot: str, code: str) -> None:
    assert refusal_of(lambda: plan(walk, manager, day=day, slot=slot)) == code
    assert count(Run) == 0


def test_a_route_with_nobody_to_go_to_is_refused(site: Place, manager: Person) -> None:
    empty = routes.keep_route(
        RouteChange(site_id=site.id, route_id=None, name="空线", staff_id=None), actor=manager.actor, now=NOW
    )

    request = RunRequest(route_id=empty, day=TODAY, slot="lunch")

    assert refusal_of(lambda: runs.plan_run(request, actor=manager.actor, now=NOW)) == "no_doors"
    assert count(Run) == 0


# -- at the door ----------------------------------------------------------------------------------------------------


def test_handed_over_is_a_serving_like_any_other(walk: Walk, site: Place, manager: Person, volunteer: Person) -> None:
    drop = drops(plan(walk, manager).run_id)[walk.wang]

    outcome = tap(drop, "handed_over", volunteer)

    with reading() as session:
        serving = session.get_one(Serving, outcome.serving_id)
        entries = session.scalars(select(Entry.serving_id)).all()
    assert (serving.elder_id, serving.site_id, serving.day, serving.slot) == (walk.wang, site.id, TODAY, "lunch")
    assert (serving.way, serving.price_fen, serving.own_fen, serving.staff_id) == ("delivery", 1000, 500, volunteer.id)
    assert entries == [serving.id]
    after = drops(drop.run_id)[walk.wang]
    assert (after.state, after.serving_id, after.decided_at) == ("handed_over", serving.id, NOW)
    assert count(WelfareCheck) == 0


def test_the_pay_way_of_the_stop_is_that_of_the_serving(walk: Walk, manager: Person, volunteer: Person) -> None:
    with reading() as session:
        stop = session.scalars(select(RouteStop.id).where(RouteStop.elder_id == walk.wang)).one()
    routes.keep_stop(stop, pay_way="monthly", hint="", actor=manager.actor, now=NOW)

    outcome = tap(drops(plan(walk, manager).run_id)[walk.wang], "handed_over", volunteer)

    with reading() as session:
        assert session.get_one(Serving, outcome.serving_id).pay_way == "monthly"


@pytest.mark.parametrize("outcome", ["handed_over", "no_answer"])
def test_the_same_key_again_is_the_same_answer(walk: Walk, manager: Person, volunteer: Person, outcome: str) -> None:
    drop = drops(plan(walk, manager).run_id)[walk.wang]
    first = tap(drop, outcome, volunteer, tap_key="the-same-key")

    again = tap(drop, outcome, volunteer, tap_key="the-same-key")

    assert again == marking.DropOutcome(first.drop_id, first.run_id, first.state, first.serving_id, is_repeat=True)
    assert count(Serving) + count(WelfareCheck) == 1


def test_a_key_is_not_used_for_two_things(walk: Walk, manager: Person, volunteer: Person) -> None:
    found = drops(plan(walk, manager).run_id)
    tap(found[walk.wang], "no_answer", volunteer, tap_key="the-same-key")

    assert refusal_of(lambda: tap(found[walk.wang], "handed_over", volunteer, tap_key="the-same-key")) == "key_reused"
    assert refusal_of(lambda: tap(found[walk.li], "no_answer", volunteer, tap_key="the-same-key")) == "key_reused"
    assert count(WelfareCheck) == 1


def test_a_decided_door_is_not_decided_again(walk: Walk, manager: Person, volunteer: Person) -> None:
    drop = drops(plan(walk, manager).run_id)[walk.wang]
    tap(drop, "handed_over", volunteer)

    assert refusal_of(lambda: tap(drop, "no_answer", volunteer)) == "drop_decided"
    assert refusal_of(lambda: tap(drop, "handed_over", volunteer)) == "drop_decided"
    assert (count(Serving), count(WelfareCheck)) == (1, 0)


def test_no_answer_opens_a_check_that_stays_when_the_volunteer_comes_back(
    walk: Walk, site: Place, manager: Person, volunteer: Person
) -> None:
    drop = drops(plan(walk, manager).run_id)[walk.li]
    tap(drop, "no_answer", volunteer)

    tap(drop, "handed_over", volunteer)

    with reading() as session:
        check = session.scalars(select(WelfareCheck)).one()
    opened = (check.site_id, check.elder_id, check.cause, check.day, check.opened_by, check.closed_at)
    assert opened == (site.id, walk.li, "no_answer", TODAY, volunteer.id, None)
    assert drops(drop.run_id)[walk.li].state == "handed_over"


def test_a_remark_is_sealed(walk: Walk, manager: Person, volunteer: Person) -> None:
    drop = drops(plan(walk, manager).run_id)[walk.li]

    tap(drop, "no_answer", volunteer, note="测试:邻居说住院了")

    with reading() as session:
        mark = session.scalars(select(DropMark)).one()
    assert mark.sealed_told is not None
    assert not readable(["住院"], mark.sealed_told)
    assert told_at_door(mark, the_vault()).note == "测试:邻居说住院了"


def test_somebody_served_already_leaves_the_drop_planned(
    walk: Walk, site: Place, manager: Person, volunteer: Person
) -> None:
    drop = drops(plan(walk, manager).run_id)[walk.wang]
    clerk = make_staff("clerk", site=site)
    serve_meal(ServeRequest(key="at-the-counter", site_id=site.id, elder_id=walk.wang), actor=clerk.actor, now=NOW)

    assert refusal_of(lambda: tap(drop, "handed_over", volunteer)) == "already_served"

    after = drops(drop.run_id)[walk.wang]
    assert (after.state, after.decided_at, after.serving_id) == ("planned", None, None)
    assert count(Serving) == 1


def test_somebody_paused_after_planning_leaves_the_drop_planned(walk: Walk, manager: Person, volunteer: Person) -> None:
    drop = drops(plan(walk, manager).run_id)[walk.wang]
    make_life_event(walk.wang, "paused", TODAY)

    assert refusal_of(lambda: tap(drop, "handed_over", volunteer)) == "elder_paused"
    assert drops(drop.run_id)[walk.wang].state == "planned"


def test_a_tap_that_waited_until_the_next_day_counts_for_its_own_day(
    walk: Walk, manager: Person, volunteer: Person
) -> None:
    drop = drops(plan(walk, manager).run_id)[walk.wang]

    marking.record_drop(
        drop.id, MarkRequest(outcome="handed_over", key=key()), now=NOW + timedelta(days=1), actor=volunteer.actor
    )

    with reading() as session:
        assert session.scalars(select(Serving.day)).all() == [TODAY]


def test_a_volunteer_reaches_only_runs_assigned_to_them(
    walk: Walk, site: Place, manager: Person, volunteer: Person
) -> None:
    drop = drops(plan(walk, manager).run_id)[walk.wang]
    other = make_staff("volunteer", site=site)
    far = make_staff("manager", site=make_site("测试外村助餐点", path="金溪县/云溪镇/测试村"))

    for person in (other, far):
        with pytest.raises(NotFound):
            tap(drop, "handed_over", person)
        with pytest.raises(NotFound), reading() as session:
            doors.run_of_drop(session, person.actor, drop.id, vault=the_vault())
    assert tap(drop, "handed_over", manager).state == "handed_over"


def test_a_door_that_is_not_there_is_not_found(volunteer: Person) -> None:
    with pytest.raises(NotFound):
        marking.record_drop(4711, MarkRequest(outcome="handed_over", key=key()), now=NOW, actor=volunteer.actor)


def test_many_taps_at_once_under_one_key_are_one_serving(
    app: Flask, walk: Walk, manager: Person, volunteer: Person
) -> None:
    drop = drops(plan(walk, manager).run_id)[walk.wang]

    def send(_: int) -> int | None:
        with app.app_context():
            return tap(drop, "handed_over", volunteer, tap_key="one-tap-sent-often").serving_id

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(send, range(8)))

    assert len(set(answers)) == 1
    assert count(Serving) == 1


def test_counter_and_door_at_once_serve_one_meal(
    app: Flask, walk: Walk, site: Place, manager: Person, volunteer: Person
) -> None:
    drop = drops(plan(walk, manager).run_id)[walk.wang]
    clerk = make_staff("clerk", site=site)

    def at_the_door() -> str:
        with app.app_context():
            return tap(drop, "handed_over", volunteer).state

    def at_the_counter() -> str:
        with app.app_context():
            request = ServeRequest(key="at-the-counter", site_id=site.id, elder_id=walk.wang)
            return serve_meal(request, actor=clerk.actor, now=NOW).number

    with ThreadPoolExecutor(2) as pool:
        results = [pool.submit(at_the_door), pool.submit(at_the_counter)]
    errors = [result.exception() for result in results if result.exception()]

    assert [error.code for error in errors if isinstance(error, Refusal)] == ["already_served"]
    assert count(Serving) == 1


# -- what is opened for whom ----------------------------------------------------------------------------------------


def open_runs(person: Person, site: Place | None) -> list[doors.RunView]:
    return runs.open_runs(site_id=site.id if site else None, day=TODAY, actor=person.actor, now=NOW)


def test_sealed_facts_are_opened_for_the_volunteer_of_the_run_only(
    walk: Walk, site: Place, manager: Person, volunteer: Person
) -> None:
    plan(walk, manager)
    other = make_staff("volunteer", site=site)

    [mine] = open_runs(volunteer, None)
    [managers] = open_runs(manager, site)

    assert mine.doors[0].sealed == doors.Sealed("少盐软食", "13900000001", "测试路一号二楼", "钥匙在隔壁测试家")
    assert {door.sealed for door in managers.doors} == {None}
    assert open_runs(other, None) == []


def test_opening_doors_is_written_down_once(walk: Walk, manager: Person, volunteer: Person) -> None:
    run_id = plan(walk, manager).run_id

    for _ in range(3):
        open_runs(volunteer, None)

    with reading() as session:
        rows = session.execute(
            select(Audit.actor, Audit.subject, Audit.detail).where(Audit.action == "open_doors")
        ).all()
    assert [tuple(row) for row in rows] == [(volunteer.actor.label, f"run:{run_id}", {"doors": 3, "reason": "deliver"})]


def test_a_door_says_when_the_person_ate_elsewhere_or_was_paused(
    walk: Walk, site: Place, manager: Person, volunteer: Person
) -> None:
    plan(walk, manager)
    clerk = make_staff("clerk", site=site)
    serve_meal(ServeRequest(key="at-the-counter", site_id=site.id, elder_id=walk.wang), actor=clerk.actor, now=NOW)
    make_life_event(walk.li, "paused", TODAY)

    [run] = open_runs(volunteer, None)

    assert run.doors[0].served_elsewhere == "11:42 枫林村助餐点"
    assert [door.life.kind for door in run.doors] == ["active", "paused", "active"]
    assert (run.done, run.left) == (0, 3)


def test_yesterdays_run_is_not_todays(walk: Walk, manager: Person, volunteer: Person) -> None:
    plan(walk, manager)

    assert runs.open_runs(site_id=None, day=TODAY + timedelta(days=1), actor=volunteer.actor, now=NOW) == []


def test_three_doors_cost_as_many_statements_as_one(
    walk: Walk, site: Place, manager: Person, volunteer: Person
) -> None:
    one = routes.keep_route(
        RouteChange(site_id=site.id, route_id=None, name="西线", staff_id=volunteer.id), actor=manager.actor, now=NOW
    )
    alone = make_elder("孙测试", site=site)
    routes.add_stop(NewStop(route_id=one, elder_id=alone), actor=manager.actor, now=NOW)
    make_order(alone, site, slot="dinner", way="delivery")
    runs.plan_run(RunRequest(route_id=one, day=TODAY, slot="dinner"), actor=manager.actor, now=NOW)
    open_runs(volunteer, None)
    with statements() as with_one:
        open_runs(volunteer, None)
    plan(walk, manager)
    open_runs(volunteer, None)

    with statements() as with_four:
        open_runs(volunteer, None)

    assert len(with_four) == len(with_one)


# -- what becomes of a door that does not open, and of what was seen there --------------------------------------------


def test_a_second_door_without_an_answer_is_the_second_knock_of_the_same_check(
    walk: Walk, manager: Person, volunteer: Person
) -> None:
    """Lunch and dinner of one day: one check, and who knocked again and when."""
    tap(drops(plan(walk, manager).run_id)[walk.li], "no_answer", volunteer)
    dinner = drops(plan(walk, manager, slot="dinner").run_id)[walk.li]

    tap(dinner, "no_answer", volunteer, tap_key="the-second-knock", note="测试:灯亮着")
    tap(dinner, "no_answer", volunteer, tap_key="the-second-knock", note="测试:灯亮着")

    assert count(WelfareCheck) == 1
    with reading() as session:
        [step] = session.scalars(select(WelfareStep)).all()
    assert (step.kind, step.result, step.staff_id, step.at) == ("knock", "not_reached", volunteer.id, NOW)
    assert told_of(step, the_vault()).words == "测试:灯亮着"


@pytest.mark.parametrize("outcome", ["no_answer", "handed_over"])
def test_a_door_of_tomorrow_is_not_decided_today(walk: Walk, manager: Person, volunteer: Person, outcome: str) -> None:
    """A phone whose clock is a day ahead shows tomorrow's run."""
    run = plan(walk, manager, day=TODAY + timedelta(days=1))

    assert refusal_of(lambda: tap(drops(run.run_id)[walk.li], outcome, volunteer)) == "day_ahead"

    assert (count(WelfareCheck), drops(run.run_id)[walk.li].state) == (0, "planned")


def test_a_mark_that_comes_a_day_late_still_opens_a_check_of_its_day(
    walk: Walk, manager: Person, volunteer: Person
) -> None:
    drop = drops(plan(walk, manager).run_id)[walk.li]

    late = NOW + timedelta(days=1)
    marking.record_drop(drop.id, MarkRequest(outcome="no_answer", key="a-late-tap"), now=late, actor=volunteer.actor)

    with reading() as session:
        check = session.scalars(select(WelfareCheck)).one()
    assert (check.day, check.opened_at) == (TODAY, late)


def test_what_looked_wrong_at_a_door_is_a_check_whatever_became_of_the_meal(
    walk: Walk, site: Place, manager: Person, volunteer: Person
) -> None:
    drop = drops(plan(walk, manager).run_id)[walk.li]
    tap(drop, "handed_over", volunteer)

    for _ in range(2):
        seen = Seen(("doctor", "unsteady"), "测试:扶着墙")
        marking.raise_concern(drop.id, seen, key="a-concern-1", now=NOW, actor=volunteer.actor)

    with reading() as session:
        check = session.scalars(select(WelfareCheck)).one()
    assert (check.cause, check.elder_id, check.site_id, check.opened_by) == ("concern", walk.li, site.id, volunteer.id)
    assert seen_of(check, the_vault()) == Seen(("unsteady", "doctor"), "测试:扶着墙")
    assert not readable(["doctor", "扶着墙"], check.sealed_seen)
    again = lambda: marking.raise_concern(drop.id, Seen((), "测试"), key="a-concern-1", now=NOW, actor=volunteer.actor)  # noqa: E731
    assert refusal_of(again) == "key_reused"


def test_somebody_else_s_door_is_not_there_for_a_concern(walk: Walk, site: Place, manager: Person) -> None:
    drop = drops(plan(walk, manager).run_id)[walk.li]
    other = make_staff("volunteer", site=site)

    with pytest.raises(NotFound):
        marking.raise_concern(drop.id, Seen(("doctor",)), key="a-concern-1", now=NOW, actor=other.actor)
    assert count(WelfareCheck) == 0


# -- the board ------------------------------------------------------------------------------------------------------


def board(site: Place) -> queries.DeliveryBoard:
    return queries.board(site_id=site.id, day=TODAY)


def test_the_board_counts_and_names_who_is_not_on_the_run(
    walk: Walk, site: Place, manager: Person, volunteer: Person
) -> None:
    make_life_event(walk.zhao, "died", TODAY)
    run_id = plan(walk, manager).run_id
    tap(drops(run_id)[walk.wang], "handed_over", volunteer)
    late, dines_in = make_elder("孙测试", site=site), make_elder("周测试", site=site)
    for elder_id, way in ((late, "delivery"), (dines_in, "dine_in")):
        routes.add_stop(NewStop(route_id=walk.route_id, elder_id=elder_id), actor=manager.actor, now=NOW)
        make_order(elder_id, site, way=way)

    [line] = board(site).runs

    assert (line.delivered, line.no_answer, line.other, line.planned) == (1, 0, 0, 1)
    assert [(out.name, out.life.kind) for out in line.left_out] == [("赵福贵", "died"), ("周测试", "active")]
    assert line.not_yet_on == ("孙测试",)
