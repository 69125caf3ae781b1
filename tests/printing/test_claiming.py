"""What is written of a paper when it is taken, and when its outcome is known: what becomes of it and of its printer,
whatever happened meanwhile; and what the queue writes between."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from canteen.base.words import JOB_STATES
from canteen.printing.drawing.device import Device
from canteen.printing.sending import claiming, queue
from canteen.printing.sending.claiming import LEASE, LONGEST_LEASE, NOT_SENT, JobClaim, JobDone, Move
from canteen.printing.sending.queue import Queue
from canteen.printing.sending.wires import NotReady, Outcome
from tests.factories import NOW, Place, make_site
from tests.printing.records import job_row, make_printer, printer_row, queue_paper, set_printer, set_state, states

pytestmark = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)

BEFORE, LATER = NOW - timedelta(minutes=5), NOW + timedelta(seconds=20)
WRONG, BOXES = "发送中断,可能只打印了一部分", "没有字体可画,打成方框:䶮"


@pytest.fixture
def place(app: Flask) -> Place:
    return make_site()


@pytest.fixture
def printer_id(place: Place) -> int:
    """Held by w1, in trouble since it was last seen."""
    held = {"lease_by": "w1", "lease_until": LATER, "last_seen_at": BEFORE, "last_trouble": "缺纸,请装纸"}
    return make_printer(place, **held)


def sent(place: Place, kind: str = "ticket", state: str = "sending", **more: Any) -> int:
    """A paper that w1 took under the key k1."""
    job_id = queue_paper(place, kind)
    set_state(job_id, state, at=BEFORE, **{"claim_key": "k1", "attempts": 3} | more)
    return job_id


def done(job_id: int, outcome: Outcome, *, kind: str = "ticket", repeats: int = 0, key: str = "k1", note: str = ""):
    return JobDone(job_id=job_id, kind=kind, repeats=repeats, claim_key=key, outcome=outcome, note=note)


def write(printer_id: int, *, worker: str = "w1", key: str = "k2", **news: Any) -> bool:
    return claiming.apply([Move(printer_id=printer_id, worker=worker, **news)], claim_key=key, now=NOW)[0]


@pytest.mark.parametrize(
    ("kind", "repeats", "outcome", "note", "wanted"),
    [
        pytest.param("ticket", 0, ("printed", ""), "", ("printed", "", 0, None), id="printed"),
        pytest.param("ticket", 0, ("printed", WRONG), BOXES, ("printed", BOXES, 0, None), id="printed, with boxes"),
        pytest.param("ticket", 0, ("sent", "不会回答"), "", ("sent", "不会回答", 0, None), id="nobody can say"),
        pytest.param("ticket", 0, ("sent", "不会"), BOXES, ("sent", f"不会;{BOXES}", 0, None), id="and boxes"),
        pytest.param("ticket", 0, ("failed", WRONG), "", ("failed", WRONG, 0, None), id="failed"),
        pytest.param("ticket", 0, ("uncertain", WRONG), "", ("uncertain", WRONG, 0, None), id="a person looks"),
        pytest.param("kitchen_count", 0, ("uncertain", WRONG), "", ("queued", WRONG, 1, 2), id="again in 2 s"),
        pytest.param("kitchen_count", 1, ("uncertain", WRONG), "", ("queued", WRONG, 2, 4), id="again in 4 s"),
        pytest.param("kitchen_count", 2, ("uncertain", WRONG), "", ("uncertain", WRONG, 2, None), id="then a person"),
        pytest.param("drawer", 0, ("uncertain", WRONG), "", ("failed", WRONG, 0, None), id="never again"),
        pytest.param("ticket", 0, (NOT_SENT, "停了"), "", ("queued", "停了", 0, 0), id="nothing was sent"),
    ],
)
def test_what_becomes_of_a_paper(
    place: Place, printer_id: int, kind: str, repeats: int, outcome: tuple[str, str], note: str, wanted: Any
) -> None:
    job_id = sent(place, kind, repeats=repeats)

    write(printer_id, done=done(job_id, Outcome(*outcome), kind=kind, repeats=repeats, note=note))

    job = job_row(job_id)
    state, trouble, now_repeats, pause_s = wanted
    assert (job.state, job.trouble, job.repeats) == (state, trouble, now_repeats)
    assert job.finished_at == (NOW if state in ("printed", "sent", "failed") else None)
    if pause_s is not None:
        assert job.next_try_at == NOW + timedelta(seconds=pause_s)
        assert job.attempts == (0 if pause_s else 3)


@pytest.mark.parametrize(
    ("outcome", "trouble", "is_well"),
    [
        (Outcome("printed"), "", True),
        (Outcome("sent", "打印机不会回答"), "", True),
        (Outcome("uncertain", WRONG), WRONG, False),
        (Outcome("failed", WRONG), "缺纸,请装纸", False),
        (Outcome(NOT_SENT, "停了"), "缺纸,请装纸", False),
    ],
    ids=lambda value: value.state if isinstance(value, Outcome) else None,
)
@pytest.mark.parametrize("worker", ["w1", "another"])
def test_how_its_printer_is_then(
    place: Place, printer_id: int, outcome: Outcome, trouble: str, is_well: bool, worker: str
) -> None:
    job_id = sent(place)

    assert write(printer_id, worker=worker, done=done(job_id, outcome)) is False

    printer = printer_row(printer_id)
    assert (printer.last_trouble, printer.last_seen_at) == (trouble, NOW if is_well else BEFORE)
    # Only its holder gives the rest of a long lease back.
    assert printer.lease_until == (NOW + LEASE if is_well and worker == "w1" else LATER)


@pytest.mark.parametrize("meanwhile", JOB_STATES)
@pytest.mark.parametrize(
    ("outcome", "counts_in"),
    [
        (Outcome("printed"), {"queued", "held", "sending", "uncertain"}),
        (Outcome("sent", WRONG), {"queued", "held", "sending", "uncertain"}),
        (Outcome("failed", WRONG), {"queued", "held", "sending", "uncertain"}),
        (Outcome("uncertain", WRONG), {"sending"}),
    ],
    ids=lambda value: value.state if isinstance(value, Outcome) else None,
)
def test_an_outcome_counts_for_what_is_not_better_known(
    place: Place, printer_id: int, meanwhile: str, outcome: Outcome, counts_in: set[str]
) -> None:
    job_id, other = (sent(place, state=meanwhile, printer_id=printer_id) for _ in range(2))

    write(printer_id, done=done(job_id, outcome))
    write(printer_id, done=done(other, outcome, key="older"))

    assert states(job_id, other) == [outcome.state if meanwhile in counts_in else meanwhile, meanwhile]


@pytest.mark.parametrize(
    ("state", "key", "wanted"),
    [
        ("sending", "k1", ("queued", "k1")),
        ("sending", "k9", ("sending", "k9")),
        ("queued", "k9", ("queued", "k1")),
        ("uncertain", "k1", ("uncertain", "k1")),
        ("cancelled", "k1", ("cancelled", "k1")),
    ],
)
def test_what_was_not_sent_waits_again_and_its_claim_takes_nothing_any_more(
    place: Place, printer_id: int, state: str, key: str, wanted: tuple[str, str]
) -> None:
    job_id = sent(place, state=state, claim_key=key, printer_id=printer_id)

    write(printer_id, done=done(job_id, Outcome(NOT_SENT)))

    assert (job_row(job_id).state, job_row(job_id).claim_key) == wanted
    late = write(printer_id, key="k1", claim=JobClaim(job_id=job_id, longest_s=5))
    assert not late


@pytest.mark.parametrize(
    ("printer", "job", "is_taken"),
    [
        pytest.param({}, {}, True, id="it waits"),
        pytest.param({}, {"claim_key": "k1"}, True, id="taken before under another key"),
        pytest.param({}, {"claim_key": "k2"}, False, id="that taking is spent"),
        pytest.param({}, {"state": "sending", "claim_key": "k2"}, True, id="asked again after a lost answer"),
        pytest.param({}, {"state": "sending", "claim_key": "k1"}, False, id="being sent by another taking"),
        pytest.param({}, {"state": "held"}, False, id="a person is asked"),
        pytest.param({"lease_by": "w2"}, {}, False, id="another holds the printer"),
        pytest.param({"lease_until": NOW + timedelta(seconds=1)}, {}, True, id="held a second more"),
        pytest.param({"lease_until": NOW}, {}, False, id="held until now"),
        pytest.param({"name": "柜台"}, {"printer_id": None}, False, id="of no printer"),
    ],
)
def test_who_may_take_a_paper(
    place: Place, printer_id: int, printer: dict[str, Any], job: dict[str, Any], is_taken: bool
) -> None:
    job_id = queue_paper(place, "ticket")
    set_state(job_id, **{"state": "queued", "claim_key": None, "attempts": 3} | job)
    if printer:
        set_printer(printer_id, **printer)

    assert write(printer_id, key="k2", claim=JobClaim(job_id=job_id, longest_s=5)) is is_taken

    found = job_row(job_id)
    before = (job.get("state", "queued"), 3, job.get("claim_key"))
    assert (found.state, found.attempts, found.claim_key) == (("sending", 4, "k2") if is_taken else before)


@pytest.mark.parametrize(
    ("longest_s", "lease"),
    [(0, LEASE), (15, LEASE), (16, timedelta(seconds=32)), (300, LONGEST_LEASE), (301, LONGEST_LEASE)],
)
def test_a_taking_prolongs_the_lease_for_twice_as_long_as_the_paper_may_take(
    place: Place, printer_id: int, longest_s: float, lease: timedelta
) -> None:
    job_id = queue_paper(place, "ticket")

    write(printer_id, claim=JobClaim(job_id=job_id, longest_s=longest_s))

    printer = printer_row(printer_id)
    assert (printer.lease_until, printer.last_seen_at, printer.last_trouble) == (NOW + lease, NOW, "")


def test_the_next_paper_taken_says_that_all_is_well(place: Place, printer_id: int) -> None:
    last, following = sent(place), queue_paper(place, "ticket")

    taken = write(
        printer_id, done=done(last, Outcome("uncertain", WRONG)), claim=JobClaim(job_id=following, longest_s=20)
    )

    assert taken and states(last, following) == ["uncertain", "sending"]
    assert printer_row(printer_id).last_trouble == ""
    assert printer_row(printer_id).lease_until == NOW + timedelta(seconds=40)


# The queue


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


@pytest.mark.parametrize(
    ("by", "left", "mine", "anothers"),
    [
        (None, None, False, False),
        ("w1", LEASE, True, False),
        ("w1", LEASE / 2, True, False),
        ("w1", LEASE / 2 - seconds(1), False, False),
        ("w1", LONGEST_LEASE, True, False),
        ("w1", LONGEST_LEASE + seconds(1), False, False),
        ("w2", LEASE, False, True),
        ("w2", seconds(0), False, True),
        ("w2", seconds(-1), False, False),
        ("w2", LONGEST_LEASE, False, True),
        ("w2", LONGEST_LEASE + seconds(1), False, False),
    ],
)
def test_whose_a_printer_is(app: Flask, by: str | None, left: timedelta | None, mine: bool, anothers: bool) -> None:
    found = Queue("screen://a", Device(), False, by, None if left is None else NOW + left, ())

    assert (found.is_held("w1", NOW), found.is_anothers("w1", NOW)) == (mine, anothers)


@pytest.mark.parametrize(
    ("by", "left", "is_taken", "doubted"),
    [
        (None, None, True, True),
        ("w1", seconds(5), True, False),
        ("w1", seconds(0), True, False),
        ("w1", seconds(-1), True, True),
        ("w2", seconds(0), False, False),
        ("w2", seconds(-1), True, True),
        ("w2", LONGEST_LEASE, False, False),
        ("w2", LONGEST_LEASE + seconds(1), True, True),
    ],
)
def test_who_takes_a_printer_and_whether_what_was_under_way_is_doubtful(
    place: Place, printer_id: int, by: str | None, left: timedelta | None, is_taken: bool, doubted: bool
) -> None:
    job_id, drawer, slip = sent(place), sent(place, "drawer"), sent(place, "kitchen_count")
    before = None if left is None else NOW + left
    set_printer(printer_id, lease_by=by, lease_until=before)

    assert queue.take_printer(printer_id, worker="w1", now=NOW) is is_taken

    printer = printer_row(printer_id)
    assert (printer.lease_by, printer.lease_until) == (("w1", NOW + LEASE) if is_taken else (by, before))
    wanted = ["uncertain", "failed", "queued"] if doubted else ["sending"] * 3
    assert states(job_id, drawer, slip) == wanted
    assert [job_row(one).trouble for one in (job_id, drawer, slip)] == [queue.DROPPED if doubted else ""] * 3
    assert [job_row(one).repeats for one in (job_id, drawer, slip)] == [0, 0, int(doubted)]
    assert job_row(drawer).finished_at == (NOW if doubted else None)


def test_a_printer_out_of_use_is_nobodys(place: Place, printer_id: int) -> None:
    set_printer(printer_id, is_active=False)

    assert not queue.take_printer(printer_id, worker="w1", now=NOW)
    assert queue.queue_of(printer_id, most=1) is None


def test_only_its_holder_gives_a_printer_back(printer_id: int) -> None:
    queue.leave_printer(printer_id, worker="w2")
    assert (printer_row(printer_id).lease_by, printer_row(printer_id).lease_until) == ("w1", LATER)

    queue.leave_printer(printer_id, worker="w1")
    assert (printer_row(printer_id).lease_by, printer_row(printer_id).lease_until) == (None, None)


def test_only_its_holder_takes_back_what_it_took_unknowingly(place: Place, printer_id: int) -> None:
    mine, other = sent(place), sent(place, state="uncertain")
    elsewhere = sent(place, printer_id=make_printer(place, name="厨房", is_default=False))

    queue.take_back(printer_id, worker="w2")
    assert states(mine, other, elsewhere) == ["sending", "uncertain", "sending"]

    queue.take_back(printer_id, worker="w1")
    assert states(mine, other, elsewhere) == ["queued", "uncertain", "sending"]


@pytest.mark.parametrize(
    ("kind", "trouble", "attempts", "wanted", "seen"),
    [
        ("ticket", NotReady("缺纸", is_hold=True), 4, ("queued", 0, 2, "缺纸"), NOW),
        ("ticket", NotReady("连不上"), 0, ("queued", 1, 2, "连不上"), BEFORE),
        ("ticket", NotReady("连不上"), 3, ("queued", 4, 16, "连不上"), BEFORE),
        ("ticket", NotReady("连不上"), 5, ("queued", 6, 60, "连不上"), BEFORE),
        ("drawer", NotReady("连不上"), 0, ("failed", 1, 2, queue.TOO_LATE), BEFORE),
    ],
)
def test_a_printer_that_is_not_ready(
    place: Place, printer_id: int, kind: str, trouble: NotReady, attempts: int, wanted: Any, seen: Any
) -> None:
    job_id = queue_paper(place, kind)

    queue.postpone(printer_id, trouble, job_id=job_id, kind=kind, attempts=attempts, now=NOW)

    job, printer = job_row(job_id), printer_row(printer_id)
    state, tried, pause_s, said = wanted
    assert (job.state, job.attempts, job.next_try_at, job.trouble) == (state, tried, NOW + seconds(pause_s), said)
    assert job.finished_at == (NOW if state == "failed" else None)
    assert (printer.last_trouble, printer.last_seen_at) == (trouble.reason, seen)


@pytest.mark.parametrize(
    ("trouble", "said", "seen"),
    [(None, "", NOW), (NotReady("缺纸", is_hold=True), "缺纸", NOW), (NotReady("连不上"), "连不上", BEFORE)],
)
def test_a_printer_with_nothing_to_do_was_asked(
    printer_id: int, trouble: NotReady | None, said: str, seen: Any
) -> None:
    queue.note_seen(printer_id, trouble, now=NOW)

    assert (printer_row(printer_id).last_trouble, printer_row(printer_id).last_seen_at) == (said, seen)


@pytest.mark.parametrize(("kind", "state"), [("ticket", "held"), ("kitchen_count", "held"), ("drawer", "failed")])
def test_a_paper_that_is_too_old(place: Place, printer_id: int, kind: str, state: str) -> None:
    job_id, is_sent = queue_paper(place, kind), sent(place, kind)

    for one in (job_id, is_sent):
        queue.set_aside(one, kind, now=NOW)

    job = job_row(job_id)
    assert (job.state, job.trouble, job.finished_at) == (state, queue.TOO_OLD, None if state == "held" else NOW)
    assert states(is_sent) == ["sending"]


def test_a_paper_that_cannot_be_printed(place: Place, printer_id: int) -> None:
    job_id, is_sent = queue_paper(place, "ticket"), sent(place)

    for one in (job_id, is_sent):
        queue.give_up(one, "内容有误", now=NOW)

    assert (job_row(job_id).state, job_row(job_id).trouble, job_row(job_id).finished_at) == ("failed", "内容有误", NOW)
    assert (job_row(is_sent).state, job_row(is_sent).trouble) == ("sending", "")


@pytest.mark.parametrize(("wait_s", "is_due"), [(-1, True), (0, True), (1, False), (60, False), (61, True)], ids=str)
def test_whose_turn_it_is(place: Place, printer_id: int, wait_s: int, is_due: bool) -> None:
    """The oldest paper decides: those behind it wait for it. A pause that long is of a clock that was set back."""
    first, second = (queue_paper(place, "ticket") for _ in range(2))
    set_state(first, "queued", next_try_at=NOW + seconds(wait_s))
    set_state(second, "queued", next_try_at=BEFORE)

    assert queue.due_printers([printer_id], now=NOW) == ({printer_id} if is_due else set())
    found = queue.queue_of(printer_id, most=1)
    assert found is not None and [job.id for job in found.jobs] == [first]


@pytest.mark.parametrize(
    ("by", "left", "state"),
    [(None, None, "uncertain"), ("w9", seconds(-1), "uncertain"), ("w9", seconds(0), "sending")],
)
def test_what_nobody_comes_for_is_doubtful(
    place: Place, printer_id: int, by: str | None, left: timedelta | None, state: str
) -> None:
    set_printer(printer_id, lease_by=by, lease_until=None if left is None else NOW + left)
    job_id, waiting = sent(place), queue_paper(place, "ticket")

    queue.doubt_the_dropped(now=NOW)

    assert states(job_id, waiting) == [state, "queued"]
