"""How long senders wait and for how long they rely on what they looked up: with a clock that a test turns."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask

from canteen.base.errors import BadInput, StorageTrouble
from canteen.printing.drawing.device import Device
from canteen.printing.drawing.glyphs import draw_box
from canteen.printing.papers.kinds import paper_bytes
from canteen.printing.sending import worker
from canteen.printing.sending.agent import PrintAgent, RemoteSupply
from canteen.printing.sending.agent_http import HttpServer
from canteen.printing.sending.journal import Journal
from canteen.printing.sending.supply import IDLE_PAUSE_S, LocalSupply, Ready, Unreachable
from canteen.printing.sending.wires import NotReady, Patience
from canteen.printing.sending.worker import Station, Surroundings, Worker
from tests.factories import NOW, make_site
from tests.printing.fake_printer import HURRIED, LIMITS, FakePrinter
from tests.printing.records import make_printer, queue_ticket, set_printer
from tests.printing.samples import TICKET
from tests.told import told

pytestmark = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
AROUND = Surroundings(LIMITS, HURRIED)


class Ticks(threading.Event):
    """A stop that is waited for without waiting: it notes for how long, and comes after so many times."""

    def __init__(self, count: int, clock: Ticking | None = None) -> None:
        super().__init__()
        self.count, self.clock, self.waited = count, clock, list[float]()

    def wait(self, timeout: float | None = None) -> bool:
        self.waited.append(round(timeout or 0, 3))
        if self.clock:
            self.clock.now += timeout or 0
        if len(self.waited) == self.count:
            self.set()
        return self.is_set()


class Ticking:
    """``time`` as a sender sees it."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def ticking(monkeypatch: pytest.MonkeyPatch) -> Ticking:
    clock = Ticking()
    monkeypatch.setattr(worker, "time", SimpleNamespace(monotonic=clock.monotonic))
    return clock


def grown(first: float, factor: float, most: float, count: int) -> list[float]:
    return [round(min(first * factor**step, most), 3) for step in range(1, count + 1)]


def test_a_worker_looks_for_work_often_after_work_and_then_slower(app: Flask, ticking: Ticking) -> None:
    class Scripted(Worker):
        looked: list[float] = []
        script: Iterator[bool] = iter([True, *[False] * 9, True])

        def look(self) -> None:
            self.looked.append(round(ticking.now - 1000, 3))

        def poll(self) -> bool:
            return next(self.script)

    stop = Ticks(11, ticking)
    mine = Scripted(app, patience=HURRIED, stop=stop)
    mine.run()

    assert stop.waited == [0.3, *grown(0.3, 1.2, 1.0, 9), 0.3]
    # For new printers it looks at once, and then when two seconds have passed.
    assert len(mine.looked) == 4 and mine.looked[0] == 0
    assert all(2.0 <= b - a <= 3.0 for a, b in zip(mine.looked, mine.looked[1:], strict=False))


def test_a_worker_waits_out_trouble_with_the_database(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(*_: object, **__: object) -> set[int]:
        raise StorageTrouble("lost")

    stop = Ticks(2)
    mine = Worker(app, patience=HURRIED, stop=stop)
    mine.look()
    monkeypatch.setattr("canteen.printing.sending.worker.queue.due_printers", lost)
    mine.run()

    assert stop.waited == [5.0, 5.0]


class Far:
    """A server that answers as it is told."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def ask(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        self.asked.append((path, body or {}))
        answer = self.answers[path.rsplit("/", 1)[1]]
        found = next(answer) if isinstance(answer, Iterator) else answer
        if isinstance(found, Exception):
            raise found
        return dict(found)


def agent_of(tmp_path: Path, server: Far, stop: threading.Event) -> PrintAgent:
    return PrintAgent(RemoteSupply(server, Journal(tmp_path / "agent.journal")), AROUND, stop)


def test_an_agent_asks_often_after_work_then_slower_and_slowest_in_an_outage(app: Flask, tmp_path: Path) -> None:
    class Deaf(PrintAgent):
        def begin(self, printer_id: int) -> None:
            """No thread: only the questions to the server count here."""

    def printers(due: bool) -> dict[str, Any]:
        return {"printers": [{"id": 7, "due": due}]}

    heard = [printers(True), *[printers(False)] * 13, Unreachable("cut"), printers(False)]
    stop = Ticks(len(heard))
    server = Far(printers=iter(heard))
    Deaf(RemoteSupply(server, Journal(tmp_path / "a.journal")), AROUND, stop).run()

    assert stop.waited == [1.0, *grown(1.0, 1.1, 3.0, 13), 5.0, 3.0]


@pytest.mark.parametrize(("said", "pause_s"), [(0.5, 0.5), (IDLE_PAUSE_S, IDLE_PAUSE_S), (99.0, IDLE_PAUSE_S)])
def test_an_agent_comes_back_before_its_lease_ends(app: Flask, tmp_path: Path, said: float, pause_s: float) -> None:
    server = Far(turn={"address": "screen://a", "answers": False, "pause_s": said, "jobs": []})
    desk = RemoteSupply(server, Journal(tmp_path / "agent.journal"))

    turn = desk.look(3)

    assert turn is not None and (turn.address, turn.answers, turn.jobs, turn.pause_s) == (
        "screen://a",
        False,
        (),
        pause_s,
    )
    assert server.asked == [("/printers/3/turn", {"agent": desk.journal.agent})]


@pytest.mark.parametrize(("longest_s", "asked"), [(0.1, 1), (12.0, 12), (12.1, 13), (300.5, 300)])
def test_what_an_agent_asks_for(app: Flask, tmp_path: Path, longest_s: float, asked: int) -> None:
    server = Far(claim={"claimed": True}, postpone={}, leave={})
    desk = RemoteSupply(server, Journal(tmp_path / "agent.journal"))
    job = Ready(id=9, kind="ticket", attempts=4, repeats=0, data=b"")

    key = desk.move(3, done=None, claim=job, longest_s=longest_s)
    desk.postpone(3, job, NotReady("缺纸", is_hold=True))
    desk.leave(3)

    by = {"agent": desk.journal.agent}
    assert key and server.asked == [
        ("/jobs/9/claim", by | {"printer": 3, "key": key, "longest_s": asked}),
        ("/jobs/9/postpone", by | {"printer": 3, "attempts": 4, "reason": "缺纸", "is_hold": True}),
        ("/printers/3/leave", by),
    ]


def test_an_answer_that_lacks_something_is_not_the_servers(app: Flask, tmp_path: Path) -> None:
    desk = RemoteSupply(Far(printers={"code": "x"}), Journal(tmp_path / "agent.journal"))

    with pytest.raises(Unreachable, match=r"^回答不是服务器的 \(not the server's answer: no printers\)$"):
        desk.printers()


def test_trouble_of_one_printer_is_waited_out(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    class Failing(Station):
        error: Exception

        def step(self) -> float | None:
            raise self.error

    mine = Worker(app, patience=HURRIED)
    station = Failing(7, mine.supply, AROUND)
    for error in (StorageTrouble("lost"), Unreachable("cut"), KeyError("x")):
        station.error = error
        assert mine._step(station) == 5.0

    assert [record.levelname for record in caplog.records] == ["WARNING", "WARNING", "ERROR"]
    assert all(record.getMessage().startswith("printer 7") for record in caplog.records)


def test_papers_laid_out_are_good_for_a_second_then_settings_are_looked_at_again(app: Flask, ticking: Ticking) -> None:
    with FakePrinter() as fake:
        place = make_site()
        printer_id = make_printer(place, address=fake.address, width_mm=58)
        for _ in range(4):
            queue_ticket(place)
        mine = Station(printer_id, LocalSupply(worker="w1", now=lambda: NOW, draw=draw_box), AROUND)
        for passed in (0, 1.0, 0.1, 0.0):
            ticking.now += passed
            mine.step()
            set_printer(printer_id, width_mm=80)

    narrow, wide = (paper_bytes("ticket", TICKET.as_json(), Device(width_mm=mm), draw_box).data for mm in (58, 80))
    assert fake.printed == [narrow, narrow, wide, wide]


def test_an_idle_printer_is_asked_twice_a_minute(app: Flask, ticking: Ticking) -> None:
    with FakePrinter() as fake:
        printer_id = make_printer(make_site(), address=fake.address)
        mine = Station(printer_id, LocalSupply(worker="w1", now=lambda: NOW, draw=draw_box), AROUND)
        asked = []
        for passed in (0, 29.9, 0.1, 29.9, 0.1):
            ticking.now += passed
            mine.step()
            asked.append(fake.connections)

    assert asked == [1, 1, 2, 2, 3]


@pytest.mark.parametrize(("size", "sending_s"), [(0, 10.0), (4000, 20.0), (92_000, 240.0), (10**7, 240.0)])
def test_how_long_a_paper_may_take(app: Flask, size: int, sending_s: float) -> None:
    job = bytes(size)

    assert Patience().sending_s(job) == sending_s
    assert Patience().longest_s(job) == 3.0 + 3 * 1.0 + sending_s + 1.0


def test_a_worker_has_the_usual_patience_and_a_name_of_its_own(app: Flask) -> None:
    one, two = Worker(app), Worker(app)

    assert one.around.patience == Patience() and not one.stop.is_set()
    assert one.worker != two.worker and one.worker.count(":") == 2


# The way to the server


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("ftp://a", ("服务器地址「ftp://a」看不懂,例如 https://canteen.example.gov.cn", "")),
        ("ftp://" + "a" * 100, (f"服务器地址「ftp://{'a' * 94}」看不懂,例如 https://canteen.example.gov.cn", "")),
        ("https://a:0", ("服务器地址「https://a:0」看不懂,例如 https://canteen.example.gov.cn", "")),
        ("http://8.8.8.8", ("到 8.8.8.8 的连接没有加密,令牌会被人看见", "请用 https;确实要用时加 --insecure")),
    ],
)
def test_an_address_that_is_not_used_is_told_why(app: Flask, url: str, said: tuple[str, str]) -> None:
    assert told(lambda: HttpServer(url, "t")) == said


def test_a_token_is_one_line_of_plain_signs(app: Flask) -> None:
    for token in ("令牌", "a\nb", "a\x00"):
        with pytest.raises(BadInput, match=r"^令牌不对:只有字母和数字 \(the token is not one\)$"):
            HttpServer("https://a.example", token)


def test_a_certificate_that_cannot_be_read_is_named(app: Flask, tmp_path: Path) -> None:
    missing = str(tmp_path / "none.pem")

    said, _ = told(lambda: HttpServer("https://a.example", "t", ca_file=missing))

    assert said == f"证书文件 {missing[:100]} 读不出来:No such file or directory"
