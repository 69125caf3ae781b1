"""Every fault of a printer, at every stage of a job, for every kind of paper: nothing is lost, nothing silently doubled.

The matrix runs on SQLite alone: what differs between the databases is tested in test_worker.py. Nothing sleeps: a fault
that is found by waiting has a patience of its own, so short that the whole matrix takes seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from canteen.printing.drawing.glyphs import draw_box
from canteen.printing.papers.kinds import KINDS
from canteen.printing.rules import MOST_REPEATS
from canteen.printing.sending import claiming
from canteen.printing.sending.supply import LocalSupply
from canteen.printing.sending.wires import Patience
from canteen.printing.sending.worker import Station, Surroundings
from tests.factories import NOW, Place, make_site
from tests.printing.fake_printer import HURRIED, LIMITS, FakePrinter
from tests.printing.records import job_row, make_printer, queue_paper

#: Found by waiting for an answer that never comes: to a question, and to the fence.
NO_STATUS = replace(HURRIED, status_s=0.03)
NO_FENCE = replace(HURRIED, job_s=0.05)
ONCE = {kind for kind, facts in KINDS.items() if facts.in_doubt == "once"}
REPEATED = {kind for kind, facts in KINDS.items() if facts.in_doubt == "again"}
MARK = "可能重复".encode("gb18030")


@dataclass(frozen=True)
class Fault:
    """What goes wrong, and how far the job has got by then: ``before`` its first byte, ``inside``, or ``after``."""

    name: str
    stage: str
    begin: Callable[[FakePrinter], object]
    patience: Patience = HURRIED


def wrong(**values: object) -> Callable[[FakePrinter], object]:
    return lambda fake: [setattr(fake, name, value) for name, value in values.items()]


FAULTS = [
    Fault("switched off", "before", lambda fake: fake.switch_off()),
    Fault("takes the connection and says nothing", "before", wrong(stalled=True), NO_STATUS),
    Fault("does not answer questions", "before", wrong(answers_status=False), NO_STATUS),
    Fault("closes when asked", "before", wrong(closes_when_asked=True)),
    Fault("paper out", "before", wrong(paper_out=True)),
    Fault("cover open", "before", wrong(cover_open=True)),
    Fault("off line", "before", wrong(offline=True)),
    Fault("mechanical error", "before", wrong(broken=True)),
    Fault("drops at the first byte", "inside", wrong(drop_after=1)),
    Fault("drops inside", "inside", wrong(drop_after=5)),
    Fault("loses power inside", "inside", wrong(dies_after=5)),
    Fault("stalls inside", "inside", wrong(stalls_after=5), NO_FENCE),
    Fault("paper ends inside", "inside", wrong(paper_ends_after=5), NO_FENCE),
    Fault("prints, and does not say so", "inside", wrong(answers_fence=False), NO_FENCE),
    Fault("never closes", "after", wrong(keeps_open=True), replace(HURRIED, close_s=0.03)),
    Fault("closes right after its answer", "after", wrong(closes_after_answer=True)),
    Fault("chatters", "after", wrong(noise=b"\x11\x14\x00\x00\x0f")),
]


class Clock:
    """Time that passes only when a test says so."""

    def __init__(self) -> None:
        self.time = NOW

    def __call__(self):  # type: ignore[no-untyped-def]
        return self.time


@pytest.fixture
def fake() -> Iterator[FakePrinter]:
    with FakePrinter() as printer:
        yield printer


@pytest.fixture
def place(app: object) -> Place:
    return make_site()


def station(printer_id: int, clock: Clock, patience: Patience = HURRIED, worker: str = "w1") -> Station:
    return Station(printer_id, LocalSupply(worker=worker, now=clock, draw=draw_box), Surroundings(LIMITS, patience))


def papers(fake: FakePrinter) -> list[bytes]:
    """Whole papers; a printer that broke off in one has it among its scraps."""
    return fake.printed


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault(place: Place, fake: FakePrinter, fault: Fault, kind: str) -> None:
    clock = Clock()
    printer_id = make_printer(place, address=fake.address, has_drawer=True)
    job_id = queue_paper(place, kind)
    fault.begin(fake)

    station(printer_id, clock, fault.patience).step()
    seen = job_row(job_id)
    before, scraps = len(papers(fake)), fake.scraps.qsize()

    fake.recover()
    mine = station(printer_id, clock)
    for _ in range(4):
        clock.time += timedelta(seconds=10)
        mine.step()
    job, more = job_row(job_id), papers(fake)[before:]

    if fault.stage == "after":
        assert (seen.state, job.state, before, more) == ("printed", "printed", 1, [])
    elif kind in ONCE:
        assert (seen.state, job.state, more) == ("failed", "failed", [])
    elif fault.stage == "before":
        assert (seen.state, before, scraps) == ("queued", 0, 0) and seen.trouble
        assert (job.state, job.repeats, len(more)) == ("printed", 0, 1)
        assert MARK not in more[0]
    elif kind in REPEATED:
        assert (seen.state, seen.repeats) == ("queued", 1)
        assert (job.state, len(more)) == ("printed", 1)
        assert MARK in more[0]
    else:
        assert seen.trouble
        assert (seen.state, job.state, more) == ("uncertain", "uncertain", [])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_sender_that_dies_inside_a_job(place: Place, fake: FakePrinter, kind: str) -> None:
    clock = Clock()
    printer_id = make_printer(place, address=fake.address, has_drawer=True)
    job_id = queue_paper(place, kind)
    dead = LocalSupply(worker="dead", now=clock, draw=draw_box)
    turn = dead.look(printer_id)
    assert turn is not None
    assert dead.move(printer_id, done=None, claim=turn.jobs[0], longest_s=5)

    clock.time += 3 * claiming.LEASE
    mine = station(printer_id, clock, worker="next")
    for _ in range(3):
        mine.step()

    job = job_row(job_id)
    assert job.state == ("failed" if kind in ONCE else "printed" if kind in REPEATED else "uncertain")
    assert len(papers(fake)) == (1 if kind in REPEATED else 0)
    assert all(MARK in paper for paper in papers(fake))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_paper_that_waited_for_hours_asks_first(place: Place, fake: FakePrinter, kind: str) -> None:
    clock = Clock()
    printer_id = make_printer(place, address=fake.address, has_drawer=True)
    job_id = queue_paper(place, kind, at=NOW - timedelta(hours=5))

    station(printer_id, clock).step()

    assert job_row(job_id).state == ("failed" if kind in ONCE else "held")
    assert papers(fake) == []


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_kitchen_slip_is_repeated_only_so_often(place: Place, fake: FakePrinter) -> None:
    clock = Clock()
    printer_id = make_printer(place, address=fake.address)
    job_id = queue_paper(place, "kitchen_count")
    fake.answers_fence = False
    mine = station(printer_id, clock, NO_FENCE)
    for _ in range(10):
        mine.step()
        clock.time += timedelta(seconds=60)

    assert (job_row(job_id).state, len(papers(fake))) == ("uncertain", 1 + MOST_REPEATS)
    assert [MARK in paper for paper in papers(fake)] == [False] + [True] * MOST_REPEATS
