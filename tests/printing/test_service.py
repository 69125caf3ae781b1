"""What people do with printers and papers, on both databases."""

from __future__ import annotations

import threading
from dataclasses import fields, replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from canteen.audit.models import Audit
from canteen.base.config import Settings
from canteen.base.db import reading
from canteen.base.errors import BadInput, NotFound, Refusal
from canteen.printing import service
from canteen.printing.drawing.device import Device
from canteen.printing.drawing.glyphs import draw_box
from canteen.printing.models import JOB
from canteen.printing.papers.kinds import KINDS, Paper, Reprint, paper_bytes
from canteen.printing.papers.sealing import opened
from canteen.printing.requests import NewPrinter
from canteen.printing.sending.address import Limits
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
from tests.printing.samples import TICKET

LIMITS = Limits.of(Settings())


@pytest.fixture
def place(app: Flask) -> Place:
    return make_site()


@pytest.fixture
def manager(place: Place) -> Person:
    return make_staff("manager", site=place, name="张站长")


@pytest.fixture
def clerk(place: Place) -> Person:
    return make_staff("clerk", site=place, name="李梅")


@pytest.fixture
def stranger(app: Flask) -> Person:
    return make_staff("manager", site=make_site("别的助餐点"), name="外人")


def audited() -> list[tuple[str, str]]:
    """Verb and subject of the audit trail."""
    with reading() as session:
        rows = session.execute(select(Audit.action, Audit.subject).where(Audit.action != "write").order_by(Audit.id))
        return [(row.action, row.subject) for row in rows]


def jobs_of(serving_id: int | None) -> list[int]:
    with reading() as session:
        return list(session.scalars(select(JOB.c.id).where(JOB.c.serving_id == serving_id).order_by(JOB.c.id)))


# Printers


def test_the_first_printer_is_the_default_and_takes_what_waits(place: Place, manager: Person) -> None:
    job_id = queue_ticket(place)
    new = NewPrinter(site_id=place.id, name="柜台", address=" tcp://192.168.1.50:9100 ", width_mm=80, has_cutter=True)

    first = service.printers.add_printer(new, limits=LIMITS, actor=manager.actor, now=NOW)
    second = service.printers.add_printer(replace(new, name="厨房"), limits=LIMITS, actor=manager.actor, now=NOW)

    printer = printer_row(first)
    assert (printer.address, printer.width_mm, printer.has_cutter) == ("tcp://192.168.1.50:9100", 80, True)
    assert [printer_row(each).is_default for each in (first, second)] == [True, False]
    assert job_row(job_id).printer_id == first
    assert audited() == [("add_printer", f"printer:{first}"), ("add_printer", f"printer:{second}")]


@pytest.mark.parametrize(
    ("first", "second", "defaults"),
    [
        pytest.param("screen://a", "tcp://10.0.0.7:9100", [False, True], id="a real one takes over from the screen"),
        pytest.param("screen://a", "screen://b", [True, False], id="another screen does not"),
        pytest.param("tcp://10.0.0.7:9100", "screen://b", [True, False], id="a screen does not take over"),
    ],
)
def test_which_printer_is_the_default(
    place: Place, manager: Person, first: str, second: str, defaults: list[bool]
) -> None:
    ids = [
        service.printers.add_printer(
            NewPrinter(site_id=place.id, name=address, address=address), limits=LIMITS, actor=manager.actor, now=NOW
        )
        for address in (first, second)
    ]

    assert [printer_row(printer_id).is_default for printer_id in ids] == defaults


def test_add_printer_refuses(place: Place, manager: Person, stranger: Person) -> None:
    new = NewPrinter(site_id=place.id, name="柜台", address="screen://a")
    service.printers.add_printer(new, limits=LIMITS, actor=manager.actor, now=NOW)

    with pytest.raises(Refusal) as taken:
        service.printers.add_printer(new, limits=LIMITS, actor=manager.actor, now=NOW)
    with pytest.raises(BadInput):
        service.printers.add_printer(
            replace(new, address="tcp://8.8.8.8:9100"), limits=LIMITS, actor=manager.actor, now=NOW
        )
    with pytest.raises(NotFound):
        service.printers.add_printer(replace(new, name="另一台"), limits=LIMITS, actor=stranger.actor, now=NOW)

    assert taken.value.code == "printer_name_taken"


def test_settings_are_changed_for_what_waits_too(place: Place, manager: Person) -> None:
    printer_id = make_printer(place, address="tcp://10.0.0.7:9100", width_mm=58)
    wanted = NewPrinter(
        site_id=place.id,
        name="新柜台",
        address="tcp://10.0.0.8:9100",
        width_mm=80,
        encoding="utf-8",
        rom="gb2312",
        has_cutter=True,
        has_qr=False,
        answers=False,
    )

    service.printers.change_printer(printer_id, wanted, limits=LIMITS, actor=manager.actor, now=NOW)

    printer = printer_row(printer_id)
    assert NewPrinter(**{field.name: getattr(printer, field.name) for field in fields(NewPrinter)}) == wanted
    assert printer.is_default
    assert audited() == [("change_printer", f"printer:{printer_id}")]


def test_change_printer_refuses(place: Place, manager: Person, stranger: Person) -> None:
    printer_id = make_printer(place)
    make_printer(place, name="厨房", is_default=False)
    wanted = NewPrinter(site_id=place.id, name="柜台", address="screen://a")

    def change(new: NewPrinter, person: Person) -> None:
        service.printers.change_printer(printer_id, new, limits=LIMITS, actor=person.actor, now=NOW)

    change(wanted, manager)  # its own name is not taken
    with pytest.raises(Refusal) as taken:
        change(replace(wanted, name="厨房"), manager)
    with pytest.raises(BadInput):
        change(replace(wanted, address="tcp://8.8.8.8:9100"), manager)
    with pytest.raises(NotFound):
        change(wanted, stranger)
    service.printers.deactivate_printer(printer_id, actor=manager.actor, now=NOW)
    with pytest.raises(Refusal) as off:
        change(wanted, manager)

    assert (taken.value.code, off.value.code) == ("printer_name_taken", "printer_off")


def test_make_default_moves_new_papers_but_not_those_of_a_printer_in_use(place: Place, manager: Person) -> None:
    old, new = make_printer(place), make_printer(place, name="新的", is_default=False)
    before = queue_ticket(place)

    service.printers.make_default(new, actor=manager.actor, now=NOW)

    after = queue_ticket(place)
    assert [job_row(job_id).printer_id for job_id in (before, after)] == [old, new]
    assert not printer_row(old).is_default


def test_a_default_printer_taken_out_of_use_has_a_successor_and_comes_back(place: Place, manager: Person) -> None:
    default = make_printer(place, address="tcp://10.0.0.1:9100")
    screen = make_printer(place, name="屏幕", is_default=False)
    real = make_printer(place, name="厨房", address="tcp://10.0.0.2:9100", is_default=False)
    job_id = queue_ticket(place)

    service.printers.deactivate_printer(default, actor=manager.actor, now=NOW)
    assert [printer_row(each).is_default for each in (screen, real)] == [False, True]
    assert job_row(job_id).printer_id == real

    with pytest.raises(Refusal) as taken:
        service.printers.add_printer(
            NewPrinter(site_id=place.id, name="柜台", address="screen://a"), limits=LIMITS, actor=manager.actor, now=NOW
        )
    assert taken.value.next_step == "它已停用,可以在打印机列表里重新启用"
    for _ in range(2):
        service.printers.reactivate_printer(default, actor=manager.actor, now=NOW)
    assert (printer_row(default).is_active, printer_row(default).is_default) == (True, False)
    assert audited()[-1] == ("reactivate_printer", f"printer:{default}")


def test_the_only_printer_comes_back_as_the_default_and_takes_what_waits(place: Place, manager: Person) -> None:
    only = make_printer(place)
    service.printers.deactivate_printer(only, actor=manager.actor, now=NOW)
    job_id = queue_ticket(place)

    service.printers.reactivate_printer(only, actor=manager.actor, now=NOW)

    assert printer_row(only).is_default
    assert job_row(job_id).printer_id == only


def test_what_waits_is_not_moved_to_where_it_waits(place: Place, manager: Person) -> None:
    printer_id = make_printer(place)

    with pytest.raises(Refusal) as same:
        service.papers.move_waiting(printer_id, printer_id=printer_id, actor=manager.actor, now=NOW)

    assert same.value.code == "same_printer"


def test_a_printer_taken_out_of_use_leaves_its_papers_to_the_default_one(place: Place, manager: Person) -> None:
    default, other = make_printer(place), make_printer(place, name="另一台", is_default=False)
    service.printers.make_default(other, actor=manager.actor, now=NOW)
    job_id = queue_ticket(place)
    service.printers.make_default(default, actor=manager.actor, now=NOW)

    service.printers.deactivate_printer(other, actor=manager.actor, now=NOW)
    assert job_row(job_id).printer_id == default

    service.printers.deactivate_printer(default, actor=manager.actor, now=NOW)
    assert job_row(job_id).printer_id is None

    with pytest.raises(Refusal) as off:
        service.printers.make_default(default, actor=manager.actor, now=NOW)
    assert off.value.code == "printer_off"


@pytest.mark.parametrize("work", ["make_default", "deactivate_printer"])
def test_a_printer_of_another_site_is_not_found(place: Place, stranger: Person, work: str) -> None:
    printer_id = make_printer(place)

    with pytest.raises(NotFound):
        getattr(service.printers, work)(printer_id, actor=stranger.actor, now=NOW)


def test_a_test_page_goes_to_its_printer_once_for_a_key(place: Place, manager: Person, stranger: Person) -> None:
    make_printer(place)
    other = make_printer(place, name="厨房", is_default=False)

    first, again, more = (
        service.printers.print_test_page(other, key=key, actor=manager.actor, now=NOW) for key in ("k1", "k1", "k2")
    )

    assert first == again != more
    assert (job_row(first).printer_id, job_row(first).kind) == (other, "test_page")
    with pytest.raises(NotFound):
        service.printers.print_test_page(other, key="k3", actor=stranger.actor, now=NOW)


# Copies


@pytest.mark.parametrize("state", ["printed", "sent", "uncertain", "failed", "cancelled"])
def test_a_copy_has_the_number_and_says_who_when_and_why(place: Place, clerk: Person, state: str) -> None:
    make_printer(place)
    original = queue_ticket(place)
    set_state(original, state)

    copy = service.papers.reprint_ticket(original, copy=1, reason="卡纸", actor=clerk.actor, now=NOW)

    job = job_row(copy)
    assert (job.copy, job.original_id, job.state) == (1, original, "queued")
    assert job.serving_id == job_row(original).serving_id
    mark = Reprint(copy=1, day=TICKET.day, asked_at="11:42", staff_name="李梅", reason="卡纸")
    assert Paper.of(job.kind, opened(job.sealed, key=job.key)) == Paper(TICKET, mark)
    assert states(original) == ["failed" if state == "uncertain" else state]
    assert audited() == [("reprint", f"print_job:{original}")]


def test_asked_twice_for_the_same_copy_it_is_made_once(place: Place, clerk: Person) -> None:
    original = queue_ticket(place)
    set_state(original, "printed")

    first = service.papers.reprint_ticket(original, copy=1, reason="卡纸", actor=clerk.actor, now=NOW)
    again = service.papers.reprint_ticket(original, copy=1, reason="卡纸", actor=clerk.actor, now=NOW)

    assert first == again
    assert jobs_of(job_row(original).serving_id) == [original, first]


def test_a_copy_of_a_copy_is_the_next_copy_of_the_original(place: Place, clerk: Person) -> None:
    original = queue_ticket(place)
    set_state(original, "printed")
    first = service.papers.reprint_ticket(original, copy=1, reason="卡纸", actor=clerk.actor, now=NOW)
    set_state(first, "uncertain")

    second = service.papers.reprint_ticket(first, copy=2, reason="还是卡纸", actor=clerk.actor, now=NOW)

    assert (job_row(second).original_id, job_row(second).copy) == (original, 2)
    assert states(original, first, second) == ["printed", "failed", "queued"]
    assert job_row(first).trouble == "没有打好,要求补打:李梅"


@pytest.mark.parametrize(
    ("state", "copy", "code"),
    [
        pytest.param("queued", 1, "still_waiting", id="the ticket itself still waits"),
        pytest.param("sending", 1, "still_waiting", id="it is being sent"),
        pytest.param("printed", 2, "other_copy", id="not the next copy"),
        pytest.param("printed", 0, "other_copy", id="no copy at all"),
    ],
)
def test_copies_are_refused(place: Place, clerk: Person, state: str, copy: int, code: str) -> None:
    printer_id = make_printer(place)
    original = queue_ticket(place)
    set_state(original, state, printer_id=printer_id)

    with pytest.raises(Refusal) as refused:
        service.papers.reprint_ticket(original, copy=copy, reason="卡纸", actor=clerk.actor, now=NOW)

    assert refused.value.code == code
    assert jobs_of(job_row(original).serving_id) == [original]


def test_while_a_copy_waits_no_other_is_made(place: Place, clerk: Person) -> None:
    original = queue_ticket(place)
    set_state(original, "printed")
    service.papers.reprint_ticket(original, copy=1, reason="卡纸", actor=clerk.actor, now=NOW)

    with pytest.raises(Refusal) as refused:
        service.papers.reprint_ticket(original, copy=2, reason="卡纸", actor=clerk.actor, now=NOW)

    assert refused.value.code == "still_waiting"


def test_the_ticket_of_a_voided_serving_is_not_copied_but_its_void_ticket_is(place: Place, clerk: Person) -> None:
    original = queue_ticket(place)
    void = void_serving_of(original)
    set_state(original, "printed")
    set_state(void, "printed")

    with pytest.raises(Refusal) as refused:
        service.papers.reprint_ticket(original, copy=1, reason="卡纸", actor=clerk.actor, now=NOW)
    copy = service.papers.reprint_ticket(void, copy=1, reason="卡纸", actor=clerk.actor, now=NOW)

    assert refused.value.code == "voided"
    assert job_row(copy).kind == "void_ticket"


def test_a_test_page_is_not_copied(place: Place, manager: Person) -> None:
    job_id = service.printers.print_test_page(make_printer(place), key="k", actor=manager.actor, now=NOW)
    set_state(job_id, "printed")

    with pytest.raises(BadInput):
        service.papers.reprint_ticket(job_id, copy=1, reason="卡纸", actor=manager.actor, now=NOW)


def test_papers_of_another_site_are_not_found(place: Place, stranger: Person) -> None:
    job_id = queue_ticket(place)
    set_state(job_id, "uncertain")

    with pytest.raises(NotFound):
        service.papers.reprint_ticket(job_id, copy=1, reason="卡纸", actor=stranger.actor, now=NOW)
    with pytest.raises(NotFound):
        service.papers.settle_uncertain(job_id, printed=True, actor=stranger.actor, now=NOW)
    with pytest.raises(NotFound):
        service.papers.cancel_job(job_id, actor=stranger.actor, now=NOW)

    assert states(job_id) == ["uncertain"]


def test_two_clerks_at_once_make_one_copy(app: Flask, place: Place, clerk: Person) -> None:
    original = queue_ticket(place)
    set_state(original, "printed")
    made: list[int] = []
    start = threading.Barrier(4)

    def ask() -> None:
        with app.app_context():
            start.wait()
            made.append(service.papers.reprint_ticket(original, copy=1, reason="卡纸", actor=clerk.actor, now=NOW))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(made) == 4 and len(set(made)) == 1


# The uncertain question


@pytest.mark.parametrize(
    ("printed", "state", "words"), [(True, "printed", "确认已打印"), (False, "failed", "确认没有打印")]
)
def test_a_person_settles_an_uncertain_ticket(
    place: Place, clerk: Person, printed: bool, state: str, words: str
) -> None:
    job_id = queue_ticket(place)
    set_state(job_id, "uncertain", trouble="发送中断")

    for _ in range(2):  # pressed twice
        service.papers.settle_uncertain(job_id, printed=printed, actor=clerk.actor, now=NOW)

    job = job_row(job_id)
    assert (job.state, job.finished_at, job.trouble) == (state, NOW, f"发送中断;{words}:李梅")
    assert audited() == [("settle_paper", f"print_job:{job_id}")]


@pytest.mark.parametrize("state", ["queued", "sent", "failed", "cancelled"])
def test_only_an_uncertain_ticket_is_settled(place: Place, clerk: Person, state: str) -> None:
    job_id = queue_ticket(place)
    set_state(job_id, state)

    with pytest.raises(Refusal) as refused:
        service.papers.settle_uncertain(job_id, printed=True, actor=clerk.actor, now=NOW)

    assert refused.value.code == "not_uncertain"


def test_cancel_takes_a_waiting_paper_out_and_nothing_else(place: Place, clerk: Person) -> None:
    waiting, done = queue_ticket(place), queue_ticket(place)
    set_state(done, "printed")

    service.papers.cancel_job(waiting, actor=clerk.actor, now=NOW)
    with pytest.raises(Refusal) as refused:
        service.papers.cancel_job(done, actor=clerk.actor, now=NOW)

    assert states(waiting, done) == ["cancelled", "printed"]
    assert job_row(waiting).trouble == "取消:李梅"
    assert refused.value.code == "not_waiting"


def test_nothing_is_left_of_what_is_refused(place: Place, clerk: Person) -> None:
    original = queue_ticket(place)
    with pytest.raises(Refusal):
        service.papers.reprint_ticket(original, copy=1, reason="卡纸", actor=clerk.actor, now=NOW)

    with reading() as session:
        assert session.execute(select(func.count()).select_from(JOB)).scalar() == 1
    assert audited() == []


def test_an_off_printer_keeps_its_row(place: Place, manager: Person) -> None:
    printer_id = make_printer(place)
    set_printer(printer_id, last_trouble="缺纸")

    service.printers.deactivate_printer(printer_id, actor=manager.actor, now=NOW)

    assert not printer_row(printer_id).is_active


# Papers that waited too long, and other printers


def test_a_paper_that_waited_too_long_is_printed_when_somebody_wants_it(place: Place) -> None:
    make_printer(place)
    clerk = make_staff("clerk", site=place)
    job_id = queue_ticket(place, at=NOW - timedelta(hours=9))
    set_state(job_id, "held", trouble="等了太久,请确认还要不要")

    service.papers.want_job(job_id, actor=clerk.actor, now=NOW)

    job = job_row(job_id)
    assert (job.state, job.wanted_at, job.trouble, job.created_at) == ("queued", NOW, "", NOW - timedelta(hours=9))
    with pytest.raises(Refusal) as refused:
        service.papers.want_job(job_id, actor=clerk.actor, now=NOW)
    assert refused.value.code == "not_held"


@pytest.mark.parametrize(("is_wanted", "state"), [(True, "queued"), (False, "cancelled")])
def test_all_that_waited_too_long_is_answered_at_once(place: Place, is_wanted: bool, state: str) -> None:
    clerk = make_staff("clerk", site=place)
    old, new = [queue_ticket(place) for _ in range(2)], queue_ticket(place)
    foreign = queue_ticket(make_site("别的助餐点"))
    for job_id in (*old, foreign):
        set_state(job_id, "held")

    assert service.papers.answer_held(place.id, is_wanted=is_wanted, actor=clerk.actor, now=NOW) == 2

    assert states(*old, new, foreign) == [state, state, "queued", "held"]
    with pytest.raises(NotFound):
        service.papers.answer_held(job_row(foreign).site_id, is_wanted=True, actor=clerk.actor, now=NOW)


def test_a_held_paper_can_be_cancelled(place: Place) -> None:
    clerk = make_staff("clerk", site=place)
    job_id = queue_ticket(place)
    set_state(job_id, "held")

    service.papers.cancel_job(job_id, actor=clerk.actor, now=NOW)

    assert states(job_id) == ["cancelled"]


def test_waiting_papers_go_to_another_printer_one_or_all(place: Place) -> None:
    clerk = make_staff("clerk", site=place)
    old, new = make_printer(place), make_printer(place, name="新的", is_default=False)
    one, two, held, sent = (queue_ticket(place) for _ in range(4))
    set_state(held, "held")
    set_state(sent, "sending")
    set_state(
        one, "queued", attempts=6, next_try_at=NOW + timedelta(minutes=1), trouble="连不上打印机,请检查电源和网线"
    )

    service.papers.move_job(one, printer_id=new, actor=clerk.actor, now=NOW)
    moved = job_row(one)
    assert (moved.printer_id, moved.attempts, moved.next_try_at, moved.trouble) == (new, 0, NOW, "")
    assert service.papers.move_waiting(old, printer_id=new, actor=clerk.actor, now=NOW) == 2

    assert [job_row(job_id).printer_id for job_id in (one, two, held, sent)] == [new, new, new, old]
    with pytest.raises(Refusal) as refused:
        service.papers.move_job(sent, printer_id=new, actor=clerk.actor, now=NOW)
    assert refused.value.code == "not_waiting"


def test_papers_go_to_printers_in_use_at_their_site_only(place: Place) -> None:
    clerk = make_staff("clerk", site=place)
    old = make_printer(place)
    foreign = make_printer(make_site("别的助餐点"))
    off = make_printer(place, name="旧的", is_default=False, is_active=False)
    job_id = queue_ticket(place)
    county = replace(clerk.actor, site_id=None, area_path="金溪县")

    for actor, printer_id, error in (
        (clerk.actor, foreign, NotFound),
        (county, foreign, NotFound),
        (clerk.actor, off, Refusal),
    ):
        with pytest.raises(error):
            service.papers.move_job(job_id, printer_id=printer_id, actor=actor, now=NOW)
    assert job_row(job_id).printer_id == old


def test_a_copy_of_a_held_paper_is_refused_while_it_asks(place: Place) -> None:
    clerk = make_staff("clerk", site=place)
    job_id = queue_ticket(place)
    set_state(job_id, "held")

    with pytest.raises(Refusal) as refused:
        service.papers.reprint_ticket(job_id, copy=1, reason="卡纸", actor=clerk.actor, now=NOW)
    assert refused.value.code == "still_waiting"


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"test_page", "drawer"}))
def test_every_paper_can_be_copied_and_says_so(place: Place, kind: str) -> None:
    manager = make_staff("manager", site=place, name="张站长")
    job_id = queue_paper(place, kind)
    set_state(job_id, "printed")

    copy = service.papers.reprint_ticket(job_id, copy=1, reason="卡纸", actor=manager.actor, now=NOW)

    job = job_row(copy)
    facts = opened(job.sealed, key=job.key)
    assert (job.kind, job.copy, facts["reprint"]["staff_name"], facts["reprint"]["reason"]) == (
        kind,
        1,
        "张站长",
        "卡纸",
    )
    assert b"\xb2\xb9\xb4\xf2" in paper_bytes(kind, facts, Device(), draw_box).data  # 补打


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
@pytest.mark.parametrize("kind", ["test_page", "drawer"])
def test_what_is_not_copied(place: Place, kind: str) -> None:
    manager = make_staff("manager", site=place)
    job_id = queue_paper(place, kind)
    set_state(job_id, "printed")

    with pytest.raises(BadInput):
        service.papers.reprint_ticket(job_id, copy=1, reason="卡纸", actor=manager.actor, now=NOW)
