"""Volunteers: hours from marks and plans, points by a rule, and a register whose phones stay sealed."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from canteen.base import clock
from canteen.base.db import Base, reading, transaction
from canteen.base.errors import BadInput, NotFound, Refusal
from canteen.base.vault import the_vault
from canteen.deliveries.models import DoorPlace, Drop, Route, Run
from canteen.places.models import Site
from canteen.volunteers import queries, service
from canteen.volunteers.requests import TypedWork, VolunteerChange
from canteen.volunteers.rules import PointTerms, Work, run_minutes, score
from canteen.welfare.visits.models import VisitPlan, WelfareVisit
from tests.at_rest import leaks, rows_at_rest
from tests.factories import NOW, TODAY, Person, Place, csrf, make_elder, make_site, make_staff, sign_in
from tests.trail import change

TERMS = PointTerms(from_day=date(2026, 11, 1), per_hour=4, per_run=2, per_visit=1, most_a_day=8, most_a_month=12)


def work(day: int, minutes: int, kind: str = "run") -> Work:
    return Work(day=date(2026, 11, day), kind=kind, minutes=minutes, metres=None, measured="marked", words="东线")


@pytest.mark.parametrize(
    ("works", "points"),
    [
        ([work(1, 45)], [5]),
        ([work(1, 14)], [2]),
        ([work(1, 60, "visit"), work(1, 60, "other")], [5, 3]),
        ([work(1, 120), work(2, 60), work(3, 60)], [8, 4, 0]),
        ([work(3, 60), work(1, 60)], [6, 6]),
    ],
)
def test_points_are_by_piece_and_time_and_stop_at_the_limits(works: list[Work], points: list[int]) -> None:
    found = score(works, [TERMS])
    assert [one.points for one in found] == points
    assert all(one.for_piece + one.for_time - one.over == one.points for one in found)


def test_a_new_rule_leaves_what_was_done_before() -> None:
    later = PointTerms(from_day=date(2026, 11, 10), per_hour=0, per_run=7, per_visit=0)
    works = [work(9, 60), work(10, 60), work(1, 60)]
    assert [one.points for one in score(works, [later, TERMS])] == [6, 6, 7]
    before = Work(day=date(2026, 10, 31), kind="run", minutes=60, metres=None, measured="usual", words="")
    assert [one.points for one in score([before], [TERMS])] == [0]


@pytest.mark.parametrize(
    ("minutes", "planned", "found"),
    [
        ([0, 25], 40, (30, "marked")),
        ([0], 40, (40, "planned")),
        ([0, 0], None, (15, "usual")),
        ([0, 600], 40, (40, "planned")),
        ([], None, (15, "usual")),
    ],
)
def test_how_long_a_run_took(minutes: list[int], planned: int | None, found: tuple[int, str]) -> None:
    assert run_minutes([NOW + timedelta(minutes=one) for one in minutes], 3, planned) == found


@pytest.fixture
def site(app: Flask) -> Place:
    return make_site()


@pytest.fixture
def manager(site: Place) -> Person:
    return make_staff("manager", site=site)


def register(site: Place, manager: Person, **facts: object) -> int:
    usual = {
        "site_id": site.id,
        "volunteer_id": None,
        "name": "测试志愿者甲",
        "staff_id": None,
        "phone": "13900000009",
        "note": "",
        "weekdays": "135",
        "slots": ("lunch",),
        "routes": (),
        "joined_on": date(2026, 1, 1),
        "left_on": None,
    }
    return service.keep_volunteer(VolunteerChange(**usual | facts), actor=manager.actor, now=NOW)


def of_month(site: Place, manager: Person, volunteer_id: int) -> queries.VolunteerLine:
    first, last = date(2026, 11, 1), date(2026, 11, 30)
    return queries.volunteer_page(manager.actor, volunteer_id, first=first, last=last).line


def walked(site: Place, staff_id: int, *, at: datetime = NOW) -> list[int]:
    """A run of two doors with a known walk, both answered by nobody, twenty minutes apart."""
    elders = [make_elder(name, site=site) for name in ("王秀兰", "李桂英")]
    with transaction() as session:
        route = Route(site_id=site.id, name="东线", staff_id=staff_id)
        session.add(route)
        session.flush()
        run = Run(route_id=route.id, site_id=site.id, day=TODAY, slot="lunch", staff_id=staff_id, planned_at=NOW)
        session.add(run)
        session.flush()
        drops = [
            Drop(
                run_id=run.id,
                elder_id=elder,
                position=place,
                state="no_answer",
                decided_at=at + timedelta(minutes=20 * place),
            )
            for place, elder in enumerate(elders)
        ]
        session.add_all(drops)
        session.flush()
        return [drop.id for drop in drops]


def test_runs_visits_and_typed_work_add_up_and_an_undone_mark_takes_its_points_along(
    site: Place, manager: Person
) -> None:
    staff, partner = (make_staff("volunteer", site=site) for _ in range(2))
    one, other = register(site, manager, staff_id=staff.id), register(site, manager, staff_id=partner.id)
    with pytest.raises(Refusal):
        register(site, manager, staff_id=staff.id)
    service.set_terms(
        "金溪县",
        PointTerms(from_day=TODAY, per_hour=4, per_run=2, per_visit=1, visit_minutes=30),
        actor=make_staff("civil_affairs").actor,
        now=NOW,
    )
    drops, seen = walked(site, staff.id), make_elder("赵福贵", site=site)
    with transaction() as session:
        plan = VisitPlan(
            site_id=site.id,
            elder_id=seen,
            staff_id=staff.id,
            partner_id=partner.id,
            every_days=7,
            from_day=TODAY,
            recorded_at=NOW,
        )
        session.add(plan)
        session.flush()
        visit = {"plan_id": plan.id, "site_id": site.id, "elder_id": plan.elder_id, "day": TODAY, "at": NOW}
        session.add(WelfareVisit(key="visit-key-1", staff_id=staff.id, result="met", **visit))
    typed = TypedWork(
        volunteer_id=one, key="typed-key-1", day=TODAY, kind="other", minutes=60, metres=1500, note="厨房"
    )
    work_id = service.type_work(typed, actor=manager.actor, now=NOW)
    assert service.type_work(typed, actor=manager.actor, now=NOW) == work_id, "the same form twice is one work"

    line = of_month(site, manager, one)
    assert sorted((each.work.kind, each.work.minutes, each.points) for each in line.works) == [
        ("other", 60, 4),
        ("run", 25, 3),
        ("visit", 30, 3),
    ]
    assert (line.minutes, line.metres, line.points) == (115, 1500, 10)
    assert of_month(site, manager, other).count("visit") == 1, "of a pair both went"

    service.take_work_back(one, work_id, actor=manager.actor, now=NOW)
    with transaction() as session:
        change(session, Drop, Drop.id.in_(drops), state="planned", decided_at=None)
    assert of_month(site, manager, one).points == 3


def test_the_walk_of_a_run_counts_where_every_door_has_a_place(site: Place, manager: Person) -> None:
    staff = make_staff("volunteer", site=site)
    one = register(site, manager, staff_id=staff.id)
    drops = walked(site, staff.id)
    assert of_month(site, manager, one).works[0].work.metres is None
    with transaction() as session:
        change(session, Site, Site.id == site.id, place="27.910000,116.400000")
        for number, drop_id in enumerate(drops, 1):
            elder_id = session.get_one(Drop, drop_id).elder_id
            known = {"at": f"27.91{number}000,116.400000", "minutes": 3, "eats_by": ""}
            sealed = the_vault().seal(known, f"door_place:{elder_id}")
            session.add(DoorPlace(elder_id=elder_id, sealed=sealed))
    # Two steps of a thousandth of a degree (111 m) out and two back, by lanes 1.3 times as long.
    assert of_month(site, manager, one).works[0].work.metres == pytest.approx(4 * 111.2 * 1.3, abs=2)


def test_what_is_refused(site: Place, manager: Person) -> None:
    one = register(site, manager)
    stranger = make_staff("manager", site=make_site("测试远处", path="金溪县/云溪镇/石桥村"))
    with pytest.raises(NotFound):
        queries.volunteer_page(stranger.actor, one, first=TODAY, last=TODAY)
    tomorrow = TypedWork(
        volunteer_id=one, key="typed-key-2", day=TODAY + timedelta(days=1), kind="run", minutes=5, metres=0, note="x"
    )
    with pytest.raises(BadInput):
        service.type_work(tomorrow, actor=manager.actor, now=NOW)
    with pytest.raises(BadInput):
        late = PointTerms(from_day=TODAY - timedelta(days=1), per_hour=1, per_run=0, per_visit=0)
        service.set_terms("金溪县", late, actor=make_staff("civil_affairs").actor, now=NOW)
    with pytest.raises(NotFound):
        new = PointTerms(from_day=TODAY, per_hour=1, per_run=0, per_visit=0)
        service.set_terms("金溪县", new, actor=make_staff("civil_affairs", path="远方县").actor, now=NOW)


def test_the_pages_from_the_form_to_the_certificate(client: FlaskClient, site: Place, manager: Person) -> None:
    sign_in(client, manager)
    token = csrf(client, "/volunteers")
    form = {
        "csrf_token": token,
        "name": "测试志愿者乙",
        "phone": "139 0000 0008",
        "weekdays": ["1", "5"],
        "slots": ["lunch", "dinner"],
        "joined_on": "2026-01-01",
    }
    made = client.post("/volunteers", data=form)
    assert made.status_code == 303, made.get_data(as_text=True)
    address = made.headers["Location"]
    page = client.get(address).get_data(as_text=True)
    assert "13900000008" in page and "测试志愿者乙" in page
    with reading() as session:
        assert leaks(("13900000008",), rows_at_rest(session, Base.metadata.tables)) == []
    typed = {"csrf_token": token, "key": "a" * 32, "day": clock.today().isoformat(), "kind": "other", "note": "厨房"}
    wrong = client.post(f"{address}/works", data=typed | {"minutes": "0", "metres": "abc"})
    assert wrong.status_code == 422 and "请填公里数" in wrong.get_data(as_text=True)
    assert client.post(f"{address}/works", data=typed | {"minutes": "95", "metres": "2.5"}).status_code == 303
    paper = client.get(f"{address}/certificate", headers={"Cookie": "language=en"}).get_data(as_text=True)
    assert "1 小时 35 分" in paper and "2.5 公里" in paper and "13900000008" not in paper
    csv = client.get("/volunteers/month.csv").get_data(as_text=True)
    assert "测试志愿者乙" in csv and ",95,2500,0" in csv
