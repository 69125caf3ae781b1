"""The print agent of a remote site: against the real API, with answers that get lost, outages, and crashes."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from canteen.base import clock
from canteen.base.access import COMMAND
from canteen.base.db import reading
from canteen.base.errors import BadInput, NotFound
from canteen.printing import queries, service
from canteen.printing.sending import queue
from canteen.printing.sending.agent import PrintAgent, RemoteSupply
from canteen.printing.sending.agent_http import HttpServer
from canteen.printing.sending.claiming import LEASE
from canteen.printing.sending.journal import Journal, JournalTaken
from canteen.printing.sending.supply import Unreachable
from canteen.printing.sending.wires import Outcome
from canteen.printing.sending.worker import Station, Surroundings, Worker
from canteen.staff import service as staff
from tests.factories import Place, make_site
from tests.printing.fake_printer import HURRIED, LIMITS, FakePrinter
from tests.printing.records import job_row, make_printer, printer_row, queue_paper, set_printer, set_state, states

AROUND = Surroundings(LIMITS, HURRIED)
MARK = "可能重复".encode("gb18030")


class Line:
    """The API over the test client: a line to the server that can be cut, or lose an answer on its way back."""

    def __init__(self, client: FlaskClient, token: str) -> None:
        self.client = client
        self.headers = {"Authorization": f"Bearer {token}"}
        #: Nothing reaches the server.
        self.is_cut = False
        #: Ends of paths whose next answer is lost: the server has done what was asked.
        self.loses: list[str] = []
        self.asked: list[str] = []

    def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        if self.is_cut:
            raise Unreachable("cut")
        self.asked.append(path)
        answer = self.client.open(f"/api/v1/print{path}", method=method, json=body, headers=self.headers)
        for end in self.loses:
            if path.endswith(end):
                self.loses.remove(end)
                raise Unreachable("lost")
        if answer.status_code == 404:
            raise NotFound
        if answer.status_code != 200:
            raise Unreachable(f"{answer.status_code} {answer.get_data(as_text=True)}")
        found: dict[str, Any] = answer.get_json()
        return found


@pytest.fixture
def place(app: Flask) -> Place:
    return make_site()


@pytest.fixture
def fake() -> Iterator[FakePrinter]:
    with FakePrinter() as printer:
        yield printer


@pytest.fixture
def printer_id(place: Place, fake: FakePrinter) -> int:
    return make_printer(place, address=fake.address, is_remote=True)


def make_token(place: Place, *, role: str = "print_agent", name: str = "站点电脑") -> str:
    return staff.add_token(COMMAND, name=name, site_id=place.id, role=role, now=clock.now())


@pytest.fixture
def line(client: FlaskClient, place: Place) -> Line:
    return Line(client, make_token(place))


@pytest.fixture
def journals(tmp_path: Path) -> Iterator[Any]:
    """Opens the journal of the site's computer; what is open is closed with the test."""
    with contextlib.ExitStack() as ends:

        def open_one(name: str = "agent.journal") -> Journal:
            journal = Journal(tmp_path / name)
            ends.callback(journal.close)
            return journal

        yield open_one


@pytest.fixture
def desk(line: Line, journals: Any) -> RemoteSupply:
    return RemoteSupply(line, journals())


def waiting_paper(place: Place, kind: str = "ticket") -> int:
    return queue_paper(place, kind, at=clock.now())


def steps(station: Station, count: int = 3) -> None:
    """Some steps, through whatever outage."""
    for _ in range(count):
        with contextlib.suppress(Unreachable):
            station.step()


def test_an_agent_prints_what_waits_on_the_server(
    place: Place, fake: FakePrinter, printer_id: int, desk: RemoteSupply
) -> None:
    job_ids = [waiting_paper(place) for _ in range(3)]
    assert desk.printers() == {printer_id: True}
    mine = Station(printer_id, desk, AROUND)

    steps(mine, 4)

    assert states(*job_ids) == ["printed"] * 3
    assert len(fake.printed) == 3
    assert desk.printers() == {printer_id: False}
    assert desk.journal.open_entries() == []


def test_the_worker_beside_the_server_leaves_an_agents_printer_alone(
    app: Flask, place: Place, fake: FakePrinter, printer_id: int
) -> None:
    job_id = waiting_paper(place)
    worker = Worker(app, patience=HURRIED)

    worker.look()
    worker.end()

    assert (states(job_id), fake.connections, queue.active_printers()) == (["queued"], 0, [])
    assert printer_row(printer_id).lease_by is None


def test_an_outage_while_printing_is_made_up_for(
    place: Place, fake: FakePrinter, printer_id: int, line: Line, desk: RemoteSupply
) -> None:
    job_id = waiting_paper(place)
    fake.while_printing = lambda _job: setattr(line, "is_cut", True)
    mine = Station(printer_id, desk, AROUND)
    steps(mine)
    assert (states(job_id), len(fake.printed)) == (["sending"], 1)

    line.is_cut = False
    steps(mine)

    assert (states(job_id), len(fake.printed)) == (["printed"], 1)


@pytest.mark.parametrize("end", ["/turn", "/claim", "/outcome"])
def test_a_lost_answer_never_prints_twice_and_loses_nothing(
    place: Place, fake: FakePrinter, printer_id: int, line: Line, desk: RemoteSupply, end: str
) -> None:
    job_ids = [waiting_paper(place) for _ in range(3)]
    line.loses = [end]

    steps(Station(printer_id, desk, AROUND), 8)

    assert states(*job_ids) == ["printed"] * 3
    assert len(fake.printed) == 3
    assert [job_row(job_id).repeats for job_id in job_ids] == [0, 0, 0]


def test_a_claim_that_comes_late_takes_nothing(place: Place, printer_id: int, line: Line, desk: RemoteSupply) -> None:
    """A question the agent has given up may still be on its way: its key is spent."""
    job_id = waiting_paper(place)
    desk.look(printer_id)
    body = {"agent": desk.journal.agent, "printer": printer_id, "key": "k" * 16}
    late = {"longest_s": 10, **body}
    line.ask("POST", f"/jobs/{job_id}/outcome", {**body, "state": "not_sent"})

    assert line.ask("POST", f"/jobs/{job_id}/claim", late) == {"claimed": False}
    assert states(job_id) == ["queued"]


def test_claims_and_outcomes_may_be_repeated(place: Place, printer_id: int, line: Line, desk: RemoteSupply) -> None:
    job_id = waiting_paper(place)
    desk.look(printer_id)
    body = {"agent": desk.journal.agent, "printer": printer_id, "key": "k" * 16}

    claims = [line.ask("POST", f"/jobs/{job_id}/claim", {**body, "longest_s": 10})["claimed"] for _ in range(2)]
    other = line.ask("POST", f"/jobs/{job_id}/claim", {**body, "key": "j" * 16, "longest_s": 10})["claimed"]
    told = [line.ask("POST", f"/jobs/{job_id}/outcome", {**body, "state": "printed"})["state"] for _ in range(2)]

    assert (claims, other, told) == ([True, True], False, ["printed", "printed"])


@pytest.mark.parametrize(("kind", "state", "copies"), [("ticket", "uncertain", 0), ("kitchen_count", "printed", 1)])
def test_an_agent_that_crashed_inside_a_job_says_that_nobody_knows(
    place: Place, fake: FakePrinter, printer_id: int, line: Line, journals: Any, kind: str, state: str, copies: int
) -> None:
    job_id = waiting_paper(place, kind)
    crashed = journals()
    before = RemoteSupply(line, crashed)
    turn = before.look(printer_id)
    assert turn is not None and before.move(printer_id, done=None, claim=turn.jobs[0], longest_s=5)
    crashed.close()

    after = RemoteSupply(line, journals())
    after.report()
    set_state(job_id, job_row(job_id).state, next_try_at=clock.now())
    steps(Station(printer_id, after, AROUND))

    assert after.journal.agent == crashed.agent
    assert (states(job_id), len(fake.printed)) == ([state], copies)
    assert all(MARK in paper for paper in fake.printed)


def test_what_was_printed_before_the_crash_is_reported_after_it(
    place: Place, fake: FakePrinter, printer_id: int, line: Line, journals: Any
) -> None:
    job_id = waiting_paper(place)
    crashed = journals()
    fake.while_printing = lambda _job: setattr(line, "is_cut", True)
    steps(Station(printer_id, RemoteSupply(line, crashed), AROUND), 1)
    crashed.close()
    line.is_cut = False

    RemoteSupply(line, journals()).report()

    assert (states(job_id), len(fake.printed)) == (["printed"], 1)


def test_another_agent_takes_over_after_the_lease_and_the_late_report_still_counts(
    place: Place, fake: FakePrinter, printer_id: int, line: Line, journals: Any
) -> None:
    job_id = waiting_paper(place)
    one, two = RemoteSupply(line, journals("one")), RemoteSupply(line, journals("two"))
    fake.while_printing = lambda _job: setattr(line, "is_cut", True)
    steps(Station(printer_id, one, AROUND), 1)
    line.is_cut = False
    other = Station(printer_id, two, AROUND)
    steps(other, 1)
    assert states(job_id) == ["sending"]

    set_printer(printer_id, lease_until=clock.now() - LEASE)
    steps(other)
    assert states(job_id) == ["uncertain"]
    one.report()

    assert (states(job_id), len(fake.printed)) == (["printed"], 1)


def test_a_printer_out_of_paper_holds_its_queue_and_the_server_knows_why(
    place: Place, fake: FakePrinter, printer_id: int, desk: RemoteSupply
) -> None:
    job_id = waiting_paper(place)
    fake.paper_out = True
    mine = Station(printer_id, desk, AROUND)
    steps(mine, 1)
    assert (states(job_id), job_row(job_id).trouble, printer_row(printer_id).last_trouble) == (
        ["queued"],
        "缺纸,请装纸",
        "缺纸,请装纸",
    )

    fake.paper_out = False
    set_state(job_id, "queued", next_try_at=clock.now())
    steps(mine)

    assert states(job_id) == ["printed"]


def test_a_printer_taken_out_of_use_ends_its_station_and_the_paper_in_flight_is_still_reported(
    place: Place, fake: FakePrinter, printer_id: int, desk: RemoteSupply
) -> None:
    job_id = waiting_paper(place)
    fake.while_printing = lambda _job: None
    mine = Station(printer_id, desk, AROUND)
    turn = desk.look(printer_id)
    assert turn is not None
    key = desk.move(printer_id, done=None, claim=turn.jobs[0], longest_s=5)
    set_printer(printer_id, is_active=False)
    desk.journal.know(key, Outcome("printed"))

    assert mine.step() is None
    assert (states(job_id), desk.printers()) == (["printed"], {})


def test_a_token_reaches_the_printers_of_its_site_only(client: FlaskClient, place: Place, printer_id: int) -> None:
    other = make_site("别的助餐点")
    stranger = Line(client, make_token(other))
    own = make_printer(other)  # not remote: the worker beside the server has it
    job_id = waiting_paper(place)
    body = {"agent": "a" * 16, "printer": printer_id, "key": "k" * 16}

    assert stranger.ask("GET", "/printers") == {"printers": []}
    for path, more in (
        (f"/printers/{printer_id}/turn", {}),
        (f"/printers/{own}/turn", {}),
        (f"/printers/{printer_id}/leave", {}),
        (f"/jobs/{job_id}/claim", {"longest_s": 5}),
        (f"/jobs/{job_id}/outcome", {"state": "printed"}),
        (f"/jobs/{job_id}/postpone", {"reason": "", "is_hold": False, "attempts": 0}),
    ):
        with pytest.raises(NotFound):
            stranger.ask("POST", path, {**body, **more})
    assert states(job_id) == ["queued"]


def test_a_revoked_token_and_a_terminals_do_nothing(client: FlaskClient, place: Place, printer_id: int) -> None:
    gone, terminal = Line(client, make_token(place)), Line(client, make_token(place, role="terminal", name="一号机"))
    staff.revoke_token(COMMAND, name="站点电脑", site_id=place.id, now=clock.now())

    for line, status in ((gone, "401"), (terminal, "403")):
        with pytest.raises(Unreachable, match=status):
            line.ask("GET", "/printers")


@pytest.mark.parametrize(
    "wrong",
    [
        {"agent": "x"},
        {"agent": None},
        {"key": "K" * 16},
        {"key": "k"},
        {"printer": "1"},
        {"printer": -1},
        {"printer": True},
        {"state": "lost"},
        {"state": None},
        {"reason": 7},
    ],
    ids=str,
)
def test_a_report_that_cannot_be_understood(
    client: FlaskClient, place: Place, printer_id: int, wrong: dict[str, Any]
) -> None:
    token = make_token(place)
    body = {"agent": "a" * 16, "printer": printer_id, "key": "k" * 16, "state": "printed", "reason": ""} | wrong

    answer = client.post(
        f"/api/v1/print/jobs/{waiting_paper(place)}/outcome", json=body, headers={"Authorization": f"Bearer {token}"}
    )

    assert (answer.status_code, answer.get_json()["code"]) == (422, "bad_input")


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b"{"])
def test_what_is_no_object_is_refused(client: FlaskClient, place: Place, printer_id: int, body: bytes) -> None:
    token = make_token(place)

    answer = client.post(
        f"/api/v1/print/printers/{printer_id}/turn", data=body, headers={"Authorization": f"Bearer {token}"}
    )

    assert answer.status_code == 422


def test_a_site_sees_whether_its_agent_is_there(place: Place, printer_id: int, desk: RemoteSupply) -> None:
    assert [one.state for one in queries.printers_of(place.id, now=clock.now())] == ["no_agent"]

    desk.look(printer_id)

    assert [one.state for one in queries.printers_of(place.id, now=clock.now())] == ["untried"]
    desk.leave(printer_id)
    with reading():
        assert printer_row(printer_id).lease_by is None


def test_a_copy_and_a_test_page_go_the_same_way(
    place: Place, fake: FakePrinter, printer_id: int, desk: RemoteSupply
) -> None:
    page = service.printers.print_test_page(printer_id, key="k", actor=COMMAND, now=clock.now())

    steps(Station(printer_id, desk, AROUND))

    assert states(page) == ["printed"]


@pytest.mark.parametrize("answer", [b"<html>sign in</html>", b"{}", b"[]"], ids=["a page", "an empty object", "a list"])
def test_a_gateway_that_answers_for_the_server_is_an_outage(
    answer: bytes, fake: FakePrinter, printer_id: int, journals: Any
) -> None:
    """Nothing it says is believed: an outcome stays to be told, and the agent asks again."""

    class Gateway(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(answer)

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            """Quiet."""

    journal = journals()
    key = journal.taking(printer_id=printer_id, job_id=1)
    journal.know(key, Outcome("printed"))
    with HTTPServer(("127.0.0.1", 0), Gateway) as gateway:
        thread = threading.Thread(target=gateway.serve_forever)
        thread.start()
        desk = RemoteSupply(HttpServer(f"http://127.0.0.1:{gateway.server_port}", "t"), journal)
        for ask in (desk.printers, desk.report, lambda: desk.look(printer_id)):
            with pytest.raises(Unreachable):
                ask()
        assert not PrintAgent(desk, AROUND, threading.Event()).look()
        gateway.shutdown()
        thread.join()

    assert [entry.claim_key for entry in journal.open_entries()] == [key]


def test_a_paper_of_an_agent_that_is_gone_is_asked_about_and_counts_when_it_is_told_after_all(
    place: Place, printer_id: int, line: Line, desk: RemoteSupply
) -> None:
    job_id = waiting_paper(place)
    turn = desk.look(printer_id)
    assert turn is not None
    key = desk.move(printer_id, done=None, claim=turn.jobs[0], longest_s=5)
    queue.doubt_the_dropped(now=clock.now())
    assert states(job_id) == ["sending"]

    queue.doubt_the_dropped(now=clock.now() + 2 * LEASE)
    assert states(job_id) == ["uncertain"]

    desk.journal.know(key, Outcome("printed"))
    desk.report()
    assert states(job_id) == ["printed"]


def test_a_whole_agent_prints_reports_and_ends(
    place: Place, fake: FakePrinter, printer_id: int, desk: RemoteSupply
) -> None:
    job_ids = [waiting_paper(place) for _ in range(5)]
    agent = PrintAgent(desk, AROUND, threading.Event())
    assert agent.look()
    for _ in job_ids:
        fake.papers.get(timeout=30)

    agent.end()

    assert states(*job_ids) == ["printed"] * 5
    assert printer_row(printer_id).lease_by is None


def test_an_agent_without_its_server_waits_and_goes_on(
    place: Place, fake: FakePrinter, printer_id: int, line: Line, desk: RemoteSupply
) -> None:
    waiting_paper(place)
    agent = PrintAgent(desk, AROUND, threading.Event())
    line.is_cut = True
    assert not agent.look()

    line.is_cut = False
    assert agent.look()
    fake.papers.get(timeout=30)
    agent.end()


# The journal


def test_a_journal_keeps_what_the_server_does_not_know(tmp_path: Path) -> None:
    path = tmp_path / "agent.journal"
    first = Journal(path)
    told, known, taken = (first.taking(printer_id=1, job_id=number) for number in (5, 6, 7))
    first.know(told, Outcome("printed"))
    first.know(known, Outcome("uncertain", "发送中断"), "没有字体可画")
    first.acknowledge(told)
    first.close()
    with path.open("ab") as file:
        file.write(b'{"key": "cut o')  # the power went

    again = Journal(path)

    assert again.agent == first.agent
    assert [(e.job_id, e.claim_key, e.outcome, e.note) for e in again.open_entries(1)] == [
        (6, known, Outcome("uncertain", "发送中断"), "没有字体可画"),
        (7, taken, None, ""),
    ]
    assert again.open_entries(2) == []
    assert len(path.read_bytes().splitlines()) == 3
    again.close()


def test_a_journal_belongs_to_one_agent(tmp_path: Path) -> None:
    first = Journal(tmp_path / "agent.journal")
    with pytest.raises(JournalTaken):
        Journal(tmp_path / "agent.journal")
    first.close()

    Journal(tmp_path / "agent.journal").close()


def test_a_disk_that_takes_nothing_stops_the_printing_and_not_the_counting(
    place: Place, fake: FakePrinter, printer_id: int, desk: RemoteSupply
) -> None:
    job_id = waiting_paper(place)
    mine = Station(printer_id, desk, AROUND)
    desk.journal.close()

    for _ in range(2):
        with pytest.raises(ValueError, match="closed"):
            mine.step()

    assert (states(job_id), fake.printed) == (["queued"], [])


# The way to the server


@pytest.mark.parametrize("url", ["", "ftp://a", "https://", "https://user@a", "https://a?b"])
def test_an_address_that_is_no_servers(url: str) -> None:
    with pytest.raises(BadInput, match="看不懂"):
        HttpServer(url, "t")


@pytest.mark.parametrize("url", ["http://canteen.example", "http://8.8.8.8", "http://[2001:db9::1]:8000"])
def test_a_token_does_not_travel_in_the_open(url: str) -> None:
    with pytest.raises(BadInput, match="没有加密"):
        HttpServer(url, "t")

    HttpServer(url, "t", is_plain_allowed=True)


@pytest.mark.parametrize(
    "url",
    [
        "https://canteen.example",
        "canteen.example",
        "http://localhost:8000",
        "http://127.0.0.1:8000",
        "http://192.168.1.5",
        "http://[::1]:8000",
        "http://10.0.0.2/canteen/",
    ],
)
def test_an_address_that_may_be_used(url: str) -> None:
    assert callable(HttpServer(url, "t").ask)


def test_nobody_there() -> None:
    with FakePrinter() as gone:
        port = gone.port
    with pytest.raises(Unreachable):
        HttpServer(f"http://127.0.0.1:{port}", "t").ask("GET", "/printers")


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [(404, "not_found", NotFound), (404, "", Unreachable), (409, "not_found", Unreachable), (502, "", Unreachable)],
)
def test_only_the_server_itself_says_that_a_printer_is_gone(status: int, code: str, error: type[Exception]) -> None:
    """A gateway's own 404 is no answer: the printer is still there, and is asked again."""
    from werkzeug.serving import make_server

    answering = Flask("answering")
    answering.add_url_rule("/<path:path>", view_func=lambda path: ({"code": code}, status))
    server = make_server("127.0.0.1", 0, answering)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        with pytest.raises(error):
            HttpServer(f"http://127.0.0.1:{server.server_port}", "t").ask("GET", "/printers")
    finally:
        server.shutdown()
        thread.join(30)
        server.server_close()


def test_over_a_real_connection(app: Flask, place: Place, fake: FakePrinter, printer_id: int, journals: Any) -> None:
    from werkzeug.serving import make_server

    token, job_id = make_token(place), waiting_paper(place)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        far = HttpServer(f"http://127.0.0.1:{server.server_port}", token)
        steps(Station(printer_id, RemoteSupply(far, journals()), AROUND))
        with pytest.raises(NotFound):
            far.ask("POST", "/printers/999/turn", {"agent": "a" * 16})
        with pytest.raises(Unreachable, match="令牌"):
            HttpServer(f"http://127.0.0.1:{server.server_port}", "wrong").ask("GET", "/printers")
    finally:
        server.shutdown()
        thread.join(30)
        server.server_close()

    assert states(job_id) == ["printed"]
