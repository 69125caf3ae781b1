"""What a run takes along on paper."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from canteen.audit.models import Audit
from canteen.base import clock
from canteen.base.db import reading, transaction
from canteen.base.errors import NotFound, Refusal
from canteen.books.models.servings import Serving
from canteen.deliveries.marking import service as marking
from canteen.deliveries.marking.requests import MarkRequest
from canteen.deliveries.requests import RunRequest
from canteen.deliveries.service import papers, runs
from canteen.orders.models import Order
from canteen.printing.models import JOB
from canteen.printing.papers.sealing import opened
from tests.at_rest import leaks, rows_at_rest
from tests.deliveries.conftest import Walk
from tests.factories import NOW, TODAY, Person, Place, csrf, make_life_event, make_site, make_staff, sign_in
from tests.printing.records import make_printer

one_database = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
LATER = NOW + timedelta(minutes=1)


@pytest.fixture
def run_id(site: Place, walk: Walk, manager: Person) -> int:
    make_printer(site)
    return runs.plan_run(
        RunRequest(route_id=walk.route_id, day=TODAY, slot="lunch"), actor=manager.actor, now=NOW
    ).run_id


def all_facts() -> list[dict[str, Any]]:
    with reading() as session:
        jobs = session.execute(select(JOB).where(JOB.c.serving_id.is_(None)).order_by(JOB.c.id)).all()
    return [opened(job.sealed, key=job.key) for job in jobs]


def test_the_route_sheet_has_what_is_needed_at_each_door_and_no_phone(run_id: int, manager: Person) -> None:
    papers.print_route_sheet(run_id, key="abcdefgh", actor=manager.actor, now=NOW)

    (sheet,) = all_facts()
    assert (sheet["route_name"], sheet["volunteer"]) == ("东线", "测试志愿者甲")
    wang, li, zhao = sheet["doors"]
    assert wang == {
        "position": 1,
        "person_name": "王秀兰",
        "where": "枫林村 7组",
        "address": "测试路一号二楼",
        "hint": "钥匙在隔壁测试家",
        "diet": "少盐软食",
        "set_name": "A套餐",
        "pay_way": "现金",
    }
    assert (li["person_name"], zhao["where"]) == ("李桂英", "枫林村 3组")
    assert "139000" not in json.dumps(sheet)


def test_nothing_sealed_lies_readable_in_the_queue(run_id: int, manager: Person) -> None:
    papers.print_route_sheet(run_id, key="abcdefgh", actor=manager.actor, now=NOW)
    papers.print_labels(run_id, key="abcdefgh", actor=manager.actor, now=NOW)

    with reading() as session:
        found = rows_at_rest(session, [JOB.name])
    assert leaks(("测试路", "钥匙", "软食"), found) == []
    assert leaks(["route_sheet", "label"], found), "the search looked at nothing"


def test_opening_the_doors_for_paper_is_written_down(run_id: int, manager: Person) -> None:
    papers.print_route_sheet(run_id, key="abcdefgh", actor=manager.actor, now=NOW)

    with reading() as session:
        row = session.scalars(select(Audit).where(Audit.action != "write").order_by(Audit.id.desc())).first()
    assert row is not None
    assert (row.action, row.subject, row.detail) == (
        "print_route_sheet",
        f"run:{run_id}",
        {"doors": 3, "reason": "deliver"},
    )


def test_a_label_for_each_box_that_is_still_to_go(run_id: int, walk: Walk, manager: Person, volunteer: Person) -> None:
    first = runs.open_runs(site_id=None, day=TODAY, actor=volunteer.actor, now=NOW)[0].doors[0]
    marking.record_drop(first.id, MarkRequest(outcome="handed_over", key="k" * 20), now=NOW, actor=volunteer.actor)
    make_life_event(walk.zhao, "paused", TODAY)

    assert papers.print_labels(run_id, key="abcdefgh", actor=manager.actor, now=NOW) == 1
    assert papers.print_labels(run_id, key="abcdefgh", actor=manager.actor, now=LATER) == 1

    (label,) = all_facts()
    assert (label["person_name"], label["position"], label["doors"], label["set_name"]) == ("李桂英", 2, 3, "A套餐")


def test_two_boxes_of_one_door_are_labelled_and_served(
    run_id: int, walk: Walk, manager: Person, volunteer: Person
) -> None:
    with transaction() as session:
        wang = (Order.elder_id == walk.wang, Order.day == TODAY, Order.slot == "lunch")
        session.scalars(select(Order).where(*wang)).one().portions = 2
    first = runs.open_runs(site_id=None, day=TODAY, actor=volunteer.actor, now=NOW)[0].doors[0]

    assert papers.print_labels(run_id, key="abcdefgh", actor=manager.actor, now=NOW) == 4
    for _ in range(2):
        marking.record_drop(first.id, MarkRequest(outcome="handed_over", key="k" * 20), now=NOW, actor=volunteer.actor)

    boxes = [(one["box"], one["boxes"]) for one in all_facts() if one["person_name"] == "王秀兰"]
    assert sorted(boxes) == [(1, 2), (2, 2)]
    with reading() as session:
        rows = session.execute(select(Serving.second_portion, Serving.own_fen).order_by(Serving.id)).all()
    assert [tuple(row) for row in rows] == [(False, 500), (True, 1000)]


def test_the_same_key_is_one_sheet_and_another_key_another(run_id: int, manager: Person) -> None:
    first = papers.print_route_sheet(run_id, key="abcdefgh", actor=manager.actor, now=NOW)

    assert papers.print_route_sheet(run_id, key="abcdefgh", actor=manager.actor, now=LATER) == first
    assert papers.print_route_sheet(run_id, key="otherkey", actor=manager.actor, now=LATER) != first


@one_database
def test_a_run_that_is_done_has_no_paper(run_id: int, walk: Walk, manager: Person) -> None:
    for elder in (walk.wang, walk.li, walk.zhao):
        make_life_event(elder, "moved", TODAY)

    for work in (papers.print_route_sheet, papers.print_labels):
        with pytest.raises(Refusal) as refusal:
            work(run_id, key="abcdefgh", actor=manager.actor, now=NOW)
        assert refusal.value.code == "no_doors"


@one_database
@pytest.mark.parametrize("work", [papers.print_route_sheet, papers.print_labels])
def test_another_sites_manager_gets_nothing(run_id: int, work: Any) -> None:
    stranger = make_staff("manager", site=make_site("柳溪村助餐点", path="金溪县/云溪镇/柳溪村"))

    for wanted in (run_id, 999_999):
        with pytest.raises(NotFound):
            work(wanted, key="abcdefgh", actor=stranger.actor, now=NOW)
    assert all_facts() == []


@one_database
def test_the_board_prints(client: FlaskClient, site: Place, walk: Walk, manager: Person) -> None:
    make_printer(site)
    walk.order_today()
    planned = runs.plan_run(
        RunRequest(route_id=walk.route_id, day=clock.today(), slot="lunch"), actor=manager.actor, now=clock.now()
    )
    sign_in(client, manager)
    page = client.get("/deliveries").get_data(as_text=True)
    assert "打路线单" in page and "打餐盒标签" in page
    token = {"csrf_token": csrf(client, "/deliveries"), "key": "abcdefgh"}

    for what in ("sheet", "labels"):
        assert client.post(f"/deliveries/runs/{planned.run_id}/{what}", data=token).status_code == 303
    assert client.post(f"/deliveries/runs/{planned.run_id}/sheet", data=token | {"key": "?"}).status_code == 422

    assert len(all_facts()) == 4


@one_database
def test_a_clerk_sees_the_board_without_the_buttons(
    client: FlaskClient, site: Place, walk: Walk, manager: Person
) -> None:
    walk.order_today()
    runs.plan_run(
        RunRequest(route_id=walk.route_id, day=clock.today(), slot="lunch"), actor=manager.actor, now=clock.now()
    )
    sign_in(client, make_staff("clerk", site=site))

    page = client.get("/deliveries").get_data(as_text=True)

    assert "东线" in page and "打路线单" not in page
