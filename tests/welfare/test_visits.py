"""Visits by plan: who is due, what comes of a visit, who reaches which plan, and the pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from factories import (
    NOW,
    TODAY,
    VILLAGE,
    Person,
    Place,
    csrf,
    make_elder,
    make_life_event,
    make_site,
    make_staff,
    sign_in,
)
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from canteen.audit.models import Audit
from canteen.base import clock
from canteen.base.db import reading, transaction
from canteen.base.errors import BadInput, NotFound, Refusal
from canteen.places.queries import site_facts
from canteen.staff.models import Staff
from canteen.welfare.models import WelfareCheck, WelfareStep
from canteen.welfare.seen import Seen
from canteen.welfare.visits import queries, service
from canteen.welfare.visits.models import VisitPlan, WelfareVisit
from canteen.welfare.visits.rules import NewVisitPlan, check_plan, due_day
from tests.at_rest import readable
from tests.sent import statements

DAY = timedelta(days=1)


def count(model: type) -> int:
    with reading() as session:
        return session.execute(select(func.count()).select_from(model)).scalar_one()


def refusal_of(work: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as caught:
        work()
    return caught.value.code


@pytest.fixture
def weekly(site: Place, volunteer: Person, wang: int) -> NewVisitPlan:
    return NewVisitPlan(
        site_id=site.id,
        elder_id=wang,
        village_group="",
        staff_id=volunteer.id,
        partner_id=None,
        every_days=7,
        from_day=TODAY,
    )


@pytest.fixture
def plan(weekly: NewVisitPlan, manager: Person) -> int:
    return service.add_plan(weekly, actor=manager.actor, now=NOW)


def go(plan: int, elder: int, result: str, person: Person, *, key: str, days: int = 0, seen: Seen = Seen()) -> bool:
    return service.record_visit(plan, elder, result, seen, key=key, actor=person.actor, now=NOW + days * DAY)


def due(person: Person, *, days: int = 0) -> list[str]:
    mine = queries.my_visits(person.actor, day=TODAY + days * DAY)
    return [door.line.name for door in mine.due]


# -- rules ----------------------------------------------------------------------------------------------------------


@given(last=st.none() | st.dates(date(2026, 1, 1), date(2026, 12, 31)), every=st.integers(1, 92))
def test_the_next_visit_is_never_before_the_plan_nor_before_the_last(last: date | None, every: int) -> None:
    found = due_day(last, from_day=TODAY, every_days=every)

    assert found >= TODAY
    assert found == TODAY if last is None else found in (last + timedelta(days=every), TODAY)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"elder_id": None}, "elder_id"),
        ({"village_group": "7组"}, "elder_id"),
        ({"partner_id": 3}, "partner_id"),
        ({"every_days": 0}, "every_days"),
        ({"every_days": 93}, "every_days"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(change: dict[str, object], field: str) -> None:
    right = NewVisitPlan(
        site_id=1, elder_id=2, village_group="", staff_id=3, partner_id=None, every_days=7, from_day=TODAY
    )

    assert check_plan(right) is None
    with pytest.raises(BadInput) as wrong:
        check_plan(replace(right, **change))
    assert wrong.value.field == field


# -- who is due -----------------------------------------------------------------------------------------------------


def test_a_weekly_visit_is_due_and_then_a_week_later(plan: int, wang: int, volunteer: Person) -> None:
    before = due(volunteer)
    go(plan, wang, "met", volunteer, key="visit-0001")

    assert (before, due(volunteer), due(volunteer, days=6), due(volunteer, days=7)) == (["王秀兰"], [], [], ["王秀兰"])
    [door] = queries.my_visits(volunteer.actor, day=TODAY + 7 * DAY).due
    assert (door.phone, door.address, door.line.last) == ("13900000001", "测试路一号二楼", TODAY)


def test_a_group_is_who_lives_in_it_on_the_day(
    site: Place, weekly: NewVisitPlan, manager: Person, volunteer: Person
) -> None:
    make_elder("李桂英", site=site)
    make_elder("赵福贵", site=site, village_group="3组")
    make_elder("孙测试", path=VILLAGE)
    make_elder("外村测试", path="金溪县/云溪镇/测试村")
    gone = make_elder("周测试", site=site)
    make_life_event(gone, "moved", TODAY, reason="测试")
    service.add_plan(replace(weekly, elder_id=None, village_group="7组"), actor=manager.actor, now=NOW)
    before = due(volunteer)

    make_elder("新来测试", site=site)

    assert sorted(before) == sorted(["王秀兰", "李桂英", "孙测试"])
    assert "新来测试" in due(volunteer)


def test_a_pair_sees_the_same_and_either_goes(
    site: Place, weekly: NewVisitPlan, manager: Person, volunteer: Person, wang: int
) -> None:
    other, stranger = make_staff("volunteer", site=site, name="测试志愿者乙"), make_staff("volunteer", site=site)
    plan = service.add_plan(replace(weekly, partner_id=other.id), actor=manager.actor, now=NOW)

    assert (due(volunteer), due(other), due(stranger)) == (["王秀兰"], ["王秀兰"], [])
    go(plan, wang, "met", other, key="visit-0001")
    assert (due(volunteer), due(other)) == ([], [])


def test_who_nobody_saw_in_time_is_behind_with_who_should_have_gone(
    site: Place, plan: int, wang: int, volunteer: Person
) -> None:
    with reading() as session:
        facts = site_facts(session, site.id)

    late = queries.visits_page(facts, day=TODAY + DAY).behind
    with transaction() as session:
        session.get_one(Staff, volunteer.id).is_active = False
    nobody = queries.visits_page(facts, day=TODAY + DAY).behind

    assert [(line.name, line.visitors, line.due) for line in late] == [("王秀兰", ("测试志愿者甲",), TODAY)]
    assert [line.visitors for line in nobody] == [()]
    assert queries.visits_page(facts, day=TODAY).behind == ()
    assert (queries.behind([site.id], day=TODAY), queries.behind([site.id], day=TODAY + DAY)) == (0, 1)


# -- what comes of a visit ------------------------------------------------------------------------------------------


def test_a_visit_sent_twice_is_one_and_its_key_says_nothing_else(plan: int, wang: int, volunteer: Person) -> None:
    for _ in range(2):
        go(plan, wang, "met", volunteer, key="visit-0001")

    assert count(WelfareVisit) == 1
    assert refusal_of(lambda: go(plan, wang, "not_met", volunteer, key="visit-0001")) == "key_reused"


def test_who_is_not_met_stays_due_and_twice_in_a_row_is_a_check(plan: int, wang: int, volunteer: Person) -> None:
    opened = [go(plan, wang, "not_met", volunteer, key="visit-0001")]
    once = (count(WelfareCheck), due(volunteer))
    opened.append(go(plan, wang, "not_met", volunteer, key="visit-0002", days=1))
    twice = (count(WelfareCheck), count(WelfareStep))
    opened.append(go(plan, wang, "not_met", volunteer, key="visit-0003", days=2))

    assert (once, twice, opened) == ((0, ["王秀兰"]), (1, 0), [False, True, True])
    assert (count(WelfareCheck), count(WelfareStep)) == (1, 1), "the third is a second knock of the same check"
    with reading() as session:
        check = session.scalars(select(WelfareCheck)).one()
    assert (check.cause, check.elder_id, check.day, check.opened_by) == ("no_answer", wang, TODAY + DAY, volunteer.id)


def test_who_is_met_between_is_not_missed_twice_in_a_row(plan: int, wang: int, volunteer: Person) -> None:
    for number, result in enumerate(("not_met", "met", "not_met")):
        go(plan, wang, result, volunteer, key=f"visit-000{number}", days=number)

    assert count(WelfareCheck) == 0


def test_what_looks_wrong_is_a_check_at_once_and_somebody_was_seen(plan: int, wang: int, volunteer: Person) -> None:
    seen = Seen(("temperature",), "测试:没有生火")

    for _ in range(2):
        go(plan, wang, "concern", volunteer, key="visit-0001", seen=seen)

    with reading() as session:
        check = session.scalars(select(WelfareCheck)).one()
        sealed = session.scalars(select(WelfareVisit.sealed_words)).one()
    assert (check.cause, due(volunteer)) == ("concern", [])
    assert sealed is not None and not readable(["没有生火"], sealed)


def test_a_concern_that_says_nothing_is_told_and_nothing_is_written(plan: int, wang: int, volunteer: Person) -> None:
    with pytest.raises(BadInput) as wrong:
        go(plan, wang, "concern", volunteer, key="visit-0001")

    assert (wrong.value.field, count(WelfareVisit), count(WelfareCheck)) == ("signs", 0, 0)


def test_an_ended_plan_takes_no_more_visits_and_is_due_to_nobody(
    plan: int, wang: int, volunteer: Person, manager: Person
) -> None:
    for _ in range(2):
        service.end_plan(plan, actor=manager.actor, now=NOW)

    assert refusal_of(lambda: go(plan, wang, "met", volunteer, key="visit-0001")) == "plan_over"
    assert due(volunteer) == []
    with reading() as session:
        ends = select(func.count()).select_from(Audit).where(Audit.action == "end_visits")
        assert session.scalar(ends) == 1


def test_somebody_who_died_or_is_on_no_such_plan_is_told(site: Place, plan: int, wang: int, volunteer: Person) -> None:
    li = make_elder("李桂英", site=site)
    make_life_event(wang, "died", TODAY)

    for elder in (wang, li):
        with pytest.raises(NotFound):
            go(plan, elder, "met", volunteer, key="visit-0001")
    assert count(WelfareVisit) == 0


def test_plans_of_others_and_of_other_sites_are_not_there(
    site: Place, weekly: NewVisitPlan, plan: int, wang: int, manager: Person, clerk: Person
) -> None:
    far = make_site("测试外村助餐点", path="金溪县/云溪镇/测试村")
    stranger = make_staff("manager", site=far).actor
    other = make_staff("volunteer", site=site).actor
    elder = make_elder("外村测试", path="金溪县/云溪镇/测试村")

    for work in (
        lambda: service.record_visit(plan, wang, "met", Seen(), key="visit-0001", actor=other, now=NOW),
        lambda: service.record_visit(plan, wang, "met", Seen(), key="visit-0001", actor=clerk.actor, now=NOW),
        lambda: service.record_visit(plan, wang, "met", Seen(), key="visit-0001", actor=stranger, now=NOW),
        lambda: service.end_plan(plan, actor=stranger, now=NOW),
        lambda: service.add_plan(weekly, actor=stranger, now=NOW),
        lambda: service.add_plan(replace(weekly, elder_id=elder), actor=manager.actor, now=NOW),
        lambda: service.add_plan(
            replace(weekly, staff_id=make_staff("volunteer", site=far).id), actor=manager.actor, now=NOW
        ),
        lambda: service.add_plan(
            replace(weekly, partner_id=make_staff("committee", site=site).id), actor=manager.actor, now=NOW
        ),
    ):
        with pytest.raises(NotFound):
            work()
    assert (count(WelfareVisit), count(VisitPlan)) == (0, 1)


def test_visits_are_counted_for_the_month(site: Place, plan: int, wang: int, volunteer: Person) -> None:
    for number, result in enumerate(("met", "not_met", "met")):
        go(plan, wang, result, volunteer, key=f"visit-000{number}", days=number)

    assert queries.counts_of(site_ids=[site.id], first=TODAY, last=TODAY + DAY) == queries.VisitCount(1, 1, 1)
    assert queries.counts_of(site_ids=[site.id], first=TODAY, last=TODAY + 2 * DAY) == queries.VisitCount(2, 1, 1)


def test_a_list_of_many_asks_as_often_as_one_of_few(
    site: Place, weekly: NewVisitPlan, manager: Person, volunteer: Person
) -> None:
    service.add_plan(replace(weekly, elder_id=None, village_group="7组"), actor=manager.actor, now=NOW)
    sent = []
    for _ in range(2):
        for _ in range(4):
            make_elder("孙测试", site=site)
        with statements() as seen:
            due(volunteer)
        sent.append(len(seen))

    assert sent[0] == sent[1]


# -- pages ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def phone(app: Flask, volunteer: Person) -> FlaskClient:
    return sign_in(app.test_client(), volunteer)


@pytest.fixture
def boss(app: Flask, manager: Person) -> FlaskClient:
    return sign_in(app.test_client(), manager)


def text(client: FlaskClient, path: str) -> str:
    return client.get(path).get_data(as_text=True)


def test_a_plan_is_made_walked_on_the_phone_and_ended(
    boss: FlaskClient, phone: FlaskClient, wang: int, volunteer: Person, site: Place
) -> None:
    empty = text(phone, "/welfare/visits/mine")
    token = csrf(boss, "/welfare/visits")
    wrong = boss.post("/welfare/visits", data={"csrf_token": token, "staff_id": str(volunteer.id), "every_days": "0"})
    form = {"csrf_token": token, "elder_id": str(wang), "staff_id": str(volunteer.id), "every_days": "7"}
    made = boss.post("/welfare/visits", data=form)
    before = text(phone, "/welfare/visits/mine")
    [(address, key)] = re.findall(
        r'action="(/welfare/visits/\d+/elders/\d+)">.*?name="key" value="(\w+)"', before, re.S
    )[:1]
    tap = {"csrf_token": csrf(phone, "/welfare/visits/mine"), "key": key, "result": "met", "words": "测试:在剥豆"}
    answers = [phone.post(address, data=tap) for _ in range(2)]
    after = text(phone, "/welfare/visits/mine")

    assert "今天没有要去看的人。" in empty and "探访计划" in empty
    assert wrong.status_code == 422 and "请填 1 到 92 的整数" in wrong.get_data(as_text=True)
    assert made.status_code == 303 and "王秀兰" in text(boss, "/welfare/visits")
    assert 'href="tel:13900000001"' in before and "测试路一号二楼" in before
    assert [answer.status_code for answer in answers] == [303, 303]
    assert "今天看过的" in after and 'href="tel:' not in after
    history = text(boss, f"/welfare/elders/{wang}")
    assert "按计划去看的" in history and "测试:在剥豆" in history
    assert "见到 1 次、1 人,没见到 0 次" in text(boss, "/oversight")


def test_opening_addresses_is_written_down_once_a_day(
    phone: FlaskClient, plan: int, volunteer: Person, weekly: NewVisitPlan
) -> None:
    for _ in range(2):
        text(phone, "/welfare/visits/mine")

    with reading() as session:
        mine = Audit.subject == f"visit_plan:{plan}", Audit.action == "open_doors"
        opened = session.scalars(select(Audit.actor).where(*mine)).all()
    assert opened == [f"staff:{volunteer.id}"]


def test_the_first_pages_lead_to_who_is_behind(
    boss: FlaskClient, weekly: NewVisitPlan, manager: Person, site: Place
) -> None:
    yesterday = clock.today() - DAY
    service.add_plan(replace(weekly, from_day=yesterday), actor=manager.actor, now=NOW)

    assert "1 位到期还没有人去看" in text(boss, "/welfare")
    assert "现在 1 位到期还没有人去看。" in text(boss, "/oversight")
    assert "测试志愿者甲" in text(boss, "/welfare/visits").split("谁看谁")[0]
