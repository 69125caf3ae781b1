"""What screens show of printers and papers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

from canteen.base.access import COMMAND
from canteen.base.db import reading, transaction
from canteen.base.errors import NotFound
from canteen.base.words import JOB_STATES
from canteen.printing import board_queries, outbox, queries, service
from canteen.printing.drawing.glyphs import draw_box
from canteen.printing.sending import queue
from tests.factories import NOW, Place, make_site, make_staff
from tests.printing.records import job_row, make_printer, queue_ticket, set_printer, set_state, void_serving_of
from tests.printing.samples import TICKET
from tests.sent import statements


@pytest.fixture
def place(app: Flask) -> Place:
    return make_site()


def waiting(place: Place, **more: object) -> int:
    with reading() as session:
        return board_queries.waiting_count(session, site_id=place.id, **more)  # type: ignore[arg-type]


def test_waiting_are_tickets_not_on_paper_for_certain(place: Place) -> None:
    printer_id = make_printer(place)
    for state in JOB_STATES:
        set_state(queue_ticket(place), state, printer_id=printer_id)
    service.printers.print_test_page(printer_id, key="k", actor=COMMAND, now=NOW)
    queue_ticket(make_site("别的助餐点"))

    assert waiting(place) == 4


def test_waiting_may_leave_out_those_on_their_way(place: Place) -> None:
    queue_ticket(place, at=NOW)
    queue_ticket(place, at=NOW - timedelta(seconds=30))
    set_state(queue_ticket(place, at=NOW), "uncertain")

    assert waiting(place, before=NOW - timedelta(seconds=20)) == 2


def test_papers_of_a_serving(place: Place) -> None:
    ticket = queue_ticket(place)
    void = void_serving_of(ticket)
    serving_id = job_row(ticket).serving_id
    assert serving_id is not None

    with reading() as session:
        found = board_queries.papers_of(session, serving_id)

    assert found == ((ticket, "ticket", "queued"), (void, "void_ticket", "queued"))


HELD = {"lease_by": "w", "lease_until": NOW + timedelta(seconds=9)}
ENDED = {"lease_by": "w", "lease_until": NOW - timedelta(seconds=1)}


@pytest.mark.parametrize(
    ("columns", "jobs", "state"),
    [
        pytest.param({"is_active": True}, 1, "no_worker", id="nobody holds it"),
        pytest.param(ENDED, 1, "no_worker", id="lease ended"),
        pytest.param(HELD, 1, "ready", id="held"),
        pytest.param(HELD | {"last_trouble": "缺纸"}, 1, "trouble", id="trouble"),
        pytest.param(HELD | {"last_trouble": "缺纸"}, 0, "trouble", id="old trouble, nothing waits"),
        pytest.param(HELD | {"address": "tcp://10.0.0.7:9100"}, 0, "untried", id="never heard of"),
        pytest.param(HELD | {"address": "tcp://10.0.0.7:9100", "last_seen_at": NOW}, 0, "ready", id="heard of"),
        pytest.param({"is_active": False}, 0, "off", id="out of use"),
    ],
)
def test_state_of_a_printer(place: Place, columns: dict[str, object], jobs: int, state: str) -> None:
    printer_id = make_printer(place)
    for _ in range(jobs):
        queue_ticket(place)
    set_printer(printer_id, **columns)

    [found] = queries.printers_of(place.id, now=NOW)

    assert (found.printer.id, found.state, found.waiting) == (printer_id, state, jobs)


def test_a_new_printer_waits_for_the_worker_that_serves_another(place: Place) -> None:
    make_printer(place, name="别处", is_default=False)
    set_printer(make_printer(place, address="tcp://10.0.0.7:9100"), lease_by=None)
    assert {found.state for found in queries.printers_of(place.id, now=NOW)} == {"no_worker"}

    set_printer(make_printer(make_site("别的助餐点")), **HELD)

    assert [found.state for found in queries.printers_of(place.id, now=NOW)] == ["untried", "ready"]


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("columns", "other", "state"),
    [
        pytest.param({"is_remote": True}, HELD, "no_agent", id="a worker is no agent"),
        pytest.param({"is_remote": True} | HELD, {}, "ready", id="an agent holds it"),
        pytest.param({"is_remote": True} | ENDED, HELD, "no_agent", id="the agent is gone"),
        pytest.param({}, HELD | {"is_remote": True}, "no_worker", id="an agent is no worker"),
        pytest.param({}, {"lease_by": "w", "lease_until": NOW}, "ready", id="held until now"),
        pytest.param({}, ENDED, "no_worker", id="the worker is gone"),
        pytest.param({"lease_by": "w", "lease_until": NOW}, {}, "ready", id="its own lease until now"),
        pytest.param({"last_trouble": "缺纸"}, HELD, "trouble", id="new, and in trouble"),
    ],
)
def test_who_serves_a_printer(place: Place, columns: dict[str, object], other: dict[str, object], state: str) -> None:
    printer_id = make_printer(place, **columns)
    make_printer(place, name="另一台", is_default=False, **other)

    found = {one.printer.id: one.state for one in queries.printers_of(place.id, now=NOW)}

    assert found[printer_id] == state


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_printers_are_listed_those_in_use_first_then_the_default_then_by_name(place: Place) -> None:
    for name, is_default, is_active in (("a", False, False), ("c", False, True), ("d", True, True), ("b", False, True)):
        make_printer(place, name=name, is_default=is_default, is_active=is_active)
    make_printer(make_site("别的助餐点"), name="远处的")
    queue_ticket(place)
    set_state(queue_ticket(place), "held")

    found = queries.printers_of(place.id, now=NOW)

    assert [(one.printer.name, one.waiting) for one in found] == [("d", 1), ("b", 0), ("c", 0), ("a", 0)]
    others = queries.other_printers(place.id, but=found[1].printer.id)
    assert [one.name for one in others] == ["c", "d"]
    assert [one.name for one in queries.other_printers(place.id, but=None)] == ["b", "c", "d"]


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_an_agent_sees_the_printers_it_serves_and_which_have_something_to_print(place: Place) -> None:
    clerk = make_staff("clerk", site=place)
    for name, more in (
        ("甲", {"is_default": True}),
        ("乙", {}),
        ("停", {"is_active": False}),
        ("本地", {"is_remote": False}),
    ):
        make_printer(place, name=name, **{"is_default": False, "is_remote": True} | more)
    make_printer(make_site("别的助餐点"), name="远处的", is_remote=True)
    queue_ticket(place)

    found = queries.printers_for_agent(clerk.actor, now=NOW)
    assert [(one.name, one.due) for one in found] == [("甲", True), ("乙", False)]


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("state", "trouble", "is_boxed"),
    [
        ("printed", "没有字体可画,打成方框:䶮", True),
        ("sent", "打印机不会回答,不能确认已打印;没有字体可画,打成方框:䶮", True),
        ("uncertain", "没有字体可画,打成方框:䶮", False),
        ("printed", "确认已打印:李梅", False),
    ],
)
def test_which_papers_came_out_with_boxes(place: Place, state: str, trouble: str, is_boxed: bool) -> None:
    job_id, other = queue_ticket(place), queue_ticket(place)
    for one in (job_id, other):
        set_state(one, state, trouble=trouble)
    serving_id = job_row(job_id).serving_id
    assert serving_id is not None

    with reading() as session:
        assert board_queries.not_whole(session, [serving_id]) == ({serving_id} if is_boxed else set())


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_line_of_a_list_says_what_is_amiss_in_sentences(place: Place) -> None:
    job_id = queue_ticket(place)
    set_state(job_id, "uncertain", trouble="发送中断,可能只打印了一部分;没有字体可画,打成方框:䶮", repeats=2)

    [line] = queries.jobs_of_site(place.id)

    assert line.troubles == [("发送中断,可能只打印了一部分", ""), ("没有字体可画,打成方框", ":䶮")]
    assert (line.kind, line.copy, line.repeats, line.printer_name, line.day) == ("ticket", 0, 2, "", NOW.date())


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_more_than_a_page_of_papers_that_wait(place: Place) -> None:
    jobs = [queue_ticket(place) for _ in range(queries.PAGE + 1)]

    assert [line.id for line in queries.open_jobs_of_site(place.id)] == jobs[:-1]
    assert [line.id for line in queries.jobs_of_site(place.id)] == jobs[:0:-1]


def test_lists_of_papers(place: Place) -> None:
    make_printer(place)
    jobs = [queue_ticket(place, facts=replace(TICKET, number=f"1121-00{n}").as_json()) for n in range(5)]
    set_state(jobs[0], "printed")
    set_state(jobs[3], "uncertain", trouble="发送中断")
    queue_ticket(make_site("别的助餐点"))

    newest = queries.jobs_of_site(place.id, limit=2)
    older = queries.jobs_of_site(place.id, before_id=newest[-1].id)

    assert [line.subject for line in newest + older] == [f"1121-00{n} 王秀兰" for n in (4, 3, 2, 1, 0)]
    assert (newest[1].state, newest[1].trouble, newest[1].printer_name) == ("uncertain", "发送中断", "柜台")
    assert [line.id for line in queries.open_jobs_of_site(place.id)] == jobs[1:]


def test_preview_shows_the_paper_of_its_printer(place: Place) -> None:
    make_printer(place, width_mm=80)
    clerk = make_staff("clerk", site=place)
    job_id = queue_ticket(place)

    detail = queries.job_for_preview(clerk.actor, job_id, draw=draw_box)

    assert (detail.line.subject, detail.next_copy, detail.sheet.columns) == ("1121-017 王秀兰", 1, 48)


def test_preview_without_a_printer_is_narrow_and_counts_copies(place: Place) -> None:
    clerk = make_staff("clerk", site=place)
    job_id = queue_ticket(place)
    set_state(job_id, "printed")
    copy = service.papers.reprint_ticket(job_id, copy=1, reason="卡纸", actor=clerk.actor, now=NOW)

    detail = queries.job_for_preview(clerk.actor, copy, draw=draw_box)

    assert (detail.next_copy, detail.sheet.columns, detail.line.copy) == (2, 32, 1)


def test_preview_of_another_sites_paper_is_not_found(place: Place) -> None:
    stranger = make_staff("manager", site=make_site("别的助餐点"))
    job_id = queue_ticket(place)

    with pytest.raises(NotFound):
        queries.job_for_preview(stranger.actor, job_id, draw=draw_box)
    with pytest.raises(NotFound):
        queries.job_for_preview(stranger.actor, 999, draw=draw_box)


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_who_has_an_area_reaches_what_lies_below_it(place: Place) -> None:
    far = make_site("柳树村助餐点", path="临川区/石桥镇/柳树村")
    papers = [queue_ticket(place), queue_ticket(far)]
    printers = [make_printer(place), make_printer(far)]
    actor = make_staff("manager", site=place).actor
    for area, reached in (("金溪县", 0), ("临川区/石桥镇", 1)):
        below = replace(actor, site_id=None, area_path=area)
        assert queries.job_for_preview(below, papers[reached], draw=draw_box).line.id == papers[reached]
        assert queries.printer_for(below, printers[reached]).id == printers[reached]
        with pytest.raises(NotFound):
            queries.job_for_preview(below, papers[1 - reached], draw=draw_box)
        with pytest.raises(NotFound):
            queries.printer_for(below, printers[1 - reached])


@pytest.mark.parametrize("backend", ["sqlite"])  # PostgreSQL plans by statistics; its partial indexes are the same
def test_what_is_asked_again_and_again_never_reads_the_papers_that_are_done(place: Place) -> None:
    """The worker looks every second and the counter with every serving, with years of papers behind them."""
    printer_id = make_printer(place)
    queue_ticket(place)
    with statements() as sent:
        queue.take_printer(printer_id, worker="w", now=NOW)
        queue.queue_of(printer_id, most=10)
        queue.due_printers([printer_id], now=NOW)
        queue.house_the_homeless()
        waiting(place)
        queries.open_jobs_of_site(place.id)
        queries.printers_of(place.id, now=NOW)
        with transaction() as session:
            outbox.adopt(session, place.id)

    asked = [statement for statement in sent if "print_job" in statement]
    with reading() as session:
        connection = session.connection()
        for statement in asked:
            plan = connection.exec_driver_sql(f"explain query plan {statement}", (1,) * statement.count("?"))
            steps = [step.detail for step in plan if "print_job" in step.detail]
            known = ("ix_print_job_next", "ix_print_job_open", "INTEGER PRIMARY KEY (rowid=?)")
            assert all(any(way in step for way in known) for step in steps), statement
    assert len(asked) == 8
