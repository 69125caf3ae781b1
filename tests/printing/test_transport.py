"""Jobs over a real socket to a printer that goes wrong."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from canteen.printing.sending.address import Limits, Screen, Tcp
from canteen.printing.sending.transport import BROKEN, NO_ANSWER, PRINTED, SENT, TROUBLE_BITS, open_link
from canteen.printing.sending.wires import NotReady, Outcome
from tests.printing.fake_printer import HURRIED, LIMITS, FakePrinter

PLAIN = b"\x1b@\x1c&\xcd\xf5\n\x1bd\x04"
FENCED = PLAIN + b"\x1dr\x01"
LONG = b"\x1b@\x1c&" + b"-" * 31 * 400 + b"\n\x1dr\x01"


@pytest.fixture
def printer() -> Iterator[FakePrinter]:
    with FakePrinter() as fake:
        yield fake


def send(printer: FakePrinter, job: bytes, *, answers: bool = True) -> Outcome:
    address = Tcp("127.0.0.1", printer.port)
    with open_link(address, answers=answers, limits=LIMITS, patience=HURRIED) as link:
        return link.send(job)


@pytest.mark.parametrize("job", [FENCED, LONG], ids=["short", "long"])
def test_a_printer_that_answers_has_printed(printer: FakePrinter, job: bytes) -> None:
    assert send(printer, job) == PRINTED
    assert printer.printed == [job]


def test_jobs_follow_each_other(printer: FakePrinter) -> None:
    assert [send(printer, FENCED) for _ in range(3)] == [PRINTED] * 3
    assert printer.connections == 3


def test_a_printer_that_cannot_answer_is_sent_to(printer: FakePrinter) -> None:
    printer.answers_status = printer.answers_fence = False

    assert send(printer, PLAIN, answers=False) == SENT
    assert printer.papers.get(timeout=10) == PLAIN


@pytest.mark.parametrize(
    ("noise"),
    [
        pytest.param(b"\x14\x00\x00\x0f", id="automatic status"),
        pytest.param(b"\x11", id="XON"),
        pytest.param(b"\x11\x14\x00\x00\x0f\x14\x00\x00\x0f", id="both"),
    ],
)
def test_bytes_nobody_asked_for_are_not_taken_for_answers(printer: FakePrinter, noise: bytes) -> None:
    printer.noise = noise

    assert send(printer, FENCED) == PRINTED

    printer.answers_fence = False
    assert send(printer, FENCED) == NO_ANSWER


@pytest.mark.parametrize("cut", [1, 2, 3])
def test_a_report_in_two_pieces_is_not_taken_for_the_answer(printer: FakePrinter, cut: int) -> None:
    """Its first bytes come with the last status, the others with the job, and the paper is never confirmed."""
    report = b"\x1c\x00\x00\x0c"
    printer.report_begins, printer.report_ends, printer.answers_fence = report[:cut], report[cut:], False

    assert send(printer, FENCED) == NO_ANSWER


def test_noise_alone_is_no_answer_to_a_status_question(printer: FakePrinter) -> None:
    printer.noise, printer.answers_status = b"\x14\x00\x00\x0f", False

    with pytest.raises(NotReady):
        send(printer, FENCED)
    assert printer.printed == []


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("paper_out", "缺纸,请装纸"),
        ("cover_open", "上盖没有关好"),
        ("broken", "打印机报错,请关机再开"),
        ("offline", "打印机离线"),
    ],
)
def test_a_printer_that_needs_a_hand_holds_the_job(printer: FakePrinter, fault: str, reason: str) -> None:
    setattr(printer, fault, True)

    with pytest.raises(NotReady) as held:
        send(printer, FENCED)

    assert (held.value.reason, held.value.is_hold) == (reason, True)
    assert printer.printed == []


@pytest.mark.parametrize(("question", "bits", "reason"), TROUBLE_BITS)
def test_every_fault_there_is_a_bit_for_holds_the_job(
    printer: FakePrinter, question: int, bits: int, reason: str
) -> None:
    for bit in (1 << place for place in range(8) if bits >> place & 1):
        printer.says = {question: bit}

        with pytest.raises(NotReady) as held:
            send(printer, FENCED)

        assert (held.value.reason, held.value.is_hold) == (reason, True)
    assert printer.printed == []


def test_the_worst_is_said_first(printer: FakePrinter) -> None:
    printer.paper_out = printer.offline = True

    with pytest.raises(NotReady, match="缺纸"):
        send(printer, FENCED)


def test_a_printer_that_is_off_is_not_reached(printer: FakePrinter) -> None:
    printer.switch_off()

    with pytest.raises(NotReady, match="连不上打印机") as refused:
        send(printer, FENCED)

    assert not refused.value.is_hold


@pytest.mark.parametrize("fault", ["stalled", "answers_status"])
def test_a_printer_that_does_not_say_it_is_ready_gets_nothing(printer: FakePrinter, fault: str) -> None:
    setattr(printer, fault, fault == "stalled")

    with pytest.raises(NotReady, match="没有回答") as refused:
        send(printer, FENCED)

    assert not refused.value.is_hold
    assert printer.printed == []


def test_without_the_closing_answer_nobody_knows(printer: FakePrinter) -> None:
    printer.answers_fence = False

    assert send(printer, FENCED) == NO_ANSWER


@pytest.mark.parametrize("after", [1, 10, 5000])
def test_a_connection_dropped_inside_the_job_leaves_it_uncertain(printer: FakePrinter, after: int) -> None:
    printer.drop_after = after

    assert send(printer, LONG).state == "uncertain"


def test_a_printer_that_never_reads_leaves_the_job_uncertain(printer: FakePrinter) -> None:
    printer.stalled = True

    assert send(printer, b"-" * 40_000_000, answers=False) == BROKEN


def test_a_printer_that_never_closes_is_not_waited_for(printer: FakePrinter) -> None:
    printer.keeps_open = True

    assert send(printer, FENCED) == PRINTED


def test_the_on_screen_printer_prints_at_once() -> None:
    with open_link(Screen("柜台"), answers=True, limits=LIMITS, patience=HURRIED) as link:
        assert link.send(FENCED) == PRINTED


def test_a_name_is_resolved_and_then_looked_at(printer: FakePrinter) -> None:
    with open_link(Tcp("localhost", printer.port), answers=True, limits=LIMITS, patience=HURRIED) as link:
        assert link.send(FENCED) == PRINTED

    nowhere = Limits((), LIMITS.ports)
    with (
        pytest.raises(NotReady, match="打印机地址"),
        open_link(Tcp("localhost", printer.port), answers=True, limits=nowhere, patience=HURRIED),
    ):
        pass
    assert printer.connections == 1


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 70 + ".lan"])
def test_a_name_nobody_knows(host: str) -> None:
    with (
        pytest.raises(NotReady, match="查不到"),
        open_link(Tcp(host, 9100), answers=True, limits=LIMITS, patience=HURRIED),
    ):
        pass


def test_a_port_outside_the_limits_is_not_tried(printer: FakePrinter) -> None:
    narrow = Limits(LIMITS.networks, (range(9100, 9101),))

    with (
        pytest.raises(NotReady, match="端口"),
        open_link(Tcp("127.0.0.1", printer.port), answers=True, limits=narrow, patience=HURRIED),
    ):
        pass
    assert printer.connections == 0
