"""What people do with printers and papers: what is refused, word for word, and what the audit trail keeps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from canteen.audit.models import Audit
from canteen.base.access import COMMAND
from canteen.base.config import Settings
from canteen.base.db import reading, transaction
from canteen.base.errors import BadFields
from canteen.places.queries import site_for
from canteen.printing import asking, forms, queries, rules, service
from canteen.printing.drawing.glyphs import draw_box
from canteen.printing.drawing.preview import TextRun
from canteen.printing.papers.kinds import KINDS
from canteen.printing.requests import AgentCall, NewPrinter
from canteen.printing.sending.address import Limits
from canteen.printing.sending.wires import NotReady, Outcome
from tests.factories import NOW, Person, Place, make_site, make_staff
from tests.printing.records import (
    job_row,
    make_printer,
    printer_row,
    queue_paper,
    queue_ticket,
    set_printer,
    set_state,
    states,
    void_serving_of,
)
from tests.told import told, told_where

pytestmark = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)

LIMITS = Limits.of(Settings())
BACK = "请返回上一页重新选择"
NO_PAPER, NO_PRINTER = (("没有找到这张小票", BACK), ("没有找到这台打印机", BACK))


@pytest.fixture
def place(app: Flask) -> Place:
    return make_site()


@pytest.fixture
def manager(place: Place) -> Person:
    return make_staff("manager", site=place, name="张站长")


@pytest.fixture
def clerk(place: Place) -> Person:
    return make_staff("clerk", site=place, name="李梅")


def trail() -> list[tuple[str, str, dict[str, object]]]:
    with reading() as session:
        told = select(Audit.action, Audit.subject, Audit.detail, Audit.chain).where(Audit.action != "write")
        rows = session.execute(told.order_by(Audit.id)).all()
    assert {row.chain for row in rows} <= {1}  # of the site, not of the county
    return [(row.action, row.subject, row.detail) for row in rows]


# Papers


@pytest.mark.parametrize(
    ("state", "copy", "said"),
    [
        ("queued", 1, ("这张小票还在等待打印", "请看打印机是否缺纸或断开;修好后会自动打印", "still_waiting")),
        ("printed", 2, ("这张小票刚刚有人补打过", "请刷新页面,看看是否还需要再补打", "other_copy")),
        ("voided", 1, ("这份用餐已作废,小票不能补打", "需要时请补打作废小票", "voided")),
        ("drawer", 1, ("这一项不能补打", "测试页可以在打印机页再打一张", "")),
    ],
)
def test_a_copy_that_is_not_made(place: Place, manager: Person, state: str, copy: int, said: tuple[str, str, str]):
    job_id = queue_paper(place, "drawer") if state == "drawer" else queue_ticket(place)
    if state == "voided":
        void_serving_of(job_id)
    set_state(job_id, "queued" if state == "queued" else "printed")

    work = lambda: service.papers.reprint_ticket(job_id, copy=copy, reason="卡纸", actor=manager.actor, now=NOW)  # noqa: E731

    assert told_where(work) == said
    assert trail() == []


WAITS_NOT = ("这张小票不在等待打印", "请刷新页面查看", "not_waiting")


@pytest.mark.parametrize(
    ("work", "state", "said"),
    [
        ("settle_uncertain", "queued", ("这张小票已有结果", "请刷新页面查看", "not_uncertain")),
        ("cancel_job", "printed", WAITS_NOT),
        ("want_job", "queued", ("这张小票不用再确认", "请刷新页面查看", "not_held")),
        ("move_job", "printed", WAITS_NOT),
    ],
)
def test_what_is_not_done_to_a_paper(
    place: Place, clerk: Person, work: str, state: str, said: tuple[str, str, str]
) -> None:
    job_id = queue_ticket(place)
    set_state(job_id, state)
    more: dict[str, Any] = {"settle_uncertain": {"printed": True}, "move_job": {"printer_id": make_printer(place)}}

    refused = told_where(
        lambda: getattr(service.papers, work)(job_id, actor=clerk.actor, now=NOW, **more.get(work, {}))
    )

    assert refused == said
    assert states(job_id) == [state] and trail() == []


def test_papers_go_to_a_printer_in_use_at_their_own_site(place: Place, clerk: Person) -> None:
    here, job_id = make_printer(place), queue_ticket(place)
    off = make_printer(place, name="旧的", is_default=False, is_active=False)
    far = make_printer(make_site("别的助餐点"))
    county = replace(clerk.actor, site_id=None, area_path="金溪县")

    def move(printer_id: int, actor: Any = clerk.actor) -> Callable[[], None]:
        return lambda: service.papers.move_job(job_id, printer_id=printer_id, actor=actor, now=NOW)

    assert told_where(move(off)) == ("打印机「旧的」已停用", "请另选一台打印机", "printer_off")
    # What is not there, what is out of reach and what belongs to another site read alike.
    assert told(move(99)) == told(move(far)) == told(move(far, county)) == NO_PRINTER
    assert told_where(lambda: service.papers.move_waiting(here, printer_id=here, actor=clerk.actor, now=NOW)) == (
        "两边选的是同一台打印机",
        "请另选一台",
        "same_printer",
    )


def test_each_answer_about_a_paper_leaves_a_line_with_what_was_asked(place: Place, clerk: Person) -> None:
    old, new = make_printer(place), make_printer(place, name="新的", is_default=False)
    uncertain, waiting, held, moved, printed = (queue_ticket(place) for _ in range(5))
    set_state(uncertain, "uncertain")
    set_state(held, "held")
    set_state(printed, "printed")
    by: dict[str, Any] = {"actor": clerk.actor, "now": NOW}

    copy = service.papers.reprint_ticket(printed, copy=1, reason="卡纸", **by)
    service.papers.settle_uncertain(uncertain, printed=False, **by)
    service.papers.cancel_job(waiting, **by)
    service.papers.want_job(held, **by)
    service.papers.move_job(moved, printer_id=new, **by)
    service.papers.move_waiting(old, printer_id=new, **by)
    set_state(held, "held")
    service.papers.answer_held(place.id, is_wanted=True, **by)
    service.papers.answer_held(place.id, is_wanted=False, **by)

    assert trail() == [
        ("reprint", f"print_job:{printed}", {"copy": 1, "reason": "卡纸"}),
        ("settle_paper", f"print_job:{uncertain}", {"printed": False}),
        ("cancel_paper", f"print_job:{waiting}", {}),
        ("want_paper", f"print_job:{held}", {}),
        ("move_paper", f"print_job:{moved}", {"printer": new}),
        ("move_paper", f"printer:{old}", {"printer": new, "papers": 2}),
        ("want_paper", f"site:{place.id}", {"papers": 1}),
        ("cancel_paper", f"site:{place.id}", {"papers": 0}),
    ]
    assert [job_row(one).printer_id for one in (held, moved, copy)] == [new, new, new]
    assert job_row(waiting).trouble == "取消:李梅" and job_row(waiting).finished_at == NOW


def test_what_is_wanted_after_all_is_tried_at_once_as_if_it_were_new(place: Place, clerk: Person) -> None:
    job_id = queue_ticket(place, at=NOW - timedelta(hours=9))
    later = NOW + timedelta(minutes=1)
    set_state(job_id, "held", attempts=6, next_try_at=later, trouble="等了太久,请确认还要不要")

    service.papers.want_job(job_id, actor=clerk.actor, now=NOW)

    job = job_row(job_id)
    assert (job.state, job.attempts, job.next_try_at, job.wanted_at, job.trouble) == ("queued", 0, NOW, NOW, "")


@pytest.mark.parametrize(("role", "kind", "is_seen"), [("clerk", "label", False), ("manager", "label", True)])
def test_who_may_not_look_at_a_paper_is_told_that_there_is_none(
    place: Place, role: str, kind: str, is_seen: bool
) -> None:
    actor, job_id = make_staff(role, site=place).actor, queue_paper(place, kind)
    look = lambda: queries.job_for_preview(actor, job_id, draw=draw_box)  # noqa: E731

    if is_seen:
        assert look().line.id == job_id
    else:
        assert told(look) == NO_PAPER == told(lambda: queries.job_for_preview(actor, 99, draw=draw_box))


# Printers


def test_what_is_not_done_to_a_printer(place: Place, manager: Person) -> None:
    make_printer(place, name="柜台")
    off = make_printer(place, name="旧的", is_default=False, is_active=False)
    by: dict[str, Any] = {"actor": manager.actor, "now": NOW}

    def add(name: str, address: str = "screen://a") -> Callable[[], Any]:
        new = NewPrinter(site_id=place.id, name=name, address=address)
        return lambda: service.printers.add_printer(new, limits=LIMITS, **by)

    taken = "这个助餐点已有叫「%s」的打印机"
    assert told_where(add("柜台")) == (taken % "柜台", "请换一个名字", "printer_name_taken")
    assert told_where(add("旧的")) == (taken % "旧的", "它已停用,可以在打印机列表里重新启用", "printer_name_taken")
    for work in (service.printers.make_default, service.printers.deactivate_printer):
        assert told_where(lambda work=work: work(off, **by)) == (
            "打印机「旧的」已停用",
            "请另选一台打印机",
            "printer_off",
        )
        assert told(lambda work=work: work(99, **by)) == NO_PRINTER
    assert told(lambda: service.printers.print_test_page(off, key="k", **by))[0] == "打印机「旧的」已停用"
    assert told(lambda: service.printers.reactivate_printer(99, **by)) == NO_PRINTER
    assert trail() == []


def test_each_change_of_a_printer_leaves_a_line_with_its_name_and_address(place: Place, manager: Person) -> None:
    by: dict[str, Any] = {"actor": manager.actor, "now": NOW}
    new = NewPrinter(site_id=place.id, name="柜台", address=" screen://a ")
    printer_id = service.printers.add_printer(new, limits=LIMITS, **by)
    service.printers.change_printer(printer_id, replace(new, name="大厅"), limits=LIMITS, **by)
    service.printers.make_default(printer_id, **by)
    service.printers.print_test_page(printer_id, key="k", **by)
    service.printers.print_test_page(printer_id, key="k", **by)
    service.printers.deactivate_printer(printer_id, **by)
    set_printer(printer_id, last_trouble="缺纸,请装纸")
    service.printers.reactivate_printer(printer_id, **by)
    service.printers.reactivate_printer(printer_id, **by)

    actions = ["change_printer", "make_default_printer", "print_test_page", "deactivate_printer", "reactivate_printer"]
    what = f"printer:{printer_id}"
    assert trail() == [
        ("add_printer", what, {"name": "柜台", "address": "screen://a"}),
        *((action, what, {"name": "大厅", "address": "screen://a"}) for action in actions),
    ]
    assert printer_row(printer_id).last_trouble == ""
    assert job_row(1).key == "test:k"


def test_a_test_page_says_whose_it_is(place: Place, manager: Person) -> None:
    job_id = service.printers.print_test_page(make_printer(place), key="k", actor=manager.actor, now=NOW)

    paper = queries.job_for_preview(manager.actor, job_id, draw=draw_box)
    words = "".join(part.text for line in paper.sheet.lines for part in line.parts if isinstance(part, TextRun))
    for said in (place.name, "柜台", "11月21日", "11:42", "张站长"):
        assert said in words


# Papers others ask for


def test_a_site_without_a_printer_or_a_drawer_is_told_where_to_set_it(place: Place) -> None:
    site = site_for(COMMAND, place.id)

    def open_drawer() -> None:
        with transaction() as session:
            asking.ask_for_drawer(session, key="abcdefgh", site=site, reason="找零", actor=COMMAND, at=NOW)

    assert not asking.has_drawer(place.id)
    no_printer = ("这个助餐点还没有打印机", "请先在「打印」页添加打印机,或用浏览器打印", "no_printer")
    assert told_where(open_drawer) == no_printer
    printer_id = make_printer(place)
    no_drawer = ("打印机没有接钱箱", "如已接钱箱,请在「打印」页的打印机设置里勾选", "no_drawer")
    assert told_where(open_drawer) == no_drawer and not asking.has_drawer(place.id)

    set_printer(printer_id, has_drawer=True)
    open_drawer()

    assert asking.has_drawer(place.id)
    assert (job_row(1).key, job_row(1).kind) == ("drawer:abcdefgh", "drawer")
    assert trail() == [("open_drawer", "job:1", {"reason": "找零"})]


# Agents far away


@pytest.mark.parametrize("change", [{"is_remote": False}, {"is_active": False, "is_default": False}])
def test_an_agent_has_only_its_own_printers(place: Place, change: dict[str, object]) -> None:
    actor = replace(COMMAND, site_id=place.id)
    printer_id = make_printer(place, is_remote=True)
    job_id = queue_ticket(place)
    call = AgentCall(agent="a" * 8, printer_id=printer_id, job_id=job_id, claim_key="k" * 8)
    remote, by = service.remote, {"agent": "a" * 8}
    assert remote.hold_printer(actor, printer_id, now=NOW, draw=draw_box, **by).jobs[0].id == job_id
    set_printer(printer_id, **change)

    works: list[Callable[[], object]] = [
        lambda: remote.hold_printer(actor, printer_id, now=NOW, draw=draw_box, **by),
        lambda: remote.claim_job(actor, call, longest_s=5, now=NOW),
        lambda: remote.postpone_job(actor, call, NotReady("连不上"), attempts=0, now=NOW),
        lambda: remote.leave_printer(actor, printer_id, **by),
    ]
    assert [told(work) for work in works] == [NO_PRINTER] * 4
    assert printer_row(printer_id).lease_by == f"agent:{actor.id}:{'a' * 8}"
    # What is under way when its printer is taken away is still reported.
    assert remote.report_outcome(actor, call, Outcome("printed"), note="", now=NOW) == "queued"


def test_an_agent_reports_papers_of_its_site_only(place: Place) -> None:
    actor, printer_id = replace(COMMAND, site_id=place.id), make_printer(place, is_remote=True)
    foreign = queue_ticket(make_site("别的助餐点"))
    call = AgentCall(agent="a" * 8, printer_id=printer_id, job_id=foreign, claim_key="k" * 8)

    def report() -> None:
        service.remote.report_outcome(actor, call, Outcome("printed"), note="", now=NOW)

    assert told(report) == NO_PAPER


# What is typed


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ({"reason": "缺纸或卡纸"}, "缺纸或卡纸"),
        ({"reason": "小票遗失", "note": " 老人说 "}, "小票遗失 老人说"),
        ({"reason": "其他", "note": "换了打印机"}, "换了打印机"),
        ({"reason": "其他", "note": "字" * 40}, "字" * 40),
    ],
)
def test_why_a_copy_is_wanted(app: Flask, typed: dict[str, str], reason: str) -> None:
    assert forms.read_reason(MultiDict(typed)) == reason


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({}, "reason"),
        ({"reason": "别的"}, "reason"),
        ({"reason": "其他"}, "note"),
        ({"reason": "小票遗失", "note": "字" * 41}, "note"),
    ],
)
def test_a_copy_needs_a_reason(app: Flask, typed: dict[str, str], field: str) -> None:
    with pytest.raises(BadFields) as error:
        forms.read_reason(MultiDict(typed))

    assert list(error.value.errors) == [field]


@pytest.mark.parametrize(("text", "number"), [("1", 1), ("999", 999)])
def test_the_number_of_a_copy(app: Flask, text: str, number: int) -> None:
    assert forms.copy_number(text) == number
    assert told(lambda: forms.copy_number("1000"))[1] == "请返回上一页重新填写"


@pytest.mark.parametrize("name", ["低保套餐", "特困"])
def test_what_people_are_is_not_printed(app: Flask, name: str) -> None:
    said, next_step, field = told_where(lambda: rules.refuse_label(name, field="name"))

    assert said == f"会印在小票和餐盒上,不能有「{name[:2]}」,请换一个中性的写法"
    assert (next_step, field) == ("", "name")


@pytest.mark.parametrize(
    ("kind", "wait_s"),
    [("ticket", 4 * 3600), ("kitchen_count", 3 * 3600), ("label", 3 * 3600), ("drawer", 20), ("day_sheet", 4 * 3600)],
)
def test_how_long_a_paper_may_wait(app: Flask, kind: str, wait_s: int) -> None:
    since = NOW - timedelta(seconds=wait_s)

    assert not rules.is_too_old(kind, wanted_at=since, now=NOW)
    assert rules.is_too_old(kind, wanted_at=since - timedelta(seconds=1), now=NOW)
    assert KINDS[kind].wait_s == wait_s


@pytest.mark.parametrize(
    ("attempts", "is_hold", "pause_s"),
    [(0, False, 2), (1, False, 4), (4, False, 32), (5, False, 60), (10_000, False, 60), (0, True, 2), (9, True, 2)],
)
def test_pauses(app: Flask, attempts: int, is_hold: bool, pause_s: int) -> None:
    assert rules.pause_s(attempts, is_hold=is_hold) == pause_s
