"""Stations driven step by step with a clock of their own, and whole workers with threads, on both databases."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, current_app
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError

from canteen.base.db import Base, database
from canteen.base.errors import StorageTrouble
from canteen.base.vault import the_vault
from canteen.printing.drawing.device import Device, process_mark
from canteen.printing.drawing.glyphs import draw_box
from canteen.printing.papers.kinds import paper_bytes
from canteen.printing.rules import HOLD_PAUSE_S
from canteen.printing.sending import claiming, queue
from canteen.printing.sending.claiming import JobClaim, JobDone, Move
from canteen.printing.sending.supply import AHEAD_BYTES, IDLE_PAUSE_S, OTHERS_PAUSE_S, LocalSupply
from canteen.printing.sending.transport import PRINTED
from canteen.printing.sending.wires import Outcome, Patience
from canteen.printing.sending.worker import Station, Surroundings, Worker
from tests.conftest import make_app
from tests.factories import NOW, Place, make_site
from tests.printing.fake_printer import HURRIED, LIMITS, FakePrinter
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
from tests.sent import statements


@contextlib.contextmanager
def committed() -> Iterator[list[object]]:
    """The transactions that wrote and were committed inside the block."""
    seen: list[object] = []
    engine = current_app.extensions["canteen_write_engine"]

    def note(connection: object) -> None:
        seen.append(connection)

    event.listen(engine, "commit", note)
    try:
        yield seen
    finally:
        event.remove(engine, "commit", note)


class Clock:
    """Time that passes only when a test says so."""

    def __init__(self) -> None:
        self.time = NOW

    def __call__(self) -> datetime:
        return self.time

    def pass_s(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def fake() -> Iterator[FakePrinter]:
    with FakePrinter() as printer:
        yield printer


@pytest.fixture
def place(app: Flask) -> Place:
    return make_site()


def station(printer_id: int, clock: Clock, worker: str = "w1") -> Station:
    return Station(printer_id, LocalSupply(worker=worker, now=clock, draw=draw_box), Surroundings(LIMITS, HURRIED))


def take(job_id: int, printer_id: int, *, key: str = "k1", longest_s: float = 10) -> bool:
    claim = JobClaim(job_id=job_id, longest_s=longest_s)
    return claiming.apply([Move(printer_id=printer_id, worker="w1", claim=claim)], claim_key=key, now=NOW)[0]


# One station


def test_a_waiting_ticket_is_printed(place: Place, fake: FakePrinter, clock: Clock) -> None:
    printer_id = make_printer(place, address=fake.address)
    job_id = queue_ticket(place)
    clock.pass_s(1)

    assert station(printer_id, clock).step() == 0

    job, printer = job_row(job_id), printer_row(printer_id)
    assert fake.printed == [paper_bytes("ticket", TICKET.as_json(), Device(), draw_box).data]
    assert (job.state, job.attempts, job.finished_at, job.trouble) == ("printed", 1, clock(), "")
    assert (printer.last_seen_at, printer.last_trouble) == (clock(), "")


def test_tickets_come_in_order_and_the_void_ticket_after_its_ticket(
    place: Place, fake: FakePrinter, clock: Clock
) -> None:
    printer_id = make_printer(place, address=fake.address)
    first, second = queue_ticket(place), queue_ticket(place)
    void = void_serving_of(first)
    mine = station(printer_id, clock)

    for left in (["queued", "queued"], ["queued"], []):
        mine.step()
        assert states(first, second, void)[3 - len(left) :] == left

    assert states(first, second, void) == ["printed"] * 3
    assert fake.printed[0].count(b"1121-017") and fake.printed[1] == fake.printed[0] != fake.printed[2]


def test_the_outcome_of_one_and_the_taking_of_the_next_are_one_transaction(
    app: Flask, place: Place, fake: FakePrinter, clock: Clock
) -> None:
    printer_id = make_printer(place, address=fake.address)
    job_ids = [queue_ticket(place) for _ in range(4)]
    mine = station(printer_id, clock)
    seen = []

    def look(_job: bytes) -> None:
        with app.app_context():
            seen.append(states(*job_ids))

    fake.while_printing = look

    with committed() as commits:
        for _ in job_ids:
            mine.step()

    assert states(*job_ids) == ["printed"] * 4
    assert seen[2] == ["printed", "printed", "sending", "queued"]
    assert len(commits) == 1 + 4 + 1  # the lease; four takings, three of them with an outcome; the last outcome


def test_a_station_without_work_waits_to_be_woken_and_one_query_serves_all_printers(place: Place, clock: Clock) -> None:
    printer_ids = [make_printer(place, name=f"{n}号", is_default=n == 3) for n in range(4)]
    stations = [station(printer_id, clock) for printer_id in printer_ids]
    assert [mine.step() for mine in stations] == [IDLE_PAUSE_S] * 4
    assert queue.due_printers(printer_ids, now=clock()) == set()

    queue_ticket(place)

    assert queue.due_printers(printer_ids, now=clock()) == {printer_ids[3]}
    with statements() as asked:
        queue.due_printers(printer_ids, now=clock())
    assert len([line for line in asked if "print_job" in line]) == 1
    assert stations[3].step() == 0
    assert stations[3].step() == IDLE_PAUSE_S


def test_another_width_is_laid_out_for_when_it_is_sent(place: Place, fake: FakePrinter, clock: Clock) -> None:
    narrow = make_printer(place, address="screen://old", width_mm=58)
    queue_ticket(place)
    set_printer(narrow, width_mm=80, address=fake.address)

    station(narrow, clock).step()

    assert fake.printed == [paper_bytes("ticket", TICKET.as_json(), Device(width_mm=80), draw_box).data]


def test_a_printer_that_is_off_is_tried_with_growing_pauses_and_then_prints_by_itself(
    place: Place, fake: FakePrinter, clock: Clock
) -> None:
    printer_id = make_printer(place, address=fake.address)
    job_id = queue_ticket(place)
    mine = station(printer_id, clock)
    fake.switch_off()

    pauses = []
    for _ in range(7):
        mine.step()
        job = job_row(job_id)
        pauses.append((job.next_try_at - clock()).total_seconds())
        assert (job.state, job.trouble) == ("queued", "连不上打印机,请检查电源和网线")
        clock.pass_s(pauses[-1])
    assert pauses == [2, 4, 8, 16, 32, 60, 60]
    assert printer_row(printer_id).last_trouble == "连不上打印机,请检查电源和网线"

    fake.switch_on()
    mine.step()

    assert states(job_id) == ["printed"]
    assert printer_row(printer_id).last_trouble == ""
    assert len(fake.printed) == 1


def test_before_its_time_a_job_is_not_tried_again(place: Place, fake: FakePrinter, clock: Clock) -> None:
    fake.paper_out = True
    printer_id = make_printer(place, address=fake.address)
    queue_ticket(place)
    mine = station(printer_id, clock)
    mine.step()

    assert mine.step() == 2
    assert fake.connections == 1


@pytest.mark.parametrize(
    ("fault", "reason"), [("paper_out", "缺纸,请装纸"), ("cover_open", "上盖没有关好"), ("offline", "打印机离线")]
)
def test_a_printer_that_needs_a_hand_holds_its_queue_and_goes_on_by_itself(
    place: Place, fake: FakePrinter, clock: Clock, fault: str, reason: str
) -> None:
    printer_id = make_printer(place, address=fake.address)
    job_ids = [queue_ticket(place), queue_ticket(place)]
    mine = station(printer_id, clock)
    setattr(fake, fault, True)
    for _ in range(5):
        mine.step()
        clock.pass_s(HOLD_PAUSE_S)
    assert states(*job_ids) == ["queued", "queued"]
    assert (printer_row(printer_id).last_trouble, job_row(job_ids[0]).trouble) == (reason, reason)

    setattr(fake, fault, False)
    mine.step()
    mine.step()

    assert states(*job_ids) == ["printed", "printed"]
    assert [job_row(job_id).trouble for job_id in job_ids] == ["", ""]


@pytest.mark.parametrize(("fault", "value"), [("drop_after", 50), ("answers_fence", False)])
def test_trouble_after_the_first_byte_waits_for_a_person_and_the_next_ticket_goes_on(
    place: Place, fake: FakePrinter, clock: Clock, fault: str, value: object
) -> None:
    printer_id = make_printer(place, address=fake.address)
    first, second = queue_ticket(place), queue_ticket(place)
    mine = station(printer_id, clock)
    setattr(fake, fault, value)
    mine.step()
    assert states(first, second) == ["uncertain", "queued"]
    assert job_row(first).finished_at is None and job_row(first).trouble

    fake.drop_after, fake.answers_fence = None, True
    for _ in range(4):
        mine.step()
        clock.pass_s(60)

    assert states(first, second) == ["uncertain", "printed"]


def test_a_printer_that_cannot_answer_leaves_tickets_sent(place: Place, fake: FakePrinter, clock: Clock) -> None:
    fake.answers_status = fake.answers_fence = False
    printer_id = make_printer(place, address=fake.address, answers=False)
    job_id = queue_ticket(place)

    station(printer_id, clock).step()

    assert (states(job_id), job_row(job_id).trouble) == (["sent"], "打印机不会回答,不能确认已打印")


def test_a_character_without_a_font_is_told(place: Place, clock: Clock) -> None:
    printer_id = make_printer(place)
    job_id = queue_ticket(place, facts=replace(TICKET, person_name="王䶮𠮷").as_json())

    station(printer_id, clock).step()

    assert (states(job_id), job_row(job_id).trouble) == (["printed"], "没有字体可画,打成方框:䶮𠮷")


def test_a_silent_printer_and_a_missing_font_are_both_told(place: Place, fake: FakePrinter, clock: Clock) -> None:
    printer_id = make_printer(place, address=fake.address, answers=False)
    job_id = queue_ticket(place, facts=replace(TICKET, person_name="王䶮").as_json())

    station(printer_id, clock).step()

    assert job_row(job_id).trouble == "打印机不会回答,不能确认已打印;没有字体可画,打成方框:䶮"


def test_an_idle_printer_is_asked_how_it_is(
    place: Place, fake: FakePrinter, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    printer_id = make_printer(place, address=fake.address)
    mine = station(printer_id, clock)

    mine.step()
    mine.step()
    assert (printer_row(printer_id).last_seen_at, printer_row(printer_id).last_trouble) == (clock(), "")
    assert fake.connections == 1

    fake.paper_out = True
    monkeypatch.setattr("canteen.printing.sending.worker.CHECK_S", 0.0)
    for _ in range(2):
        station(printer_id, clock).step()
    assert printer_row(printer_id).last_trouble == "缺纸,请装纸"
    assert fake.printed == []

    queue_ticket(place)
    fake.paper_out = False
    station(printer_id, clock).step()
    assert (printer_row(printer_id).last_trouble, len(fake.printed)) == ("", 1)


def test_a_printer_somebody_else_holds_is_not_asked(place: Place, fake: FakePrinter, clock: Clock) -> None:
    printer_id = make_printer(place, address=fake.address)
    set_printer(printer_id, lease_by="w2", lease_until=NOW + claiming.LEASE)

    station(printer_id, clock).step()

    assert fake.connections == 0


def test_a_ticket_that_waited_for_hours_is_not_printed_by_itself(place: Place, fake: FakePrinter, clock: Clock) -> None:
    printer_id = make_printer(place, address=fake.address)
    old, young = queue_ticket(place, at=NOW - timedelta(seconds=TICKET.wait_s + 1)), queue_ticket(place)
    mine = station(printer_id, clock)
    mine.step()
    mine.step()

    assert states(old, young) == ["held", "printed"]
    assert job_row(old).trouble == queue.TOO_OLD


def test_a_job_that_cannot_be_laid_out_does_not_block_the_next(place: Place, clock: Clock) -> None:
    printer_id = make_printer(place)
    bad, worse, good = (queue_ticket(place) for _ in range(3))
    set_state(bad, "queued", sealed=the_vault().seal({"number": "1"}, f"print_job:{job_row(bad).key}"))
    set_state(worse, "queued", sealed=b"{")
    mine = station(printer_id, clock)
    for _ in range(3):
        mine.step()

    assert states(bad, worse, good) == ["failed", "failed", "printed"]


def test_an_address_that_is_no_longer_allowed_is_told_and_not_tried(place: Place, clock: Clock) -> None:
    printer_id = make_printer(place, address="tcp://8.8.8.8:9100")
    job_id = queue_ticket(place)

    station(printer_id, clock).step()

    assert (states(job_id), job_row(job_id).trouble) == (["queued"], "打印机地址不在允许的范围内")


def test_a_printer_out_of_use_ends_its_station(place: Place, clock: Clock) -> None:
    printer_id = make_printer(place)
    mine = station(printer_id, clock)
    mine.step()
    set_printer(printer_id, is_active=False)

    assert mine.step() is None
    assert station(printer_id, clock).step() is None


# Leases


def test_one_printer_is_held_by_one_worker_until_it_leaves(place: Place, fake: FakePrinter, clock: Clock) -> None:
    printer_id = make_printer(place, address=fake.address)
    one, two = station(printer_id, clock, "w1"), station(printer_id, clock, "w2")
    one.step()
    job_id = queue_ticket(place)
    assert two.step() == OTHERS_PAUSE_S
    assert (states(job_id), len(fake.printed)) == (["queued"], 0)

    one.leave()
    two.step()

    assert states(job_id) == ["printed"]


def test_a_lease_is_renewed_while_its_worker_lives(place: Place, clock: Clock) -> None:
    printer_id = make_printer(place)
    one, two = station(printer_id, clock, "w1"), station(printer_id, clock, "w2")
    for _ in range(20):
        assert one.step() != OTHERS_PAUSE_S
        assert two.step() == OTHERS_PAUSE_S
        clock.pass_s(10)


def test_a_dead_workers_printer_is_free_after_the_lease_and_its_job_is_uncertain(
    place: Place, fake: FakePrinter, clock: Clock
) -> None:
    printer_id = make_printer(place, address=fake.address)
    set_printer(printer_id, lease_by="dead", lease_until=NOW + claiming.LEASE)
    in_flight, waiting = queue_ticket(place), queue_ticket(place)
    set_state(in_flight, "sending", attempts=1)
    mine = station(printer_id, clock)
    assert mine.step() == OTHERS_PAUSE_S
    assert states(in_flight, waiting) == ["sending", "queued"]

    clock.pass_s(claiming.LEASE.total_seconds() + 1)
    mine.step()

    assert states(in_flight, waiting) == ["uncertain", "printed"]
    assert job_row(in_flight).trouble == queue.DROPPED


def test_a_clock_set_back_by_a_day_stops_nothing(place: Place, fake: FakePrinter, clock: Clock) -> None:
    printer_id = make_printer(place, address=fake.address)
    job_id = queue_ticket(place)
    fake.paper_out = True
    station(printer_id, clock, "before").step()
    clock.pass_s(-24 * 3600)
    fake.paper_out = False

    station(printer_id, clock, "after").step()

    assert states(job_id) == ["printed"]


def test_a_lease_lost_before_the_first_byte_sends_nothing(place: Place, fake: FakePrinter, clock: Clock) -> None:
    printer_id = make_printer(place, address=fake.address)
    mine = station(printer_id, clock)
    mine.step()
    job_id = queue_ticket(place)
    set_printer(printer_id, lease_by="w2", lease_until=NOW + claiming.LEASE)

    mine.step()

    assert (states(job_id), fake.printed) == (["queued"], [])
    assert mine.step() == OTHERS_PAUSE_S


def test_a_job_cancelled_before_the_first_byte_is_not_sent(place: Place, clock: Clock) -> None:
    printer_id = make_printer(place)
    job_id = queue_ticket(place)
    queue.take_printer(printer_id, worker="w1", now=NOW)
    set_state(job_id, "cancelled")

    assert not take(job_id, printer_id)


def test_a_claim_lasts_longer_than_the_job_may_take(place: Place) -> None:
    printer_id = make_printer(place)
    job_id = queue_ticket(place)
    queue.take_printer(printer_id, worker="w1", now=NOW)

    assert take(job_id, printer_id, longest_s=100)
    assert printer_row(printer_id).lease_until >= NOW + timedelta(seconds=100)


def test_a_huge_paper_is_held_no_longer_than_any_lease_and_gives_the_rest_back(place: Place, clock: Clock) -> None:
    """A lease beyond the longest one would look like one of a clock that was set back, and be taken by anybody."""
    printer_id = make_printer(place)
    job_id = queue_ticket(place)
    queue.take_printer(printer_id, worker="w1", now=NOW)

    assert take(job_id, printer_id, longest_s=5000)
    assert not queue.take_printer(printer_id, worker="w2", now=NOW)
    done = JobDone(job_id=job_id, kind="ticket", repeats=0, claim_key="k1", outcome=Outcome("printed"))
    claiming.apply([Move(printer_id=printer_id, worker="w1", done=done)], claim_key="", now=NOW)

    assert printer_row(printer_id).lease_until == NOW + claiming.LEASE
    assert Patience().longest_s(bytes(10**7)) * 2 <= claiming.LONGEST_LEASE.total_seconds()


def test_a_paper_on_its_way_to_a_printer_taken_out_of_use_is_asked_about(worker: Worker, place: Place) -> None:
    printer_id = make_printer(place)
    job_id = queue_ticket(place)
    set_state(job_id, "sending", attempts=1)
    set_printer(printer_id, is_active=False, is_default=False)

    worker.look()

    assert states(job_id) == ["uncertain"]


@pytest.mark.parametrize(
    ("meanwhile", "state"),
    [
        pytest.param("uncertain", "printed", id="called uncertain by another worker: the printer's word counts"),
        pytest.param("failed", "failed", id="settled by a person: stays"),
    ],
)
def test_an_answer_that_comes_late(place: Place, meanwhile: str, state: str) -> None:
    printer_id = make_printer(place)
    job_id = queue_ticket(place)
    set_state(job_id, meanwhile, claim_key="k1")

    done = JobDone(job_id=job_id, kind="ticket", repeats=0, claim_key="k1", outcome=PRINTED)
    claiming.apply([Move(printer_id=printer_id, worker="w1", done=done)], claim_key="k2", now=NOW)

    assert states(job_id) == [state]


def test_papers_without_a_printer_are_housed_once_there_is_one(place: Place, clock: Clock) -> None:
    job_id = queue_ticket(place)
    queue.house_the_homeless()
    assert job_row(job_id).printer_id is None

    printer_id = make_printer(place)
    queue.house_the_homeless()

    assert job_row(job_id).printer_id == printer_id


# Trouble with the database


@pytest.fixture
def impatient_app(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Flask]:
    """An application on SQLite that does not wait for locks."""
    app = make_app("sqlite", tmp_path, request, busy_seconds=0)
    with app.app_context():
        Base.metadata.create_all(database.engine)
        yield app
        database.session.remove()


def test_nothing_is_locked_while_a_printer_is_waited_for(impatient_app: Flask, fake: FakePrinter, clock: Clock) -> None:
    file = impatient_app.config["CANTEEN"].data_dir / "canteen.db"
    place = make_site()
    job_id = queue_ticket(place)
    printer_id = make_printer(place, address=fake.address)
    queue.house_the_homeless()
    modes: list[tuple[int, int, int]] = []

    def write_and_check(_job: bytes) -> None:
        with sqlite3.connect(file, timeout=0) as other:
            other.execute("update site set phone = '1'")
            other.commit()
            # The whole log goes into the file and is cut only when nobody reads an older state.
            modes.append(other.execute("pragma wal_checkpoint(truncate)").fetchone())

    fake.while_printing = write_and_check

    station(printer_id, clock).step()

    assert states(job_id) == ["printed"]
    assert modes == [(0, 0, 0)]


def test_an_outcome_the_database_does_not_take_is_kept_and_nothing_is_printed_twice(
    impatient_app: Flask, fake: FakePrinter, clock: Clock
) -> None:
    file = impatient_app.config["CANTEEN"].data_dir / "canteen.db"
    place = make_site()
    printer_id = make_printer(place, address=fake.address)
    job_id = queue_ticket(place)
    lock = sqlite3.connect(file, isolation_level=None, check_same_thread=False, timeout=0)
    fake.while_printing = lambda _job: lock.execute("begin immediate") and None
    mine = station(printer_id, clock)

    for _ in range(2):
        with pytest.raises(StorageTrouble):
            mine.step()
    assert states(job_id) == ["sending"]

    lock.execute("rollback")
    mine.step()

    assert (states(job_id), len(fake.printed)) == (["printed"], 1)
    lock.close()


# Whole workers, with threads


@pytest.fixture
def open_ports(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """The application with printers allowed on any port."""
    monkeypatch.setitem(app.config, "CANTEEN", replace(app.config["CANTEEN"], printer_ports="1024-65535"))
    return app


@pytest.fixture
def worker(open_ports: Flask, clock: Clock) -> Iterator[Worker]:
    """A worker whose printers are looked for when a test says so; ended with the test."""
    mine = Worker(open_ports, now=clock, patience=HURRIED)
    yield mine
    mine.end()


def test_a_stalled_printer_does_not_slow_another(open_ports: Flask, clock: Clock) -> None:
    stuck, well = make_site("卡住的"), make_site("好的")
    patient = Worker(open_ports, now=clock, patience=replace(HURRIED, status_s=600))
    with contextlib.ExitStack() as ends:
        ends.callback(patient.end)
        stalled, healthy = ends.enter_context(FakePrinter()), ends.enter_context(FakePrinter())
        stalled.stalled = True
        make_printer(stuck, address=stalled.address)
        make_printer(well, address=healthy.address)
        waits = queue_ticket(stuck)
        job_ids = [queue_ticket(well) for _ in range(10)]

        patient.look()

        for _ in job_ids:
            healthy.papers.get(timeout=30)
        assert (stalled.connections, states(waits)) == (1, ["queued"])

    assert states(*job_ids) == ["printed"] * 10
    assert states(waits) == ["queued"]


def test_a_new_printer_is_picked_up_with_what_waited_for_it(worker: Worker, fake: FakePrinter) -> None:
    place = make_site()
    job_id = queue_ticket(place)
    worker.look()
    make_printer(place, address=fake.address)

    worker.look()

    fake.papers.get(timeout=30)
    worker.end()
    assert states(job_id) == ["printed"]


def test_two_workers_print_every_ticket_once_and_in_order(open_ports: Flask, clock: Clock, fake: FakePrinter) -> None:
    place = make_site()
    make_printer(place, address=fake.address)
    job_ids = [queue_ticket(place, facts=replace(TICKET, number=f"1121-{number:03}").as_json()) for number in range(20)]
    with contextlib.ExitStack() as ends:
        for _ in range(2):
            worker = Worker(open_ports, now=clock, patience=HURRIED)
            ends.callback(worker.end)
            worker.look()
        for _ in job_ids:
            fake.papers.get(timeout=30)

    assert states(*job_ids) == ["printed"] * 20
    assert [job[job.index(b"1121-") :][:8] for job in fake.printed] == [b"1121-%03d" % number for number in range(20)]


def test_a_worker_runs_until_it_is_stopped_and_gives_its_printers_back(
    open_ports: Flask, clock: Clock, fake: FakePrinter
) -> None:
    place = make_site()
    printer_id = make_printer(place, address=fake.address)
    queue_ticket(place)
    mine = Worker(open_ports, now=clock, patience=HURRIED)
    running = threading.Thread(target=mine.run)
    running.start()
    fake.papers.get(timeout=30)

    mine.stop.set()
    running.join(timeout=30)

    assert not running.is_alive()
    assert printer_row(printer_id).lease_by is None


def test_a_printer_woken_while_it_works_looks_again_at_once(app: Flask, place: Place, clock: Clock) -> None:
    """Work that comes in the middle of a step is not slept over; without work nobody looks twice."""

    class WokenInTheMiddle(Worker):
        steps = 0
        looked_again = threading.Event()

        def _step(self, station: Station) -> float:
            self.steps += 1
            if self.steps == 1:
                self.wake({station.printer_id})
            else:
                self.looked_again.set()
            return 3600.0

    worker = WokenInTheMiddle(app, now=clock, patience=HURRIED)
    worker.begin(make_printer(place))

    assert worker.looked_again.wait(30)
    worker.end()
    assert worker.steps == 2


# Several printers, one writer


def test_what_several_printers_write_at_once_is_one_commit(app: Flask, place: Place, clock: Clock) -> None:
    desk = LocalSupply(worker="w1", now=clock, draw=draw_box)
    printer_ids = [make_printer(place, name=f"{n}号", is_default=False) for n in range(4)]
    job_ids = [queue_ticket(place) for _ in printer_ids]
    for job_id, printer_id in zip(job_ids, printer_ids, strict=True):
        set_state(job_id, "queued", printer_id=printer_id)
    turns = {printer_id: desk.look(printer_id) for printer_id in printer_ids}
    keys: list[str] = []

    def take(printer_id: int) -> None:
        turn = turns[printer_id]
        assert turn is not None
        with app.app_context():
            keys.append(desk.move(printer_id, done=None, claim=turn.jobs[0], longest_s=5))

    threads = [threading.Thread(target=take, args=(printer_id,)) for printer_id in printer_ids]
    with committed() as commits:
        with desk._writer._turn:  # another commit is under way
            for thread in threads:
                thread.start()
            while len(desk._writer._waiting) < 4:
                threading.Event().wait(0.001)
        for thread in threads:
            thread.join()

    assert len(commits) == 1
    assert states(*job_ids) == ["sending"] * 4 and all(keys)


def test_an_outcome_the_tables_refuse_is_an_error_of_its_own_printer(place: Place, clock: Clock) -> None:
    printer_id = make_printer(place)
    job_id = queue_ticket(place)
    queue.take_printer(printer_id, worker="w1", now=NOW)
    assert take(job_id, printer_id)
    desk = LocalSupply(worker="w1", now=clock, draw=draw_box)
    done = JobDone(job_id=job_id, kind="ticket", repeats=0, claim_key="k1", outcome=Outcome("nonsense"))

    with pytest.raises(IntegrityError):
        desk.move(printer_id, done=done, claim=None)

    assert states(job_id) == ["sending"]


def test_a_move_that_does_not_apply_leaves_the_others_alone(place: Place, clock: Clock) -> None:
    held = make_printer(place)
    lost = make_printer(place, name="二号", is_default=False)
    job_id, other = queue_ticket(place), queue_ticket(place)
    set_state(other, "queued", printer_id=lost)
    queue.take_printer(held, worker="w1", now=NOW)
    queue.take_printer(lost, worker="w2", now=NOW)

    granted = claiming.apply(
        [
            Move(printer_id=lost, worker="w1", claim=JobClaim(job_id=other, longest_s=5)),
            Move(printer_id=held, worker="w1", claim=JobClaim(job_id=job_id, longest_s=5)),
            Move(printer_id=held, worker="w1", claim=JobClaim(job_id=other, longest_s=5)),
        ],
        claim_key="k1",
        now=NOW,
    )

    assert (granted, states(job_id, other)) == ([False, True, False], ["sending", "queued"])


def test_a_taking_whose_answer_was_lost_was_not_sent_and_is_queued_again(
    place: Place, fake: FakePrinter, clock: Clock
) -> None:
    """The connection to the database broke after its commit: the paper is in "sending", and nobody sends it."""

    class Losing(LocalSupply):
        is_losing = True

        def move(self, printer_id: int, **given: Any) -> str:
            key = super().move(printer_id, **given)
            if self.is_losing:
                self.is_losing = False
                raise StorageTrouble("lost")
            return key

    printer_id = make_printer(place, address=fake.address)
    job_ids = [queue_ticket(place) for _ in range(2)]
    mine = Station(printer_id, Losing(worker="w1", now=clock, draw=draw_box), Surroundings(LIMITS, HURRIED))
    with pytest.raises(StorageTrouble):
        mine.step()
    assert (states(*job_ids), fake.printed) == (["sending", "queued"], [])

    mine.step()
    mine.step()

    assert (states(*job_ids), len(fake.printed)) == (["printed", "printed"], 2)


def test_a_printer_with_the_other_closing_question(place: Place, fake: FakePrinter, clock: Clock) -> None:
    printer_id = make_printer(place, address=fake.address, fence="gs_h")
    job_id = queue_ticket(place)
    fake.noise = b"\x11\x14\x00\x00\x0f"

    station(printer_id, clock).step()

    assert states(job_id) == ["printed"]
    assert process_mark(job_id) in fake.printed[0][-6:]


def test_a_repeat_that_is_not_needed_any_more_is_not_made(place: Place, clock: Clock) -> None:
    """Another worker had called it doubtful; the printer's own word comes before the repeat."""
    printer_id = make_printer(place)
    job_id = queue_paper(place, "kitchen_count")
    queue.take_printer(printer_id, worker="w1", now=NOW)
    assert take(job_id, printer_id)
    clock.pass_s(3600)
    queue.take_printer(printer_id, worker="w2", now=clock())
    assert (states(job_id), job_row(job_id).repeats) == (["queued"], 1)

    done = JobDone(job_id=job_id, kind="kitchen_count", repeats=0, claim_key="k1", outcome=PRINTED)
    claiming.apply([Move(printer_id=printer_id, worker="w1", done=done)], claim_key="k2", now=clock())

    assert states(job_id) == ["printed"]


def test_long_papers_are_laid_out_a_few_at_a_time(place: Place, clock: Clock) -> None:
    printer_id = make_printer(place, mode="raster")
    for _ in range(20):
        queue_ticket(place)
    desk = LocalSupply(worker="w1", now=clock, draw=draw_box)

    turn = desk.look(printer_id)

    assert turn is not None
    assert 1 < len(turn.jobs) < 20 and sum(len(job.data) for job in turn.jobs[:-1]) <= AHEAD_BYTES
